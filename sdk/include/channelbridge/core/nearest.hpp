#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace channelbridge {

/// The known word nearest to a misspelt one, for "did you mean"; "" when none is near.
/// Near = at most a third of the longer word's characters differ (edits and swaps of neighbours).
std::string nearest_word(std::string_view word, const std::vector<std::string>& known);

}  // namespace channelbridge
