#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "definition_internal.hpp"
#include "yaml_internal.hpp"

namespace channelbridge::mapping {

/// The code maps of one mapping file: its own, and shared ones from files of the folder, read on
/// first use.
class CodeMaps {
 public:
  CodeMaps(YamlProblems& problems, std::string folder, const Tenant& tenant)
      : problems_(problems), folder_(std::move(folder)), tenant_(tenant) {}

  void read_own(const YAML::Node& codes);
  /// By name, or nullptr with a problem at `at`.
  std::shared_ptr<const CodeMap> find(const YAML::Node& at, const std::string& name,
                                      const std::string& path);
  std::shared_ptr<const CodeMap> read(const YAML::Node& map, const std::string& name,
                                      YamlProblems& problems);
  /// What the shared files and the project say, for the fingerprint.
  const std::string& shared_semantics() const { return shared_semantics_; }
  std::vector<std::string> names() const;
  /// Own maps that no rule uses.
  void report_unused();

 private:
  /// The project's own codes of this name, or nullptr.
  std::shared_ptr<const CodeMap> of_tenant(const std::string& name);
  void add_external(CodeMap& map, const YAML::Node& at, const std::string& canonical,
                    const std::string& external, YamlProblems& problems);
  YamlProblems& problems_;
  std::string folder_;
  const Tenant& tenant_;
  std::map<std::string, std::shared_ptr<const CodeMap>> maps_{};
  std::map<std::string, bool> used_{};
  std::string shared_semantics_{};
};

}  // namespace channelbridge::mapping
