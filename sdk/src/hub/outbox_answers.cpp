#include <algorithm>

#include "lost_creates_internal.hpp"
#include "outbox_internal.hpp"

namespace channelbridge::hub {

namespace {

constexpr std::size_t kReasonsInReport = 20;
constexpr int kWordsOfARule = 3;
constexpr std::string_view kOtherRules = "other";

}  // namespace

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
  if (auto done = load_letters(work); !done) return done;
  for (std::size_t i = 0; i < prepared.size(); ++i) {
    if (auto done = answer(work, prepared[i], outcomes[i]); !done) return done;
  }
  auto rows = work.finish();
  if (!rows) return std::move(rows).error();
  return engine_.store.commit(*std::move(rows));
}

/// Open letters of refused writes of the records at hand.
Result<void> Outbox::load_letters(Workset& work) {
  std::vector<std::string> records;
  for (const auto& [id, record] : work.records()) records.push_back(id);
  auto letters = engine_.store.dead_letters_of(spoke_.spoke->name, records);
  if (!letters) return std::move(letters).error();
  letters_.clear();
  for (store::DeadLetterRow& letter : *letters) {
    if (letter.direction == "write") letters_.emplace(letter.record, std::move(letter));
  }
  return {};
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
      intent.taken = intent.taken || root.taken;
      break;
    case Retry: {
      intent.state = store::IntentState::Rejected;
      if (link != nullptr) {
        link->state.due = true;
        not_compensated(*link, item.decision);
      }
      const Error why =
          root.error.value_or(Error(ErrorCode::Unavailable, "the system asked to come again"));
      put_off(why);
      wait(work, intent.record, "retry", why.message());
      break;
    }
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
      if (auto done = meet_letters(engine_, spoke_, *link); !done) return done;
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
  Elements elements =
      elements_of(*spoke_.spoke->mapping, spoke_.shapes, record.state.fields, link->state);
  add_elements(elements, decision);  // one that was deleted meanwhile stands there all the same
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
  } else {
    const auto [begin, end] = letters_.equal_range(record.row.id);
    for (auto letter = begin; letter != end; ++letter) {
      if (letter->second.record_version > intent.record_version) continue;
      letter->second.open = false;
      work.changes.dead_letters.push_back(letter->second);
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

void Outbox::put_off(const Error& error) const {
  const std::string rule =
      error.remote_code().empty() ? std::string(to_string(error.code())) : error.remote_code();
  std::vector<PutOff>& reasons = spoke_.report.put_off;
  const auto told = [&reasons](const std::string& of, const std::string& why) {
    const auto same = std::find_if(reasons.begin(), reasons.end(), [&](const PutOff& each) {
      return each.rule == of && each.why == why;
    });
    if (same != reasons.end()) ++same->writes;
    return same != reasons.end();
  };
  if (told(rule, error.message()) || told(rule, "")) return;
  const bool full = reasons.size() >= kReasonsInReport;
  if (full && told(std::string(kOtherRules), "")) return;
  const auto words = std::count_if(reasons.begin(), reasons.end(),
                                   [&](const PutOff& each) { return each.rule == rule; });
  reasons.push_back({.rule = full ? std::string(kOtherRules) : rule,
                     .why = full || words >= kWordsOfARule ? std::string() : error.message(),
                     .writes = 1});
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

}  // namespace channelbridge::hub
