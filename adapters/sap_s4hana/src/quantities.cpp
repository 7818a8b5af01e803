#include <algorithm>

#include "quantities_internal.hpp"

namespace channelbridge::sap_s4hana {
namespace {

constexpr std::size_t kDecimals = 3;
constexpr std::size_t kDigits = 15;

}  // namespace

std::optional<std::int64_t> thousandths(std::string text) {
  const bool negative = text.starts_with('-');
  if (negative) text.erase(0, 1);
  const std::size_t point = std::min(text.find('.'), text.size());
  std::string digits = text.substr(0, point);
  std::string decimals = point < text.size() ? text.substr(point + 1) : std::string();
  while (decimals.size() > kDecimals && decimals.ends_with('0')) decimals.pop_back();
  if (decimals.size() > kDecimals) return std::nullopt;
  decimals.resize(kDecimals, '0');
  digits += decimals;
  if (digits.size() > kDigits || digits.find_first_not_of("0123456789") != std::string::npos)
    return std::nullopt;
  std::int64_t out = 0;
  for (const char c : digits) out = out * 10 + (c - '0');
  return negative ? -out : out;
}

std::string quantity_text(std::int64_t thousandths) {
  std::string out = std::to_string(thousandths < 0 ? -thousandths : thousandths);
  if (out.size() <= kDecimals) out.insert(0, kDecimals + 1 - out.size(), '0');
  out.insert(out.size() - kDecimals, 1, '.');
  return thousandths < 0 ? "-" + out : out;
}

}  // namespace channelbridge::sap_s4hana
