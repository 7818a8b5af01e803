#include <algorithm>

#include "channelbridge/core/sha256.hpp"
#include "engine_internal.hpp"
#include "fund_accounting_internal.hpp"

/// What a run does for the books beside taking over what systems say.
namespace channelbridge::hub {

namespace {

constexpr std::size_t kWaitsAtOnce = 1'000;

Result<std::vector<store::LedgerWaitRow>> all_ledger_waits(store::Store& store) {
  std::vector<store::LedgerWaitRow> out;
  while (true) {
    auto rows = store.ledger_waits(out.empty() ? "" : out.back().record, kWaitsAtOnce);
    if (!rows) return rows;
    if (rows->empty()) return out;
    std::move(rows->begin(), rows->end(), std::back_inserter(out));
  }
}

Result<void> add_all_funds(store::Store& store, std::vector<std::string>& ids) {
  for (std::int64_t after = 0;;) {
    auto rows = store.records_changed("fund", after, kStoreStep);
    if (!rows) return std::move(rows).error();
    if (rows->empty()) return {};
    after = rows->back().change;
    for (store::RecordRow& row : *rows) ids.push_back(std::move(row.id));
  }
}

/// Nothing was posted, and everything waits for what it waited for.
bool as_before(const FundAccounting& accounting, const std::vector<store::LedgerWaitRow>& waits) {
  if (!accounting.posted().empty() || accounting.refused().size() != waits.size()) return false;
  return std::all_of(waits.begin(), waits.end(), [&](const store::LedgerWaitRow& row) {
    const auto refusal = accounting.refused().find(row.record);
    return refusal != accounting.refused().end() && refusal->second.rule == row.rule &&
           refusal->second.detail == row.detail;
  });
}

}  // namespace

Result<void> settle_ledger(Engine& engine, bool first_round) {
  const std::lock_guard guard(engine.mutex);
  auto waits = all_ledger_waits(engine.store);
  if (!waits) return std::move(waits).error();
  std::vector<std::string> ids;
  for (const store::LedgerWaitRow& row : *waits) ids.push_back(row.record);
  if (first_round && engine.config.ledger.expiry == LedgerRules::Expiry::Date) {
    if (auto added = add_all_funds(engine.store, ids); !added) return added;
  }
  if (ids.empty()) return {};
  auto run = engine.run_of_postings();
  if (!run) return std::move(run).error();
  FundAccounting accounting(engine.config, LedgerReader(engine.store), engine.now(), *run);
  if (auto done = accounting.account(ids); !done) return done;
  if (as_before(accounting, *waits)) return {};
  store::Changes changes;
  accounting.enter(changes);
  return engine.store.commit(std::move(changes));
}

LedgerSeal seal_of(const std::vector<store::FundHeadRow>& heads) {
  LedgerSeal out;
  std::string text;
  for (const store::FundHeadRow& head : heads) {
    out.postings += head.no;
    text += head.fund + ':' + std::to_string(head.no) + ':' + head.chain + '\n';
  }
  if (!text.empty()) out.head = sha256_hex(text);
  return out;
}

Result<LedgerSeal> seal_of(store::Store& store) {
  auto heads = store.fund_heads();
  if (!heads) return std::move(heads).error();
  return seal_of(*heads);
}

}  // namespace channelbridge::hub
