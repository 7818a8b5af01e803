#include "channelbridge/model/pricing.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "samples.hpp"

namespace channelbridge::model {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

Discount percent(std::string_view value) { return {.percent = Percent{decimal(value)}}; }
Discount percent(std::string_view value, StackRule stack, std::int64_t priority) {
  return {.agreement = std::string(value),
          .percent = Percent{decimal(value)},
          .stack = stack,
          .priority = priority};
}
PriceRequest of_list(std::string_view list) {
  return {.currency = *Currency::parse("EUR"), .list = decimal(list)};
}
std::vector<std::string> steps(const Price& price) {
  return {to_string(price.regular), to_string(price.customer), to_string(price.partner),
          to_string(price.net)};
}

/// Salesforce CPQ's own check values: list 10,000; schedule 10 %, additional 50 %, partner 20 %,
/// distributor 50 %.
PriceRequest cpq() {
  PriceRequest out = of_list("10000");
  out.system = {percent("10")};
  out.additional = {percent("50")};
  out.partner = {percent("20")};
  out.distributor = {percent("50")};
  return out;
}

TEST(Pricing, GoesFromTheListToTheNetPriceStepByStep) {
  PriceRequest request = of_list("100");
  request.system = {percent("10")};
  request.additional = {percent("5")};
  request.partner = {percent("20")};
  request.distributor = {percent("8")};
  const Price one = price(request).value();
  EXPECT_THAT(steps(one), ElementsAre("90", "85.5", "68.4", "62.928"));
  EXPECT_EQ(to_string(one.line_net, 2), "62.93");
  request.quantity = Decimal(3);
  EXPECT_EQ(to_string(price(request)->line_net, 2), "188.78") << "not three times 62.93";
}

TEST(Pricing, EachStepLeavesARow) {
  const Price made = price(cpq()).value();
  ASSERT_THAT(made.adjustments, SizeIs(4));
  EXPECT_EQ(made.adjustments[0].level, PriceLevel::Regular);
  EXPECT_EQ(made.adjustments[0].before, Decimal(10000));
  EXPECT_EQ(made.adjustments[0].after, Decimal(9000));
  EXPECT_EQ(made.adjustments[0].amount, Decimal(1000));
  EXPECT_EQ(made.adjustments[3].level, PriceLevel::Net);
  for (std::size_t i = 1; i < 4; ++i)
    EXPECT_EQ(made.adjustments[i].before, made.adjustments[i - 1].after);
}

TEST(Pricing, TheOrderOfTheStepsIsTheSystems) {
  EXPECT_THAT(steps(*price(cpq())), ElementsAre("9000", "4500", "3600", "1800"));
  EXPECT_THAT(steps(*price(cpq(), {.partner_first = true})),
              ElementsAre("7200", "3600", "8000", "1800"));
  EXPECT_THAT(steps(*price(cpq(), {.additional_last = true})),
              ElementsAre("9000", "1800", "7200", "3600"));
}

TEST(Pricing, ChannelPercentagesMayBeTakenOfTheList) {
  PriceRequest request = of_list("100");
  request.additional = {percent("10")};
  request.partner = {percent("20")};
  request.distributor = {percent("5")};
  EXPECT_THAT(steps(*price(request, {.channel_off_list = true})),
              ElementsAre("100", "90", "70", "65"));
}

TEST(Pricing, ATermProratesThePriceAndWhereAskedTheAmounts) {
  PriceRequest request = of_list("1200");
  request.prorate = decimal("0.5");
  request.additional = {{.amount = Decimal(100)}};
  EXPECT_THAT(steps(*price(request)), ElementsAre("600", "500", "500", "500"));
  EXPECT_EQ(price(request, {.prorate_amounts = true})->net, Decimal(550));
  request.additional = {{.fixed_price = Decimal(1000)}};
  EXPECT_EQ(price(request)->net, Decimal(500)) << "a price is for the whole term";
}

TEST(Pricing, ASpecialPriceIsForTheWholeTermAsTheListIs) {
  PriceRequest request = of_list("1200");
  request.special = {{.agreement = "SP-1", .fixed_price = Decimal(1000)}};
  request.prorate = decimal("0.5");
  const Price made = price(request).value();
  EXPECT_EQ(made.special, Decimal(1000));
  EXPECT_EQ(made.net, Decimal(500));
  ASSERT_THAT(made.adjustments, SizeIs(2));
  EXPECT_EQ(made.adjustments[0].agreement, "SP-1");
  EXPECT_EQ(made.adjustments[0].amount, Decimal(200));
  request.special = {percent("10")};
  EXPECT_EQ(price(request)->special, Decimal(1080));
}

TEST(Pricing, DiscountsOfALevelStackByTheRuleOfTheFirst) {
  const auto regular = [](std::vector<Discount> discounts) {
    PriceRequest request = of_list("100");
    request.system = std::move(discounts);
    return to_string(price(request)->regular);
  };
  using enum StackRule;
  EXPECT_EQ(regular({percent("10", Exclusive, 1), percent("5", Exclusive, 2)}), "95");
  EXPECT_EQ(regular({percent("5", BestOf, 2), percent("10", BestOf, 1)}), "90");
  EXPECT_EQ(regular({percent("10", Additive, 2), percent("5", Additive, 1)}), "85");
  EXPECT_EQ(regular({percent("10", Multiplicative, 2), percent("5", Multiplicative, 1)}), "85.5");
  EXPECT_EQ(regular({percent("10", Multiplicative, 1), percent("5", Exclusive, 2)}), "95");
}

TEST(Pricing, ADiscountGoesNoFurtherThanItsCap) {
  PriceRequest request = of_list("200");
  Discount first = percent("20", StackRule::Additive, 2);
  Discount second = percent("15", StackRule::Additive, 1);
  second.cap = Percent{Decimal(30)};
  request.system = {first, second};
  EXPECT_EQ(price(request)->regular, Decimal(140));
}

TEST(Pricing, AMarginIsKeptOverTheCost) {
  PriceRequest request = of_list("100");
  request.partner = {{.agreement = "M1", .margin = Percent{Decimal(25)}}};
  EXPECT_THAT(price(request).error().message(), HasSubstr("cost is not known"));
  request.cost = Decimal(60);
  EXPECT_EQ(price(request)->net, Decimal(80));
}

TEST(Pricing, ANetPriceBelowTheFloorIsTold) {
  PriceRequest request = of_list("100");
  request.floor = Decimal(80);
  request.partner = {percent("20")};
  EXPECT_FALSE(price(request)->below_floor);
  request.distributor = {percent("0.0001")};
  EXPECT_TRUE(price(request)->below_floor);
}

TEST(Pricing, AnUpliftRaisesThePrice) {
  PriceRequest request = of_list("100");
  request.system = {percent("-3.5")};
  EXPECT_EQ(to_string(price(request)->net), "103.5");
}

TEST(Pricing, WhatTakesMoreThanThePriceIsRefusedWithTheFigures) {
  PriceRequest request = of_list("100");
  request.additional = {{.agreement = "D7", .amount = Decimal(120)}};
  const auto refused = price(request);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::Invalid);
  EXPECT_THAT(refused.error().message(), HasSubstr("'D7' takes 120 off a price of 100"));
  request.additional = {{.agreement = "D8"}};
  EXPECT_THAT(price(request).error().message(), HasSubstr("'D8' grants nothing"));
  request.additional = {{.percent = Percent{Decimal(1)}, .amount = Decimal(1)}};
  EXPECT_THAT(price(request).error().message(), HasSubstr("several"));
}

