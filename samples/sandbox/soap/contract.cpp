#include "sandbox/soap/contract.hpp"

#include <libxml/parser.h>
#include <libxml/tree.h>
#include <libxml/xmlschemas.h>

#include <mutex>
#include <sstream>

namespace channelbridge::sandbox::soap {
namespace {

constexpr std::string_view kSoap11 = "http://schemas.xmlsoap.org/soap/envelope/";
constexpr std::string_view kSoap12 = "http://www.w3.org/2003/05/soap-envelope";
constexpr std::string_view kAddressing = "http://www.w3.org/2005/08/addressing";

template <auto kFree>
struct Freed {
  template <typename T>
  void operator()(T* pointer) const {
    kFree(pointer);
  }
};
using Document = std::unique_ptr<xmlDoc, Freed<xmlFreeDoc>>;
using ParserContext = std::unique_ptr<xmlParserCtxt, Freed<xmlFreeParserCtxt>>;
using Validation = std::unique_ptr<xmlSchemaValidCtxt, Freed<xmlSchemaFreeValidCtxt>>;
using SchemaParser = std::unique_ptr<xmlSchemaParserCtxt, Freed<xmlSchemaFreeParserCtxt>>;
using Buffer = std::unique_ptr<xmlBuffer, Freed<xmlBufferFree>>;

std::string as_text(const xmlChar* text) {
  return text == nullptr ? std::string() : reinterpret_cast<const char*>(text);
}

/// Findings of libxml2 in one line; it ends each with a line feed.
template <typename XmlError>
void collect(void* into, XmlError* error) {
  std::string finding = error == nullptr || error->message == nullptr ? "" : error->message;
  while (finding.ends_with('\n') || finding.ends_with(' ')) finding.pop_back();
  auto& all = *static_cast<std::string*>(into);
  if (!all.empty()) all += "; ";
  all += finding;
}

/// libxml2 before 2.12 hands findings over as they are, later ones as constants: the conversion of
/// a generic lambda fits both.
constexpr auto kCollect = [](void* into, auto* error) { collect(into, error); };

struct Parsed {
  Document document{};
  std::string problem{};
};

/// Without network, DTDs and substituted entities; CDATA sections become text.
Parsed parse(const std::string& text) {
  const ParserContext context(xmlNewParserCtxt());
  Parsed out;
  out.document.reset(xmlCtxtReadMemory(
      context.get(), text.data(), static_cast<int>(text.size()), nullptr, nullptr,
      XML_PARSE_NONET | XML_PARSE_NOCDATA | XML_PARSE_NOERROR | XML_PARSE_NOWARNING));
  if (!out.document) {
    const auto* error = xmlCtxtGetLastError(context.get());
    out.problem = error == nullptr || error->message == nullptr ? "no document" : error->message;
    while (out.problem.ends_with('\n')) out.problem.pop_back();
  } else if (out.document->intSubset != nullptr) {
    out.document.reset();
    out.problem = "a document type declaration is not allowed";
  }
  return out;
}

bool is(const xmlNode* node, std::string_view space, std::string_view name) {
  return node->ns != nullptr && as_text(node->ns->href) == space && as_text(node->name) == name;
}

xmlNode* first_element(xmlNode* from) {
  while (from != nullptr && from->type != XML_ELEMENT_NODE) from = from->next;
  return from;
}

std::string content_of(const xmlNode* node) {
  const std::unique_ptr<xmlChar, void (*)(void*)> content(xmlNodeGetContent(node), xmlFree);
  std::string text = as_text(content.get());
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

/// Whether the receiver must understand this header, in the words of both versions.
bool is_demanded(xmlNode* header, std::string_view envelope) {
  const std::string space(envelope);
  const std::unique_ptr<xmlChar, void (*)(void*)> flag(
      xmlGetNsProp(header, reinterpret_cast<const xmlChar*>("mustUnderstand"),
                   reinterpret_cast<const xmlChar*>(space.c_str())),
      xmlFree);
  const std::string value = as_text(flag.get());
  return value == "1" || value == "true";
}

/// The message id; throws for a header that has to be understood and is not.
std::string read_headers(xmlNode* header, std::string_view envelope) {
  std::string id;
  for (xmlNode* entry = first_element(header->children); entry != nullptr;
       entry = first_element(entry->next)) {
    const bool addressing = entry->ns != nullptr && as_text(entry->ns->href) == kAddressing;
    if (!addressing && is_demanded(entry, envelope))
      throw SoapFault{SoapFault::Code::MustUnderstand,
                      "SOAP header " + as_text(entry->name) + " must be understood and is not"};
    if (is(entry, kAddressing, "MessageID")) id = content_of(entry);
  }
  return id;
}

std::string dumped(xmlDoc* document, xmlNode* node) {
  const Buffer buffer(xmlBufferCreate());
  xmlNodeDump(buffer.get(), document, node, 0, 0);
  return as_text(xmlBufferContent(buffer.get()));
}

std::string local(std::string_view name) { return std::string(name.substr(name.find(':') + 1)); }

}  // namespace

struct Contract::Schema {
  std::unique_ptr<xmlSchema, void (*)(xmlSchemaPtr)> compiled{nullptr, xmlSchemaFree};

