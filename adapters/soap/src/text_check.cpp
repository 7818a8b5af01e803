#include "text_check_internal.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <mutex>
#include <regex>
#include <vector>

#include "channelbridge/core/nearest.hpp"
#include "text_forms_internal.hpp"
#include "xml_internal.hpp"

namespace channelbridge::soap {
namespace {

constexpr std::size_t kNoSize = static_cast<std::size_t>(-1);

std::string collapsed(std::string_view text) {
  std::string out;
  for (const std::string_view word : words_of(text)) {
    if (!out.empty()) out += ' ';
    out += word;
  }
  return out;
}

std::string_view type_word(const TextType& type) {
  switch (type.primitive) {
    case Primitive::Boolean:
      return "boolean (true, false, 1, 0)";
    case Primitive::Decimal:
      return type.integer ? "whole number" : "decimal (digits and a point, no exponent)";
    case Primitive::Float:
      return "number";
    case Primitive::Date:
      return "date (2026-01-31)";
    case Primitive::DateTime:
      return "date and time (2026-01-31T12:00:00Z)";
    case Primitive::Time:
      return "time (12:00:00)";
    case Primitive::Duration:
      return "duration (P30D)";
    case Primitive::Base64:
      return "base64";
    case Primitive::Hex:
      return "hexadecimal";
    default:
      return "text";
  }
}

bool has_form(const TextType& type, std::string_view text) {
  switch (type.primitive) {
    case Primitive::Boolean:
      return is_boolean(text);
    case Primitive::Decimal:
      return type.integer ? is_integer(text) : is_decimal(text);
    case Primitive::Float:
      return is_float(text);
    case Primitive::Date:
      return is_date(text);
    case Primitive::DateTime:
      return is_date_time(text);
    case Primitive::Time:
      return is_time(text);
    case Primitive::Duration:
      return is_duration(text);
    case Primitive::Base64:
      return base64_size(text) != kNoSize;
    case Primitive::Hex:
      return hex_size(text) != kNoSize;
    default:
      return true;
  }
}

std::optional<TextFault> check_size(const Facets& facets, std::size_t size, std::string_view unit) {
  const auto fault = [&](std::string allowed) {
    return TextFault{"length", "has " + std::to_string(size) + ' ' + std::string(unit) + ", " +
                                   std::move(allowed)};
  };
  if (facets.length && size != *facets.length)
    return fault("exactly " + std::to_string(*facets.length) + " are asked for");
  if (facets.max_length && size > *facets.max_length)
    return fault("at most " + std::to_string(*facets.max_length) + " are allowed");
  if (facets.min_length && size < *facets.min_length)
    return fault("at least " + std::to_string(*facets.min_length) + " are asked for");
  return std::nullopt;
}

std::optional<TextFault> check_number(const Facets& facets, std::string_view text) {
  const std::size_t total = total_digits(text);
  if (facets.total_digits && total > *facets.total_digits)
    return TextFault{"digits", "has " + std::to_string(total) + " digits, at most " +
                                   std::to_string(*facets.total_digits) + " are allowed"};
  const std::size_t fraction = fraction_digits(text);
  if (facets.fraction_digits && fraction > *facets.fraction_digits)
    return TextFault{"digits", "has " + std::to_string(fraction) + " decimals, at most " +
                                   std::to_string(*facets.fraction_digits) + " are allowed"};
  const auto out_of = [&](const std::optional<std::string>& bound, auto breaks,
                          std::string_view words) -> std::optional<TextFault> {
    if (!bound || !is_decimal(*bound) || !breaks(compare_decimals(text, *bound)))
      return std::nullopt;
    return TextFault{"range", "is not " + std::string(words) + ' ' + *bound};
  };
  if (auto fault = out_of(
          facets.min_inclusive, [](int c) { return c < 0; }, "at least"))
    return fault;
  if (auto fault = out_of(
          facets.max_inclusive, [](int c) { return c > 0; }, "at most"))
    return fault;
  if (auto fault = out_of(
          facets.min_exclusive, [](int c) { return c <= 0; }, "above"))
    return fault;
  return out_of(
      facets.max_exclusive, [](int c) { return c >= 0; }, "below");
}

/// Once for each pattern, of which schemas have few, and by one thread at a time: what libstdc++
/// reads a pattern with keeps notes in the locale, which all threads share (ctype<char>::narrow).
/// Throws std::regex_error.
std::shared_ptr<const std::regex> compiled(const std::string& pattern) {
  constexpr std::size_t kMost = 1'000;
  static std::mutex mutex;
  static std::map<std::string, std::shared_ptr<const std::regex>> known;
  const std::lock_guard lock(mutex);
  if (const auto found = known.find(pattern); found != known.end()) return found->second;
  auto expression = std::make_shared<const std::regex>(pattern);
  if (known.size() >= kMost) known.clear();
  return known.emplace(pattern, std::move(expression)).first->second;
}

std::optional<TextFault> check_listed(const TextType& type, const std::string& text) {
  const Facets& facets = type.facets;
  const auto same = [&](const std::string& value) {
    return facets.collapse ? collapsed(value) == text : value == text;
  };
  if (!facets.enumeration.empty() &&
      std::none_of(facets.enumeration.begin(), facets.enumeration.end(), same))
    return TextFault{
        "enumeration",
        "is none of the " + std::to_string(facets.enumeration.size()) + " values allowed",
        nearest_word(text, facets.enumeration)};
  for (const std::vector<std::string>& step : facets.patterns) {
    const bool fits = std::any_of(step.begin(), step.end(), [&](const std::string& pattern) {
      return matches(pattern, text).value_or(true);
    });
    if (!fits) return TextFault{"pattern", "does not fit the pattern " + step.front()};
  }
  return std::nullopt;
}

}  // namespace

std::optional<bool> matches(const std::string& pattern, std::string_view text) {
  constexpr std::size_t kLongest = 256;
  const auto ascii = [](char c) { return static_cast<unsigned char>(c) < 0x80; };
  if (text.size() > kLongest || !std::all_of(text.begin(), text.end(), ascii)) return std::nullopt;
  bool in_class = false;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const char c = pattern[i];
    const char next = i + 1 < pattern.size() ? pattern[i + 1] : '\0';
    if (!ascii(c)) return std::nullopt;
    if (c == '\\') {
      if (std::string_view("dDstrn\\|.-^?*+{}()[]").find(next) == std::string_view::npos)
        return std::nullopt;
      if (next == 's') return std::nullopt;  // fewer characters than ECMAScript's
      ++i;
    } else if (in_class) {
      if (c == '[' || (c == '-' && next == '[')) return std::nullopt;
      if (c == ']') in_class = false;
    } else if (c == '[') {
      in_class = true;
      if (next == ']') return std::nullopt;
    } else {
      const bool thousands_of_copies =
          c == '{' && pattern.find_first_not_of("0123456789", i + 1) > i + 4;
      const bool other_meaning = c == '^' || c == '$' || (c == '(' && next == '?');
      const bool could_take_for_ever = c == ')' && (next == '*' || next == '+' || next == '{');
      const bool lazy = c == '?' && i > 0 &&
                        std::string_view("*+?}").find(pattern[i - 1]) != std::string_view::npos;
      if (thousands_of_copies || other_meaning || could_take_for_ever || lazy) return std::nullopt;
    }
  }
  try {
    const auto expression = compiled(pattern);
    return std::regex_match(text.begin(), text.end(), *expression);
  } catch (const std::regex_error&) {
    return std::nullopt;
  }
}

