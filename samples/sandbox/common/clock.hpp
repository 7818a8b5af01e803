#pragma once

#include <atomic>
#include <chrono>
#include <memory>

#include "channelbridge/core/clock.hpp"

namespace channelbridge::sandbox {

/// Another clock, moved by an offset that tests may change at any time.
///
/// Threads: any.
class OffsetClock final : public Clock {
 public:
  explicit OffsetClock(std::shared_ptr<const Clock> base) : base_(std::move(base)) {}

  void advance(std::chrono::microseconds by) { offset_ += by.count(); }
  void set(Timestamp now) { offset_ = (now - base_->now()).count(); }

  Timestamp now() const override {
    return base_->now() + std::chrono::microseconds(offset_.load());
  }
  std::chrono::steady_clock::time_point steady_now() const override { return base_->steady_now(); }
  bool sleep_until(std::chrono::steady_clock::time_point wake,
                   std::stop_token stop) const override {
    return base_->sleep_until(wake, std::move(stop));
  }

 private:
  std::shared_ptr<const Clock> base_;
  std::atomic<std::int64_t> offset_{};
};

}  // namespace channelbridge::sandbox
