#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "channelbridge/core/random.hpp"
#include "channelbridge/core/time.hpp"
#include "channelbridge/model/entity_type.hpp"

namespace channelbridge::model {

/// Who moves a record, when and why.
struct StateStep {
  Actor actor{Actor::System};
  std::string by{};  ///< user or "adapter:<system>"
  Timestamp at{};
  std::string reason{};  ///< a code; also kept in the history
  std::string comment{};
};

/// As people are compared who took steps: without case, and without blanks at both ends. "" =
/// nobody is named: no text, or "adapter:<system>". Pure: any thread.
std::string person_key(std::string_view by);

/// Moves a record to `to` by one listed transition and appends it to the state history.
///
/// A record without a state can only take the initial one. The adapter may perform every listed
/// transition. A step that breaks a value rule of the entity is refused with it; what was broken
/// before does not hold a record where it is.
/// Errors   Invalid (rule invalid_transition, forbidden_actor, reason_missing, or the value rule's
///          own with its problems); the fields are unchanged
Result<void> move_to(const EntityType& type, Fields& fields, std::string_view to,
                     const StateStep& step, Random& random);

/// Mirrors a state that another system reached by itself: every step of the shortest listed path.
///
/// Errors   Conflict when no listed path leads there; the fields are unchanged
Result<void> replay_to(const EntityType& type, Fields& fields, std::string_view to,
                       const StateStep& step, Random& random);

}  // namespace channelbridge::model
