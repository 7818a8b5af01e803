#include "session_internal.hpp"

#include <charconv>

#include "errors_internal.hpp"

namespace channelbridge::salesforce {
namespace {

http::PipelineOptions with_tables(http::PipelineOptions pipeline) {
  pipeline.session_refused = session_refused;
  pipeline.transient = transient;
  pipeline.refused_for_now = refused_for_now;
  return pipeline;
}

/// The number after `name` ("api-usage=10018/100000"), and what stands behind it.
bool read_usage(std::string_view text, std::uint64_t& used, std::uint64_t& limit) {
  static constexpr std::string_view kName = "api-usage=";
  std::size_t at = text.find(kName);
  // "per-app-api-usage=17/250" may come first.
  while (at != std::string_view::npos && at > 0 && text[at - 1] == '-')
    at = text.find(kName, at + 1);
  if (at == std::string_view::npos) return false;
  const char* const end = text.data() + text.size();
  const auto first = std::from_chars(text.data() + at + kName.size(), end, used);
  if (first.ec != std::errc() || first.ptr == end || *first.ptr != '/') return false;
  return std::from_chars(first.ptr + 1, end, limit).ec == std::errc();
}

}  // namespace

Result<void> Budget::admit(Timestamp now) {
  const std::lock_guard lock(mutex_);
  std::uint64_t limit = limit_;
  if (options_.daily_calls > 0 && (limit == 0 || options_.daily_calls < limit))
    limit = options_.daily_calls;
  if (limit == 0) return {};
  const auto percent =
      static_cast<std::uint64_t>(static_cast<double>(limit) * options_.reserve_percent / 100.0);
  const std::uint64_t reserve = std::min(limit, std::max(options_.reserve_calls, percent));
  if (used_ < limit - reserve) return {};
  if (now >= next_look_) {  // the window of 24 hours rolls on: one call looks whether there is room
    const bool first = next_look_ == Timestamp::min();
    next_look_ = now + options_.budget_recheck;
    if (!first) return {};
  }
  const auto wait = std::chrono::ceil<std::chrono::milliseconds>(next_look_ - now);
  return Error(ErrorCode::RateLimited, "the daily API budget is used up: " + std::to_string(used_) +
                                           " of " + std::to_string(limit) + " calls, and " +
                                           std::to_string(reserve) + " are kept for others")
      .with_retry_after(wait)
      .with_sent(Sent::No);
}

void Budget::note(const http::Response& response) {
  const auto header = response.headers.get("Sforce-Limit-Info");
  std::uint64_t used = 0;
  std::uint64_t limit = 0;
  if (!header || !read_usage(*header, used, limit)) return;
  const std::lock_guard lock(mutex_);
  used_ = used;
  limit_ = limit;
}

std::pair<std::uint64_t, std::uint64_t> Budget::used_and_limit() const {
  const std::lock_guard lock(mutex_);
  return {used_, limit_};
}

Session::Session(std::shared_ptr<http::Transport> transport, http::PipelineOptions pipeline,
                 const Options& options)
    : options_(options),
      system_(pipeline.system),
      log_(pipeline.log ? pipeline.log : no_log()),
      pipeline_(std::move(transport), with_tables(std::move(pipeline))),
      budget_(options) {}

std::string Session::path(std::string_view tail) const {
  return "/services/data/v" + options_.api_version + std::string(tail);
}

Result<http::Response> Session::call(http::Request request, const Context& context) {
  const std::string operation = request.operation;
  if (auto admitted = budget_.admit(context.clock().now()); !admitted)
    return std::move(admitted).error().with_system(system_).with_operation(operation);
  if (!request.headers.get("Accept")) request.headers.set("Accept", "application/json");
  if (!options_.client.empty())
    request.headers.set("Sforce-Call-Options", "client=" + options_.client);
  if (!request.body.empty() && !request.headers.get("Content-Type"))
    request.headers.set("Content-Type", "application/json; charset=UTF-8");
  auto response = pipeline_.send(std::move(request), context);
  if (!response) return response;
  budget_.note(*response);
  if (response->status >= 200 && response->status < 300) return response;
  Error error = response_error(*response, operation).with_system(system_);
  if (const auto wait = http::retry_after(*response, context.clock())) {
    error = error.with_retry_after(*wait);
  }
  return error;
}

Result<Timestamp> Session::server_time(const Context& context) {
  auto response = pipeline_.send(
      {.method = "GET", .target = "/services/data", .operation = "read the server's clock"},
      context);
  if (!response) return std::move(response).error();
  if (response->status != 200)
    return response_error(*response, "read the server's clock").with_system(system_);
  const auto date = response->headers.get("Date");
  const auto time = date ? parse_http_date(*date) : std::nullopt;
  if (time) return *time;
  return Error(ErrorCode::Protocol, "the answer carries no readable Date header")
      .with_system(system_)
      .with_operation("read the server's clock")
      .with_sent(Sent::Answered);
}

Error Session::located(const Error& error, std::string operation) const {
  const Error named = error.system().empty() ? error.with_system(system_) : error;
  return named.operation().empty() ? named.with_operation(std::move(operation)) : named;
}

adapter::Usage Session::usage() const {
  const auto [used, limit] = budget_.used_and_limit();
  return {.requests = pipeline_.requests_sent(), .budget_used = used, .budget_limit = limit};
}

}  // namespace channelbridge::salesforce
