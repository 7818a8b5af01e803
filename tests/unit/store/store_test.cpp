#include "channelbridge/store/store.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>

#include "sync_calls.hpp"

namespace channelbridge::store {
namespace {

using testing::HasSubstr;

class SqliteStoreTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() / ("cb-store-" + std::to_string(::getpid()));
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string file() const { return (folder_ / "hub.db").string(); }
  std::string url() const { return "sqlite:" + file(); }
  std::unique_ptr<Store> open() {
    auto opened = open_store(url());
    EXPECT_TRUE(opened) << to_string(opened.error());
    return std::move(opened).value();
  }

  static RecordRow record(const std::string& id, std::int64_t version = 1) {
    return {.id = id,
            .entity = "lead",
            .version = version,
            .state = "{}",
            .created = Timestamp(std::chrono::microseconds(7)),
            .updated = Timestamp(std::chrono::microseconds(8))};
  }
  static VersionRow version(const std::string& id, std::int64_t number = 1) {
    return {
        .record = id, .entity = "lead", .version = number, .actor = "crm-leads", .changes = "{}"};
  }
  static LinkRow link(const std::string& key, const std::string& id) {
    return {.spoke = "crm-leads",
            .key = key,
            .system = "crm",
            .object = "Lead",
            .entity = "lead",
            .record = id,
            .state = "{}"};
  }

