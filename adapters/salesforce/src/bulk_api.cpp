#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>

#include "bulk_internal.hpp"
#include "channelbridge/document/document.hpp"
#include "channelbridge/http/encoding.hpp"
#include "json_internal.hpp"

namespace channelbridge::salesforce {
namespace {

// As long as the org lets a call run; bodies of many megabytes take their time.
constexpr std::chrono::minutes kLongestCall{10};
constexpr std::size_t kRefusal = 1U << 20U;  // bytes of an answer that is no success

constexpr const char* kIngest = "V2Ingest";  // the type of this API's jobs that write

using Json = nlohmann::json;

Error strange(const std::string& what) {
  return Error(ErrorCode::Protocol, what).with_sent(Sent::Answered);
}

Result<Json> object_of(const std::string& body) {
  if (auto checked = document::check_json(body); !checked)
    return strange("no JSON where a job is told");
  Json json = Json::parse(body, nullptr, false);
  if (!json.is_object()) return strange("no object where a job is told");
  return json;
}

BulkJobInfo info_of(const Json& json) {
  BulkJobInfo info{.id = text_of(json, "id"),
                   .type = text_of(json, "jobType"),
                   .state = text_of(json, "state"),
                   .object = text_of(json, "object"),
                   .created_by = text_of(json, "createdById"),
                   .error = text_of(json, "errorMessage")};
  if (const auto count = json.find("numberRecordsProcessed");
      count != json.end() && count->is_number_unsigned())
    info.processed = count->get<std::uint64_t>();
  info.changed = parse_iso8601(text_of(json, "systemModstamp"));
  return info;
}

/// Does a failed question say nothing of its job, and is it worth another one?
bool passing(const Error& error) {
  return error.code() == ErrorCode::Unavailable || error.code() == ErrorCode::Timeout ||
         error.code() == ErrorCode::Protocol;
}

/// Has the org no such API, so that no job can be there? Bulk writes its codes in either case.
bool no_such_api(const Error& error) {
  std::string code = error.remote_code();
  for (char& c : code) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return error.code() == ErrorCode::NotFound || code == "FEATURENOTENABLED" ||
         code == "FUNCTIONALITY_NOT_ENABLED";
}

/// Keeps what fits into `most` bytes.
class BoundedBody final : public http::BodySink {
 public:
  explicit BoundedBody(std::size_t most) : most_(most) {}
  Result<void> begin(const http::Response&) override {
    text.clear();
    return {};
  }
  Result<void> take(std::string_view bytes) override {
    full = bytes.size() > most_ - text.size();
    if (full) return strange("an answer of more than " + std::to_string(most_) + " bytes");
    text += bytes;
    return {};
  }

  std::string text{};
  bool full{};

 private:
  std::size_t most_;
};

}  // namespace

std::string BulkApi::path(Kind kind, const std::string& id) const {
  return session_.path(kind == Kind::Ingest ? "/jobs/ingest" : "/jobs/query") +
         (id.empty() ? "" : "/" + http::encode_component(id));
}

Result<std::string> BulkApi::create(Kind kind, std::string body, const std::string& operation,
                                    const Context& context) {
  auto response = session_.call({.method = "POST",
                                 .target = path(kind),
                                 .body = std::move(body),
                                 .repeatable = http::Repeatable::Yes,
                                 .operation = operation},
                                context);
  if (!response) return std::move(response).error();
  auto json = object_of(response->body);
  if (!json) return session_.located(json.error(), operation);
  const BulkJobInfo info = info_of(*json);
  if (info.id.empty()) return session_.located(strange("a new job without an id"), operation);
  return info.id;
}

Result<void> BulkApi::upload(const std::string& id, std::string csv, const std::string& operation,
                             const Context& context) {
  http::Request request{.method = "PUT",
                        .target = path(Kind::Ingest, id) + "/batches",
                        .body = std::move(csv),
                        .operation = operation,
                        .timeout = kLongestCall};
  request.headers.set("Content-Type", "text/csv");
  auto response = session_.call(std::move(request), context);
  if (!response) return std::move(response).error();
  return {};
}

Result<BulkJobInfo> BulkApi::info(Kind kind, const std::string& id, const std::string& operation,
                                  const Context& context) {
  auto response =
      session_.call({.method = "GET", .target = path(kind, id), .operation = operation}, context);
  if (!response) return std::move(response).error();
  auto json = object_of(response->body);
  if (!json) return session_.located(json.error(), operation);
  BulkJobInfo info = info_of(*json);
  if (info.state.empty()) return session_.located(strange("a job without a state"), operation);
  return info;
}

Result<void> BulkApi::set_state(Kind kind, const std::string& id, const char* state,
                                const std::string& operation, const Context& context) {
  auto response = session_.call({.method = "PATCH",
                                 .target = path(kind, id),
                                 .body = R"({"state":")" + std::string(state) + "\"}",
                                 .operation = operation},
                                context);
  if (!response) return std::move(response).error();
  return {};
}

