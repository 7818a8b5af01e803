#include "sandbox/salesforce/values.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <regex>

#include "sandbox/salesforce/base64.hpp"
#include "sandbox/salesforce/errors.hpp"
#include "sandbox/salesforce/record_id.hpp"

namespace channelbridge::sandbox::salesforce {
namespace {

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

const char* token_name(const Json& value) {
  if (value.is_null()) return "VALUE_NULL";
  if (value.is_boolean()) return value.get<bool>() ? "VALUE_TRUE" : "VALUE_FALSE";
  if (value.is_number_integer()) return "VALUE_NUMBER_INT";
  if (is_number(value)) return "VALUE_NUMBER_FLOAT";
  if (value.is_string()) return "VALUE_STRING";
  return value.is_array() ? "START_ARRAY" : "START_OBJECT";
}

Error wrong_type(const Field& field, const Json& value) {
  std::string shown;
  if (value.is_string()) shown = value.get<std::string>();
  if (is_number(value)) shown = number_text(value);
  return malformed_json("Cannot deserialize instance of " + field.type_name + " from " +
                        token_name(value) + " value " + shown +
                        " or request may be missing a required field");
}

Error out_of_range(const Field& field, const std::string& text) {
  return refusal(400, "NUMBER_OUTSIDE_VALID_RANGE",
                 field.label + ": value outside of valid range on numeric field: " + text,
                 {field.name});
}

// A decimal number as digits with the point `scale` places from the right.
struct Digits {
  bool negative{};
  std::string digits{};
  int scale{};
};

std::optional<Digits> parse_number(std::string_view text) {
  static const std::regex kNumber(R"(([-+]?)(\d*)(?:\.(\d*))?(?:[eE]([-+]?\d{1,4}))?)");
  std::match_results<std::string_view::const_iterator> match;
  if (!std::regex_match(text.begin(), text.end(), match, kNumber)) return std::nullopt;
  const std::string fraction = match[3].str();
  Digits number{.negative = match[1].str() == "-",
                .digits = match[2].str() + fraction,
                .scale = static_cast<int>(fraction.size())};
  if (number.digits.empty()) return std::nullopt;
  if (match[4].matched) number.scale -= std::stoi(match[4].str());
  if (number.scale < 0) {
    if (number.scale < -400) return std::nullopt;
    number.digits.append(static_cast<std::size_t>(-number.scale), '0');
    number.scale = 0;
  }
  return number;
}

// Half away from zero.
void round_to(Digits& number, int scale) {
  if (number.scale <= scale) return;
  const auto drop = static_cast<std::size_t>(number.scale - scale);
  if (number.digits.size() < drop + 1)
    number.digits.insert(0, drop + 1 - number.digits.size(), '0');
  const std::size_t keep = number.digits.size() - drop;
  const bool up = number.digits[keep] >= '5';
  number.digits.resize(keep);
  number.scale = scale;
  if (!up) return;
  for (std::size_t i = keep; i-- > 0;) {
    if (number.digits[i] != '9') {
      ++number.digits[i];
      return;
    }
    number.digits[i] = '0';
  }
  number.digits.insert(0, 1, '1');
}

// Plain notation without superfluous zeros.
std::string plain(Digits number) {
  while (number.scale > 0 && number.digits.size() > 1 && number.digits.back() == '0') {
    number.digits.pop_back();
    --number.scale;
  }
  const auto scale = static_cast<std::size_t>(number.scale);
  if (number.digits.size() <= scale) number.digits.insert(0, scale + 1 - number.digits.size(), '0');
  const std::size_t first =
      std::min(number.digits.find_first_not_of('0'), number.digits.size() - scale - 1);
  number.digits.erase(0, first);
  if (scale > 0) number.digits.insert(number.digits.size() - scale, 1, '.');
  return (number.negative && number.digits != "0" ? "-" : "") + number.digits;
}

Result<Stored> to_number(const Field& field, const Json& value) {
  // Numbers written as text are taken too (seen in recorded calls of other clients).
  if (!is_number(value) && !value.is_string()) return wrong_type(field, value);
  const std::string text =
      value.is_string() ? std::string(trimmed(value.get<std::string>())) : number_text(value);
  if (value.is_string() && text.empty()) return Stored();
  std::optional<Digits> number = parse_number(text);
  if (!number) return wrong_type(field, value);
  round_to(*number, field.type == FieldType::Int ? 0 : field.scale);
  const std::string result = plain(*number);
  const std::size_t start = result.starts_with('-') ? 1 : 0;
  const std::size_t whole_digits = std::min(result.find('.'), result.size()) - start;
  const int allowed = field.type == FieldType::Int ? (field.digits > 0 ? field.digits : 9)
                                                   : field.precision - field.scale;
  if (static_cast<int>(whole_digits) > allowed) return out_of_range(field, text);
  return Stored(result);
}

Result<Stored> to_text(const Field& field, const Json& value) {
  if (!value.is_string()) return wrong_type(field, value);
  const std::string given = value.get<std::string>();
  const std::string text(trimmed(given));
  if (text.empty()) return Stored();
  if (field.length > 0 && count_characters(text) > field.length) {
    return refusal(400, "STRING_TOO_LONG",
                   field.label + ": data value too large: " + text +
                       " (max length=" + std::to_string(field.length) + ")",
                   {field.name});
  }
  if (field.type == FieldType::Email) {
    static const std::regex kMail(
        R"([^\s@<>(),;:\\"\[\]]+@([A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z]{2,})");
    if (!std::regex_match(text, kMail)) {
      return refusal(400, "INVALID_EMAIL_ADDRESS", field.label + ": invalid email address: " + text,
                     {field.name});
    }
  }
  return Stored(text);
}

Result<Stored> to_reference(const ObjectType& object, const Field& field, const Json& value) {
  if (!value.is_string()) return wrong_type(field, value);
  const std::string text = value.get<std::string>();
  if (text.empty()) return Stored();
  if (!well_formed_id(text)) {
    const std::string label = field.type == FieldType::Id ? object.name() + " ID" : field.label;
    return refusal(400, "MALFORMED_ID", label + ": id value of incorrect type: " + text,
                   {field.name});
  }
  return Stored(with_checksum(text));
}

Result<Stored> to_time(const Field& field, const Json& value) {
  if (!value.is_string()) return wrong_type(field, value);
  const std::string text = value.get<std::string>();
  if (text.empty()) return Stored();
  if (field.type == FieldType::Date) {
    if (!valid_date(text)) return wrong_type(field, value);
    return Stored(text);
  }
  const std::optional<Timestamp> time = parse_iso8601(text);
  if (!time) return wrong_type(field, value);
  return Stored(datetime_text(*time));
}

// Decimals print the way Java prints a double: always with a point, from ten million on with an
// exponent.
std::string wire_decimal(const std::string& text) {
  const bool negative = text.starts_with('-');
  const std::string body = text.substr(negative ? 1 : 0);
  const std::size_t point = std::min(body.find('.'), body.size());
  std::string result;
  if (point <= 7) {
    result = point == body.size() ? body + ".0" : body;
  } else {
    std::string digits =
        body.substr(0, point) + (point < body.size() ? body.substr(point + 1) : "");
    while (digits.size() > 2 && digits.back() == '0') digits.pop_back();
    result = digits.substr(0, 1) + "." + digits.substr(1) + "E" + std::to_string(point - 1);
  }
  return (negative ? "-" : "") + result;
}

}  // namespace

std::size_t count_characters(std::string_view utf8) {
  return static_cast<std::size_t>(std::count_if(utf8.begin(), utf8.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
  }));
}

