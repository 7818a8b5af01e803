#include <algorithm>
#include <pugixml.hpp>

#include "channelbridge/document/document.hpp"
#include "channelbridge/document/xml_text.hpp"
#include "events_internal.hpp"
#include "soql_internal.hpp"

namespace channelbridge::salesforce {
namespace {

constexpr std::string_view kSoap = "http://schemas.xmlsoap.org/soap/envelope/";
constexpr std::string_view kOutbound = "http://soap.sforce.com/2005/09/outbound";
constexpr std::string_view kInstance = "http://www.w3.org/2001/XMLSchema-instance";
constexpr std::string_view kSObjects[] = {"urn:sobject.enterprise.soap.sforce.com",
                                          "urn:sobject.partner.soap.sforce.com"};

Error malformed(const std::string& what) {
  return Error(ErrorCode::Protocol, "the outbound message " + what);
}

std::string_view local(std::string_view name) {
  const std::size_t colon = name.find(':');
  return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

/// The namespace that a qualified name has at this element.
std::string_view space_of(pugi::xml_node at, std::string_view name) {
  const std::size_t colon = name.find(':');
  const std::string declaration =
      colon == std::string_view::npos ? "xmlns" : "xmlns:" + std::string(name.substr(0, colon));
  for (; at; at = at.parent())
    if (const auto found = at.attribute(declaration.c_str())) return found.value();
  return {};
}

bool is(pugi::xml_node element, std::string_view space, std::string_view name) {
  return local(element.name()) == name && space_of(element, element.name()) == space;
}

/// The only child element of this name; none when there are several.
pugi::xml_node only(pugi::xml_node parent, std::string_view space, std::string_view name) {
  pugi::xml_node out;
  for (const pugi::xml_node child : parent.children()) {
    if (child.type() != pugi::node_element || !is(child, space, name)) continue;
    if (out) return {};
    out = child;
  }
  return out;
}

/// The first field of an sObject: partner rows repeat their id.
std::string field(pugi::xml_node object, std::string_view name) {
  for (const pugi::xml_node child : object.children()) {
    if (child.type() == pugi::node_element && local(child.name()) == name)
      return child.text().get();
  }
  return {};
}

std::string type_of(pugi::xml_node object) {
  for (const pugi::xml_attribute attribute : object.attributes()) {
    if (local(attribute.name()) != "type" || space_of(object, attribute.name()) != kInstance)
      continue;
    const std::string_view space = space_of(object, attribute.value());
    if (std::find(std::begin(kSObjects), std::end(kSObjects), space) == std::end(kSObjects))
      return {};
    const std::string name(local(attribute.value()));
    return name == "sObject" ? field(object, "type") : name;
  }
  return {};
}

Result<Notification> read_notification(pugi::xml_node element) {
  Notification out{.id = only(element, kOutbound, "Id").text().get()};
  const pugi::xml_node object = only(element, kOutbound, "sObject");
  out.object = type_of(object);
  out.key = full_id(field(object, "Id")).value_or("");
  if (out.id.empty()) return malformed("has a notification without its id");
  if (out.object.empty()) return malformed("has a notification whose type is no sObject's");
  if (out.key.empty()) return malformed("has a notification whose object has no id");
  for (const char* name : {"SystemModstamp", "LastModifiedDate"})
    if (!out.at) out.at = parse_iso8601(field(object, name));
  return out;
}

adapter::Answer soap(int status, const std::string& body) {
  return {.status = status,
          .content_type = "text/xml; charset=utf-8",
          .body =
              "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
              "<soapenv:Envelope xmlns:soapenv=\"" +
              std::string(kSoap) + "\"><soapenv:Body>" + body +
              "</soapenv:Body></soapenv:Envelope>"};
}

}  // namespace

Result<OutboundMessage> read_outbound_message(std::string_view body) {
  if (auto strict = document::check_xml(body); !strict) return std::move(strict).error();
  pugi::xml_document document;
  if (!document.load_buffer(body.data(), body.size(), pugi::parse_default, pugi::encoding_utf8))
    return malformed("is no XML");
  const pugi::xml_node envelope = document.document_element();
  if (!is(envelope, kSoap, "Envelope")) return malformed("is no SOAP 1.1 envelope");
  const pugi::xml_node message = only(only(envelope, kSoap, "Body"), kOutbound, "notifications");
  if (!message) return malformed("holds no notifications");
  OutboundMessage out{.organization = only(message, kOutbound, "OrganizationId").text().get()};
  for (const pugi::xml_node child : message.children()) {
    if (child.type() != pugi::node_element || !is(child, kOutbound, "Notification")) continue;
    auto notification = read_notification(child);
    if (!notification) return std::move(notification).error();
    out.notifications.push_back(*std::move(notification));
  }
  return out;
}

adapter::Answer acknowledgement(bool taken) {
  return soap(200, "<notificationsResponse xmlns=\"" + std::string(kOutbound) + "\"><Ack>" +
                       (taken ? "true" : "false") + "</Ack></notificationsResponse>");
}

adapter::Answer soap_fault(std::string_view sentence) {
  std::string body = "<soapenv:Fault><faultcode>soapenv:Client</faultcode><faultstring>";
  document::append_xml_text(body, sentence);
  return soap(500, body + "</faultstring><detail/></soapenv:Fault>");
}

}  // namespace channelbridge::salesforce
