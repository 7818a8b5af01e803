#include "channelbridge/model/price_list.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace channelbridge::model {
namespace {

using ::testing::HasSubstr;

/// Partner P1 of tier T1 in Sweden buys product X on 1 March 2026.
class PriceList : public ::testing::Test {
 protected:
  static KnownPriceBook book(const std::string& record) {
    KnownPriceBook out{.record = record};
    out.book.code = "BOOK-" + record;
    out.book.currency = Currency::parse("EUR");
    out.book.status = Code("published");
    out.book.valid = {.start = Date::parse("2026-01-01"), .end = Date::parse("2026-12-31")};
    return out;
  }
  static PriceBookEntry entry(const std::string& book, int price) {
    PriceBookEntry out;
    out.price_book = Reference(book);
    out.product = Reference("X");
    out.unit = Unit::parse("H87");
    out.list_price = {.amount = Decimal(price), .currency = Currency::parse("EUR")};
    return out;
  }
  std::string price() const {
    const auto found = list_price(books_, entries_, facts_);
    if (!found) return found.error().message();
    return *found ? (*found)->price_book + " " + to_string((*found)->amount) : "none";
  }

  SaleFacts facts_{.on = *Date::parse("2026-03-01"),
                   .currency = *Currency::parse("EUR"),
                   .product = Reference("X"),
                   .quantity = {.value = Decimal(10), .unit = Unit::parse("H87")},
                   .partner = Reference("P1"),
                   .tiers = {Reference("T1")},
                   .market = Country::parse("SE")};
  std::vector<KnownPriceBook> books_{book("all")};
  std::vector<PriceBookEntry> entries_{entry("all", 100)};
};

TEST_F(PriceList, ThePartnersBookGoesBeforeTheTiersBeforeTheMarketsBeforeAll) {
  EXPECT_EQ(price(), "all 100");
  books_.push_back(book("market"));
  books_.back().book.markets = {{{.country = Country::parse("SE")}, "1"}};
  entries_.push_back(entry("market", 95));
  EXPECT_EQ(price(), "market 95");
  books_.insert(books_.begin(), book("tier"));
  books_.front().book.partner_tier = Reference("T1");
  entries_.insert(entries_.begin(), entry("tier", 90));
  EXPECT_EQ(price(), "tier 90");
  books_.push_back(book("partner"));
  books_.back().book.partner = Reference("P1");
  EXPECT_EQ(price(), "tier 90") << "the partner's book has no price of it";
  entries_.push_back(entry("partner", 80));
  EXPECT_EQ(price(), "partner 80");
  facts_.partner = Reference("P2");
  facts_.tiers.clear();
  facts_.market = Country::parse("PL");
  EXPECT_EQ(price(), "all 100");
}

TEST_F(PriceList, OnlyAPublishedValidBookOfTheCurrencyCounts) {
  books_[0].book.status = Code("superseded");
  EXPECT_EQ(price(), "none");
  books_[0] = book("all");
  books_[0].book.valid.end = Date::parse("2026-02-28");
  EXPECT_EQ(price(), "none");
  books_[0] = book("all");
  books_[0].book.currency = Currency::parse("SEK");
  EXPECT_EQ(price(), "none");
  books_[0] = book("all");
  books_[0].book.channel_kind = Code("retail");
  EXPECT_EQ(price(), "none");
  facts_.channel_kind = Code("retail");
  EXPECT_EQ(price(), "all 100");
  entries_[0].unit = Unit::parse("XBX");
  EXPECT_EQ(price(), "none") << "the price of a box is none of a piece";
  entries_[0] = entry("all", 100);
  entries_[0].valid.start = Date::parse("2026-03-02");
  EXPECT_EQ(price(), "none");
}

TEST_F(PriceList, TheHighestStepThatTheQuantityReachesCounts) {
  PriceBookEntry::Tier step;
  step.min_qty.value = Decimal(10);
  step.discount_pct = Percent{*Decimal::parse("12.5")};
  entries_[0].tiers.push_back({step, "10"});
  step.min_qty.value = Decimal(5);
  step.discount_pct = Percent{Decimal(5)};
  entries_[0].tiers.push_back({step, "5"});
  EXPECT_EQ(price(), "all 87.5");
  facts_.quantity.value = Decimal(9);
  EXPECT_EQ(price(), "all 95");
  facts_.quantity.value = Decimal(4);
  EXPECT_EQ(price(), "all 100");
  entries_[0].tiers[1].price.amount = Decimal(97);
  facts_.quantity.value = Decimal(5);
  EXPECT_EQ(price(), "all 97");
}

TEST_F(PriceList, TwoPricesThatAreMeantEquallyAreNoPrice) {
  books_.push_back(book("other"));
  entries_.push_back(entry("other", 99));
  EXPECT_THAT(price(), HasSubstr("BOOK-all (100) and BOOK-other (99)"));
  entries_.back() = entry("other", 100);
  EXPECT_EQ(price(), "all 100") << "they are one price";
  entries_.back() = entry("other", 99);
  books_.back().book.channel_kind = Code("retail");
  facts_.channel_kind = Code("retail");
  EXPECT_EQ(price(), "other 99") << "the book of the channel";
  entries_.back() = entry("all", 99);
  EXPECT_THAT(price(), HasSubstr("BOOK-all (100) and BOOK-all (99)"));
  entries_.back().valid.end = Date::parse("2026-02-28");
  EXPECT_EQ(price(), "all 100");
}

TEST_F(PriceList, WhatIsRetiredOrExcludedIsNotSold) {
  Product product;
  product.status = Code("active");
  std::vector<Availability> rows(1);
  rows[0].product = Reference("X");
  rows[0].market = Country::parse("SE");
  rows[0].sellable = false;
  rows[0].from = Date::parse("2026-03-01");
  rows[0].reason = Code("regulation");
  const auto refused = [&] {
    const auto problem = sale_refused(product, rows, facts_);
    return problem ? problem->rule + ": " + problem->message : std::string();
  };
  EXPECT_EQ(refused(), "not_sellable: is not sold in SE: regulation");
  facts_.on = *Date::parse("2026-02-28");
  EXPECT_EQ(refused(), "");
  facts_.on = *Date::parse("2026-03-01");
  rows[0].partner_scope.tier = Reference("T2");
  EXPECT_EQ(refused(), "");
  facts_.tiers.emplace_back("T2");
  EXPECT_EQ(refused(), "not_sellable: is not sold in SE: regulation");
  facts_.market = Country::parse("PL");
  EXPECT_EQ(refused(), "");
  product.status = Code("retired");
  EXPECT_EQ(refused(), "retired: is retired");
}

}  // namespace
}  // namespace channelbridge::model
