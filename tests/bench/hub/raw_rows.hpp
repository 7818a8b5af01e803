#pragma once

#include <cstddef>
#include <string>

namespace channelbridge::bench {

struct RawRows {
  std::size_t rows{};
  double processor{};  ///< seconds, user and system
};

/// Writes all rows of the database `from` into the new one `to`, which has the same tables and
/// indexes: SQLite's own interface, kept statements, transactions of `per_commit` rows, settings as
/// the store has them. Only the writing is timed. Ends the program when SQLite refuses something.
RawRows write_again(const std::string& from, const std::string& to, std::size_t per_commit);

/// Seconds of processor time of this process so far.
double processor_seconds();

}  // namespace channelbridge::bench
