#include "session_internal.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace channelbridge::odata {
namespace {

using ::testing::HasSubstr;

/// A server's side of the handshake: a token is good with its own cookie only.
struct Server {
  std::atomic<int> fetches{0};
  std::atomic<int> writes{0};
  std::atomic<int> generation{1};

  Result<http::Response> answer(const http::Request& request) {
    const int now = generation.load();
    const std::string token = "T" + std::to_string(now);
    const std::string cookie = "SAP_SESSIONID_S4H_100=S" + std::to_string(now);
    if (request.headers.get("x-csrf-token") == "Fetch") {
      ++fetches;
      return http::Response{
          .status = 200,
          .headers = {{"x-csrf-token", token}, {"set-cookie", cookie + "; path=/; HttpOnly"}}};
    }
    if (request.headers.get("x-csrf-token") == token &&
        request.headers.get("cookie").value_or("").find(cookie) != std::string::npos) {
      ++writes;
      return http::Response{.status = 201};
    }
    return http::Response{.status = 403,
                          .headers = {{"x-csrf-token", "Required"}},
                          .body = "CSRF token validation failed"};
  }
  http::Layer::Next next() {
    return [this](const http::Request& request, const Context&) { return answer(request); };
  }
};

http::Request post() {
  http::Request request;
  request.method = "POST";
  request.headers.set("authorization", "Basic eA==");
  return request;
}

TEST(ODataSession, FetchesOneTokenForManyWriters) {
  Server server;
  SessionLayer layer("/root/", true);
  std::vector<std::jthread> writers;
  for (int i = 0; i < 8; ++i) {
    writers.emplace_back([&] {
      const auto answer = layer.send(post(), Context(), server.next());
      EXPECT_TRUE(answer && answer->status == 201);
    });
  }
  writers.clear();
  EXPECT_EQ(server.fetches, 1);
  EXPECT_EQ(server.writes, 8);
}

TEST(ODataSession, RenewsAnExpiredTokenOnceAndRepeats) {
  Server server;
  SessionLayer layer("/root/", true);
  ASSERT_EQ(layer.send(post(), Context(), server.next())->status, 201);
  server.generation = 2;
  ASSERT_EQ(layer.send(post(), Context(), server.next())->status, 201);
  EXPECT_EQ(server.fetches, 2);
  EXPECT_EQ(server.writes, 2);
}

TEST(ODataSession, DoesNotTryASecondRenewal) {
  int sent = 0;
  const http::Layer::Next refuse = [&](const http::Request& request,
                                       const Context&) -> Result<http::Response> {
    if (request.method == "GET")
      return http::Response{.status = 200, .headers = {{"x-csrf-token", "T"}}};
    ++sent;
    return http::Response{.status = 403, .headers = {{"x-csrf-token", "Required"}}};
  };
  SessionLayer layer("/root/", true);
  EXPECT_EQ(layer.send(post(), Context(), refuse)->status, 403);
  EXPECT_EQ(sent, 2);
}

TEST(ODataSession, AForbiddenWriteIsNotRepeated) {
  int sent = 0;
  const http::Layer::Next refuse = [&](const http::Request& request,
                                       const Context&) -> Result<http::Response> {
    if (request.method == "GET")
      return http::Response{.status = 200, .headers = {{"x-csrf-token", "T"}}};
    ++sent;
    return http::Response{.status = 403};
  };
  SessionLayer layer("/root/", true);
  EXPECT_EQ(layer.send(post(), Context(), refuse)->status, 403);
  EXPECT_EQ(sent, 1);
}

TEST(ODataSession, StopsWhenTheFetchBringsNoToken) {
  bool written = false;
  const http::Layer::Next next = [&](const http::Request& request,
                                     const Context&) -> Result<http::Response> {
    written = written || request.method != "GET";
    return http::Response{.status = 200};
  };
  SessionLayer layer("/root/", true);
  const auto answer = layer.send(post(), Context(), next);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().sent(), Sent::No);
  EXPECT_FALSE(written);
}

TEST(ODataSession, AFailedFetchMeansThatTheWriteHasNotLeft) {
  const http::Layer::Next next = [](const http::Request&,
                                    const Context&) -> Result<http::Response> {
    return Error(ErrorCode::Timeout, "no answer").with_sent(Sent::NoAnswer);
  };
  SessionLayer layer("/root/", true);
  EXPECT_EQ(layer.send(post(), Context(), next).error().sent(), Sent::No);
}

