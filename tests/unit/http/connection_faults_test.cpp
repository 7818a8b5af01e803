#include <atomic>
#include <thread>

#include "transport_suite.hpp"

namespace channelbridge::http {
namespace {

using namespace std::chrono_literals;

/// Answers the first request of each connection, then does `fault` instead of going on.
FaultServer::Script after_one_answer(std::function<void(FaultPeer&)> fault) {
  return [fault = std::move(fault)](FaultPeer& peer) {
    if (peer.read_request()) peer.answer("first");
    fault(peer);
  };
}

/// The server's close has arrived here once this long has passed.
void let_it_arrive() { std::this_thread::sleep_for(50ms); }

TEST_P(TransportFaults, CarriesARequestAndItsAnswer) {
  FaultServer server([](FaultPeer& peer) {
    while (const auto request = peer.read_request())
      peer.answer("pong",
                  "X-One: a\r\nSet-Cookie: a=1; Expires=Wed, 21 Oct 2026 07:28:00 GMT\r\n"
                  "Set-Cookie: b=2; path=/\r\n",
                  "201 Created");
  });
  const auto transport = make(server.origin());
  Request request = post(R"({"a":1})");
  request.target = "/a%20b?q=1&r=%C3%A4";
  request.headers = {{"Content-Type", "application/json"}, {"X-Key", "k"}};
  const auto response = transport->send(request, within(5s));
  ASSERT_TRUE(response) << response.error();
  EXPECT_EQ(response->status, 201);
  EXPECT_EQ(response->body, "pong");
  EXPECT_EQ(response->headers.get("x-one"), "a");
  EXPECT_EQ(
      response->headers.all("set-cookie"),
      (std::vector<std::string>{"a=1; Expires=Wed, 21 Oct 2026 07:28:00 GMT", "b=2; path=/"}));
  ASSERT_EQ(server.seen().size(), 1U);
  const auto seen = server.seen().front();
  EXPECT_EQ(seen.line(), "POST /a%20b?q=1&r=%C3%A4 HTTP/1.1");
  EXPECT_EQ(seen.body, R"({"a":1})");
  EXPECT_EQ(seen.header("X-Key"), "k");
  EXPECT_EQ(seen.header("Host"), "127.0.0.1:" + std::to_string(server.port()));
}

TEST_P(TransportFaults, RepeatableRequestsShareAConnection) {
  FaultServer server(FaultServer::echo());
  const auto transport = make(server.origin());
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(transport->send(get(), within(5s)));
  EXPECT_LT(server.connections(), 5);  // cpprest gives a connection back a moment after the answer
}

TEST_P(TransportFaults, PostSurvivesAConnectionClosedWhileIdle) {
  FaultServer server(after_one_answer([](FaultPeer& peer) { peer.close(); }));
  const auto transport = make(server.origin());
  ASSERT_TRUE(transport->send(get(), within(5s)));
  let_it_arrive();
  const auto response = transport->send(post(), within(5s));
  EXPECT_TRUE(response) << response.error();
  EXPECT_EQ(server.count("POST"), 1);
}

TEST_P(TransportFaults, PostSurvivesAConnectionResetWhileIdle) {
  FaultServer server(after_one_answer([](FaultPeer& peer) { peer.reset(); }));
  const auto transport = make(server.origin());
  ASSERT_TRUE(transport->send(get(), within(5s)));
  let_it_arrive();
  const auto response = transport->send(post(), within(5s));
  EXPECT_TRUE(response) << response.error();
  EXPECT_EQ(server.count("POST"), 1);
}

TEST_P(TransportFaults, GetSurvivesAStaleConnection) {
  for (const bool reset : {false, true}) {
    FaultServer server(
        after_one_answer([&](FaultPeer& peer) { reset ? peer.reset() : peer.close(); }));
    const auto transport = make(server.origin());
    ASSERT_TRUE(transport->send(get(), within(5s)));
    let_it_arrive();
    const auto response = transport->send(get("/again"), within(5s));
    EXPECT_TRUE(response) << response.error();
    EXPECT_EQ(server.count("GET /again"), 1);
  }
}

TEST_P(TransportFaults, NeverResendsAPostOnAFreshConnection) {
  FaultServer server([](FaultPeer& peer) { peer.read_request(); });
  const auto response = make(server.origin())->send(post(), within(5s));
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().sent(), Sent::NoAnswer);
  EXPECT_EQ(response.error().code(), ErrorCode::Unavailable);
  EXPECT_EQ(server.count("POST"), 1);
}

TEST_P(TransportFaults, NeverResendsAPostOnAReusedConnection) {
  FaultServer server([](FaultPeer& peer) {
    if (peer.read_request()) peer.answer("first");
    peer.read_request();  // and closes without a word
  });
  const auto transport = make(server.origin());
  for (const auto& warm_up : {get(), post()}) {
    ASSERT_TRUE(transport->send(warm_up, within(5s)));
    const int before = server.count("POST");
    const auto response = transport->send(post("once"), within(5s));
    // On a new connection it is answered; on a reused one it must not be tried again.
    EXPECT_TRUE(response || response.error().sent() == Sent::NoAnswer);
    EXPECT_EQ(server.count("POST"), before + 1);
  }
}

TEST_P(TransportFaults, RepeatablePostIsSentAgainOnAFreshConnection) {
  FaultServer server([](FaultPeer& peer) {
    if (peer.read_request()) peer.answer("first");
    if (peer.number() == 1) {
      peer.read_request();
      return;
    }
    while (const auto request = peer.read_request()) peer.answer("again");
  });
  const auto transport = make(server.origin());
  ASSERT_TRUE(transport->send(get(), within(5s)));
  Request upsert = post();
  upsert.method = "PATCH";
  upsert.repeatable = Repeatable::Yes;
  const auto response = transport->send(upsert, within(5s));
  EXPECT_TRUE(response) << response.error();
}

TEST_P(TransportFaults, RefusedPortIsNotSent) {
  const auto transport = make("http://127.0.0.1:" + std::to_string(testing::refused_port()));
  for (const auto& request : {get(), post()}) {
    const auto response = transport->send(request, within(5s));
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().code(), ErrorCode::Unavailable);
    EXPECT_EQ(response.error().sent(), Sent::No);
  }
}

