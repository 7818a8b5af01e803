#include "channelbridge/model/date.hpp"

#include "text_internal.hpp"

namespace channelbridge::model {
namespace {

std::optional<int> number(std::string_view digits) {
  int value = 0;
  for (const char c : digits) {
    if (!is_digit(c)) return std::nullopt;
    value = value * 10 + (c - '0');
  }
  return value;
}

/// "T00:00:00", "T00:00:00.000", "T00:00:00Z"
bool is_midnight(std::string_view text) {
  if (!text.starts_with("T00:00:00") && !text.starts_with(" 00:00:00")) return false;
  text.remove_prefix(9);
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    if (text.empty() || !is_digit(text.front())) return false;
    while (text.starts_with('0')) text.remove_prefix(1);
  }
  return text.empty() || text == "Z";
}

}  // namespace

std::optional<Date> Date::parse(std::string_view text) {
  std::optional<int> year, month, day;
  if (text.size() == 8) {
    year = number(text.substr(0, 4));
    month = number(text.substr(4, 2));
    day = number(text.substr(6, 2));
  } else if (text.size() >= 10 && text[4] == '-' && text[7] == '-') {
    if (text.size() > 10 && !is_midnight(text.substr(10))) return std::nullopt;
    year = number(text.substr(0, 4));
    month = number(text.substr(5, 2));
    day = number(text.substr(8, 2));
  }
  if (!year || !month || !day || *year < 1) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return std::nullopt;
  return Date(date);
}

std::string to_string(const Date& date) { return to_iso8601(Timestamp(date.days())).substr(0, 10); }

Date add_months(const Date& date, int months) {
  const auto moved = date.ymd() + std::chrono::months(months);
  if (moved.ok()) return Date(moved);
  return Date(std::chrono::sys_days(moved.year() / moved.month() / std::chrono::last));
}

Date working_days_before(const Date& date, int count, const std::set<Date>& holidays) {
  std::chrono::sys_days at = date.days();
  while (count > 0) {
    at -= std::chrono::days(1);
    const std::chrono::weekday day(at);
    const bool weekend = day == std::chrono::Saturday || day == std::chrono::Sunday;
    if (!weekend && !holidays.contains(Date(at))) --count;
  }
  return Date(at);
}

bool Period::contains(const Date& date) const {
  return (!start || *start <= date) && (!end || date <= *end);
}

}  // namespace channelbridge::model
