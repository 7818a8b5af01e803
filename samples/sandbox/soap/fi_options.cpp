#include "sandbox/soap/fi_options.hpp"

#include <array>
#include <charconv>
#include <sstream>

#include "sandbox/soap/assignment.hpp"

namespace channelbridge::sandbox::fi {
namespace {

struct Delivered {
  Rule rule;
  const char* name;
  const char* area;
  const char* number;
  const char* text;
};

// F5 102: SAP knowledge base article 3712087 and the public reference of the interface. F5 201,
// 567, 702 and 703: public collections of message texts (erplingo.com, class F5).
constexpr std::array<Delivered, 23> kDelivered{{
    {Rule::UnknownCompany, "unknown_company", "ZFI", "001", "Company code & is not defined"},
    {Rule::UnknownType, "unknown_type", "ZFI", "002", "Document type & is not defined"},
    {Rule::UnknownCurrency, "unknown_currency", "ZFI", "003", "Currency & is not defined"},
    {Rule::TwoCurrencies, "two_currencies", "ZFI", "004",
     "One document has one currency: & and & were found"},
    {Rule::Decimals, "decimals", "ZFI", "005", "Amount & has more decimals than currency & has"},
    {Rule::Sign, "sign", "ZFI", "006", "Item &: amount & does not fit debit/credit code &"},
    {Rule::ItemTwice, "item_twice", "ZFI", "007", "Item & occurs twice"},
    {Rule::UnknownLedgerAccount, "unknown_ledger_account", "ZFI", "008",
     "G/L account & is not defined in company code &"},
    {Rule::UnknownDebtor, "unknown_debtor", "F5", "102",
     "Customer & is not defined in company code &"},
    {Rule::UnknownCreditor, "unknown_creditor", "ZFI", "009",
     "Vendor & is not defined in company code &"},
    {Rule::PostingBlock, "posting_block", "ZFI", "010",
     "Account & in company code & is blocked for posting"},
    {Rule::Locked, "locked", "ZFI", "011", "Account & is currently being processed by user &"},
    {Rule::ClosedPeriod, "closed_period", "F5", "201", "Posting period & & is not open"},
    {Rule::WrongPeriod, "wrong_period", "F5", "567", "Period & is not allowed"},
    {Rule::Balance, "balance", "F5", "702", "Balance in transaction currency"},
    {Rule::LocalBalance, "local_balance", "F5", "703", "Balance in local currency"},
    {Rule::NoRate, "no_rate", "ZFI", "012", "No exchange rate from & to & for &"},
    {Rule::NoItems, "no_items", "ZFI", "013", "The document needs two items or more"},
    {Rule::NoReason, "no_reason", "ZFI", "014", "A reversal needs a reason and a document"},
    {Rule::NoSuchDocument, "no_such_document", "ZFI", "015",
     "Document & does not exist in company code &"},
    {Rule::AlreadyReversed, "already_reversed", "ZFI", "016",
     "Document & has been reversed by document &"},
    {Rule::ClearedItems, "cleared_items", "ZFI", "017",
     "Document & has items that document & has cleared: reset the clearing first"},
    {Rule::NoSuchAmount, "no_such_amount", "ZFI", "018", "Item & has no amount"},
}};

Result<void> set_words(FiOptions& options, const std::string& rule,
                       const soap::Assignment& assignment) {
  for (const Delivered& each : kDelivered) {
    if (rule != each.name) continue;
    std::istringstream in(assignment.value);
    Words words;
    in >> words.area >> words.number >> std::ws;
    std::getline(in, words.text);
    if (words.text.empty()) return assignment.refuse("class, number and text of a message");
    options.words[each.rule] = std::move(words);
    return {};
  }
  return assignment.refuse("the name of a rule behind 'words.'");
}

/// "left:right"
std::pair<std::string, std::string> halves(const std::string& text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string::npos) return {text, {}};
  return {text.substr(0, colon), text.substr(colon + 1)};
}

Result<void> set_list(FiOptions& options, const soap::Assignment& assignment) {
  const auto [left, right] = halves(assignment.value);
  if (assignment.name == "open_periods") {
    if (right.empty()) return assignment.refuse("two months: 2024-01:2024-06");
    options.open_from = left;
    options.open_to = right;
    return {};
  }
  if (assignment.name == "company") {
    if (right.empty()) return assignment.refuse("a company code and its currency: 2020:USD");
    options.companies[left] = right;
    return {};
  }
  const auto rate = model::Decimal::parse(right);
  if (!rate) return assignment.refuse("two currencies and a rate: USD/EUR:0.92");
  options.rates[left] = *rate;
  return {};
}

Result<void> set_idle(FiOptions& options, const soap::Assignment& assignment) {
  std::int64_t seconds = 0;
  const char* end = assignment.value.data() + assignment.value.size();
  const auto read = std::from_chars(assignment.value.data(), end, seconds);
  if (read.ec != std::errc{} || read.ptr != end || seconds <= 0)
    return assignment.refuse("seconds");
  options.session_idle = std::chrono::seconds(seconds);
  return {};
}

}  // namespace

Words words_of(const FiOptions& options, Rule rule) {
  if (const auto own = options.words.find(rule); own != options.words.end()) return own->second;
  for (const Delivered& each : kDelivered)
    if (each.rule == rule) return {each.area, each.number, each.text};
  return {};
}

Result<void> change_setting(FiOptions& options, const std::string& assignment) {
  const soap::Assignment read = soap::Assignment::parse(assignment);
  if (const std::string rule = read.below("words"); !rule.empty())
    return set_words(options, rule, read);
  for (const auto& [name, flag] : {std::pair{"pad_keys", &options.pad_keys},
                                   std::pair{"tables_on_demand", &options.tables_on_demand},
                                   std::pair{"session_by_command", &options.session_by_command}})
    if (read.name == name) return soap::set_flag(*flag, read);
  for (const auto& [name, list] : {std::pair{"currencies", &options.currencies},
                                   std::pair{"document_types", &options.document_types},
                                   std::pair{"ledger_accounts", &options.ledger_accounts},
                                   std::pair{"unauthorized", &options.port.unauthorized}}) {
    if (read.name != name) continue;
    *list = soap::words_of(read.value);
    return {};
  }
  if (read.name == "open_periods" || read.name == "company" || read.name == "rate")
    return set_list(options, read);
  if (read.name == "session_idle") return set_idle(options, read);
  if (read.name == "business_system") {
    options.business_system = read.value;
    return {};
  }
  return Error(ErrorCode::Invalid, "'" + read.name + "' is no setting of the FI server");
}

}  // namespace channelbridge::sandbox::fi
