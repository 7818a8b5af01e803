#include <algorithm>
#include <nlohmann/json.hpp>

#include "accruals_internal.hpp"
#include "channelbridge/core/sha256.hpp"
#include "fund_accounting_internal.hpp"

namespace channelbridge::hub {

namespace {

/// The row of what the store keeps for the books.
constexpr std::string_view kAccruals = "accruals";
constexpr std::size_t kInvoicesAtOnce = 2'000;

void keep_accruals(store::Changes& changes, const std::string& terms, std::int64_t change,
                   Timestamp now) {
  changes.metadata.push_back({.spoke = std::string(kLedgerSpoke),
                              .object = std::string(kAccruals),
                              .fingerprint = terms,
                              .facts = nlohmann::json{{"change", change}}.dump(),
                              .checked = now});
}

}  // namespace

bool makes_accruals(const HubConfig& config) {
  const auto carries = [&config](std::string_view entity) {
    return std::any_of(config.spokes.begin(), config.spokes.end(), [entity](const Spoke& spoke) {
      return spoke.mapping->entity().name() == entity;
    });
  };
  return config.ledger.accruals != LedgerRules::Accruals::None && carries("invoice") &&
         carries("fund");
}

Result<AccruedUpTo> accrued_up_to(const HubConfig& config, store::Store& store) {
  FundAccounting accounting(config, LedgerReader(store), Timestamp(), 0);
  auto terms = accounting.accrual_terms();
  if (!terms) return std::move(terms).error();
  AccruedUpTo out{.terms = sha256_hex(*terms)};
  auto rows = store.metadata(kLedgerSpoke);
  if (!rows) return std::move(rows).error();
  for (const store::MetadataRow& row : *rows) {
    if (row.object != kAccruals || row.fingerprint != out.terms) continue;
    const nlohmann::json facts = nlohmann::json::parse(row.facts, nullptr, false);
    if (!facts.is_object() || !facts.value("change", nlohmann::json()).is_number_integer())
      return Error(ErrorCode::Internal, "the store's word of accruals is none: " + row.facts);
    out.change = facts["change"].get<std::int64_t>();
    out.known = true;
  }
  return out;
}

Result<InvoiceStep> next_invoices(store::Store& store, std::int64_t after,
                                  std::optional<std::int64_t> until) {
  auto rows = store.records_changed("invoice", after, kInvoicesAtOnce);
  if (!rows) return std::move(rows).error();
  InvoiceStep out{.change = after};
  for (store::RecordRow& row : *rows) {
    if (until && row.change > *until) break;
    out.change = row.change;
    out.ids.push_back(std::move(row.id));
  }
  return out;
}

Result<void> settle_accruals(Engine& engine) {
  if (!makes_accruals(engine.config)) return {};
  auto known = accrued_up_to(engine.config, engine.store);
  if (!known) return std::move(known).error();
  if (!known->known) {
    store::Changes changes;
    keep_accruals(changes, known->terms, 0, engine.now());
    if (auto done = engine.store.commit(std::move(changes)); !done) return done;
  }
  auto run = engine.run_of_postings();
  if (!run) return std::move(run).error();
  for (std::int64_t after = known->change;;) {
    if (auto go_on = engine.context.check(); !go_on) return go_on;
    auto step = next_invoices(engine.store, after);
    if (!step) return std::move(step).error();
    if (step->ids.empty()) return {};
    after = step->change;
    FundAccounting accounting(engine.config, LedgerReader(engine.store), engine.now(), *run);
    if (auto done = accounting.account(step->ids); !done) return done;
    store::Changes changes;
    accounting.enter(changes);
    keep_accruals(changes, known->terms, after, engine.now());
    if (auto done = engine.store.commit(std::move(changes)); !done) return done;
  }
}

bool moves_accruals(const std::string& entity, const model::Fields& before,
                    const model::Fields& after) {
  const std::string_view path = entity == "product"   ? "family"
                                : entity == "invoice" ? "issue_date"
                                                      : "";
  // Nothing refers to a new one yet: what waited for it has news of its own.
  const bool known = !path.empty() && !before.empty();
  return known && model::get(before, path) != model::get(after, path);
}

void look_at_invoices_anew(store::Changes& changes, Timestamp now) {
  keep_accruals(changes, "", 0, now);
}

}  // namespace channelbridge::hub
