#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "channelbridge/core/result.hpp"
#include "channelbridge/model/date.hpp"
#include "channelbridge/model/money.hpp"

/// The price waterfall of the channel: from the list price to what the vendor earns, step by step.
///
///     list -> special -> regular -> customer -> partner -> net
///
/// Order of the steps and options as systems for configuring and pricing have them: ADR 0015.
/// All figures are exact; unit prices have at most six decimals, amounts those of their currency.
/// Functions are pure: any thread.
namespace channelbridge::model {

/// The price after each step of the waterfall.
enum class PriceLevel : std::uint8_t { List, Special, Regular, Customer, Partner, Net };
std::string_view to_string(PriceLevel level);  ///< "list", "special", …

/// How the discounts of one level work together.
enum class StackRule : std::uint8_t {
  Exclusive,      ///< the one of the highest priority alone
  BestOf,         ///< the one that lowers the price most
  Additive,       ///< percentages and amounts are summed, then taken once
  Multiplicative  ///< one after the other, the highest priority first
};

/// What one agreement, or one person, grants on a unit. Exactly one of the four is set.
struct Discount {
  std::string agreement{};               ///< its number; "" = granted on the document itself
  std::optional<Percent> percent{};      ///< of the price before it; below zero: an uplift
  std::optional<Decimal> amount{};       ///< off one unit
  std::optional<Decimal> fixed_price{};  ///< of one unit, instead of the price before it
  std::optional<Percent> margin{};       ///< the price that leaves this margin over the cost
  StackRule stack{StackRule::Multiplicative};
  std::int64_t priority{};       ///< higher goes first
  std::optional<Percent> cap{};  ///< at most this part of the price before the level
};

/// One change of a price, in the order in which they were made.
struct PriceAdjustment {
  PriceLevel level{};
  std::string agreement{};
  std::optional<Percent> percent{};  ///< where it was granted as a percentage
  Decimal amount{};                  ///< what it took off a unit; below zero: what it added
  Decimal before{};
  Decimal after{};
};

/// What the price of a line is made of. Prices are per unit, in `currency`.
struct PriceRequest {
  Currency currency;
  Decimal list{};
  std::vector<Discount> special{};  ///< block, contracted and promotional prices
  Decimal prorate{1};               ///< of a subscription's term; see prorate()
  std::vector<Discount> system{};   ///< schedules of volume and term, options of a bundle
  std::vector<Discount> additional{};
  std::vector<Discount> partner{};
  std::vector<Discount> distributor{};
  Decimal quantity{1};
  std::optional<Decimal> cost{};   ///< needed by a margin
  std::optional<Decimal> floor{};  ///< a net price below it needs an approval
};

struct PricingOptions {
  bool partner_first{};     ///< partner discounts come before those of the system
  bool additional_last{};   ///< additional discounts come after the distributor's
  bool channel_off_list{};  ///< partner and distributor percentages are taken of the list
  bool prorate_amounts{};   ///< amounts of discounts are for a whole term
  Rounding rounding{Rounding::HalfAwayFromZero};
};

struct Price {
  Decimal list{};
  Decimal special{};
  Decimal regular{};
  Decimal customer{};
  Decimal partner{};
  Decimal net{};
  Decimal line_net{};  ///< net x quantity, rounded to the minor unit of the currency
  bool below_floor{};
  std::vector<PriceAdjustment> adjustments{};
};

/// Invalid: a discount above 100 % or the price itself (both figures are named), one that grants
/// nothing or several things, a margin without a cost.
Result<Price> price(const PriceRequest& request, const PricingOptions& options = {});

/// Who earns what of one unit. Nothing where the price that it is a part of is zero.
struct ChannelMargins {
  std::optional<Percent> reseller{};     ///< (resale - partner) / resale
  std::optional<Percent> distributor{};  ///< (partner - net) / partner
  Decimal vendor_net{};
};
/// `resale`: what the end customer pays; without it, the customer price. Four decimals.
Result<ChannelMargins> channel_margins(const Price& price,
                                       const std::optional<Decimal>& resale = std::nullopt);

/// How long a term is counted to be.
enum class TermUnit : std::uint8_t {
  Month,  ///< full months, and the days beyond them by the days of their month
  Day     ///< days of a year of `days_per_year`
};

/// Months of a term of which both days are inside (as in Period): 15 Jan to 14 Mar is 2; 1 Jan to
/// 10 Feb is 1 + 10/28. At most six decimals. By TermUnit::Day: days / days_per_year x 12.
Result<Decimal> months_of(const Period& term, TermUnit unit, int days_per_year = 365);

/// The part of a product's own term (in months) that `term` is: what its price is multiplied by.
Result<Decimal> prorate(const Period& term, const Decimal& product_months, TermUnit unit,
                        int days_per_year = 365);

}  // namespace channelbridge::model
