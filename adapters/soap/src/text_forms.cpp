#include "text_forms_internal.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdint>

namespace channelbridge::soap {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Takes digits off the front; their number.
std::size_t take_digits(std::string_view& text) {
  const auto end = std::find_if_not(text.begin(), text.end(), is_digit);
  const auto count = static_cast<std::size_t>(end - text.begin());
  text.remove_prefix(count);
  return count;
}

bool take(std::string_view& text, char c) {
  if (!text.starts_with(c)) return false;
  text.remove_prefix(1);
  return true;
}

/// Exactly so many digits, as a number.
std::optional<int> take_number(std::string_view& text, std::size_t digits) {
  if (text.size() < digits ||
      !std::all_of(text.begin(), text.begin() + static_cast<long>(digits), is_digit))
    return std::nullopt;
  int out = 0;
  std::from_chars(text.data(), text.data() + digits, out);
  text.remove_prefix(digits);
  return out;
}

bool take_date(std::string_view& text) {
  take(text, '-');
  const std::string_view all = text;
  const std::size_t digits = take_digits(text);
  if (digits < 4 || (digits > 4 && all.front() == '0') || digits > 9) return false;
  int year = 0;
  std::from_chars(all.data(), all.data() + digits, year);
  if (year == 0 || !take(text, '-')) return false;
  const auto month = take_number(text, 2);
  if (!month || !take(text, '-')) return false;
  const auto day = take_number(text, 2);
  if (!day) return false;
  const int leap_like = year % 400 + 2000;  // the calendar repeats, chrono's years end at 32767
  return std::chrono::year_month_day(std::chrono::year(leap_like),
                                     std::chrono::month(static_cast<unsigned>(*month)),
                                     std::chrono::day(static_cast<unsigned>(*day)))
      .ok();
}

bool take_time(std::string_view& text) {
  const auto hour = take_number(text, 2);
  if (!hour || !take(text, ':')) return false;
  const auto minute = take_number(text, 2);
  if (!minute || !take(text, ':')) return false;
  const auto second = take_number(text, 2);
  if (!second) return false;
  bool fraction = false;
  if (take(text, '.')) {
    const std::string_view digits = text;
    const std::size_t count = take_digits(text);
    if (count == 0) return false;
    fraction = digits.substr(0, count).find_first_not_of('0') != std::string_view::npos;
  }
  if (*hour == 24) return *minute == 0 && *second == 0 && !fraction;
  return *hour < 24 && *minute < 60 && *second < 60;
}

/// "", "Z" or "+hh:mm", and nothing else behind it.
bool ends_in_zone(std::string_view text) {
  if (text.empty() || text == "Z") return true;
  if (!take(text, '+') && !take(text, '-')) return false;
  const auto hour = take_number(text, 2);
  if (!hour || !take(text, ':')) return false;
  const auto minute = take_number(text, 2);
  return minute && text.empty() && *minute < 60 && (*hour < 14 || (*hour == 14 && *minute == 0));
}

struct Parts {
  bool negative{};
  std::string_view whole{};     ///< without zeros in front
  std::string_view fraction{};  ///< without zeros at the end
};

Parts parts_of(std::string_view decimal) {
  Parts out;
  out.negative = decimal.starts_with('-');
  if (out.negative || decimal.starts_with('+')) decimal.remove_prefix(1);
  const std::size_t point = decimal.find('.');
  out.whole = decimal.substr(0, point);
  if (point != std::string_view::npos) out.fraction = decimal.substr(point + 1);
  out.whole.remove_prefix(std::min(out.whole.find_first_not_of('0'), out.whole.size()));
  while (out.fraction.ends_with('0')) out.fraction.remove_suffix(1);
  if (out.whole.empty() && out.fraction.empty()) out.negative = false;
  return out;
}

/// A decimal as a whole number of units with so many digits behind the point; nullopt = it has more
/// digits than fit.
std::optional<std::int64_t> units_of(std::string_view decimal, std::size_t digits) {
  constexpr std::size_t kMost = 18;
  const Parts parts = parts_of(decimal);
  if (parts.fraction.size() > digits || parts.whole.size() + digits > kMost) return std::nullopt;
  std::string text(parts.whole);
  text += parts.fraction;
  text.append(digits - parts.fraction.size(), '0');
  std::int64_t out = 0;
  if (!text.empty()) std::from_chars(text.data(), text.data() + text.size(), out);
  return parts.negative ? -out : out;
}

}  // namespace

bool is_boolean(std::string_view text) {
  return text == "true" || text == "false" || text == "1" || text == "0";
}

