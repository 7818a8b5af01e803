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

Ordered difference_json(const LedgerDifference& each) {
  return {{"spoke", each.spoke},   {"system", each.system}, {"entity", each.entity},
          {"record", each.record}, {"number", each.number}, {"key", each.key},
          {"field", each.field},   {"ledger", each.ledger}, {"shown", each.shown},
          {"cause", each.cause}};
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
  return dumped({{"equal", check.equal()},
                 {"broken", check.broken()},
                 {"books", check.books},
                 {"postings", check.seal.postings},
                 {"head", check.seal.head},
                 {"sealed_by_run", check.sealed_by},
                 {"faults", std::move(faults)},
                 {"differences", std::move(differences)}});
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
