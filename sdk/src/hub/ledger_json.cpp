#include <nlohmann/json.hpp>

#include "channelbridge/core/time.hpp"
#include "channelbridge/hub/ledger.hpp"

namespace channelbridge::hub {

namespace {

using Ordered = nlohmann::ordered_json;

/// Numbers of documents come from systems: what is no UTF-8 is replaced.
std::string dumped(const Ordered& value) {
  return value.dump(2, ' ', false, Ordered::error_handler_t::replace);
}

Ordered posting_json(const LedgerPosting& posting) {
  const store::FundPostingRow& row = posting.row;
  return {{"fund", row.fund},
          {"fund_number", posting.fund_number},
          {"no", row.no},
          {"event", row.event},
          {"part", row.part},
          {"kind", row.kind},
          {"document", row.document},
          {"document_entity", posting.document_entity},
          {"document_number", posting.document_number},
          {"request", row.request},
          {"amount", row.amount},
          {"currency", row.currency},
          {"at", to_iso8601(row.at)},
          {"from", row.from},
          {"to", row.to},
          {"moved", row.moved},
          {"record", row.record},
          {"version", row.version},
          {"run", row.run},
          {"chain", row.chain}};
}

std::string csv_field(const Ordered& value) {
  std::string text = value.is_string() ? value.get<std::string>() : value.dump();
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"') out += c;
    out += c;
  }
  return out + "\"";
}

template <typename Cell>
std::string csv_line(const Ordered& row, const Cell& cell) {
  std::string out;
  for (auto at = row.begin(); at != row.end(); ++at)
    out += (at == row.begin() ? "" : ",") + cell(at);
  return out + "\r\n";
}

Ordered line_json(const LedgerLine& line) {
  const model::FundKeyFigures& figures = line.figures;
  Ordered accounts = Ordered::object();
  for (const auto& [account, amount] : line.accounts) accounts[account] = to_string(amount);
  return {{"of", to_string(line.of)},
          {"record", line.record},
          {"number", line.number},
          {"name", line.name},
          {"currency", line.currency},
          {"budget", to_string(figures.budget)},
          {"available_to_distribute", to_string(figures.available_to_distribute)},
          {"available_to_reserve", to_string(figures.available_to_reserve)},
          {"available_to_spend", to_string(figures.available_to_spend)},
          {"remaining_cash", to_string(figures.remaining_cash)},
          {"utilisation",
           figures.utilisation ? Ordered(to_string(figures.utilisation->value)) : Ordered()},
          {"accounts", std::move(accounts)},
          {"postings", line.postings}};
}

Ordered fault_json(const LedgerFault& fault) {
  return {{"fund", fault.fund},
          {"number", fault.number},
          {"no", fault.no},
          {"rule", fault.rule},
          {"message", fault.message}};
}

Ordered excess_json(const LedgerExcess& each) {
  return {{"fund", each.fund},
          {"fund_number", each.fund_number},
          {"document", each.document},
          {"document_entity", each.document_entity},
          {"document_number", each.document_number},
          {"currency", each.currency},
          {"asked", to_string(each.asked)},
          {"approved", to_string(each.approved)}};
}

Ordered excesses_json(const std::vector<LedgerExcess>& excesses) {
  Ordered out = Ordered::array();
  for (const LedgerExcess& each : excesses) out.push_back(excess_json(each));
  return out;
}

Ordered difference_json(const LedgerDifference& each) {
  return {{"spoke", each.spoke},   {"system", each.system}, {"entity", each.entity},
          {"record", each.record}, {"number", each.number}, {"key", each.key},
          {"field", each.field},   {"ledger", each.ledger}, {"shown", each.shown},
          {"cause", each.cause}};
}

Ordered remark_json(const LedgerRemark& remark) {
  return {{"entity", remark.entity},
          {"record", remark.record},
          {"number", remark.number},
          {"rule", remark.rule},
          {"message", remark.message}};
}

Ordered evaluated_line_json(const model::EvaluatedLine& line) {
  return {{"no", line.no},
          {"eligible", to_string(line.eligible)},
          {"computed", to_string(line.computed)},
          {"approved", to_string(line.approved)},
          {"limit", to_string(line.limit)},
          {"reason", line.reason}};
}

template <typename Value>
Ordered text_or_null(const std::optional<Value>& value) {
  return value ? Ordered(to_string(*value)) : Ordered();
}

/// What the fund is charged with.
Ordered charge_json(const model::ClaimEvaluation& evaluation) {
  const auto& conversion = evaluation.conversion;
  const auto& [amount, currency] = evaluation.charged;
  return {{"amount", text_or_null(amount)},
          {"currency", currency ? Ordered(currency->text()) : Ordered()},
          {"rate", conversion ? Ordered(to_string(conversion->rate)) : Ordered()},
          {"rate_date", conversion ? Ordered(to_string(conversion->date)) : Ordered()},
          {"rate_source", conversion ? Ordered(conversion->source) : Ordered()}};
}

}  // namespace

