#include "channelbridge/hub/project.hpp"

#include <charconv>
#include <chrono>
#include <fstream>
#include <sstream>

#include "channelbridge/mapping/check.hpp"
#include "project_loader_internal.hpp"

namespace channelbridge::hub {

namespace fs = std::filesystem;

ProjectLoader::ProjectLoader(const std::string& file, const adapter::AdapterRegistry& adapters,
                             const model::EntityRegistry& entities, const ProjectOptions& options)
    : ProjectReader(file),
      folder_(fs::absolute(file).parent_path()),
      adapters_(adapters),
      options_(options) {
  project_.file = file;
  project_.entities = entities;
  project_.hub.log = options.log;
  project_.hub.random = options.random;
}

Result<Project> ProjectLoader::load() {
  YAML::Node root;
  try {
    root = YAML::LoadFile(file_);
  } catch (const YAML::BadFile&) {
    return Error(ErrorCode::Invalid,
                 "there is no project file " + file_ + "; `channelbridge init` writes one");
  } catch (const YAML::Exception& e) {
    problems_.push_back({.file = file_, .line = e.mark.line + 1, .rule = "yaml", .message = e.msg});
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
  known_keys(root, "", {"store", "retention", "ledger", "systems", "entities", "spokes"});
  for (const auto& entry : root) {
    const std::string key = entry.first.Scalar();
    if (!entry.second.is(member(root, "", "systems"))) refuse_references(entry.second, key);
  }
  load_store(member(root, "", "store"));
  load_retention(member(root, "", "retention"));
  load_ledger(member(root, "", "ledger"));
  load_systems(member(root, "", "systems"));
  load_entities(member(root, "", "entities"));
  load_spokes(member(root, "", "spokes"));
  check_tenants(member(root, "", "systems"));
  check_matches(member(root, "", "entities"));
  return finish();
}

Result<Project> ProjectLoader::finish() {
  if (problems_.empty()) return std::move(project_);
  return Error(ErrorCode::Invalid,
               "the project file " + file_ + " has " + std::to_string(problems_.size()) +
                   (problems_.size() == 1 ? " problem" : " problems") + "; nothing was contacted")
      .with_problems(std::move(problems_));
}

void ProjectLoader::load_store(const YAML::Node& node) {
  const std::string url = text(node, "store", "sqlite:channelbridge.db");
  constexpr std::string_view kSqlite = "sqlite:";
  if (!url.starts_with(kSqlite))
    return problem(node, "store", "store", "'" + url + "' is not of the form sqlite:<file>",
                   "sqlite:channelbridge.db");
  const fs::path path = url.substr(kSqlite.size());
  project_.store = std::string(kSqlite) + (path.is_absolute() ? path : folder_ / path).string();
}

void ProjectLoader::load_retention(const YAML::Node& node) {
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

Result<Project> load_project(const std::string& file, const adapter::AdapterRegistry& adapters,
                             const model::EntityRegistry& entities, const ProjectOptions& options) {
  try {
    return ProjectLoader(file, adapters, entities, options).load();
  } catch (const YAML::Exception& e) {
    return Error(ErrorCode::Invalid, "the project file cannot be read")
        .with_problems({{.file = file, .line = e.mark.line + 1, .rule = "yaml", .message = e.msg}});
  }
}

}  // namespace channelbridge::hub
