#include <algorithm>
#include <iterator>

#include "doubles_internal.hpp"
#include "lost_creates_internal.hpp"
#include "marks_internal.hpp"
#include "merge_internal.hpp"
#include "page_merge_internal.hpp"

/// The record behind each document of a page.
namespace channelbridge::hub {

namespace {

class Identification {
 public:
  explicit Identification(PageWork& page) : page_(page) {}

  Result<void> run() {
    if (auto done = load_candidates(); !done) return done;
    auto lost = lost_ids(page_.engine);
    if (!lost) return std::move(lost).error();
    OpenCreates open_creates(page_.engine, page_.spoke, page_.work);
    if (auto done = open_creates.load(); !done) return done;
    for (Incoming& incoming : page_.incoming) {
      if (auto done = identify_one(incoming, *lost, open_creates); !done) return done;
    }
    std::vector<std::string> records;
    for (const auto& [id, record] : page_.work.records()) records.push_back(id);
    if (auto done = page_.work.load_links_of(records); !done) return done;
    if (auto done = page_.work.load_presence(); !done) return done;
    if (auto done = page_.work.load_open_intents(); !done) return done;
    return meet_unread();
  }

 private:
  /// The records that marks and match keys of the page name.
  Result<void> load_candidates() {
    auto created = records_by_mark(page_.engine, page_.spoke, unlinked());
    if (!created) return std::move(created).error();
    created_ = *std::move(created);
    std::vector<std::string> marked;
    std::vector<store::MatchKeyRow> keys;
    for (const auto& [key, record] : created_) marked.push_back(record);
    for (const Incoming& incoming : page_.incoming) {
      const LoadedLink* link = page_.work.link(incoming.change->key);
      if (!incoming.mapped || (link != nullptr && !is_asked(link->state))) continue;
      if (!incoming.change->correlation.empty()) marked.push_back(incoming.change->correlation);
      for (auto& key : page_.keys_of(incoming)) keys.push_back(std::move(key));
    }
    for (const adapter::Change* change : page_.unread) {
      if (!change->correlation.empty()) marked.push_back(change->correlation);
    }
    if (auto done = page_.work.load_records(marked); !done) return done;
    hold_unread();
    auto matched = page_.engine.store.match(keys);
    if (!matched) return std::move(matched).error();
    std::vector<std::string> found;
    for (std::size_t i = 0; i < keys.size(); ++i) {
      const std::string& record = (*matched)[i];
      if (record.empty()) continue;
      record_of_[{keys[i].kind, keys[i].value}] = record;
      found.push_back(record);
    }
    return page_.work.load_records(found);
  }

  /// Leaves `incoming.record` empty where the document goes to no record now.
  Result<void> identify_one(Incoming& incoming, const LostIds& lost, OpenCreates& open_creates) {
    const adapter::Change& change = *incoming.change;
    const LoadedLink* known = page_.work.link(change.key);
    const bool leaves = known != nullptr && leaves_record(incoming, *known);
    if (known != nullptr && !leaves) {
      incoming.record = known->row.record;
      return {};
    }
    if (const auto earlier = by_key_.find(change.key); earlier != by_key_.end()) {
      incoming.record = earlier->second;
      return {};
    }
    if (!incoming.mapped) return {};
    const LoadedRecord* marked = marked_record(change);
    if (marked != nullptr && marked->row.entity == page_.entity()) {
      incoming.record = marked->row.id;
    } else if (is_converted(change)) {
      page_.close_letters(change);
      return {};
    } else if (is_held(change, marked)) {
      page_.work.changes.unknown_marks.push_back(unknown_mark(page_.engine, page_.spoke, change));
      return {};
    } else {
      const std::set<std::string> candidates = matching(incoming);
      if (candidates.size() > 1) {
        set_aside_between(change, candidates);
        return {};
      }
      if (!candidates.empty()) incoming.record = *candidates.begin();
    }
    if (incoming.record.empty()) {
      auto maker = open_creates.maker_of(incoming.patch);
      if (!maker) return std::move(maker).error();
      incoming.record = *std::move(maker);
    }
    if (incoming.record.empty()) {
      if (page_.spoke.spoke->direction == SpokeDirection::Push) {  // nothing is taken from there
        page_.close_letters(change);
        return {};
      }
      auto born = birth(incoming, lost);
      if (!born) return std::move(born).error();
      incoming.record = *std::move(born);
    }
    for (const store::MatchKeyRow& key : page_.keys_of(incoming))
      record_of_.try_emplace({key.kind, key.value}, incoming.record);
    by_key_.emplace(change.key, incoming.record);
    if (leaves) release(*known);
    return {};
  }

