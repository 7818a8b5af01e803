#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <mutex>
#include <set>

#include "channelbridge/document/document.hpp"
#include "channelbridge/file/file.hpp"
#include "inbox_internal.hpp"
#include "snapshot_internal.hpp"

namespace channelbridge::file {
namespace {

namespace fs = std::filesystem;
using adapter::Change;
using adapter::NodeOutcome;
using adapter::Operation;
using adapter::Selection;
using adapter::WriteStatus;

class FileAdapter final : public adapter::Adapter {
 public:
  FileAdapter(std::string system, std::string folder, Options options)
      : system_(std::move(system)), folder_(std::move(folder)), options_(std::move(options)) {}

  adapter::Capabilities capabilities(const Selection&) const override {
    adapter::Capabilities capabilities;
    capabilities.reply = adapter::Reply::Full;
    capabilities.idempotency = adapter::Idempotency::Upsert;
    capabilities.batch_records = 5'000;  // each batch rewrites the file once
    capabilities.batch_bytes = 16U << 20U;
    capabilities.concurrency = 1;
    capabilities.settle = std::chrono::milliseconds(0);
    return capabilities;
  }

  Result<adapter::ObjectMetadata> describe(std::string_view object, const Context&) override;
  Result<std::string> probe(const Context& context) override;
  Result<adapter::Page> read(const Selection& selection, const adapter::Cursor& cursor,
                             std::size_t page_size, const Context& context) override;
  Result<Change> read_by_key(const Selection& selection, std::string_view key,
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
  Error located(Error error, std::string operation) const {
    return error.with_system(system_).with_operation(std::move(operation));
  }
  /// The key column, or why this selection cannot be served.
  Result<std::string> key_column(const Selection& selection) const;
  Result<std::shared_ptr<const KeyIndex>> index_of(const std::string& path,
                                                   const std::string& key_column);
  Result<std::vector<Row>> rows_of(const std::string& path, const std::string& key_column,
                                   std::string_view key);
  /// Our row with everything that the partner has said since; nullopt when nobody knows the key.
  struct Known {
    std::optional<Row> row{};
    bool ours{};
    Timestamp changed{Timestamp::min()};
  };
  Result<Known> known_row(std::string_view object, const std::string& key_column,
                          std::string_view key);
  Result<Change> change_of(const Selection& selection, const Row& row, Timestamp modified) const;
  Result<void> read_rows(const Selection& selection, const InboxFile& file, std::size_t page_size,
                         InboxCursor& cursor, adapter::Page& page) const;
  bool has_all_columns(const Selection& selection, const std::vector<std::string>& header) const;

  const std::string system_;
  const std::string folder_;
  const Options options_;
  std::mutex mutex_;        // of the indexes
  std::mutex write_mutex_;  // one writer at a time
  std::map<std::string, std::shared_ptr<const KeyIndex>> indexes_;
};

Result<std::string> FileAdapter::key_column(const Selection& selection) const {
  if (!selection.children.empty() || !selection.touch.empty() || !selection.where.empty())
    return Error(ErrorCode::Unsupported, "files have no children, touch or where");
  const std::string& object = selection.object;
  if (object.empty() || object.front() == '.' || object.find('/') != std::string::npos)
    return Error(ErrorCode::Invalid, "'" + object + "' cannot be the name of a file");
  if (selection.id.empty()) return Error(ErrorCode::Invalid, "the mapping names no key column");
  return column_of(selection.id);
}

Result<std::shared_ptr<const KeyIndex>> FileAdapter::index_of(const std::string& path,
                                                              const std::string& key_column) {
  const auto stamp = stamp_of(path);
  const std::string name = key_column + "\n" + path;
  {
    const std::lock_guard lock(mutex_);
    const auto found = indexes_.find(name);
    if (stamp && found != indexes_.end() && found->second->stamp() == *stamp) return found->second;
  }
  auto built = KeyIndex::build(path, options_, key_column);
  if (!built) return std::move(built).error();
  auto index = std::make_shared<const KeyIndex>(std::move(*built));
  const std::lock_guard lock(mutex_);
  indexes_.insert_or_assign(name, index);
  return index;
}

Result<std::vector<Row>> FileAdapter::rows_of(const std::string& path,
                                              const std::string& key_column, std::string_view key) {
  auto index = index_of(path, key_column);
  if (!index) return std::move(index).error();
  return (*index)->rows(path, options_, key_column, key);
}

Result<FileAdapter::Known> FileAdapter::known_row(std::string_view object,
                                                  const std::string& key_column,
                                                  std::string_view key) {
  Known known;
  const std::string path = snapshot_path(object);
  if (stamp_of(path)) {
    auto rows = rows_of(path, key_column, key);
    if (!rows) return std::move(rows).error();
    if (!rows->empty()) {
      known.row = std::move(rows->front());
      known.ours = true;
      known.changed =
          parse_iso8601(text_of(*known.row, options_.changed_column)).value_or(Timestamp::min());
      erase(*known.row, options_.changed_column);
    }
  }
  auto files = list_inbox(inbox(), object);
  if (!files) return std::move(files).error();
  std::stable_sort(files->begin(), files->end(), [](const InboxFile& a, const InboxFile& b) {
    return a.stamp.modified_ns < b.stamp.modified_ns;
  });
  for (const InboxFile& file : *files) {
    // What the partner said before our last write was read before we wrote.
    if (known.ours && file.stamp.modified() <= known.changed) continue;
    auto rows = rows_of(file.path, key_column, key);
    if (!rows) continue;  // an unreadable file is reported by read()
    for (const Row& row : *rows) {
      if (!known.row) known.row = Row{.kind = Row::Kind::Object};
      overlay(*known.row, row, options_.changed_column);
      known.changed = file.stamp.modified();
    }
  }
  return known;
}

bool FileAdapter::has_all_columns(const Selection& selection,
                                  const std::vector<std::string>& header) const {
  return std::all_of(selection.paths.begin(), selection.paths.end(), [&](const std::string& path) {
    const auto column = column_of(path);
    return column && std::find(header.begin(), header.end(), *column) != header.end();
  });
}

Result<Change> FileAdapter::change_of(const Selection& selection, const Row& row,
                                      Timestamp modified) const {
  const auto value = [&](const std::string& path) {
    const auto column = path.empty() ? Result<std::string>(std::string()) : column_of(path);
    return column ? text_of(row, *column) : std::string();
  };
  Change change;
  change.key = value(selection.id);
  if (change.key.empty())
    return Error(ErrorCode::Protocol, "the row has no value in its key column " + selection.id);
  change.version = value(selection.version);
  change.modified = parse_iso8601(value(selection.modified), true);
  if (!change.modified) change.modified = modified;
  change.correlation = value(selection.correlation);
  std::vector<std::string> names;
  for (const Row& child : row.children) names.push_back(child.name);
  change.document = document::Document::of(to_json(row), document::Format::Json,
                                           has_all_columns(selection, names));
  return change;
}

/// Reads one page of one file and moves the cursor behind it.
Result<void> FileAdapter::read_rows(const Selection& selection, const InboxFile& file,
                                    std::size_t page_size, InboxCursor& cursor,
                                    adapter::Page& page) const {
  const InboxCursor::At at = *cursor.at;
  const auto finish = [&](const RowReader* reader) {
    InboxCursor::Done done{.stamp = file.stamp};
    if (reader != nullptr) {
      done.length = reader->offset();
      done.line = reader->line();
      done.hash = reader->hash().value;
      done.complete_line = reader->ends_with_line_break();
    }
    cursor.done[file.name] = done;
    cursor.at.reset();
  };
  const auto unreadable = [&](const Error& error, std::uint64_t line, std::string text) {
    std::string position = options_.inbox + "/" + file.name;
    if (line > 0) position += ":" + std::to_string(line);
    page.unreadable.push_back({.key = {},
                               .position = position,
                               .text = std::move(text),
                               .error = located(error, "read " + position)});
  };
  auto reader = RowReader::open(file.path, options_, at.offset, at.line, ContentHash{at.hash});
  if (!reader) {
    if (reader.error().code() == ErrorCode::Unavailable) return std::move(reader).error();
    unreadable(reader.error(), 1, {});
    finish(nullptr);
    return {};
  }
  const auto key = column_of(selection.id);
  const auto& header = reader->header();
  if (!header.empty() && std::find(header.begin(), header.end(), *key) == header.end()) {
    unreadable(Error(ErrorCode::Protocol, "the header has no key column '" + *key + "'"), 1, {});
    finish(nullptr);
    return {};
  }
  while (page.changes.size() + page.unreadable.size() < page_size) {
    auto row = reader->next();
    if (!row) {
      if (reader->failed()) return Error(ErrorCode::Unavailable, "cannot read " + file.path);
      finish(&*reader);
      return {};
    }
    if (row->problem) {
      unreadable(*row->problem, row->line, std::move(row->bytes));
      continue;
    }
    erase(row->row, options_.changed_column);  // a copied row keeps ours; it is no statement
    auto change = change_of(selection, row->row, file.stamp.modified());
    if (change)
      page.changes.push_back(std::move(*change));
    else
      unreadable(change.error(), row->line, std::move(row->bytes));
  }
  cursor.at = {.name = file.name,
               .stamp = file.stamp,
               .offset = reader->offset(),
               .line = reader->line(),
               .hash = reader->hash().value};
  return {};
}

Result<adapter::Page> FileAdapter::read(const Selection& selection, const adapter::Cursor& cursor,
                                        std::size_t page_size, const Context& context) {
  const std::string operation = "read " + selection.object;
  if (auto key = key_column(selection); !key) return located(std::move(key).error(), operation);
  auto position = InboxCursor::parse(cursor);
  if (!position) return located(std::move(position).error(), operation);
  adapter::Page page;
  page.began = context.clock().now();
  auto files = list_inbox(inbox(), selection.object);
  if (!files) return located(std::move(files).error(), operation);
  if (options_.quiet.count() > 0) {
    std::erase_if(*files, [&](const InboxFile& file) {
      return file.stamp.modified() + options_.quiet > page.began;
    });
  }
  std::erase_if(position->done, [&](const auto& entry) {
    return std::none_of(files->begin(), files->end(),
                        [&](const InboxFile& file) { return file.name == entry.first; });
  });

  bool read_one = false;
  page.end = true;
  for (const InboxFile& file : *files) {
    const bool here = position->at && position->at->name == file.name;
    if (position->at && !here && !read_one) continue;  // first the one that is half read
    const auto done = position->done.find(file.name);
    if (!here && done != position->done.end() && done->second.stamp == file.stamp) continue;
    if (read_one) {
      page.end = false;
      break;
    }
    InboxCursor::At start{.name = file.name, .stamp = file.stamp};
    const auto same_front = [&](std::uint64_t length, std::uint64_t hash) {
      return length > 0 && file.stamp.size >= length && hash_of(file.path, length) == hash;
    };
    if (here) {
      const InboxCursor::At& at = *position->at;
      if (at.stamp == file.stamp || same_front(at.offset, at.hash)) start = at;
    } else if (done != position->done.end()) {
      InboxCursor::Done& before = done->second;
      if (same_front(before.length, before.hash)) {
        if (file.stamp.size == before.length) {  // touched, not changed
          before.stamp = file.stamp;
          continue;
        }
        if (before.complete_line)  // appended to
          start = {
              .name = file.name, .offset = before.length, .line = before.line, .hash = before.hash};
      }
    }
    start.stamp = file.stamp;
    position->at = start;
    if (auto read = read_rows(selection, file, page_size, *position, page); !read)
      return located(std::move(read).error(), operation);
    read_one = true;
    if (position->at) {
      page.end = false;
      break;
    }
  }
  if (position->at && !read_one) {  // its file is gone
    position->at.reset();
    page.end = files->empty();
  }
  page.next = position->text();
  return page;
}

Result<Change> FileAdapter::read_by_key(const Selection& selection, std::string_view key,
                                        const Context&) {
  const std::string operation = "read " + selection.object;
  auto column = key_column(selection);
  if (!column) return located(std::move(column).error(), operation);
  auto known = known_row(selection.object, *column, key);
  if (!known) return located(std::move(known).error(), operation);
  if (!known->row) {
    return located(Error(ErrorCode::NotFound, "no row has this key"), operation)
        .with_key(std::string(key));
  }
  auto change = change_of(selection, *known->row, known->changed);
  if (!change) return located(std::move(change).error(), operation);
  return change;
}

Result<std::vector<Change>> FileAdapter::find(const Selection& selection,
                                              std::string_view correlation,
                                              const Context& context) {
  const std::string operation = "find " + selection.object;
  auto key = key_column(selection);
  if (!key) return located(std::move(key).error(), operation);
  std::vector<Change> found;
  const std::string path = snapshot_path(selection.object);
  if (!stamp_of(path)) return found;
  // Without a correlation column the record id is the key itself.
  auto column = selection.correlation.empty() ? key : column_of(selection.correlation);
  if (!column) return located(std::move(column).error(), operation);
  auto rows = rows_of(path, *column, correlation);
  if (!rows) return located(std::move(rows).error(), operation);
  for (const Row& row : *rows) {
    auto change = read_by_key(selection, text_of(row, *key), context);
    if (!change) return std::move(change).error();
    found.push_back(std::move(*change));
  }
  return found;
}

Result<std::vector<adapter::WriteOutcome>> FileAdapter::write(
    const Selection& selection, const std::vector<adapter::WriteRequest>& requests,
    const Context& context) {
  const std::string operation = "write " + selection.object;
  auto key = key_column(selection);
  if (!key) return located(std::move(key).error(), operation).with_sent(Sent::No);
  const std::lock_guard lock(write_mutex_);
  std::vector<adapter::WriteOutcome> outcomes(requests.size());
  std::vector<std::string> keys(requests.size());
  std::map<std::string, RowChange> changes;
  std::vector<std::string> columns{*key};
  for (const std::string& path : selection.paths)
    if (auto column = column_of(path)) columns.push_back(*column);

  const auto reject = [&](std::size_t i, const Error& error) {
    NodeOutcome outcome{.status = WriteStatus::Rejected, .key = keys[i]};
    outcome.error = located(error, operation).with_key(keys[i]).with_sent(Sent::No);
    outcomes[i].nodes = {std::move(outcome)};
  };
  for (std::size_t i = 0; i < requests.size(); ++i) {
    const adapter::WriteRequest& request = requests[i];
    if (request.nodes.size() != 1) {
      return located(Error(ErrorCode::Unsupported, "one write holds exactly one row here"),
                     operation)
          .with_sent(Sent::No);
    }
    const adapter::WriteNode& node = request.nodes.front();
    RowChange change;
    change.values.kind = Row::Kind::Object;
    if (node.operation != Operation::Delete) {
      auto body = parse_row(node.body);
      if (!body) {
        reject(i, Error(ErrorCode::Invalid, "the body of a write is no JSON object"));
        continue;
      }
      change.values = std::move(*body);
    }
    keys[i] = node.key;
    if (node.operation == Operation::Create) {
      if (!request.correlation_path.empty()) {
        if (auto column = column_of(request.correlation_path))
          set(change.values, text_value(*column, request.correlation));
      }
      keys[i] = text_of(change.values, *key);
      if (keys[i].empty()) keys[i] = request.correlation;  // the partner has given no key yet
    } else if (node.operation == Operation::Update) {
      change.kind = RowChange::Kind::Update;
      auto known = known_row(selection.object, *key, keys[i]);
      if (!known) return located(std::move(known).error(), operation).with_sent(Sent::No);
      if (!known->ours) change.base = std::move(known->row);
    } else {
      change.kind = RowChange::Kind::Delete;
    }
    set(change.values, text_value(*key, keys[i]));
    const bool nested = std::any_of(
        change.values.children.begin(), change.values.children.end(), [](const Row& value) {
          return value.kind == Row::Kind::Object || value.kind == Row::Kind::Array;
        });
    if (keys[i].empty()) {
      reject(i, Error(ErrorCode::Invalid, "the row has neither a key nor a correlation"));
    } else if (nested && options_.format == Format::Csv) {
      reject(i, Error(ErrorCode::Rejected, "a cell cannot hold an object or a list"));
    } else if (changes.contains(keys[i])) {
      reject(i, Error(ErrorCode::Rejected, "the same row comes twice in one batch"));
    } else {
      for (const Row& value : change.values.children) columns.push_back(value.name);
      if (change.base)
        for (const Row& value : change.base->children) columns.push_back(value.name);
      changes.emplace(keys[i], std::move(change));
    }
  }

  std::error_code problem;
  fs::create_directories(outbox(), problem);
  if (problem) {
    return located(
               Error(ErrorCode::Internal, "cannot create " + outbox() + ": " + problem.message()),
               operation)
        .with_sent(Sent::No);
  }
  const Timestamp now = context.clock().now();
  auto results =
      Snapshot(snapshot_path(selection.object), options_, *key).apply(changes, columns, now);
  if (!results && results.error().sent() == Sent::No)
    return located(std::move(results).error(), operation);
  for (std::size_t i = 0; i < requests.size(); ++i) {
    if (!outcomes[i].nodes.empty()) continue;
    NodeOutcome outcome{.key = keys[i]};
    if (!results) {
      outcome.error = located(results.error(), operation).with_key(keys[i]);
      outcomes[i].nodes = {std::move(outcome)};
      continue;
    }
    WrittenRow& written = results->at(keys[i]);
    switch (written.result) {
      case RowResult::Created:
        outcome.status = WriteStatus::Created;
        break;
      case RowResult::Updated:
        outcome.status = WriteStatus::Updated;
        break;
      case RowResult::Unchanged:
        outcome.status = WriteStatus::Unchanged;
        break;
      case RowResult::Deleted:
        outcome.status = WriteStatus::Deleted;
        break;
      case RowResult::Missing:
        reject(i, Error(ErrorCode::NotFound, "no row has this key"));
        outcomes[i].nodes.front().not_found = true;
        continue;
      case RowResult::Unencodable:
        reject(i, Error(ErrorCode::Rejected, "a character does not exist in the file's encoding"));
        continue;
    }
    if (outcome.status != WriteStatus::Deleted) {
      erase(written.row, options_.changed_column);
      if (auto change = change_of(selection, written.row, now)) {
        outcome.document = std::move(change->document);
        outcome.version = std::move(change->version);
      }
      outcome.modified = now;
    }
    outcomes[i].nodes = {std::move(outcome)};
  }
  return outcomes;
}

Result<adapter::ObjectMetadata> FileAdapter::describe(std::string_view object, const Context&) {
  adapter::ObjectMetadata metadata;
  metadata.name = object;
  auto files = list_inbox(inbox(), object);
  if (!files) return located(std::move(files).error(), "describe " + std::string(object));
  std::vector<std::string> paths;
  for (const InboxFile& file : *files) paths.push_back(file.path);
  if (const std::string path = snapshot_path(object); stamp_of(path)) paths.push_back(path);
  for (const std::string& path : paths) {
    auto reader = RowReader::open(path, options_);
    if (!reader) continue;  // reported by read()
    std::vector<std::string> names = reader->header();
    if (is_ndjson(path)) {
      if (auto row = reader->next())
        for (const Row& child : row->row.children) names.push_back(child.name);
    }
    for (const std::string& name : names)
      if (name != options_.changed_column)
        metadata.properties.insert({name, {.name = name, .type = "text"}});
  }
  if (metadata.properties.empty()) {
    return located(Error(ErrorCode::NotFound, "no file shows the columns of " + metadata.name),
                   "describe " + metadata.name);
  }
  return metadata;
}

Result<std::string> FileAdapter::probe(const Context&) {
  if (::access(folder_.c_str(), R_OK | W_OK | X_OK) != 0) {
    return located(
        Error(ErrorCode::Unavailable, "the folder " + folder_ + " cannot be read and written"),
        "probe");
  }
  std::size_t files = 0;
  std::error_code ignored;  // no inbox yet: nothing has come
  for (fs::directory_iterator entry(inbox(), ignored), end; entry != end;
       entry.increment(ignored)) {
    ++files;
    if (ignored) break;
  }
  return "folder " + folder_ + ", " + std::to_string(files) + " files from the partner";
}

}  // namespace

Result<std::shared_ptr<adapter::Adapter>> make_file(std::string system, std::string folder,
                                                    Options options) {
  std::vector<Problem> problems;
  const auto check = [&problems](bool holds, const char* path, const char* message) {
    if (!holds) problems.push_back({.path = path, .rule = "value", .message = message});
  };
  check(!folder.empty(), "folder", "is missing");
  check(options.separator != '"' && options.separator != '\n' && options.separator != '\r',
        "separator", "cannot separate values");
  check(options.inbox != options.outbox && !options.inbox.empty() && !options.outbox.empty(),
        "outbox", "needs a folder of its own");
  check(!options.changed_column.empty(), "changed_column", "is empty");
  if (!problems.empty()) {
    return Error(ErrorCode::Invalid, "the settings of system '" + system + "' do not hold")
        .with_system(system)
        .with_problems(std::move(problems));
  }
  return std::shared_ptr<adapter::Adapter>(
      std::make_shared<FileAdapter>(std::move(system), std::move(folder), std::move(options)));
}

}  // namespace channelbridge::file
