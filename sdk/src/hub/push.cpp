#include <algorithm>
#include <limits>
#include <span>

#include "grounds_internal.hpp"
#include "lost_creates_internal.hpp"
#include "push_prepare_internal.hpp"

namespace channelbridge::hub {

namespace {

constexpr std::size_t kPage = 200;

class Pusher {
 public:
  Pusher(Engine& engine, SpokeRun& spoke)
      : engine_(engine),
        spoke_(spoke),
        mapping_(*spoke.spoke->mapping),
        outbox_(engine, spoke),
        preparation_(engine, spoke, outbox_) {}

  /// Waiters whose cause is gone, links that are due, then the change log from the spoke's
  /// position.
  Result<void> run() {
    auto done = run_waiters();
    if (done) done = run_due();
    if (done) done = run_change_log();
    if (done) return outbox_.flush();
    // What is held has not left: it is planned again.
    if (auto kept = outbox_.flush(done.error()); !kept) return kept;
    return done;
  }
  /// Something was written, or was seen that other systems do not show yet.
  bool moved() const { return outbox_.wrote() || changed_; }

 private:
  bool at_limit() const {
    return engine_.options.limit > 0 && spoke_.writes + outbox_.held() >= engine_.options.limit;
  }

  Result<void> run_waiters() {
    std::string after;
    while (!at_limit()) {
      auto rows = engine_.store.waiting_to_retry(spoke_.spoke->name, after, kPage);
      if (!rows) return std::move(rows).error();
      if (rows->empty()) return {};
      after = rows->back().record;
      std::vector<std::string> records;
      for (const store::WaitingRow& row : *rows) records.push_back(row.record);
      if (auto done = push_records(records, std::nullopt, true); !done) return done;
    }
    return {};
  }

  Result<void> run_due() {
    std::string after;
    while (!at_limit()) {
      auto links = engine_.store.links_due(spoke_.spoke->name, after, kPage);
      if (!links) return std::move(links).error();
      if (links->empty()) return {};
      after = links->back().key;
      std::vector<std::string> records;
      for (const store::LinkRow& link : *links) records.push_back(link.record);
      if (auto done = push_records(records, std::nullopt); !done) return done;
    }
    return {};
  }

  Result<void> run_change_log() {
    while (!at_limit()) {
      auto rows =
          engine_.store.records_changed(mapping_.entity().name(), spoke_.row.position, kPage);
      if (!rows) return std::move(rows).error();
      if (rows->empty()) return {};
      std::vector<std::string> records;
      for (const store::RecordRow& row : *rows) records.push_back(row.id);
      if (auto done = push_records(records, rows->back().change); !done) return done;
    }
    return {};
  }

  /// An object that is read right before it is written.
  struct Unseen {
    std::string record{};
    std::string key{};
  };

  /// Writes what these records need. Where an update carries no condition, what its object shows
  /// now is merged first, and decided again. `position`: the spoke's position in the change log
  /// once all of them have been looked at. `woken`: their links count as due, whatever their
  /// position.
  Result<void> push_records(const std::vector<std::string>& ids,
                            std::optional<std::int64_t> position, bool woken = false) {
    std::vector<Unseen> unseen;
    if (auto done = write(ids, position, woken, &unseen); !done) return done;
    looked_at_ += ids.size();
    const std::size_t batch = std::max<std::size_t>(1, spoke_.capabilities.batch_records);
    for (std::size_t begin = 0; begin < unseen.size(); begin += batch) {
      const std::size_t count = std::min(batch, unseen.size() - begin);
      auto seen = look(std::span(unseen).subspan(begin, count));
      if (!seen) return std::move(seen).error();
      if (auto done = write(*seen, std::nullopt, false, nullptr); !done) return done;
    }
    return {};
  }

  /// The records of these whose objects could be read now.
  Result<std::vector<std::string>> look(std::span<const Unseen> unseen) {
    std::vector<std::string> keys;
    for (const Unseen& item : unseen) keys.push_back(item.key);
    const std::uint64_t changed = spoke_.report.changed;
    auto seen = look_at(engine_, spoke_, keys);
    if (!seen) return std::move(seen).error();
    changed_ = changed_ || spoke_.report.changed != changed;
    std::vector<std::string> records;
    for (const Unseen& item : unseen) {
      if (seen->contains(item.key)) records.push_back(item.record);
    }
    return records;
  }

