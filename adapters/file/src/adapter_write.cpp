#include "adapter_internal.hpp"

namespace channelbridge::file {

using adapter::NodeOutcome;
using adapter::Operation;
using adapter::WriteStatus;

Result<std::vector<adapter::WriteOutcome>> FileAdapter::write(
    const Selection& selection, const std::vector<adapter::WriteRequest>& requests,
    const Context& context) {
  const std::string operation = "write " + selection.object;
  auto named = columns_of(selection);
  if (!named) return located(std::move(named).error(), operation).with_sent(Sent::No);
  const std::string& key = named->key;
  auto said = said_of(selection.object);
  if (!said) return located(std::move(said).error(), operation).with_sent(Sent::No);
  const std::lock_guard lock(write_mutex_);
  std::vector<adapter::WriteOutcome> outcomes(requests.size());
  std::vector<std::string> keys(requests.size());
  std::map<std::string, RowChange> changes;
  std::vector<std::string> columns{key};
  columns.insert(columns.end(), named->all.begin(), named->all.end());

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
      keys[i] = text_of(change.values, key);
      if (keys[i].empty()) keys[i] = request.correlation;  // the partner has given no key yet
    } else if (node.operation == Operation::Update) {
      change.kind = RowChange::Kind::Update;
      auto known = known_row(selection.object, *said, key, keys[i]);
      if (!known) return located(std::move(known).error(), operation).with_sent(Sent::No);
      if (!known->ours) change.base = std::move(known->row);
    } else {
      change.kind = RowChange::Kind::Delete;
    }
    set(change.values, text_value(key, keys[i]));
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
      Snapshot(snapshot_path(selection.object), options_, key).apply(changes, columns, now);
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
      for (const std::string& column : named->all)  // a column that nobody filled is empty
        if (options_.format == Format::Csv && written.row.find(column) == nullptr)
          set(written.row, text_value(column, ""));
      if (auto change = change_of(*named, written.row, now)) {
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
