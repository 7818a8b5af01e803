#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "channelbridge/core/time.hpp"
#include "sandbox/salesforce/metadata.hpp"

namespace channelbridge::sandbox::salesforce {

/// A stored value is text in one normal form per type; no value = null.
using Stored = std::optional<std::string>;

/// Checks and normalises what a caller sent, as saving does: text trimmed, empty text = null,
/// numbers rounded to their scale, times cut to the second, ids with checksum. References are
/// checked for form only.
Result<Stored> to_stored(const ObjectType& object, const Field& field, const Json& value);

/// How a stored value looks in JSON answers.
Json to_wire(const Field& field, const Stored& value);

/// "2026-11-21T18:46:26.000+0000"
std::string datetime_text(Timestamp time);

bool valid_date(std::string_view text);
std::size_t count_characters(std::string_view utf8);

}  // namespace channelbridge::sandbox::salesforce
