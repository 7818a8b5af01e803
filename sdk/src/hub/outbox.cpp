#include "outbox_internal.hpp"

#include <algorithm>

#include "request_json_internal.hpp"

namespace channelbridge::hub {
namespace {

constexpr std::size_t kAnswersAtOnce = 200;  // answers that are remembered in one transaction

std::size_t body_size(const adapter::WriteRequest& request) {
  std::size_t size = 0;
  for (const adapter::WriteNode& node : request.nodes) size += node.body.size();
  return size;
}

}  // namespace

Result<void> Outbox::load(Workset& work, const std::vector<std::string>& ids) {
  if (auto done = work.load_records(ids); !done) return done;
  if (auto done = work.load_links_of(ids); !done) return done;
  if (auto done = work.load_presence(); !done) return done;
  return work.load_open_intents();
}

void Outbox::wait(Workset& work, const std::string& record, std::string reason,
                  std::string detail) {
  work.changes.waiting.push_back({.spoke = spoke_.spoke->name,
                                  .record = record,
                                  .reason = std::move(reason),
                                  .detail = std::move(detail),
                                  .since = engine_.now()});
}

void Outbox::dead_letter(Workset& work, const store::IntentRow& intent, const LoadedRecord& record,
                         std::string direction, const Error& error) {
  LoadedLink* link = work.link_of(record.row.id);
  const bool compensating = link != nullptr && link->state.incomplete && link->state.compensated;
  const Problem problem = error.problems().empty() ? Problem{} : error.problems().front();
  store::DeadLetterRow letter{.id = engine_.make_id(),
                              .spoke = spoke_.spoke->name,
                              .direction = std::move(direction),
                              .key = intent.key,
                              .record = record.row.id,
                              .rule = !error.remote_code().empty() ? error.remote_code()
                                      : !problem.rule.empty()
                                          ? problem.rule
                                          : std::string(to_string(error.code())),
                              .file = problem.file.empty() ? mapping_.file() : problem.file,
                              .line = problem.line,
                              .message = to_string(error),
                              .payload = intent.request,
                              .fingerprint = mapping_.fingerprint(),
                              .record_version = intent.record_version,
                              .at = engine_.now()};
  if (auto earlier = engine_.store.dead_letters_of(spoke_.spoke->name, {record.row.id})) {
    for (const store::DeadLetterRow& other : *earlier) {
      if (other.direction != "write") continue;
      letter.id = other.id;
      letter.attempts = other.attempts + 1;
      if (!compensating) continue;  // what was refused first is what somebody has to decide on
      letter.rule = other.rule;
      letter.message =
          other.message + "\nwhat compensates for it was refused, too: " + letter.message;
      letter.payload = other.payload;
    }
  }
  work.changes.dead_letters.push_back(std::move(letter));
  // What stands there in part is given what compensates for it, in this run.
  if (link == nullptr || !link->state.incomplete || link->state.compensated ||
      spoke_.spoke->on_incomplete.empty())
    return;
  link->state.due = link->touched = true;
  wrote_ = true;
}

bool Outbox::has_later(const LoadedRecord& record) const {
  return std::any_of(
      mapping_.rules().begin(), mapping_.rules().end(), [&](const mapping::RuleInfo& rule) {
        return rule.later && !model::values_at(record.state.fields, rule.field).empty();
      });
}

bool Outbox::may_wait(const Prepared& item) const {
  return spoke_.capabilities.bulk_from > 0 && item.request.nodes.size() == 1 &&
         (item.decision.create || spoke_.capabilities.bulk_updates);
}

std::vector<Prepared>::iterator Outbox::put_waiting_last(std::vector<Prepared>& prepared) const {
  return std::stable_partition(prepared.begin(), prepared.end(),
                               [this](const Prepared& item) { return !may_wait(item); });
}

bool Outbox::begin(std::vector<Prepared>& prepared) const {
  const auto rest = put_waiting_last(prepared);
  const std::size_t count = next_call(std::span(prepared.begin(), rest));
  for (std::size_t i = 0; i < count; ++i) prepared[i].intent.state = store::IntentState::Sending;
  return count > 0;
}

Result<void> Outbox::add(std::vector<Prepared> prepared) {
  const auto rest = put_waiting_last(prepared);
  for (auto item = rest; item != prepared.end(); ++item) {
    held_bytes_ += body_size(item->request);
    held_records_.insert(item->intent.record);
    held_.push_back(std::move(*item));
  }
  prepared.erase(rest, prepared.end());
  if (!prepared.empty()) {
    if (auto done = send(prepared); !done) return done;
  }
  const adapter::Capabilities& can = spoke_.capabilities;
  if (held_.size() >= can.bulk_records || held_bytes_ >= can.bulk_bytes) return flush();
  return {};
}

Result<void> Outbox::flush(const std::optional<Error>& stopped) {
  std::vector<Prepared> prepared = std::exchange(held_, {});
  held_bytes_ = 0;
  held_records_.clear();
  if (prepared.empty()) return {};
  return stopped ? not_sent(prepared, *stopped) : send(prepared);
}

bool Outbox::holds(const std::vector<std::string>& records) const {
  return std::any_of(records.begin(), records.end(),
                     [this](const std::string& record) { return held_records_.contains(record); });
}

/// How many of these the next call takes.
std::size_t Outbox::next_call(std::span<const Prepared> prepared) const {
  const adapter::Capabilities& can = spoke_.capabilities;
  const bool bulk = can.bulk_from > 0 && prepared.size() >= can.bulk_from;
  const std::size_t most_records = bulk ? std::max(can.bulk_records, can.bulk_from)
                                        : std::max<std::size_t>(1, can.batch_records);
  const std::size_t most_bytes = bulk ? std::max(can.bulk_bytes, can.batch_bytes) : can.batch_bytes;
  std::size_t count = 0;
  std::size_t bytes = 0;
  while (count < prepared.size() && count < most_records) {
    bytes += body_size(prepared[count].request);
    if (count > 0 && bytes > most_bytes) break;
    ++count;
  }
  return count;
}

Result<void> Outbox::send(std::span<Prepared> prepared) {
  while (!prepared.empty()) {
    const std::span<Prepared> batch = prepared.first(next_call(prepared));
    if (auto stored = store_sending(batch); !stored) return stored;
    std::vector<adapter::WriteRequest> requests;
    requests.reserve(batch.size());
    for (const Prepared& item : batch) requests.push_back(item.request);
    auto outcomes = spoke_.system->adapter->write(spoke_.selection, requests, engine_.context);
    if (!outcomes) {
      if (auto done = not_sent(prepared, outcomes.error()); !done) return done;
      return std::move(outcomes).error();
    }
    if (outcomes->size() != batch.size()) {
      return Error(ErrorCode::Internal, "the adapter answered " + std::to_string(outcomes->size()) +
                                            " of " + std::to_string(batch.size()) + " writes");
    }
    for (std::size_t at = 0; at < batch.size(); at += kAnswersAtOnce) {
      const std::size_t count = std::min(kAnswersAtOnce, batch.size() - at);
      if (auto done = remember(batch.subspan(at, count), std::span(*outcomes).subspan(at, count));
          !done)
        return done;
    }
    // A part without an answer may still arrive: nobody looks before that time has passed.
    if (std::exchange(part_unknown_, false)) {
      if (auto waited = engine_.context.sleep(spoke_.capabilities.settle); !waited) return waited;
    }
    prepared = prepared.subspan(batch.size());
  }
  return {};
}

/// On the disk before the first byte of the call leaves, and not before the call before it has been
/// answered: what a killed run never sent is nothing that anybody has to look for.
Result<void> Outbox::store_sending(std::span<Prepared> batch) {
  store::Changes changes;
  for (Prepared& item : batch) {
    if (item.intent.state == store::IntentState::Sending) continue;
    item.intent.state = store::IntentState::Sending;
    changes.intents.push_back(item.intent);
  }
  if (changes.empty()) return {};
  const std::lock_guard guard(engine_.mutex);
  return engine_.store.commit(std::move(changes), store::Durability::Full);
}

Result<void> Outbox::not_sent(std::span<const Prepared> prepared, const Error& error) {
  std::vector<store::IntentRow> intents;
  intents.reserve(prepared.size());
  for (const Prepared& item : prepared) intents.push_back(item.intent);
  return plan_again(engine_, spoke_, std::move(intents), to_string(error));
}

Result<void> plan_again(Engine& engine, SpokeRun& spoke, std::vector<store::IntentRow> intents,
                        const std::string& why) {
  const std::lock_guard guard(engine.mutex);
  Workset work(engine, spoke);
  std::vector<std::string> keys;
  for (const store::IntentRow& intent : intents)
    if (!intent.key.empty()) keys.push_back(intent.key);
  if (auto done = work.load_links_by_key(keys); !done) return done;
  for (store::IntentRow& intent : intents) {
    auto decision = parse_write_decision(intent.decision);
    if (!decision) return std::move(decision).error();
    if (LoadedLink* link = work.link(intent.key)) not_compensated(*link, *decision);
    intent.state = store::IntentState::Rejected;
    intent.outcome = why;
    intent.answered = engine.now();
    work.changes.waiting.push_back({.spoke = spoke.spoke->name,
                                    .record = intent.record,
                                    .reason = "retry",
                                    .detail = "not sent",
                                    .since = engine.now()});
    work.changes.intents.push_back(std::move(intent));
  }
  auto rows = work.finish();
  if (!rows) return std::move(rows).error();
  return engine.store.commit(*std::move(rows));
}

void not_compensated(LoadedLink& link, const WriteDecision& decision) {
  if (decision.create || decision.record_version != 0 || !link.state.incomplete) return;
  link.state.compensated = false;
  link.touched = true;
}

Result<void> Outbox::remember(std::span<const Prepared> prepared,
                              std::span<const adapter::WriteOutcome> outcomes) {
  const std::lock_guard guard(engine_.mutex);
  Workset work(engine_, spoke_);
  std::vector<std::string> records;
  std::vector<std::string> keys;
  for (std::size_t i = 0; i < prepared.size(); ++i) {
    records.push_back(prepared[i].intent.record);
    for (const adapter::NodeOutcome& node : outcomes[i].nodes) {
      if (!node.duplicate_of.empty()) keys.push_back(node.duplicate_of);
    }
    if (!outcomes[i].nodes.empty()) keys.push_back(outcomes[i].nodes.front().key);
  }
  if (auto done = load(work, records); !done) return done;
  if (auto done = work.load_links_by_key(keys); !done) return done;
  for (std::size_t i = 0; i < prepared.size(); ++i) {
    if (auto done = answer(work, prepared[i], outcomes[i]); !done) return done;
  }
  auto rows = work.finish();
  if (!rows) return std::move(rows).error();
  return engine_.store.commit(*std::move(rows));
}

Result<void> Outbox::answer(Workset& work, const Prepared& item,
                            const adapter::WriteOutcome& outcome) {
  store::IntentRow intent = item.intent;
  intent.answered = engine_.now();
  LoadedRecord* record = work.record(intent.record);
  if (record == nullptr || outcome.nodes.empty())
    return Error(ErrorCode::Internal, "an answer without its record");
  const adapter::NodeOutcome& root = outcome.nodes.front();
  LoadedLink* link = intent.key.empty() ? nullptr : work.link(intent.key);
  if (link != nullptr) link->touched = true;
  using enum adapter::WriteStatus;
  // A created object without a key, or under a key that is another record's, is not believed: its
  // mark tells.
  const bool created = intent.key.empty() && (root.status == Created || root.status == Updated ||
                                              root.status == Unchanged);
  const LoadedLink* there = created ? work.link(root.key) : nullptr;
  const bool anothers = there != nullptr && there->row.record != intent.record;
  const bool strange = created && (root.key.empty() || anothers);
  // Where nothing can be looked for, no mark will ever tell: a person decides.
  const bool told_for_good = spoke_.capabilities.answers_later ||
                             spoke_.capabilities.idempotency == adapter::Idempotency::None;
  if (anothers && created && told_for_good) {
    landed_on_another(work, *record, *there, intent);
    return {};
  }
  switch (strange ? Unknown : root.status) {
    case Created:
    case Updated:
    case Deleted:
    case Unchanged:
      if (auto done = landed(work, item, outcome, *record, link, intent); !done) return done;
      break;
    case Unknown:  // `answered` stays: the settling time counts from here
      intent.state = store::IntentState::Unknown;
      break;
    case Retry:
      intent.state = store::IntentState::Rejected;
      if (link != nullptr) {
        link->state.due = true;
        not_compensated(*link, item.decision);
      }
      wait(work, intent.record, "retry",
           root.error ? root.error->message() : "the system asked to come again");
      break;
    case Conflict:
      intent.state = store::IntentState::Rejected;
      if (link == nullptr) {  // a create that is in somebody's way: nothing to look at by key
        rejected(work, root, *record, nullptr, intent);
        break;
      }
      refused(link->state, Refusal::Conflict, engine_.now());
      not_compensated(*link, item.decision);
      wrote_ = true;  // the object is looked at and planned again in this run
      break;
    case Rejected:
      intent.state = store::IntentState::Rejected;
      rejected(work, root, *record, link, intent);
      break;
  }
  if (root.error) intent.outcome = to_string(*root.error);
  work.changes.intents.push_back(std::move(intent));
  return {};
}

Result<void> Outbox::landed(Workset& work, const Prepared& item,
                            const adapter::WriteOutcome& outcome, LoadedRecord& record,
                            LoadedLink* link, store::IntentRow& intent) {
  const adapter::NodeOutcome& root = outcome.nodes.front();
  intent.state = store::IntentState::Done;
  wrote_ = true;
  ++spoke_.writes;
  ++(item.decision.create ? spoke_.report.created : spoke_.report.updated);
  if (item.decision.create && engine_.options.approve) spoke_.created.insert(root.key);
  if (link == nullptr) {
    link = work.link(root.key);
    const bool second = work.has_primary(intent.record);
    if (link == nullptr) {
      link = &work.new_link(root.key, intent.record);
      link->state.secondary = second;
    }
    link->touched = true;
    intent.key = root.key;
  }
  WriteDecision decision = item.decision;
  const bool given = decision.record_version == 0;  // the spoke's values, and not the record's
  const bool compensates = given && link->state.incomplete && link->state.compensated;
  std::size_t parts_done = 1;
  std::optional<Error> part_refused;
  for (std::size_t n = 1; n < outcome.nodes.size(); ++n) {
    const adapter::NodeOutcome& child = outcome.nodes[n];
    const adapter::WriteNode& node = item.request.nodes[n];
    const bool done = child.status == adapter::WriteStatus::Created ||
                      child.status == adapter::WriteStatus::Updated ||
                      child.status == adapter::WriteStatus::Unchanged ||
                      child.status == adapter::WriteStatus::Deleted;
    // A changed row may stand under another key now: its system replaces what it cannot rename.
    if (done && node.operation != adapter::Operation::Delete && !child.key.empty() &&
        !node.element.empty()) {
      link->elements[node.list][node.element] = child.key;
    }
    if (done && node.operation == adapter::Operation::Delete)
      link->elements[node.list].erase(node.element);
    if (child.status == adapter::WriteStatus::Unknown) part_unknown_ = true;
    if (done) {
      ++parts_done;
    } else {
      if (child.error) intent.outcome = to_string(*child.error);
      decision.groups.erase(node.list + "[" + node.element + "]");
      const Error error =
          child.error.value_or(Error(ErrorCode::Rejected, "a part of the object was refused"));
      if (child.status == adapter::WriteStatus::Rejected) {
        part_refused = error;
      } else {
        link->state.due = link->state.look_due = true;
      }
    }
  }
  const bool whole = parts_done == outcome.nodes.size();
  if (!whole) {
    intent.outcome = "landed in part, " + std::to_string(parts_done) + " of " +
                     std::to_string(outcome.nodes.size()) + ": " + intent.outcome;
  } else if (compensates) {
    intent.outcome = "compensates for the part that was refused";
  }
  link->state.in_part = !whole || (given && link->state.in_part);
  if (!given) link->state.compensated = false;
  if (item.decision.create) {
    link->state.incomplete = !whole || has_later(record);
  } else if (whole && !given) {
    link->state.incomplete = false;
  }
  if (link->row.reference_key.empty()) {
    link->row.reference_key = reference_key_of(spoke_, root.document);
    if (!link->row.reference_key.empty()) {
      work.changes.arrived_records.push_back(record.row.id);
    } else if (!mapping_.object_paths().reference_key.empty()) {
      spoke_.learns_keys = true;  // the next look at the object tells it
    }
  }
  Reply reply{.version = root.version, .modified = root.modified};
  if (!root.document.empty() && spoke_.capabilities.reply == adapter::Reply::Full) {
    auto patch = read_document(engine_, spoke_, root.document);
    if (!patch) {
      set_aside_document(engine_, spoke_, work, {.key = link->row.key, .document = root.document},
                         patch.error());
    } else {
      reply.incoming = statements(engine_, spoke_, *std::move(patch), record, *link);
    }
  }
  const Elements elements =
      elements_of(*spoke_.spoke->mapping, spoke_.shapes, record.state.fields, link->state);
  const MappingImage image(mapping_, spoke_.shapes, elements);
  const MergeContext context = work.context(record.row.id, image);
  const std::vector<GroupEvent> events =
      settle(record.state, link->state, context, decision, reply, engine_.now());
  if (spoke_.capabilities.steps) {
    link->state.step_due = outcome.step.has_value();
    link->state.look_due = true;  // what the step made of the object is read
  }
  if (whole && !given && !link->state.incomplete) made_whole(link->state);
  note_events(engine_, spoke_, record, *link, events);
  link->row.last_document.clear();
  link->row.version = static_cast<std::int64_t>(record.state.version);
  if (part_refused) {
    dead_letter(work, intent, record, "write", *part_refused);
  } else if (given && link->state.incomplete) {
    return {};  // what was refused still waits for a person
  } else if (auto letters = engine_.store.dead_letters_of(spoke_.spoke->name, {record.row.id})) {
    for (store::DeadLetterRow& letter : *letters) {
      if (letter.direction != "write" || letter.record_version > intent.record_version) continue;
      letter.open = false;
      work.changes.dead_letters.push_back(std::move(letter));
    }
  }
  return {};
}

/// The create made, or changed, what is another record's object. Sent again it would do so again.
void Outbox::landed_on_another(Workset& work, const LoadedRecord& record, const LoadedLink& there,
                               store::IntentRow& intent) {
  intent.state = store::IntentState::Done;
  intent.outcome = "landed as the object of another record";
  const std::string object = spoke_.system->name + " object " + there.row.key;
  work.changes.duplicates.push_back(
      {.entity = record.row.entity,
       .record = there.row.record,
       .other = record.row.id,
       .reason = object + " is one's, and the create of the other landed on it",
       .since = engine_.now()});
  dead_letter(work, intent, record, "write",
              Error(ErrorCode::Conflict, "record " + record.row.id + " was written to " + object +
                                             ", which is the object of record " + there.row.record +
                                             ": `duplicates list`")
                  .with_problems({{.rule = std::string(kPossibleDuplicate)}}));
  work.changes.intents.push_back(std::move(intent));
}

void Outbox::rejected(Workset& work, const adapter::NodeOutcome& root, LoadedRecord& record,
                      LoadedLink* link, const store::IntentRow& intent) {
  if (root.not_found && link != nullptr) {
    refused(link->state, Refusal::NotFound, engine_.now());
    ++spoke_.report.deleted;
    return;
  }
  if (!root.duplicate_of.empty() && intent.key.empty()) {
    LoadedLink* other = work.link(root.duplicate_of);
    if (other == nullptr && others_may_have_made_it(record.row.id)) {
      wait(work, record.row.id, "retry",
           root.duplicate_of + " is in the way, and may be what another create has made");
      wrote_ = true;
      return;
    }
    if (other == nullptr) {
      // The object in the way is met like any other: read by key, merged as a first contact.
      LoadedLink& met = work.new_link(root.duplicate_of, record.row.id);
      refused(met.state, Refusal::Duplicate, engine_.now());
      wrote_ = true;
      return;
    }
    if (other->row.record == record.row.id) {
      other->touched = true;
      refused(other->state, Refusal::Duplicate, engine_.now());
      wrote_ = true;
      return;
    }
    work.changes.duplicates.push_back({.entity = record.row.entity,
                                       .record = other->row.record,
                                       .other = record.row.id,
                                       .reason = spoke_.system->name +
                                                 " refuses a second object: " + root.duplicate_of +
                                                 " is in the way",
                                       .since = engine_.now()});
  }
  dead_letter(work, intent, record, "write",
              root.error.value_or(Error(ErrorCode::Rejected, "the system refused the write")));
}

/// Is there a create of another record whose object, if there is one, nobody has seen yet? What was
/// looked for in vain may still show in the next pull.
bool Outbox::others_may_have_made_it(const std::string& record) {
  const auto creates = engine_.store.intents(
      spoke_.spoke->name,
      {store::IntentState::Sending, store::IntentState::Unknown, store::IntentState::Absent});
  return !creates ||
         std::any_of(creates->begin(), creates->end(), [&](const store::IntentRow& intent) {
           if (!intent.key.empty() || intent.record == record) return false;
           return intent.state != store::IntentState::Absent || !intent.answered ||
                  !spoke_.pulled || *spoke_.pulled < *intent.answered;
         });
}

Result<void> Outbox::pretend(Workset& work, std::vector<Prepared>& prepared) {
  for (Prepared& item : prepared) {
    LoadedRecord* record = work.record(item.intent.record);
    LoadedLink* link = item.intent.key.empty() ? nullptr : work.link(item.intent.key);
    ++(item.decision.create ? spoke_.planned.creates : spoke_.planned.updates);
    if (link == nullptr) {
      item.intent.key = "planned:" + item.intent.id;
      link = &work.new_link(item.intent.key, item.intent.record);
      link->row.reference_key = item.intent.key;
      spoke_.created.insert(item.intent.key);
    }
    link->touched = true;
    const Elements elements =
        elements_of(*spoke_.spoke->mapping, spoke_.shapes, record->state.fields, link->state);
    const MappingImage image(mapping_, spoke_.shapes, elements);
    const MergeContext context = work.context(record->row.id, image);
    settle(record->state, link->state, context, item.decision, {}, engine_.now());
    link->state.version = kPlannedVersion;
    link->row.last_document.clear();
    wrote_ = true;
    ++spoke_.writes;
    item.intent.state = store::IntentState::Done;
  }
  const auto calls = [](std::size_t objects, std::size_t per_call) {
    per_call = std::max<std::size_t>(1, per_call);
    return (objects + per_call - 1) / per_call;
  };
  spoke_.planned.calls += calls(prepared.size(), spoke_.capabilities.batch_records);
  if (!spoke_.capabilities.conditional) {  // each is read right before it is written
    const auto updates = std::count_if(prepared.begin(), prepared.end(),
                                       [](const Prepared& item) { return !item.decision.create; });
    spoke_.planned.calls += calls(static_cast<std::size_t>(updates), spoke_.capabilities.read_keys);
  }
  return {};
}

}  // namespace channelbridge::hub
