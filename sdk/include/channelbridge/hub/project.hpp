#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "channelbridge/adapter/registry.hpp"
#include "channelbridge/hub/hub.hpp"

namespace channelbridge::hub {

/// A loaded `channelbridge.yaml`: docs/configuration.md shows every key.
struct Project {
  std::string file{};
  std::string store{};  ///< "sqlite:/absolute/path/channelbridge.db"
  HubConfig hub{};
  model::EntityRegistry entities{};  ///< with the customer's own fields
  struct SystemKind {
    std::string name{};
    std::string adapter{};
  };
  std::vector<SystemKind> systems{};  ///< name and kind of each, in order
};

struct ProjectOptions {
  /// Where a mapping is looked for that is not beside the project file.
  std::vector<std::string> mapping_folders{};
  /// The environment; a null function is the process's own.
  std::function<std::optional<std::string>(const std::string&)> environment{};
  std::shared_ptr<Log> log{};
  std::shared_ptr<Random> random{};
};

/// Loads the project file and all that it names. Contacts nothing.
/// Errors: Invalid with *every* problem of the project and its mapping files, each with file, line
/// and nearest name.
Result<Project> load_project(const std::string& file, const adapter::AdapterRegistry& adapters,
                             const model::EntityRegistry& entities,
                             const ProjectOptions& options = {});

}  // namespace channelbridge::hub
