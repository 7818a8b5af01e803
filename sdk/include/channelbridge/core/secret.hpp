#pragma once

#include <string>

namespace channelbridge {

/// A text that must not be seen: no stream operator, no conversion, wiped on destruction.
///
/// Threads: as std::string.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string value);
  Secret(const Secret&) = default;
  Secret(Secret&& other) noexcept;
  Secret& operator=(const Secret& other);
  Secret& operator=(Secret&& other) noexcept;
  ~Secret();

  /// The text itself. Search for "reveal(" to find every use.
  const std::string& reveal() const { return value_; }
  bool empty() const { return value_.empty(); }

 private:
  void wipe() noexcept;
  std::string value_;
};

}  // namespace channelbridge
