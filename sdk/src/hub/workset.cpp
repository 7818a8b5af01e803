#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>

#include "accruals_internal.hpp"
#include "doubles_internal.hpp"
#include "fund_accounting_internal.hpp"

namespace channelbridge::hub {

namespace {

std::string stated_json(const Stated& stated) {
  nlohmann::json out = nlohmann::json::object();
  for (const auto& [path, value] : stated)
    out[path] = value ? nlohmann::json(*value) : nlohmann::json();
  return out.dump();
}

std::string lower_case(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
  }
  return text;
}

/// The entry of the change log: each field that moved, its old and its new value, and where the new
/// one comes from.
std::string changes_json(const LoadedRecord& record, const model::EntityType& entity) {
  nlohmann::json out =
      record.note.empty() ? nlohmann::json::object() : nlohmann::json::parse(record.note);
  nlohmann::json fields = nlohmann::json::object();
  const auto add = [&](const std::string& path, const model::Value& old_value,
                       const model::Value& new_value) {
    nlohmann::json& field = fields[path];
    field["old"] = old_value ? nlohmann::json(*old_value) : nlohmann::json();
    field["new"] = new_value ? nlohmann::json(*new_value) : nlohmann::json();
    const auto provenance = record.state.provenance.find(entity.group_of(path));
    if (provenance != record.state.provenance.end()) {
      field["system"] = provenance->second.system;
      field["rule"] = provenance->second.line;
    }
  };
  for (const auto& [path, value] : record.before) {
    if (const model::Value now = model::get(record.state.fields, path); now != value)
      add(path, value, now);
  }
  for (const auto& [path, value] : record.state.fields) {
    if (!record.before.contains(path)) add(path, std::nullopt, value);
  }
  out["fields"] = std::move(fields);
  return out.dump();
}

bool has_key(const std::vector<store::MatchKeyRow>& keys, const store::MatchKeyRow& wanted) {
  return std::any_of(keys.begin(), keys.end(), [&](const store::MatchKeyRow& key) {
    return key.kind == wanted.kind && key.value == wanted.value;
  });
}

std::set<std::string> conflicts_of(const LinkState& link) {
  std::set<std::string> out;
  for (const auto& [name, group] : link.groups) {
    if (group.conflict) out.insert(name);
  }
  return out;
}

}  // namespace

std::string shown_key(const store::MatchKeyRow& key, const model::EntityType& entity,
                      const model::Fields& fields) {
  // Keys leave out case, spaces and punctuation.
  const auto bare = [](std::string_view text) {
    std::string out = lower_case(std::string(text));
    std::erase_if(out, [](unsigned char c) { return c < 0x80 && std::isalnum(c) == 0; });
    return out;
  };
  const std::string value = bare(key.value);
  const bool personal = std::any_of(fields.begin(), fields.end(), [&](const auto& field) {
    const model::FieldInfo* info = entity.find(field.first);
    const bool telling =
        info != nullptr && info->personal &&
        (info->type == model::FieldType::Text || info->type == model::FieldType::Email ||
         info->type == model::FieldType::Phone);
    return telling && field.second.size() > 3 &&
           value.find(bare(field.second)) != std::string::npos;
  });
  if (personal) return key.kind;
  std::string out = key.kind + ": " + key.value;
  std::replace(out.begin(), out.end(), '\x1f', '/');
  return out;
}

void Engine::advance(const SpokeRun& spoke, std::string_view phase, std::uint64_t done) {
  if (options.progress == nullptr) return;
  const std::lock_guard guard(progress_mutex);
  options.progress->advance(spoke.spoke->name, phase, done);
}

Result<void> Engine::continue_clock() {
  auto runs = store.runs(1);
  if (!runs) return std::move(runs).error();
  for (const store::RunRow& row : *runs) clock.continue_after(row.ended.value_or(row.started));
  for (const Spoke& spoke : config.spokes) {
    auto row = store.spoke(spoke.name);
    if (!row) return std::move(row).error();
    if (row->pulled) clock.continue_after(*row->pulled);
  }
  return {};
}

