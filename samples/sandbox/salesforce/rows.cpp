#include <algorithm>

#include "sandbox/salesforce/files.hpp"
#include "sandbox/salesforce/record_id.hpp"
#include "sandbox/salesforce/service.hpp"

namespace channelbridge::sandbox::salesforce {
namespace {

Error no_external_id(const std::string& name) {
  return not_found("Provided external ID field does not exist or is not accessible: " + name);
}

Json save_result(const std::string& id) {
  return Json{{"id", id}, {"success", true}, {"errors", Json::array()}};
}

class Rows {
 public:
  Rows(Call& call, Table& table) : call_(call), table_(table), mark_(call.transaction.mark()) {}

  Response answer() {
    const std::vector<std::string>& path = call_.path;
    if (path.size() == 2) return object();
    if (path.size() == 3 && equal_without_case(path[2], "Id")) {
      return call_.is("POST") ? create(true) : method_not_allowed("POST");
    }
    if (path.size() == 3) return by_id(path[2]);
    if (path.size() == 4) return by_external_id(path[2], path[3]);
    return error_response(not_found());
  }

 private:
  Response refused(const Error& error) {
    call_.transaction.roll_back(mark_);
    if (error.remote_code() != "DUPLICATES_DETECTED") return error_response(error);
    Json body = error_body(error);
    // Misspelt as v54 was seen to do it.
    body[0][call_.version > 54 ? "duplicateResult" : "duplicateResut"] =
        call_.transaction.duplicate_result(table_, call_.base);
    return json_response(error.http_status(), body);
  }

  std::string url(std::string_view id) const {
    return call_.base + "/sobjects/" + table_.object().name() + "/" + std::string(id);
  }

  Response object() {
    if (call_.is("POST")) return create(false);
    if (!call_.is("GET")) return method_not_allowed("GET,HEAD,POST");
    return json_response(
        200, Json{{"objectDescribe", parse_json(answer_describe(call_, table_).body).value()},
                  {"recentItems", Json::array()}});
  }

  Response create(bool tell_created) {
    const Result<Json> body = fields_of_body(call_, table_);
    if (!body) return refused(body.error());
    const Result<std::string> id = call_.transaction.create(table_, *body);
    if (!id) return refused(id.error());
    Json result = save_result(*id);
    if (tell_created) result["created"] = true;
    Response response = json_response(201, result);
    response.headers.set("Location", url(*id));
    return response;
  }

  Response by_id(const std::string& id) {
    const auto number = well_formed_id(id) ? table_.find(id) : std::nullopt;
    const Row* row = number ? table_.visible(*number, call_.transaction.now()) : nullptr;
    if (!well_formed_id(id)) return refused(no_external_id(id));
    if (row == nullptr) return refused(not_found());
    if (table_.deleted(*number))
      return refused(refusal(404, "ENTITY_IS_DELETED", "entity is deleted"));
    return existing(*number, *row);
  }

  Response existing(RowNumber number, const Row& row) {
    if (const int status = precondition(row); status == 304) {
      return Response{.status = 304, .headers = validators(row)};
    } else if (status != 0) {
      return refused(refusal(status, "PRECONDITION_FAILED",
                             "The record has changed since the stated version"));
    }
    if (call_.is("GET")) return read(row);
    const std::string id(row.view(table_.id()));
    if (call_.is("DELETE")) {
      const Result<void> removed = call_.transaction.remove(table_, id);
      return removed ? Response{.status = 204} : refused(removed.error());
    }
    if (!call_.is("PATCH")) return method_not_allowed("GET,HEAD,PATCH,DELETE");
    const Result<Json> body = object_body(call_.request);
    if (!body) return refused(body.error());
    if (body->contains("Id") || body->contains("id")) {
      return refused(refusal(400, "INVALID_FIELD",
                             "The Id field should not be specified in the sobject data."));
    }
    const Result<std::string> updated =
        call_.transaction.update(table_, table_.row(number).view(table_.id()), *body);
    return updated ? Response{.status = 204} : refused(updated.error());
  }

