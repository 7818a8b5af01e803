#pragma once

#include <optional>
#include <string>
#include <vector>

#include "codes_internal.hpp"
#include "definition_internal.hpp"
#include "yaml_internal.hpp"

namespace channelbridge::mapping {

/// What a rule says when it says nothing.
struct RuleDefaults {
  Absent absent{Absent::Error};
  Empty empty{Empty::Null};
};

std::optional<Absent> read_absent(YamlProblems& problems, const YAML::Node& map,
                                  const std::string& path);
std::optional<Empty> read_empty(YamlProblems& problems, const YAML::Node& map,
                                const std::string& path);

/// Reads rules and lists of one mapping file.
class RuleParser {
 public:
  RuleParser(YamlProblems& problems, CodeMaps& codes, const model::EntityType& entity,
             RuleDefaults defaults)
      : problems_(problems), codes_(codes), entity_(entity), defaults_(defaults) {}

  std::optional<Rule> rule(const YAML::Node& key, const YAML::Node& value, const std::string& row,
                           const std::string& path);
  std::optional<List> list(const YAML::Node& key, const YAML::Node& value);
  /// `tables`: some of the values may come from a code table; they are chosen()'s.
  std::vector<Literal> literals(const YAML::Node& map, const std::string& path,
                                bool tables = false);
  /// `path: { by: method, codes: expense_account }`: what a create carries there.
  std::vector<Rule> chosen(const YAML::Node& map, const std::string& path);
  /// A canonical value written in the file, brought to canonical form; nullopt with a problem.
  std::optional<std::string> canonical(const YAML::Node& at, const std::string& row,
                                       const std::string& text, const std::string& path);

 private:
  void details(Rule& rule, const YAML::Node& map, const std::string& path);
  void companion(Rule& rule, const YAML::Node& map, const std::string& path);
  void places(Rule& rule, const YAML::Node& map, const std::string& path);
  void computed(Rule& rule, const YAML::Node& map, const std::string& path);
  void house_number(Rule& rule, const YAML::Node& node, const std::string& path);
  void value_form(Rule& rule, const YAML::Node& map, const std::string& path);
  void normal_forms(Rule& rule, const YAML::Node& map, const std::string& path);
  void check_codes(const Rule& rule, const YAML::Node& at, const std::string& path);
  document::Path parse(const YAML::Node& at, const std::string& text, const std::string& path);

  YamlProblems& problems_;
  CodeMaps& codes_;
  const model::EntityType& entity_;
  RuleDefaults defaults_;
};

}  // namespace channelbridge::mapping
