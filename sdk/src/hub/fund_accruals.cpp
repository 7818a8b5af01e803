#include <algorithm>
#include <array>
#include <utility>

#include "fund_accounting_internal.hpp"

/// Funds to which something accrues: by which terms, and how the books come to it.
namespace channelbridge::hub {

namespace {

using Account = model::FundAccount;
using Kind = model::FundEventKind;
using model::Decimal;
using model::get;

constexpr std::size_t kFundsAtOnce = 1'000;

/// "<document>:<line>:<fund>:"
std::string event_prefix(const std::string& document, const std::string& line,
                         const std::string& fund) {
  return document + ":" + line + ":" + fund + ":";
}

std::string line_in(const std::string& event, const std::string& document) {
  const std::size_t begin = document.size() + 1;
  return event.substr(std::min(begin, event.size()), event.find(':', begin) - begin);
}

std::string next_event(const model::FundLedger& ledger, const std::string& prefix) {
  int count = 1;
  while (ledger.event(prefix + std::to_string(count)) != nullptr) ++count;
  return prefix + std::to_string(count);
}

/// Months of a period of accruals; 0 = what is earned is there at once.
int months_of(std::string_view period) {
  constexpr std::array<std::pair<std::string_view, int>, 4> kMonths{
      {{"month", 1}, {"quarter", 3}, {"half_year", 6}, {"year", 12}}};
  const auto known = std::find_if(kMonths.begin(), kMonths.end(),
                                  [period](const auto& each) { return each.first == period; });
  return known == kMonths.end() ? 0 : known->second;
}

/// The first day of the calendar's month, quarter, half or year that a day lies in.
model::Date begin_of_period(const model::Date& day, int months) {
  const unsigned month = static_cast<unsigned>(day.ymd().month()) - 1;
  const unsigned first = month - month % static_cast<unsigned>(months) + 1;
  return model::Date(std::chrono::year_month_day(day.ymd().year(), std::chrono::month(first),
                                                 std::chrono::day(1)));
}

/// Every part with its length: no two lists of parts are one text.
void add_part(std::string& out, std::string_view part) {
  out += std::to_string(part.size()) + ":" + std::string(part);
}

}  // namespace

std::string accrual_stated(const model::Fields& fund) {
  const std::vector<StatedPosting> postings = stated_postings(fund);
  const auto found = std::find_if(postings.begin(), postings.end(), [](const StatedPosting& each) {
    return each.category == "accrual";
  });
  return found == postings.end() ? "" : found->no;
}

bool is_due(const AccrualTerms& terms, const std::string& day, const model::Date& today) {
  const int months = months_of(terms.period);
  const auto bought = model::Date::parse(day);
  if (months == 0 || !bought) return true;
  const model::Date next = add_months(begin_of_period(*bought, months), months);
  // A period that goes on beyond the fund ends with its last day, while there is a fund.
  const auto last = model::Date::parse(terms.valid.last);
  return next <= today || (last && *last < next && *last <= today);
}

Result<std::optional<AccrualTerms>> FundAccounting::accrual_rule_of(const LedgerRecord& fund) {
  std::optional<AccrualTerms> out;
  const auto pct = amount_at(fund.fields, "accrual_rule.pct");
  const bool planned = get(fund.fields, "status") == "planned";
  if (fund.gone || planned || !pct || pct->sign() <= 0 || !currency_of(fund.fields)) return out;
  auto partner = refer(fund, "partner", "partner");
  if (!partner) return std::move(partner).error();
  auto budget = refer(fund, "budget", "budget");
  if (!budget) return std::move(budget).error();
  // Where nobody carries budgets, the fund's rule says enough.
  const bool co_op = budget->record == nullptr ? !carries("budget")
                                               : get(budget->record->fields, "kind") == "co_op";
  if (partner->record == nullptr || !co_op) return out;
  out = AccrualTerms{.fund = fund.id,
                     .partner = partner->record->id,
                     .pct = model::Percent{*pct},
                     .family = get(fund.fields, "accrual_rule.product_family").value_or(""),
                     .period = get(fund.fields, "accrual_rule.period").value_or(""),
                     .valid = days_of(fund.fields, "valid")};
  return out;
}

/// Rebates and spiffs are of a budget of their kind.
Result<std::optional<CommissionFund>> FundAccounting::commission_fund_of(const LedgerRecord& fund) {
  std::optional<CommissionFund> out;
  const bool planned = get(fund.fields, "status") == "planned";
  if (fund.gone || planned || !currency_of(fund.fields)) return out;
  auto budget = refer(fund, "budget", "budget");
  if (!budget) return std::move(budget).error();
  if (budget->record == nullptr) return out;
  const std::string kind = get(budget->record->fields, "kind").value_or("");
  if (kind != "rebate" && kind != "spiff") return out;
  auto partner = refer(fund, "partner", "partner");
  if (!partner) return std::move(partner).error();
  // Whose it is may still be read: it is nobody's until then, and no pool.
  if (partner->record == nullptr && get(fund.fields, "partner")) return out;
  out = CommissionFund{.fund = fund.id,
                       .partner = partner->record == nullptr ? "" : partner->record->id,
                       .kind = kind,
                       .valid = days_of(fund.fields, "valid")};
  return out;
}

Result<FundAccounting::Outcome> FundAccounting::judge_accruals(const LedgerRecord& fund) {
  if (config_.ledger.accruals == LedgerRules::Accruals::None) return Outcome();
  const std::string posting = accrual_stated(fund.fields);
  if (posting.empty()) return Outcome();
  auto rule = accrual_rule_of(fund);
  if (!rule) return std::move(rule).error();
  if (!*rule) return Outcome();
  return Outcome(LedgerRefusal{
      "accrual_stated",
      "states accruals of its own (posting " + posting +
          "), and its accrual_rule would have purchases accrue to it, too: none does"});
}

Result<void> FundAccounting::load_terms() {
  if (terms_) return {};
  std::map<std::string, std::vector<AccrualTerms>> terms;
  std::vector<CommissionFund> commissions;
  for (std::int64_t after = 0;;) {
    auto rows = reader_.store().records_changed("fund", after, kFundsAtOnce);
    if (!rows) return std::move(rows).error();
    if (rows->empty()) break;
    after = rows->back().change;
    for (const store::RecordRow& row : *rows) {
      auto fund = reader_.find(row.id);
      if (!fund) return std::move(fund).error();
      if (*fund == nullptr) continue;
      auto rule = accrual_rule_of(**fund);
      if (!rule) return std::move(rule).error();
      if (*rule && accrual_stated((*fund)->fields).empty()) {
        std::vector<AccrualTerms>& of_partner = terms[(*rule)->partner];
        of_partner.push_back(**std::move(rule));
      }
      // One that states accruals is its partner's all the same: what it takes goes to no other.
      auto commission = commission_fund_of(**fund);
      if (!commission) return std::move(commission).error();
      if (*commission) commissions.push_back(**std::move(commission));
    }
  }
  for (auto& [partner, of_partner] : terms)
    std::sort(of_partner.begin(), of_partner.end(),
              [](const AccrualTerms& a, const AccrualTerms& b) { return a.fund < b.fund; });
  std::sort(commissions.begin(), commissions.end(),
            [](const CommissionFund& a, const CommissionFund& b) { return a.fund < b.fund; });
  terms_ = std::move(terms);
  commission_funds_ = std::move(commissions);
  return {};
}

Result<std::string> FundAccounting::accrual_terms() {
  if (auto done = load_terms(); !done) return std::move(done).error();
  std::string out;
  const auto add_fund = [&](const std::string& id) -> Result<void> {
    auto fund = reader_.find(id);
    if (!fund) return std::move(fund).error();
    add_part(out, id);
    add_part(out, get((*fund)->fields, "currency").value_or(""));
    return {};
  };
  add_part(out, std::to_string(static_cast<int>(config_.ledger.accruals)));
  add_part(out, std::to_string(static_cast<int>(config_.ledger.accruals_stated)));
  for (const auto& [partner, of_partner] : *terms_) {
    for (const AccrualTerms& each : of_partner) {
      if (auto done = add_fund(each.fund); !done) return std::move(done).error();
      // Another day may bring what a period has earned.
      const int months = months_of(each.period);
      const auto last = model::Date::parse(each.valid.last);
      for (const std::string& part :
           {partner, to_string(each.pct.value), each.family, each.valid.first, each.valid.last,
            each.period, months == 0 ? "" : to_string(begin_of_period(today_, months)),
            std::string(months != 0 && last && *last <= today_ ? "over" : "")})
        add_part(out, part);
    }
  }
  add_part(out, config_.ledger.commissions ? "commissions" : "");
  if (!config_.ledger.commissions) return out;
  for (const CommissionFund& each : commission_funds_) {
    if (auto done = add_fund(each.fund); !done) return std::move(done).error();
    for (const std::string& part : {each.partner, each.kind, each.valid.first, each.valid.last})
      add_part(out, part);
  }
  return out;
}

/// What accrues to funds whose own system states accruals is that system's to say. What they hold
/// of the hub's own goes in one step with the fund (take_over_accruals()).
Result<bool> FundAccounting::accrues_by_itself(const std::string& fund) {
  auto record = reader_.find(fund);
  if (!record) return std::move(record).error();
  return *record != nullptr && !(*record)->gone && !accrual_stated((*record)->fields).empty();
}

/// Funds whose system states accruals, and that still hold what accrued to them by this document.
Result<void> FundAccounting::expand_accrual(const LedgerRecord& cause) {
  auto funds = books_.funds_of(cause.id);
  if (!funds) return std::move(funds).error();
  for (const std::string& fund : *funds) {
    auto by_itself = accrues_by_itself(fund);
    if (!by_itself) return std::move(by_itself).error();
    if (!*by_itself) continue;
    auto book = books_.open(fund);
    if (!book) return std::move(book).error();
    if (*book != nullptr && !(*book)->ledger().figure(Account::Accrual, cause.id).is_zero())
      dirty_.emplace(fund, "fund");
  }
  if (cause.entity != "commission") return {};
  for (const std::string& fund : *funds) {
    auto there = reversals_in(fund);
    if (!there) return std::move(there).error();
    const auto reversals = (*there)->find(cause.id);
    if (reversals == (*there)->end()) continue;
    for (const std::string& each : reversals->second) dirty_.emplace(each, "commission");
  }
  // What is taken back of a commission decides what is left of it.
  const model::Value original = get(cause.fields, "reversal_of");
  if (original && !model::parse_pending_reference(*original))
    dirty_.emplace(*original, "commission");
  return {};
}

FundAccounting::Outcome FundAccounting::level_accruals(const LedgerRecord& cause,
                                                       const std::string& document, Book& book,
                                                       Earned earned) {
  const model::FundLedger& ledger = book.ledger();
  Decimal all;
  for (const auto& [line, amount] : earned) all = plus(all, amount);
  if (ledger.figure(Account::Accrual, document) == all) return Outcome();
  Earned more = std::move(earned);
  for (const model::FundPosting* posting : ledger.postings_of(document)) {
    Decimal& lacking = more[line_in(posting->event.id, document)];
    if (posting->to == Account::Accrual) lacking = minus(lacking, posting->amount);
    if (posting->from == Account::Accrual) lacking = plus(lacking, posting->amount);
  }
  // What has expired is there to be taken away all the same.
  const bool reopens =
      ledger.expired() && std::any_of(more.begin(), more.end(),
                                      [](const auto& each) { return each.second.sign() < 0; });
  if (reopens) {
    if (auto refusal = post(cause, book, Kind::Renewed)) return refusal;
  }
  // What one line gives back may be what another one has earned.
  for (const bool adds : {true, false}) {
    for (const auto& [line, amount] : more) {
      if (amount.is_zero() || (amount.sign() > 0) != adds) continue;
      model::FundEvent event{.id = next_event(ledger, event_prefix(document, line, book.fund())),
                             .kind = adds ? Kind::Accrued : Kind::AccrualReversed,
                             .document = document,
                             .amount = adds ? amount : -amount};
      if (auto refusal = books_.post(book, std::move(event), cause_of(cause))) return refusal;
    }
  }
  return reopens ? post(cause, book, Kind::Expired) : Outcome();
}

/// Credit notes first: what they have taken back stands with no invoice.
FundAccounting::Outcome FundAccounting::empty_accruals(const LedgerRecord& fund, Book& book) {
  const std::vector<std::string> documents = book.ledger().holders(Account::Accrual);
  for (const bool owing : {true, false}) {
    for (const std::string& document : documents) {
      const Decimal held = book.ledger().figure(Account::Accrual, document);
      if (document == fund.id || (held.sign() < 0) != owing) continue;
      if (auto refusal = level_accruals(fund, document, book, {})) return refusal;
    }
  }
  return Outcome();
}

/// A fund's own system begins to say what has accrued to it: that stands in place of what purchases
/// and commissions have earned here, in one step, so that money which is granted already stays
/// where it is.
Result<FundAccounting::Outcome> FundAccounting::take_over_accruals(const LedgerRecord& fund,
                                                                   Book& book) {
  if (config_.ledger.accruals_stated == LedgerRules::Stated::Add ||
      accrual_stated(fund.fields).empty())
    return Outcome();
  const Decimal earned = minus(book.ledger().figure(Account::Accrual),
                               book.ledger().figure(Account::Accrual, fund.id));
  const std::vector<std::string> documents = book.ledger().holders(Account::Accrual);
  const bool holds = std::any_of(documents.begin(), documents.end(),
                                 [&fund](const std::string& each) { return each != fund.id; });
  if (!holds) return Outcome();
  const std::size_t before = books_.mark();
  Result<Outcome> refusal = Outcome();
  for (const StatedPosting& posting : stated_postings(fund.fields)) {
    if (posting.category != "accrual" || !refusal || *refusal) continue;
    refusal = post_stated(fund, book, posting);
  }
  if (refusal && !*refusal) refusal = empty_accruals(fund, book);
  if (!refusal || !*refusal) return refusal;
  books_.roll_back(before);
  return Outcome(LedgerRefusal{
      "accrual_stated",
      "states accruals of its own in place of " + shown(earned, book.currency()) +
          " that have accrued here, of which too much is promised: " + (*refusal)->detail});
}

}  // namespace channelbridge::hub