  /// Decides for these records, stores the intents before the first byte leaves, sends, and
  /// remembers the answers. `unseen` takes the updates whose objects are to be read first; null =
  /// that has been done.
  Result<void> write(const std::vector<std::string>& ids, std::optional<std::int64_t> position,
                     bool woken, std::vector<Unseen>* unseen) {
    if (auto go_on = engine_.context.check(); !go_on) return go_on;
    std::vector<Prepared> prepared;
    auto stored = decide_and_store(ids, position, woken, unseen, prepared);
    if (!stored) return std::move(stored).error();
    if (!*stored) {  // objects that these refer to are made first
      if (auto sent = outbox_.flush(); !sent) return sent;
      return write(ids, position, woken, unseen);
    }
    if (engine_.dry || prepared.empty()) return {};
    return outbox_.add(std::move(prepared));
  }

  /// False: nothing was decided, for what these refer to is held.
  Result<bool> decide_and_store(const std::vector<std::string>& ids,
                                std::optional<std::int64_t> position, bool woken,
                                std::vector<Unseen>* unseen, std::vector<Prepared>& prepared) {
    const std::lock_guard guard(engine_.mutex);
    Workset work(engine_, spoke_);
    if (auto done = Outbox::load(work, ids); !done) return std::move(done).error();
    const std::vector<std::string> needed = referenced(work);
    if (outbox_.holds(needed)) return false;
    if (auto done = load_letters(ids); !done) return std::move(done).error();
    if (auto done = unposted_.load(engine_.store, *spoke_.spoke, ids); !done)
      return std::move(done).error();
    LinkedReferences references(engine_, spoke_);
    if (auto done = references.load(needed); !done) return std::move(done).error();
    for (const std::string& id : ids) {
      LoadedRecord* record = work.record(id);
      if (record == nullptr || record->row.id != id)
        continue;  // an alias: its survivor is in the log itself
      if (auto done = decide(work, *record, references, woken, prepared); !done)
        return std::move(done).error();
    }
    if (position) spoke_.row.position = *position;  // what was not written waits under its own name
    if (engine_.dry) {
      if (auto done = outbox_.pretend(work, prepared); !done) return std::move(done).error();
    } else if (unseen != nullptr && !spoke_.capabilities.conditional) {
      *unseen = keep_back(work, prepared);
    }
    auto rows = work.finish();
    if (!rows) return std::move(rows).error();
    const bool sends = !engine_.dry && outbox_.begin(prepared);
    for (const Prepared& item : prepared) rows->intents.push_back(item.intent);
    rows->spokes.push_back(spoke_.row);
    if (auto done = engine_.store.commit(
            *std::move(rows), sends ? store::Durability::Full : store::Durability::Normal);
        !done)
      return std::move(done).error();
    engine_.advance(spoke_, "push", looked_at_);
    return true;
  }

  /// Takes the updates out: their links stay due until their objects have been read.
  static std::vector<Unseen> keep_back(Workset& work, std::vector<Prepared>& prepared) {
    std::vector<Unseen> out;
    std::erase_if(prepared, [&](const Prepared& item) {
      if (item.decision.create) return false;
      LoadedLink& link = *work.link(item.intent.key);
      link.state.due = link.touched = true;
      not_compensated(link, item.decision);
      out.push_back({item.intent.record, item.intent.key});
      return true;
    });
    return out;
  }

  std::uint64_t limit() const {
    return engine_.options.limit == 0 ? std::numeric_limits<std::uint64_t>::max()
                                      : engine_.options.limit;
  }

  /// Records that the records at hand refer to.
  std::vector<std::string> referenced(Workset& work) const {
    std::set<std::string> out;
    for (const mapping::RuleInfo& rule : mapping_.rules()) {
      if (rule.refers_to.empty() || rule.direction == mapping::Direction::Read) continue;
      for (const auto& [id, record] : work.records()) {
        for (std::string& value : model::values_at(record.state.fields, rule.field))
          out.insert(std::move(value));
      }
    }
    return {out.begin(), out.end()};
  }

