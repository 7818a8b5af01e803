#include <algorithm>
#include <map>
#include <set>

#include "sandbox/salesforce/record_id.hpp"
#include "sandbox/salesforce/service.hpp"

namespace channelbridge::sandbox::salesforce {
namespace {

constexpr std::size_t kMaxRecords = 200;
constexpr std::size_t kMaxRead = 2000;
constexpr std::size_t kMaxChunks = 10;

Error too_many(std::size_t allowed) {
  return refusal(400, "EXCEEDED_ID_LIMIT",
                 "record limit reached. cannot submit more than " + std::to_string(allowed) +
                     " records into this call");
}

struct Saved {
  std::string id{};
  std::optional<bool> created{};
};

Json result_of(const Result<Saved>& saved) {
  if (!saved)
    return Json{{"success", false}, {"errors", Json::array({record_error(saved.error())})}};
  Json result{{"id", saved->id}, {"success", true}, {"errors", Json::array()}};
  if (saved->created) result["created"] = *saved->created;
  return result;
}

class Collections {
 public:
  explicit Collections(Call& call) : call_(call) {}

  Response answer() {
    const std::vector<std::string>& path = call_.path;
    if (path.size() == 2 && call_.is("POST")) return save(&Collections::create);
    if (path.size() == 2 && call_.is("PATCH")) return save(&Collections::update);
    if (path.size() == 2 && call_.is("DELETE")) return remove();
    if (path.size() == 2) return method_not_allowed("POST,PATCH,DELETE");
    table_ = call_.state.database.table(path[2]);
    if (table_ == nullptr) return error_response(not_found());
    if (path.size() == 3 && (call_.is("GET") || call_.is("POST"))) return read();
    if (path.size() != 4 || !call_.is("PATCH")) return method_not_allowed("GET,POST,PATCH");
    const auto field = table_->object().find(path[3]);
    const Field* key = field ? &table_->object().fields()[*field] : nullptr;
    if (key == nullptr || (!key->external_id && !key->id_lookup)) {
      return error_response(
          not_found("Provided external ID field does not exist or is not accessible: " + path[3]));
    }
    key_ = *field;
    return save(&Collections::upsert);
  }

 private:
  using Step = Result<Saved> (Collections::*)(const Json& record);

  Response save(Step step) {
    const Result<Json> body = object_body(call_.request);
    if (!body) return error_response(body.error());
    const auto records = body->find("records");
    if (records == body->end() || !records->is_array()) {
      return error_response(
          malformed_json("The HTTP entity body is required, but this request has no records."));
    }
    if (records->size() > kMaxRecords) return error_response(too_many(kMaxRecords));
    std::size_t chunks = 0;
    std::string last_type;
    for (const Json& record : *records) {
      const std::string type = type_of(record);
      if (type != last_type) ++chunks;
      last_type = type;
      ++seen_[key_text(record)];
    }
    if (chunks > kMaxChunks) {
      return error_response(refusal(
          400, "EXCEEDED_MAX_TYPES_LIMIT",
          "Cannot have more than 10 chunks in a single operation. Please rearrange the data "
          "to reduce chunking."));
    }
    return run(body->value("allOrNone", Json(false)) == true, records->size(),
               [&](std::size_t i) { return (this->*step)((*records)[i]); });
  }

  // One result per record, in order; a record that fails leaves nothing behind.
  template <typename Work>
  Response run(bool all_or_none, std::size_t count, Work&& work) {
    Transaction& transaction = call_.transaction;
    const Transaction::Mark start = transaction.mark();
    std::vector<Result<Saved>> results;
    bool failed = false;
    for (std::size_t i = 0; i < count; ++i) {
      const Transaction::Mark before = transaction.mark();
      results.push_back(work(i));
      if (results.back()) continue;
      transaction.roll_back(before);
      failed = true;
    }
    if (failed && all_or_none) transaction.roll_back(start);
    Json body = Json::array();
    for (const Result<Saved>& result : results) {
      const bool undone = failed && all_or_none && result;
      body.push_back(result_of(
          undone ? Result<Saved>(refusal(400, "ALL_OR_NONE_OPERATION_ROLLED_BACK",
                                         "Record rolled back because not all records were valid "
                                         "and the request was using AllOrNone header"))
                 : result));
    }
    return json_response(200, body);
  }

  static std::string type_of(const Json& record) {
    const auto attributes = record.is_object() ? record.find("attributes") : record.end();
    return record.is_object() && attributes != record.end() ? text_of(*attributes, "type")
                                                            : std::string();
  }

  // The record's table and its fields without id and attributes.
  Result<Table*> table_for(const Json& record) const {
    const std::string type = type_of(record);
    if (type.empty()) {
      return refusal(400, "INVALID_INPUT",
                     "The type attribute is missing: attributes.type is required");
    }
    Table* table = call_.state.database.table(type);
    if (table == nullptr) {
      return refusal(400, "INVALID_TYPE", "sObject type '" + type + "' is not supported.");
    }
    return table;
  }

  static std::string take_id(Json& record) {
    std::string id;
    for (const char* name : {"id", "Id"}) {
      const auto found = record.find(name);
      if (found == record.end()) continue;
      if (found->is_string()) id = found->get<std::string>();
      record.erase(found);
    }
    return id;
  }

