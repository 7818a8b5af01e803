#pragma once

#include <map>
#include <string>
#include <vector>

#include "row_reader_internal.hpp"

namespace channelbridge::file {

/// One row to write: what it is to show, or its removal.
struct RowChange {
  enum class Kind { Upsert, Update, Delete } kind{Kind::Upsert};
  Row values{};
  /// What the partner says of a row that an Update does not find in our file.
  std::optional<Row> base{};
};
enum class RowResult { Created, Updated, Unchanged, Deleted, Missing, Unencodable };
struct WrittenRow {
  RowResult result{RowResult::Missing};
  Row row{};
};

/// Our file for one object: one row per key, replaced as a whole (temporary file, fsync, rename).
///
/// Streams the old file into the new one; memory holds the changes only.
class Snapshot {
 public:
  Snapshot(std::string path, const Options& options, std::string key_column)
      : path_(std::move(path)), options_(options), key_column_(std::move(key_column)) {}

  /// One result per key. An Error means that the file is as it was.
  Result<std::map<std::string, WrittenRow>> apply(const std::map<std::string, RowChange>& changes,
                                                  const std::vector<std::string>& columns,
                                                  Timestamp now);

 private:
  class Output;
  /// The row after the change, and what that is.
  WrittenRow changed(const Row* old, const RowChange& change, Timestamp now) const;

  std::string path_;
  const Options& options_;
  std::string key_column_;
};

/// UTC with exactly six digits, so that texts order as times do.
std::string exact_time(Timestamp time);

}  // namespace channelbridge::file
