#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "channelbridge/core/time.hpp"

namespace channelbridge::odata {

/// The two protocol versions differ in envelopes, value formats and system query options.
enum class Version : std::uint8_t { V2, V4 };

/// A moment in any form that a service sends: "/Date(1583073519000+0000)/", "/Date(…)/", ISO 8601;
/// zone-less is UTC. In "/Date(ms+oooo)/" the milliseconds are already UTC and the offset is
/// minutes (OData V2 JSON format, 4.).
std::optional<Timestamp> parse_time(std::string_view text);

/// Seconds since midnight from "PT13H00M05S" (V2) or "13:00:05" (V4).
std::optional<std::chrono::microseconds> parse_time_of_day(std::string_view text);

/// A document's value as a literal of a query or key, not yet percent-encoded:
/// "datetime'2020-05-01T00:00:00'", "17.55M". nullopt when the text is not a value of that type.
std::optional<std::string> literal(Version version, std::string_view type, std::string_view text);

/// A value as it stands in a request body: exact number text is kept, never taken through binary
/// floating point. `quoted` says whether `text` came from a JSON string; nullopt when it is not a
/// value of that type.
std::optional<std::string> body_value(Version version, std::string_view type, std::string_view text,
                                      bool quoted);

/// Percent-encodes a query value: everything but unreserved characters and the few that services
/// want to see.
std::string encode_query(std::string_view text);

}  // namespace channelbridge::odata
