#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "channelbridge/core/result.hpp"

namespace channelbridge::odata {

/// Where the reading of one set stands. Stamps are microseconds; of a (date, time) pair as if it
/// were UTC.
struct Lane {
  std::optional<std::int64_t> at{};  ///< lower bound; none = from the beginning
  std::string raw{};                 ///< keyset: the stamp as the service wrote it
  std::string key{};                 ///< keyset, inside: the last key seen
  bool beyond{};                     ///< pair: the day of `at` is read, what follows is not
  bool inside{};                     ///< more rows on one stamp than a page: paged by key
  std::uint64_t inside_count{};      ///< rows on that stamp as the service counted them first
  std::uint64_t inside_seen{};
  std::vector<std::string> repeats{};  ///< hashes of the rows on the stamp `at` that were delivered
};

/// The text that the hub stores between two pages.
struct CursorState {
  enum class Mode : std::uint8_t { All, Changes, Links } mode{Mode::Changes};
  bool pulling{};  ///< a pull is under way; else the next call begins one
  bool first{};    ///< this pull is the first: it has no lower bound
  std::optional<std::int64_t>
      until{};  ///< the service's clock when this pull began, UTC microseconds
  std::size_t lane{};
  std::vector<Lane> lanes{};
  std::string key{};      ///< All: the last key
  std::string link{};     ///< All with compound keys, Links: where to go on
  std::string asked{};    ///< Links: hash of the query that the link goes on with
  std::uint64_t count{};  ///< All: rows as counted first
  std::uint64_t seen{};
};

std::string to_text(const CursorState& state);
/// Errors: Invalid when the text is not a cursor of this adapter.
Result<CursorState> parse_cursor(std::string_view text);

/// 64-bit FNV-1a in hex: tells repeats of a row from its changes.
std::string row_hash(std::string_view row);

}  // namespace channelbridge::odata
