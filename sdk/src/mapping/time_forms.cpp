#include "time_forms_internal.hpp"

#include <charconv>
#include <chrono>

#include "channelbridge/core/time.hpp"

namespace channelbridge::mapping {

namespace {

using std::chrono::milliseconds;

/// Source: OData 2.0, JSON format: "/Date(1583073519000+0000)/"; the milliseconds are UTC whatever
/// the offset says.
std::optional<milliseconds> odata_millis(std::string_view text) {
  constexpr std::string_view kOpen = "/Date(";
  constexpr std::string_view kClose = ")/";
  if (!text.starts_with(kOpen) || !text.ends_with(kClose)) return std::nullopt;
  text = text.substr(kOpen.size(), text.size() - kOpen.size() - kClose.size());
  std::int64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  constexpr std::int64_t kYears = 8'000'000'000'000'000;  // keeps microseconds within 64 bits
  if (error != std::errc{} || value > kYears || value < -kYears) return std::nullopt;
  if (stop != end && *stop != '+' && *stop != '-') return std::nullopt;
  for (const char* at = stop; at != end; ++at) {
    if (at != stop && (*at < '0' || *at > '9')) return std::nullopt;
  }
  return milliseconds(value);
}

bool is_midnight(std::string_view time) {
  if (time.empty()) return true;
  if (time.front() != 'T' && time.front() != ' ') return false;
  time.remove_prefix(1);
  if (time.ends_with('Z')) time.remove_suffix(1);
  if (time.ends_with("+00:00")) time.remove_suffix(6);
  if (time.ends_with("+0000")) time.remove_suffix(5);
  return time.size() >= 5 && time.find_first_not_of("0:.") == std::string_view::npos;
}

std::string odata_literal(Timestamp time, bool offset) {
  const auto millis = std::chrono::floor<milliseconds>(time.time_since_epoch()).count();
  return "/Date(" + std::to_string(millis) + (offset ? "+0000)/" : ")/");
}

std::string compact(std::string_view date) {
  return std::string(date.substr(0, 4)) + std::string(date.substr(5, 2)) +
         std::string(date.substr(8, 2));
}

bool digits(std::string_view text) {
  return text.find_first_not_of("0123456789") == std::string_view::npos;
}

}  // namespace

std::optional<std::string> read_date(std::string_view text) {
  if (const auto millis = odata_millis(text)) {
    const std::string iso = to_iso8601(Timestamp(*millis));
    if (!is_midnight(std::string_view(iso).substr(10))) return std::nullopt;
    return iso.substr(0, 10);
  }
  if (text.size() == 8 && digits(text)) {
    if (text == "00000000") return std::string();  // an ABAP date that is initial
    return std::string(text.substr(0, 4)) + '-' + std::string(text.substr(4, 2)) + '-' +
           std::string(text.substr(6));
  }
  if (text.size() < 10 || !is_midnight(text.substr(10))) return std::nullopt;
  return std::string(text.substr(0, 10));
}

std::optional<std::string> read_timestamp(std::string_view text) {
  if (const auto millis = odata_millis(text)) return to_iso8601(Timestamp(*millis));
  if (text.size() == 8 || text.size() == 10) {  // a day alone
    auto day = read_date(text);
    if (!day || day->empty()) return day;
    const auto midnight = parse_iso8601(*day + "T00:00:00Z");
    return midnight ? std::optional(to_iso8601(*midnight)) : std::nullopt;
  }
  const auto time = parse_iso8601(text);
  if (!time) return std::nullopt;
  return to_iso8601(*time);
}

std::optional<std::string> write_time(As as, Dialect dialect, std::string_view canonical) {
  const bool has_time = canonical.size() > 10;
  if (canonical.size() < 10) return std::nullopt;
  if (as == As::CompactDate) return compact(canonical);
  const bool day_only = as == As::Date || !has_time;
  if (dialect != Dialect::ODataV2)
    return std::string(day_only ? canonical.substr(0, 10) : canonical);
  const auto time = parse_iso8601(day_only ? std::string(canonical.substr(0, 10)) + "T00:00:00Z"
                                           : std::string(canonical));
  if (!time) return std::nullopt;
  return odata_literal(*time, as == As::DateTimeOffset);
}

}  // namespace channelbridge::mapping
