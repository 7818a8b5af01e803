#include <algorithm>
#include <chrono>
#include <map>
#include <span>

#include "engine_internal.hpp"
#include "lost_creates_internal.hpp"
#include "outbox_internal.hpp"
#include "request_json_internal.hpp"

namespace channelbridge::hub {

namespace {

constexpr std::size_t kIntentsAtOnce = 200;  // are looked for together
/// What takes longer until "not found" is final is left to a later run.
constexpr std::chrono::seconds kPatience(30);

/// When the last byte of a write may have left.
Timestamp sent_at(const store::IntentRow& intent) {
  return intent.answered.value_or(intent.decided);
}

/// How long it takes until "not found" is final for a write.
std::chrono::milliseconds still_to_settle(Engine& engine, const SpokeRun& spoke,
                                          const store::IntentRow& intent) {
  const std::chrono::milliseconds none(0);
  const auto age = std::max(
      none, std::chrono::duration_cast<std::chrono::milliseconds>(engine.now() - sent_at(intent)));
  return std::max(none, spoke.capabilities.settle - age);
}

/// Waits until "not found" is final for a write.
Result<void> wait_to_settle(Engine& engine, const SpokeRun& spoke, const store::IntentRow& intent) {
  const std::chrono::milliseconds rest = still_to_settle(engine, spoke, intent);
  return rest.count() == 0 ? Result<void>() : engine.context.sleep(rest);
}

/// `said`: what the system answered, where it did; a service that never understands us is known by
/// that.
void plan_afresh(Engine& engine, const SpokeRun& spoke, store::Changes& changes,
                 const std::string& record, const std::string& said) {
  changes.waiting.push_back(
      {.spoke = spoke.spoke->name,
       .record = record,
       .reason = "retry",
       .detail = "its write did not land" + (said.empty() ? std::string() : ": " + said),
       .since = engine.now()});
}

using Found = std::map<std::string, std::vector<adapter::Change>>;

/// What the system has of these creates, by record.
Result<Found> find_creates(Engine& engine, SpokeRun& spoke,
                           const std::vector<std::string>& records) {
  // Where nothing can be found, objects are recognised when they are pulled.
  if (records.empty() || spoke.capabilities.idempotency == adapter::Idempotency::None)
    return Found();
  spoke.searched = true;
  auto found = spoke.system->adapter->find_each(spoke.selection, records, engine.context);
  if (found || found.error().code() != ErrorCode::Unsupported) return found;
  // An adapter may learn only from the system's metadata that objects have no place for our id.
  spoke.traits.correlates = false;
  return Found();
}

Result<void> recover_create(Engine& engine, SpokeRun& spoke, store::IntentRow intent,
                            const WriteDecision& decision,
                            const std::vector<adapter::Change>& found) {
  const std::lock_guard guard(engine.mutex);
  Workset work(engine, spoke);
  if (found.empty()) {
    if (auto done = work.load_records({intent.record}); !done) return done;
    const LoadedRecord* record = work.record(intent.record);
    auto asked = questions(engine.store, spoke.spoke->name, {intent.record});
    if (!asked) return std::move(asked).error();
    // What a person is asked, the record's later keys do not answer.
    if (record != nullptr && (!asked->empty() || is_beyond_search(spoke, *record, decision))) {
      if (auto done = work.load_links_of({record->row.id}); !done) return done;
      auto left = leave_open(engine, spoke, work, std::move(intent), *record);
      if (!left) return left;
      auto rows = work.finish();
      if (!rows) return std::move(rows).error();
      return engine.store.commit(*std::move(rows));
    }
    intent.answered = engine.now();
    intent.state = store::IntentState::Absent;
    plan_afresh(engine, spoke, work.changes, intent.record, intent.outcome);
    intent.outcome =
        "not found by its mark" +
        (intent.outcome.empty() ? std::string() : "; the answer was: " + intent.outcome);
    work.changes.intents.push_back(std::move(intent));
    auto rows = work.finish();
    if (!rows) return std::move(rows).error();
    return engine.store.commit(*std::move(rows));
  }
  intent.answered = engine.now();
  if (auto done = work.load_records({intent.record}); !done) return done;
  std::vector<std::string> keys;
  keys.reserve(found.size());
  for (const adapter::Change& change : found) keys.push_back(change.key);
  if (auto done = work.load_links_by_key(keys); !done) return done;
  if (auto done = work.load_links_of({intent.record}); !done) return done;
  LoadedRecord* record = work.record(intent.record);
  if (record == nullptr)
    return Error(ErrorCode::Internal, "intent " + intent.id + " has no record");
  bool ours = false;
  std::string foreign;  // an object found that is another record's
  for (const adapter::Change& change : found) {
    LoadedLink* link = work.link(change.key);
    if (link != nullptr && link->row.record != record->row.id) {
      work.changes.duplicates.push_back({.entity = record->row.entity,
                                         .record = link->row.record,
                                         .other = record->row.id,
                                         .reason = spoke.system->name + " object " + change.key +
                                                   " carries the id of one, and is the other's",
                                         .since = engine.now()});
      foreign = change.key;
      continue;
    }
    ours = true;
    const bool second = work.has_primary(record->row.id, change.key);
    if (link == nullptr) {
      link = &work.new_link(change.key, record->row.id);
      link->row.reference_key = reference_key_of(spoke, change.document);
      link->state.secondary = second;
      if (auto done = meet_letters(engine, spoke, *link); !done) return done;
    }
    link->touched = true;
    if (intent.state == store::IntentState::Done || link->state.secondary) continue;
    // Another create of ours may have made it: a look at the object tells which.
    if (spoke.traits.mark && !change.deleted && mark_of(spoke, change.document) != intent.id) {
      link->state.look_due = true;
      continue;
    }
    Elements elements =
        elements_of(*spoke.spoke->mapping, spoke.shapes, record->state.fields, link->state);
    add_elements(elements, decision);
    const MappingImage image(*spoke.spoke->mapping, spoke.shapes, elements);
    const MergeContext context = work.context(record->row.id, image);
    adopt(link->state, context, decision, FoundBy::Correlation, engine.now());
    intent.state = store::IntentState::Done;
    intent.key = change.key;
    intent.outcome = "found by its mark";
    ++spoke.report.created;
  }
  if (intent.state != store::IntentState::Done) intent.state = store::IntentState::Done;
  if (!ours && !foreign.empty()) {  // written again it would go over the other's: a person decides
    intent.outcome = "found as the object of another record";
    work.changes.dead_letters.push_back(
        {.id = engine.make_id(),
         .spoke = spoke.spoke->name,
         .direction = "write",
         .record = intent.record,
         .rule = std::string(kPossibleDuplicate),
         .file = spoke.spoke->mapping->file(),
         .message = spoke.system->name + " object " + foreign +
                    " carries the id of this record and is linked to another: `duplicates list`",
         .payload = intent.request,
         .fingerprint = spoke.spoke->mapping->fingerprint(),
         .record_version = intent.record_version,
         .at = engine.now()});
  }
  work.changes.intents.push_back(std::move(intent));
  auto rows = work.finish();
  if (!rows) return std::move(rows).error();
  return engine.store.commit(*std::move(rows));
}

/// An object as it is, and when the look at it began.
struct Seen {
  Timestamp began{};
  adapter::Change shown{};
  std::optional<Error> unreadable{};  ///< why what is shown is no document
};
using Looks = std::map<std::string, Seen>;  ///< by key

Result<Seen> look_alone(Engine& engine, SpokeRun& spoke, const std::string& key) {
  const Timestamp began = engine.now();
  auto change = spoke.system->adapter->read_by_key(spoke.selection, key, engine.context);
  if (change) return Seen{.began = began, .shown = *std::move(change)};
  if (change.error().code() == ErrorCode::Protocol) {
    auto page = spoke.system->adapter->read_by_keys(spoke.selection, {key}, engine.context);
    if (page && page->unreadable.size() == 1) {
      const adapter::UnreadableDocument& piece = page->unreadable.front();
      return Seen{.began = began,
                  .shown = {.key = key, .document = stored_document(piece.text)},
                  .unreadable = piece.error};
    }
  }
  if (change.error().code() != ErrorCode::NotFound) return std::move(change).error();
  return Seen{.began = began, .shown = {.key = key, .deleted = true}};
}

/// The objects of lost updates, in as few calls as the system allows; those that are left out are
/// looked at alone. The first is, too: an adapter waits there until nothing of ours may write this
/// selection any more.
Result<Looks> look_together(Engine& engine, SpokeRun& spoke, std::vector<std::string> keys) {
  Looks out;
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  const std::size_t most = spoke.capabilities.read_keys;
  if (keys.size() < 2 || most < 2) return out;
  auto first = look_alone(engine, spoke, keys.front());
  if (!first) return std::move(first).error();
  out.emplace(keys.front(), *std::move(first));
  for (std::size_t at = 1; at < keys.size(); at += most) {
    const auto begin = keys.begin() + static_cast<std::ptrdiff_t>(at);
    const std::size_t count = std::min(most, keys.size() - at);
    const Timestamp began = engine.now();
    auto page = spoke.system->adapter->read_by_keys(
        spoke.selection, {begin, begin + static_cast<std::ptrdiff_t>(count)}, engine.context);
    if (!page) return std::move(page).error();
    for (adapter::Change& change : page->changes) {
      const std::string key = change.key;
      out.emplace(key, Seen{.began = began, .shown = std::move(change)});
    }
  }
  return out;
}

Result<void> recover_update(Engine& engine, SpokeRun& spoke, store::IntentRow intent,
                            const WriteDecision& decision, Looks& looks) {
  auto known = looks.extract(intent.key);  // good for one write: the next one looks again
  auto seen =
      known ? Result<Seen>(std::move(known.mapped())) : look_alone(engine, spoke, intent.key);
  if (!seen) return std::move(seen).error();
  const Timestamp began = seen->began;
  adapter::Change shown = std::move(seen->shown);
  const std::lock_guard guard(engine.mutex);
  Workset work(engine, spoke);
  if (auto done = work.load_links_by_key({intent.key}); !done) return done;
  if (auto done = work.load_records({intent.record}); !done) return done;
  if (auto done = work.load_presence(); !done) return done;
  LoadedLink* link = work.link(intent.key);
  LoadedRecord* record = work.record(intent.record);
  if (link == nullptr || record == nullptr)
    return Error(ErrorCode::Internal, "intent " + intent.id + " has lost its link");
  link->touched = true;
  Look look = make_look(engine, spoke, shown, began, LookSource::ByKey);
  if (!look.deleted) {
    auto request = parse_request(intent.request);
    if (!request) return request.error().with_key(intent.key);
    look.halfway =
        spoke.system->adapter->halfway(spoke.selection, stored_document(link->row.last_document),
                                       *request, shown.document, engine.context);
  }
  Stated stated;
  if (!look.deleted) {
    auto patch = seen->unreadable ? Result<model::Patch>(*seen->unreadable)
                                  : read_document(engine, spoke, shown.document);
    if (!patch) {
      set_aside_document(engine, spoke, work, shown, patch.error());
      // Whether it landed is decided by the first look that says what is there.
      link->state.unresolved = decision;
      link->state.fingerprint.clear();
      link->state.due = true;
      not_compensated(*link, decision);
      intent.state = store::IntentState::Absent;
      intent.outcome = "the object cannot be read";
      work.changes.intents.push_back(std::move(intent));
      auto rows = work.finish();
      if (!rows) return std::move(rows).error();
      return engine.store.commit(*std::move(rows));
    }
    stated = statements(engine, spoke, *std::move(patch), *record, *link);
    link->row.last_document = std::string(shown.document.text());
    link->row.fingerprint = spoke.spoke->mapping->fingerprint();
  }
  Elements elements =
      elements_of(*spoke.spoke->mapping, spoke.shapes, record->state.fields, link->state);
  for (const auto& [path, value] : stated) {
    if (const auto inside = model::split_element(path))
      elements[std::string(inside->list)].emplace(inside->element);
  }
  const MappingImage image(*spoke.spoke->mapping, spoke.shapes, elements);
  const MergeContext context = work.context(record->row.id, image);
  const Resolution resolution =
      resolve_update(record->state, link->state, context, decision, look, stated);
  note_events(engine, spoke, *record, *link, resolution.events);
  intent.answered = engine.now();
  intent.state =
      resolution.fate == Fate::Landed ? store::IntentState::Done : store::IntentState::Absent;
  intent.outcome = "looked: " + std::string(to_string(resolution.fate));
  // Given once too often it says the same again; not given, the part would stand as it is.
  if (resolution.fate != Fate::Landed && resolution.fate != Fate::Gone)
    not_compensated(*link, decision);
  if (resolution.fate == Fate::Landed) ++spoke.report.updated;
  if (look.converted && link->state.closed) ++spoke.report.converted;
  work.changes.intents.push_back(std::move(intent));
  auto rows = work.finish();
  if (!rows) return std::move(rows).error();
  return engine.store.commit(*std::move(rows));
}

/// What a run may send: not one that only links, nor one that applies a saved plan.
bool may_write(const Engine& engine, const SpokeRun& spoke) {
  return !engine.options.link_only && !engine.options.approve &&
         spoke.spoke->direction != SpokeDirection::Pull;
}

/// Writes whose answers come later are asked about together; those of which nothing has been said
/// stay open, and their records wait with what has been said so far.
Result<void> ask(Engine& engine, SpokeRun& spoke, std::vector<store::IntentRow>& intents) {
  if (intents.empty()) return {};
  std::vector<Prepared> open;
  std::vector<adapter::OpenWrite> writes;
  for (store::IntentRow& intent : intents) {
    auto decision = parse_write_decision(intent.decision);
    if (!decision) return std::move(decision).error();
    auto request = parse_request(intent.request);
    if (!request) return request.error().with_key(intent.key);
    request->number = intent.id;
    request->decided = intent.decided;
    writes.push_back({.request = *request,
                      .sent = sent_at(intent),
                      .repeatable = !intent.taken && may_write(engine, spoke)});
    open.push_back({.intent = std::move(intent),
                    .decision = *std::move(decision),
                    .request = *std::move(request)});
  }
  auto outcomes = spoke.system->adapter->settled(spoke.selection, writes, engine.context);
  if (!outcomes) return std::move(outcomes).error();
  if (outcomes->size() != open.size())
    return Error(ErrorCode::Internal, "the adapter knows of " + std::to_string(outcomes->size()) +
                                          " of " + std::to_string(open.size()) + " writes");
  Outbox outbox(engine, spoke);
  std::vector<Prepared> told;
  std::vector<adapter::WriteOutcome> said;
  store::Changes changes;
  for (std::size_t i = 0; i < open.size(); ++i) {
    const std::vector<adapter::NodeOutcome>& nodes = (*outcomes)[i].nodes;
    if (!nodes.empty() && nodes.front().status != adapter::WriteStatus::Unknown) {
      told.push_back(std::move(open[i]));
      said.push_back(std::move((*outcomes)[i]));
      continue;
    }
    spoke.asked = true;
    store::IntentRow& intent = open[i].intent;
    intent.taken = intent.taken || (!nodes.empty() && nodes.front().taken);
    if (!nodes.empty() && nodes.front().error) intent.outcome = to_string(*nodes.front().error);
    changes.waiting.push_back({.spoke = spoke.spoke->name,
                               .record = intent.record,
                               .reason = "answer_outstanding",
                               .detail = "an answer is outstanding: " + intent.outcome,
                               .since = engine.now()});
    changes.intents.push_back(std::move(intent));
  }
  if (!changes.empty()) {
    const std::lock_guard guard(engine.mutex);
    if (auto done = engine.store.commit(std::move(changes)); !done) return done;
  }
  return told.empty() ? Result<void>() : outbox.settle_later(told, said);
}

Result<void> recover_some(Engine& engine, SpokeRun& spoke, std::span<store::IntentRow> intents) {
  std::vector<WriteDecision> decisions;
  std::vector<std::string> creates;
  std::vector<std::string> updates;
  for (const store::IntentRow& intent : intents) {
    if (auto go_on = engine.context.check(); !go_on) return go_on;
    auto decision = parse_write_decision(intent.decision);
    if (!decision) return std::move(decision).error();
    if (auto waited = wait_to_settle(engine, spoke, intent); !waited) return waited;
    if (decision->create)
      creates.push_back(intent.record);
    else
      updates.push_back(intent.key);
    decisions.push_back(std::move(*decision));
  }
  auto found = find_creates(engine, spoke, creates);
  if (!found) return std::move(found).error();
  auto looks = look_together(engine, spoke, std::move(updates));
  if (!looks) return std::move(looks).error();
  for (std::size_t i = 0; i < intents.size(); ++i) {
    if (auto go_on = engine.context.check(); !go_on) return go_on;
    const std::string record = intents[i].record;
    auto done =
        decisions[i].create
            ? recover_create(engine, spoke, std::move(intents[i]), decisions[i], (*found)[record])
            : recover_update(engine, spoke, std::move(intents[i]), decisions[i], *looks);
    if (!done) return done;
    engine.advance(spoke, "recover", spoke.report.created + spoke.report.updated);
  }
  return {};
}

/// Writes that may still land, and for longer than a run waits. What a create has made already is
/// known as soon as it is found; the others stay open, and their records wait.
Result<void> look_early(Engine& engine, SpokeRun& spoke, std::span<store::IntentRow> intents) {
  std::map<std::string, WriteDecision> creates;  // by intent
  std::vector<std::string> records;
  for (const store::IntentRow& intent : intents) {
    // What lands in parts may be found before the last of them.
    if (!intent.key.empty() || !spoke.capabilities.atomic_group) continue;
    auto decision = parse_write_decision(intent.decision);
    if (!decision) return std::move(decision).error();
    creates.emplace(intent.id, *std::move(decision));
    records.push_back(intent.record);
  }
  auto found = find_creates(engine, spoke, records);
  if (!found) return std::move(found).error();
  store::Changes changes;
  for (store::IntentRow& intent : intents) {
    if (auto go_on = engine.context.check(); !go_on) return go_on;
    const auto create = creates.find(intent.id);
    const std::vector<adapter::Change>& objects = (*found)[intent.record];
    if (create != creates.end() && !objects.empty()) {
      auto done = recover_create(engine, spoke, std::move(intent), create->second, objects);
      if (!done) return done;
      continue;
    }
    spoke.asked = true;
    changes.waiting.push_back({.spoke = spoke.spoke->name,
                               .record = intent.record,
                               .reason = "retry",
                               .detail = "an answer is outstanding",
                               .since = engine.now()});
  }
  if (changes.empty()) return {};
  const std::lock_guard guard(engine.mutex);
  return engine.store.commit(std::move(changes));
}

}  // namespace

Result<void> remember_sought(Engine& engine, SpokeRun& spoke) {
  if (spoke.traits.mark) return {};  // their numbers name their objects
  auto sought = sought_creates(engine, spoke);
  if (!sought) return std::move(sought).error();
  if (sought->empty()) return {};
  for (const store::IntentRow& intent : *sought) spoke.sought.insert(intent.id);
  // Whether objects have a place for our id at all, the run that looked has learned for itself.
  if (!spoke.traits.correlates || spoke.searched) return {};
  auto found = find_creates(engine, spoke, {sought->front().record});
  return found ? Result<void>() : std::move(found).error();
}

Result<void> recover(Engine& engine, SpokeRun& spoke) {
  auto unsent = engine.store.intents(spoke.spoke->name, {store::IntentState::Decided});
  if (!unsent) return std::move(unsent).error();
  if (!unsent->empty()) {
    if (auto done = plan_again(engine, spoke, *std::move(unsent), "the run ended before its call");
        !done)
      return done;
  }
  auto intents = engine.store.intents(spoke.spoke->name,
                                      {store::IntentState::Sending, store::IntentState::Unknown});
  if (!intents) return std::move(intents).error();
  // Whose process is gone: nobody knows what became of them, and their bytes may have left until
  // just now.
  store::Changes changes;
  for (store::IntentRow& intent : *intents) {
    if (intent.state != store::IntentState::Sending) continue;
    intent.state = store::IntentState::Unknown;
    intent.answered = engine.now();
    changes.intents.push_back(intent);
  }
  if (!changes.empty()) {
    if (auto done = engine.store.commit(std::move(changes)); !done) return done;
  }
  if (spoke.capabilities.answers_later) return ask(engine, spoke, *intents);
  const auto later =
      std::stable_partition(intents->begin(), intents->end(), [&](const store::IntentRow& intent) {
        return still_to_settle(engine, spoke, intent) <= kPatience;
      });
  const std::span<store::IntentRow> due(intents->begin(), later);
  for (std::size_t begin = 0; begin < due.size(); begin += kIntentsAtOnce) {
    const std::size_t count = std::min(due.size() - begin, kIntentsAtOnce);
    if (auto done = recover_some(engine, spoke, due.subspan(begin, count)); !done) return done;
  }
  if (auto done = look_early(engine, spoke, std::span(later, intents->end())); !done) return done;
  return remember_sought(engine, spoke);
}

}  // namespace channelbridge::hub