Result<std::int64_t> Engine::run_of_postings() const {
  return run > 0 || dry ? Result<std::int64_t>(run) : store.next_run();
}

Result<void> Workset::load_links_by_key(const std::vector<std::string>& keys) {
  auto rows = engine_.store.links_by_key(spoke_.spoke->name, keys);
  if (!rows) return std::move(rows).error();
  for (store::LinkRow& row : *rows) {
    if (links_.contains(row.key)) continue;
    auto state = parse_link_state(row.state);
    if (!state) return std::move(state).error();
    auto elements = parse_element_keys(row.elements);
    if (!elements) return std::move(elements).error();
    LoadedLink link{
        .row = std::move(row), .state = *std::move(state), .elements = *std::move(elements)};
    link.conflicts_before = conflicts_of(link.state);
    link.secondary_before = link.state.secondary;
    link.asked_before = is_asked(link.state);
    std::string key = link.row.key;
    links_.emplace(std::move(key), std::move(link));
  }
  return {};
}

Result<void> Workset::load_links_of(const std::vector<std::string>& records) {
  auto rows = engine_.store.links_of(spoke_.spoke->name, records);
  if (!rows) return std::move(rows).error();
  std::vector<std::string> keys;
  for (const store::LinkRow& row : *rows) keys.push_back(row.key);
  return load_links_by_key(keys);
}

Result<void> Workset::load_records(const std::vector<std::string>& ids) {
  std::vector<std::string> wanted;
  for (const std::string& id : ids) {
    if (!records_.contains(id) && !aliases_.contains(id)) wanted.push_back(id);
  }
  while (!wanted.empty()) {
    auto rows = engine_.store.records(wanted);
    if (!rows) return std::move(rows).error();
    wanted.clear();
    for (store::RecordRow& row : *rows) {
      if (!row.alias_of.empty()) {
        aliases_[row.id] = row.alias_of;
        if (!records_.contains(row.alias_of)) wanted.push_back(row.alias_of);
        continue;
      }
      auto state = parse_record_state(row.state);
      if (!state) return std::move(state).error();
      LoadedRecord record{.row = std::move(row), .state = *std::move(state)};
      record.before = record.state.fields;
      record.version_before = record.state.version;
      record.keys_before = keys_of(record);
      std::string id = record.row.id;
      records_.emplace(std::move(id), std::move(record));
    }
  }
  return {};
}

Result<void> Workset::load_presence() {
  std::vector<std::string> ids;
  for (const auto& [id, record] : records_) {
    if (!presence_.contains(id)) ids.push_back(id);
  }
  auto rows = engine_.store.primary_links(ids);
  if (!rows) return std::move(rows).error();
  for (const std::string& id : ids) presence_[id];
  for (store::PrimaryLink& row : *rows) {
    linked_[row.record].insert(row.system);
    presence_[row.record].push_back(std::move(row));
  }
  return {};
}

Result<void> Workset::load_open_intents() {
  std::vector<std::string> ids;
  for (const auto& [id, record] : records_) ids.push_back(id);
  auto rows = engine_.store.intents_of(spoke_.spoke->name, ids);
  if (!rows) return std::move(rows).error();
  intents_.clear();
  for (store::IntentRow& row : *rows) intents_[row.record].push_back(std::move(row));
  return {};
}

LoadedRecord* Workset::record(std::string_view id) {
  std::string key(id);
  for (auto alias = aliases_.find(key); alias != aliases_.end(); alias = aliases_.find(key))
    key = alias->second;
  const auto at = records_.find(key);
  return at == records_.end() ? nullptr : &at->second;
}

