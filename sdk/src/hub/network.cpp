#include <algorithm>

#include "channelbridge/model/network.hpp"
#include "engine_internal.hpp"

/// What must hold between records, and stops nobody: it is told once the run has read everything.
namespace channelbridge::hub {

namespace {

constexpr std::size_t kStep = 1'000;
/// An entity of more records is not compared: every run that changes one would read them all.
constexpr std::size_t kMost = 200'000;
constexpr std::size_t kTold = 100;  ///< by name; the rest is counted

/// Every record of an entity goes through the check, or where each is judged alone, those that have
/// changed since; the ids of these.
Result<std::set<std::string>> add_records(Engine& engine, const std::string& entity,
                                          std::int64_t since, model::NetworkCheck& check) {
  std::set<std::string> changed;
  std::int64_t after = check.each_alone() ? since : 0;
  for (std::size_t count = 0; check.each_alone() || count <= kMost;) {
    if (auto go_on = engine.context.check(); !go_on) return std::move(go_on).error();
    auto rows = engine.store.records_changed(entity, after, kStep);
    if (!rows) return std::move(rows).error();
    if (rows->empty()) return changed;
    after = rows->back().change;
    count += rows->size();
    for (const store::RecordRow& row : *rows) {
      if (!row.alias_of.empty()) continue;
      auto state = parse_record_state(row.state);
      if (!state) return std::move(state).error();
      check.add(row.id, state->fields);
      if (row.change > since) changed.insert(row.id);
    }
  }
  engine.log.write(LogLevel::Warning, "too many records to compare with each other",
                   {{"entity", entity}, {"most", std::to_string(kMost)}});
  return std::set<std::string>();
}

}  // namespace

Result<void> note_contradictions(Engine& engine, std::int64_t since, RunReport& report) {
  std::set<std::string> entities;
  for (const SpokeReport& spoke : report.spokes) {
    if (spoke.new_records > 0 || spoke.changed > 0) entities.insert(spoke.entity);
  }
  for (const std::string& entity : entities) {
    const auto check = model::NetworkCheck::of(entity);
    if (!check) continue;
    const auto changed = add_records(engine, entity, since, *check);
    if (!changed) return changed.error();
    for (model::Contradiction& each : check->contradictions()) {
      // What stood there before has been told before.
      if (!changed->contains(each.record) && !changed->contains(each.other)) continue;
      ++report.contradicting;
      engine.log.write(
          LogLevel::Warning,
          each.other.empty() ? "a record contradicts itself" : "two records contradict each other",
          {{"entity", entity},
           {"rule", each.rule},
           {"record", each.record},
           {"other", each.other},
           {"figures", each.message}});
      if (report.contradictions.size() < kTold) report.contradictions.push_back(std::move(each));
    }
  }
  return {};
}

}  // namespace channelbridge::hub
