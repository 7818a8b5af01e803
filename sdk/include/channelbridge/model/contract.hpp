#pragma once

#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "channelbridge/model/shared_parts.hpp"

namespace channelbridge::model {

/// What was agreed with a partner, or through it with a customer, for a time.
struct Contract {
  std::optional<std::string> number{};
  std::optional<Code> kind{};
  std::optional<Reference> partner{};
  std::optional<Reference> customer{};  ///< none in an agreement with the partner itself
  std::optional<Date> start{};
  std::optional<Date> end{};           ///< the last day
  std::optional<std::int64_t> term{};  ///< months
  std::optional<std::int64_t> notice_days{};
  std::optional<bool> auto_renew{};
  std::optional<Reference> order{};
  std::optional<Reference> amendment_of{};
  std::optional<Code> status{};
  std::vector<Element<StateChange>> state_history{};
  CustomFields custom{};

  friend bool operator==(const Contract&, const Contract&) = default;
};

const EntityDescription& description(std::type_identity<Contract>);

/// What one line of a contract supplies, for a part of its time. Two of one line do not overlap
/// (network.hpp).
struct Subscription {
  std::optional<Reference> contract{};
  std::optional<std::int64_t> line{};  ///< of the contract
  std::optional<Reference> product{};
  Quantity quantity{};
  std::optional<Date> start{};
  std::optional<Date> end{};           ///< the last day
  std::optional<Decimal> net_price{};  ///< of one unit
  std::optional<Currency> currency{};
  std::optional<Percent> uplift_pct{};  ///< what a renewal adds to the price
  std::optional<Code> status{};
  std::optional<std::string> serial{};
  std::optional<std::string> licence{};
  CustomFields custom{};

  friend bool operator==(const Subscription&, const Subscription&) = default;
};

const EntityDescription& description(std::type_identity<Subscription>);

/// The renewal of a contract: quoted ahead of its end, waiting for the partner's word.
struct Renewal {
  std::optional<Reference> contract{};
  std::optional<Date> due_date{};
  std::optional<Reference> quote{};
  std::optional<Reference> opportunity{};
  std::optional<Code> stage{};
  std::optional<Reference> partner{};
  std::optional<Percent> uplift_pct{};
  std::vector<Element<StateChange>> state_history{};
  CustomFields custom{};

  friend bool operator==(const Renewal&, const Renewal&) = default;
};

const EntityDescription& description(std::type_identity<Renewal>);

}  // namespace channelbridge::model
