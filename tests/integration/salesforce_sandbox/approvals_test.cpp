// Approval processes, over real HTTP against the sandbox.
#include "channelbridge/salesforce/approvals.hpp"

#include <gmock/gmock.h>

#include <thread>

#include "connected_org.hpp"

namespace channelbridge::salesforce::test {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

class ApprovalsTest : public ConnectedOrg {
 protected:
  void SetUp() override {
    ASSERT_TRUE(org().add_approval_process({.name = "Hot_Leads",
                                            .object = "Lead",
                                            .approver = "anna@sandbox.example",
                                            .entry = {{"Rating", "Hot"}},
                                            .on_approved = {{"Status", "Working - Contacted"}}}));
    ASSERT_TRUE(org().add_approval_process({.name = "Deal_Registration",
                                            .object = "Lead",
                                            .approver = kUser,
                                            .entry = {{"Rating", "Warm"}}}));
    lead_ = org()
                .insert("Lead", {{"LastName", "Berg"}, {"Company", "Acme"}, {"Rating", "Hot"}})
                .value();
    auto made = make_approvals(settings({{"settle", "50ms"}, {"retry.attempts", "1"}}));
    ASSERT_TRUE(made) << made.error();
    approvals_ = *std::move(made);
  }
  Approval submitted() {
    auto out = approvals_->submit({.record = lead_, .comments = "please"}, context);
    EXPECT_TRUE(out) << (out ? "" : to_string(out.error()));
    return out ? *out : Approval{};
  }
  std::size_t steps(const std::string& status) {
    std::size_t out = 0;
    for (const Json& step : org().records("ProcessInstanceStep"))
      out += step["StepStatus"] == status;
    return out;
  }

  std::string lead_;
  std::unique_ptr<Approvals> approvals_;
};

TEST_F(ApprovalsTest, ASubmittedRecordWaitsLockedUntilItIsApproved) {
  auto none = approvals_->look(lead_, context);
  ASSERT_TRUE(none) << none.error();
  EXPECT_EQ(none->state, ApprovalState::None);

  const Approval pending = submitted();
  EXPECT_EQ(pending.state, ApprovalState::Pending);
  EXPECT_EQ(pending.record, lead_);
  EXPECT_FALSE(pending.looked);
  ASSERT_THAT(pending.work_items, SizeIs(1));
  EXPECT_EQ(org().records("ProcessInstanceStep").front()["Comments"], "please");

  const adapter::NodeOutcome refused = write(update(lead_, {{"Title", "CEO"}}));
  EXPECT_EQ(refused.status, adapter::WriteStatus::Rejected);
  EXPECT_EQ(refused.error->remote_code(), "ENTITY_IS_LOCKED");

  auto approved =
      approvals_->approve({.work_item = pending.work_items[0].id, .comments = "good"}, context);
  ASSERT_TRUE(approved) << approved.error();
  EXPECT_EQ(approved->state, ApprovalState::Approved);
  EXPECT_THAT(approved->work_items, IsEmpty());
  EXPECT_EQ(org().record(lead_)["Status"], "Working - Contacted") << "the process's own update";
  EXPECT_EQ(write(update(lead_, {{"Title", "CEO"}})).status, adapter::WriteStatus::Updated);
  EXPECT_EQ(approvals_->look(lead_, context)->state, ApprovalState::Approved);
}

TEST_F(ApprovalsTest, ARecordMayBeRejectedRecalledAndSubmittedAgain) {
  auto rejected = approvals_->reject({.work_item = submitted().work_items.at(0).id}, context);
  ASSERT_TRUE(rejected) << rejected.error();
  EXPECT_EQ(rejected->state, ApprovalState::Rejected);
  const Approval again = submitted();
  EXPECT_NE(again.instance, rejected->instance);
  auto recalled = approvals_->recall({.work_item = again.work_items.at(0).id}, context);
  ASSERT_TRUE(recalled) << recalled.error();
  EXPECT_EQ(recalled->state, ApprovalState::Recalled);
  EXPECT_EQ(recalled->status, "Removed");
  EXPECT_EQ(write(update(lead_, {{"Title", "CEO"}})).status, adapter::WriteStatus::Updated);
  EXPECT_EQ(org().record(lead_)["Status"], "Open - Not Contacted");
}

TEST_F(ApprovalsTest, WhatTheOrgRefusesKeepsItsCode) {
  submitted();
  const auto twice = approvals_->submit({.record = lead_}, context);
  ASSERT_FALSE(twice);
  EXPECT_EQ(twice.error().code(), ErrorCode::Conflict);
  EXPECT_EQ(twice.error().remote_code(), "ALREADY_IN_PROCESS");
  const std::string cold =
      org().insert("Lead", {{"LastName", "Kall"}, {"Company", "Acme"}, {"Rating", "Cold"}}).value();
  const auto no_process = approvals_->submit({.record = cold}, context);
  ASSERT_FALSE(no_process);
  EXPECT_EQ(no_process.error().code(), ErrorCode::Rejected);
  EXPECT_EQ(no_process.error().remote_code(), "NO_APPLICABLE_PROCESS");
  EXPECT_EQ(no_process.error().key(), cold);
  EXPECT_TRUE(approvals_->submit(
      {.record = cold, .process = "Deal_Registration", .skip_entry_criteria = true}, context));
  const auto gone = approvals_->approve({.work_item = "04i000000000001AAA"}, context);
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().code(), ErrorCode::NotFound);
  for (const auto& wrong : {approvals_->look("", context), approvals_->approve({}, context)})
    EXPECT_EQ(wrong.error().code(), ErrorCode::Invalid);
}

