#include "channelbridge/model/budget.hpp"
#include "entity_test.hpp"

namespace channelbridge::model {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class Funds : public EntityTest {
 protected:
  static Budget budget() {
    Budget out;
    out.number = "B-1";
    out.title = "Marketing 2026";
    out.kind = "mdf";
    out.amount = Decimal(100000);
    out.currency = Currency::parse("EUR");
    out.valid = {.start = Date::parse("2026-01-01"), .end = Date::parse("2026-12-31")};
    out.owner = "pending:crm/User/7";
    out.cost_centre = "4711";
    out.gl_account = "660000";
    out.internal_order = "IO-26";
    out.validation = "warn";
    out.tolerance_pct = Percent{Decimal(5)};
    out.status = "open";
    return out;
  }

  static Fund fund() {
    Fund out;
    out.number = "F-1";
    out.title = "Exempel AB 2026";
    out.budget = "pending:crm/Budget/1";
    out.partner = "pending:crm/Account/7";
    out.amount = Decimal(5000);
    out.currency = Currency::parse("EUR");
    out.valid = {.start = Date::parse("2026-01-01"), .end = Date::parse("2026-12-31")};
    out.carry_over = "renew";
    out.accrual_rule = {
        .product_family = "pumps", .pct = Percent{Decimal(25, 1)}, .period = "quarter"};
    out.product_scope.products.push_back({{.product = "pending:erp/Product/4711"}, "1"});
    out.product_scope.families.push_back({{.family = "pumps"}, "1"});
    out.territory_scope.push_back({{.territory = "pending:crm/Territory/SE"}, "1"});
    out.postings.push_back({{.no = 1,
                             .at = parse_iso8601("2026-01-02T10:00:00Z"),
                             .category = "budget",
                             .amount = Decimal(5000),
                             .document = {.kind = "budget", .number = "B-1"}},
                            "p1"});
    out.postings.push_back({{.no = 2,
                             .at = parse_iso8601("2026-02-02T10:00:00Z"),
                             .category = "prereserved",
                             .amount = Decimal(800),
                             .document = {.kind = "fund_request", .number = "R-1"}},
                            "p2"});
    out.postings.push_back({{.no = 3,
                             .at = parse_iso8601("2026-02-03T10:00:00Z"),
                             .category = "prereserved",
                             .amount = Decimal(-800),
                             .reversal_of = 2},
                            "p3"});
    out.status = "active";
    return out;
  }

