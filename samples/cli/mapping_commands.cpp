#include <algorithm>
#include <filesystem>
#include <iostream>
#include <nlohmann/json.hpp>

#include "channelbridge/mapping/check.hpp"
#include "commands.hpp"
#include "mapping_report.hpp"
#include "output.hpp"

namespace cli {

namespace {

cb::mapping::ObjectFacts facts_of(const cb::adapter::ObjectMetadata& metadata) {
  cb::mapping::ObjectFacts out;
  for (const auto& [name, property] : metadata.properties) {
    out.properties.emplace(name, cb::mapping::PropertyFacts{.type = property.type,
                                                            .max_length = property.max_length,
                                                            .scale = property.scale,
                                                            .creatable = property.creatable,
                                                            .updatable = property.updatable,
                                                            .values = property.values});
  }
  out.navigations = metadata.navigations;
  return out;
}

/// A mapping to check, and the adapter that knows its objects without asking its system, if there
/// is one.
struct Subject {
  std::shared_ptr<const cb::mapping::Mapping> mapping{};
  std::shared_ptr<cb::adapter::Adapter> describes{};
};

std::vector<Subject> subjects_of(const cb::hub::Project& project,
                                 const cb::adapter::AdapterRegistry& adapters) {
  std::vector<Subject> out;
  for (const cb::hub::Spoke& spoke : project.hub.spokes) {
    Subject& made = out.emplace_back(Subject{.mapping = spoke.mapping});
    const cb::adapter::AdapterKind* kind = adapters.find(spoke.mapping->system());
    if (kind == nullptr || !kind->describes_offline) continue;
    for (const cb::hub::System& system : project.hub.systems)
      if (system.name == spoke.system) made.describes = system.adapter;
  }
  return out;
}

std::string cases_beside(const std::string& file) {
  const std::filesystem::path path(file);
  return (path.parent_path() / (path.stem().string() + ".cases.yaml")).string();
}

}  // namespace

std::vector<cb::Problem> check_against(const cb::mapping::Mapping& mapping,
                                       const MetadataSource& metadata) {
  std::map<std::string, cb::mapping::ObjectFacts, std::less<>> known;
  std::vector<cb::Problem> unreachable;
  bool no_metadata = false;
  const auto lookup = [&](std::string_view object) -> const cb::mapping::ObjectFacts* {
    const std::string name(object);
    if (const auto at = known.find(name); at != known.end()) return &at->second;
    auto described = metadata(name);
    if (!described) {
      no_metadata = no_metadata || described.error().code() == cb::ErrorCode::Unsupported;
      if (described.error().code() != cb::ErrorCode::NotFound) {
        unreachable.push_back({.file = mapping.file(),
                               .path = name,
                               .rule = "metadata",
                               .message = to_string(described.error())});
      }
      return nullptr;
    }
    return &known.emplace(name, facts_of(*described)).first->second;
  };
  std::vector<cb::Problem> problems = cb::mapping::check(mapping, lookup);
  if (no_metadata) return cb::mapping::check(mapping);
  if (!unreachable.empty()) return unreachable;  // without metadata every name would be a problem
  return problems;
}

int mapping_check(const Common& common, const std::vector<std::string>& files) {
  const cb::adapter::AdapterRegistry adapters = built_in_adapters();
  std::vector<Subject> subjects;
  std::vector<cb::Problem> problems;
  if (files.empty()) {
    auto project = load_project(common);
    if (!project) return fail(common, project.error());
    subjects = subjects_of(*project, adapters);
  }
  for (const std::string& file : files) {
    auto mapping = cb::mapping::Mapping::load(file, cb::model::EntityRegistry::built_in());
    if (mapping) {
      subjects.push_back({.mapping = *mapping});
      continue;
    }
    const std::vector<cb::Problem>& found = mapping.error().problems();
    if (found.empty())
      problems.push_back({.file = file, .rule = "load", .message = mapping.error().message()});
    problems.insert(problems.end(), found.begin(), found.end());
  }
  Table table({"mapping", "entity", "cases", "metadata"});
  for (const Subject& subject : subjects) {
    const cb::mapping::Mapping* mapping = subject.mapping.get();
    std::string cases = "none";
    if (const std::string file = cases_beside(mapping->file()); std::filesystem::exists(file)) {
      auto failed = cb::mapping::run_cases(*mapping, file);
      cases = failed && failed->empty() ? "hold" : "fail";
      if (!failed)
        problems.push_back({.file = file, .rule = "cases", .message = to_string(failed.error())});
      if (failed) problems.insert(problems.end(), failed->begin(), failed->end());
    }
    std::string against = "not known";
    const cb::adapter::AdapterKind* kind = adapters.find(mapping->system());
    std::vector<cb::Problem> found;
    if (subject.describes != nullptr) {
      found = check_against(*mapping, [&](const std::string& object) {
        return subject.describes->describe(object, cb::Context());
      });
      against = found.empty() ? "fits" : "differs";
    } else if (kind != nullptr && kind->published) {
      const std::string folder = metadata_folder(mapping->system());
      found = check_against(
          *mapping, [&](const std::string& object) { return kind->published(object, folder); });
      against = found.empty() ? "fits" : "differs";
    } else {
      found = cb::mapping::check(*mapping);
    }
    problems.insert(problems.end(), found.begin(), found.end());
    table.add({mapping->file(), mapping->entity().name(), cases, against});
  }
  if (common.json()) {
    nlohmann::json out = nlohmann::json::array();
    for (const cb::Problem& problem : problems) {
      out.push_back({{"file", problem.file},
                     {"line", problem.line},
                     {"path", problem.path},
                     {"rule", problem.rule},
                     {"message", problem.message},
                     {"suggestion", problem.suggestion}});
    }
    std::cout << pretty({{"mappings", subjects.size()}, {"problems", out}}) << '\n';
  } else {
    std::cout << table.text();
    for (const cb::Problem& problem : problems) std::cout << to_string(problem) << '\n';
    std::cout << subjects.size() << " mappings, " << problems.size() << " problems\n";
  }
  return problems.empty() ? kDone : kConfiguration;
}

}  // namespace cli
