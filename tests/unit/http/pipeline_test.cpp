#include "channelbridge/http/pipeline.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "channelbridge/testing/fakes.hpp"
#include "scripted_transport.hpp"

namespace channelbridge::http {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

/// Hands out tokens t1, t2, … and remembers what was refused.
class CountingCredential final : public Credential {
 public:
  Result<Authorization> authorize(const Context&) override {
    return Authorization{.header = Secret("Bearer t" + std::to_string(number)), .origin = origin};
  }
  void invalidate(const Authorization& used) override {
    refused.push_back(used.header.reveal());
    if (renewable) ++number;
  }
  int number{1};
  bool renewable{true};
  std::string origin{};
  std::vector<std::string> refused;
};

class PipelineTest : public ::testing::Test {
 protected:
  Pipeline make() {
    options.system = "erp";
    options.log = log;
    options.random = seeded_random(1);
    return Pipeline(transport, options);
  }
  Context context() const { return Context(clock, {}); }
  static Request read() { return {.target = "/leads", .operation = "read leads"}; }
  static Request create() {
    return {.method = "POST", .target = "/leads", .body = "{}", .operation = "create lead"};
  }
  std::chrono::milliseconds slept() const {
    std::chrono::milliseconds sum{};
    for (const auto sleep : clock->sleeps()) sum += sleep;
    return sum;
  }

  std::shared_ptr<testing::ManualClock> clock = std::make_shared<testing::ManualClock>();
  std::shared_ptr<ScriptedTransport> transport = std::make_shared<ScriptedTransport>();
  std::shared_ptr<testing::MemoryLog> log = std::make_shared<testing::MemoryLog>();
  PipelineOptions options{};
};

TEST_F(PipelineTest, RepeatsAReadUntilItIsAnswered) {
  transport->fails(ErrorCode::Unavailable, Sent::NoAnswer).then(503).then(504).then(200);
  auto pipeline = make();
  const auto response = pipeline.send(read(), context());
  ASSERT_TRUE(response) << response.error();
  EXPECT_EQ(response->status, 200);
  EXPECT_EQ(transport->seen().size(), 4U);
  EXPECT_EQ(pipeline.requests_sent(), 4U);
}

TEST_F(PipelineTest, NeverRepeatsACreateThatMayHaveArrived) {
  transport->fails(ErrorCode::Timeout, Sent::NoAnswer);
  auto pipeline = make();
  const auto response = pipeline.send(create(), context());
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().sent(), Sent::NoAnswer);
  EXPECT_EQ(transport->seen().size(), 1U);
}

TEST_F(PipelineTest, NeverRepeatsACreateAnsweredByAGateway) {
  for (const int status : {500, 502, 503, 504}) {
    transport->then(status);
    auto pipeline = make();
    const auto response = pipeline.send(create(), context());
    ASSERT_TRUE(response);
    EXPECT_EQ(response->status, status);
  }
  EXPECT_EQ(transport->seen().size(), 4U);
}

TEST_F(PipelineTest, RepeatsACreateThatWasNotSent) {
  transport->fails(ErrorCode::Unavailable, Sent::No).then(201);
  auto pipeline = make();
  const auto response = pipeline.send(create(), context());
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 201);
  EXPECT_EQ(pipeline.requests_sent(), 1U);
}

TEST_F(PipelineTest, RepeatsACreateThatWasTurnedAway) {
  transport->then(429).then(503, {{"Retry-After", "1"}}).then(201);
  auto pipeline = make();
  const auto response = pipeline.send(create(), context());
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 201);
}

TEST_F(PipelineTest, RepeatsACreateThatWasRefusedForNow) {
  options.refused_for_now = [](const Response& response) { return response.body == "BUSY"; };
  const Response busy{.status = 403, .headers = {}, .body = "BUSY"};
  transport->then(busy).then(busy).then(201);
  auto pipeline = make();
  const auto response = pipeline.send(create(), context());
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 201);
}

TEST_F(PipelineTest, RepeatsAPassingAnswerOnlyWhenTheRequestIsRepeatable) {
  options.transient = [](const Response& response) { return response.body == "ROW_LOCKED"; };
  const Response locked{.status = 400, .headers = {}, .body = "ROW_LOCKED"};
  transport->then(locked).then(locked).then(200);
  auto pipeline = make();
  EXPECT_EQ(pipeline.send(create(), context())->status, 400);
  Request upsert = create();
  upsert.repeatable = Repeatable::Yes;
  EXPECT_EQ(pipeline.send(upsert, context())->status, 200);
}

