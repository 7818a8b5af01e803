#include "sandbox/salesforce/service.hpp"

#include <algorithm>
#include <cstdlib>

#include "sandbox/salesforce/conversion.hpp"
#include "sandbox/salesforce/files.hpp"
#include "sandbox/salesforce/tokens.hpp"

namespace channelbridge::sandbox::salesforce {
namespace {

// The whole of a request's head: its target and its header fields.
std::size_t head_size(const Request& request) {
  std::size_t size = request.target.size();
  for (const auto& [name, value] : request.headers.fields())
    size += name.size() + value.size() + 4;  // ": " and the end of the line
  return size;
}

class OrgService final : public Service {
 public:
  explicit OrgService(std::shared_ptr<Org> org) : org_(std::move(org)), state_(org_->state()) {}

  Response handle(const Request& request) override {
    std::unique_lock lock(state_.mutex);
    // A target that is too long by itself (414) does not get here: the server's library refuses it.
    if (head_size(request) > 16384) {
      return text_response(
          431, "text/html;charset=UTF-8",
          "<h1>Bad Message 431</h1><pre>reason: Request Header Fields Too Large</pre>");
    }
    if (Response login = answer_login(state_, request, base_url(request)); login.status != 0)
      return login;
    if (Response soap = answer_soap(state_, request); soap.status != 0) return soap;
    const std::vector<std::string> path = request.segments();
    if (path.size() < 2 || path[0] != "services" || (path[1] != "data" && path[1] != "apexrest"))
      return error_response(not_found());
    if (path.size() == 2 && path[1] == "data") return answer_versions();

    Response response = authorised(request, path, lock);
    response.headers.set("Sforce-Limit-Info", "api-usage=" + std::to_string(state_.calls) + "/" +
                                                  std::to_string(state_.options.daily_calls));
    return response;
  }

  Response refuse(const Request& request, const Fault& fault) override {
    if (fault.kind != "rate_limit") return Service::refuse(request, fault);
    Response response = error_response(
        refusal(403, "REQUEST_LIMIT_EXCEEDED", "ConcurrentPerOrgLongTxn Limit exceeded."));
    if (fault.value > 0) response.headers.set("Retry-After", std::to_string(fault.value));
    return response;
  }

  std::optional<Response> administer(const Request& request) override {
    if (request.path == "/__sandbox/approval_processes" && request.method == "POST")
      return add_approval_process(request);
    if (request.path != "/__sandbox/duplicate_rules") return std::nullopt;
    if (request.method == "DELETE") {
      org_->clear_duplicate_rules();
      return Response{.status = 204};
    }
    if (request.method != "POST") return std::nullopt;
    const Result<Json> body = object_body(request);
    DuplicateRule rule;
    if (body) {
      rule.object = text_of(*body, "object");
      for (const Json& field : body->value("fields", Json::array()))
        rule.fields.push_back(field.is_string() ? field.get<std::string>() : "");
      rule.block = body->value("block", Json(false)) == true;
      rule.message = text_of(*body, "message", rule.message);
    }
    const Result<void> added = org_->add_duplicate_rule(std::move(rule));
    return added ? Response{.status = 204}
                 : json_response(400, Json{{"error", added.error().message()}});
  }

  Json state() override {
    Json objects = Json::object();
    std::vector<std::string> names;
    {
      const std::lock_guard lock(state_.mutex);
      for (const auto& [name, table] : state_.database.tables) names.push_back(name);
    }
    for (const std::string& name : names) objects[name] = org_->records(name);
    return Json{{"objects", std::move(objects)}};
  }

 private:
  Response add_approval_process(const Request& request) {
    const Result<Json> body = object_body(request);
    ApprovalProcess process;
    if (body) {
      process.name = text_of(*body, "name");
      process.object = text_of(*body, "object");
      process.approver = text_of(*body, "approver");
      process.entry = body->value("entry", Json::object());
      process.on_submitted = body->value("on_submitted", Json::object());
      process.on_approved = body->value("on_approved", Json::object());
      process.on_rejected = body->value("on_rejected", Json::object());
      process.on_recalled = body->value("on_recalled", Json::object());
      process.lock_approved = body->value("lock_approved", Json(false)) == true;
    }
    const Result<void> added = org_->add_approval_process(std::move(process));
    return added ? Response{.status = 204}
                 : json_response(400, Json{{"error", added.error().message()}});
  }

