#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "channelbridge/sap_s4hana/sap_s4hana.hpp"
#include "sandbox/sap/sap_server.hpp"

namespace channelbridge {
namespace {

using adapter::Change;
using adapter::Operation;
using adapter::Selection;
using adapter::WriteRequest;
using adapter::WriteStatus;
using sandbox::Json;
using ::testing::HasSubstr;

Selection partners() {
  Selection out{.object = "A_BusinessPartner",
                .id = "BusinessPartner",
                .version = "@etag",
                .modified = "LastChangeDate",
                .modified_by = "LastChangedByUser",
                .paths = {"BusinessPartner", "BusinessPartnerCategory", "OrganizationBPName1",
                          "SearchTerm1"}};
  out.children = {{.navigation = "to_BusinessPartnerAddress",
                   .object = "A_BusinessPartnerAddress",
                   .paths = {"AddressID", "CityName", "Country", "to_EmailAddress.EmailAddress"}},
                  {.navigation = "to_BusinessPartnerRole",
                   .object = "A_BusinessPartnerRole",
                   .paths = {"BusinessPartnerRole"}}};
  return out;
}

class BusinessPartners : public ::testing::Test {
 protected:
  void SetUp() override { start({}); }

  void start(const std::function<void(sandbox::SapServiceSpec&)>& adjust) {
    sandbox::SapServiceSpec spec =
        sandbox::business_partner_service(std::string(CHANNELBRIDGE_SOURCE_DIR) +
                                          "/tests/fixtures/sap/odata-v2/API_BUSINESS_PARTNER.edmx");
    if (adjust) adjust(spec);
    auto started = sandbox::SapServer::start({std::move(spec)});
    ASSERT_TRUE(started) << to_string(started.error());
    server_ = std::move(*started);
    auto transport = http::make_poco_transport(server_->url());
    ASSERT_TRUE(transport);
    http::PipelineOptions pipeline{.system = "erp"};
    pipeline.retry.first_backoff = std::chrono::milliseconds(5);
    pipeline.retry.max_backoff = std::chrono::milliseconds(20);
    pipeline.credential = http::make_basic("CHANNEL", Secret("Welcome1"));
    adapter_ = *sap_s4hana::make_adapter(
        *transport, std::move(pipeline),
        {.client = "100", .user = "channel", .identification_type = "CHBR"});
  }

  sandbox::odata::Engine& engine() { return server_->service("API_BUSINESS_PARTNER"); }

  void seed(int count) {
    for (int i = 0; i < count; ++i) {
      const auto key =
          engine().seed("A_BusinessPartner",
                        Json{{"BusinessPartner", std::to_string(2000000 + i)},
                             {"BusinessPartnerCategory", "2"},
                             {"OrganizationBPName1", "Partner " + std::to_string(i)},
                             {"to_BusinessPartnerAddress",
                              Json::array({Json{{"Country", "SE"}, {"CityName", "Lund"}}})}});
      ASSERT_TRUE(key) << to_string(key.error());
    }
  }

  std::vector<Change> pull(adapter::Cursor& cursor, std::size_t page_size = 100) {
    std::vector<Change> out;
    for (int i = 0; i < 200; ++i) {
      auto page = adapter_->read(partners(), cursor, page_size, context_);
      EXPECT_TRUE(page) << to_string(page.error());
      if (!page) break;
      std::move(page->changes.begin(), page->changes.end(), std::back_inserter(out));
      cursor = page->next;
      if (page->end) return out;
    }
    ADD_FAILURE() << "the pull did not end";
    return out;
  }

  static std::set<std::string> keys(const std::vector<Change>& changes) {
    std::set<std::string> out;
    for (const Change& change : changes) out.insert(change.key);
    return out;
  }

  WriteRequest new_partner(const std::string& name, const std::string& mark) {
    return {
        .nodes =
            {{.operation = Operation::Create,
              .object = "A_BusinessPartner",
              .body = R"({"BusinessPartnerCategory":"2","OrganizationBPName1":")" + name + "\"}"},
             {.operation = Operation::Create,
              .object = "A_BusinessPartnerAddress",
              .parent = 0,
              .navigation = "to_BusinessPartnerAddress",
              .body =
                  R"({"Country":"SE","CityName":"Malmö","to_EmailAddress":[{"EmailAddress":"a@example.com"}]})"},
             {.operation = Operation::Create,
              .object = "A_BusinessPartnerRole",
              .parent = 0,
              .navigation = "to_BusinessPartnerRole",
              .body = R"({"BusinessPartnerRole":"FLCU01"})"}},
        .correlation = mark};
  }

  WriteRequest rename(const std::string& key, const std::string& name, const std::string& version) {
    return {.nodes = {{.operation = Operation::Update,
                       .object = "A_BusinessPartner",
                       .key = key,
                       .body = R"({"OrganizationBPName1":")" + name + "\"}",
                       .expected_version = version}}};
  }

