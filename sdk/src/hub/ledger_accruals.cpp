#include <algorithm>
#include <nlohmann/json.hpp>

#include "accruals_internal.hpp"
#include "channelbridge/core/sha256.hpp"
#include "fund_accounting_internal.hpp"

namespace channelbridge::hub {

namespace {

/// The row of what the store keeps for the books.
constexpr std::string_view kAccruals = "accruals";
constexpr std::size_t kRecordsAtOnce = 2'000;

void keep_accruals(store::Changes& changes, const AccruedUpTo& known, Timestamp now) {
  nlohmann::json facts = nlohmann::json::object();
  for (const auto& [entity, change] : known.changes) facts[entity] = change;
  changes.metadata.push_back({.spoke = std::string(kLedgerSpoke),
                              .object = std::string(kAccruals),
                              .fingerprint = known.terms,
                              .facts = facts.dump(),
                              .checked = now});
}

Result<void> read_changes(const std::string& text, AccruedUpTo& out) {
  const nlohmann::json facts = nlohmann::json::parse(text, nullptr, false);
  const bool whole = facts.is_object() &&
                     std::all_of(facts.begin(), facts.end(), [](const nlohmann::json& change) {
                       return change.is_number_integer();
                     });
  if (!whole) return Error(ErrorCode::Internal, "the store's word of accruals is none: " + text);
  for (const auto& [entity, change] : facts.items())
    out.changes[entity] = change.get<std::int64_t>();
  out.known = true;
  return {};
}

}  // namespace

bool makes_accruals(const HubConfig& config) {
  const auto carries = [&config](std::string_view entity) {
    return std::any_of(config.spokes.begin(), config.spokes.end(), [entity](const Spoke& spoke) {
      return spoke.mapping->entity().name() == entity;
    });
  };
  using Accruals = LedgerRules::Accruals;
  const Accruals by = config.ledger.accruals;
  const bool accrues = (by == Accruals::Invoices && carries("invoice")) ||
                       (by == Accruals::SellIn && carries("sell_through_report")) ||
                       (config.ledger.commissions && carries("commission"));
  return accrues && carries("fund");
}

std::vector<std::string_view> accruing_entities(const HubConfig& config) {
  std::vector<std::string_view> out;
  if (config.ledger.accruals != LedgerRules::Accruals::None)
    out = {"invoice", "sell_through_report"};
  if (config.ledger.commissions) out.emplace_back("commission");
  return out;
}

Result<AccruedUpTo> accrued_up_to(const HubConfig& config, store::Store& store, Timestamp now) {
  FundAccounting accounting(config, LedgerReader(store), now, 0);
  auto terms = accounting.accrual_terms();
  if (!terms) return std::move(terms).error();
  AccruedUpTo out{.terms = sha256_hex(*terms)};
  auto rows = store.metadata(kLedgerSpoke);
  if (!rows) return std::move(rows).error();
  for (const store::MetadataRow& row : *rows) {
    if (row.object != kAccruals || row.fingerprint != out.terms) continue;
    if (auto done = read_changes(row.facts, out); !done) return std::move(done).error();
  }
  return out;
}

Result<AccrualStep> next_accruing(store::Store& store, std::string_view entity, std::int64_t after,
                                  std::optional<std::int64_t> until) {
  auto rows = store.records_changed(entity, after, kRecordsAtOnce);
  if (!rows) return std::move(rows).error();
  AccrualStep out{.change = after};
  for (store::RecordRow& row : *rows) {
    if (until && row.change > *until) break;
    out.change = row.change;
    out.ids.push_back(std::move(row.id));
  }
  return out;
}

Result<void> settle_accruals(Engine& engine) {
  if (!makes_accruals(engine.config)) return {};
  auto known = accrued_up_to(engine.config, engine.store, engine.now());
  if (!known) return std::move(known).error();
  if (!known->known) {
    store::Changes changes;
    keep_accruals(changes, *known, engine.now());
    if (auto done = engine.store.commit(std::move(changes)); !done) return done;
  }
  auto run = engine.run_of_postings();
  if (!run) return std::move(run).error();
  for (const std::string_view entity : accruing_entities(engine.config)) {
    while (true) {
      if (auto go_on = engine.context.check(); !go_on) return go_on;
      auto step = next_accruing(engine.store, entity, known->change_of(entity));
      if (!step) return std::move(step).error();
      if (step->ids.empty()) break;
      known->changes[std::string(entity)] = step->change;
      FundAccounting accounting(engine.config, LedgerReader(engine.store), engine.now(), *run);
      if (auto done = accounting.account(step->ids); !done) return done;
      store::Changes changes;
      accounting.enter(changes);
      keep_accruals(changes, *known, engine.now());
      if (auto done = engine.store.commit(std::move(changes)); !done) return done;
    }
  }
  return {};
}

bool moves_accruals(const std::string& entity, const model::Fields& before,
                    const model::Fields& after) {
  std::vector<std::string_view> paths;
  if (entity == "product") paths = {"family"};
  if (entity == "incentive") paths = {"kind"};
  // Of those that credit notes take back.
  if (entity == "invoice")
    paths = {"issue_date", "currency", "fx.currency", "fx.rate", "fx.date", "fx.source"};
  // Of those that others take back.
  if (entity == "commission") paths = {"accrued_at", "plan", "partner", "amount.currency"};
  // Nothing refers to a new one yet: what waited for it has news of its own.
  return !before.empty() && std::any_of(paths.begin(), paths.end(), [&](std::string_view path) {
    return model::get(before, path) != model::get(after, path);
  });
}

void look_at_accruals_anew(store::Changes& changes, Timestamp now) {
  keep_accruals(changes, {}, now);
}

}  // namespace channelbridge::hub
