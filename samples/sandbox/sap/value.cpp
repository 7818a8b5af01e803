#include "sandbox/sap/value.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <limits>

namespace channelbridge::sandbox::odata {
namespace {

constexpr std::int64_t kTicksPerDay = 86'400 * kTicksPerSecond;

bool all_digits(std::string_view text) {
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

/// Length in characters, not bytes: MaxLength counts characters.
std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
  }));
}

std::string without_zeros(std::string text) {
  const auto first = text.find_first_not_of('0');
  if (first == std::string::npos) return text.empty() ? text : "0";
  return text.substr(first);
}

Parsed problem(const Property& property, std::string_view what) {
  return {.problem = "Property '" + property.name + "' " + std::string(what)};
}

Parsed text_value(const Property& property, std::string text, const TextForm& form) {
  while (!text.empty() && text.back() == ' ') text.pop_back();
  if (form.trim_front) text.erase(0, std::min(text.find_first_not_of(" \t\r\n"), text.size()));
  if (property.upper_case) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  }
  if (property.non_negative && !text.empty()) {
    if (!all_digits(text)) return problem(property, "takes digits only");
    text = without_zeros(std::move(text));
  }
  if (form.alpha && all_digits(text)) text = without_zeros(std::move(text));
  if (property.max_length && characters(text) > static_cast<std::size_t>(*property.max_length)) {
    return problem(property,
                   "is longer than " + std::to_string(*property.max_length) + " characters");
  }
  return {.value = std::move(text)};
}

Parsed integer_value(const Property& property, std::string_view text) {
  const auto value = parse_number<std::int64_t>(text);
  const auto within = [&](std::int64_t low, std::int64_t high) {
    return value && *value >= low && *value <= high;
  };
  bool fits = value.has_value();
  if (property.type == Edm::Byte) fits = within(0, 255);
  if (property.type == Edm::SByte) fits = within(-128, 127);
  if (property.type == Edm::Int16) fits = within(-32'768, 32'767);
  if (property.type == Edm::Int32)
    fits =
        within(std::numeric_limits<std::int32_t>::min(), std::numeric_limits<std::int32_t>::max());
  if (!fits) return problem(property, "has an invalid value for " + property.type_name);
  return {.value = *value};
}

/// Exact text: no exponent, no needless zeros in front, exactly `scale` digits behind the point
/// when it is declared.
Parsed decimal_value(const Property& property, std::string_view text) {
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  const bool negative = !text.empty() && text.front() == '-';
  if (!text.empty() && (negative || text.front() == '+')) text.remove_prefix(1);
  const auto point = text.find('.');
  std::string whole(text.substr(0, point));
  std::string fraction(point == std::string_view::npos ? std::string_view{}
                                                       : text.substr(point + 1));
  if (!all_digits(whole.empty() ? "0" : whole) || (!fraction.empty() && !all_digits(fraction)) ||
      (whole.empty() && fraction.empty())) {
    return problem(property, "has an invalid value for Edm.Decimal");
  }
  whole = without_zeros(std::move(whole));
  if (whole.empty()) whole = "0";
  if (property.scale) {
    const auto scale = static_cast<std::size_t>(*property.scale);
    const auto last = fraction.find_last_not_of('0');
    if (last != std::string::npos && last >= scale) {
      return problem(property, "has more than " + std::to_string(scale) + " decimals");
    }
    fraction.resize(scale, '0');
  }
  if (property.precision && property.scale) {
    const auto digits = static_cast<std::size_t>(*property.precision - *property.scale);
    if (whole != "0" && whole.size() > digits) return problem(property, "exceeds its precision");
  }
  const bool zero = whole == "0" && fraction.find_first_not_of('0') == std::string::npos;
  std::string result = (negative && !zero ? "-" : "") + whole;
  if (!fraction.empty()) result += "." + fraction;
  return {.value = std::move(result)};
}

Parsed guid_value(const Property& property, std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'F' ? static_cast<char>(c + 32) : c; });
  if (text.size() == 32) {
    for (const std::size_t at : {8U, 13U, 18U, 23U}) text.insert(at, 1, '-');
  }
  bool good = text.size() == 36;
  for (std::size_t i = 0; good && i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    const bool hex = (text[i] >= '0' && text[i] <= '9') || (text[i] >= 'a' && text[i] <= 'f');
    good = dash ? text[i] == '-' : hex;
  }
  if (!good) return problem(property, "has an invalid value for Edm.Guid");
  return {.value = std::move(text)};
}

