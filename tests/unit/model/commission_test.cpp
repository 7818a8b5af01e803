#include "channelbridge/model/incentive.hpp"
#include "channelbridge/model/network.hpp"
#include "entity_test.hpp"

namespace channelbridge::model {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class Commissions : public EntityTest {
 protected:
  /// 15 to 20 % for customers who stay for half a year.
  static Incentive plan() {
    Incentive out;
    out.code = "REF-2026";
    out.kind = "referral_commission";
    out.period = {.start = Date::parse("2026-01-01"), .end = Date::parse("2026-12-31")};
    out.partner_scope.program = kId;
    out.product_scope.products.push_back({{"pending:erp/Product/4711"}, "p"});
    out.product_scope.families.push_back({{"pumps"}, "f"});
    out.base = "invoice_net";
    out.rates.push_back({{.from = Decimal(0), .to = Decimal(5), .pct = Percent{Decimal(15)}}, "1"});
    out.rates.push_back({{.from = Decimal(5), .pct = Percent{Decimal(20)}}, "2"});
    out.bands = {.metric = "retained_customers", .method = "whole_amount"};
    out.accrual_event = "payment";
    out.holding = {.months = 6, .condition = "customer_retained"};
    out.clawback = {.window_months = 12, .method = "prorata"};
    out.cap = Decimal(50000);
    out.currency = Currency::parse("EUR");
    out.payout_frequency = "quarter";
    return out;
  }

  static Commission sample() {
    Commission out;
    out.number = "K-1";
    out.plan = kId;
    out.partner = "pending:crm/Account/7";
    out.contact = "pending:crm/Contact/3";
    out.customer = "pending:crm/Account/9";
    out.source_doc = {.invoice = "pending:erp/Invoice/5", .line = 10};
    out.slice = 1;
    out.base.amount = eur(1000);
    out.rate.pct = Percent{Decimal(15)};
    out.amount = eur(150);
    out.accrued_at = parse_iso8601("2026-01-15T09:00:00Z");
    out.eligible_at = Date::parse("2026-07-15");
    out.evaluated = {.at = parse_iso8601("2026-07-15T02:00:00Z"),
                     .retained = true,
                     .evidence = "contract C-1 holds on 2026-07-15"};
    out.paid_settlement = "pending:erp/Settlement/1";
    out.status = "paid";
    return out;
  }
  static Money eur(std::int64_t amount) {
    return {.amount = Decimal(amount), .currency = Currency::parse("EUR")};
  }

  static std::vector<std::string> locked(const Fields& before, std::string_view path, Value value) {
    Fields after = before;
    set(after, path, std::move(value));
    return told(type_of<Commission>()->rules().locked(before, after));
  }

