#include "fund_accounting_internal.hpp"

/// Budgets and what is handed on of them.
namespace channelbridge::hub {

namespace {

using Account = model::FundAccount;
using Kind = model::FundEventKind;
using model::Decimal;

}  // namespace

Result<FundAccounting::Outcome> FundAccounting::settle_budget(const LedgerRecord& budget) {
  const FundWord word = budget.gone ? FundWord() : word_of_budget(budget.fields);
  auto book = books_.open(budget.id);
  if (!book) return std::move(book).error();
  if (*book != nullptr) return level_own(budget, **book, word.amount);
  if (word.amount.is_zero()) return Outcome();
  return Outcome(LedgerRefusal{"fund_currency", "has an amount and no currency"});
}

/// The amount that a fund has of its own: without what purchases have earned.
Result<FundAccounting::Outcome> FundAccounting::level_own(const LedgerRecord& fund, Book& book,
                                                          const Decimal& amount) {
  const model::FundLedger& ledger = book.ledger();
  const Decimal own = minus(ledger.figure(Account::Budget), ledger.figure(Account::Accrual));
  const Decimal more = minus(amount, own);
  if (more.is_zero()) return Outcome();
  if (more.sign() > 0) return post(fund, book, Kind::BudgetIncreased, &more);
  // What has expired is there to be taken away all the same.
  const bool expired = ledger.expired();
  Outcome refusal = expired ? post(fund, book, Kind::Renewed) : Outcome();
  const Decimal fewer = -more;
  if (!refusal) refusal = post(fund, book, Kind::BudgetReduced, &fewer);
  if (!refusal && expired) refusal = post(fund, book, Kind::Expired);
  return refusal;
}

Result<FundAccounting::Outcome> FundAccounting::leave_budgets(const LedgerRecord& fund,
                                                              const std::string& but) {
  auto budgets = books_.funds_of(fund.id);
  if (!budgets) return std::move(budgets).error();
  for (const std::string& budget : *budgets) {
    if (budget == fund.id || budget == but) continue;
    auto book = books_.open(budget);
    if (!book) return std::move(book).error();
    if (*book == nullptr) continue;
    const Decimal held = (*book)->ledger().figure(Account::Distributed, fund.id);
    if (held.sign() <= 0) continue;
    if (auto refusal = post(fund, **book, Kind::DistributionReturned, &held)) return refusal;
  }
  return Outcome();
}

/// A fund and the budget that it is of are posted together, or neither.
Result<FundAccounting::Outcome> FundAccounting::settle_fund(const LedgerRecord& fund) {
  const FundWord word = fund.gone ? FundWord() : word_of_fund(fund.fields, config_.ledger, today_);
  auto budget = refer(fund, "budget", "budget");
  if (!budget) return std::move(budget).error();
  if (budget->state == Reference::State::Pending && !word.amount.is_zero())
    return Outcome(LedgerRefusal{"fund_reference", budget->words});
  const std::string budget_id = budget->record == nullptr ? "" : budget->record->id;
  auto left = leave_budgets(fund, budget_id);
  if (!left || *left) return left;
  auto opened = books_.open(fund.id);
  if (!opened) return std::move(opened).error();
  if (*opened == nullptr) {
    if (word.amount.is_zero()) return Outcome();
    return Outcome(LedgerRefusal{"fund_currency", "has an amount and no currency"});
  }
  Book& book = **opened;
  if (fund.gone) {
    auto emptied = empty_books(fund, book);
    if (!emptied || *emptied) return emptied;
  }
  const Decimal own =
      minus(book.ledger().figure(Account::Budget), book.ledger().figure(Account::Accrual));
  const bool fewer = word.amount < own;
  if (fewer) {
    auto lowered = level_own(fund, book, word.amount);
    if (!lowered || *lowered) return lowered;
  }
  if (!budget_id.empty()) {
    auto above = books_.open(budget_id);
    if (!above) return std::move(above).error();
    if (*above == nullptr || (*above)->currency() != book.currency()) {
      return Outcome(LedgerRefusal{
          "fund_currency",
          "is in " + book.currency().text() + ", and its budget is in " +
              (*above == nullptr ? std::string("no currency") : (*above)->currency().text())});
    }
    const Decimal held = (*above)->ledger().figure(Account::Distributed, fund.id);
    const Decimal more = minus(word.amount, held);
    const Decimal back = -more;
    Outcome refusal;
    if (more.sign() > 0) refusal = post(fund, **above, Kind::Distributed, &more);
    if (more.sign() < 0) refusal = post(fund, **above, Kind::DistributionReturned, &back);
    if (refusal) return refusal;
  }
  if (!fewer) {
    auto raised = level_own(fund, book, word.amount);
    if (!raised || *raised) return raised;
  }
  kept_ = books_.mark();  // what it was given stands, whatever becomes of its own postings
  auto stated = post_stated(fund, book);
  if (!stated || *stated) return stated;
  if (fund.gone) return Outcome();
  auto ended = end_or_renew(fund, book, word.ended);
  if (!ended || *ended) return ended;
  kept_ = books_.mark();
  return judge_accruals(fund);
}

/// What stands in the books of a fund that is gone is posted anew in those that its documents name
/// now.
Result<FundAccounting::Outcome> FundAccounting::empty_books(const LedgerRecord& fund, Book& book) {
  std::vector<model::FundEvent> events;
  for (const model::FundPosting& posting : book.ledger().postings())
    events.push_back(posting.event);
  for (const model::FundEvent& event : events) {
    if (event.kind != Kind::ClaimSubmitted) continue;
    if (auto refusal = take_back_claim(event.document, book)) return refusal;
  }
  if (auto refusal = empty_accruals(fund, book)) return refusal;
  for (const model::FundEvent& event : events) {
    if (auto refusal = take_back_stated(fund, book, event)) return refusal;
  }
  for (const model::FundEvent& event : events) {
    const Decimal held = plus(book.ledger().figure(Account::Prereserved, event.document),
                              book.ledger().figure(Account::Reserved, event.document));
    if (event.kind != Kind::RequestSubmitted || held.sign() <= 0) continue;
    const LedgerRecord request{.id = event.document, .gone = true};
    if (auto refusal = post(request, book, Kind::RequestClosed)) return refusal;
  }
  return Outcome();
}

Result<FundAccounting::Outcome> FundAccounting::end_or_renew(const LedgerRecord& fund, Book& book,
                                                             bool ended) {
  if (book.size() == 0 || ended == book.ledger().expired()) return Outcome();
  if (ended && ends_wait_) {
    ends_.insert(fund.id);
    return Outcome();
  }
  return post(fund, book, ended ? Kind::Expired : Kind::Renewed);
}

}  // namespace channelbridge::hub
