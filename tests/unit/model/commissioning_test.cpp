#include "channelbridge/model/commissioning.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "samples.hpp"

namespace channelbridge::model {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class Commissioning : public ::testing::Test {
 protected:
  static Date on(std::string_view text) { return Date::parse(text).value(); }
  static Currency euro() { return Currency::parse("EUR").value(); }
  static Money money(std::string_view amount, std::string_view currency = "EUR") {
    return {.amount = decimal(amount), .currency = Currency::parse(currency)};
  }
  /// "12.50 EUR", or why there is none.
  static std::string shown(const Result<Money>& amount) {
    if (!amount) return amount.error().message();
    return to_string(*amount->amount) + " " + amount->currency->text();
  }
  static Element<Incentive::Rate> band(std::string_view from, std::string_view to,
                                       std::string_view pct) {
    Element<Incentive::Rate> out{{.pct = Percent{decimal(pct)}}};
    if (!from.empty()) out.from = decimal(from);
    if (!to.empty()) out.to = decimal(to);
    return out;
  }
};

TEST_F(Commissioning, ACommissionIsHeldWhereThePlanSaysForHowLong) {
  Incentive plan;
  EXPECT_EQ(after_accrual(plan), "earned");
  plan.holding.months = 0;
  EXPECT_EQ(after_accrual(plan), "earned");
  plan.holding.months = 6;
  EXPECT_EQ(after_accrual(plan), "holding");
}

TEST_F(Commissioning, IsJudgedOnTheSameDayOrTheLastOfItsMonth) {
  EXPECT_EQ(*eligible_at(on("2026-08-31"), 6), on("2027-02-28"));
  EXPECT_EQ(*eligible_at(on("2027-08-31"), 6), on("2028-02-29"));
  EXPECT_EQ(*eligible_at(on("2026-08-15"), 6), on("2027-02-15"));
  EXPECT_EQ(*eligible_at(on("2026-11-30"), 3), on("2027-02-28"));
  EXPECT_EQ(*eligible_at(on("2026-08-31"), 0), on("2026-08-31"));
  EXPECT_EQ(eligible_at(on("2026-08-31"), -1).error().code(), ErrorCode::Invalid);
  EXPECT_THAT(eligible_at(on("2026-08-31"), -1).error().message(), HasSubstr("-1 months"));
  EXPECT_FALSE(eligible_at(on("9999-08-31"), 6));
  EXPECT_FALSE(eligible_at(on("2026-08-31"), 9'000'000'000'000));
}

/// A contract of a year, judged after half of it.
class CustomerRetention : public Commissioning {
 protected:
  CustomerRetention() {
    facts_.contract.number = "C-1";
    facts_.contract.start = on("2026-01-31");
    facts_.contract.end = on("2027-01-30");
    facts_.contract.status = "active";
  }
  std::string judged(const RetentionOptions& options = {}) const {
    const Retention out = retention(facts_, on("2026-07-31"), options);
    EXPECT_EQ(out.retained, out.reason.empty());
    return out.reason + ": " + out.evidence;
  }
  static Invoice invoice(std::string_view due) {
    Invoice out;
    out.number = "I-1";
    out.kind = "invoice";
    out.status = "sent";
    out.due_date = on(due);
    out.totals.payable = Decimal(100);
    return out;
  }

