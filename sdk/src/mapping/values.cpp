#include <map>
#include <set>

#include "values_internal.hpp"

namespace channelbridge::mapping {

namespace {

class Values {
 public:
  Values(const YAML::Node& own, const Tenant& tenant, YamlProblems& problems)
      : problems_(problems) {
    problems_.check_twice(own, "values");
    for (const auto& entry : own) {
      const std::string& name = entry.first.Scalar();
      if (!entry.second.IsScalar()) {
        problems_.add(entry.first, "values." + name, "wrong_type", "must be one text");
        continue;
      }
      YAML::Node value = entry.second;
      if (const auto said = tenant.values.find(name); said != tenant.values.end())
        value = said->second;
      texts_[name] = value.Scalar();
      names_.push_back(name);
    }
  }

  void put(YAML::Node node) {
    if (node.IsScalar()) return put_text(node);
    for (const auto& each : node) {
      if (node.IsSequence()) {
        put(each);
      } else {
        put(each.first);
        put(each.second);
      }
    }
  }

  /// A rule, or a list inside the document, whose path takes a value that is empty is none: the
  /// tenant has no such field. One that has a constant as well is what is left of it.
  void leave_out_nameless(YAML::Node rules) {
    if (!rules.IsMap()) return;
    std::vector<std::string> nameless;
    for (const auto& rule : rules) {
      const bool map = rule.second.IsMap();
      const bool no_path = is_empty(map ? rule.second["path"] : rule.second);
      if (!map || !rule.second["const"]) {
        if (no_path) nameless.push_back(rule.first.Scalar());
        continue;
      }
      const bool no_constant = is_empty(rule.second["const"]);
      const bool has_path = rule.second["path"] && !no_path;
      YAML::Node keywords = rule.second;
      if (no_constant && !has_path) nameless.push_back(rule.first.Scalar());
      if (no_constant) keywords.remove(std::string("const"));
      if (no_path) keywords.remove(std::string("path"));
    }
    for (const std::string& field : nameless) rules.remove(field);
  }

  void report_unused(const YAML::Node& own) {
    for (const auto& entry : own) {
      if (!used_.contains(entry.first.Scalar()))
        problems_.add(entry.first, "values." + entry.first.Scalar(), "unused_value",
                      "no place of the file uses this value");
    }
  }

  const std::vector<std::string>& names() const { return names_; }

 private:
  /// Does this text take a value that is empty?
  bool is_empty(const YAML::Node& node) {
    if (!node || !node.IsScalar()) return false;
    for (const auto& [name, text] : texts_) {
      if (!text.empty() || node.Scalar().find("${" + name + "}") == std::string::npos) continue;
      used_.insert(name);
      return true;
    }
    return false;
  }

  void put_text(YAML::Node& node) {
    std::string text = node.Scalar();
    std::size_t at = text.find("${");
    if (at == std::string::npos) return;
    for (; at != std::string::npos; at = text.find("${", at)) {
      const std::size_t end = text.find('}', at);
      const std::string name =
          text.substr(at + 2, end == std::string::npos ? std::string::npos : end - at - 2);
      const auto known = texts_.find(name);
      if (end == std::string::npos || known == texts_.end()) {
        problems_.add(node, "values", "unknown_value", "there is no '" + name + "' under 'values'",
                      nearest_word(name, names_));
        return;
      }
      used_.insert(name);
      text.replace(at, end + 1 - at, known->second);
      at += known->second.size();
    }
    node = text;
  }

  YamlProblems& problems_;
  std::map<std::string, std::string> texts_{};
  std::vector<std::string> names_{};
  std::set<std::string> used_{};
};

}  // namespace

std::vector<std::string> put_values_in(const YAML::Node& root, const Tenant& tenant,
                                       YamlProblems& problems) {
  const YAML::Node own = root["values"];
  if (own && !own.IsMap()) {
    problems.add(own, "values", "wrong_type", "must map names to texts");
    return {};
  }
  Values values(own ? own : YAML::Node(YAML::NodeType::Map), tenant, problems);
  if (root["fields"]) values.leave_out_nameless(root["fields"]);
  if (root["children"] && root["children"].IsMap()) {
    values.leave_out_nameless(root["children"]);
    for (const auto& list : root["children"]) {
      if (list.second.IsMap() && list.second["fields"])
        values.leave_out_nameless(list.second["fields"]);
    }
  }
  for (const auto& entry : root) {
    if (entry.first.IsScalar() && entry.first.Scalar() != "values") values.put(entry.second);
  }
  if (own) values.report_unused(own);
  return values.names();
}

}  // namespace channelbridge::mapping
