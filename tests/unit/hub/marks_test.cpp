#include "hub_support.hpp"

namespace channelbridge::hub {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

/// Restored backups and second hubs: stores that meet record ids they do not know.
class MarksTest : public HubTest {
 protected:
  std::string file() const { return (folder_ / "hub.db").string(); }
  std::string copy() const { return (folder_ / "copy.db").string(); }

  void back_up() { ASSERT_TRUE(hub_->store().backup(copy())); }
  void restore() {
    hub_.reset();
    for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(file() + suffix);
    std::filesystem::copy_file(copy(), file());
    open();
  }
  /// A hub of its own on the same systems.
  RunReport sync_second(const RunOptions& options = {}) {
    auto store = store::open_store("sqlite:" + (folder_ / "second.db").string());
    EXPECT_TRUE(store);
    Hub second(config_, *std::move(store));
    auto report = second.sync(options, Context());
    EXPECT_TRUE(report) << (report ? "" : to_string(report.error()));
    return *report;
  }
  /// An object comes and is synced, and then the store from before that is put back.
  void forget_what_comes(const nlohmann::json& fields) {
    back_up();
    a_->add(fields);
    sync();
    restore();
  }
  void accept_while_a_is_down() {
    a_->read_error = Error(ErrorCode::Unavailable, "down");
    expect_stop_ = true;
    sync({.accept_marks = true});
    a_->read_error.reset();
    expect_stop_ = false;
  }
  void no_match_keys() {
    config_.entities.clear();
    open();
  }
};

TEST_F(MarksTest, ARestoredBackupWritesNothingBeforeItIsAccepted) {
  no_match_keys();
  a_->add({{"Topic", "before"}, {"Email", "a@example.com"}});
  sync();
  back_up();
  a_->add({{"Topic", "Pumps"}, {"Email", "b@example.com"}});
  sync();
  ASSERT_THAT(b_->objects(), SizeIs(2));
  restore();
  a_->add({{"Topic", "new"}, {"Email", "c@example.com"}});
  expect_stop_ = true;
  const RunReport held = sync();
  for (const char* spoke : {"a-leads", "b-leads"}) {
    ASSERT_THAT(of(held, spoke).stopped, SizeIs(1));
    EXPECT_THAT(of(held, spoke).stopped[0], HasSubstr("older copy"));
    EXPECT_THAT(of(held, spoke).stopped[0], HasSubstr("Lead B2"));
    EXPECT_THAT(of(held, spoke).stopped[0], HasSubstr("--accept-marks"));
  }
  EXPECT_EQ(of(held, "b-leads").unknown_marks, 1U);
  EXPECT_THAT(b_->journal(), SizeIs(2)) << "not even what is new since";
}

TEST_F(MarksTest, AnAcceptedBackupCreatesNothingTwice) {
  no_match_keys();  // only the marks tell what belongs together
  for (int i = 0; i < 3; ++i) a_->add({{"Topic", "before " + std::to_string(i)}});
  sync();
  back_up();
  a_->add({{"Topic", "Pumps"}, {"LastName", "Lind"}});
  b_->add({{"Topic", "Valves"}});
  sync();
  ASSERT_THAT(a_->objects(), SizeIs(5));
  ASSERT_THAT(b_->objects(), SizeIs(5));
  const std::string mark = b_->journal().back().correlation;
  restore();
  expect_stop_ = true;
  sync();
  expect_stop_ = false;
  EXPECT_EQ(sync({.accept_marks = true}).written(), 0U);
  EXPECT_THAT(a_->objects(), SizeIs(5));
  EXPECT_THAT(b_->objects(), SizeIs(5));
  EXPECT_EQ(hub_->store().counts().value().records, 5);
  EXPECT_THAT(hub_->store().records({mark}).value(), SizeIs(1)) << "the record has its id again";
  EXPECT_THAT(hub_->store().unknown_marks().value(), SizeIs(0));
  EXPECT_TRUE(plan().empty());
  // What they have to say to each other flows on.
  for (const auto& [key, object] : b_->objects()) {
    if (object.fields["Topic"] == "Pumps") {
      b_->edit(key, {{"LastName", "Lindqvist"}});
      break;
    }
  }
  sync();
  EXPECT_EQ(a_->at("A4").fields["LastName"], "Lindqvist");
}

TEST_F(MarksTest, AnAcceptedBackupCreatesNothingTwiceEvenInTheFirstRun) {
  no_match_keys();
  a_->add({{"Topic", "before"}});
  sync();
  forget_what_comes({{"Topic", "Pumps"}});
  EXPECT_EQ(sync({.accept_marks = true}).written(), 0U);
  EXPECT_THAT(b_->objects(), SizeIs(2));
  EXPECT_EQ(hub_->store().counts().value().records, 2);
}

TEST_F(MarksTest, ASpokeThatOnlyPushesFindsItsObjectsAgain) {
  no_match_keys();
  config_.spokes[1].direction = SpokeDirection::Push;
  open();
  a_->add({{"Topic", "before"}});
  sync();
  forget_what_comes({{"Topic", "Pumps"}});
  // The system where the record was born cannot be reached in the run that accepts.
  accept_while_a_is_down();
  sync();
  EXPECT_THAT(b_->objects(), SizeIs(2));
  a_->edit("A2", {{"Topic", "Pumps and valves"}});
  sync();
  EXPECT_THAT(b_->objects(), SizeIs(2));
  EXPECT_EQ(b_->at("B2").fields["Topic"], "Pumps and valves");
}

TEST_F(MarksTest, ARecordWhoseOriginComesLaterTakesItsOldIdBack) {
  no_match_keys();
  a_->add({{"Topic", "before"}});
  sync();
  forget_what_comes({{"Topic", "Pumps"}});
  accept_while_a_is_down();
  sync();
  EXPECT_THAT(a_->objects(), SizeIs(2));
  EXPECT_THAT(b_->objects(), SizeIs(2));
  EXPECT_EQ(hub_->store().counts().value().records, 2);
}

TEST_F(MarksTest, ManyHeldObjectsAreMetWithFewCalls) {
  no_match_keys();
  a_->add({{"Topic", "before"}});
  sync();
  back_up();
  for (int i = 0; i < 250; ++i) a_->add({{"Topic", "Pumps " + std::to_string(i)}});
  sync();
  restore();
  expect_stop_ = true;
  sync();
  expect_stop_ = false;
  b_->looks = b_->reads = 0;
  EXPECT_EQ(sync({.accept_marks = true}).written(), 0U);
  EXPECT_GT(b_->looks, 0U);
  EXPECT_LE(b_->looks + b_->reads, 8U);
  EXPECT_THAT(hub_->store().unknown_marks().value(), SizeIs(0));
  EXPECT_EQ(hub_->store().counts().value().records, 251);
  EXPECT_EQ(a_->objects().size(), 251U);
  EXPECT_EQ(b_->objects().size(), 251U);
}

TEST_F(MarksTest, AnObjectThatCannotBeReadIsHeldUntilItCan) {
  no_match_keys();
  a_->add({{"Topic", "before"}});
  sync();
  back_up();
  a_->add({{"Topic", "Pumps"}, {"Status", "New"}});
  sync();
  b_->edit("B2", {{"Status", "Unheard"}});
  restore();
  expect_stop_ = true;
  EXPECT_TRUE(sync().stopped());
  EXPECT_TRUE(sync({.accept_marks = true}).stopped()) << "it may be what would be created";
  EXPECT_THAT(b_->objects(), SizeIs(2));
  b_->edit("B2", {{"Status", "New"}});
  expect_stop_ = false;
  sync({.accept_marks = true});
  EXPECT_THAT(a_->objects(), SizeIs(2));
  EXPECT_THAT(b_->objects(), SizeIs(2));
  EXPECT_EQ(hub_->store().counts().value().records, 2);
}

TEST_F(MarksTest, ASecondHubOnTheSameSystemsIsToldApart) {
  a_->add({{"Topic", "Pumps"}, {"Email", "a@example.com"}});
  sync();
  const RunReport second = sync_second();
  ASSERT_THAT(of(second, "b-leads").stopped, SizeIs(1));
  EXPECT_THAT(of(second, "b-leads").stopped[0], HasSubstr("a second hub"));
  EXPECT_THAT(of(second, "a-leads").stopped, SizeIs(0)) << "it is met where it writes";
  EXPECT_THAT(b_->journal(), SizeIs(1));
  const RunReport accepted = sync_second({.accept_marks = true});
  EXPECT_FALSE(accepted.stopped());
  EXPECT_THAT(a_->objects(), SizeIs(1));
  EXPECT_THAT(b_->objects(), SizeIs(1)) << "met by its match key";
}

TEST_F(MarksTest, AnIdOfAStoreWithoutTagsIsKnownAsLongAsItsRecordIs) {
  const std::string old = "018f1d2c-3b4a-7c5d-8e6f-0123456789ab";
  store::Changes changes;
  changes.records = {{.id = old, .entity = "lead", .version = 1, .state = "{}"}};
  changes.versions = {{.record = old, .entity = "lead", .version = 1, .changes = "{}"}};
  ASSERT_TRUE(hub_->store().commit(changes));
  b_->add({{"Topic", "Pumps"}, {"Email", "a@example.com"}}, old);
  const RunReport report = sync();
  EXPECT_FALSE(report.stopped());
  EXPECT_EQ(hub_->store().links_by_key("b-leads", {"B1"}).value().at(0).record, old);
}

TEST_F(MarksTest, APlanTellsOfUnknownMarksAndWritesNothing) {
  a_->add({{"Topic", "Pumps"}, {"Email", "a@example.com"}});
  sync();
  back_up();
  a_->add({{"Topic", "Valves"}, {"Email", "b@example.com"}});
  sync();
  restore();
  const PlanSummary summary = plan();
  EXPECT_TRUE(summary.pulled.stopped());
  EXPECT_THAT(hub_->store().unknown_marks().value(), SizeIs(0)) << "a plan leaves no trace";
}

TEST_F(MarksTest, TextsOfOthersInTheMarkFieldAreNoMarks) {
  b_->add({{"Topic", "Pumps"}, {"Email", "a@example.com"}}, "4711");
  b_->add({{"Topic", "Valves"}, {"Email", "b@example.com"}},
          "0F8FAD5B-D9CB-469F-A165-70867728950E");
  EXPECT_FALSE(sync().stopped());
  EXPECT_THAT(a_->objects(), SizeIs(2));
}

}  // namespace
}  // namespace channelbridge::hub
