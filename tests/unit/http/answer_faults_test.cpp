#include <atomic>
#include <thread>

#include "channelbridge/testing/fakes.hpp"
#include "gzip.hpp"
#include "transport_suite.hpp"

namespace channelbridge::http {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

/// Reads a request, then does `fault` in place of an answer.
FaultServer::Script on_request(std::function<void(FaultPeer&)> fault) {
  return [fault = std::move(fault)](FaultPeer& peer) {
    while (peer.read_request()) fault(peer);
  };
}

TEST_P(TransportFaults, AStalledAnswerEndsAtTheDeadline) {
  FaultServer server(on_request([](FaultPeer& peer) { peer.wait_for_close(); }));
  const auto start = steady_clock::now();
  const auto response = make(server.origin())->send(post(), within(1s));
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code(), ErrorCode::Timeout);
  EXPECT_EQ(response.error().sent(), Sent::NoAnswer);
  EXPECT_GE(steady_clock::now() - start, 1s);
  EXPECT_LT(steady_clock::now() - start, 6s);
  EXPECT_EQ(server.count("POST"), 1);
}

TEST_P(TransportFaults, TheDeadlineHoldsOverADrippingBody) {
  FaultServer server(on_request([](FaultPeer& peer) {
    peer.write("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
    while (peer.write("x")) std::this_thread::sleep_for(20ms);  // for 20 s
  }));
  const auto start = steady_clock::now();
  const auto response = make(server.origin())->send(get(), within(1s));
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code(), ErrorCode::Timeout);
  EXPECT_EQ(response.error().sent(), Sent::Answered);
  EXPECT_EQ(response.error().http_status(), 200);
  EXPECT_LT(steady_clock::now() - start, 6s);
}

TEST_P(TransportFaults, TheDeadlineHoldsOverADrippingHeader) {
  FaultServer server(on_request([](FaultPeer& peer) {
    peer.write("HTTP/1.1 200 OK\r\n");
    while (peer.write("X: y\r\n")) std::this_thread::sleep_for(20ms);
  }));
  const auto start = steady_clock::now();
  const auto response = make(server.origin())->send(get(), within(300ms));
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code(), ErrorCode::Timeout);
  EXPECT_LT(steady_clock::now() - start, 2s);
}

TEST_P(TransportFaults, TheDefaultTimeoutHoldsWithoutADeadline) {
  FaultServer server(on_request([](FaultPeer& peer) { peer.wait_for_close(); }));
  const auto response = make(server.origin(), {.default_timeout = 100ms})->send(get(), Context());
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code(), ErrorCode::Timeout);
}

/// How long a call goes on after a stop request.
steady_clock::duration time_to_stop(Transport& transport, const Request& request) {
  std::stop_source stop;
  steady_clock::time_point asked;
  std::jthread stopper([&] {
    std::this_thread::sleep_for(100ms);
    asked = steady_clock::now();
    stop.request_stop();
  });
  const auto response = transport.send(request, Context().with_stop(stop.get_token()));
  const auto ended = steady_clock::now();
  stopper.join();
  EXPECT_FALSE(response);
  EXPECT_EQ(response.error().code(), ErrorCode::Cancelled);
  EXPECT_NE(response.error().sent(), Sent::No);
  return ended - asked;
}

TEST_P(TransportFaults, AStopRequestEndsTheCallWithin50Milliseconds) {
  for (const bool in_body : {false, true}) {
    FaultServer server(on_request([&](FaultPeer& peer) {
      if (in_body) peer.write("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nabc");
      peer.wait_for_close();
    }));
    const auto transport = make(server.origin());
    // The best of three: a busy machine may hold up any one.
    auto best = time_to_stop(*transport, post());
    for (int i = 0; i < 2; ++i) best = std::min(best, time_to_stop(*transport, post()));
    EXPECT_LT(best, 50ms);
  }
}

TEST_P(TransportFaults, AShortBodyIsNoAnswer) {
  const std::string_view heads[] = {
      "HTTP/1.1 201 Created\r\nContent-Length: 100\r\n\r\nshort",
      "HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nshort\r\n",
      "HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n64\r\nshort"};
  for (const auto head : heads) {
    FaultServer server([&](FaultPeer& peer) {
      if (peer.read_request()) peer.write(head);
    });
    const auto response = make(server.origin())->send(post(), within(5s));
    ASSERT_FALSE(response) << head << response->body;
    EXPECT_EQ(response.error().code(), ErrorCode::Unavailable);
    EXPECT_EQ(response.error().sent(), Sent::Answered);
    EXPECT_EQ(response.error().http_status(), 201);
    EXPECT_EQ(server.count("POST"), 1);
  }
}

TEST_P(TransportFaults, AHeaderThatBreaksOffIsNoAnswer) {
  for (const std::string_view head : {"HTTP/1.1 201 Cre", "HTTP/1.1 201 Created\r\nContent-Le",
                                      "HTTP/1.1 201 Created\r\nContent-Length: 0\r\n"}) {
    FaultServer server([&](FaultPeer& peer) {
      if (peer.read_request()) peer.write(head);
    });
    const auto response = make(server.origin())->send(post(), within(5s));
    ASSERT_FALSE(response) << head;
    EXPECT_EQ(response.error().sent(), Sent::NoAnswer) << head;
    EXPECT_EQ(server.count("POST"), 1);
  }
}