bool valid_date(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
  const auto number = [&](std::size_t from, std::size_t size) {
    int value = -1;
    const char* end = text.data() + from + size;
    return std::from_chars(text.data() + from, end, value).ptr == end ? value : -1;
  };
  const int year = number(0, 4);
  const int month = number(5, 2);
  const int day = number(8, 2);
  if (year < 1700 || year > 4000 || month < 1 || day < 1) return false;
  return std::chrono::year_month_day(std::chrono::year(year),
                                     std::chrono::month(static_cast<unsigned>(month)),
                                     std::chrono::day(static_cast<unsigned>(day)))
      .ok();
}

std::string datetime_text(Timestamp time) {
  return to_iso8601(std::chrono::floor<std::chrono::seconds>(time)).substr(0, 19) + ".000+0000";
}

Result<Stored> to_stored(const ObjectType& object, const Field& field, const Json& value) {
  if (value.is_null() && field.type != FieldType::Boolean) return Stored();
  switch (field.type) {
    case FieldType::Boolean:
      if (value.is_boolean()) return Stored(value.get<bool>() ? "true" : "false");
      if (value == "true" || value == "false") return Stored(value.get<std::string>());
      return wrong_type(field, value);
    case FieldType::Int:
    case FieldType::Decimal:
      return to_number(field, value);
    case FieldType::Date:
    case FieldType::DateTime:
      return to_time(field, value);
    case FieldType::Id:
    case FieldType::Reference:
      return to_reference(object, field, value);
    case FieldType::Base64: {
      auto bytes = value.is_string() ? base64_bytes(value.get_ref<const std::string&>())
                                     : std::optional<std::string>();
      if (!bytes) return wrong_type(field, Json());
      return bytes->empty() ? Stored() : Stored(*std::move(bytes));
    }
    default:
      return to_text(field, value);
  }
}

Json to_wire(const Field& field, const Stored& value) {
  if (field.type == FieldType::Boolean) return value == "true";
  if (!value) return nullptr;
  if (field.type == FieldType::Int) return exact_number(*value);
  if (field.type == FieldType::Decimal) return exact_number(wire_decimal(*value));
  return *value;
}

}  // namespace channelbridge::sandbox::salesforce