TEST(ODataSession, ReadsNeedNoTokenAndKeepTheSessionsCookies) {
  std::vector<http::Request> seen;
  const http::Layer::Next next = [&](const http::Request& request,
                                     const Context&) -> Result<http::Response> {
    seen.push_back(request);
    return http::Response{.status = 200,
                          .headers = {{"set-cookie", "sap-usercontext=sap-client=100; path=/"}}};
  };
  SessionLayer layer("/root/", true);
  http::Request get;
  ASSERT_TRUE(layer.send(get, Context(), next));
  ASSERT_TRUE(layer.send(get, Context(), next));
  ASSERT_EQ(seen.size(), 2U);
  EXPECT_FALSE(seen[0].headers.get("x-csrf-token"));
  EXPECT_EQ(seen[1].headers.get("cookie"), "sap-usercontext=sap-client=100");
}

/// The logon of a node that answers whoever brings a password, but not the cookie of a session that
/// has ended.
struct EndedSession {
  http::Response refusal{.status = 401};
  bool ended{};
  std::vector<http::Request> seen{};

  http::Layer::Next next() {
    return [this](const http::Request& request, const Context&) -> Result<http::Response> {
      seen.push_back(request);
      const std::string cookies = request.headers.get("cookie").value_or("");
      if (ended && cookies.find("SID=old") != std::string::npos) return refusal;
      return http::Response{.status = 200,
                            .headers = {{"set-cookie", ended ? "SID=new" : "SID=old"},
                                        {"x-csrf-token", ended ? "new" : "old"}}};
    };
  }
};

http::Response logon_page() {
  return {.status = 200, .headers = {{"content-type", "text/html; charset=x"}}};
}

TEST(ODataSession, AWriteThatALogonPageAnswersIsNotRepeated) {
  for (const bool tokens : {true, false}) {
    EndedSession server{.refusal = logon_page()};
    SessionLayer layer("/root/", tokens);
    http::Request read = post();  // $batch of reads
    read.repeatable = http::Repeatable::Yes;
    ASSERT_TRUE(layer.send(read, Context(), server.next()));
    server.ended = true;
    server.seen.clear();
    const auto answer = layer.send(post(), Context(), server.next());
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code(), ErrorCode::Unauthenticated);
    EXPECT_EQ(answer.error().sent(), Sent::Answered);
    EXPECT_EQ(server.seen.size(), 1U);
    // What comes next has a session of its own.
    ASSERT_TRUE(layer.send(post(), Context(), server.next()));
    ASSERT_TRUE(layer.send(post(), Context(), server.next()));
    EXPECT_EQ(server.seen.back().headers.get("cookie"), "SID=new");
    // A read is told from a write by what it says of itself.
    server = {.refusal = logon_page()};
    SessionLayer other("/root/", tokens);
    ASSERT_TRUE(other.send(read, Context(), server.next()));
    server.ended = true;
    const auto again = other.send(read, Context(), server.next());
    ASSERT_TRUE(again);
    EXPECT_FALSE(session_refused(*again));
  }
}

/// The write has not left, whatever the page is.
TEST(ODataSession, ALogonPageInPlaceOfATokenIsARefusedCredential) {
  std::vector<http::Request> seen;
  const http::Layer::Next next = [&](const http::Request& request,
                                     const Context&) -> Result<http::Response> {
    seen.push_back(request);
    return logon_page();
  };
  SessionLayer layer("/root/", true);
  const auto answer = layer.send(post(), Context(), next);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 401);
  for (const http::Request& request : seen) EXPECT_EQ(request.method, "GET");
}

TEST(ODataSession, AWriteThatLeadsElsewhereIsThePipelinesAlsoWithAPage) {
  for (const int status : {302, 303, 307, 308}) {
    int sent = 0;
    const http::Layer::Next next = [&](const http::Request& request,
                                       const Context&) -> Result<http::Response> {
      if (request.method == "GET")
        return http::Response{.status = 200, .headers = {{"set-cookie", "SID=old"}}};
      ++sent;
      http::Response answer = logon_page();
      answer.status = status;
      return answer;
    };
    SessionLayer layer("/root/", false);
    ASSERT_TRUE(layer.send({}, Context(), next));  // the session has a cookie
    const auto answer = layer.send(post(), Context(), next);
    ASSERT_TRUE(answer) << status;
    EXPECT_EQ(answer->status, status);
    EXPECT_EQ(sent, 1) << status;
  }
}