TEST_P(TransportFaults, GarbageIsAnError) {
  for (const std::string_view head :
       {"SSH-2.0-OpenSSH_9.2\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n0\r\n\r\n"}) {
    FaultServer server([&](FaultPeer& peer) {
      if (peer.read_request()) peer.write(head);
    });
    const auto response = make(server.origin())->send(post(), within(5s));
    EXPECT_FALSE(response) << head;
  }
}

TEST_P(TransportFaults, ReadsChunkedBodies) {
  FaultServer server(on_request([](FaultPeer& peer) {
    peer.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    peer.write("5\r\nhello\r\n1\r\n,\r\n6\r\n world\r\n0\r\n\r\n");
  }));
  const auto transport = make(server.origin());
  for (int i = 0; i < 3; ++i) {
    const auto response = transport->send(get(), within(5s));
    ASSERT_TRUE(response) << response.error();
    EXPECT_EQ(response->body, "hello, world");
  }
}

TEST_P(TransportFaults, ReadsBodiesThatEndWithTheConnection) {
  FaultServer server([](FaultPeer& peer) {
    if (peer.read_request()) peer.write("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nall of it");
  });
  const auto response = make(server.origin())->send(get(), within(5s));
  ASSERT_TRUE(response) << response.error();
  EXPECT_EQ(response->body, "all of it");
}

TEST_P(TransportFaults, AnswersWithoutABodyDoNotDisturbTheNext) {
  FaultServer server([](FaultPeer& peer) {
    while (const auto request = peer.read_request()) {
      if (request->head.starts_with("HEAD")) {
        peer.write("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n");
      } else {
        peer.write("HTTP/1.1 204 No Content\r\n\r\n");
      }
    }
  });
  const auto transport = make(server.origin());
  for (const char* method : {"HEAD", "GET", "HEAD", "GET"}) {
    Request request = get();
    request.method = method;
    const auto response = transport->send(request, within(5s));
    ASSERT_TRUE(response) << response.error();
    EXPECT_EQ(response->body, "");
    EXPECT_EQ(response->status, request.method == "HEAD" ? 200 : 204);
  }
}

