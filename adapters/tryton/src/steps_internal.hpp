#pragma once

#include <optional>
#include <string_view>

#include "channelbridge/tryton/tryton.hpp"

namespace channelbridge::tryton {

/// The first step of the shortest way; none when no way leads there (or `from` is `to`).
std::optional<Step> next_step(const Workflow& workflow, std::string_view from, std::string_view to);
/// Does the shortest way lead through this state? Its two ends are none.
bool is_between(const Workflow& workflow, std::string_view from, std::string_view to,
                std::string_view state);

}  // namespace channelbridge::tryton
