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

}  // namespace

std::string ledger_table(const std::vector<cb::hub::LedgerLine>& lines) {
  if (lines.empty()) return "There are no books: no budget and no fund has a posting.\n";
  Table table({"of", "name", "currency", "budget", "distributed", "to distribute", "prereserved",
               "reserved", "to reserve", "pending", "to spend", "approved", "released", "settled",
               "paid", "expired", "remaining", "used %"});
  for (const cb::hub::LedgerLine& line : lines) {
    const cb::model::FundKeyFigures& figures = line.figures;
    const auto text = [&line](const cb::model::Decimal& amount) {
      return amount_text(amount, line.currency);
    };
    table.add({std::string(to_string(line.of)), name_text(line), line.currency,
               text(figures.budget), account_text(line, "distributed"),
               text(figures.available_to_distribute), account_text(line, "prereserved"),
               account_text(line, "reserved"), text(figures.available_to_reserve),
               account_text(line, "pending_claim"), text(figures.available_to_spend),
               account_text(line, "approved_claim"), account_text(line, "released_to_settle"),
               account_text(line, "settled"), account_text(line, "paid"),
               account_text(line, "expired"), text(figures.remaining_cash),
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
  out +=
      std::to_string(check.books) + " books, " + std::to_string(check.seal.postings) + " postings";
  if (check.sealed_by > 0) out += ", sealed by run " + std::to_string(check.sealed_by);
  out += check.equal()    ? ": they hold, and every system shows the same.\n"
         : check.broken() ? ": the books are broken.\n"
                          : ": the books hold, and systems differ.\n";
  if (!check.seal.head.empty()) out += "head " + check.seal.head + "\n";
  return out;
}

}  // namespace cli
