// Who may grant and release, how long ahead a request comes, and what came of its activities: what
// does not hold is refused or told.
#include "approval_support.hpp"

namespace channelbridge::hub {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;
using Judgement = LedgerRules::Judgement;
using model::Decimal;

// --------------------------------------------------------------------------------------- limits

TEST_F(ApprovalRulesTest, ARefusedGrantIsNotTakenUpByItsClaimsOnceItIsClosed) {
  limit_to(500);
  config_.ledger.approval.unnamed = Judgement::Refuse;
  say("request-1", {{"status", "closed"}});
  approve("400");
  decided("2027-03-01T10:00:00Z", "carl");
  EXPECT_THAT(refused(), ElementsAre(AllOf(StartsWith("claim-1 "), HasSubstr("900.00 EUR"))))
      << "the claim is below the limit, its request was not";
  EXPECT_THAT(posted("claim-1"), IsEmpty());
  EXPECT_THAT(posted("request-1"), IsEmpty());
}

TEST_F(ApprovalRulesTest, AGrantThatIsRefusedApprovesNoOverConsumption) {
  known_.erase("claim-1");
  known_.at("request-1").fields.erase("approved.amount");
  say("budget-1", {{"validation", "warn"}, {"tolerance_pct", "50"}});
  say("request-1", {{"status", "submitted"}, {"requested_amount", "1600"}});
  EXPECT_THAT(refused(), IsEmpty());
  EXPECT_THAT(posted("request-1"), ElementsAre("request_submitted", "excess_flagged"));
  limit_to(500);
  config_.ledger.approval.unnamed = Judgement::Refuse;
  say("request-1", {{"status", "approved"}, {"approved.amount", "1600"}});
  say("fund-1", {{"amount", "1510"}});
  EXPECT_THAT(refused(), ElementsAre(StartsWith("request-1 ")));
  EXPECT_THAT(posted("request-1"), Not(Contains("excess_approved")));
}

TEST_F(ApprovalRulesTest, WhatIsGrantedAboveTheLimitIsDecidedByFinance) {
  limit_to(300);
  approve("400");
  decided("2027-03-01T10:00:00Z", "carl");
  EXPECT_THAT(refused(), ElementsAre("claim-1 approval_limit: is granted 400.00 EUR, above the "
                                     "limit of 300.00 EUR, by carl: a decision of finance is "
                                     "lacking"));
  EXPECT_THAT(posted("claim-1"), IsEmpty());
  decided("2027-03-02T10:00:00Z", "ANNA", "399.99");
  EXPECT_THAT(refused(),
              ElementsAre(HasSubstr("by carl, ANNA (399.99 EUR): a decision of finance")))
      << "of less than what is granted";
  decided("2027-03-02T10:00:00Z", "ANNA", "400");
  EXPECT_THAT(refused(), IsEmpty());
  EXPECT_THAT(posted("claim-1"), ElementsAre("claim_submitted", "claim_approved"));
  // What stands in the books stands there; what does not hold of it is told.
  limit_to(200);
  config_.ledger.approval.finance = {"bo"};
  EXPECT_THAT(refused(), IsEmpty());
  EXPECT_THAT(told(), ElementsAre(StartsWith("claim-1 approval_limit: is granted 400.00 EUR")));
}

TEST_F(ApprovalRulesTest, UpToTheLimitWhoeverHasGrantedItGrantsIt) {
  limit_to(400);
  approve("400");
  decided("2027-03-01T10:00:00Z", "carl");
  EXPECT_THAT(refused(), IsEmpty());
  EXPECT_THAT(posted("claim-1"), ElementsAre("claim_submitted", "claim_approved"));
}

TEST_F(ApprovalRulesTest, AClaimGoesByTheLimitOfItsOwnCurrencyElseOfItsFunds) {
  limit_to(300);
  say("claim-1", {{"currency", "SEK"},
                  {"claimed_amount", "4000"},
                  {"fx.currency", "EUR"},
                  {"fx.rate", "0.1"},
                  {"fx.date", "2027-03-05"},
                  {"fx.source", "ECB"}});
  approve("4000");
  decided("2027-03-01T10:00:00Z", "carl");
  EXPECT_THAT(refused(), ElementsAre(HasSubstr("is granted 400.00 EUR, above the limit of 300")));
  config_.ledger.approval.limits["SEK"] = Decimal(3000);
  EXPECT_THAT(refused(), ElementsAre(HasSubstr("is granted 4000.00 SEK, above the limit of 3000")));
  config_.ledger.approval.limits["SEK"] = Decimal(4000);
  EXPECT_THAT(refused(), IsEmpty());
}

TEST_F(ApprovalRulesTest, OfAnApprovalThatNobodyHasMadeTheProjectSaysWhatBecomes) {
  limit_to(300);
  took("request-1", "approved", "2027-02-01T10:00:00Z", "adapter:a");
  config_.ledger.approval.unnamed = Judgement::Refuse;
  say("claim-1", {{"status", "draft"}});
  const char* unnamed =
      "request-1 approval_limit: is granted 900.00 EUR, above the limit of 300.00 EUR, and nobody "
      "says who decided it: finance has to";
  EXPECT_THAT(refused(), ElementsAre(unnamed));
  EXPECT_THAT(posted("request-1"), IsEmpty());
  EXPECT_THAT(told(), IsEmpty()) << "it waits";
  config_.ledger.approval.unnamed = Judgement::Tell;
  EXPECT_THAT(refused(), IsEmpty());
  EXPECT_THAT(posted("request-1"), ElementsAre("request_submitted", "request_approved"));
  EXPECT_THAT(told(), ElementsAre(unnamed));
  config_.ledger.approval.unnamed = Judgement::Ignore;
  EXPECT_THAT(told(), IsEmpty());
}

TEST_F(ApprovalRulesTest, AGrantThatIsRaisedIsDecidedAnew) {
  limit_to(900);
  EXPECT_THAT(refused(), IsEmpty());
  config_.ledger.approval.unnamed = Judgement::Refuse;
  say("request-1", {{"requested_amount", "1000"}, {"approved.amount", "1000"}});
  EXPECT_THAT(refused(),
              ElementsAre(HasSubstr("request-1 approval_limit: is granted 1000.00 EUR")));
  EXPECT_THAT(posted("request-1"), ElementsAre("request_submitted", "request_approved"));
  took("request-1", "approved", "2027-02-01T10:00:00Z", "Bo");
  EXPECT_THAT(refused(), IsEmpty());
  EXPECT_THAT(posted("request-1"), Contains("grant_raised"));
}

TEST_F(ApprovalRulesTest, WhatWasDecidedBeforeItWasReturnedIsNoDecisionAnyMore) {
  limit_to(300);
  decided("2027-03-01T10:00:00Z", "anna");
  took("claim-1", "returned", "2027-03-02T10:00:00Z", "adapter:a");
  decided("2027-03-03T10:00:00Z", "carl");
  approve("400");
  EXPECT_THAT(refused(), ElementsAre(HasSubstr("EUR, by carl: a decision of finance is lacking")));
  config_.ledger.approval.unnamed = Judgement::Refuse;
  decided("2027-03-04T10:00:00Z", "anna", "", "rejected");
  EXPECT_THAT(refused(), ElementsAre(HasSubstr("claim-1 approval_limit: is granted 400.00 EUR, "
                                               "above the limit of 300.00 EUR, and nobody says")));
}

TEST_F(ApprovalRulesTest, BelowTheLimitTheListedOnesGrantAndFinance) {
  config_.ledger.approval = {
      .finance = {"anna"}, .channel_marketing = {"carl"}, .unnamed = Judgement::Ignore};
  approve("400");
  decided("2027-03-01T10:00:00Z", "eve");
  EXPECT_THAT(refused(), ElementsAre("claim-1 approval_role: is granted by eve, of neither "
                                     "channel_marketing nor finance"));
  for (const char* may : {"Carl", "Anna"}) {
    decided("2027-03-01T10:00:00Z", may);
    EXPECT_THAT(refused(), IsEmpty()) << may;
    EXPECT_THAT(told(), IsEmpty()) << may;
  }
}

// ----------------------------------------------------------------------------------- two people

TEST_F(ApprovalRulesTest, NobodyGrantsWhatHeHasHandedIn) {
  say("claim-1", {{"status", "draft"}});
  took("request-1", "submitted", "2027-02-01T10:00:00Z", "Eva");
  took("request-1", "approved", "2027-02-02T10:00:00Z", "EVA");
  EXPECT_THAT(refused(), ElementsAre("request-1 two_people: is granted by EVA, and Eva has handed "
                                     "it in: these are steps of two people"));
  EXPECT_THAT(posted("request-1"), IsEmpty());
  took("request-1", "approved", "2027-02-02T10:00:00Z", "bo");
  EXPECT_THAT(refused(), IsEmpty());
  EXPECT_THAT(posted("request-1"), ElementsAre("request_submitted", "request_approved"));

  took("claim-1", "submitted", "2027-03-01T10:00:00Z", "eva");
  decided("2027-03-02T10:00:00Z", "EVA");
  approve("400");
  EXPECT_THAT(refused(), ElementsAre(StartsWith("claim-1 two_people: is granted by EVA")));
  took("claim-1", "submitted", "2027-03-01T11:00:00Z", "adapter:a");
  EXPECT_THAT(refused(), IsEmpty()) << "who handed it in the last time nobody says";
}

TEST_F(ApprovalRulesTest, NobodyReleasesWhatHeHasGranted) {
  decided("2027-03-02T10:00:00Z", "ANNA");
  approve("400");
  EXPECT_THAT(refused(), IsEmpty());
  say("claim-1", {{"status", "released_to_settle"}});
  took("claim-1", "released_to_settle", "2027-03-03T10:00:00Z", "anna");
  EXPECT_THAT(refused(), ElementsAre("claim-1 two_people: is released by anna, and ANNA has "
                                     "granted it: these are steps of two people"));
  EXPECT_THAT(posted("claim-1"), ElementsAre("claim_submitted", "claim_approved"));
  took("claim-1", "released_to_settle", "2027-03-03T10:00:00Z", "bo");
  EXPECT_THAT(refused(), IsEmpty());
  EXPECT_THAT(posted("claim-1"), Contains("claim_released"));
}

TEST_F(ApprovalRulesTest, WhatIsPaidIsTold) {
  decided("2027-03-02T10:00:00Z", "anna");
  took("claim-1", "released_to_settle", "2027-03-03T10:00:00Z", "anna");
  approve("400");
  say("claim-1", {{"status", "paid"}});
  EXPECT_THAT(refused(), IsEmpty());
  EXPECT_THAT(posted("claim-1"), Contains("claim_paid"));
  EXPECT_THAT(told(), ElementsAre(StartsWith("claim-1 two_people: is released by anna")));
}

TEST_F(ApprovalRulesTest, APaymentOfAPartLiftsTheRulesOfThatPartAlone) {
  limit_to(300);
  config_.ledger.approval.unnamed = Judgement::Refuse;
  say("request-1", {{"decisions[d].by", "anna"}, {"decisions[d].decision", "approved"}});
  approve("400");
  know("paid-1", "settlement",
       {{"status", "posted"}, {"members[m].claim", "claim-1"}, {"members[m].amount", "150"}});
  EXPECT_THAT(refused(), ElementsAre(AllOf(StartsWith("claim-1 approval_limit"),
                                           HasSubstr("400.00 EUR, above the limit of 300.00"))))
      << "and not of the settlement, which stands";
  EXPECT_THAT(posted("claim-1"),
              ElementsAre("claim_submitted", "claim_approved", "claim_released", "claim_settled"));
  EXPECT_EQ(settled(), "150");
  EXPECT_THAT(refused(), SizeIs(1)) << "nothing changes by that it is heard again";
  EXPECT_EQ(settled(), "150");
  decided("2027-03-02T10:00:00Z", "bo");
  EXPECT_THAT(refused(), IsEmpty());
  EXPECT_EQ(settled(), "150");
  EXPECT_EQ(posted("claim-1").back(), "claim_approved");
}

TEST_F(ApprovalRulesTest, APaymentThatIsTakenBackApprovesNothing) {
  limit_to(300);
  config_.ledger.approval.unnamed = Judgement::Refuse;
  say("request-1", {{"decisions[d].by", "anna"}, {"decisions[d].decision", "approved"}});
  EXPECT_THAT(refused(), IsEmpty()) << "it waits for its decision";
  approve("400");
  for (const auto& [id, amount] : {std::pair("paid-1", "150"), std::pair("paid-2", "100")})
    know(id, "settlement",
         {{"status", "posted"}, {"members[m].claim", "claim-1"}, {"members[m].amount", amount}});
  EXPECT_THAT(refused(), SizeIs(1));
  EXPECT_EQ(settled(), "250");
  EXPECT_EQ(stands_in("pending_claim"), "150") << "the rest waits as it did";
  say("paid-2", {{"status", "reversed"}});
  EXPECT_THAT(refused(), ElementsAre(StartsWith("claim-1 approval_limit")));
  EXPECT_EQ(settled(), "150");
  EXPECT_EQ(stands_in("pending_claim"), "250");
  say("paid-1", {{"status", "reversed"}});
  EXPECT_THAT(refused(), ElementsAre(StartsWith("claim-1 approval_limit")));
  EXPECT_EQ(settled(), "0");
  EXPECT_EQ(stands_in("approved_claim"), "0");
  EXPECT_EQ(stands_in("released_to_settle"), "0");
  EXPECT_EQ(stands_in("pending_claim"), "400");
  know("paid-3", "settlement",
       {{"status", "posted"}, {"members[m].claim", "claim-1"}, {"members[m].amount", "400"}});
  EXPECT_THAT(refused(), IsEmpty()) << "all of it is paid";
  EXPECT_EQ(settled(), "400");
  say("paid-3", {{"status", "reversed"}});
  EXPECT_THAT(refused(), ElementsAre(StartsWith("claim-1 approval_limit")));
  EXPECT_EQ(settled(), "0");
  EXPECT_EQ(stands_in("approved_claim"), "0") << "nobody has approved it";
  decided("2027-03-02T10:00:00Z", "bo");
  EXPECT_THAT(refused(), IsEmpty());
  EXPECT_EQ(stands_in("approved_claim"), "400");
}

// ------------------------------------------------------------------------------ ahead, afterwards

TEST_F(ApprovalRulesTest, ARequestComesTenWorkingDaysBeforeItsActivity) {
  know_activity();
  say("claim-1", {{"status", "draft"}});
  say("request-1", {{"status", "submitted"}});
  took("request-1", "submitted", "2027-03-02T12:00:00Z", "eva");
  const char* late =
      "request-1 request_ahead: was handed in on 2027-03-02, and its activity begins on "
      "2027-03-15: it was due 10 working days before, on 2027-03-01";
  config_.ledger.request_late = Judgement::Refuse;
  EXPECT_THAT(refused(), ElementsAre(late));
  EXPECT_THAT(posted("request-1"), IsEmpty());
  took("request-1", "submitted", "2027-03-02T11:59:59Z", "eva");  // the day is not over everywhere
  EXPECT_THAT(refused(), IsEmpty());
  EXPECT_THAT(posted("request-1"), ElementsAre("request_submitted"));
  config_.ledger.holidays = {*model::Date::parse("2027-03-10")};
  EXPECT_THAT(refused(), IsEmpty()) << "what stands in the books was in time";
  EXPECT_THAT(told(), ElementsAre(HasSubstr("on 2027-02-26")));
}

TEST_F(ApprovalRulesTest, ALateRequestThatIsGrantedAllTheSameIsTold) {
  know_activity();
  say("claim-1", {{"status", "draft"}});
  took("request-1", "submitted", "2027-03-12T12:00:00Z", "eva");
  config_.ledger.request_late = Judgement::Refuse;
  EXPECT_THAT(refused(), IsEmpty());
  EXPECT_THAT(posted("request-1"), ElementsAre("request_submitted", "request_approved"));
  EXPECT_THAT(told(), ElementsAre(StartsWith("request-1 request_ahead: ")));
  config_.ledger.request_ahead = 1;
  EXPECT_THAT(told(), IsEmpty());
  config_.ledger.request_ahead = 10;
  config_.ledger.request_late = Judgement::Ignore;
  EXPECT_THAT(told(), IsEmpty());
}

TEST_F(ApprovalRulesTest, ARequestThatNobodyWasThereToSeeComeIsNotLate) {
  know_activity();
  say("request-1", {{"status", "submitted"}});
  say("claim-1", {{"status", "draft"}});
  known_.at("request-1").created = time("2027-03-10T12:00:00Z");
  known_.at("fund-1").created = time("2027-03-02T00:00:00Z");
  EXPECT_THAT(told(), IsEmpty()) << "the hub has known the fund since it was late";
  known_.at("fund-1").created = time("2027-03-01T00:00:00Z");
  EXPECT_THAT(told(), ElementsAre(HasSubstr("was first seen as handed in on 2027-03-10")));
}

TEST_F(ApprovalRulesTest, BeforeTheLastClaimIsGrantedItsActivitiesHaveResults) {
  know_activity();
  show_results();
  config_.ledger.claim_results = Judgement::Refuse;
  approve("400");
  EXPECT_THAT(refused(), IsEmpty()) << "500 are left for another one";
  say("request-1", {{"status", "closed"}});
  EXPECT_THAT(refused(), IsEmpty()) << "what stands in the books stands there";
  EXPECT_THAT(told(), ElementsAre("claim-1 activity_results: is granted as the last claim of "
                                  "fund_request request-1, and nobody says what came of Roadshow"));
  say("activity-1", {{"results.leads", "0"}});
  EXPECT_THAT(told(), SizeIs(1)) << "systems count from zero";
  say("activity-1", {{"results.leads", "12"}});
  EXPECT_THAT(told(), IsEmpty());
}

TEST_F(ApprovalRulesTest, TheLastClaimTakesTheRestOrComesAfterTheDeadline) {
  know_activity();
  show_results();
  config_.ledger.claim_results = Judgement::Refuse;
  say("claim-1", {{"claimed_amount", "900"}});
  approve("900");
  EXPECT_THAT(refused(), ElementsAre(StartsWith("claim-1 activity_results: ")));
  EXPECT_THAT(posted("claim-1"), IsEmpty());
  say("request-1", {{"claim_deadline", "2027-05-15"}});
  approve("800");
  now_ = time("2027-05-15T12:00:00Z");
  EXPECT_THAT(refused(), IsEmpty()) << "there may come another one";
  say("claim-1", {{"status", "rejected"}});
  EXPECT_THAT(refused(), IsEmpty());
  now_ = time("2027-05-16T12:00:00Z");
  approve("800");
  EXPECT_THAT(refused(), ElementsAre(StartsWith("claim-1 activity_results: ")));
  say("activity-1", {{"status", "reported"}});
  EXPECT_THAT(refused(), IsEmpty());
}

// --------------------------------------------------------------------------------- in whole runs

TEST_F(LedgerTest, WhatTheBooksTellStandsInTheReportAndInTheVerificationAndStopsNothing) {
  config_.ledger.approval = {
      .limits = {{"EUR", Decimal(300)}}, .finance = {"anna"}, .unnamed = Judgement::Tell};
  open();
  const std::string fund_key = add_fund("F-1", add_budget(1000), 1000);
  add_request("R-1", fund_key, "approved", 500, 500);
  const RunReport report = sync();
  ASSERT_THAT(report.contradictions, SizeIs(1));
  EXPECT_EQ(report.contradictions[0].rule, "approval_limit");
  EXPECT_EQ(report.contradictions[0].message,
            "fund_request R-1 is granted 500.00 EUR, above the limit of 300.00 EUR, and nobody "
            "says who decided it: finance has to");
  EXPECT_EQ(figure("reserved"), "500");
  EXPECT_EQ(sync().contradicting, 0U) << "once";
  const LedgerCheck check = verify();
  EXPECT_TRUE(check.equal()) << to_json(check);
  ASSERT_THAT(check.remarks, SizeIs(1));
  EXPECT_EQ(check.remarks[0].number, "R-1");
  EXPECT_EQ(check.remarks[0].rule, "approval_limit");
  EXPECT_THAT(to_json(check), HasSubstr("\"remarks\""));

  config_.ledger.approval.unnamed = Judgement::Refuse;
  open();
  add_request("R-2", fund_key, "approved", 400, 400);
  EXPECT_EQ(sync().contradicting, 0U);
  ASSERT_THAT(ledger_waits(), SizeIs(1));
  EXPECT_EQ(ledger_waits()[0].rule, "approval_limit");
  EXPECT_THAT(ledger_waits()[0].ends, HasSubstr("finance"));
  EXPECT_EQ(in_b("R-2"), nullptr);
}

TEST_F(LedgerTest, AClaimIsEvaluatedByItsName) {
  const std::string fund_key = add_fund("F-1", add_budget(1000), 1000);
  add_claim("C-1", add_request("R-1", fund_key, "approved", 500, 500), "submitted", 300);
  sync();
  const auto unsaid = hub_->evaluate_claim("C-1");
  ASSERT_FALSE(unsaid);
  EXPECT_EQ(unsaid.error().code(), ErrorCode::Invalid);
  EXPECT_THAT(unsaid.error().message(), HasSubstr("it states no lines"));
  const auto unknown = hub_->evaluate_claim("C-9");
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code(), ErrorCode::NotFound);
}

}  // namespace
}  // namespace channelbridge::hub
