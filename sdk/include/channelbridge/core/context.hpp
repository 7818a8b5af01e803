#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <stop_token>

#include "channelbridge/core/clock.hpp"
#include "channelbridge/core/result.hpp"

namespace channelbridge {

/// Deadline and stop request of one call; passed to everything that can block.
///
/// One deadline holds for the whole call, retries included.
/// Threads: immutable.
class Context {
 public:
  /// No deadline, never stopped, the machine's clock.
  Context();
  Context(std::shared_ptr<const Clock> clock, std::stop_token stop);

  /// The earlier of this deadline and now + `timeout`.
  Context with_timeout(std::chrono::milliseconds timeout) const;
  Context with_stop(std::stop_token stop) const;

  const Clock& clock() const { return *clock_; }
  const std::shared_ptr<const Clock>& clock_ptr() const { return clock_; }
  const std::stop_token& stop() const { return stop_; }
  std::optional<std::chrono::steady_clock::time_point> deadline() const { return deadline_; }
  /// Zero when the deadline has passed; `fallback` when there is none.
  std::chrono::milliseconds remaining(std::chrono::milliseconds fallback) const;

  /// Cancelled or Timeout when the caller should give up now.
  Result<void> check() const;
  /// Sleeps, but never past the deadline: Timeout at once when `duration` does not fit, Cancelled
  /// on stop.
  Result<void> sleep(std::chrono::milliseconds duration) const;

 private:
  std::shared_ptr<const Clock> clock_;
  std::stop_token stop_;
  std::optional<std::chrono::steady_clock::time_point> deadline_;
};

}  // namespace channelbridge
