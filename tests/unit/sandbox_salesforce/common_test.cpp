#include <Poco/Net/HTTPClientSession.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/Net/NetException.h>
#include <Poco/StreamCopier.h>
#include <gtest/gtest.h>

#include <sstream>

#include "sandbox/common/server.hpp"

namespace channelbridge::sandbox {
namespace {

namespace net = Poco::Net;

class Echo : public Service {
 public:
  explicit Echo(std::shared_ptr<Desk> desk) : desk_(std::move(desk)) {}
  Response handle(const Request& request) override {
    if (request.method == "POST") {
      desk_->journal.record(
          request,
          {.object = "Thing", .key = "1", .kind = EffectKind::Created, .fields = request.body});
    }
    return text_response(200, "text/plain",
                         request.body + "|" + request.parameter("q").value_or(""));
  }
  Json state() override { return Json::object(); }

 private:
  std::shared_ptr<Desk> desk_;
};

class SandboxServer : public ::testing::Test {
 protected:
  std::string call(net::HTTPClientSession& session, const std::string& method,
                   const std::string& target, const std::string& body = "") {
    net::HTTPRequest request(method, target, net::HTTPMessage::HTTP_1_1);
    request.setContentLength(static_cast<std::streamsize>(body.size()));
    session.sendRequest(request) << body;
    std::ostringstream out;
    Poco::StreamCopier::copyStream(session.receiveResponse(response), out);
    return out.str();
  }

  std::shared_ptr<Desk> desk = std::make_shared<Desk>();
  std::unique_ptr<Server> server = std::move(
      Server::start(std::make_shared<Echo>(desk), desk, {.max_body_bytes = 2000}).value());
  net::HTTPResponse response{};
};

TEST_F(SandboxServer, APortIsOneServersAlone) {
  const auto second = Server::start(std::make_shared<Echo>(desk), desk, {.port = server->port()});
  EXPECT_FALSE(second);
}

TEST_F(SandboxServer, ItsDateIsThatOfItsOwnClock) {
  desk->clock->set(*parse_iso8601("2031-02-03T04:05:06Z"));
  net::HTTPClientSession session("127.0.0.1", server->port());
  call(session, "GET", "/a");
  std::vector<std::string> dates;
  for (const auto& [name, value] : response) {
    if (equal_without_case(name, "Date")) dates.push_back(value);
  }
  ASSERT_EQ(dates.size(), 1U);
  EXPECT_EQ(dates[0].substr(0, 20), "Mon, 03 Feb 2031 04:");
}

TEST_F(SandboxServer, AnswersSeveralRequestsOnOneConnectionAndJournalsEffects) {
  net::HTTPClientSession session("127.0.0.1", server->port());
  session.setKeepAlive(true);
  EXPECT_EQ(call(session, "GET", "/a?q=%C3%A5+b"), "|\xC3\xA5 b");
  EXPECT_EQ(call(session, "POST", "/a", "body"), "body|");
  ASSERT_EQ(desk->journal.effects(), 1U);
  EXPECT_EQ(desk->journal.entries()[0].call, 2U);
  EXPECT_NE(call(session, "GET", "/__sandbox/journal").find("\"effect\":\"created\""),
            std::string::npos);
  EXPECT_EQ(desk->journal.requests(), 2U);
}

TEST_F(SandboxServer, CutsTheConnectionBeforeOrAfterTheEffect) {
  for (const auto& [kind, effects] :
       {std::pair("reset_before", 0U), std::pair("reset_after", 1U)}) {
    desk->journal.clear();
    desk->faults.add(Fault{.kind = kind, .match = "POST /a"});
    net::HTTPClientSession session("127.0.0.1", server->port());
    EXPECT_THROW(call(session, "POST", "/a", "body"), net::NetException) << kind;
    EXPECT_EQ(desk->journal.effects(), effects) << kind;
    EXPECT_EQ(call(session, "GET", "/a"), "|") << kind;
  }
}

TEST_F(SandboxServer, RefusesWhatFaultsSayAndCountsDown) {
  net::HTTPClientSession session("127.0.0.1", server->port());
  call(session, "POST", "/__sandbox/faults",
       R"({"kind":"rate_limit","match":"/b","count":1,"after":1,"value":7})");
  EXPECT_EQ(response.getStatus(), 204);
  call(session, "GET", "/b");
  EXPECT_EQ(response.getStatus(), 200);
  call(session, "GET", "/b");
  EXPECT_EQ(response.getStatus(), 429);
  EXPECT_EQ(response.get("Retry-After"), "7");
  call(session, "GET", "/b");
  EXPECT_EQ(response.getStatus(), 200);
  for (const auto& [kind, status] :
       {std::pair("too_many_requests", 429), std::pair("unavailable", 503),
        std::pair("bad_gateway", 502), std::pair("logon_page", 200)}) {
    desk->faults.add(Fault{.kind = kind});
    call(session, "GET", "/b");
    EXPECT_EQ(response.getStatus(), status) << kind;
  }
  call(session, "POST", "/__sandbox/faults", R"({"kind":"earthquake"})");
  EXPECT_EQ(response.getStatus(), 400);
}

TEST_F(SandboxServer, CapsBodies) {
  net::HTTPClientSession session("127.0.0.1", server->port());
  call(session, "POST", "/a", std::string(2001, 'x'));
  EXPECT_EQ(response.getStatus(), 413);
  EXPECT_EQ(desk->journal.effects(), 0U);
}

TEST_F(SandboxServer, StopsWithAnIdleKeepAliveConnectionOpen) {
  net::HTTPClientSession session("127.0.0.1", server->port());
  session.setKeepAlive(true);
  call(session, "GET", "/a");
  const auto start = std::chrono::steady_clock::now();
  server->stop();
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(3));
}

TEST(SandboxJson, KeepsNumbersAsWrittenAndMembersInOrder) {
  const std::string text =
      R"({"z":100.00,"a":12345678901234567890123,"n":[1,-2.50,1.0E7],"s":"å\"","x":null})";
  const Result<Json> value = parse_json(text);
  ASSERT_TRUE(value.has_value());
  EXPECT_EQ(dump_json(*value), text);
}

TEST(SandboxJson, RefusesDuplicateMembersDepthAndGarbage) {
  EXPECT_FALSE(parse_json(R"({"a":1,"a":2})").has_value());
  EXPECT_FALSE(parse_json(std::string(100, '[') + std::string(100, ']')).has_value());
  EXPECT_FALSE(parse_json("{} {}").has_value());
  EXPECT_EQ(parse_json("{\"a\":\n x}").error().message(), "JSON malformed at [line:2, column:2]");
}

}  // namespace
}  // namespace channelbridge::sandbox
