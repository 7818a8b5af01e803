#pragma once

#include <cstdint>
#include <mutex>

#include "channelbridge/core/result.hpp"
#include "channelbridge/core/time.hpp"

namespace channelbridge::odata {

/// The calls that we make in one UTC day. These services report nothing, so our own are counted;
/// the count begins with the program.
///
/// Threads: any.
class Budget {
 public:
  /// `daily` = 0: no budget. `reserve`: of these, kept for others.
  Budget(std::uint64_t daily, std::uint64_t reserve) : daily_(daily), reserve_(reserve) {}

  /// RateLimited when the reserve would be touched. `sent` = calls on the wire until now.
  Result<void> admit(Timestamp now, std::uint64_t sent);
  std::uint64_t used(std::uint64_t sent) const;
  std::uint64_t daily() const { return daily_; }

 private:
  std::uint64_t since_midnight(std::uint64_t sent) const;

  const std::uint64_t daily_;
  const std::uint64_t reserve_;
  mutable std::mutex mutex_;
  Timestamp day_{Timestamp::min()};
  std::uint64_t before_{};  ///< calls until the day began
};

}  // namespace channelbridge::odata