/// PT13H00M00S, parts may be missing; 13:00:00 in V4.
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
    if (!value || *value < 0) return std::nullopt;
    const std::int64_t factor = text[unit] == 'H' ? 3600 : text[unit] == 'M' ? 60 : 1;
    ticks += static_cast<std::int64_t>(*value * static_cast<double>(factor * kTicksPerSecond));
    text.remove_prefix(unit + 1);
  }
  if (ticks >= kTicksPerDay) return std::nullopt;
  return ticks;
}

/// /Date(ms)/ and /Date(ms+mmmm)/: the milliseconds are UTC already, the offset only tells where
/// they were entered.
std::optional<std::int64_t> parse_ms_date(std::string_view text) {
  if (!text.starts_with("/Date(") || !text.ends_with(")/")) return std::nullopt;
  text = text.substr(6, text.size() - 8);
  const auto sign = text.find_first_of("+-", 1);
  const auto ms = parse_number<std::int64_t>(text.substr(0, sign));
  if (!ms) return std::nullopt;
  if (sign != std::string_view::npos && !all_digits(text.substr(sign + 1))) return std::nullopt;
  return *ms * 10'000;
}

Parsed time_value(const Property& property, std::string_view text) {
  std::optional<std::int64_t> ticks;
  if (property.type == Edm::Time || property.type == Edm::TimeOfDay) {
    ticks = parse_time_of_day(text);
  } else {
    ticks = parse_ms_date(text);
    if (!ticks) ticks = parse_iso(text);
  }
  if (!ticks) return problem(property, "has an invalid value for " + property.type_name);
  if (property.type == Edm::Date && *ticks % kTicksPerDay != 0) {
    return problem(property, "has an invalid value for Edm.Date");
  }
  return {.value = *ticks};
}

Parsed scalar(const Property& property, std::string text, const TextForm& form) {
  switch (property.type) {
    case Edm::String:
    case Edm::Binary:
      return text_value(property, std::move(text), form);
    case Edm::Boolean:
      if (text == "true" || text == "false") return {.value = text == "true"};
      return problem(property, "has an invalid value for Edm.Boolean");
    case Edm::Byte:
    case Edm::SByte:
    case Edm::Int16:
    case Edm::Int32:
    case Edm::Int64:
      return integer_value(property, text);
    case Edm::Decimal:
      return decimal_value(property, text);
    case Edm::Double:
    case Edm::Single:
      if (const auto value = parse_number<double>(text)) return {.value = *value};
      return problem(property, "has an invalid value for " + property.type_name);
    case Edm::Guid:
      return guid_value(property, std::move(text));
    case Edm::DateTime:
    case Edm::DateTimeOffset:
    case Edm::Date:
    case Edm::Time:
    case Edm::TimeOfDay:
      return time_value(property, text);
    case Edm::Structured:
      return {.value = Json(text).dump()};
  }
  return problem(property, "has an unknown type");
}

bool takes_text(Edm type) {
  switch (type) {
    case Edm::Boolean:
    case Edm::Byte:
    case Edm::SByte:
    case Edm::Int16:
    case Edm::Int32:
      return false;
    default:
      return true;
  }
}

bool takes_number(Edm type) {
  switch (type) {
    case Edm::Byte:
    case Edm::SByte:
    case Edm::Int16:
    case Edm::Int32:
    case Edm::Int64:
    case Edm::Decimal:
    case Edm::Double:
    case Edm::Single:
      return true;
    default:
      return false;
  }
}

std::string unquoted(std::string_view quoted) {
  std::string text;
  for (std::size_t i = 1; i + 1 < quoted.size(); ++i) {
    text += quoted[i];
    if (quoted[i] == '\'' && i + 2 < quoted.size() && quoted[i + 1] == '\'') ++i;
  }
  return text;
}

std::string in_quotes(std::string_view text) {
  std::string result = "'";
  for (const char c : text) {
    result += c;
    if (c == '\'') result += c;
  }
  return result + "'";
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

std::string double_text(double value) {
  std::array<char, 40> text{};
  const auto [end, error] = std::to_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} ? std::string(text.data(), end) : "0";
}

/// Precision 7 keeps all digits, otherwise only what is there.
std::string offset_text(const Property& property, std::int64_t ticks) {
  const int digits = property.precision.value_or(0) > 0 ? std::min(*property.precision, 7)
                                                        : (ticks % kTicksPerSecond == 0 ? 0 : 7);
  return iso(ticks, digits) + "Z";
}

}  // namespace

std::int64_t to_ticks(Timestamp time) { return time.time_since_epoch().count() * 10; }

