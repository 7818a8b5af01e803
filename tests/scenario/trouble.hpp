#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "child.hpp"
#include "small_world.hpp"

namespace channelbridge::demo {

namespace kit = testing;

/// The memory that the program may take, whatever a system sends: some answers of the largest size
/// that is read (64 MB), and what a sanitizer adds.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr long kMostMemoryKb = 3'000'000;
#else
inline constexpr long kMostMemoryKb = 600'000;
#endif

/// The program as a user runs it, in a small world that a test makes trouble in.
class Trouble : public SmallWorld {
 protected:
  /// Runs the program in the world's folder; standard output as JSON.
  nlohmann::json run(std::vector<std::string> arguments);
  /// With the given limit on the size of files.
  nlohmann::json run_limited(std::vector<std::string> arguments, std::uint64_t max_file_bytes);

  /// Everything that the last run said: the spokes' reasons to stop, or the error.
  std::string said() const { return ended_.out + ended_.err; }
  /// The reasons why this spoke stopped in a sync's report; "" when it did not.
  static std::string stopped(const nlohmann::json& report, const std::string& spoke);

  kit::Ended ended_{};
};

}  // namespace channelbridge::demo
