#include <algorithm>

#include "channelbridge/model/validate.hpp"
#include "engine_internal.hpp"
#include "lost_creates_internal.hpp"
#include "marks_internal.hpp"

namespace channelbridge::hub {

namespace {

/// A new record, or an old one that a document was found to be about.
struct Match {
  std::string record{};
  bool by_correlation{};
};

model::Fields fields_of(const model::Patch& patch) {
  model::Fields out;
  for (const model::PatchEntry& entry : patch.entries) model::set(out, entry.path, entry.value);
  return out;
}

/// What one change is, while its page is being merged.
struct Incoming {
  const adapter::Change* change{};
  model::Patch patch{};
  bool mapped{};
  bool gone{};  ///< deleted, or converted into what this mapping says nothing of
  std::string record{};
};

class PageMerge {
 public:
  PageMerge(Engine& engine, SpokeRun& spoke, Timestamp began, LookSource source)
      : engine_(engine), spoke_(spoke), began_(began), source_(source), work_(engine, spoke) {}

  Result<void> merge(const std::vector<adapter::Change>& changes, const store::SpokeRow* progress) {
    const std::lock_guard guard(engine_.mutex);
    if (auto done = load(changes); !done) return done;
    if (auto done = map(changes); !done) return done;
    if (auto done = identify(); !done) return done;
    for (Incoming& incoming : incoming_) {
      if (auto done = merge_one(incoming); !done) return done;
    }
    auto rows = work_.finish();
    if (!rows) return std::move(rows).error();
    if (progress != nullptr) rows->spokes.push_back(*progress);
    return engine_.store.commit(*std::move(rows));
  }

  /// Keys by which others may have referred to the objects of this page before they had a link.
  std::vector<std::string> arrived() {
    std::vector<std::string> out;
    for (const auto& [key, link] : work_.links()) {
      if (!link.touched) continue;
      out.push_back(key);
      if (!link.row.reference_key.empty()) out.push_back(link.row.reference_key);
    }
    return out;
  }

 private:
  Result<void> load(const std::vector<adapter::Change>& changes) {
    std::vector<std::string> keys;
    for (const adapter::Change& change : changes) {
      keys.push_back(change.key);
      if (!change.merged_into.empty()) keys.push_back(change.merged_into);
    }
    if (auto done = work_.load_links_by_key(keys); !done) return done;
    auto letters = engine_.store.dead_letters_of(spoke_.spoke->name, keys);
    if (!letters) return std::move(letters).error();
    for (store::DeadLetterRow& letter : *letters) letters_.emplace(letter.key, std::move(letter));
    std::vector<std::string> records;
    for (const auto& [key, link] : work_.links()) records.push_back(link.row.record);
    return work_.load_records(records);
  }

  /// What equals the link's last document under the same mapping is known and costs no mapping.
  Result<void> map(const std::vector<adapter::Change>& changes) {
    std::set<std::string> seen;
    for (const adapter::Change& change : changes) {
      ++spoke_.report.read;
      LoadedLink* link = work_.link(change.key);
      if (engine_.dry && link != nullptr && link->state.version == kPlannedVersion) continue;
      if (change.deleted || (is_converted(change) && change.document.empty())) {
        close_letters(change.key);  // what could not be read is gone
        if (link != nullptr || seen.contains(change.key))
          incoming_.push_back({.change = &change, .gone = true});
        continue;
      }
      // What ended before anybody met it begins nothing here; only our mark says that it was met.
      if (is_converted(change) && change.correlation.empty() && link == nullptr &&
          !seen.contains(change.key)) {
        close_letters(change.key);
        continue;
      }
      // A row that comes again in the page follows what the page has just said.
      const bool first = seen.insert(change.key).second;
      const bool known = first && link != nullptr && link->state.closed == is_converted(change) &&
                         !link->row.stale &&
                         link->state.fingerprint == fingerprint_of(spoke_, change);
      if (known) {
        incoming_.push_back({.change = &change});
        continue;
      }
      if (!spoke_.spoke->mapping->accepts(change.document)) {
        if (is_converted(change) && link != nullptr) {
          close_letters(change.key);
          incoming_.push_back({.change = &change, .gone = true});
          continue;
        }
        if (link != nullptr &&
            source_ == LookSource::ByKey) {  // it is no object of this mapping any more
          link->state.look_due = false;
          link->touched = true;
        }
        if (link == nullptr) close_letters(change.key);
        continue;
      }
      auto patch = spoke_.spoke->mapping->read(change.document, nullptr, spoke_.system->name);
      if (!patch) {
        const std::vector<Problem>& problems = patch.error().problems();
        if (!problems.empty() && problems.front().rule == "drift") {
          return patch.error()
              .with_system(spoke_.system->name)
              .with_operation("read " + spoke_.spoke->mapping->object())
              .with_key(change.key);
        }
        set_aside_document(engine_, spoke_, work_, change, patch.error());
        unread_.push_back(&change);
        continue;
      }
      // What we wrote in part does not add up before the rest is there.
      const bool in_part = link != nullptr && link->state.in_part;
      if (auto breach = in_part ? std::nullopt : check_values(*patch)) {
        set_aside_document(engine_, spoke_, work_, change, *breach);
        unread_.push_back(&change);
        continue;
      }
      incoming_.push_back({.change = &change, .patch = *std::move(patch), .mapped = true});
    }
    std::vector<model::Patch*> patches;
    for (Incoming& incoming : incoming_) patches.push_back(&incoming.patch);
    return resolve_references(engine_, spoke_, patches);
  }

