#include "channelbridge/hub/project.hpp"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "channelbridge/core/nearest.hpp"
#include "channelbridge/mapping/check.hpp"
#include "match_internal.hpp"

namespace channelbridge::hub {

namespace {

namespace fs = std::filesystem;

class Loader {
 public:
  Loader(const std::string& file, const adapter::AdapterRegistry& adapters,
         const model::EntityRegistry& entities, const ProjectOptions& options)
      : file_(file),
        folder_(fs::absolute(file).parent_path()),
        adapters_(adapters),
        options_(options) {
    project_.file = file;
    project_.entities = entities;
    project_.hub.log = options.log;
    project_.hub.random = options.random;
  }

  Result<Project> load() {
    YAML::Node root;
    try {
      root = YAML::LoadFile(file_);
    } catch (const YAML::BadFile&) {
      return Error(ErrorCode::Invalid,
                   "there is no project file " + file_ + "; `channelbridge init` writes one");
    } catch (const YAML::Exception& e) {
      problems_.push_back(
          {.file = file_, .line = e.mark.line + 1, .rule = "yaml", .message = e.msg});
      return finish();
    }
    if (!root.IsMap()) {
      problem(root, "", "yaml", "the project file is not a map of keys");
      return finish();
    }
    std::ostringstream content;
    content << std::ifstream(file_, std::ios::binary).rdbuf();
    if (auto sound = mapping::check_yaml(content.str(), file_); !sound) {
      problems_ = sound.error().problems();
      return finish();
    }
    known_keys(root, "", {"store", "retention", "systems", "entities", "spokes"});
    load_store(root["store"]);
    load_retention(root["retention"]);
    load_systems(root["systems"]);
    load_entities(root["entities"]);
    load_spokes(root["spokes"]);
    check_tenants(root["systems"]);
    return finish();
  }

 private:
  Result<Project> finish() {
    if (problems_.empty()) return std::move(project_);
    return Error(ErrorCode::Invalid,
                 "the project file " + file_ + " has " + std::to_string(problems_.size()) +
                     (problems_.size() == 1 ? " problem" : " problems") + "; nothing was contacted")
        .with_problems(std::move(problems_));
  }

