// Jobs of Bulk API 2.0 over real HTTP: through the adapter, and through the hub.
#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>
#include <set>
#include <stop_token>
#include <thread>

#include "channelbridge/hub/hub.hpp"
#include "connected_org.hpp"
#include "fake_system.hpp"

namespace channelbridge::salesforce::test {
namespace {

using adapter::WriteStatus;

constexpr const char* kOfficeLeads = R"(
system: any
object: Lead
entity: lead
id: Id
version: Version
format: json
absent: "null"
fields: { topic: Topic, contact.last_name: Name, company.name: Company, contact.email: Email }
)";

constexpr const char* kCrmLeads = R"(
system: any
object: Lead
entity: lead
id: Id
version: SystemModstamp
modified: LastModifiedDate
modified_by: LastModifiedById
correlation: ChannelbridgeId__c
format: json
absent: "null"
fields: { topic: Description, contact.last_name: LastName, company.name: Company, contact.email: Email }
)";

class BulkJobs : public ConnectedOrg {
 protected:
  void SetUp() override { adapter = bulk_adapter(); }

  std::shared_ptr<adapter::Adapter> bulk_adapter(const Settings& more = {}) {
    Settings settings = {{"bulk.from_records", "300"},
                         {"bulk.poll", "5ms"},
                         {"bulk.abort_settle", "300ms"},
                         {"settle", "50ms"}};
    settings.insert(settings.end(), more.begin(), more.end());
    return connect(settings);
  }
  std::vector<adapter::WriteRequest> creates(int count) {
    std::vector<adapter::WriteRequest> requests;
    for (int i = 0; i < count; ++i) {
      requests.push_back(create("record-" + std::to_string(i),
                                {{"LastName", "Lead \"" + std::to_string(i) + "\", x"},
                                 {"Company", "Acme"},
                                 {"Description", "first line\nsecond line"}}));
    }
    return requests;
  }
};

