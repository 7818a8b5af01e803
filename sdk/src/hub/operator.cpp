#include <algorithm>
#include <nlohmann/json.hpp>

#include "channelbridge/core/nearest.hpp"
#include "channelbridge/hub/hub.hpp"
#include "engine_internal.hpp"
#include "lost_creates_internal.hpp"
#include "waiting_internal.hpp"

/// What a person asks and decides: the story of a record, a conflict, a dead letter.
namespace channelbridge::hub {

namespace {

nlohmann::json parsed(const std::string& json) {
  nlohmann::json out = nlohmann::json::parse(json.empty() ? "{}" : json, nullptr, false);
  return out.is_discarded() ? nlohmann::json(json) : out;
}

nlohmann::json field_story(const RecordState& state, const model::EntityType& entity) {
  nlohmann::json out = nlohmann::json::object();
  for (const auto& [path, value] : state.fields) {
    nlohmann::json& field = out[path];
    field["value"] = value;
    const auto provenance = state.provenance.find(entity.group_of(path));
    if (provenance == state.provenance.end()) continue;
    field["system"] = provenance->second.system;
    field["at"] = to_iso8601(provenance->second.time);
    if (!provenance->second.line.empty()) field["rule"] = provenance->second.line;
  }
  return out;
}

nlohmann::json link_story(const store::LinkRow& row) {
  nlohmann::json out{{"spoke", row.spoke}, {"system", row.system}, {"object", row.object},
                     {"key", row.key},     {"closed", row.closed}, {"secondary", row.secondary},
                     {"due", row.due},     {"stale", row.stale}};
  if (auto state = parse_link_state(row.state)) {
    out["version"] = state->version;
    nlohmann::json shown = nlohmann::json::object();
    for (const auto& [name, group] : state->groups) {
      for (const auto& [path, value] : group.held) shown[path] = value;
      if (!group.conflict) continue;
      out["conflicts"].push_back(name);
      out["why"].push_back({{"group", name},
                            {"reason", std::string(to_string(group.conflict->reason))},
                            {"detail", group.conflict->detail}});
    }
    out["shows"] = std::move(shown);
  }
  return out;
}

/// Open letters about a record, or about its objects.
Result<nlohmann::json> letters_story(store::Store& store, const HubConfig& config,
                                     const std::string& record,
                                     const std::vector<store::LinkRow>& links) {
  nlohmann::json out = nlohmann::json::array();
  for (const Spoke& spoke : config.spokes) {
    std::vector<std::string> names{record};
    for (const store::LinkRow& link : links)
      if (link.spoke == spoke.name) names.push_back(link.key);
    auto letters = store.dead_letters_of(spoke.name, names);
    if (!letters) return std::move(letters).error();
    for (const store::DeadLetterRow& letter : *letters) {
      out.push_back({{"id", letter.id},
                     {"spoke", letter.spoke},
                     {"direction", letter.direction},
                     {"rule", letter.rule},
                     {"message", letter.message}});
    }
  }
  return out;
}

Error no_entity(const HubConfig& config, std::string_view name) {
  std::vector<std::string> known;
  for (const Spoke& spoke : config.spokes) known.push_back(spoke.mapping->entity().name());
  return Error(ErrorCode::Invalid, "no spoke carries such an entity")
      .with_problems({{.path = std::string(name),
                       .rule = "unknown_entity",
                       .message = "no spoke carries this entity",
                       .suggestion = nearest_word(name, known)}});
}

Error no_spoke(const HubConfig& config, std::string_view name) {
  std::vector<std::string> known;
  for (const Spoke& spoke : config.spokes) known.push_back(spoke.name);
  return Error(ErrorCode::Invalid, "the project has no such spoke")
      .with_problems({{.path = std::string(name),
                       .rule = "unknown_spoke",
                       .message = "there is no spoke of this name",
                       .suggestion = nearest_word(name, known)}});
}

/// Do the documents of this spoke each say something of their own?
bool gives_messages(const HubConfig& config, std::string_view spoke) {
  for (const Spoke& each : config.spokes) {
    for (const System& system : config.systems)
      if (each.name == spoke && system.name == each.system && system.adapter != nullptr)
        return system.adapter->capabilities(selection_of(each)).versions ==
               adapter::Versions::Messages;
  }
  return false;
}

}  // namespace

Result<std::string> Hub::explain(std::string_view entity, std::string_view id_prefix_or_key) const {
  const auto type =
      std::find_if(config().spokes.begin(), config().spokes.end(),
                   [&](const Spoke& spoke) { return spoke.mapping->entity().name() == entity; });
  if (type == config().spokes.end()) return no_entity(config(), entity);
  auto rows = store().records_like(entity, id_prefix_or_key, 2);
  if (!rows) return std::move(rows).error();
  if (rows->empty()) {  // not an id: a key in one of the systems
    for (const Spoke& spoke : config().spokes) {
      if (spoke.mapping->entity().name() != entity) continue;
      auto links = store().links_by_key(spoke.name, {std::string(id_prefix_or_key)});
      if (!links) return std::move(links).error();
      if (links->empty()) continue;
      auto owner = store().records({links->front().record});
      if (!owner) return std::move(owner).error();
      rows = std::move(owner);
      break;
    }
  }
  if (rows->empty())
    return Error(ErrorCode::NotFound, "no " + std::string(entity) + " has the id or key '" +
                                          std::string(id_prefix_or_key) + "'");
  if (rows->size() > 1)
    return Error(ErrorCode::Invalid, "more than one " + std::string(entity) + " begins with '" +
                                         std::string(id_prefix_or_key) + "'");
  while (!rows->front().alias_of.empty()) {  // merged away: the survivor tells its story
    auto survivor = store().records({rows->front().alias_of});
    if (!survivor) return std::move(survivor).error();
    if (survivor->empty())
      return Error(ErrorCode::Internal, "record " + rows->front().id + " has no survivor");
    rows = std::move(survivor);
  }
  const store::RecordRow& row = rows->front();
  auto state = parse_record_state(row.state);
  if (!state) return std::move(state).error();
  nlohmann::json out{{"id", row.id},
                     {"entity", row.entity},
                     {"version", row.version},
                     {"created", to_iso8601(row.created)},
                     {"updated", to_iso8601(row.updated)},
                     {"fields", field_story(*state, type->mapping->entity())}};
  auto versions = store().versions(row.id);
  if (!versions) return std::move(versions).error();
  for (const store::VersionRow& version : *versions) {
    out["history"].push_back({{"version", version.version},
                              {"at", to_iso8601(version.at)},
                              {"run", version.run},
                              {"by", version.actor},
                              {"changes", parsed(version.changes)}});
  }
  auto links = store().links_of_record(row.id);
  if (!links) return std::move(links).error();
  for (const store::LinkRow& link : *links) out["links"].push_back(link_story(link));
  auto intents = store().intents_of_record(row.id);
  if (!intents) return std::move(intents).error();
  for (const store::IntentRow& intent : *intents) {
    nlohmann::json story{{"id", intent.id},
                         {"spoke", intent.spoke},
                         {"key", intent.key},
                         {"state", to_string(intent.state)},
                         {"record_version", intent.record_version},
                         {"decided", to_iso8601(intent.decided)},
                         {"outcome", intent.outcome}};
    if (auto decision = parse_write_decision(intent.decision)) {
      story["operation"] = decision->create ? "create" : "update";
      for (const auto& [name, group] : decision->groups) story["groups"].push_back(name);
    }
    out["writes"].push_back(std::move(story));
  }
  for (const Spoke& spoke : config().spokes) {
    auto waits = waits_of_record(config(), store(), spoke, row.id);
    if (!waits) return std::move(waits).error();
    for (const Waiting& wait : *waits) out["waiting"].push_back(parsed(to_json(wait)));
  }
  auto letters = letters_story(store(), config(), row.id, *links);
  if (!letters) return std::move(letters).error();
  if (!letters->empty()) out["letters"] = *std::move(letters);
  auto unposted = store().ledger_waits_of({row.id});
  if (!unposted) return std::move(unposted).error();
  auto told = waits_of_ledger(store(), *unposted);
  if (!told) return std::move(told).error();
  for (const Waiting& wait : *told) out["waiting"].push_back(parsed(to_json(wait)));
  return out.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

Result<void> Hub::resolve_conflict(std::string_view spoke_name, std::string_view key,
                                   std::string_view group, Keep keep, const Context& context) {
  const auto spoke = std::find_if(config().spokes.begin(), config().spokes.end(),
                                  [&](const Spoke& s) { return s.name == spoke_name; });
  if (spoke == config().spokes.end()) return no_spoke(config(), spoke_name);
  const RunOptions options;
  Engine engine{.config = config(),
                .store = store(),
                .options = options,
                .context = context,
                .log = *config().log,
                .random = *config().random};
  auto run = prepare_spoke(engine, *spoke);
  if (!run) return std::move(run).error();
  Workset work(engine, *run);
  if (auto done = work.load_links_by_key({std::string(key)}); !done) return done;
  LoadedLink* link = work.link(key);
  if (link == nullptr)
    return Error(ErrorCode::NotFound,
                 "spoke " + spoke->name + " has no object '" + std::string(key) + "'");
  if (auto done = work.load_records({link->row.record}); !done) return done;
  if (auto done = work.load_presence(); !done) return done;
  LoadedRecord* record = work.record(link->row.record);
  if (record == nullptr)
    return Error(ErrorCode::Internal, "link " + std::string(key) + " has no record");
  link->touched = true;
  const Elements elements =
      elements_of(*spoke->mapping, run->shapes, record->state.fields, link->state);
  const MappingImage image(*spoke->mapping, run->shapes, elements);
  const MergeContext merge = work.context(record->row.id, image);
  if (!decide_conflict(record->state, link->state, merge, group, keep, engine.now())) {
    return Error(ErrorCode::NotFound, "there is no open conflict in group '" + std::string(group) +
                                          "' of " + std::string(key));
  }
  record->note = nlohmann::json{{"decided", keep == Keep::Hub ? "keep hub" : "keep system"}}.dump();
  auto rows = work.finish();
  if (!rows) return std::move(rows).error();
  return store().commit(*std::move(rows), store::Durability::Full);
}

Result<void> Hub::replay(std::string_view id, const Context& context) {
  auto letter = store().dead_letter(id);
  if (!letter) return std::move(letter).error();
  if (!*letter || !(*letter)->open)
    return Error(ErrorCode::NotFound, "there is no open dead letter '" + std::string(id) + "'");
  const Timestamp now = context.clock().now();
  store::Changes changes;
  if ((*letter)->direction == "read") {
    auto links = store().links_by_key((*letter)->spoke, {(*letter)->key});
    if (!links) return std::move(links).error();
    if (gives_messages(config(), (*letter)->spoke)) {
      // A look at the object does not show it: all messages are read again. One that is there
      // still, and that still cannot be read, comes back as a letter.
      auto row = store().spoke((*letter)->spoke);
      if (!row) return std::move(row).error();
      row->cursor.clear();
      changes.spokes.push_back(*std::move(row));
      (*letter)->open = false;
      changes.dead_letters.push_back(**letter);
      auto others = store().dead_letters_of((*letter)->spoke, {(*letter)->key});
      if (!others) return std::move(others).error();
      const bool unread = std::any_of(others->begin(), others->end(), [&](const auto& other) {
        return other.direction == "read" && other.key == (*letter)->key &&
               other.id != (*letter)->id;
      });
      for (store::LinkRow& link : *links) {
        if (unread) continue;  // what that one was to say is still missing
        auto state = parse_link_state(link.state);
        if (!state) return std::move(state).error();
        state->due = true;  // what was held back meanwhile is planned again
        link.state = to_json(*state);
        link.due = true;
        link.stale = false;
        changes.links.push_back(std::move(link));
      }
    } else if (!links->empty()) {
      for (store::LinkRow& link : *links) {
        auto state = parse_link_state(link.state);
        if (!state) return std::move(state).error();
        state->look_due = true;
        state->fingerprint.clear();
        link.state = to_json(*state);
        link.look_due = true;
        changes.links.push_back(std::move(link));
      }
    } else {
      // Never linked: it is met again when the spoke reads from the beginning of its cursor.
      auto row = store().spoke((*letter)->spoke);
      if (!row) return std::move(row).error();
      row->cursor.clear();
      changes.spokes.push_back(*std::move(row));
    }
  } else {
    if ((*letter)->rule == kLostCreate) {
      auto intents =
          store().intents_of((*letter)->spoke, std::vector<std::string>{(*letter)->record});
      if (!intents) return std::move(intents).error();
      for (store::IntentRow& intent : *intents) {
        if (intent.state != store::IntentState::Unknown || !intent.key.empty()) continue;
        intent.state = store::IntentState::Absent;
        intent.answered = now;
        intent.outcome = "a person says that it never arrived";
        changes.intents.push_back(std::move(intent));
      }
    }
    (*letter)->record_version = -1;  // its lane is open again
    changes.dead_letters.push_back(**letter);
    changes.waiting.push_back({.spoke = (*letter)->spoke,
                               .record = (*letter)->record,
                               .reason = "retry",
                               .detail = "replayed",
                               .since = now});
  }
  return store().commit(std::move(changes), store::Durability::Full);
}

Result<store::Compacted> Hub::compact(const Context& context) {
  const Retention& rules = config().retention;
  const Timestamp now = context.clock().now();
  const auto before = [&](const std::optional<std::chrono::hours>& age) {
    return age ? std::optional<Timestamp>(now - *age) : std::nullopt;
  };
  store::Retention retention{.versions = before(rules.versions),
                             .intents = before(rules.intents),
                             .letters = before(rules.letters),
                             .runs = before(rules.runs)};
  for (const Spoke& spoke : config().spokes) {
    if (spoke.direction == SpokeDirection::Pull) continue;  // reads nothing of the change log
    auto row = store().spoke(spoke.name);
    if (!row) return std::move(row).error();
    auto& position = retention.read_up_to.try_emplace(spoke.mapping->entity().name(), row->position)
                         .first->second;
    position = std::min(position, row->position);
  }
  return store().compact(retention);
}

}  // namespace channelbridge::hub
