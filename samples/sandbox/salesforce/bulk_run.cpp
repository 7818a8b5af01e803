#include <algorithm>
#include <map>

#include "sandbox/salesforce/bulk.hpp"
#include "sandbox/salesforce/errors.hpp"
#include "sandbox/salesforce/record_id.hpp"
#include "sandbox/salesforce/state.hpp"

namespace channelbridge::sandbox::salesforce {
namespace {

constexpr std::size_t kChunk = 200;  // rows of one transaction

/// Where a column of an upload goes.
struct Column {
  std::string name{};      ///< of the field, or of the relationship
  std::string external{};  ///< of a relationship: the parent's external id; "" = a field
  bool id{};
};

/// What became of one row.
struct RowResult {
  std::string id{};
  bool created{};
  std::optional<Error> error{};
};

std::string error_text(const Error& error) {
  const bool type = error.remote_code() == "JSON_PARSER_ERROR";
  std::string fields;
  for (const Problem& problem : error.problems())
    fields += (fields.empty() ? "" : ", ") + problem.path;
  return (type ? "INVALID_TYPE_ON_FIELD_IN_RECORD" : error.remote_code()) + ":" + error.message() +
         ":" + fields + " --";
}

class IngestRun {
 public:
  IngestRun(State& state, BulkJob& job)
      : state_(state), job_(job), table_(*state.database.table(job.object)) {}

  void run() {
    auto parsed = parse_csv(job_.upload, job_.form);
    job_.upload.clear();
    if (!parsed) return fail(parsed.error().message());
    table_of_rows_ = std::move(*parsed);
    append_csv_row(job_.columns, table_of_rows_.header, job_.form);
    if (auto known = read_header(); !known) {
      keep_unprocessed(0);
      return fail(known.error().message());
    }
    const std::size_t all = table_of_rows_.rows.size();
    const auto some = [all](std::int64_t after) {
      return after < 0 ? all : std::min(all, static_cast<std::size_t>(after));
    };
    const std::size_t end = std::min(some(job_.fail_after), some(job_.stall_after));
    for (std::size_t row = 0; row < end; row += kChunk) chunk(row, std::min(end, row + kChunk));
    keep_unprocessed(end);
    if (job_.stall_after >= 0) return;  // stays InProgress
    if (job_.fail_after >= 0)
      return fail("TooManyLockFailure : Too many lock failure 20. Trying to access records");
    job_.state = "JobComplete";
  }

 private:
  void fail(std::string message) {
    job_.state = "Failed";
    job_.error = std::move(message);
  }

  void keep_unprocessed(std::size_t from) {
    for (std::size_t row = from; row < table_of_rows_.rows.size(); ++row) {
      job_.unprocessed_rows.emplace_back();
      append_csv_row(job_.unprocessed_rows.back(), table_of_rows_.rows[row], job_.form);
    }
  }

  Result<void> read_header() {
    const ObjectType& object = table_.object();
    for (const std::string& name : table_of_rows_.header) {
      const Error unknown(ErrorCode::Rejected, "InvalidBatch : Field name not found : " + name);
      const bool twice =
          std::count(table_of_rows_.header.begin(), table_of_rows_.header.end(), name) > 1;
      if (twice)
        return Error(ErrorCode::Rejected, "InvalidBatch : Duplicate column name : " + name);
      const std::size_t dot = name.find('.');
      if (dot == std::string::npos) {
        const auto field = object.find(name);
        if (!field) return unknown;
        columns_.push_back({.name = object.fields()[*field].name,
                            .id = object.fields()[*field].type == FieldType::Id});
        continue;
      }
      const auto reference = object.find_relationship(name.substr(0, dot));
      if (!reference) return unknown;
      const Field& field = object.fields()[*reference];
      const bool found = std::any_of(
          field.reference_to.begin(), field.reference_to.end(), [&](const std::string& target) {
            const ObjectType* parent = state_.database.metadata.find(target);
            return parent != nullptr && parent->find(name.substr(dot + 1));
          });
      if (!found) return unknown;
      columns_.push_back({.name = field.relationship, .external = name.substr(dot + 1)});
    }
    return {};
  }