TEST_P(TransportFaults, AConnectionThatDoesNotComeUpEndsAtItsOwnTimeOutAndIsNotSent) {
  const testing::DeafPort deaf;
  const auto transport =
      make("http://127.0.0.1:" + std::to_string(deaf.port()), {.connect_timeout = 200ms});
  for (const auto& request : {get(), post()}) {
    const auto start = std::chrono::steady_clock::now();
    const auto response = transport->send(request, within(10s));
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().code(), ErrorCode::Timeout);
    EXPECT_EQ(response.error().sent(), Sent::No);
    EXPECT_LT(std::chrono::steady_clock::now() - start, 5s);
  }
}

TEST_P(TransportFaults, TheConnectTimeOutDoesNotEndASlowAnswer) {
  FaultServer server([](FaultPeer& peer) {
    while (peer.read_request()) {
      std::this_thread::sleep_for(1700ms);
      peer.answer("late");
    }
  });
  const auto transport = make(server.origin(), {.connect_timeout = 1500ms});
  for (const auto& request : {get(), post()}) EXPECT_TRUE(transport->send(request, within(30s)));
}

TEST_P(TransportFaults, AHandshakeThatNeverEndsEndsAtTheConnectTimeOut) {
  FaultServer server([](FaultPeer& peer) { peer.wait_for_close(); });
  const auto transport =
      make("https://127.0.0.1:" + std::to_string(server.port()), {.connect_timeout = 200ms});
  const auto start = std::chrono::steady_clock::now();
  const auto response = transport->send(post(), within(10s));
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code(), ErrorCode::Timeout);
  EXPECT_EQ(response.error().sent(), Sent::No);
  EXPECT_LT(std::chrono::steady_clock::now() - start, 5s);
}

TEST_P(TransportFaults, UnknownHostIsNotSent) {
  const auto response = make("http://no-such-host.invalid")->send(post(), within(20s));
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code(), ErrorCode::Unavailable);
  EXPECT_EQ(response.error().sent(), Sent::No);
}

TEST_P(TransportFaults, StoppedBeforehandIsNotSent) {
  FaultServer server(FaultServer::echo());
  std::stop_source stop;
  stop.request_stop();
  const auto response = make(server.origin())->send(post(), Context().with_stop(stop.get_token()));
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code(), ErrorCode::Cancelled);
  EXPECT_EQ(response.error().sent(), Sent::No);
  EXPECT_EQ(server.connections(), 0);
}

TEST_P(TransportFaults, ManyThreadsShareOneTransportWithinItsConnections) {
  std::atomic<int> open = 0;
  std::atomic<int> most = 0;
  FaultServer server([&](FaultPeer& peer) {
    while (const auto request = peer.read_request()) {
      const int now = ++open;
      for (int seen = most; now > seen && !most.compare_exchange_weak(seen, now);) {
      }
      std::this_thread::sleep_for(2ms);
      --open;
      peer.answer(request->body);
    }
  });
  const auto transport = make(server.origin(), {.connections = 3});
  std::atomic<int> right = 0;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 8; ++t) {
      threads.emplace_back([&, t] {
        for (int i = 0; i < 10; ++i) {
          const std::string body = std::to_string(t) + "/" + std::to_string(i);
          const auto response = transport->send(post(body), within(20s));
          if (response && response->body == body) ++right;
        }
      });
    }
  }
  EXPECT_EQ(right, 80);
  EXPECT_EQ(server.count("POST"), 80);
  EXPECT_LE(most, 3);
}

}  // namespace
}  // namespace channelbridge::http
