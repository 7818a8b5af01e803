#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>

#include "channelbridge/store/store.hpp"

/// What keeps a store file well: backups, compaction, ids that are taken back, old files.
namespace channelbridge::store {
namespace {

using testing::HasSubstr;
using testing::Not;

class StoreUpkeepTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() / ("cb-upkeep-" + std::to_string(::getpid()));
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string file(const std::string& name = "hub.db") const { return (folder_ / name).string(); }
  std::unique_ptr<Store> open(const std::string& name = "hub.db") {
    auto opened = open_store("sqlite:" + file(name));
    EXPECT_TRUE(opened) << (opened ? "" : to_string(opened.error()));
    return opened ? *std::move(opened) : nullptr;
  }
  static Timestamp day(int number) { return Timestamp(std::chrono::hours(24 * number)); }
  /// One more version of a record, on that day.
  static void version(Store& store, const std::string& id, std::int64_t number, int on_day,
                      const std::string& entity = "lead") {
    Changes changes;
    changes.records = {{.id = id, .entity = entity, .version = number, .state = "{}"}};
    changes.versions = {
        {.record = id, .entity = entity, .version = number, .at = day(on_day), .changes = "{}"}};
    ASSERT_TRUE(store.commit(std::move(changes)));
  }

  std::filesystem::path folder_;
};

TEST_F(StoreUpkeepTest, ABackupIsAWholeStoreOfTheSameIdentityAndReplacesNothing) {
  auto store = open();
  version(*store, "a", 1, 1);
  ASSERT_TRUE(store->backup(file("copy's.db")));
  version(*store, "b", 1, 1);
  const auto again = store->backup(file("copy's.db"));
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code(), ErrorCode::Invalid);
  auto copy = open("copy's.db");
  EXPECT_EQ(copy->id(), store->id());
  EXPECT_EQ(copy->records({"a", "b"}).value().size(), 1U);
  EXPECT_FALSE(std::filesystem::exists(file("copy's.db.part")));
}

TEST_F(StoreUpkeepTest, ABackupThatCannotBeWrittenIsAnError) {
  auto store = open();
  EXPECT_FALSE(store->backup(file("no/such/folder/copy.db")));
}

TEST_F(StoreUpkeepTest, CompactionKeepsTheNewestVersionAndWhatIsUnread) {
  auto store = open();
  version(*store, "a", 1, 1);
  version(*store, "a", 2, 2);
  version(*store, "p", 1, 1, "partner");
  version(*store, "p", 2, 2, "partner");
  version(*store, "p", 3, 200, "partner");
  version(*store, "a", 3, 200);
  Retention retention{.versions = day(100), .read_up_to = {{"lead", 1}, {"partner", 6}}};
  const auto done = store->compact(retention);
  ASSERT_TRUE(done) << to_string(done.error());
  EXPECT_EQ(done->versions, 3);
  EXPECT_EQ(store->versions("a").value().size(), 2U) << "position 2 has not been read";
  EXPECT_EQ(store->versions("p").value().size(), 1U);
  EXPECT_EQ(store->last_change().value(), 6);
}

TEST_F(StoreUpkeepTest, CompactionTakesOnlyWhatIsDoneAndClosed) {
  auto store = open();
  Changes changes;
  const auto intent = [](const std::string& id, IntentState state) {
    return IntentRow{.id = id, .spoke = "s", .record = "a", .state = state, .decided = day(1)};
  };
  changes.intents = {intent("1", IntentState::Done), intent("2", IntentState::Rejected),
                     intent("3", IntentState::Unknown), intent("4", IntentState::Absent),
                     intent("5", IntentState::Sending)};
  changes.dead_letters = {{.id = "6", .spoke = "s", .at = day(1), .open = true},
                          {.id = "7", .spoke = "s", .at = day(1), .open = false}};
  changes.runs = {{.id = 1, .kind = "sync", .started = day(1)},
                  {.id = 2, .kind = "sync", .started = day(2)}};
  ASSERT_TRUE(store->commit(std::move(changes)));
  const auto done = store->compact({.intents = day(100), .letters = day(100), .runs = day(100)});
  ASSERT_TRUE(done) << to_string(done.error());
  EXPECT_EQ(done->intents, 2);
  EXPECT_EQ(done->letters, 1);
  EXPECT_EQ(done->runs, 1);
  EXPECT_EQ(store->next_run().value(), 3) << "numbers are not given twice";
  EXPECT_EQ(store->dead_letters(false, 10).value().size(), 1U);
}

