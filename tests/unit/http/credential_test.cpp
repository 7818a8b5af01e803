#include "channelbridge/http/credential.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "channelbridge/testing/fakes.hpp"
#include "fault_server_tls.hpp"
#include "token_server.hpp"

namespace channelbridge::http {
namespace {

using namespace std::chrono_literals;

/// Fails to store until told otherwise.
class StubbornStore final : public RefreshTokenStore {
 public:
  explicit StubbornStore(std::string token) : token_(std::move(token)) {}
  Result<Secret> load() override { return Secret(token_); }
  Result<Secret> replace(const Secret& expected, const Secret& next) override {
    if (broken) return Error(ErrorCode::Internal, "disk full");
    if (token_ == expected.reveal()) token_ = next.reveal();
    return Secret(token_);
  }
  std::atomic<bool> broken{true};
  std::string token_;
};

class CredentialTest : public ::testing::Test {
 protected:
  std::shared_ptr<Transport> transport() { return make_poco_transport(server.origin()).value(); }
  static OAuthClient client() {
    return {.token_target = "/token", .client_id = "app", .client_secret = Secret("s3cret")};
  }
  static std::string header(Credential& credential, const Context& context = Context()) {
    const auto authorization = credential.authorize(context);
    return authorization ? authorization->header.reveal() : to_string(authorization.error());
  }
  /// The answers that `threads` threads get at the same time.
  static std::vector<std::string> from_many_threads(Credential& credential, std::size_t threads) {
    std::vector<std::string> answers(threads);
    std::vector<std::jthread> workers;
    for (auto& answer : answers)
      workers.emplace_back([&credential, &answer] { answer = header(credential); });
    workers.clear();
    return answers;
  }

