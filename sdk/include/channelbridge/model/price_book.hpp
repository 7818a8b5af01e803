#pragma once

#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "channelbridge/model/shared_parts.hpp"

namespace channelbridge::model {

/// A list of prices and for whom it holds. A book without partner, tier and markets is for all;
/// prices are looked for with the partner first, then the tier, then the market.
struct PriceBook {
  struct Market {
    std::optional<Country> country{};
    friend bool operator==(const Market&, const Market&) = default;
  };

  std::optional<std::string> code{};
  std::optional<Currency> currency{};
  Period valid{};
  std::vector<Element<Market>> markets{};
  std::optional<Reference> partner_tier{};
  std::optional<Reference> partner{};
  std::optional<Code> channel_kind{};
  std::optional<bool> tax_inclusive{};
  std::optional<Code> status{};
  std::vector<Element<StateChange>> state_history{};
  CustomFields custom{};

  friend bool operator==(const PriceBook&, const PriceBook&) = default;
};

/// What one unit of a product costs by one book.
struct PriceBookEntry {
  /// From this quantity on, another price or so much less.
  struct Tier {
    Quantity min_qty{};
    Money price{};
    std::optional<Percent> discount_pct{};
    friend bool operator==(const Tier&, const Tier&) = default;
  };

  std::optional<Reference> price_book{};
  std::optional<Reference> product{};
  std::optional<Unit> unit{};
  Period valid{};
  Money list_price{};
  Money floor_price{};  ///< a net price below it needs an approval
  Money msrp{};         ///< what the vendor suggests to the end customer
  Money cost{};         ///< the vendor's; not for partners
  std::vector<Element<Tier>> tiers{};
  CustomFields custom{};

  friend bool operator==(const PriceBookEntry&, const PriceBookEntry&) = default;
};

/// Whether a product may be sold in a market, and by whom.
struct Availability {
  /// Without any of them: every partner.
  struct PartnerScope {
    std::optional<Reference> partner{};
    std::optional<Reference> tier{};
    std::optional<Reference> program{};
    std::optional<Reference> territory{};
    friend bool operator==(const PartnerScope&, const PartnerScope&) = default;
  };

  std::optional<Reference> product{};
  std::optional<Country> market{};  ///< empty: every market
  std::optional<bool> sellable{};
  std::optional<Date> from{};
  std::optional<Date> to{};  ///< the last day
  PartnerScope partner_scope{};
  std::optional<Code> reason{};
  CustomFields custom{};

  friend bool operator==(const Availability&, const Availability&) = default;
};

const EntityDescription& description(std::type_identity<PriceBook>);
const EntityDescription& description(std::type_identity<PriceBookEntry>);
const EntityDescription& description(std::type_identity<Availability>);

}  // namespace channelbridge::model
