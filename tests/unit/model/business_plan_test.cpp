#include "channelbridge/model/business_plan.hpp"

#include "channelbridge/model/network.hpp"
#include "entity_test.hpp"

namespace channelbridge::model {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class BusinessPlanTest : public EntityTest {
 protected:
  static BusinessPlan sample() {
    BusinessPlan out;
    out.partner = kId;
    out.period = {.start = Date::parse("2026-04-01"), .end = Date::parse("2027-03-31")};
    out.title = "Pumps in Sweden";
    out.revenue_targets.push_back({{.product_family = "pumps", .money = sek(1000)}, "all"});
    for (const int quarter : {1, 2, 3, 4})
      out.revenue_targets.push_back(
          {{.product_family = "pumps", .quarter = quarter, .money = sek(250)},
           "q" + std::to_string(quarter)});
    out.pipeline_targets.push_back({{.quarter = 1, .money = sek(700)}, "p"});
    out.certification_targets.push_back(
        {{.curriculum_code = "PUMP-2", .kind = "technical", .count = 4}, "c"});
    out.marketing_plan.push_back(
        {{.activity_type = "webinar", .quarter = 2, .budget = sek(50), .expected_leads = 30}, "m"});
    out.investments = {.vendor = sek(100), .partner = sek(80)};
    out.goals.push_back({{.kpi = "nps", .target = Decimal(40), .actual = Decimal(35)}, "g"});
    out.risks.push_back({{.conflict_type = "direct_vs_partner",
                          .description = "Large accounts",
                          .mitigation = "A list of named accounts"},
                         "r"});
    out.approvers.push_back({{"bo", "vendor", "manager", kThen}, "1"});
    out.approvers.push_back({{"anna", "partner", "manager", kThen}, "2"});
    out.approvers.push_back({{"eva", "vendor", "executive_sponsor"}, "3"});
    out.review_meetings.push_back({{Date::parse("2026-07-01"), "On target", "None"}, "1"});
    out.status = "agreed";
    return out;
  }
  static Money sek(std::int64_t amount) {
    return {.amount = Decimal(amount), .currency = Currency::parse("SEK")};
  }