  /// The sample with another value.
  static std::vector<std::string> breaches_with(std::string_view path, std::string value) {
    Fields fields = to_fields(fund());
    set(fields, path, std::move(value));
    return breaches<Fund>(fields);
  }
};

TEST_F(Funds, ABudgetSurvivesJson) { survives_json(budget()); }

TEST_F(Funds, ABudgetIsApprovedAndFrozenByFinance) {
  EXPECT_EQ(step<Budget>("draft", "approved", Actor::Finance), "");
  EXPECT_EQ(step<Budget>("draft", "approved", Actor::ChannelMarketing), "forbidden_actor");
  EXPECT_EQ(step<Budget>("draft", "open", Actor::Finance), "invalid_transition");
  EXPECT_EQ(step<Budget>("approved", "open", Actor::ChannelMarketing), "");
  EXPECT_EQ(step<Budget>("open", "frozen", Actor::Finance), "reason_missing");
  EXPECT_EQ(step<Budget>("open", "frozen", Actor::Finance, "audit"), "");
  EXPECT_EQ(step<Budget>("frozen", "open", Actor::Finance), "");
  EXPECT_EQ(step<Budget>("frozen", "closed", Actor::Finance), "invalid_transition");
  EXPECT_EQ(step<Budget>("open", "closed", Actor::System), "");
  EXPECT_EQ(step<Budget>("closed", "open", Actor::Finance), "invalid_transition");
}

TEST_F(Funds, ABudgetThatWarnsSaysFromWhereOn) {
  Budget sample = budget();
  sample.tolerance_pct.reset();
  EXPECT_THAT(missed<Budget>(to_fields(sample)), ElementsAre("tolerance_pct tolerance"));
  sample.validation = "strict";
  EXPECT_THAT(missed<Budget>(to_fields(sample)), IsEmpty());
  EXPECT_THAT(breaches<Budget>({{"validation", "strict"}, {"tolerance_pct", "5"}}),
              ElementsAre("tolerance_pct tolerance: is 5 %, and the validation is strict"));
  EXPECT_THAT(breaches<Budget>({{"validation", "strict"}, {"tolerance_pct", "0"}}), IsEmpty());
  EXPECT_THAT(breaches<Budget>({{"tolerance_pct", "-1"}}),
              ElementsAre("tolerance_pct tolerance: is -1 %, below 0"));
}

TEST_F(Funds, ABudgetIsAnAmountOfOneCurrencyInAPeriod) {
  EXPECT_EQ(type_of<Budget>()->group_of("currency"), "amount");
  EXPECT_THAT(breaches<Budget>({{"amount", "5"}}),
              ElementsAre("currency currency: is missing beside its amount"));
  EXPECT_THAT(breaches<Budget>({{"valid.start", "2026-02-01"}, {"valid.end", "2026-01-31"}}),
              ElementsAre("valid.end order: is before valid.start"));
  EXPECT_THAT(key<Budget>("number", to_fields(budget())), ElementsAre("B-1"));
}

TEST_F(Funds, AClosedBudgetStaysAsItIs) {
  Fields before = to_fields(budget());
  Fields after = before;
  set(after, "amount", "90000");
  set(after, "custom.seen", "true");
  EXPECT_THAT(changes_of_closed_budget(before, after), IsEmpty());
  set(before, "status", "closed");
  EXPECT_THAT(told(type_of<Budget>()->rules().locked(before, after)),
              ElementsAre("amount locked: cannot be changed: the budget is closed"));
}

TEST_F(Funds, AFundSurvivesJson) { survives_json(fund()); }

TEST_F(Funds, AFundRunsOutByTheCalendarAndIsRenewedByPeople) {
  EXPECT_EQ(step<Fund>("planned", "active", Actor::ChannelMarketing), "");
  EXPECT_EQ(step<Fund>("planned", "active", Actor::PartnerManager), "forbidden_actor");
  EXPECT_EQ(step<Fund>("active", "expiring", Actor::System), "");
  EXPECT_EQ(step<Fund>("active", "expiring", Actor::Finance), "forbidden_actor");
  EXPECT_EQ(step<Fund>("active", "expired", Actor::System), "invalid_transition");
  EXPECT_EQ(step<Fund>("expiring", "expired", Actor::System), "");
  EXPECT_EQ(step<Fund>("expiring", "closed", Actor::Finance), "");
  EXPECT_EQ(step<Fund>("expiring", "active", Actor::Finance), "");
  EXPECT_EQ(step<Fund>("expired", "active", Actor::ChannelMarketing), "");
  EXPECT_EQ(step<Fund>("closed", "active", Actor::Finance), "invalid_transition");
}

TEST_F(Funds, AFundInUseHasPostings) {
  Fund sample = fund();
  sample.postings.clear();
  EXPECT_THAT(missed<Fund>(to_fields(sample)), ElementsAre("postings[].amount postings"));
  sample.status = "planned";
  EXPECT_THAT(missed<Fund>(to_fields(sample)), IsEmpty());
}

TEST_F(Funds, AnAccrualRuleSaysHowMuchAndForWhatTime) {
  Fund sample = fund();
  sample.accrual_rule = {.product_family = "pumps"};
  EXPECT_THAT(
      missed<Fund>(to_fields(sample)),
      UnorderedElementsAre("accrual_rule.pct accrual_pct", "accrual_rule.period accrual_period"));
  sample.accrual_rule = {};
  EXPECT_THAT(missed<Fund>(to_fields(sample)), IsEmpty());
  EXPECT_THAT(breaches<Fund>({{"accrual_rule.pct", "101"}}),
              ElementsAre("accrual_rule.pct share: is 101 %, not between 0 and 100"));
}

TEST_F(Funds, PostingsAreInTheCurrencyOfTheirFund) {
  EXPECT_THAT(breaches<Fund>({{"postings[a].amount", "5"}}),
              ElementsAre("currency currency_missing: is missing beside postings[a].amount"));
}

TEST_F(Funds, EachPostingHasANumberOfItsOwn) {
  EXPECT_THAT(
      breaches_with("postings[p3].no", "2"),
      ElementsAre(
          "postings[p3].no posting_no: is 2, as that of posting 2, prereserved 800.00 EUR"));
}

TEST_F(Funds, AReversalTakesBackAllOfItsPosting) {
  EXPECT_THAT(breaches_with("postings[p3].amount", "-700"),
              ElementsAre("postings[p3].amount reversal: is -700.00 EUR, and takes back posting 2, "
                          "prereserved 800.00 EUR: 100.00 EUR are left"));
  EXPECT_THAT(breaches_with("postings[p3].category", "reserved"),
              ElementsAre("postings[p3].category reversal: is reserved, and takes back posting 2, "
                          "prereserved 800.00 EUR"));
  EXPECT_THAT(breaches<Fund>({{"postings[a].no", "1"}, {"postings[a].reversal_of", "1"}}),
              ElementsAre("postings[a].reversal_of reversal: is 1, the posting itself"));
}

TEST_F(Funds, APostingIsTakenBackOnce) {
  Fund sample = fund();
  sample.postings.push_back(
      {{.no = 4, .category = "prereserved", .amount = Decimal(-800), .reversal_of = 2}, "p4"});
  EXPECT_THAT(breaches<Fund>(to_fields(sample)),
              ElementsAre("postings[p4].reversal_of reversed_twice: is 2, which posting 3, "
                          "prereserved -800.00 EUR, takes back already"));
}

TEST_F(Funds, AReversalOfAPostingThatIsNotThereIsNotJudged) {
  EXPECT_THAT(breaches<Fund>({{"currency", "EUR"},
                              {"postings[a].no", "2"},
                              {"postings[a].amount", "-5"},
                              {"postings[a].reversal_of", "1"}}),
              IsEmpty());
}

TEST_F(Funds, PostingsAreAddedAndNeverChangedOrRemoved) {
  const Fields before = to_fields(fund());
  Fields after = before;
  set(after, "postings[p4].no", "4");
  set(after, "postings[p4].amount", "100");
  set(after, "title", "Exempel AB");
  EXPECT_THAT(changes_of_posted(before, after), IsEmpty());
  set(after, "postings[p1].document.number", std::nullopt);
  set(after, "postings[p2].amount", "700");
  std::erase_if(after, [](const auto& field) { return field.first.starts_with("postings[p3]."); });
  EXPECT_THAT(
      told(type_of<Fund>()->rules().locked(before, after)),
      ElementsAre("postings[p1].document.number locked: cannot be emptied: posting 1, budget "
                  "5000.00 EUR, is booked, and only a reversal takes it back",
                  "postings[p2].amount locked: cannot be changed from 800 to 700: posting 2, "
                  "prereserved 800.00 EUR, is booked, and only a reversal takes it back",
                  "postings[p3].amount locked: cannot be removed: posting 3, prereserved -800.00 "
                  "EUR, is booked, and only a reversal takes it back"));
}

TEST_F(Funds, NothingIsAddedToAPosting) {
  const Fields before = to_fields(fund());
  Fields after = before;
  set(after, "postings[p3].document.kind", "claim");
  EXPECT_THAT(told(changes_of_posted(before, after)),
              ElementsAre("postings[p3].document.kind locked: cannot be filled with claim: posting "
                          "3, prereserved -800.00 EUR, is booked, and only a reversal takes it "
                          "back"));
}

TEST_F(Funds, AClosedFundTakesPostingsOnly) {
  Fields before = to_fields(fund());
  set(before, "status", "closed");
  Fields after = before;
  set(after, "amount", "6000");
  set(after, "postings[p4].amount", "1");
  EXPECT_THAT(told(changes_of_posted(before, after)),
              ElementsAre("amount locked: cannot be changed: the fund is closed"));
}

}  // namespace
}  // namespace channelbridge::model
