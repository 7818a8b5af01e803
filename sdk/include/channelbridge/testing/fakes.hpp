#pragma once

#include <algorithm>
#include <chrono>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "channelbridge/core/clock.hpp"
#include "channelbridge/core/log.hpp"

namespace channelbridge::testing {

/// A clock that stands still until told otherwise. Sleeping moves it to the wake-up time at once,
/// so tests of waiting and retrying take no time; `sleeps()` tells what was waited for.
///
/// Threads: any.
class ManualClock final : public Clock {
 public:
  /// Starts at 2026-01-01T00:00:00Z unless told otherwise.
  explicit ManualClock(Timestamp start = Timestamp(std::chrono::sys_days(std::chrono::year(2026) /
                                                                         std::chrono::January / 1)))
      : now_(start) {}

  Timestamp now() const override {
    const std::lock_guard lock(mutex_);
    return now_;
  }

  std::chrono::steady_clock::time_point steady_now() const override {
    const std::lock_guard lock(mutex_);
    return steady_;
  }

  bool sleep_until(std::chrono::steady_clock::time_point wake,
                   std::stop_token stop) const override {
    if (stop.stop_requested()) return false;
    const std::lock_guard lock(mutex_);
    const auto span = std::max(wake - steady_, std::chrono::steady_clock::duration::zero());
    sleeps_.push_back(std::chrono::duration_cast<std::chrono::milliseconds>(span));
    move(span);
    return true;
  }

  void advance(std::chrono::microseconds span) {
    const std::lock_guard lock(mutex_);
    move(span);
  }

  /// Every sleep so far, in order.
  std::vector<std::chrono::milliseconds> sleeps() const {
    const std::lock_guard lock(mutex_);
    return sleeps_;
  }

 private:
  void move(std::chrono::steady_clock::duration span) const {
    steady_ += span;
    now_ += std::chrono::duration_cast<std::chrono::microseconds>(span);
  }

  mutable std::mutex mutex_;
  mutable Timestamp now_;
  mutable std::chrono::steady_clock::time_point steady_{std::chrono::hours(1)};
  mutable std::vector<std::chrono::milliseconds> sleeps_;
};

/// Keeps every line as "level event name=value …".
///
/// Threads: any.
class MemoryLog final : public Log {
 public:
  bool enabled(LogLevel) const override { return true; }

  void write(LogLevel level, std::string_view event,
             std::initializer_list<LogField> fields) override {
    static constexpr std::string_view kLevels[] = {"debug", "info", "warning", "error"};
    std::string line(kLevels[static_cast<std::size_t>(level)]);
    line += ' ';
    line += event;
    for (const LogField& field : fields) {
      line += ' ';
      line += field.name;
      line += '=';
      line += field.value;
    }
    const std::lock_guard lock(mutex_);
    lines_.push_back(std::move(line));
  }

  std::vector<std::string> lines() const {
    const std::lock_guard lock(mutex_);
    return lines_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> lines_;
};

}  // namespace channelbridge::testing
