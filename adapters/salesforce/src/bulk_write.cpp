#include <algorithm>
#include <nlohmann/json.hpp>
#include <span>
#include <unordered_map>

#include "bulk_internal.hpp"
#include "bulk_row_internal.hpp"
#include "channelbridge/document/csv.hpp"
#include "soql_internal.hpp"

namespace channelbridge::salesforce {
namespace {

using adapter::NodeOutcome;
using adapter::Operation;
using adapter::WriteNode;
using adapter::WriteRequest;
using adapter::WriteStatus;

constexpr int kUploads = 3;  // of the same rows, each to a job of its own
constexpr int kCloses = 3;
constexpr std::size_t kIdentity = 15;  // characters of an id that tell records apart

const WriteNode& single(const WriteRequest& request) { return request.nodes.front(); }

std::string word_of(Operation operation) {
  switch (operation) {
    case Operation::Create:
      return "upsert";
    case Operation::Update:
      return "update";
    case Operation::Delete:
      break;
  }
  return "delete";
}

/// The system says no, and nothing else is known to have happened.
bool has_refused(const Error& error) {
  return error.sent() == Sent::Answered && proves_no_effect(error) &&
         error.code() != ErrorCode::Unauthenticated;
}

NodeOutcome unanswered(const WriteNode& node, WriteStatus status, const Error& error) {
  return {.status = status,
          .key = node.key,
          .error = node.key.empty() ? error : error.with_key(node.key)};
}

/// A list of results, cut into rows by the names of its columns.
class ResultRows {
 public:
  explicit ResultRows(std::string_view text) : rest_(text) {
    if (auto header = next()) header_ = *std::move(header);
  }

  /// The next row's values; nullopt at the end, or where the text breaks off.
  std::optional<std::vector<std::string>> next() {
    if (rest_.empty()) return std::nullopt;
    document::CsvRecord record = document::read_csv_record(rest_, ',', true);
    const bool fits = record.state == document::CsvRecord::State::Complete &&
                      (header_.empty() || record.values.size() == header_.size());
    if (!fits) {
      broken_ = true;
      rest_ = {};
      return std::nullopt;
    }
    rest_.remove_prefix(record.length);
    return std::move(record.values);
  }
  int column(std::string_view name) const {
    const auto found = std::find(header_.begin(), header_.end(), name);
    return found == header_.end() ? -1 : static_cast<int>(found - header_.begin());
  }
  bool broken() const { return broken_; }