TEST(ODataSession, AReadThatIsLedToALogonIsRepeatedInANewSession) {
  for (const int status : {302, 303}) {
    http::Response to_logon = logon_page();
    to_logon.status = status;
    to_logon.headers.set("location", "https://idp.example/login");
    EndedSession server{.refusal = to_logon};
    SessionLayer layer("/root/", true);
    ASSERT_TRUE(layer.send({}, Context(), server.next()));
    server.ended = true;
    const auto answer = layer.send({}, Context(), server.next());
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 200);
    EXPECT_FALSE(server.seen.back().headers.get("cookie"));
  }
  // Without a session there is none to begin anew.
  int sent = 0;
  const http::Layer::Next away = [&](const http::Request&,
                                     const Context&) -> Result<http::Response> {
    ++sent;
    return http::Response{.status = 302};
  };
  SessionLayer layer("/root/", true);
  EXPECT_EQ(layer.send({}, Context(), away)->status, 302);
  EXPECT_EQ(sent, 1);
}

TEST(ODataSession, AnEndedSessionIsBegunAnewWithoutItsCookies) {
  for (const http::Response& refusal : {http::Response{.status = 401}, logon_page()}) {
    for (const http::Request& request : {http::Request{}, post()}) {
      if (request.method == "POST" && refusal.status == 200) continue;  // proves nothing
      SCOPED_TRACE(request.method + " " + std::to_string(refusal.status));
      EndedSession server{.refusal = refusal};
      SessionLayer layer("/root/", true);
      ASSERT_TRUE(layer.send(request, Context(), server.next()));
      server.ended = true;
      const auto answer = layer.send(request, Context(), server.next());
      ASSERT_TRUE(answer);
      EXPECT_FALSE(session_refused(*answer));
      // A write goes with the token of the new session, and its cookie.
      if (request.method == "POST") {
        EXPECT_EQ(server.seen.back().headers.get("x-csrf-token"), "new");
        EXPECT_EQ(server.seen.back().headers.get("cookie"), "SID=new");
      }
      ASSERT_TRUE(layer.send(request, Context(), server.next()));
      EXPECT_EQ(server.seen.back().headers.get("cookie"), "SID=new");
    }
  }
}

/// A host whose services share a session: each service has a token of its own in it.
struct TwoServices {
  int sessions{};
  int fetches{};
  int writes{};

  http::Layer::Next next() {
    return [this](const http::Request& request, const Context&) -> Result<http::Response> {
      const std::string service = request.target.substr(0, 3);
      const std::string cookies = request.headers.get("cookie").value_or("");
      if (request.headers.get("x-csrf-token") == "Fetch") {
        ++fetches;
        const bool joins = sessions > 0 && cookies == "SID=" + std::to_string(sessions);
        if (!joins) ++sessions;
        http::Response answer{.status = 200};
        if (!joins) answer.headers.add("set-cookie", "SID=" + std::to_string(sessions));
        answer.headers.set("x-csrf-token", service + std::to_string(sessions));
        return answer;
      }
      const bool good = request.headers.get("x-csrf-token") == service + std::to_string(sessions) &&
                        cookies == "SID=" + std::to_string(sessions);
      if (good) ++writes;
      return good ? http::Response{.status = 201}
                  : http::Response{.status = 403, .headers = {{"x-csrf-token", "Required"}}};
    };
  }
};

TEST(ODataSession, ServicesOfAHostShareTheSessionAndHaveATokenEach) {
  TwoServices server;
  SessionLayer layer;
  layer.add("/a/", true);
  layer.add("/b/?sap-client=100", true);
  http::Request one = post();
  one.target = "/a/Orders";
  http::Request two = post();
  two.target = "/b/Products?sap-client=100";
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(layer.send(one, Context(), server.next())->status, 201);
    EXPECT_EQ(layer.send(two, Context(), server.next())->status, 201);
  }
  EXPECT_EQ(server.sessions, 1);
  EXPECT_EQ(server.fetches, 2);
  // The session ends: the token that is refused begins a new one, which the other service joins.
  server.sessions = 5;
  EXPECT_EQ(layer.send(one, Context(), server.next())->status, 201);
  EXPECT_EQ(layer.send(two, Context(), server.next())->status, 201);
  EXPECT_EQ(server.sessions, 6);
  EXPECT_EQ(server.fetches, 4);
  EXPECT_EQ(server.writes, 6);
}

TEST(ODataSession, ARefusedCredentialIsNotTriedTwice) {
  int sent = 0;
  const http::Layer::Next refuse = [&](const http::Request&,
                                       const Context&) -> Result<http::Response> {
    ++sent;
    return http::Response{.status = 401, .headers = {{"set-cookie", "SID=x"}}};
  };
  SessionLayer layer("/root/", true);
  EXPECT_EQ(layer.send({}, Context(), refuse)->status, 401);
  EXPECT_EQ(sent, 1);
}

}  // namespace
}  // namespace channelbridge::odata