  void chunk(std::size_t from, std::size_t to) {
    const auto lock = state_.desk->faults.take("row_lock", job_.closed_by.line());
    Transaction transaction =
        state_.begin(job_.actor, lock ? std::max<std::int64_t>(1, lock->value) : 0, {});
    std::map<std::string, int> keys;  // external ids of the chunk
    for (std::size_t row = from; row < to; ++row) ++keys[key_of(table_of_rows_.rows[row])];
    for (std::size_t row = from; row < to; ++row) {
      const std::vector<std::string>& values = table_of_rows_.rows[row];
      const Transaction::Mark before = transaction.mark();
      const RowResult result = save(transaction, values, keys);
      ++job_.processed;
      if (result.error) transaction.roll_back(before);
      tell(values, result);
    }
    for (const Effect& effect : transaction.effects())
      state_.desk->journal.record(job_.closed_by, effect);
  }

  void tell(const std::vector<std::string>& values, const RowResult& result) {
    std::vector<std::string> shown = {result.id, result.error     ? error_text(*result.error)
                                                 : result.created ? "true"
                                                                  : "false"};
    shown.insert(shown.end(), values.begin(), values.end());
    if (result.error) ++job_.failed;
    auto& rows = result.error ? job_.failed_rows : job_.successful_rows;
    append_csv_row(rows.emplace_back(), shown, job_.form);
  }

  std::string key_of(const std::vector<std::string>& values) const {
    if (job_.operation != "upsert") return {};
    for (std::size_t i = 0; i < columns_.size(); ++i)
      if (columns_[i].external.empty() && columns_[i].name == job_.external_id)
        return lower_case(values[i]);
    return {};
  }

  RowResult save(Transaction& transaction, const std::vector<std::string>& values,
                 const std::map<std::string, int>& keys) {
    std::string id;
    Json fields = Json::object();
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      const Column& column = columns_[i];
      if (values[i].empty()) continue;  // says nothing
      if (column.id)
        id = values[i];
      else if (values[i] == "#N/A")
        fields[column.name] = nullptr;
      else if (column.external.empty())
        fields[column.name] = values[i];
      else
        fields[column.name] = Json{{column.external, values[i]}};
    }
    const auto missing = [](const std::string& name, const char* what) {
      return refusal(400, "MISSING_ARGUMENT", name + what, {name});
    };
    if (job_.operation == "insert") {
      if (!id.empty())
        return {.error = refusal(400, "INVALID_FIELD_FOR_INSERT_UPDATE",
                                 "cannot specify Id in an insert call", {"Id"})};
      return created(transaction.create(table_, fields), true);
    }
    if (job_.operation == "delete") {
      if (id.empty()) return {.error = missing("Id", " not specified in a delete call")};
      if (!fields.empty())
        return {.id = id, .error = refusal(400, "INVALID_FIELD", "only Id may be specified")};
      const Result<void> removed = transaction.remove(table_, id);
      return removed ? RowResult{.id = with_checksum(id15(id))}
                     : RowResult{.id = id, .error = removed.error()};
    }
    if (job_.operation == "update" || job_.external_id == "Id") {
      if (id.empty() && job_.operation == "upsert")
        return created(transaction.create(table_, fields), true);
      if (id.empty()) return {.error = missing("Id", " not specified in an update call")};
      RowResult result = created(transaction.update(table_, id, fields), false);
      if (result.error) result.id = id;
      return result;
    }
    const auto key = table_.object().find(job_.external_id);
    const auto value = fields.find(job_.external_id);
    if (value == fields.end() || !value->is_string())
      return {.error = missing(job_.external_id, " not specified")};
    const std::string text = value->get<std::string>();
    if (keys.at(lower_case(text)) > 1) {
      return {.error = refusal(400, "DUPLICATE_VALUE", "Duplicate external id specified: " + text,
                               {job_.external_id})};
    }
    fields.erase(value);
    auto done = transaction.upsert(table_, *key, text, fields, false);
    if (!done) return {.error = done.error()};
    return {.id = done->id, .created = done->created};
  }

  static RowResult created(Result<std::string> id, bool created) {
    if (!id) return {.error = id.error()};
    return {.id = *id, .created = created};
  }

