#include "sandbox/salesforce/bulk.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "sandbox/salesforce/record_id.hpp"
#include "sandbox/salesforce/service.hpp"

namespace channelbridge::sandbox::salesforce {
namespace {

constexpr std::size_t kMostUpload = std::size_t{100} << 20U;  // 150 MB once it is in base64
constexpr std::size_t kLongestResult = 50'000;                // rows, unless the caller says fewer
constexpr std::size_t kJobsOfOnePage = 1'000;
constexpr std::uint64_t kRowsOfOneBatch = 10'000;
constexpr std::chrono::milliseconds kInFlight{100};  // what an aborted job's last rows take

constexpr std::array<std::pair<const char*, char>, 6> kDelimiters{{{"BACKQUOTE", '`'},
                                                                   {"CARET", '^'},
                                                                   {"COMMA", ','},
                                                                   {"PIPE", '|'},
                                                                   {"SEMICOLON", ';'},
                                                                   {"TAB", '\t'}}};

Error invalid_job(const std::string& why) {
  return refusal(400, "INVALIDJOB", "InvalidJob : " + why);
}
Error invalid_state(const BulkJob& job, const std::string& wanted) {
  return refusal(400, "INVALIDJOBSTATE",
                 "Invalid job state: " + job.state + ", while " + wanted + " is required");
}

bool final_state(const BulkJob& job) {
  return job.state == "JobComplete" || job.state == "Failed" || job.state == "Aborted";
}

/// Opaque to the caller: the position in base64, as "MTAwMDA".
std::string locator_of(std::size_t position) {
  static constexpr char kDigits[] =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const std::string text = std::to_string(position);
  std::string out;
  for (std::size_t i = 0; i < text.size(); i += 3) {
    std::uint32_t bits = 0;
    const std::size_t count = std::min<std::size_t>(3, text.size() - i);
    for (std::size_t k = 0; k < 3; ++k)
      bits = bits << 8U | (k < count ? static_cast<unsigned char>(text[i + k]) : 0U);
    for (std::size_t k = 0; k <= count; ++k) out += kDigits[bits >> (18U - 6U * k) & 63U];
  }
  return out;
}

std::optional<std::size_t> position_of(const std::string& locator, std::size_t most) {
  std::string text;
  std::uint32_t bits = 0;
  unsigned have = 0;
  for (const char c : locator) {
    static constexpr std::string_view kDigits =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const std::size_t value = kDigits.find(c);
    if (value == std::string_view::npos) return std::nullopt;
    bits = bits << 6U | static_cast<std::uint32_t>(value);
    have += 6;
    if (have < 8) continue;
    have -= 8;
    text += static_cast<char>(bits >> have & 255U);
  }
  std::size_t out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc() || end != text.data() + text.size() || out > most) return std::nullopt;
  return out;
}

const char* type_of(const BulkJob& job) {
  if (job.classic) return "Classic";
  return job.query ? "V2Query" : "V2Ingest";
}

Json info(const BulkJob& job, const std::string& base) {
  Json out{{"id", job.id},
           {"operation", job.operation},
           {"object", job.object},
           {"createdById", job.actor.user_id},
           {"createdDate", datetime_text(job.created)},
           {"systemModstamp", datetime_text(job.changed)},
           {"state", job.state},
           {"concurrencyMode", "Parallel"},
           {"contentType", "CSV"},
           {"apiVersion", exact_number(std::to_string(job.version) + ".0")},
           {"jobType", type_of(job)},
           {"lineEnding", job.form.crlf ? "CRLF" : "LF"},
           {"columnDelimiter", job.delimiter_name}};
  if (!job.external_id.empty()) out["externalIdFieldName"] = job.external_id;
  if (!job.query && job.state == "Open")
    out["contentUrl"] = base.substr(1) + "/jobs/ingest/" + job.id + "/batches";
  return out;
}

Json full_info(const BulkJob& job, const std::string& base) {
  Json out = info(job, base);
  out["retries"] = 0;
  out["totalProcessingTime"] = 0;
  out["numberRecordsProcessed"] = job.processed;
  if (job.query) return out;
  out["apiActiveProcessingTime"] = 0;
  out["apexProcessingTime"] = 0;
  out["numberRecordsFailed"] = job.failed;
  if (!job.error.empty()) out["errorMessage"] = job.error;
  return out;
}

class Bulk {
 public:
  explicit Bulk(Call& call) : call_(call), state_(call.state), jobs_(call.state.bulk) {}

