// What a budget that warns tolerates: flagged, approved by whom it takes, and gone with its need.
#include <algorithm>

#include "fund_accounting_internal.hpp"
#include "ledger_support.hpp"

namespace channelbridge::hub {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

/// A fund of 1000, of a budget that tolerates 10 %.
class Excess : public LedgerTest {
 protected:
  void SetUp() override {
    LedgerTest::SetUp();
    budget_ = add_budget(2000, {{"Validation", "warn"}, {"Tolerance", 10}});
    fund_ = add_fund("F-1", budget_, 1000);
    sync();
  }
  std::string asked() { return figure("over_consumption_requested"); }
  std::string approved() { return figure("over_consumption_approved"); }
  /// By the definition of the key figure (reference: 5.2).
  void expect_key_figure() {
    const LedgerLine line = fund();
    const auto in = [&line](const char* account) {
      const auto found = line.accounts.find(account);
      return found == line.accounts.end() ? model::Decimal() : found->second;
    };
    model::Decimal left = line.figures.budget;
    for (const char* account : {"prereserved", "reserved", "approved_claim", "released_to_settle",
                                "settled", "externally_settled", "expired", "written_off"})
      left = minus(left, in(account));
    EXPECT_EQ(line.figures.available_to_reserve, plus(left, in("over_consumption_approved")));
  }

  std::string budget_{};
  std::string fund_{};
};

TEST_F(Excess, IsFlaggedWithTheRequestThatGoesBeyondAndApprovedWithIt) {
  const std::string request = add_request("R-1", fund_, "submitted", 1040);
  sync();
  EXPECT_EQ(asked(), "40");
  EXPECT_EQ(approved(), "0");
  EXPECT_EQ(to_reserve(), "-40");
  EXPECT_THAT(events_of("R-1"), ElementsAre("request_submitted", "excess_flagged"));
  EXPECT_THAT(ledger_waits(), IsEmpty()) << "it is tolerated, and waits for nothing";
  ASSERT_THAT(verify().excesses, SizeIs(1));
  EXPECT_EQ(verify().excesses[0].document_number, "R-1");
  EXPECT_EQ(to_string(verify().excesses[0].asked), "40");
  expect_key_figure();
  a_->edit(request, {{"Status", "approved"}, {"Approved", 1040}});
  sync();
  EXPECT_EQ(asked(), "0");
  EXPECT_EQ(approved(), "40");
  EXPECT_EQ(to_reserve(), "0");
  expect_key_figure();
  const LedgerCheck check = verify();
  EXPECT_FALSE(check.broken()) << to_json(check);
  EXPECT_EQ(to_string(check.excesses[0].approved), "40");
}

TEST_F(Excess, IsGoneWithARefusalOrALowerGrant) {
  const std::string refused = add_request("R-1", fund_, "submitted", 1040);
  sync();
  EXPECT_EQ(asked(), "40");
  a_->edit(refused, {{"Status", "rejected"}});
  sync();
  EXPECT_EQ(asked(), "0");
  const std::string lowered = add_request("R-2", fund_, "submitted", 1040);
  sync();
  a_->edit(lowered, {{"Status", "partially_approved"}, {"Approved", 1010}});
  sync();
  EXPECT_EQ(asked(), "0");
  EXPECT_EQ(approved(), "10") << "so much of it was granted";
  for (const char* status : {"changed", "under_review"}) {
    a_->edit(lowered, {{"Status", status}});
    sync();
  }
  a_->edit(lowered, {{"Status", "partially_approved"}, {"Approved", 900}});
  sync();
  EXPECT_EQ(approved(), "0");
  EXPECT_EQ(to_reserve(), "100");
  EXPECT_FALSE(verify().broken()) << to_json(verify());
}

TEST_F(Excess, WhatIsApprovedIsNoMoneyForOthers) {
  const std::string first = add_request("R-1", fund_, "approved", 1040, 1040);
  sync();
  EXPECT_EQ(approved(), "40");
  add_request("R-2", fund_, "submitted", 61);
  sync();
  ASSERT_THAT(ledger_waits(), SizeIs(1)) << "40 of the 100 that are tolerated are used up";
  EXPECT_EQ(ledger_waits()[0].rule, "fund_available");
  add_request("R-3", fund_, "submitted", 60);
  sync();
  EXPECT_EQ(asked(), "60");
  a_->edit(first, {{"Status", "cancelled"}});
  sync();
  EXPECT_THAT(ledger_waits(), IsEmpty());
  EXPECT_EQ(approved(), "0") << "nobody needs it any more";
  EXPECT_EQ(asked(), "0");
  EXPECT_EQ(to_reserve(), "879");
  EXPECT_FALSE(verify().broken()) << to_json(verify());
}

TEST_F(Excess, IsGoneWhenTheFundHasTheMoney) {
  add_request("R-1", fund_, "approved", 1040, 1040);
  sync();
  EXPECT_EQ(approved(), "40");
  a_->edit(fund_, {{"Amount", 1025}});
  sync();
  EXPECT_EQ(approved(), "15");
  a_->edit(fund_, {{"Amount", 1100}});
  sync();
  EXPECT_EQ(approved(), "0");
  EXPECT_EQ(to_reserve(), "60");
  expect_key_figure();
}

TEST_F(Excess, OfAFundThatHasEndedIsNoMoneyThatExpires) {
  const std::string request = add_request("R-1", fund_, "approved", 1040, 1040);
  sync();
  a_->edit(fund_, {{"Status", "expired"}});
  sync();
  EXPECT_EQ(approved(), "40");
  a_->edit(request, {{"Status", "closed"}});
  sync();
  EXPECT_EQ(approved(), "0");
  EXPECT_EQ(figure("expired"), "1000") << "and no cent more than the budget";
  EXPECT_FALSE(verify().broken()) << to_json(verify());
}

TEST_F(Excess, WhatAPersonApprovesIsApprovedAndNothingElse) {
  add_request("R-1", fund_, "submitted", 1040);
  const std::string other = add_fund("F-2", budget_, 1000);
  add_request("R-2", other, "submitted", 1001);
  sync();
  const auto none = hub_->approve_excess("F-1", "R-2", {});
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code(), ErrorCode::NotFound);
  const auto done = hub_->approve_excess("F-1", "R-1", {});
  ASSERT_TRUE(done) << to_string(done.error());
  ASSERT_THAT(*done, SizeIs(1));
  EXPECT_EQ(approved(), "40");
  EXPECT_EQ(asked(), "0");
  EXPECT_EQ(figure("over_consumption_requested", "F-2"), "1");
  EXPECT_THAT(events_of("R-1"), Contains("excess_approved"));
  EXPECT_FALSE(hub_->approve_excess("F-1", "", {})) << "nothing is left to approve";
  sync();
  EXPECT_EQ(approved(), "40") << "the next run leaves it as it is";
  EXPECT_FALSE(verify().broken()) << to_json(verify());
}

