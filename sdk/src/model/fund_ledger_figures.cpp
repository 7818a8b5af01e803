#include <algorithm>

#include "channelbridge/model/fund_ledger.hpp"
#include "fund_ledger_internal.hpp"

/// What the books say: sums, and what they are made of.
namespace channelbridge::model {
namespace {

using Account = FundAccount;

/// Is money counted where it came from?
bool is_source(Account account) {
  return account == Account::Budget || account == Account::OverConsumptionApproved;
}

}  // namespace

Decimal FundLedger::figure(FundAccount account) const {
  const auto found = figures_.find(account);
  if (found == figures_.end()) return {};
  return is_source(account) ? -found->second : found->second;
}

Decimal FundLedger::figure(FundAccount account, std::string_view document) const {
  const auto held = by_document_.find(document);
  if (held == by_document_.end()) return {};
  const auto found = held->second.find(account);
  if (found == held->second.end()) return {};
  return is_source(account) ? -found->second : found->second;
}

FundKeyFigures FundLedger::key_figures() const {
  FundKeyFigures out;
  out.budget = figure(Account::Budget);
  const Decimal available = figure(Account::Available);
  out.available_to_distribute =
      less(less(out.budget, figure(Account::Distributed)), figure(Account::Expired));
  out.available_to_reserve = available;
  out.available_to_spend = less(figure(Account::Reserved), figure(Account::PendingClaim));
  if (rules_.direct_claims) out.available_to_spend = sum(out.available_to_spend, available);
  out.remaining_cash =
      less(less(less(out.budget, figure(Account::Settled)), figure(Account::ExternallySettled)),
           figure(Account::WrittenOff));
  const Decimal used = sum(sum(figure(Account::ApprovedClaim), figure(Account::ReleasedToSettle)),
                           figure(Account::Settled));
  if (out.budget.sign() > 0) {
    const auto hundredfold = multiply(used, 100);
    const auto share = hundredfold ? divide(*hundredfold, out.budget, 2) : hundredfold;
    if (share) out.utilisation = Percent{*share};
  }
  return out;
}

Decimal FundLedger::excess() const {
  return std::max(less(excess_approved_, figure(Account::Available)), Decimal());
}

Decimal FundLedger::stated(FundAccount account, std::string_view document) const {
  const Decimal held = figure(account, document);
  const auto own = excesses_.find(document);
  if (own == excesses_.end()) return held;
  if (account == Account::OverConsumptionRequested) return less(held, own->second.asked);
  if (account == Account::OverConsumptionApproved) return less(held, own->second.approved);
  return held;
}

const FundEvent* FundLedger::event(std::string_view id) const {
  const auto found = events_.find(id);
  return found == events_.end() ? nullptr : &found->second;
}

std::vector<const FundPosting*> FundLedger::postings_of(std::string_view document) const {
  std::vector<const FundPosting*> out;
  const auto known = of_document_.find(document);
  if (known == of_document_.end()) return out;
  out.reserve(known->second.size());
  for (const std::size_t at : known->second) out.push_back(&postings_[at]);
  return out;
}

std::vector<std::string> FundLedger::holders(FundAccount account) const {
  std::vector<std::string> out;
  for (const auto& [document, held] : by_document_) {
    const auto found = held.find(account);
    if (found != held.end() && !found->second.is_zero()) out.push_back(document);
  }
  return out;
}

}  // namespace channelbridge::model