  std::filesystem::path folder_;
};

TEST_F(SqliteStoreTest, ShowsAfterReopeningWhatWasCommitted) {
  {
    auto store = open();
    Changes changes;
    changes.records = {record("r1"), record("r2")};
    changes.versions = {version("r1"), version("r2")};
    changes.links = {link("00Q1", "r1"), link("00'Q\"2", "r2")};
    changes.spokes = {{.spoke = "crm-leads", .cursor = "c", .position = 2, .initial_done = true}};
    ASSERT_TRUE(store->commit(changes, Durability::Full));
  }
  auto store = open();
  const auto records = store->records({"r2", "r1", "none"}).value();
  ASSERT_EQ(records.size(), 2U);
  EXPECT_EQ(records[0].created, Timestamp(std::chrono::microseconds(7)));
  EXPECT_EQ(store->last_change().value(), 2);
  EXPECT_EQ(store->links_by_key("crm-leads", {"00'Q\"2"}).value().at(0).record, "r2");
  const SpokeRow spoke = store->spoke("crm-leads").value();
  EXPECT_TRUE(spoke.initial_done);
  EXPECT_EQ(spoke.pulled, std::nullopt);
  EXPECT_EQ(store->spoke("unknown").value().cursor, "");
}

TEST_F(SqliteStoreTest, ChangeLogOrdersRecordsByTheirLastChange) {
  auto store = open();
  Changes first;
  first.records = {record("a"), record("b")};
  first.versions = {version("a"), version("b")};
  ASSERT_TRUE(store->commit(first));
  Changes second;
  second.records = {record("a", 2)};
  second.versions = {version("a", 2)};
  ASSERT_TRUE(store->commit(second));
  const auto changed = store->records_changed("lead", 1, 10).value();
  ASSERT_EQ(changed.size(), 2U);
  EXPECT_EQ(changed[0].id, "b");
  EXPECT_EQ(changed[1].id, "a");
  EXPECT_EQ(changed[1].change, 3);
  EXPECT_EQ(store->versions("a").value().size(), 2U);
}

TEST_F(SqliteStoreTest, CommitIsAllOrNothing) {
  auto store = open();
  Changes good;
  good.records = {record("a")};
  good.versions = {version("a")};
  good.links = {link("k1", "a")};
  ASSERT_TRUE(store->commit(good));
  Changes bad;
  bad.records = {record("b")};
  bad.versions = {version("b")};
  bad.links = {link("k2", "a")};  // a second primary link of record a on the same spoke
  EXPECT_FALSE(store->commit(bad));
  EXPECT_TRUE(store->records({"b"}).value().empty());
  EXPECT_EQ(store->last_change().value(), 1);
  Changes after;
  after.records = {record("c")};
  after.versions = {version("c")};
  EXPECT_TRUE(store->commit(after));
  EXPECT_EQ(store->last_change().value(), 2);
}

TEST_F(SqliteStoreTest, WhatIsCommittedInFullIsOnTheDisk) {
  auto store = open();
  Changes changes;
  changes.records = {record("r1")};
  ASSERT_TRUE(store->commit(changes, Durability::Normal));  // begins the log
  int before = support::sync_calls();
  ASSERT_TRUE(store->commit(changes, Durability::Normal));
  EXPECT_EQ(support::sync_calls(), before) << "not every page waits for the disk";
  before = support::sync_calls();
  ASSERT_TRUE(store->commit(changes, Durability::Full));
  EXPECT_GT(support::sync_calls(), before);
}

TEST_F(SqliteStoreTest, OnlyTheOpenObjectThatARecordWritesToIsDue) {
  auto store = open();
  Changes changes;
  for (const char* key : {"open", "gone", "second", "shown"}) {
    changes.records.push_back(record(key));
    changes.versions.push_back(version(key));
    LinkRow row = link(key, key);
    row.due = std::string_view(key) != "shown";
    row.closed = std::string_view(key) == "gone";
    row.secondary = std::string_view(key) == "second";
    changes.links.push_back(std::move(row));
  }
  ASSERT_TRUE(store->commit(changes));
  const auto due = store->links_due("crm-leads", "", 10).value();
  ASSERT_EQ(due.size(), 1U);
  EXPECT_EQ(due[0].key, "open");
}

TEST_F(SqliteStoreTest, AMatchKeyStaysWithItsFirstRecord) {
  auto store = open();
  Changes changes;
  changes.match_keys = {{"partner", "tax_id", "DE1", "a"}};
  ASSERT_TRUE(store->commit(changes));
  changes.match_keys = {{"partner", "tax_id", "DE1", "b"}, {"partner", "duns", "DE1", "b"}};
  ASSERT_TRUE(store->commit(changes));
  EXPECT_THAT(store
                  ->match({{"partner", "tax_id", "DE1", ""},
                           {"partner", "duns", "DE1", ""},
                           {"partner", "lei", "DE1", ""}})
                  .value(),
              testing::ElementsAre("a", "b", ""));
}

TEST_F(SqliteStoreTest, EveryHolderOfAKeyIsFoundAndNobodyElse) {
  auto store = open();
  Changes changes;
  changes.match_keys = {{"claim", "supplier_invoice", "acme/1", "c2"},
                        {"claim", "supplier_invoice", "acme/1", "c1"},
                        {"claim", "supplier_invoice", "acme/2", "c3"},
                        {"claim", "number", "acme/1", "c4"},
                        {"order", "supplier_invoice", "acme/1", "c5"}};
  ASSERT_TRUE(store->commit(changes));
  const std::vector<MatchKeyRow> rows = store
                                            ->holders({{"claim", "supplier_invoice", "acme/1", ""},
                                                       {"claim", "number", "acme/2", ""}})
                                            .value();
  std::vector<std::string> holders;
  for (const MatchKeyRow& row : rows)
    holders.push_back(row.kind + " " + row.value + " " + row.record);
  EXPECT_THAT(holders,
              testing::ElementsAre("supplier_invoice acme/1 c1", "supplier_invoice acme/1 c2"));
  EXPECT_TRUE(store->holders({}).value().empty());
}

TEST_F(SqliteStoreTest, AnArrivedRecordWakesExactlyItsWaiters) {
  auto store = open();
  Changes changes;
  changes.waiting = {{.spoke = "s", .record = "l1", .reason = "reference", .detail = "p1"},
                     {.spoke = "s", .record = "l2", .reason = "reference", .detail = "p2"},
                     {.spoke = "s", .record = "l3", .reason = "parked", .detail = "p1"}};
  ASSERT_TRUE(store->commit(changes));
  Changes arrival;
  arrival.arrived_records = {"p1"};
  ASSERT_TRUE(store->commit(arrival));
  const auto rows = store->waiting("s", "", 10).value();
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_EQ(rows[0].reason, "retry");
  EXPECT_EQ(rows[1].reason, "reference");
  EXPECT_EQ(rows[2].reason, "parked");
}

TEST_F(SqliteStoreTest, WhatIsStillWaitedForHasBeenWaitedForSinceThen) {
  auto store = open();
  const auto wait = [&](const std::string& detail, int minute) {
    Changes changes;
    changes.no_longer_waiting = {{"s", "r"}};
    changes.waiting = {{.spoke = "s",
                        .record = "r",
                        .reason = "field",
                        .detail = detail,
                        .since = Timestamp(std::chrono::minutes(minute))}};
    EXPECT_TRUE(store->commit(changes));
    return store->waiting("s", "", 10).value().at(0).since;
  };
  EXPECT_EQ(wait("topic", 1), Timestamp(std::chrono::minutes(1)));
  EXPECT_EQ(wait("topic", 2), Timestamp(std::chrono::minutes(1)));
  EXPECT_EQ(wait("value", 3), Timestamp(std::chrono::minutes(3)));
}

TEST_F(SqliteStoreTest, AwaitedKeysThatHaveALinkAreFoundByBothTheirKeys) {
  auto store = open();
  Changes changes;
  changes.pending = {{"crm", "Lead", "K1", "r1"},
                     {"crm", "Lead", "N2", "r2"},
                     {"crm", "Lead", "K3", "r3"},
                     {"crm", "Account", "K1", "r4"}};
  changes.links = {link("K1", "a"), link("K2", "b")};
  changes.links[1].reference_key = "N2";
  ASSERT_TRUE(store->commit(changes));
  const std::string entity = changes.links[0].entity;
  EXPECT_THAT(store->pending_arrived("crm", "Lead", entity).value(),
              testing::UnorderedElementsAre("K1", "N2"));
  EXPECT_THAT(store->pending_arrived("crm", "Lead", "another").value(), testing::IsEmpty());
}

TEST_F(SqliteStoreTest, ThoseWhoWaitForAKeyAreListedInPages) {
  auto store = open();
  Changes changes;
  changes.pending = {{"crm", "Lead", "K3", "r1"},
                     {"crm", "Lead", "K1", "r3"},
                     {"crm", "Lead", "K1", "r2"},
                     {"crm", "Lead", "K2", "r1"}};
  ASSERT_TRUE(store->commit(changes));
  std::vector<std::string> seen;
  PendingRow last;
  for (auto page = store->pending("crm", "Lead", {"K1", "K3"}, 2, last).value(); !page.empty();
       page = store->pending("crm", "Lead", {"K1", "K3"}, 2, last).value()) {
    for (const PendingRow& row : page) seen.push_back(row.key + " " + row.record);
    last = page.back();
  }
  EXPECT_THAT(seen, testing::ElementsAre("K1 r2", "K1 r3", "K3 r1"));
}

TEST_F(SqliteStoreTest, OneObjectMayBeARecordOfEachOfTwoEntities) {
  auto store = open();
  Changes changes;
  changes.links = {link("K1", "a"), link("K1", "b")};
  changes.links[1].spoke += " renewals";
  changes.links[1].entity = "renewal";
  ASSERT_TRUE(store->commit(changes));
  std::vector<std::string> found;
  const auto rows = store->links_by_reference("crm", "Lead", {"K1"}).value();
  for (const PrimaryLink& row : rows) found.push_back(row.entity + " " + row.record);
  EXPECT_THAT(found, testing::UnorderedElementsAre(changes.links[0].entity + " a", "renewal b"));
}

TEST_F(SqliteStoreTest, LettersOfASourceAreListedInPages) {
  auto store = open();
  Changes changes;
  const auto letter = [&](const std::string& key, const std::string& direction = "read") {
    changes.dead_letters.push_back({.id = "letter " + std::to_string(changes.dead_letters.size()),
                                    .spoke = "s",
                                    .direction = direction,
                                    .key = key});
  };
  for (const char* key : {"in/a.csv:3", "in/a.csv:12", "in/a.csv.old:1", "in/b.csv:1"}) letter(key);
  letter("in/a.csv:4", "write");
  ASSERT_TRUE(store->commit(changes));
  const auto first = store->dead_letters_from("s", "in/a.csv", "", 1).value();
  ASSERT_EQ(first.size(), 1U);
  EXPECT_EQ(first[0].key, "in/a.csv:12");
  const auto second = store->dead_letters_from("s", "in/a.csv", first[0].key, 10).value();
  ASSERT_EQ(second.size(), 1U);
  EXPECT_EQ(second[0].key, "in/a.csv:3");
}

TEST_F(SqliteStoreTest, ASecondRunOnTheSameFileIsRefused) {
  auto store = open();
  const auto second = open_store(url());
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code(), ErrorCode::Unavailable);
  EXPECT_THAT(second.error().message(), HasSubstr("in use by another run"));
  EXPECT_TRUE(open_store(url(), {.create = false, .exclusive = false}));
}

