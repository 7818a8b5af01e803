#include <algorithm>
#include <cstdlib>

#include "sandbox/salesforce/record_id.hpp"
#include "sandbox/salesforce/service.hpp"

namespace channelbridge::sandbox::salesforce {
namespace {

constexpr std::size_t kOpenCursors = 50;

// Version 60 is Spring '24; three releases a year.
std::string release_name(int version) {
  static constexpr const char* kSeasons[] = {"Winter", "Spring", "Summer"};
  const int releases = version - 29;  // v29.0 is Winter '14
  return std::string(kSeasons[releases % 3]) + " '" + std::to_string(14 + releases / 3);
}

// "Sforce-Query-Options: batchSize=1000"
std::size_t page_rows(const Call& call) {
  const std::string header = call.request.headers.get("Sforce-Query-Options");
  const std::size_t at = header.find("batchSize=");
  std::size_t rows = 2000;
  if (at != std::string::npos) rows = std::strtoul(header.c_str() + at + 10, nullptr, 10);
  return std::min(std::clamp<std::size_t>(rows, 200, 2000),
                  std::max<std::size_t>(1, call.state.options.max_page_rows));
}

std::string keep_cursor(State& state, Cursor cursor) {
  std::string id = make_id("01g", ++state.last_cursor);
  if (state.cursors.size() >= kOpenCursors) state.cursors.erase(state.cursors.begin());
  state.cursors[id] = std::move(cursor);
  return id;
}

Response page(Call& call, const std::string& cursor_id, const Cursor& cursor, std::size_t offset) {
  const Timestamp now = call.transaction.now();
  const Table& table = *cursor.plan->table;
  const std::size_t end = std::min(cursor.rows.size(), offset + cursor.page_rows);
  Json records = Json::array();
  const ChildLists lists{.most = call.state.options.max_child_rows, .keep = [&call](Cursor rest) {
                           return keep_cursor(call.state, std::move(rest));
                         }};
  for (std::size_t i = offset; i < end; ++i) {
    if (const Row* row = table.visible(cursor.rows[i], now)) {
      records.push_back(
          render(call.state.database, table, *row, cursor.plan->shape, call.base, now, lists));
    }
  }
  const bool done = end == cursor.rows.size();
  Json body{{"totalSize", cursor.rows.size()}, {"done", done}};
  if (!done) body["nextRecordsUrl"] = call.base + "/query/" + cursor_id + "-" + std::to_string(end);
  body["records"] = std::move(records);
  if (done) call.state.cursors.erase(cursor_id);
  return json_response(200, body);
}

Response first_page(Call& call, const std::string& text) {
  State& state = call.state;
  Result<std::shared_ptr<const Plan>> plan =
      make_plan(state.database, text, call.transaction.now());
  if (!plan) return error_response(plan.error());
  const bool all = call.path[0] == "queryAll";
  Cursor cursor{.plan = *plan,
                .rows = find_rows(state.database, **plan, call.transaction.now(), all),
                .page_rows = page_rows(call),
                .all = all};
  if ((*plan)->count) {
    return json_response(
        200, Json{{"totalSize", cursor.rows.size()}, {"done", true}, {"records", Json::array()}});
  }
  if (cursor.rows.size() <= cursor.page_rows) return page(call, "", cursor, 0);
  const Cursor first = cursor;
  return page(call, keep_cursor(state, std::move(cursor)), first, 0);
}

Response next_page(Call& call, const std::string& locator) {
  const std::size_t hyphen = locator.find('-');
  const std::string id = locator.substr(0, hyphen);
  const auto cursor = call.state.cursors.find(id);
  if (hyphen == std::string::npos || cursor == call.state.cursors.end()) {
    return error_response(refusal(400, "INVALID_QUERY_LOCATOR", "invalid query locator"));
  }
  const Cursor copy = cursor->second;
  return page(call, id, copy, std::strtoul(locator.c_str() + hyphen + 1, nullptr, 10));
}

Json list_entry(const ObjectType& object, const std::string& base) {
  Json entry = Json::object();
  for (const char* member : {"activateable",
                             "associateEntityType",
                             "associateParentEntity",
                             "createable",
                             "custom",
                             "customSetting",
                             "deepCloneable",
                             "deletable",
                             "deprecatedAndHidden",
                             "feedEnabled",
                             "hasSubtypes",
                             "isInterface",
                             "isSubtype",
                             "keyPrefix",
                             "label",
                             "labelPlural",
                             "layoutable",
                             "mergeable",
                             "mruEnabled",
                             "name",
                             "queryable",
                             "replicateable",
                             "retrieveable",
                             "searchable",
                             "triggerable",
                             "undeletable",
                             "updateable"}) {
    entry[member] = object.describe().value(member, Json());
  }
  const std::string url = base + "/sobjects/" + object.name();
  entry["urls"] =
      Json{{"rowTemplate", url + "/{ID}"}, {"describe", url + "/describe"}, {"sobject", url}};
  return entry;
}

}  // namespace

Response answer_versions() {
  Json versions = Json::array();
  for (int version = kOldestVersion; version <= kNewestVersion; ++version) {
    const std::string number = std::to_string(version) + ".0";
    versions.push_back(Json{{"label", release_name(version)},
                            {"url", "/services/data/v" + number},
                            {"version", number}});
  }
  return json_response(200, versions);
}

Response answer_query(Call& call) {
  if (!call.is("GET")) return method_not_allowed("GET,HEAD");
  if (call.path.size() == 2) return next_page(call, call.path[1]);
  const auto text = call.request.parameter("q");
  if (!text)
    return error_response(refusal(400, "MALFORMED_QUERY", "A query string has to be specified"));
  return first_page(call, *text);
}

Response answer_replication(Call& call, Table& table) {
  if (!call.is("GET")) return method_not_allowed("GET,HEAD");
  const auto minute = [&](const char* name) -> std::optional<Timestamp> {
    const auto time = parse_iso8601(call.request.parameter(name).value_or(""));
    if (!time) return std::nullopt;
    return std::chrono::floor<std::chrono::minutes>(*time);
  };
  const auto start = minute("start");
  const auto end = minute("end");
  const Timestamp now = call.transaction.now();
  if (!start || !end || *start >= *end) {
    return error_response(
        refusal(400, "INVALID_REPLICATION_DATE", "startDate must be before endDate"));
  }
  if (*start < now - std::chrono::days(30)) {
    return error_response(
        refusal(400, "INVALID_REPLICATION_DATE", "startDate cannot be more than 30 days ago"));
  }
  const bool deleted = call.path[2] == "deleted";
  const std::string from = datetime_text(*start);
  const std::string to = datetime_text(*end);
  Json found = Json::array();
  for (auto at = table.by_modstamp().lower_bound({from, 0}); at != table.by_modstamp().end();
       ++at) {
    const Row* row = table.visible(at->second, now);
    if (row == nullptr) continue;
    const std::string stamp(row->view(table.modstamp()));
    const bool gone = table.deleted_flag() && row->view(*table.deleted_flag()) == "true";
    if (stamp < from || stamp >= to || gone != deleted) continue;
    const std::string id(row->view(table.id()));
    found.push_back(deleted ? Json{{"id", id}, {"deletedDate", stamp}} : Json(id));
  }
  const std::string covered =
      datetime_text(std::min<Timestamp>(*end, std::chrono::floor<std::chrono::minutes>(now)));
  if (!deleted)
    return json_response(200, Json{{"ids", std::move(found)}, {"latestDateCovered", covered}});
  return json_response(200,
                       Json{{"deletedRecords", std::move(found)},
                            {"earliestDateAvailable", datetime_text(now - std::chrono::days(30))},
                            {"latestDateCovered", covered}});
}

Response answer_describe_global(Call& call) {
  if (!call.is("GET")) return method_not_allowed("GET,HEAD");
  Json objects = Json::array();
  for (const auto& [key, object] : call.state.database.metadata.objects()) {
    objects.push_back(list_entry(object, call.base));
  }
  return json_response(
      200, Json{{"encoding", "UTF-8"}, {"maxBatchSize", 200}, {"sobjects", std::move(objects)}});
}

Response answer_describe(Call& call, const Table& table) {
  if (!call.is("GET")) return method_not_allowed("GET,HEAD");
  Json describe = table.object().describe();
  describe["urls"] = list_entry(table.object(), call.base)["urls"];
  return json_response(200, describe);
}

Response answer_limits(Call& call) {
  const std::int64_t allowed = call.state.options.daily_calls;
  Json limits = Json::object();
  limits["DailyApiRequests"] =
      Json{{"Max", allowed}, {"Remaining", std::max<std::int64_t>(0, allowed - call.state.calls)}};
  for (const auto& [name, max] :
       {std::pair("DailyBulkApiBatches", static_cast<int>(call.state.options.daily_bulk_batches)),
        std::pair("DailyBulkV2QueryJobs", static_cast<int>(call.state.options.daily_query_jobs)),
        std::pair("DataStorageMB", 5), std::pair("FileStorageMB", 20),
        std::pair("SingleEmail", 15)}) {
    limits[name] = Json{{"Max", max}, {"Remaining", max}};
  }
  return json_response(200, limits);
}

}  // namespace channelbridge::sandbox::salesforce