TEST_F(Excess, OfABudgetThatHasHandedOnTooMuchWaitsForAPerson) {
  add_fund("F-2", budget_, 1150);
  sync();
  const LedgerLine budget = line_of({.budget = "MDF-26"});
  EXPECT_EQ(to_string(budget.accounts.at("over_consumption_requested")), "150");
  ASSERT_THAT(verify().excesses, SizeIs(1));
  EXPECT_EQ(verify().excesses[0].document_number, "F-2");
  const auto done = hub_->approve_excess("MDF-26", "", {});
  ASSERT_TRUE(done) << to_string(done.error());
  EXPECT_TRUE(std::all_of(done->begin(), done->end(),
                          [](const LedgerExcess& each) { return to_string(each.asked) == "150"; }));
  EXPECT_FALSE(verify().broken()) << to_json(verify());
}

TEST_F(Excess, WhatTheFundsKeeperSaysIsNotSaidTwice) {
  add_request("R-1", fund_, "submitted", 1040);
  sync();
  EXPECT_EQ(asked(), "40");
  const auto stated = [](int no, const char* category, int amount) {
    return nlohmann::json::object(
        {{"Id", "p" + std::to_string(no)}, {"No", no}, {"Category", category}, {"Amount", amount}});
  };
  const nlohmann::json flag = stated(1, "over_consumption_requested", 40);
  a_->edit(fund_, {{"Postings", nlohmann::json::array({flag})}});
  sync();
  EXPECT_EQ(asked(), "40") << "flagged by its system, and by the hub no more";
  EXPECT_THAT(verify().excesses, IsEmpty());
  a_->edit(fund_, {{"Postings",
                    nlohmann::json::array({flag, stated(2, "over_consumption_approved", 40)})}});
  sync();
  EXPECT_EQ(asked(), "0");
  EXPECT_EQ(approved(), "40");
  EXPECT_EQ(to_reserve(), "0");
  expect_key_figure();
  EXPECT_FALSE(verify().broken()) << to_json(verify());
}

}  // namespace
}  // namespace channelbridge::hub
