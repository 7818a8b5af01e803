#include <algorithm>
#include <array>
#include <span>

#include "rules_internal.hpp"
#include "text_internal.hpp"

namespace channelbridge::model {
namespace {

bool digits_of(std::string_view text, std::size_t size) {
  return text.size() == size && all_of(text, is_digit);
}

/// Weighted sum of the digits before the check digit.
int weighted(std::string_view digits, std::span<const int> weights) {
  int sum = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) sum += weights[i] * (digits[i] - '0');
  return sum;
}

/// GS1 General Specifications, section 7.9: weights 3 and 1 from the right.
bool gs1_check(std::string_view digits) {
  int sum = 0;
  int weight = 1;
  for (auto digit = digits.rbegin(); digit != digits.rend(); ++digit, weight = 4 - weight)
    sum += weight * (*digit - '0');
  return sum % 10 == 0;
}

/// ISO 7064 mod 97-10: letters count as 10 to 35.
bool mod97_check(std::string_view text) {
  int rest = 0;
  for (const char c : text) {
    const int value = is_digit(c) ? c - '0' : upper(c) - 'A' + 10;
    rest = (value < 10 ? rest * 10 + value : rest * 100 + value) % 97;
  }
  return rest == 1;
}

/// Mod 10 with doubled digits, as Swedish organisation numbers use it.
bool luhn_check(std::string_view digits) {
  int sum = 0;
  bool twice = false;
  for (auto digit = digits.rbegin(); digit != digits.rend(); ++digit, twice = !twice) {
    const int value = (*digit - '0') * (twice ? 2 : 1);
    sum += value / 10 + value % 10;
  }
  return sum % 10 == 0;
}

/// Polish NIP: weights 6 5 7 2 3 4 5 6 7 modulo 11; ten is never given out.
bool nip_check(std::string_view digits) {
  constexpr std::array<int, 9> kWeights{6, 5, 7, 2, 3, 4, 5, 6, 7};
  return weighted(digits, kWeights) % 11 == digits[9] - '0';
}

/// ISO 7064 mod 11,10: the German USt-IdNr., in the words of the Bundeszentralamt für Steuern.
bool mod11_10_check(std::string_view digits) {
  int product = 10;
  for (const char c : digits.substr(0, digits.size() - 1)) {
    const int sum = (c - '0' + product) % 10;
    product = 2 * (sum == 0 ? 10 : sum) % 11;
  }
  return (11 - product) % 10 == digits.back() - '0';
}

/// The Swedish VAT number is the organisation number and two digits (Skatteverket).
bool swedish_vat_check(std::string_view digits) { return luhn_check(digits.substr(0, 10)); }

/// A VAT number after the letters of its country: 9 a digit, L a letter, X either, S either, + or
/// *; what else stands there stands for itself. Alternatives with blanks between them.
struct VatNumber {
  std::string_view scheme{};
  std::string_view prefixes{};
  std::string_view forms{};
  bool (*check)(std::string_view){};
};

/// Schemes: "Electronic Address Scheme" of Peppol BIS Billing 3.0. Forms: the European Commission's
/// "VAT identification number structure" (VIES, frequently asked questions); the last of Spain's
/// two characters X are not both digits. National checks only where their source stands above.
constexpr VatNumber kVatNumbers[] = {
    {"9914", "AT", "U99999999"},
    {"9925", "BE", "0999999999 1999999999"},
    {"9926", "BG", "999999999 9999999999"},
    {"9928", "CY", "99999999L"},
    {"9929", "CZ", "99999999 999999999 9999999999"},
    {"9930", "DE", "999999999", mod11_10_check},
    {"0198", "DK", "99999999"},
    {"9931", "EE", "999999999"},
    {"9920", "ES", "L9999999X X9999999L"},
    {"0213", "FI", "99999999"},
    {"9957", "FR", "XX999999999"},
    {"9932", "GB", "999999999 999999999999 GD999 HA999"},
    {"9933", "EL GR", "999999999"},
    {"9934", "HR", "99999999999"},
    {"9910", "HU", "99999999"},
    {"9935", "IE", "9S99999L 9999999LL"},
    {"0211", "IT", "99999999999"},
    {"9937", "LT", "999999999 999999999999"},
    {"9938", "LU", "99999999"},
    {"9939", "LV", "99999999999"},
    {"9943", "MT", "99999999"},
    {"9944", "NL", "999999999B99"},
    {"9945", "PL", "9999999999", nip_check},
    {"9946", "PT", "999999999"},
    {"9947", "RO", "99 999 9999 99999 999999 9999999 99999999 999999999 9999999999"},
    {"9955", "SE", "999999999999", swedish_vat_check},
    {"9949", "SI", "99999999"},
    {"9950", "SK", "9999999999"},
};

bool has_form(std::string_view text, std::string_view form) {
  return std::equal(text.begin(), text.end(), form.begin(), form.end(), [](char c, char wanted) {
    switch (wanted) {
      case '9':
        return is_digit(c);
      case 'L':
        return is_letter(c);
      case 'X':
        return is_alnum(c);
      case 'S':
        return is_alnum(c) || c == '+' || c == '*';
      default:
        return c == wanted;
    }
  });
}

/// Whether one of the words, which have blanks between them, passes.
template <typename F>
bool any_word(std::string_view words, F&& test) {
  while (!words.empty()) {
    const std::string_view word = words.substr(0, words.find(' '));
    if (test(word)) return true;
    words.remove_prefix(std::min(word.size() + 1, words.size()));
  }
  return false;
}

bool is_vat_number(const VatNumber& vat, std::string_view text) {
  const auto fits = [&vat](std::string_view number) {
    return any_word(vat.forms, [&](std::string_view form) { return has_form(number, form); }) &&
           (vat.check == nullptr || vat.check(number));
  };
  // The scheme names the country already: many systems leave its letters out.
  return fits(text) || any_word(vat.prefixes, [&](std::string_view prefix) {
           return text.starts_with(prefix) && fits(text.substr(prefix.size()));
         });
}

/// GB 32100-2015: no I, O, S, V, Z; weights are the powers of 3, modulo 31, and 1 for the check
/// character.
bool is_credit_code(std::string_view text) {
  constexpr std::string_view kCharacters = "0123456789ABCDEFGHJKLMNPQRTUWXY";
  if (text.size() != 18) return false;
  std::size_t sum = 0;
  std::size_t weight = 1;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::size_t value = kCharacters.find(text[i]);
    if (value == std::string_view::npos) return false;
    sum += value * (i < 17 ? weight : 1);
    weight = weight * 3 % 31;
  }
  return sum % 31 == 0;
}

