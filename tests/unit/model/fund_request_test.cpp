#include "channelbridge/model/fund_request.hpp"

#include "entity_test.hpp"

namespace channelbridge::model {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class FundRequests : public EntityTest {
 protected:
  static FundRequest sample() {
    FundRequest out;
    out.number = "R-1";
    out.title = "Fair in Lund";
    out.description = "A stand and a dinner";
    out.partner = "pending:crm/Account/7";
    out.fund = "pending:crm/Fund/1";
    out.budget = "pending:crm/Budget/1";
    out.activities.push_back({{.no = 1, .activity = "pending:crm/Activity/1"}, "1"});
    out.activities.push_back({{.no = 2, .activity = "pending:crm/Activity/2"}, "2"});
    out.currency = Currency::parse("EUR");
    out.requested_amount = Decimal(1000);
    out.total_cost = Decimal(2000);
    out.vendor_share_pct = Percent{Decimal(50)};
    out.approved = {.amount = Decimal(900), .share_pct = Percent{Decimal(45)}};
    out.desired_outcome = "Forty leads";
    out.expected = {.leads = 40, .revenue = Decimal(20000)};
    out.objective = "To be known in the south";
    out.required_evidence.push_back({{.evidence_type = "photo", .min_count = 2}, "1"});
    out.claim_deadline = Date::parse("2026-05-15");
    out.line_decisions.push_back(
        {{.line = 1, .decision = "accepted", .amount = Decimal(600)}, "1"});
    out.line_decisions.push_back({{.line = 2,
                                   .decision = "accepted_with_changes",
                                   .amount = Decimal(300),
                                   .reason = "fewer_guests"},
                                  "2"});
    out.status = "partially_approved";
    return out;
  }

  static MarketingActivity activity() {
    MarketingActivity out;
    out.request = "pending:crm/FundRequest/1";
    out.partner = "pending:crm/Account/7";
    out.activity_type = "trade_show";
    out.name = "Fair in Lund";
    out.dates = {.start = Date::parse("2026-03-01"), .end = Date::parse("2026-03-03")};
    out.location = "Lund";
    out.audience = "Buyers of pumps";
    out.products.push_back({{.product = "pending:erp/Product/4711"}, "1"});
    out.brands.push_back({{.brand = "Exempel"}, "1"});
    const Money cost{.amount = Decimal(1500), .currency = Currency::parse("EUR")};
    out.planned_costs.push_back({{.expense_type = "stand", .money = cost}, "1"});
    out.actual_costs.push_back({{.expense_type = "stand", .money = cost}, "1"});
    out.campaign = "pending:crm/Campaign/1";
    out.results = {.leads = 38, .opportunities = 4, .revenue = cost, .attendees = 200};
    out.creative_approval = {.status = "approved", .by = "bo"};
    out.status = "reported";
    return out;
  }