  /// Value invariants of the entity, each breach with the mapping line that made the statement.
  std::optional<Error> check_values(const model::Patch& patch) const {
    const mapping::Mapping& mapping = *spoke_.spoke->mapping;
    std::vector<Problem> problems = model::check(mapping.entity(), patch);
    if (problems.empty()) return std::nullopt;
    for (Problem& problem : problems) {
      problem.file = mapping.file();
      if (const model::PatchEntry* entry = patch.find(problem.path))
        problem.line = static_cast<int>(entry->rule);
    }
    return Error(ErrorCode::Unmappable, "the document breaks an invariant of " + entity())
        .with_problems(std::move(problems));
  }

  /// The record behind each document: link, our correlation mark, strong match keys, else a new
  /// one.
  Result<void> identify() {
    std::vector<std::string> marked;
    std::vector<store::MatchKeyRow> keys;
    auto created = records_by_mark(engine_, spoke_, unlinked());
    if (!created) return std::move(created).error();
    for (const auto& [key, record] : *created) marked.push_back(record);
    for (const Incoming& incoming : incoming_) {
      if (work_.link(incoming.change->key) != nullptr || !incoming.mapped) continue;
      if (!incoming.change->correlation.empty()) marked.push_back(incoming.change->correlation);
      for (auto& key : keys_of(incoming)) keys.push_back(std::move(key));
    }
    for (const adapter::Change* change : unread_) {
      if (!change->correlation.empty()) marked.push_back(change->correlation);
    }
    if (auto done = work_.load_records(marked); !done) return done;
    hold_unread();
    auto matched = engine_.store.match(keys);
    if (!matched) return std::move(matched).error();
    std::map<std::pair<std::string, std::string>, std::string> record_of;  // of a match key
    for (std::size_t i = 0; i < keys.size(); ++i) {
      if (!(*matched)[i].empty()) record_of[{keys[i].kind, keys[i].value}] = (*matched)[i];
    }
    std::vector<std::string> found;
    found.reserve(record_of.size());
    for (const auto& [key, record] : record_of) found.push_back(record);
    if (auto done = work_.load_records(found); !done) return done;

    auto lost = lost_ids(engine_);
    if (!lost) return std::move(lost).error();
    std::map<std::string, std::string> by_key;  // an object may come twice in one page
    for (Incoming& incoming : incoming_) {
      if (const LoadedLink* link = work_.link(incoming.change->key)) {
        incoming.record = link->row.record;
        continue;
      }
      if (const auto earlier = by_key.find(incoming.change->key); earlier != by_key.end()) {
        incoming.record = earlier->second;
        continue;
      }
      if (!incoming.mapped) continue;
      const LoadedRecord* marked_record = incoming.change->correlation.empty()
                                              ? nullptr
                                              : work_.record(incoming.change->correlation);
      if (const auto by_mark = created->find(incoming.change->key);
          marked_record == nullptr && by_mark != created->end())
        marked_record = work_.record(by_mark->second);
      if (marked_record != nullptr && marked_record->row.entity == entity()) {
        incoming.record = marked_record->row.id;
      } else if (is_converted(*incoming.change)) {
        close_letters(incoming.change->key);
        continue;
      } else if (is_held(*incoming.change, marked_record)) {
        work_.changes.unknown_marks.push_back(unknown_mark(engine_, spoke_, *incoming.change));
        continue;
      } else {
        std::set<std::string> candidates;
        for (const store::MatchKeyRow& key : keys_of(incoming)) {
          const auto at = record_of.find({key.kind, key.value});
          if (at == record_of.end()) continue;
          const LoadedRecord* record = work_.record(at->second);
          if (record != nullptr && record->row.entity == entity())
            candidates.insert(record->row.id);
        }
        if (candidates.size() == 1) incoming.record = *candidates.begin();
        if (candidates.size() > 1) {
          // Two strong keys name two records: a person decides whether these are one; the document
          // goes to neither, and neither is created beside it.
          auto other = std::next(candidates.begin());
          const std::string reason = spoke_.spoke->name + " object " + incoming.change->key +
                                     " carries match keys of both";
          work_.changes.duplicates.push_back({.entity = entity(),
                                              .record = *candidates.begin(),
                                              .other = *other,
                                              .reason = reason,
                                              .since = engine_.now()});
          close_letters(incoming.change->key);  // of those that it may have been before
          for (const std::string& candidate : candidates) {
            set_aside_document(
                engine_, spoke_, work_, *incoming.change,
                Error(ErrorCode::Conflict, reason + ": " + *candidates.begin() + " and " + *other),
                candidate);
          }
          continue;
        }
      }
      if (incoming.record.empty()) {
        if (spoke_.spoke->direction == SpokeDirection::Push) {  // nothing is taken from there
          close_letters(incoming.change->key);
          continue;
        }
        auto born = birth(incoming, *lost);
        if (!born) return std::move(born).error();
        incoming.record = *std::move(born);
      }
      for (const store::MatchKeyRow& key : keys_of(incoming))
        record_of.try_emplace({key.kind, key.value}, incoming.record);
      by_key.emplace(incoming.change->key, incoming.record);
    }
    std::vector<std::string> records;
    for (const auto& [id, record] : work_.records()) records.push_back(id);
    if (auto done = work_.load_links_of(records); !done) return done;
    if (auto done = work_.load_presence(); !done) return done;
    if (auto done = work_.load_open_intents(); !done) return done;
    return meet_unread(*created);
  }

