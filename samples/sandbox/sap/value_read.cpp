#include <algorithm>
#include <limits>

#include "sandbox/sap/value_internal.hpp"

namespace channelbridge::sandbox::odata {
namespace {

/// Length in characters, not bytes: MaxLength counts characters.
std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
  }));
}

std::string without_zeros(const std::string& text) {
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
    text = without_zeros(text);
  }
  if (form.alpha && all_digits(text)) text = without_zeros(text);
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
  whole = without_zeros(whole);
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

}  // namespace

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

}  // namespace channelbridge::sandbox::odata
