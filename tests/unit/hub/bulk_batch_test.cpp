// Where an adapter has a cheaper way for many writes, many are offered to it at once; what that
// changes is the size of a batch and nothing else.
#include "hub_support.hpp"

namespace channelbridge::hub {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

class BulkBatches : public HubTest {
 protected:
  void SetUp() override {
    HubTest::SetUp();
    b_->capabilities().bulk_from = 300;
    b_->capabilities().bulk_records = 1'000;
    b_->capabilities().bulk_bytes = 1U << 20U;
    b_->before_write = [this](const adapter::WriteRequest&) {
      if (b_->writes > batches_.size()) batches_.resize(b_->writes);
      ++batches_.back();
      return std::nullopt;
    };
  }
  void add_leads(int count) {
    for (int i = 0; i < count; ++i) {
      const std::string name = std::to_string(++added_);
      keys_.push_back(a_->add({{"Topic", "T" + name}, {"Email", name + "@x.example"}}));
    }
  }

  std::vector<std::size_t> batches_{};  ///< requests of each write
  std::vector<std::string> keys_{};
  int added_{};
};

TEST_F(BulkBatches, ManyCreatesAreOneBatch) {
  add_leads(450);
  EXPECT_EQ(of(sync(), "b-leads").created, 450U);
  EXPECT_THAT(batches_, ElementsAre(450));
  EXPECT_THAT(b_->objects(), SizeIs(450));
  batches_.clear();
  b_->writes = 0;
  sync();
  EXPECT_THAT(batches_, SizeIs(0)) << "nothing is due";
}

TEST_F(BulkBatches, FewCreatesGoInOrdinaryBatches) {
  add_leads(120);
  sync();
  EXPECT_THAT(batches_, ElementsAre(50, 50, 20));
}

TEST_F(BulkBatches, NoBatchIsLargerThanSaid) {
  b_->capabilities().bulk_from = 100;
  b_->capabilities().bulk_records = 150;
  add_leads(430);
  sync();
  EXPECT_THAT(batches_, ElementsAre(150, 50, 150, 50, 30));
  EXPECT_THAT(b_->objects(), SizeIs(430));
}

TEST_F(BulkBatches, UpdatesWaitForEachOtherOnlyWhereTheAdapterSaysSo) {
  add_leads(400);
  sync();
  const auto edit_all = [this](const char* topic) {
    for (const std::string& key : keys_) a_->edit(key, {{"Topic", topic}});
    batches_.clear();
    b_->writes = 0;
    sync();
  };
  edit_all("first");
  EXPECT_THAT(batches_, SizeIs(8));
  b_->capabilities().bulk_updates = true;
  edit_all("second");
  EXPECT_THAT(batches_, ElementsAre(400));
  for (const auto& [key, object] : b_->objects()) EXPECT_EQ(object.fields["Topic"], "second");
}

TEST_F(BulkBatches, WhatARunHoldsWhenItStopsHasNotLeft) {
  b_->capabilities().conditional = false;  // updates are looked at first
  add_leads(1);
  sync();
  batches_.clear();
  b_->writes = 0;
  add_leads(400);
  a_->edit(keys_.front(), {{"Topic", "moved"}});
  b_->look_error = Error(ErrorCode::Unavailable, "closed");
  expect_stop_ = true;
  EXPECT_FALSE(of(sync(), "b-leads").stopped.empty());
  EXPECT_THAT(batches_, SizeIs(0));
  auto open_intents = hub_->store().intents(
      "b-leads",
      {store::IntentState::Decided, store::IntentState::Sending, store::IntentState::Unknown});
  ASSERT_TRUE(open_intents);
  EXPECT_THAT(*open_intents, SizeIs(0)) << "nobody has to look for them";
  b_->look_error.reset();
  expect_stop_ = false;
  open();
  sync();
  EXPECT_THAT(b_->objects(), SizeIs(401));
}

TEST_F(BulkBatches, OfABatchWithoutAnAnswerEachWriteIsLookedForAndMadeOnce) {
  add_leads(400);
  int at = 0;
  b_->before_write = [&at](const adapter::WriteRequest&) -> std::optional<adapter::NodeOutcome> {
    if (++at % 2 == 0) return std::nullopt;  // these do not arrive
    return adapter::NodeOutcome{.status = adapter::WriteStatus::Unknown,
                                .error = Error(ErrorCode::Timeout, "lost")};
  };
  b_->lose_answer = [&at](const adapter::WriteRequest&) { return at % 4 == 0; };
  sync();
  b_->before_write = {};
  b_->lose_answer = {};
  for (int i = 0; i < 3; ++i) sync();
  EXPECT_THAT(b_->objects(), SizeIs(400));
  EXPECT_THAT(b_->journal(), SizeIs(400)) << "nothing was made twice";
}

TEST_F(BulkBatches, OfUpdatesWithoutAnAnswerTheObjectsAreLookedAtTogether) {
  b_->capabilities().read_keys = 50;
  add_leads(120);
  sync();
  b_->before_write = {};
  for (const std::string& key : keys_) a_->edit(key, {{"Topic", "moved"}});
  int at = 0;
  b_->lose_answer = [&at](const adapter::WriteRequest&) { return ++at % 2 == 0; };
  b_->reads = b_->looks = 0;
  sync();  // the run that loses the answers looks for them itself
  EXPECT_EQ(at, 120);
  EXPECT_LE(b_->reads, 12U) << "not one for each of sixty";
  EXPECT_GE(b_->looks, 2U);
  b_->lose_answer = {};
  const std::size_t landed = b_->journal().size();
  open();
  sync();
  EXPECT_EQ(b_->journal().size(), landed) << "what landed is not written again";
  for (const auto& [key, object] : b_->objects()) EXPECT_EQ(object.fields["Topic"], "moved") << key;
}

TEST_F(BulkBatches, WhatRefersToAnObjectThatIsHeldGoesAfterIt) {
  config_.spokes = {
      {.name = "a-partners", .system = "a", .mapping = mapping_of(kPartnersOfPartners)},
      {.name = "b-partners", .system = "b", .mapping = mapping_of(kPartnersOfPartners)}};
  config_.entities["partner"].match = {"name"};
  open();
  std::string head;
  for (int i = 0; i < 450; ++i) {
    nlohmann::json fields = {{"Name", "N" + std::to_string(i)}};
    if (!head.empty()) fields["Parent"] = head;
    const std::string key = a_->add(std::move(fields));
    if (head.empty()) head = key;
  }
  sync();
  EXPECT_THAT(b_->objects(), SizeIs(450));
  std::size_t updates = 0;
  for (const auto& effect : b_->journal())
    updates += effect.operation == adapter::Operation::Update ? 1U : 0U;
  EXPECT_LT(updates, 200U) << "only those of its own page are written once more";
}

TEST_F(BulkBatches, TheLimitOfARunCountsWhatIsHeld) {
  add_leads(450);
  sync({.limit = 310});
  EXPECT_THAT(b_->objects(), SizeIs(310));
}

}  // namespace
}  // namespace channelbridge::hub
