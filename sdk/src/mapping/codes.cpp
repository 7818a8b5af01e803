#include <fstream>
#include <sstream>

#include "codes_internal.hpp"

namespace channelbridge::mapping {

bool CodeMap::has_synonyms() const {
  for (const auto& [code, texts] : external) {
    if (texts.size() > 1) return true;
  }
  return false;
}

void CodeMaps::read_own(const YAML::Node& codes) {
  if (!codes) return;
  if (!codes.IsMap()) {
    problems_.add(codes, "codes", "wrong_type", "must be a map of code maps");
    return;
  }
  problems_.check_twice(codes, "codes");
  for (const auto& entry : codes) {
    if (!entry.first.IsScalar()) continue;
    const std::string& name = entry.first.Scalar();
    auto own = of_tenant(name);
    maps_[name] = own ? own : read(entry.second, name, problems_);
    used_[name] = false;
  }
}

std::vector<std::string> CodeMaps::names() const {
  std::vector<std::string> out;
  for (const auto& [name, map] : maps_) out.push_back(name);
  return out;
}

std::shared_ptr<const CodeMap> CodeMaps::of_tenant(const std::string& name) {
  const auto said = tenant_.codes.find(name);
  if (said == tenant_.codes.end()) return nullptr;
  auto map = std::make_shared<CodeMap>();
  map->name = name;
  map->file = tenant_.file;
  map->line = static_cast<std::uint32_t>(said->second.line);
  YamlProblems own(tenant_.file);
  shared_semantics_ += name + "!";
  for (const auto& [canonical, texts] : said->second.external) {
    for (const std::string& external : texts) {
      add_external(*map, YAML::Node(), canonical, external, own);
      for (const std::string* text : {&canonical, &external})
        shared_semantics_ += std::to_string(text->size()) + ":" + *text;
    }
  }
  for (Problem& problem : own.all()) {
    problem.line = said->second.line;
    problems_.all().push_back(std::move(problem));
  }
  return map;
}

void CodeMaps::add_external(CodeMap& map, const YAML::Node& at, const std::string& canonical,
                            const std::string& external, YamlProblems& problems) {
  if (external == "*") {
    if (canonical == "*") {
      map.pass = true;
    } else if (map.other_canonical) {
      problems.add(at, "codes." + map.name, "bad_codes",
                   "'*' stands for any other external code and may occur once");
    } else {
      map.other_canonical = canonical;
    }
    return;
  }
  if (canonical == "*") {
    if (map.other_external)
      problems.add(at, "codes." + map.name, "bad_codes", "'*' is written as one code only");
    map.other_external = external;
    return;
  }
  map.external[canonical].push_back(external);
  // Several canonical codes may be one there: the first listed is what it reads as, and a loss for
  // the others.
  if (!map.canonical.emplace(external, canonical).second) map.merges = true;
}

std::shared_ptr<const CodeMap> CodeMaps::read(const YAML::Node& node, const std::string& name,
                                              YamlProblems& problems) {
  auto map = std::make_shared<CodeMap>();
  map->name = name;
  map->line = line_of(node);
  if (!node.IsMap()) {
    problems.add(node, "codes." + name, "wrong_type", "must map canonical codes to external ones");
    return map;
  }
  problems.check_twice(node, "codes." + name);
  for (const auto& entry : node) {
    if (!entry.first.IsScalar()) continue;
    const std::string& canonical = entry.first.Scalar();
    if (entry.second.IsScalar()) {
      add_external(*map, entry.second, canonical, entry.second.Scalar(), problems);
      continue;
    }
    if (!entry.second.IsSequence() || entry.second.size() == 0) {
      problems.add(entry.second, "codes." + name + "." + canonical, "wrong_type",
                   "must be an external code or a list of them");
      continue;
    }
    for (const auto& each : entry.second) {
      if (each.IsScalar()) add_external(*map, each, canonical, each.Scalar(), problems);
    }
  }
  return map;
}

std::shared_ptr<const CodeMap> CodeMaps::find(const YAML::Node& at, const std::string& name,
                                              const std::string& path) {
  const auto known = maps_.find(name);
  if (known != maps_.end()) {
    used_[name] = true;
    return known->second;
  }
  if (auto own = of_tenant(name)) return maps_[name] = own;
  const bool is_name =
      !name.empty() &&
      name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_-") == std::string::npos;
  std::ifstream file;
  if (!folder_.empty() && is_name) file.open(folder_ + "/" + name + ".yaml", std::ios::binary);
  if (!file.is_open()) {
    std::vector<std::string> names;
    for (const auto& [each, map] : maps_) names.push_back(each);
    problems_.add(at, path, "unknown_codes",
                  "there is no code map '" + name + "' here or among the shared ones",
                  nearest_word(name, names));
    return nullptr;
  }
  std::ostringstream text;
  text << file.rdbuf();
  YamlProblems own(folder_ + "/" + name + ".yaml");
  const auto root = load_yaml(text.str(), own);
  std::shared_ptr<const CodeMap> map;
  if (root) {
    map = read(*root, name, own);
    shared_semantics_ += name + "=";
    append_semantics(*root, shared_semantics_);
  }
  for (Problem& problem : own.all()) problems_.all().push_back(std::move(problem));
  maps_[name] = map;
  return map;
}

void CodeMaps::report_unused() {
  for (const auto& [name, used] : used_) {
    if (used) continue;
    problems_.all().push_back({.file = problems_.file(),
                               .line = static_cast<int>(maps_[name]->line),
                               .path = "codes." + name,
                               .rule = "unused_codes",
                               .message = "no rule uses this code map",
                               .suggestion = {}});
  }
}

}  // namespace channelbridge::mapping
