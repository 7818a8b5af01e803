#include <gmock/gmock.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <thread>

#include "channelbridge/http/pipeline.hpp"
#include "gzip.hpp"
#include "transport_suite.hpp"

namespace channelbridge::http {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;

/// Keeps what it is given, attempt by attempt.
class KeepingSink final : public BodySink {
 public:
  Result<void> begin(const Response& head) override {
    heads.push_back(head);
    bodies.emplace_back();
    if (begin_error) return *begin_error;
    return {};
  }
  Result<void> take(std::string_view bytes) override {
    if (on_take) on_take();
    if (returned) late = true;
    bodies.back() += bytes;
    if (take_error) return *take_error;
    return {};
  }

  std::vector<Response> heads;
  std::vector<std::string> bodies;
  std::function<void()> on_take{};
  std::optional<Error> begin_error{};
  std::optional<Error> take_error{};
  std::atomic<bool> returned{false};
  std::atomic<bool> late{false};
};

std::string rows(int count) {
  std::string text;
  for (int i = 0; i < count; ++i) text += "00Q" + std::to_string(i) + ",Vogt & Söhne,Berlin\n";
  return text;
}

class SinkFaults : public TransportFaults {
 protected:
  Request download() const { return {.target = "/rows", .sink = sink}; }
  std::shared_ptr<KeepingSink> sink = std::make_shared<KeepingSink>();
};

TEST_P(SinkFaults, ABodyGoesToTheSinkAndNotIntoTheAnswer) {
  const std::string text = rows(20'000);
  for (const bool chunked : {false, true}) {
    FaultServer server([&](FaultPeer& peer) {
      while (peer.read_request()) {
        if (!chunked) {
          peer.answer(text, "Sforce-Locator: null\r\n");
          continue;
        }
        peer.write("HTTP/1.1 200 OK\r\nSforce-Locator: null\r\nTransfer-Encoding: chunked\r\n\r\n");
        for (std::size_t i = 0; i < text.size(); i += 70'000) {
          const std::string piece = text.substr(i, 70'000);
          char head[16];
          std::snprintf(head, sizeof head, "%zx\r\n", piece.size());
          peer.write(head + piece + "\r\n");
        }
        peer.write("0\r\n\r\n");
      }
    });
    const auto transport = make(server.origin());
    sink = std::make_shared<KeepingSink>();
    for (int i = 0; i < 3; ++i) {
      const auto response = transport->send(download(), within(20s));
      ASSERT_TRUE(response) << response.error();
      EXPECT_EQ(response->body, "");
      EXPECT_EQ(response->streamed, text.size());
      EXPECT_EQ(response->headers.get("Sforce-Locator"), "null");
    }
    ASSERT_EQ(sink->bodies.size(), 3U);
    EXPECT_TRUE(std::ranges::all_of(sink->bodies, [&](const auto& body) { return body == text; }));
    EXPECT_EQ(sink->heads.back().status, 200);
    EXPECT_EQ(sink->heads.back().headers.get("Sforce-Locator"), "null");
  }
}

TEST_P(SinkFaults, AGzipBodyIsDecodedOnItsWay) {
  const std::string text = rows(20'000);
  FaultServer server([&](FaultPeer& peer) {
    while (peer.read_request()) peer.answer(testing::gzip(text), "Content-Encoding: gzip\r\n");
  });
  const auto response = make(server.origin())->send(download(), within(20s));
  ASSERT_TRUE(response) << response.error();
  EXPECT_EQ(sink->bodies.at(0), text);
  EXPECT_EQ(response->streamed, text.size());
  EXPECT_EQ(sink->heads.at(0).headers.get("Content-Encoding"), std::nullopt);
  EXPECT_EQ(sink->heads.at(0).headers.get("Content-Length"), std::nullopt);
}

TEST_P(SinkFaults, OnlyASuccessIsForTheSink) {
  FaultServer server([](FaultPeer& peer) {
    while (peer.read_request()) peer.answer("no such job", {}, "404 Not Found");
  });
  const auto response = make(server.origin())->send(download(), within(20s));
  ASSERT_TRUE(response) << response.error();
  EXPECT_EQ(response->body, "no such job");
  EXPECT_EQ(response->streamed, 0U);
  EXPECT_TRUE(sink->heads.empty());
}

TEST_P(SinkFaults, AnAnswerWithoutABodyBeginsToo) {
  FaultServer server([](FaultPeer& peer) {
    while (peer.read_request()) peer.write("HTTP/1.1 204 No Content\r\n\r\n");
  });
  const auto response = make(server.origin())->send(download(), within(20s));
  ASSERT_TRUE(response) << response.error();
  EXPECT_THAT(sink->bodies, ElementsAre(""));
}

TEST_P(SinkFaults, ABodyThatBreaksOffIsAnErrorAfterItsPieces) {
  FaultServer server([](FaultPeer& peer) {
    peer.read_request();
    peer.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf a row");
    std::this_thread::sleep_for(50ms);
    peer.close();
  });
  const auto response = make(server.origin())->send(download(), within(20s));
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code(), ErrorCode::Unavailable);
  EXPECT_EQ(response.error().sent(), Sent::Answered);
}

TEST_P(SinkFaults, TheSinksErrorEndsTheCallAtOnce) {
  // A slow body: the error must not wait for its end. (cpprest hands on 64 KB at a time.)
  FaultServer server([](FaultPeer& peer) {
    peer.read_request();
    peer.write("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n" + std::string(200'000, 'x'));
    peer.wait_for_close();
  });
  const auto full = Error(ErrorCode::Internal, "the disk is full");
  for (const bool at_begin : {true, false}) {
    sink = std::make_shared<KeepingSink>();
    (at_begin ? sink->begin_error : sink->take_error) = full;
    const auto start = std::chrono::steady_clock::now();
    const auto response = make(server.origin())->send(download(), within(20s));
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().code(), ErrorCode::Internal);
    EXPECT_EQ(response.error().message(), "the disk is full");
    EXPECT_EQ(response.error().sent(), Sent::Answered);
    EXPECT_EQ(response.error().http_status(), 200);
    EXPECT_LT(std::chrono::steady_clock::now() - start, 5s);
  }
}

TEST_P(SinkFaults, TheBoundHoldsBeforeAndAfterDecoding) {
  const std::string text(200'000, 'x');
  for (const bool packed : {false, true}) {
    FaultServer server([&](FaultPeer& peer) {
      while (peer.read_request())
        peer.answer(packed ? testing::gzip(text) : text,
                    packed ? "Content-Encoding: gzip\r\n" : "");
    });
    sink = std::make_shared<KeepingSink>();
    Request request = download();
    request.max_response_bytes = 150'000;
    const auto response = make(server.origin())->send(request, within(20s));
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().code(), ErrorCode::Protocol);
    EXPECT_LE(sink->bodies.at(0).size(), 150'000U);
  }
}

TEST_P(SinkFaults, NothingReachesTheSinkAfterTheCall) {
  FaultServer server([](FaultPeer& peer) {
    peer.read_request();
    peer.write("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n");
    while (peer.write("row\n")) std::this_thread::sleep_for(1ms);
  });
  const auto transport = make(server.origin());
  for (int i = 0; i < 5; ++i) {
    sink = std::make_shared<KeepingSink>();
    const auto response = transport->send(download(), within(60ms));
    sink->returned = true;
    EXPECT_FALSE(response);
    EXPECT_EQ(response.error().code(), ErrorCode::Timeout);
    std::this_thread::sleep_for(30ms);
    EXPECT_FALSE(sink->late);
  }
}

TEST_P(SinkFaults, ASlowSinkHoldsUpTheServer) {
  // More than sockets buffer: who kept it all would have read it while the sink slept.
  const std::string text(48U << 20U, 'x');
  std::atomic<bool> written{false};
  FaultServer server([&](FaultPeer& peer) {
    peer.read_request();
    peer.answer(text);
    written = true;
    peer.wait_for_close();
  });
  bool early = false;
  int pieces = 0;
  sink->on_take = [&] {
    if (++pieces != 1) return;
    std::this_thread::sleep_for(200ms);
    early = written;
  };
  const auto response = make(server.origin())->send(download(), within(60s));
  ASSERT_TRUE(response) << response.error();
  EXPECT_EQ(response->streamed, text.size());
  EXPECT_FALSE(early);
}

TEST_P(SinkFaults, ARepeatBeginsAnew) {
  const std::string text = rows(5'000);
  FaultServer server([&](FaultPeer& peer) {
    while (peer.read_request()) {
      if (peer.number() > 1) {
        peer.answer(text);
        continue;
      }
      peer.write("HTTP/1.1 200 OK\r\nContent-Length: 400000\r\n\r\n" + text.substr(0, 130'000));
      peer.close();
      return;
    }
  });
  Pipeline pipeline(make(server.origin()), {.system = "crm"});
  const auto response = pipeline.send(download(), within(20s));
  ASSERT_TRUE(response) << response.error();
  EXPECT_EQ(sink->bodies.back(), text);
  EXPECT_EQ(response->streamed, text.size());
}

TEST_P(SinkFaults, ALargeBodyMayTakeLongerThanOtherCalls) {
  FaultServer server([](FaultPeer& peer) {
    while (peer.read_request()) {
      std::this_thread::sleep_for(300ms);
      if (!peer.write("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nrows")) return;
    }
  });
  PipelineOptions options{.system = "crm"};
  options.retry = {.max_attempts = 1, .call_timeout = 150ms, .attempt_timeout = 100ms};
  Pipeline pipeline(make(server.origin()), options);
  Request request = download();
  EXPECT_FALSE(pipeline.send(request, Context()));
  request.timeout = 20s;
  const auto response = pipeline.send(request, Context());
  ASSERT_TRUE(response) << response.error();
  EXPECT_EQ(sink->bodies.back(), "rows");
  EXPECT_FALSE(pipeline.send(request, within(100ms))) << "the caller's own deadline comes first";
}

std::string sink_transport(const ::testing::TestParamInfo<std::string>& test) { return test.param; }
INSTANTIATE_TEST_SUITE_P(Both, SinkFaults, ::testing::Values("poco", "cpprest"), sink_transport);

}  // namespace
}  // namespace channelbridge::http