  RetentionFacts facts_;
};

TEST_F(CustomerRetention, AnActiveContractIsKept) {
  EXPECT_EQ(judged(), ": contract C-1 holds on 2026-07-31");
  facts_.contract.status = "expiring";
  EXPECT_EQ(judged(), ": contract C-1 holds on 2026-07-31");
}

TEST_F(CustomerRetention, AContractThatIsNoneYetOrNoMoreIsNotKept) {
  for (const char* status : {"draft", "in_approval", "terminated"}) {
    facts_.contract.status = status;
    EXPECT_EQ(judged(), "contract_inactive: contract C-1 is " + std::string(status));
  }
  facts_.contract.status.reset();
  EXPECT_EQ(judged(), "contract_inactive: contract C-1 is without a status");
  facts_.contract.status = "active";
  facts_.contract.start = on("2026-08-01");
  EXPECT_EQ(judged(), "contract_inactive: contract C-1 begins on 2026-08-01, after 2026-07-31");
}

TEST_F(CustomerRetention, AContractThatRanOutIsKeptWhenItGoesOn) {
  facts_.contract.end = on("2026-07-30");
  EXPECT_EQ(judged(), "contract_inactive: contract C-1 ended on 2026-07-30");
  facts_.contract.auto_renew = true;
  EXPECT_THAT(judged(), HasSubstr(": contract C-1 holds"));
  facts_.contract.auto_renew = false;
  facts_.contract.status = "renewed";
  EXPECT_THAT(judged(), HasSubstr(": contract C-1 holds"));
}

TEST_F(CustomerRetention, WhatEndedAfterTheDayDidHoldOnIt) {
  facts_.contract.status = "expired";
  EXPECT_THAT(judged(), HasSubstr(": contract C-1 holds"));
  facts_.contract.end = on("2026-07-30");
  EXPECT_EQ(judged(), "contract_inactive: contract C-1 ended on 2026-07-30");
  facts_.contract.status = "terminated";
  facts_.notice_effective = on("2026-07-31");
  EXPECT_EQ(judged(), "contract_inactive: contract C-1 is terminated");
  facts_.contract.end = on("2026-07-31");
  EXPECT_THAT(judged(), HasSubstr(": contract C-1 holds"));
}

TEST_F(CustomerRetention, ANoticeCountsWhenItTakesEffectBeforeTheDay) {
  facts_.notice_effective = on("2026-07-30");
  EXPECT_EQ(judged(), "under_notice: contract C-1 is off from 2026-07-30, before 2026-07-31");
  facts_.notice_effective = on("2026-07-31");
  EXPECT_THAT(judged(), HasSubstr(": contract C-1 holds"));
}

TEST_F(CustomerRetention, AnInvoiceMayBeUnpaidForSoManyDays) {
  facts_.invoices = {invoice("2026-07-01")};
  EXPECT_THAT(judged(), HasSubstr(": contract C-1 holds")) << "30 days";
  facts_.invoices = {invoice("2026-06-30")};
  EXPECT_EQ(judged(),
            "unpaid_invoice: invoice I-1 was due on 2026-06-30, 31 days before 2026-07-31, 30 are "
            "allowed");
  EXPECT_THAT(judged({.unpaid_days = 31}), HasSubstr(": contract C-1 holds"));
}

TEST_F(CustomerRetention, OnlyInvoicesThatAreOwedCount) {
  for (const char* status : {"draft", "paid", "cancelled"}) {
    facts_.invoices = {invoice("2026-03-01")};
    facts_.invoices[0].status = status;
    EXPECT_THAT(judged(), HasSubstr(": contract C-1 holds")) << status;
  }
  facts_.invoices = {invoice("2026-03-01")};
  facts_.invoices[0].kind = "credit_note";
  EXPECT_THAT(judged(), HasSubstr(": contract C-1 holds"));
  facts_.invoices = {invoice("2026-03-01")};
  facts_.invoices[0].paid_amount = Decimal(100);
  EXPECT_THAT(judged(), HasSubstr(": contract C-1 holds"));
  facts_.invoices[0].paid_amount = decimal("99.99");
  EXPECT_THAT(judged(), HasSubstr("unpaid_invoice"));
  facts_.invoices[0].due_date.reset();
  EXPECT_THAT(judged(), HasSubstr(": contract C-1 holds"));
}

class RateBands : public Commissioning {
 protected:
  std::string rate(std::string_view figure) const {
    const auto found = rate_for(bands_, decimal(figure));
    if (!found) return found.error().message();
    return found->pct ? to_string(found->pct->value) : "none";
  }