  Response answer() {
    const std::vector<std::string>& path = call_.path;
    query_ = path.size() > 1 && path[1] == "query";
    if (path.size() < 2 || (!query_ && path[1] != "ingest")) return error_response(not_found());
    if (path.size() == 2 && call_.is("POST")) return create();
    if (path.size() == 2) return call_.is("GET") ? list() : method_not_allowed("GET,POST");
    const auto found = jobs_.jobs.find(with_checksum(id15(path[2])));
    if (found == jobs_.jobs.end() || found->second.query != query_)
      return error_response(not_found());
    BulkJob& job = found->second;
    // What else this API says of a job that it has not made is (unconfirmed).
    if (job.classic && (path.size() != 3 || !call_.is("GET")))
      return error_response(invalid_job("The job was made with another API: " + job.id));
    if (path.size() == 3) return one(job);
    if (path.size() != 4) return error_response(not_found());
    if (query_) {
      if (path[3] != "results") return error_response(not_found());
      return call_.is("GET") ? results(job) : method_not_allowed("GET");
    }
    if (path[3] == "batches") return call_.is("PUT") ? upload(job) : method_not_allowed("PUT");
    if (!call_.is("GET")) return method_not_allowed("GET");
    if (path[3] == "successfulResults") return rows(job, "sf__Id,sf__Created", job.successful_rows);
    if (path[3] == "failedResults") return rows(job, "sf__Id,sf__Error", job.failed_rows);
    if (path[3] == "unprocessedrecords") return rows(job, "", job.unprocessed_rows);
    return error_response(not_found());
  }

 private:
  Response create() {
    const Result<Json> body = object_body(call_.request);
    if (!body) return error_response(body.error());
    BulkJob job{.query = query_,
                .operation = text_of(*body, "operation"),
                .version = call_.version,
                .actor = call_.transaction.actor(),
                .created = state_.now(),
                .changed = state_.now()};
    if (auto fits = read_form(*body, job); !fits) return error_response(fits.error());
    if (auto fits = query_ ? read_query(*body, job) : read_ingest(*body, job); !fits)
      return error_response(fits.error());
    if (auto room = within_quota(); !room) return error_response(room.error());
    job.id = make_id("750", ++jobs_.last);
    const BulkJob& kept = jobs_.jobs[job.id] = std::move(job);
    return json_response(200, info(kept, call_.base));
  }

  Result<void> read_form(const Json& body, BulkJob& job) const {
    if (text_of(body, "contentType", "CSV") != "CSV")
      return invalid_job("Unsupported content type");
    const std::string ending = text_of(body, "lineEnding", "LF");
    if (ending != "LF" && ending != "CRLF") return invalid_job("Invalid lineEnding: " + ending);
    job.form.crlf = ending == "CRLF";
    job.delimiter_name = text_of(body, "columnDelimiter", "COMMA");
    for (const auto& [name, character] : kDelimiters) {
      if (job.delimiter_name != name) continue;
      job.form.delimiter = character;
      return {};
    }
    return invalid_job("Invalid columnDelimiter: " + job.delimiter_name);
  }

  Result<void> read_ingest(const Json& body, BulkJob& job) {
    static constexpr std::array kOperations{"insert", "update", "upsert", "delete"};
    if (job.operation == "hardDelete") {
      return refusal(400, "FEATURENOTENABLED",
                     "FeatureNotEnabled : hardDelete operation requires a special permission");
    }
    if (std::find(kOperations.begin(), kOperations.end(), job.operation) == kOperations.end())
      return invalid_job("Invalid operation: " + job.operation);
    const Table* table = state_.database.table(text_of(body, "object"));
    if (table == nullptr) return invalid_job("Unable to find object: " + text_of(body, "object"));
    job.object = table->object().name();
    if (job.operation != "upsert") return {};
    const std::string name = text_of(body, "externalIdFieldName");
    if (name.empty()) {
      return invalid_job("External ID was blank for " + job.object +
                         ". An External ID must be specified for upsert.");
    }
    const auto field = table->object().find(name);
    const Field* key = field ? &table->object().fields()[*field] : nullptr;
    if (key == nullptr || (key->type != FieldType::Id && !key->external_id && !key->id_lookup)) {
      return invalid_job("Field name provided, " + name +
                         " does not match an External ID, Salesforce Id, or indexed field for " +
                         job.object);
    }
    job.external_id = key->name;
    return {};
  }

