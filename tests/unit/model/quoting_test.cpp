#include "channelbridge/model/quoting.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "channelbridge/model/record.hpp"
#include "channelbridge/model/validate.hpp"
#include "samples.hpp"

namespace channelbridge::model {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

/// Partner P1 of tier T1 buys ten of product X, of the family "pumps", on 1 March 2026.
class Quoting : public ::testing::Test {
 protected:
  static KnownAgreement ten_percent(const std::string& record = "A1") {
    KnownAgreement out{.record = record};
    out.agreement.number = record;
    out.agreement.status = Code("active");
    out.agreement.beneficiary.partner = Reference("P1");
    out.agreement.valid.start = Date::parse("2026-01-01");
    out.agreement.valid.end = Date::parse("2026-12-31");
    out.agreement.method = Code("percent");
    out.agreement.value = Decimal(10);
    out.agreement.stack_rule = Code("multiplicative");
    out.agreement.waterfall_level = Code("partner");
    return out;
  }
  AgreementFacts facts() const {
    return {.on = *Date::parse("2026-03-01"),
            .currency = *Currency::parse("EUR"),
            .product = Reference("X"),
            .family = "pumps",
            .quantity = {.value = Decimal(10), .unit = Unit::parse("H87")},
            .partner = Reference("P1"),
            .tiers = {Reference("T1")}};
  }
  bool holds(const KnownAgreement& known) const {
    const std::vector<KnownAgreement> all{known};
    return !agreed_discounts(all, facts())->partner.empty();
  }
  static Quote quote() {
    Quote out;
    out.currency = Currency::parse("EUR");
    out.partner_discount_pct = Percent{Decimal(20)};
    out.distributor_discount_pct = Percent{Decimal(8)};
    out.customer_discount_pct = Percent{Decimal(5)};
    for (const int quantity : {3, 1}) {
      Element<Quote::Line>& line = out.lines.emplace_back();
      line.no = static_cast<std::int64_t>(out.lines.size()) * 10;
      line.qty.value = Decimal(quantity);
    }
    return out;
  }
};

TEST_F(Quoting, AnAgreementHoldsForItsBeneficiaryProductsAndDays) {
  KnownAgreement known = ten_percent();
  EXPECT_TRUE(holds(known));
  known.agreement.beneficiary = {.tier = Reference("T1")};
  EXPECT_TRUE(holds(known));
  known.agreement.beneficiary = {.territory = Reference("nowhere")};
  EXPECT_FALSE(holds(known));
  known = ten_percent();
  known.agreement.status = Code("expired");
  EXPECT_FALSE(holds(known));
  known = ten_percent();
  known.agreement.valid.end = Date::parse("2026-02-28");
  EXPECT_FALSE(holds(known));
  known = ten_percent();
  known.agreement.scope.families.emplace_back().family = "pumps";
  EXPECT_TRUE(holds(known));
  known.agreement.scope.families.front().family = "valves";
  EXPECT_FALSE(holds(known));
  known.agreement.scope.products.emplace_back().product = Reference("X");
  EXPECT_TRUE(holds(known));
  known.agreement.scope.end_customer = Reference("C9");
  EXPECT_FALSE(holds(known));
}

TEST_F(Quoting, AnAmountHoldsInItsCurrencyOnly) {
  KnownAgreement known = ten_percent();
  known.agreement.method = Code("amount");
  EXPECT_FALSE(holds(known));
  known.agreement.currency = Currency::parse("EUR");
  EXPECT_TRUE(holds(known));
}

TEST_F(Quoting, ASpecialBidHoldsForWhatIsLeftOfItsQuantity) {
  KnownAgreement known = ten_percent();
  known.agreement.max_qty = {.value = Decimal(100), .unit = Unit::parse("H87")};
  known.agreement.used_qty = {.value = Decimal(90), .unit = Unit::parse("H87")};
  EXPECT_TRUE(holds(known));
  known.agreement.used_qty.value = Decimal(91);
  EXPECT_FALSE(holds(known));
}

TEST_F(Quoting, TheHighestTierThatTheQuantityReachesCounts) {
  std::vector<KnownAgreement> all{ten_percent()};
  for (const auto& [from, value] : {std::pair(10, 12), std::pair(5, 11), std::pair(11, 13)}) {
    auto& tier = all[0].agreement.tiers.emplace_back();
    tier.min_qty.value = Decimal(from);
    tier.value = Decimal(value);
  }
  const AgreedDiscounts agreed = agreed_discounts(all, facts()).value();
  ASSERT_THAT(agreed.partner, SizeIs(1));
  EXPECT_EQ(agreed.partner[0].percent->value, Decimal(12));
  EXPECT_EQ(agreed.partner[0].agreement, "A1");
}

TEST_F(Quoting, AnAgreementThatGrantsNothingIsAnError) {
  std::vector<KnownAgreement> all{ten_percent()};
  all[0].agreement.value.reset();
  EXPECT_THAT(agreed_discounts(all, facts()).error().message(), HasSubstr("A1"));
}

TEST_F(Quoting, ALineIsPricedByTheQuoteAndTheAgreements) {
  Quote made = quote();
  const LineTerms terms{.list_price = Decimal(100),
                        .schedules = {{.percent = Percent{Decimal(10)}}}};
  ASSERT_TRUE(price_line(made, made.lines[0], terms));
  EXPECT_EQ(made.lines[0].net_price, decimal("62.928"));
  EXPECT_EQ(made.lines[0].net_amount, decimal("188.78"));
  EXPECT_THAT(made.adjustments, SizeIs(4));
  ASSERT_TRUE(price_line(made, made.lines[0], terms)) << "again";
  EXPECT_THAT(made.adjustments, SizeIs(4));
  made.lines[1].additional_discount.pct = Percent{Decimal(50)};
  const auto agreed = agreed_discounts(std::vector{ten_percent()}, facts()).value();
  ASSERT_TRUE(price_line(made, made.lines[1], {.list_price = Decimal(100), .agreed = agreed}));
  EXPECT_EQ(made.lines[1].customer_price, Decimal(50)) << "its own discount instead of the quote's";
  EXPECT_EQ(made.lines[1].partner_price, Decimal(36)) << "the agreement's, and the quote's";
}

TEST_F(Quoting, TotalsAreSumsOfRoundedLinesAndPassTheirOwnRules) {
  Quote made = quote();
  made.totals.freight = Decimal(20);
  made.totals.tax = Decimal(38);
  ASSERT_TRUE(price_line(made, made.lines[0], {.list_price = Decimal(100)}));
  ASSERT_TRUE(price_line(made, made.lines[1], {.list_price = decimal("33.333")}));
  made.totals = totals_of(made).value();
  // 95 - 20 % - 8 % = 69.92, three of them; 33.333: 23.306434 -> 23.31
  EXPECT_EQ(made.totals.lines_net, decimal("233.07"));
  EXPECT_EQ(made.totals.partner_margin, decimal("63.33"));
  EXPECT_EQ(made.totals.distributor_margin, decimal("20.27"));
  EXPECT_EQ(made.totals.vendor_net, made.totals.lines_net);
  EXPECT_EQ(made.totals.grand_total, decimal("291.07"));
  const auto type = EntityRegistry::built_in().find("quote");
  EXPECT_THAT(check(*type, to_fields(made)), IsEmpty());
}

TEST_F(Quoting, OptionalLinesAreOfferedAndNotCounted) {
  Quote made = quote();
  ASSERT_TRUE(price_line(made, made.lines[0], {.list_price = Decimal(10)}));
  made.lines[1].optional = true;
  EXPECT_EQ(totals_of(made)->lines_net, made.lines[0].net_amount);
  made.lines[1].optional = false;
  EXPECT_THAT(totals_of(made).error().message(), HasSubstr("line 20 has no net_amount"));
}

TEST_F(Quoting, WhatCannotBePricedNamesTheLine) {
  Quote made = quote();
  made.lines[1].qty.value.reset();
  EXPECT_THAT(price_line(made, made.lines[1], {}).error().message(), HasSubstr("line 20"));
  made.lines[0].additional_discount.amount = Decimal(5);
  EXPECT_THAT(price_line(made, made.lines[0], {.list_price = Decimal(1)}).error().message(),
              HasSubstr("line 10: discount '' takes 5 off a price of 1"));
  made.currency.reset();
  EXPECT_THAT(price_line(made, made.lines[0], {}).error().message(), HasSubstr("currency"));
}

}  // namespace
}  // namespace channelbridge::model