  std::vector<adapter::WriteOutcome> write(const std::vector<WriteRequest>& requests) {
    auto outcomes = adapter_->write(partners(), requests, context_);
    EXPECT_TRUE(outcomes) << to_string(outcomes.error());
    return outcomes ? *outcomes : std::vector<adapter::WriteOutcome>(requests.size());
  }

  std::unique_ptr<sandbox::SapServer> server_;
  std::shared_ptr<adapter::Adapter> adapter_;
  Context context_ = Context().with_timeout(std::chrono::seconds(60));
};

TEST_F(BusinessPartners, ProbeSaysWhatIsThere) {
  const auto probe = adapter_->probe(context_);
  ASSERT_TRUE(probe) << to_string(probe.error());
  EXPECT_THAT(*probe, HasSubstr("OData V2"));
}

TEST_F(BusinessPartners, AnEmptySystemGivesAnEmptyPageThatIsTheEnd) {
  adapter::Cursor cursor;
  EXPECT_TRUE(pull(cursor).empty());
  EXPECT_TRUE(pull(cursor).empty());
}

TEST_F(BusinessPartners, TheFirstPullBringsEverythingOnceInPages) {
  seed(25);
  adapter::Cursor cursor;
  const auto changes = pull(cursor, 10);
  EXPECT_EQ(changes.size(), 25U);
  EXPECT_EQ(keys(changes).size(), 25U);
  EXPECT_THAT(std::string(changes[0].document.text()), HasSubstr(R"("CityName":"Lund")"));
  EXPECT_FALSE(changes[0].version.empty());
}

TEST_F(BusinessPartners, ALaterPullBringsWhatWasChangedOrCreated) {
  server_->clock().advance(std::chrono::hours(-3));
  seed(5);
  adapter::Cursor cursor;
  pull(cursor);
  // The first pull after a full read goes back a day, in case `time_zone` is not the system's.
  EXPECT_EQ(keys(pull(cursor)).size(), 5U);
  server_->clock().advance(std::chrono::hours(1));
  ASSERT_TRUE(
      engine().edit("MILLER", "A_BusinessPartner", {"2000003"}, Json{{"SearchTerm1", "NEW"}}));
  const auto created =
      engine().create("MILLER", "A_BusinessPartner",
                      Json{{"BusinessPartnerCategory", "2"}, {"OrganizationBPName1", "Late"}});
  ASSERT_TRUE(created);
  const auto changed = keys(pull(cursor));
  EXPECT_TRUE(changed.contains("2000003"));
  EXPECT_TRUE(changed.contains(*created));
  // From here only the overlap before the last stamp seen comes again.
  EXPECT_EQ(keys(pull(cursor)), (std::set<std::string>{"2000003", *created}));
}

TEST_F(BusinessPartners, APartnerThatWasNeverChangedIsFoundByItsCreation) {
  start([](sandbox::SapServiceSpec& spec) { spec.settings.change_time_on_create = false; });
  seed(3);
  adapter::Cursor cursor;
  EXPECT_EQ(keys(pull(cursor)).size(), 3U);
  server_->clock().advance(std::chrono::hours(1));
  const auto key =
      engine().create("MILLER", "A_BusinessPartner",
                      Json{{"BusinessPartnerCategory", "2"}, {"OrganizationBPName1", "Late"}});
  ASSERT_TRUE(key);
  EXPECT_TRUE(keys(pull(cursor)).contains(*key));
}

TEST_F(BusinessPartners, MorePartnersOnOneSecondThanAPageAreAllRead) {
  adapter::Cursor cursor;
  pull(cursor);
  server_->clock().advance(std::chrono::hours(1));
  for (int i = 0; i < 23; ++i) {
    ASSERT_TRUE(
        engine().create("MILLER", "A_BusinessPartner",
                        Json{{"BusinessPartnerCategory", "2"}, {"OrganizationBPName1", "X"}}));
  }
  EXPECT_EQ(keys(pull(cursor, 5)).size(), 23U);
}

