#include "transport_suite.hpp"

namespace channelbridge::http {
namespace {

using namespace std::chrono_literals;

/// One set for all tests: making keys takes time.
const testing::TestCertificates& certificates() {
  static const testing::TestCertificates made;
  return made;
}

TEST_P(TransportFaults, TrustsACustomAuthority) {
  const auto tls = certificates().server();
  FaultServer server(FaultServer::echo(), &tls);
  for (const char* host : {"localhost", "127.0.0.1"}) {
    const auto transport =
        make(server.origin(host), {.tls = {.ca_file = certificates().ca_file()}});
    for (int i = 0; i < 3; ++i) {
      Request request = post("secret text");
      request.repeatable = Repeatable::Yes;
      const auto response = transport->send(request, within(30s));
      ASSERT_TRUE(response) << response.error();
      EXPECT_EQ(response->body, "secret text");
    }
  }
  EXPECT_LT(server.connections(), 6);
}

TEST_P(TransportFaults, RefusesAnUntrustedCertificate) {
  const auto tls = certificates().server();
  for (const std::string& ca : {std::string(), certificates().other_ca_file()}) {
    FaultServer server(FaultServer::echo(), &tls);
    const auto response =
        make(server.origin("localhost"), {.tls = {.ca_file = ca}})->send(post(), within(30s));
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().code(), ErrorCode::Unauthenticated);
    EXPECT_EQ(response.error().sent(), Sent::No);
    EXPECT_NE(response.error().message().find("certificate"), std::string::npos);
    EXPECT_EQ(server.count("POST"), 0);
  }
}

TEST_P(TransportFaults, RefusesACertificateForAnotherHost) {
  const auto tls = certificates().wrong_host();
  FaultServer server(FaultServer::echo(), &tls);
  for (const char* host : {"localhost", "127.0.0.1"}) {
    const auto response = make(server.origin(host), {.tls = {.ca_file = certificates().ca_file()}})
                              ->send(post(), within(30s));
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().code(), ErrorCode::Unauthenticated);
    EXPECT_EQ(response.error().sent(), Sent::No);
    EXPECT_NE(response.error().message().find("mismatch"), std::string::npos) << response.error();
  }
  EXPECT_EQ(server.count("POST"), 0);
}

TEST_P(TransportFaults, SaysThatAnAnswerIsNoTls) {
  FaultServer server([](FaultPeer& peer) {
    peer.write("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    peer.wait_for_close();
  });
  const std::string origin = "https" + server.origin("localhost").substr(4);
  const auto response = make(origin, {})->send(post(), within(30s));
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code(), ErrorCode::Unavailable);
  EXPECT_EQ(response.error().sent(), Sent::No);
  EXPECT_NE(response.error().message().find("is not TLS"), std::string::npos) << response.error();
}

TEST_P(TransportFaults, ShowsItsClientCertificate) {
  const auto tls = certificates().demands_client();
  FaultServer server(FaultServer::echo(), &tls);
  const auto response = make(server.origin("localhost"),
                             {.tls = {.ca_file = certificates().ca_file(),
                                      .certificate_file = certificates().client_certificate(),
                                      .key_file = certificates().client_key()}})
                            ->send(post("mine"), within(30s));
  ASSERT_TRUE(response) << response.error();
  EXPECT_EQ(response->body, "mine");

  const auto without =
      make(server.origin("localhost"), {.tls = {.ca_file = certificates().ca_file()}})
          ->send(post(), within(30s));
  ASSERT_FALSE(without);
  EXPECT_EQ(server.count("POST"), 1);
}

/// A proxy that connects every client to `port`, whatever it asks for.
FaultServer::Script connects_to(int port) {
  return [port](FaultPeer& peer) {
    if (!peer.read_request()) return;
    peer.write("HTTP/1.1 200 Connection established\r\n\r\n");
    peer.tunnel_to(port);
  };
}

TEST_P(TransportFaults, ReachesAnHttpsServerThroughAProxyThatSeesNothing) {
  const auto tls = certificates().server();
  FaultServer server(FaultServer::echo(), &tls);
  FaultServer proxy(connects_to(server.port()));
  const auto transport =
      make(server.origin("localhost"),
           {.tls = {.ca_file = certificates().ca_file()}, .proxy = proxy.origin()});
  for (int i = 0; i < 2; ++i) {
    Request request = post("secret text");
    request.headers.set("Authorization", "Bearer secret");
    request.repeatable = Repeatable::Yes;
    const auto response = transport->send(request, within(30s));
    ASSERT_TRUE(response) << response.error();
    EXPECT_EQ(response->body, "secret text");
  }
  EXPECT_EQ(server.count("POST /records HTTP/1.1"), 2);
  ASSERT_GE(proxy.seen().size(), 1U);
  for (const auto& seen : proxy.seen()) {
    EXPECT_EQ(seen.line(), "CONNECT localhost:" + std::to_string(server.port()) + " HTTP/1.1");
    EXPECT_EQ((seen.head + seen.body).find("secret"), std::string::npos);
  }
}