LoadedRecord& Workset::new_record(std::string id) {
  LoadedRecord record;
  record.row = {
      .id = id, .entity = spoke_.spoke->mapping->entity().name(), .created = engine_.now()};
  engine_.last_born = record.row.created;
  presence_[id];
  return records_.emplace(std::move(id), std::move(record)).first->second;
}

LoadedLink* Workset::link(std::string_view key) {
  const auto at = links_.find(std::string(key));
  return at == links_.end() ? nullptr : &at->second;
}

LoadedLink* Workset::link_of(std::string_view record) {
  LoadedLink* closed = nullptr;
  for (auto& [key, link] : links_) {
    if (link.row.record != record || link.state.secondary) continue;
    if (!link.state.closed) return &link;
    closed = &link;
  }
  return closed;
}

bool Workset::has_primary(std::string_view record, std::string_view except_key) {
  return std::any_of(links_.begin(), links_.end(), [&](const auto& entry) {
    const LoadedLink& link = entry.second;
    return link.row.record == record && entry.first != except_key && !link.state.secondary &&
           !link.state.closed;
  });
}

LoadedLink& Workset::new_link(std::string key, std::string record) {
  LoadedLink link;
  link.row = {.spoke = spoke_.spoke->name,
              .key = key,
              .system = spoke_.system->name,
              .object = spoke_.spoke->mapping->object(),
              .entity = spoke_.spoke->mapping->entity().name(),
              .record = record};
  link.touched = true;
  linked_[record].insert(spoke_.system->name);
  changes.arrived_records.push_back(std::move(record));
  return links_.insert_or_assign(std::move(key), std::move(link)).first->second;
}

MergeContext Workset::context(const std::string& record, const Image& image) {
  std::set<std::string, std::less<>>& systems = linked_[record];
  if (spoke_.spoke->direction == SpokeDirection::Push) systems.emplace(kHubAuthority);
  return {image, spoke_.traits, spoke_.policies, systems, &spoke_.spoke->mapping->entity()};
}
const std::vector<store::PrimaryLink>& Workset::presence(const std::string& record) {
  return presence_[record];
}

bool Workset::has_open_intent(const std::string& record) {
  const auto at = intents_.find(record);
  if (at == intents_.end()) return false;
  return std::any_of(at->second.begin(), at->second.end(), [](const store::IntentRow& intent) {
    return intent.state == store::IntentState::Sending ||
           intent.state == store::IntentState::Unknown;
  });
}

/// Keys of the spoke's own entity only: a step may load records of others that refer to its
/// objects.
std::vector<store::MatchKeyRow> Workset::keys_of(const LoadedRecord& record) const {
  const model::EntityType& entity = spoke_.spoke->mapping->entity();
  if (record.row.entity != entity.name()) return {};
  return match_keys(entity, spoke_.keys, record.state.fields, record.row.id);
}

/// Keys that records have gained and other records hold: two of them may be one.
Result<void> Workset::note_shared_keys(const std::vector<store::MatchKeyRow>& gained,
                                       store::Changes& out) {
  auto owners = engine_.store.match(gained);
  if (!owners) return std::move(owners).error();
  std::map<std::pair<std::string_view, std::string_view>, std::string_view> first_in_this_step;
  for (std::size_t i = 0; i < gained.size(); ++i) {
    const LoadedRecord& record = records_.at(gained[i].record);
    const auto [first, is_first] =
        first_in_this_step.try_emplace({gained[i].kind, gained[i].value}, record.row.id);
    std::string owner = (*owners)[i].empty() ? std::string(first->second) : (*owners)[i];
    if (owner == record.row.id) continue;
    out.duplicates.push_back(
        {.entity = record.row.entity,
         .record = std::move(owner),
         .other = record.row.id,
         .reason = "both have the same " +
                   shown_key(gained[i], spoke_.spoke->mapping->entity(), record.state.fields),
         .since = engine_.now()});
  }
  return {};
}

