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

/// check() as a result: Invalid, with all problems.
Result<void> validate(const EntityType& type, const Fields& fields);

}  // namespace channelbridge::model
