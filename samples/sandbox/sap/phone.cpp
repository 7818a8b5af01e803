#include "sandbox/sap/phone.hpp"

#include <array>
#include <utility>

namespace channelbridge::sandbox::odata {
namespace {

/// 1 and 7 stand alone; these have two digits; all others have three.
constexpr std::string_view kTwoDigits =
    " 20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 60 61 62 63 64 "
    "65 66 81 82 84 86 90 91 92 93 94 95 98 ";

std::size_t code_length(std::string_view digits) {
  if (digits.starts_with('1') || digits.starts_with('7')) return 1;
  const std::string two = " " + std::string(digits.substr(0, 2)) + " ";
  return kTwoDigits.find(two) != std::string_view::npos ? 2 : 3;
}

std::string_view calling_code(std::string_view country) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 22> kCodes{
      {{"SE", "46"}, {"PL", "48"}, {"DE", "49"}, {"CN", "86"}, {"US", "1"},   {"CA", "1"},
       {"GB", "44"}, {"FR", "33"}, {"NO", "47"}, {"DK", "45"}, {"FI", "358"}, {"NL", "31"},
       {"BE", "32"}, {"AT", "43"}, {"CH", "41"}, {"ES", "34"}, {"IT", "39"},  {"CZ", "420"},
       {"JP", "81"}, {"IN", "91"}, {"BR", "55"}, {"AU", "61"}}};
  for (const auto& [iso, code] : kCodes) {
    if (iso == country) return code;
  }
  return {};
}

}  // namespace

Phone read_phone(std::string_view text, std::string_view iso_country) {
  std::string digits;
  bool international = false;
  for (const char c : text) {
    if (c == '+' && digits.empty()) international = true;
    if (c >= '0' && c <= '9') digits += c;
  }
  if (!international && digits.starts_with("00")) {
    international = true;
    digits.erase(0, 2);
  }
  std::string_view code = calling_code(iso_country);
  if (international) {
    if (digits.size() < 4) return {};
    code = std::string_view(digits).substr(0, code_length(digits));
  }
  if (code.empty() || digits.empty()) return {};
  std::string rest = international ? digits.substr(code.size()) : digits;
  // "+46 (0)8": the trunk zero is not part of the number; Italy keeps it.
  if (rest.starts_with('0') && code != "39") rest.erase(0, 1);
  const std::string prefix = "+" + std::string(code);
  return {.formatted = prefix + " " + rest, .normal = prefix + rest};
}

}  // namespace channelbridge::sandbox::odata
