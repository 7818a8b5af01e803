#include "hub_support.hpp"

namespace channelbridge::hub {
namespace {

using ::testing::SizeIs;

/// b takes updates without a condition. What its users do there right after our pull is a step of
/// a's: both systems are pulled before anything is pushed.
class LookBeforeWrite : public HubTest {
 protected:
  void SetUp() override {
    HubTest::SetUp();
    b_->capabilities().conditional = false;
    key_ = a_->add({{"Topic", "Pumps"}, {"LastName", "Lind"}, {"Email", "a@example.com"}});
    sync();
    other_ = b_->journal()[0].key;
    sync();
  }
  /// `edit` happens in b between the hub's pull and its first look at an object there.
  void between_pull_and_look(std::function<void()> edit) {
    b_->before_look = [edit = std::move(edit), this] {
      edit();
      b_->before_look = nullptr;
    };
  }

  std::string key_;
  std::string other_;
};

TEST_F(LookBeforeWrite, AForeignEditOfTheSameGroupAfterOurPullIsMergedAndNotLost) {
  config_.entities["lead"].policies.groups["topic"] = {Policy::Kind::Manual, ""};
  open();
  a_->edit(key_, {{"Topic", "from a"}});
  between_pull_and_look([&] { b_->edit(other_, {{"Topic", "from b"}}); });
  const RunReport report = sync();
  EXPECT_EQ(b_->at(other_).fields["Topic"], "from b");
  EXPECT_EQ(a_->at(key_).fields["Topic"], "from a");
  EXPECT_THAT(hub_->store().conflicts().value(), SizeIs(1));
  EXPECT_TRUE(of(report, "b-leads").unconditional);
  EXPECT_FALSE(of(report, "a-leads").unconditional);
}

TEST_F(LookBeforeWrite, WhatTheLookBringsReachesTheOtherSystemsInTheSameRun) {
  config_.entities["lead"].policies.groups["topic"] = {Policy::Kind::Authority, "b"};
  open();
  a_->edit(key_, {{"LastName", "Lindqvist"}});
  between_pull_and_look([&] { b_->edit(other_, {{"Topic", "from b"}}); });
  sync();
  EXPECT_EQ(b_->at(other_).fields["LastName"], "Lindqvist");
  EXPECT_EQ(b_->at(other_).fields["Topic"], "from b");
  EXPECT_EQ(a_->at(key_).fields["Topic"], "from b");
  EXPECT_TRUE(plan().empty());
}

TEST_F(LookBeforeWrite, OneReadServesAWholeBatch) {
  for (int i = 0; i < 60; ++i)
    a_->add({{"Topic", "t"}, {"Email", "p" + std::to_string(i) + "@example.com"}});
  sync();
  sync();
  for (const auto& [key, object] : a_->objects()) a_->edit(key, {{"Topic", "moved"}});
  const std::uint64_t looks = b_->looks;
  const std::uint64_t writes = b_->writes;
  EXPECT_EQ(of(sync(), "b-leads").updated, 61U);
  EXPECT_EQ(b_->writes - writes, 2U) << "61 records, 50 in a batch";
  EXPECT_EQ(b_->looks - looks, 2U);
}

TEST_F(LookBeforeWrite, WhatCannotBeReadNowIsNotWrittenNow) {
  const std::string second = a_->add({{"Topic", "t"}, {"Email", "b@example.com"}});
  sync();
  const std::string its = b_->journal().back().key;
  b_->unreadable_keys = {other_};
  a_->edit(key_, {{"Topic", "new"}});
  a_->edit(second, {{"Topic", "new"}});
  sync();
  EXPECT_EQ(b_->at(other_).fields["Topic"], "Pumps");
  EXPECT_EQ(b_->at(its).fields["Topic"], "new") << "the others go on";
  EXPECT_THAT(hub_->store().dead_letters(true, 10).value(), SizeIs(1));
  b_->unreadable_keys.clear();
  b_->edit(other_, {{"Unmapped", "readable again"}});
  sync();
  EXPECT_EQ(b_->at(other_).fields["Topic"], "new");
  EXPECT_THAT(hub_->store().dead_letters(true, 10).value(), SizeIs(0));
}

TEST_F(LookBeforeWrite, ALostWriteWhoseObjectCannotBeReadWaitsAloneAndIsNotRepeated) {
  const std::string second = a_->add({{"Topic", "t"}, {"Email", "b@example.com"}});
  sync();
  const std::string its = b_->journal().back().key;
  bool lost = false;
  b_->lose_answer = [&](const adapter::WriteRequest&) {
    if (std::exchange(lost, true)) return false;
    b_->unreadable_keys = {other_};
    return true;
  };
  a_->edit(key_, {{"Topic", "new"}});
  sync();
  a_->edit(second, {{"Topic", "newer"}});
  sync();
  EXPECT_EQ(b_->at(its).fields["Topic"], "newer") << "the others go on";

  b_->unreadable_keys.clear();
  b_->edit(other_, {{"Unmapped", "readable again"}});
  sync();
  EXPECT_EQ(b_->at(other_).fields["Topic"], "new");
  EXPECT_THAT(hub_->store().dead_letters(true, 10).value(), SizeIs(0));
  const auto& journal = b_->journal();
  EXPECT_EQ(std::count_if(journal.begin(), journal.end(),
                          [&](const auto& entry) { return entry.key == other_; }),
            2)
      << "its create and one update";
}

TEST_F(LookBeforeWrite, AFailedLookStopsTheSpokeAndTheWriteFollowsInTheNextRun) {
  expect_stop_ = true;
  a_->edit(key_, {{"Topic", "new"}});
  b_->look_error = Error(ErrorCode::Unavailable, "down");
  EXPECT_TRUE(sync().stopped());
  EXPECT_EQ(b_->at(other_).fields["Topic"], "Pumps");
  b_->look_error.reset();
  expect_stop_ = false;
  sync();
  EXPECT_EQ(b_->at(other_).fields["Topic"], "new");
}

TEST_F(LookBeforeWrite, AnObjectThatIsGoneByThenIsNotWritten) {
  a_->edit(key_, {{"Topic", "new"}});
  between_pull_and_look([&] { b_->remove(other_); });
  const std::uint64_t writes = b_->writes;
  EXPECT_EQ(of(sync(), "b-leads").deleted, 1U);
  EXPECT_EQ(b_->writes, writes);
}

TEST_F(LookBeforeWrite, APlanCountsTheReads) {
  b_->capabilities().read_keys = 50;
  a_->edit(key_, {{"Topic", "new"}});
  const std::uint64_t looks = b_->looks;
  for (const PlanSummary::Line& line : plan().lines) {
    if (line.spoke == "b-leads") {
      EXPECT_EQ(line.calls, 2U);
    }
  }
  EXPECT_EQ(b_->looks, looks);
}

}  // namespace
}  // namespace channelbridge::hub
