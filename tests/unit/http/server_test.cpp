#include "channelbridge/http/server.hpp"

#include <Poco/Net/SocketAddress.h>
#include <Poco/Net/StreamSocket.h>
#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <stdexcept>
#include <vector>

#include "channelbridge/http/encoding.hpp"
#include "fault_server_tls.hpp"
#include "gzip.hpp"

namespace channelbridge::http {
namespace {

using namespace std::chrono_literals;

/// A server that keeps what reaches its handler.
class ServerTest : public ::testing::Test {
 protected:
  void start(ServerOptions options = {}) {
    options.timeout = 2s;
    auto server = Server::start(std::move(options), [this](const Received& request) {
      const std::lock_guard lock(mutex_);
      received_.push_back(request);
      if (request.path == "/breaks") throw std::runtime_error("the disk is on fire");
      return Response{.status = 202, .headers = {{"X-Mine", "yes"}}, .body = "kept"};
    });
    ASSERT_TRUE(server) << server.error();
    server_ = *std::move(server);
  }
  Result<Response> post(const std::string& target, const std::string& body,
                        const Headers& headers = {}, TransportOptions options = {},
                        const std::string& origin = {}) {
    const auto transport =
        make_poco_transport(origin.empty() ? server_->origin() : origin, std::move(options));
    EXPECT_TRUE(transport) << (transport ? Error(ErrorCode::Internal, "") : transport.error());
    return (*transport)
        ->send({.method = "POST", .target = target, .headers = headers, .body = body},
               Context().with_timeout(5s));
  }
  /// Writes these bytes and no more, and gives the answer's first line.
  std::string line_after(const std::string& bytes) {
    Poco::Net::StreamSocket socket(Poco::Net::SocketAddress("127.0.0.1", server_->port()));
    socket.setReceiveTimeout(Poco::Timespan(5, 0));
    socket.sendBytes(bytes.data(), static_cast<int>(bytes.size()));
    socket.shutdownSend();
    std::string out(200, '\0');
    const int count = socket.receiveBytes(out.data(), static_cast<int>(out.size()));
    out.resize(static_cast<std::size_t>(std::max(count, 0)));
    return out.substr(0, out.find('\r'));
  }
  std::vector<Received> received() {
    const std::lock_guard lock(mutex_);
    return received_;
  }

