#pragma once

#include <string_view>

namespace channelbridge::mapping {

/// Of an element without its prefix, which is the writer's choice; attributes keep theirs.
inline std::string_view local_name(std::string_view name) {
  const std::size_t colon = name.find(':');
  return name.starts_with('@') || colon == std::string_view::npos ? name : name.substr(colon + 1);
}

}  // namespace channelbridge::mapping
