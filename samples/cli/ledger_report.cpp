#include "ledger_report.hpp"

#include "channelbridge/model/codes.hpp"
#include "output.hpp"

namespace cli {

namespace cb = channelbridge;

namespace {

std::string amount_text(const cb::model::Decimal& amount, const std::string& currency) {
  const auto known = cb::model::Currency::parse(currency);
  return to_string(amount, known ? cb::model::minor_unit(*known) : 0);
}

std::string account_text(const cb::hub::LedgerLine& line, const std::string& account) {
  const auto found = line.accounts.find(account);
  return amount_text(found == line.accounts.end() ? cb::model::Decimal() : found->second,
                     line.currency);
}

/// By which people know it: its number, its name, else its id.
std::string name_text(const cb::hub::LedgerLine& line) {
  if (line.number.empty() && line.name.empty()) return line.record;
  return line.number + (line.number.empty() || line.name.empty() ? "" : " ") + line.name;
}

/// "fund F-1: 40.00 EUR beyond it for fund_request R-1"
std::string excess_text(const cb::hub::LedgerExcess& each, const cb::model::Decimal& amount) {
  const std::string& fund = each.fund_number.empty() ? each.fund : each.fund_number;
  const std::string& document = each.document_number.empty() ? each.document : each.document_number;
  return "fund " + fund + ": " + amount_text(amount, each.currency) + " " + each.currency +
         " beyond it for " + (each.document_entity.empty() ? "" : each.document_entity + " ") +
         document;
}

}  // namespace

std::string approved_text(const std::vector<cb::hub::LedgerExcess>& approved) {
  std::string out;
  for (const cb::hub::LedgerExcess& each : approved)
    out += "approved: " + excess_text(each, each.asked) + "\n";
  return out;
}

std::string ledger_table(const std::vector<cb::hub::LedgerLine>& lines) {
  if (lines.empty()) return "There are no books: no budget and no fund has a posting.\n";
  Table table(
      {"of",          "name",     "currency",   "budget",  "distributed",   "to distribute",
       "prereserved", "reserved", "to reserve", "pending", "to spend",      "approved",
       "released",    "settled",  "paid",       "expired", "beyond, asked", "beyond, approved",
       "remaining",   "used %"});
  for (const cb::hub::LedgerLine& line : lines) {
    const cb::model::FundKeyFigures& figures = line.figures;
    const auto text = [&line](const cb::model::Decimal& amount) {
      return amount_text(amount, line.currency);
    };
    table.add({std::string(to_string(line.of)),
               name_text(line),
               line.currency,
               text(figures.budget),
               account_text(line, "distributed"),
               text(figures.available_to_distribute),
               account_text(line, "prereserved"),
               account_text(line, "reserved"),
               text(figures.available_to_reserve),
               account_text(line, "pending_claim"),
               text(figures.available_to_spend),
               account_text(line, "approved_claim"),
               account_text(line, "released_to_settle"),
               account_text(line, "settled"),
               account_text(line, "paid"),
               account_text(line, "expired"),
               account_text(line, "over_consumption_requested"),
               account_text(line, "over_consumption_approved"),
               text(figures.remaining_cash),
               figures.utilisation ? to_string(figures.utilisation->value, 2) : ""});
  }
  return table.text();
}

std::string ledger_findings(const cb::hub::LedgerCheck& check) {
  std::string out;
  for (const cb::hub::LedgerFault& fault : check.faults) {
    const std::string& name = fault.number.empty() ? fault.fund : fault.number;
    out += "broken: ";
    if (!name.empty()) out += "fund " + name + ": ";
    out += fault.message + " (" + fault.rule + ")\n";
  }
  if (!check.differences.empty()) {
    Table table(
        {"system", "entity", "number", "key there", "field", "ledger", "system shows", "cause"});
    for (const cb::hub::LedgerDifference& each : check.differences) {
      table.add({each.system, each.entity, each.number.empty() ? each.record : each.number,
                 each.key, each.field, each.ledger, each.shown, each.cause});
    }
    out += table.text();
  }
  for (const cb::hub::LedgerRemark& each : check.remarks) {
    out += "look at " + each.entity + " " + (each.number.empty() ? each.record : each.number) +
           ": " + each.message + " (" + each.rule + ")\n";
  }
  for (const cb::hub::LedgerExcess& each : check.excesses) {
    if (each.asked.sign() > 0) out += "to approve: " + excess_text(each, each.asked) + "\n";
    if (each.approved.sign() > 0) out += "approved: " + excess_text(each, each.approved) + "\n";
  }
  out +=
      std::to_string(check.books) + " books, " + std::to_string(check.seal.postings) + " postings";
  if (check.sealed_by > 0) out += ", sealed by run " + std::to_string(check.sealed_by);
  out += check.equal()    ? ": they hold, and every system shows the same.\n"
         : check.broken() ? ": the books are broken.\n"
                          : ": the books hold, and systems differ.\n";
  if (!check.seal.head.empty()) out += "head " + check.seal.head + "\n";
  return out;
}

std::string ledger_evaluation(const cb::hub::LedgerEvaluation& evaluation) {
  const cb::model::ClaimEvaluation& figures = evaluation.evaluation;
  const auto text = [&evaluation](const cb::model::Decimal& amount) {
    return amount_text(amount, evaluation.currency);
  };
  Table table({"line", "eligible", "computed", "grantable", "bound by", "reason"});
  for (const cb::model::EvaluatedLine& line : figures.lines) {
    table.add({std::to_string(line.no), text(line.eligible), text(line.computed),
               text(line.approved), std::string(to_string(line.limit)), line.reason});
  }
  table.add({"all", text(figures.eligible), text(figures.computed), text(figures.approved),
             std::string(to_string(figures.limit)), ""});
  std::string out = table.text();
  const std::string unit = " " + evaluation.currency;
  out += "claim " + (evaluation.number.empty() ? evaluation.claim : evaluation.number) + " (" +
         evaluation.status + "): " + text(figures.claimed) + unit + " claimed, " +
         text(figures.approved) + unit + " grantable by " + to_string(evaluation.share.value) +
         " %";
  if (evaluation.approved) out += ", " + text(*evaluation.approved) + unit + " approved";
  out += evaluation.exceeded() ? ": more than may be paid.\n" : ".\n";
  const auto& [amount, currency] = figures.charged;
  const std::string books = currency ? currency->text() : evaluation.currency;
  if (evaluation.request_left)
    out += "request " + evaluation.request + " has " +
           amount_text(*evaluation.request_left, books) + " " + books + " for it\n";
  out += "fund " + evaluation.fund + " has " + amount_text(evaluation.fund_left, books) + " " +
         books + " for it\n";
  if (figures.conversion && amount)
    out += "the fund is charged with " + amount_text(*amount, books) + " " + books + ", at " +
           to_string(figures.conversion->rate) + " of " + to_string(figures.conversion->date) +
           " (" + figures.conversion->source + ")\n";
  if (evaluation.deadline && evaluation.submitted_on)
    out += "handed in on " + to_string(*evaluation.submitted_on) + ", due on " +
           to_string(*evaluation.deadline) + (figures.late ? ": late\n" : "\n");
  for (const std::string& each : evaluation.assumed) out += "assumed: " + each + "\n";
  return out;
}

}  // namespace cli