  std::vector<Element<Incentive::Rate>> bands_{band("5", "10", "18"), band("", "5", "15"),
                                               band("10", "", "20")};
};

TEST_F(RateBands, BeginWithTheirFirstFigureAndEndBeforeTheirLast) {
  EXPECT_EQ(rate("0"), "15");
  EXPECT_EQ(rate("4.9999"), "15");
  EXPECT_EQ(rate("5"), "18");
  EXPECT_EQ(rate("10"), "20");
  EXPECT_EQ(rate("1000000"), "20");
  EXPECT_EQ(rate("-1"), "none");
}

TEST_F(RateBands, WithoutAnEndLastUntilTheNextBegins) {
  bands_ = {band("0", "", "15"), band("5", "", "18")};
  EXPECT_EQ(rate("4"), "15");
  EXPECT_EQ(rate("5"), "18");
  bands_ = {band("2", "3", "15"), band("5", "", "18")};
  EXPECT_EQ(rate("4"), "none");
}

TEST_F(RateBands, ThatOverlapAreRefusedWithBothFigures) {
  bands_ = {band("0", "6", "15"), band("5", "", "18")};
  EXPECT_EQ(rate("1"), "the bands from 0 to 6 and from 5 overlap");
  bands_ = {band("5", "5", "15")};
  EXPECT_EQ(rate("5"), "the band from 5 to 5 ends before it begins");
  bands_ = {band("5", "", "15")};
  bands_[0].money_per_unit = Decimal(3);
  EXPECT_EQ(rate("5"), "the band from 5 has two rates");
  bands_[0].money_per_unit.reset();
  bands_[0].pct.reset();
  EXPECT_EQ(rate("5"), "the band from 5 has no rate");
}

TEST_F(Commissioning, AnAmountIsRoundedOnceToItsCurrency) {
  const Incentive::Rate rate{.pct = Percent{decimal("12.5")}};
  EXPECT_EQ(shown(commission_amount(rate, decimal("100.04"), euro())), "12.51 EUR") << "12.505";
  EXPECT_EQ(shown(commission_amount(rate, decimal("-100.04"), euro())), "-12.51 EUR");
  EXPECT_EQ(shown(commission_amount(rate, decimal("100.2"), euro(), Rounding::HalfEven)),
            "12.52 EUR")
      << "12.525";
  EXPECT_EQ(shown(commission_amount(rate, decimal("100"), *Currency::parse("JPY"))), "13 JPY");
  EXPECT_EQ(shown(commission_amount(rate, decimal("100.04"), *Currency::parse("KWD"))),
            "12.505 KWD");
}

TEST_F(Commissioning, AnAmountIsAShareOfMoneyOrMoneyAUnit) {
  EXPECT_EQ(shown(commission_amount({.money_per_unit = decimal("0.335")}, Decimal(3), euro())),
            "1.01 EUR");
  EXPECT_EQ(shown(commission_amount({}, Decimal(3), euro())), "0 EUR");
  EXPECT_EQ(shown(commission_amount({.pct = Percent{Decimal(5)}, .money_per_unit = Decimal(3)},
                                    Decimal(3), euro())),
            "a rate is 5 % and 3 a unit");
}

class CommissionClawback : public Commissioning {};

TEST_F(CommissionClawback, IsTheWholeAmountInsideTheWindow) {
  const Incentive::Clawback full{.window_months = 12, .method = "full"};
  const auto taken = [&full](std::string_view day) {
    return shown(clawback_amount(money("150.55"), full, on("2026-01-31"), on(day)));
  };
  EXPECT_EQ(taken("2026-01-31"), "-150.55 EUR");
  EXPECT_EQ(taken("2027-01-30"), "-150.55 EUR");
  EXPECT_EQ(taken("2027-01-31"), "0 EUR") << "the window is over";
}

TEST_F(CommissionClawback, IsThePartOfTheDaysThatRemain) {
  const Incentive::Clawback prorata{.window_months = 12, .method = "prorata"};
  const auto taken = [&prorata](std::string_view day, Rounding rounding) {
    return shown(clawback_amount(money("365"), prorata, on("2026-01-01"), on(day), rounding));
  };
  const Rounding usual = Rounding::HalfAwayFromZero;
  EXPECT_EQ(taken("2026-01-01", usual), "-365 EUR");
  EXPECT_EQ(taken("2026-12-31", usual), "-1 EUR");
  EXPECT_EQ(taken("2026-07-01", usual), "-184 EUR");
  EXPECT_EQ(taken("2027-01-01", usual), "0 EUR");
  EXPECT_EQ(taken("2025-12-01", usual), "-365 EUR") << "never more than there was";
}

TEST_F(CommissionClawback, IsRoundedOnce) {
  const Incentive::Clawback month{.window_months = 1, .method = "prorata"};
  const auto taken = [&month](std::string_view amount, Rounding rounding) {
    // 15 of the 30 days of April.
    return shown(
        clawback_amount(money(amount), month, on("2026-04-01"), on("2026-04-16"), rounding));
  };
  EXPECT_EQ(taken("0.25", Rounding::HalfAwayFromZero), "-0.13 EUR");
  EXPECT_EQ(taken("0.25", Rounding::HalfEven), "-0.12 EUR");
}

TEST_F(CommissionClawback, NeedsAnAmountAndTerms) {
  const auto taken = [](const Money& amount, const Incentive::Clawback& terms) {
    return clawback_amount(amount, terms, on("2026-01-01"), on("2026-02-01"));
  };
  EXPECT_EQ(shown(taken(money("10"), {})), "0 EUR") << "nothing was agreed";
  EXPECT_THAT(shown(taken(money("10"), {.window_months = 6})), HasSubstr("does not say"));
  EXPECT_THAT(shown(taken(money("10"), {.window_months = -6, .method = "full"})),
              HasSubstr("-6 months"));
  EXPECT_THAT(shown(taken(money("-10"), {.window_months = 6, .method = "full"})),
              HasSubstr("of a commission of -10 nothing"));
  EXPECT_EQ(shown(taken({.amount = Decimal(10)}, {.window_months = 6, .method = "full"})),
            "an amount has no currency");
}

/// 3 % from 5 million on, 5 % from 10 million on.
class VolumeRebates : public Commissioning {
 protected:
  VolumeRebates() {
    plan_.currency = euro();
    plan_.rates = {band("5000000", "", "3"), band("10000000", "", "5")};
  }
  /// "1: 5 % of 12 = 0.6", and the sum.
  std::vector<std::string> granted(std::string_view volume) const {
    const auto rebate = volume_rebate(plan_, decimal(volume));
    if (!rebate) return {rebate.error().message()};
    std::vector<std::string> out;
    for (const RebateSlice& slice : rebate->slices)
      out.push_back(std::to_string(slice.no) + ": " + to_string(slice.rate.pct->value) + " % of " +
                    to_string(slice.base) + " = " + to_string(*slice.amount.amount));
    out.push_back(shown(rebate->amount));
    return out;
  }

