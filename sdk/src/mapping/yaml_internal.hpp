#pragma once

#include <yaml-cpp/yaml.h>

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "channelbridge/core/error.hpp"
#include "channelbridge/core/nearest.hpp"

namespace channelbridge::mapping {

std::uint32_t line_of(const YAML::Node& node);

/// Collects what is wrong with one YAML file while it is read.
class YamlProblems {
 public:
  explicit YamlProblems(std::string file) : file_(std::move(file)) {}

  void add(const YAML::Node& at, std::string path, std::string rule, std::string message,
           std::string suggestion = {});
  /// Names every key of a map that is not known, and every key that occurs twice.
  void check_keys(const YAML::Node& map, const std::string& path,
                  std::initializer_list<const char*> known);
  void check_twice(const YAML::Node& map, const std::string& path);
  /// Text of a scalar below `map`, or nullopt when it is absent; anything else than a scalar is a
  /// problem.
  std::optional<std::string> text(const YAML::Node& map, const char* key, const std::string& path);
  std::vector<std::string> texts(const YAML::Node& map, const char* key,
                                 const std::string& path);  ///< one or a list
  bool flag(const YAML::Node& map, const char* key, const std::string& path);
  std::optional<std::uint32_t> number(const YAML::Node& map, const char* key,
                                      const std::string& path);

  bool empty() const { return problems_.empty(); }
  Error error(const std::string& what) const;
  const std::string& file() const { return file_; }
  std::vector<Problem>& all() { return problems_; }

 private:
  std::string file_;
  std::vector<Problem> problems_{};
};

/// The file as one text that changes only when its meaning may: sorted keys, no comments, no
/// layout.
void append_semantics(const YAML::Node& node, std::string& out);

/// Runs `read` and turns yaml-cpp's exceptions into a problem with its line.
std::optional<YAML::Node> load_yaml(std::string_view text, YamlProblems& problems);

}  // namespace channelbridge::mapping