  std::string complaint(xmlNode* element) const {
    const Validation validation(xmlSchemaNewValidCtxt(compiled.get()));
    std::string findings;
    xmlSchemaSetValidStructuredErrors(validation.get(), kCollect, &findings);
    const int result = xmlSchemaValidateOneElement(validation.get(), element);
    if (result != 0 && findings.empty()) return "not valid";
    return findings;
  }
};

Contract::Contract() : schema_(std::make_unique<Schema>()) {}
Contract::~Contract() = default;

Result<std::shared_ptr<const Contract>> Contract::read(std::string_view wsdl) {
  static std::once_flag once;
  std::call_once(once, xmlInitParser);
  std::shared_ptr<Contract> out(new Contract);
  out->text_ = wsdl;
  pugi::xml_document document;
  if (!document.load_buffer(wsdl.data(), wsdl.size()))
    return Error(ErrorCode::Internal, "the sandbox's own WSDL is no XML");
  const pugi::xml_node root = document.document_element();
  out->namespace_ = root.attribute("targetNamespace").value();
  for (const pugi::xml_node operation : root.child("wsdl:binding").children("wsdl:operation")) {
    const pugi::xml_node soap = operation.first_child();
    out->actions_[operation.attribute("name").value()] = soap.attribute("soapAction").value();
  }
  for (const pugi::xml_node operation : root.child("wsdl:portType").children("wsdl:operation")) {
    const std::string input = local(operation.child("wsdl:input").attribute("message").value());
    const pugi::xml_node message =
        root.find_child_by_attribute("wsdl:message", "name", input.c_str());
    const std::string element = local(message.child("wsdl:part").attribute("element").value());
    out->operations_[element] = operation.attribute("name").value();
  }
  std::ostringstream schema;
  root.child("wsdl:types").child("xsd:schema").print(schema, "", pugi::format_raw);
  const std::string text = schema.str();
  const SchemaParser parser(xmlSchemaNewMemParserCtxt(text.data(), static_cast<int>(text.size())));
  std::string findings;
  xmlSchemaSetParserStructuredErrors(parser.get(), kCollect, &findings);
  out->schema_->compiled.reset(xmlSchemaParse(parser.get()));
  if (!out->schema_->compiled || out->operations_.empty())
    return Error(ErrorCode::Internal,
                 "the sandbox's own WSDL of " + out->namespace_ + ": " + findings);
  return std::shared_ptr<const Contract>(std::move(out));
}

std::string Contract::published(const std::string& address,
                                const std::set<std::string>& operations) const {
  pugi::xml_document document;
  document.load_buffer(text_.data(), text_.size(), pugi::parse_default | pugi::parse_declaration);
  pugi::xml_node root = document.document_element();
  for (const pugi::xml_node port : root.child("wsdl:service").children("wsdl:port"))
    port.first_child().attribute("location").set_value(address.c_str());
  if (!operations.empty()) {
    for (const auto& [operation, action] : actions_) {
      if (operations.contains(operation)) continue;
      for (pugi::xml_node part : root.children())
        while (part.remove_child(
            part.find_child_by_attribute("wsdl:operation", "name", operation.c_str()))) {
        }
    }
  }
  std::ostringstream out;
  document.save(out, "  ");
  return out.str();
}

Message Contract::open(const std::string& text, Version version, const std::string& action) const {
  const Parsed parsed = parse(text);
  if (!parsed.document)
    throw SoapFault{SoapFault::Code::Server, "XML could not be parsed", parsed.problem};
  const std::string_view space = version == Version::Soap11 ? kSoap11 : kSoap12;
  xmlNode* root = xmlDocGetRootElement(parsed.document.get());
  if (is(root, version == Version::Soap11 ? kSoap12 : kSoap11, "Envelope"))
    throw SoapFault{SoapFault::Code::VersionMismatch,
                    "The envelope is of another SOAP version than the media type"};
  if (!is(root, space, "Envelope"))
    throw SoapFault{SoapFault::Code::Server, "The document is no SOAP envelope"};
  Message out{.version = version};
  xmlNode* part = first_element(root->children);
  if (part != nullptr && is(part, space, "Header")) {
    out.message_id = read_headers(part, space);
    part = first_element(part->next);
  }
  if (part == nullptr || !is(part, space, "Body") || first_element(part->next) != nullptr)
    throw SoapFault{SoapFault::Code::Server,
                    "The SOAP envelope has no body behind its header, or more"};
  xmlNode* element = first_element(part->children);
  if (element == nullptr || first_element(element->next) != nullptr)
    throw SoapFault{SoapFault::Code::Server, "The SOAP body holds one element"};
  const auto operation = operations_.find(as_text(element->name));
  if (operation == operations_.end() || !is(element, namespace_, operation->first))
    throw SoapFault{SoapFault::Code::Server,
                    "Operation " + as_text(element->name) + " is not part of this service"};
  const std::string& expected = actions_.at(operation->second);
  if (!action.empty() && action != expected)
    throw SoapFault{SoapFault::Code::Server,
                    "SOAPAction " + action + " is not that of operation " + operation->second};
  if (const std::string complaint = schema_->complaint(element); !complaint.empty())
    throw SoapFault{SoapFault::Code::Server, "The request does not fit the schema of the service",
                    complaint};
  out.operation = operation->second;
  out.document = std::make_shared<pugi::xml_document>();
  out.document->load_string(dumped(parsed.document.get(), element).c_str());
  out.body = out.document->document_element();
  return out;
}

std::string Contract::complaint(const std::string& document) const {
  const Parsed parsed = parse(document);
  if (!parsed.document) return parsed.problem;
  return schema_->complaint(xmlDocGetRootElement(parsed.document.get()));
}

}  // namespace channelbridge::sandbox::soap