/// Warns of a record that its new references lead back to, through lists too: a bundle that is a
/// part of itself. Such a circle is reported and stays: whoever made it mends it.
Result<void> Workset::note_circles(const LoadedRecord& record) {
  constexpr std::size_t kMost = 1'000;  // records that are looked at
  const model::EntityType& entity = spoke_.spoke->mapping->entity();
  if (record.row.entity != entity.name()) return {};
  for (const std::string_view path : entity.rules().acyclic) {
    const std::vector<std::string> begin = model::values_at(record.state.fields, path);
    if (begin == model::values_at(record.before, path)) continue;
    std::map<std::string, std::string> way;  // a record that is reached, and how
    std::vector<std::string> open;
    const auto reach = [&](const std::vector<std::string>& next, const std::string& from) {
      for (const std::string& id : next) {
        if (way.emplace(id, from + " -> " + id).second) open.push_back(id);
      }
    };
    reach(begin, record.row.id);
    while (!open.empty() && way.size() < kMost && !way.contains(record.row.id)) {
      const std::string id = std::move(open.back());
      open.pop_back();
      auto state = state_of(id);
      if (!state) return std::move(state).error();
      if (*state) reach(model::values_at((*state)->fields, path), way.at(id));
    }
    const auto back = way.find(record.row.id);
    if (back == way.end() && !open.empty()) {
      ++spoke_.report.circles_unseen;
      engine_.log.write(LogLevel::Warning, "references go on too far to be followed for circles",
                        {{"entity", entity.name()},
                         {"field", std::string(path)},
                         {"record", record.row.id},
                         {"looked at", std::to_string(way.size())}});
    }
    if (back == way.end()) continue;
    ++spoke_.report.circles;
    engine_.log.write(
        LogLevel::Warning, "a record leads back to itself",
        {{"entity", entity.name()}, {"field", std::string(path)}, {"way", back->second}});
  }
  return {};
}

/// A second object of its record is listed until a person says what it is, or until it is none.
void Workset::note_double(LoadedLink& link, store::Changes& out) {
  LinkState& state = link.state;
  const Timestamp since = state.undecided.value_or(engine_.now());
  if (!state.secondary) {
    state.undecided.reset();
  } else if (!link.secondary_before && !state.undecided) {
    state.undecided = since;
  }
  const bool asked = is_asked(state);
  if (asked == link.asked_before) return;
  if (asked && link.row.last_document.empty() && !link.row.stale &&
      spoke_.traits.versions != adapter::Versions::Messages)
    state.look_due = true;  // for what it says otherwise
  out.decided_duplicates.push_back(
      {.entity = link.row.entity,
       .record = link.row.record,
       .other = double_name(link.row.spoke, link.row.key),
       .reason = spoke_.spoke->name + " object " + link.row.key + " is a second one of this record",
       .since = since,
       .dismissed = !asked});
}

Result<std::optional<RecordState>> Workset::state_of(const std::string& id) {
  if (const LoadedRecord* loaded = record(id)) return std::optional(loaded->state);
  auto rows = engine_.store.records({id});
  if (!rows) return std::move(rows).error();
  if (rows->empty()) return std::optional<RecordState>();
  auto state = parse_record_state(rows->front().state);
  if (!state) return std::move(state).error();
  return std::optional(*std::move(state));
}

Result<void> Workset::keep_books(store::Changes& out) {
  const auto moves_others = [this](const store::VersionRow& version) {
    const LoadedRecord& record = records_.at(version.record);
    return moves_accruals(version.entity, record.before, record.state.fields);
  };
  if (makes_accruals(engine_.config) &&
      std::any_of(out.versions.begin(), out.versions.end(), moves_others))
    look_at_accruals_anew(out, engine_.now());
  std::vector<std::string> moved;
  for (const store::VersionRow& version : out.versions) {
    if (is_of_ledger(version.entity)) moved.push_back(version.record);
  }
  if (moved.empty()) return {};
  LedgerReader reader(engine_.store);
  for (const auto& [id, record] : records_) {
    reader.set({.id = id,
                .entity = record.row.entity,
                .version = record.row.version,
                .fields = record.state.fields,
                .created = record.row.created});
  }
  auto run = engine_.run_of_postings();
  if (!run) return std::move(run).error();
  FundAccounting accounting(engine_.config, std::move(reader), engine_.now(), *run);
  accounting.leave_ends_open();  // the next page may tell what was promised before
  if (auto done = accounting.account(moved); !done) return done;
  accounting.enter(out);
  return {};
}