TEST_P(TransportFaults, AProxyDoesNotVouchForTheServersCertificate) {
  for (const auto& tls : {certificates().wrong_host(), certificates().expired()}) {
    FaultServer server(FaultServer::echo(), &tls);
    FaultServer proxy(connects_to(server.port()));
    const auto response =
        make(server.origin("localhost"),
             {.tls = {.ca_file = certificates().ca_file()}, .proxy = proxy.origin()})
            ->send(post(), within(30s));
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().code(), ErrorCode::Unauthenticated) << response.error();
    EXPECT_EQ(response.error().sent(), Sent::No);
    EXPECT_EQ(server.count("POST"), 0);
  }
}

TEST_P(TransportFaults, AProxyThatDoesNotConnectIsNotTheServer) {
  const auto tls = certificates().server();
  FaultServer server(FaultServer::echo(), &tls);
  FaultServer proxy([](FaultPeer& peer) {
    while (peer.read_request())
      peer.answer("no", "Proxy-Authenticate: Basic\r\n", "407 Proxy Authentication Required");
  });
  const auto response =
      make(server.origin("localhost"),
           {.tls = {.ca_file = certificates().ca_file()}, .proxy = proxy.origin()})
          ->send(post(), within(30s));
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code(), ErrorCode::Unavailable) << response.error();
  EXPECT_EQ(response.error().sent(), Sent::No);
  EXPECT_EQ(server.connections(), 0);
}

TEST_P(TransportFaults, AServerWithoutTlsIsNotSentTo) {
  FaultServer server([](FaultPeer& peer) {
    peer.write("HTTP/1.1 400 Bad Request\r\n\r\n");
    peer.wait_for_close();
  });
  const auto response =
      make("https://127.0.0.1:" + std::to_string(server.port()))->send(post(), within(30s));
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code(), ErrorCode::Unavailable);
  EXPECT_EQ(response.error().sent(), Sent::No);
}

TEST_P(TransportFaults, NeverResendsAPostOverTls) {
  const auto tls = certificates().server();
  FaultServer server(
      [](FaultPeer& peer) {
        if (peer.read_request()) peer.answer("first");
        peer.read_request();
      },
      &tls);
  const auto transport =
      make(server.origin("localhost"), {.tls = {.ca_file = certificates().ca_file()}});
  ASSERT_TRUE(transport->send(get(), within(30s)));
  const auto response = transport->send(post(), within(30s));
  EXPECT_TRUE(response || response.error().sent() == Sent::NoAnswer);
  EXPECT_EQ(server.count("POST"), 1);
}

TEST_P(TransportFaults, TheDeadlineHoldsInTheHandshake) {
  FaultServer server([](FaultPeer& peer) { peer.wait_for_close(); });
  const auto start = std::chrono::steady_clock::now();
  const auto response =
      make("https://127.0.0.1:" + std::to_string(server.port()))->send(post(), within(200ms));
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code(), ErrorCode::Timeout);
  EXPECT_LT(std::chrono::steady_clock::now() - start, 2s);
}

TEST_P(TransportFaults, ReportsUnusableSettingsWhenItIsMade) {
  const auto& made = certificates();
  const std::vector<std::pair<std::string, TransportOptions>> bad = {
      {"https://", {}},
      {"https://erp.example/path", {}},
      {"https://erp.example", {.proxy = "https://proxy.example"}},
      {"https://erp.example", {.tls = {.ca_file = "/does/not/exist.pem"}}},
      {"https://erp.example", {.tls = {.ca_file = made.client_key()}}},
      {"https://erp.example", {.tls = {.certificate_file = made.client_certificate()}}},
      {"https://erp.example",
       {.tls = {.certificate_file = made.client_certificate(), .key_file = made.ca_file()}}},
      // A certificate and the key of another one.
      {"https://erp.example",
       {.tls = {.certificate_file = made.ca_file(), .key_file = made.client_key()}}},
  };
  for (const auto& [origin, options] : bad) {
    const auto transport = try_make(origin, options);
    ASSERT_FALSE(transport) << origin;
    EXPECT_TRUE(transport.error().code() == ErrorCode::Invalid ||
                transport.error().code() == ErrorCode::Unsupported);
  }
}

}  // namespace
}  // namespace channelbridge::http