TEST_F(PipelineTest, KeepsTheWorstThatIsKnownOverAllAttempts) {
  transport->fails(ErrorCode::Unavailable, Sent::NoAnswer);
  for (int i = 0; i < 4; ++i) transport->fails(ErrorCode::Unavailable, Sent::No);
  auto pipeline = make();
  const auto response = pipeline.send(read(), context());
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().sent(), Sent::NoAnswer);
  EXPECT_EQ(transport->seen().size(), 5U);
}

TEST_F(PipelineTest, LeavesFailuresAloneThatNoRepeatCures) {
  for (const ErrorCode code : {ErrorCode::Invalid, ErrorCode::Unauthenticated, ErrorCode::Protocol,
                               ErrorCode::Cancelled, ErrorCode::Internal}) {
    const auto before = transport->seen().size();
    transport->fails(code, Sent::No);
    auto pipeline = make();
    EXPECT_EQ(pipeline.send(read(), context()).error().code(), code);
    EXPECT_EQ(transport->seen().size(), before + 1);
  }
}

TEST_F(PipelineTest, HonoursRetryAfterInSeconds) {
  transport->then(429, {{"Retry-After", "7"}}).then(200);
  auto pipeline = make();
  EXPECT_EQ(pipeline.send(read(), context())->status, 200);
  EXPECT_THAT(clock->sleeps(), ElementsAre(7000ms));
}

TEST_F(PipelineTest, HonoursRetryAfterAsADate) {
  transport->then(503, {{"Retry-After", to_http_date(clock->now() + 9s)}}).then(200);
  auto pipeline = make();
  EXPECT_EQ(pipeline.send(read(), context())->status, 200);
  EXPECT_THAT(clock->sleeps(), ElementsAre(9000ms));
}

TEST_F(PipelineTest, ReadsRetryAfter) {
  const auto read_value = [&](const char* value) {
    return retry_after({.status = 429, .headers = {{"Retry-After", value}}, .body = {}}, *clock);
  };
  EXPECT_EQ(read_value("0"), 0ms);
  EXPECT_EQ(read_value("120"), 120s);
  EXPECT_EQ(read_value("999999999999"), 24h);
  EXPECT_EQ(read_value("-5"), 0ms);
  EXPECT_EQ(read_value("Thu, 01 Jan 2026 00:00:30 GMT"), 30s);
  EXPECT_EQ(read_value("Thu, 01 Jan 2015 00:00:30 GMT"), 0ms);
  EXPECT_EQ(read_value("soon"), std::nullopt);
  EXPECT_EQ(retry_after({.status = 429}, *clock), std::nullopt);
}

TEST_F(PipelineTest, BacksOffWithFullJitterInDoublingSteps) {
  options.retry = {
      .max_attempts = 200, .call_timeout = 24h, .first_backoff = 100ms, .max_backoff = 800ms};
  options.circuit.failures_to_open = 0;
  for (int i = 0; i < 199; ++i) transport->then(503);
  auto pipeline = make();
  EXPECT_EQ(pipeline.send(read(), context())->status, 200);
  const auto sleeps = clock->sleeps();
  ASSERT_EQ(sleeps.size(), 199U);
  EXPECT_LE(sleeps[0], 100ms);
  EXPECT_LE(sleeps[1], 200ms);
  EXPECT_LE(sleeps[2], 400ms);
  EXPECT_LE(*std::ranges::max_element(sleeps), 800ms);
  EXPECT_GT(*std::ranges::max_element(sleeps), 700ms);
  EXPECT_LT(*std::ranges::min_element(sleeps), 100ms);
}

TEST_F(PipelineTest, OneDeadlineHoldsForTheWholeCall) {
  options.retry.max_attempts = 100;
  for (int i = 0; i < 100; ++i)
    transport->then([&](const Request&, const Context& inner) -> Result<Response> {
      EXPECT_TRUE(inner.deadline());
      clock->advance(2s);
      return Error(ErrorCode::Timeout, "scripted").with_sent(Sent::NoAnswer);
    });
  auto pipeline = make();
  const auto start = clock->steady_now();
  const auto response = pipeline.send(read(), context().with_timeout(10s));
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code(), ErrorCode::Timeout);
  EXPECT_LE(clock->steady_now() - start, 12s);
  EXPECT_LE(transport->seen().size(), 6U);
}