  Incentive plan_;
};

TEST_F(VolumeRebates, IsAllRewardedAtTheRateThatItReaches) {
  EXPECT_THAT(granted("4999999.99"), ElementsAre("0 EUR"));
  EXPECT_THAT(granted("5000000"), ElementsAre("1: 3 % of 5000000 = 150000", "150000 EUR"));
  EXPECT_THAT(granted("12000000"), ElementsAre("2: 5 % of 12000000 = 600000", "600000 EUR"));
}

TEST_F(VolumeRebates, IsRewardedPartByPartWhereThePlanSaysSo) {
  plan_.bands.method = "incremental";
  EXPECT_THAT(granted("5000000"), ElementsAre("0 EUR"));
  EXPECT_THAT(granted("12000000"), ElementsAre("1: 3 % of 5000000 = 150000",
                                               "2: 5 % of 2000000 = 100000", "250000 EUR"));
  plan_.rates = {band("", "1", "12.5"), band("2", "3", "12.5")};
  EXPECT_THAT(granted("5"),
              ElementsAre("1: 12.5 % of 1 = 0.13", "2: 12.5 % of 1 = 0.13", "0.26 EUR"))
      << "the sum is one of rounded amounts";
}

TEST_F(VolumeRebates, BelowZeroIsNotRewarded) {
  plan_.rates = {band("-10", "", "3")};
  EXPECT_THAT(granted("-5"), ElementsAre("0 EUR"));
  plan_.bands.method = "incremental";
  EXPECT_THAT(granted("-5"), ElementsAre("0 EUR"));
  EXPECT_THAT(granted("100"), ElementsAre("1: 3 % of 100 = 3", "3 EUR"));
}

TEST_F(VolumeRebates, OfUnitsEarnsMoneyForEach) {
  plan_.rates = {{{.money_per_unit = Decimal(2)}, ""}};
  EXPECT_EQ(shown(volume_rebate(plan_, Decimal(7))->amount), "14 EUR");
}

TEST_F(VolumeRebates, NeedsAPlanWithACurrencyAndBandsOfIt) {
  plan_.bands.metric = "retained_customers";
  EXPECT_THAT(granted("5"), ElementsAre("the bands of the plan are of retained_customers"));
  plan_.bands.metric = "base";
  plan_.rates.push_back(band("10000000", "", "7"));
  EXPECT_THAT(granted("5"), ElementsAre(HasSubstr("overlap")));
  plan_.currency.reset();
  EXPECT_THAT(granted("5"), ElementsAre("the plan has no currency"));
}

TEST_F(Commissioning, PayoutsAreTakenOffTheRebateOfTheWholeYear) {
  const std::vector<Money> quarters{money("10"), money("20.5")};
  EXPECT_EQ(shown(less_payouts(money("100"), quarters)), "69.5 EUR");
  EXPECT_EQ(shown(less_payouts(money("30"), quarters)), "0 EUR");
  EXPECT_EQ(shown(less_payouts(money("30"), {})), "30 EUR");
  EXPECT_THAT(shown(less_payouts(money("30", "SEK"), quarters)), HasSubstr("SEK and EUR"));
}

TEST_F(Commissioning, ACapLeavesWhatIsNotPaidOrPendingYet) {
  EXPECT_EQ(shown(within_cap(money("40"), money("50"), money("100"))), "40 EUR");
  EXPECT_EQ(shown(within_cap(money("60"), money("50"), money("100"))), "50 EUR");
  EXPECT_EQ(shown(within_cap(money("60"), money("120"), money("100"))), "0 EUR");
  EXPECT_EQ(shown(within_cap(money("-60"), money("120"), money("100"))), "-60 EUR");
  EXPECT_THAT(shown(within_cap(money("60", "SEK"), money("50"), money("100"))),
              HasSubstr("SEK and EUR"));
}

}  // namespace
}  // namespace channelbridge::model
