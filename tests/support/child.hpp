#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace channelbridge::testing {

struct ChildOptions {
  std::string program{};
  std::vector<std::string> arguments{};
  std::string folder{};                              ///< working folder
  std::map<std::string, std::string> environment{};  ///< beside what this process has
  /// No file grows beyond this: writes fail with EFBIG, as on a full disk they do with ENOSPC.
  std::optional<std::uint64_t> max_file_bytes{};
  /// The signal that the program is sent, once, when `signal_when` says so of its output so far.
  int signal{};
  std::function<bool(const std::string& out)> signal_when{};
};

struct Ended {
  int code{};  ///< 128 + the signal's number when one ended it
  std::string out{};
  std::string err{};
  long peak_kb{};  ///< VmHWM: of the program alone, not of what it was forked from
};

/// Runs a program to its end.
Ended run_child(const ChildOptions& options);

}  // namespace channelbridge::testing
