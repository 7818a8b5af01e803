// What of a claim may be paid.
#include "approval_support.hpp"

namespace channelbridge::hub {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST_F(ApprovalRulesTest, AClaimIsEvaluatedByItsLinesItsShareAndWhatIsLeft) {
  say_line();
  EXPECT_THAT(refused(), IsEmpty());
  auto out = evaluated();
  ASSERT_TRUE(out) << to_string(out.error());
  EXPECT_EQ(to_string(out->evaluation.approved), "300");
  EXPECT_EQ(out->evaluation.limit, model::ClaimLimit::Share);
  EXPECT_EQ(to_string(out->request_left.value()), "900");
  EXPECT_EQ(to_string(out->fund_left), "1500");
  EXPECT_FALSE(out->exceeded());
  EXPECT_THAT(told(), IsEmpty()) << "nobody has granted anything";

  approve("400");
  EXPECT_THAT(refused(), IsEmpty());
  out = evaluated();
  ASSERT_TRUE(out) << to_string(out.error());
  EXPECT_EQ(to_string(out->request_left.value()), "900") << "its own money is counted in";
  EXPECT_EQ(to_string(out->fund_left), "1500");
  EXPECT_TRUE(out->exceeded());
  EXPECT_THAT(told(), ElementsAre("claim-1 above_evaluation: is granted 400.00 EUR, and evaluation "
                                  "computes 300.00 EUR: 400.00 EUR are claimed, 600.00 EUR "
                                  "eligible, by 50 %"));
}

TEST_F(ApprovalRulesTest, WhatOtherClaimsHaveGotIsNotLeft) {
  say_line();
  know("claim-2", "claim",
       {{"status", "approved"},
        {"request", "request-1"},
        {"claimed_amount", "700"},
        {"approved_amount", "700"}});
  EXPECT_THAT(refused(), IsEmpty());
  const auto out = evaluated();
  ASSERT_TRUE(out) << to_string(out.error());
  EXPECT_EQ(to_string(out->request_left.value()), "200");
  EXPECT_EQ(to_string(out->fund_left), "800");
  EXPECT_EQ(to_string(out->evaluation.approved), "200");
  EXPECT_EQ(out->evaluation.limit, model::ClaimLimit::Request);
}

TEST_F(ApprovalRulesTest, TaxOfWhichNobodySaysWhatItIsIsNotHeldAgainstAnApproval) {
  say_line();
  say("claim-1", {{"lines[a].tax", "200"}});
  approve("400");
  EXPECT_THAT(refused(), IsEmpty());
  const auto out = evaluated();
  ASSERT_TRUE(out) << to_string(out.error());
  EXPECT_EQ(to_string(out->evaluation.approved), "300");
  EXPECT_THAT(out->assumed, ElementsAre(HasSubstr("whether its tax is reimbursable")));
  EXPECT_THAT(told(), IsEmpty());
  say("claim-1", {{"tax_treatment", "not_reimbursable"}});
  EXPECT_THAT(told(), ElementsAre(HasSubstr("evaluation computes 300.00 EUR")));
  say("claim-1", {{"tax_treatment", "reimbursable"}});
  EXPECT_EQ(to_string(evaluated()->evaluation.approved), "400");
  EXPECT_THAT(told(), IsEmpty());
}

TEST_F(ApprovalRulesTest, OfAClaimThatIsLateNothingIsPaid) {
  say_line();
  say("request-1", {{"claim_deadline", "2027-05-15"}});
  handed_in_at("2027-05-18T12:00:00Z", "eva");
  EXPECT_THAT(refused(), SizeIs(1));
  const auto late = evaluated();
  ASSERT_TRUE(late) << to_string(late.error());
  EXPECT_EQ(late->evaluation.limit, model::ClaimLimit::Deadline);
  EXPECT_TRUE(late->evaluation.approved.is_zero());
  config_.ledger.claim_grace = 3;
  const auto in_grace = evaluated();
  ASSERT_TRUE(in_grace) << to_string(in_grace.error());
  EXPECT_TRUE(in_grace->evaluation.late);
  EXPECT_EQ(to_string(in_grace->evaluation.approved), "300");
}

TEST_F(ApprovalRulesTest, WhatAClaimDoesNotSayIsNamed) {
  const auto why = [this] {
    const auto out = evaluated();
    return out ? std::string("evaluated") : out.error().message();
  };
  EXPECT_THAT(why(), HasSubstr("claim claim-1 cannot be evaluated: it states no lines"));
  say("claim-1", {{"lines[a].no", "7"}, {"lines[a].claimed", "400"}});
  EXPECT_THAT(why(), HasSubstr("line 7 states no net amount"));
  say("claim-1", {{"lines[a].net", "600"}, {"currency", "SEK"}});
  EXPECT_THAT(why(), HasSubstr("is in SEK and its fund in EUR, and it states no rate"));
  say("claim-1", {{"currency", "EUR"}});
  EXPECT_EQ(why(), "evaluated");
  EXPECT_THAT(evaluated()->assumed, ElementsAre(HasSubstr("taken as 100 %")));
}

}  // namespace
}  // namespace channelbridge::hub
