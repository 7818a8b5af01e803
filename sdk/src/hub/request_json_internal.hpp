#pragma once

#include <string>
#include <string_view>

#include "channelbridge/adapter/adapter.hpp"

namespace channelbridge::hub {

/// The bytes of a write as the store keeps them.
std::string request_json(const adapter::WriteRequest& request);
/// And back. Internal: it is none of ours.
Result<adapter::WriteRequest> parse_request(std::string_view json);

}  // namespace channelbridge::hub
