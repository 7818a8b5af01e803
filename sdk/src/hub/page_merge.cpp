#include <algorithm>

#include "channelbridge/model/validate.hpp"
#include "lost_creates_internal.hpp"
#include "merge_internal.hpp"
#include "page_merge_internal.hpp"

namespace channelbridge::hub {

namespace {

class PageMerge {
 public:
  PageMerge(Engine& engine, SpokeRun& spoke, Timestamp began, LookSource source)
      : page_(engine, spoke, began, source) {}

  Result<void> merge(const std::vector<adapter::Change>& changes, const store::SpokeRow* progress) {
    const std::lock_guard guard(page_.engine.mutex);
    if (auto done = load(changes); !done) return done;
    if (auto done = map(changes); !done) return done;
    if (auto done = identify(page_); !done) return done;
    for (Incoming& incoming : page_.incoming) {
      if (auto done = merge_one(incoming); !done) return done;
    }
    auto rows = page_.work.finish();
    if (!rows) return std::move(rows).error();
    if (progress != nullptr) rows->spokes.push_back(*progress);
    return page_.engine.store.commit(*std::move(rows));
  }

  /// Keys by which others may have referred to the objects of this page before they had a link.
  std::vector<std::string> arrived() {
    std::vector<std::string> out;
    for (const auto& [key, link] : page_.work.links()) {
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
    if (auto done = page_.work.load_links_by_key(keys); !done) return done;
    auto letters = page_.engine.store.dead_letters_of(page_.spoke.spoke->name, keys);
    if (!letters) return std::move(letters).error();
    for (store::DeadLetterRow& letter : *letters)
      page_.letters.emplace(letter.key, std::move(letter));
    std::vector<std::string> records;
    for (const auto& [key, link] : page_.work.links()) records.push_back(link.row.record);
    return page_.work.load_records(records);
  }

  /// What equals the link's last document under the same mapping is known and costs no mapping.
  Result<void> map(const std::vector<adapter::Change>& changes) {
    std::set<std::string> seen;
    for (const adapter::Change& change : changes) {
      ++page_.spoke.report.read;
      LoadedLink* link = page_.work.link(change.key);
      if (page_.engine.dry && link != nullptr && link->state.version == kPlannedVersion) continue;
      if (change.deleted || (is_converted(change) && change.document.empty())) {
        page_.close_letters(change);  // what could not be read is gone
        if (link != nullptr || seen.contains(change.key))
          page_.incoming.push_back({.change = &change, .gone = true});
        continue;
      }
      // What ended before anybody met it begins nothing here; only our mark says that it was met.
      if (is_converted(change) && change.correlation.empty() && link == nullptr &&
          !seen.contains(change.key)) {
        page_.close_letters(change);
        continue;
      }
      // A row that comes again in the page follows what the page has just said.
      const bool first = seen.insert(change.key).second;
      const bool known = first && link != nullptr && link->state.closed == is_converted(change) &&
                         !link->row.stale &&
                         is_last_document(link->state, page_.spoke.traits, change.version,
                                          fingerprint_of(page_.spoke, change));
      if (known) {
        page_.incoming.push_back({.change = &change});
        continue;
      }
      if (!page_.spoke.spoke->mapping->accepts(change.document)) {
        if (is_converted(change) && link != nullptr) {
          page_.close_letters(change);
          page_.incoming.push_back({.change = &change, .gone = true});
          continue;
        }
        if (link != nullptr &&
            page_.source == LookSource::ByKey) {  // it is no object of this mapping any more
          link->state.look_due = false;
          link->touched = true;
        }
        if (link == nullptr) page_.close_letters(change);
        continue;
      }
      auto patch =
          page_.spoke.spoke->mapping->read(change.document, nullptr, page_.spoke.system->name);
      if (!patch) {
        const std::vector<Problem>& problems = patch.error().problems();
        if (!problems.empty() && problems.front().rule == "drift") {
          return patch.error()
              .with_system(page_.spoke.system->name)
              .with_operation("read " + page_.spoke.spoke->mapping->object())
              .with_key(change.key);
        }
        set_aside_document(page_.engine, page_.spoke, page_.work, change, patch.error());
        page_.unread.push_back(&change);
        continue;
      }
      // What we wrote in part does not add up before the rest is there.
      const bool in_part = link != nullptr && link->state.in_part;
      if (auto breach = in_part ? std::nullopt : check_values(*patch)) {
        set_aside_document(page_.engine, page_.spoke, page_.work, change, *breach);
        page_.unread.push_back(&change);
        continue;
      }
      page_.incoming.push_back({.change = &change, .patch = *std::move(patch), .mapped = true});
    }
    std::vector<model::Patch*> patches;
    for (Incoming& incoming : page_.incoming) patches.push_back(&incoming.patch);
    return resolve_references(page_.engine, page_.spoke, patches);
  }

  /// Value invariants of the entity, each breach with the mapping line that made the statement.
  std::optional<Error> check_values(const model::Patch& patch) const {
    const mapping::Mapping& mapping = *page_.spoke.spoke->mapping;
    std::vector<Problem> problems = model::check(mapping.entity(), patch);
    if (problems.empty()) return std::nullopt;
    for (Problem& problem : problems) {
      problem.file = mapping.file();
      if (const model::PatchEntry* entry = patch.find(problem.path))
        problem.line = static_cast<int>(entry->rule);
    }
    return Error(ErrorCode::Unmappable, "the document breaks an invariant of " + page_.entity())
        .with_problems(std::move(problems));
  }

  Result<void> merge_one(Incoming& incoming) {
    const adapter::Change& change = *incoming.change;
    if (incoming.record.empty()) return {};
    LoadedLink* link = page_.work.link(change.key);
    if (page_.released.erase(change.key) != 0) link = nullptr;
    LoadedRecord* record = page_.work.record(link != nullptr ? link->row.record : incoming.record);
    if (record == nullptr)
      return Error(ErrorCode::Internal,
                   "link " + change.key + " of " + page_.spoke.spoke->name + " has no record");
    if (link == nullptr) link = &page_.first_link(change, *record);
    const bool messages = page_.spoke.traits.versions == adapter::Versions::Messages;
    const bool unmet = link->state.groups.empty() && !link->state.looked;
    if (unmet && incoming.mapped && !link->state.secondary &&
        !page_.work.intents(record->row.id).empty()) {
      // A read by key was made after that write's time had passed: it may speak at once.
      const Timestamp landed = page_.source == LookSource::ByKey
                                   ? page_.began - std::chrono::microseconds(1)
                                   : page_.engine.now();
      auto adopted = adopt_lost_create(page_.engine, page_.spoke, page_.work, *record, *link,
                                       page_.look_of(change, *link), incoming.patch, landed);
      if (!adopted) return std::move(adopted).error();
      // It is read by key next; what a message says is not said again.
      if (*adopted && page_.source != LookSource::ByKey && !messages) return {};
    }
    const bool was_stale = link->row.stale;
    const bool broken_later =  // in the same page: its last word is one that nobody can read
        std::any_of(page_.unread.begin(), page_.unread.end(), [&](const adapter::Change* other) {
          return other->key == change.key && other > &change;
        });
    // A state is the whole object; so is a message that says everything, but for younger ones.
    const bool outdated =
        messages && ((was_stale && is_older(change.version, link->state.unread_version)) ||
                     page_.has_younger_letter(change));
    const bool for_all = !says_a_part(page_.spoke, change) && !outdated;
    const bool broken_other = !for_all && page_.has_other_letters(change);
    if (incoming.mapped && (broken_later || broken_other)) link->row.stale = true;
    const auto heard = [&](bool all) {  // only what was admitted was heard
      if (!incoming.mapped) return;
      link->row.stale = broken_later || (!all && page_.has_other_letters(change));
      if (!broken_later) page_.close_letters(change, all);
    };
    link->touched = true;
    Look look = page_.look_of(change, *link);
    if (incoming.gone && look.converted) {
      look.converted = false;
      look.deleted = true;
      look.fingerprint = "deleted";
    }
    switch (admit(link->state, page_.spoke.traits, look)) {
      case Admission::Merge:
        break;
      case Admission::Last:
        ++page_.spoke.report.converted;
        break;
      case Admission::Known:
        ++page_.spoke.report.known;
        link->touched = was_stale || link->row.look_due != link->state.look_due;
        if (was_stale) heard(for_all);
        // What was held back meanwhile is planned again.
        if (was_stale && !link->row.stale) link->state.due = true;
        return {};
      case Admission::Older:
        ++page_.spoke.report.known;
        if (messages && was_stale) {  // younger ones have said all that it says
          heard(false);
          if (!link->row.stale) link->state.due = true;
        }
        return {};
      case Admission::ReadByKey:
        return {};
      case Admission::Secondary:
        ++page_.spoke.report.secondary;
        if (page_.source == LookSource::ByKey) link->state.look_due = false;
        link->state.closed = look.deleted || look.converted;
        if (incoming.mapped) {  // for what it says otherwise than its record
          link->row.last_document = std::string(change.document.text());
          link->row.fingerprint = page_.spoke.spoke->mapping->fingerprint();
          heard(for_all);
        }
        return {};
      case Admission::Deleted:
        if (unmet && change.merged_into.empty()) return drop_never_met(change.key, *record);
        ++page_.spoke.report.deleted;
        follow_merge(change, *link);
        return {};
    }
    if (!incoming.mapped) return {};
    heard(for_all);
    if (link->row.reference_key.empty()) {
      link->row.reference_key = reference_key_of(page_.spoke, change.document);
      if (!link->row.reference_key.empty())
        page_.work.changes.arrived_records.push_back(record->row.id);
    }
    const Stated stated =
        statements(page_.engine, page_.spoke, std::move(incoming.patch), *record, *link);
    Elements elements = elements_of(*page_.spoke.spoke->mapping, page_.spoke.shapes,
                                    record->state.fields, link->state);
    for (const auto& [path, value] : stated) {
      if (const auto inside = model::split_element(path))
        elements[std::string(inside->list)].emplace(inside->element);
    }
    const MappingImage image(*page_.spoke.spoke->mapping, page_.spoke.shapes, elements);
    const MergeContext context = page_.work.context(record->row.id, image);
    const std::uint64_t before = record->state.version;
    const std::vector<GroupEvent> events =
        merge_look(record->state, link->state, context, look, stated);
    // A message that a younger one was in front of has been heard, and is not the last.
    if (page_.spoke.traits.versions != adapter::Versions::Messages || look.version.empty() ||
        link->state.version == look.version) {
      link->row.last_document = std::string(change.document.text());
      link->row.fingerprint = page_.spoke.spoke->mapping->fingerprint();
    }
    if (link->state.closed) link->state.due = false;  // nothing is ever written there again
    note_events(page_.engine, page_.spoke, *record, *link, events);
    if (record->state.version != before && !page_.new_records.contains(record->row.id))
      ++page_.spoke.report.changed;
    return {};
  }

  /// A refusal or a merge named an object that is not there: no link of that record's, and nobody
  /// would hear of the record again if no letter stood for it.
  Result<void> drop_never_met(const std::string& key, const LoadedRecord& record) {
    store::DeadLetterRow letter{.id = page_.engine.make_id(),
                                .spoke = page_.spoke.spoke->name,
                                .direction = "write",
                                .record = record.row.id,
                                .rule = "object_not_there",
                                .file = page_.spoke.spoke->mapping->file(),
                                .message = page_.spoke.system->name + " named object " + key +
                                           " as the one that is in the way, and does not have it",
                                .fingerprint = page_.spoke.spoke->mapping->fingerprint(),
                                .record_version = static_cast<std::int64_t>(record.state.version),
                                .at = page_.engine.now()};
    auto earlier = page_.engine.store.dead_letters_of(page_.spoke.spoke->name, {record.row.id});
    if (!earlier) return std::move(earlier).error();
    for (const store::DeadLetterRow& other : *earlier) {
      if (other.direction != "write") continue;
      letter.id = other.id;
      letter.attempts = other.attempts + 1;
    }
    page_.work.changes.dead_letters.push_back(std::move(letter));
    page_.work.changes.removed_links.emplace_back(page_.spoke.spoke->name, key);
    page_.work.links().erase(key);
    return {};
  }

  /// The system merged this object into another: its record lives on under the survivor's key.
  void follow_merge(const adapter::Change& change, LoadedLink& loser) {
    if (change.merged_into.empty()) return;
    LoadedLink* survivor = page_.work.link(change.merged_into);
    if (survivor == nullptr) {
      LoadedLink& link = page_.work.new_link(change.merged_into, loser.row.record);
      link.state.look_due = true;
      return;
    }
    if (survivor->row.record == loser.row.record) {
      const bool alone = !page_.work.has_primary(loser.row.record, change.key);
      if (!survivor->state.secondary || survivor->state.closed || !alone) return;
      survivor->state.secondary = false;
      survivor->state.look_due = survivor->state.due = survivor->touched = true;
      return;
    }
    page_.work.changes.duplicates.push_back({.entity = page_.entity(),
                                             .record = survivor->row.record,
                                             .other = loser.row.record,
                                             .reason = page_.spoke.system->name + " merged " +
                                                       change.key + " into " + change.merged_into,
                                             .since = page_.engine.now()});
  }

  PageWork page_;
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
