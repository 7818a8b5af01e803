#include "fund_accounting_internal.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace channelbridge::hub {

namespace {

using Kind = model::FundEventKind;
using model::get;

/// What is granted is posted before what is granted of it; settlements speak of claims.
constexpr std::array<std::string_view, 9> kOrder{
    "budget", "fund",       "invoice", "sell_through_report", "commission", "fund_request",
    "claim",  "settlement", ""};
/// What one record gives back another one takes: a few passes settle all that can be settled.
constexpr int kPasses = 20;
constexpr int kAliases = 100;

std::size_t rank_of(const std::string& entity) {
  return static_cast<std::size_t>(std::find(kOrder.begin(), kOrder.end(), entity) - kOrder.begin());
}

}  // namespace

Result<const LedgerRecord*> LedgerReader::find(const std::string& id) {
  auto known = records_.find(id);
  if (known == records_.end()) {
    auto rows = store_.records({id});
    if (!rows) return std::move(rows).error();
    std::optional<LedgerRecord> record;
    if (!rows->empty()) {
      store::RecordRow& row = rows->front();
      record = LedgerRecord{.id = row.id,
                            .entity = row.entity,
                            .version = row.version,
                            .gone = !row.alias_of.empty(),
                            .alias_of = row.alias_of,
                            .created = row.created};
      auto state = parse_record_state(row.state);
      if (!state) return std::move(state).error();
      if (!record->gone) record->fields = std::move(state->fields);
    }
    known = records_.emplace(id, std::move(record)).first;
  }
  return known->second ? &*known->second : nullptr;
}

Result<std::string> LedgerReader::by_number(const std::string& entity, const std::string& number) {
  auto found = store_.match({{.entity = entity, .kind = "number", .value = number}});
  if (!found) return std::move(found).error();
  return found->front();
}

std::string LedgerReader::name_of(const std::string& id) const {
  const auto known = records_.find(id);
  if (known == records_.end() || !known->second) return "";
  const model::Value number = get(known->second->fields, "number");
  return number ? known->second->entity + " " + *number : "";
}

FundAccounting::FundAccounting(const HubConfig& config, LedgerReader reader, Timestamp now,
                               std::int64_t run)
    : config_(config),
      reader_(std::move(reader)),
      books_(
          reader_.store(), [this](const std::string& fund) { return rules_of(fund); }, now, run),
      today_(day_of(now)),
      now_(now) {}

bool FundAccounting::carries(std::string_view entity) const {
  return std::any_of(config_.spokes.begin(), config_.spokes.end(), [entity](const Spoke& spoke) {
    return spoke.mapping->entity().name() == entity;
  });
}

Result<FundAccounting::Reference> FundAccounting::refer(const LedgerRecord& record,
                                                        std::string_view path,
                                                        const std::string& entity) {
  Reference out;
  const model::Value value = get(record.fields, path);
  // What no spoke carries never comes: the record stands without it.
  if (!value || !carries(entity)) return out;
  if (const auto pending = model::parse_pending_reference(*value)) {
    out.state = Reference::State::Pending;
    out.words = std::string(path) + " is " + entity + " '" + pending->key + "' of " +
                pending->system + ", which nobody has read yet";
    return out;
  }
  auto found = standing(*value);
  if (!found) return std::move(found).error();
  if (*found == nullptr) return out;
  out.state = Reference::State::Known;
  out.record = *found;
  return out;
}

Result<const LedgerRecord*> FundAccounting::standing(const std::string& id) {
  auto found = reader_.find(id);
  for (int step = 0; found && step < kAliases && *found != nullptr && (*found)->gone; ++step) {
    const std::string survivor = (*found)->alias_of;
    found = reader_.find(survivor);
  }
  if (found && *found != nullptr && (*found)->gone) return nullptr;
  return found;
}

