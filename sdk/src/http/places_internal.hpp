#pragma once

#include <algorithm>
#include <condition_variable>
#include <mutex>

#include "channelbridge/core/context.hpp"

namespace channelbridge::http {

/// How soon a waiting call notices a stop request or a moved clock.
constexpr std::chrono::milliseconds kSlice{20};

/// A number of places; who finds none waits until its Context says otherwise.
///
/// Threads: any.
class Places {
 public:
  explicit Places(std::size_t count) : free_(std::max<std::size_t>(1, count)) {}

  Result<void> enter(const Context& context) {
    std::unique_lock lock(mutex_);
    while (free_ == 0) {
      if (auto ready = context.check(); !ready) return ready;
      freed_.wait_for(lock, std::min(kSlice, context.remaining(kSlice)));
    }
    --free_;
    return {};
  }
  void leave() {
    {
      const std::lock_guard lock(mutex_);
      ++free_;
    }
    freed_.notify_one();
  }

  /// Leaves when it goes out of scope.
  struct Leaving {
    Places& places;
    ~Leaving() { places.leave(); }
  };

 private:
  std::mutex mutex_;
  std::condition_variable freed_;
  std::size_t free_;
};

}  // namespace channelbridge::http