  /// Was it a second object of its record by a key that the two do not share any more?
  bool leaves_record(const Incoming& incoming, const LoadedLink& link) {
    const LoadedRecord* record = page_.work.record(link.row.record);
    return incoming.mapped && record != nullptr && marked_record(*incoming.change) != record &&
           is_anothers(page_.spoke, link, *record, incoming.change->document,
                       fields_of(incoming.patch));
  }
  /// Nobody has to say any more what it is; it is met as an object that has no link.
  void release(const LoadedLink& link) {
    page_.released.insert(link.row.key);
    page_.work.changes.decided_duplicates.push_back(
        {.entity = link.row.entity,
         .record = link.row.record,
         .other = double_name(link.row.spoke, link.row.key),
         .reason = "they do not share a key any more",
         .since = link.state.undecided.value_or(page_.engine.now()),
         .dismissed = true});
  }

  const LoadedRecord* marked_record(const adapter::Change& change) {
    const LoadedRecord* out =
        change.correlation.empty() ? nullptr : page_.work.record(change.correlation);
    if (out != nullptr) return out;
    const auto by_mark = created_.find(change.key);
    return by_mark == created_.end() ? nullptr : page_.work.record(by_mark->second);
  }

  /// Records that share a strong key with the document.
  std::set<std::string> matching(const Incoming& incoming) {
    std::set<std::string> out;
    for (const store::MatchKeyRow& key : page_.keys_of(incoming)) {
      const auto at = record_of_.find({key.kind, key.value});
      if (at == record_of_.end()) continue;
      const LoadedRecord* record = page_.work.record(at->second);
      if (record != nullptr && record->row.entity == page_.entity()) out.insert(record->row.id);
    }
    return out;
  }

  /// Two strong keys name two records: a person decides whether these are one; the document goes to
  /// neither, and neither is created beside it.
  void set_aside_between(const adapter::Change& change, const std::set<std::string>& candidates) {
    const std::string& one = *candidates.begin();
    const std::string& other = *std::next(candidates.begin());
    const std::string reason =
        page_.spoke.spoke->name + " object " + change.key + " carries match keys of both";
    page_.work.changes.duplicates.push_back({.entity = page_.entity(),
                                             .record = one,
                                             .other = other,
                                             .reason = reason,
                                             .since = page_.engine.now()});
    page_.close_letters(change);  // of those that it may have been before
    for (const std::string& candidate : candidates) {
      set_aside_document(page_.engine, page_.spoke, page_.work, change,
                         Error(ErrorCode::Conflict, reason + ": " + one + " and " + other),
                         candidate);
    }
  }

  std::vector<const adapter::Change*> unlinked() {
    std::vector<const adapter::Change*> out = page_.unread;
    for (const Incoming& incoming : page_.incoming)
      if (incoming.mapped) out.push_back(incoming.change);
    std::erase_if(out, [&](const auto* change) { return page_.work.link(change->key) != nullptr; });
    return out;
  }

  /// A create of ours that nobody can read is there all the same: it is not made a second time.
  Result<void> meet_unread() {
    for (const adapter::Change* change : page_.unread) {
      const auto by_mark = created_.find(change->key);
      LoadedRecord* record =
          by_mark == created_.end() ? nullptr : page_.work.record(by_mark->second);
      if (record == nullptr || page_.work.link(change->key) != nullptr) continue;
      LoadedLink& link = page_.first_link(*change, *record);
      link.row.stale = link.touched = true;
      auto adopted = adopt_lost_create(page_.engine, page_.spoke, page_.work, *record, link,
                                       page_.look_of(*change, link), {}, page_.engine.now());
      if (!adopted) return std::move(adopted).error();
    }
    return {};
  }

  /// An object with a mark that this store does not know is not merged before a person accepts it;
  /// one with a forgotten id of this store only when all systems have been pulled.
  bool is_held(const adapter::Change& change, const LoadedRecord* marked) const {
    const std::string& mark = change.correlation;
    if (marked != nullptr || !is_mark(mark)) return false;
    if (issued_by(mark, page_.engine.store.id()))
      return !page_.engine.options.accept_marks || page_.source != LookSource::ByKey;
    return !page_.engine.options.accept_marks &&
           page_.spoke.spoke->direction != SpokeDirection::Pull;
  }