  Response read(const Row& row) {
    const std::string fields = call_.request.parameter("fields").value_or("");
    Json record = full_record(call_.state.database, table_, row, call_.base);
    if (!fields.empty()) {
      Json chosen{{"attributes", record["attributes"]}};
      for (const std::string& name : split(fields)) {
        const auto number = table_.object().find(name);
        if (!number) {
          return refused(refusal(
              400, "INVALID_FIELD",
              "No such column '" + name + "' on sobject of type " + table_.object().name()));
        }
        const std::string& field = table_.object().fields()[*number].name;
        chosen[field] = record[field];
      }
      chosen["Id"] = record["Id"];
      record = std::move(chosen);
    }
    Response response = json_response(200, record);
    const Headers added = validators(row);
    for (const auto& [name, value] : added.fields()) response.headers.set(name, value);
    return response;
  }

  Response by_external_id(const std::string& field_name, const std::string& value) {
    if (equal_without_case(field_name, "Id")) return by_id(value);
    const auto field = table_.object().find(field_name);
    const Field* key = field ? &table_.object().fields()[*field] : nullptr;
    if (key == nullptr || (!key->external_id && !key->id_lookup))
      return refused(no_external_id(field_name));

    const std::vector<RowNumber> matches = table_.find_by(*field, value);
    if (matches.size() > 1) {
      Json urls = Json::array();
      for (const RowNumber row : matches) urls.push_back(url(table_.row(row).view(table_.id())));
      call_.transaction.roll_back(mark_);
      return json_response(300, urls);
    }
    if (!call_.is("PATCH")) {
      const Row* row =
          matches.empty() ? nullptr : table_.visible(matches.front(), call_.transaction.now());
      return row == nullptr ? refused(not_found()) : existing(matches.front(), *row);
    }
    return upsert(*field, *key, value);
  }

  Response upsert(std::uint16_t field, const Field& key, const std::string& value) {
    const Result<Json> body = object_body(call_.request);
    if (!body) return refused(body.error());
    for (const auto& [name, unused] : body->items()) {
      if (equal_without_case(name, "Id") || equal_without_case(name, key.name)) {
        return refused(
            refusal(400, "INVALID_FIELD",
                    "The " + name + " field should not be specified in the sobject data."));
      }
    }
    const bool update_only = call_.request.parameter("updateOnly") == "true";
    const auto done = call_.transaction.upsert(table_, field, value, *body, update_only);
    if (!done) return refused(done.error());
    if (!done->created && call_.version < 46) return Response{.status = 204};
    Json result = save_result(done->id);
    if (call_.version >= 46) result["created"] = done->created;
    Response response = json_response(done->created ? 201 : 200, result);
    if (done->created) response.headers.set("Location", url(done->id));
    return response;
  }

  // ETags exist for Account only; dates for every row.
  Headers validators(const Row& row) const {
    Headers headers;
    const auto modified = table_.object().find("LastModifiedDate");
    if (const auto time = modified ? parse_iso8601(row.view(*modified)) : std::nullopt) {
      headers.set("Last-Modified", to_http_date(*time));
    }
    if (table_.object().name() == "Account") headers.set("ETag", etag(row));
    return headers;
  }

  std::string etag(const Row& row) const {
    const Json record = full_record(call_.state.database, table_, row, "");
    return "\"" + sha256_hex(dump_json(record)).substr(0, 22) + "\"";
  }

  // 0 = go on, else 304 or 412.
  int precondition(const Row& row) const {
    const Headers& headers = call_.request.headers;
    const auto field = table_.object().find("LastModifiedDate");
    const std::string modified(field ? row.view(*field) : std::string_view());
    // Stored times sort as text.
    const auto unchanged_since = [&](const char* header) {
      const auto time = parse_http_date(headers.get(header));
      return time ? std::optional<bool>(modified <= datetime_text(*time)) : std::nullopt;
    };
    if (call_.is("GET") && unchanged_since("If-Modified-Since").value_or(false)) return 304;
    if (!call_.is("DELETE") && !unchanged_since("If-Unmodified-Since").value_or(true)) return 412;
    if (table_.object().name() != "Account") return 0;
    if (const auto match = headers.find("If-Match"); match && !matches(*match, row)) return 412;
    if (const auto none = headers.find("If-None-Match"); none && matches(*none, row))
      return call_.is("GET") ? 304 : 412;
    return 0;
  }

  // A proxy that compresses appends -gzip inside the quotes.
  bool matches(const std::string& header, const Row& row) const {
    const std::string tag = etag(row);
    return header == "*" || header.find(tag.substr(1, tag.size() - 2)) != std::string::npos;
  }

  Call& call_;
  Table& table_;
  Transaction::Mark mark_;
};

}  // namespace

Response answer_row(Call& call, Table& table) { return Rows(call, table).answer(); }

}  // namespace channelbridge::sandbox::salesforce
