#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

#include "channelbridge/adapter/registry.hpp"

namespace channelbridge::file {

enum class Format { Csv, Ndjson };
enum class Encoding { Utf8, Latin1, Windows1252 };

/// How the files of one partner look. Every member has a setting of the same name.
struct Options {
  std::string inbox{"from-partner"};  ///< folder below `folder` where the partner leaves files
  std::string outbox{"to-partner"};   ///< folder below `folder` where ours lie
  Format format{Format::Csv};         ///< of what we write; both are read, by file name
  char separator{','};
  Encoding encoding{Encoding::Utf8};  ///< of CSV files; NDJSON is always UTF-8
  bool byte_order_mark{};             ///< in front of our CSV files, for spreadsheet programs
  std::string changed_column{"channelbridge_changed"};  ///< in our files: when we wrote the row
  std::size_t max_row_bytes{1U << 20U};
  /// A file that changed less than this ago is left for the next pull; 0 = read at once, except a
  /// last row without a line break: that waits until the file has lain still for ten seconds.
  std::chrono::milliseconds quiet{0};
};

/// A partner without an API: CSV or NDJSON files in a folder, both ways.
///
///     <folder>/from-partner/lead*.csv    what the partner says; read in order of file names
///     <folder>/to-partner/lead.csv       what we say: one row per key, replaced as a whole
///
/// A file from the partner is a statement about its rows and columns; columns that it does not have
/// say nothing, and neither do rows that are not there. Nothing is ever written, moved or deleted
/// in the partner's folder.
Result<std::shared_ptr<adapter::Adapter>> make_file(std::string system, std::string folder,
                                                    Options options = {});

/// The kind `file` for an AdapterRegistry.
adapter::AdapterKind kind();

}  // namespace channelbridge::file
