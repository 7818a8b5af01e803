#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace channelbridge::soap {

/// Forms of XML Schema's own types, no blanks around.
/// Source: https://www.w3.org/TR/xmlschema-2/, section 3.2
bool is_boolean(std::string_view text);
bool is_decimal(std::string_view text);
bool is_integer(std::string_view text);
bool is_float(std::string_view text);
bool is_date(std::string_view text);
bool is_time(std::string_view text);
bool is_date_time(std::string_view text);
bool is_duration(std::string_view text);

/// Bytes that a text stands for; npos = it is no such text.
std::size_t base64_size(std::string_view text);
std::size_t hex_size(std::string_view text);

/// Of two decimals: below, equal to, above 0, as numbers.
int compare_decimals(std::string_view left, std::string_view right);
/// Digits of a decimal without zeros that say nothing: all of them, and those behind the point.
std::size_t total_digits(std::string_view decimal);
std::size_t fraction_digits(std::string_view decimal);
/// Is a decimal the sum of others? nullopt = one of them is none, or they have more digits than are
/// added here (18).
std::optional<bool> is_sum(std::string_view total, const std::vector<std::string>& parts);
/// Characters of a UTF-8 text.
std::size_t character_count(std::string_view text);

}  // namespace channelbridge::soap
