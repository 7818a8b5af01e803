#pragma once

#include <string>
#include <string_view>

#include "channelbridge/model/entity_type.hpp"

namespace channelbridge::model {

/// The content of a record as JSON, nested as its struct is, in the order of its description.
/// Amounts and other decimals are texts, whole numbers and booleans are JSON's own; list elements
/// carry their "id". `indent` < 0 = one line.
std::string to_json(const EntityType& type, const Fields& fields, int indent = -1);

/// Reads that form. Numbers are taken from their text, never through binary floating point; null is
/// empty; an element without "id" is addressed by its position ("addresses[@1].city").
///
/// Errors   Invalid, with every problem and its path: unknown or repeated keys, wrong kinds,
/// refused values;
///          bounded in depth
Result<Fields> from_json(const EntityType& type, std::string_view text);

/// JSON Schema (draft 2020-12) of that form. "x-required" marks what a process needs: an incomplete
/// record is valid all the same.
std::string json_schema(const EntityType& type, int indent = 2);

}  // namespace channelbridge::model
