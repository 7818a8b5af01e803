#pragma once

#include <string>
#include <string_view>

#include "channelbridge/adapter/adapter.hpp"

namespace channelbridge::hub {

/// The bytes of a write as the store keeps them.
std::string request_json(const adapter::WriteRequest& request);

}  // namespace channelbridge::hub
