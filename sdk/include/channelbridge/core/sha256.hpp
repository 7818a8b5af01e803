#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

namespace channelbridge {

/// SHA-256 of the parts, one after the other: 64 lower-case hexadecimal digits. Parts are not kept
/// apart: {"ab", "c"} and {"a", "bc"} are the same bytes.
std::string sha256_hex(std::initializer_list<std::string_view> parts);
std::string sha256_hex(std::string_view text);

}  // namespace channelbridge
