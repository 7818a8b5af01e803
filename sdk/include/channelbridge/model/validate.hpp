#pragma once

#include <vector>

#include "channelbridge/model/entity_type.hpp"

namespace channelbridge::model {

/// Breaches of value invariants, all of them: unknown paths, values that are not canonical or do
/// not fit their field, rules over several fields. An incomplete record breaks nothing: see
/// missing().
std::vector<Problem> check(const EntityType& type, const Fields& fields);

/// The same for what a document states. Fields that it does not state are not judged.
std::vector<Problem> check(const EntityType& type, const Patch& patch);

/// What a process or a target still needs: required fields and lists that are empty.
std::vector<Problem> missing(const EntityType& type, const Fields& fields);

/// A value that a record needs because of what it says itself.
struct MissingGround {
  Problem problem{};                    ///< path, the requirement's name, what is needed and why
  std::vector<std::string> any_of{};    ///< one of these would do
  std::vector<std::string> asked_by{};  ///< the fields that make it necessary
};
/// Of missing(), what leaves a statement without its ground: the reason that the state machine
/// demands for the record's state (a loss, a rejection), and the record of its own kind that it
/// stands on (the invoice of a credit note: a reference that must not form a circle).
std::vector<MissingGround> missing_grounds(const EntityType& type, const Fields& fields);

/// check() as a result: Invalid, with all problems.
Result<void> validate(const EntityType& type, const Fields& fields);

}  // namespace channelbridge::model