  TokenServer server;
};

TEST_F(CredentialTest, BasicEncodesUserAndPassword) {
  const auto credential = make_basic("Aladdin", Secret("open sesame"));
  EXPECT_EQ(header(*credential), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");  // RFC 7617, section 2
}

TEST_F(CredentialTest, ClientCredentialsGetsATokenAndKeepsIt) {
  const auto credential = make_client_credentials(transport(), client());
  const auto authorization = credential->authorize(Context());
  ASSERT_TRUE(authorization) << authorization.error();
  EXPECT_EQ(authorization->header.reveal(), "Bearer token-1");
  EXPECT_EQ(authorization->origin, "https://eu1.example");
  EXPECT_EQ(header(*credential), "Bearer token-1");
  EXPECT_EQ(server.requests(), 1);
}

TEST_F(CredentialTest, ClientSecretCanTravelInTheHeader) {
  OAuthClient in_header = client();
  in_header.secret_in_header = true;
  in_header.scope = "leads read";
  const auto credential = make_client_credentials(transport(), in_header);
  EXPECT_EQ(header(*credential), "Bearer token-1");
  EXPECT_EQ(server.last_form("client_secret"), "");
  EXPECT_EQ(server.last_form("scope"), "leads read");
}

TEST_F(CredentialTest, ManyThreadsCauseOneTokenRequest) {
  server.set_delay(50);
  const auto credential = make_client_credentials(transport(), client());
  for (const auto& answer : from_many_threads(*credential, 16)) EXPECT_EQ(answer, "Bearer token-1");
  EXPECT_EQ(server.requests(), 1);
}

TEST_F(CredentialTest, ManyThreadsShareOneRefusal) {
  server.set_delay(50);
  server.answer_with(400, R"({"error":"invalid_client"})");
  const auto credential = make_client_credentials(transport(), client());
  for (const auto& answer : from_many_threads(*credential, 16))
    EXPECT_NE(answer.find("unauthenticated"), std::string::npos) << answer;
  EXPECT_LE(server.requests(), 2);  // a thread may start after the first refusal
}

TEST_F(CredentialTest, RefreshesAheadOfExpiry) {
  const auto clock = std::make_shared<testing::ManualClock>();
  const Context context(clock, {});
  server.set_expires_in("600");
  const auto credential = make_client_credentials(transport(), client());
  EXPECT_EQ(header(*credential, context), "Bearer token-1");
  clock->advance(530s);
  EXPECT_EQ(header(*credential, context), "Bearer token-1");
  clock->advance(20s);
  EXPECT_EQ(header(*credential, context), "Bearer token-2");
}

TEST_F(CredentialTest, AFailedEarlyRefreshLeavesTheTokenInUseUntilItsEnd) {
  const auto clock = std::make_shared<testing::ManualClock>();
  const Context context(clock, {});
  server.set_expires_in(R"("600")");  // some servers send text
  const auto credential = make_client_credentials(transport(), client());
  EXPECT_EQ(header(*credential, context), "Bearer token-1");
  server.answer_with(503);
  clock->advance(570s);
  EXPECT_EQ(header(*credential, context), "Bearer token-1");
  clock->advance(31s);
  const auto late = credential->authorize(context);
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code(), ErrorCode::Unavailable);
}

TEST_F(CredentialTest, AssumesALifetimeWhenNoneIsGiven) {
  const auto clock = std::make_shared<testing::ManualClock>();
  server.set_expires_in("");
  const auto credential = make_client_credentials(transport(), client());
  const auto authorization = credential->authorize(Context(clock, {}));
  ASSERT_TRUE(authorization);
  EXPECT_EQ(authorization->expires, clock->now() + 900s);
}

TEST_F(CredentialTest, InvalidatingAnOldTokenKeepsTheNewOne) {
  const auto credential = make_client_credentials(transport(), client());
  const auto first = credential->authorize(Context()).value();
  credential->invalidate(first);
  const auto second = credential->authorize(Context()).value();
  EXPECT_EQ(second.header.reveal(), "Bearer token-2");
  credential->invalidate(first);  // a slower thread complains about the first
  EXPECT_EQ(header(*credential), "Bearer token-2");
  EXPECT_EQ(server.requests(), 2);
}

TEST_F(CredentialTest, TheEndpointsRefusalIsToldWithoutSecrets) {
  OAuthClient wrong = client();
  wrong.client_secret = Secret("wr0ng-secret");
  const auto credential = make_client_credentials(transport(), wrong);
  const auto refused = credential->authorize(Context());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::Unauthenticated);
  EXPECT_EQ(refused.error().http_status(), 400);
  EXPECT_EQ(refused.error().remote_code(), "invalid_grant");
  EXPECT_EQ(refused.error().remote_message(), "client");
  EXPECT_EQ(to_string(refused.error()).find("wr0ng"), std::string::npos);
}

TEST_F(CredentialTest, TellsFailuresOfTheEndpointApart) {
  const auto code_for = [&](int status, const std::string& body) {
    server.answer_with(status, body);
    return make_client_credentials(transport(), client())->authorize(Context()).error().code();
  };
  EXPECT_EQ(code_for(401, ""), ErrorCode::Unauthenticated);
  EXPECT_EQ(code_for(429, ""), ErrorCode::RateLimited);
  EXPECT_EQ(code_for(500, "<html>"), ErrorCode::Unavailable);
  EXPECT_EQ(code_for(404, ""), ErrorCode::Protocol);
  EXPECT_EQ(code_for(302, ""), ErrorCode::Protocol);
  EXPECT_EQ(code_for(200, "<html>"), ErrorCode::Protocol);
  EXPECT_EQ(code_for(200, "[1]"), ErrorCode::Protocol);
  EXPECT_EQ(code_for(200, R"({"access_token":""})"), ErrorCode::Protocol);
  EXPECT_EQ(code_for(200, R"({"access_token":"a\r\nX: y"})"), ErrorCode::Protocol);
  EXPECT_EQ(code_for(200, R"({"access_token":7})"), ErrorCode::Protocol);
}

TEST_F(CredentialTest, WaitingForAnothersRefreshEndsWithTheCaller) {
  server.set_delay(1000);
  const auto credential = make_client_credentials(transport(), client());
  std::jthread first([&] { EXPECT_EQ(header(*credential), "Bearer token-1"); });
  std::this_thread::sleep_for(100ms);
  const auto start = std::chrono::steady_clock::now();
  const auto second = credential->authorize(Context().with_timeout(50ms));
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code(), ErrorCode::Timeout);
  EXPECT_LT(std::chrono::steady_clock::now() - start, 700ms);
}