TEST_F(ApprovalsTest, ASubmissionWhoseAnswerIsLostIsSeenAndNotRepeated) {
  desk().faults.add({.kind = "reset_after", .match = "POST /services/data/v60.0/process"});
  const Approval pending = submitted();
  EXPECT_TRUE(pending.looked);
  EXPECT_EQ(pending.state, ApprovalState::Pending);
  EXPECT_THAT(pending.work_items, SizeIs(1));
  EXPECT_EQ(org().count("ProcessInstance"), 1U);
}

TEST_F(ApprovalsTest, ASubmissionThatDidNotArriveMayBeTriedAgain) {
  desk().faults.add({.kind = "reset_before", .match = "POST /services/data/v60.0/process"});
  const auto lost = approvals_->submit({.record = lead_}, context);
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().sent(), Sent::No);
  EXPECT_EQ(org().count("ProcessInstance"), 0U);
  EXPECT_EQ(submitted().state, ApprovalState::Pending);
}

TEST_F(ApprovalsTest, AnEarlierApprovalIsNotTakenForALostSubmission) {
  ASSERT_TRUE(approvals_->reject({.work_item = submitted().work_items.at(0).id}, context));
  desk().faults.add({.kind = "reset_before", .match = "POST /services/data/v60.0/process"});
  const auto lost = approvals_->submit({.record = lead_}, context);
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().sent(), Sent::No);
}

TEST_F(ApprovalsTest, AVerdictWhoseAnswerIsLostIsSeenAndNotRepeated) {
  const std::string item = submitted().work_items.at(0).id;
  desk().faults.add({.kind = "bad_gateway", .match = "POST /services/data/v60.0/process"});
  auto approved = approvals_->approve({.work_item = item}, context);
  ASSERT_TRUE(approved) << approved.error();
  EXPECT_TRUE(approved->looked);
  EXPECT_EQ(approved->state, ApprovalState::Approved);
  EXPECT_EQ(steps("Approved"), 1U);

  const std::string next = submitted().work_items.at(0).id;
  desk().faults.add({.kind = "reset_before", .match = "POST /services/data/v60.0/process"});
  const auto lost = approvals_->approve({.work_item = next}, context);
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().sent(), Sent::No);
  EXPECT_EQ(steps("Approved"), 1U);
}

TEST_F(ApprovalsTest, AnotherVerdictInTheMeantimeIsAConflict) {
  const std::string item = submitted().work_items.at(0).id;
  auto slow = make_approvals(settings({{"settle", "1500ms"}, {"retry.attempts", "1"}}));
  ASSERT_TRUE(slow) << slow.error();
  // Our approval does not arrive; while we wait until that is certain, somebody rejects.
  desk().faults.add({.kind = "reset_before", .match = "POST /services/data/v60.0/process"});
  const std::jthread somebody([&] {
    while (!desk().faults.to_json().empty())
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    EXPECT_TRUE(approvals_->reject({.work_item = item}, context));
  });
  const auto late = (*slow)->approve({.work_item = item}, context);
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code(), ErrorCode::Conflict);
  EXPECT_THAT(late.error().message(), ::testing::HasSubstr("Rejected"));
  EXPECT_EQ(steps("Approved"), 0U);
}

TEST_F(ApprovalsTest, ALookThatFailsAfterALostAnswerSaysNothingOfIt) {
  desk().faults.add({.kind = "reset_after", .match = "POST /services/data/v60.0/process"});
  desk().faults.add({.kind = "reset_before", .match = "GET", .count = -1, .after = 1});
  const auto open = approvals_->submit({.record = lead_}, context);
  ASSERT_FALSE(open);
  EXPECT_EQ(open.error().sent(), Sent::NoAnswer) << "it may not be tried again";
  desk().faults.clear();
  EXPECT_EQ(approvals_->look(lead_, context)->state, ApprovalState::Pending);
}

}  // namespace
}  // namespace channelbridge::salesforce::test
