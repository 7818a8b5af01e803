#include <utility>

#include "fund_books_internal.hpp"

namespace channelbridge::hub {

namespace {

using model::FundEvent;
using model::FundLedger;
using model::FundPosting;

LedgerRefusal refusal_of(const Error& error) {
  const auto& problems = error.problems();
  return {problems.empty() ? "fund_posting_differs" : problems.front().rule, error.message()};
}

model::FundRules with_currency_of(model::FundRules rules,
                                  const std::vector<store::FundPostingRow>& rows) {
  if (rows.empty()) return rules;
  if (auto posted = model::Currency::parse(rows.front().currency))
    rules.currency = *std::move(posted);
  return rules;
}

}  // namespace

Result<FundPosting> posting_of(const store::FundPostingRow& row) {
  const auto kind = model::fund_event_kind(row.kind);
  const auto from = model::fund_account(row.from);
  const auto to = model::fund_account(row.to);
  const auto moved = model::Decimal::parse(row.moved);
  const auto amount = row.amount.empty() ? std::nullopt : model::Decimal::parse(row.amount);
  const bool whole = kind && from && to && moved && (row.amount.empty() || amount);
  if (!whole) {
    const std::string message = "posting " + std::to_string(row.no) + " of fund " + row.fund +
                                " is none: " + row.kind + " of " + row.amount + ", " + row.moved +
                                " from " + row.from + " to " + row.to;
    return Error(ErrorCode::Invalid, message)
        .with_key(row.fund)
        .with_problems({{.path = "postings[" + std::to_string(row.no) + "]",
                         .rule = "fund_posting_differs",
                         .message = message}});
  }
  return FundPosting{.no = row.no,
                     .event = {.id = row.event,
                               .kind = *kind,
                               .document = row.document,
                               .request = row.request,
                               .amount = amount,
                               .at = row.at},
                     .from = *from,
                     .to = *to,
                     .amount = *moved};
}

Book::Book(std::string fund, const model::FundRules& rules,
           const std::vector<store::FundPostingRow>& rows)
    : fund_(std::move(fund)), ledger_(with_currency_of(rules, rows)) {
  std::vector<FundPosting> postings;
  for (const store::FundPostingRow& row : rows) {
    auto posting = posting_of(row);
    if (!posting) {
      broken_ = refusal_of(posting.error());
      return;
    }
    postings.push_back(*std::move(posting));
  }
  auto replayed = FundLedger::replay(ledger_.rules(), postings);
  if (!replayed) {
    broken_ = refusal_of(replayed.error());
    return;
  }
  ledger_ = *std::move(replayed);
  if (currency() != rules.currency)
    broken_ = LedgerRefusal{"fund_currency", "is in " + rules.currency.text() +
                                                 ", and its books are in " + currency().text()};
}

std::optional<LedgerRefusal> Book::post(FundEvent event) {
  if (broken_) return broken_;
  if (event.id.empty()) {
    const std::string what = event.document + ":" + std::string(to_string(event.kind)) + ":";
    int count = 1;
    while (ledger_.event(what + std::to_string(count)) != nullptr) ++count;
    event.id = what + std::to_string(count);
  } else if (const FundEvent* known = ledger_.event(event.id)) {
    event.at = known->at;  // the same news once more
  }
  auto posted = ledger_.post(event);
  if (!posted) return refusal_of(posted.error());
  return std::nullopt;
}

void Book::roll_back(std::size_t size) {
  const auto all = ledger_.postings();
  const std::vector<FundPosting> kept(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(size));
  auto replayed = FundLedger::replay(ledger_.rules(), kept);
  if (replayed) {
    ledger_ = *std::move(replayed);
  } else {
    broken_ = refusal_of(replayed.error());
  }
}

Result<Book*> FundBooks::open(const std::string& fund) {
  const auto known = books_.find(fund);
  if (known != books_.end()) return known->second ? &*known->second : nullptr;
  auto rows = store_.fund_postings({fund});
  if (!rows) return std::move(rows).error();
  auto rules = rules_of_(fund);
  if (!rules) return std::move(rules).error();
  if (!*rules && !rows->empty()) {
    if (auto posted = model::Currency::parse(rows->front().currency))
      *rules = model::FundRules{.currency = *std::move(posted)};
  }
  std::optional<Book>& book = books_[fund];
  if (*rules) book.emplace(fund, **rules, *rows);
  return book ? &*book : nullptr;
}

Result<std::set<std::string>> FundBooks::funds_of(const std::string& document) {
  auto known = funds_of_.find(document);
  if (known == funds_of_.end()) {
    auto rows = store_.funds_of({document});
    if (!rows) return std::move(rows).error();
    known = funds_of_.emplace(document, std::set<std::string>(rows->begin(), rows->end())).first;
  }
  std::set<std::string> out = known->second;
  if (const auto fresh = fresh_funds_.find(document); fresh != fresh_funds_.end())
    out.insert(fresh->second.begin(), fresh->second.end());
  return out;
}

std::optional<LedgerRefusal> FundBooks::post(Book& book, FundEvent event, const Cause& cause) {
  event.at = now_;
  const std::size_t before = book.size();
  if (auto refusal = book.post(std::move(event))) return refusal;
  const auto postings = book.ledger().postings();
  for (std::size_t at = before; at < postings.size(); ++at) {
    const FundPosting& posting = postings[at];
    fresh_.push_back({.fund = book.fund(),
                      .no = posting.no,
                      .event = posting.event.id,
                      .part = static_cast<std::int64_t>(at - before) + 1,
                      .kind = std::string(to_string(posting.event.kind)),
                      .document = posting.event.document,
                      .request = posting.event.request,
                      .amount = posting.event.amount ? to_string(*posting.event.amount) : "",
                      .currency = book.currency().text(),
                      .at = posting.event.at,
                      .from = std::string(to_string(posting.from)),
                      .to = std::string(to_string(posting.to)),
                      .moved = to_string(posting.amount),
                      .record = cause.record,
                      .version = cause.version,
                      .run = run_});
    fresh_funds_[posting.event.document].insert(book.fund());
  }
  return std::nullopt;
}

void FundBooks::roll_back(std::size_t mark) {
  std::map<std::string, std::size_t> taken;
  for (std::size_t at = mark; at < fresh_.size(); ++at) ++taken[fresh_[at].fund];
  if (taken.empty()) return;
  fresh_.resize(mark);
  fresh_funds_.clear();
  for (const store::FundPostingRow& row : fresh_) fresh_funds_[row.document].insert(row.fund);
  for (const auto& [fund, count] : taken) {
    Book& book = *books_.at(fund);
    book.roll_back(book.size() - count);
  }
}

}  // namespace channelbridge::hub
