#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "channelbridge/core/result.hpp"
#include "channelbridge/odata/value.hpp"

namespace channelbridge::odata {

/// Fetches the answer behind a link of an expanded list that the service cut.
using Fetch = std::function<Result<std::string>(std::string_view link)>;

/// Appends an entity without the protocol's envelope: lists in place of {"results": […]}, no
/// "__metadata", no
/// "__deferred", cut lists completed. Everything else keeps its bytes.
Result<void> append_document(std::string& out, std::string_view entity, Version version,
                             const Fetch& fetch);

}  // namespace channelbridge::odata
