#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

#include "channelbridge/core/result.hpp"

/// jq programs, run by a process of their own (channelbridge-jq), one per thread of ours: libjq can
/// be bounded in no other way, and what it breaks is only itself.
namespace channelbridge::mapping {

/// What one program may take for one document.
struct JqLimits {
  std::size_t memory{256U << 20U};
  std::chrono::milliseconds processor_time{1'000};
  std::chrono::milliseconds patience{30'000};  ///< by the wall clock, whatever the machine is doing
};

/// The one output of a program; Nothing = it has none (`empty`).
struct JqValue {
  enum class Kind { Null, Text, Number, Boolean, Nothing } kind{Kind::Null};
  /// A number in plain decimal digits, at most 15 of them significant; "true", "false".
  std::string text{};
};

/// What is wrong with a program; line and column count from 1.
struct JqFault {
  std::string message{};
  int line{};
  int column{};
};

/// The first word of a program that looks outside the document, ends jq or breaks it (`env`,
/// `input`, `import`, `now`, …); an empty message = none.
JqFault outside_word(std::string_view program);

/// Compiles. Invalid with one Problem, whose line is the program's and whose message has the
/// column; Internal when there is no channelbridge-jq.
///
/// Threads: any.
Result<void> compile_jq(const std::string& program);

/// Runs a program on one JSON text. Unmappable when it fails, gives several outputs or a
/// container, a number beyond 15 digits, or takes more than it may.
///
/// Threads: any.
Result<JqValue> run_jq(const std::string& program, std::string_view json,
                       const JqLimits& limits = {});

}  // namespace channelbridge::mapping