bool is_null(const Value& value) { return std::holds_alternative<std::monostate>(value); }

Parsed from_json(const Property& property, const Json& json, const TextForm& form) {
  if (json.is_null()) {
    if (!property.nullable) return problem(property, "must not be null");
    return {.value = initial(property)};
  }
  if (property.type == Edm::Structured) {
    if (json.is_string()) return {.value = json.dump()};
    return {.value = dump_json(json)};
  }
  if (json.is_boolean() && property.type == Edm::Boolean) return {.value = json.get<bool>()};
  if (json.is_string() && takes_text(property.type)) {
    return scalar(property, json.get<std::string>(), form);
  }
  if (is_number(json) && takes_number(property.type)) {
    return scalar(property, number_text(json), form);
  }
  return problem(property, "has an invalid value for " + property.type_name);
}

Parsed from_literal(const Property& property, std::string_view literal, Version version,
                    const TextForm& form) {
  const auto mismatch = [&] { return problem(property, "cannot be compared with this literal"); };
  if (literal == "null") return {};
  const auto quote = literal.find('\'');
  if (quote != std::string_view::npos && literal.back() != '\'') return mismatch();
  if (quote == 0) {
    const bool text = property.type == Edm::String || property.type == Edm::Structured ||
                      property.type == Edm::Binary;
    // ABAP compares a text with whatever text it is given; only cleaned forms are looked up.
    if (!text) return mismatch();
    Property lenient = property;
    lenient.max_length.reset();
    lenient.upper_case = false;
    lenient.non_negative = false;
    TextForm same = form;
    same.alpha = form.alpha || property.non_negative;
    return text_value(lenient, unquoted(literal), same);
  }
  if (quote != std::string_view::npos) {
    const std::string_view prefix = literal.substr(0, quote);
    const bool fits = (prefix == "datetime" && property.type == Edm::DateTime) ||
                      (prefix == "datetimeoffset" && (property.type == Edm::DateTimeOffset)) ||
                      (prefix == "guid" && property.type == Edm::Guid) ||
                      (prefix == "time" && property.type == Edm::Time) ||
                      ((prefix == "binary" || prefix == "X") && property.type == Edm::Binary);
    if (!fits || version == Version::V4) return mismatch();
    return scalar(property, unquoted(literal.substr(quote)), form);
  }
  if (property.type == Edm::String) return mismatch();
  std::string text(literal);
  if (version == Version::V2) {
    const auto bare = [](Edm type) { return type != Edm::Boolean && takes_number(type); };
    if (property.type != Edm::Boolean && !bare(property.type)) return mismatch();
    if (bare(property.type) &&
        std::string_view("mMlLdDfF").find(text.back()) != std::string_view::npos) {
      text.pop_back();
    }
  }
  if (property.type == Edm::Decimal) {
    Property lenient = property;
    lenient.scale.reset();
    lenient.precision.reset();
    return scalar(lenient, std::move(text), form);
  }
  return scalar(property, std::move(text), form);
}

Value initial(const Property& property) {
  switch (property.type) {
    case Edm::String:
      return std::string(property.non_negative && property.key ? "0" : "");
    case Edm::Boolean:
      return false;
    case Edm::Byte:
    case Edm::SByte:
    case Edm::Int16:
    case Edm::Int32:
    case Edm::Int64:
      return std::int64_t{0};
    case Edm::Double:
    case Edm::Single:
      return 0.0;
    case Edm::Decimal:
      return property.scale.value_or(0) > 0
                 ? "0." + std::string(static_cast<std::size_t>(*property.scale), '0')
                 : std::string("0");
    case Edm::Time:
    case Edm::TimeOfDay:
      return std::int64_t{0};
    default:
      return {};
  }
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

void write_text(std::string& out, std::string_view text) {
  out += '"';
  for (const char c : text) {
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20) {
          std::array<char, 8> escaped{};
          std::snprintf(escaped.data(), escaped.size(), "\\u%04x", static_cast<unsigned>(c));
          out += escaped.data();
        } else {
          out += c;
        }
    }
  }
  out += '"';
}

