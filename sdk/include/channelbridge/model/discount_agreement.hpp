#pragma once

#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "channelbridge/model/shared_parts.hpp"

namespace channelbridge::model {

/// What someone pays less, on what and for how long. With an authorisation number it is a special
/// price (ship and debit) that claims, orders and sales reports refer to.
struct DiscountAgreement {
  /// Exactly one of them.
  struct Beneficiary {
    std::optional<Reference> partner{};
    std::optional<Reference> tier{};
    std::optional<Reference> program{};
    std::optional<Reference> territory{};
    friend bool operator==(const Beneficiary&, const Beneficiary&) = default;
  };
  struct ScopeProduct {
    std::optional<Reference> product{};
    friend bool operator==(const ScopeProduct&, const ScopeProduct&) = default;
  };
  struct ScopeFamily {
    std::optional<std::string> family{};
    friend bool operator==(const ScopeFamily&, const ScopeFamily&) = default;
  };
  /// Without products and families: on everything.
  struct Scope {
    std::vector<Element<ScopeProduct>> products{};
    std::vector<Element<ScopeFamily>> families{};
    std::optional<Reference> end_customer{};
    std::optional<Reference> deal_registration{};
    friend bool operator==(const Scope&, const Scope&) = default;
  };
  /// From this quantity on, another value.
  struct Tier {
    Quantity min_qty{};
    std::optional<Decimal> value{};
    friend bool operator==(const Tier&, const Tier&) = default;
  };
  struct Approval {
    std::optional<Code> status{};
    std::optional<std::string> by{};
    std::optional<Timestamp> at{};
    friend bool operator==(const Approval&, const Approval&) = default;
  };

  std::optional<std::string> number{};
  std::optional<Code> kind{};
  Beneficiary beneficiary{};
  Scope scope{};
  Period valid{};
  std::optional<Code> method{};
  std::optional<Decimal> value{};  ///< percent, or an amount of `currency` for one unit: by method
  std::optional<Currency> currency{};
  std::vector<Element<Tier>> tiers{};
  std::optional<Code> stack_rule{};
  std::optional<std::int64_t> priority{};  ///< higher goes first
  std::optional<Percent> cap_pct{};        ///< at most this part of the price before the level
  std::optional<Code> waterfall_level{};
  std::optional<std::string> authorisation_number{};
  Quantity max_qty{};
  Quantity used_qty{};
  Approval approval{};
  std::optional<Code> status{};
  std::vector<Element<StateChange>> state_history{};
  CustomFields custom{};

  friend bool operator==(const DiscountAgreement&, const DiscountAgreement&) = default;
};

const EntityDescription& description(std::type_identity<DiscountAgreement>);

}  // namespace channelbridge::model