TEST_F(BulkJobs, EveryRowOfTwelveHundredHasItsOwnOutcome) {
  auto requests = creates(1'200);
  requests[7] = create("record-7", {{"LastName", "A"}, {"Company", "B"}, {"Email", "bad"}});
  requests[1'100] = create("record-1100", {{"Company", "no name"}});
  auto outcomes = adapter->write(leads, requests, context);
  ASSERT_TRUE(outcomes) << outcomes.error();
  for (std::size_t i = 0; i < requests.size(); ++i) {
    const adapter::NodeOutcome& node = (*outcomes)[i].nodes[0];
    if (i == 7 || i == 1'100) {
      EXPECT_EQ(node.status, WriteStatus::Rejected) << i;
      EXPECT_EQ(node.error->remote_code(),
                i == 7 ? "INVALID_EMAIL_ADDRESS" : "REQUIRED_FIELD_MISSING");
      continue;
    }
    ASSERT_EQ(node.status, WriteStatus::Created) << i;
    const Json record = org().record(node.key);
    EXPECT_EQ(record["ChannelbridgeId__c"], "record-" + std::to_string(i));
    EXPECT_EQ(record["LastName"], "Lead \"" + std::to_string(i) + "\", x");
    EXPECT_EQ(record["Description"], "first line\nsecond line");
  }
  EXPECT_EQ(org().count("Lead"), 1'198U);
  EXPECT_LT(adapter->usage().requests, 14U) << "a job, not calls of 200";
}

TEST_F(BulkJobs, UpdatesAndDeletesGoByTheirIds) {
  adapter = bulk_adapter({{"bulk.updates", "true"}});
  const auto ids = seed_leads(300);
  std::vector<adapter::WriteRequest> requests;
  for (const std::string& id : ids)
    requests.push_back(update(id, {{"Email", nullptr}, {"Company", "New"}}));
  auto outcomes = adapter->write(leads, requests, context);
  ASSERT_TRUE(outcomes) << outcomes.error();
  for (const auto& outcome : *outcomes) EXPECT_EQ(outcome.nodes[0].status, WriteStatus::Updated);
  for (const std::string& id : ids) EXPECT_EQ(org().record(id)["Company"], "New");
  requests.clear();
  for (const std::string& id : ids)
    requests.push_back(
        {.nodes = {{.operation = adapter::Operation::Delete, .object = "Lead", .key = id}}});
  outcomes = adapter->write(leads, requests, context);
  ASSERT_TRUE(outcomes) << outcomes.error();
  for (const auto& outcome : *outcomes) EXPECT_EQ(outcome.nodes[0].status, WriteStatus::Deleted);
  EXPECT_EQ(org().count("Lead"), 0U);
}

TEST_F(BulkJobs, NoLostAnswerOfAnyStepMakesADouble) {
  const std::vector<std::pair<const char*, const char*>> steps = {
      {"reset_before", "POST /services/data/v60.0/jobs/ingest"},
      {"reset_after", "POST /services/data/v60.0/jobs/ingest"},
      {"reset_before", "/batches"},
      {"reset_after", "/batches"},
      {"bad_gateway", "/batches"},
      {"reset_before", "PATCH"},
      {"reset_after", "PATCH"},
      {"bad_gateway", "PATCH"},
      {"truncate", "successfulResults"},
      {"unavailable", "failedResults"},
  };
  std::uint64_t made = 0;
  for (const auto& [kind, match] : steps) {
    SCOPED_TRACE(std::string(kind) + " " + match);
    desk().faults.add({.kind = kind, .match = match, .value = 0});
    std::vector<adapter::WriteRequest> requests;
    for (int i = 0; i < 300; ++i) {
      requests.push_back(create(std::to_string(made) + "-" + std::to_string(i),
                                {{"LastName", "A"}, {"Company", "B"}}));
    }
    auto outcomes = adapter->write(leads, requests, context);
    ASSERT_TRUE(outcomes) << outcomes.error();
    for (const auto& outcome : *outcomes) EXPECT_EQ(outcome.nodes[0].status, WriteStatus::Created);
    made += 300;
    EXPECT_EQ(org().count("Lead"), made);
    EXPECT_EQ(desk().journal.effects(), made);
    desk().faults.clear();
  }
}

TEST_F(BulkJobs, AJobHalfDoneTellsWhatItDidAndWhatNot) {
  desk().faults.add({.kind = "bulk_fail", .match = "PATCH", .value = 400});
  auto outcomes = adapter->write(leads, creates(1'000), context);
  ASSERT_TRUE(outcomes) << outcomes.error();
  std::size_t created = 0;
  std::size_t retry = 0;
  for (const auto& outcome : *outcomes) {
    created += outcome.nodes[0].status == WriteStatus::Created ? 1U : 0U;
    retry += outcome.nodes[0].status == WriteStatus::Retry ? 1U : 0U;
  }
  EXPECT_EQ(created, 400U);
  EXPECT_EQ(retry, 600U);
}

TEST_F(BulkJobs, RowsThatADuplicateRuleRefusesAreSavedWhereAlertsMayBePassed) {
  ASSERT_TRUE(org().add_duplicate_rule({.object = "Lead", .fields = {"Email"}}));
  org().insert("Lead", {{"LastName", "A"}, {"Company", "B"}, {"Email", "x7@y.example"}}).value();
  std::vector<adapter::WriteRequest> requests;
  for (int i = 0; i < 300; ++i)
    requests.push_back(create(
        "record-" + std::to_string(i),
        {{"LastName", "A"}, {"Company", "B"}, {"Email", "x" + std::to_string(i) + "@y.example"}}));
  auto outcomes = adapter->write(leads, requests, context);
  ASSERT_TRUE(outcomes) << outcomes.error();
  EXPECT_EQ((*outcomes)[7].nodes[0].status, WriteStatus::Rejected);
  EXPECT_EQ((*outcomes)[7].nodes[0].error->remote_code(), "DUPLICATES_DETECTED");
  EXPECT_EQ(org().count("Lead"), 300U);

  adapter = bulk_adapter({{"allow_duplicates", "true"}});
  for (auto& request : requests) request.correlation += "-again";
  outcomes = adapter->write(leads, requests, context);
  ASSERT_TRUE(outcomes) << outcomes.error();
  for (const auto& outcome : *outcomes) EXPECT_EQ(outcome.nodes[0].status, WriteStatus::Created);
  EXPECT_EQ(org().count("Lead"), 600U);
}

TEST_F(BulkJobs, AnExportOfLongRowsIsReadInAnswersThatFit) {
  adapter = bulk_adapter({{"bulk.result_bytes", "200000"}});
  leads.paths.emplace_back("Description");
  std::vector<Json> rows;
  for (int i = 0; i < 400; ++i)
    rows.push_back({{"LastName", "L" + std::to_string(i)},
                    {"Company", "Acme"},
                    {"Description", std::string(i < 200 ? 5'000 : 10, 'x') + "\nend"}});
  org().seed("Lead", rows).value();
  adapter::Cursor cursor;
  auto page = adapter->read(leads, cursor, 100, context);
  ASSERT_TRUE(page) << page.error();
  ASSERT_TRUE(page->next.starts_with("bulk2 ")) << page->next;
  cursor = page->next;
  std::set<std::string> keys;
  std::size_t read = 0;
  while (!page->end) {
    page = adapter->read(leads, cursor, 7, context);
    ASSERT_TRUE(page) << page.error();
    for (const auto& change : page->changes) keys.insert(change.key);
    read += page->changes.size();
    cursor = page->next;
    if (read > 100 && read < 120) adapter = bulk_adapter({{"bulk.result_bytes", "100000"}});
  }
  EXPECT_EQ(keys.size(), 400U);
  EXPECT_EQ(read, 400U) << "no row twice";
}

TEST_F(BulkJobs, AnExportBeginsAnewWhereItsQueryOrItsVersionHasChanged) {
  seed_leads(400);
  auto page = adapter->read(leads, "", 100, context);
  ASSERT_TRUE(page) << page.error();
  page = adapter->read(leads, page->next, 100, context);
  ASSERT_TRUE(page) << page.error();
  const adapter::Cursor half = page->next;
  ASSERT_TRUE(half.starts_with("bulk2 ")) << half;
  adapter = bulk_adapter({{"api_version", "59.0"}});
  adapter::Cursor cursor = half;
  EXPECT_EQ(read_all(cursor, 100).size(), 400U);
  adapter = bulk_adapter();
  leads.where = "Company != 'Nobody'";
  cursor = half;
  EXPECT_EQ(read_all(cursor, 100).size(), 400U) << "with what the other query had not shown";
}

TEST_F(BulkJobs, AnExportGivesTheDocumentsOfTheRESTAPI) {
  std::vector<Json> rows;
  for (int i = 0; i < 700; ++i) {
    rows.push_back({{"LastName", "Lead " + std::to_string(i)},
                    {"Company", i % 3 == 0 ? "two\nlines, \"quoted\"" : "Acme"},
                    {"AnnualRevenue", 1'000 * i},
                    {"NumberOfEmployees", i}});
    if (i % 2 == 0) rows.back()["Email"] = "x" + std::to_string(i) + "@y.example";
  }
  const auto ids = org().seed("Lead", rows).value();
  ASSERT_TRUE(org().remove(ids[3]));
  leads.paths = {"LastName",      "Company",           "Email",       "Owner.Name",
                 "AnnualRevenue", "NumberOfEmployees", "IsConverted", "CreatedDate"};
  const auto by_key = [](const std::vector<adapter::Change>& changes) {
    std::map<std::string, std::pair<bool, nlohmann::json>> out;
    for (const adapter::Change& change : changes) {
      nlohmann::json document = change.document.empty()
                                    ? nlohmann::json()
                                    : nlohmann::json::parse(change.document.text());
      if (document.is_object() && document.contains("Owner")) document["Owner"].erase("attributes");
      out[change.key] = {change.deleted, std::move(document)};
    }
    return out;
  };
  const auto made = adapter->read(leads, "", 100, context);
  ASSERT_TRUE(made) << made.error();
  adapter::Cursor cursor = made->next;
  ASSERT_TRUE(cursor.starts_with("bulk2 ")) << cursor;
  const auto exported = by_key(read_all(cursor, 100));
  EXPECT_TRUE(cursor.starts_with("keyset1 ")) << cursor;
  adapter = connect({{"bulk", "off"}});
  adapter::Cursor other;
  const auto paged = by_key(read_all(other, 100));
  ASSERT_EQ(exported.size(), 700U);
  EXPECT_EQ(exported, paged);
}

TEST_F(BulkJobs, WhatChangesWhileAnExportRunsIsReadAfterIt) {
  const auto ids = seed_leads(400);
  adapter::Cursor cursor;
  auto page = adapter->read(leads, cursor, 100, context);
  ASSERT_TRUE(page) << page.error();
  ASSERT_TRUE(page->next.starts_with("bulk2 ")) << page->next;
  ASSERT_TRUE(org().edit(ids[5], {{"Company", "edited"}}));
  org().insert("Lead", {{"LastName", "late"}, {"Company", "x"}}).value();
  cursor = page->next;
  adapter = bulk_adapter();  // another process goes on
  std::map<std::string, std::string> seen;
  for (const auto& change : read_all(cursor, 100))
    seen[change.key] = Json::parse(change.document.text())["Company"];
  desk().clock->advance(std::chrono::seconds(5));
  for (const auto& change : read_all(cursor, 100))
    seen[change.key] = Json::parse(change.document.text())["Company"];
  EXPECT_EQ(seen.size(), 401U);
  EXPECT_EQ(seen[ids[5]], "edited");
}

TEST_F(BulkJobs, AnExportThatIsGoneAfterAWeekBeginsAgain) {
  // Assertions of a JWT would be as old as the org's clock is ahead.
  const Settings secret = {{"credential.kind", "client_credentials"},
                           {"credential.client_secret", "open sesame"}};
  adapter = bulk_adapter(secret);
  seed_leads(400);
  auto page = adapter->read(leads, "", 100, context);
  ASSERT_TRUE(page) << page.error();
  auto first = adapter->read(leads, page->next, 100, context);
  ASSERT_TRUE(first) << first.error();
  adapter::Cursor cursor = first->next;
  desk().clock->advance(std::chrono::hours(24 * 8));
  adapter = bulk_adapter(secret);
  EXPECT_EQ(read_all(cursor, 100).size(), 400U);
}

TEST_F(BulkJobs, AJobOfTheOlderApiBlocksNothing) {
  seed_leads(1);
  ASSERT_TRUE(org().add_classic_job("Lead", {.user = kUser}));
  adapter = bulk_adapter({{"bulk.timeout", "500ms"}});
  const auto found = adapter->find(leads, "record-0", context);
  EXPECT_TRUE(found) << found.error();
}

class BulkSync : public BulkJobs {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() / ("cb-bulk-" + std::to_string(::getpid()));
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    adapter = bulk_adapter();
    open();
  }
  void TearDown() override {
    hub_.reset();
    std::filesystem::remove_all(folder_);
  }
  static std::shared_ptr<const mapping::Mapping> mapping(const char* text) {
    auto out = mapping::Mapping::parse(text, "test.yaml", model::EntityRegistry::built_in());
    EXPECT_TRUE(out) << (out ? "" : to_string(out.error()));
    return out ? *out : nullptr;
  }
  /// A new process on the same store.
  void open() {
    hub_.reset();
    hub::HubConfig config;
    config.systems = {{"office", office_}, {"crm", adapter}};
    config.spokes = {{.name = "office-leads",
                      .system = "office",
                      .mapping = mapping(kOfficeLeads),
                      .direction = hub::SpokeDirection::Pull},
                     {.name = "crm-leads", .system = "crm", .mapping = mapping(kCrmLeads)}};
    config.entities["lead"].match = {"contact.email"};
    auto store = store::open_store("sqlite:" + (folder_ / "hub.db").string());
    ASSERT_TRUE(store) << store.error();
    hub_ = std::make_unique<hub::Hub>(std::move(config), *std::move(store));
  }
  hub::SpokeReport sync(const Context& run = Context()) {
    desk().clock->advance(std::chrono::minutes(1));
    auto report = hub_->sync({}, run);
    EXPECT_TRUE(report) << (report ? "" : to_string(report.error()));
    return report ? report->spokes.back() : hub::SpokeReport{};
  }
  void add_leads(int count) {
    for (int i = 0; i < count; ++i) {
      office_->add({{"Topic", "line 1\nline \"" + std::to_string(i) + "\""},
                    {"Name", "N" + std::to_string(i)},
                    {"Company", "Acme, Inc."},
                    {"Email", "n" + std::to_string(i) + "@x.example"}});
    }
  }
  /// Leads in the org, and how many creates it has seen.
  void expect_once(std::size_t count) {
    EXPECT_EQ(org().count("Lead"), count);
    std::size_t created = 0;
    for (const auto& entry : desk().journal.entries())
      created += entry.kind == server::EffectKind::Created ? 1U : 0U;
    EXPECT_EQ(created, count) << "nothing was made twice";
  }

  std::filesystem::path folder_;
  std::shared_ptr<hub::FakeSystem> office_ = std::make_shared<hub::FakeSystem>("O");
  std::unique_ptr<hub::Hub> hub_;
};

TEST_F(BulkSync, TwelveHundredLeadsGoThereAsAJobAndComeBackEqual) {
  add_leads(1'200);
  EXPECT_EQ(sync().created, 1'200U);
  expect_once(1'200);
  EXPECT_EQ(org().records("Lead").front()["Description"].get<std::string>().substr(0, 7),
            "line 1\n");
  EXPECT_LT(adapter->usage().requests, 40U);
  const auto effects = desk().journal.effects();
  sync();
  EXPECT_EQ(desk().journal.effects(), effects) << "what came back is what went there";
}

TEST_F(BulkSync, AJobThatFailsHalfWayIsFinishedByTheRunWhichSaysSo) {
  add_leads(1'200);
  desk().faults.add({.kind = "bulk_fail", .match = "PATCH", .value = 700});
  const auto report = sync();
  EXPECT_EQ(report.created, 1'200U);
  ASSERT_EQ(report.put_off.size(), 1U);
  EXPECT_EQ(report.put_off[0].rule, "TooManyLockFailure");
  EXPECT_EQ(report.put_off[0].writes, 500U);
  EXPECT_THAT(report.put_off[0].why, ::testing::MatchesRegex("bulk job 750[0-9A-Za-z]{15} ended "
                                                             "after 700 rows, before it: Too.*"));
  EXPECT_TRUE(sync().put_off.empty());
  expect_once(1'200);
  EXPECT_EQ(desk().journal.effects(), 1'200U);
}

TEST_F(BulkSync, WhatWasInFlightWhenAJobWasAbortedIsNotWrittenAgain) {
  adapter = bulk_adapter({{"bulk.timeout", "300ms"}});
  open();
  add_leads(800);
  desk().faults.add({.kind = "bulk_stall", .match = "PATCH", .value = 300});
  desk().faults.add({.kind = "bulk_in_flight", .match = "PATCH", .value = 200});
  sync();
  sync();
  expect_once(800);
  EXPECT_EQ(desk().journal.effects(), 800U) << "nor over what had just been made";
}

TEST_F(BulkSync, AJobWhoseStateCannotBeAskedForAWhileIsLeftToItsWork) {
  add_leads(800);
  desk().faults.add(
      {.kind = "unavailable", .match = "GET /services/data/v60.0/jobs/ingest/", .count = 12});
  EXPECT_EQ(sync().created, 800U);
  expect_once(800);
  EXPECT_EQ(desk().journal.effects(), 800U);
}

TEST_F(BulkSync, ARefusedRowIsALetterWithItsRuleItsFiguresAndItsText) {
  add_leads(400);
  // An address that the model takes, and the org's field of 80 characters does not.
  const std::string address = std::string(60, 'n') + "@a-company-with-a-long-name.example";
  office_->edit("O7", {{"Email", address}});
  EXPECT_EQ(sync().created, 399U);
  expect_once(399);
  auto letters = hub_->store().dead_letters(true, 10);
  ASSERT_TRUE(letters) << letters.error();
  ASSERT_EQ(letters->size(), 1U);
  const store::DeadLetterRow& letter = letters->front();
  EXPECT_EQ(letter.rule, "STRING_TOO_LONG");
  EXPECT_NE(letter.message.find("max length=80"), std::string::npos) << letter.message;
  EXPECT_NE(letter.payload.find(address), std::string::npos) << letter.payload;
  EXPECT_NE(letter.payload.find("line 1"), std::string::npos) << letter.payload;
  office_->edit("O7", {{"Email", "n@x.example"}});
  sync();
  expect_once(400);
  letters = hub_->store().dead_letters(true, 10);
  ASSERT_TRUE(letters) << letters.error();
  EXPECT_TRUE(letters->empty());
}

TEST_F(BulkSync, ARunThatIsStoppedWhileItsJobRunsMakesNoDouble) {
  add_leads(800);
  desk().faults.add({.kind = "bulk_stall", .match = "PATCH", .value = 300});
  std::stop_source stop;
  std::jthread later([&] {
    while (org().count("Lead") < 300) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    stop.request_stop();
  });
  // What the run says of its end is not the matter here.
  static_cast<void>(hub_->sync({}, Context().with_stop(stop.get_token())));
  later.join();
  EXPECT_EQ(org().count("Lead"), 300U);

  // The next process waits for the job, and does not look before it has ended.
  adapter = bulk_adapter({{"bulk.timeout", "100ms"}});
  open();
  const hub::SpokeReport stopped = sync();
  ASSERT_FALSE(stopped.stopped.empty());
  EXPECT_NE(stopped.stopped.front().find("still writes Lead"), std::string::npos)
      << stopped.stopped.front();
  EXPECT_EQ(org().count("Lead"), 300U);

  adapter = bulk_adapter();
  org().end_bulk_jobs();
  open();
  sync();
  sync();
  expect_once(800);
}

TEST_F(BulkSync, AFirstPullOfManyIsAnExportAndLosesNothing) {
  std::vector<Json> rows;
  for (int i = 0; i < 1'500; ++i)
    rows.push_back({{"LastName", "L" + std::to_string(i)},
                    {"Company", "Acme"},
                    {"Description", "a\nb"},
                    {"Email", "l" + std::to_string(i) + "@x.example"}});
  org().seed("Lead", rows).value();
  hub::SpokeReport report = sync();
  EXPECT_GE(report.read, 1'500U);
  EXPECT_EQ(report.new_records, 1'500U);
  ASSERT_TRUE(
      org().edit(server::text_of(org().records("Lead").front(), "Id"), {{"Company", "New"}}));
  report = sync();
  EXPECT_EQ(report.changed, 1U);
  EXPECT_EQ(report.new_records, 0U);
}

}  // namespace
}  // namespace channelbridge::salesforce::test
