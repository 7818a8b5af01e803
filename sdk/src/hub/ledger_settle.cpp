#include <algorithm>
#include <set>

#include "accruals_internal.hpp"
#include "channelbridge/core/sha256.hpp"
#include "fund_accounting_internal.hpp"
#include "ledger_internal.hpp"

/// What a run does for the books beside taking over what systems say.
namespace channelbridge::hub {

namespace {

constexpr std::size_t kWaitsAtOnce = 1'000;
/// The row of what the store keeps for the books.
constexpr std::string_view kCarried = "books";
/// How books are kept: stores of older hubs have all records looked at once.
constexpr std::string_view kKept = ", with excess";

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

/// Entities of money that the project's spokes carry.
std::string carried_by(const HubConfig& config) {
  std::set<std::string> entities;
  for (const Spoke& spoke : config.spokes) {
    const std::string& entity = spoke.mapping->entity().name();
    if (is_of_ledger(entity)) entities.insert(entity);
  }
  std::string out;
  for (const std::string& entity : entities) out += (out.empty() ? "" : " ") + entity;
  return out.empty() ? out : out + std::string(kKept);
}

/// All records of money wait for the books, and those that wait already go on.
Result<void> look_at_all(Engine& engine) {
  auto records = ledger_records(engine.store);
  if (!records) return std::move(records).error();
  for (std::size_t at = 0; at < records->size(); at += kStoreStep) {
    const std::size_t end = std::min(records->size(), at + kStoreStep);
    const std::vector<std::string> ids(records->begin() + static_cast<std::ptrdiff_t>(at),
                                       records->begin() + static_cast<std::ptrdiff_t>(end));
    auto waiting = engine.store.ledger_waits_of(ids);
    if (!waiting) return std::move(waiting).error();
    store::Changes changes;
    for (const std::string& id : ids) {
      const bool waits =
          std::any_of(waiting->begin(), waiting->end(),
                      [&id](const store::LedgerWaitRow& row) { return row.record == id; });
      if (waits) continue;
      changes.ledger_waits.push_back(
          {.record = id,
           .rule = "retry",
           .detail = "the project carries other entities of money than before, or books are "
                     "kept otherwise",
           .since = engine.now()});
    }
    if (changes.empty()) continue;
    if (auto done = engine.store.commit(std::move(changes)); !done) return done;
  }
  return {};
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

Result<void> begin_books(Engine& engine) {
  const std::string carried = carried_by(engine.config);
  const std::lock_guard guard(engine.mutex);
  auto known = engine.store.metadata(kLedgerSpoke);
  if (!known) return std::move(known).error();
  const auto books = std::find_if(known->begin(), known->end(),
                                  [](const auto& row) { return row.object == kCarried; });
  if (books == known->end() ? carried.empty() : books->fingerprint == carried) return {};
  if (auto done = look_at_all(engine); !done) return done;
  store::Changes changes;
  changes.metadata.push_back({.spoke = std::string(kLedgerSpoke),
                              .object = std::string(kCarried),
                              .fingerprint = carried,
                              .facts = "{}",
                              .checked = engine.now()});
  return engine.store.commit(std::move(changes));
}

Result<void> settle_ledger(Engine& engine, bool first_round) {
  const std::lock_guard guard(engine.mutex);
  if (auto done = settle_accruals(engine); !done) return done;
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