Result<store::Changes> Workset::finish() {
  store::Changes out = std::move(changes);
  const model::EntityType& entity = spoke_.spoke->mapping->entity();
  std::vector<store::MatchKeyRow> gained;
  for (auto& [id, record] : records_) {
    const bool is_new = record.row.version == 0;
    if (record.state.version == record.version_before && record.state.fields == record.before &&
        !is_new) {
      // Provenance may have moved without the fields: stored, no version of its own.
      std::string state = to_json(record.state);
      if (state != record.row.state) {
        record.row.state = std::move(state);
        out.records.push_back(record.row);
      }
      continue;
    }
    record.row.version += 1;
    record.row.updated = engine_.now();
    record.row.state = to_json(record.state);
    out.versions.push_back({.record = id,
                            .entity = record.row.entity,
                            .version = record.row.version,
                            .at = record.row.updated,
                            .run = engine_.run,
                            .actor = spoke_.spoke->name,
                            .changes = changes_json(record, entity)});
    out.records.push_back(record.row);
    std::vector<store::MatchKeyRow> keys = keys_of(record);
    for (const store::MatchKeyRow& old : record.keys_before) {
      if (!has_key(keys, old)) out.removed_match_keys.push_back(old);
    }
    for (const store::MatchKeyRow& key : keys) {
      if (!has_key(record.keys_before, key)) gained.push_back(key);
    }
    if (auto done = note_circles(record); !done) return std::move(done).error();
    for (store::MatchKeyRow& key : keys) out.match_keys.push_back(std::move(key));
    for (const auto& [path, value] : record.state.fields) {
      if (auto pending = model::parse_pending_reference(value)) {
        out.pending.push_back({pending->system, pending->object, pending->key, id});
      }
    }
  }
  if (auto done = note_shared_keys(gained, out); !done) return std::move(done).error();
  if (auto done = keep_books(out); !done) return std::move(done).error();
  for (auto& [key, link] : links_) {
    if (!link.touched) continue;
    const std::set<std::string> conflicts = conflicts_of(link.state);
    for (const std::string& group : conflicts) {
      const GroupLink& held = link.state.groups.at(group);
      store::ConflictRow row{.spoke = link.row.spoke,
                             .key = key,
                             .group = group,
                             .record = link.row.record,
                             .entity = link.row.entity,
                             .reason = std::string(to_string(held.conflict->reason)),
                             .detail = held.conflict->detail,
                             .system = stated_json(held.conflict->incoming),
                             .since = engine_.now()};
      Stated hub;
      if (const LoadedRecord* owner = record(link.row.record)) {
        for (const auto& [path, value] : held.conflict->incoming)
          hub[path] = model::get(owner->state.fields, path);
      }
      row.hub = stated_json(hub);
      out.conflicts.push_back(std::move(row));
    }
    for (const std::string& group : link.conflicts_before) {
      if (!conflicts.contains(group))
        out.closed_conflicts.push_back({.spoke = link.row.spoke, .key = key, .group = group});
    }
    note_double(link, out);
    link.row.state = to_json(link.state);
    link.row.elements = to_json(link.elements);
    link.row.due = link.state.due;
    link.row.look_due = link.state.look_due;
    link.row.closed = link.state.closed;
    link.row.secondary = link.state.secondary;
    out.links.push_back(link.row);
  }
  return out;
}

}  // namespace channelbridge::hub
