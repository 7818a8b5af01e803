#include "value_internal.hpp"

#include <algorithm>

#include "channelbridge/document/json_index.hpp"
#include "channelbridge/model/decimal.hpp"
#include "normal_forms_internal.hpp"
#include "places_internal.hpp"
#include "time_forms_internal.hpp"

namespace channelbridge::mapping {

namespace {

Reading canonical_or_wrong(const Rule& rule, std::string_view text, std::string& out,
                           std::string& reason) {
  auto value = model::canonical_text(*rule.info, text);
  if (!value) {
    reason = model::refusal(*rule.info, text);
    return Reading::Wrong;
  }
  out = std::move(*value);
  return Reading::Value;
}

Reading decode_code(const Rule& rule, std::string_view text, std::string& out,
                    std::string& reason) {
  const CodeMap& map = *rule.codes;
  const auto known = map.canonical.find(text);
  if (known != map.canonical.end()) {
    out = known->second;
  } else if (text.empty()) {
    return Reading::Empty;
  } else if (map.pass) {
    return canonical_or_wrong(rule, text, out, reason);
  } else if (map.other_canonical) {
    out = *map.other_canonical;
  } else {
    reason = "is not in the code map '" + map.name + "'";
    return Reading::Wrong;
  }
  return out.empty() ? Reading::Empty : Reading::Value;
}

std::string_view without_blanks(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

Reading decode_typed(const Rule& rule, std::string_view text, std::string& out,
                     std::string& reason) {
  switch (rule.as) {
    case As::Text:
      return canonical_or_wrong(rule, text, out, reason);
    case As::Boolean:
    case As::Decimal:
    case As::Integer:
    case As::Int64:
      return canonical_or_wrong(rule, without_blanks(text), out, reason);
    case As::Date:
    case As::CompactDate:
    case As::Timestamp:
    case As::DateTimeOffset:
      break;
  }
  const bool day = rule.info->type == model::FieldType::Date;
  const auto read = day ? read_date(text) : read_timestamp(text);
  if (!read) {
    reason = day ? "is not a date" : "is not a time with its zone";
    return Reading::Wrong;
  }
  if (read->empty()) return Reading::Empty;
  return canonical_or_wrong(rule, *read, out, reason);
}

/// Cuts a text to a number of characters, never inside one; false when it fits already.
bool truncate(std::string& text, std::size_t characters) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool starts = (static_cast<unsigned char>(text[i]) & 0xC0U) != 0x80U;
    if (starts && ++count > characters) {
      text.resize(i);
      return true;
    }
  }
  return false;
}

bool encode_code(const Rule& rule, std::string_view canonical, std::string& out,
                 std::string& reason) {
  const CodeMap& map = *rule.codes;
  const auto known = map.external.find(canonical);
  if (known != map.external.end()) {
    out = known->second.front();
  } else if (map.pass) {
    out = canonical;
  } else if (map.other_external) {
    out = *map.other_external;
  } else {
    reason = "has no external code in the code map '" + map.name + "'";
    return false;
  }
  return true;
}

bool encode_decimal(const Rule& rule, Fit fit, std::string_view canonical, std::string& out,
                    std::string& reason) {
  out = canonical;
  if (rule.scale < 0) return true;
  const auto value = model::Decimal::parse(canonical);
  if (!value || value->scale() <= rule.scale) return true;
  if (fit == Fit::Exact && rule.lossy.empty()) {
    reason = "has more than " + std::to_string(rule.scale) + " decimals";
    return false;
  }
  out = model::to_string(model::round(*value, rule.scale));
  return true;
}

bool encode_typed(const Rule& rule, Dialect dialect, Fit fit, std::string_view canonical,
                  std::string& out, std::string& reason) {
  switch (rule.as) {
    case As::Text:
    case As::Boolean:
      out = canonical;
      return true;
    case As::Decimal:
      return encode_decimal(rule, fit, canonical, out, reason);
    case As::Integer:
    case As::Int64:
      out = canonical;
      return true;
    case As::Date:
    case As::CompactDate:
    case As::Timestamp:
    case As::DateTimeOffset:
      break;
  }
  auto text = write_time(rule.as, dialect, canonical);
  if (!text) {
    reason = "is not a date or time";
    return false;
  }
  out = std::move(*text);
  return true;
}

}  // namespace

Reading decode(const Rule& rule, std::string_view external, std::string& out, std::string& reason) {
  std::string normal;
  if (!rule.normal.empty()) {
    normal = external;
    for (const NormalForm& form : rule.normal) to_canonical_form(form, normal);
    external = normal;
  }
  if (rule.codes) return decode_code(rule, external, out, reason);
  if (external.empty()) return Reading::Empty;
  if (!rule.ref.empty()) {
    out = external;
    return Reading::Value;
  }
  return decode_typed(rule, external, out, reason);
}

bool encode(const Rule& rule, Dialect dialect, Fit fit, std::string_view canonical,
            std::string& out, std::string& reason) {
  const bool street = rule.second_is == Second::HouseNumber;
  if (street) canonical = split_house_number(canonical, rule.second_length).street;
  const bool good = rule.codes         ? encode_code(rule, canonical, out, reason)
                    : rule.ref.empty() ? encode_typed(rule, dialect, fit, canonical, out, reason)
                                       : (out = canonical, true);
  if (!good) return false;
  for (const NormalForm& form : rule.normal) to_external_form(form, out);
  if (rule.max_length > 0 && truncate(out, rule.max_length) && fit == Fit::Exact &&
      rule.lossy.empty()) {
    reason = "is longer than the " + std::to_string(rule.max_length) +
             " characters that the system holds";
    return false;
  }
  // What is cut behind a blank must not be taken for the blank before a house number.
  if (street) out.erase(out.find_last_not_of(' ') + 1);
  if (!is_quoted(rule, dialect) && out != "true" && out != "false" &&
      !document::is_json_number(out)) {
    reason = "is not a number";
    return false;
  }
  return true;
}

bool is_quoted(const Rule& rule, Dialect dialect) {
  if (dialect == Dialect::Csv || dialect == Dialect::Xml) return true;
  switch (rule.as) {
    case As::Boolean:
    case As::Integer:
      return false;
    case As::Decimal:
    case As::Int64:
      return dialect == Dialect::ODataV2;
    default:
      return true;
  }
}

bool reads_code(const Rule& rule, std::string_view canonical) {
  const CodeMap& map = *rule.codes;
  return map.pass || map.other_canonical == canonical ||
         std::any_of(map.canonical.begin(), map.canonical.end(),
                     [canonical](const auto& code) { return code.second == canonical; });
}

model::Value image_of(const Rule& rule, Dialect dialect, std::string_view canonical) {
  if (rule.plain() || !rule.ref.empty() || rule.constant) return std::string(canonical);
  std::string external;
  std::string reason;
  std::string shown;
  if (!encode(rule, dialect, Fit::Image, canonical, external, reason)) {
    // What is only read needs no words of the system.
    const bool read_there = rule.codes && !rule.writes() && reads_code(rule, canonical);
    return read_there ? model::Value(canonical) : std::nullopt;
  }
  if (rule.second_is == Second::HouseNumber)
    external =
        join_house_number(external, split_house_number(canonical, rule.second_length).number);
  if (decode(rule, external, shown, reason) != Reading::Value) return std::nullopt;
  return shown;
}

}  // namespace channelbridge::mapping