/// A fund tolerates what its budget does.
Result<std::optional<model::FundRules>> FundAccounting::rules_of(const std::string& fund) {
  std::optional<model::FundRules> out;
  auto record = reader_.find(fund);
  if (!record) return std::move(record).error();
  if (*record == nullptr || (*record)->gone) return out;
  const auto currency = currency_of((*record)->fields);
  if (!currency) return out;
  const LedgerRecord* budget = *record;
  if (budget->entity == "fund") {
    auto parent = refer(**record, "budget", "budget");
    if (!parent) return std::move(parent).error();
    budget = parent->record;
  }
  model::Percent tolerance = config_.ledger.tolerance;
  if (budget != nullptr) {
    const model::Value validation = get(budget->fields, "validation");
    const auto own = amount_at(budget->fields, "tolerance_pct");
    if (validation == "strict") tolerance = {};
    if (validation == "warn" && own) tolerance = model::Percent{*own};
  }
  out = model::FundRules{
      .currency = *currency, .tolerance = tolerance, .direct_claims = config_.ledger.direct_claims};
  return out;
}

Result<void> FundAccounting::expand(const std::vector<std::string>& records) {
  for (const std::string& id : records) {
    auto record = reader_.find(id);
    if (!record) return std::move(record).error();
    if (*record == nullptr) {  // it has another id by now: what stands under this one is taken back
      dirty_.emplace(id, "");
      if (auto done = expand_request({.id = id, .gone = true}); !done) return done;
      continue;
    }
    if (!is_of_ledger((*record)->entity) && !may_accrue((*record)->entity)) continue;
    dirty_.emplace(id, (*record)->entity);
    const std::string& entity = (*record)->entity;
    if (entity == "claim") {
      for (const model::ClaimedInvoice& invoice : model::claimed_invoices((*record)->fields))
        invoices_[invoice.key].insert(id);
    }
    auto more = entity == "settlement"     ? expand_settlement(**record)
                : entity == "claim"        ? expand_claim(**record)
                : entity == "fund_request" ? expand_request(**record)
                : entity == "fund"         ? expand_fund(**record)
                : may_accrue(entity)       ? expand_accrual(**record)
                                           : Result<void>();
    if (!more) return more;
  }
  return {};
}

/// Claims that it names, or named before.
Result<void> FundAccounting::expand_settlement(const LedgerRecord& settlement) {
  std::set<std::string>& before = members_before_[settlement.id];
  std::set<std::string>& now = members_[settlement.id];
  auto rows = reader_.store().claim_settlements({settlement.id});
  if (!rows) return std::move(rows).error();
  for (const store::ClaimSettlementRow& row : *rows) {
    if (row.settlement == settlement.id) before.insert(row.claim);
  }
  for (std::string& claim : members_of(settlement.fields)) {
    if (!model::parse_pending_reference(claim)) now.insert(std::move(claim));
  }
  std::set<std::string> all = before;
  all.insert(now.begin(), now.end());
  for (const std::string& id : all) {
    auto claim = reader_.find(id);
    if (!claim) return std::move(claim).error();
    if (*claim == nullptr || (*claim)->entity != "claim") continue;
    if (dirty_.emplace(id, "claim").second)
      causes_[id] = {.record = settlement.id, .version = settlement.version};
    if (auto done = expand_claim(**claim); !done) return done;
  }
  return {};
}

/// Claims go where their request goes, and wait for what it has got and others do not wait for.
Result<void> FundAccounting::expand_request(const LedgerRecord& request) {
  if (!expanded_.insert(request.id).second) return {};
  auto funds = books_.funds_of(request.id);
  if (!funds) return std::move(funds).error();
  const model::Value fund = get(request.fields, "fund");
  // A claim may stand in the books of its request's fund before the request does.
  if (fund && !model::parse_pending_reference(*fund)) funds->insert(*fund);
  for (const std::string& each : *funds) {
    auto book = books_.open(each);
    if (!book) return std::move(book).error();
    if (*book == nullptr) continue;
    for (const std::string& claim : claims_under((*book)->ledger(), request.id)) {
      if (fund != each || holding_of_claim((*book)->ledger(), claim).waits)
        dirty_.emplace(claim, "claim");
    }
  }
  return {};
}