std::string to_json(const std::vector<LedgerLine>& lines) {
  Ordered out = Ordered::array();
  for (const LedgerLine& line : lines) out.push_back(line_json(line));
  return dumped(out);
}

std::string to_json(const LedgerCheck& check) {
  Ordered faults = Ordered::array();
  for (const LedgerFault& fault : check.faults) faults.push_back(fault_json(fault));
  Ordered differences = Ordered::array();
  for (const LedgerDifference& each : check.differences)
    differences.push_back(difference_json(each));
  Ordered remarks = Ordered::array();
  for (const LedgerRemark& each : check.remarks) remarks.push_back(remark_json(each));
  return dumped({{"equal", check.equal()},
                 {"broken", check.broken()},
                 {"books", check.books},
                 {"postings", check.seal.postings},
                 {"head", check.seal.head},
                 {"sealed_by_run", check.sealed_by},
                 {"faults", std::move(faults)},
                 {"differences", std::move(differences)},
                 {"remarks", std::move(remarks)},
                 {"excesses", excesses_json(check.excesses)}});
}

std::string to_json(const LedgerEvaluation& evaluation) {
  const model::ClaimEvaluation& figures = evaluation.evaluation;
  Ordered lines = Ordered::array();
  for (const model::EvaluatedLine& line : figures.lines) lines.push_back(evaluated_line_json(line));
  Ordered assumed = Ordered::array();
  for (const std::string& each : evaluation.assumed) assumed.push_back(each);
  return dumped({{"claim", evaluation.claim},
                 {"number", evaluation.number},
                 {"status", evaluation.status},
                 {"request", evaluation.request},
                 {"fund", evaluation.fund},
                 {"currency", evaluation.currency},
                 {"share", to_string(evaluation.share.value)},
                 {"tax_reimbursable", evaluation.tax_reimbursable},
                 {"request_left", text_or_null(evaluation.request_left)},
                 {"fund_left", to_string(evaluation.fund_left)},
                 {"submitted_on", text_or_null(evaluation.submitted_on)},
                 {"deadline", text_or_null(evaluation.deadline)},
                 {"late", figures.late},
                 {"claimed", to_string(figures.claimed)},
                 {"eligible", to_string(figures.eligible)},
                 {"computed", to_string(figures.computed)},
                 {"grantable", to_string(figures.approved)},
                 {"limit", to_string(figures.limit)},
                 {"charged", charge_json(figures)},
                 {"approved", text_or_null(evaluation.approved)},
                 {"exceeded", evaluation.exceeded()},
                 {"lines", std::move(lines)},
                 {"assumed", std::move(assumed)}});
}

std::string to_json(const std::vector<LedgerExcess>& excesses) {
  return dumped(excesses_json(excesses));
}

std::string to_json(const std::vector<LedgerPosting>& postings) {
  Ordered out = Ordered::array();
  for (const LedgerPosting& posting : postings) out.push_back(posting_json(posting));
  return dumped(out);
}

std::string to_csv(const std::vector<LedgerPosting>& postings) {
  const auto name = [](const Ordered::const_iterator& at) { return at.key(); };
  const auto value = [](const Ordered::const_iterator& at) { return csv_field(*at); };
  std::string out = csv_line(posting_json({}), name);
  for (const LedgerPosting& posting : postings) out += csv_line(posting_json(posting), value);
  return out;
}

}  // namespace channelbridge::hub
