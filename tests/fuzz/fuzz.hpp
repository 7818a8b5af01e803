#pragma once

#include <functional>
#include <string>

#include "mutator.hpp"

namespace channelbridge::fuzz {

/// How a target took a text.
enum class Taken { Yes, Refused };

struct Plan {
  std::string name{};
  Language language{};
  /// Parses one text. It must come back soon, whatever the text is; what it says of its result is
  /// up to the target (EXPECT_…).
  std::function<Taken(const std::string&)> parse{};
  std::uint64_t cases{1000};  ///< in `make test`, in an ordinary build
  double least_taken{0.01};   ///< part of the mutants that must pass, or they prove nothing
};

/// Runs the mutants 0, 1, 2 … against the target and fails where one takes longer than it may, or
/// all of them together take more memory than they may.
///
/// CHANNELBRIDGE_FUZZ=n runs n times as many (`make check`: 30); CHANNELBRIDGE_FUZZ_CASE=n runs
/// this one mutant and prints it.
void run(const Plan& plan);

/// A file below tests/fixtures, or below the source tree.
std::string fixture(const std::string& name);
std::string source_file(const std::string& name);

}  // namespace channelbridge::fuzz