  std::mutex mutex_;
  std::vector<Received> received_;
  std::unique_ptr<Server> server_;
};

TEST_F(ServerTest, HandsOnAWholeRequestAndItsAnswer) {
  start();
  const auto answer = post("/erp%20one?sap-client=100", "<ORDERS05/>", {{"X-Theirs", "a"}});
  ASSERT_TRUE(answer) << answer.error();
  EXPECT_EQ(answer->status, 202);
  EXPECT_EQ(answer->body, "kept");
  EXPECT_EQ(answer->headers.get("X-Mine"), "yes");
  ASSERT_EQ(received().size(), 1U);
  const Received request = received().front();
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.path, "/erp one");
  EXPECT_EQ(request.query, "sap-client=100");
  EXPECT_EQ(request.headers.get("x-theirs"), "a");
  EXPECT_EQ(request.body, "<ORDERS05/>");
  EXPECT_EQ(request.peer, "127.0.0.1");
}

TEST_F(ServerTest, UnpacksGzip) {
  start();
  const std::string text(100'000, 'x');
  const auto answer = post("/erp", testing::gzip(text), {{"Content-Encoding", "gzip"}});
  ASSERT_TRUE(answer) << answer.error();
  ASSERT_EQ(received().size(), 1U);
  EXPECT_EQ(received().front().body, text);
}

TEST_F(ServerTest, HandsOnNothingThatIsNotWhole) {
  start({.max_body_bytes = 100'000});
  const std::string packed = testing::gzip(std::string(50'000, 'x') + "end");
  EXPECT_EQ(line_after("POST /erp HTTP/1.1\r\nHost: a\r\nContent-Length: 20\r\n\r\n<ORDERS05/>"),
            "HTTP/1.1 400 Bad Request");
  const auto broken =
      post("/erp", packed.substr(0, packed.size() / 2), {{"Content-Encoding", "gzip"}});
  ASSERT_TRUE(broken) << broken.error();
  EXPECT_EQ(broken->status, 400);
  const auto unknown = post("/erp", "text", {{"Content-Encoding", "br"}});
  ASSERT_TRUE(unknown) << unknown.error();
  EXPECT_EQ(unknown->status, 400);
  EXPECT_TRUE(received().empty());
}

TEST_F(ServerTest, RefusesWhatIsTooLargeAsSentOrUnpacked) {
  start({.max_body_bytes = 1'000});
  for (const auto& [body, headers] : {std::pair(std::string(1'001, 'x'), Headers()),
                                      std::pair(testing::gzip(std::string(100'000, 'x')),
                                                Headers{{"Content-Encoding", "gzip"}})}) {
    const auto answer = post("/erp", body, headers);
    ASSERT_TRUE(answer) << answer.error();
    EXPECT_EQ(answer->status, 413);
  }
  EXPECT_TRUE(received().empty());
  EXPECT_EQ(
      line_after("POST /erp HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1000\r\n" +
                 std::string(0x1000, 'x') + "\r\n0\r\n\r\n"),
      "HTTP/1.1 413 Request Entity Too Large");
}

TEST_F(ServerTest, WaitsForNobodyForEver) {
  start();
  const auto begun = std::chrono::steady_clock::now();
  Poco::Net::StreamSocket silent(Poco::Net::SocketAddress("127.0.0.1", server_->port()));
  const std::string head = "POST /erp HTTP/1.1\r\nHost: a\r\nContent-Length: 20\r\n\r\n<ORD";
  silent.sendBytes(head.data(), static_cast<int>(head.size()));
  silent.setReceiveTimeout(Poco::Timespan(20, 0));
  std::string out(200, '\0');
  EXPECT_GE(silent.receiveBytes(out.data(), static_cast<int>(out.size())), 0);
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 15s);
  EXPECT_TRUE(received().empty());
}

TEST_F(ServerTest, TellsACallerNothingOfItsOwnFaults) {
  start();
  const auto answer = post("/breaks", "text");
  ASSERT_TRUE(answer) << answer.error();
  EXPECT_EQ(answer->status, 500);
  EXPECT_EQ(answer->body.find("fire"), std::string::npos);
  const auto next = post("/erp", "text");
  ASSERT_TRUE(next) << next.error();
  EXPECT_EQ(next->status, 202);
}

TEST_F(ServerTest, DemandsACertificateWhereAnAuthorityIsGiven) {
  const testing::TestCertificates made;
  const testing::ServerTls tls = made.demands_client();
  start({.certificate_file = tls.certificate_file,
         .key_file = tls.key_file,
         .client_ca_file = tls.client_ca_file});
  const std::string origin = "https://localhost:" + std::to_string(server_->port());
  const auto stranger = post("/erp", "text", {}, {.tls = {.ca_file = made.ca_file()}}, origin);
  EXPECT_FALSE(stranger && stranger->status == 202);
  EXPECT_TRUE(received().empty());
  const auto known = post("/erp", "text", {},
                          {.tls = {.ca_file = made.ca_file(),
                                   .certificate_file = made.client_certificate(),
                                   .key_file = made.client_key()}},
                          origin);
  ASSERT_TRUE(known) << known.error();
  EXPECT_EQ(known->status, 202);
}

TEST_F(ServerTest, SaysWhatIsWrongWithItsOptions) {
  start();
  const auto failure = [](ServerOptions options) {
    const auto server =
        Server::start(std::move(options), [](const Received&) { return Response(); });
    EXPECT_FALSE(server);
    return server ? Error(ErrorCode::Internal, "it began") : server.error();
  };
  EXPECT_EQ(failure({.port = server_->port()}).code(), ErrorCode::Unavailable);
  EXPECT_EQ(failure({.certificate_file = "chain.pem"}).code(), ErrorCode::Invalid);
  EXPECT_EQ(failure({.client_ca_file = "ca.pem"}).code(), ErrorCode::Invalid);
  const Error missing = failure({.certificate_file = "/no/chain.pem", .key_file = "/no/key.pem"});
  EXPECT_EQ(missing.code(), ErrorCode::Invalid) << missing;
}

TEST_F(ServerTest, FinishesWhatIsAtHandWhenItStops) {
  start();
  ASSERT_TRUE(post("/erp", "text"));
  server_->stop();
  server_->stop();
  EXPECT_FALSE(post("/erp", "text"));
}

TEST(BasicTest, KnowsUserAndPasswordOnly) {
  const auto knows = [](const std::vector<std::string>& values) {
    Received request;
    for (const std::string& value : values) request.headers.add("authorization", value);
    return has_basic(request, "ERP", Secret("Welcome1"));
  };
  const std::string right = base64("ERP:Welcome1");
  EXPECT_TRUE(knows({"Basic " + right}));
  EXPECT_TRUE(knows({"bASIC " + right}));
  EXPECT_FALSE(knows({}));
  EXPECT_FALSE(knows({"Basic"}));
  EXPECT_FALSE(knows({"Bearer " + right}));
  EXPECT_FALSE(knows({"Basic " + base64("ERP:Welcome2")}));
  EXPECT_FALSE(knows({"Basic " + base64("ERP:")}));
  EXPECT_FALSE(knows({"Basic " + right, "Basic " + base64("x:y")}));
}

}  // namespace
}  // namespace channelbridge::http
