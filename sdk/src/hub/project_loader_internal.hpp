#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "channelbridge/hub/project.hpp"
#include "project_reader_internal.hpp"

namespace channelbridge::hub {

/// Makes a Project of its file, or the list of everything that is wrong with it.
class ProjectLoader : private ProjectReader {
 public:
  ProjectLoader(const std::string& file, const adapter::AdapterRegistry& adapters,
                const model::EntityRegistry& entities, const ProjectOptions& options);
  Result<Project> load();

 private:
  Result<Project> finish();
  void load_store(const YAML::Node& node);
  void load_retention(const YAML::Node& node);
  void load_ledger(const YAML::Node& node);

  // project_ledger.cpp
  LedgerRules::Judgement load_judgement(const YAML::Node& node, const std::string& path,
                                        LedgerRules::Judgement fallback);
  /// Of a list; nothing where there is none.
  std::vector<std::string> load_texts(const YAML::Node& node, const std::string& path);
  void load_holidays(const YAML::Node& node, LedgerRules& rules);
  void load_approval(const YAML::Node& node, LedgerRules::Approval& rules);

  // project_systems.cpp
  void load_systems(const YAML::Node& node);
  void load_system(const YAML::Node& key, const YAML::Node& node);
  void check_keys_of(const std::string& name, const YAML::Node& node);
  const adapter::AdapterKind* kind_of(const YAML::Node& key, const YAML::Node& node,
                                      const std::string& path);
  adapter::Setting setting_of(const YAML::Node& node, const std::string& path,
                              const std::vector<std::string>& known);
  void resolve(adapter::Setting& setting, const YAML::Node& at, const std::string& path);
  void refuse_references(const YAML::Node& node, const std::string& path);
  std::optional<std::string> environment(const std::string& name) const;
  mapping::Tenant load_tenant(const YAML::Node& node, const std::string& path);
  void check_tenants(const YAML::Node& systems);

  // project_entities.cpp
  void load_entities(const YAML::Node& node);
  void check_matches(const YAML::Node& entities);
  std::shared_ptr<const model::EntityType> load_custom(
      const YAML::Node& node, const std::string& path,
      std::shared_ptr<const model::EntityType> type);
  std::shared_ptr<const model::EntityType> load_rounding(
      const YAML::Node& node, const std::string& path,
      std::shared_ptr<const model::EntityType> type);
  void load_policy(const YAML::Node& key, const YAML::Node& node, const std::string& path,
                   const model::EntityType& type, Policies& policies);

  // project_spokes.cpp
  void load_spokes(const YAML::Node& node);
  void load_spoke(const std::string& name, const YAML::Node& key, const YAML::Node& node);
  bool load_mapping(const YAML::Node& key, const YAML::Node& node, Spoke& spoke);
  void load_exclusions(const std::string& name, const YAML::Node& node);
  void load_given(const YAML::Node& node, const std::string& path, const Spoke& spoke,
                  model::Fields& values);
  std::optional<std::string> find_mapping(const std::string& name) const;
  /// The mapping file whose name is nearest, as a project would write it.
  std::string nearest_mapping(const std::string& name) const;

  std::filesystem::path folder_;
  const adapter::AdapterRegistry& adapters_;
  const ProjectOptions& options_;
  Project project_;
  std::string system_;              ///< whose settings are being read
  std::vector<std::string> names_;  ///< of all systems, right or wrong
  std::map<std::string, mapping::Tenant> tenants_;
};

}  // namespace channelbridge::hub