TEST_F(StoreUpkeepTest, ARepointedIdIsTheOtherEverywhere) {
  auto store = open();
  const std::string old_id = "019c2e44-0a1b-7000-8000-00000000000a";
  const std::string new_id = "019c2e43-0a1b-7000-8000-00000000000a";
  version(*store, old_id, 1, 1);
  Changes changes;
  changes.records = {{.id = "holder",
                      .entity = "lead",
                      .version = 1,
                      .state = R"({"fields":{"customer":")" + old_id + R"("}})"}};
  changes.versions = {{.record = "holder", .entity = "lead", .version = 1, .changes = "{}"}};
  changes.links = {{.spoke = "s", .key = "k", .entity = "lead", .record = old_id, .state = "{}"}};
  changes.match_keys = {{"lead", "email", "a@example.com", old_id}};
  changes.waiting = {{.spoke = "s", .record = "holder", .reason = "reference", .detail = old_id}};
  ASSERT_TRUE(store->commit(std::move(changes)));
  Changes repoint;
  repoint.repointed = {{old_id, new_id}};
  ASSERT_TRUE(store->commit(std::move(repoint)));
  EXPECT_TRUE(store->records({old_id}).value().empty());
  EXPECT_EQ(store->records({new_id}).value().size(), 1U);
  EXPECT_EQ(store->links_by_key("s", {"k"}).value().at(0).record, new_id);
  EXPECT_EQ(store->match({{"lead", "email", "a@example.com", ""}}).value().at(0), new_id);
  EXPECT_EQ(store->waiting("s", "", 10).value().at(0).detail, new_id);
  EXPECT_THAT(store->records({"holder"}).value().at(0).state, HasSubstr(new_id));
  EXPECT_EQ(store->versions(new_id).value().size(), 1U);
  EXPECT_EQ(store->records_ending({new_id.substr(15)}).value().size(), 1U);
}

TEST_F(StoreUpkeepTest, ADismissedPairIsNotListedAgainWhicheverWayRoundItComes) {
  auto store = open();
  Changes changes;
  changes.duplicates = {{.entity = "lead", .record = "b", .other = "a", .reason = "x"}};
  ASSERT_TRUE(store->commit(changes));
  auto rows = store->duplicates().value();
  ASSERT_EQ(rows.size(), 1U);
  rows[0].dismissed = true;
  Changes decided;
  decided.decided_duplicates = rows;
  ASSERT_TRUE(store->commit(std::move(decided)));
  changes.duplicates = {{.entity = "lead", .record = "a", .other = "b", .reason = "y"}};
  ASSERT_TRUE(store->commit(changes));
  EXPECT_TRUE(store->duplicates().value().empty());
}

TEST_F(StoreUpkeepTest, PairsOfAMergedRecordAreTheOthersInOrderAndOnce) {
  auto store = open();
  Changes changes;
  changes.duplicates = {{.entity = "lead", .record = "a", .other = "b", .reason = "x"},
                        {.entity = "lead", .record = "a", .other = "c", .reason = "y"},
                        {.entity = "lead", .record = "b", .other = "c", .reason = "z"}};
  changes.repointed = {{"a", "c"}};
  ASSERT_TRUE(store->commit(std::move(changes)));
  const auto rows = store->duplicates().value();
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].record, "b");
  EXPECT_EQ(rows[0].other, "c");
  EXPECT_EQ(rows[0].reason, "z");
}

TEST_F(StoreUpkeepTest, ADismissedPairHidesNoOpenOneWhenBothBecomeOne) {
  auto store = open();
  Changes changes;
  changes.duplicates = {{.entity = "lead", .record = "a", .other = "c", .reason = "y"},
                        {.entity = "lead", .record = "b", .other = "c", .reason = "z"},
                        {.entity = "lead", .record = "b", .other = "d", .reason = "w"}};
  ASSERT_TRUE(store->commit(std::move(changes)));
  Changes decided;
  decided.decided_duplicates = {
      {.entity = "lead", .record = "a", .other = "c", .reason = "y", .dismissed = true},
      {.entity = "lead", .record = "b", .other = "d", .reason = "w", .dismissed = true}};
  decided.repointed = {{"a", "b"}};
  ASSERT_TRUE(store->commit(std::move(decided)));
  const auto rows = store->duplicates().value();
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].record, "b");
  EXPECT_EQ(rows[0].other, "c");
  Changes again;  // the other way round: the open one is repointed onto the dismissed one
  again.duplicates = {{.entity = "lead", .record = "a", .other = "d", .reason = "v"}};
  again.repointed = {{"a", "b"}};
  ASSERT_TRUE(store->commit(std::move(again)));
  EXPECT_EQ(store->duplicates().value().size(), 2U);
}

TEST_F(StoreUpkeepTest, CopiesAreReadByNobodyWhoMayNotReadTheStore) {
  namespace fs = std::filesystem;
  auto store = open();
  version(*store, "a", 1, 1);
  fs::permissions(file(), fs::perms::owner_read | fs::perms::owner_write);
  ASSERT_TRUE(store->backup(file("copy.db")));
  EXPECT_EQ(fs::status(file("copy.db")).permissions(), fs::status(file()).permissions());
  ASSERT_EQ(::setenv("TMPDIR", folder_.c_str(), 1), 0);
  {
    auto scratch = store->scratch_copy();
    ::unsetenv("TMPDIR");
    ASSERT_TRUE(scratch) << to_string(scratch.error());
    EXPECT_EQ((*scratch)->records({"a"}).value().size(), 1U);
    int files = 0;
    for (const auto& entry : fs::directory_iterator(folder_)) {
      if (!entry.path().filename().string().starts_with("channelbridge-plan-")) continue;
      ++files;
      EXPECT_EQ(entry.status().permissions(), fs::perms::owner_read | fs::perms::owner_write)
          << entry.path();
    }
    EXPECT_GE(files, 1);
  }
  for (const auto& entry : fs::directory_iterator(folder_))
    EXPECT_THAT(entry.path().filename().string(), Not(HasSubstr("plan")));
}

