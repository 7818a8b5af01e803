#include <algorithm>
#include <nlohmann/json.hpp>

#include "bulk_internal.hpp"
#include "channelbridge/document/document.hpp"
#include "channelbridge/http/encoding.hpp"
#include "json_internal.hpp"

namespace channelbridge::salesforce {
namespace {

// As long as the org lets a call run; bodies of many megabytes take their time.
constexpr std::chrono::minutes kLongestCall{10};

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
                   .state = text_of(json, "state"),
                   .object = text_of(json, "object"),
                   .created_by = text_of(json, "createdById"),
                   .error = text_of(json, "errorMessage")};
  if (const auto count = json.find("numberRecordsProcessed");
      count != json.end() && count->is_number_unsigned())
    info.processed = count->get<std::uint64_t>();
  return info;
}

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

Result<BulkJobInfo> BulkApi::wait(Kind kind, const std::string& id, const std::string& operation,
                                  const Context& context) {
  const Context limited = context.with_timeout(options_.bulk.timeout);
  std::chrono::milliseconds wait = std::max(options_.bulk.poll, std::chrono::milliseconds(1));
  while (true) {
    if (auto slept = limited.sleep(wait); !slept)
      return session_.located(std::move(slept).error(), operation);
    auto now = info(kind, id, operation, limited);
    if (!now || now->final()) return now;
    wait = std::min(wait * 2, std::max(options_.bulk.longest_poll, wait));
  }
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

Result<http::Response> BulkApi::results(const std::string& id, const std::string& locator,
                                        std::size_t most, const std::string& operation,
                                        const Context& context) {
  http::Request request{
      .method = "GET",
      .target = path(Kind::Query, id) + "/results?maxRecords=" + std::to_string(most) +
                (locator.empty() ? "" : "&locator=" + http::encode_component(locator)),
      .operation = operation,
      .timeout = kLongestCall};
  request.headers.set("Accept", "text/csv");
  return session_.call(std::move(request), context);
}

Result<std::vector<BulkJobInfo>> BulkApi::running(const Context& context) {
  static constexpr const char* kOperation = "look for bulk jobs that still run";
  std::vector<BulkJobInfo> out;
  std::set<std::string> seen;
  std::string target = path(Kind::Ingest);
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
      if (info.state == "UploadComplete" || info.state == "InProgress")
        out.push_back(std::move(info));
    }
    const std::string next = text_of(*json, "nextRecordsUrl");
    if (!next.starts_with("/")) return out;
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
}

Result<void> BulkFences::pass(const std::string& object, const std::string& user,
                              const Context& context) {
  if (!options_.bulk.use) return {};
  std::set<std::string> open;
  {
    const std::lock_guard lock(mutex_);
    if (!asked_) {
      auto left = api_.running(context);
      // An org without this API runs no jobs.
      const bool none = !left && (left.error().code() == ErrorCode::NotFound ||
                                  left.error().code() == ErrorCode::Forbidden);
      if (!left && !none) return std::move(left).error();
      for (const BulkJobInfo& job : left ? *left : std::vector<BulkJobInfo>())
        if (user.empty() || job.created_by.substr(0, 15) == user.substr(0, 15))
          jobs_[job.object].insert(job.id);
      asked_ = true;
    }
    open = jobs_[object];
  }
  for (const std::string& job : open) {
    const std::string operation = "wait for bulk job " + job;
    auto now = api_.info(BulkApi::Kind::Ingest, job, operation, context);
    if (now && !now->final()) now = api_.wait(BulkApi::Kind::Ingest, job, operation, context);
    // A job that is gone has ended.
    if (!now && now.error().code() != ErrorCode::NotFound) {
      if (now.error().code() != ErrorCode::Timeout) return std::move(now).error();
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