TEST_P(TransportFaults, AnnouncesAnEmptyBodyButNoExpectation) {
  FaultServer server(FaultServer::echo());
  const auto transport = make(server.origin());
  ASSERT_TRUE(transport->send(post(""), within(5s)));
  ASSERT_TRUE(transport->send(post(std::string(300'000, 'x')), within(5s)));
  const auto seen = server.seen();
  ASSERT_EQ(seen.size(), 2U);
  EXPECT_EQ(seen[0].header("Content-Length"), "0");
  EXPECT_EQ(seen[1].body.size(), 300'000U);
  for (const auto& request : seen) EXPECT_EQ(request.header("Expect"), "");
}

TEST_P(TransportFaults, NeverFollowsARedirect) {
  FaultServer other(FaultServer::echo());
  for (const std::string status :
       {"301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"}) {
    FaultServer server(on_request([&](FaultPeer& peer) {
      peer.answer("", "Location: " + other.origin("localhost") + "/x\r\n", status);
    }));
    const auto transport = make(server.origin());
    for (Request request : {get(), post()}) {
      request.headers = {{"Authorization", "Bearer s3cret"}};
      const auto response = transport->send(request, within(5s));
      ASSERT_TRUE(response) << response.error();
      EXPECT_EQ(std::to_string(response->status), status.substr(0, 3));
      EXPECT_TRUE(response->headers.get("Location"));
    }
  }
  EXPECT_EQ(other.connections(), 0);
}

TEST_P(TransportFaults, AnInterimAnswerIsNeverTheAnswer) {
  FaultServer server(on_request([](FaultPeer& peer) {
    peer.write("HTTP/1.1 100 Continue\r\n\r\n");
    peer.answer("done", "", "201 Created");
  }));
  const auto transport = make(server.origin());
  for (int i = 0; i < 2; ++i) {
    const auto response = transport->send(post(), within(5s));
    if (response) {
      EXPECT_EQ(response->status, 201);
      EXPECT_EQ(response->body, "done");
    } else {
      EXPECT_EQ(response.error().sent(), Sent::NoAnswer);
    }
    EXPECT_EQ(server.count("POST"), i + 1);
  }
  // No later request is answered with the rest of an earlier answer.
  FaultServer numbered(on_request([n = std::make_shared<int>(0)](FaultPeer& peer) {
    if (++*n == 1) peer.write("HTTP/1.1 100 Continue\r\n\r\n");
    peer.answer(std::to_string(*n));
  }));
  const auto second = make(numbered.origin());
  static_cast<void>(second->send(get(), within(5s)));
  EXPECT_EQ(second->send(get(), within(5s))->body, "2");
}

TEST_P(TransportFaults, RefusesRequestsThatWouldInjectIntoTheMessage) {
  FaultServer server(FaultServer::echo());
  const auto transport = make(server.origin());
  std::vector<Request> bad(9, post());
  bad[0].headers = {{"X", "a\r\nEvil: 1"}};
  bad[1].headers = {{"X\r\nEvil", "1"}};
  bad[2].headers = {{"X", std::string("a\0b", 3)}};
  bad[3].target = "/a HTTP/1.1\r\nEvil: 1";
  bad[4].target = "//evil.example\n";
  bad[5].target = "http://evil.example/";
  bad[6].method = "GET / HTTP/1.1\r\nX";
  bad[7].headers = {{"host", "evil.example"}};
  bad[8].headers = {{"Transfer-Encoding", "chunked"}};
  for (const auto& request : bad) {
    const auto response = transport->send(request, within(5s));
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().code(), ErrorCode::Invalid);
    EXPECT_EQ(response.error().sent(), Sent::No);
  }
  EXPECT_EQ(server.connections(), 0);
}

TEST_P(TransportFaults, BoundsAGigabyteWhileItStreams) {
  for (const bool chunked : {false, true}) {
    std::atomic<std::size_t> written = 0;
    FaultServer server(on_request([&](FaultPeer& peer) {
      const std::string block(1U << 20U, 'x');
      peer.write(chunked ? "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                         : "HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n");
      for (int i = 0; i < 1024; ++i) {
        if (chunked && !peer.write("100000\r\n")) return;
        if (!peer.write(block)) return;
        if (chunked && !peer.write("\r\n")) return;
        written += block.size();
      }
    }));
    Request request = get();
    request.max_response_bytes = 2U << 20U;
    const auto transport = make(server.origin());
    const auto response = transport->send(request, within(20s));
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().code(), ErrorCode::Protocol);
    EXPECT_EQ(response.error().sent(), Sent::Answered);
    EXPECT_EQ(response.error().http_status(), 200);
    EXPECT_LT(written, 32U << 20U);  // what the kernel's buffers take
  }
}

TEST_P(TransportFaults, BoundsTheHeader) {
  FaultServer server(on_request([](FaultPeer& peer) {
    std::string head = "HTTP/1.1 200 OK\r\n";
    for (int i = 0; i < 200; ++i)
      head += "X-" + std::to_string(i) + ": " + std::string(1000, 'x') + "\r\n";
    peer.write(head + "Content-Length: 2\r\n\r\nok");
  }));
  const auto response = make(server.origin())->send(get(), within(5s));
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code(), ErrorCode::Protocol);
  const auto roomy =
      make(server.origin(), {.max_header_bytes = 1U << 20U})->send(get(), within(5s));
  EXPECT_TRUE(roomy) << roomy.error();
}

TEST_P(TransportFaults, DecodesGzip) {
  const std::string text(100'000, 'a');
  FaultServer server([&](FaultPeer& peer) {
    while (const auto request = peer.read_request()) {
      EXPECT_EQ(request->header("Accept-Encoding"), "gzip");
      peer.answer(testing::gzip(text), "Content-Encoding: gzip\r\n");
    }
  });
  const auto response = make(server.origin())->send(get(), within(5s));
  ASSERT_TRUE(response) << response.error();
  EXPECT_EQ(response->body, text);
  EXPECT_EQ(response->headers.get("Content-Encoding"), std::nullopt);
  EXPECT_EQ(response->headers.get("Content-Length"), std::nullopt);
}

TEST_P(TransportFaults, BoundsAGzipBomb) {
  const std::string bomb = testing::gzip(std::string(20U << 20U, 'a'));
  FaultServer server(
      on_request([&](FaultPeer& peer) { peer.answer(bomb, "Content-Encoding: gzip\r\n"); }));
  Request request = get();
  request.max_response_bytes = 1U << 20U;
  const auto response = make(server.origin())->send(request, within(5s));
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code(), ErrorCode::Protocol);
  EXPECT_EQ(response.error().sent(), Sent::Answered);
}

TEST_P(TransportFaults, TheDeadlineIsReadFromTheCallersClock) {
  FaultServer server(on_request([](FaultPeer& peer) { peer.wait_for_close(); }));
  const auto clock = std::make_shared<testing::ManualClock>();
  const auto transport = make(server.origin());
  std::jthread mover([&] {
    std::this_thread::sleep_for(100ms);
    clock->advance(1h);
  });
  const auto start = steady_clock::now();
  const auto response = transport->send(get(), Context(clock, {}).with_timeout(1h));
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code(), ErrorCode::Timeout);
  EXPECT_LT(steady_clock::now() - start, 1s);
}

TEST_P(TransportFaults, GoesThroughAProxy) {
  FaultServer proxy(FaultServer::echo());
  const auto response =
      make("http://erp.example:8000", {.proxy = proxy.origin()})->send(post("x"), within(5s));
  ASSERT_TRUE(response) << response.error();
  EXPECT_EQ(proxy.seen()[0].line(), "POST http://erp.example:8000/records HTTP/1.1");
}

}  // namespace
}  // namespace channelbridge::http