TEST_F(CredentialTest, JwtBearerSignsWhatTheServerChecks) {
  const auto keys = testing::make_rsa_pair();
  server.trust(keys.public_pem, "https://login.example");
  const auto made = make_jwt_bearer(transport(), client(), "eva@example.se",
                                    "https://login.example", Secret(keys.private_pem));
  ASSERT_TRUE(made) << made.error();
  EXPECT_EQ(header(**made), "Bearer token-1");
  EXPECT_EQ(server.last_form("client_secret"), "");

  const auto other =
      make_jwt_bearer(transport(), client(), "eva@example.se", "https://login.example",
                      Secret(testing::make_rsa_pair().private_pem));
  const auto refused = (*other)->authorize(Context());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().remote_message(), "signature");
}

TEST_F(CredentialTest, JwtBearerNeedsAnRsaKey) {
  const auto keys = testing::make_rsa_pair();
  for (const std::string& bad : {std::string(), std::string("no key"), keys.public_pem}) {
    const auto made = make_jwt_bearer(transport(), client(), "eva", "aud", Secret(bad));
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().code(), ErrorCode::Invalid);
  }
}

TEST_F(CredentialTest, RotatingRefreshTokensAreUsedOnceEach) {
  server.accept_refresh_token("refresh-0");
  server.set_delay(5);
  const auto store = make_memory_token_store(Secret("refresh-0"));
  const auto credential = make_refresh_token(transport(), client(), store);
  std::atomic<int> good = 0;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 12; ++t)
      threads.emplace_back([&] {
        for (int i = 0; i < 20; ++i) {
          const auto authorization = credential->authorize(Context());
          if (authorization) ++good;
          if (authorization && i % 5 == 0) credential->invalidate(*authorization);
        }
      });
  }
  EXPECT_EQ(good, 240);
  EXPECT_EQ(server.requests(), server.granted());  // a token used twice would have been refused
  EXPECT_EQ(store->load()->reveal(), "refresh-" + std::to_string(server.granted()));
}

TEST_F(CredentialTest, RefreshTokensThatDoNotRotateStay) {
  server.accept_refresh_token("refresh-0");
  server.rotate(false);
  const auto store = make_memory_token_store(Secret("refresh-0"));
  const auto credential = make_refresh_token(transport(), client(), store);
  EXPECT_EQ(header(*credential), "Bearer token-1");
  EXPECT_EQ(store->load()->reveal(), "refresh-0");
}

TEST_F(CredentialTest, TwoProcessesShareARotatingToken) {
  server.accept_refresh_token("refresh-0");
  const auto store = make_memory_token_store(Secret("refresh-0"));
  const auto one = make_refresh_token(transport(), client(), store);
  const auto two = make_refresh_token(transport(), client(), store);
  for (int i = 0; i < 3; ++i) {
    for (const auto& credential : {one, two}) {
      const auto authorization = credential->authorize(Context());
      ASSERT_TRUE(authorization) << authorization.error();
      credential->invalidate(*authorization);
    }
  }
}

TEST_F(CredentialTest, ARotatedTokenThatCannotBeStoredIsNotLost) {
  server.accept_refresh_token("refresh-0");
  const auto store = std::make_shared<StubbornStore>("refresh-0");
  const auto credential = make_refresh_token(transport(), client(), store);
  for (int i = 0; i < 2; ++i) {
    const auto failed = credential->authorize(Context());
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().code(), ErrorCode::Internal);
  }
  store->broken = false;
  EXPECT_EQ(header(*credential), "Bearer token-1");
  EXPECT_EQ(store->token_, "refresh-1");
  EXPECT_EQ(server.requests(), 1);
}

TEST_F(CredentialTest, NeverUndoesARotationByAnotherProcess) {
  server.accept_refresh_token("refresh-0");
  const auto store = std::make_shared<StubbornStore>("refresh-0");
  const auto credential = make_refresh_token(transport(), client(), store);
  EXPECT_FALSE(credential->authorize(Context()));
  store->token_ = "newer";
  store->broken = false;
  EXPECT_EQ(header(*credential), "Bearer token-1");
  EXPECT_EQ(store->token_, "newer");
}

}  // namespace
}  // namespace channelbridge::http
