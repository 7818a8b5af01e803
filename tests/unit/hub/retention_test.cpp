#include "channelbridge/testing/fakes.hpp"
#include "hub_support.hpp"

namespace channelbridge::hub {
namespace {

using ::testing::SizeIs;

class RetentionTest : public HubTest {
 protected:
  void run(int days_later) {
    clock_->advance(std::chrono::hours(24 * days_later));
    ASSERT_TRUE(hub_->sync({}, Context(clock_, {})));
  }
  store::Compacted compact() {
    auto done = hub_->compact(Context(clock_, {}));
    EXPECT_TRUE(done) << (done ? "" : to_string(done.error()));
    return done ? *done : store::Compacted{};
  }
  std::shared_ptr<channelbridge::testing::ManualClock> clock_ =
      std::make_shared<channelbridge::testing::ManualClock>();
};

TEST_F(RetentionTest, HistoryThatIsOldAndReadGoesAndNothingElseChanges) {
  config_.retention.versions = std::chrono::hours(24 * 30);
  open();
  const std::string key = a_->add({{"Topic", "one"}, {"Email", "a@example.com"}});
  run(0);
  a_->edit(key, {{"Topic", "two"}});
  run(1);
  a_->edit(key, {{"Topic", "three"}});
  run(100);
  const std::string record = hub_->store().links_by_key("a-leads", {key}).value().at(0).record;
  ASSERT_THAT(hub_->store().versions(record).value(), SizeIs(3));
  const store::Compacted done = compact();
  EXPECT_EQ(done.versions, 2);
  EXPECT_EQ(done.intents, 2);
  EXPECT_THAT(hub_->store().versions(record).value(), SizeIs(1)) << "the newest stays";
  EXPECT_TRUE(plan().empty());
  a_->edit(key, {{"Topic", "four"}});
  run(1);
  EXPECT_EQ(b_->at("B1").fields["Topic"], "four");
}

TEST_F(RetentionTest, WhatASpokeHasNotReadStaysWhateverItsAge) {
  config_.retention.versions = std::chrono::hours(24);
  open();
  const std::string key = a_->add({{"Topic", "one"}, {"Email", "a@example.com"}});
  run(0);
  ASSERT_TRUE(hub_->sync({}, Context(clock_, {})));
  b_->read_error = Error(ErrorCode::Unavailable, "down");  // its spoke reads nothing from here on
  for (const char* topic : {"two", "three", "four"}) {
    a_->edit(key, {{"Topic", topic}});
    run(10);
  }
  const std::string record = hub_->store().links_by_key("a-leads", {key}).value().at(0).record;
  ASSERT_THAT(hub_->store().versions(record).value(), SizeIs(4));
  EXPECT_EQ(compact().versions, 1) << "only what was read before the system went down";
  EXPECT_THAT(hub_->store().versions(record).value(), SizeIs(3));
}

TEST_F(RetentionTest, ForeverKeepsAll) {
  config_.retention = {.versions = std::nullopt,
                       .intents = std::nullopt,
                       .letters = std::nullopt,
                       .runs = std::nullopt};
  open();
  const std::string key = a_->add({{"Topic", "one"}, {"Email", "a@example.com"}});
  run(0);
  a_->edit(key, {{"Topic", "two"}});
  run(10'000);
  const store::Compacted done = compact();
  EXPECT_EQ(done.versions + done.intents + done.letters + done.runs, 0);
}

}  // namespace
}  // namespace channelbridge::hub
