#include <algorithm>
#include <nlohmann/json.hpp>

#include "accruals_internal.hpp"
#include "doubles_internal.hpp"
#include "lost_creates_internal.hpp"
#include "marks_internal.hpp"

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
  const auto whole = std::find_if(rows->begin(), rows->end(), [&](const auto& row) {
    return (row.record.starts_with(first) && row.other == second) ||
           (row.record.starts_with(second) && row.other == first);
  });
  if (rows->size() > 1 && whole != rows->end()) return *whole;  // beside longer names
  if (rows->size() > 1)
    return Error(ErrorCode::Invalid, "more than one possible duplicate fits " + names);
  return rows->front();
}

/// The open create of a record, of which a person is asked whether it arrived.
Result<bool> is_question(store::Store& store, const store::IntentRow& intent) {
  if (intent.state != store::IntentState::Unknown || !intent.key.empty()) return false;
  auto asked = questions(store, intent.spoke, {intent.record});
  if (!asked) return std::move(asked).error();
  return asked->contains(intent.record);
}

/// The record of an entity that an id or its beginning names; none where several begin so.
Result<std::optional<store::RecordRow>> find_record(store::Store& store, const HubConfig& config,
                                                    std::string_view name) {
  std::set<std::string> entities;
  for (const Spoke& spoke : config.spokes) entities.insert(spoke.mapping->entity().name());
  std::optional<store::RecordRow> out;
  for (const std::string& entity : entities) {
    auto rows = store.records_like(entity, name, 2);
    if (!rows) return std::move(rows).error();
    if (rows->empty()) continue;
    if (out || rows->size() > 1) return std::optional<store::RecordRow>();
    out = std::move(rows->front());
  }
  return out;
}

/// Two records that share nothing: one has a create of which nobody knows whether it arrived, the
/// other may have its object.
Result<std::optional<store::DuplicateRow>> find_question(store::Store& store,
                                                         const HubConfig& config,
                                                         std::string_view first,
                                                         std::string_view second) {
  std::optional<store::DuplicateRow> out;
  if (first.empty() || second.empty()) return out;
  auto one = find_record(store, config, first);
  if (!one) return std::move(one).error();
  auto other = find_record(store, config, second);
  if (!other) return std::move(other).error();
  if (!*one || !*other || (*one)->id == (*other)->id || (*one)->entity != (*other)->entity ||
      !(*one)->alias_of.empty() || !(*other)->alias_of.empty())
    return out;
  for (const std::string& id : {(*one)->id, (*other)->id}) {
    auto intents = store.intents_of_record(id);
    if (!intents) return std::move(intents).error();
    for (const store::IntentRow& intent : *intents) {
      auto question = is_question(store, intent);
      if (!question) return std::move(question).error();
      if (*question) out = {.entity = (*one)->entity, .record = (*one)->id, .other = (*other)->id};
    }
  }
  return out;
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
    if (auto done = answer_questions(); !done) return done;
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
    for (store::LinkRow& link : *own) {
      if (!link.closed && !link.secondary) primary_[link.spoke] = link.key;
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
        if (primary_.try_emplace(link.spoke, link.key).second) {
          state->due = link.due = true;
        } else {
          make_double(link, *state);
        }
      }
      link.state = to_json(*state);
      changes_.links.push_back(std::move(link));
    }
    return {};
  }
  /// Creates of which nobody knew whether they arrived: where one record has an object there, a
  /// person has said which it is.
  Result<void> answer_questions() {
    for (const std::string& id : {survivor_.id, loser_.id}) {
      auto intents = store_.intents_of_record(id);
      if (!intents) return std::move(intents).error();
      for (store::IntentRow& intent : *intents) {
        auto question = is_question(store_, intent);
        if (!question) return std::move(question).error();
        if (!*question) continue;
        for (const auto& [from, to] : renamed_)
          if (!to.empty()) replace_all(intent.decision, from, to);
        if (const auto object = primary_.find(intent.spoke); object != primary_.end()) {
          if (auto done = close_letters(intent.spoke, id); !done) return done;
          intent.state = store::IntentState::Done;
          intent.key = object->second;
          intent.answered = now_;
          intent.outcome = "a person has said which object it is";
        }
        changes_.intents.push_back(std::move(intent));
      }
    }
    return {};
  }
  Result<void> close_letters(const std::string& spoke, const std::string& record) {
    auto letters = store_.dead_letters_of(spoke, {record});
    if (!letters) return std::move(letters).error();
    for (store::DeadLetterRow& letter : *letters) {
      if (letter.rule != kLostCreate) continue;
      letter.open = false;
      changes_.dead_letters.push_back(std::move(letter));
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
    if (makes_accruals(config_)) look_at_accruals_anew(changes_, now_);  // of other buyers, goods
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
  std::map<std::string, std::string> primary_;  ///< spoke -> the object that is the survivor's
  store::Changes changes_;
};

/// Nothing is left to be decided.
Result<void> forget(store::Store& store, store::DuplicateRow row) {
  row.dismissed = true;
  store::Changes changes;
  changes.decided_duplicates.push_back(std::move(row));
  return store.commit(std::move(changes), store::Durability::Full);
}

/// What a person says of a second object of a record.
class SecondObject {
 public:
  SecondObject(store::Store& store, const HubConfig& config, Timestamp now)
      : store_(store), config_(config), now_(now) {}

  /// The link of the object that the row lists; none = it lists two records.
  Result<std::optional<store::LinkRow>> find(const store::DuplicateRow& row) {
    auto links = store_.links_of_record(row.record);
    if (!links) return std::move(links).error();
    for (store::LinkRow& link : *links) {
      if (double_name(link.spoke, link.key) == row.other) return std::optional(std::move(link));
    }
    return std::optional<store::LinkRow>();
  }

  /// It stays a double: read, never written. Where the record's first object is gone, it is its
  /// object.
  Result<void> belongs(store::DuplicateRow row, store::LinkRow link) {
    auto state = parse_link_state(link.state);
    if (!state) return std::move(state).error();
    auto others = store_.links_of_record(link.record);
    if (!others) return std::move(others).error();
    const bool alone =
        std::none_of(others->begin(), others->end(), [&](const store::LinkRow& other) {
          return other.spoke == link.spoke && !other.closed && !other.secondary;
        });
    state->undecided.reset();
    if (alone) {
      state->secondary = false;
      state->look_due = state->due = true;
      state->fingerprint.clear();
    }
    return commit(std::move(row), std::move(link), *state);
  }

  /// It is the object of a record of its own, which takes what it says with the next sync.
  Result<void> is_its_own(store::DuplicateRow row, store::LinkRow link) {
    const auto spoke = std::find_if(config_.spokes.begin(), config_.spokes.end(),
                                    [&](const Spoke& each) { return each.name == link.spoke; });
    if (spoke != config_.spokes.end() && spoke->direction == SpokeDirection::Push) {
      auto state = parse_link_state(link.state);  // nothing is taken from there
      if (!state) return std::move(state).error();
      state->undecided.reset();
      return commit(std::move(row), std::move(link), *state);
    }
    store::RecordRow born{.id = born_id(now_, store_.id(), link.spoke, link.key),
                          .entity = link.entity,
                          .version = 1,
                          .state = to_json(RecordState{}),
                          .created = now_,
                          .updated = now_};
    changes_.versions.push_back({.record = born.id,
                                 .entity = born.entity,
                                 .version = born.version,
                                 .at = now_,
                                 .actor = "person",
                                 .changes = nlohmann::json{{"parted_from", link.record},
                                                           {"fields", nlohmann::json::object()}}
                                                .dump()});
    // That they share a key is known.
    changes_.decided_duplicates.push_back({.entity = link.entity,
                                           .record = link.record,
                                           .other = born.id,
                                           .reason = row.reason,
                                           .since = row.since,
                                           .dismissed = true});
    changes_.arrived_records.push_back(born.id);
    link.record = born.id;
    link.elements = hub::to_json(mapping::ElementKeys{});
    link.last_document.clear();
    link.version = 0;
    changes_.records.push_back(std::move(born));
    return commit(std::move(row), std::move(link), LinkState{.look_due = true});
  }

 private:
  Result<void> commit(store::DuplicateRow row, store::LinkRow link, const LinkState& state) {
    link.state = to_json(state);
    link.due = state.due;
    link.look_due = state.look_due;
    link.closed = state.closed;
    link.secondary = state.secondary;
    row.dismissed = true;
    changes_.decided_duplicates.push_back(std::move(row));
    changes_.links.push_back(std::move(link));
    return store_.commit(std::move(changes_), store::Durability::Full);
  }

  store::Store& store_;
  const HubConfig& config_;
  Timestamp now_;
  store::Changes changes_{};
};

}  // namespace

