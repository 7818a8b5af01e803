// What the books do not take, whatever a system says of it: what was done on other days than its
// money is for, what comes late, is of another partner, was claimed before, or lacks its proof.
#include "claim_rules_support.hpp"

namespace channelbridge::hub {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

TEST_F(ClaimRulesTest, AClaimIsForDaysOfItsFund) {
  say("claim-1", {{"performed_on.start", "2027-12-30"}, {"performed_on.end", "2028-01-02"}});
  EXPECT_THAT(refused(), ElementsAre("claim-1 claim_period: is for 2027-12-30 to 2028-01-02, and "
                                     "its fund is for 2027-01-01 to 2027-12-31"));
  EXPECT_THAT(posted("claim-1"), IsEmpty());
  say("fund-1", {{"valid.end", "2028-01-31"}});
  EXPECT_THAT(refused(), IsEmpty());
  EXPECT_THAT(posted("claim-1"), ElementsAre("claim_submitted"));
  // What stands in the books stands there.
  say("fund-1", {{"valid.end", "2027-06-30"}});
  EXPECT_THAT(refused(), IsEmpty());
}

TEST_F(ClaimRulesTest, AFundThatGoesOnBoundsNoDays) {
  say("claim-1", {{"performed_on.start", "2028-01-02"}, {"performed_on.end", "2028-01-02"}});
  say("fund-1", {{"carry_over", "renew"}});
  EXPECT_THAT(refused(), IsEmpty());
  EXPECT_THAT(posted("claim-1"), ElementsAre("claim_submitted"));
}

TEST_F(ClaimRulesTest, AClaimIsForDaysOfItsRequestsActivities) {
  know("activity-1", "marketing_activity",
       {{"dates.start", "2027-03-01"}, {"dates.end", "2027-03-05"}});
  know("activity-2", "marketing_activity",
       {{"dates.start", "2027-03-04"}, {"dates.end", "2027-03-12"}});
  say("request-1",
      {{"activities[a].activity", "activity-1"}, {"activities[b].activity", "activity-2"}});
  say("claim-1", {{"activity_period.start", "2027-02-28"}, {"activity_period.end", "2027-03-10"}});
  EXPECT_THAT(refused(), ElementsAre("claim-1 claim_period: is for 2027-02-28 to 2027-03-10, and "
                                     "the activities of its request are for 2027-03-01 to "
                                     "2027-03-12"));
  // The days on which it was done go before those of the activity.
  say("claim-1", {{"performed_on.start", "2027-03-01"}, {"performed_on.end", "2027-03-12"}});
  EXPECT_THAT(refused(), IsEmpty());
  EXPECT_THAT(posted("claim-1"), ElementsAre("claim_submitted"));
}

TEST_F(ClaimRulesTest, ARequestIsForDaysOfItsFund) {
  know("activity-1", "marketing_activity",
       {{"dates.start", "2027-12-28"}, {"dates.end", "2028-01-05"}});
  say("request-1", {{"activities[a].activity", "activity-1"}});
  say("claim-1", {{"status", "draft"}});
  EXPECT_THAT(refused(), ElementsAre("request-1 request_period: is for activities from 2027-12-28 "
                                     "to 2028-01-05, and its fund is for 2027-01-01 to "
                                     "2027-12-31"));
  EXPECT_THAT(posted("request-1"), IsEmpty());
  say("activity-1", {{"dates.end", "2027-12-30"}});
  EXPECT_THAT(refused(), IsEmpty());
  EXPECT_THAT(posted("request-1"), ElementsAre("request_submitted", "request_approved"));
}

TEST_F(ClaimRulesTest, AClaimHasTheProofThatIsAskedForAsItIsHandedInAndApproved) {
  say("request-1",
      {{"required_evidence[p].evidence_type", "photo"}, {"required_evidence[p].min_count", "2"}});
  say("claim-1", {{"evidence[a].evidence_type", "photo"},
                  {"evidence[a].file", "1"},
                  {"evidence[a].hash", "1"}});
  EXPECT_THAT(refused(), ElementsAre("claim-1 claim_evidence: has 1 of 2 required of type photo"));
  EXPECT_THAT(posted("claim-1"), IsEmpty());
  say("claim-1", {{"evidence[b].evidence_type", "photo"},
                  {"evidence[b].file", "2"},
                  {"evidence[b].hash", "2"}});
  EXPECT_THAT(refused(), IsEmpty());
  EXPECT_THAT(posted("claim-1"), ElementsAre("claim_submitted"));

  say("claim-1",
      {{"status", "approved"}, {"approved_amount", "400"}, {"evidence[b].verdict", "rejected"}});
  EXPECT_THAT(refused(), ElementsAre("claim-1 claim_evidence: has 1 of 2 required of type photo"));
  EXPECT_THAT(posted("claim-1"), ElementsAre("claim_submitted"));
  say("claim-1", {{"evidence[b].verdict", "accepted"}});
  EXPECT_THAT(refused(), IsEmpty());
  EXPECT_THAT(posted("claim-1"), ElementsAre("claim_submitted", "claim_approved"));
}

constexpr const char* kSecond =
    "claim-2 claim_invoice: claim claim-2 claims 300.00 EUR for invoice fv 7 of MESSE POSEN, and "
    "claim claim-1, which stands in the books, 400.00 EUR";

TEST_F(ClaimRulesTest, AnInvoiceIsClaimedOnceAndByTheOtherClaimOnceTheFirstIsRejected) {
  say_invoice();
  know_other("fv 7");
  EXPECT_THAT(refused(), ElementsAre(kSecond)) << "both came at once";
  EXPECT_THAT(refused(), ElementsAre(kSecond)) << "it does not go by itself";
  EXPECT_THAT(posted("claim-1"), ElementsAre("claim_submitted"));
  EXPECT_THAT(posted("claim-2"), IsEmpty());
  for (const char* off : {"returned", "withdrawn", "rejected"}) {
    say("claim-1", {{"status", off}});
    EXPECT_THAT(refused(), IsEmpty()) << off;
    EXPECT_THAT(posted("claim-2"), ::testing::Contains("claim_submitted"));
    say("claim-2", {{"status", "draft"}});
    say("claim-1", {{"status", "submitted"}});
    EXPECT_THAT(refused(), IsEmpty());
    say("claim-2", {{"status", "submitted"}});
    EXPECT_THAT(refused(), ElementsAre(kSecond));
  }
  say("claim-2", {{"lines[x].decision", "denied"}});
  EXPECT_THAT(refused(), IsEmpty()) << "it asks for nothing of that line";
}

TEST_F(ClaimRulesTest, WhatIsRefusedIsNotTakenBecauseItWasReleased) {
  say_invoice();
  know_other("fv 7");
  EXPECT_THAT(refused(), ElementsAre(kSecond));
  for (const char* status : {"approved", "released_to_settle"}) {
    say("claim-2", {{"status", status}, {"approved_amount", "300"}});
    EXPECT_THAT(refused(), ElementsAre(kSecond)) << status;
    EXPECT_THAT(posted("claim-2"), IsEmpty()) << status;
  }
}

TEST_F(ClaimRulesTest, AnInvoiceOfAnOlderStepIsFoundByTheStoresKeys) {
  say_invoice();
  EXPECT_THAT(refused(), IsEmpty());
  store::Changes changes;
  changes.match_keys.push_back(
      {.entity = "claim",
       .kind = std::string(model::kInvoiceKey),
       .value = model::claimed_invoices(known_.at("claim-1").fields).at(0).key,
       .record = "claim-1"});
  ASSERT_TRUE(hub_->store().commit(std::move(changes)));
  know_other("fv 7");
  EXPECT_THAT(refused_of({"claim-2"}), ElementsAre(kSecond));
  say("claim-1", {{"status", "paid"}, {"approved_amount", "400"}});
  EXPECT_THAT(refused_of({"claim-1"}), IsEmpty());
  EXPECT_THAT(refused_of({"claim-2"}), ElementsAre(kSecond)) << "paid it stands there, too";
}

TEST_F(ClaimRulesTest, OfTwoClaimsThatWaitForOneInvoiceOneIsGranted) {
  say_invoice();
  know_other("FV-8");
  EXPECT_THAT(refused(), IsEmpty());
  // Corrected while it is reviewed: what stands in the books stands there, and is judged once more.
  say("claim-2", {{"lines[x].invoice.no", "fv 7"}});
  EXPECT_THAT(refused(), IsEmpty());
  say("claim-2", {{"status", "approved"}, {"approved_amount", "300"}});
  EXPECT_THAT(refused(), ElementsAre(kSecond));
  EXPECT_THAT(posted("claim-2"), ElementsAre("claim_submitted"));
  say("claim-1", {{"status", "approved"}, {"approved_amount", "400"}});
  EXPECT_THAT(refused(), ElementsAre(kSecond));
  EXPECT_THAT(posted("claim-1"), ElementsAre("claim_submitted", "claim_approved"));
  say("claim-1", {{"status", "rejected"}});
  EXPECT_THAT(refused(), IsEmpty());
  EXPECT_THAT(posted("claim-2"), ElementsAre("claim_submitted", "claim_approved"));
}

TEST_F(ClaimRulesTest, AClaimIsOfThePartnerOfItsRequest) {
  know("partner-1", "partner", {{"partner_number", "10100001"}, {"name", "Rheinwerk"}});
  know("partner-2", "partner", {{"partner_number", "10100002"}, {"name", "Seewerk"}});
  say("request-1", {{"partner", "partner-1"}});
  const char* refusal =
      "claim-1 claim_partner: is of partner 10100002 (Seewerk), and fund_request request-1 of "
      "partner 10100001 (Rheinwerk)";
  say("claim-1", {{"partner", "partner-2"}});
  EXPECT_THAT(refused(), ElementsAre(refusal));
  EXPECT_THAT(posted("claim-1"), IsEmpty());
  say("claim-1", {{"partner", to_string(model::PendingReference{"a", "Account", "A9"})}});
  EXPECT_THAT(refused(), IsEmpty()) << "nobody has read it yet";
  EXPECT_THAT(posted("claim-1"), ElementsAre("claim_submitted"));
  say("claim-1", {{"partner", "partner-2"}, {"status", "approved"}, {"approved_amount", "400"}});
  EXPECT_THAT(refused(), ElementsAre(refusal));
  EXPECT_THAT(posted("claim-1"), ElementsAre("claim_submitted"));
  known_.at("partner-2").gone = true;
  known_.at("partner-2").alias_of = "partner-1";
  EXPECT_THAT(refused(), IsEmpty()) << "they are one";
  EXPECT_THAT(posted("claim-1"), ElementsAre("claim_submitted", "claim_approved"));
}

TEST_F(ClaimRulesTest, AClaimIsHandedInUntilTheDeadlineOfItsRequest) {
  say("request-1", {{"claim_deadline", "2027-05-15"}});
  handed_in_at("2027-05-18T12:00:00Z", "eva");
  EXPECT_THAT(refused(), ElementsAre("claim-1 claim_deadline: was handed in on 2027-05-18, and was "
                                     "due on 2027-05-15"));
  EXPECT_THAT(posted("claim-1"), IsEmpty());
  config_.ledger.claim_grace = 2;
  EXPECT_THAT(refused(), ElementsAre("claim-1 claim_deadline: was handed in on 2027-05-18, and was "
                                     "due on 2027-05-15 (and 2 days of grace)"));
  config_.ledger.claim_grace = 3;
  EXPECT_THAT(refused(), IsEmpty());
  EXPECT_THAT(posted("claim-1"), ElementsAre("claim_submitted"));
  // It was in time, whatever is said later.
  config_.ledger.claim_grace = 0;
  say("claim-1", {{"status", "approved"}, {"approved_amount", "400"}});
  EXPECT_THAT(refused(), IsEmpty());
  EXPECT_THAT(posted("claim-1"), ElementsAre("claim_submitted", "claim_approved"));
}

TEST_F(ClaimRulesTest, TheLastDayOfADeadlineEndsWhereItEndsLast) {
  say("request-1", {{"claim_deadline", "2027-05-15"}});
  handed_in_at("2027-05-16T12:00:00Z", "eva");
  EXPECT_THAT(refused(), SizeIs(1));
  handed_in_at("2027-05-16T11:59:59Z", "eva");
  EXPECT_THAT(refused(), IsEmpty());
}

TEST_F(ClaimRulesTest, WhatTheHubHeardOfWasHandedInADayBeforeAndWhatWasReturnedInItsTime) {
  say("request-1", {{"claim_deadline", "2027-05-15"}});
  handed_in_at("2027-05-17T12:00:00Z", "adapter:a");
  EXPECT_THAT(refused(), ElementsAre("claim-1 claim_deadline: was first seen as handed in on "
                                     "2027-05-17, and was due on 2027-05-15"));
  say("claim-1", {{"state_history[g].from", "returned"},
                  {"state_history[g].to", "submitted"},
                  {"state_history[g].at", "2027-05-01T12:00:00Z"},
                  {"state_history[g].by", "eva"}});
  EXPECT_THAT(refused(), SizeIs(1)) << "that was not the first time";
  say("claim-1", {{"state_history[f].from", "draft"},
                  {"state_history[f].to", "submitted"},
                  {"state_history[f].at", "2027-05-16T11:59:59Z"},
                  {"state_history[f].by", "eva"}});
  EXPECT_THAT(refused(), IsEmpty()) << "the first time counts";
}

TEST_F(ClaimRulesTest, AClaimWithoutAHistoryCameWhenItWasReadIfItsRequestWasKnownInTime) {
  say("request-1", {{"claim_deadline", "2027-05-15"}});
  known_.at("claim-1").created = time("2027-05-17T12:00:00Z");
  known_.at("request-1").created = time("2027-05-15T09:00:00Z");
  EXPECT_THAT(refused(), ElementsAre("claim-1 claim_deadline: was first seen as handed in on "
                                     "2027-05-17, and was due on 2027-05-15"));
  known_.at("request-1").created = time("2027-05-16T09:00:00Z");
  EXPECT_THAT(refused(), IsEmpty()) << "nobody was looking while there was time";
}

TEST_F(ClaimRulesTest, ARequestThatStatesNoDeadlineHasTheOneOfTheProject) {
  know("activity-1", "marketing_activity",
       {{"dates.start", "2027-03-01"}, {"dates.end", "2027-03-12"}});
  say("claim-1", {{"performed_on.start", "2027-03-01"},
                  {"performed_on.end", "2027-03-05"},
                  {"activity_period.end", "2027-03-05"}});
  handed_in_at("2027-04-27T12:00:00Z", "eva");
  config_.ledger.claim_within = 45;
  EXPECT_THAT(refused(), ElementsAre("claim-1 claim_deadline: was handed in on 2027-04-27, and was "
                                     "due on 2027-04-19, 45 days after the activity"));
  say("request-1", {{"activities[a].activity", "activity-1"}});
  EXPECT_THAT(refused(), ElementsAre("claim-1 claim_deadline: was handed in on 2027-04-27, and was "
                                     "due on 2027-04-26, 45 days after the activity"));
  say("request-1", {{"claim_deadline", "2027-04-27"}});
  EXPECT_THAT(refused(), IsEmpty()) << "what it states itself goes before";
}

TEST_F(ClaimRulesTest, WithoutADeadlineAClaimMayComeAtAnyTime) {
  say("claim-1", {{"activity_period.end", "2027-03-05"}});
  handed_in_at("2029-04-27T12:00:00Z", "eva");
  EXPECT_THAT(refused(), IsEmpty());
}

TEST_F(ClaimRulesTest, WhatIsPaidStandsInTheBooksWhateverItIsFor) {
  say("claim-1", {{"status", "paid"},
                  {"approved_amount", "400"},
                  {"performed_on.start", "2026-05-01"},
                  {"required_evidence[i].evidence_type", "invoice"}});
  EXPECT_THAT(refused(), IsEmpty());
  EXPECT_THAT(posted("claim-1"), ElementsAre("claim_submitted", "claim_approved", "claim_released",
                                             "claim_settled", "claim_paid"));
}

TEST_F(ClaimRulesTest, AClaimIsInOneSettlementAtATimeAndIsNotPaidBeyondItsApproval) {
  say("claim-1", {{"status", "approved"}, {"approved_amount", "400"}});
  const auto settlement = [&](const std::string& id, const char* status, const char* amount) {
    know(id, "settlement",
         {{"status", status},
          {"currency", "EUR"},
          {"members[m].claim", "claim-1"},
          {"members[m].amount", amount}});
  };
  settlement("settlement-1", "created", "300");
  settlement("settlement-2", "created", "100");
  EXPECT_THAT(refused(), ElementsAre(StartsWith("settlement-2 open_settlements: settles claim")));
  settlement("settlement-1", "posted", "300");
  EXPECT_THAT(refused(), SizeIs(1)) << "it is under way";
  settlement("settlement-1", "paid", "300");
  EXPECT_THAT(refused(), IsEmpty()) << "the rest of it";
  settlement("settlement-2", "created", "100.01");
  EXPECT_THAT(
      refused(),
      ElementsAre(AllOf(StartsWith("settlement-2 fund_overdrawn: settles claim"),
                        HasSubstr("400.00 EUR are approved and 400.01 EUR would be settled"))));
}

TEST_F(ClaimRulesTest, APaymentThatIsReversedIsTakenBackBeforeItsSettlement) {
  say("claim-1", {{"status", "approved"}, {"approved_amount", "400"}});
  const auto settlement = [&](const char* status) {
    know("settlement-1", "settlement",
         {{"status", status}, {"members[m].claim", "claim-1"}, {"members[m].amount", "400"}});
    EXPECT_THAT(refused(), IsEmpty());
  };
  settlement("posted");
  settlement("paid");
  settlement("reversed");
  EXPECT_THAT(posted("claim-1"),
              ElementsAre("claim_submitted", "claim_approved", "claim_released", "claim_settled",
                          "claim_paid", "payment_reversed", "reversed_to_reserve",
                          "claim_submitted", "claim_approved"))
      << "approved it is still";
}

TEST_F(ClaimRulesTest, WhatASettlementHasPaidStandsThereBeforeTheClaimSaysSo) {
  say("claim-1",
      {{"performed_on.start", "2026-05-01"}, {"required_evidence[i].evidence_type", "invoice"}});
  know("settlement-1", "settlement",
       {{"status", "posted"}, {"members[m].claim", "claim-1"}, {"members[m].amount", "400"}});
  EXPECT_THAT(refused(), IsEmpty());
  EXPECT_THAT(posted("claim-1"),
              ElementsAre("claim_submitted", "claim_approved", "claim_released", "claim_settled"));
}

}  // namespace
}  // namespace channelbridge::hub
