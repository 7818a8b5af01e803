#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

namespace channelbridge::testing {

/// Whether npm is installed and its registry answers for a package. Only where it does not may a
/// test that plays against somebody else's program be skipped; a failed installation is a failure.
inline bool npm_answers(const std::filesystem::path& folder, const std::string& package) {
  const std::string line =
      "cd '" + folder.string() + "' && npm view '" + package + "' version > npm-view.log 2>&1";
  return std::system(line.c_str()) == 0;  // NOLINT(cert-env33-c): a fixed command of the tests
}

}  // namespace channelbridge::testing