  static constexpr std::string_view kId = "017f22e2-79b0-7cc3-98c4-dc0c0c07398f";
};

TEST_F(Commissions, TheirPlanSurvivesJson) { survives_json(plan()); }

TEST_F(Commissions, TheirPlanHasBandsThatFollowEachOther) {
  Incentive one = plan();
  one.rates[0].to = Decimal(6);
  EXPECT_THAT(breaches<Incentive>(to_fields(one)),
              ElementsAre("rates[2].from band_overlap: is 5, inside the band from 0 to 6"));
  one.rates[0].to.reset();
  EXPECT_THAT(breaches<Incentive>(to_fields(one)), IsEmpty()) << "it ends where the next begins";
  one.rates[1].from = Decimal(0);
  EXPECT_THAT(breaches<Incentive>(to_fields(one)),
              ElementsAre("rates[2].from band_overlap: is 0, where another band begins too"));
  one = plan();
  one.rates[1].to = Decimal(5);
  EXPECT_THAT(breaches<Incentive>(to_fields(one)),
              ElementsAre("rates[2].to band: is 5, not above from 5"));
}

TEST_F(Commissions, TheirPlanGrantsSharesOfMoneyOrMoneyAUnit) {
  Incentive one = plan();
  one.rates[0].money_per_unit = Decimal(3);
  EXPECT_THAT(
      breaches<Incentive>(to_fields(one)),
      ElementsAre(
          "rates[1].money_per_unit one_rate: is 3 beside a rate of 15 %",
          "rates[1].money_per_unit rate_of_base: is 3 a unit, and the base is invoice_net"));
  one = plan();
  one.base = "units";
  one.rates.resize(1);
  EXPECT_THAT(breaches<Incentive>(to_fields(one)),
              ElementsAre("rates[1].pct rate_of_base: is 15 %, and the base is units"));
  one.rates[0].pct.reset();
  EXPECT_THAT(missed<Incentive>(to_fields(one)), ElementsAre("rates[].pct rate"));
  one.rates[0].money_per_unit = Decimal(1000001, 6);
  EXPECT_THAT(breaches<Incentive>(to_fields(one)), IsEmpty());
  one.currency.reset();
  EXPECT_THAT(breaches<Incentive>(to_fields(one)),
              ElementsAre("currency currency_missing: is missing beside cap and 1 more"));
}

TEST_F(Commissions, TheirPlanStaysWithinItsFigures) {
  Fields fields = to_fields(plan());
  set(fields, "rates[1].pct", "101");
  set(fields, "holding.months", "-1");
  set(fields, "clawback.window_months", "-2");
  set(fields, "cap", "-0.5");
  set(fields, "bands.method", "incremental");
  set(fields, "period.end", "2025-12-31");
  EXPECT_THAT(
      breaches<Incentive>(fields),
      UnorderedElementsAre(
          "rates[1].pct share: is 101 %, not between 0 and 100",
          "holding.months below_zero: is -1, below zero",
          "clawback.window_months below_zero: is -2, below zero",
          "cap below_zero: is -0.5, below zero",
          "bands.method bands_of_base: is incremental, and the bands are of retained_customers",
          "period.end order: is before period.start"));
}

TEST_F(Commissions, TheirPlanSaysWhatAHoldingAndAWindowAreFor) {
  Incentive one = plan();
  one.holding.condition.reset();
  one.clawback.method.reset();
  EXPECT_THAT(missed<Incentive>(to_fields(one)),
              UnorderedElementsAre("holding.condition condition", "clawback.method method"));
  one.holding.months = 0;
  one.clawback.window_months.reset();
  EXPECT_THAT(missed<Incentive>(to_fields(one)), IsEmpty());
  EXPECT_THAT(missed<Incentive>({}), UnorderedElementsAre("rates required", "code required",
                                                          "kind required", "base required"));
  EXPECT_THAT(key<Incentive>("code", {{"code", "REF"}}), ElementsAre("REF"));
}

TEST_F(Commissions, SurviveJson) { survives_json(sample()); }

TEST_F(Commissions, AreHeldEarnedApprovedSettledAndPaid) {
  EXPECT_EQ(step<Commission>("accrued", "holding", Actor::System), "");
  EXPECT_EQ(step<Commission>("accrued", "earned", Actor::System), "") << "nothing is held back";
  EXPECT_EQ(step<Commission>("holding", "earned", Actor::System), "");
  EXPECT_EQ(step<Commission>("holding", "earned", Actor::PartnerManager), "forbidden_actor");
  EXPECT_EQ(step<Commission>("holding", "forfeited", Actor::System), "reason_missing");
  EXPECT_EQ(step<Commission>("holding", "forfeited", Actor::System, "contract_inactive"), "");
  EXPECT_EQ(step<Commission>("earned", "approved", Actor::Finance), "");
  EXPECT_EQ(step<Commission>("earned", "approved", Actor::ChannelManager), "forbidden_actor");
  EXPECT_EQ(step<Commission>("earned", "paid", Actor::Finance), "invalid_transition");
  EXPECT_EQ(step<Commission>("approved", "in_settlement", Actor::Finance), "");
  EXPECT_EQ(step<Commission>("in_settlement", "paid", Actor::System), "");
  EXPECT_EQ(step<Commission>("holding", "approved", Actor::Finance), "invalid_transition");
}

TEST_F(Commissions, AreTakenBackOnceEarned) {
  for (const char* state : {"earned", "approved", "paid"}) {
    EXPECT_EQ(step<Commission>(state, "clawed_back", Actor::Finance), "reason_missing");
    EXPECT_EQ(step<Commission>(state, "clawed_back", Actor::Finance, "cancellation"), "");
  }
  EXPECT_EQ(step<Commission>("in_settlement", "clawed_back", Actor::Finance, "cancellation"),
            "invalid_transition");
  EXPECT_EQ(step<Commission>("holding", "clawed_back", Actor::Finance, "cancellation"),
            "invalid_transition");
}

TEST_F(Commissions, GoOnWhereTheyWereDisputed) {
  Commission one = sample();
  one.status = "earned";
  Fields fields = to_fields(one);
  const auto to = [&fields](const char* state, Actor actor, const char* at) {
    return move<Commission>(fields, state, actor, at, "rate");
  };
  EXPECT_EQ(step<Commission>("earned", "disputed", Actor::PartnerManager), "reason_missing");
  ASSERT_THAT(to("disputed", Actor::PartnerManager, "2026-08-01T10:00:00Z"), IsEmpty());
  EXPECT_THAT(to("paid", Actor::Finance, "2026-08-02T10:00:00Z"),
              ElementsAre("status resumed: was disputed since earned, and goes on as paid"));
  EXPECT_THAT(to("earned", Actor::Finance, "2026-08-02T10:00:00Z"), IsEmpty());
  const StateMachine& states = *type_of<Commission>()->states();
  EXPECT_THAT(states.shortest_path("accrued", "paid"),
              ElementsAre("earned", "approved", "in_settlement", "paid"))
      << "no way leads through a dispute";
}

TEST_F(Commissions, SayWhatTheyAreFor) {
  Commission one = sample();
  one.source_doc = {};
  one.base = {};
  one.rate = {};
  one.amount = {};
  EXPECT_THAT(missed<Commission>(to_fields(one)),
              UnorderedElementsAre("source_doc.order source_doc", "base.amount.amount base",
                                   "rate.pct rate", "amount.amount amount"));
  EXPECT_THAT(missed<Commission>({}),
              UnorderedElementsAre("plan required", "partner required", "status required",
                                   "source_doc.order source_doc", "base.amount.amount base",
                                   "rate.pct rate", "amount.amount amount"));
}

TEST_F(Commissions, SayWhatTheirStateNeeds) {
  Commission one = sample();
  one.evaluated = {};
  one.paid_settlement.reset();
  EXPECT_THAT(missed<Commission>(to_fields(one)),
              UnorderedElementsAre("evaluated.at evaluated_at", "evaluated.retained retained",
                                   "paid_settlement paid_settlement"));
  one.eligible_at.reset();
  one.status = "earned";
  EXPECT_THAT(missed<Commission>(to_fields(one)), IsEmpty()) << "it was never held back";
  one.status = "forfeited";
  EXPECT_THAT(missed<Commission>(to_fields(one)),
              UnorderedElementsAre("evaluated.at evaluated_at", "evaluated.retained retained"));
  one.status = "holding";
  EXPECT_THAT(missed<Commission>(to_fields(one)), ElementsAre("eligible_at eligible_at"));
}

TEST_F(Commissions, BelowZeroNameWhatTheyTakeBack) {
  Commission one = sample();
  one.amount = eur(-50);
  EXPECT_THAT(missed<Commission>(to_fields(one)), ElementsAre("reversal_of reversal_of"));
  EXPECT_THAT(type_of<Commission>()->rules().acyclic, ElementsAre("reversal_of"));
  const auto grounds = missing_grounds(*type_of<Commission>(), to_fields(one));
  ASSERT_EQ(grounds.size(), 1U);
  EXPECT_THAT(grounds[0].asked_by, ElementsAre("amount.amount"));
}

TEST_F(Commissions, GrantNoMoreThanTheirRate) {
  Commission one = sample();
  one.amount.amount = Decimal(15001, 2);
  EXPECT_THAT(breaches<Commission>(to_fields(one)),
              ElementsAre("amount.amount amount_above_rate: is 150.01, more than base 1000.00 x "
                          "rate 15 % = 150.00 EUR"));
  one.amount.amount = Decimal(-15001, 2);
  EXPECT_THAT(breaches<Commission>(to_fields(one)), ::testing::SizeIs(1));
  one.amount.amount = Decimal(120);
  EXPECT_THAT(breaches<Commission>(to_fields(one)), IsEmpty()) << "a cap leaves less";
  one.base.amount.currency = Currency::parse("SEK");
  one.amount.amount = Decimal(900);
  EXPECT_THAT(breaches<Commission>(to_fields(one)), IsEmpty()) << "two currencies";
  one = sample();
  one.base = {.quantity = {.value = Decimal(10), .unit = Unit::parse("H87")}};
  one.rate = {.money_per_unit = Decimal(12)};
  EXPECT_THAT(breaches<Commission>(to_fields(one)),
              ElementsAre("amount.amount amount_above_rate: is 150.00, more than base 10 x 12 = "
                          "120.00 EUR"));
}

TEST_F(Commissions, OfNothingAreNone) {
  EXPECT_THAT(breaches<Commission>({{"amount.amount", "0"}, {"amount.currency", "EUR"}}),
              ElementsAre("amount.amount amount_zero: is 0, a commission grants something or takes "
                          "something back"));
}

TEST_F(Commissions, AreForOneDocumentAtOneRate) {
  Fields fields = to_fields(sample());
  set(fields, "source_doc.order", std::string(kId));
  set(fields, "rate.money_per_unit", "3");
  EXPECT_THAT(breaches<Commission>(fields),
              ElementsAre("source_doc.invoice one_source: is pending:erp/Invoice/5, beside "
                          "source_doc.order " +
                              std::string(kId),
                          "rate.money_per_unit one_rate: is 3, beside rate.pct 15"));
  EXPECT_THAT(breaches<Commission>({{"rate.pct", "100.5"}}),
              ElementsAre("rate.pct share: is 100.5 %, not between 0 and 100"));
}

TEST_F(Commissions, AreEarnedWhenTheCustomerWasKept) {
  EXPECT_THAT(breaches<Commission>({{"status", "earned"}, {"evaluated.retained", "false"}}),
              ElementsAre("evaluated.retained retained: is false, and the status is earned"));
  EXPECT_THAT(breaches<Commission>({{"status", "forfeited"}, {"evaluated.retained", "true"}}),
              ElementsAre("evaluated.retained retained: is true, and the status is forfeited"));
  EXPECT_THAT(breaches<Commission>({{"status", "forfeited"}, {"evaluated.retained", "false"}}),
              IsEmpty());
}

TEST_F(Commissions, AreOneOfAPlanAPartnerALineAndASlice) {
  Commission one = sample();
  const std::string expected =
      std::string(kId) + "/pending:crm/Account/7/pending:erp/Invoice/5/10/1";
  EXPECT_THAT(key<Commission>("granted_line", to_fields(one)), ElementsAre(expected));
  one.reversal_of = kId;
  EXPECT_THAT(key<Commission>("granted_line", to_fields(one)), IsEmpty())
      << "what is taken back stands beside it";
  one = sample();
  one.partner.reset();
  EXPECT_THAT(key<Commission>("granted_line", to_fields(one)), IsEmpty());
  EXPECT_THAT(key<Commission>("number", {{"number", "K-1"}}), ElementsAre("K-1"));
}

TEST_F(Commissions, AreImmutableOnceInSettlement) {
  Commission one = sample();
  one.status = "in_settlement";
  one.paid_settlement.reset();
  const Fields settled = to_fields(one);
  EXPECT_THAT(locked(settled, "amount.amount", "140"),
              ElementsAre("amount.amount locked: cannot be changed: the commission is "
                          "in_settlement"));
  EXPECT_THAT(locked(settled, "reversal_of", std::string(kId)),
              ElementsAre("reversal_of locked: cannot be filled: the commission is in_settlement"));
  EXPECT_THAT(locked(settled, "slice", std::nullopt),
              ElementsAre("slice locked: cannot be emptied: the commission is in_settlement"));
  EXPECT_THAT(locked(settled, "status", "paid"), IsEmpty());
  EXPECT_THAT(locked(settled, "state_history[1].to", "paid"), IsEmpty());
  EXPECT_THAT(locked(settled, "custom.region", "south"), IsEmpty());
  EXPECT_THAT(locked(settled, "paid_settlement", std::string(kId)), IsEmpty());
  EXPECT_THAT(locked(to_fields(sample()), "paid_settlement", std::string(kId)),
              ElementsAre("paid_settlement locked: cannot be changed: the commission is paid"));
}

TEST_F(Commissions, StayImmutableWhateverFollowsTheSettlement) {
  Commission one = sample();
  one.status = "clawed_back";
  Fields fields = to_fields(one);
  EXPECT_THAT(locked(fields, "amount.amount", "140"), IsEmpty()) << "it was taken back before";
  set(fields, "state_history[1].to", "in_settlement");
  EXPECT_THAT(locked(fields, "amount.amount", "140"),
              ElementsAre("amount.amount locked: cannot be changed: the commission was settled"));
  one.status = "approved";
  EXPECT_THAT(locked(to_fields(one), "amount.amount", "140"), IsEmpty());
}

TEST_F(Commissions, AreNotTakenBackTwice) {
  const auto found = [](const std::vector<std::string>& amounts) {
    const auto check = NetworkCheck::of("commission");
    int number = 0;
    for (const std::string& amount : amounts) {
      Fields fields{{"number", "K-" + std::to_string(++number)},
                    {"status", "earned"},
                    {"amount.amount", amount},
                    {"amount.currency", "EUR"}};
      if (number > 1) fields["reversal_of"] = "1";
      check->add(std::to_string(number), fields);
    }
    std::vector<std::string> out;
    for (const Contradiction& each : check->contradictions())
      out.push_back(each.rule + " " + each.record + " " + each.other + ": " + each.message);
    return out;
  };
  EXPECT_THAT(found({"100", "-60", "-40"}), IsEmpty());
  EXPECT_THAT(found({"100", "-60", "-40.01"}),
              ElementsAre("reversal_above_original 1 3: K-2, K-3 take back 100.01 EUR of "
                          "commission K-1, which is 100 EUR"));
  EXPECT_THAT(found({"100", "5"}),
              ElementsAre("reversal_above_original 1 2: K-2 take back -5 EUR of commission K-1, "
                          "which is 100 EUR"));
  EXPECT_THAT(found({"-100", "100"}), IsEmpty()) << "a claw-back that was a mistake";
}

TEST_F(Commissions, StayBelowTheCapOfTheirPlan) {
  const auto found = [](const std::vector<Fields>& commissions, const Fields& plan) {
    const auto check = NetworkCheck::of("commission");
    int number = 0;
    for (Fields fields : commissions) {
      fields.insert({{"plan", "p"}, {"status", "earned"}, {"amount.currency", "EUR"}});
      check->add("commission", std::to_string(++number), fields);
    }
    check->add("incentive", "p", plan);
    std::vector<std::string> out;
    for (const Contradiction& each : check->contradictions())
      out.push_back(each.entity + " " + each.rule + " " + each.record + " " + each.other + ": " +
                    each.message);
    return out;
  };
  const auto granted = [](const char* amount) { return Fields{{"amount.amount", amount}}; };
  const Fields plan{{"code", "REF-26"}, {"cap", "150"}, {"currency", "EUR"}};
  EXPECT_THAT(found({granted("100"), granted("50")}, plan), IsEmpty());
  EXPECT_THAT(found({granted("100"), granted("50.01")}, plan),
              ElementsAre("incentive cap_exceeded p 2: 2 commissions of plan REF-26 are 150.01 EUR "
                          "together, and its cap is 150 EUR"));
  const Fields back{{"amount.amount", "-20"}, {"reversal_of", "1"}};
  EXPECT_THAT(found({granted("100"), back, granted("60")}, plan), IsEmpty())
      << "what was taken back is granted no more";
  const Fields forfeited{{"amount.amount", "60"}, {"status", "forfeited"}};
  EXPECT_THAT(found({granted("100"), forfeited}, plan), IsEmpty());
  const Fields other{{"amount.amount", "60"}, {"amount.currency", "SEK"}};
  EXPECT_THAT(found({granted("100"), other}, plan), IsEmpty())
      << "of two currencies no sum is made";
  EXPECT_THAT(found({granted("200")}, {{"code", "REF-26"}}), IsEmpty()) << "there is no cap";
}

}  // namespace
}  // namespace channelbridge::model
