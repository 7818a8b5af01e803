#include "org_script.hpp"

namespace channelbridge::salesforce::test {
namespace {

/// Gives out token-1, token-2, …; a new one only after the last was refused.
class CountingCredential final : public http::Credential {
 public:
  Result<http::Authorization> authorize(const Context&) override {
    return http::Authorization{.header = Secret("Bearer token-" + std::to_string(count)),
                               .origin = "https://acme.my.example"};
  }
  void invalidate(const http::Authorization&) override { ++count; }
  int count{1};
};

struct SignedInOrg {
  SignedInOrg() {
    http::PipelineOptions pipeline{.system = "crm", .credential = credential};
    pipeline.random = seeded_random(7);
    pipeline.log = log;
    pipeline.transport_for =
        [this](const std::string& origin) -> Result<std::shared_ptr<http::Transport>> {
      origins.push_back(origin);
      return std::static_pointer_cast<http::Transport>(script);
    };
    adapter = *make_salesforce(std::make_shared<OrgScript>(), pipeline, Org::with_overlay());
  }
  std::shared_ptr<OrgScript> script = std::make_shared<OrgScript>();
  std::shared_ptr<CountingCredential> credential = std::make_shared<CountingCredential>();
  std::shared_ptr<testing::MemoryLog> log = std::make_shared<testing::MemoryLog>();
  std::shared_ptr<testing::ManualClock> clock = std::make_shared<testing::ManualClock>();
  Context context{clock, {}};
  std::vector<std::string> origins;
  std::shared_ptr<adapter::Adapter> adapter;
};

std::vector<adapter::WriteRequest> one_create() {
  return {{.nodes = {{.object = "Lead", .body = "{}"}},
           .correlation_path = "ChannelbridgeId__c",
           .correlation = "r"}};
}

TEST(SalesforceSession, RenewsOncePerExpiryAndRepeatsTheRequest) {
  SignedInOrg org;
  org.script->say(401, fixture("rest/expired_session_response.json"));
  org.script->say(200, rows({lead_row(kA, kT1)}));
  auto page = org.adapter->read(leads(), "", 10, org.context);
  ASSERT_TRUE(page) << page.error();
  EXPECT_EQ(page->changes.size(), 1U);
  EXPECT_EQ(org.credential->count, 2);
  EXPECT_EQ(org.script->requests[1].headers.get("Authorization"), "Bearer token-2");
}

TEST(SalesforceSession, ASecondRefusalIsFinal) {
  SignedInOrg org;
  org.script->say(401, fixture("rest/expired_session_response.json"));
  org.script->say(401, fixture("rest/expired_session_response.json"));
  auto page = org.adapter->read(leads(), "", 10, org.context);
  ASSERT_FALSE(page);
  EXPECT_EQ(page.error().code(), ErrorCode::Unauthenticated);
}

TEST(SalesforceSession, ARefusalThatNoTokenCuresIsNotRenewed) {
  SignedInOrg org;
  org.script->say(
      401,
      R"([{"message":"This session is not valid for use with the REST API","errorCode":"INVALID_SESSION_ID"}])");
  auto page = org.adapter->read(leads(), "", 10, org.context);
  ASSERT_FALSE(page);
  EXPECT_EQ(page.error().code(), ErrorCode::Forbidden);
  EXPECT_EQ(org.credential->count, 1);
}

TEST(SalesforceSession, AnExpiredSessionOfAWriteIsRenewedToo) {
  SignedInOrg org;
  org.script->say(401, fixture("rest/expired_session_response.json"));
  org.script->say(200, R"([{"id":"00QR00000064wc7","success":true,"errors":[],"created":true}])");
  auto outcomes = org.adapter->write(leads(), one_create(), org.context);
  ASSERT_TRUE(outcomes) << outcomes.error();
  EXPECT_EQ(outcomes->front().nodes[0].status, adapter::WriteStatus::Created);
}

TEST(SalesforceSession, TheApiLivesWhereTheTokenSays) {
  SignedInOrg org;
  org.script->say(200, rows({}));
  ASSERT_TRUE(org.adapter->read(leads(), "", 10, org.context));
  ASSERT_FALSE(org.origins.empty());
  EXPECT_EQ(org.origins.front(), "https://acme.my.example");
}

TEST(SalesforceSession, ConcurrencyLimitsAreWaitedOutAndQuotaIsNot) {
  SignedInOrg org;
  org.script->say(
      403,
      R"([{"errorCode":"REQUEST_LIMIT_EXCEEDED","message":"ConcurrentPerOrgLongTxn Limit exceeded."}])");
  org.script->say(200, rows({}));
  ASSERT_TRUE(org.adapter->read(leads(), "", 10, org.context));
  org.script->say(
      403, R"([{"errorCode":"REQUEST_LIMIT_EXCEEDED","message":"TotalRequests Limit exceeded."}])");
  auto page = org.adapter->read(leads(), "", 10, org.context);
  ASSERT_FALSE(page);
  EXPECT_EQ(page.error().code(), ErrorCode::RateLimited);
}

TEST(SalesforceSession, LimitsOfTheMomentAreWaitedOutForWritesToo) {
  const std::pair<int, const char*> answers[] = {
      {403,
       R"([{"errorCode":"REQUEST_LIMIT_EXCEEDED","message":"ConcurrentPerOrgLongTxn Limit exceeded."}])"},
      {403, R"([{"errorCode":"TXN_SECURITY_METERING_ERROR","message":"busy"}])"},
      {400, R"([{"errorCode":"TOO_MANY_APEX_REQUESTS","message":"busy"}])"},
      {503, R"([{"errorCode":"SERVER_UNAVAILABLE","message":"busy"}])"}};
  for (const auto& [status, body] : answers) {
    SignedInOrg org;
    org.script->say(status, body);
    org.script->say(200, R"([{"id":"00QR00000064wc7","success":true,"errors":[],"created":true}])");
    auto outcomes = org.adapter->write(leads(), one_create(), org.context);
    ASSERT_TRUE(outcomes) << outcomes.error();
    EXPECT_EQ(outcomes->front().nodes[0].status, adapter::WriteStatus::Created);
  }
}

TEST(SalesforceSession, AnAnswerThatProvesNothingIsNotRepeatedForAWrite) {
  SignedInOrg org;
  org.script->say(500, R"([{"errorCode":"UNKNOWN_EXCEPTION","message":"An unexpected error"}])");
  auto outcomes = org.adapter->write(leads(), one_create(), org.context);
  ASSERT_TRUE(outcomes) << outcomes.error();
  EXPECT_EQ(outcomes->front().nodes[0].status, adapter::WriteStatus::Unknown);
}

TEST(SalesforceSession, NoTokenAppearsInLogsOrErrors) {
  SignedInOrg org;
  org.script->say(401, fixture("rest/expired_session_response.json"));
  org.script->say(401, fixture("rest/expired_session_response.json"));
  auto page = org.adapter->read(leads(), "", 10, org.context);
  ASSERT_FALSE(page);
  EXPECT_EQ(to_string(page.error()).find("token-"), std::string::npos);
  for (const std::string& line : org.log->lines())
    EXPECT_EQ(line.find("token-"), std::string::npos) << line;
}

http::Response with_usage(const std::string& usage) {
  return answer(200, rows({}), {{"Sforce-Limit-Info", usage}});
}

TEST(SalesforceBudget, UsageIsWhatTheOrgReports) {
  Org org;
  org.script->say(with_usage("per-app-api-usage=17/250(appName=x); api-usage=10018/100000"));
  ASSERT_TRUE(org.adapter->read(leads(), "", 10, org.context));
  EXPECT_EQ(org.adapter->usage().budget_used, 10'018U);
  EXPECT_EQ(org.adapter->usage().budget_limit, 100'000U);
  EXPECT_EQ(org.adapter->usage().requests, 3U);  // clock, describe, query
}

TEST(SalesforceBudget, TheReserveIsNotTouched) {
  Options options = Org::with_overlay();
  options.reserve_percent = 10;
  Org org(options);
  org.script->say(with_usage("api-usage=90000/100000"));
  ASSERT_TRUE(org.adapter->read(leads(), "", 10, org.context));
  auto paused = org.adapter->find(leads(), "x", org.context);
  ASSERT_FALSE(paused);
  EXPECT_EQ(paused.error().code(), ErrorCode::RateLimited);
  EXPECT_EQ(paused.error().sent(), Sent::No);
  EXPECT_NE(paused.error().message().find("90000 of 100000"), std::string::npos);
  EXPECT_EQ(*paused.error().retry_after(), std::chrono::minutes(15));
}

TEST(SalesforceBudget, AfterAWhileOneCallLooksWhetherThereIsRoomAgain) {
  Options options = Org::with_overlay();
  options.daily_calls = 500;
  Org org(options);
  org.script->say(with_usage("api-usage=600/100000"));
  ASSERT_TRUE(org.adapter->find(leads(), "x", org.context));
  ASSERT_FALSE(org.adapter->find(leads(), "x", org.context));
  org.clock->advance(std::chrono::minutes(16));
  org.script->say(with_usage("api-usage=100/100000"));
  ASSERT_TRUE(org.adapter->find(leads(), "x", org.context));
  org.script->say(with_usage("api-usage=101/100000"));
  ASSERT_TRUE(org.adapter->find(leads(), "x", org.context));
}

TEST(SalesforceSettings, EveryProblemIsNamedAtOnce) {
  adapter::SystemSettings system{.name = "crm"};
  system.settings.children["url"].text = "ftp://x";
  system.settings.children["overlap"].text = "soon";
  system.settings.children["batch_records"].text = "500";
  auto made = kind().make(system);
  ASSERT_FALSE(made);
  EXPECT_GE(made.error().problems().size(), 3U);
}

}  // namespace
}  // namespace channelbridge::salesforce::test