TEST_F(SqliteStoreTest, TheRunLockDiesWithAKilledProcess) {
  { auto store = open(); }
  const pid_t child = ::fork();
  if (child == 0) {
    auto store = open_store(url());
    if (!store) ::_exit(1);
    ::kill(::getpid(), SIGKILL);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  ASSERT_TRUE(WIFSIGNALED(status));
  EXPECT_TRUE(open_store(url()));
}

TEST_F(SqliteStoreTest, AFileOfANewerVersionIsRefused) {
  { auto store = open(); }
  ASSERT_EQ(std::system(("python3 -c \"import sqlite3; c=sqlite3.connect('" + file() +
                         "'); c.execute('PRAGMA user_version=99')\"")
                            .c_str()),
            0);
  const auto opened = open_store(url());
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code(), ErrorCode::Unsupported);
  EXPECT_THAT(opened.error().message(), HasSubstr("schema version 99"));
}

TEST_F(SqliteStoreTest, AFileThatIsNoDatabaseIsAnError) {
  std::filesystem::path path = file();
  FILE* out = std::fopen(path.c_str(), "w");
  std::fputs("this is not a database, it is a text of some length that says so", out);
  std::fclose(out);
  const auto opened = open_store(url());
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error().message(), HasSubstr(file()));
}