  Result<void> read_query(const Json& body, BulkJob& job) {
    if (job.operation != "query" && job.operation != "queryAll")
      return invalid_job("Invalid operation: " + job.operation);
    job.text = text_of(body, "query");
    if (auto fits = check_bulk_query(state_, job.text, state_.now()); !fits) return fits;
    job.object = soql::parse(job.text)->object.text;
    job.state = "UploadComplete";
    return {};
  }

  /// Source: Bulk API 2.0 limits; the code is (unconfirmed).
  Result<void> within_quota() const {
    std::uint64_t used = 0;
    for (const auto& [id, job] : jobs_.jobs) {
      if (job.query != query_ || job.classic ||
          job.created + std::chrono::hours(24) <= state_.now())
        continue;
      used += query_ ? 1
                     : std::max<std::uint64_t>(
                           1, (job.processed + kRowsOfOneBatch - 1) / kRowsOfOneBatch);
    }
    const std::uint64_t most =
        query_ ? state_.options.daily_query_jobs : state_.options.daily_bulk_batches;
    if (used < most) return {};
    return refusal(400, "EXCEEDEDQUOTA",
                   query_ ? "ExceededQuota : Max bulk v2 query jobs (" + std::to_string(most) +
                                ") per 24 hrs has been reached"
                          : "ExceededQuota : ApiBatchItems Limit exceeded.");
  }

  Response list() {
    std::size_t from = 0;
    if (const auto locator = call_.request.parameter("queryLocator")) {
      const auto position = position_of(*locator, jobs_.jobs.size());
      if (!position)
        return error_response(
            refusal(400, "INVALID_QUERY_LOCATOR", "invalid query locator: " + *locator));
      from = *position;
    }
    const auto type = call_.request.parameter("jobType");
    Json records = Json::array();
    std::size_t at = 0;
    bool more = false;
    for (const auto& [id, job] : jobs_.jobs) {
      if (job.query != query_ || (type && *type != type_of(job)) || at++ < from) continue;
      more = records.size() == kJobsOfOnePage;
      if (more) break;
      records.push_back(info(job, call_.base));
    }
    Json body{{"done", !more}, {"records", std::move(records)}, {"nextRecordsUrl", nullptr}};
    if (more)
      body["nextRecordsUrl"] = call_.base + "/jobs/" + call_.path[1] +
                               "?queryLocator=" + locator_of(from + kJobsOfOnePage) +
                               (type ? "&jobType=" + *type : "");
    return json_response(200, body);
  }

  Response one(BulkJob& job) {
    if (call_.is("GET")) return json_response(200, full_info(job, call_.base));
    if (call_.is("DELETE")) {
      if (!final_state(job) && job.state != "UploadComplete")
        return error_response(invalid_state(job, "UploadComplete or a final state"));
      jobs_.jobs.erase(job.id);
      return Response{.status = 204};
    }
    if (!call_.is("PATCH")) return method_not_allowed("GET,PATCH,DELETE");
    const Result<Json> body = object_body(call_.request);
    if (!body) return error_response(body.error());
    const std::string wanted = text_of(*body, "state");
    if (wanted == "Aborted") {
      if (final_state(job)) return error_response(invalid_state(job, "a state before the end"));
      leave_unprocessed(job);
    } else if (wanted == "UploadComplete" && !query_) {
      if (job.state != "Open") return error_response(invalid_state(job, "Open"));
      if (!job.uploaded) return error_response(invalid_job("The job holds no data: " + job.id));
      job.closed_by = call_.request;
      job.closed_by.body.clear();
      const std::string line = call_.request.line();
      if (const auto fault = state_.desk->faults.take("bulk_fail", line))
        job.fail_after = fault->value;
      if (const auto fault = state_.desk->faults.take("bulk_stall", line))
        job.stall_after = fault->value;
      if (const auto fault = state_.desk->faults.take("bulk_in_flight", line))
        job.in_flight = fault->value;
    } else {
      return error_response(invalid_job("Invalid job state: " + wanted));
    }
    job.state = wanted;
    job.changed = state_.now();
    return json_response(200, info(job, call_.base));
  }

  Response upload(BulkJob& job) {
    if (job.state != "Open") return error_response(invalid_state(job, "Open"));
    if (job.uploaded) {  // (unconfirmed)
      return error_response(refusal(
          400, "CLIENTINPUTERROR",
          "ClientInputError : Found multiple contents for job: " + job.id + ", use PUT only once"));
    }
    if (call_.request.body.size() > kMostUpload) {
      return error_response(
          refusal(413, "CLIENTINPUTERROR", "ClientInputError : The upload is too large"));
    }
    job.upload = call_.request.body;
    job.uploaded = true;
    return Response{.status = 201};
  }

