#include <algorithm>
#include <nlohmann/json.hpp>

#include "engine_internal.hpp"

/// What a person decides about two records that may be one.
namespace channelbridge::hub {

namespace {

/// The listed pair, whichever way round it was named.
Result<store::DuplicateRow> find_pair(store::Store& store, std::string_view first,
                                      std::string_view second) {
  auto rows = store.duplicates();
  if (!rows) return std::move(rows).error();
  std::erase_if(*rows, [&](const store::DuplicateRow& row) {
    return !(row.record.starts_with(first) && row.other.starts_with(second)) &&
           !(row.record.starts_with(second) && row.other.starts_with(first));
  });
  const std::string names = "'" + std::string(first) + "' and '" + std::string(second) + "'";
  if (first.empty() || second.empty() || rows->empty())
    return Error(ErrorCode::NotFound, names + " are not listed as a possible duplicate");
  if (rows->size() > 1)
    return Error(ErrorCode::Invalid, "more than one possible duplicate fits " + names);
  return rows->front();
}

using ElementFields = std::map<std::string, std::string>;

/// The elements of one list of a record: id -> its fields.
std::map<std::string, ElementFields> elements_of_list(const model::Fields& fields,
                                                      std::string_view list) {
  std::map<std::string, ElementFields> out;
  for (const auto& [path, value] : fields) {
    const auto inside = model::split_element(path);
    if (inside && inside->list == list)
      out[std::string(inside->element)][std::string(inside->field)] = value;
  }
  return out;
}

class Merger {
 public:
  Merger(store::Store& store, const HubConfig& config, Timestamp now)
      : store_(store), config_(config), now_(now) {}

  Result<void> merge(const std::string& survivor, const std::string& loser) {
    if (auto done = load(survivor, loser); !done) return done;
    take_fields();
    if (auto done = take_links(); !done) return done;
    if (auto done = meet_set_aside(); !done) return done;
    finish();
    return store_.commit(std::move(changes_), store::Durability::Full);
  }

 private:
  Result<void> load(const std::string& survivor, const std::string& loser) {
    auto rows = store_.records({survivor, loser});
    if (!rows) return std::move(rows).error();
    for (store::RecordRow& row : *rows) {
      auto state = parse_record_state(row.state);
      if (!state) return std::move(state).error();
      const bool stays = row.id == survivor;
      (stays ? state_ : lost_) = *std::move(state);
      (stays ? survivor_ : loser_) = std::move(row);
    }
    return {};
  }

  /// Where the survivor says nothing, the other's value stays. Elements of lists are united; equal
  /// ones are one.
  void take_fields() {
    const auto spoke = std::find_if(
        config_.spokes.begin(), config_.spokes.end(),
        [&](const Spoke& s) { return s.mapping->entity().name() == survivor_.entity; });
    const auto group_of = [&](const std::string& path) {
      return spoke == config_.spokes.end() ? path : spoke->mapping->entity().group_of(path);
    };
    const model::Fields own = state_.fields;
    for (const auto& [path, value] : lost_.fields) {
      if (const auto inside = model::split_element(path)) {
        const std::string element(inside->element);
        if (!renamed_.contains(element)) renamed_[element] = equal_element(own, *inside, element);
        if (!renamed_[element].empty()) continue;
        state_.fields[path] = value;
        take_provenance(std::string(inside->list) + "[" + element + "]");
        continue;
      }
      const std::string group = group_of(path);
      const bool says_something = std::any_of(own.begin(), own.end(), [&](const auto& field) {
        return group_of(field.first) == group;
      });
      if (says_something) continue;
      state_.fields[path] = value;
      take_provenance(group);
    }
  }
  template <typename Inside>
  std::string equal_element(const model::Fields& own, const Inside& inside,
                            const std::string& element) const {
    const auto lost = elements_of_list(lost_.fields, inside.list);
    for (const auto& [id, fields] : elements_of_list(own, inside.list)) {
      if (fields == lost.at(element)) return id;
    }
    return "";
  }
  void take_provenance(const std::string& group) {
    if (const auto from = lost_.provenance.find(group); from != lost_.provenance.end())
      state_.provenance[group] = from->second;
  }