TEST_F(PipelineTest, BoundsACallWithoutADeadlineAndEachAttempt) {
  options.retry.call_timeout = 50s;
  options.retry.attempt_timeout = 20s;
  const auto start = clock->steady_now();
  transport->then([&](const Request&, const Context& inner) -> Result<Response> {
    EXPECT_EQ(*inner.deadline() - start, 20s);
    clock->advance(40s);
    return Error(ErrorCode::Timeout, "scripted").with_sent(Sent::NoAnswer);
  });
  transport->then([&](const Request&, const Context& inner) {
    EXPECT_EQ(*inner.deadline() - start, 50s);
    return Response{.status = 200};
  });
  auto pipeline = make();
  EXPECT_TRUE(pipeline.send(read(), context()));
}

TEST_F(PipelineTest, NeverSleepsPastTheDeadline) {
  transport->then(429, {{"Retry-After", "3600"}});
  auto pipeline = make();
  const auto response = pipeline.send(read(), context().with_timeout(30s));
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 429);
  EXPECT_EQ(slept(), 0ms);
}

TEST_F(PipelineTest, StopsBetweenAttempts) {
  std::stop_source stop;
  transport->then([&](const Request&, const Context&) {
    stop.request_stop();
    return Response{.status = 503};
  });
  auto pipeline = make();
  const auto response = pipeline.send(read(), context().with_stop(stop.get_token()));
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code(), ErrorCode::Cancelled);
  EXPECT_EQ(response.error().sent(), Sent::Answered);
}

TEST_F(PipelineTest, CircuitOpensAndClosesAgain) {
  options.retry.max_attempts = 1;
  options.circuit = {.failures_to_open = 3, .open_for = 10s};
  for (int i = 0; i < 3; ++i) transport->fails(ErrorCode::Unavailable, Sent::No);
  auto pipeline = make();
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(pipeline.send(read(), context()));
  clock->advance(4s);
  const auto refused = pipeline.send(create(), context());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::Unavailable);
  EXPECT_EQ(refused.error().sent(), Sent::No);
  EXPECT_EQ(refused.error().retry_after(), 6000ms);
  EXPECT_EQ(transport->seen().size(), 3U);

  clock->advance(6s);
  transport->then(503);  // the probe fails: open for another while
  EXPECT_TRUE(pipeline.send(read(), context()));
  EXPECT_FALSE(pipeline.send(read(), context()));
  clock->advance(10s);
  EXPECT_TRUE(pipeline.send(read(), context()));
  EXPECT_TRUE(pipeline.send(read(), context()));
  EXPECT_EQ(transport->seen().size(), 6U);
}

TEST_F(PipelineTest, OneProbeAtATimeWhileTheCircuitIsOpen) {
  options.retry.max_attempts = 1;
  options.circuit = {.failures_to_open = 1, .open_for = 10s};
  transport->fails(ErrorCode::Unavailable, Sent::No);
  auto pipeline = make();
  EXPECT_FALSE(pipeline.send(read(), context()));
  clock->advance(10s);
  transport->then([&](const Request&, const Context&) {
    EXPECT_FALSE(pipeline.send(read(), context()));  // while the probe is under way
    return Response{.status = 200};
  });
  EXPECT_TRUE(pipeline.send(read(), context()));
  EXPECT_EQ(transport->seen().size(), 2U);
}

TEST_F(PipelineTest, AnAnswerOfAnyKindKeepsTheCircuitClosed) {
  options.retry.max_attempts = 1;
  options.circuit.failures_to_open = 2;
  auto pipeline = make();
  for (int i = 0; i < 6; ++i) {
    transport->then(i % 2 == 0 ? 503 : 400);
    EXPECT_TRUE(pipeline.send(read(), context()));
  }
}

TEST_F(PipelineTest, KeepsToItsRequestsPerSecond) {
  options.rate.requests_per_second = 4;
  auto pipeline = make();
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(pipeline.send(read(), context()));
  EXPECT_EQ(slept(), 0ms);  // a second's worth at once
  for (int i = 0; i < 8; ++i) EXPECT_TRUE(pipeline.send(read(), context()));
  EXPECT_EQ(slept(), 2000ms);
}

TEST_F(PipelineTest, RefusesWhenItsRateLeavesNoTime) {
  options.rate.requests_per_second = 0.1;
  options.retry.max_attempts = 1;
  auto pipeline = make();
  EXPECT_TRUE(pipeline.send(create(), context()));
  const auto response = pipeline.send(create(), context().with_timeout(1s));
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code(), ErrorCode::RateLimited);
  EXPECT_EQ(response.error().sent(), Sent::No);
  clock->advance(10s);
  EXPECT_TRUE(pipeline.send(create(), context().with_timeout(1s)));
}