Result<void> FundAccounting::expand_request_of(const std::string& id) {
  auto request = reader_.find(id);
  if (!request) return std::move(request).error();
  dirty_.emplace(id, "fund_request");
  const LedgerRecord nobody{.id = id, .gone = true};
  return expand_request(*request == nullptr ? nobody : **request);
}

/// Over-consumption that a fund's own postings approve is a request's, whose claims wait for it.
Result<void> FundAccounting::expand_fund(const LedgerRecord& fund) {
  constexpr std::string_view kPostings = "postings[";
  const auto first = fund.fields.lower_bound(kPostings);
  if (first == fund.fields.end() || !first->first.starts_with(kPostings)) return {};
  auto book = books_.open(fund.id);
  if (!book) return std::move(book).error();
  if (*book == nullptr) return {};
  std::set<std::string> requests;
  for (const model::FundPosting& posting : (*book)->ledger().postings()) {
    if (posting.event.kind == Kind::ClaimSubmitted) requests.insert(posting.event.request);
  }
  for (const std::string& request : requests) {
    if (request.empty()) continue;
    if (auto done = expand_request_of(request); !done) return done;
  }
  return {};
}

std::vector<std::string> FundAccounting::in_order() const {
  std::vector<std::string> out;
  for (const auto& [id, entity] : dirty_) out.push_back(id);
  std::stable_sort(out.begin(), out.end(), [this](const std::string& a, const std::string& b) {
    return rank_of(dirty_.at(a)) < rank_of(dirty_.at(b));
  });
  return out;
}

Result<void> FundAccounting::account(const std::vector<std::string>& records) {
  reversals_.clear();
  reversals_at_hand_.reset();
  if (auto done = expand(records); !done) return done;
  if (auto done = remember_grants(); !done) return done;
  for (const std::string& id : records) causes_.erase(id);  // it speaks for itself
  const std::size_t begin = books_.mark();
  const std::vector<std::string> order = in_order();
  for (int pass = 0; pass < kPasses; ++pass) {
    const std::size_t before = books_.mark();
    for (const std::string& id : order) {
      auto outcome = settle(id);
      if (!outcome) return std::move(outcome).error();
      refused_.erase(id);
      if (*outcome) refused_.emplace(id, **std::move(outcome));
    }
    if (books_.mark() != before) continue;
    // What lapses may be what another one lacked.
    if (auto done = level_excesses(begin); !done) return done;
    if (books_.mark() == before) return {};
  }
  return level_excesses(begin);
}

Result<FundAccounting::Outcome> FundAccounting::settle(const std::string& id) {
  kept_ = books_.mark();
  ends_.erase(id);
  settled_in_part_.erase(id);
  auto record = reader_.find(id);
  if (!record) return std::move(record).error();
  const LedgerRecord nobody{.id = id, .gone = true};
  auto outcome = settle_one(*record == nullptr ? nobody : **record);
  if (!outcome) return outcome;
  if (!*outcome) return outcome;
  books_.roll_back(kept_);
  (*outcome)->detail = readable(std::move((*outcome)->detail));
  return outcome;
}

Result<FundAccounting::Outcome> FundAccounting::settle_one(const LedgerRecord& record) {
  if (record.entity == "budget") return settle_budget(record);
  if (record.entity == "fund") return settle_fund(record);
  if (record.entity == "commission") return settle_commission(record);
  if (may_accrue(record.entity)) return settle_purchase(record);
  if (record.entity == "fund_request") return settle_request(record);
  if (record.entity == "claim") return settle_claim(record);
  if (record.entity == "settlement") return settle_settlement(record);
  // Nobody knows what it was: whatever stands under the id is taken back.
  for (const auto take_back : {&FundAccounting::settle_claim, &FundAccounting::settle_request,
                               &FundAccounting::settle_purchase, &FundAccounting::settle_commission,
                               &FundAccounting::settle_fund}) {
    auto outcome = (this->*take_back)(record);
    if (!outcome || *outcome) return outcome;
  }
  return Outcome();
}

