#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

namespace channelbridge::odata {

/// std::timed_mutex, on a condition variable: the thread sanitizer of g++ 12 does not see the lock
/// that the standard one takes, and could not check what it guards.
class TimedMutex {
 public:
  bool try_lock_for(std::chrono::milliseconds longest) {
    std::unique_lock lock(mutex_);
    if (!freed_.wait_for(lock, longest, [this] { return !held_; })) return false;
    held_ = true;
    return true;
  }
  void unlock() {
    {
      const std::lock_guard lock(mutex_);
      held_ = false;
    }
    freed_.notify_one();
  }

 private:
  std::mutex mutex_;
  std::condition_variable freed_;
  bool held_{};
};

}  // namespace channelbridge::odata
