#pragma once

#include <map>
#include <string>
#include <vector>

#include "row_reader_internal.hpp"

namespace channelbridge::file {

/// One file of the partner.
struct InboxFile {
  std::string name{};
  std::string path{};
  FileStamp stamp{};
  Reading reading{Reading::Whole};
  Timestamp said{};       ///< since when its rows count
  Timestamp said_last{};  ///< since when a last row without a line break does

  Timestamp said_of(const FileRow& row) const {
    return row.ends_with_line_break() ? said : said_last;
  }
};

/// How long a file must lie still before a last row without a line break counts.
constexpr std::chrono::seconds kUnfinishedRow{10};

/// Leaves out the files that changed less than `quiet` ago, and says of the others how to read
/// them.
void look_at(std::vector<InboxFile>& files, std::chrono::milliseconds quiet, Timestamp now);

/// Files for `object` in name order: "lead.csv", "lead-2026-03-01.ndjson", but not "lead_item.csv".
Result<std::vector<InboxFile>> list_inbox(const std::string& folder, std::string_view object);

/// What has been read of the inbox.
struct InboxCursor {
  struct Done {
    FileStamp stamp{};
    std::uint64_t length{};  ///< bytes that were read
    std::uint64_t line{1};   ///< the one behind them
    std::uint64_t hash{};    ///< of these
    bool complete_line{};    ///< ended with a line break: more rows may be appended

    /// There was an unfinished row behind them.
    bool waits() const { return complete_line && length < stamp.size; }
  };
  struct At {
    std::string name{};
    FileStamp stamp{};
    std::uint64_t offset{};
    std::uint64_t line{1};
    std::uint64_t hash{};  ///< of the bytes in front of `offset`
  };
  std::map<std::string, Done> done{};
  std::optional<At> at{};

  static Result<InboxCursor> parse(const std::string& text);
  std::string text() const;
};

}  // namespace channelbridge::file