  /// A step that somebody has taken.
  static void took(Fields& fields, const std::string& id, const char* to, const char* at,
                   const char* by) {
    fields["state_history[" + id + "].to"] = to;
    fields["state_history[" + id + "].at"] = at;
    fields["state_history[" + id + "].by"] = by;
  }
};

TEST_F(FundRequests, SurviveJson) { survives_json(sample()); }

TEST_F(FundRequests, AreSubmittedByThePartnerAndDecidedByTheVendor) {
  using Request = FundRequest;
  EXPECT_EQ(step<Request>("draft", "submitted", Actor::PartnerEmployee), "");
  EXPECT_EQ(step<Request>("draft", "under_review", Actor::ChannelMarketing), "invalid_transition");
  EXPECT_EQ(step<Request>("submitted", "under_review", Actor::System), "");
  EXPECT_EQ(step<Request>("under_review", "approved", Actor::ChannelMarketing), "");
  EXPECT_EQ(step<Request>("under_review", "partially_approved", Actor::Finance), "");
  EXPECT_EQ(step<Request>("under_review", "approved", Actor::PartnerManager), "forbidden_actor");
  EXPECT_EQ(step<Request>("under_review", "rejected", Actor::Finance), "reason_missing");
  EXPECT_EQ(step<Request>("under_review", "rejected", Actor::Finance, "no_budget"), "");
  EXPECT_EQ(step<Request>("under_review", "returned", Actor::ChannelMarketing), "reason_missing");
  EXPECT_EQ(step<Request>("returned", "submitted", Actor::PartnerManager), "");
  EXPECT_EQ(step<Request>("rejected", "submitted", Actor::PartnerManager), "invalid_transition");
}

TEST_F(FundRequests, AreWithdrawnBeforeAndCancelledAfterTheApproval) {
  using Request = FundRequest;
  for (const char* before : {"draft", "submitted", "under_review", "returned"}) {
    EXPECT_EQ(step<Request>(before, "withdrawn", Actor::PartnerManager), "") << before;
    EXPECT_EQ(step<Request>(before, "cancelled", Actor::PartnerManager, "ill"),
              "invalid_transition");
  }
  for (const char* after : {"approved", "partially_approved"}) {
    EXPECT_EQ(step<Request>(after, "withdrawn", Actor::PartnerManager), "invalid_transition");
    EXPECT_EQ(step<Request>(after, "cancelled", Actor::PartnerManager, "ill"), "") << after;
    EXPECT_EQ(step<Request>(after, "expired", Actor::System), "") << after;
    EXPECT_EQ(step<Request>(after, "expired", Actor::Finance), "forbidden_actor") << after;
    EXPECT_EQ(step<Request>(after, "in_execution", Actor::PartnerEmployee), "") << after;
  }
  EXPECT_EQ(step<Request>("in_execution", "closed", Actor::System), "");
}

TEST_F(FundRequests, ThatAreChangedAreReviewedAgain) {
  EXPECT_EQ(step<FundRequest>("approved", "changed", Actor::PartnerManager), "");
  EXPECT_EQ(step<FundRequest>("changed", "approved", Actor::Finance), "invalid_transition");
  EXPECT_EQ(step<FundRequest>("changed", "under_review", Actor::ChannelMarketing), "");
}

TEST_F(FundRequests, AreNotApprovedByWhoSubmittedThem) {
  Fields fields{{"status", "under_review"}};
  took(fields, "1", "submitted", "2026-11-20T10:00:00Z", "anna");
  EXPECT_THAT(move<FundRequest>(fields, "approved", Actor::ChannelMarketing),
              ElementsAre("status two_people: went to approved by anna, who had taken it to "
                          "submitted: these are steps of two people"));
  took(fields, "2", "submitted", "2026-11-20T11:00:00Z", "bo");
  EXPECT_THAT(move<FundRequest>(fields, "approved", Actor::ChannelMarketing), IsEmpty())
      << "the last submission counts";
}

TEST_F(FundRequests, OfAnotherSystemKeepItsRules) {
  Fields fields{{"status", "approved"}};
  took(fields, "1", "submitted", "2026-11-20T10:00:00Z", "adapter:crm");
  took(fields, "2", "approved", "2026-11-20T10:00:00Z", "adapter:crm");
  EXPECT_THAT(breaches<FundRequest>(fields), IsEmpty());
}

TEST_F(FundRequests, AreGrantedNoMoreThanTheyAskFor) {
  Fields fields = to_fields(sample());
  set(fields, "approved.amount", "1100");
  set(fields, "line_decisions[1].amount", "800");
  EXPECT_THAT(breaches<FundRequest>(fields),
              ElementsAre("approved.amount approved_beyond_requested: is 1100.00, more than "
                          "requested_amount 1000.00, a difference of 100.00"));
}

TEST_F(FundRequests, AreGrantedTheSumOfTheirLines) {
  Fields fields = to_fields(sample());
  set(fields, "approved.amount", "950");
  EXPECT_THAT(breaches<FundRequest>(fields),
              ElementsAre("approved.amount approved_total: is 950.00, but the sum of "
                          "line_decisions[].amount of 2 granted lines = 900.00, a difference of "
                          "50.00"));
  set(fields, "line_decisions[2].amount", std::nullopt);
  EXPECT_THAT(breaches<FundRequest>(fields), IsEmpty()) << "a line without its amount";
  set(fields, "line_decisions[2].decision", "denied");
  EXPECT_THAT(breaches<FundRequest>(fields),
              ElementsAre("approved.amount approved_total: is 950.00, but the sum of "
                          "line_decisions[].amount of 1 granted line = 600.00, a difference of "
                          "350.00"));
  set(fields, "approved.amount", "600");
  EXPECT_THAT(breaches<FundRequest>(fields), IsEmpty());
  set(fields, "line_decisions[2].amount", "5");
  EXPECT_THAT(breaches<FundRequest>(fields),
              ElementsAre("line_decisions[2].amount denied: is 5, and the line is denied"));
}

TEST_F(FundRequests, ShareTheCostInPartsOfAHundred) {
  EXPECT_THAT(breaches<FundRequest>({{"vendor_share_pct", "120"}, {"approved.share_pct", "-1"}}),
              ElementsAre("vendor_share_pct share: is 120 %, not between 0 and 100",
                          "approved.share_pct share: is -1 %, not between 0 and 100"));
}

TEST_F(FundRequests, WithAmountsNeedACurrency) {
  EXPECT_THAT(breaches<FundRequest>({{"approved.amount", "1"}, {"total_cost", "2"}}),
              ElementsAre("currency currency_missing: is missing beside approved.amount and 1 "
                          "more"));
}

TEST_F(FundRequests, SayWhereTheMoneyComesFromOnceTheyAreGranted) {
  Fields fields = to_fields(sample());
  for (const char* path : {"fund", "approved.amount", "approved.share_pct", "claim_deadline"})
    set(fields, path, std::nullopt);
  EXPECT_THAT(
      missed<FundRequest>(fields),
      UnorderedElementsAre("fund fund", "approved.amount approved_amount",
                           "approved.share_pct approved_share", "claim_deadline claim_deadline"));
  set(fields, "status", "submitted");
  EXPECT_THAT(missed<FundRequest>(fields), IsEmpty());
  set(fields, "budget", std::nullopt);
  EXPECT_THAT(missed<FundRequest>(fields), ElementsAre("fund fund_or_budget"));
}

TEST_F(FundRequests, SayWhyALineIsNotGrantedAsItWasAsked) {
  Fields fields = to_fields(sample());
  set(fields, "line_decisions[2].reason", std::nullopt);
  EXPECT_THAT(missed<FundRequest>(fields), ElementsAre("line_decisions[].reason decision_reason"));
  set(fields, "line_decisions[2].decision", "accepted");
  EXPECT_THAT(missed<FundRequest>(fields), IsEmpty());
  set(fields, "line_decisions[2].amount", std::nullopt);
  EXPECT_THAT(missed<FundRequest>(fields), ElementsAre("line_decisions[].amount decision_amount"));
}

TEST_F(FundRequests, StayAsTheyWereGranted) {
  Fields before = to_fields(sample());
  Fields after = before;
  set(after, "requested_amount", "1200");
  set(after, "objective", std::nullopt);
  set(after, "claim_deadline", "2026-06-15");
  set(after, "custom.seen", "true");
  const auto locked = type_of<FundRequest>()->rules().locked;
  EXPECT_THAT(told(locked(before, after)),
              ElementsAre("objective locked: cannot be emptied: the request is "
                          "partially_approved, 900 EUR are approved",
                          "requested_amount locked: cannot be changed: the request is "
                          "partially_approved, 900 EUR are approved"));
  set(after, "status", "changed");
  EXPECT_THAT(locked(before, after), IsEmpty()) << "it is reviewed again";
  set(before, "status", "rejected");
  EXPECT_THAT(told(locked(before, after)),
              ElementsAre("objective locked: cannot be emptied: the request is rejected",
                          "requested_amount locked: cannot be changed: the request is rejected"));
  for (const char* open : {"draft", "submitted", "under_review", "returned", "changed"}) {
    set(before, "status", open);
    EXPECT_THAT(locked(before, after), IsEmpty()) << open;
  }
}

TEST_F(FundRequests, AreUniqueByTheirNumber) {
  EXPECT_THAT(key<FundRequest>("number", to_fields(sample())), ElementsAre("R-1"));
}

TEST_F(FundRequests, AnActivitySurvivesJson) { survives_json(activity()); }

TEST_F(FundRequests, AnActivityIsApprovedByTheVendorAndReportedByThePartner) {
  using Activity = MarketingActivity;
  EXPECT_EQ(step<Activity>("planned", "approved", Actor::ChannelMarketing), "");
  EXPECT_EQ(step<Activity>("planned", "approved", Actor::PartnerManager), "forbidden_actor");
  EXPECT_EQ(step<Activity>("approved", "running", Actor::System), "");
  EXPECT_EQ(step<Activity>("running", "completed", Actor::PartnerEmployee), "");
  EXPECT_EQ(step<Activity>("completed", "reported", Actor::PartnerEmployee), "");
  EXPECT_EQ(step<Activity>("approved", "cancelled", Actor::PartnerManager), "reason_missing");
  EXPECT_EQ(step<Activity>("planned", "cancelled", Actor::PartnerManager, "rain"), "");
  EXPECT_EQ(step<Activity>("running", "cancelled", Actor::PartnerManager, "rain"),
            "invalid_transition");
}

TEST_F(FundRequests, AnActivityIsCompletedWhenItsLastDayHasPassedSomewhere) {
  const auto completed = [](const char* at) {
    Fields fields{{"status", "running"}, {"dates.end", "2026-03-03"}};
    return move<MarketingActivity>(fields, "completed", Actor::PartnerManager, at);
  };
  EXPECT_THAT(completed("2026-03-03T09:59:00Z"),
              ElementsAre("dates.end not_over: is 2026-03-03, and the activity was completed at "
                          "2026-03-03T09:59:00Z"));
  EXPECT_THAT(completed("2026-03-03T10:00:00Z"), IsEmpty()) << "the fourth of March in Kiribati";
  Fields foreign{{"status", "completed"}, {"dates.end", "2026-03-03"}};
  took(foreign, "1", "completed", "2026-03-01T10:00:00Z", "adapter:crm");
  EXPECT_THAT(breaches<MarketingActivity>(foreign), IsEmpty());
}

TEST_F(FundRequests, AReportHasResults) {
  MarketingActivity sample = activity();
  sample.results = {};
  EXPECT_THAT(missed<MarketingActivity>(to_fields(sample)), ElementsAre("results.leads results"));
  sample.results.attendees = 12;
  EXPECT_THAT(missed<MarketingActivity>(to_fields(sample)), IsEmpty());
}

}  // namespace
}  // namespace channelbridge::model