  Response authorised(const Request& request, const std::vector<std::string>& path,
                      std::unique_lock<std::mutex>& lock) {
    Faults& faults = state_.desk->faults;
    const std::string line = request.line();
    if (faults.take("expire_sessions", line)) state_.sessions.clear();
    const Session* session = find_session(state_, request);
    if (session == nullptr) {
      return error_response(refusal(401, "INVALID_SESSION_ID", "Session expired or invalid"));
    }
    const bool apex = path[1] == "apexrest";
    const int version = apex ? kNewestVersion : version_of(path[2]);
    if (version == 0) return error_response(not_found());
    if (state_.calls >= state_.options.daily_calls) {
      return error_response(
          refusal(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded."));
    }
    ++state_.calls;
    const std::string type = request.headers.get("Content-Type");
    const bool upload = path.size() == 7 && path[3] == "jobs" && path[6] == "batches";
    const bool parts =
        path.size() > 3 && path[3] == "sobjects" && type.starts_with("multipart/form-data");
    if (!request.body.empty() && request.method != "GET" && !parts &&
        type.find(upload ? "text/csv" : "json") == std::string::npos) {
      return error_response(
          refusal(415, "UNSUPPORTED_MEDIA_TYPE", "Unsupported content type: " + type));
    }

    advance_jobs(state_);
    DuplicateHeader duplicates;  // the header came with v52.0
    if (version >= 52) {
      duplicates = parse_duplicate_header(request.headers.get("Sforce-Duplicate-Rule-Header"));
    }
    const auto row_lock = faults.take("row_lock", line);
    const auto late_commit = faults.take("late_commit", line);
    Transaction transaction = state_.begin(
        session->actor, row_lock ? std::max<std::int64_t>(1, row_lock->value) : 0, duplicates);
    Call call{.state = state_,
              .transaction = transaction,
              .request = request,
              .version = version,
              .base = "/services/data/" + (apex ? "v60.0" : path[2]),
              .path = {path.begin() + (apex ? 2 : 3), path.end()}};
    Response response = apex ? answer_cpq(call) : dispatch(call);
    if (late_commit) {
      // The rows have their stamps but no one sees them before the transaction ends.
      transaction.hide_until(Timestamp::max());
      lock.unlock();
      const auto clock = system_clock();
      clock->sleep_until(clock->steady_now() + std::chrono::milliseconds(late_commit->value), {});
      lock.lock();
      transaction.reveal();
    }
    for (const Effect& effect : transaction.effects()) state_.desk->journal.record(request, effect);
    return response;
  }

  std::shared_ptr<Org> org_;
  State& state_;
};

}  // namespace

std::shared_ptr<Service> make_service(std::shared_ptr<Org> org) {
  return std::make_shared<OrgService>(std::move(org));
}

int version_of(const std::string& text) {
  if (!text.starts_with('v') || !text.ends_with(".0") || text.size() != 5) return 0;
  const int version = std::atoi(text.substr(1, 2).c_str());
  return version >= kOldestVersion && version <= kNewestVersion ? version : 0;
}

Response method_not_allowed(const std::string& allowed) {
  Response response = error_response(
      refusal(405, "METHOD_NOT_ALLOWED", "HTTP Method not allowed. Allowed are " + allowed));
  response.headers.set("Allow", allowed);
  return response;
}

std::vector<std::string> split(const std::string& list) {
  std::vector<std::string> parts;
  std::size_t start = 0;
  while (start <= list.size()) {
    const std::size_t end = std::min(list.find(',', start), list.size());
    if (end > start) parts.push_back(list.substr(start, end - start));
    start = end + 1;
  }
  return parts;
}

Result<Json> object_body(const Request& request) {
  Result<Json> body = parse_json(request.body);
  if (!body) return malformed_json("Unexpected input: " + body.error().message());
  if (!body->is_object()) {
    return malformed_json(
        "Cannot deserialize instance of object from the request's body at [line:1, column:1]");
  }
  return body;
}

Response dispatch(Call& call) {
  const std::vector<std::string>& path = call.path;
  const std::string first = path.empty() ? "" : path[0];
  if (first.empty()) {
    Json resources = Json::object();
    for (const char* name :
         {"sobjects", "query", "queryAll", "composite", "jobs", "limits", "process"}) {
      resources[name] = call.base + "/" + name;
    }
    return call.is("GET") ? json_response(200, resources) : method_not_allowed("GET,HEAD");
  }
  if (first == "query" || first == "queryAll") return answer_query(call);
  if (first == "jobs") return answer_bulk(call);
  if (first == "limits" && path.size() == 1) return answer_limits(call);
  if (first == "process") return answer_approvals(call);
  if (first == "composite" && path.size() > 1 && path[1] == "sobjects")
    return answer_collections(call);
  if (first == "composite") return answer_composite(call);
  if (first != "sobjects") return error_response(not_found());
  if (path.size() == 1) return answer_describe_global(call);
  Table* table = call.state.database.table(path[1]);
  if (table == nullptr) return error_response(not_found());
  if (path.size() == 3 && path[2] == "describe") return answer_describe(call, *table);
  if (path.size() == 3 && (path[2] == "updated" || path[2] == "deleted"))
    return answer_replication(call, *table);
  if (names_bytes(path, *table)) return answer_bytes(call, *table);
  return answer_row(call, *table);
}

}  // namespace channelbridge::sandbox::salesforce
