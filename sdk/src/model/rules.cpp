#include "rules_internal.hpp"

#include <algorithm>
#include <array>

#include "text_internal.hpp"

namespace channelbridge::model {
namespace {

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

bool digits_of(std::string_view text, std::size_t size) {
  return text.size() == size && all_of(text, is_digit);
}

}  // namespace

void check_order(const Fields& fields, std::string_view start, std::string_view end,
                 std::vector<Problem>& problems) {
  for (const auto& [path, first] : fields) {
    if (!path.ends_with(start)) continue;
    const std::string prefix = path.substr(0, path.size() - start.size());
    if (!prefix.empty() && prefix.back() != '.') continue;
    const std::string other = prefix + std::string(end);
    // Canonical dates and times of four-digit years sort as text.
    if (const Value last = get(fields, other); last && *last < first)
      problems.push_back({.path = other, .rule = "order", .message = "is before " + path});
  }
}

std::vector<std::string> element_values(const Fields& fields, std::string_view list,
                                        std::string_view field) {
  std::vector<std::string> values;
  const std::string prefix = std::string(list) + "[";
  for (auto it = fields.lower_bound(prefix); it != fields.end() && it->first.starts_with(prefix);
       ++it) {
    if (const auto element = split_element(it->first); element && element->field == field)
      values.push_back(it->second);
  }
  return values;
}

std::vector<std::string> one_value(const Fields& fields, std::string_view path) {
  if (Value value = get(fields, path)) return {std::move(*value)};
  return {};
}

std::string identifier_key(std::string_view value) {
  std::string key;
  for (const char c : value) {
    if (is_alnum(c) || !is_ascii(c)) key += upper(c);
  }
  return key;
}

std::string identifier_problem(std::string_view scheme, std::string_view value) {
  std::string key = identifier_key(value);
  if (scheme == "0060") return digits_of(key, 9) ? "" : "is not a DUNS number (9 digits)";
  if (scheme == "0088")
    return digits_of(key, 13) && gs1_check(key) ? "" : "is not a GLN (13 digits, check digit)";
  if (scheme == "0199")
    return key.size() == 20 && all_of(key, is_alnum) && mod97_check(key)
               ? ""
               : "is not an LEI (20 characters, check digits)";
  if (scheme == "9945") {
    if (key.starts_with("PL")) key.erase(0, 2);
    return digits_of(key, 10) && nip_check(key) ? "" : "is not a Polish VAT number (NIP)";
  }
  if (scheme == "0007")
    return digits_of(key, 10) && luhn_check(key) ? "" : "is not a Swedish organisation number";
  return "";
}

std::string identity_email(std::string_view email) { return lower(email); }

std::string web_domain(std::string_view web) {
  if (const auto scheme = web.find("://"); scheme != std::string_view::npos)
    web.remove_prefix(scheme + 3);
  if (web.starts_with("www.")) web.remove_prefix(4);
  return std::string(web.substr(0, web.find_first_of("/?#:")));
}

bool is_public_mail_domain(std::string_view domain) {
  constexpr std::array<std::string_view, 24> kPublic{
      "126.com",        "163.com",     "aol.com",     "gmail.com",  "gmx.de",   "gmx.net",
      "googlemail.com", "hotmail.com", "icloud.com",  "interia.pl", "live.com", "mail.com",
      "mail.ru",        "me.com",      "msn.com",     "o2.pl",      "onet.pl",  "outlook.com",
      "proton.me",      "qq.com",      "t-online.de", "web.de",     "wp.pl",    "yahoo.com"};
  return std::find(kPublic.begin(), kPublic.end(), domain) != kPublic.end();
}

}  // namespace channelbridge::model
