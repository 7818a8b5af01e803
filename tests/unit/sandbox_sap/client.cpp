#include "client.hpp"

#include <Poco/Net/HTTPClientSession.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/URI.h>

#include <algorithm>
#include <iterator>

namespace channelbridge::sandbox::test {

Json Answer::json() const {
  auto parsed = parse_json(body);
  EXPECT_TRUE(parsed.has_value()) << body;
  return parsed ? *parsed : Json();
}

std::string Answer::error(const char* member) const {
  const Json parsed = json();
  const Json& error = parsed.at("error");
  const Json& value = error.at(member);
  return value.is_object() ? value.at("value").get<std::string>() : value.get<std::string>();
}

Client::Client(std::string url, std::string root, std::string user, std::string password)
    : url_(std::move(url)), root_(std::move(root)) {
  Poco::Net::HTTPRequest request;
  // "CHANNEL:Welcome1" and friends: RFC 4648 by hand would be longer than this.
  static constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const std::string text = user + ":" + password;
  std::string encoded;
  for (std::size_t i = 0; i < text.size(); i += 3) {
    unsigned bits = 0;
    for (std::size_t j = 0; j < 3; ++j)
      bits = bits << 8U | (i + j < text.size() ? static_cast<unsigned char>(text[i + j]) : 0U);
    for (std::size_t j = 0; j < 4; ++j) {
      encoded += i + j <= text.size()
                     ? kAlphabet[bits >> (18U - 6U * static_cast<unsigned>(j)) & 63U]
                     : '=';
    }
  }
  authorization_ = "Basic " + encoded;
}

Answer Client::send(const std::string& method, const std::string& path, const std::string& body,
                    Headers headers) {
  const Poco::URI uri(url_);
  Poco::Net::HTTPClientSession session(uri.getHost(), uri.getPort());
  session.setTimeout(Poco::Timespan(20, 0));
  Poco::Net::HTTPRequest request(method, path.starts_with('/') ? path : root_ + path, "HTTP/1.1");
  for (const auto& [name, value] : headers.fields()) request.set(name, value);
  if (!authorization_.empty()) request.set("Authorization", authorization_);
  std::string cookie;
  for (const auto& [name, value] : cookies_)
    cookie += (cookie.empty() ? "" : "; ") + name + "=" + value;
  if (!cookie.empty()) request.set("Cookie", cookie);
  request.setContentLength64(static_cast<Poco::Int64>(body.size()));
  session.sendRequest(request) << body;
  Poco::Net::HTTPResponse response;
  std::istream& in = session.receiveResponse(response);
  Answer answer{.status = response.getStatus(), .body = {std::istreambuf_iterator<char>(in), {}}};
  for (const auto& [name, value] : response) {
    answer.headers.add(name, value);
    if (!equal_without_case(name, "Set-Cookie")) continue;
    const auto equals = value.find('=');
    const std::string key = value.substr(0, equals);
    std::erase_if(cookies_, [&](const auto& entry) { return entry.first == key; });
    cookies_.emplace_back(key, value.substr(equals + 1, value.find(';') - equals - 1));
  }
  return answer;
}

void Client::fetch_token() {
  const Answer answer =
      send("GET", root_, {}, {{"X-CSRF-Token", "Fetch"}, {"Accept", "application/json"}});
  token_ = answer.headers.get("x-csrf-token");
}

Answer Client::write(const std::string& method, const std::string& path, const Json& body,
                     Headers headers) {
  if (token_.empty()) fetch_token();
  headers.set("X-CSRF-Token", token_);
  headers.set("Content-Type", "application/json");
  if (!headers.find("Accept")) headers.set("Accept", "application/json");
  return send(method, path, body.is_null() ? std::string() : dump_json(body), headers);
}

Answer Client::batch(const std::string& body, const std::string& boundary) {
  if (token_.empty()) fetch_token();
  return send("POST", "$batch", body,
              {{"X-CSRF-Token", token_},
               {"Content-Type", "multipart/mixed; boundary=" + boundary},
               {"Accept", "application/json"}});
}

std::unique_ptr<SapServer> start(std::vector<SapServiceSpec> services, SapServerOptions options) {
  auto server = SapServer::start(std::move(services), std::move(options));
  EXPECT_TRUE(server.has_value()) << (server ? "" : to_string(server.error()));
  return server ? std::move(*server) : nullptr;
}

PartnerServer::PartnerServer() {
  server = start({business_partner_service(fixture("odata-v2/API_BUSINESS_PARTNER.edmx"))});
  partners = &server->service("API_BUSINESS_PARTNER");
}

void PartnerServer::seed_partner(const std::string& number, const std::string& name,
                                 const Json& more) {
  Json row{
      {"BusinessPartner", number}, {"BusinessPartnerCategory", "2"}, {"OrganizationBPName1", name}};
  row.update(more);
  const auto seeded = partners->seed("A_BusinessPartner", row);
  ASSERT_TRUE(seeded.has_value()) << to_string(seeded.error());
}

}  // namespace channelbridge::sandbox::test
