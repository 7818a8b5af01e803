#pragma once

namespace channelbridge::mapping {

/// How channelbridge-jq ends when a program wants more memory than it may have.
constexpr int kJqOutOfMemory = 42;

}  // namespace channelbridge::mapping
