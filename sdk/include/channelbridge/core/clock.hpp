#pragma once

#include <chrono>
#include <memory>
#include <stop_token>

#include "channelbridge/core/time.hpp"

namespace channelbridge {

/// The only source of time. Tests pass a ManualClock (channelbridge/testing/fakes.hpp).
///
/// Threads: any.
class Clock {
 public:
  virtual ~Clock() = default;
  /// Wall-clock time.
  virtual Timestamp now() const = 0;
  /// Monotonic time, for deadlines and durations.
  virtual std::chrono::steady_clock::time_point steady_now() const = 0;
  /// Sleeps until `wake` or until stop is requested; true = slept the whole time.
  virtual bool sleep_until(std::chrono::steady_clock::time_point wake,
                           std::stop_token stop) const = 0;
};

/// The machine's clocks. One shared, immutable object.
std::shared_ptr<const Clock> system_clock();

}  // namespace channelbridge
