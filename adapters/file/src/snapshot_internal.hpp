#pragma once

#include <map>
#include <string>
#include <vector>

#include "row_reader_internal.hpp"

namespace channelbridge::file {

/// One row to write, or its removal.
struct RowChange {
  adapter::Operation operation{};
  Row values{};
  /// The row as it is known: ours, with what the partner has said since. Written anew it holds
  /// both, else our old values would speak against the partner's.
  std::optional<Row> known{};

  /// What it shows once written.
  Row shown() const;
};
enum class RowResult { Created, Updated, Unchanged, Deleted, Missing, Unencodable };

/// Our file for one object: one row per key, replaced as a whole (DurableFile).
///
/// Streams the old file into the new one; memory holds the changes only.
class Snapshot {
 public:
  Snapshot(std::string path, const Options& options, std::string key_column)
      : path_(std::move(path)), options_(options), key_column_(std::move(key_column)) {}

  /// One result per key. An Error means that the file is as it was.
  Result<std::map<std::string, RowResult>> apply(const std::map<std::string, RowChange>& changes,
                                                 const std::vector<std::string>& columns,
                                                 Timestamp now);

 private:
  /// Changes a row of the file, or an empty one.
  RowResult change_row(Row& row, const RowChange& change, Timestamp now) const;

  std::string path_;
  const Options& options_;
  std::string key_column_;
};

/// UTC with exactly six digits, so that texts order as times do.
std::string exact_time(Timestamp time);

}  // namespace channelbridge::file
