#include "channelbridge/core/context.hpp"

#include <algorithm>
#include <utility>

namespace channelbridge {

Context::Context() : Context(system_clock(), {}) {}

Context::Context(std::shared_ptr<const Clock> clock, std::stop_token stop)
    : clock_(std::move(clock)), stop_(std::move(stop)) {}

Context Context::with_timeout(std::chrono::milliseconds timeout) const {
  Context copy = *this;
  const auto now = clock_->steady_now();
  // A timeout beyond the clock's range is no deadline of its own.
  const auto longest = std::chrono::floor<std::chrono::milliseconds>(
      std::chrono::steady_clock::time_point::max() - now);
  if (timeout >= longest) return copy;
  copy.deadline_ = std::min(now + timeout, deadline_.value_or(now + timeout));
  return copy;
}

Context Context::with_stop(std::stop_token stop) const {
  Context copy = *this;
  copy.stop_ = std::move(stop);
  return copy;
}

std::chrono::milliseconds Context::remaining(std::chrono::milliseconds fallback) const {
  if (!deadline_) return fallback;
  // Rounded up: what is left of the last millisecond is still time left.
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(*deadline_ - clock_->steady_now());
  return std::max(left, std::chrono::milliseconds::zero());
}

Result<void> Context::check() const {
  if (stop_.stop_requested()) return Error(ErrorCode::Cancelled, "stop was requested");
  if (deadline_ && clock_->steady_now() >= *deadline_)
    return Error(ErrorCode::Timeout, "the deadline has passed");
  return {};
}

Result<void> Context::sleep(std::chrono::milliseconds duration) const {
  if (auto ready = check(); !ready) return ready;
  const auto wake = clock_->steady_now() + duration;
  if (deadline_ && wake >= *deadline_)
    return Error(ErrorCode::Timeout,
                 "waiting " + std::to_string(duration.count()) + " ms would pass the deadline");
  if (!clock_->sleep_until(wake, stop_)) return Error(ErrorCode::Cancelled, "stop was requested");
  return {};
}

}  // namespace channelbridge
