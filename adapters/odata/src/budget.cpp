#include "budget_internal.hpp"

#include <chrono>
#include <string>

namespace channelbridge::odata {

Result<void> Budget::admit(Timestamp now, std::uint64_t sent) {
  if (daily_ == 0) return {};
  const std::lock_guard lock(mutex_);
  const Timestamp day = std::chrono::floor<std::chrono::days>(now);
  if (day > day_) {
    day_ = day;
    before_ = sent;
  }
  const std::uint64_t used = since_midnight(sent);
  if (used + reserve_ < daily_) return {};
  const auto midnight =
      std::chrono::ceil<std::chrono::milliseconds>(day_ + std::chrono::days(1) - now);
  return Error(ErrorCode::RateLimited, "the daily budget is used up: " + std::to_string(used) +
                                           " of " + std::to_string(daily_) +
                                           " calls since midnight UTC, and " +
                                           std::to_string(reserve_) + " are kept for others")
      .with_retry_after(midnight)
      .with_sent(Sent::No);
}

std::uint64_t Budget::used(std::uint64_t sent) const {
  const std::lock_guard lock(mutex_);
  return since_midnight(sent);
}

std::uint64_t Budget::since_midnight(std::uint64_t sent) const {
  // `sent` was counted before the day began, while another thread began it.
  return sent > before_ ? sent - before_ : 0;
}

}  // namespace channelbridge::odata
