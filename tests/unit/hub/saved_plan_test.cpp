#include <set>

#include "hub_support.hpp"

namespace channelbridge::hub {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

/// A run that carries out what was planned, and nothing else.
class SavedPlanTest : public HubTest {
 protected:
  std::set<std::string> planned() {
    std::vector<PlannedAction> actions;
    plan(&actions);
    std::set<std::string> out;
    for (const PlannedAction& action : actions) out.insert(action.digest);
    return out;
  }
  RunReport carry_out(const std::set<std::string>& plan) {
    return sync({.approve = [&, plan](const PlannedAction& action) {
      const bool known = plan.contains(action.digest);
      if (!known) refused_.push_back(action);
      return known;
    }});
  }
  /// What b shows of the lead with this e-mail address.
  std::string topic_in_b(const std::string& email) const {
    for (const auto& [key, object] : b_->objects()) {
      if (object.fields["Email"] == email) return object.fields["Topic"];
    }
    return "";
  }
  std::vector<PlannedAction> refused_;
};

TEST_F(SavedPlanTest, WhatWasPlannedIsWrittenThoughItsRecordsAreBornInTheRun) {
  a_->add({{"Topic", "Pumps"}, {"Email", "a@example.com"}});
  a_->add({{"Topic", "Valves"}, {"Email", "b@example.com"}});
  const auto plan = planned();
  EXPECT_THAT(plan, SizeIs(2));
  const RunReport report = carry_out(plan);
  EXPECT_EQ(report.written(), 2U);
  EXPECT_EQ(of(report, "b-leads").moved, 0U);
}

TEST_F(SavedPlanTest, WhatHasMovedSinceWaitsAndFollowsWithTheNextSync) {
  const std::string one = a_->add({{"Topic", "one"}, {"Email", "a@example.com"}});
  const std::string two = a_->add({{"Topic", "two"}, {"Email", "b@example.com"}});
  sync();
  a_->edit(one, {{"Topic", "one as planned"}});
  a_->edit(two, {{"Topic", "two as planned"}});
  const auto plan = planned();
  a_->edit(two, {{"Topic", "two moved"}});
  a_->add({{"Topic", "three"}, {"Email", "c@example.com"}});
  const RunReport report = carry_out(plan);
  EXPECT_EQ(report.written(), 1U);
  EXPECT_EQ(of(report, "b-leads").moved, 2U);
  EXPECT_EQ(of(report, "b-leads").waiting, 2U);
  EXPECT_TRUE(report.set_aside());
  EXPECT_EQ(topic_in_b("a@example.com"), "one as planned");
  EXPECT_EQ(topic_in_b("b@example.com"), "two");
  EXPECT_THAT(b_->objects(), SizeIs(2));
  EXPECT_EQ(sync().written(), 2U);
  EXPECT_EQ(topic_in_b("b@example.com"), "two moved");
  EXPECT_THAT(b_->objects(), SizeIs(3));
}

TEST_F(SavedPlanTest, AnEditOfTheOtherSideMovesAPlannedWrite) {
  config_.entities["lead"].policies.groups["topic"] = {Policy::Kind::Authority, "a"};
  open();
  const std::string key = a_->add({{"Topic", "one"}, {"Email", "a@example.com"}});
  sync();
  a_->edit(key, {{"Topic", "two"}});
  const auto plan = planned();
  b_->edit("B1", {{"Topic", "theirs"}});  // the same would be written, over something else
  EXPECT_EQ(of(carry_out(plan), "b-leads").moved, 1U);
  EXPECT_EQ(b_->at("B1").fields["Topic"], "theirs");
}

TEST_F(SavedPlanTest, AnEmptyPlanWritesNothing) {
  a_->add({{"Topic", "one"}, {"Email", "a@example.com"}});
  EXPECT_EQ(carry_out({}).written(), 0U);
  EXPECT_THAT(b_->objects(), SizeIs(0));
  ASSERT_FALSE(refused_.empty());
  EXPECT_TRUE(refused_[0].create);
}

}  // namespace
}  // namespace channelbridge::hub