  Result<void> decide(Workset& work, LoadedRecord& record, const LinkedReferences& references,
                      bool woken, std::vector<Prepared>& prepared) {
    const std::string& id = record.row.id;
    if (spoke_.writes + outbox_.held() + prepared.size() >= limit()) {
      outbox_.wait(work, id, "retry", "the limit of this run");
      return {};
    }
    if (work.has_open_intent(id) || outbox_.holds({id})) {
      outbox_.wait(work, id, reason_of_open(id), outstanding(work, id));
      return {};
    }
    LoadedLink* link = work.link_of(id);
    const bool passes = spoke_.spoke->filter.passes(record.state.fields);
    if (!passes || (link == nullptr && !spoke_.spoke->creates.passes(record.state.fields))) {
      work.changes.no_longer_waiting.emplace_back(spoke_.spoke->name, id);
      if (link != nullptr) return leave(work, record, *link, references, prepared);
      // What was refused there need not be there any more. A create that fell on another record's
      // object is remembered: the record may pass again.
      if (!stands_elsewhere(id)) close_letters(work, record);
      return {};
    }
    if (const auto object = may_be_.find(id); link == nullptr && object != may_be_.end()) {
      outbox_.wait(work, id, "retry", "it may be the object " + object->second);
      return {};
    }
    if (link == nullptr && stands_elsewhere(id)) return {};
    if (link == nullptr) {
      auto other = exclusive_spoke(id);
      if (!other) return std::move(other).error();
      if (!other->empty()) {
        outbox_.wait(work, id, "retry", "it stands in " + *other + ", and is in one of the two");
        return {};
      }
    }
    if (link != nullptr && link->row.stale)
      return {};  // nothing is pushed over what was not understood
    if (parked_at(id) >= static_cast<std::int64_t>(record.state.version))
      return link == nullptr ? Result<void>()
                             : compensate(work, record, *link, references, prepared);

    const Elements elements = elements_of(*spoke_.spoke->mapping, spoke_.shapes,
                                          record.state.fields, link ? link->state : LinkState{});
    const MappingImage image(mapping_, spoke_.shapes, elements);
    const MergeContext context = work.context(id, image);
    const Later later = preparation_.later_fields(record, references, link == nullptr);
    const auto lacking = missing_ground(engine_.config, *spoke_.spoke, record.state,
                                        link == nullptr ? nullptr : &link->state);
    const auto* refused = unposted_.holding(*spoke_.spoke, id, record.state, link);
    const bool held_back = lacking || refused != nullptr;
    const LinkState before = link != nullptr && held_back ? link->state : LinkState{};
    Decision decision;
    if (link == nullptr) {
      decision = decide_create(record.state, context,
                               {.initial_pull_done = spoke_.row.initial_done,
                                .pulled = spoke_.pulled,
                                .born = born_at(work, record),
                                .position = 0},
                               later);
    } else {
      link->touched = true;
      link->state.due = link->state.due || woken;
      RecordState state = with_groups(record.state, spoke_.spoke->on_leave);
      if (link->state.incomplete)
        state = with_groups(std::move(state), spoke_.spoke->on_incomplete);
      decision = decide_update(state, link->state, context, later);
    }
    if (!decision.write) {
      if (decision.reason == NoWrite::NotYet) {
        spoke_.not_yet = true;
        spoke_.learns_keys = true;  // the next round pulls first
        outbox_.wait(work, id, "retry", "the spoke has not been pulled past this record yet");
        return {};
      }
      ++spoke_.report.unchanged;
      // Not looked at: a reference that has arrived meanwhile may have woken it.
      if (decision.reason == NoWrite::AtPosition) return {};
      work.changes.no_longer_waiting.emplace_back(spoke_.spoke->name, id);
      if (decision.reason == NoWrite::Nothing) {
        close_letters(work, record);
        if (link != nullptr && later.empty()) {
          changed_ = changed_ || link->state.figures_due;  // they are read in this run
          made_whole(link->state);
        }
      }
      wait_for_rest(work, record, later, link, decision);
      return {};
    }
    if (held_back) {
      if (link != nullptr) link->state = before;  // nothing was decided
      preparation_.hold_back(work, record, lacking, refused);
      return {};
    }
    const std::size_t waits = work.changes.waiting.size();
    if (auto done = preparation_.prepare(work, record, link, *std::move(decision.write), references,
                                         prepared);
        !done)
      return done;
    const bool held_up = work.changes.waiting.size() > waits;
    wait_for_rest(work, record, later, link, decision, held_up);
    return {};
  }

  /// What a decision leaves out for now, and why. `held_up`: nor is the rest of it sent yet.
  void wait_for_rest(Workset& work, const LoadedRecord& record, const Later& later,
                     const LoadedLink* link, const Decision& decision, bool held_up = false) {
    preparation_.wait_for_later(work, record, later, link == nullptr, held_up);
    if (!decision.left_out.empty())
      outbox_.wait(work, record.row.id, "conflict", decision.left_out.front());
  }

