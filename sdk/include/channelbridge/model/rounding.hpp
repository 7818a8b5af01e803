#pragma once

#include <memory>

#include "channelbridge/model/decimal.hpp"
#include "channelbridge/model/entity_type.hpp"

namespace channelbridge::model {

/// The same entity, the custom fields included, whose documents are judged as rounded half to even:
/// amounts of lines, taxes and totals. Without it they are judged as rounded half away from zero.
/// Errors: Unsupported where the entity has no such figures, or rules of its own in place of the
/// built-in ones.
Result<std::shared_ptr<const EntityType>> rounded_half_to_even(const EntityType& type);

/// How the entity's documents are judged as rounded: half to even after the above. Pure: any
/// thread.
Rounding rounding_of(const EntityType& type);

}  // namespace channelbridge::model
