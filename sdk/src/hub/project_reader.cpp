#include "project_reader_internal.hpp"

#include <algorithm>
#include <set>

#include "channelbridge/core/nearest.hpp"

namespace channelbridge::hub {

void ProjectReader::problem(const YAML::Node& at, std::string path, std::string rule,
                            std::string message, std::string suggestion) {
  problems_.push_back({.file = file_,
                       .line = at.IsDefined() ? at.Mark().line + 1 : 0,
                       .path = std::move(path),
                       .rule = std::move(rule),
                       .message = std::move(message),
                       .suggestion = std::move(suggestion)});
}

void ProjectReader::adopt(const Error& error, const YAML::Node& at, const std::string& path) {
  if (error.problems().empty())
    return problem(at, path, std::string(to_string(error.code())), error.message());
  for (Problem found : error.problems()) {
    if (found.file.empty()) found.file = file_;
    if (found.line == 0 && found.file == file_) found.line = at.Mark().line + 1;
    if (found.path.empty() || found.path.starts_with("column"))
      found.path = path + (found.path.empty() ? "" : " " + found.path);
    problems_.push_back(std::move(found));
  }
}

/// Reports every key that is not known; also keys that occur twice.
void ProjectReader::known_keys(const YAML::Node& map, const std::string& path,
                               const std::vector<std::string>& known) {
  std::set<std::string> seen;
  for (const auto& entry : map) {
    const std::string key = entry.first.Scalar();
    const std::string full = path.empty() ? key : path + "." + key;
    if (!seen.insert(key).second)
      problem(entry.first, full, "duplicate_key", "the key occurs twice");
    if (std::find(known.begin(), known.end(), key) != known.end()) continue;
    const std::string right = nearest_word(key, known);
    problem(entry.first, full, "unknown_key", "'" + key + "' is not a key here", right);
    if (!right.empty()) meant_.emplace(path.empty() ? right : path + "." + right, entry.second);
  }
}

bool ProjectReader::is_map(const YAML::Node& node, const std::string& path) {
  if (node.IsMap()) return true;
  problem(node, path, "type", "a map of keys is expected");
  return false;
}

std::string ProjectReader::text(const YAML::Node& node, const std::string& path,
                                std::string fallback) {
  if (!node.IsDefined() || node.IsNull()) return fallback;
  if (node.IsScalar()) return node.Scalar();
  problem(node, path, "type", "a text is expected");
  return fallback;
}

YAML::Node ProjectReader::member(const YAML::Node& map, const std::string& path,
                                 const std::string& key) const {
  const YAML::Node node = map[key];
  if (node.IsDefined()) return node;
  const auto meant = meant_.find(path.empty() ? key : path + "." + key);
  return meant == meant_.end() ? node : meant->second;
}

void ProjectReader::report_unknown_value(const YAML::Node& node, const std::string& path,
                                         const std::string& word,
                                         const std::vector<std::string>& names) {
  std::string all;
  for (const std::string& name : names) all += (all.empty() ? "" : ", ") + name;
  problem(node, path, "unknown_value", "'" + word + "' is none of: " + all,
          nearest_word(word, names));
}

}  // namespace channelbridge::hub
