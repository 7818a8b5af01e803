#include <algorithm>

#include "channelbridge/core/nearest.hpp"
#include "project_loader_internal.hpp"

/// `spokes:` of a project: the lines between systems and the hub, each with its mapping.
namespace channelbridge::hub {

namespace fs = std::filesystem;

void ProjectLoader::load_spokes(const YAML::Node& node) {
  if (!node.IsDefined()) return problem(node, "spokes", "missing", "the project names no spokes");
  if (!is_map(node, "spokes")) return;
  for (const auto& entry : node) load_spoke(entry.first.Scalar(), entry.first, entry.second);
  for (const auto& entry : node) load_exclusions(entry.first.Scalar(), entry.second);
}

void ProjectLoader::load_spoke(const std::string& name, const YAML::Node& key,
                               const YAML::Node& node) {
  const std::string path = "spokes." + name;
  if (!is_map(node, path)) return;
  known_keys(node, path,
             {"system", "mapping", "direction", "where", "filter", "creates", "first_contact",
              "exclusive_with", "on_leave", "on_incomplete", "deletes", "page_size"});
  const YAML::Node system = member(node, path, "system");
  Spoke spoke{.name = name,
              .system = text(system, path + ".system"),
              .where = text(node["where"], path + ".where")};
  if (std::find(names_.begin(), names_.end(), spoke.system) == names_.end()) {
    problem(system.IsDefined() ? system : key, path + ".system", "unknown_system",
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
    if (*spoke.page_size < 1 || *spoke.page_size > 10'000)
      problem(node["page_size"], path + ".page_size", "range",
              "a number from 1 to 10000 is expected");
  }
  if (!load_mapping(key, member(node, path, "mapping"), spoke)) return;
  for (const System& made : project_.hub.systems) {
    if (made.name != spoke.system) continue;
    if (auto served = made.adapter->check(selection_of(spoke)); !served)
      adopt(served.error(), node["mapping"], path + ".mapping");
  }
  for (const auto& [which, into] :
       {std::pair("filter", &spoke.filter), std::pair("creates", &spoke.creates)}) {
    const YAML::Node said = node[which];
    if (!said.IsDefined()) continue;
    const std::string here = path + '.' + which;
    auto filter = Filter::parse(text(said, here), spoke.mapping->entity());
    if (!filter) return adopt(filter.error(), said, here);
    *into = *std::move(filter);
  }
  if (!spoke.creates.empty() && spoke.direction == SpokeDirection::Pull)
    problem(node["creates"], path + ".creates", "pull_only",
            "nothing is written to a spoke that is only pulled");
  load_given(node["on_leave"], path + ".on_leave", spoke, spoke.on_leave);
  if (!spoke.on_leave.empty() && spoke.filter.text().empty())
    problem(node["on_leave"], path + ".on_leave", "no_filter",
            "without a filter no record leaves the spoke");
  load_given(node["on_incomplete"], path + ".on_incomplete", spoke, spoke.on_incomplete);
  project_.hub.spokes.push_back(std::move(spoke));
}

/// What one spoke says of another holds for both.
void ProjectLoader::load_exclusions(const std::string& name, const YAML::Node& node) {
  if (!node.IsMap() || !node["exclusive_with"].IsDefined()) return;
  const std::string path = "spokes." + name + ".exclusive_with";
  const auto spoke_of = [this](const std::string& wanted) {
    const auto found = std::find_if(project_.hub.spokes.begin(), project_.hub.spokes.end(),
                                    [&](const Spoke& spoke) { return spoke.name == wanted; });
    return found == project_.hub.spokes.end() ? nullptr : &*found;
  };
  Spoke* own = spoke_of(name);
  if (own == nullptr) return;  // it has problems of its own
  if (!node["exclusive_with"].IsSequence())
    return problem(node["exclusive_with"], path, "type", "a list of spokes is expected",
                   "[name, name]");
  std::vector<std::string> names;
  for (const Spoke& spoke : project_.hub.spokes) {
    if (spoke.name != name && spoke.mapping->entity().name() == own->mapping->entity().name())
      names.push_back(spoke.name);
  }
  for (const YAML::Node& each : node["exclusive_with"]) {
    const std::string wanted = text(each, path);
    if (std::find(names.begin(), names.end(), wanted) == names.end()) {
      problem(each, path, "unknown_spoke",
              "there is no other spoke '" + wanted + "' of " + own->mapping->entity().name(),
              nearest_word(wanted, names));
      continue;
    }
    for (const auto& [one, other] : {std::pair(own, wanted), std::pair(spoke_of(wanted), name)}) {
      if (std::find(one->exclusive_with.begin(), one->exclusive_with.end(), other) ==
          one->exclusive_with.end())
        one->exclusive_with.push_back(other);
    }
  }
}

/// False with a problem when there is no mapping to go on with.
bool ProjectLoader::load_mapping(const YAML::Node& key, const YAML::Node& node, Spoke& spoke) {
  const std::string path = "spokes." + spoke.name + ".mapping";
  const std::string name = text(node, path);
  const std::optional<std::string> file = find_mapping(name);
  if (!file) {
    tenants_.erase(spoke.system);  // what its mappings ask for is not known
    if (name.empty())
      problem(key, path, "missing", "the spoke names no mapping");
    else
      problem(node, path, "unknown_mapping", "there is no mapping file '" + name + "'",
              nearest_mapping(name));
    return false;
  }
  auto loaded = mapping::Mapping::load(*file, project_.entities, tenants_[spoke.system]);
  if (!loaded) {
    tenants_.erase(spoke.system);
    adopt(loaded.error(), node, path);
    return false;
  }
  spoke.mapping = *std::move(loaded);
  const auto kind =
      std::find_if(project_.systems.begin(), project_.systems.end(),
                   [&](const Project::SystemKind& s) { return s.name == spoke.system; });
  if (kind != project_.systems.end() && spoke.mapping->system() != kind->adapter) {
    problem(node, path, "other_system",
            "the mapping is for " + spoke.mapping->system() + ", the system '" + spoke.system +
                "' is " + kind->adapter);
  }
  return true;
}

/// `keep`, or the values that an object is given.
void ProjectLoader::load_given(const YAML::Node& node, const std::string& path, const Spoke& spoke,
                               model::Fields& values) {
  if (!node.IsDefined()) return;
  if (!node.IsMap()) {
    one_of(node, path, std::vector<std::pair<std::string, int>>{{"keep", 0}}, 0);
    return;
  }
  known_keys(node, path, {"set"});
  if (!node["set"].IsDefined() || !node["set"].IsMap())
    return problem(node, path, "type", "'set' with canonical fields and their values is expected",
                   "{ set: { status: inactive } }");
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
    values.emplace(field, *std::move(canonical));
  }
}

std::optional<std::string> ProjectLoader::find_mapping(const std::string& name) const {
  if (name.empty()) return std::nullopt;
  if (const fs::path own = folder_ / name; fs::exists(own)) return own.string();
  for (const std::string& folder : options_.mapping_folders) {
    if (fs::exists(fs::path(folder) / name)) return (fs::path(folder) / name).string();
  }
  return std::nullopt;
}

std::string ProjectLoader::nearest_mapping(const std::string& name) const {
  std::vector<std::string> known;
  const auto add_files = [&](const fs::path& root, const fs::path& below) {
    std::error_code unreadable;
    for (const auto& entry : fs::directory_iterator(root / below, unreadable)) {
      if (entry.path().extension() == ".yaml")
        known.push_back((below / entry.path().filename()).string());
    }
  };
  std::vector<fs::path> roots{folder_};
  roots.insert(roots.end(), options_.mapping_folders.begin(), options_.mapping_folders.end());
  for (const fs::path& root : roots) {
    add_files(root, fs::path(name).parent_path());
    std::error_code unreadable;
    for (const auto& folder : fs::directory_iterator(root, unreadable)) {
      if (folder.is_directory(unreadable)) add_files(root, folder.path().filename());
    }
  }
  return nearest_word(name, known);
}

}  // namespace channelbridge::hub
