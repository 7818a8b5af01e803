#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace channelbridge {

/// Somebody else's text as it may stand in a message: valid UTF-8 (other bytes become U+FFFD), one
/// line without control characters (blanks in their place), at most `most` bytes, cut between
/// characters and then ended with "…".
std::string shown(std::string_view text, std::size_t most);

}  // namespace channelbridge