TEST_F(StoreUpkeepTest, AFileOfTheFirstSchemaIsBroughtForward) {
  { auto store = open(); }
  const std::string undo =
      "python3 -c \"import sqlite3; c=sqlite3.connect('" + file() +
      "'); c.executescript('DROP TABLE unknown_marks; DROP TABLE metadata; "
      "DROP TABLE fund_postings; DROP TABLE fund_heads; DROP TABLE ledger_waits; "
      "DROP TABLE claim_settlements; "
      "ALTER TABLE duplicates DROP COLUMN dismissed; ALTER TABLE spokes DROP COLUMN at_end; "
      "ALTER TABLE conflicts DROP COLUMN detail; ALTER TABLE dead_letters DROP COLUMN version; "
      "ALTER TABLE intents DROP COLUMN taken; "
      "INSERT INTO intents VALUES (\\'i\\', \\'s\\', \\'a\\', \\'\\', \\'unknown\\', 1, "
      "\\'{}\\', \\'{}\\', 1, 1, 1, \\'\\'); "
      "INSERT INTO dead_letters VALUES (\\'l\\', \\'s\\', \\'read\\', \\'k\\', \\'\\', "
      "\\'r\\', \\'\\', 0, \\'m\\', \\'p\\', \\'f\\', 0, 1, 1, 1); "
      "INSERT INTO conflicts VALUES (\\'s\\', \\'k\\', \\'g\\', \\'a\\', \\'lead\\', "
      "\\'manual\\', \\'{}\\', \\'{}\\', 1); "
      "DROP TABLE waiting; CREATE TABLE waiting (spoke TEXT NOT NULL, record TEXT NOT NULL, "
      "reason TEXT NOT NULL, detail TEXT NOT NULL, since INTEGER NOT NULL, "
      "PRIMARY KEY (spoke, record)) WITHOUT ROWID; "
      "INSERT INTO waiting VALUES (\\'s\\', \\'a\\', \\'reference\\', \\'p\\', 1); "
      "DROP TABLE match_keys; CREATE TABLE match_keys (entity TEXT NOT NULL, kind TEXT NOT NULL, "
      "value TEXT NOT NULL, record TEXT NOT NULL, PRIMARY KEY (entity, kind, value)) WITHOUT "
      "ROWID; "
      "INSERT INTO match_keys VALUES (\\'lead\\', \\'email\\', \\'e\\', \\'a\\'); "
      "INSERT INTO duplicates VALUES (\\'lead\\', \\'b\\', \\'a\\', \\'x\\', 1); "
      "PRAGMA user_version = 1')\"";
  ASSERT_EQ(std::system(undo.c_str()), 0);
  auto store = open();
  ASSERT_NE(store, nullptr);
  const auto rows = store->duplicates().value();
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].record, "a");
  EXPECT_TRUE(store->unknown_marks().value().empty());
  EXPECT_EQ(store->conflicts().value().at(0).reason, "manual");
  EXPECT_EQ(store->dead_letters(true, 10).value().at(0).version, "");
  EXPECT_TRUE(store->intents("s", {IntentState::Unknown}).value().at(0).taken);
  EXPECT_EQ(store->waiting("s", "", 10).value().at(0).detail, "p");
  EXPECT_THAT(store->match({{"lead", "email", "e", ""}}).value(), ::testing::ElementsAre("a"));
  // Each thing that a record waits for has a row, and each holder of a key.
  Changes changes;
  changes.waiting = {{.spoke = "s", .record = "a", .reason = "reference", .detail = "p"},
                     {.spoke = "s", .record = "a", .reason = "reference", .detail = "q"}};
  changes.match_keys = {{"lead", "email", "e", "b"}};
  ASSERT_TRUE(store->commit(changes));
  EXPECT_EQ(store->waiting("s", "", 10).value().size(), 2U);
  EXPECT_EQ(store->counts("s").value().waiting, 1);
  changes = {};
  changes.removed_match_keys = {{"lead", "email", "e", "a"}};
  changes.arrived_records = {"q"};
  ASSERT_TRUE(store->commit(changes));
  EXPECT_THAT(store->match({{"lead", "email", "e", ""}}).value(), ::testing::ElementsAre("b"));
  EXPECT_EQ(store->waiting_to_retry("s", "", 10).value().size(), 1U);
}

}  // namespace
}  // namespace channelbridge::store
