#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>

#include "channelbridge/core/nearest.hpp"
#include "project_loader_internal.hpp"

/// `systems:` of a project: adapters with their settings, and the tenant's own codes and values.
namespace channelbridge::hub {

namespace {

std::vector<std::string> texts(const YAML::Node& node) {
  if (node.IsScalar()) return {node.Scalar()};
  std::vector<std::string> out;
  for (const auto& each : node) {
    if (each.IsScalar()) out.push_back(each.Scalar());
  }
  return out;
}

/// "credential.kind" is a setting, and "credential" the key of a map of them.
std::vector<std::string> with_groups(std::vector<std::string> settings) {
  std::set<std::string> groups;
  for (const std::string& setting : settings) {
    for (std::size_t dot = setting.find('.'); dot != std::string::npos;
         dot = setting.find('.', dot + 1))
      groups.insert(setting.substr(0, dot));
  }
  settings.insert(settings.end(), groups.begin(), groups.end());
  return settings;
}

/// The value of `adapter`, or of the key that is nearest to it; setting_of() reports that one.
YAML::Node adapter_of(const YAML::Node& system) {
  const YAML::Node named = system["adapter"];
  if (named.IsDefined()) return named;
  for (const auto& entry : system) {
    if (!nearest_word(entry.first.Scalar(), {"adapter"}).empty()) return entry.second;
  }
  return named;
}

}  // namespace

/// Replaces ${env:NAME} and ${file:path}; marks the setting as secret when one occurs.
void ProjectLoader::resolve(adapter::Setting& setting, const YAML::Node& at,
                            const std::string& path) {
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

/// Only the settings of a system may name the environment or a file; elsewhere the text would be
/// taken as it stands.
void ProjectLoader::refuse_references(const YAML::Node& node, const std::string& path) {
  if (!node.IsDefined()) return;
  if (node.IsScalar() && node.Scalar().find("${") != std::string::npos)
    problem(node, path, "secret_reference", "'${…}' is replaced in the settings of systems only");
  if (node.IsSequence())
    for (const auto& each : node) refuse_references(each, path);
  if (node.IsMap())
    for (const auto& each : node) refuse_references(each.second, path + "." + each.first.Scalar());
}

std::optional<std::string> ProjectLoader::environment(const std::string& name) const {
  if (options_.environment) return options_.environment(name);
  const char* value = std::getenv(name.c_str());
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

adapter::Setting ProjectLoader::setting_of(const YAML::Node& node, const std::string& path,
                                           const std::vector<std::string>& known) {
  adapter::Setting out{.line = node.Mark().line + 1};
  if (node.IsMap()) {
    std::set<std::string> guessed;  // the keys that misspelt ones stand for
    for (const auto& entry : node) {
      const std::string key = entry.first.Scalar();
      const std::string full = path.empty() ? key : path + "." + key;
      // The mappings' and the hub's, not the adapter's.
      if (full == "codes" || full == "values" || full == "keys_of") continue;
      const bool listed = std::any_of(known.begin(), known.end(), [&](const std::string& name) {
        return name == full || name.starts_with(full + ".") ||
               (name.ends_with(".*") && full.starts_with(name.substr(0, name.size() - 1)));
      });
      if (listed) {
        const bool first = !out.children.contains(key) || guessed.contains(key);
        if (!first)
          problem(entry.first, "systems." + system_ + "." + full, "duplicate_key",
                  "the key occurs twice");
        out.children.insert_or_assign(key, setting_of(entry.second, full, known));
        guessed.erase(key);
        continue;
      }
      const std::string right = nearest_word(full, with_groups(known));
      problem(entry.first, "systems." + system_ + "." + full, "unknown_key",
              "'" + full + "' is not a setting of this kind of system", right);
      if (right.empty()) continue;
      // What stands under it is checked, too, and nothing that it means counts as missing.
      adapter::Setting meant = setting_of(entry.second, right, known);
      const std::size_t dot = right.rfind('.');
      const std::string leaf = dot == std::string::npos ? right : right.substr(dot + 1);
      const bool here = (dot == std::string::npos ? "" : right.substr(0, dot)) == path;
      if (here && out.children.emplace(leaf, std::move(meant)).second) guessed.insert(leaf);
    }
  } else if (node.IsSequence()) {
    for (const auto& item : node)
      out.text += (out.text.empty() ? "" : ",") + (item.IsScalar() ? item.Scalar() : std::string());
  } else if (node.IsScalar()) {
    out.text = node.Scalar();
  }
  resolve(out, node, "systems." + system_ + "." + path);
  return out;
}

void ProjectLoader::load_systems(const YAML::Node& node) {
  if (!node.IsDefined()) return problem(node, "systems", "missing", "the project names no systems");
  if (!is_map(node, "systems")) return;
  for (const auto& entry : node) {
    names_.push_back(entry.first.Scalar());  // also when it is wrong: others may name it
    load_system(entry.first, entry.second);
  }
  for (const auto& entry : node) check_keys_of(entry.first.Scalar(), entry.second);
}

/// Another system of the project: two services of one ERP know a customer by one number.
void ProjectLoader::check_keys_of(const std::string& name, const YAML::Node& node) {
  if (!node.IsMap() || !node["keys_of"].IsDefined()) return;
  const std::string path = "systems." + name + ".keys_of";
  const std::string other = text(node["keys_of"], path);
  if (other != name && std::find(names_.begin(), names_.end(), other) != names_.end()) return;
  std::vector<std::string> others = names_;
  std::erase(others, name);
  problem(
      node["keys_of"], path, "unknown_system",
      other == name ? "a system uses its own keys anyway" : "there is no system '" + other + "'",
      nearest_word(other, others));
}

void ProjectLoader::load_system(const YAML::Node& key, const YAML::Node& node) {
  system_ = key.Scalar();
  const std::string path = "systems." + system_;
  if (!is_map(node, path)) return;
  const std::size_t before = problems_.size();
  const adapter::AdapterKind* kind = kind_of(key, node, path);
  if (kind == nullptr) return;
  tenants_[system_] = load_tenant(node, path);
  std::vector<std::string> known = kind->known_settings;
  for (const char* name : {"adapter", "codes", "values", "keys_of"}) known.emplace_back(name);
  adapter::SystemSettings settings{.name = system_,
                                   .folder = folder_.string(),
                                   .settings = setting_of(node, "", known),
                                   .log = options_.log,
                                   .random = options_.random};
  project_.systems.push_back({system_, kind->name});
  auto made = kind->make(settings);
  if (made)
    return project_.hub.systems.push_back(
        {system_, *std::move(made), text(node["keys_of"], path + ".keys_of")});
  // What was wrong before is not told again: a variable that is not set leaves its setting empty.
  std::set<std::string> told;
  for (std::size_t i = before; i < problems_.size(); ++i) told.insert(problems_[i].path);
  std::vector<Problem> more = made.error().problems();
  std::erase_if(more, [&](const Problem& each) { return told.contains(each.path); });
  if (!more.empty() || told.empty())
    adopt(std::move(made).error().with_problems(std::move(more)), key, path);
}

/// The kind that `adapter` names. Misspelt, key or value, it is guessed, so that the other settings
/// of the system are checked, too.
const adapter::AdapterKind* ProjectLoader::kind_of(const YAML::Node& key, const YAML::Node& node,
                                                   const std::string& path) {
  const YAML::Node named = adapter_of(node);
  const std::string name = text(named, path + ".adapter");
  if (const adapter::AdapterKind* kind = adapters_.find(name); kind != nullptr) return kind;
  const std::string nearest = nearest_word(name, adapters_.names());
  problem(named.IsDefined() ? named : key, path + ".adapter", "unknown_adapter",
          name.empty() ? "the system names no adapter" : "there is no adapter '" + name + "'",
          nearest);
  return adapters_.find(nearest);
}

/// The tenant's own codes and values: what its mappings say of them is only the default.
mapping::Tenant ProjectLoader::load_tenant(const YAML::Node& node, const std::string& path) {
  mapping::Tenant out{.file = file_};
  refuse_references(node["codes"], path + ".codes");
  refuse_references(node["values"], path + ".values");
  if (const YAML::Node codes = node["codes"]; codes.IsDefined() && is_map(codes, path + ".codes")) {
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

/// What a project says of a system must be something that a mapping of that system asks for.
void ProjectLoader::check_tenants(const YAML::Node& systems) {
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
    const auto check = [&, &system = system](const char* kind,
                                             const std::vector<std::string>& known) {
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

}  // namespace channelbridge::hub