void write_json(std::string& out, const Property& property, const Value& value, Version version,
                bool exact_numbers_as_text) {
  if (is_null(value)) {
    out += "null";
    return;
  }
  const bool v2 = version == Version::V2;
  switch (property.type) {
    case Edm::Boolean:
      out += std::get<bool>(value) ? "true" : "false";
      return;
    case Edm::Byte:
    case Edm::SByte:
    case Edm::Int16:
    case Edm::Int32:
      out += std::to_string(std::get<std::int64_t>(value));
      return;
    case Edm::Int64:
    case Edm::Decimal:
      if (v2 || exact_numbers_as_text) {
        write_text(out, to_plain(property, value));
      } else {
        out += to_plain(property, value);
      }
      return;
    case Edm::Double:
    case Edm::Single:
      if (v2) {
        write_text(out, to_plain(property, value));
      } else {
        out += to_plain(property, value);
      }
      return;
    case Edm::DateTime:
    case Edm::DateTimeOffset:
      if (v2) {
        const std::int64_t ticks = std::get<std::int64_t>(value);
        const std::int64_t ms = ticks / 10'000 - (ticks % 10'000 < 0 ? 1 : 0);
        out += "\"/Date(" + std::to_string(ms) +
               (property.type == Edm::DateTimeOffset ? "+0000)/\"" : ")/\"");
        return;
      }
      [[fallthrough]];
    case Edm::Date:
    case Edm::Time:
    case Edm::TimeOfDay:
      write_text(out, to_plain(property, value));
      return;
    case Edm::Structured:
      out += std::get<std::string>(value);
      return;
    case Edm::String:
    case Edm::Guid:
    case Edm::Binary:
      write_text(out, std::get<std::string>(value));
  }
}

std::string to_plain(const Property& property, const Value& value) {
  if (is_null(value)) return {};
  if (const auto* flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
  if (const auto* number = std::get_if<double>(&value)) return double_text(*number);
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  const std::int64_t number = std::get<std::int64_t>(value);
  switch (property.type) {
    case Edm::DateTime:
      return iso(number, number % kTicksPerSecond == 0 ? 0 : 7);
    case Edm::DateTimeOffset:
      return offset_text(property, number);
    case Edm::Date:
      return iso(number, 0).substr(0, 10);
    case Edm::Time:
      return duration_text(number);
    case Edm::TimeOfDay:
      return clock_text(number);
    default:
      return std::to_string(number);
  }
}

std::string to_literal(const Property& property, const Value& value, Version version) {
  if (is_null(value)) return "null";
  const std::string plain = to_plain(property, value);
  switch (property.type) {
    case Edm::String:
    case Edm::Binary:
    case Edm::Structured:
      return in_quotes(plain);
    case Edm::Guid:
      return version == Version::V2 ? "guid'" + plain + "'" : plain;
    case Edm::DateTime:
      return "datetime'" + plain + "'";
    case Edm::DateTimeOffset:
      return version == Version::V2 ? "datetimeoffset'" + plain + "'" : plain;
    case Edm::Time:
      return "time'" + plain + "'";
    case Edm::Int64:
      return version == Version::V2 ? plain + "L" : plain;
    case Edm::Decimal:
      return version == Version::V2 ? plain + "M" : plain;
    default:
      return plain;
  }
}

int compare_decimals(std::string_view a, std::string_view b) {
  const bool a_negative = a.starts_with('-');
  const bool b_negative = b.starts_with('-');
  if (a_negative != b_negative) return a_negative ? -1 : 1;
  if (a_negative) {
    a.remove_prefix(1);
    b.remove_prefix(1);
    std::swap(a, b);
  }
  const auto whole = [](std::string_view text) { return text.substr(0, text.find('.')); };
  const auto fraction = [](std::string_view text) {
    const auto point = text.find('.');
    std::string digits(point == std::string_view::npos ? std::string_view{}
                                                       : text.substr(point + 1));
    digits.erase(digits.find_last_not_of('0') + 1);
    return digits;
  };
  const std::string_view a_whole = whole(a);
  const std::string_view b_whole = whole(b);
  if (a_whole.size() != b_whole.size()) return a_whole.size() < b_whole.size() ? -1 : 1;
  if (const int order = a_whole.compare(b_whole); order != 0) return order;
  return fraction(a).compare(fraction(b));
}

int compare(const Property& property, const Value& a, const Value& b) {
  if (is_null(a) || is_null(b))
    return static_cast<int>(!is_null(a)) - static_cast<int>(!is_null(b));
  if (a.index() != b.index()) return a.index() < b.index() ? -1 : 1;
  if (const auto* text = std::get_if<std::string>(&a)) {
    const auto& other = std::get<std::string>(b);
    return property.type == Edm::Decimal ? compare_decimals(*text, other) : text->compare(other);
  }
  return a < b ? -1 : b < a ? 1 : 0;
}

}  // namespace channelbridge::sandbox::odata