/// Nine digits whose first two the IRS gives out ("How EINs are assigned and valid EIN prefixes").
bool is_ein(std::string_view text) {
  constexpr std::string_view kNeverGiven = "00 07 08 09 17 18 19 28 29 49 69 70 78 79 89 96 97";
  return digits_of(text, 9) &&
         !any_word(kNeverGiven, [&](std::string_view prefix) { return text.starts_with(prefix); });
}

}  // namespace

std::string identifier_key(std::string_view value) {
  std::string key;
  for (const char c : value) {
    if (is_alnum(c) || !is_ascii(c)) key += upper(c);
  }
  return key;
}

std::string identifier_problem(std::string_view scheme, std::string_view value) {
  const std::string key = identifier_key(value);
  if (scheme == "0060") return digits_of(key, 9) ? "" : "is not a DUNS number (9 digits)";
  if (scheme == "0088")
    return digits_of(key, 13) && gs1_check(key) ? "" : "is not a GLN (13 digits, check digit)";
  if (scheme == "0199")
    return key.size() == 20 && all_of(key, is_alnum) && all_of(key.substr(18), is_digit) &&
                   mod97_check(key)
               ? ""
               : "is not an LEI (20 characters, check digits)";
  if (scheme == "0007")
    return digits_of(key, 10) && luhn_check(key) ? "" : "is not a Swedish organisation number";
  if (scheme == "9959") return is_ein(key) ? "" : "is not an EIN (9 digits, prefix of the IRS)";
  if (scheme == "USCC")
    return is_credit_code(key)
               ? ""
               : "is not a unified social credit code (18 characters, check character)";
  for (const VatNumber& vat : kVatNumbers) {
    if (vat.scheme != scheme) continue;
    std::string written;
    for (const char c : value) {
      if (is_alnum(c) || !is_ascii(c) || c == '+' || c == '*') written += upper(c);
    }
    return is_vat_number(vat, written)
               ? ""
               : "is not a VAT number of " + std::string(vat.prefixes.substr(0, 2));
  }
  return "";
}

}  // namespace channelbridge::model
