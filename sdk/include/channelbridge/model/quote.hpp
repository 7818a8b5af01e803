#pragma once

#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "channelbridge/model/shared_parts.hpp"

namespace channelbridge::model {

/// An offer to a buyer, at prices of every step of the channel. A revision is a new version.
struct Quote {
  struct PreparedBy {
    std::optional<Reference> user{};
    std::optional<Code> side{};
    friend bool operator==(const PreparedBy&, const PreparedBy&) = default;
  };
  /// Amounts in the currency of the document:
  /// lines_net - header_discount + freight + tax = grand_total.
  struct Totals {
    std::optional<Decimal> lines_net{};  ///< of the lines that are not optional
    std::optional<Decimal> header_discount{};
    std::optional<Decimal> freight{};
    std::optional<Decimal> tax{};
    std::optional<Decimal> grand_total{};
    /// What stays with the vendor. Compared with the sum of lines[].net_amount where each line has
    /// a partner_price and there is no header_discount.
    std::optional<Decimal> vendor_net{};
    std::optional<Decimal> partner_margin{};
    std::optional<Decimal> distributor_margin{};
    friend bool operator==(const Totals&, const Totals&) = default;
  };
  /// Incoterms 2020: the three letters and the place they name.
  struct Incoterms {
    std::optional<Code> code{};
    std::optional<std::string> place{};
    friend bool operator==(const Incoterms&, const Incoterms&) = default;
  };
  /// Given on the line itself: a percentage, or an amount off one unit.
  struct AdditionalDiscount {
    std::optional<Percent> pct{};
    std::optional<Decimal> amount{};
    friend bool operator==(const AdditionalDiscount&, const AdditionalDiscount&) = default;
  };
  /// Prices are of one unit; see pricing.hpp for what lies between them.
  struct Line {
    std::optional<std::int64_t> no{};
    std::optional<Reference> product{};
    std::optional<std::string> description{};
    Quantity qty{};
    std::optional<Decimal> list_price{};
    std::optional<Decimal> special_price{};
    std::optional<Decimal> regular_price{};
    std::optional<Decimal> customer_price{};
    std::optional<Decimal> partner_price{};
    std::optional<Decimal> net_price{};
    AdditionalDiscount additional_discount{};
    std::optional<Decimal> net_amount{};
    std::optional<Decimal> tax{};
    std::optional<Code> tax_category{};
    std::optional<Date> start{};
    std::optional<Date> end{};
    std::optional<std::int64_t> term{};  ///< months
    std::optional<Decimal> prorate{};    ///< the part of the product's own term; see prorate()
    std::optional<bool> optional{};      ///< offered, and not part of the totals
    std::optional<std::int64_t> bundle_parent{};  ///< number of the line that this is a part of
    friend bool operator==(const Line&, const Line&) = default;
  };
  /// One step of a line's price.
  struct Adjustment {
    std::optional<std::int64_t> line{};  ///< number of the line
    std::optional<std::int64_t> no{};    ///< of the step, in the order in which they were made
    std::optional<Code> level{};
    std::optional<Reference> agreement{};
    /// Where it was granted as one: of `before`, of the price before the level, or (partner, net)
    /// of the list price. An agreement may take off less.
    std::optional<Percent> pct{};
    std::optional<Decimal> amount{};  ///< what it took off a unit; below zero: what it added
    std::optional<Decimal> before{};
    std::optional<Decimal> after{};
    friend bool operator==(const Adjustment&, const Adjustment&) = default;
  };

  std::optional<std::string> number{};
  std::optional<std::int64_t> version{};
  std::optional<Reference> opportunity{};
  std::optional<Reference> deal_registration{};
  std::optional<Reference> contract{};
  std::optional<Code> kind{};
  Party seller{};  ///< the vendor or a distributor
  Party buyer{};
  Party end_customer{};
  PreparedBy prepared_by{};
  std::optional<Currency> currency{};
  std::optional<Reference> price_book{};
  std::optional<Date> pricing_date{};
  Period valid{};
  std::optional<Date> start_date{};    ///< of subscriptions whose line states none
  std::optional<std::int64_t> term{};  ///< months, likewise
  std::optional<Percent> customer_discount_pct{};
  std::optional<Percent> partner_discount_pct{};
  std::optional<Percent> distributor_discount_pct{};
  Totals totals{};
  std::optional<Code> payment_terms{};
  Incoterms incoterms{};
  Address delivery_address{};
  std::optional<std::string> notes{};
  std::optional<Code> status{};
  std::optional<Code> lost_reason{};
  std::vector<Element<Line>> lines{};
  std::vector<Element<Adjustment>> adjustments{};
  std::vector<Element<StateChange>> state_history{};
  CustomFields custom{};

  friend bool operator==(const Quote&, const Quote&) = default;
};

const EntityDescription& description(std::type_identity<Quote>);

/// An accepted version is immutable: every field of an accepted or ordered quote that differs, with
/// the reason. The state, its history and custom fields go on. Both are complete records.
std::vector<Problem> changes_of_accepted(const Fields& before, const Fields& after);

}  // namespace channelbridge::model
