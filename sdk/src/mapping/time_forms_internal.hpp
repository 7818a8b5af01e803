#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "definition_internal.hpp"

namespace channelbridge::mapping {

/// Any of the forms in which systems show a day -> "2026-11-21". The time part, where there is one,
/// must be midnight: dates never shift.
std::optional<std::string> read_date(std::string_view text);
/// "/Date(ms)/", "/Date(ms+0000)/" or ISO 8601 with a zone -> "2026-11-21T18:46:26Z".
std::optional<std::string> read_timestamp(std::string_view text);
/// A canonical date or timestamp in the form that `as` and `dialect` ask for; nullopt when
/// `canonical` is neither.
std::optional<std::string> write_time(As as, Dialect dialect, std::string_view canonical);

}  // namespace channelbridge::mapping