bool takes_empty(const TextType& type) { return !check_text(type, ""); }

std::optional<TextFault> check_text(const TextType& type, std::string_view raw) {
  const std::string text = type.facets.collapse ? collapsed(raw) : std::string(raw);
  if (type.variety == TextType::Variety::Union) {
    const bool any = std::any_of(type.members.begin(), type.members.end(),
                                 [raw](const TextType& each) { return !check_text(each, raw); });
    if (!any && !type.members.empty()) return TextFault{"type", "is none of the types allowed"};
    return check_listed(type, text);
  }
  if (type.variety == TextType::Variety::List) {
    const auto items = words_of(raw);
    for (const std::string_view item : items)
      if (auto fault = check_text(type.members.front(), item)) return fault;
    if (auto fault = check_size(type.facets, items.size(), "items")) return fault;
    return check_listed(type, text);
  }
  // Blanks around a number would be taken off by the reader: what is written is exact.
  const bool exact = type.primitive == Primitive::String || type.primitive == Primitive::Any ||
                     type.primitive == Primitive::Base64;
  if (!has_form(type, exact ? std::string_view(text) : raw))
    return TextFault{"type", "is no " + std::string(type_word(type))};
  if (type.primitive == Primitive::Decimal) {
    if (auto fault = check_number(type.facets, text)) return fault;
  } else {
    const bool bytes = type.primitive == Primitive::Base64 || type.primitive == Primitive::Hex;
    const std::size_t size = type.primitive == Primitive::Base64 ? base64_size(text)
                             : type.primitive == Primitive::Hex  ? hex_size(text)
                                                                 : character_count(text);
    if (auto fault = check_size(type.facets, size, bytes ? "bytes" : "characters")) return fault;
  }
  return check_listed(type, text);
}

}  // namespace channelbridge::soap
