#include "channelbridge/core/clock.hpp"
#include "hub_support.hpp"

/// What comes in another order than it happened: clocks that step back, creates whose answers are
/// lost, objects that become something else, sources that are read anew.
namespace channelbridge::hub {
namespace {

using ::testing::SizeIs;

/// A wall clock that is set by hand.
class SetClock final : public Clock {
 public:
  Timestamp now() const override { return time; }
  std::chrono::steady_clock::time_point steady_now() const override { return {}; }
  bool sleep_until(std::chrono::steady_clock::time_point, std::stop_token) const override {
    return true;
  }
  Timestamp time{std::chrono::sys_days(std::chrono::year(2026) / 3 / 1)};
};

class OrderTest : public HubTest {
 protected:
  RunReport sync_at_clock() {
    auto report = hub_->sync({}, Context(clock_, {}));
    EXPECT_TRUE(report) << (report ? "" : to_string(report.error()));
    return report ? *report : RunReport{};
  }
  std::shared_ptr<SetClock> clock_ = std::make_shared<SetClock>();
};

TEST_F(OrderTest, AClockThatWasSetBackHidesNoEdit) {
  b_->capabilities().versions = adapter::Versions::None;
  b_->capabilities().conditional = false;
  const std::string key = a_->add({{"Topic", "Pumps"}, {"Email", "a@example.com"}});
  sync_at_clock();
  sync_at_clock();
  const std::string other = b_->journal()[0].key;
  clock_->time -= std::chrono::hours(1);
  open();
  b_->edit(other, {{"Topic", "Valves"}});
  sync_at_clock();
  EXPECT_EQ(a_->at(key).fields["Topic"], "Valves");
  a_->edit(key, {{"Topic", "Pipes"}});
  sync_at_clock();
  EXPECT_EQ(b_->at(other).fields["Topic"], "Pipes");
  EXPECT_TRUE(plan().empty());
}

TEST_F(OrderTest, AClockThatStandsStillKeepsNothingWaiting) {
  b_->capabilities().versions = adapter::Versions::None;
  b_->capabilities().conditional = false;
  const std::string key = a_->add({{"Topic", "Pumps"}, {"Email", "a@example.com"}});
  sync_at_clock();
  const std::string other = b_->journal()[0].key;
  for (const char* topic : {"Valves", "Pipes"}) {
    a_->edit(key, {{"Topic", topic}});
    sync_at_clock();
    EXPECT_EQ(b_->at(other).fields["Topic"], topic);
  }
}

TEST_F(OrderTest, ARefusedDuplicateIsRecognisedAsOurOwnLostCreate) {
  expect_stop_ = true;
  b_->capabilities().idempotency = adapter::Idempotency::None;
  std::string ours;
  b_->lose_answer = [&](const adapter::WriteRequest&) {
    ours = b_->objects().begin()->first;
    b_->at(ours).changed = 0;  // no pull shows it
    b_->read_error = Error(ErrorCode::Unavailable, "down");
    return true;
  };
  const std::string key =
      a_->add({{"Topic", "Pumps"}, {"LastName", "Lind"}, {"Email", "a@example.com"}});
  sync();
  ASSERT_FALSE(ours.empty());
  b_->read_error.reset();
  b_->lose_answer = nullptr;
  b_->before_write =
      [&](const adapter::WriteRequest& request) -> std::optional<adapter::NodeOutcome> {
    if (request.nodes[0].operation != adapter::Operation::Create) return std::nullopt;
    return adapter::NodeOutcome{.status = adapter::WriteStatus::Rejected,
                                .error = Error(ErrorCode::Rejected, "exists"),
                                .duplicate_of = ours};
  };
  a_->edit(key, {{"LastName", "Berg"}});
  expect_stop_ = false;
  sync();
  EXPECT_THAT(hub_->store().conflicts().value(), SizeIs(0)) << "it is no first contact";
  EXPECT_EQ(b_->at(ours).fields["LastName"], "Berg");
  EXPECT_THAT(b_->objects(), SizeIs(1));
  EXPECT_TRUE(plan().empty());
}

TEST_F(OrderTest, ADuplicateThatIsNotThereLeavesALetterAndNoLink) {
  int refused = 0;
  b_->before_write = [&](const adapter::WriteRequest&) -> std::optional<adapter::NodeOutcome> {
    ++refused;
    return adapter::NodeOutcome{.status = adapter::WriteStatus::Rejected,
                                .error = Error(ErrorCode::Rejected, "exists"),
                                .duplicate_of = "NOBODY"};
  };
  const std::string key = a_->add({{"Topic", "Pumps"}, {"Email", "a@example.com"}});
  sync();
  sync();
  EXPECT_EQ(refused, 1) << "parked until somebody looks";
  EXPECT_THAT(hub_->store().links_by_key("b-leads", {"NOBODY"}).value(), SizeIs(0));
  EXPECT_THAT(hub_->store().dead_letters(true, 10).value(), SizeIs(1));
  b_->before_write = nullptr;
  a_->edit(key, {{"Topic", "Valves"}});
  sync();
  EXPECT_THAT(b_->objects(), SizeIs(1));
  EXPECT_THAT(hub_->store().dead_letters(true, 10).value(), SizeIs(0));
}

TEST_F(OrderTest, AnObjectThatBecameSomethingElseIsAClosedLink) {
  const std::string key = a_->add({{"Topic", "Pumps"}, {"Email", "a@example.com"}});
  sync();
  const std::string other = b_->journal()[0].key;
  b_->at(other).converted_into = "X1";
  b_->edit(other, {{"Topic", "converted"}});
  EXPECT_EQ(of(sync(), "b-leads").deleted, 1U);
  EXPECT_EQ(a_->at(key).fields["Topic"], "Pumps") << "it speaks for itself no more";
  const auto links = hub_->store().links_by_key("b-leads", {other}).value();
  ASSERT_THAT(links, SizeIs(1));
  EXPECT_TRUE(links[0].closed);
  a_->edit(key, {{"Topic", "Valves"}});
  sync();
  EXPECT_THAT(b_->journal(), SizeIs(1)) << "neither written nor created anew";
}

TEST_F(OrderTest, WhatWasSetAsideOfASourceClosesWhenTheSourceIsReadAnewOrGone) {
  const auto broken = [this](const char* position) {
    a_->unreadable.push_back(
        {.position = position, .text = "?", .error = Error(ErrorCode::Protocol, "no row")});
  };
  broken("in/leads.csv:3");
  broken("in/leads.csv:7");
  broken("in/leads.csv.old:3");
  sync();
  const auto before = hub_->store().dead_letters(true, 10).value();
  ASSERT_THAT(before, SizeIs(3));
  a_->renewed = {"in/leads.csv"};
  broken("in/leads.csv:3");
  sync();
  const auto after = hub_->store().dead_letters(true, 10).value();
  ASSERT_THAT(after, SizeIs(2));
  for (const store::DeadLetterRow& letter : after) {
    if (letter.key != "in/leads.csv:3") continue;
    EXPECT_EQ(letter.attempts, 2) << "the same row is the same letter";
  }
  a_->renewed = {"in/leads.csv", "in/leads.csv.old"};
  sync();
  EXPECT_THAT(hub_->store().dead_letters(true, 10).value(), SizeIs(0));
}

}  // namespace
}  // namespace channelbridge::hub
