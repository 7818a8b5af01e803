#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "sandbox/common/json.hpp"
#include "sandbox/sap/sap_server.hpp"

namespace channelbridge::sandbox::test {

inline std::string fixture(const std::string& name) {
  return std::string(CHANNELBRIDGE_SOURCE_DIR) + "/tests/fixtures/sap/" + name;
}

struct Answer {
  int status{};
  Headers headers{};
  std::string body{};

  Json json() const;
  /// Member of an OData error, e.g. "code"; "message" in both forms.
  std::string error(const char* member) const;
};

/// A client that does what a careful user of an OData service does: logs on, keeps cookies, fetches
/// a token.
class Client {
 public:
  Client(std::string url, std::string root, std::string user = "CHANNEL",
         std::string password = "Welcome1");

  Answer send(const std::string& method, const std::string& path, const std::string& body = {},
              Headers headers = {});
  Answer get(const std::string& path) {
    return send("GET", path, {}, {{"Accept", "application/json"}});
  }
  /// With token and cookies, as JSON.
  Answer write(const std::string& method, const std::string& path, const Json& body,
               Headers headers = {});
  Answer batch(const std::string& body, const std::string& boundary = "batch_1");
  void fetch_token();
  /// For requests without Authorization, or with another token.
  void forget_logon() { authorization_.clear(); }
  void forget_cookies() { cookies_.clear(); }
  const std::string& token() const { return token_; }
  void set_token(std::string token) { token_ = std::move(token); }

 private:
  std::string url_;
  std::string root_;
  std::string authorization_;
  std::string token_{};
  std::vector<std::pair<std::string, std::string>> cookies_{};
};

/// An S/4HANA-like server with business partners; each test has its own.
class PartnerServer : public ::testing::Test {
 protected:
  PartnerServer();
  Client client() const { return {server->url(), root}; }
  /// An organization with the given number and name.
  void seed_partner(const std::string& number, const std::string& name,
                    const Json& more = Json::object());

  const std::string root = "/sap/opu/odata/sap/API_BUSINESS_PARTNER/";
  std::unique_ptr<SapServer> server{};
  odata::Engine* partners{};
};

std::unique_ptr<SapServer> start(std::vector<SapServiceSpec> services,
                                 SapServerOptions options = {});

}  // namespace channelbridge::sandbox::test