  /// A mark tells its store also where the rest of the document cannot be read.
  void hold_unread() {
    for (const adapter::Change* change : page_.unread) {
      if (page_.work.link(change->key) == nullptr &&
          is_held(*change, page_.work.record(change->correlation)))
        page_.work.changes.unknown_marks.push_back(
            unknown_mark(page_.engine, page_.spoke, *change));
    }
  }

  /// A new record. One that was born of this very object before, and that the store has forgotten,
  /// has its old id again; so has one that an accepted mark stands for.
  Result<std::string> birth(const Incoming& incoming, const LostIds& lost) {
    const adapter::Change& change = *incoming.change;
    std::string id =
        born_id(page_.engine.now(), page_.engine.store.id(), page_.spoke.spoke->name, change.key);
    if (const auto old = lost.find(ending_of(id)); old != lost.end()) {
      store::UnknownMarkRow row = old->second;
      id = row.mark;
      if (auto done = page_.work.load_records({id}); !done) return std::move(done).error();
      if (const LoadedRecord* record = page_.work.record(id)) {
        page_.work.changes.known_marks.emplace_back(row.spoke, row.key);
        return record->row.id;
      }
      row.adopted = false;  // its object is met next
      page_.work.changes.unknown_marks.push_back(std::move(row));
    } else if (is_mark(change.correlation) && page_.work.record(change.correlation) == nullptr &&
               issued_by(change.correlation, page_.engine.store.id())) {
      id = change.correlation;
      store::UnknownMarkRow row = unknown_mark(page_.engine, page_.spoke, change);
      row.adopted = true;
      page_.work.changes.unknown_marks.push_back(std::move(row));
    }
    page_.new_records.insert(id);
    ++page_.spoke.report.new_records;
    return page_.work.new_record(std::move(id)).row.id;
  }

  PageWork& page_;
  std::map<std::string, std::string> created_{};  ///< key -> record whose lost create has its mark
  std::map<std::pair<std::string, std::string>, std::string> record_of_{};  ///< of a match key
  std::map<std::string, std::string> by_key_{};  ///< an object may come twice in one page
};

}  // namespace

Result<void> identify(PageWork& page) { return Identification(page).run(); }

std::vector<store::MatchKeyRow> PageWork::keys_of(const Incoming& change) const {
  return match_keys(spoke.spoke->mapping->entity(), spoke.match, fields_of(change.patch), "");
}

Look PageWork::look_of(const adapter::Change& change, const LoadedLink& link) {
  Look look = make_look(engine, spoke, change, began, source);
  look.open_intent = work.has_open_intent(link.row.record);
  look.other_primary = work.has_primary(link.row.record, link.row.key);
  look.correlated = !change.correlation.empty() && change.correlation == link.row.record;
  return look;
}

LoadedLink& PageWork::first_link(const adapter::Change& change, const LoadedRecord& record) {
  const bool second = work.has_primary(record.row.id);
  LoadedLink& link = work.new_link(change.key, record.row.id);
  link.row.reference_key = reference_key_of(spoke, change.document);
  link.state.secondary = second;
  for (const adapter::Change* other : unread)
    if (other->key == change.key) set_stale(spoke, link, other->version);
  return link;
}

void PageWork::close_letters(const adapter::Change& change, bool for_all) {
  const auto [begin, end] = letters.equal_range(change.key);
  for (auto letter = begin; letter != end;) {
    const bool its_own = letter->second.payload == change.document.text();
    const bool spoken_for = for_all && !is_older(change.version, letter->second.version);
    if (letter->second.direction != "read" || !(its_own || spoken_for)) {
      ++letter;
      continue;
    }
    letter->second.open = false;
    work.changes.dead_letters.push_back(letter->second);
    letter = letters.erase(letter);
  }
}

bool PageWork::has_younger_letter(const adapter::Change& change) const {
  const auto [begin, end] = letters.equal_range(change.key);
  return std::any_of(begin, end, [&](const auto& letter) {
    return letter.second.direction == "read" && is_older(change.version, letter.second.version);
  });
}

bool PageWork::has_other_letters(const adapter::Change& change) const {
  const auto [begin, end] = letters.equal_range(change.key);
  return std::any_of(begin, end,
                     [&](const auto& letter) {
                       return letter.second.direction == "read" &&
                              letter.second.payload != change.document.text();
                     }) ||
         std::any_of(unread.begin(), unread.end(),
                     [&](const adapter::Change* other) { return other->key == change.key; });
}

}  // namespace channelbridge::hub