  Result<Saved> create(const Json& record) {
    const Result<Table*> table = table_for(record);
    if (!table) return table.error();
    Json fields = record;
    if (!take_id(fields).empty()) {
      return refusal(400, "INVALID_FIELD_FOR_INSERT_UPDATE", "cannot specify Id in an insert call",
                     {"Id"});
    }
    Result<std::string> id = call_.transaction.create(**table, fields);
    if (!id) return std::move(id).error();
    return Saved{.id = std::move(*id)};
  }

  Result<Saved> update(const Json& record) {
    const Result<Table*> table = table_for(record);
    if (!table) return table.error();
    Json fields = record;
    const std::string id = take_id(fields);
    if (id.empty())
      return refusal(400, "MISSING_ARGUMENT", "Id not specified in an update call", {"Id"});
    Result<std::string> updated = call_.transaction.update(**table, id, fields);
    if (!updated) return std::move(updated).error();
    return Saved{.id = std::move(*updated)};
  }

  std::string key_text(const Json& record) const {
    if (!key_ || !record.is_object()) return {};
    const auto found = record.find(table_->object().fields()[*key_].name);
    return found != record.end() && found->is_string() ? lower_case(found->get<std::string>())
                                                       : std::string();
  }

  Result<Saved> upsert(const Json& record) {
    const Result<Table*> table = table_for(record);
    if (!table) return table.error();
    if (*table != table_) {
      return refusal(400, "INVALID_TYPE", "The record's type is not " + table_->object().name());
    }
    Json fields = record;
    const std::string id = take_id(fields);
    const Field& key = table_->object().fields()[*key_];
    if (key.type == FieldType::Id) return id.empty() ? created(fields) : updated(id, fields);
    if (!id.empty()) {
      return refusal(400, "INVALID_FIELD",
                     "The Id field should not be specified in the sobject data.", {"Id"});
    }
    const auto found = fields.find(key.name);
    const std::string value =
        found != fields.end() && found->is_string() ? found->get<std::string>() : "";
    if (value.empty())
      return refusal(400, "MISSING_ARGUMENT", key.name + " not specified", {key.name});
    if (seen_[key_text(record)] > 1) {
      return refusal(400, "DUPLICATE_VALUE", "Duplicate external id specified: " + value,
                     {key.name});
    }
    fields.erase(found);
    const auto done = call_.transaction.upsert(*table_, *key_, value, fields, false);
    if (!done) return done.error();
    return Saved{.id = done->id, .created = done->created};
  }

  Result<Saved> created(const Json& fields) {
    Result<std::string> id = call_.transaction.create(*table_, fields);
    if (!id) return std::move(id).error();
    return Saved{.id = std::move(*id), .created = true};
  }

  Result<Saved> updated(const std::string& id, const Json& fields) {
    Result<std::string> done = call_.transaction.update(*table_, id, fields);
    if (!done) return std::move(done).error();
    return Saved{.id = std::move(*done), .created = false};
  }

  Response remove() {
    const std::vector<std::string> ids = split(call_.request.parameter("ids").value_or(""));
    if (ids.empty()) return error_response(refusal(400, "MISSING_ARGUMENT", "ids not specified"));
    if (ids.size() > kMaxRecords) return error_response(too_many(kMaxRecords));
    return run(call_.request.parameter("allOrNone") == "true", ids.size(),
               [&](std::size_t i) -> Result<Saved> {
                 Table* table =
                     well_formed_id(ids[i]) ? call_.state.database.table_of_id(ids[i]) : nullptr;
                 if (table == nullptr)
                   return refusal(400, "MALFORMED_ID", "malformed id " + ids[i]);
                 const Result<void> removed = call_.transaction.remove(*table, ids[i]);
                 if (!removed) return removed.error();
                 return Saved{.id = with_checksum(ids[i])};
               });
  }

  Response read() {
    std::vector<std::string> ids = split(call_.request.parameter("ids").value_or(""));
    std::vector<std::string> fields = split(call_.request.parameter("fields").value_or(""));
    if (call_.is("POST")) {
      const Result<Json> body = object_body(call_.request);
      if (!body) return error_response(body.error());
      for (const Json& id : body->value("ids", Json::array()))
        ids.push_back(id.is_string() ? id.get<std::string>() : "");
      for (const Json& field : body->value("fields", Json::array())) {
        fields.push_back(field.is_string() ? field.get<std::string>() : "");
      }
    }
    if (ids.size() > kMaxRead) return error_response(too_many(kMaxRead));
    Shape shape;
    for (const std::string& name : fields) {
      const auto number = table_->object().find(name);
      if (!number) {
        return error_response(
            refusal(400, "INVALID_FIELD",
                    "No such column '" + name + "' on sobject of type " + table_->object().name()));
      }
      shape.items.push_back({table_->object().fields()[*number].name, *number, nullptr});
    }
    const Timestamp now = call_.transaction.now();
    Json result = Json::array();
    for (const std::string& id : ids) {
      const auto number = well_formed_id(id) ? table_->find(id) : std::nullopt;
      const Row* row =
          number && !table_->deleted(*number) ? table_->visible(*number, now) : nullptr;
      result.push_back(row == nullptr
                           ? Json()
                           : render(call_.state.database, *table_, *row, shape, call_.base, now));
    }
    return json_response(200, result);
  }

  Call& call_;
  Table* table_{};
  std::optional<std::uint16_t> key_{};
  std::map<std::string, int> seen_{};
};

}  // namespace

Response answer_collections(Call& call) { return Collections(call).answer(); }

}  // namespace channelbridge::sandbox::salesforce
