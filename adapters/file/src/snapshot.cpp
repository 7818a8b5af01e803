#include "snapshot_internal.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "channelbridge/core/durable_file.hpp"
#include "csv_internal.hpp"

namespace channelbridge::file {
namespace {

Error unreadable(const std::string& path) {
  return Error(ErrorCode::Internal, "cannot read " + path + ": " + std::strerror(errno))
      .with_sent(Sent::No);
}

}  // namespace

Row RowChange::shown() const {
  Row row = known.value_or(Row{.kind = Row::Kind::Object});
  overlay(row, values);
  return row;
}

std::string exact_time(Timestamp time) {
  std::string text = to_iso8601(time);
  if (text.find('.') == std::string::npos) text.insert(text.size() - 1, ".000000");
  return text;
}

RowResult Snapshot::change_row(Row& row, const RowChange& change, Timestamp now) const {
  const Row shown = change.shown();
  if (change.known && document::flatten(*change.known) == document::flatten(shown))
    return RowResult::Unchanged;
  overlay(row, shown);
  set(row, text_value(options_.changed_column, exact_time(now)));
  if (options_.format == Format::Csv) {
    for (const Row& value : row.children)
      if (!encode(value.text, options_.encoding)) return RowResult::Unencodable;
  }
  const bool created = change.operation == adapter::Operation::Create && !change.known;
  return created ? RowResult::Created : RowResult::Updated;
}

Result<std::map<std::string, RowResult>> Snapshot::apply(
    const std::map<std::string, RowChange>& changes, const std::vector<std::string>& columns,
    Timestamp now) {
  std::map<std::string, RowResult> results;
  std::optional<RowReader> old;
  if (stamp_of(path_)) {
    auto opened = RowReader::open(path_, options_, Reading::Ours);
    if (!opened) return std::move(opened).error().with_sent(Sent::No);
    old = std::move(*opened);
  }
  // Columns: those that are there, then new ones; the time of the change is the last.
  const bool csv = options_.format == Format::Csv;
  std::vector<std::string> header = old ? old->header() : std::vector<std::string>();
  const std::size_t known = header.size();
  for (const std::string& column : columns)
    if (std::find(header.begin(), header.end(), column) == header.end()) header.push_back(column);
  if (std::find(header.begin(), header.end(), options_.changed_column) == header.end())
    header.push_back(options_.changed_column);
  const bool same_header = header.size() == known;

  const auto line_of = [&](const Row& row) {
    std::string line;
    if (!csv) return to_json(row) + "\n";
    for (const std::string& column : header) {
      if (&column != &header.front()) line += options_.separator;
      const Row* value = row.find(column);
      if (value == nullptr) continue;
      append_csv_value(line, encode(value->text, options_.encoding).value_or(""),
                       options_.separator);
    }
    return line + "\r\n";
  };
  DurableFile out(path_);
  if (csv) {
    std::string top = options_.byte_order_mark ? "\xEF\xBB\xBF" : "";
    Row names;
    for (const std::string& column : header) set(names, text_value(column, column));
    top += line_of(names);
    if (auto written = out.write(top); !written) return std::move(written).error();
  }
  bool changed_any = !same_header && csv && old.has_value();
  while (old) {
    auto row = old->next();
    if (!row) break;
    if (row->problem) return not_ours(path_, row->line).with_sent(Sent::No);
    const std::string key = text_of(row->row, key_column_);
    const auto change = key.empty() ? changes.end() : changes.find(key);
    const bool again = change != changes.end() && results.contains(key);
    if (again) {  // somebody doubled the row by hand: one stays
      changed_any = true;
      continue;
    }
    if (change != changes.end()) {
      const bool removes = change->second.operation == adapter::Operation::Delete;
      Row written = row->row;
      const RowResult result =
          removes ? RowResult::Deleted : change_row(written, change->second, now);
      const bool moves = removes || result == RowResult::Updated;
      changed_any = changed_any || moves;
      if (result == RowResult::Updated)
        if (auto kept = out.write(line_of(written)); !kept) return std::move(kept).error();
      const bool stays = !moves;
      results.emplace(key, result);
      if (!stays) continue;
    }
    const bool verbatim = same_header || !csv;
    std::string bytes = verbatim ? row->bytes : line_of(row->row);
    if (!bytes.ends_with('\n')) bytes += '\n';
    if (auto written = out.write(bytes); !written) return std::move(written).error();
  }
  if (old && old->failed()) return unreadable(path_);
  for (const auto& [key, change] : changes) {
    if (results.contains(key)) continue;
    if (change.operation == adapter::Operation::Delete) {
      results.emplace(key, RowResult::Missing);
      continue;
    }
    Row written{.kind = Row::Kind::Object};
    const RowResult result = change_row(written, change, now);
    const bool moves = result == RowResult::Created || result == RowResult::Updated;
    changed_any = changed_any || moves;
    if (moves)
      if (auto kept = out.write(line_of(written)); !kept) return std::move(kept).error();
    results.emplace(key, result);
  }
  if (!changed_any) return results;
  if (auto finished = out.finish(); !finished) return std::move(finished).error();
  return results;
}

}  // namespace channelbridge::file
