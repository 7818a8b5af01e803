#pragma once

#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "channelbridge/model/shared_parts.hpp"

namespace channelbridge::model {

/// A request for help that a partner works on for itself or its customer, with the vendor behind
/// it.
struct ServiceCase {
  /// What help the customer has a right to.
  struct Entitlement {
    Period valid{};
    std::optional<Code> sla{};
    std::optional<std::string> overridden_by{};  ///< the manager who lets it pass without one
    friend bool operator==(const Entitlement&, const Entitlement&) = default;
  };

  std::optional<std::string> number{};
  std::optional<Reference> partner{};
  std::optional<Reference> contact{};
  std::optional<Reference> customer{};
  std::optional<Reference> product{};
  std::optional<std::string> serial{};
  std::optional<Reference> contract{};
  std::optional<std::string> subject{};
  std::optional<std::string> description{};
  std::optional<Code> kind{};
  std::optional<Code> priority{};
  Entitlement entitlement{};
  std::optional<std::string> solution_ref{};  ///< of an article of the knowledge base
  std::optional<Code> status{};
  std::optional<std::string> resolution{};
  std::optional<bool> escalated_to_vendor{};
  std::optional<Timestamp> opened_at{};
  std::optional<Timestamp> resolved_at{};
  std::vector<Element<StateChange>> state_history{};
  CustomFields custom{};

  friend bool operator==(const ServiceCase&, const ServiceCase&) = default;
};

const EntityDescription& description(std::type_identity<ServiceCase>);

}  // namespace channelbridge::model
