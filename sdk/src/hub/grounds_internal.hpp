#pragma once

#include <optional>
#include <string_view>

#include "channelbridge/hub/hub.hpp"

namespace channelbridge::hub {

/// Why a record waits that lacks what it needs by its own word; see missing_ground().
inline constexpr std::string_view kLacksGround = "ground";

/// What keeps a record from being written to the spoke: a value that it needs because of what
/// another system said of it (a lost deal's reason), and that this other system could state. What
/// nobody there can state holds nothing back: such a wait would have no end. Nor does what the
/// spoke's own system said, or its object (null = none yet) says by now: it stands there already.
std::optional<Problem> missing_ground(const HubConfig& config, const Spoke& spoke,
                                      const RecordState& record, const LinkState* object);

}  // namespace channelbridge::hub