  /// Objects of the one that goes belong to the survivor: as its own where it has none on the
  /// spoke, else as doubles, which are read and never written.
  Result<void> take_links() {
    auto own = store_.links_of_record(survivor_.id);
    if (!own) return std::move(own).error();
    std::set<std::string> primary;
    for (store::LinkRow& link : *own) {
      if (!link.closed && !link.secondary) primary.insert(link.spoke);
    }
    auto links = store_.links_of_record(loser_.id);
    if (!links) return std::move(links).error();
    for (store::LinkRow& link : *links) {
      for (const auto& [from, to] : renamed_) {
        if (to.empty()) continue;
        replace_all(link.state, from, to);
        replace_all(link.elements, from, to);
      }
      auto state = parse_link_state(link.state);
      if (!state) return std::move(state).error();
      link.record = survivor_.id;
      if (!link.closed && !link.secondary) {
        if (primary.contains(link.spoke)) {
          make_double(link, *state);
        } else {
          state->due = link.due = true;
        }
      }
      link.state = to_json(*state);
      changes_.links.push_back(std::move(link));
    }
    return {};
  }
  /// An object that could have been either is met again: its spoke reads from the beginning.
  Result<void> meet_set_aside() {
    for (const Spoke& spoke : config_.spokes) {
      if (spoke.mapping->entity().name() != survivor_.entity) continue;
      auto letters = store_.dead_letters_of(spoke.name, {survivor_.id, loser_.id});
      if (!letters) return std::move(letters).error();
      std::vector<std::string> keys;
      for (const store::DeadLetterRow& letter : *letters) {
        if (letter.direction == "read") keys.push_back(letter.key);
      }
      auto links = store_.links_by_key(spoke.name, keys);
      if (!links) return std::move(links).error();
      const bool met = std::all_of(keys.begin(), keys.end(), [&](const std::string& key) {
        return std::any_of(links->begin(), links->end(),
                           [&](const store::LinkRow& link) { return link.key == key; });
      });
      if (met) continue;
      auto row = store_.spoke(spoke.name);
      if (!row) return std::move(row).error();
      row->cursor.clear();
      changes_.spokes.push_back(*std::move(row));
    }
    return {};
  }
  void make_double(store::LinkRow& link, LinkState& state) {
    state.secondary = link.secondary = true;
    state.due = link.due = false;
    for (auto& [name, group] : state.groups) {
      if (!group.conflict) continue;
      group.conflict.reset();
      changes_.closed_conflicts.push_back({.spoke = link.spoke, .key = link.key, .group = name});
    }
  }
  static void replace_all(std::string& text, const std::string& from, const std::string& to) {
    for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at))
      text.replace(at, from.size(), to);
  }

  void finish() {
    nlohmann::json fields = nlohmann::json::object();
    auto before = parse_record_state(survivor_.state);
    for (const auto& [path, value] : state_.fields) {
      if (before && model::get(before->fields, path) == value) continue;
      fields[path] = {{"old", nullptr}, {"new", value}};
    }
    // Newer than all that links, letters and the change log know of either.
    state_.version = std::max(state_.version, lost_.version) + 1;
    survivor_.version = std::max(survivor_.version, loser_.version) + 1;
    survivor_.updated = loser_.updated = now_;
    survivor_.state = to_json(state_);
    loser_.alias_of = survivor_.id;
    changes_.versions.push_back(
        {.record = survivor_.id,
         .entity = survivor_.entity,
         .version = survivor_.version,
         .at = now_,
         .actor = "person",
         .changes = nlohmann::json{{"merged", loser_.id}, {"fields", std::move(fields)}}.dump()});
    changes_.repointed.emplace_back(loser_.id, survivor_.id);
    changes_.arrived_records.push_back(survivor_.id);
    changes_.records = {survivor_, loser_};
  }

  store::Store& store_;
  const HubConfig& config_;
  Timestamp now_;
  store::RecordRow survivor_;
  store::RecordRow loser_;
  RecordState state_;
  RecordState lost_;
  std::map<std::string, std::string> renamed_;  ///< element of the loser -> the survivor's, or ""
  store::Changes changes_;
};

}  // namespace

Result<void> Hub::dismiss_duplicate(std::string_view record, std::string_view other) {
  auto row = find_pair(store(), record, other);
  if (!row) return std::move(row).error();
  row->dismissed = true;
  store::Changes changes;
  changes.decided_duplicates.push_back(*std::move(row));
  return store().commit(std::move(changes), store::Durability::Full);
}

Result<void> Hub::merge_duplicate(std::string_view record, std::string_view other,
                                  const Context& context) {
  auto row = find_pair(store(), record, other);
  if (!row) return std::move(row).error();
  const bool as_listed = row->record.starts_with(record) && row->other.starts_with(other);
  const std::string& survivor = as_listed ? row->record : row->other;
  const std::string& loser = as_listed ? row->other : row->record;
  for (const std::string& id : {survivor, loser}) {
    auto intents = store().intents_of_record(id);
    if (!intents) return std::move(intents).error();
    const bool open = std::any_of(intents->begin(), intents->end(), [](const auto& intent) {
      return intent.state == store::IntentState::Sending ||
             intent.state == store::IntentState::Unknown;
    });
    if (open)
      return Error(ErrorCode::Conflict, "the answer to a write of " + id +
                                            " is outstanding: run `sync` first, then decide again");
  }
  return Merger(store(), config(), context.clock().now()).merge(survivor, loser);
}

}  // namespace channelbridge::hub