TEST_F(PipelineTest, KeepsToItsConcurrency) {
  options.rate.concurrency = 2;
  std::atomic<int> under_way = 0;
  std::atomic<int> most = 0;
  for (int i = 0; i < 12; ++i)
    transport->then([&](const Request&, const Context&) {
      const int now = ++under_way;
      for (int seen = most; now > seen && !most.compare_exchange_weak(seen, now);) {
      }
      std::this_thread::sleep_for(3ms);
      --under_way;
      return Response{.status = 200};
    });
  auto pipeline = make();
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 12; ++i)
      threads.emplace_back([&] { EXPECT_TRUE(pipeline.send(read(), context())); });
  }
  EXPECT_EQ(most, 2);
}

TEST_F(PipelineTest, RenewsARefusedSessionOnce) {
  const auto credential = std::make_shared<CountingCredential>();
  options.credential = credential;
  transport->then(401).then(201);
  auto pipeline = make();
  EXPECT_EQ(pipeline.send(create(), context())->status, 201);
  ASSERT_EQ(transport->seen().size(), 2U);
  EXPECT_EQ(transport->seen()[0].headers.get("Authorization"), "Bearer t1");
  EXPECT_EQ(transport->seen()[1].headers.get("Authorization"), "Bearer t2");
  EXPECT_THAT(credential->refused, ElementsAre("Bearer t1"));

  transport->then(401).then(401).then(200);
  EXPECT_EQ(pipeline.send(create(), context())->status, 401);
  EXPECT_EQ(transport->seen().size(), 4U);
}

TEST_F(PipelineTest, RenewsOncePerCallNotPerAttempt) {
  const auto credential = std::make_shared<CountingCredential>();
  options.credential = credential;
  transport->then(401).then(503).then(401).then(200);
  auto pipeline = make();
  EXPECT_EQ(pipeline.send(read(), context())->status, 401);
  EXPECT_EQ(credential->refused.size(), 1U);
}

TEST_F(PipelineTest, NeverShowsTheSameRefusedPasswordTwice) {
  const auto credential = std::make_shared<CountingCredential>();
  credential->renewable = false;
  options.credential = credential;
  transport->then(401);
  auto pipeline = make();
  EXPECT_EQ(pipeline.send(read(), context())->status, 401);
  EXPECT_EQ(transport->seen().size(), 1U);
}

TEST_F(PipelineTest, LetsTheCallerSayWhatARefusedSessionIs) {
  options.credential = std::make_shared<CountingCredential>();
  options.session_refused = [](const Response& response) { return response.status == 403; };
  transport->then(403).then(401);
  auto pipeline = make();
  EXPECT_EQ(pipeline.send(create(), context())->status, 401);
  EXPECT_EQ(transport->seen().size(), 2U);
}

TEST_F(PipelineTest, FollowsTheOriginThatTheTokenNames) {
  const auto credential = std::make_shared<CountingCredential>();
  credential->origin = "https://eu1.example/";
  options.credential = credential;
  const auto moved = std::make_shared<ScriptedTransport>("https://eu1.example");
  int made = 0;
  options.transport_for = [&](const std::string& origin) -> Result<std::shared_ptr<Transport>> {
    EXPECT_EQ(origin, "https://eu1.example");
    ++made;
    return std::shared_ptr<Transport>(moved);
  };
  auto pipeline = make();
  EXPECT_TRUE(pipeline.send(read(), context()));
  EXPECT_TRUE(pipeline.send(read(), context()));
  EXPECT_EQ(moved->seen().size(), 2U);
  EXPECT_EQ(transport->seen().size(), 0U);
  EXPECT_EQ(made, 1);

  credential->origin = "http://eu1.example";
  const auto downgraded = pipeline.send(read(), context());
  ASSERT_FALSE(downgraded);
  EXPECT_EQ(downgraded.error().code(), ErrorCode::Protocol);
  EXPECT_EQ(downgraded.error().sent(), Sent::No);
}

TEST_F(PipelineTest, AFailedTokenRequestIsNotASentRequest) {
  class Refused final : public Credential {
    Result<Authorization> authorize(const Context&) override {
      return Error(ErrorCode::Unauthenticated, "refused").with_sent(Sent::Answered);
    }
    void invalidate(const Authorization&) override {}
  };
  options.credential = std::make_shared<Refused>();
  auto pipeline = make();
  const auto response = pipeline.send(create(), context());
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code(), ErrorCode::Unauthenticated);
  EXPECT_EQ(response.error().sent(), Sent::No);
  EXPECT_EQ(pipeline.requests_sent(), 0U);
}