TEST_F(SqliteStoreTest, ADatabaseOfAnotherProgramIsLeftAlone) {
  const std::string ask = "python3 -c \"import sqlite3; c=sqlite3.connect('" + file() + "'); ";
  ASSERT_EQ(std::system((ask + "c.execute('CREATE TABLE recipes (id)')\"").c_str()), 0);
  const auto opened = open_store(url());
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code(), ErrorCode::Unsupported);
  EXPECT_THAT(opened.error().message(), HasSubstr("another program"));
  const std::string names = "SELECT group_concat(name) FROM sqlite_master";
  EXPECT_EQ(
      std::system((ask + "exit(c.execute('" + names + "').fetchone()[0] != 'recipes')\"").c_str()),
      0);
}

TEST_F(SqliteStoreTest, AFullDiskIsAnErrorAndTheStoreStaysConsistent) {
  { auto store = open(); }
  const pid_t child = ::fork();
  if (child == 0) {
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{2U << 20U, 2U << 20U};  // a file may not grow past 2 MiB, as on a full disk
    ::setrlimit(RLIMIT_FSIZE, &limit);
    auto store = open_store(url());
    if (!store) ::_exit(1);
    for (int i = 0; i < 100; ++i) {
      Changes changes;
      changes.records = {record("r" + std::to_string(i))};
      changes.records[0].state = std::string(100'000, 'x');
      changes.versions = {version("r" + std::to_string(i))};
      if (auto done = (*store)->commit(changes); !done)
        ::_exit(done.error().message().find(url().substr(7)) != std::string::npos ? 0 : 2);
    }
    ::_exit(3);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  ASSERT_EQ(WEXITSTATUS(status), 0);
  auto store = open();
  const auto rows = store->records_changed("lead", 0, 1000).value();
  EXPECT_EQ(static_cast<std::int64_t>(rows.size()), store->last_change().value());
}

TEST_F(SqliteStoreTest, AScratchCopyNeverTouchesTheOriginal) {
  auto store = open();
  Changes changes;
  changes.records = {record("a")};
  changes.versions = {version("a")};
  ASSERT_TRUE(store->commit(changes));
  auto copy = store->scratch_copy().value();
  ASSERT_EQ(copy->records({"a"}).value().size(), 1U);
  changes.records = {record("b")};
  changes.versions = {version("b")};
  ASSERT_TRUE(copy->commit(changes));
  EXPECT_TRUE(store->records({"b"}).value().empty());
  EXPECT_EQ(copy->id(), store->id());
}

TEST_F(SqliteStoreTest, AnUnknownUrlIsAConfigurationError) {
  EXPECT_EQ(open_store("hub.db").error().code(), ErrorCode::Invalid);
}

}  // namespace
}  // namespace channelbridge::store
