// What stands against a document before it is posted.
#include <algorithm>
#include <cctype>

#include "sandbox/soap/fi_books.hpp"

namespace channelbridge::sandbox::fi {
namespace {

constexpr std::size_t kMonth = 7;  // "2024-06"

/// "2024-06" is open when it lies between these two, both inside: ISO months compare as texts.
bool lies_between(const std::string& month, const std::string& from, const std::string& to) {
  return from <= month && month <= to;
}

/// Texts whose & are the variables in order, or &1 to &4 each its own.
std::string filled(const std::string& text, const std::vector<std::string>& variables) {
  std::string out;
  std::size_t next = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '&') {
      out += text[i];
      continue;
    }
    std::size_t which = next++;
    if (i + 1 < text.size() && text[i + 1] >= '1' && text[i + 1] <= '4')
      which = static_cast<std::size_t>(text[++i] - '1');
    if (which < variables.size()) out += variables[which];
  }
  return out;
}

bool is_special_period(const std::string& period, const std::string& month) {
  return month == "12" && period >= "13" && period <= "16";
}

model::Decimal sum_of(const std::vector<Line>& lines, std::optional<soap::Amount> Line::*amount) {
  model::Decimal out;
  for (const Line& line : lines)
    if (line.*amount) out = soap::plus(out, (line.*amount)->value);
  return out;
}

}  // namespace

Finding Books::finding(Rule rule, const std::vector<std::string>& variables) const {
  const Words words = words_of(options_, rule);
  return {.type = 'E',
          .area = words.area,
          .number = words.number,
          .text = filled(words.text, variables),
          .variables = variables};
}

model::Date Books::posting_day(const Draft& draft) const {
  if (draft.posting_date) return *draft.posting_date;
  return model::Date(std::chrono::floor<std::chrono::days>(clock_->now()));
}

bool Books::is_open(const model::Date& day) const {
  return lies_between(to_string(day).substr(0, kMonth), options_.open_from, options_.open_to);
}

std::vector<Finding> Books::check(const Draft& draft) const {
  Findings out;
  check_header(draft, out);
  check_period(draft, out);
  if (!draft.reversed.empty() || !draft.reversal_reason.empty()) {
    check_reversal(draft, out);
    return out;
  }
  std::set<std::string> items;
  for (const Line& line : draft.lines) {
    if (!line.item.empty() && !items.insert(line.item).second)
      out.push_back(finding(Rule::ItemTwice, {line.item}));
    check_line(draft, line, out);
  }
  check_sums(draft, out);
  return out;
}

void Books::check_header(const Draft& draft, Findings& out) const {
  if (!options_.companies.contains(draft.company))
    out.push_back(finding(Rule::UnknownCompany, {draft.company}));
  if (!options_.document_types.contains(draft.type))
    out.push_back(finding(Rule::UnknownType, {draft.type}));
}

void Books::check_period(const Draft& draft, Findings& out) const {
  const model::Date day = posting_day(draft);
  const std::string text = to_string(day);
  const std::string year = text.substr(0, 4);
  const std::string month = text.substr(5, 2);
  const std::string wanted = draft.period.size() == 1 ? "0" + draft.period : draft.period;
  if (!wanted.empty() && wanted != "00" && wanted != month && !is_special_period(wanted, month))
    out.push_back(finding(Rule::WrongPeriod, {wanted}));
  if (!is_open(day)) out.push_back(finding(Rule::ClosedPeriod, {"0" + month, year}));
}

void Books::check_line(const Draft& draft, const Line& line, Findings& out) const {
  check_account(draft, line, out);
  if (!line.amount) {
    out.push_back(finding(Rule::NoSuchAmount, {line.item}));
    return;
  }
  const auto& [value, currency] = *line.amount;
  if (!options_.currencies.contains(currency)) {
    out.push_back(finding(Rule::UnknownCurrency, {currency}));
  } else if (value.scale() > soap::minor_digits(currency)) {
    out.push_back(finding(Rule::Decimals, {to_string(value), currency}));
  }
  const bool fits = line.debit_credit.empty() || (line.debit_credit == "S" && value.sign() >= 0) ||
                    (line.debit_credit == "H" && value.sign() <= 0);
  if (!fits) out.push_back(finding(Rule::Sign, {line.item, to_string(value), line.debit_credit}));
}

