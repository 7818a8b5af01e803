#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "channelbridge/core/result.hpp"
#include "channelbridge/core/time.hpp"

namespace channelbridge::soap {

/// What a pull knows between two pages, and between two pulls.
struct ReadCursor {
  std::optional<Timestamp> since{};      ///< everything up to then has been shown
  std::optional<Timestamp> high{};       ///< youngest time of change in this round
  std::optional<Timestamp> began{};      ///< the server's clock when this round began
  std::string token{};                   ///< of the next page; "" = the round begins
  std::uint64_t rows{};                  ///< of this round so far
  int restarts{};                        ///< how often this round was begun anew
  std::optional<Timestamp> restarted{};  ///< when last, by our clock
  /// Rows near the end of what was shown, by hash, with their time of change: read again by the
  /// overlap, they are not shown again.
  std::vector<std::pair<Timestamp, std::string>> seen{};
};

std::string to_text(const ReadCursor& cursor);
/// Errors: Invalid, without the text.
Result<ReadCursor> parse_read_cursor(std::string_view text);

}  // namespace channelbridge::soap
