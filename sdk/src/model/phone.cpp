#include <phonenumbers/phonenumberutil.h>

#include "canonical_internal.hpp"
#include "channelbridge/model/codes.hpp"
#include "text_internal.hpp"

namespace channelbridge::model {
namespace {

using i18n::phonenumbers::PhoneNumber;
using i18n::phonenumbers::PhoneNumberUtil;

/// E.164 has 15 digits; a raw text may be longer, but not a letter.
constexpr std::size_t kMaxRaw = 80;

/// The library's name for "no country": only international forms are read.
constexpr std::string_view kUnknownRegion = "ZZ";

/// Digits of the country code that `digits` begins with.
/// Source: ITU-T E.164, list of assigned country codes: zones 1 and 7 have one digit, these have
/// two, the rest three.
std::size_t country_code_size(std::string_view digits) {
  constexpr std::string_view kTwo =
      "20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 60 61 62 63 "
      "64 65 66 "
      "81 82 84 86 90 91 92 93 94 95 98";
  if (digits.starts_with('1') || digits.starts_with('7')) return 1;
  return kTwo.find(digits.substr(0, 2)) != std::string_view::npos ? 2 : 3;
}

/// Countries whose callers dial a zero first, which people abroad see as "(0)". Source: national
/// numbering plans (ITU-T E.129).
bool has_trunk_zero(std::string_view country_code) {
  constexpr std::string_view kCodes = "31 32 33 40 41 43 44 46 49";
  return country_code.size() == 2 && kCodes.find(country_code) != std::string_view::npos;
}

/// "+49 (89) 12-34" or "+46 (0)8 123" without the library: an international number whose
/// punctuation only separates. Any other zero behind the country code may be a trunk prefix; that
/// decision needs the library's tables.
std::optional<std::string> plain_international(std::string_view text) {
  if (!text.starts_with('+')) return std::nullopt;
  std::string out = "+";
  for (std::size_t i = 1; i < text.size(); ++i) {
    const char c = text[i];
    if (text.substr(i, 3) == "(0)" && has_trunk_zero(std::string_view(out).substr(1))) {
      i += 2;
    } else if (is_digit(c)) {
      out += c;
    } else if (c != ' ' && c != '-' && c != '.' && c != '(' && c != ')' && c != '/') {
      return std::nullopt;
    }
  }
  const std::string_view digits = std::string_view(out).substr(1);
  if (digits.size() < 5 || digits.size() > 15 || digits.front() == '0') return std::nullopt;
  if (digits[country_code_size(digits)] == '0') return std::nullopt;
  return out;
}

std::optional<std::string> by_library(std::string_view text, std::string_view region) {
  PhoneNumber number;
  const auto& util = *PhoneNumberUtil::GetInstance();
  if (util.Parse(std::string(text), std::string(region), &number) !=
      PhoneNumberUtil::NO_PARSING_ERROR)
    return std::nullopt;
  if (number.has_extension()) return std::nullopt;  // E.164 would lose it
  std::string out;
  util.Format(number, PhoneNumberUtil::E164, &out);
  if (out.size() < 6 || out.size() > 16) return std::nullopt;
  return out;
}

std::optional<std::string> canonical_in(std::string_view text, std::string_view region) {
  if (text.empty() || text.size() > kMaxRaw || !count_characters(text)) return std::nullopt;
  if (auto plain = plain_international(text)) return plain;
  // Without a country only a number that says its own can be read; asking the library takes
  // microseconds.
  if (region == kUnknownRegion && text.find('+') == std::string_view::npos)
    return std::string(text);
  if (auto parsed = by_library(text, region)) return parsed;
  return std::string(text);  // kept as it came
}

}  // namespace

std::optional<std::string> canonical_phone(std::string_view text) {
  return canonical_in(text, kUnknownRegion);
}

std::optional<Phone> parse_phone(std::string_view text, const Country& country) {
  const auto canonical = canonical_in(text, country.text());
  if (!canonical) return std::nullopt;
  return Phone::parse(*canonical);
}

bool is_e164(const Phone& phone) {
  const std::string_view text = phone.text();
  return text.size() >= 2 && text.size() <= 16 && text.front() == '+' &&
         all_of(text.substr(1), is_digit);
}

}  // namespace channelbridge::model