  Response rows(const BulkJob& job, const std::string& own, const std::vector<std::string>& rows) {
    if (!final_state(job))
      return error_response(invalid_state(job, "JobComplete, Failed or Aborted"));
    std::string body;
    if (!job.columns.empty() || own.empty()) {
      if (!own.empty()) {
        append_csv_row(body, split(own), {.delimiter = job.form.delimiter});
        body.back() = job.form.delimiter;
      }
      body += job.columns;
    }
    for (const std::string& row : rows) body += row;
    return text_response(200, "text/csv", std::move(body));
  }

  Response results(const BulkJob& job) {
    if (job.version != call_.version) {
      return error_response(
          refusal(409, "INVALID_OPERATION", "The job was created with another API version"));
    }
    if (job.state != "JobComplete") return error_response(invalid_state(job, "JobComplete"));
    std::size_t most = kLongestResult;
    if (const auto text = call_.request.parameter("maxRecords")) {
      const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), most);
      if (error != std::errc() || end != text->data() + text->size() || most == 0)
        return error_response(refusal(400, "INVALID_INPUT", "maxRecords must be positive"));
    }
    std::size_t from = 0;
    if (const auto locator = call_.request.parameter("locator")) {
      const auto position = position_of(*locator, job.query_rows.size());
      if (!position)
        return error_response(
            refusal(400, "INVALID_QUERY_LOCATOR", "Invalid locator value: " + *locator));
      from = *position;
    }
    const std::size_t end = std::min(job.query_rows.size(), from + most);
    std::string body = job.columns;
    for (std::size_t row = from; row < end; ++row) body += job.query_rows[row];
    Response response = text_response(200, "text/csv", std::move(body));
    response.headers.set("Sforce-Locator", end == job.query_rows.size() ? "null" : locator_of(end));
    response.headers.set("Sforce-NumberOfRecords", std::to_string(end - from));
    return response;
  }

  Call& call_;
  State& state_;
  BulkJobs& jobs_;
  bool query_{};
};

void advance(State& state, BulkJob& job) {
  const Timestamp now = state.now();
  if (job.state == "Aborted" && job.in_flight > 0 && now >= job.changed + kInFlight)
    land_in_flight(state, job);
  if (job.state == "UploadComplete" && now >= job.changed + state.options.bulk_step) {
    job.state = "InProgress";
    job.changed += state.options.bulk_step;
    if (job.stall_after >= 0) run_ingest(state, job);  // as far as it comes
  }
  if (job.state != "InProgress" || job.stall_after >= 0 ||
      now < job.changed + state.options.bulk_step)
    return;
  job.changed = now;
  if (!job.query) return run_ingest(state, job);
  const Result<void> done = run_query(state, job);
  job.state = done ? "JobComplete" : "Failed";
  if (!done) job.error = done.error().message();
  job.processed = job.query_rows.size();
}

}  // namespace

void advance_jobs(State& state) {
  const Timestamp now = state.now();
  std::erase_if(state.bulk.jobs, [&](const auto& entry) {
    return final_state(entry.second) && now >= entry.second.changed + std::chrono::days(7);
  });
  for (auto& [id, job] : state.bulk.jobs) {
    advance(state, job);
    if (job.query || job.state != "Open" || now < job.created + std::chrono::hours(24)) continue;
    job.state = "Aborted";
    job.changed = now;
    leave_unprocessed(job);
  }
}

std::string add_classic_job(State& state, const Actor& actor, const std::string& object) {
  std::string id = make_id("750", ++state.bulk.last);
  state.bulk.jobs[id] = {.id = id,
                         .classic = true,
                         .operation = "upsert",
                         .object = object,
                         .version = 60,
                         .actor = actor,
                         .state = "Closed",
                         .created = state.now(),
                         .changed = state.now()};
  return id;
}

void abort_jobs(State& state) {
  for (auto& [id, job] : state.bulk.jobs) {
    if (final_state(job) || job.classic) continue;
    job.state = "Aborted";
    job.changed = state.now();
    leave_unprocessed(job);
  }
}

Response answer_bulk(Call& call) { return Bulk(call).answer(); }

}  // namespace channelbridge::sandbox::salesforce
