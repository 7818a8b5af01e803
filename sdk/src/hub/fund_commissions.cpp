#include <algorithm>
#include <utility>

#include "fund_accounting_internal.hpp"

/// Rebates and spiffs: what a partner is to get of them is in the fund that is for them.
namespace channelbridge::hub {

namespace {

using Account = model::FundAccount;
using model::Decimal;
using model::get;

constexpr std::size_t kDayLength = 10;  // "2027-03-01" of a time

std::optional<Decimal> amount_of(const LedgerRecord& commission) {
  const bool stands = !commission.gone && get(commission.fields, "status") != "forfeited";
  return stands ? amount_at(commission.fields, "amount.amount") : std::nullopt;
}

bool takes_back(const LedgerRecord& commission) {
  const auto amount = amount_of(commission);
  return amount && amount->sign() < 0 && get(commission.fields, "reversal_of");
}

}  // namespace

Result<void> FundAccounting::add_reversal(const std::string& commission, Reversals& out) {
  auto record = reader_.find(commission);
  if (!record) return std::move(record).error();
  if (*record == nullptr || (*record)->entity != "commission" || !takes_back(**record)) return {};
  auto original = standing(get((*record)->fields, "reversal_of").value_or(""));
  if (!original) return std::move(original).error();
  if (*original != nullptr) out[(*original)->id].insert(commission);
  return {};
}

Result<const FundAccounting::Reversals*> FundAccounting::reversals_in(const std::string& fund) {
  const auto known = reversals_.find(fund);
  if (known != reversals_.end()) return &known->second;
  auto book = books_.open(fund);
  if (!book) return std::move(book).error();
  Reversals out;
  if (*book != nullptr) {
    const model::FundLedger& ledger = (*book)->ledger();
    for (const std::string& id : ledger.holders(Account::Accrual)) {
      if (ledger.figure(Account::Accrual, id).sign() >= 0) continue;
      if (auto done = add_reversal(id, out); !done) return std::move(done).error();
    }
  }
  return &reversals_.emplace(fund, std::move(out)).first->second;
}

Result<const FundAccounting::Reversals*> FundAccounting::reversals_at_hand() {
  if (reversals_at_hand_) return &*reversals_at_hand_;
  Reversals out;
  for (const auto& [id, entity] : dirty_) {
    if (entity != "commission") continue;
    if (auto done = add_reversal(id, out); !done) return std::move(done).error();
  }
  return &reversals_at_hand_.emplace(std::move(out));
}

/// Does another commission, below zero, take something of this one back?
Result<bool> FundAccounting::has_reversal(const std::string& commission) {
  auto at_hand = reversals_at_hand();
  if (!at_hand) return std::move(at_hand).error();
  if ((*at_hand)->contains(commission)) return true;
  auto funds = books_.funds_of(commission);
  if (!funds) return std::move(funds).error();
  for (const std::string& fund : *funds) {
    auto there = reversals_in(fund);
    if (!there) return std::move(there).error();
    if ((*there)->contains(commission)) return true;
  }
  return false;
}

/// What of a commission is its fund's to pay. One that was clawed back stands beside what takes it
/// back, which may be a part of it; where nothing else says how much, it is all of it.
Result<Decimal> FundAccounting::accrued_by(const LedgerRecord& commission) {
  const Decimal amount = amount_of(commission).value_or(Decimal());
  if (amount.is_zero() || get(commission.fields, "status") != "clawed_back") return amount;
  if (takes_back(commission)) return amount;
  auto reversed = has_reversal(commission.id);
  if (!reversed) return std::move(reversed).error();
  return *reversed ? amount : Decimal();
}

/// The fund that a commission accrues to: of its plan's kind and its partner, else of everybody.
/// What takes one back is where that stands.
Result<FundAccounting::Outcome> FundAccounting::find_fund(const LedgerRecord& commission,
                                                          std::string& out) {
  out.clear();
  if (takes_back(commission)) {
    auto original = standing(get(commission.fields, "reversal_of").value_or(""));
    if (!original) return std::move(original).error();
    if (*original == nullptr) return Outcome();
    auto funds = books_.funds_of((*original)->id);
    if (!funds) return std::move(funds).error();
    for (const std::string& fund : *funds) {
      auto book = books_.open(fund);
      if (!book) return std::move(book).error();
      if (*book == nullptr) continue;
      if (!(*book)->ledger().figure(Account::Accrual, (*original)->id).is_zero()) out = fund;
    }
    return Outcome();
  }
  auto plan = refer(commission, "plan", "incentive");
  if (!plan) return std::move(plan).error();
  auto partner = refer(commission, "partner", "partner");
  if (!partner) return std::move(partner).error();
  if (plan->record == nullptr || partner->record == nullptr) return Outcome();
  if (auto done = load_terms(); !done) return std::move(done).error();
  const std::string accrued = get(commission.fields, "accrued_at").value_or("");
  const std::string day =
      accrued.empty() ? to_string(day_of(commission.created)) : accrued.substr(0, kDayLength);
  const auto candidates = [&](const std::string& whose) {
    std::vector<std::string> funds;
    for (const CommissionFund& each : commission_funds_) {
      const bool fits = each.partner == whose && each.kind == get(plan->record->fields, "kind") &&
                        !is_outside({.first = day, .last = day}, each.valid);
      if (fits) funds.push_back(each.fund);
    }
    return funds;
  };
  std::vector<std::string> funds = candidates(partner->record->id);
  if (funds.empty()) funds = candidates("");
  if (funds.size() > 1)
    return Outcome(LedgerRefusal{
        "accrual_fund", "is of plan " + get(plan->record->fields, "code").value_or("") + ", and " +
                            funds[0] + " and " + funds[1] + " are both for that on " + day});
  if (!funds.empty()) out = funds.front();
  return Outcome();
}

Result<FundAccounting::Outcome> FundAccounting::settle_commission(const LedgerRecord& commission) {
  if (!config_.ledger.commissions) return Outcome();
  std::string target;
  auto amount = accrued_by(commission);
  if (!amount) return std::move(amount).error();
  if (!amount->is_zero()) {
    auto refusal = find_fund(commission, target);
    if (!refusal || *refusal) return refusal;
  }
  auto funds = books_.funds_of(commission.id);
  if (!funds) return std::move(funds).error();
  if (!target.empty()) funds->insert(target);
  for (const std::string& fund : *funds) {
    auto by_itself = accrues_by_itself(fund);
    if (!by_itself) return std::move(by_itself).error();
    if (*by_itself) continue;
    auto book = books_.open(fund);
    if (!book) return std::move(book).error();
    if (*book == nullptr) continue;
    Earned lines;
    if (fund == target) {
      const std::string currency =
          get(commission.fields, "amount.currency").value_or("no currency");
      if (currency != (*book)->currency().text())
        return Outcome(LedgerRefusal{"fund_currency", "is in " + currency + ", and the books of " +
                                                          fund + " are in " +
                                                          (*book)->currency().text()});
      lines[""] = *amount;
    } else {  // where it does not stand, nothing of it is taken back: that follows it
      auto there = reversals_in(fund);
      if (!there) return std::move(there).error();
      const auto reversals = (*there)->find(commission.id);
      if (reversals != (*there)->end()) {
        for (const std::string& reversal : reversals->second) {
          if (auto refusal = level_accruals(commission, reversal, **book, {})) return refusal;
        }
      }
    }
    if (auto refusal = level_accruals(commission, commission.id, **book, std::move(lines)))
      return refusal;
  }
  return Outcome();
}

}  // namespace channelbridge::hub
