#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace channelbridge {

/// A moment in UTC with microsecond precision.
using Timestamp = std::chrono::sys_time<std::chrono::microseconds>;

/// "2026-11-21T18:46:26Z", with a fraction of exactly 6 digits only when it is not zero.
std::string to_iso8601(Timestamp time);

/// Reads ISO 8601 with 'T' or ' ', a fraction of up to 9 digits (cut to microseconds) and a zone:
/// Z, +hh:mm, +hhmm, +hh. Without a zone the answer is nullopt unless `zone_less_is_utc`. A 60th
/// second (leap second) is the first of the next minute; seconds may be missing, dates may not.
std::optional<Timestamp> parse_iso8601(std::string_view text, bool zone_less_is_utc = false);

/// Any of the three HTTP date forms (RFC 9110, section 5.6.7).
/// A year of two digits is 1970 to 2069.
std::optional<Timestamp> parse_http_date(std::string_view text);
std::string to_http_date(Timestamp time);

/// A wall-clock time, belonging to a zone that only its reader knows.
using LocalTime = std::chrono::local_time<std::chrono::microseconds>;

/// One IANA zone ("Europe/Berlin"), read once and kept by who needs it.
///
/// Source: the system's tz database (TZif files, RFC 8536), /usr/share/zoneinfo or $TZDIR.
/// Threads: immutable.
class TimeZone {
 public:
  /// nullopt when the zone is unknown or its file is damaged.
  static std::optional<TimeZone> find(std::string_view name);

  /// A wall-clock time that occurs twice takes its first occurrence; one that is skipped moves
  /// forward.
  Timestamp to_utc(LocalTime wall) const;
  LocalTime to_local(Timestamp time) const;

  struct Rules;  // private to time_zone.cpp

 private:
  explicit TimeZone(std::shared_ptr<const Rules> rules);
  std::shared_ptr<const Rules> rules_;
};

/// TimeZone::find and to_utc in one step, for a single value; nullopt when the zone is unknown.
std::optional<Timestamp> from_zone(LocalTime wall, std::string_view zone);
std::optional<LocalTime> to_zone(Timestamp time, std::string_view zone);

}  // namespace channelbridge
