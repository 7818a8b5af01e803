#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "channelbridge/core/result.hpp"

namespace channelbridge::sandbox {

/// Keeps the order of members. Numbers that a 64-bit integer cannot hold exactly as written
/// (100.00, 23-digit ids, 1.0E7) are kept as their text; see exact_number().
using Json = nlohmann::ordered_json;

/// Strict: UTF-8, one value, at most `max_depth` nested levels, no member twice. The error says
/// where, never what.
Result<Json> parse_json(std::string_view text, int max_depth = 64);

/// Text of one line; exact numbers are written as they were given. Invalid UTF-8 becomes U+FFFD.
std::string dump_json(const Json& value);

/// A number whose text survives. `text` must be a JSON number.
Json exact_number(std::string text);
/// True for integers and exact numbers.
bool is_number(const Json& value);
/// The text of a number as it is or will be on the wire.
std::string number_text(const Json& value);

/// The member's text, or `fallback` if it is absent, null or no text.
std::string text_of(const Json& object, const char* member, std::string fallback = {});

}  // namespace channelbridge::sandbox
