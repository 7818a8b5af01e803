#include "grounds_internal.hpp"

#include <algorithm>
#include <utility>

#include "channelbridge/model/validate.hpp"
#include "fund_words_internal.hpp"
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

/// Is there a word of the record's money that the spoke would write and that is not there yet?
bool shows_other_money(const Spoke& spoke, const RecordState& record, const LinkState* object) {
  const model::EntityType& entity = spoke.mapping->entity();
  const auto rules = spoke.mapping->rules();
  const std::vector<std::string_view> paths = money_fields(entity.name());
  return std::any_of(paths.begin(), paths.end(), [&](std::string_view path) {
    const model::Value value = model::get(record.fields, path);
    const bool written =
        std::any_of(rules.begin(), rules.end(), [path](const mapping::RuleInfo& rule) {
          return rule.field == path && rule.direction != mapping::Direction::Read;
        });
    if (!value || !written) return false;
    const GroupLink* shown =
        object == nullptr ? nullptr : find_group(*object, entity.group_of(path));
    return shown == nullptr || model::get(shown->held, path) != spoke.mapping->image(path, value);
  });
}

}  // namespace

Result<void> UnpostedRecords::load(store::Store& store, const Spoke& spoke,
                                   const std::vector<std::string>& records) {
  waits_.clear();
  if (!is_of_ledger(spoke.mapping->entity().name())) return {};
  auto rows = store.ledger_waits_of(records);
  if (!rows) return std::move(rows).error();
  for (store::LedgerWaitRow& row : *rows) {
    std::string id = row.record;
    waits_.emplace(std::move(id), std::move(row));
  }
  return {};
}

const store::LedgerWaitRow* UnpostedRecords::holding(const Spoke& spoke, const std::string& id,
                                                     const RecordState& record,
                                                     const LoadedLink* link) const {
  const auto wait = waits_.find(id);
  if (wait == waits_.end()) return nullptr;
  const bool news = shows_other_money(spoke, record, link == nullptr ? nullptr : &link->state);
  return news ? &wait->second : nullptr;
}

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