  static inline const Timestamp kThen = parse_iso8601("2026-03-01T09:00:00Z").value();
  static constexpr std::string_view kId = "017f22e2-79b0-7cc3-98c4-dc0c0c07398f";
};

TEST_F(BusinessPlanTest, SurvivesJson) { survives_json(sample()); }

TEST_F(BusinessPlanTest, IsProposedByEitherSideAndReviewedEveryQuarter) {
  EXPECT_EQ(step<BusinessPlan>("draft", "proposed", Actor::PartnerManager), "");
  EXPECT_EQ(step<BusinessPlan>("draft", "proposed", Actor::ChannelManager), "");
  EXPECT_EQ(step<BusinessPlan>("draft", "proposed", Actor::PartnerEmployee), "forbidden_actor");
  EXPECT_EQ(step<BusinessPlan>("draft", "agreed", Actor::ChannelManager), "invalid_transition");
  EXPECT_EQ(step<BusinessPlan>("proposed", "rejected", Actor::PartnerManager), "reason_missing");
  EXPECT_EQ(step<BusinessPlan>("proposed", "rejected", Actor::PartnerManager, "targets"), "");
  EXPECT_EQ(step<BusinessPlan>("agreed", "in_review", Actor::System), "");
  EXPECT_EQ(step<BusinessPlan>("agreed", "closed", Actor::ChannelManager), "invalid_transition");
  EXPECT_EQ(step<BusinessPlan>("in_review", "closed", Actor::ChannelManager), "");
  EXPECT_EQ(step<BusinessPlan>("in_review", "closed", Actor::PartnerManager), "forbidden_actor");
  EXPECT_EQ(step<BusinessPlan>("rejected", "proposed", Actor::ChannelManager),
            "invalid_transition");
}

TEST_F(BusinessPlanTest, IsAgreedWhenBothManagersHaveSignedAndASponsorIsSet) {
  BusinessPlan one = sample();
  one.status = "proposed";
  one.approvers[1].signed_at.reset();
  one.approvers.pop_back();
  Fields fields = to_fields(one);
  EXPECT_THAT(move<BusinessPlan>(fields, "agreed", Actor::ChannelManager),
              ElementsAre("approvers partner_signature: has no signature of the partner's manager",
                          "approvers executive_sponsor: has no executive sponsor"));
  one.approvers[0].side = "partner";
  fields = to_fields(one);
  EXPECT_THAT(move<BusinessPlan>(fields, "agreed", Actor::ChannelManager),
              ElementsAre("approvers vendor_signature: has no signature of the vendor's manager",
                          "approvers executive_sponsor: has no executive sponsor"));
  one = sample();
  one.status = "proposed";
  fields = to_fields(one);
  EXPECT_THAT(move<BusinessPlan>(fields, "agreed", Actor::PartnerManager), IsEmpty());
}

TEST_F(BusinessPlanTest, SaysWhoseWordItLacks) {
  BusinessPlan one = sample();
  one.approvers.clear();
  one.period = {};
  const auto signatures = UnorderedElementsAre(
      "period.start period", "period.end period", "approvers[].signed_at vendor_signature",
      "approvers[].signed_at partner_signature", "approvers[].user executive_sponsor");
  for (const char* status : {"agreed", "in_review", "closed"}) {
    one.status = status;
    EXPECT_THAT(missed<BusinessPlan>(to_fields(one)), signatures);
  }
  one.status = "proposed";
  EXPECT_THAT(missed<BusinessPlan>(to_fields(one)),
              UnorderedElementsAre("period.start period", "period.end period"));
}

TEST_F(BusinessPlanTest, HasQuartersThatAddUpToTheYear) {
  BusinessPlan one = sample();
  one.revenue_targets[4].money = sek(240);
  EXPECT_THAT(breaches<BusinessPlan>(to_fields(one)),
              ElementsAre("revenue_targets[all].money.amount sum_of_quarters: is 1000, the 4 "
                          "quarters add up to 990 SEK"));
  one.revenue_targets[4].product_family = "valves";
  EXPECT_THAT(breaches<BusinessPlan>(to_fields(one)), IsEmpty()) << "not every quarter is planned";
  one = sample();
  one.revenue_targets[4].money.currency = Currency::parse("EUR");
  EXPECT_THAT(breaches<BusinessPlan>(to_fields(one)), IsEmpty()) << "two currencies";
  one = sample();
  one.revenue_targets[0].money = sek(5);
  one.period.end.reset();
  EXPECT_THAT(breaches<BusinessPlan>(to_fields(one)), IsEmpty()) << "how many quarters?";
}

TEST_F(BusinessPlanTest, CountsTheQuartersOfItsOwnPeriod) {
  BusinessPlan half = sample();
  half.period.end = Date::parse("2026-09-30");
  half.revenue_targets.resize(3);
  EXPECT_THAT(breaches<BusinessPlan>(to_fields(half)),
              ElementsAre("revenue_targets[all].money.amount sum_of_quarters: is 1000, the 2 "
                          "quarters add up to 500 SEK"));
  BusinessPlan one = sample();
  one.marketing_plan[0].quarter = 5;
  one.pipeline_targets[0].quarter = 0;
  EXPECT_THAT(
      breaches<BusinessPlan>(to_fields(one)),
      UnorderedElementsAre("marketing_plan[m].quarter quarter: is 5, the period has 4 quarters",
                           "pipeline_targets[p].quarter quarter: is 0, the first quarter is 1"));
}

TEST_F(BusinessPlanTest, AddsUpCertificationsOfOneCurriculum) {
  BusinessPlan one = sample();
  for (const int quarter : {1, 2, 3, 4})
    one.certification_targets.push_back(
        {{.curriculum_code = "PUMP-2", .kind = "technical", .quarter = quarter, .count = 2},
         "c" + std::to_string(quarter)});
  EXPECT_THAT(breaches<BusinessPlan>(to_fields(one)),
              ElementsAre("certification_targets[c].count sum_of_quarters: is 4, the 4 quarters "
                          "add up to 8"));
  one.certification_targets[0].count = 8;
  EXPECT_THAT(breaches<BusinessPlan>(to_fields(one)), IsEmpty());
}

TEST_F(BusinessPlanTest, BeginsBeforeItEnds) {
  EXPECT_THAT(
      breaches<BusinessPlan>({{"period.start", "2026-02-01"}, {"period.end", "2026-01-31"}}),
      ElementsAre("period.end order: is before period.start"));
}

TEST_F(BusinessPlanTest, IsTheOnlyAgreedOneOfThePartnerAndItsPeriod) {
  BusinessPlan one = sample();
  const std::string key_of_plan = std::string(kId) + "/2026-04-01/2027-03-31";
  EXPECT_THAT(key<BusinessPlan>("agreed_plan", to_fields(one)), ElementsAre(key_of_plan));
  one.status = "in_review";
  EXPECT_THAT(key<BusinessPlan>("agreed_plan", to_fields(one)), ElementsAre(key_of_plan));
  one.status = "proposed";
  EXPECT_THAT(key<BusinessPlan>("agreed_plan", to_fields(one)), IsEmpty());
}

TEST_F(BusinessPlanTest, SharesNoDayWithAnotherAgreedOneOfItsPartner) {
  const auto found = [](const Fields& one, const Fields& other) {
    const auto check = NetworkCheck::of("business_plan");
    check->add("1", one);
    check->add("2", other);
    std::vector<std::string> out;
    for (const Contradiction& each : check->contradictions())
      out.push_back(each.rule + " " + each.record + " " + each.other + ": " + each.message);
    return out;
  };
  const Fields year{{"partner", "p"},
                    {"title", "Plan 2026"},
                    {"status", "agreed"},
                    {"period.start", "2026-01-01"},
                    {"period.end", "2026-12-31"}};
  Fields next{{"partner", "p"},
              {"title", "Plan 2027"},
              {"status", "in_review"},
              {"period.start", "2026-12-01"}};
  EXPECT_THAT(found(year, next),
              ElementsAre("plan_overlap 1 2: Plan 2026 and Plan 2027 are both agreed with partner "
                          "p from 2026-12-01 to 2026-12-31"));
  for (const auto& [path, value] :
       Fields{{"period.start", "2027-01-01"}, {"status", "proposed"}, {"partner", "q"}}) {
    Fields other = next;
    set(other, path, value);
    EXPECT_THAT(found(year, other), IsEmpty()) << path;
  }
}

}  // namespace
}  // namespace channelbridge::model
