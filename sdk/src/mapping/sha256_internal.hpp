#pragma once

#include <string>
#include <string_view>

namespace channelbridge::mapping {

/// Lower-case hexadecimal SHA-256; "" when the library refuses.
std::string sha256_hex(std::string_view text);

}  // namespace channelbridge::mapping
