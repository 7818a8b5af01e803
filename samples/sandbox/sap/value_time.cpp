#include <array>
#include <chrono>
#include <cstdio>

#include "sandbox/sap/value_internal.hpp"

namespace channelbridge::sandbox::odata {

std::optional<std::int64_t> parse_time_of_day(std::string_view text) {
  if (!text.starts_with("PT")) {
    const auto parsed = parse_iso("1970-01-01T" + std::string(text));
    return parsed;
  }
  text.remove_prefix(2);
  std::int64_t ticks = 0;
  while (!text.empty()) {
    const auto unit = text.find_first_of("HMS");
    if (unit == std::string_view::npos) return std::nullopt;
    const auto value = parse_number<double>(text.substr(0, unit));
    constexpr double kMostSeconds = 86'400;
    if (!value || *value < 0 || *value > kMostSeconds) return std::nullopt;
    const std::int64_t factor = text[unit] == 'H' ? 3600 : text[unit] == 'M' ? 60 : 1;
    ticks += static_cast<std::int64_t>(*value * static_cast<double>(factor * kTicksPerSecond));
    text.remove_prefix(unit + 1);
  }
  if (ticks >= kTicksPerDay) return std::nullopt;
  return ticks;
}

std::optional<std::int64_t> parse_ms_date(std::string_view text) {
  if (!text.starts_with("/Date(") || !text.ends_with(")/")) return std::nullopt;
  text = text.substr(6, text.size() - 8);
  const auto sign = text.find_first_of("+-", 1);
  const auto ms = parse_number<std::int64_t>(text.substr(0, sign));
  // The years 1 to 9999, as ABAP has them.
  constexpr std::int64_t kFirst = -62'135'596'800'000;
  constexpr std::int64_t kLast = 253'402'300'799'999;
  if (!ms || *ms < kFirst || *ms > kLast) return std::nullopt;
  if (sign != std::string_view::npos && !all_digits(text.substr(sign + 1))) return std::nullopt;
  return *ms * 10'000;
}

std::string clock_text(std::int64_t ticks) {
  const std::int64_t seconds = ticks / kTicksPerSecond;
  std::array<char, 24> text{};
  std::snprintf(text.data(), text.size(), "%02d:%02d:%02d", static_cast<int>(seconds / 3600),
                static_cast<int>(seconds / 60 % 60), static_cast<int>(seconds % 60));
  return text.data();
}

std::string duration_text(std::int64_t ticks) {
  const std::string text = clock_text(ticks);
  return "PT" + text.substr(0, 2) + "H" + text.substr(3, 2) + "M" + text.substr(6, 2) + "S";
}

std::string iso(std::int64_t ticks, int digits) {
  std::int64_t day = ticks / kTicksPerDay;
  if (ticks % kTicksPerDay < 0) --day;
  const std::int64_t of_day = ticks - day * kTicksPerDay;
  const std::chrono::year_month_day date{std::chrono::sys_days{std::chrono::days{day}}};
  std::array<char, 48> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
  std::string result = text.data() + clock_text(of_day);
  if (digits > 0) {
    std::snprintf(text.data(), text.size(), ".%07d", static_cast<int>(of_day % kTicksPerSecond));
    result += std::string(text.data()).substr(0, static_cast<std::size_t>(digits) + 1);
  }
  return result;
}

std::optional<std::int64_t> parse_iso(std::string_view text) {
  const auto part = [&](std::size_t at, std::size_t length) -> std::optional<int> {
    if (text.size() < at + length || !all_digits(text.substr(at, length))) return std::nullopt;
    return parse_number<int>(text.substr(at, length));
  };
  const auto year = part(0, 4);
  const auto month = part(5, 2);
  const auto day = part(8, 2);
  if (!year || !month || !day || text[4] != '-' || text[7] != '-') return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year{*year},
                                         std::chrono::month{static_cast<unsigned>(*month)},
                                         std::chrono::day{static_cast<unsigned>(*day)}};
  if (!date.ok()) return std::nullopt;
  std::int64_t ticks = std::chrono::sys_days{date}.time_since_epoch().count() * kTicksPerDay;
  if (text.size() == 10) return ticks;
  const auto hour = part(11, 2);
  const auto minute = part(14, 2);
  if ((text[10] != 'T' && text[10] != ' ') || !hour || !minute || text[13] != ':')
    return std::nullopt;
  if (*hour > 23 || *minute > 59) return std::nullopt;
  ticks += (*hour * 3600LL + *minute * 60LL) * kTicksPerSecond;
  std::size_t at = 16;
  if (at < text.size() && text[at] == ':') {
    const auto second = part(17, 2);
    if (!second || *second > 60) return std::nullopt;
    ticks += *second * kTicksPerSecond;
    at = 19;
  }
  if (at < text.size() && text[at] == '.') {
    std::int64_t unit = kTicksPerSecond / 10;
    for (++at; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at, unit /= 10) {
      ticks += (text[at] - '0') * unit;
    }
  }
  if (at == text.size() || text.substr(at) == "Z") return ticks;
  const int sign = text[at] == '+' ? 1 : text[at] == '-' ? -1 : 0;
  const auto zone_hour = part(at + 1, 2);
  if (sign == 0 || !zone_hour) return std::nullopt;
  const std::size_t minutes_at = at + 3 < text.size() && text[at + 3] == ':' ? at + 4 : at + 3;
  const auto zone_minute = part(minutes_at, 2);
  if (!zone_minute || minutes_at + 2 != text.size()) return std::nullopt;
  return ticks - sign * (*zone_hour * 3600LL + *zone_minute * 60LL) * kTicksPerSecond;
}

}  // namespace channelbridge::sandbox::odata
