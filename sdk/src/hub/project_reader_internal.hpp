#pragma once

#include <yaml-cpp/yaml.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "channelbridge/core/error.hpp"

namespace channelbridge::hub {

/// Reads keys of a project file and collects everything that is wrong with them.
class ProjectReader {
 public:
  explicit ProjectReader(std::string file) : file_(std::move(file)) {}

 protected:
  void problem(const YAML::Node& at, std::string path, std::string rule, std::string message,
               std::string suggestion = {});
  /// Takes over what another reader found in this node.
  void adopt(const Error& error, const YAML::Node& at, const std::string& path);

  /// Reports every key that is not known; also keys that occur twice.
  void known_keys(const YAML::Node& map, const std::string& path,
                  const std::vector<std::string>& known);
  /// The node under a key, or under the misspelt one that known_keys() has reported: what stands
  /// there is checked, too, and nothing is called missing.
  YAML::Node member(const YAML::Node& map, const std::string& path, const std::string& key) const;
  bool is_map(const YAML::Node& node, const std::string& path);
  std::string text(const YAML::Node& node, const std::string& path, std::string fallback = {});
  template <typename Value>
  Value one_of(const YAML::Node& node, const std::string& path,
               const std::vector<std::pair<std::string, Value>>& choices, Value fallback);

  std::string file_;
  std::vector<Problem> problems_;

 private:
  void report_unknown_value(const YAML::Node& node, const std::string& path,
                            const std::string& word, const std::vector<std::string>& names);

  std::map<std::string, YAML::Node> meant_;  ///< values of misspelt keys, by the right path
};

template <typename Value>
Value ProjectReader::one_of(const YAML::Node& node, const std::string& path,
                            const std::vector<std::pair<std::string, Value>>& choices,
                            Value fallback) {
  if (!node.IsDefined()) return fallback;
  const std::string word = text(node, path);
  std::vector<std::string> names;
  for (const auto& [name, value] : choices) {
    if (name == word) return value;
    names.push_back(name);
  }
  report_unknown_value(node, path, word, names);
  return fallback;
}

}  // namespace channelbridge::hub
