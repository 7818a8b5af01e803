#pragma once

#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "channelbridge/model/shared_parts.hpp"

namespace channelbridge::model {

/// A deal in the making, sold by the vendor itself or with a partner.
struct Opportunity {
  struct Line {
    std::optional<Reference> product{};
    Quantity quantity{};
    std::optional<Decimal> price{};  ///< of one unit
    std::optional<Decimal> amount{};
    std::optional<Currency> currency{};  ///< of both
    friend bool operator==(const Line&, const Line&) = default;
  };

  std::optional<std::string> number{};
  std::optional<std::string> name{};
  std::optional<Reference> customer{};  ///< the end customer
  std::optional<Reference> partner{};   ///< the one primary partner, where the sale is indirect
  std::optional<Reference> distributor{};
  std::optional<Code> partner_role{};
  std::optional<Code> channel_kind{};
  std::optional<Code> stage{};
  std::optional<Code> forecast_category{};
  std::optional<Percent> probability{};
  Money amount{};
  std::vector<Element<Line>> lines{};
  std::optional<Date> expected_close{};
  std::optional<Timestamp> closed_at{};
  std::optional<Reference> lead{};
  std::optional<Reference> deal_registration{};
  std::optional<Reference> campaign{};
  std::optional<std::string> competitor{};
  std::optional<Code> lost_reason{};
  std::optional<Code> won_reason{};
  std::optional<Code> kind{};
  std::vector<Element<StateChange>> state_history{};
  CustomFields custom{};

  friend bool operator==(const Opportunity&, const Opportunity&) = default;
};

const EntityDescription& description(std::type_identity<Opportunity>);

}  // namespace channelbridge::model
