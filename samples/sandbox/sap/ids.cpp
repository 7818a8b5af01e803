#include "sandbox/sap/ids.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

namespace channelbridge::sandbox::odata {

std::string Ids::hex(std::size_t digits) {
  std::string text;
  while (text.size() < digits) {
    std::array<char, 17> block{};
    std::snprintf(block.data(), block.size(), "%016llX",
                  static_cast<unsigned long long>(engine_()));
    text += block.data();
  }
  return text.substr(0, digits);
}

std::string Ids::uuid() {
  std::string text = hex(32);
  for (const std::size_t at : {8U, 13U, 18U, 23U}) text.insert(at, 1, '-');
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'F' ? static_cast<char>(c + 32) : c; });
  return text;
}

}  // namespace channelbridge::sandbox::odata