Result<void> Hub::dismiss_duplicate(std::string_view record, std::string_view other,
                                    const Context& context) {
  auto row = find_pair(store(), record, other);
  if (!row) return std::move(row).error();
  SecondObject second(store(), config(), context.clock().now());
  auto link = second.find(*row);
  if (!link) return std::move(link).error();
  if (*link) return second.is_its_own(*std::move(row), **std::move(link));
  return forget(store(), *std::move(row));
}

Result<void> Hub::merge_duplicate(std::string_view record, std::string_view other,
                                  const Context& context) {
  auto row = find_pair(store(), record, other);
  if (!row) {
    if (row.error().code() != ErrorCode::NotFound) return std::move(row).error();
    auto question = find_question(store(), config(), record, other);
    if (!question) return std::move(question).error();
    if (!*question) return std::move(row).error();
    row = **std::move(question);
  }
  SecondObject second(store(), config(), context.clock().now());
  auto link = second.find(*row);
  if (!link) return std::move(link).error();
  if (*link) return second.belongs(*std::move(row), **std::move(link));
  if (is_double_name(row->other)) return forget(store(), *std::move(row));
  const bool as_listed = row->record.starts_with(record) && row->other.starts_with(other);
  const std::string& survivor = as_listed ? row->record : row->other;
  const std::string& loser = as_listed ? row->other : row->record;
  for (const std::string& id : {survivor, loser}) {
    auto intents = store().intents_of_record(id);
    if (!intents) return std::move(intents).error();
    for (const store::IntentRow& intent : *intents) {
      if (intent.state != store::IntentState::Decided &&
          intent.state != store::IntentState::Sending &&
          intent.state != store::IntentState::Unknown)
        continue;
      auto question = is_question(store(), intent);
      if (!question) return std::move(question).error();
      if (!*question)
        return Error(ErrorCode::Conflict, "the answer to a write of " + id +
                                              " is outstanding: run `sync` first, then decide "
                                              "again");
    }
  }
  return Merger(store(), config(), context.clock().now()).merge(survivor, loser);
}

}  // namespace channelbridge::hub
