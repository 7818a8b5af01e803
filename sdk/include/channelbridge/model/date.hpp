#pragma once

#include <chrono>
#include <compare>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "channelbridge/core/time.hpp"

namespace channelbridge::model {

using channelbridge::Timestamp;

/// A day of the calendar, without a zone: it never shifts.
///
/// Threads: immutable value.
class Date {
 public:
  constexpr explicit Date(std::chrono::year_month_day day) : days_(day) {}
  constexpr explicit Date(std::chrono::sys_days days) : days_(days) {}

  /// "2026-11-21" or "20261121"; also a timestamp whose time is midnight, as some systems write
  /// dates.
  static std::optional<Date> parse(std::string_view text);

  constexpr std::chrono::sys_days days() const { return days_; }
  constexpr std::chrono::year_month_day ymd() const { return days_; }

  friend constexpr bool operator==(const Date&, const Date&) = default;
  friend constexpr std::strong_ordering operator<=>(const Date& left, const Date& right) {
    return left.days_ <=> right.days_;
  }

 private:
  std::chrono::sys_days days_;
};

/// "2026-11-21"
std::string to_string(const Date& date);

/// The same day of a later (or earlier) month, or that month's last: 31 Aug + 6 months = 28 or 29
/// Feb.
Date add_months(const Date& date, int months);

/// The day that lies so many working days before another one: ten of them before a Monday is the
/// Monday two weeks before. Working days are Monday to Friday, but for these holidays; zero of
/// them, or fewer, is the day itself.
Date working_days_before(const Date& date, int count, const std::set<Date>& holidays = {});

/// First and last day, both inside. An open end has no limit.
struct Period {
  std::optional<Date> start{};
  std::optional<Date> end{};

  bool contains(const Date& date) const;
  friend bool operator==(const Period&, const Period&) = default;
};

}  // namespace channelbridge::model
