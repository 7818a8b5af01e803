#include "wsdl_reader_internal.hpp"

#include <algorithm>

#include "channelbridge/core/nearest.hpp"

namespace channelbridge::soap {
namespace {

constexpr std::string_view kWsdl = "http://schemas.xmlsoap.org/wsdl/";
constexpr std::string_view kWsdl2 = "http://www.w3.org/ns/wsdl";
constexpr std::string_view kSoap11 = "http://schemas.xmlsoap.org/wsdl/soap/";
constexpr std::string_view kSoap12 = "http://schemas.xmlsoap.org/wsdl/soap12/";
/// Of the attribute Action, in the order in which they were published.
constexpr std::string_view kActions[] = {"http://www.w3.org/2007/05/addressing/metadata",
                                         "http://www.w3.org/2006/05/addressing/wsdl"};

std::vector<pugi::xml_node> children(pugi::xml_node node, std::string_view local) {
  std::vector<pugi::xml_node> out;
  for (const pugi::xml_node each : elements_of(node))
    if (is(each, kWsdl, local)) out.push_back(each);
  return out;
}

std::string_view said(pugi::xml_node node, const char* attribute) {
  return node.attribute(attribute).value();
}

/// Operations may share a name when their inputs do not (WSDL 1.1, 2.4.5).
pugi::xml_node abstract_operation(pugi::xml_node port_type, pugi::xml_node bound) {
  pugi::xml_node first;
  const std::string_view input = said(child_of(bound, kWsdl, "input"), "name");
  for (const pugi::xml_node each : children(port_type, "operation")) {
    if (said(each, "name") != said(bound, "name")) continue;
    if (!input.empty() && said(child_of(each, kWsdl, "input"), "name") == input) return each;
    if (!first) first = each;
  }
  return first;
}

}  // namespace

Result<std::shared_ptr<const Wsdl>> WsdlReader::read(const std::string& name,
                                                     const std::string_view* text) {
  const SourceFile* file = text == nullptr ? files_.open(name) : files_.add(*text, name);
  if (file != nullptr) {
    const pugi::xml_node root = file->document.document_element();
    if (is(root, kWsdl, "definitions")) {
      add(*file);
    } else {
      const bool newer = is(root, kWsdl2, "description");
      files_.problem(
          *file, root, newer ? "unsupported" : "no_wsdl",
          newer ? "WSDL 2.0 is not supported by this driver"
                : "the root is '" + to_string(name_of(root)) + "', not WSDL 1.1's 'definitions'");
    }
  }
  for (const auto& [service_name, global] : services_) service(global, service_name);
  if (problems_.empty() && out_->services_.empty()) {
    files_.problem(*file, file->document.document_element(), "no_service",
                   "names no service with a port that speaks SOAP");
  }
  out_->schema_ = schemas_.finish();
  if (problems_.empty()) return std::shared_ptr<const Wsdl>(out_);
  const std::string count = problems_.size() == 1 ? std::string("a problem")
                                                  : std::to_string(problems_.size()) + " problems";
  std::string words = "the service description has " + count + ": " + to_string(problems_.front());
  return Error(ErrorCode::Invalid, std::move(words)).with_problems(std::move(problems_));
}

void WsdlReader::add(const SourceFile& file) {
  if (!seen_.insert(&file).second) return;
  const pugi::xml_node root = file.document.document_element();
  if (is(root, kSchema, "schema")) return schemas_.add(file, root);
  const std::string target(said(root, "targetNamespace"));
  for (const pugi::xml_node node : elements_of(root)) {
    if (space_at(node, prefix_of(node.name())) != kWsdl) continue;
    const std::string_view kind = local_of(node.name());
    const Global global{node, &file, target};
    if (kind == "types") {
      for (const pugi::xml_node schema : elements_of(node))
        if (is(schema, kSchema, "schema")) schemas_.add(file, schema);
    } else if (kind == "import") {
      bool again = false;
      if (const SourceFile* more = files_.import(file, node, said(node, "location"), again)) {
        const pugi::xml_node other = more->document.document_element();
        if (is(other, kWsdl, "definitions") || is(other, kSchema, "schema"))
          add(*more);
        else
          problem(global, node, "no_wsdl", "'" + more->name + "' is neither WSDL 1.1 nor a schema");
      }
    }
    const QName name{.space = target, .local = std::string(said(node, "name"))};
    if (kind == "service") services_.emplace_back(name, global);
    Index* index = kind == "message"    ? &messages_
                   : kind == "portType" ? &port_types_
                   : kind == "binding"  ? &bindings_
                                        : nullptr;
    if (index != nullptr && !index->emplace(name, global).second)
      problem(global, node, "twice", "'" + to_string(name) + "' is declared twice");
  }
}

void WsdlReader::problem(const Global& global, pugi::xml_node node, std::string rule,
                         std::string message, std::string suggestion) {
  files_.problem(*global.file, node, std::move(rule), std::move(message), std::move(suggestion));
}

void WsdlReader::refuse(Operation& operation, const Global& global, pugi::xml_node node,
                        std::string message) {
  if (operation.refused) return;
  operation.refused = Problem{.file = global.file->name,
                              .line = global.file->line_of(node),
                              .path = operation.name,
                              .rule = "unsupported",
                              .message = std::move(message)};
}

const WsdlReader::Global* WsdlReader::find(const Index& index, const Global& from,
                                           pugi::xml_node node, const char* attribute,
                                           std::string_view what) {
  const std::string_view text = said(node, attribute);
  const auto name = resolve(node, text);
  if (!name) {
    problem(from, node, "unbound_prefix", "the prefix of '" + std::string(text) + "' is not bound");
    return nullptr;
  }
  if (const auto found = index.find(*name); found != index.end()) return &found->second;
  std::vector<std::string> known;
  for (const auto& [each, global] : index) known.push_back(each.local);
  problem(from, node, "unknown_" + std::string(what),
          "there is no " + std::string(what) + " '" + to_string(*name) + "'",
          nearest_word(name->local, known));
  return nullptr;
}

void WsdlReader::service(const Global& global, const QName& name) {
  Service out{.name = name};
  for (const pugi::xml_node node : children(global.node, "port")) port(global, node, out);
  if (!out.ports.empty()) out_->services_.push_back(std::move(out));
}

void WsdlReader::port(const Global& global, pugi::xml_node node, Service& out) {
  const Global* binding = find(bindings_, global, node, "binding", "binding");
  if (binding == nullptr) return;
  const pugi::xml_node soap11 = child_of(binding->node, kSoap11, "binding");
  const pugi::xml_node soap12 = child_of(binding->node, kSoap12, "binding");
  if (!soap11 && !soap12) return;  // HTTP GET, MIME: of no use here
  Bound bound{.binding = binding, .soap = soap11 ? kSoap11 : kSoap12};
  const pugi::xml_node says = soap11 ? soap11 : soap12;
  bound.rpc = said(says, "style") == "rpc";
  bound.port_type = find(port_types_, *binding, binding->node, "type", "portType");
  if (bound.port_type == nullptr) return;
  Port made{.name = std::string(said(node, "name")),
            .address = std::string(said(child_of(node, bound.soap, "address"), "location")),
            .binding = {binding->target, std::string(said(binding->node, "name"))},
            .version = soap11 ? Version::Soap11 : Version::Soap12};
  for (const pugi::xml_node each : children(binding->node, "operation"))
    operation(bound, each, made);
  out.ports.push_back(std::move(made));
}

void WsdlReader::operation(const Bound& bound, pugi::xml_node node, Port& out) {
  Operation made{.name = std::string(said(node, "name")), .rpc = bound.rpc};
  const pugi::xml_node says = child_of(node, bound.soap, "operation");
  made.soap_action = said(says, "soapAction");
  if (const std::string_view style = said(says, "style"); !style.empty()) made.rpc = style == "rpc";
  const pugi::xml_node abstract = abstract_operation(bound.port_type->node, node);
  if (!abstract) {
    std::vector<std::string> known;
    for (const pugi::xml_node each : children(bound.port_type->node, "operation"))
      known.emplace_back(said(each, "name"));
    return problem(*bound.binding, node, "unknown_operation",
                   "the port type has no operation '" + made.name + "'",
                   nearest_word(made.name, known));
  }
  const auto same = [&](const Operation& each) { return each.name == made.name; };
  if (std::any_of(out.operations.begin(), out.operations.end(), same))
    refuse(made, *bound.binding, node, "is overloaded: the first operation of the name is meant");
  if (!child_of(abstract, kWsdl, "input"))
    refuse(made, *bound.port_type, abstract, "has no input: the service calls it");
  else
    made.input = message(bound, child_of(node, kWsdl, "input"), child_of(abstract, kWsdl, "input"),
                         made, false);
  if (const pugi::xml_node output = child_of(abstract, kWsdl, "output"))
    made.output = message(bound, child_of(node, kWsdl, "output"), output, made, true);
  faults(bound, node, abstract, made);
  out.operations.push_back(std::move(made));
}

Message WsdlReader::message(const Bound& bound, pugi::xml_node node, pugi::xml_node abstract,
                            Operation& operation, bool output) {
  Message out{.action = action(bound, abstract, operation, output)};
  const Global* found = find(messages_, *bound.port_type, abstract, "message", "message");
  if (found == nullptr) return out;
  pugi::xml_node soap_body = child_of(node, bound.soap, "body");
  pugi::xml_node says = node;
  if (!soap_body) {  // inside multipart/related the root part has the envelope
    for (const pugi::xml_node mime : elements_of(node)) {
      for (const pugi::xml_node part : elements_of(mime)) {
        if (soap_body || !child_of(part, bound.soap, "body")) continue;
        soap_body = child_of(part, bound.soap, "body");
        says = part;
      }
    }
  }
  headers(bound, says, out);
  body(bound, soap_body, *found, out, operation, output);
  return out;
}

void WsdlReader::body(const Bound& bound, pugi::xml_node soap_body, const Global& message,
                      Message& out, Operation& operation, bool output) {
  if (said(soap_body, "use") == "encoded")
    return refuse(operation, *bound.binding, soap_body,
                  std::string(operation.rpc ? "rpc" : "document") +
                      "/encoded is not supported by this driver: WS-I asks for literal");
  const bool chosen = !soap_body.attribute("parts").empty();
  const std::vector<std::string_view> wanted = words_of(said(soap_body, "parts"));
  std::vector<pugi::xml_node> parts;
  for (const pugi::xml_node part : children(message.node, "part")) {
    if (!chosen || std::find(wanted.begin(), wanted.end(), said(part, "name")) != wanted.end())
      parts.push_back(part);
  }
  if (!operation.rpc) {
    if (parts.size() > 1)
      return refuse(operation, message, message.node, "its body has several parts");
    if (parts.empty()) return;
    if (!parts.front().attribute("element"))
      return refuse(operation, message, parts.front(),
                    "its part names a type where document style asks for an element");
    out.root = part_element(message, parts.front());
    return;
  }
  std::vector<std::pair<std::string, const Type*>> typed;
  for (const pugi::xml_node part : parts) {
    if (!part.attribute("type"))
      return refuse(operation, message, part,
                    "its part names an element where rpc style asks for a type");
    const auto name = resolve(part, said(part, "type"));
    if (!name) {
      problem(message, part, "unbound_prefix",
              "the prefix of '" + std::string(said(part, "type")) + "' is not bound");
      continue;
    }
    if (const Type* type = schemas_.type(*name, *message.file, part))
      typed.emplace_back(said(part, "name"), type);
  }
  // WS-I Basic Profile 1.1, R2735 and R2729: parts are in no namespace, the answer's wrapper has
  // the operation's name with "Response".
  out.root = schemas_.wrapper({.space = std::string(said(soap_body, "namespace")),
                               .local = operation.name + (output ? "Response" : "")},
                              typed, *message.file, message.node);
}

const Element* WsdlReader::part_element(const Global& message, pugi::xml_node part) {
  const auto name = resolve(part, said(part, "element"));
  if (!name) {
    problem(message, part, "unbound_prefix",
            "the prefix of '" + std::string(said(part, "element")) + "' is not bound");
    return nullptr;
  }
  return schemas_.element(*name, *message.file, part);
}

void WsdlReader::headers(const Bound& bound, pugi::xml_node node, Message& out) {
  for (const pugi::xml_node header : elements_of(node)) {
    if (!is(header, bound.soap, "header")) continue;
    const Global* found = find(messages_, *bound.binding, header, "message", "message");
    if (found == nullptr) continue;
    for (const pugi::xml_node part : children(found->node, "part")) {
      if (said(part, "name") != said(header, "part") || !part.attribute("element")) continue;
      if (const Element* element = part_element(*found, part)) out.headers.push_back(element);
    }
  }
}

void WsdlReader::faults(const Bound& bound, pugi::xml_node node, pugi::xml_node abstract,
                        Operation& out) {
  for (const pugi::xml_node fault : children(abstract, "fault")) {
    const Global* found = find(messages_, *bound.port_type, fault, "message", "message");
    if (found == nullptr) continue;
    OperationFault made{.name = std::string(said(fault, "name"))};
    for (const pugi::xml_node part : children(found->node, "part"))
      if (part.attribute("element")) made.element = part_element(*found, part);
    out.faults.push_back(std::move(made));
  }
  for (const pugi::xml_node fault : children(node, "fault")) {
    const auto known = [&](const OperationFault& each) { return each.name == said(fault, "name"); };
    if (std::any_of(out.faults.begin(), out.faults.end(), known)) continue;
    std::vector<std::string> names;
    for (const OperationFault& each : out.faults) names.push_back(each.name);
    problem(*bound.binding, fault, "unknown_fault",
            "the port type's operation has no fault '" + std::string(said(fault, "name")) + "'",
            nearest_word(said(fault, "name"), names));
  }
}

std::string WsdlReader::action(const Bound& bound, pugi::xml_node abstract,
                               const Operation& operation, bool output) const {
  for (const pugi::xml_attribute attribute : abstract.attributes()) {
    if (local_of(attribute.name()) != "Action") continue;
    const std::string_view prefix = prefix_of(attribute.name());
    const auto space = prefix.empty() ? std::nullopt : space_at(abstract, prefix);
    if (space && std::find(std::begin(kActions), std::end(kActions), *space) != std::end(kActions))
      return attribute.value();
  }
  if (!output && !operation.soap_action.empty()) return operation.soap_action;
  const std::string& target = bound.port_type->target;
  const std::string delimiter = target.starts_with("urn:") ? ":" : "/";
  std::string name(said(abstract, "name"));
  if (name.empty()) name = operation.name + (output ? "Response" : "Request");
  std::string out = target;
  if (!out.ends_with(delimiter)) out += delimiter;
  return out + std::string(said(bound.port_type->node, "name")) + delimiter + name;
}

}  // namespace channelbridge::soap
