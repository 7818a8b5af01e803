#include "policies_internal.hpp"

#include <algorithm>
#include <array>

#include "wire_internal.hpp"

namespace channelbridge::http {

using std::chrono::milliseconds;

Result<Circuit::Pass> Circuit::enter(const Clock& clock) {
  const std::lock_guard lock(mutex_);
  if (!open_) return Pass{};
  const auto now = clock.steady_now();
  if (now >= until_ && !probing_) {
    probing_ = true;
    return Pass{.probe = true};
  }
  const auto left = std::chrono::ceil<milliseconds>(until_ - now);
  return Error(ErrorCode::Unavailable, "not tried: the system gave no answer " +
                                           std::to_string(failures_) + " times in a row")
      .with_retry_after(std::max(left, milliseconds(0)));
}

void Circuit::leave(Pass pass, Outcome outcome, const Clock& clock) {
  const std::lock_guard lock(mutex_);
  if (pass.probe) probing_ = false;
  if (outcome == Outcome::Unknown) return;
  if (outcome == Outcome::Answered) {
    failures_ = 0;
    open_ = false;
    return;
  }
  ++failures_;
  if (options_.failures_to_open > 0 && failures_ >= options_.failures_to_open) {
    open_ = true;
    until_ = clock.steady_now() + options_.open_for;
  }
}

Limiter::Limiter(RateOptions options)
    : options_(options),
      places_(static_cast<std::size_t>(std::max(1, options.concurrency))),
      tokens_(std::max(1.0, options.requests_per_second)) {}

std::chrono::nanoseconds Limiter::reserve(const Clock& clock) {
  if (options_.requests_per_second <= 0) return {};
  const std::lock_guard lock(mutex_);
  const auto now = clock.steady_now();
  if (filled_ == std::chrono::steady_clock::time_point{}) filled_ = now;
  const std::chrono::duration<double> elapsed = now - filled_;
  filled_ = now;
  tokens_ = std::min(std::max(1.0, options_.requests_per_second),
                     tokens_ + elapsed.count() * options_.requests_per_second);
  // Below zero the bucket is a queue: each waits for those who came before.
  tokens_ -= 1;
  if (tokens_ >= 0) return {};
  return std::chrono::ceil<std::chrono::nanoseconds>(
      std::chrono::duration<double>(-tokens_ / options_.requests_per_second));
}

void Limiter::give_back() {
  const std::lock_guard lock(mutex_);
  tokens_ += 1;
}

Result<void> Limiter::enter(const Context& context) {
  Result<void> ready = places_.enter(context);
  if (ready) {
    const auto wait = reserve(context.clock());
    if (wait.count() > 0) ready = context.sleep(std::chrono::ceil<milliseconds>(wait));
    if (ready) return ready;
    give_back();
    leave();
  }
  if (ready.error().code() == ErrorCode::Cancelled) return ready;
  return Error(ErrorCode::RateLimited, "our own limit for this system leaves no time to send");
}

std::string request_text(std::string_view method, std::string_view origin,
                         std::string_view target) {
  return std::string(method) + " " + std::string(origin) +
         std::string(target.substr(0, target.find('?')));
}

std::string loggable_target(std::string_view target) {
  static constexpr std::array<std::string_view, 12> kQueryNames{
      "$top",         "$skip",  "$select", "$expand",    "$format",      "$orderby",
      "$inlinecount", "$count", "$batch",  "sap-client", "sap-language", "api-version"};
  const std::size_t mark = target.find('?');
  std::string out(target.substr(0, mark));
  if (mark == std::string_view::npos) return out;
  std::string_view rest = target.substr(mark + 1);
  for (char separator = '?'; !rest.empty(); separator = '&') {
    const std::string_view item = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(rest.size(), item.size() + 1));
    const std::string_view name = item.substr(0, item.find('='));
    out += separator;
    if (std::ranges::find(kQueryNames, lower(name)) != kQueryNames.end()) {
      out += item;
    } else {
      out += std::string(name) + "=…";
    }
  }
  return out;
}

std::string loggable_headers(const Headers& headers) {
  static constexpr std::array<std::string_view, 13> kNames{
      "accept",       "content-type", "content-length", "content-encoding", "date",
      "etag",         "if-match",     "if-none-match",  "last-modified",    "retry-after",
      "x-request-id", "server",       "cache-control"};
  std::string out;
  for (const auto& [name, value] : headers.items()) {
    if (!out.empty()) out += "; ";
    const bool shown = std::ranges::find(kNames, lower(name)) != kNames.end();
    out += name + ": " + (shown ? value : "…");
  }
  return out;
}

}  // namespace channelbridge::http
