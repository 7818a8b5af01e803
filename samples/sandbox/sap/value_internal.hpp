#pragma once

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>
#include <string_view>

#include "sandbox/sap/value.hpp"

namespace channelbridge::sandbox::odata {

inline constexpr std::int64_t kTicksPerDay = 86'400 * kTicksPerSecond;

inline bool all_digits(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

template <typename T>
std::optional<T> parse_number(std::string_view text) {
  T value{};
  if (!text.empty() && text.front() == '+') text.remove_prefix(1);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// PT13H00M00S, parts may be missing; 13:00:00 in V4.
std::optional<std::int64_t> parse_time_of_day(std::string_view text);
/// /Date(ms)/ and /Date(ms+mmmm)/: the milliseconds are UTC already, the offset only tells where
/// they were entered.
std::optional<std::int64_t> parse_ms_date(std::string_view text);
/// "13:00:00"
std::string clock_text(std::int64_t ticks);
/// "PT13H00M00S"
std::string duration_text(std::int64_t ticks);

}  // namespace channelbridge::sandbox::odata
