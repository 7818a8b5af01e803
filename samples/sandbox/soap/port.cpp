#include "sandbox/soap/port.hpp"

#include <Poco/Base64Decoder.h>

#include <algorithm>
#include <cctype>
#include <sstream>

#include "sandbox/soap/xml.hpp"

namespace channelbridge::sandbox::soap {
namespace {

constexpr const char* kEnvelope11 = "http://schemas.xmlsoap.org/soap/envelope/";
constexpr const char* kEnvelope12 = "http://www.w3.org/2003/05/soap-envelope";

std::string from_basic(const std::string& text) {
  std::istringstream in(text);
  Poco::Base64Decoder decoder(in);
  return {std::istreambuf_iterator<char>(decoder), {}};
}

struct MediaType {
  std::string type{};
  std::string action{};  ///< SOAP 1.2's parameter
};

MediaType media_type_of(const Request& request) {
  const std::string header = request.headers.get("Content-Type");
  const std::size_t end = header.find(';');
  MediaType out{.type = header.substr(0, end)};
  while (out.type.ends_with(' ')) out.type.pop_back();
  std::transform(out.type.begin(), out.type.end(), out.type.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  const std::size_t action = header.find("action=");
  if (action == std::string::npos) return out;
  out.action = header.substr(action + std::string_view("action=").size());
  out.action = out.action.substr(0, out.action.find(';'));
  std::erase(out.action, '"');
  return out;
}

std::string soap_action_of(const Request& request) {
  std::string action = request.headers.get("SOAPAction");
  std::erase(action, '"');
  return action;
}

Response enveloped(Version version, bool rfc, int status, const std::string& body,
                   const std::string& message_id) {
  const std::string prefix = rfc ? "SOAP-ENV" : version == Version::Soap11 ? "soap-env" : "env";
  const std::string space = version == Version::Soap11 ? kEnvelope11 : kEnvelope12;
  XmlWriter xml;
  xml.open(prefix + ":Envelope", "xmlns:" + prefix + "=\"" + space + "\"");
  if (!message_id.empty()) {
    xml.open(prefix + ":Header")
        .open("wsa:RelatesTo", "xmlns:wsa=\"http://www.w3.org/2005/08/addressing\"")
        .raw(escaped(message_id))
        .close("wsa:RelatesTo")
        .close(prefix + ":Header");
  }
  xml.open(prefix + ":Body").raw(body).close(prefix + ":Body").close(prefix + ":Envelope");
  return text_response(status,
                       version == Version::Soap11 ? "text/xml; charset=utf-8"
                                                  : "application/soap+xml; charset=utf-8",
                       "<?xml version=\"1.0\" encoding=\"utf-8\"?>" + xml.text());
}

std::string code_of(SoapFault::Code code, Version version) {
  switch (code) {
    case SoapFault::Code::Client:
      return version == Version::Soap11 ? "Client" : "Sender";
    case SoapFault::Code::MustUnderstand:
      return "MustUnderstand";
    case SoapFault::Code::VersionMismatch:
      return "VersionMismatch";
    case SoapFault::Code::Server:
      break;
  }
  return version == Version::Soap11 ? "Server" : "Receiver";
}

std::string detail_of(const SoapFault& fault) {
  XmlWriter xml;
  return xml.put_some("Message", fault.detail).text();
}

Response faulted(Version version, bool rfc, const SoapFault& fault) {
  XmlWriter xml;
  if (version == Version::Soap11) {
    const std::string prefix = rfc ? "SOAP-ENV:" : "soap-env:";
    xml.open(prefix + "Fault").put("faultcode", prefix + code_of(fault.code, version));
    xml.open("faultstring", rfc ? "" : "xml:lang=\"en\"")
        .raw(escaped(fault.text))
        .close("faultstring");
    xml.open("detail").raw(detail_of(fault)).close("detail").close(prefix + "Fault");
  } else {
    xml.open("env:Fault").open("env:Code");
    xml.put("env:Value", "env:" + code_of(fault.code, version)).close("env:Code");
    xml.open("env:Reason").open("env:Text", "xml:lang=\"en\"").raw(escaped(fault.text));
    xml.close("env:Text").close("env:Reason");
    xml.open("env:Detail").raw(detail_of(fault)).close("env:Detail").close("env:Fault");
  }
  return enveloped(version, rfc, 500, xml.text(), {});
}

}  // namespace

Response html_page(int status, const std::string& title, const std::string& text) {
  return text_response(status, "text/html;charset=utf-8",
                       "<html><head><title>" + title + "</title></head><body><h1>" + title +
                           "</h1><p>" + text + "</p></body></html>");
}

std::string Port::root_of(const Request& request) {
  return (request.secure ? "https://" : "http://") + request.headers.get("Host", "localhost");
}

std::optional<std::string> Port::user_of(const Request& request) const {
  const std::string header = request.headers.get("Authorization");
  if (!header.starts_with("Basic ")) return std::nullopt;
  const std::string pair = from_basic(header.substr(std::string_view("Basic ").size()));
  const std::size_t colon = pair.find(':');
  if (colon == std::string::npos) return std::nullopt;
  const auto user = options_.users.find(pair.substr(0, colon));
  if (user == options_.users.end() || user->second != pair.substr(colon + 1)) return std::nullopt;
  return user->first;
}

Response Port::unauthenticated() const {
  Response response = html_page(401, "Logon Error Message", "Logon failed");
  response.headers.set("WWW-Authenticate", "Basic realm=\"SAP NetWeaver Application Server [" +
                                               options_.system_id + "/" + options_.client + "]\"");
  return response;
}

Response Port::handle(const Request& request) const {
  const auto user = user_of(request);
  const std::string client = request.parameter("sap-client").value_or(options_.client);
  if (!user || client != options_.client) return unauthenticated();
  const auto endpoint =
      std::find_if(endpoints_.begin(), endpoints_.end(),
                   [&](const Endpoint& each) { return each.path == request.path; });
  if (endpoint != endpoints_.end()) return serve(*endpoint, request, *user);
  if (otherwise_)
    if (auto answer = otherwise_(request)) return *std::move(answer);
  return html_page(404, "Not Found", "404 Resource not found");
}

Response Port::serve(const Endpoint& endpoint, const Request& request,
                     const std::string& user) const {
  if (request.method == "GET" && request.parameter("wsdl"))
    return text_response(200, "text/xml; charset=utf-8",
                         endpoint.contract->published(root_of(request) + request.path));
  if (request.method != "POST") return html_page(405, "Method Not Allowed", "POST a SOAP envelope");
  const MediaType media = media_type_of(request);
  const bool newer = media.type == "application/soap+xml";
  if (!newer && media.type != "text/xml")
    return html_page(415, "Unsupported Media Type", "text/xml or application/soap+xml");
  const Version version = newer ? Version::Soap12 : Version::Soap11;
  const bool allowed = !options_.unauthorized.contains(user);
  if (!allowed && !endpoint.rfc) return html_page(403, "Forbidden", "No authorization");
  Headers more;
  try {
    const Message message = endpoint.contract->open(request.body, version,
                                                    newer ? media.action : soap_action_of(request));
    if (!allowed)
      throw SoapFault{SoapFault::Code::Client,
                      "RFC_AUTHORIZATION_FAILURE: user " + user +
                          " has no RFC authorization for function group of " + message.operation};
    const std::string body = endpoint.answer({request, message, user, more});
    Response response = enveloped(version, endpoint.rfc, 200, body, message.message_id);
    for (const auto& [name, value] : more.fields()) response.headers.add(name, value);
    return response;
  } catch (SoapFault& fault) {
    if (endpoint.rfc && fault.code == SoapFault::Code::Server) fault.code = SoapFault::Code::Client;
    return faulted(version, endpoint.rfc, fault);
  }
}

}  // namespace channelbridge::sandbox::soap
