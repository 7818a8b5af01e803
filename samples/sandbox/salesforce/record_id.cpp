#include "sandbox/salesforce/record_id.hpp"

#include <algorithm>

namespace channelbridge::sandbox::salesforce {
namespace {

constexpr std::string_view kDigits =
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
constexpr std::string_view kChecksum = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345";
// The characters after the prefix that tell one org from another.
constexpr std::string_view kInstance = "Cb0";

}  // namespace

std::string with_checksum(std::string_view id) {
  std::string result(id.substr(0, 15));
  for (std::size_t group = 0; group < 3; ++group) {
    std::size_t bits = 0;
    for (std::size_t k = 0; k < 5; ++k) {
      const char c = id[group * 5 + k];
      if (c >= 'A' && c <= 'Z') bits |= std::size_t{1} << k;
    }
    result += kChecksum[bits];
  }
  return result;
}

std::string make_id(std::string_view prefix, std::uint64_t number) {
  std::string tail(9, '0');
  for (auto digit = tail.rbegin(); digit != tail.rend() && number > 0; ++digit, number /= 62) {
    *digit = kDigits[number % 62];
  }
  return with_checksum(std::string(prefix.substr(0, 3)) + std::string(kInstance) + tail);
}

bool well_formed_id(std::string_view id) {
  if (id.size() != 15 && id.size() != 18) return false;
  if (id.find_first_not_of(kDigits) != std::string_view::npos) return false;
  return id.size() == 15 || with_checksum(id) == id;
}

std::string_view id15(std::string_view id) { return id.substr(0, 15); }

}  // namespace channelbridge::sandbox::salesforce