TEST(Pricing, ALineIsRoundedToTheMinorUnitOfItsCurrency) {
  PriceRequest request = of_list("10.555");
  EXPECT_EQ(to_string(price(request)->line_net), "10.56");
  EXPECT_EQ(to_string(price(request, {.rounding = Rounding::HalfEven})->line_net), "10.56");
  request.list = decimal("10.545");
  EXPECT_EQ(to_string(price(request, {.rounding = Rounding::HalfEven})->line_net), "10.54");
  request.currency = *Currency::parse("JPY");
  EXPECT_EQ(to_string(price(request)->line_net), "11");
  request.currency = *Currency::parse("KWD");
  EXPECT_EQ(to_string(price(request)->line_net), "10.545");
}

TEST(Pricing, MarginsOfBothTiersAreSharesOfWhatTheyPayFor) {
  PriceRequest request = of_list("100");
  request.partner = {percent("20")};
  request.distributor = {percent("10")};
  const Price made = price(request).value();
  const ChannelMargins margins = channel_margins(made).value();
  EXPECT_EQ(margins.reseller->value, Decimal(20));
  EXPECT_EQ(margins.distributor->value, Decimal(10));
  EXPECT_EQ(margins.vendor_net, Decimal(72));
  EXPECT_EQ(channel_margins(made, Decimal(120))->reseller->value, decimal("33.3333"));
  EXPECT_EQ(channel_margins(*price(of_list("0")))->reseller, std::nullopt);
}

Period term(std::string_view start, std::string_view end) {
  return {.start = Date::parse(start), .end = Date::parse(end)};
}

TEST(Pricing, ATermIsCountedInMonthsOrDays) {
  const auto months = [](std::string_view start, std::string_view end) {
    return to_string(months_of(term(start, end), TermUnit::Month).value());
  };
  EXPECT_EQ(months("2026-01-01", "2026-12-31"), "12");
  EXPECT_EQ(months("2026-01-15", "2026-03-14"), "2");
  EXPECT_EQ(months("2026-01-01", "2026-02-10"), "1.357143");
  EXPECT_EQ(months("2026-01-31", "2026-02-27"), "1")
      << "the last of a month to the last of the next";
  EXPECT_EQ(to_string(*months_of(term("2026-01-01", "2026-12-31"), TermUnit::Day)), "12");
  EXPECT_EQ(to_string(*months_of(term("2026-01-01", "2026-01-30"), TermUnit::Day, 360)), "1");
  EXPECT_EQ(to_string(*prorate(term("2026-01-01", "2026-06-30"), Decimal(12), TermUnit::Month)),
            "0.5");
  EXPECT_FALSE(months_of(term("2026-02-01", "2026-01-01"), TermUnit::Month));
  EXPECT_FALSE(prorate(term("2026-01-01", "2026-01-31"), Decimal(), TermUnit::Month));
}

}  // namespace
}  // namespace channelbridge::model