  void problem(const YAML::Node& at, std::string path, std::string rule, std::string message,
               std::string suggestion = {}) {
    problems_.push_back({.file = file_,
                         .line = at.IsDefined() ? at.Mark().line + 1 : 0,
                         .path = std::move(path),
                         .rule = std::move(rule),
                         .message = std::move(message),
                         .suggestion = std::move(suggestion)});
  }
  void adopt(const Error& error, const YAML::Node& at, const std::string& path) {
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
  void known_keys(const YAML::Node& map, const std::string& path,
                  const std::vector<std::string>& known) {
    std::set<std::string> seen;
    for (const auto& entry : map) {
      const std::string key = entry.first.Scalar();
      const std::string full = path.empty() ? key : path + "." + key;
      if (!seen.insert(key).second)
        problem(entry.first, full, "duplicate_key", "the key occurs twice");
      if (std::find(known.begin(), known.end(), key) == known.end()) {
        problem(entry.first, full, "unknown_key", "'" + key + "' is not a key here",
                nearest_word(key, known));
      }
    }
  }
  bool is_map(const YAML::Node& node, const std::string& path) {
    if (node.IsMap()) return true;
    problem(node, path, "type", "a map of keys is expected");
    return false;
  }
  std::string text(const YAML::Node& node, const std::string& path, std::string fallback = {}) {
    if (!node.IsDefined() || node.IsNull()) return fallback;
    if (node.IsScalar()) return node.Scalar();
    problem(node, path, "type", "a text is expected");
    return fallback;
  }
  template <typename Value>
  Value one_of(const YAML::Node& node, const std::string& path,
               const std::vector<std::pair<std::string, Value>>& choices, Value fallback) {
    if (!node.IsDefined()) return fallback;
    const std::string word = text(node, path);
    std::vector<std::string> names;
    for (const auto& [name, value] : choices) {
      if (name == word) return value;
      names.push_back(name);
    }
    std::string all;
    for (const std::string& name : names) all += (all.empty() ? "" : ", ") + name;
    problem(node, path, "unknown_value", "'" + word + "' is none of: " + all,
            nearest_word(word, names));
    return fallback;
  }

  /// Replaces ${env:NAME} and ${file:path}; marks the setting as secret when one occurs.
  void resolve(adapter::Setting& setting, const YAML::Node& at, const std::string& path) {
    std::string out;
    std::size_t begin = 0;
    while (true) {
      const std::size_t open = setting.text.find("${", begin);
      if (open == std::string::npos) break;
      const std::size_t close = setting.text.find('}', open);
      if (close == std::string::npos)
        return problem(at, path, "secret_reference", "'${' is not closed",
                       "${env:NAME} or ${file:path}");
      const std::string reference = setting.text.substr(open + 2, close - open - 2);
      out += setting.text.substr(begin, open - begin);
      begin = close + 1;
      setting.secret = true;
      if (reference.starts_with("env:")) {
        const std::optional<std::string> value = environment(reference.substr(4));
        if (!value)
          problem(at, path, "secret_reference",
                  "the environment variable " + reference.substr(4) + " is not set");
        out += value.value_or("");
      } else if (reference.starts_with("file:")) {
        std::ifstream in(folder_ / reference.substr(5), std::ios::binary);
        if (!in)
          problem(at, path, "secret_reference",
                  "the file " + reference.substr(5) + " cannot be read");
        std::ostringstream content;
        content << in.rdbuf();
        std::string value = content.str();
        while (!value.empty() && (value.back() == '\n' || value.back() == '\r')) value.pop_back();
        out += value;
      } else {
        problem(at, path, "secret_reference", "'${" + reference + "}' is not known",
                "${env:NAME} or ${file:path}");
      }
    }
    setting.text = out + setting.text.substr(begin);
  }
  std::optional<std::string> environment(const std::string& name) const {
    if (options_.environment) return options_.environment(name);
    const char* value = std::getenv(name.c_str());
    return value == nullptr ? std::nullopt : std::optional<std::string>(value);
  }

  adapter::Setting setting_of(const YAML::Node& node, const std::string& path,
                              const std::vector<std::string>& known) {
    adapter::Setting out{.line = node.Mark().line + 1};
    if (node.IsMap()) {
      for (const auto& entry : node) {
        const std::string key = entry.first.Scalar();
        const std::string full = path.empty() ? key : path + "." + key;
        if (full == "codes" || full == "values") continue;  // the mappings', not the adapter's
        const bool listed = std::any_of(known.begin(), known.end(), [&](const std::string& name) {
          return name == full || name.starts_with(full + ".") ||
                 (name.ends_with(".*") && full.starts_with(name.substr(0, name.size() - 1)));
        });
        if (!listed) {
          problem(entry.first, "systems." + system_ + "." + full, "unknown_key",
                  "'" + full + "' is not a setting of this kind of system",
                  nearest_word(full, known));
        }
        out.children.emplace(key, setting_of(entry.second, full, known));
      }
    } else if (node.IsSequence()) {
      for (const auto& item : node)
        out.text +=
            (out.text.empty() ? "" : ",") + (item.IsScalar() ? item.Scalar() : std::string());
    } else if (node.IsScalar()) {
      out.text = node.Scalar();
      resolve(out, node, "systems." + system_ + "." + path);
    }
    return out;
  }

  void load_store(const YAML::Node& node) {
    const std::string url = text(node, "store", "sqlite:channelbridge.db");
    constexpr std::string_view kSqlite = "sqlite:";
    if (!url.starts_with(kSqlite))
      return problem(node, "store", "store", "'" + url + "' is not of the form sqlite:<file>",
                     "sqlite:channelbridge.db");
    const fs::path path = url.substr(kSqlite.size());
    project_.store = std::string(kSqlite) + (path.is_absolute() ? path : folder_ / path).string();
  }

  void load_retention(const YAML::Node& node) {
    if (!node.IsDefined() || !is_map(node, "retention")) return;
    known_keys(node, "retention", {"versions", "intents", "letters", "runs"});
    Retention& rules = project_.hub.retention;
    for (const auto& [key, rule] :
         {std::pair{"versions", &rules.versions}, std::pair{"intents", &rules.intents},
          std::pair{"letters", &rules.letters}, std::pair{"runs", &rules.runs}}) {
      if (!node[key].IsDefined()) continue;
      const std::string word = text(node[key], std::string("retention.") + key);
      int days = 0;
      const auto [end, failed] = std::from_chars(word.data(), word.data() + word.size(), days);
      if (word == "forever") {
        rule->reset();
      } else if (failed == std::errc() && days > 0 && days <= 36'500 &&
                 std::string_view(end) == "d") {
        *rule = std::chrono::hours(24) * days;
      } else {
        problem(node[key], std::string("retention.") + key, "duration",
                "'" + word + "' is no number of days", "365d, or forever");
      }
    }
  }

  void load_systems(const YAML::Node& node) {
    if (!node.IsDefined())
      return problem(node, "systems", "missing", "the project names no systems");
    if (!is_map(node, "systems")) return;
    for (const auto& entry : node) {
      system_ = entry.first.Scalar();
      const std::string path = "systems." + system_;
      if (!is_map(entry.second, path)) continue;
      const std::string kind_name = text(entry.second["adapter"], path + ".adapter");
      const adapter::AdapterKind* kind = adapters_.find(kind_name);
      if (kind == nullptr) {
        problem(entry.second["adapter"].IsDefined() ? entry.second["adapter"] : entry.first,
                path + ".adapter", "unknown_adapter",
                kind_name.empty() ? "the system names no adapter"
                                  : "there is no adapter '" + kind_name + "'",
                nearest_word(kind_name, adapters_.names()));
        continue;
      }
      tenants_[system_] = load_tenant(entry.second, path);
      std::vector<std::string> known = kind->known_settings;
      for (const char* name : {"adapter", "codes", "values"}) known.emplace_back(name);
      const std::size_t before = problems_.size();
      adapter::SystemSettings settings{.name = system_,
                                       .folder = folder_.string(),
                                       .settings = setting_of(entry.second, "", known),
                                       .log = options_.log,
                                       .random = options_.random};
      project_.systems.push_back({system_, kind_name});
      names_.push_back(system_);
      if (problems_.size() > before) continue;
      auto made = kind->make(settings);
      if (!made) {
        adopt(made.error(), entry.first, path);
        continue;
      }
      project_.hub.systems.push_back({system_, *std::move(made)});
    }
  }

  /// The tenant's own codes and values: what its mappings say of them is only the default.
  mapping::Tenant load_tenant(const YAML::Node& node, const std::string& path) {
    mapping::Tenant out{.file = file_};
    if (const YAML::Node codes = node["codes"];
        codes.IsDefined() && is_map(codes, path + ".codes")) {
      for (const auto& map : codes) {
        const std::string full = path + ".codes." + map.first.Scalar();
        if (!is_map(map.second, full)) continue;
        mapping::Tenant::Codes& into = out.codes[map.first.Scalar()];
        into.line = map.first.Mark().line + 1;
        for (const auto& code : map.second) {
          into.external.emplace_back(code.first.Scalar(), texts(code.second));
          if (into.external.back().second.empty())
            problem(code.first, full + "." + code.first.Scalar(), "type",
                    "a code of the system or a list of them is expected");
        }
      }
    }
    if (const YAML::Node values = node["values"];
        values.IsDefined() && is_map(values, path + ".values")) {
      for (const auto& value : values)
        out.values[value.first.Scalar()] =
            text(value.second, path + ".values." + value.first.Scalar());
    }
    return out;
  }

  static std::vector<std::string> texts(const YAML::Node& node) {
    if (node.IsScalar()) return {node.Scalar()};
    std::vector<std::string> out;
    for (const auto& each : node) {
      if (each.IsScalar()) out.push_back(each.Scalar());
    }
    return out;
  }

  /// What a project says of a system must be something that a mapping of that system asks for.
  void check_tenants(const YAML::Node& systems) {
    for (const auto& [system, tenant] : tenants_) {
      std::vector<std::string> codes;
      std::vector<std::string> values;
      for (const Spoke& spoke : project_.hub.spokes) {
        if (spoke.system != system) continue;
        const auto& maps = spoke.mapping->code_maps();
        codes.insert(codes.end(), maps.begin(), maps.end());
        const auto& named = spoke.mapping->values();
        values.insert(values.end(), named.begin(), named.end());
      }
      const auto check = [&](const char* kind, const std::vector<std::string>& known) {
        for (const auto& entry : systems[system][kind]) {
          const std::string name = entry.first.Scalar();
          if (std::find(known.begin(), known.end(), name) != known.end()) continue;
          problem(entry.first, "systems." + system + "." + kind + "." + name,
                  std::string("unknown_") + kind,
                  "no mapping of this system has a '" + name + "' among its " + kind,
                  nearest_word(name, known));
        }
      };
      if (!tenant.codes.empty()) check("codes", codes);
      if (!tenant.values.empty()) check("values", values);
    }
  }

  void load_entities(const YAML::Node& node) {
    if (!node.IsDefined()) return;
    if (!is_map(node, "entities")) return;
    for (const auto& entry : node) {
      const std::string name = entry.first.Scalar();
      const std::string path = "entities." + name;
      auto type = project_.entities.find(name);
      if (type == nullptr) {
        problem(entry.first, path, "unknown_entity", "there is no entity '" + name + "'",
                nearest_word(name, project_.entities.names()));
        continue;
      }
      if (!is_map(entry.second, path)) continue;
      known_keys(entry.second, path, {"match", "groups", "custom"});
      if (const YAML::Node custom = entry.second["custom"]; custom.IsDefined())
        type = load_custom(custom, path + ".custom", type);
      EntityRules& rules = project_.hub.entities[name];
      if (const YAML::Node match = entry.second["match"]; match.IsDefined()) {
        if (!match.IsSequence())
          problem(match, path + ".match", "type", "a list of match keys is expected");
        for (const auto& key : match) rules.match.push_back(text(key, path + ".match"));
        for (Problem found : check_match(rules.match, *type)) {
          found.file = file_;
          found.line = match.Mark().line + 1;
          found.path = path + ".match " + found.path;
          problems_.push_back(std::move(found));
        }
      }
      if (const YAML::Node groups = entry.second["groups"];
          groups.IsDefined() && is_map(groups, path + ".groups")) {
        for (const auto& group : groups)
          load_policy(group.first, group.second, path + ".groups", *type, rules.policies);
      }
    }
  }

  std::shared_ptr<const model::EntityType> load_custom(
      const YAML::Node& node, const std::string& path,
      std::shared_ptr<const model::EntityType> type) {
    if (!is_map(node, path)) return type;
    using enum model::FieldType;
    static const std::vector<std::pair<std::string, model::FieldType>> kTypes{
        {"text", Text},   {"boolean", Boolean},     {"integer", Integer}, {"decimal", Decimal},
        {"date", Date},   {"timestamp", Timestamp}, {"country", Country}, {"currency", Currency},
        {"email", Email}, {"phone", Phone},         {"web", Web}};
    std::vector<model::CustomField> fields;
    for (const auto& entry : node) {
      const std::string name = entry.first.Scalar();
      const std::string full = path + "." + name;
      model::CustomField field{.name = name};
      if (entry.second.IsMap()) {
        known_keys(entry.second, full, {"type", "max"});
        field.type = one_of(entry.second["type"], full + ".type", kTypes, Text);
        if (entry.second["max"].IsDefined())
          field.max_length = entry.second["max"].as<std::uint32_t>(0);
      } else {
        field.type = one_of(entry.second, full, kTypes, Text);
      }
      fields.push_back(std::move(field));
    }
    auto extended = type->with_custom(fields);
    if (!extended) {
      adopt(extended.error(), node, path);
      return type;
    }
    project_.entities.add(*extended);
    return *std::move(extended);
  }

  void load_policy(const YAML::Node& key, const YAML::Node& node, const std::string& path,
                   const model::EntityType& type, Policies& policies) {
    const std::string group = key.Scalar();
    const std::string full = path + "." + group;
    Policy policy;
    if (node.IsScalar()) {
      policy.kind = one_of(node, full,
                           std::vector<std::pair<std::string, Policy::Kind>>{
                               {"latest", Policy::Kind::Latest}, {"manual", Policy::Kind::Manual}},
                           Policy::Kind::Latest);
    } else if (is_map(node, full)) {
      known_keys(node, full, {"authority", "prefer", "latest", "manual"});
      for (const auto& [word, kind] : {std::pair{"authority", Policy::Kind::Authority},
                                       std::pair{"prefer", Policy::Kind::Prefer}}) {
        if (!node[word].IsDefined()) continue;
        policy.system = text(node[word], full + "." + word);
        policy.kind = kind;
        if (word == std::string_view("prefer") && policy.system == "latest")
          policy = {};
        else if (std::find(names_.begin(), names_.end(), policy.system) == names_.end()) {
          problem(node[word], full + "." + word, "unknown_system",
                  "there is no system '" + policy.system + "'",
                  nearest_word(policy.system, names_));
        }
      }
    }
    if (group == "*") {
      policies.fallback = policy;
      return;
    }
    const std::string any = type.find_list(group) != nullptr ? group + "[]" : group;
    const bool known =
        any != group ||
        std::any_of(type.fields().begin(), type.fields().end(), [&](const model::FieldInfo& field) {
          return field.group == group || field.path == group;
        });
    if (!known)
      return problem(key, full, "unknown_group",
                     "entity " + type.name() + " has no value group '" + group + "'",
                     type.nearest(group));
    policies.groups[any] = policy;
  }

  void load_spokes(const YAML::Node& node) {
    if (!node.IsDefined()) return problem(node, "spokes", "missing", "the project names no spokes");
    if (!is_map(node, "spokes")) return;
    for (const auto& entry : node) load_spoke(entry.first.Scalar(), entry.first, entry.second);
  }

  void load_spoke(const std::string& name, const YAML::Node& key, const YAML::Node& node) {
    const std::string path = "spokes." + name;
    if (!is_map(node, path)) return;
    known_keys(node, path,
               {"system", "mapping", "direction", "where", "filter", "first_contact", "on_leave",
                "deletes", "page_size"});
    Spoke spoke{.name = name,
                .system = text(node["system"], path + ".system"),
                .where = text(node["where"], path + ".where")};
    const auto kind =
        std::find_if(project_.systems.begin(), project_.systems.end(),
                     [&](const Project::SystemKind& s) { return s.name == spoke.system; });
    if (kind == project_.systems.end() &&
        std::find(names_.begin(), names_.end(), spoke.system) == names_.end()) {
      problem(node["system"].IsDefined() ? node["system"] : key, path + ".system", "unknown_system",
              spoke.system.empty() ? "the spoke names no system"
                                   : "there is no system '" + spoke.system + "'",
              nearest_word(spoke.system, names_));
    }
    spoke.direction =
        one_of(node["direction"], path + ".direction",
               std::vector<std::pair<std::string, SpokeDirection>>{{"both", SpokeDirection::Both},
                                                                   {"pull", SpokeDirection::Pull},
                                                                   {"push", SpokeDirection::Push}},
               SpokeDirection::Both);
    spoke.first_contact = one_of(
        node["first_contact"], path + ".first_contact",
        std::vector<std::pair<std::string, FirstContact>>{{"authority", FirstContact::Authority},
                                                          {"hub", FirstContact::Hub},
                                                          {"system", FirstContact::System},
                                                          {"manual", FirstContact::Manual}},
        FirstContact::Manual);
    if (node["deletes"].IsDefined()) {
      one_of(node["deletes"], path + ".deletes",
             std::vector<std::pair<std::string, int>>{{"ignore", 0}}, 0);
    }
    if (node["page_size"].IsDefined()) {
      spoke.page_size = node["page_size"].as<std::size_t>(0);
      if (spoke.page_size < 1 || spoke.page_size > 10'000)
        problem(node["page_size"], path + ".page_size", "range",
                "a number from 1 to 10000 is expected");
    }
    const std::string mapping = text(node["mapping"], path + ".mapping");
    if (mapping.empty())
      return problem(key, path + ".mapping", "missing", "the spoke names no mapping");
    auto loaded =
        mapping::Mapping::load(find_mapping(mapping), project_.entities, tenants_[spoke.system]);
    if (!loaded) {
      tenants_.erase(spoke.system);  // what its mappings ask for is not known
      return adopt(loaded.error(), node["mapping"], path + ".mapping");
    }
    spoke.mapping = *std::move(loaded);
    if (kind != project_.systems.end() && spoke.mapping->system() != kind->adapter) {
      problem(node["mapping"], path + ".mapping", "other_system",
              "the mapping is for " + spoke.mapping->system() + ", the system '" + spoke.system +
                  "' is " + kind->adapter);
    }
    if (node["filter"].IsDefined()) {
      auto filter = Filter::parse(text(node["filter"], path + ".filter"), spoke.mapping->entity());
      if (!filter) return adopt(filter.error(), node["filter"], path + ".filter");
      spoke.filter = *std::move(filter);
    }
    load_on_leave(node["on_leave"], path + ".on_leave", spoke);
    project_.hub.spokes.push_back(std::move(spoke));
  }

  /// `keep`, or the values that an object is given when its record leaves the filter.
  void load_on_leave(const YAML::Node& node, const std::string& path, Spoke& spoke) {
    if (!node.IsDefined()) return;
    if (!node.IsMap()) {
      one_of(node, path, std::vector<std::pair<std::string, int>>{{"keep", 0}}, 0);
      return;
    }
    known_keys(node, path, {"set"});
    if (!node["set"].IsDefined() || !node["set"].IsMap())
      return problem(node, path, "type", "'set' with canonical fields and their values is expected",
                     "{ set: { status: inactive } }");
    if (spoke.filter.text().empty())
      problem(node, path, "no_filter", "without a filter no record leaves the spoke");
    if (spoke.direction == SpokeDirection::Pull)
      problem(node, path, "pull_only", "nothing is written to a spoke that is only pulled");
    const mapping::Mapping& mapping = *spoke.mapping;
    for (const auto& entry : node["set"]) {
      const std::string field = entry.first.Scalar();
      const std::string full = path + ".set." + field;
      const model::FieldInfo* info = mapping.entity().find(field);
      const bool written = std::any_of(
          mapping.rules().begin(), mapping.rules().end(), [&](const mapping::RuleInfo& rule) {
            return rule.field == field && rule.direction != mapping::Direction::Read &&
                   !rule.constant && rule.refers_to.empty();
          });
      if (info == nullptr || !written) {
        problem(entry.first, full, info == nullptr ? "unknown_field" : "not_written",
                info == nullptr ? "entity " + mapping.entity().name() + " has no such field"
                                : mapping.file() + " does not write this field",
                info == nullptr ? mapping.entity().nearest(field) : "");
        continue;
      }
      const std::string given = text(entry.second, full);
      auto canonical = model::canonical_text(*info, given);
      if (!canonical || !mapping.image(field, *canonical)) {
        problem(entry.second, full, "value",
                "'" + given + "' is no value " +
                    (canonical ? "that " + mapping.file() + " can write" : "of this field"));
        continue;
      }
      spoke.on_leave.emplace(field, *std::move(canonical));
    }
  }

  std::string find_mapping(const std::string& name) const {
    const fs::path own = folder_ / name;
    if (fs::exists(own)) return own.string();
    for (const std::string& folder : options_.mapping_folders) {
      if (fs::exists(fs::path(folder) / name)) return (fs::path(folder) / name).string();
    }
    return own.string();
  }

  std::string file_;
  fs::path folder_;
  const adapter::AdapterRegistry& adapters_;
  const ProjectOptions& options_;
  Project project_;
  std::string system_;
  std::vector<std::string> names_;
  std::map<std::string, mapping::Tenant> tenants_;
  std::vector<Problem> problems_;
};

}  // namespace

Result<Project> load_project(const std::string& file, const adapter::AdapterRegistry& adapters,
                             const model::EntityRegistry& entities, const ProjectOptions& options) {
  try {
    return Loader(file, adapters, entities, options).load();
  } catch (const YAML::Exception& e) {
    return Error(ErrorCode::Invalid, "the project file cannot be read")
        .with_problems({{.file = file, .line = e.mark.line + 1, .rule = "yaml", .message = e.msg}});
  }
}

}  // namespace channelbridge::hub