Result<void> BulkApi::remove(Kind kind, const std::string& id, const std::string& operation,
                             const Context& context) {
  auto response = session_.call({.method = "DELETE",
                                 .target = path(kind, id),
                                 .repeatable = http::Repeatable::Yes,
                                 .operation = operation},
                                context);
  if (!response) return std::move(response).error();
  return {};
}

Result<BulkJobInfo> BulkApi::ask(Kind kind, const std::string& id, const std::string& operation,
                                 const Context& context) {
  const Context limited = context.with_timeout(options_.bulk.timeout);
  std::chrono::milliseconds wait = std::max(options_.bulk.poll, std::chrono::milliseconds(1));
  while (true) {
    auto now = info(kind, id, operation, limited);
    if (now || !passing(now.error())) return now;
    if (!limited.sleep(wait)) return now;
    wait = std::min(wait * 2, std::max(options_.bulk.longest_poll, wait));
  }
}

Result<BulkJobInfo> BulkApi::wait(Kind kind, const std::string& id, const std::string& operation,
                                  const Context& context) {
  const Context limited = context.with_timeout(options_.bulk.timeout);
  std::chrono::milliseconds wait = std::max(options_.bulk.poll, std::chrono::milliseconds(1));
  while (true) {
    if (auto slept = limited.sleep(wait); !slept)
      return session_.located(std::move(slept).error(), operation);
    auto now = info(kind, id, operation, limited);
    if (now ? now->final() : !passing(now.error())) return now;
    wait = std::min(wait * 2, std::max(options_.bulk.longest_poll, wait));
  }
}

Result<void> BulkApi::settle(const BulkJobInfo& info, const Context& context) {
  if (info.state != "Aborted") return {};
  std::chrono::milliseconds wait = options_.bulk.abort_settle;
  if (info.changed && wait.count() > 0) {
    auto now = session_.server_time(context);
    if (!now) return std::move(now).error();
    const auto ago = std::chrono::duration_cast<std::chrono::milliseconds>(*now - *info.changed);
    wait -= std::clamp(ago, std::chrono::milliseconds(0), wait);
  }
  return wait.count() > 0 ? context.sleep(wait) : Result<void>();
}

std::optional<BulkJobInfo> BulkApi::abort(Kind kind, const std::string& id,
                                          const std::string& operation, const Context& context) {
  // A refusal is told by the state that the job has.
  const auto asked = set_state(kind, id, "Aborted", operation, context);
  auto now = info(kind, id, operation, context);
  if (now && !now->final() && asked) now = wait(kind, id, operation, context);
  return now ? std::optional(std::move(*now)) : std::nullopt;
}

Result<std::string> BulkApi::rows(const std::string& id, const char* list,
                                  const std::string& operation, const Context& context) {
  http::Request request{.method = "GET",
                        .target = path(Kind::Ingest, id) + "/" + list,
                        .operation = operation,
                        .max_response_bytes = std::size_t{256} << 20U,
                        .timeout = kLongestCall};
  request.headers.set("Accept", "text/csv");
  auto response = session_.call(std::move(request), context);
  if (!response) return std::move(response).error();
  return std::move(response->body);
}

Result<std::optional<http::Response>> BulkApi::results(const std::string& id,
                                                       const std::string& locator, std::size_t most,
                                                       const std::string& operation,
                                                       const Context& context) {
  const auto body = std::make_shared<BoundedBody>(options_.bulk.result_bytes);
  http::Request request{
      .method = "GET",
      .target = path(Kind::Query, id) + "/results?maxRecords=" + std::to_string(most) +
                (locator.empty() ? "" : "&locator=" + http::encode_component(locator)),
      .operation = operation,
      .max_response_bytes = options_.bulk.result_bytes + kRefusal,
      .sink = body,
      .timeout = kLongestCall};
  request.headers.set("Accept", "text/csv");
  auto response = session_.call(std::move(request), context);
  if (!response && body->full) return std::optional<http::Response>();
  if (!response) return std::move(response).error();
  response->body = std::move(body->text);
  return std::optional(std::move(*response));
}