TEST_F(BusinessPartners, ADeepCreateWritesTheAggregateOnceAndIsFoundByItsMark) {
  const auto outcomes = write({new_partner("Nordkabel AB", "018f-a")});
  const auto& nodes = outcomes[0].nodes;
  ASSERT_EQ(nodes[0].status, WriteStatus::Created)
      << (nodes[0].error ? to_string(*nodes[0].error) : "");
  EXPECT_FALSE(nodes[0].key.empty());
  EXPECT_FALSE(nodes[1].key.empty());
  EXPECT_EQ(nodes[2].key, "FLCU01");
  const auto found = adapter_->find(partners(), "018f-a", context_);
  ASSERT_TRUE(found) << to_string(found.error());
  ASSERT_EQ(found->size(), 1U);
  EXPECT_EQ(found->at(0).key, nodes[0].key);
  EXPECT_EQ(found->at(0).correlation, "018f-a");
  EXPECT_TRUE(found->at(0).modified_by_us);
  const auto none = adapter_->find(partners(), "018f-b", context_);
  ASSERT_TRUE(none);
  EXPECT_TRUE(none->empty());
  const auto described = adapter_->read_by_key(partners(), nodes[0].key, context_);
  ASSERT_TRUE(described);
  EXPECT_THAT(std::string(described->document.text()), HasSubstr("a@example.com"));
}

TEST_F(BusinessPartners, ABatchGivesEachRecordItsOwnOutcome) {
  auto bad = new_partner("", "018f-c");
  const auto outcomes = write({new_partner("A", "018f-1"), bad, new_partner("B", "018f-2")});
  EXPECT_EQ(outcomes[0].nodes[0].status, WriteStatus::Created);
  EXPECT_EQ(outcomes[1].nodes[0].status, WriteStatus::Rejected);
  EXPECT_EQ(outcomes[1].nodes[0].error->remote_code(), "R11/401");
  EXPECT_EQ(outcomes[2].nodes[0].status, WriteStatus::Created);
  EXPECT_EQ(engine().count("A_BusinessPartner"), 2U);
}

TEST_F(BusinessPartners, AChangeSetOfRootAndChildrenIsAllOrNothing) {
  const auto created = write({new_partner("A", "018f-1")})[0];
  const auto now = adapter_->read_by_key(partners(), created.nodes[0].key, context_);
  WriteRequest request = rename(created.nodes[0].key, "Renamed", now->version);
  request.nodes.push_back({.operation = Operation::Update,
                           .object = "A_BusinessPartnerAddress",
                           .key = created.nodes[1].key,
                           .parent = 0,
                           .navigation = "to_BusinessPartnerAddress",
                           .body = R"({"Country":"nowhere"})"});
  const auto refused = write({request})[0];
  EXPECT_EQ(refused.nodes[0].status, WriteStatus::Rejected);
  EXPECT_EQ(engine().row("A_BusinessPartner", {created.nodes[0].key})["OrganizationBPName1"], "A");
  request.nodes[1].body =
      R"({"CityName":"Ystad","to_EmailAddress":[{"EmailAddress":"b@example.com"}]})";
  request.nodes.push_back({.operation = Operation::Create,
                           .object = "A_BusinessPartnerRole",
                           .parent = 0,
                           .navigation = "to_BusinessPartnerRole",
                           .body = R"({"BusinessPartnerRole":"BUP002"})"});
  const auto done = write({request})[0];
  EXPECT_EQ(done.nodes[0].status, WriteStatus::Updated)
      << (done.nodes[0].error ? to_string(*done.nodes[0].error) : "");
  EXPECT_EQ(done.nodes[2].key, "BUP002");
  EXPECT_EQ(engine().row("A_BusinessPartner", {created.nodes[0].key})["OrganizationBPName1"],
            "Renamed");
}

TEST_F(BusinessPartners, AStaleVersionIsAConflictAndAGoneObjectClosesItsLink) {
  seed(1);
  const auto now = adapter_->read_by_key(partners(), "2000000", context_);
  ASSERT_TRUE(now) << to_string(now.error());
  server_->clock().advance(std::chrono::seconds(5));
  ASSERT_TRUE(
      engine().edit("MILLER", "A_BusinessPartner", {"2000000"}, Json{{"SearchTerm1", "X"}}));
  EXPECT_EQ(write({rename("2000000", "B", now->version)})[0].nodes[0].status,
            WriteStatus::Conflict);
  const auto gone = write({rename("9999999", "B", now->version)})[0];
  EXPECT_TRUE(gone.nodes[0].not_found);
  const auto missing = adapter_->read_by_key(partners(), "9999999", context_);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code(), ErrorCode::NotFound);
}

TEST_F(BusinessPartners, ExpiredSessionsAndTokensAreRenewedWithoutASecondEffect) {
  write({new_partner("A", "018f-1")});
  server_->expire_csrf_tokens();
  EXPECT_EQ(write({new_partner("B", "018f-2")})[0].nodes[0].status, WriteStatus::Created);
  server_->expire_sessions();
  EXPECT_EQ(write({new_partner("C", "018f-3")})[0].nodes[0].status, WriteStatus::Created);
  EXPECT_EQ(engine().count("A_BusinessPartner"), 3U);
}

