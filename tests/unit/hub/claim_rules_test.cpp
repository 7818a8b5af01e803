// What the books do not take, whatever a system says of it: what was done on other days than its
// money is for, and what lacks its proof.
#include <gmock/gmock.h>

#include "fund_accounting_internal.hpp"
#include "ledger_support.hpp"

namespace channelbridge::hub {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

/// A fund of 2027, a request that has got 900 EUR of it, and a claim of 400.
class ClaimRulesTest : public LedgerTest {
 protected:
  void SetUp() override {
    LedgerTest::SetUp();
    config_.spokes.push_back({.name = "a-activities", .system = "a", .mapping = mapping_of(R"(
system: fake
object: Activity
entity: marketing_activity
id: Id
version: Version
format: json
absent: "null"
fields:
  name: Name
)")});
    know("budget-1", "budget", {{"status", "open"}, {"amount", "3000"}, {"validation", "strict"}});
    know("fund-1", "fund",
         {{"status", "active"},
          {"amount", "1500"},
          {"budget", "budget-1"},
          {"valid.start", "2027-01-01"},
          {"valid.end", "2027-12-31"}});
    know("request-1", "fund_request",
         {{"status", "approved"},
          {"requested_amount", "900"},
          {"approved.amount", "900"},
          {"fund", "fund-1"}});
    know("claim-1", "claim",
         {{"status", "submitted"}, {"request", "request-1"}, {"claimed_amount", "400"}});
  }

  void know(const std::string& id, const std::string& entity, model::Fields fields) {
    fields["currency"] = "EUR";
    fields["number"] = id;
    known_[id] = {.id = id, .entity = entity, .version = 1, .fields = std::move(fields)};
  }
  void say(const std::string& id, const model::Fields& fields) {
    LedgerRecord& record = known_.at(id);
    for (const auto& [path, value] : fields) record.fields[path] = value;
    ++record.version;
  }
  /// The hub hears of all of them: what its books refuse, each with rule and figures.
  std::vector<std::string> refused() {
    LedgerReader reader(hub_->store());
    std::vector<std::string> all;
    for (const auto& [id, record] : known_) {
      reader.set(record);
      all.push_back(id);
    }
    FundAccounting accounting(config_, std::move(reader), Timestamp(), 1);
    EXPECT_TRUE(accounting.account(all));
    store::Changes changes;
    accounting.enter(changes);
    EXPECT_TRUE(hub_->store().commit(std::move(changes)));
    std::vector<std::string> out;
    for (const auto& [id, refusal] : accounting.refused())
      out.push_back(id + " " + refusal.rule + ": " + refusal.detail);
    return out;
  }
  /// What is posted of a document in the fund's books.
  std::vector<std::string> posted(const std::string& document) {
    std::vector<std::string> out;
    const auto rows = hub_->store().fund_postings({"fund-1"});
    EXPECT_TRUE(rows);
    if (!rows) return out;
    for (const store::FundPostingRow& row : *rows) {
      if (row.document == document && row.part == 1) out.push_back(row.kind);
    }
    return out;
  }

  std::map<std::string, LedgerRecord> known_;
};

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