bool is_decimal(std::string_view text) {
  if (!take(text, '-')) take(text, '+');
  const std::size_t whole = take_digits(text);
  const std::size_t fraction = take(text, '.') ? take_digits(text) : 0;
  return text.empty() && whole + fraction > 0;
}

bool is_integer(std::string_view text) {
  if (!take(text, '-')) take(text, '+');
  return take_digits(text) > 0 && text.empty();
}

bool is_float(std::string_view text) {
  if (text == "INF" || text == "-INF" || text == "NaN") return true;
  const std::size_t exponent = text.find_first_of("eE");
  if (exponent == std::string_view::npos) return is_decimal(text);
  return is_decimal(text.substr(0, exponent)) && is_integer(text.substr(exponent + 1));
}

bool is_date(std::string_view text) { return take_date(text) && ends_in_zone(text); }
bool is_time(std::string_view text) { return take_time(text) && ends_in_zone(text); }
bool is_date_time(std::string_view text) {
  return take_date(text) && take(text, 'T') && take_time(text) && ends_in_zone(text);
}

bool is_duration(std::string_view text) {
  take(text, '-');
  if (!take(text, 'P') || text.empty()) return false;
  const auto take_units = [&text](std::string_view units) {
    bool any = false;
    while (!text.empty() && text.front() != 'T') {
      if (take_digits(text) == 0) return std::optional<bool>();
      const bool fraction = take(text, '.');
      if (fraction && take_digits(text) == 0) return std::optional<bool>();
      const std::size_t unit = text.empty() ? std::string_view::npos : units.find(text.front());
      if (unit == std::string_view::npos || (fraction && text.front() != 'S'))
        return std::optional<bool>();
      units.remove_prefix(unit + 1);
      text.remove_prefix(1);
      any = true;
    }
    return std::optional(any);
  };
  if (!take_units("YMD")) return false;
  if (!take(text, 'T')) return text.empty();
  const auto timed = take_units("HMS");
  return timed && *timed && text.empty();
}

std::size_t base64_size(std::string_view text) {
  std::size_t characters = 0;
  std::size_t padding = 0;
  for (const char c : text) {
    if (c == ' ' || c == '\n' || c == '\r' || c == '\t') continue;
    const bool letter =
        (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || is_digit(c) || c == '+' || c == '/';
    if (c == '=')
      ++padding;
    else if (!letter || padding > 0)
      return std::string_view::npos;
    ++characters;
  }
  if (characters % 4 != 0 || padding > 2) return std::string_view::npos;
  return characters / 4 * 3 - padding;
}

std::size_t hex_size(std::string_view text) {
  const bool hex = std::all_of(text.begin(), text.end(), [](char c) {
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
  });
  return hex && text.size() % 2 == 0 ? text.size() / 2 : std::string_view::npos;
}

int compare_decimals(std::string_view left, std::string_view right) {
  const Parts a = parts_of(left);
  const Parts b = parts_of(right);
  if (a.negative != b.negative) return a.negative ? -1 : 1;
  int sign = 0;
  if (a.whole.size() != b.whole.size())
    sign = a.whole.size() < b.whole.size() ? -1 : 1;
  else if (const int whole = a.whole.compare(b.whole); whole != 0)
    sign = whole < 0 ? -1 : 1;
  else if (const int fraction = a.fraction.compare(b.fraction); fraction != 0)
    sign = fraction < 0 ? -1 : 1;
  return a.negative ? -sign : sign;
}

std::size_t total_digits(std::string_view decimal) {
  const Parts parts = parts_of(decimal);
  if (!parts.whole.empty()) return parts.whole.size() + parts.fraction.size();
  // 0.05 = 5 * 10^-2: two digits are needed, as XSD 1.0 counts them.
  return std::max<std::size_t>(parts.fraction.size(), 1);
}

std::size_t fraction_digits(std::string_view decimal) { return parts_of(decimal).fraction.size(); }

std::optional<bool> is_sum(std::string_view total, const std::vector<std::string>& parts) {
  const auto all_decimals = std::all_of(parts.begin(), parts.end(),
                                        [](const std::string& each) { return is_decimal(each); });
  if (!is_decimal(total) || !all_decimals) return std::nullopt;
  std::size_t digits = fraction_digits(total);
  for (const std::string& part : parts) digits = std::max(digits, fraction_digits(part));
  const auto stated = units_of(total, digits);
  std::int64_t sum = 0;
  for (const std::string& part : parts) {
    constexpr std::int64_t kBound = 4'000'000'000'000'000'000;
    const auto units = units_of(part, digits);
    if (!units || sum > kBound || sum < -kBound) return std::nullopt;
    sum += *units;
  }
  return stated ? std::optional(*stated == sum) : std::nullopt;
}

std::size_t character_count(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
  }));
}

}  // namespace channelbridge::soap
