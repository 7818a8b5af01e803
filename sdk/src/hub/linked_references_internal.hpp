#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine_internal.hpp"

namespace channelbridge::hub {

/// Is the record's field one that the rule maps? "lines[no=10].product" is one of
/// "lines[].product".
inline bool maps(const mapping::RuleInfo& rule, std::string_view path) {
  const auto element = model::split_element(path);
  if (!element) return rule.field == path;
  return rule.field == std::string(element->list) + "[]." + std::string(element->field);
}

/// May the holder's field mean a record of `entity`? One object of a system may be several
/// entities': its key alone does not tell.
inline bool may_mean(const model::EntityType& holder, std::string_view path,
                     std::string_view entity) {
  const model::FieldInfo* field = holder.find(path);
  return field == nullptr || field->refers_to.empty() || field->refers_to == entity;
}

/// The system under whose name the keys of an object are known where `system` refers to it: its
/// own, or the one whose keys it uses.
inline const std::string& system_of_keys(const HubConfig& config, const System& system,
                                         std::string_view object) {
  const bool own = system.keys_of.empty() ||
                   std::any_of(config.spokes.begin(), config.spokes.end(), [&](const Spoke& spoke) {
                     return spoke.system == system.name && spoke.mapping->object() == object;
                   });
  return own ? system.name : system.keys_of;
}

/// Keys of records in this spoke's system, for the references of the records at hand.
class LinkedReferences : public mapping::References {
 public:
  explicit LinkedReferences(const Engine& engine, const SpokeRun& spoke)
      : engine_(engine), spoke_(spoke) {}

  Result<void> load(const std::vector<std::string>& records) {
    auto rows = engine_.store.primary_links(records);
    if (!rows) return std::move(rows).error();
    for (store::PrimaryLink& row : *rows) {
      if (row.system == spoke_.system->name || row.system == spoke_.system->keys_of)
        links_[row.record].push_back(std::move(row));
    }
    return {};
  }
  std::optional<std::string> record_of(std::string_view, std::string_view) const override {
    return std::nullopt;
  }
  std::optional<std::string> key_of(std::string_view object,
                                    std::string_view record) const override {
    const auto at = links_.find(record);
    if (at == links_.end()) return std::nullopt;
    const std::string& system = system_of_keys(engine_.config, *spoke_.system, object);
    for (const store::PrimaryLink& link : at->second) {
      if (link.object != object || link.system != system) continue;
      if (!link.reference_key.empty()) return link.reference_key;
      // Where others refer to an object by another key than its own, that key is waited for.
      if (!has_reference_key(link)) return link.key;
    }
    return std::nullopt;
  }

 private:
  bool has_reference_key(const store::PrimaryLink& link) const {
    return std::any_of(
        engine_.config.spokes.begin(), engine_.config.spokes.end(), [&](const Spoke& spoke) {
          return spoke.system == link.system && spoke.mapping->object() == link.object &&
                 spoke.mapping->entity().name() == link.entity &&
                 !spoke.mapping->object_paths().reference_key.empty();
        });
  }

  const Engine& engine_;
  const SpokeRun& spoke_;
  std::map<std::string, std::vector<store::PrimaryLink>, std::less<>> links_;
};

}  // namespace channelbridge::hub
