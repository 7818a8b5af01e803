#include "lost_creates_internal.hpp"

#include <algorithm>
#include <iterator>
#include <span>

#include "match_internal.hpp"

namespace channelbridge::hub {

namespace {

/// The letter of a lost create: its object has been met.
Result<void> close_question(Engine& engine, const SpokeRun& spoke, Workset& work,
                            const std::string& record) {
  auto letters = engine.store.dead_letters_of(spoke.spoke->name, {record});
  if (!letters) return std::move(letters).error();
  for (store::DeadLetterRow& letter : *letters) {
    if (letter.rule != kLostCreate) continue;
    letter.open = false;
    work.changes.dead_letters.push_back(std::move(letter));
  }
  return {};
}

/// It has been answered: its create may be made again.
bool is_replayed(const store::DeadLetterRow& letter) { return letter.record_version < 0; }

/// The record as the create saw it: what has become of it since says nothing of what was sent.
LoadedRecord as_created(const LoadedRecord& record, const WriteDecision& create) {
  LoadedRecord out = record;
  std::erase_if(out.state.fields, [&](const auto& field) {
    const auto inside = model::split_element(field.first);
    return inside &&
           !create.groups.contains(model::element_path(inside->list, inside->element, ""));
  });
  for (const auto& [name, write] : create.groups) {
    for (const auto& [path, value] : write.view)
      if (value) model::set(out.state.fields, path, value);  // constants, too
    for (const auto& [path, value] : write.values) model::set(out.state.fields, path, value);
  }
  return out;
}

/// What an object says, and how its system sees the record that a create of ours had.
struct Reading {
  Stated stated{};
  Elements elements{};
  mapping::ElementKeys keys{};  ///< its children, by the elements that the create carried
};

Reading read_as_create(Engine& engine, SpokeRun& spoke, const LoadedRecord& record,
                       const LoadedLink& link, const model::Patch& patch,
                       const WriteDecision& create) {
  const LoadedRecord was = as_created(record, create);
  LoadedLink copy = link;
  Reading out{.stated = statements(engine, spoke, patch, was, copy)};
  out.elements = elements_of(*spoke.spoke->mapping, spoke.shapes, was.state.fields, copy.state);
  add_elements(out.elements, create);
  for (const auto& [path, value] : out.stated) {
    if (const auto inside = model::split_element(path))
      out.elements[std::string(inside->list)].emplace(inside->element);
  }
  // The children that the create did not carry are met with the record as it is.
  Elements carried;
  add_elements(carried, create);
  for (auto& [list, pairs] : copy.elements) {
    const auto& known = carried[list];
    std::erase_if(pairs, [&known](const auto& pair) { return !known.contains(pair.first); });
  }
  out.keys = std::move(copy.elements);
  return out;
}

}  // namespace

Result<std::map<std::string, std::string>> records_by_mark(
    Engine& engine, const SpokeRun& spoke, const std::vector<const adapter::Change*>& changes) {
  std::map<std::string, std::vector<std::string>> keys_of;  // a copied object has its number, too
  for (const adapter::Change* change : changes) {
    if (const std::string mark = mark_of(spoke, change->document); !mark.empty())
      keys_of[mark].push_back(change->key);
  }
  std::map<std::string, std::string> out;
  if (keys_of.empty()) return out;
  std::vector<std::string> numbers;
  numbers.reserve(keys_of.size());
  for (const auto& [number, keys] : keys_of) numbers.push_back(number);
  auto intents = engine.store.intents_with(numbers);
  if (!intents) return std::move(intents).error();
  for (const store::IntentRow& intent : *intents) {
    // One whose object is known says nothing of another one: people copy objects, our number too.
    if (intent.spoke != spoke.spoke->name || !intent.key.empty()) continue;
    for (const std::string& key : keys_of.at(intent.id)) out.emplace(key, intent.record);
  }
  return out;
}

Result<bool> adopt_lost_create(Engine& engine, SpokeRun& spoke, Workset& work, LoadedRecord& record,
                               LoadedLink& link, const Look& look, const model::Patch& patch,
                               Timestamp landed) {
  const mapping::Mapping& mapping = *spoke.spoke->mapping;
  store::IntentRow* lost = nullptr;
  std::optional<RecognisedCreate> create;
  Reading reading;
  std::vector<store::IntentRow>& intents = work.intents(record.row.id);
  for (auto intent = intents.rbegin(); intent != intents.rend(); ++intent) {  // youngest first
    if (!intent->key.empty()) continue;
    auto decision = parse_write_decision(intent->decision);
    if (!decision) return std::move(decision).error();
    Reading said = read_as_create(engine, spoke, record, link, patch, *decision);
    const MappingImage image(mapping, spoke.shapes, said.elements);
    auto found = recognise_create(std::span(&*decision, 1), work.context(record.row.id, image),
                                  look, said.stated);
    if (!found) continue;
    const bool certain = found->found == FoundBy::Correlation;
    if (!certain && create && found->landed.groups.size() <= create->landed.groups.size()) continue;
    lost = &*intent;
    create = std::move(found);
    reading = std::move(said);
    if (certain) break;
  }
  if (!create) return false;
  const MappingImage image(mapping, spoke.shapes, reading.elements);
  adopt(link.state, work.context(record.row.id, image), create->landed, create->found, landed);
  link.elements = std::move(reading.keys);
  store::IntentRow& intent = *lost;
  intent.state = store::IntentState::Done;
  intent.key = link.row.key;
  intent.answered = engine.now();
  intent.outcome =
      create->found == FoundBy::Correlation ? "found by its mark" : "found by its content";
  work.changes.intents.push_back(intent);
  ++spoke.report.created;
  if (auto done = close_question(engine, spoke, work, record.row.id); !done)
    return std::move(done).error();
  return true;
}

void add_elements(Elements& elements, const WriteDecision& create) {
  for (const auto& [name, write] : create.groups) {
    for (const auto& [path, value] : write.view) {
      if (const auto inside = model::split_element(path))
        elements[std::string(inside->list)].emplace(inside->element);
    }
  }
}

Result<std::vector<store::IntentRow>> sought_creates(Engine& engine, const SpokeRun& spoke) {
  std::vector<store::IntentRow> out;
  std::string after;
  while (true) {
    auto waiting = engine.store.waiting_to_retry(spoke.spoke->name, after, kStoreStep);
    if (!waiting) return std::move(waiting).error();
    if (waiting->empty()) return out;
    after = waiting->back().record;
    std::vector<std::string> records;
    records.reserve(waiting->size());
    for (store::WaitingRow& row : *waiting) records.push_back(std::move(row.record));
    auto intents = engine.store.intents_of(spoke.spoke->name, records);
    if (!intents) return std::move(intents).error();
    for (store::IntentRow& intent : *intents) {
      if (intent.key.empty() && intent.state == store::IntentState::Absent)
        out.push_back(std::move(intent));
    }
  }
}

Result<std::set<std::string>> questions(store::Store& store, std::string_view spoke,
                                        const std::vector<std::string>& records) {
  std::set<std::string> out;
  if (records.empty()) return out;
  auto letters = store.dead_letters_of(spoke, records);
  if (!letters) return std::move(letters).error();
  for (const store::DeadLetterRow& letter : *letters)
    if (letter.rule == kLostCreate && !is_replayed(letter)) out.insert(letter.record);
  return out;
}

bool is_beyond_search(const SpokeRun& spoke, const LoadedRecord& record,
                      const WriteDecision& create) {
  // No pull will ever show it: that none has says nothing.
  if (!spoke.capabilities.readable && !spoke.traits.correlates) return true;
  if (spoke.traits.mark || spoke.traits.correlates) return false;
  const mapping::Mapping& mapping = *spoke.spoke->mapping;
  Elements elements;
  add_elements(elements, create);
  model::Fields shown;
  const MappingImage image(mapping, spoke.shapes, elements);
  for (const GroupShape& shape : image.groups()) {
    const auto write = create.groups.find(shape.name);
    if (write == create.groups.end()) continue;
    for (const std::string& path : shape.readable) {
      const auto value = write->second.view.find(path);
      if (value != write->second.view.end() && value->second)
        model::set(shown, path, value->second);
    }
  }
  const auto own = match_keys(mapping.entity(), spoke.match, record.state.fields, record.row.id);
  const auto carried = match_keys(mapping.entity(), spoke.match, shown, record.row.id);
  return std::none_of(carried.begin(), carried.end(), [&](const store::MatchKeyRow& key) {
    return std::any_of(own.begin(), own.end(), [&](const store::MatchKeyRow& other) {
      return other.kind == key.kind && other.value == key.value;
    });
  });
}

Result<void> leave_open(Engine& engine, SpokeRun& spoke, Workset& work, store::IntentRow intent,
                        const LoadedRecord& record) {
  if (work.has_primary(record.row.id)) {  // a person has said which object it is
    intent.state = store::IntentState::Absent;
    intent.outcome = "its record has an object";
    work.changes.intents.push_back(std::move(intent));
    return close_question(engine, spoke, work, record.row.id);
  }
  intent.outcome = "no answer, and nothing to look for it by";
  work.changes.waiting.push_back({.spoke = spoke.spoke->name,
                                  .record = record.row.id,
                                  .reason = "lost_create",
                                  .detail = intent.outcome,
                                  .since = engine.now()});
  auto letters = engine.store.dead_letters_of(spoke.spoke->name, {record.row.id});
  if (!letters) return std::move(letters).error();
  const auto asked = std::find_if(letters->begin(), letters->end(),
                                  [](const auto& letter) { return letter.rule == kLostCreate; });
  const bool again = asked != letters->end() && is_replayed(*asked);
  if (spoke.pulled && (again || asked == letters->end()))
    spoke.learns_keys = true;  // its object may show itself in one more pull
  if (again) {
    asked->record_version = intent.record_version;
    asked->payload = intent.request;
    asked->at = engine.now();
    work.changes.dead_letters.push_back(*asked);
  } else if (asked == letters->end()) {
    work.changes.dead_letters.push_back(
        {.id = engine.make_id(),
         .spoke = spoke.spoke->name,
         .direction = "write",
         .record = record.row.id,
         .rule = std::string(kLostCreate),
         .file = spoke.spoke->mapping->file(),
         .message = "a new object was sent to " + spoke.system->name +
                    " and nobody knows whether it arrived: nothing there names our record. Look "
                    "for it; if it is not there, `dead-letters replay` makes it; if it is "
                    "another record's object by now, `duplicates resolve` makes the two one",
         .payload = intent.request,
         .fingerprint = spoke.spoke->mapping->fingerprint(),
         .record_version = intent.record_version,
         .at = engine.now()});
  }
  work.changes.intents.push_back(std::move(intent));
  return {};
}

Result<void> OpenCreates::load() {
  const SystemTraits& system = spoke_.traits;
  if (system.mark || system.correlates || spoke_.capabilities.answers_later) return {};
  auto intents = engine_.store.intents(spoke_.spoke->name, {store::IntentState::Unknown});
  if (!intents) return std::move(intents).error();
  // Its match key brings an object to its record, if no pull has changed that key meanwhile.
  auto sought = engine_.store.intents_with({spoke_.sought.begin(), spoke_.sought.end()});
  if (!sought) return std::move(sought).error();
  std::move(sought->begin(), sought->end(), std::back_inserter(*intents));
  std::vector<std::string> records;
  for (store::IntentRow& intent : *intents) {
    if (!intent.key.empty()) continue;
    records.push_back(intent.record);
    open_.push_back(std::move(intent));
  }
  std::sort(open_.begin(), open_.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
  if (auto done = work_.load_records(records); !done) return done;
  if (auto done = work_.load_links_of(records); !done) return done;
  std::erase_if(open_, [&](const auto& intent) { return work_.has_primary(intent.record); });
  return {};
}

Result<std::string> OpenCreates::maker_of(const model::Patch& patch) {
  const mapping::Mapping& mapping = *spoke_.spoke->mapping;
  for (auto intent = open_.begin(); intent != open_.end(); ++intent) {
    const LoadedRecord* record = work_.record(intent->record);
    if (record == nullptr || record->row.entity != mapping.entity().name()) continue;
    auto create = parse_write_decision(intent->decision);
    if (!create) return std::move(create).error();
    const Reading said = read_as_create(engine_, spoke_, *record, LoadedLink{}, patch, *create);
    if (!shows_create(*create, MappingImage(mapping, spoke_.shapes, said.elements), said.stated))
      continue;
    std::string maker = record->row.id;
    open_.erase(intent);
    return maker;
  }
  return std::string();
}

}  // namespace channelbridge::hub
