#include "client.hpp"

#include <sstream>

namespace channelbridge::sandbox::test {
namespace {

constexpr const char* kEnvelope11 = "http://schemas.xmlsoap.org/soap/envelope/";
constexpr const char* kEnvelope12 = "http://www.w3.org/2003/05/soap-envelope";

std::string text_below(pugi::xml_node node) { return node.text().get(); }

void collect(pugi::xml_node node, const std::string& path, std::vector<std::string>& out) {
  const std::size_t slash = path.find('/');
  const std::string name = path.substr(0, slash);
  for (const pugi::xml_node child : node.children(name.c_str())) {
    if (slash == std::string::npos)
      out.push_back(text_below(child));
    else
      collect(child, path.substr(slash + 1), out);
  }
}

}  // namespace

std::vector<std::string> Answer::all(const std::string& path) const {
  std::vector<std::string> out;
  collect(content, path, out);
  return out;
}

std::string Answer::at(const std::string& path) const {
  const std::vector<std::string> found = all(path);
  return found.empty() ? std::string() : found.front();
}

std::string Answer::fault() const {
  const std::string older = at("faultstring");
  if (!older.empty()) return older + " | " + at("detail/Message");
  return at("env:Reason/env:Text") + " | " + at("env:Detail/Message");
}

std::string envelope(const std::string& body, const std::string& header, bool newer) {
  return std::string("<s:Envelope xmlns:s=\"") + (newer ? kEnvelope12 : kEnvelope11) + "\">" +
         (header.empty() ? "" : "<s:Header>" + header + "</s:Header>") + "<s:Body>" + body +
         "</s:Body></s:Envelope>";
}

Answer send(Service& service, const Request& request) {
  const Response response = service.handle(request);
  Answer out{.status = response.status,
             .headers = response.headers,
             .text = response.body,
             .document = std::make_shared<pugi::xml_document>()};
  out.document->load_string(response.body.c_str());
  for (const pugi::xml_node part : out.document->document_element().children())
    if (std::string_view(part.name()).ends_with(":Body")) out.content = part.first_child();
  return out;
}

Answer send_text(Service& service, const Post& post, const std::string& text) {
  Request request{.method = "POST", .body = text};
  set_target(request, post.path);
  request.headers.set("Content-Type", post.content_type);
  if (!post.action.empty()) request.headers.set("SOAPAction", post.action);
  if (!post.authorization.empty()) request.headers.set("Authorization", post.authorization);
  if (!post.cookie.empty()) request.headers.set("Cookie", post.cookie);
  request.headers.set("Host", "sap.test:8000");
  return send(service, request);
}

Answer send(Service& service, const Post& post) {
  const bool newer = post.content_type.starts_with("application/soap+xml");
  return send_text(service, post, envelope(post.body, post.header, newer));
}

Response get(Service& service, const std::string& target) {
  Request request{.method = "GET"};
  set_target(request, target);
  request.headers.set("Authorization", Post{}.authorization);
  request.headers.set("Host", "sap.test:8000");
  return service.handle(request);
}

Response administer(Service& service, const std::string& what, const std::string& json) {
  Request request{.method = "POST", .body = json};
  set_target(request, "/__sandbox/" + what);
  return service.administer(request).value_or(Response{.status = 404});
}

std::string complaint(const std::string& wsdl, const Answer& answer) {
  const auto contract = soap::Contract::read(soap::wsdl_text(wsdl));
  if (!contract) return "no contract " + wsdl;
  std::ostringstream text;
  answer.content.print(text, "", pugi::format_raw);
  return (*contract)->complaint(text.str());
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

}  // namespace channelbridge::sandbox::test
