#include <algorithm>

#include "linked_references_internal.hpp"

namespace channelbridge::hub {

namespace {

/// Null = no spoke carries it any more.
const model::EntityType* entity_of(const HubConfig& config, const std::string& name) {
  const auto spoke =
      std::find_if(config.spokes.begin(), config.spokes.end(),
                   [&](const Spoke& each) { return each.mapping->entity().name() == name; });
  return spoke == config.spokes.end() ? nullptr : &spoke->mapping->entity();
}

/// One transaction's worth of records that waited, and their links.
class ArrivalStep {
 public:
  ArrivalStep(Engine& engine, SpokeRun& spoke)
      : engine_(engine), work_(engine, spoke), arrived_(spoke.spoke->mapping->entity()) {}

  Result<void> resolve(std::vector<store::PendingRow> rows,
                       const std::map<std::string, std::string>& record_of) {
    std::vector<std::string> holders;
    holders.reserve(rows.size());
    for (const store::PendingRow& row : rows) holders.push_back(row.record);
    if (auto done = work_.load_records(holders); !done) return done;
    for (store::PendingRow& row : rows) {
      if (LoadedRecord* holder = work_.record(row.record)) {
        const std::string pending =
            model::to_string(model::PendingReference{row.system, row.object, row.key});
        if (auto done = hold_record(*holder, pending, record_of.at(row.key)); !done) return done;
        // Another entity of that object is meant, too, or instead, and has not come.
        if (holds(*holder, pending)) continue;
      }
      work_.changes.resolved.push_back(std::move(row));
    }
    for (auto& [name, row] : links_) work_.changes.links.push_back(std::move(row));
    auto out = work_.finish();
    if (!out) return std::move(out).error();
    return engine_.store.commit(*std::move(out));
  }

 private:
  static bool holds(const LoadedRecord& holder, const std::string& pending) {
    return std::any_of(holder.state.fields.begin(), holder.state.fields.end(),
                       [&](const auto& field) { return field.second == pending; });
  }

  Result<void> hold_record(LoadedRecord& holder, const std::string& pending,
                           const std::string& record) {
    const model::EntityType* entity = entity_of(engine_.config, holder.row.entity);
    bool moved = false;
    const auto replace = [&](const std::string& path, auto& value) {
      if (value != pending || (entity != nullptr && !may_mean(*entity, path, arrived_.name())))
        return;
      value = record;
      moved = true;
    };
    for (auto& [path, value] : holder.state.fields) replace(path, value);
    if (!moved) return {};
    ++holder.state.version;
    // What its links show or were sent as a pending reference is the record now, too.
    auto links = engine_.store.links_of_record(holder.row.id);
    if (!links) return std::move(links).error();
    for (store::LinkRow& stored : *links) {
      std::pair<std::string, std::string> name(stored.spoke, stored.key);
      store::LinkRow& row = links_.try_emplace(std::move(name), std::move(stored)).first->second;
      auto state = parse_link_state(row.state);
      if (!state) return std::move(state).error();
      for (auto& [group_name, group] : state->groups) {
        for (auto& [path, value] : group.held) replace(path, value);
        for (auto& [path, value] : group.sent) replace(path, value);
      }
      row.state = to_json(*state);
    }
    return {};
  }

  Engine& engine_;
  Workset work_;
  const model::EntityType& arrived_;
  std::map<std::pair<std::string, std::string>, store::LinkRow> links_;  ///< by spoke and key
};

/// The records of the spoke's entity behind these keys: the primary link's where there is one.
Result<std::map<std::string, std::string>> records_behind(Engine& engine, const SpokeRun& spoke,
                                                          const std::vector<std::string>& keys) {
  auto links =
      engine.store.links_by_reference(spoke.system->name, spoke.spoke->mapping->object(), keys);
  if (!links) return std::move(links).error();
  std::map<std::string, std::string> out;
  for (const store::PrimaryLink& link : *links) {
    if (link.entity != spoke.spoke->mapping->entity().name()) continue;
    out.try_emplace(link.key, link.record);
    if (!link.reference_key.empty()) out.try_emplace(link.reference_key, link.record);
  }
  return out;
}

}  // namespace

Result<void> resolve_arrived(Engine& engine, SpokeRun& spoke,
                             const std::vector<std::string>& keys) {
  if (keys.empty()) return {};
  const std::string& object = spoke.spoke->mapping->object();
  store::PendingRow last;  // who waits for another entity of these objects goes on waiting
  while (true) {
    if (auto go_on = engine.context.check(); !go_on) return go_on;
    const std::lock_guard guard(engine.mutex);
    auto rows = engine.store.pending(spoke.system->name, object, keys, kStoreStep, last);
    if (!rows) return std::move(rows).error();
    if (rows->empty()) return {};
    last = rows->back();
    std::set<std::string> awaited;
    for (const store::PendingRow& row : *rows) awaited.insert(row.key);
    auto record_of = records_behind(engine, spoke, {awaited.begin(), awaited.end()});
    if (!record_of) return std::move(record_of).error();
    for (const std::string& key : awaited) {
      if (!record_of->contains(key))
        return Error(ErrorCode::Internal, "object " + key + " has arrived without a link");
    }
    if (auto done = ArrivalStep(engine, spoke).resolve(*std::move(rows), *record_of); !done)
      return done;
  }
}

Result<void> resolve_left_over(Engine& engine, SpokeRun& spoke) {
  auto keys = engine.store.pending_arrived(spoke.system->name, spoke.spoke->mapping->object(),
                                           spoke.spoke->mapping->entity().name());
  if (!keys) return std::move(keys).error();
  return resolve_arrived(engine, spoke, *keys);
}

}  // namespace channelbridge::hub