TEST_F(PipelineTest, LayerSeesTheAuthorisedRequestAndMaySendMore) {
  class Csrf final : public Layer {
    Result<Response> send(const Request& request, const Context& inner, const Next& next) override {
      EXPECT_TRUE(request.headers.get("Authorization"));
      Request fetch{.target = "/token", .headers = request.headers};
      auto token = next(fetch, inner);
      if (!token) return token;
      Request with_token = request;
      with_token.headers.set("X-CSRF-Token", "abc");
      return next(with_token, inner);
    }
  };
  options.credential = std::make_shared<CountingCredential>();
  options.layer = std::make_shared<Csrf>();
  auto pipeline = make();
  EXPECT_TRUE(pipeline.send(create(), context()));
  ASSERT_EQ(transport->seen().size(), 2U);
  EXPECT_EQ(transport->seen()[0].target, "/token");
  EXPECT_EQ(transport->seen()[1].headers.get("x-csrf-token"), "abc");
  EXPECT_EQ(pipeline.requests_sent(), 2U);
}

TEST_F(PipelineTest, ErrorsNameSystemOperationAndRequestId) {
  transport->fails(ErrorCode::Protocol, Sent::Answered);
  auto pipeline = make();
  const auto response = pipeline.send(create(), context());
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().system(), "erp");
  EXPECT_EQ(response.error().operation(), "create lead");
  EXPECT_EQ(response.error().request_id(), transport->seen()[0].headers.get("X-Request-Id"));
  EXPECT_EQ(response.error().request_id().size(), 36U);
}

TEST_F(PipelineTest, ARefusalSaysWhatWasAskedWhereAndByWhom) {
  options.credential = make_basic("COMM_USER", Secret("s3cret"));
  transport->then(404).then(401);
  auto pipeline = make();
  Request request = read();
  request.target = "/leads/$metadata?token=s3cret";
  const auto missing = pipeline.send(request, context());
  ASSERT_TRUE(missing);
  EXPECT_EQ(missing->request, "GET https://api.example/leads/$metadata");
  const auto refused = pipeline.send(request, context());
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->request, "GET https://api.example/leads/$metadata as COMM_USER");
}

TEST_F(PipelineTest, AFailureSaysHowOftenItWasTried) {
  for (int i = 0; i < 3; ++i) {
    transport->then([this](const Request&, const Context&) -> Result<Response> {
      clock->advance(std::chrono::milliseconds(700));
      return Error(ErrorCode::Unavailable, "scripted");
    });
  }
  options.retry.max_attempts = 3;
  options.retry.first_backoff = options.retry.max_backoff = std::chrono::milliseconds(0);
  auto pipeline = make();
  const auto response = pipeline.send(read(), context());
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().request(),
            "GET https://api.example" + read().target + ", 3 attempts in 2.1 s");
  for (const std::string& line : log->lines()) EXPECT_EQ(line.find("warning"), std::string::npos);
}

TEST_F(PipelineTest, OneRequestIdForAllAttempts) {
  transport->then(503).then(200);
  auto pipeline = make();
  EXPECT_TRUE(pipeline.send(read(), context()));
  EXPECT_EQ(transport->seen()[0].headers.get("X-Request-Id"),
            transport->seen()[1].headers.get("X-Request-Id"));
}

TEST_F(PipelineTest, LogsNoSecretAndNoBody) {
  options.credential = std::make_shared<CountingCredential>();
  Request request = create();
  request.target = "/leads?$top=5&email=eva%40example.se&sig=s3cret";
  request.headers = {
      {"Cookie", "session=s3cret"}, {"X-Api-Key", "s3cret"}, {"Content-Type", "application/json"}};
  request.body = "s3cret body";
  transport->then(Response{.status = 500,
                           .headers = {{"Set-Cookie", "a=s3cret"}, {"ETag", "W/7"}},
                           .body = "s3cret answer"});
  auto pipeline = make();
  EXPECT_TRUE(pipeline.send(request, context()));
  ASSERT_EQ(log->lines().size(), 1U);
  const std::string line = log->lines().front();
  EXPECT_THAT(line, Not(HasSubstr("s3cret")));
  EXPECT_THAT(line, Not(HasSubstr("eva")));
  EXPECT_THAT(line, Not(HasSubstr("Bearer")));
  EXPECT_THAT(line, HasSubstr("info http exchange system=erp operation=create lead"));
  EXPECT_THAT(line, HasSubstr("target=/leads?$top=5&email=…&sig=…"));
  EXPECT_THAT(line, HasSubstr("Content-Type: application/json"));
  EXPECT_THAT(line, HasSubstr("ETag: W/7"));
  EXPECT_THAT(line, HasSubstr("outcome=500"));
}

}  // namespace
}  // namespace channelbridge::http