  std::vector<const adapter::Change*> unlinked() {
    std::vector<const adapter::Change*> out = unread_;
    for (const Incoming& incoming : incoming_)
      if (incoming.mapped) out.push_back(incoming.change);
    std::erase_if(out, [&](const auto* change) { return work_.link(change->key) != nullptr; });
    return out;
  }

  /// A create of ours that nobody can read is there all the same: it is not made a second time.
  Result<void> meet_unread(const std::map<std::string, std::string>& created) {
    for (const adapter::Change* change : unread_) {
      const auto by_mark = created.find(change->key);
      LoadedRecord* record = by_mark == created.end() ? nullptr : work_.record(by_mark->second);
      if (record == nullptr || work_.link(change->key) != nullptr) continue;
      LoadedLink& link = first_link(*change, *record);
      link.row.stale = link.touched = true;
      auto adopted = adopt_lost_create(engine_, spoke_, work_, *record, link,
                                       look_of(*change, link), {}, engine_.now());
      if (!adopted) return std::move(adopted).error();
    }
    return {};
  }

  /// An object with a mark that this store does not know is not merged before a person accepts it;
  /// one with a forgotten id of this store only when all systems have been pulled.
  bool is_held(const adapter::Change& change, const LoadedRecord* marked) const {
    const std::string& mark = change.correlation;
    if (marked != nullptr || !is_mark(mark)) return false;
    if (issued_by(mark, engine_.store.id()))
      return !engine_.options.accept_marks || source_ != LookSource::ByKey;
    return !engine_.options.accept_marks && spoke_.spoke->direction != SpokeDirection::Pull;
  }

  /// A mark tells its store also where the rest of the document cannot be read.
  void hold_unread() {
    for (const adapter::Change* change : unread_) {
      if (work_.link(change->key) == nullptr && is_held(*change, work_.record(change->correlation)))
        work_.changes.unknown_marks.push_back(unknown_mark(engine_, spoke_, *change));
    }
  }

