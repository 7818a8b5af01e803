#include "channelbridge/core/clock.hpp"

#include <condition_variable>
#include <mutex>

namespace channelbridge {
namespace {

class SystemClock final : public Clock {
 public:
  Timestamp now() const override {
    return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
  }

  std::chrono::steady_clock::time_point steady_now() const override {
    return std::chrono::steady_clock::now();
  }

  bool sleep_until(std::chrono::steady_clock::time_point wake,
                   std::stop_token stop) const override {
    std::mutex mutex;
    std::condition_variable_any stopped;
    std::unique_lock lock(mutex);
    stopped.wait_until(lock, stop, wake, [] { return false; });
    return !stop.stop_requested();
  }
};

}  // namespace

std::shared_ptr<const Clock> system_clock() { return std::make_shared<const SystemClock>(); }

}  // namespace channelbridge
