#include <algorithm>

#include "channelbridge/model/network.hpp"
#include "engine_internal.hpp"
#include "fund_accounting_internal.hpp"

/// What must hold between records, and stops nobody: it is told once the run has read everything.
namespace channelbridge::hub {

namespace {

constexpr std::size_t kStep = 1'000;
/// An entity of more records is not compared: every run that changes one would read them all.
constexpr std::size_t kMost = 200'000;
constexpr std::size_t kTold = 100;  ///< by name; the rest is counted

/// Every record of an entity goes through the check, or where each is judged alone, those that have
/// changed since; the ids of these go into `changed`. False: there are too many.
Result<bool> add_records(Engine& engine, const std::string& entity, std::int64_t since,
                         model::NetworkCheck& check, std::set<std::string>& changed) {
  std::int64_t after = check.each_alone() ? since : 0;
  for (std::size_t count = 0; check.each_alone() || count <= kMost;) {
    if (auto go_on = engine.context.check(); !go_on) return std::move(go_on).error();
    auto rows = engine.store.records_changed(entity, after, kStep);
    if (!rows) return std::move(rows).error();
    if (rows->empty()) return true;
    after = rows->back().change;
    count += rows->size();
    for (const store::RecordRow& row : *rows) {
      if (!row.alias_of.empty()) continue;
      auto state = parse_record_state(row.state);
      if (!state) return std::move(state).error();
      check.add(entity, row.id, state->fields);
      if (row.change > since) changed.insert(row.id);
    }
  }
  engine.log.write(LogLevel::Warning, "too many records to compare with each other",
                   {{"entity", entity}, {"most", std::to_string(kMost)}});
  return false;
}

void tell(Engine& engine, std::string_view what, model::Contradiction told, RunReport& report) {
  ++report.contradicting;
  engine.log.write(LogLevel::Warning, what,
                   {{"entity", told.entity},
                    {"rule", told.rule},
                    {"record", told.record},
                    {"other", told.other},
                    {"figures", told.message}});
  if (report.contradictions.size() < kTold) report.contradictions.push_back(std::move(told));
}

/// Of what one check finds, what concerns records that have changed since.
Result<void> note_of(Engine& engine, const std::string& subject, std::int64_t since,
                     RunReport& report) {
  const auto check = model::NetworkCheck::of(subject);
  std::vector<std::string> entities = check->entities();
  if (entities.empty()) entities.push_back(subject);
  std::set<std::string> changed;
  for (const std::string& entity : entities) {
    auto added = add_records(engine, entity, since, *check, changed);
    if (!added) return std::move(added).error();
    if (!*added) return {};
  }
  for (model::Contradiction& each : check->contradictions()) {
    // What stood there before has been told before.
    if (!changed.contains(each.record) && !changed.contains(each.other)) continue;
    const char* what =
        each.other.empty() ? "a record contradicts itself" : "two records contradict each other";
    tell(engine, what, std::move(each), report);
  }
  return {};
}

/// What the books tell of requests and claims that have changed since.
Result<void> note_told(Engine& engine, const std::string& entity, std::int64_t since,
                       RunReport& report) {
  FundAccounting accounting(engine.config, LedgerReader(engine.store), engine.now(), 0);
  for (std::int64_t after = since;;) {
    if (auto go_on = engine.context.check(); !go_on) return go_on;
    auto rows = engine.store.records_changed(entity, after, kStep);
    if (!rows) return std::move(rows).error();
    if (rows->empty()) return {};
    after = rows->back().change;
    for (const store::RecordRow& row : *rows) {
      auto told = accounting.told(row.id);
      if (!told) return std::move(told).error();
      for (LedgerRefusal& each : *told) {
        std::string name = accounting.reader().name_of(row.id);
        if (name.empty()) name = entity;
        tell(engine, "a rule of the books does not hold",
             {.entity = entity,
              .rule = std::move(each.rule),
              .record = row.id,
              .message = std::move(name) + " " + std::move(each.detail)},
             report);
      }
    }
  }
}

}  // namespace

Result<void> note_contradictions(Engine& engine, std::int64_t since, RunReport& report) {
  std::set<std::string> subjects;
  for (const SpokeReport& spoke : report.spokes) {
    if (spoke.new_records == 0 && spoke.changed == 0) continue;
    for (std::string& subject : model::NetworkCheck::about(spoke.entity))
      subjects.insert(std::move(subject));
  }
  for (const std::string& subject : subjects) {
    if (auto noted = note_of(engine, subject, since, report); !noted) return noted;
  }
  for (const char* entity : {"fund_request", "claim"}) {
    const bool changed =
        std::any_of(report.spokes.begin(), report.spokes.end(), [entity](const auto& spoke) {
          return spoke.entity == entity && (spoke.new_records > 0 || spoke.changed > 0);
        });
    if (!changed) continue;
    if (auto noted = note_told(engine, entity, since, report); !noted) return noted;
  }
  return {};
}

}  // namespace channelbridge::hub