FundBooks::Cause FundAccounting::cause_of(const LedgerRecord& record) const {
  const auto other = causes_.find(record.id);
  if (other != causes_.end()) return other->second;
  return {.record = record.id, .version = record.version};
}

std::string FundAccounting::readable(std::string detail) const {
  const auto is_of_word = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_';
  };
  std::string out;
  for (auto at = detail.begin(); at != detail.end();) {
    const auto end = is_of_word(*at) ? std::find_if_not(at, detail.end(), is_of_word) : at + 1;
    const std::string word(at, end);
    const std::string name = reader_.read().contains(word) ? reader_.name_of(word) : std::string();
    out += name.empty() ? word : name;
    at = end;
  }
  return out;
}

FundAccounting::Outcome FundAccounting::post(const LedgerRecord& record, Book& book, Kind kind,
                                             const model::Decimal* amount,
                                             const std::string& request) {
  model::FundEvent event{.kind = kind, .document = record.id, .request = request};
  if (amount != nullptr) event.amount = *amount;
  return books_.post(book, std::move(event), cause_of(record));
}

Result<std::set<std::string>> FundAccounting::settlements_with(const std::string& claim) {
  auto known = settlements_of_.find(claim);
  if (known == settlements_of_.end()) {
    auto rows = reader_.store().claim_settlements({claim});
    if (!rows) return std::move(rows).error();
    std::set<std::string> ids;
    for (store::ClaimSettlementRow& row : *rows) {
      if (row.claim == claim) ids.insert(std::move(row.settlement));
    }
    known = settlements_of_.emplace(claim, std::move(ids)).first;
  }
  std::set<std::string> ids = known->second;
  for (const auto& [settlement, claims] : members_) {
    if (claims.contains(claim)) ids.insert(settlement);
  }
  return ids;
}

Result<Settled> FundAccounting::settled(const std::string& claim) {
  auto ids = settlements_with(claim);
  if (!ids) return std::move(ids).error();
  Settled out;
  for (const std::string& id : *ids) {
    auto settlement = reader_.find(id);
    if (!settlement) return std::move(settlement).error();
    if (*settlement != nullptr) add_settlement(out, (*settlement)->fields, claim);
  }
  return out;
}

void FundAccounting::enter(store::Changes& changes) const {
  changes.postings.insert(changes.postings.end(), books_.fresh().begin(), books_.fresh().end());
  for (const auto& [id, entity] : dirty_) {
    const auto refusal = refused_.find(id);
    if (refusal == refused_.end() && ends_.contains(id)) {
      changes.ledger_waits.push_back({.record = id,
                                      .entity = entity,
                                      .rule = "retry",
                                      .detail = "ends once all is posted that was promised before",
                                      .since = now_});
    } else if (refusal == refused_.end()) {
      changes.no_ledger_waits.push_back(id);
    } else {
      changes.ledger_waits.push_back({.record = id,
                                      .entity = entity,
                                      .rule = refusal->second.rule,
                                      .detail = refusal->second.detail,
                                      .since = now_});
    }
  }
  for (const auto& [settlement, claims] : members_) {
    const std::set<std::string>& before = members_before_.at(settlement);
    for (const std::string& claim : claims) {
      if (!before.contains(claim))
        changes.claim_settlements.push_back({.claim = claim, .settlement = settlement});
    }
    for (const std::string& claim : before) {
      if (!claims.contains(claim))
        changes.removed_claim_settlements.push_back({.claim = claim, .settlement = settlement});
    }
  }
}

}  // namespace channelbridge::hub
