#pragma once

#include <Poco/Net/HTTPClientSession.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/StreamCopier.h>
#include <gtest/gtest.h>

#include <sstream>
#include <string>

#include "sandbox/salesforce/org.hpp"

namespace channelbridge::sandbox::salesforce {

inline const char* const kIntegrationUser = "integration@sandbox.example";

inline OrgOptions options() {
  return {.metadata = CHANNELBRIDGE_SOURCE_DIR "/tests/fixtures/salesforce"};
}

struct Answer {
  int status{};
  Headers headers{};
  std::string text{};
  Json body{};

  std::string code() const {
    if (body.is_array() && !body.empty())
      return text_of(body[0], "errorCode", text_of(body[0], "statusCode"));
    return text_of(body, "error");
  }
  std::string message() const {
    return body.is_array() && !body.empty() ? text_of(body[0], "message")
                                            : text_of(body, "error_description");
  }
};

/// Speaks HTTP to a running sandbox as the integration user.
class SalesforceSandbox : public ::testing::Test {
 protected:
  SalesforceSandbox() : SalesforceSandbox(options()) {}
  explicit SalesforceSandbox(OrgOptions given)
      : sandbox(std::move(Sandbox::start(std::move(given)).value())) {
    token = org().access_token(kIntegrationUser);
  }

  Answer call(const std::string& method, const std::string& target, const Json& body = nullptr,
              const Headers& headers = {}) {
    return send(method, target, body.is_null() ? "" : dump_json(body), headers);
  }

  Answer send(const std::string& method, const std::string& target, const std::string& body,
              const Headers& headers = {}) {
    namespace net = Poco::Net;
    net::HTTPRequest request(method, target.starts_with('/') ? target : base + target,
                             net::HTTPMessage::HTTP_1_1);
    if (!token.empty()) request.set("Authorization", "Bearer " + token);
    if (!body.empty()) request.setContentType("application/json");
    for (const auto& [name, value] : headers.fields()) request.set(name, value);
    request.setContentLength(static_cast<std::streamsize>(body.size()));
    session.sendRequest(request) << body;
    net::HTTPResponse response;
    std::ostringstream text;
    Poco::StreamCopier::copyStream(session.receiveResponse(response), text);
    Answer answer{.status = response.getStatus(), .text = text.str()};
    for (const auto& [name, value] : response) answer.headers.add(name, value);
    if (const Result<Json> json = parse_json(answer.text)) answer.body = *json;
    return answer;
  }

  Answer query(const std::string& soql, const Headers& headers = {},
               const std::string& resource = "query") {
    return call("GET", resource + "?q=" + percent_encode(soql), nullptr, headers);
  }

  /// The values of one column, joined by ','.
  std::string column(const std::string& soql, const char* name) {
    const Answer answer = query(soql);
    EXPECT_EQ(answer.status, 200) << answer.text;
    std::string joined;
    for (const Json& record : answer.body.value("records", Json::array())) {
      joined += (joined.empty() ? "" : ",") + text_of(record, name, "null");
    }
    return joined;
  }

  std::string create(const std::string& object, const Json& fields) {
    const Answer answer = call("POST", "sobjects/" + object, fields);
    EXPECT_EQ(answer.status, 201) << answer.text;
    return text_of(answer.body, "id");
  }

  Org& org() { return *sandbox.org; }
  Faults& faults() { return sandbox.desk->faults; }
  Journal& journal() { return sandbox.desk->journal; }
  void advance(std::chrono::seconds by) { sandbox.desk->clock->advance(by); }

  Sandbox sandbox;
  std::string token{};
  std::string base = "/services/data/v60.0/";
  Poco::Net::HTTPClientSession session{"127.0.0.1", sandbox.server->port()};
};

}  // namespace channelbridge::sandbox::salesforce