  /// The record has left the filter: its object is kept as it is, or is given the values that the
  /// spoke states. The hub's own values stay; they are written back when it passes again.
  Result<void> leave(Workset& work, const LoadedRecord& record, LoadedLink& link,
                     const LinkedReferences& references, std::vector<Prepared>& prepared) {
    if (!link.state.closed && spoke_.left.insert(record.row.id).second) ++spoke_.report.left;
    link.touched = link.touched || link.state.due;
    link.state.due = link.state.step_due;  // a step that is left is done all the same
    const bool parked = parked_at(record.row.id) >= static_cast<std::int64_t>(record.state.version);
    auto done = parked ? Result<void>()
                       : give(work, record, link, spoke_.spoke->on_leave, references, prepared);
    if (done) judge_what_stays(work, record, link);
    return done;
  }

  /// The rest of an object is not written once its record has left. Where it has the record's lines
  /// all the same, its figures are the record's; else they stay those of a part.
  void judge_what_stays(Workset& work, const LoadedRecord& record, LoadedLink& link) {
    LinkState& state = link.state;
    const bool in_part = state.incomplete || state.in_part;
    if (!in_part || state.compensated || state.closed || state.secondary || link.row.stale) return;
    link.touched = true;
    if (state.look_due) {  // nobody knows yet what is there
      state.due = true;
      return;
    }
    const Elements elements = elements_of(mapping_, spoke_.shapes, record.state.fields, state);
    const MappingImage image(mapping_, spoke_.shapes, elements);
    LinkState compared = state;
    compared.due = true;
    const Decision rest = decide_update(record.state, compared, work.context(record.row.id, image));
    if (rest.reason == NoWrite::WaitsForLook) {
      state.due = state.look_due = true;
      return;
    }
    const bool lacks_lines =
        rest.write && std::any_of(rest.write->groups.begin(), rest.write->groups.end(),
                                  [](const auto& group) { return group.first.ends_with(']'); });
    if (lacks_lines) return;
    changed_ = changed_ || state.figures_due;  // they are read in this run
    made_whole(state);
  }

  /// The rest of what we began to create was refused for good: the part that stands there is given
  /// the values that the spoke states.
  Result<void> compensate(Workset& work, const LoadedRecord& record, LoadedLink& link,
                          const LinkedReferences& references, std::vector<Prepared>& prepared) {
    if (!link.state.incomplete || link.state.compensated) return {};
    const std::size_t before = prepared.size();
    auto done = give(work, record, link, spoke_.spoke->on_incomplete, references, prepared);
    link.state.compensated = prepared.size() > before;
    return done;
  }

  /// Writes values that are not the record's own to its object.
  Result<void> give(Workset& work, const LoadedRecord& record, LoadedLink& link,
                    const model::Fields& values, const LinkedReferences& references,
                    std::vector<Prepared>& prepared) {
    if (values.empty() || link.row.stale || link.state.closed || link.state.secondary) return {};
    LoadedRecord there = record;
    there.state = with_groups(record.state, values);
    for (const auto& [path, value] : values) model::set(there.state.fields, path, value);
    const Elements elements = elements_of(mapping_, spoke_.shapes, there.state.fields, link.state);
    const MappingImage image(mapping_, spoke_.shapes, elements);
    const MergeContext context = work.context(record.row.id, image);
    link.touched = true;
    link.state.due = true;
    Decision decision = decide_update(there.state, link.state, context);
    // Until the object shows the record again, no version of it counts as compared: the filter may
    // be widened.
    link.state.position = 0;
    if (!decision.write) return {};
    decision.write->record_version = 0;
    std::erase_if(decision.write->groups, [&](const auto& group) {
      return std::none_of(values.begin(), values.end(), [&](const auto& value) {
        return group.second.view.contains(value.first);
      });
    });
    if (decision.write->groups.empty()) return {};
    return preparation_.prepare(work, there, &link, *std::move(decision.write), references,
                                prepared);
  }

  /// Groups of which the spoke states values count as the hub's, empty ones too: else those would
  /// neither be given nor be taken back.
  RecordState with_groups(RecordState record, const model::Fields& values) const {
    for (const auto& [path, value] : values)
      record.provenance.try_emplace(mapping_.entity().group_of(path));
    return record;
  }

  /// Who ends an open write: its object or a person (ADR 22), its system, or the next look.
  std::string reason_of_open(const std::string& record) const {
    const auto [begin, end] = letters_.equal_range(record);
    if (std::any_of(begin, end, [](const auto& each) { return each.second.rule == kLostCreate; }))
      return "lost_create";
    return spoke_.capabilities.answers_later ? "answer_outstanding" : "retry";
  }

  static std::string outstanding(Workset& work, const std::string& record) {
    std::string out = "an answer is outstanding";
    for (const store::IntentRow& intent : work.intents(record)) {
      const bool open = intent.state == store::IntentState::Unknown;
      if (open && !intent.outcome.empty()) out += ": " + intent.outcome;
    }
    return out;
  }