  State& state_;
  BulkJob& job_;
  Table& table_;
  CsvTable table_of_rows_{};
  std::vector<Column> columns_{};
};

/// A value as exports write it: times with Z, nothing for null.
std::string exported(const Json& value) {
  if (value.is_null()) return {};
  if (value.is_boolean()) return value.get<bool>() ? "true" : "false";
  if (is_number(value)) return number_text(value);
  std::string text = value.is_string() ? value.get<std::string>() : dump_json(value);
  return text;
}

bool is_time(const Shape& shape, const ObjectType& object, std::string_view name) {
  for (const Shape::Item& item : shape.items) {
    if (!item.parent && item.name == name)
      return object.fields()[item.number].type == FieldType::DateTime;
  }
  return false;
}

bool any_compound(const Shape& shape, const ObjectType& object) {
  return std::any_of(shape.items.begin(), shape.items.end(), [&](const Shape::Item& item) {
    return !item.parent && object.fields()[item.number].type == FieldType::Address;
  });
}

}  // namespace

void run_ingest(State& state, BulkJob& job) { IngestRun(state, job).run(); }

void leave_unprocessed(BulkJob& job) {
  const auto table = parse_csv(std::exchange(job.upload, {}), job.form);
  if (!table) return;
  append_csv_row(job.columns, table->header, job.form);
  for (const auto& row : table->rows)
    append_csv_row(job.unprocessed_rows.emplace_back(), row, job.form);
}

void land_in_flight(State& state, BulkJob& job) {
  const auto all = static_cast<std::int64_t>(job.unprocessed_rows.size());
  const auto landing =
      job.unprocessed_rows.begin() + std::min(all, std::exchange(job.in_flight, 0));
  job.upload = job.columns;
  for (auto row = job.unprocessed_rows.begin(); row != landing; ++row) job.upload += *row;
  std::vector<std::string> rest(landing, job.unprocessed_rows.end());
  job.columns.clear();
  job.unprocessed_rows.clear();
  job.stall_after = job.fail_after = -1;
  run_ingest(state, job);
  job.state = "Aborted";
  job.unprocessed_rows = std::move(rest);
}

Result<void> check_bulk_query(State& state, const std::string& text, Timestamp now) {
  auto plan = make_plan(state.database, text, now);
  if (!plan) return std::move(plan).error();
  const Plan& found = **plan;
  // Codes of these: (unconfirmed).
  if (!found.shape.children.empty())
    return refusal(400, "CLIENTINPUTERROR", "Nested queries are not supported in Bulk Query");
  if (found.count) return refusal(400, "CLIENTINPUTERROR", "Aggregates are not supported");
  if (found.offset > 0) return refusal(400, "CLIENTINPUTERROR", "OFFSET is not supported");
  if (any_compound(found.shape, found.table->object()))
    return refusal(400, "CLIENTINPUTERROR", "Selecting compound data not supported in Bulk Query");
  return {};
}

Result<void> run_query(State& state, BulkJob& job) {
  auto plan = make_plan(state.database, job.text, state.now());
  const auto query = soql::parse(job.text);
  if (!plan) return std::move(plan).error();
  if (!query) return query.error();
  const Table& table = *(*plan)->table;
  std::vector<std::string> names;
  for (const soql::Name& name : query->fields) {
    const std::string prefix = table.object().name() + ".";
    names.push_back(name.text.starts_with(prefix) ? name.text.substr(prefix.size()) : name.text);
  }
  append_csv_row(job.columns, names, job.form);
  const Timestamp now = state.now();
  for (const RowNumber number :
       find_rows(state.database, **plan, now, job.operation == "queryAll")) {
    const Json record =
        render(state.database, table, *table.visible(number, now), (*plan)->shape, "", now);
    std::vector<std::string> values;
    for (const std::string& name : names) {
      const Json* at = &record;
      std::string_view rest = name;
      while (at != nullptr && !rest.empty()) {
        const std::size_t dot = std::min(rest.find('.'), rest.size());
        const std::string part(rest.substr(0, dot));
        rest.remove_prefix(std::min(rest.size(), dot + 1));
        const Json* next = nullptr;
        if (at->is_object()) {
          for (const auto& [key, value] : at->items())
            if (equal_without_case(key, part)) next = &value;
        }
        at = next;
      }
      std::string text = at == nullptr ? std::string() : exported(*at);
      const bool time = is_time((*plan)->shape, table.object(), name);
      if (time && text.ends_with("+0000")) text.replace(text.size() - 5, 5, "Z");
      values.push_back(std::move(text));
    }
    append_csv_row(job.query_rows.emplace_back(), values, job.form);
  }
  return {};
}

}  // namespace channelbridge::sandbox::salesforce