TEST_F(BusinessPartners, GoesOnAfterEachFormOfADeadSession) {
  std::size_t partners = 0;
  const auto write_one = [&] {
    const std::string mark = "018f-" + std::to_string(++partners);
    return write({new_partner("A", mark)})[0].nodes[0].status;
  };
  for (const auto form :
       {sandbox::odata::DeadSession::LogsOn, sandbox::odata::DeadSession::Unauthorized,
        sandbox::odata::DeadSession::LogonPage}) {
    EXPECT_EQ(write_one(), WriteStatus::Created);
    server_->expire_sessions(form);
    // A page proves nothing of the write that it answers.
    const bool page = form == sandbox::odata::DeadSession::LogonPage;
    EXPECT_EQ(write_one(), page ? WriteStatus::Unknown : WriteStatus::Created);
    if (page) {
      EXPECT_EQ(engine().count("A_BusinessPartner"), partners - 1);
      --partners;
      EXPECT_EQ(write_one(), WriteStatus::Created);
    }
    server_->expire_sessions(form);
    adapter::Cursor cursor;
    EXPECT_EQ(pull(cursor).size(), partners);
    EXPECT_EQ(engine().count("A_BusinessPartner"), partners);
  }
}

TEST_F(BusinessPartners, ALostAnswerIsUnknownAndTheMarkTellsThatItLanded) {
  write({new_partner("A", "018f-1")});
  server_->faults().add({.kind = "reset_after", .match = "POST", .count = 1});
  const auto outcome = write({new_partner("B", "018f-2")})[0];
  EXPECT_EQ(outcome.nodes[0].status, WriteStatus::Unknown);
  const auto found = adapter_->find(partners(), "018f-2", context_);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->size(), 1U);
  EXPECT_EQ(engine().count("A_BusinessPartner"), 2U);
}

TEST_F(BusinessPartners, APageInPlaceOfTheAnswerIsUnknownAndNothingIsSentTwice) {
  write({new_partner("A", "018f-1")});
  const auto created = write({new_partner("B", "018f-2")})[0];
  for (int fault = 0; fault < 2; ++fault) {
    // After the effect, a proxy wants a logon.
    server_->faults().add({.kind = "logon_page", .match = "POST", .count = 1});
    const std::string mark = "018f-" + std::to_string(3 + fault);
    const auto outcome = write({new_partner("C", mark)})[0];
    EXPECT_EQ(outcome.nodes[0].status, WriteStatus::Unknown);
    ASSERT_TRUE(outcome.nodes[0].error);
    EXPECT_EQ(outcome.nodes[0].error->code(), ErrorCode::Unauthenticated);
    const auto found = adapter_->find(partners(), mark, context_);
    ASSERT_TRUE(found) << to_string(found.error());
    EXPECT_EQ(found->size(), 1U);
    EXPECT_EQ(engine().count("A_BusinessPartner"), 3U + static_cast<std::size_t>(fault));
  }
  // Reads are repeated.
  server_->faults().add({.kind = "logon_page", .match = "GET", .count = 1});
  EXPECT_TRUE(adapter_->read_by_key(partners(), created.nodes[0].key, context_));
}

TEST_F(BusinessPartners, ThrottlingAndOutagesOfReadsAreWaitedOut) {
  seed(3);
  server_->faults().add({.kind = "rate_limit", .match = "GET", .count = 1, .value = 0});
  server_->faults().add({.kind = "reset_before", .match = "GET", .count = 1, .after = 1});
  adapter::Cursor cursor;
  EXPECT_EQ(pull(cursor).size(), 3U);
}

TEST_F(BusinessPartners, ALockedPartnerIsARetry) {
  seed(1);
  const auto now = adapter_->read_by_key(partners(), "2000000", context_);
  engine().lock("A_BusinessPartner", {"2000000"}, "MILLER");
  const auto outcome = write({rename("2000000", "B", now->version)})[0];
  EXPECT_EQ(outcome.nodes[0].status, WriteStatus::Retry);
  engine().unlock("A_BusinessPartner", {"2000000"});
  EXPECT_EQ(write({rename("2000000", "B", now->version)})[0].nodes[0].status, WriteStatus::Updated);
}

TEST_F(BusinessPartners, AWrongPasswordIsToldWithoutTheSecret) {
  auto transport = http::make_poco_transport(server_->url());
  http::PipelineOptions pipeline{.system = "erp"};
  pipeline.credential = http::make_basic("CHANNEL", Secret("hunter2"));
  auto other = *sap_s4hana::make_adapter(*transport, std::move(pipeline));
  const auto page = other->read(partners(), {}, 10, context_);
  ASSERT_FALSE(page);
  EXPECT_EQ(page.error().code(), ErrorCode::Unauthenticated);
  EXPECT_THAT(to_string(page.error()), ::testing::Not(HasSubstr("hunter2")));
}

}  // namespace
}  // namespace channelbridge
