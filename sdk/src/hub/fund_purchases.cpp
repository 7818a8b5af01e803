#include <algorithm>
#include <set>
#include <utility>

#include "fund_accounting_internal.hpp"

/// Co-op funds: a share of what a partner buys raises the partner's fund, line by line; credit
/// notes and goods that come back take it back.
namespace channelbridge::hub {

namespace {

using model::Decimal;
using model::get;

constexpr Decimal kMostEarned(1'000'000'000'000'000);
constexpr std::string_view kLines = "lines[";

bool is_report(const LedgerRecord& purchase) { return purchase.entity == "sell_through_report"; }

/// A draft is no purchase yet, what is cancelled is none, and what a partner reports is one as soon
/// as it is accepted and until another report takes its place.
bool is_purchase(const LedgerRecord& record) {
  const model::Value status = get(record.fields, "status");
  if (record.gone) return false;
  if (!is_report(record)) return status != "draft" && status != "cancelled";
  return get(record.fields, "kind") == "sell_in" &&
         (status == "accepted" || status == "accepted_with_errors");
}

/// Lines of a report that somebody found wrong: they were not accepted with it.
std::set<std::string> wrong_lines(const model::Fields& report) {
  const std::vector<std::string> lines = model::values_at(report, "errors[].line");
  return std::set<std::string>(lines.begin(), lines.end());
}

/// What a line is worth; goods that come back are worth less than nothing.
std::optional<Decimal> worth_of(const LedgerRecord& purchase, std::string_view line) {
  const auto number = [&](std::string_view field) {
    return amount_at(purchase.fields, model::element_path("lines", line, field));
  };
  if (!is_report(purchase)) {
    const auto net = number("net");
    const bool credit = get(purchase.fields, "kind") == "credit_note";
    return net && credit ? std::optional(-*net) : net;
  }
  auto amount = number("amount");
  if (!amount) {
    const auto quantity = number("quantity.value");
    const auto price = number("unit_price");
    if (quantity && price) {
      if (const auto product = multiply(*quantity, *price)) amount = *product;
    }
  }
  const bool back =
      get(purchase.fields, model::element_path("lines", line, "return_flag")) == "true";
  return amount && back && amount->sign() > 0 ? std::optional(-*amount) : amount;
}

/// What one unit of the purchase's currency is in another one, as the document states it.
std::optional<Decimal> stated_rate(const model::Fields& fields, const model::Currency& to) {
  const auto rate = amount_at(fields, "fx.rate");
  const bool stated =
      rate && rate->sign() > 0 && get(fields, "fx.date") && get(fields, "fx.source");
  return stated && get(fields, "fx.currency") == to.text() ? rate : std::nullopt;
}

}  // namespace

Result<const LedgerRecord*> FundAccounting::original_of(const LedgerRecord& purchase) {
  if (is_report(purchase) || get(purchase.fields, "kind") != "credit_note") return nullptr;
  auto original = refer(purchase, "reference_invoice", "invoice");
  if (!original) return std::move(original).error();
  return original->record;
}

Result<std::vector<AccrualTerms>> FundAccounting::terms_for(const LedgerRecord& purchase) {
  std::vector<AccrualTerms> out;
  using Accruals = LedgerRules::Accruals;
  const Accruals by = is_report(purchase) ? Accruals::SellIn : Accruals::Invoices;
  if (config_.ledger.accruals != by || !is_purchase(purchase)) return out;
  if (auto done = load_terms(); !done) return std::move(done).error();
  auto buyer = refer(purchase, is_report(purchase) ? "reporter" : "buyer.partner", "partner");
  if (!buyer) return std::move(buyer).error();
  if (buyer->record == nullptr) return out;
  const auto known = terms_->find(buyer->record->id);
  return known == terms_->end() ? out : known->second;
}

/// Lines that count for a fund: bought in its time, of its goods, and due.
Result<std::vector<FundAccounting::Bought>> FundAccounting::bought(const LedgerRecord& purchase,
                                                                   const AccrualTerms& terms) {
  std::vector<Bought> out;
  // What a credit note takes back was earned when its invoice was written.
  auto original = original_of(purchase);
  if (!original) return std::move(original).error();
  const LedgerRecord& dated = *original == nullptr ? purchase : **original;
  const std::string whole =
      get(dated.fields, is_report(purchase) ? "period.end" : "issue_date").value_or("");
  const std::set<std::string> wrong = wrong_lines(purchase.fields);
  std::set<std::string> seen;
  for (auto at = purchase.fields.lower_bound(kLines);
       at != purchase.fields.end() && at->first.starts_with(kLines); ++at) {
    const auto inside = model::split_element(at->first);
    if (!inside || !seen.insert(std::string(inside->element)).second) continue;
    const auto value = [&](std::string_view field) {
      return get(purchase.fields, model::element_path("lines", inside->element, field));
    };
    const std::string day = is_report(purchase) ? value("date").value_or(whole) : whole;
    if (day.empty() || is_outside({.first = day, .last = day}, terms.valid) ||
        !is_due(terms, day, today_) || wrong.contains(value("no").value_or("")))
      continue;
    if (!terms.family.empty()) {
      auto product = refer(purchase,
                           model::element_path("lines", inside->element,
                                               is_report(purchase) ? "match.product" : "product"),
                           "product");
      if (!product) return std::move(product).error();
      if (product->record == nullptr || get(product->record->fields, "family") != terms.family)
        continue;
    }
    if (const auto worth = worth_of(purchase, inside->element))
      out.push_back({.line = std::string(inside->element), .worth = *worth});
  }
  return out;
}

Result<FundAccounting::Outcome> FundAccounting::sum_up(const LedgerRecord& purchase,
                                                       const AccrualTerms& terms,
                                                       const model::Currency& currency,
                                                       Earned& out) {
  auto lines = bought(purchase, terms);
  if (!lines) return std::move(lines).error();
  if (lines->empty()) return Outcome();
  const auto own = currency_of(purchase.fields);
  std::optional<Decimal> rate = Decimal(1);
  if (!own || *own != currency) {
    rate = stated_rate(purchase.fields, currency);
    auto original = original_of(purchase);
    if (!original) return std::move(original).error();
    // What a credit note takes back was earned at its invoice's rate.
    if (!rate && *original != nullptr && currency_of((*original)->fields) == own)
      rate = stated_rate((*original)->fields, currency);
    if (!own || !rate)
      return Outcome(LedgerRefusal{
          "fund_currency", "is in " + (own ? own->text() : std::string("no currency")) +
                               ", and the books of " + terms.fund + " are in " + currency.text() +
                               ": it states no rate to " + currency.text() +
                               " with date and source (fx)"});
  }
  for (const Bought& line : *lines) {
    auto share = part(terms.pct, line.worth);
    if (share) share = multiply(*share, *rate);
    if (!share || *share >= kMostEarned || *share <= -kMostEarned)
      return Outcome(LedgerRefusal{"fund_amount", "has a line of " + to_string(line.worth) +
                                                      ", more than any fund is raised by"});
    const Decimal amount = round(*share, model::minor_unit(currency));
    if (!amount.is_zero()) out[line.line] = amount;
  }
  return Outcome();
}

Result<FundAccounting::Outcome> FundAccounting::settle_purchase(const LedgerRecord& purchase) {
  if (config_.ledger.accruals == LedgerRules::Accruals::None) return Outcome();
  auto terms = terms_for(purchase);
  if (!terms) return std::move(terms).error();
  auto funds = books_.funds_of(purchase.id);
  if (!funds) return std::move(funds).error();
  for (const AccrualTerms& each : *terms) funds->insert(each.fund);
  for (const std::string& fund : *funds) {
    auto by_itself = accrues_by_itself(fund);
    if (!by_itself) return std::move(by_itself).error();
    if (*by_itself) continue;
    auto book = books_.open(fund);
    if (!book) return std::move(book).error();
    if (*book == nullptr) continue;
    const auto of_fund = std::find_if(terms->begin(), terms->end(),
                                      [&fund](const auto& each) { return each.fund == fund; });
    Earned lines;
    if (of_fund != terms->end()) {
      auto refusal = sum_up(purchase, *of_fund, (*book)->currency(), lines);
      if (!refusal || *refusal) return refusal;
    }
    if (auto refusal = level_accruals(purchase, purchase.id, **book, std::move(lines)))
      return refusal;
  }
  return Outcome();
}

}  // namespace channelbridge::hub
