#include "normal_forms_internal.hpp"

#include <algorithm>

#include "channelbridge/model/decimal.hpp"

namespace channelbridge::mapping {

namespace {

using Kind = NormalForm::Kind;

bool all_digits(const std::string& text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
}

std::size_t characters(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
  }));
}

/// Case of ASCII and of the two-byte letters of Latin-1, Greek and Cyrillic whose cases are a fixed
/// distance apart. Source: Unicode, code charts U+00C0, U+0391, U+0410.
void change_case(std::string& text, bool upper) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x80) {
      if (upper && byte >= 'a' && byte <= 'z') text[i] = static_cast<char>(byte - 32);
      if (!upper && byte >= 'A' && byte <= 'Z') text[i] = static_cast<char>(byte + 32);
      continue;
    }
    if ((byte & 0xE0U) != 0xC0U || i + 1 >= text.size()) continue;
    unsigned code = ((byte & 0x1FU) << 6U) | (static_cast<unsigned char>(text[i + 1]) & 0x3FU);
    const auto within = [&code](unsigned from, unsigned to) { return code >= from && code <= to; };
    if (upper) {
      if ((within(0xE0, 0xFE) && code != 0xF7) || (within(0x3B1, 0x3C9) && code != 0x3C2) ||
          within(0x430, 0x44F))
        code -= 32;
    } else if ((within(0xC0, 0xDE) && code != 0xD7) || (within(0x391, 0x3A9) && code != 0x3A2) ||
               within(0x410, 0x42F)) {
      code += 32;
    }
    text[i] = static_cast<char>(0xC0U | (code >> 6U));
    text[i + 1] = static_cast<char>(0x80U | (code & 0x3FU));
    ++i;
  }
}

void trim_right(std::string& text) {
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\n' ||
                           text.back() == '\r')) {
    text.pop_back();
  }
}

void trim(std::string& text) {
  trim_right(text);
  const std::size_t start = std::min(text.find_first_not_of(" \t\r\n"), text.size());
  text.erase(0, start);
}

/// A letter, ';', ',', '#', '/' or a second '+' begins an extension or another number: its digits
/// are no part of this one, and the text stays for the check of telephone numbers to judge.
bool more_than_a_number(std::string_view text) {
  return std::count(text.begin(), text.end(), '+') > 1 ||
         std::any_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                  std::string_view(";,#/").find(c) != std::string_view::npos;
         });
}

void keep_phone(std::string& text) {
  if (more_than_a_number(text)) return;
  std::string out;
  for (const char c : text) {
    if ((c >= '0' && c <= '9') || (c == '+' && out.empty())) out += c;
  }
  text = std::move(out);
}

/// One trade item has one number of 14 digits, whichever of its forms a label carries: GTIN-8, -12
/// and -13 stand right-aligned behind zeros, and the check digit stays the last. Source: GS1
/// General Specifications, "The GTIN in a 14-digit field". A text of another length is no GTIN and
/// stays for the model's check to judge.
constexpr std::size_t kGtinDigits = 14;

bool is_gtin(const std::string& text) {
  const std::size_t size = text.size();
  return (size == 8 || size == 12 || size == 13 || size == kGtinDigits) && all_digits(text);
}

void keep_gtin(std::string& text) {
  trim(text);
  if (is_gtin(text)) text.insert(0, kGtinDigits - text.size(), '0');
}

/// What a field of `width` digits shows. A number that has no such form keeps its digits.
void shorten_gtin(std::string& text, std::size_t width) {
  keep_gtin(text);
  if (!is_gtin(text) || width == 0) return;
  const std::size_t spare = kGtinDigits - width;
  if (text.find_first_not_of('0') >= spare) text.erase(0, spare);
}

/// A text that is no number stays for the rule's own check to judge.
void turn_sign(std::string& text) {
  trim(text);
  if (const auto value = model::Decimal::parse(text)) text = model::to_string(-*value);
}

}  // namespace

void to_canonical_form(const NormalForm& form, std::string& text) {
  switch (form.kind) {
    case Kind::Upper:
      return change_case(text, true);
    case Kind::Lower:
      return change_case(text, false);
    case Kind::Trim:
      return trim(text);
    case Kind::Pad:
      return trim_right(text);
    case Kind::E164:
      return keep_phone(text);
    case Kind::Gtin:
      return keep_gtin(text);
    case Kind::Negated:
      return turn_sign(text);
    case Kind::Alpha:
      if (all_digits(text)) text.erase(0, std::min(text.find_first_not_of('0'), text.size() - 1));
      return;
  }
}

void to_external_form(const NormalForm& form, std::string& text) {
  const std::size_t length = characters(text);
  const std::size_t missing = form.width > length ? form.width - length : 0;
  switch (form.kind) {
    case Kind::Pad:
      text.append(missing, ' ');
      return;
    case Kind::Alpha:
      if (all_digits(text)) text.insert(0, missing, '0');
      return;
    case Kind::Gtin:
      return shorten_gtin(text, form.width);
    default:
      return to_canonical_form(form, text);
  }
}

}  // namespace channelbridge::mapping
