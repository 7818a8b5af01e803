#include "sandbox/soap/fi_books.hpp"

#include <algorithm>
#include <cctype>

namespace channelbridge::sandbox::fi {

std::string account_key(AccountKind kind, const std::string& company, const std::string& number) {
  return (kind == AccountKind::Debtor ? "D/" : "K/") + company + "/" + number;
}

void Books::add(AccountKind kind, const std::string& company, const std::string& number,
                const Account& account) {
  accounts_[account_key(kind, company, padded(number))] = account;
}

Account* Books::account(AccountKind kind, const std::string& company, const std::string& number) {
  const auto found = accounts_.find(account_key(kind, company, padded(number)));
  return found == accounts_.end() ? nullptr : &found->second;
}

std::string Books::padded(const std::string& account) const {
  constexpr std::size_t kDigits = 10;
  const bool digits = std::all_of(account.begin(), account.end(),
                                  [](unsigned char c) { return std::isdigit(c) != 0; });
  if (!options_.pad_keys || !digits || account.empty() || account.size() >= kDigits) return account;
  return std::string(kDigits - account.size(), '0') + account;
}

void Books::set_open_periods(const std::string& from, const std::string& to) {
  options_.open_from = from;
  options_.open_to = to;
}

void Books::set_rate(const std::string& pair, const model::Decimal& rate) {
  options_.rates[pair] = rate;
}

std::string Books::payment_block_of(const Document& document, const Line& line) const {
  if (!line.payment_block.empty() || line.clearing || !is_party(line.kind))
    return line.payment_block;
  const auto account = accounts_.find(account_key(line.kind, document.draft.company, line.account));
  return account == accounts_.end() ? std::string() : account->second.payment_block;
}

std::string Books::next_number(const std::string& range, std::uint64_t first) {
  constexpr std::size_t kDigits = 10;
  const auto [entry, fresh] = ranges_.try_emplace(range, first);
  const std::string text = std::to_string(fresh ? first : ++entry->second);
  return std::string(kDigits - std::min(kDigits, text.size()), '0') + text;
}

std::vector<Line> Books::mirrored(const Draft& draft) const {
  std::vector<Line> out;
  const Document* original = reversed_by(draft);
  if (original == nullptr) return out;
  for (Line line : original->draft.lines) {
    line.amount->value = -line.amount->value;
    if (line.local) line.local->value = -line.local->value;
    line.debit_credit = line.amount->value.sign() < 0 ? "H" : "S";
    line.clearing.reset();
    out.push_back(std::move(line));
  }
  return out;
}

Document Books::draw(Draft draft) {
  Document out;
  const model::Date day = posting_day(draft);
  draft.posting_date = day;
  if (!draft.document_date) draft.document_date = day;
  out.year = to_string(day).substr(0, 4);
  const bool special = draft.period > "12";
  out.period = special ? draft.period : to_string(day).substr(5, 2);
  if (!draft.reversed.empty()) {
    const Document* original = reversed_by(draft);
    if (original != nullptr) out.reversal_of = original->key();
    draft.lines = mirrored(draft);
  }
  out.number = next_number(draft.company + out.year, options_.first_number);
  out.draft = std::move(draft);
  return out;
}

void Books::save(Document document) {
  document.created = document.changed = clock_->now();
  const auto original = documents_.find(document.reversal_of);
  const bool reverses = original != documents_.end() && original->second.reversed_by.empty();
  const std::string key = document.key();
  const Clearing clearing{
      .number = document.number, .year = document.year, .day = *document.draft.posting_date};
  documents_.insert_or_assign(key, std::move(document));
  if (!reverses) return;
  original->second.reversed_by = clearing.number;
  clear(original->first, clearing);
  clear(key, clearing);
}

void Books::clear(const std::string& key, const Clearing& clearing) {
  Document& document = documents_.at(key);
  document.changed = clock_->now();
  for (Line& line : document.draft.lines)
    if (is_party(line.kind)) line.clearing = clearing;
}

std::string Books::why_left(const Document& document, const Line& line) const {
  if (!line.payment_block.empty()) return "payment block " + line.payment_block + " in the item";
  const auto found = accounts_.find(account_key(line.kind, document.draft.company, line.account));
  if (found == accounts_.end()) return "account " + line.account + " is gone";
  const Account& account = found->second;
  if (!account.payment_block.empty())
    return "payment block " + account.payment_block + " of account " + line.account;
  if (!account.locked_by.empty())
    return "account " + line.account + " is being processed by user " + account.locked_by;
  return {};
}

std::string Books::pay_line(const Payment& payment, Document& document, Line& line) {
  Document paid;
  const std::string day = to_string(payment.value_date);
  paid.year = day.substr(0, 4);
  paid.period = day.substr(5, 2);
  paid.number = next_number(payment.company + paid.year + "payments", options_.first_payment);
  const Clearing clearing{.number = paid.number,
                          .year = paid.year,
                          .day = payment.value_date,
                          .payment = true,
                          .value_date = payment.value_date,
                          .bank_reference = payment.bank_reference};
  Line out = line;
  out.item = "1";
  out.amount->value = -line.amount->value;
  if (out.local) out.local->value = -out.local->value;
  out.debit_credit = "S";
  out.clearing = clearing;
  Line bank{.item = "2",
            .kind = AccountKind::Ledger,
            .account = options_.bank_account,
            .amount = line.amount,
            .local = line.local,
            .debit_credit = "H"};
  paid.draft = {.company = payment.company,
                .type = options_.payment_type,
                .reference = document.draft.reference,
                .header_text = "Payment",
                .user = "F110",
                .document_date = payment.value_date,
                .posting_date = payment.value_date,
                .lines = {std::move(out), std::move(bank)}};
  line.clearing = clearing;
  document.changed = clock_->now();
  std::string key = paid.key();
  save(std::move(paid));
  return key;
}

PaymentRun Books::pay(const Payment& payment) {
  PaymentRun out;
  std::vector<std::string> keys;
  for (const auto& [key, document] : documents_) {
    const bool wanted = payment.documents.empty() || payment.documents.contains(document.number);
    if (document.draft.company == payment.company && wanted) keys.push_back(key);
  }
  for (const std::string& key : keys) {
    Document& document = documents_.at(key);
    for (Line& line : document.draft.lines) {
      const bool payable = is_party(line.kind) && !line.clearing && line.amount->value.sign() < 0;
      if (!payable) continue;
      const std::string reason =
          is_open(payment.value_date)
              ? why_left(document, line)
              : "the posting period of " + to_string(payment.value_date) + " is not open";
      if (reason.empty())
        out.paid.push_back(pay_line(payment, document, line));
      else
        out.left.push_back({document.number, line.item, reason});
    }
  }
  return out;
}

bool Books::reset_payment(const std::string& company, const std::string& number) {
  bool any = false;
  for (auto& [key, document] : documents_) {
    if (document.draft.company != company) continue;
    for (Line& line : document.draft.lines) {
      if (!line.clearing || !line.clearing->payment || line.clearing->number != number) continue;
      line.clearing.reset();
      document.changed = clock_->now();
      any = true;
    }
  }
  return any;
}

}  // namespace channelbridge::sandbox::fi
