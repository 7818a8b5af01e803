#pragma once

#include <string>
#include <string_view>

namespace channelbridge::sandbox::odata {

struct Phone {
  std::string formatted{};  ///< "+46 812345678"; empty when the text is no international number
  std::string normal{};     ///< "+46812345678"
};

/// Reads "+46 (0)8 123 456 78", "0046…" or, with a country, a national number. Calling codes: ITU-T
/// E.164 list.
Phone read_phone(std::string_view text, std::string_view iso_country);

}  // namespace channelbridge::sandbox::odata