Result<std::vector<BulkJobInfo>> BulkApi::running(const Context& context) {
  static constexpr const char* kOperation = "look for bulk jobs that still run";
  std::vector<BulkJobInfo> out;
  std::set<std::string> seen;
  std::optional<Timestamp> now;
  // The list has the jobs of the older API and of big objects, too, with states of their own.
  std::string target = path(Kind::Ingest) + "?jobType=" + kIngest;
  while (seen.insert(target).second) {
    auto response =
        session_.call({.method = "GET", .target = target, .operation = kOperation}, context);
    if (!response) return std::move(response).error();
    auto json = object_of(response->body);
    if (!json) return session_.located(json.error(), kOperation);
    const auto records = json->find("records");
    if (records == json->end() || !records->is_array())
      return session_.located(strange("a list of jobs without 'records'"), kOperation);
    for (const Json& record : *records) {
      BulkJobInfo info = info_of(record);
      if (!info.type.empty() && info.type != kIngest) continue;
      const bool aborted = info.state == "Aborted";
      if (!aborted && info.state != "UploadComplete" && info.state != "InProgress") continue;
      if (aborted && info.changed) {
        if (!now) {
          auto told = session_.server_time(context);
          if (!told) return std::move(told).error();
          now = *told;
        }
        if (*info.changed + options_.bulk.abort_settle <= *now) continue;
      }
      out.push_back(std::move(info));
    }
    const std::string next = text_of(*json, "nextRecordsUrl");
    if (!next.starts_with("/")) {
      const auto done = json->find("done");
      if (done != json->end() && *done == true) return out;
      return session_.located(strange("a list of jobs that breaks off"), kOperation);
    }
    target = next;
  }
  return session_.located(strange("the list of jobs goes round in a circle"), kOperation);
}

void BulkFences::add(const std::string& object, const std::string& job) {
  const std::lock_guard lock(mutex_);
  jobs_[object].insert(job);
}

void BulkFences::remove(const std::string& object, const std::string& job) {
  const std::lock_guard lock(mutex_);
  jobs_[object].erase(job);
  given_up_.erase(job);
}

void BulkFences::give_up(const std::string& job) {
  const std::lock_guard lock(mutex_);
  given_up_.insert(job);
}

bool BulkFences::being_closed(const std::string& object, const std::string& job) {
  const std::lock_guard lock(mutex_);
  return jobs_[object].contains(job) && !given_up_.contains(job);
}

/// Jobs that an earlier process left, once; `object` is whose records are to be looked for.
Result<void> BulkFences::list_left(const std::string& object, const OwnUser& user,
                                   const Context& context) {
  if (asked_ || !options_.bulk.look_for_left) return {};
  auto left = api_.running(context);
  if (!left && left.error().code() == ErrorCode::Forbidden && !no_such_api(left.error())) {
    return Error(ErrorCode::Forbidden,
                 "nobody can say whether a bulk job of an earlier run still writes " + object +
                     ": our user may not list the org's jobs. Let it; or say `bulk: never` if it "
                     "has never made one")
        .with_remote(left.error().remote_code(), left.error().remote_message())
        .with_operation("look for bulk jobs that still run")
        .with_http_status(left.error().http_status())
        .with_sent(Sent::No);
  }
  if (!left && !no_such_api(left.error())) return std::move(left).error();
  if (left && !left->empty()) {
    auto own = user();
    if (!own) return std::move(own).error();
    for (const BulkJobInfo& job : *left)
      if (own->empty() || job.created_by.substr(0, 15) == own->substr(0, 15))
        jobs_[job.object].insert(job.id);
  }
  asked_ = true;
  return {};
}

/// A job that is gone has ended.
Result<void> BulkFences::end(const std::string& object, const std::string& job,
                             const std::string& operation, const Context& context) {
  const Context limited = context.with_timeout(options_.bulk.timeout);
  auto now = api_.info(BulkApi::Kind::Ingest, job, operation, limited);
  // Its writer is at it, and closes it or gives it up.
  std::chrono::milliseconds pause = std::max(options_.bulk.poll, std::chrono::milliseconds(1));
  while (now && now->state == "Open" && being_closed(object, job)) {
    if (auto slept = limited.sleep(pause); !slept) return slept;
    pause = std::min(pause * 2, std::max(options_.bulk.longest_poll, pause));
    now = api_.info(BulkApi::Kind::Ingest, job, operation, limited);
  }
  // One of this process whose close went astray: nobody else would ever close or end it.
  if (now && now->state == "Open") {
    auto aborted = api_.abort(BulkApi::Kind::Ingest, job, operation, limited);
    if (aborted) now = std::move(*aborted);
  }
  if (now && !now->final()) now = api_.wait(BulkApi::Kind::Ingest, job, operation, limited);
  if (!now && now.error().code() == ErrorCode::NotFound) return {};
  if (!now) return std::move(now).error();
  return api_.settle(*now, limited);
}

Result<void> BulkFences::pass(const std::string& object, const OwnUser& user,
                              const Context& context) {
  std::set<std::string> open;
  {
    const std::lock_guard lock(mutex_);
    if (auto listed = list_left(object, user, context); !listed) return listed;
    if (const auto jobs = jobs_.find(object); jobs != jobs_.end()) open = jobs->second;
  }
  for (const std::string& job : open) {
    const std::string operation = "wait for bulk job " + job;
    if (auto ended = end(object, job, operation, context); !ended) {
      if (ended.error().code() != ErrorCode::Timeout) return ended;
      return Error(ErrorCode::Unavailable, "bulk job " + job + " still writes " + object +
                                               ": what became of its records is not known yet")
          .with_operation(operation)
          .with_sent(Sent::No);
    }
    remove(object, job);
  }
  return {};
}

}  // namespace channelbridge::salesforce
