#include "channelbridge/model/transition.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "channelbridge/model/lead.hpp"
#include "channelbridge/model/partner.hpp"
#include "channelbridge/model/record.hpp"

namespace channelbridge::model {
namespace {

class Transitions : public ::testing::Test {
 protected:
  StateStep step(Actor actor) const {
    return {.actor = actor, .by = "anna", .at = parse_iso8601("2026-11-21T10:00:00Z").value()};
  }
  std::string rule(const Result<void>& result) const {
    return result ? "" : result.error().problems().front().rule;
  }

  std::shared_ptr<const EntityType> lead_ = EntityRegistry::built_in().find("lead");
  std::shared_ptr<Random> random_ = seeded_random(1);
  Fields fields_{{"status", "dispatched"}};
};

TEST_F(Transitions, MoveTheStateAndWriteTheHistory) {
  ASSERT_TRUE(move_to(*lead_, fields_, "accepted", step(Actor::PartnerManager), *random_));
  const Lead lead = *from_fields<Lead>(fields_);
  EXPECT_TRUE(lead.status == "accepted");
  ASSERT_EQ(lead.state_history.size(), 1U);
  EXPECT_TRUE(lead.state_history[0].from == "dispatched");
  EXPECT_TRUE(lead.state_history[0].to == "accepted");
  EXPECT_EQ(lead.state_history[0].by, "anna");
  EXPECT_EQ(lead.state_history[0].id.size(), 36U);
}

TEST(PersonKey, KnowsAPersonHoweverSystemsWriteTheName) {
  EXPECT_EQ(person_key(" ANNA\t"), person_key("anna"));
  EXPECT_EQ(person_key("\u0141UCJA"), person_key("\u0142ucja"));
  EXPECT_NE(person_key("anna"), person_key("bo"));
  EXPECT_EQ(person_key("adapter:crm"), "") << "a system is nobody";
  EXPECT_EQ(person_key("  "), "");
}

TEST_F(Transitions, RefuseWhatIsNotListedOrNotAllowed) {
  const Fields before = fields_;
  EXPECT_EQ(rule(move_to(*lead_, fields_, "converted", step(Actor::PartnerManager), *random_)),
            "invalid_transition");
  EXPECT_EQ(rule(move_to(*lead_, fields_, "accepted", step(Actor::Customer), *random_)),
            "forbidden_actor");
  EXPECT_EQ(rule(move_to(*lead_, fields_, "lost", step(Actor::ChannelManager), *random_)),
            "reason_missing");
  StateStep odd = step(Actor::ChannelManager);
  odd.reason = "because";
  EXPECT_EQ(rule(move_to(*lead_, fields_, "lost", odd, *random_)), "reason_missing");
  EXPECT_EQ(fields_, before);
}

TEST_F(Transitions, KeepTheReason) {
  StateStep lost = step(Actor::ChannelManager);
  lost.reason = "no_budget";
  ASSERT_TRUE(move_to(*lead_, fields_, "lost", lost, *random_));
  EXPECT_EQ(get(fields_, "lost_reason"), "no_budget");
}

TEST_F(Transitions, APartnerIsSuspendedAndBroughtBackForAReasonThatTheHistoryKeeps) {
  const auto partner = EntityRegistry::built_in().find("partner");
  Fields fields{{"status", "active"}};
  const Fields before = fields;
  StateStep manager = step(Actor::ChannelManager);
  EXPECT_EQ(rule(move_to(*partner, fields, "suspended", manager, *random_)), "reason_missing");
  EXPECT_EQ(fields, before);
  manager.reason = "overdue";
  ASSERT_TRUE(move_to(*partner, fields, "suspended", manager, *random_));
  EXPECT_EQ(from_fields<Partner>(fields)->state_history.at(0).reason, Code("overdue"));
  manager.reason.clear();
  EXPECT_EQ(rule(move_to(*partner, fields, "active", manager, *random_)), "reason_missing");
}

TEST_F(Transitions, ASystemThatSuspendsAPartnerWithoutAReasonIsMirrored) {
  const auto partner = EntityRegistry::built_in().find("partner");
  Fields fields{{"status", "active"}};
  ASSERT_TRUE(replay_to(*partner, fields, "suspended", step(Actor::Adapter), *random_));
  EXPECT_EQ(get(fields, "status"), "suspended");
  EXPECT_EQ(from_fields<Partner>(fields)->state_history.size(), 1U);
}

TEST_F(Transitions, BeginAtTheInitialState) {
  Fields fresh;
  EXPECT_EQ(rule(move_to(*lead_, fresh, "accepted", step(Actor::System), *random_)),
            "invalid_transition");
  EXPECT_TRUE(move_to(*lead_, fresh, "captured", step(Actor::System), *random_));
}

TEST_F(Transitions, ReplayAForeignJumpStepByStep) {
  Fields fields{{"status", "captured"}};
  ASSERT_TRUE(replay_to(*lead_, fields, "qualified", step(Actor::Adapter), *random_));
  const Lead lead = *from_fields<Lead>(fields);
  EXPECT_TRUE(lead.status == "qualified");
  EXPECT_EQ(lead.state_history.size(), 4U);
  EXPECT_TRUE(replay_to(*lead_, fields, "qualified", step(Actor::Adapter), *random_));
  EXPECT_EQ(from_fields<Lead>(fields)->state_history.size(), 4U);
}

TEST_F(Transitions, AForeignJumpWithoutAWayIsAConflict) {
  Fields fields{{"status", "converted"}};
  const auto refused = replay_to(*lead_, fields, "captured", step(Actor::Adapter), *random_);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::Conflict);
  EXPECT_EQ(fields, (Fields{{"status", "converted"}}));
}

}  // namespace
}  // namespace channelbridge::model
