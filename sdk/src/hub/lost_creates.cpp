#include "lost_creates_internal.hpp"

namespace channelbridge::hub {

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
                               LoadedLink& link, const Look& look, const Stated& stated,
                               Timestamp landed) {
  const Elements elements =
      elements_of(*spoke.spoke->mapping, spoke.shapes, record.state.fields, link.state);
  const MappingImage image(*spoke.spoke->mapping, spoke.shapes, elements);
  const MergeContext context = work.context(record.row.id, image);
  std::vector<store::IntentRow*> lost;
  std::vector<WriteDecision> creates;
  for (store::IntentRow& intent : work.intents(record.row.id)) {  // oldest first
    if (!intent.key.empty()) continue;
    auto decision = parse_write_decision(intent.decision);
    if (!decision) return std::move(decision).error();
    lost.push_back(&intent);
    creates.push_back(*std::move(decision));
  }
  const auto create = recognise_create(creates, context, look, stated);
  if (!create) return false;
  adopt(link.state, context, create->landed, create->found, landed);
  store::IntentRow& intent = *lost[create->index];
  intent.state = store::IntentState::Done;
  intent.key = link.row.key;
  intent.answered = engine.now();
  intent.outcome =
      create->found == FoundBy::Correlation ? "found by its mark" : "found by its content";
  work.changes.intents.push_back(intent);
  ++spoke.report.created;
  return true;
}

}  // namespace channelbridge::hub
