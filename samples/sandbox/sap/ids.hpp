#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>

namespace channelbridge::sandbox::odata {

/// Makes row ids; the same seed gives the same ids.
class Ids {
 public:
  explicit Ids(std::uint64_t seed) : engine_(seed) {}
  std::string hex(std::size_t digits);
  std::string uuid();
  /// 32 hex digits of the shape that C4C shows: a fixed system part, then the row's own.
  std::string object_id() { return "00163E0C6CDB1EDF" + hex(16); }

 private:
  std::mt19937_64 engine_;
};

}  // namespace channelbridge::sandbox::odata
