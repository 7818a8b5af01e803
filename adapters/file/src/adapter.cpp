#include <unistd.h>

#include "adapter_internal.hpp"
#include "channelbridge/document/document.hpp"
#include "channelbridge/file/file.hpp"

namespace channelbridge::file {

Result<Columns> FileAdapter::columns_of(const Selection& selection) const {
  for (const auto& [word, used] :
       {std::pair{"children", !selection.children.empty()},
        std::pair{"touch", !selection.touch.empty()}, std::pair{"where", !selection.where.empty()}})
    if (used)
      return Error(ErrorCode::Unsupported,
                   "a row of a file is flat: there is no '" + std::string(word) + "' here");
  const std::string& object = selection.object;
  if (object.empty() || object.front() == '.' || object.find('/') != std::string::npos)
    return Error(ErrorCode::Invalid, "'" + object + "' cannot be the name of a file");
  if (selection.id.empty()) return Error(ErrorCode::Invalid, "the mapping names no key column");
  Columns columns;
  const std::pair<const std::string*, std::string*> named[] = {
      {&selection.id, &columns.key},
      {&selection.version, &columns.version},
      {&selection.modified, &columns.modified},
      {&selection.correlation, &columns.correlation}};
  for (const auto& [path, column] : named) {
    if (path->empty()) continue;
    auto name = column_of(*path);
    if (!name) return std::move(name).error();
    *column = std::move(*name);
  }
  for (const std::string& path : selection.paths) {
    auto name = column_of(path);
    if (!name) return std::move(name).error();
    columns.all.push_back(std::move(*name));
  }
  return columns;
}

Result<void> FileAdapter::check(const Selection& selection) const {
  auto columns = columns_of(selection);
  if (!columns) return std::move(columns).error();
  return {};
}

Result<std::shared_ptr<const KeyIndex>> FileAdapter::index_of(const std::string& path,
                                                              Reading reading,
                                                              const std::string& key_column) {
  const auto stamp = stamp_of(path);
  const std::string name = key_column + "\n" + path;
  {
    const std::lock_guard lock(mutex_);
    const auto found = indexes_.find(name);
    if (stamp && found != indexes_.end() && found->second->is_of(*stamp, reading))
      return found->second;
  }
  auto built = KeyIndex::build(path, options_, reading, key_column);
  if (!built) return std::move(built).error();
  auto index = std::make_shared<const KeyIndex>(std::move(*built));
  const std::lock_guard lock(mutex_);
  indexes_.insert_or_assign(name, index);
  return index;
}

Result<std::vector<FileRow>> FileAdapter::rows_of(const std::string& path, Reading reading,
                                                  const std::string& key_column,
                                                  std::string_view key) {
  auto index = index_of(path, reading, key_column);
  if (!index) return std::move(index).error();
  return (*index)->rows(path, options_, key_column, key);
}

Result<std::vector<InboxFile>> FileAdapter::said_of(std::string_view object, Timestamp now) const {
  auto files = list_inbox(inbox(), object);
  if (!files) return std::move(files).error();
  look_at(*files, options_.quiet, now);
  std::stable_sort(files->begin(), files->end(), [](const InboxFile& a, const InboxFile& b) {
    return a.stamp.arrived_ns < b.stamp.arrived_ns;
  });
  return files;
}

Result<FileAdapter::Known> FileAdapter::known_row(std::string_view object,
                                                  const std::vector<InboxFile>& said,
                                                  const std::string& key_column,
                                                  std::string_view key) {
  Known known;
  std::optional<Timestamp> written;
  const std::string path = snapshot_path(object);
  if (stamp_of(path)) {
    auto rows = rows_of(path, Reading::Ours, key_column, key);
    if (!rows) return std::move(rows).error();
    if (!rows->empty()) {
      known.row = std::move(rows->front().row);
      known.changed =
          parse_iso8601(text_of(*known.row, options_.changed_column)).value_or(Timestamp::min());
      written = known.changed;
      erase(*known.row, options_.changed_column);
    }
  }
  for (const InboxFile& file : said) {
    // What the partner had said when we wrote is in our row.
    const auto is_in_ours = [&](Timestamp at) { return written && at + kClockSlack <= *written; };
    if (is_in_ours(file.said_last)) continue;
    auto rows = rows_of(file.path, file.reading, key_column, key);
    if (!rows && rows.error().code() == ErrorCode::Unavailable) return std::move(rows).error();
    if (!rows) continue;  // it has gone, or read() reports it
    for (const FileRow& row : *rows) {
      if (is_in_ours(file.said_of(row))) continue;
      if (!known.row) known.row = Row{.kind = Row::Kind::Object};
      overlay(*known.row, row.row, options_.changed_column);
      known.changed = file.stamp.modified();
    }
  }
  return known;
}

Result<Change> FileAdapter::change_of(const Columns& columns, const Row& row,
                                      Timestamp modified) const {
  Change change;
  change.key = text_of(row, columns.key);
  if (change.key.empty()) {
    return Error(ErrorCode::Protocol,
                 "the row has no value in its key column '" + columns.key + "'");
  }
  change.version = text_of(row, columns.version);
  change.modified = parse_iso8601(text_of(row, columns.modified), true);
  if (!change.modified) change.modified = modified;
  change.correlation = text_of(row, columns.correlation);
  change.document = document::Document::of(to_json(row), document::Format::Json, columns.in(row));
  return change;
}

Result<Change> FileAdapter::look(const Columns& columns, std::string_view object,
                                 const std::vector<InboxFile>& said, std::string_view key) {
  auto known = known_row(object, said, columns.key, key);
  if (!known) return std::move(known).error();
  if (known->row) return change_of(columns, *known->row, known->changed);
  Row row{.kind = Row::Kind::Object};
  set(row, text_value(columns.key, std::string(key)));
  auto change = change_of(columns, row, {});
  if (change) change->modified.reset();
  return change;
}

/// Reads one page of one file and moves the cursor behind it. False: there is nothing to read yet.
Result<bool> FileAdapter::read_rows(const Columns& columns, const InboxFile& file,
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
  auto reader =
      RowReader::open(file.path, options_, file.reading, at.offset, at.line, ContentHash{at.hash});
  if (!reader) {
    if (reader.error().code() == ErrorCode::Unavailable) return std::move(reader).error();
    unreadable(reader.error(), 1, {});
    finish(nullptr);
    return true;
  }
  const auto& header = reader->header();
  if (reader->header_grows()) {  // as if the file were not there yet
    cursor.done.erase(file.name);
    cursor.at.reset();
    return false;
  }
  if (!header.empty() && std::find(header.begin(), header.end(), columns.key) == header.end()) {
    unreadable(Error(ErrorCode::Protocol, "the header has no key column '" + columns.key + "'"), 1,
               {});
    finish(nullptr);
    return true;
  }
  while (page.changes.size() + page.unreadable.size() < page_size) {
    auto row = reader->next();
    if (!row) {
      if (reader->failed()) return Error(ErrorCode::Unavailable, "cannot read " + file.path);
      finish(&*reader);
      return true;
    }
    if (row->problem) {
      unreadable(*row->problem, row->line, std::move(row->bytes));
      continue;
    }
    erase(row->row, options_.changed_column);  // a copied row keeps ours; it is no statement
    auto change = change_of(columns, row->row, file.stamp.modified());
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
  return true;
}

Result<adapter::Page> FileAdapter::read(const Selection& selection, const adapter::Cursor& cursor,
                                        std::size_t page_size, const Context& context) {
  const std::string operation = "read " + selection.object;
  auto columns = columns_of(selection);
  if (!columns) return located(std::move(columns).error(), operation);
  auto position = InboxCursor::parse(cursor);
  if (!position) return located(std::move(position).error(), operation);
  adapter::Page page;
  const Timestamp now = context.clock().now();
  auto files = list_inbox(inbox(), selection.object);
  if (!files) return located(std::move(files).error(), operation);
  const auto source = [&](const std::string& name) { return options_.inbox + "/" + name; };
  std::erase_if(position->done, [&](const auto& entry) {
    const bool gone = std::none_of(files->begin(), files->end(),
                                   [&](const InboxFile& file) { return file.name == entry.first; });
    if (gone) page.renewed.push_back(source(entry.first));
    return gone;
  });
  look_at(*files, options_.quiet, now);

  bool read_one = false;
  page.end = true;
  for (const InboxFile& file : *files) {
    const bool here = position->at && position->at->name == file.name;
    if (position->at && !here && !read_one) continue;  // first the one that is half read
    const auto done = position->done.find(file.name);
    if (!here && done != position->done.end() && done->second.stamp == file.stamp &&
        !(done->second.waits() && file.reading == Reading::Whole))
      continue;
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
    if (start.offset == 0 && (here || done != position->done.end()))
      page.renewed.push_back(source(file.name));
    start.stamp = file.stamp;
    position->at = start;
    auto read = read_rows(*columns, file, page_size, *position, page);
    if (!read) return located(std::move(read).error(), operation);
    read_one = *read;
    if (position->at) {
      page.end = false;
      break;
    }
  }
  if (position->at && !read_one) {  // its file is gone
    page.renewed.push_back(source(position->at->name));
    position->at.reset();
    page.end = files->empty();
  }
  page.next = position->text();
  return page;
}

Result<Change> FileAdapter::read_by_key(const Selection& selection, std::string_view key,
                                        const Context& context) {
  auto page = read_by_keys(selection, {std::string(key)}, context);
  if (!page) return std::move(page).error();
  return std::move(page->changes.front());
}

Result<adapter::Page> FileAdapter::read_by_keys(const Selection& selection,
                                                const std::vector<std::string>& keys,
                                                const Context& context) {
  const std::string operation = "read " + selection.object;
  auto columns = columns_of(selection);
  if (!columns) return located(std::move(columns).error(), operation);
  auto said = said_of(selection.object, context.clock().now());
  if (!said) return located(std::move(said).error(), operation);
  adapter::Page page{.end = true};
  for (const std::string& key : keys) {
    auto change = look(*columns, selection.object, *said, key);
    if (!change) return located(std::move(change).error(), operation);
    page.changes.push_back(*std::move(change));
  }
  return page;
}

Result<std::vector<Change>> FileAdapter::find(const Selection& selection,
                                              std::string_view correlation,
                                              const Context& context) {
  const std::string operation = "find " + selection.object;
  auto columns = columns_of(selection);
  if (!columns) return located(std::move(columns).error(), operation);
  std::vector<Change> found;
  const std::string path = snapshot_path(selection.object);
  if (!stamp_of(path)) return found;
  // Without a correlation column the record id is the key itself.
  auto rows =
      rows_of(path, Reading::Ours,
              columns->correlation.empty() ? columns->key : columns->correlation, correlation);
  if (!rows) return located(std::move(rows).error(), operation);
  for (const FileRow& row : *rows) {
    auto change = read_by_key(selection, text_of(row.row, columns->key), context);
    if (!change) return std::move(change).error();
    found.push_back(std::move(*change));
  }
  return found;
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
    return located(
        Error(ErrorCode::Unsupported, "no file shows the columns of " + metadata.name + " yet"),
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
