#include "adapter_internal.hpp"

namespace channelbridge::file {

using adapter::NodeOutcome;
using adapter::Operation;
using adapter::WriteStatus;

namespace {

bool is_scalar(const Row& value) {
  return value.kind != Row::Kind::Object && value.kind != Row::Kind::Array;
}

WriteStatus status_of(RowResult result) {
  switch (result) {
    case RowResult::Created:
      return WriteStatus::Created;
    case RowResult::Updated:
      return WriteStatus::Updated;
    case RowResult::Unchanged:
      return WriteStatus::Unchanged;
    case RowResult::Deleted:
      return WriteStatus::Deleted;
    case RowResult::Missing:
    case RowResult::Unencodable:
      break;
  }
  return WriteStatus::Rejected;
}

}  // namespace

Timestamp FileAdapter::time_behind(const std::vector<InboxFile>& said, Timestamp now) {
  for (const InboxFile& file : said) {
    const Timestamp taken_in = file.reading == Reading::Growing ? file.said : file.said_last;
    now = std::max(now, taken_in + kClockSlack);
  }
  return now;
}

Result<RowChange> FileAdapter::change_of(const adapter::WriteRequest& request,
                                         const std::string& key_column, std::string& key) const {
  const adapter::WriteNode& node = request.nodes.front();
  RowChange change{.operation = node.operation, .values = {.kind = Row::Kind::Object}};
  key = node.key;
  if (node.operation != Operation::Delete) {
    auto body = parse_row(node.body);
    if (!body) return Error(ErrorCode::Invalid, "the body of a write is no JSON object");
    change.values = std::move(*body);
  }
  if (node.operation == Operation::Create) {
    if (!request.correlation_path.empty()) {
      if (auto column = column_of(request.correlation_path))
        set(change.values, text_value(*column, request.correlation));
    }
    key = text_of(change.values, key_column);
    if (key.empty()) key = request.correlation;  // the partner has given no key yet
  }
  if (key.empty()) return Error(ErrorCode::Invalid, "the row has neither a key nor a correlation");
  set(change.values, text_value(key_column, key));
  if (options_.format == Format::Ndjson) return change;
  for (Row& value : change.values.children) {
    if (!is_scalar(value))
      return Error(ErrorCode::Rejected, "a cell cannot hold an object or a list");
    value = text_value(value.name, value.text);  // as it is read back
  }
  return change;
}

Result<std::vector<adapter::WriteOutcome>> FileAdapter::write(
    const Selection& selection, const std::vector<adapter::WriteRequest>& requests,
    const Context& context) {
  const std::string operation = "write " + selection.object;
  const auto nothing_done = [&](const Error& error) {
    return located(error, operation).with_sent(Sent::No);
  };
  auto named = columns_of(selection);
  if (!named) return nothing_done(named.error());
  const std::lock_guard lock(write_mutex_);
  const Timestamp began = context.clock().now();
  auto said = said_of(selection.object, began);
  if (!said) return nothing_done(said.error());
  const Timestamp now = time_behind(*said, began);
  std::vector<adapter::WriteOutcome> outcomes(requests.size());
  std::vector<std::string> keys(requests.size());
  std::map<std::string, RowChange> changes;
  std::vector<std::string> columns{named->key};
  columns.insert(columns.end(), named->all.begin(), named->all.end());

  const auto reject = [&](std::size_t i, const Error& error) {
    NodeOutcome outcome{.status = WriteStatus::Rejected, .key = keys[i]};
    outcome.error = nothing_done(error).with_key(keys[i]);
    outcomes[i].nodes = {std::move(outcome)};
  };
  for (std::size_t i = 0; i < requests.size(); ++i) {
    if (requests[i].nodes.size() != 1)
      return nothing_done(Error(ErrorCode::Unsupported, "one write holds exactly one row here"));
    auto change = change_of(requests[i], named->key, keys[i]);
    if (!change) {
      reject(i, change.error());
      continue;
    }
    if (changes.contains(keys[i])) {
      reject(i, Error(ErrorCode::Rejected, "the same row comes twice in one batch"));
      continue;
    }
    if (change->operation != Operation::Delete) {
      auto known = known_row(selection.object, *said, named->key, keys[i]);
      if (!known) return nothing_done(known.error());
      change->known = std::move(known->row);
      if (change->known && options_.format == Format::Csv)
        std::erase_if(change->known->children, [](const Row& value) { return !is_scalar(value); });
      for (const Row& value : change->shown().children) columns.push_back(value.name);
    }
    changes.emplace(keys[i], *std::move(change));
  }

  std::error_code problem;
  fs::create_directories(outbox(), problem);
  if (problem) {
    return nothing_done(
        Error(ErrorCode::Internal, "cannot create " + outbox() + ": " + problem.message()));
  }
  const auto results =
      Snapshot(snapshot_path(selection.object), options_, named->key).apply(changes, columns, now);
  if (!results && results.error().sent() == Sent::No) return nothing_done(results.error());
  for (std::size_t i = 0; i < requests.size(); ++i) {
    if (!outcomes[i].nodes.empty()) continue;
    NodeOutcome outcome{.key = keys[i]};
    if (!results) {
      outcome.error = located(results.error(), operation).with_key(keys[i]);
      outcomes[i].nodes = {std::move(outcome)};
      continue;
    }
    const RowResult result = results->at(keys[i]);
    outcome.status = status_of(result);
    if (outcome.status == WriteStatus::Rejected) {
      const bool missing = result == RowResult::Missing;
      reject(i, missing ? Error(ErrorCode::NotFound, "no row has this key")
                        : Error(ErrorCode::Rejected,
                                "a character does not exist in the file's encoding"));
      outcomes[i].nodes.front().not_found = missing;
      continue;
    }
    if (outcome.status != WriteStatus::Deleted) {
      if (auto change = change_of(*named, changes.at(keys[i]).shown(), now)) {
        outcome.document = std::move(change->document);
        outcome.version = std::move(change->version);
      }
      outcome.modified = now;
    }
    outcomes[i].nodes = {std::move(outcome)};
  }
  return outcomes;
}

}  // namespace channelbridge::file