 private:
  std::string_view rest_;
  std::vector<std::string> header_{};
  bool broken_{};
};

std::string value_of(const std::vector<std::string>& row, int at) {
  return at < 0 ? std::string() : row[static_cast<std::size_t>(at)];
}

}  // namespace

Result<bool> BulkWriter::known_column(const ObjectDescribe& object, const std::string& column,
                                      const Context& context) {
  const std::size_t dot = column.find('.');
  if (dot == std::string::npos) return object.has(column);
  const auto parent = object.metadata.navigations.find(column.substr(0, dot));
  if (parent == object.metadata.navigations.end()) return false;
  auto described = describes_.get(parent->second, context);
  if (!described) return std::move(described).error();
  return (*described)->external_ids.contains(column.substr(dot + 1));
}

/// A create goes by our record id: without one nothing tells its row from another's, and a lost
/// answer could not be looked for.
Result<bool> BulkWriter::add(Lane& lane, const WriteRequest& request, const Context& context) {
  const WriteNode& node = single(request);
  Row row{.request = &request};
  if (node.operation == Operation::Create) {
    row.identity = request.correlation;
    if (lane.external_id.empty() || row.identity.empty()) return false;
  } else {
    const auto id = full_id(node.key);
    if (!id) return false;
    row.identity = id->substr(0, kIdentity);
  }
  auto object = describes_.get(lane.object, context);
  if (!object) return std::move(object).error();
  std::set<std::string> columns;
  if (node.operation != Operation::Delete) {
    const auto cells = bulk_cells(node.body);
    if (!cells || cells->contains("Id") || cells->contains("id")) return false;
    const auto own = cells->find(lane.external_id);
    if (own != cells->end() && own->second != row.identity) return false;
    for (const auto& [column, value] : *cells) {
      if (!lane.columns.contains(column)) {
        auto known = known_column(**object, column, context);
        if (!known) return known;
        if (!*known) return false;  // the other way says what is wrong with it
        columns.insert(column);
      }
      const auto property = (*object)->metadata.properties.find(column);
      const bool parent =
          property == (*object)->metadata.properties.end() || property->second.type == "reference";
      if (parent) row.parents += value + ' ';
    }
  }
  lane.columns.merge(columns);
  lane.bytes += node.body.size();
  lane.rows.push_back(std::move(row));
  return true;
}

Result<BulkWriter::Requests> BulkWriter::write(const Requests& requests, const Tell& tell,
                                               const Context& context) {
  std::map<std::string, Lane> lanes;
  Requests rest;
  Requests candidates;
  std::set<std::string> seen;
  std::uint64_t bytes = 0;
  for (const WriteRequest* request : requests) {
    // Somebody may edit what is there already while a job runs: only where that was allowed.
    const bool may = single(*request).operation == Operation::Create || options_.bulk.updates;
    (may ? candidates : rest).push_back(request);
    if (may) bytes += single(*request).body.size();
  }
  if (!write_by_job(candidates.size(), bytes, options_)) return requests;
  for (const WriteRequest* request : candidates) {
    const WriteNode& node = single(*request);
    const bool upsert = node.operation == Operation::Create;
    const std::string name = word_of(node.operation) + " " + node.object + " " +
                             (upsert ? request->correlation_path : "");
    Lane& lane =
        lanes
            .try_emplace(name, Lane{.object = node.object,
                                    .operation = node.operation,
                                    .external_id = upsert ? request->correlation_path : ""})
            .first->second;
    // No record twice: its second write goes after the job.
    if (!seen.insert(name + " " + (upsert ? request->correlation : node.key)).second) {
      rest.push_back(request);
      continue;
    }
    auto added = add(lane, *request, context);
    if (!added) return std::move(added).error().with_sent(Sent::No);
    if (!*added) rest.push_back(request);
  }
  for (auto& [name, lane] : lanes) {
    const auto leave = [&rest](std::span<const Row> rows) {
      for (const Row& row : rows) rest.push_back(row.request);
    };
    if (!write_by_job(lane.rows.size(), lane.bytes, options_)) {
      leave(lane.rows);
      continue;
    }
    std::stable_sort(lane.rows.begin(), lane.rows.end(),
                     [](const Row& a, const Row& b) { return a.parents < b.parents; });
    lane.columns.insert(lane.external_id.empty() ? "Id" : lane.external_id);
    std::string header;
    for (const std::string& column : lane.columns) header += (header.empty() ? "" : ",") + column;
    header += '\n';
    std::string csv = header;
    std::size_t from = 0;
    for (std::size_t i = 0; i <= lane.rows.size(); ++i) {
      const bool full = i > from && csv.size() >= options_.bulk.bytes;
      if (full || (i == lane.rows.size() && i > from)) {
        const std::span<const Row> part(lane.rows.data() + from, i - from);
        auto taken = run(lane, part, std::exchange(csv, header), tell, rest, context);
        if (!taken) {
          if (!effect_) return std::move(taken).error();
          for (const Row& row : std::span(lane.rows).subspan(from))
            tell(*row.request,
                 {.nodes = {unanswered(single(*row.request), WriteStatus::Retry, taken.error())}});
          break;
        }
        if (*taken == Taken::No) leave(part);
        from = i;
      }
      if (i == lane.rows.size()) break;
      const Row& row = lane.rows[i];
      const auto cells = bulk_cells(single(*row.request).body);
      bool first = true;
      for (const std::string& column : lane.columns) {
        if (!std::exchange(first, false)) csv += ',';
        const bool key = column == (lane.external_id.empty() ? "Id" : lane.external_id);
        if (key)
          append_bulk_value(csv,
                            lane.external_id.empty() ? single(*row.request).key : row.identity);
        else if (cells && lane.operation != Operation::Delete && cells->contains(column))
          append_bulk_value(csv, cells->at(column));
      }
      csv += '\n';
    }
  }
  return rest;
}

Result<bool> BulkWriter::close(const std::string& id, const std::string& operation,
                               const Context& context) {
  bool lost = false;  // a close that may still arrive
  for (int attempt = 1;; ++attempt) {
    const auto closed =
        api_.set_state(BulkApi::Kind::Ingest, id, "UploadComplete", operation, context);
    if (closed) return true;
    // A refusal may be the answer to a close that was lost: the job says where it stands.
    auto now = api_.ask(BulkApi::Kind::Ingest, id, operation, context);
    if (!now) return std::move(now).error();
    if (now->state != "Open") return true;
    const bool refused = has_refused(closed.error());
    if (refused && !lost) return false;
    lost = lost || !refused;
    if (attempt == kCloses) return closed.error();
  }
}

std::optional<BulkJobInfo> BulkWriter::end_of(const std::string& id, bool closed,
                                              const std::string& operation,
                                              const Context& context) {
  std::optional<BulkJobInfo> info;
  if (closed) {
    auto done = api_.wait(BulkApi::Kind::Ingest, id, operation, context);
    if (done) info = std::move(*done);
    // Only a job that does not end is aborted. One that cannot be asked goes on behind its fence.
    const bool late = !done && done.error().code() == ErrorCode::Timeout && context.check();
    if (!done && !late) return std::nullopt;
  }
  if (!info) info = api_.abort(BulkApi::Kind::Ingest, id, operation, context);
  if (!info || !info->final() || !api_.settle(*info, context)) return std::nullopt;
  return info;
}

Result<BulkWriter::Taken> BulkWriter::run(const Lane& lane, std::span<const Row> rows,
                                          std::string csv, const Tell& tell, Requests& rest,
                                          const Context& context) {
  const std::string operation = "write " + lane.object + " as a bulk job";
  nlohmann::json job = {{"object", lane.object},
                        {"operation", word_of(lane.operation)},
                        {"contentType", "CSV"},
                        {"lineEnding", "LF"},
                        {"columnDelimiter", "COMMA"}};
  if (!lane.external_id.empty()) job["externalIdFieldName"] = lane.external_id;
  // Until a job is closed nothing of it runs: what goes wrong before has no effect.
  std::string id;
  for (int attempt = 1; id.empty(); ++attempt) {
    auto made = api_.create(BulkApi::Kind::Ingest, job.dump(), operation, context);
    if (!made && has_refused(made.error())) return Taken::No;
    if (!made) return std::move(made).error().with_sent(Sent::No);
    const auto uploaded = api_.upload(*made, csv, operation, context);
    if (uploaded) {
      id = *made;
      break;
    }
    api_.abort(BulkApi::Kind::Ingest, *made, operation, context);
    if (has_refused(uploaded.error())) return Taken::No;
    if (attempt == kUploads || !context.check()) return uploaded.error().with_sent(Sent::No);
  }
  csv = {};
  fences_.add(lane.object, id);
  const auto closed = close(id, operation, context);
  if (closed && !*closed) {
    api_.abort(BulkApi::Kind::Ingest, id, operation, context);
    fences_.remove(lane.object, id);
    return Taken::No;
  }
  effect_ = true;
  const std::optional<BulkJobInfo> info = end_of(id, closed.has_value(), operation, context);
  if (!info) fences_.give_up(id);
  if (info) {
    fences_.remove(lane.object, id);
    // Refused as a whole before its first row: each row gets an answer of its own another way.
    if (info->state == "Failed" && info->processed == 0 && info->error.starts_with("InvalidBatch"))
      return Taken::No;
  }
  read_results(lane, rows, info, id, tell, rest, context);
  return Taken::Yes;
}

void BulkWriter::read_results(const Lane& lane, std::span<const Row> rows,
                              const std::optional<BulkJobInfo>& info, const std::string& id,
                              const Tell& tell, Requests& rest, const Context& context) {
  const std::string operation = "write " + lane.object + " as a bulk job";
  std::unordered_map<std::string_view, const Row*> open;
  for (const Row& row : rows) open.emplace(row.identity, &row);
  std::unordered_map<const Row*, NodeOutcome> found;
  std::set<const Row*> contradicted;
  std::set<const Row*> duplicates;  // refused by a rule, which jobs cannot be told to pass
  const auto settle = [&](const Row& row, NodeOutcome outcome) {
    if (!found.emplace(&row, std::move(outcome)).second) contradicted.insert(&row);
  };
  /// Calls `take` for each row of ours in a list; rows that break off are simply not found.
  const auto read = [&](const char* list, auto&& take) {
    auto text = api_.rows(id, list, operation, context);
    if (!text) return;
    ResultRows results(*text);
    const int own = results.column(lane.external_id.empty() ? "Id" : lane.external_id);
    const int key = results.column("sf__Id");
    while (auto values = results.next()) {
      std::string identity = value_of(*values, own);
      if (lane.external_id.empty()) identity = identity.substr(0, kIdentity);
      const auto row = open.find(identity);
      if (row != open.end()) take(*row->second, *values, value_of(*values, key), results);
    }
  };
  if (info) {
    read("successfulResults", [&](const Row& row, const auto& values, const std::string& key,
                                  const ResultRows& results) {
      const auto full = full_id(key);
      if (!full) return;
      NodeOutcome outcome{.key = *full};
      const std::string created = value_of(values, results.column("sf__Created"));
      outcome.status = lane.operation == Operation::Delete ? WriteStatus::Deleted
                       : lane.operation == Operation::Create && created == "true"
                           ? WriteStatus::Created
                           : WriteStatus::Updated;
      settle(row, std::move(outcome));
    });
    read("failedResults",
         [&](const Row& row, const auto& values, const std::string&, const ResultRows& results) {
           const RemoteError error = read_row_error(value_of(values, results.column("sf__Error")));
           if (error.code == "DUPLICATES_DETECTED") duplicates.insert(&row);
           settle(row, refused_record({error}, lane.operation, single(*row.request).key));
         });
    if (found.size() < rows.size()) {
      const std::string rule = info->error.substr(0, info->error.find_first_of(" :"));
      const Error untried =
          Error(ErrorCode::Unavailable, "bulk job " + id + " ended after " +
                                            std::to_string(info->processed) + " rows, before it" +
                                            (info->error.empty() ? "" : ": ") + info->error)
              .with_remote(rule, info->error)
              .with_sent(Sent::Answered);
      read("unprocessedrecords",
           [&](const Row& row, const auto&, const std::string&, const ResultRows&) {
             settle(row, unanswered(single(*row.request), WriteStatus::Retry, untried));
           });
    }
  }
  const Error lost =
      Error(ErrorCode::Timeout, info ? "bulk job " + id + " has ended and tells nothing of it"
                                     : "bulk job " + id + " did not end in time")
          .with_sent(Sent::NoAnswer);
  for (const Row& row : rows) {
    const auto outcome = found.find(&row);
    const bool certain = outcome != found.end() && !contradicted.contains(&row);
    if (certain && duplicates.contains(&row)) {
      rest.push_back(row.request);
      continue;
    }
    NodeOutcome told = certain ? std::move(outcome->second)
                               : unanswered(single(*row.request), WriteStatus::Unknown, lost);
    if (told.error) told.error = session_.located(*told.error, "write " + lane.object);
    tell(*row.request, {.nodes = {std::move(told)}});
  }
}

}  // namespace channelbridge::salesforce
