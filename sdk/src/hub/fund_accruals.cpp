#include <algorithm>
#include <utility>

#include "fund_accounting_internal.hpp"

/// Co-op funds: a share of what a partner is invoiced raises the partner's fund, line by line;
/// credit notes take it back.
namespace channelbridge::hub {

namespace {

using Account = model::FundAccount;
using Kind = model::FundEventKind;
using model::Decimal;
using model::get;

constexpr std::size_t kFundsAtOnce = 1'000;
constexpr Decimal kMostEarned(1'000'000'000'000'000);

/// The posting by which a fund's system says that it accrues itself; "" = it says no such thing.
std::string accrual_stated(const model::Fields& fund) {
  const std::vector<StatedPosting> postings = stated_postings(fund);
  const auto found = std::find_if(postings.begin(), postings.end(), [](const StatedPosting& each) {
    return each.category == "accrual";
  });
  return found == postings.end() ? "" : found->no;
}

/// A draft is no purchase yet, and what is cancelled is none.
bool is_purchase(const LedgerRecord& invoice) {
  const model::Value status = get(invoice.fields, "status");
  return !invoice.gone && status != "draft" && status != "cancelled";
}

/// "<invoice>:<line>:<fund>:"
std::string event_prefix(const std::string& invoice, const std::string& line,
                         const std::string& fund) {
  return invoice + ":" + line + ":" + fund + ":";
}

std::string line_in(const std::string& event, const std::string& invoice) {
  const std::size_t begin = invoice.size() + 1;
  return event.substr(std::min(begin, event.size()), event.find(':', begin) - begin);
}

std::string next_event(const model::FundLedger& ledger, const std::string& prefix) {
  int count = 1;
  while (ledger.event(prefix + std::to_string(count)) != nullptr) ++count;
  return prefix + std::to_string(count);
}

}  // namespace

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
          "), and its accrual_rule would have invoices accrue to it, too: " + "none does"});
}

Result<void> FundAccounting::load_terms() {
  if (terms_) return {};
  std::map<std::string, std::vector<AccrualTerms>> terms;
  for (std::int64_t after = 0;;) {
    auto rows = reader_.store().records_changed("fund", after, kFundsAtOnce);
    if (!rows) return std::move(rows).error();
    if (rows->empty()) break;
    after = rows->back().change;
    for (const store::RecordRow& row : *rows) {
      auto fund = reader_.find(row.id);
      if (!fund) return std::move(fund).error();
      if (*fund == nullptr || !accrual_stated((*fund)->fields).empty()) continue;
      auto rule = accrual_rule_of(**fund);
      if (!rule) return std::move(rule).error();
      if (!*rule) continue;
      std::vector<AccrualTerms>& of_partner = terms[(*rule)->partner];
      of_partner.push_back(**std::move(rule));
    }
  }
  for (auto& [partner, of_partner] : terms)
    std::sort(of_partner.begin(), of_partner.end(),
              [](const AccrualTerms& a, const AccrualTerms& b) { return a.fund < b.fund; });
  terms_ = std::move(terms);
  return {};
}

Result<std::string> FundAccounting::accrual_terms() {
  if (auto done = load_terms(); !done) return std::move(done).error();
  std::string out;
  for (const auto& [partner, of_partner] : *terms_) {
    for (const AccrualTerms& each : of_partner) {
      auto fund = reader_.find(each.fund);
      if (!fund) return std::move(fund).error();
      for (const std::string& part :
           {partner, each.fund, get((*fund)->fields, "currency").value_or(""),
            to_string(each.pct.value), each.family, each.valid.first, each.valid.last})
        out += std::to_string(part.size()) + ":" + part;
    }
  }
  return out;
}

Result<std::vector<AccrualTerms>> FundAccounting::terms_for(const LedgerRecord& invoice) {
  std::vector<AccrualTerms> out;
  if (!is_purchase(invoice)) return out;
  if (auto done = load_terms(); !done) return std::move(done).error();
  auto buyer = refer(invoice, "buyer.partner", "partner");
  if (!buyer) return std::move(buyer).error();
  if (buyer->record == nullptr) return out;
  const auto known = terms_->find(buyer->record->id);
  if (known == terms_->end()) return out;
  // What a credit note takes back was earned when its invoice was written.
  auto original = refer(invoice, "reference_invoice", "invoice");
  if (!original) return std::move(original).error();
  const bool credit = get(invoice.fields, "kind") == "credit_note";
  const LedgerRecord& dated = credit && original->record != nullptr ? *original->record : invoice;
  const model::Value day = get(dated.fields, "issue_date");
  for (const AccrualTerms& each : known->second) {
    if (day && !is_outside({.first = *day, .last = *day}, each.valid)) out.push_back(each);
  }
  return out;
}

