#include "channelbridge/core/time.hpp"

#include <array>
#include <cstdint>
#include <cstdio>

namespace channelbridge {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::array<std::string_view, 7> kDays{"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                "Thursday", "Friday", "Saturday"};
constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

/// Takes a text apart from the left; every step says whether it fitted.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  bool done() const { return rest_.empty(); }
  char peek() const { return rest_.empty() ? '\0' : rest_.front(); }

  bool skip(std::string_view text) {
    if (!rest_.starts_with(text)) return false;
    rest_.remove_prefix(text.size());
    return true;
  }

  bool digit() const { return peek() >= '0' && peek() <= '9'; }

  /// Exactly `count` digits.
  bool number(int count, int& value) {
    value = 0;
    for (int i = 0; i < count; ++i) {
      if (!digit()) return false;
      value = value * 10 + (rest_.front() - '0');
      rest_.remove_prefix(1);
    }
    return true;
  }

  /// 1 to 9 digits after the point, cut to microseconds.
  bool fraction(microseconds& value) {
    std::int64_t scaled = 0;
    int count = 0;
    for (; digit(); ++count, rest_.remove_prefix(1)) {
      if (count == 9) return false;
      if (count < 6) scaled = scaled * 10 + (rest_.front() - '0');
    }
    if (count == 0) return false;
    for (int i = count; i < 6; ++i) scaled *= 10;
    value = microseconds(scaled);
    return true;
  }

  bool month(int& value) {
    for (std::size_t i = 0; i < kMonths.size(); ++i) {
      if (skip(kMonths[i])) {
        value = static_cast<int>(i) + 1;
        return true;
      }
    }
    return false;
  }

 private:
  std::string_view rest_;
};

struct Clockface {
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
  microseconds fraction{0};
};

std::optional<Timestamp> to_time(const Clockface& c) {
  const std::chrono::year_month_day date{std::chrono::year(c.year),
                                         std::chrono::month(static_cast<unsigned>(c.month)),
                                         std::chrono::day(static_cast<unsigned>(c.day))};
  if (!date.ok() || c.hour > 23 || c.minute > 59 || c.second > 60) return std::nullopt;
  return Timestamp(std::chrono::sys_days(date)) + hours(c.hour) + minutes(c.minute) +
         seconds(c.second) + c.fraction;
}

/// "Z", "+hh:mm", "+hhmm" or "+hh".
bool parse_offset(Scanner& in, seconds& offset) {
  offset = seconds(0);
  if (in.skip("Z") || in.skip("z")) return true;
  const bool west = in.peek() == '-';
  if (!in.skip("+") && !in.skip("-")) return false;
  int hour = 0;
  int minute = 0;
  if (!in.number(2, hour)) return false;
  if (in.skip(":")) {
    if (!in.number(2, minute)) return false;
  } else if (in.digit() && !in.number(2, minute)) {
    return false;
  }
  if (hour > 18 || minute > 59) return false;
  offset = hours(hour) + minutes(minute);
  if (west) offset = -offset;
  return true;
}

/// Exactly `width` digits. Timestamps are printed for every record, so without a format string.
void append(std::string& text, int value, int width) {
  if (value < 0) text += '-';
  value = value < 0 ? -value : value;
  const std::size_t end = text.size() + static_cast<std::size_t>(width);
  text.resize(end, '0');
  for (std::size_t at = end; value != 0 && width > 0; value /= 10, --width)
    text[--at] = static_cast<char>('0' + value % 10);
}

}  // namespace

std::string to_iso8601(Timestamp time) {
  const auto day = std::chrono::floor<days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  std::string text;
  text.reserve(27);
  append(text, static_cast<int>(date.year()), 4);
  text += '-';
  append(text, static_cast<int>(static_cast<unsigned>(date.month())), 2);
  text += '-';
  append(text, static_cast<int>(static_cast<unsigned>(date.day())), 2);
  text += 'T';
  append(text, static_cast<int>(clock.hours().count()), 2);
  text += ':';
  append(text, static_cast<int>(clock.minutes().count()), 2);
  text += ':';
  append(text, static_cast<int>(clock.seconds().count()), 2);
  if (const auto fraction = clock.subseconds().count(); fraction != 0) {
    text += '.';
    append(text, static_cast<int>(fraction), 6);
  }
  text += 'Z';
  return text;
}

std::optional<Timestamp> parse_iso8601(std::string_view text, bool zone_less_is_utc) {
  Scanner in(text);
  Clockface c;
  if (!in.number(4, c.year) || !in.skip("-") || !in.number(2, c.month) || !in.skip("-") ||
      !in.number(2, c.day) || (!in.skip("T") && !in.skip("t") && !in.skip(" ")) ||
      !in.number(2, c.hour) || !in.skip(":") || !in.number(2, c.minute))
    return std::nullopt;
  if (in.skip(":")) {
    if (!in.number(2, c.second)) return std::nullopt;
    if ((in.skip(".") || in.skip(",")) && !in.fraction(c.fraction)) return std::nullopt;
  }
  seconds offset{0};
  if (in.done()) {
    if (!zone_less_is_utc) return std::nullopt;
  } else if (!parse_offset(in, offset) || !in.done()) {
    return std::nullopt;
  }
  const auto local = to_time(c);
  if (!local) return std::nullopt;
  return *local - offset;
}

std::optional<Timestamp> parse_http_date(std::string_view text) {
  Scanner in(text);
  Clockface c;
  bool named = false;
  for (const std::string_view day : kDays) {
    // The long name first: "Sunday" also begins with "Sun".
    named = in.skip(day) || in.skip(day.substr(0, 3));
    if (named) break;
  }
  if (!named) return std::nullopt;
  const auto clock = [&] {
    return in.number(2, c.hour) && in.skip(":") && in.number(2, c.minute) && in.skip(":") &&
           in.number(2, c.second);
  };
  bool fits = false;
  if (in.skip(", ")) {
    if (!in.number(2, c.day)) return std::nullopt;
    if (in.skip(" ")) {  // Sun, 06 Nov 1994 08:49:37 GMT
      fits = in.month(c.month) && in.skip(" ") && in.number(4, c.year) && in.skip(" ") && clock() &&
             in.skip(" GMT");
    } else {  // Sunday, 06-Nov-94 08:49:37 GMT
      fits = in.skip("-") && in.month(c.month) && in.skip("-") && in.number(2, c.year) &&
             in.skip(" ") && clock() && in.skip(" GMT");
      c.year += c.year < 70 ? 2000 : 1900;
    }
  } else if (in.skip(" ")) {  // Sun Nov  6 08:49:37 1994
    fits = in.month(c.month) && in.skip(" ") &&
           (in.skip(" ") ? in.number(1, c.day) : in.number(2, c.day)) && in.skip(" ") && clock() &&
           in.skip(" ") && in.number(4, c.year);
  }
  if (!fits || !in.done()) return std::nullopt;
  return to_time(c);
}

std::string to_http_date(Timestamp time) {
  const auto day = std::chrono::floor<days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(std::chrono::floor<seconds>(time - day));
  std::array<char, 48> buffer{};
  const int size = std::snprintf(
      buffer.data(), buffer.size(), "%.3s, %02u %.3s %04d %02d:%02d:%02d GMT",
      kDays[std::chrono::weekday(day).c_encoding()].data(), static_cast<unsigned>(date.day()),
      kMonths[static_cast<unsigned>(date.month()) - 1].data(), static_cast<int>(date.year()),
      static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
      static_cast<int>(clock.seconds().count()));
  return {buffer.data(), static_cast<std::size_t>(size)};
}

}  // namespace channelbridge
