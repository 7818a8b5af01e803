#pragma once

#include <span>
#include <string_view>
#include <utility>

namespace channelbridge::soap {

/// The manifests that come along, and the descriptions that they name: file name, text.
std::span<const std::pair<std::string_view, std::string_view>> shipped_files();

}  // namespace channelbridge::soap
