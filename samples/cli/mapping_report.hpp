#pragma once

#include <functional>
#include <string>
#include <vector>

#include "channelbridge/adapter/adapter.hpp"
#include "channelbridge/mapping/mapping.hpp"

namespace cli {

using MetadataSource = std::function<channelbridge::Result<channelbridge::adapter::ObjectMetadata>(
    const std::string& object)>;

/// A mapping against a system's metadata: every name, type, length and code that does not fit.
std::vector<channelbridge::Problem> check_against(const channelbridge::mapping::Mapping& mapping,
                                                  const MetadataSource& metadata);

}  // namespace cli
