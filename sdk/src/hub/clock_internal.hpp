#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>

#include "channelbridge/core/clock.hpp"

namespace channelbridge::hub {

/// The hub's own time, by which looks and writes are ordered: the wall clock's, but each reading is
/// later than every one before it, so that a clock that was set back puts nothing in the wrong
/// order.
///
/// Threads: any.
class HubClock {
 public:
  explicit HubClock(const Clock& wall) : wall_(wall) {}

  /// What another run has remembered lies in the past.
  void continue_after(Timestamp time) {
    Timestamp last = last_.load();
    while (last < time && !last_.compare_exchange_weak(last, time)) {
    }
  }
  Timestamp now() const {
    const Timestamp wall = wall_.now();
    Timestamp last = last_.load();
    Timestamp next{};
    do {
      next = std::max(wall, last + std::chrono::microseconds(1));
    } while (!last_.compare_exchange_weak(last, next));
    return next;
  }

 private:
  const Clock& wall_;
  mutable std::atomic<Timestamp> last_{Timestamp::min()};
};

}  // namespace channelbridge::hub
