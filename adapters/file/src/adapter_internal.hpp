#pragma once

#include <algorithm>
#include <filesystem>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "inbox_internal.hpp"
#include "snapshot_internal.hpp"

namespace channelbridge::file {

namespace fs = std::filesystem;
using adapter::Change;
using adapter::Selection;

/// File systems stamp by the tick, some by the second, and a file server has a clock of its own.
constexpr std::chrono::seconds kClockSlack{1};

/// The columns that a selection names; "" = none.
struct Columns {
  std::string key{};
  std::string version{};
  std::string modified{};
  std::string correlation{};
  std::vector<std::string> all{};  ///< of Selection::paths

  bool in(const Row& row) const {
    return std::all_of(all.begin(), all.end(),
                       [&](const std::string& column) { return row.find(column) != nullptr; });
  }
};

/// One partner's folder.
///
/// Threads: any; one writer at a time.
class FileAdapter final : public adapter::Adapter {
 public:
  FileAdapter(std::string system, std::string folder, Options options)
      : system_(std::move(system)), folder_(std::move(folder)), options_(std::move(options)) {}

  adapter::Capabilities capabilities(const Selection&) const override {
    adapter::Capabilities capabilities;
    capabilities.reply = adapter::Reply::Full;
    capabilities.atomic_group = true;  // a row
    capabilities.idempotency = adapter::Idempotency::Upsert;
    capabilities.batch_records = 5'000;  // each batch rewrites the file once
    capabilities.batch_bytes = 16U << 20U;
    capabilities.read_keys = capabilities.batch_records;
    capabilities.concurrency = 1;
    capabilities.settle = std::chrono::milliseconds(0);
    return capabilities;
  }

  Result<void> check(const Selection& selection) const override;
  Result<adapter::ObjectMetadata> describe(std::string_view object, const Context&) override;
  Result<std::string> probe(const Context& context) override;
  Result<adapter::Page> read(const Selection& selection, const adapter::Cursor& cursor,
                             std::size_t page_size, const Context& context) override;
  Result<Change> read_by_key(const Selection& selection, std::string_view key,
                             const Context& context) override;
  Result<adapter::Page> read_by_keys(const Selection& selection,
                                     const std::vector<std::string>& keys,
                                     const Context& context) override;
  Result<std::vector<Change>> find(const Selection& selection, std::string_view correlation,
                                   const Context& context) override;
  Result<std::vector<adapter::WriteOutcome>> write(
      const Selection& selection, const std::vector<adapter::WriteRequest>& requests,
      const Context& context) override;
  adapter::Usage usage() const override { return {}; }

 private:
  std::string inbox() const { return (fs::path(folder_) / options_.inbox).string(); }
  std::string outbox() const { return (fs::path(folder_) / options_.outbox).string(); }
  std::string snapshot_path(std::string_view object) const {
    return (fs::path(outbox()) /
            (std::string(object) + (options_.format == Format::Csv ? ".csv" : ".ndjson")))
        .string();
  }
  Error located(const Error& error, std::string operation) const {
    return error.with_system(system_).with_operation(std::move(operation));
  }
  /// The columns, or why this selection cannot be served.
  Result<Columns> columns_of(const Selection& selection) const;
  Result<std::shared_ptr<const KeyIndex>> index_of(const std::string& path, Reading reading,
                                                   const std::string& key_column);
  Result<std::vector<FileRow>> rows_of(const std::string& path, Reading reading,
                                       const std::string& key_column, std::string_view key);
  /// Our row with everything that the partner has said since; nullopt when no file has the key.
  struct Known {
    std::optional<Row> row{};
    Timestamp changed{Timestamp::min()};
  };
  Result<Known> known_row(std::string_view object, const std::vector<InboxFile>& said,
                          const std::string& key_column, std::string_view key);
  /// The partner's files, those that came first in front.
  Result<std::vector<InboxFile>> said_of(std::string_view object, Timestamp now) const;
  /// One row as it is known now. A key that no file has says nothing but itself: a file may be
  /// replaced by one about other rows.
  Result<Change> look(const Columns& columns, std::string_view object,
                      const std::vector<InboxFile>& said, std::string_view key);
  /// What a write states, under the key of its row; an Error when no row can say it.
  Result<RowChange> change_of(const adapter::WriteRequest& request, const std::string& key_column,
                              std::string& key) const;
  /// The time for rows that take in what these files say: what comes later has come after it.
  static Timestamp time_behind(const std::vector<InboxFile>& said, Timestamp now);
  Result<Change> change_of(const Columns& columns, const Row& row, Timestamp modified) const;
  Result<bool> read_rows(const Columns& columns, const InboxFile& file, std::size_t page_size,
                         InboxCursor& cursor, adapter::Page& page) const;

  const std::string system_;
  const std::string folder_;
  const Options options_;
  std::mutex mutex_;        // of the indexes
  std::mutex write_mutex_;  // one writer at a time
  std::map<std::string, std::shared_ptr<const KeyIndex>> indexes_;
};

}  // namespace channelbridge::file
