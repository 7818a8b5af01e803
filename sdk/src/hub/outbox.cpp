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
