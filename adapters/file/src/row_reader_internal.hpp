#pragma once

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "channelbridge/file/file.hpp"
#include "row_internal.hpp"

namespace channelbridge::file {

/// What tells one state of a file from the next.
struct FileStamp {
  std::uint64_t size{};
  std::int64_t modified_ns{};
  std::uint64_t inode{};
  /// When it came to lie there, whatever time it brought along. No part of the state: a change of
  /// its rights moves it, too.
  std::int64_t arrived_ns{};

  friend bool operator==(const FileStamp& a, const FileStamp& b) {
    return a.size == b.size && a.modified_ns == b.modified_ns && a.inode == b.inode;
  }
  Timestamp modified() const;
  Timestamp arrived() const;
  /// Nothing was added to it after this: both times move with every byte.
  Timestamp still_since() const { return std::min(modified(), arrived()); }
};
std::optional<FileStamp> stamp_of(const std::string& path);

/// FNV-1a, 64 bits: tells contents apart, guards nothing.
struct ContentHash {
  std::uint64_t value{0xcbf29ce484222325U};
  void add(std::string_view bytes);
};
/// Of the first `length` bytes; nullopt when the file is shorter or cannot be read.
std::optional<std::uint64_t> hash_of(const std::string& path, std::uint64_t length);

bool is_ndjson(std::string_view path);

/// How a file is to be read.
enum class Reading : std::uint8_t {
  Whole,    ///< every row
  Growing,  ///< without a row at its end that has no line break yet
  Ours,     ///< every row; nothing between two separators is no value, `""` is an empty one
};

/// One row, or a piece of the file that is none.
struct FileRow {
  std::uint64_t offset{};
  std::uint64_t line{};  ///< 1-based
  std::string bytes{};   ///< as they are, with the line break
  Row row{};
  std::optional<Error> problem{};

  bool ends_with_line_break() const { return bytes.ends_with('\n'); }
};

/// Our own file has another separator, encoding or column of changes, or somebody damaged it: going
/// on would mix two forms, and begin rows anew that stand there.
Error not_ours(const std::string& path, std::uint64_t line);

/// Reads rows one after the other; a broken row ends with its line and stops no other.
///
/// Threads: one at a time.
class RowReader {
 public:
  /// Begins at `offset`, which is the start of a row; 0 = the first. `before` = hash of the bytes
  /// in front of it. Errors: the header.
  static Result<RowReader> open(const std::string& path, const Options& options,
                                Reading reading = Reading::Whole, std::uint64_t offset = 0,
                                std::uint64_t line = 1, ContentHash before = {});

  /// The next row; nullopt at the end of the file.
  std::optional<FileRow> next();

  const std::vector<std::string>& header() const { return header_; }  ///< empty for NDJSON
  bool header_grows() const { return header_grows_; }  ///< there is no line break behind it yet
  std::uint64_t offset() const { return offset_; }
  std::uint64_t line() const { return line_; }
  /// Of everything in front of offset().
  ContentHash hash() const { return hash_; }
  bool failed() const { return in_.bad(); }
  bool ends_with_line_break() const { return last_byte_ == '\n'; }

 private:
  RowReader(const std::string& path, Options options, Reading reading);
  Result<void> read_header();
  bool fill();
  /// No more bytes will follow those in the buffer.
  bool ends_here() const { return at_end_ && reading_ != Reading::Growing; }
  std::string_view rest() const { return std::string_view(buffer_).substr(at_); }
  std::string consume(std::size_t length);
  std::string drop_line();
  std::optional<FileRow> next_csv();
  std::optional<FileRow> next_json();

  std::string path_;
  Options options_;
  Reading reading_;
  bool ndjson_;
  std::ifstream in_;
  std::string buffer_;
  std::size_t at_{};
  bool at_end_{};
  std::uint64_t offset_{};
  std::uint64_t line_{1};
  ContentHash hash_;
  char last_byte_{'\n'};
  std::vector<std::string> header_;
  bool header_grows_{};
};

/// Where the rows of each key are in one state of a file.
class KeyIndex {
 public:
  static Result<KeyIndex> build(const std::string& path, const Options& options, Reading reading,
                                const std::string& key_column);
  bool is_of(const FileStamp& stamp, Reading reading) const {
    return stamp_ == stamp && reading_ == reading;
  }
  /// The rows of one key, in the order of the file.
  Result<std::vector<FileRow>> rows(const std::string& path, const Options& options,
                                    const std::string& key_column, std::string_view key) const;

 private:
  struct Place {
    std::uint64_t hash{};
    std::uint64_t offset{};
    std::uint64_t line{};
  };
  FileStamp stamp_;
  Reading reading_{};
  std::vector<Place> places_;  // by hash, then offset
};

}  // namespace channelbridge::file
