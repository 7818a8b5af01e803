#include "grounds_internal.hpp"

#include <algorithm>
#include <utility>

#include "channelbridge/model/validate.hpp"
#include "merge_internal.hpp"

namespace channelbridge::hub {

namespace {

bool may_state(const HubConfig& config, std::string_view system, std::string_view entity,
               const std::vector<std::string>& paths) {
  return std::any_of(config.spokes.begin(), config.spokes.end(), [&](const Spoke& spoke) {
    if (spoke.system != system || spoke.direction == SpokeDirection::Push ||
        spoke.mapping->entity().name() != entity)
      return false;
    return std::any_of(paths.begin(), paths.end(), [&spoke](const std::string& path) {
      return spoke.mapping->may_state(path);
    });
  });
}

/// Does the object say itself what the record says there?
bool says_so(const LinkState* object, const std::string& group, const std::string& path,
             const RecordState& record) {
  const GroupLink* shown = object == nullptr ? nullptr : find_group(*object, group);
  return shown != nullptr && shown->held.contains(path) &&
         model::get(shown->held, path) == model::get(record.fields, path);
}

/// The system that said what asks for the value, and can give it; "" = none but the spoke's own.
std::string who_owes(const HubConfig& config, const Spoke& spoke, const LinkState* object,
                     const RecordState& record, const model::MissingGround& ground) {
  const model::EntityType& entity = spoke.mapping->entity();
  for (const std::string& path : ground.asked_by) {
    const std::string group = entity.group_of(path);
    const auto said = record.provenance.find(group);
    if (said == record.provenance.end() || said->second.system == spoke.system ||
        says_so(object, group, path, record))
      continue;
    if (may_state(config, said->second.system, entity.name(), ground.any_of))
      return said->second.system;
  }
  return "";
}

}  // namespace

std::optional<Problem> missing_ground(const HubConfig& config, const Spoke& spoke,
                                      const RecordState& record, const LinkState* object) {
  const model::EntityType& entity = spoke.mapping->entity();
  for (model::MissingGround& ground : model::missing_grounds(entity, record.fields)) {
    const std::string owes = who_owes(config, spoke, object, record, ground);
    if (owes.empty()) continue;
    ground.problem.message += ": " + owes + ", which says so, has to give it";
    return std::move(ground.problem);
  }
  return std::nullopt;
}

}  // namespace channelbridge::hub