  /// A new record. One that was born of this very object before, and that the store has forgotten,
  /// has its old id again; so has one that an accepted mark stands for.
  Result<std::string> birth(const Incoming& incoming, const LostIds& lost) {
    const adapter::Change& change = *incoming.change;
    std::string id = born_id(engine_.now(), engine_.store.id(), spoke_.spoke->name, change.key);
    if (const auto old = lost.find(ending_of(id)); old != lost.end()) {
      store::UnknownMarkRow row = old->second;
      id = row.mark;
      if (auto done = work_.load_records({id}); !done) return std::move(done).error();
      if (const LoadedRecord* record = work_.record(id)) {
        work_.changes.known_marks.emplace_back(row.spoke, row.key);
        return record->row.id;
      }
      row.adopted = false;  // its object is met next
      work_.changes.unknown_marks.push_back(std::move(row));
    } else if (is_mark(change.correlation) && work_.record(change.correlation) == nullptr &&
               issued_by(change.correlation, engine_.store.id())) {
      id = change.correlation;
      store::UnknownMarkRow row = unknown_mark(engine_, spoke_, change);
      row.adopted = true;
      work_.changes.unknown_marks.push_back(std::move(row));
    }
    new_records_.insert(id);
    ++spoke_.report.new_records;
    return work_.new_record(std::move(id)).row.id;
  }

  std::vector<store::MatchKeyRow> keys_of(const Incoming& incoming) const {
    return match_keys(spoke_.spoke->mapping->entity(), spoke_.match, fields_of(incoming.patch), "");
  }
  const std::string& entity() const { return spoke_.spoke->mapping->entity().name(); }

  Result<void> merge_one(Incoming& incoming) {
    const adapter::Change& change = *incoming.change;
    if (incoming.record.empty()) return {};
    LoadedLink* link = work_.link(change.key);
    LoadedRecord* record = work_.record(link != nullptr ? link->row.record : incoming.record);
    if (record == nullptr)
      return Error(ErrorCode::Internal,
                   "link " + change.key + " of " + spoke_.spoke->name + " has no record");
    if (link == nullptr) link = &first_link(change, *record);
    const bool unmet = link->state.groups.empty() && !link->state.looked;
    if (unmet && incoming.mapped && !link->state.secondary &&
        !work_.intents(record->row.id).empty()) {
      // A read by key was made after that write's time had passed: it may speak at once.
      const Timestamp landed =
          source_ == LookSource::ByKey ? began_ - std::chrono::microseconds(1) : engine_.now();
      auto adopted =
          adopt_lost_create(engine_, spoke_, work_, *record, *link, look_of(change, *link),
                            statements(engine_, spoke_, incoming.patch, *record, *link), landed);
      if (!adopted) return std::move(adopted).error();
      if (*adopted && source_ != LookSource::ByKey) return {};  // it is read by key next
    }
    const bool was_stale = link->row.stale;
    const bool broken_later =  // in the same page: its last word is one that nobody can read
        std::any_of(unread_.begin(), unread_.end(), [&](const adapter::Change* other) {
          return other->key == change.key && other > &change;
        });
    if (incoming.mapped) link->row.stale = broken_later;
    link->touched = true;
    Look look = look_of(change, *link);
    if (incoming.gone && look.converted) {
      look.converted = false;
      look.deleted = true;
      look.fingerprint = "deleted";
    }
    switch (admit(link->state, spoke_.traits, look)) {
      case Admission::Merge:
        break;
      case Admission::Last:
        ++spoke_.report.converted;
        break;
      case Admission::Known:
        ++spoke_.report.known;
        link->touched = was_stale || link->row.look_due != link->state.look_due;
        if (was_stale && !link->row.stale) {  // what was held back meanwhile is planned again
          link->state.due = true;
          close_letters(change.key);
        }
        return {};
      case Admission::Older:
        ++spoke_.report.known;
        return {};
      case Admission::ReadByKey:
        return {};
      case Admission::Secondary:
        ++spoke_.report.secondary;
        if (source_ == LookSource::ByKey) link->state.look_due = false;
        return {};
      case Admission::Deleted:
        if (unmet && change.merged_into.empty()) return drop_never_met(change.key, *record);
        ++spoke_.report.deleted;
        follow_merge(change, *link);
        return {};
    }
    if (!incoming.mapped) return {};
    if (link->row.reference_key.empty()) {
      link->row.reference_key = reference_key_of(spoke_, change.document);
      if (!link->row.reference_key.empty()) work_.changes.arrived_records.push_back(record->row.id);
    }
    link->row.last_document = std::string(change.document.text());
    link->row.fingerprint = spoke_.spoke->mapping->fingerprint();
    const Stated stated = statements(engine_, spoke_, std::move(incoming.patch), *record, *link);
    Elements elements =
        elements_of(*spoke_.spoke->mapping, spoke_.shapes, record->state.fields, link->state);
    for (const auto& [path, value] : stated) {
      if (const auto inside = model::split_element(path))
        elements[std::string(inside->list)].emplace(inside->element);
    }
    const MappingImage image(*spoke_.spoke->mapping, spoke_.shapes, elements);
    const MergeContext context = work_.context(record->row.id, image);
    const std::uint64_t before = record->state.version;
    const std::vector<GroupEvent> events =
        merge_look(record->state, link->state, context, look, stated);
    if (link->state.closed) link->state.due = false;  // nothing is ever written there again
    note_events(engine_, spoke_, *record, *link, events);
    if (record->state.version != before && !new_records_.contains(record->row.id))
      ++spoke_.report.changed;
    if (!broken_later) close_letters(change.key);
    return {};
  }

