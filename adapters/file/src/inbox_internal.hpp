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
};

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