void Books::check_account(const Draft& draft, const Line& line, Findings& out) const {
  const std::vector<std::string> variables{line.account, draft.company};
  if (!is_party(line.kind)) {
    const std::set<std::string>& known = options_.ledger_accounts;
    if (line.kind == AccountKind::Ledger && !known.empty() && !known.contains(line.account))
      out.push_back(finding(Rule::UnknownLedgerAccount, variables));
    return;
  }
  const auto found = accounts_.find(account_key(line.kind, draft.company, line.account));
  if (found == accounts_.end()) {
    out.push_back(finding(
        line.kind == AccountKind::Debtor ? Rule::UnknownDebtor : Rule::UnknownCreditor, variables));
    return;
  }
  const Account& account = found->second;
  if (account.posting_block) out.push_back(finding(Rule::PostingBlock, variables));
  if (!account.locked_by.empty())
    out.push_back(finding(Rule::Locked, {line.account, account.locked_by}));
}

void Books::check_sums(const Draft& draft, Findings& out) const {
  if (draft.lines.size() < 2) {
    out.push_back(finding(Rule::NoItems, {}));
    return;
  }
  std::string currency;
  for (const Line& line : draft.lines) {
    if (!line.amount) return;  // told already
    if (currency.empty()) currency = line.amount->currency;
    if (line.amount->currency == currency) continue;
    out.push_back(finding(Rule::TwoCurrencies, {currency, line.amount->currency}));
    return;
  }
  if (!sum_of(draft.lines, &Line::amount).is_zero())
    out.push_back(finding(Rule::Balance, {currency}));
  check_local(draft, currency, out);
}

void Books::check_local(const Draft& draft, const std::string& currency, Findings& out) const {
  const auto company = options_.companies.find(draft.company);
  if (company == options_.companies.end()) return;
  const std::string& own = company->second;
  const auto says_local = [&own](const Line& line) {
    return line.local && line.local->currency == own;
  };
  if (std::all_of(draft.lines.begin(), draft.lines.end(), says_local)) {
    if (!sum_of(draft.lines, &Line::local).is_zero())
      out.push_back(finding(Rule::LocalBalance, {own}));
    return;
  }
  const bool has_rate =
      own == currency || draft.rate || options_.rates.contains(currency + "/" + own);
  if (!has_rate)
    out.push_back(finding(Rule::NoRate, {currency, own, to_string(posting_day(draft))}));
}

const Document* Books::reversed_by(const Draft& draft) const {
  constexpr std::size_t kKey = 18;
  const std::string key =
      draft.reversed.size() == kKey
          ? draft.reversed
          : draft.reversed + draft.company + to_string(posting_day(draft)).substr(0, 4);
  const auto found = documents_.find(key);
  if (found == documents_.end() || found->second.draft.company != draft.company) return nullptr;
  return &found->second;
}

void Books::check_reversal(const Draft& draft, Findings& out) const {
  if (draft.reversed.empty() || draft.reversal_reason.empty() || !draft.lines.empty()) {
    out.push_back(finding(Rule::NoReason, {}));
    return;
  }
  const Document* original = reversed_by(draft);
  if (original == nullptr) {
    out.push_back(finding(Rule::NoSuchDocument, {draft.reversed, draft.company}));
    return;
  }
  if (!original->reversed_by.empty()) {
    out.push_back(finding(Rule::AlreadyReversed, {original->number, original->reversed_by}));
    return;
  }
  for (const Line& line : original->draft.lines) {
    if (!line.clearing) continue;
    out.push_back(finding(Rule::ClearedItems, {original->number, line.clearing->number}));
    return;
  }
}

}  // namespace channelbridge::sandbox::fi