  Look look_of(const adapter::Change& change, const LoadedLink& link) {
    Look look = make_look(engine_, spoke_, change, began_, source_);
    look.open_intent = work_.has_open_intent(link.row.record);
    look.other_primary = work_.has_primary(link.row.record, link.row.key);
    look.correlated = !change.correlation.empty() && change.correlation == link.row.record;
    return look;
  }

  /// The first sight of an object: a second one of the record, or a new link.
  LoadedLink& first_link(const adapter::Change& change, const LoadedRecord& record) {
    const bool second = work_.has_primary(record.row.id);
    LoadedLink& link = work_.new_link(change.key, record.row.id);
    link.row.reference_key = reference_key_of(spoke_, change.document);
    link.state.secondary = second;
    return link;
  }

  /// A refusal or a merge named an object that is not there: no link of that record's, and nobody
  /// would hear of the record again if no letter stood for it.
  Result<void> drop_never_met(const std::string& key, const LoadedRecord& record) {
    store::DeadLetterRow letter{.id = engine_.make_id(),
                                .spoke = spoke_.spoke->name,
                                .direction = "write",
                                .record = record.row.id,
                                .rule = "object_not_there",
                                .file = spoke_.spoke->mapping->file(),
                                .message = spoke_.system->name + " named object " + key +
                                           " as the one that is in the way, and does not have it",
                                .fingerprint = spoke_.spoke->mapping->fingerprint(),
                                .record_version = static_cast<std::int64_t>(record.state.version),
                                .at = engine_.now()};
    auto earlier = engine_.store.dead_letters_of(spoke_.spoke->name, {record.row.id});
    if (!earlier) return std::move(earlier).error();
    for (const store::DeadLetterRow& other : *earlier) {
      if (other.direction != "write") continue;
      letter.id = other.id;
      letter.attempts = other.attempts + 1;
    }
    work_.changes.dead_letters.push_back(std::move(letter));
    work_.changes.removed_links.emplace_back(spoke_.spoke->name, key);
    work_.links().erase(key);
    return {};
  }

  /// The system merged this object into another: its record lives on under the survivor's key.
  void follow_merge(const adapter::Change& change, LoadedLink& loser) {
    if (change.merged_into.empty()) return;
    LoadedLink* survivor = work_.link(change.merged_into);
    if (survivor == nullptr) {
      LoadedLink& link = work_.new_link(change.merged_into, loser.row.record);
      link.state.look_due = true;
      return;
    }
    if (survivor->row.record == loser.row.record) return;
    work_.changes.duplicates.push_back(
        {.entity = entity(),
         .record = survivor->row.record,
         .other = loser.row.record,
         .reason = spoke_.system->name + " merged " + change.key + " into " + change.merged_into,
         .since = engine_.now()});
  }

  /// A document that can be read again, or an object that is gone, closes its letter.
  void close_letters(const std::string& key) {
    const auto [begin, end] = letters_.equal_range(key);
    for (auto letter = begin; letter != end; ++letter) {
      if (letter->second.direction != "read") continue;
      letter->second.open = false;
      work_.changes.dead_letters.push_back(letter->second);
    }
    letters_.erase(key);
  }

  Engine& engine_;
  SpokeRun& spoke_;
  Timestamp began_;
  LookSource source_;
  Workset work_;
  std::vector<Incoming> incoming_;
  std::vector<const adapter::Change*> unread_;  ///< set aside
  std::set<std::string> new_records_;
  std::multimap<std::string, store::DeadLetterRow> letters_;  ///< open ones, by key
};

}  // namespace

Result<void> merge_changes(Engine& engine, SpokeRun& spoke,
                           const std::vector<adapter::Change>& changes, Timestamp began,
                           LookSource source, const store::SpokeRow* progress) {
  PageMerge page(engine, spoke, began, source);
  if (auto done = page.merge(changes, progress); !done) return done;
  return resolve_arrived(engine, spoke, page.arrived());
}

}  // namespace channelbridge::hub
