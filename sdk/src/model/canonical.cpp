#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "canonical_internal.hpp"
#include "channelbridge/model/date.hpp"
#include "channelbridge/model/decimal.hpp"
#include "channelbridge/model/field_type.hpp"
#include "channelbridge/model/fields.hpp"
#include "text_internal.hpp"

namespace channelbridge::model {
namespace {

constexpr std::array<std::string_view, 17> kTypeNames{
    "text",      "code",      "boolean", "integer",  "decimal",  "percent",
    "date",      "timestamp", "country", "currency", "language", "unit",
    "time_zone", "email",     "phone",   "web",      "reference"};

/// "-0012.50" -> "-12.5"; nullopt when there is anything but a sign, digits and a point, or too
/// many digits.
std::optional<std::string> plain_decimal(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  const std::size_t point = std::min(text.find('.'), text.size());
  std::string_view whole = text.substr(0, point);
  std::string_view part = text.substr(std::min(point + 1, text.size()));
  if (whole.empty() || !all_of(whole, is_digit) || !all_of(part, is_digit)) return std::nullopt;
  while (whole.starts_with('0')) whole.remove_prefix(1);
  while (part.ends_with('0')) part.remove_suffix(1);
  if (whole.size() + part.size() > Decimal::kMaxDigits) return std::nullopt;
  std::string out;
  out.reserve(whole.size() + part.size() + 3);
  if (negative && !(whole.empty() && part.empty())) out += '-';
  if (whole.empty()) whole = "0";
  out += whole;
  if (!part.empty()) {
    out += '.';
    out += part;
  }
  return out;
}

std::optional<std::string> canonical_boolean(std::string_view text) {
  if (text == "true" || text == "1") return "true";
  if (text == "false" || text == "0") return "false";
  return std::nullopt;
}

std::optional<std::string> canonical_integer(std::string_view text) {
  // Some systems write whole numbers as "5.0".
  if (const auto point = text.find('.'); point != std::string_view::npos) {
    if (point + 1 == text.size() ||
        text.find_first_not_of('0', point + 1) != std::string_view::npos)
      return std::nullopt;
    text = text.substr(0, point);
  }
  if (text.starts_with('+')) {
    text.remove_prefix(1);
    if (text.starts_with('-')) return std::nullopt;
  }
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return std::to_string(value);
}

std::optional<std::string> canonical_date(std::string_view text) {
  if (const auto date = Date::parse(text)) return to_string(*date);
  return std::nullopt;
}

std::optional<std::string> canonical_timestamp(std::string_view text) {
  if (const auto time = parse_iso8601(text)) return to_iso8601(*time);
  return std::nullopt;
}

std::optional<std::string> canonical_unit(std::string_view text) {
  // Rec 20 codes have two or three letters and digits; Rec 21 packaging takes the prefix X.
  if (text.size() < 2 || text.size() > 3 || !all_of(text, is_alnum)) return std::nullopt;
  return upper(text);
}

}  // namespace

std::string_view to_string(FieldType type) { return kTypeNames[static_cast<std::size_t>(type)]; }

std::optional<FieldType> parse_field_type(std::string_view name) {
  const auto* const found = std::find(kTypeNames.begin(), kTypeNames.end(), name);
  if (found == kTypeNames.end()) return std::nullopt;
  return static_cast<FieldType>(found - kTypeNames.begin());
}

std::optional<std::size_t> count_characters(std::string_view text) {
  std::size_t count = 0;
  const auto* byte = reinterpret_cast<const unsigned char*>(text.data());
  const auto* const end = byte + text.size();
  while (byte != end) {
    ++count;
    if (*byte == 0) return std::nullopt;
    if (*byte < 0x80) {
      ++byte;
      continue;
    }
    // RFC 3629, section 4: no overlong forms, no surrogates, nothing above U+10FFFF.
    const unsigned lead = *byte;
    const int more = lead >= 0xC2 && lead <= 0xDF   ? 1
                     : (lead & 0xF0U) == 0xE0       ? 2
                     : lead >= 0xF0 && lead <= 0xF4 ? 3
                                                    : 0;
    if (more == 0 || end - byte <= more) return std::nullopt;
    const unsigned low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
    const unsigned high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
    if (byte[1] < low || byte[1] > high) return std::nullopt;
    for (int i = 2; i <= more; ++i) {
      if ((byte[i] & 0xC0U) != 0x80) return std::nullopt;
    }
    byte += more + 1;
  }
  return count;
}

std::optional<std::string> canonical_decimal(std::string_view text) {
  // Nearly all numbers are plain digits: their canonical form is a part of the text.
  if (auto plain = plain_decimal(text)) return plain;
  const auto value = Decimal::parse(text);
  if (!value) return std::nullopt;
  return to_string(*value);
}

std::optional<std::string> canonical_reference(std::string_view text) {
  if (text.starts_with("pending:")) {
    if (!parse_pending_reference(text) || !count_characters(text)) return std::nullopt;
    return std::string(text);
  }
  // A record id: the 36 characters of a UUID (RFC 9562, section 4).
  if (text.size() != 36) return std::nullopt;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? text[i] != '-'
             : !(is_digit(text[i]) || (lower(text[i]) >= 'a' && lower(text[i]) <= 'f')))
      return std::nullopt;
  }
  return lower(text);
}

std::optional<std::string> canonical_text(FieldType type, std::string_view text) {
  switch (type) {
    case FieldType::Text:
      if (!count_characters(text)) return std::nullopt;
      return std::string(text);
    case FieldType::Code:
      if (text.empty() || !count_characters(text)) return std::nullopt;
      return std::string(text);
    case FieldType::Boolean:
      return canonical_boolean(text);
    case FieldType::Integer:
      return canonical_integer(text);
    case FieldType::Decimal:
    case FieldType::Percent:
      return canonical_decimal(text);
    case FieldType::Date:
      return canonical_date(text);
    case FieldType::Timestamp:
      return canonical_timestamp(text);
    case FieldType::Country:
      return canonical_country(text);
    case FieldType::Currency:
      return canonical_currency(text);
    case FieldType::Language:
      return canonical_language(text);
    case FieldType::Unit:
      return canonical_unit(text);
    case FieldType::TimeZone:
      if (!TimeZone::find(text)) return std::nullopt;
      return std::string(text);
    case FieldType::Email:
      return canonical_email(text);
    case FieldType::Phone:
      return canonical_phone(text);
    case FieldType::Web:
      return canonical_web(text);
    case FieldType::Reference:
      return canonical_reference(text);
  }
  return std::nullopt;
}

}  // namespace channelbridge::model