Result<FundAccounting::Outcome> FundAccounting::sum_up(const LedgerRecord& invoice,
                                                       const AccrualTerms& terms,
                                                       const model::Currency& currency,
                                                       Earned& out) {
  const bool credit = get(invoice.fields, "kind") == "credit_note";
  constexpr std::string_view kList = "lines[";
  for (auto at = invoice.fields.lower_bound(kList);
       at != invoice.fields.end() && at->first.starts_with(kList); ++at) {
    const auto inside = model::split_element(at->first);
    if (!inside || inside->field != "net") continue;
    if (!terms.family.empty()) {
      auto product =
          refer(invoice, model::element_path("lines", inside->element, "product"), "product");
      if (!product) return std::move(product).error();
      if (product->record == nullptr || get(product->record->fields, "family") != terms.family)
        continue;
    }
    const auto net = Decimal::parse(at->second);
    if (!net) continue;
    const auto share = part(terms.pct, *net);
    if (!share || *share >= kMostEarned || *share <= -kMostEarned)
      return Outcome(LedgerRefusal{
          "fund_amount", "has a line of " + at->second + ", more than any fund is raised by"});
    const Decimal amount = round(*share, model::minor_unit(currency));
    if (!amount.is_zero()) out[std::string(inside->element)] = credit ? -amount : amount;
  }
  return Outcome();
}

FundAccounting::Outcome FundAccounting::level_accruals(const LedgerRecord& cause,
                                                       const std::string& invoice, Book& book,
                                                       Earned earned) {
  const model::FundLedger& ledger = book.ledger();
  Decimal all;
  for (const auto& [line, amount] : earned) all = plus(all, amount);
  if (ledger.figure(Account::Accrual, invoice) == all) return Outcome();
  Earned more = std::move(earned);
  for (const model::FundPosting& posting : ledger.postings()) {
    if (posting.event.document != invoice) continue;
    Decimal& lacking = more[line_in(posting.event.id, invoice)];
    if (posting.to == Account::Accrual) lacking = minus(lacking, posting.amount);
    if (posting.from == Account::Accrual) lacking = plus(lacking, posting.amount);
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
      model::FundEvent event{.id = next_event(ledger, event_prefix(invoice, line, book.fund())),
                             .kind = adds ? Kind::Accrued : Kind::AccrualReversed,
                             .document = invoice,
                             .amount = adds ? amount : -amount};
      if (auto refusal = books_.post(book, std::move(event), cause_of(cause))) return refusal;
    }
  }
  return reopens ? post(cause, book, Kind::Expired) : Outcome();
}

/// Credit notes first: what they have taken back stands with no invoice.
FundAccounting::Outcome FundAccounting::empty_accruals(
    const LedgerRecord& fund, Book& book, const std::vector<model::FundEvent>& events) {
  for (const bool owing : {true, false}) {
    for (const model::FundEvent& event : events) {
      const bool accrual = event.kind == Kind::Accrued || event.kind == Kind::AccrualReversed;
      if (!accrual || event.document == fund.id) continue;
      const Decimal held = book.ledger().figure(Account::Accrual, event.document);
      if ((held.sign() < 0) != owing) continue;
      if (auto refusal = level_accruals(fund, event.document, book, {})) return refusal;
    }
  }
  return Outcome();
}

Result<FundAccounting::Outcome> FundAccounting::settle_invoice(const LedgerRecord& invoice) {
  if (config_.ledger.accruals == LedgerRules::Accruals::None) return Outcome();
  auto terms = terms_for(invoice);
  if (!terms) return std::move(terms).error();
  auto funds = books_.funds_of(invoice.id);
  if (!funds) return std::move(funds).error();
  for (const AccrualTerms& each : *terms) funds->insert(each.fund);
  for (const std::string& fund : *funds) {
    auto book = books_.open(fund);
    if (!book) return std::move(book).error();
    if (*book == nullptr) continue;
    const auto of_fund = std::find_if(terms->begin(), terms->end(),
                                      [&fund](const auto& each) { return each.fund == fund; });
    Earned lines;
    if (of_fund != terms->end()) {
      const auto currency = currency_of(invoice.fields);
      if (!currency || *currency != (*book)->currency())
        return Outcome(LedgerRefusal{
            "fund_currency", "is in " + (currency ? currency->text() : std::string("no currency")) +
                                 ", and the books of " + fund + " are in " +
                                 (*book)->currency().text()});
      auto refusal = sum_up(invoice, *of_fund, (*book)->currency(), lines);
      if (!refusal || *refusal) return refusal;
    }
    if (auto refusal = level_accruals(invoice, invoice.id, **book, std::move(lines)))
      return refusal;
  }
  return Outcome();
}

}  // namespace channelbridge::hub