  /// A create is not decided before a pull that began after this: the record's birth, or a create
  /// whose fate was left open.
  static Timestamp born_at(Workset& work, const LoadedRecord& record) {
    Timestamp out = record.row.created;
    for (const store::IntentRow& intent : work.intents(record.row.id)) {
      if (intent.key.empty() && intent.answered) out = std::max(out, *intent.answered);
    }
    return out;
  }

  /// Open letters of refused writes, and of objects that may be one of the records at hand.
  Result<void> load_letters(const std::vector<std::string>& records) {
    auto letters = engine_.store.dead_letters_of(spoke_.spoke->name, records);
    if (!letters) return std::move(letters).error();
    letters_.clear();
    may_be_.clear();
    for (store::DeadLetterRow& letter : *letters) {
      if (letter.direction == "read") may_be_.emplace(letter.record, letter.key);
      if (letter.direction == "write") letters_.emplace(letter.record, std::move(letter));
    }
    return {};
  }

  /// The record version up to which a refused write parks this record's lane; -1 = not parked.
  std::int64_t parked_at(const std::string& record) const {
    std::int64_t out = -1;
    const auto [begin, end] = letters_.equal_range(record);
    for (auto letter = begin; letter != end; ++letter) {
      // A letter whose mapping has changed since is tried again once, by itself.
      if (letter->second.fingerprint == mapping_.fingerprint())
        out = std::max(out, letter->second.record_version);
    }
    return out;
  }

  /// A create of the record landed on another record's object: a new version would land there, too,
  /// until a person has the letter replayed.
  bool stands_elsewhere(const std::string& record) const {
    const auto [begin, end] = letters_.equal_range(record);
    return std::any_of(begin, end, [](const auto& letter) {
      return letter.second.rule == kPossibleDuplicate && letter.second.record_version >= 0;
    });
  }

  /// The spoke of those that exclude this one in which the record is, or may be; "" = none.
  Result<std::string> exclusive_spoke(const std::string& record) const {
    store::Store& store = engine_.store;
    for (const std::string& other : spoke_.spoke->exclusive_with) {
      auto links = store.links_of(other, {record});
      if (!links) return std::move(links).error();
      auto intents = store.intents_of(other, {record});
      if (!intents) return std::move(intents).error();
      const bool is_there = std::any_of(links->begin(), links->end(),
                                        [](const store::LinkRow& link) { return !link.closed; });
      const bool may_be =
          std::any_of(intents->begin(), intents->end(), [](const store::IntentRow& intent) {
            return intent.key.empty() && intent.state != store::IntentState::Absent;
          });
      if (is_there || may_be) return other;
    }
    return std::string();
  }

  /// The record needs nothing there any more: what was refused has been settled by other hands.
  void close_letters(Workset& work, const LoadedRecord& record) {
    const auto [begin, end] = letters_.equal_range(record.row.id);
    for (auto letter = begin; letter != end; ++letter) {
      letter->second.open = false;
      work.changes.dead_letters.push_back(letter->second);
    }
  }

  Engine& engine_;
  SpokeRun& spoke_;
  const mapping::Mapping& mapping_;
  Outbox outbox_;
  Preparation preparation_;
  std::multimap<std::string, store::DeadLetterRow> letters_;  ///< by record
  std::map<std::string, std::string> may_be_;  ///< record -> key of an object that was set aside
  UnpostedRecords unposted_;
  std::uint64_t looked_at_{};
  bool changed_{};  ///< a look before a write changed a record, or one more look is wanted
};

}  // namespace

Result<void> push(Engine& engine, SpokeRun& spoke, bool& moved) {
  if (spoke.spoke->direction == SpokeDirection::Pull) return {};
  if (!engine.dry && spoke.row.accepted != spoke.spoke->mapping->fingerprint()) {
    return Error(ErrorCode::Invalid,
                 "the meaning of " + spoke.spoke->mapping->file() +
                     " has changed: look at `plan`, then run `sync --accept-mapping-change`; "
                     "nothing was written to this spoke");
  }
  std::string filter = spoke.spoke->filter.text();
  if (!spoke.spoke->creates.empty()) filter += "\ncreates: " + spoke.spoke->creates.text();
  if (spoke.row.filter != filter) {  // another filter: every record is asked again
    spoke.row.filter = std::move(filter);
    spoke.row.position = 0;
  }
  Pusher pusher(engine, spoke);
  auto done = pusher.run();
  moved = moved || pusher.moved();
  return done ? follow_up(engine, spoke) : done;
}

}  // namespace channelbridge::hub
