#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "channelbridge/model/discount_agreement.hpp"
#include "channelbridge/model/pricing.hpp"
#include "channelbridge/model/quote.hpp"

/// Prices and totals of a quote, from agreements and the discounts that it states itself.
///
/// Threads: functions are pure, except for the quote that they are given.
namespace channelbridge::model {

/// An agreement and the id of its record: what a quote's adjustments refer to.
struct KnownAgreement {
  std::string record{};
  DiscountAgreement agreement{};
};

/// What is bought, by whom and when: it decides which agreements hold.
struct AgreementFacts {
  Date on;
  Currency currency;
  Reference product;
  std::optional<std::string> family{};
  Quantity quantity{};
  std::optional<Reference> partner{};
  std::vector<Reference> tiers{};
  std::vector<Reference> programs{};
  std::vector<Reference> territories{};
  std::optional<Reference> end_customer{};
  std::optional<Reference> deal_registration{};
};

/// Discounts by the step of the waterfall that they belong to.
struct AgreedDiscounts {
  std::vector<Discount> special{};
  std::vector<Discount> customer{};
  std::vector<Discount> partner{};
  std::vector<Discount> distributor{};
};

/// The agreements that hold: active, valid on the day, for this beneficiary, product and scope, in
/// this currency where they name amounts, with a quantity left. Of an agreement's tiers the highest
/// one that the quantity reaches counts; without one its own value. Invalid: an agreement that
/// holds and grants nothing.
Result<AgreedDiscounts> agreed_discounts(std::span<const KnownAgreement> agreements,
                                         const AgreementFacts& facts);

/// What a line's price is made of, beside what the quote and the line state.
struct LineTerms {
  Decimal list_price{};
  AgreedDiscounts agreed{};
  std::vector<Discount> schedules{};  ///< of volume and term: the system's own
  Decimal prorate{1};
  std::optional<Decimal> cost{};
  std::optional<Decimal> floor{};
};

/// Prices one line of the quote: its prices, its net_amount, and its adjustments, which replace
/// those that were there. A line's own additional discount counts instead of the quote's
/// customer_discount_pct. Invalid: no currency, no quantity, or what price() refuses.
Result<Price> price_line(Quote& quote, Quote::Line& line, const LineTerms& terms,
                         const PricingOptions& options = {});

/// Totals of the lines that are not optional; header_discount, freight and tax are taken from the
/// quote, where it has none as zero. Margins are sums of each line's rounded part. Invalid: no
/// currency, or a line without its net_amount; margins are left out where a line has no prices.
Result<Quote::Totals> totals_of(const Quote& quote);

}  // namespace channelbridge::model
