#include <algorithm>
#include <utility>

#include "fund_accounting_internal.hpp"

/// What a budget that warns lets requests take beyond what there is: flagged with whoever takes it,
/// approved with that, and gone when it is not needed any more.
namespace channelbridge::hub {

namespace {

using Account = model::FundAccount;
using Kind = model::FundEventKind;
using model::Decimal;
using model::FundExcess;
using model::FundLedger;

bool is_of_excess(Kind kind) {
  return kind == Kind::ExcessFlagged || kind == Kind::ExcessUnflagged ||
         kind == Kind::ExcessApproved || kind == Kind::ExcessLapsed;
}

/// Who takes of what is available, and holds it.
bool takes(Kind kind) {
  return kind == Kind::RequestSubmitted || kind == Kind::GrantRaised || kind == Kind::Distributed;
}

/// What one document has taken of what is available, less what it gave back. What has ended, or was
/// flagged, is nobody's doing.
struct Taken {
  Decimal amount{};
  Decimal reversed{};  ///< of accruals: that a purchase was taken back
  bool holds{};        ///< it takes and gives back; others (a credit note) only take
};

std::map<std::string, Taken> taken_by_documents(const FundLedger& ledger) {
  std::map<std::string, Taken> out;
  for (const model::FundPosting& posting : ledger.postings()) {
    const bool ends = posting.from == Account::Expired || posting.to == Account::Expired;
    if (ends || is_of_excess(posting.event.kind)) continue;
    if (posting.from != Account::Available && posting.to != Account::Available) continue;
    Taken& taken = out[posting.event.document];
    taken.holds = taken.holds || takes(posting.event.kind);
    if (posting.event.kind == Kind::AccrualReversed)
      taken.reversed = plus(taken.reversed, posting.amount);
    taken.amount = posting.from == Account::Available ? plus(taken.amount, posting.amount)
                                                      : minus(taken.amount, posting.amount);
  }
  return out;
}

/// Documents whose excess goes first: of those that hold nothing any more, then of the others the
/// one that was flagged last.
std::vector<std::string> in_order_of_release(const FundLedger& ledger,
                                             const std::map<std::string, Taken>& taken) {
  std::vector<std::string> out;
  const auto postings = ledger.postings();
  for (std::size_t at = postings.size(); at-- > 0;) {
    const model::FundEvent& event = postings[at].event;
    const bool known = std::find(out.begin(), out.end(), event.document) != out.end();
    if (event.kind == Kind::ExcessFlagged && !known && ledger.excesses().contains(event.document))
      out.push_back(event.document);
  }
  std::stable_partition(out.begin(), out.end(), [&taken](const std::string& document) {
    const auto found = taken.find(document);
    return found != taken.end() && found->second.holds && found->second.amount.sign() <= 0;
  });
  return out;
}

FundExcess excess_of(const FundLedger& ledger, const std::string& document) {
  const auto found = ledger.excesses().find(document);
  return found == ledger.excesses().end() ? FundExcess() : found->second;
}

/// What goes beyond and is approved by nobody. What the fund's keeper has flagged is flagged.
Decimal open_excess(const Book& book) {
  const FundLedger& ledger = book.ledger();
  const Decimal stated = ledger.stated(Account::OverConsumptionRequested, book.fund());
  return std::max(minus(-ledger.figure(Account::Available), stated), Decimal());
}

FundExcess all_excess(const FundLedger& ledger) {
  FundExcess out;
  for (const auto& [document, excess] : ledger.excesses()) {
    out.asked = plus(out.asked, excess.asked);
    out.approved = plus(out.approved, excess.approved);
  }
  return out;
}

}  // namespace

Result<FundAccounting::Outcome> FundAccounting::post_excess(Book& book, Kind kind,
                                                            const std::string& document,
                                                            const Decimal* amount) {
  auto record = reader_.find(document);
  if (!record) return std::move(record).error();
  const LedgerRecord nobody{.id = document, .gone = true};
  return post(*record == nullptr ? nobody : **record, book, kind, amount);
}

/// Who approves a request has seen what it asks for. A grant that the books refuse is none.
Result<bool> FundAccounting::approves_excess(const std::string& document) {
  auto waits = standing_refusal(document);
  if (!waits) return std::move(waits).error();
  if (*waits) return false;
  auto record = reader_.find(document);
  if (!record) return std::move(record).error();
  if (*record == nullptr || (*record)->gone || (*record)->entity != "fund_request") return false;
  const RequestWord word = word_of_request((*record)->fields);
  return word.state == RequestWord::State::Granted || (word.ended && word.granted.has_value());
}

/// Takes back what is not needed any more.
Result<FundAccounting::Outcome> FundAccounting::release_excess(Book& book) {
  const FundLedger& ledger = book.ledger();
  Result<Outcome> refusal = Outcome();
  if (ledger.excesses().empty()) return refusal;
  const std::map<std::string, Taken> taken = taken_by_documents(ledger);
  const std::vector<std::string> order = in_order_of_release(ledger, taken);
  const auto is_gone = [&taken](const std::string& document) {
    const auto found = taken.find(document);
    return found != taken.end() && found->second.holds && found->second.amount.sign() <= 0;
  };
  // What has ended was there to cover it all the same.
  const Decimal expired = ledger.figure(Account::Expired);
  Decimal free = std::clamp(plus(ledger.figure(Account::Available), expired), Decimal(),
                            all_excess(ledger).approved);
  std::vector<std::pair<std::string, Decimal>> lapses;
  for (const std::string& document : order) {
    const Decimal approved = excess_of(ledger, document).approved;
    const Decimal lapsed = is_gone(document) ? approved : std::min(approved, free);
    free = std::max(minus(free, lapsed), Decimal());
    if (lapsed.sign() > 0) lapses.emplace_back(document, lapsed);
  }
  const bool reopens = !lapses.empty() && expired.sign() > 0;
  const auto go_on = [&](Kind kind, const std::string& document, const Decimal* amount) {
    refusal = post_excess(book, kind, document, amount);
    return refusal && !*refusal;
  };
  if (reopens && !go_on(Kind::Renewed, book.fund(), nullptr)) return refusal;
  for (const auto& [document, amount] : lapses) {
    if (!go_on(Kind::ExcessLapsed, document, &amount)) return refusal;
  }
  if (reopens && !go_on(Kind::Expired, book.fund(), nullptr)) return refusal;
  Decimal surplus = minus(all_excess(ledger).asked, open_excess(book));
  for (const std::string& document : order) {
    const Decimal asked = excess_of(ledger, document).asked;
    const Decimal back = is_gone(document) ? asked : std::min(asked, std::max(surplus, Decimal()));
    surplus = minus(surplus, back);
    if (back.sign() <= 0) continue;
    if (!go_on(Kind::ExcessUnflagged, document, &back)) return refusal;
  }
  return refusal;
}

/// Flags what goes beyond with whoever took it last.
Result<FundAccounting::Outcome> FundAccounting::flag_excess(Book& book) {
  const FundLedger& ledger = book.ledger();
  Decimal lacking = minus(open_excess(book), all_excess(ledger).asked);
  if (lacking.sign() <= 0) return Outcome();
  const std::map<std::string, Taken> taken = taken_by_documents(ledger);
  std::vector<std::pair<std::string, Decimal>> flags;
  std::set<std::string> seen;
  const auto postings = ledger.postings();
  for (std::size_t at = postings.size(); at-- > 0 && lacking.sign() > 0;) {
    const model::FundPosting& posting = postings[at];
    const std::string& document = posting.event.document;
    if (posting.from != Account::Available || posting.to == Account::Expired ||
        is_of_excess(posting.event.kind) || !seen.insert(document).second)
      continue;
    const Taken& by = taken.at(document);
    const FundExcess own = excess_of(ledger, document);
    const Decimal room = minus(by.holds ? by.amount : by.reversed, plus(own.asked, own.approved));
    const Decimal flagged = std::min(lacking, room);
    if (flagged.sign() <= 0) continue;
    flags.emplace_back(document, flagged);
    lacking = minus(lacking, flagged);
  }
  if (lacking.sign() > 0) flags.emplace_back(book.fund(), lacking);
  for (const auto& [document, amount] : flags) {
    auto refusal = post_excess(book, Kind::ExcessFlagged, document, &amount);
    if (!refusal || *refusal) return refusal;
  }
  return Outcome();
}

Result<FundAccounting::Outcome> FundAccounting::level_excess(Book& book) {
  auto refusal = release_excess(book);
  if (refusal && !*refusal) refusal = flag_excess(book);
  if (!refusal || *refusal) return refusal;
  const std::map<std::string, FundExcess, std::less<>> flagged = book.ledger().excesses();
  for (const auto& [document, excess] : flagged) {
    if (excess.asked.sign() <= 0) continue;
    auto approves = approves_excess(document);
    if (!approves) return std::move(approves).error();
    if (!*approves) continue;
    refusal = post_excess(book, Kind::ExcessApproved, document, &excess.asked);
    if (!refusal || *refusal) return refusal;
  }
  return Outcome();
}

/// Of the books that were posted to since there were so many postings, and of funds and budgets
/// that are looked at.
Result<void> FundAccounting::level_excesses(std::size_t since) {
  std::set<std::string> funds;
  for (std::size_t at = since; at < books_.fresh().size(); ++at)
    funds.insert(books_.fresh()[at].fund);
  for (const auto& [id, entity] : dirty_) {
    if (entity == "fund" || entity == "budget") funds.insert(id);
    if (entity != "fund_request") continue;
    auto stands_in = books_.funds_of(id);
    if (!stands_in) return std::move(stands_in).error();
    funds.insert(stands_in->begin(), stands_in->end());
  }
  for (const std::string& fund : funds) {
    auto book = books_.open(fund);
    if (!book) return std::move(book).error();
    if (*book == nullptr || (*book)->broken()) continue;
    const std::size_t before = books_.mark();
    auto refusal = level_excess(**book);
    if (!refusal) return std::move(refusal).error();
    if (!*refusal) continue;
    books_.roll_back(before);
    auto record = reader_.find(fund);
    if (!record) return std::move(record).error();
    dirty_.emplace(fund, *record == nullptr ? "" : (*record)->entity);
    refused_.emplace(fund, **std::move(refusal));
  }
  return {};
}

Result<std::vector<std::string>> FundAccounting::approve_excess(const std::string& fund,
                                                                const std::string& document) {
  std::vector<std::string> out;
  auto book = books_.open(fund);
  if (!book) return std::move(book).error();
  if (*book == nullptr) return out;
  const std::map<std::string, FundExcess, std::less<>> flagged = (*book)->ledger().excesses();
  for (const auto& [each, excess] : flagged) {
    if (excess.asked.sign() <= 0 || (!document.empty() && each != document)) continue;
    auto refusal = post_excess(**book, Kind::ExcessApproved, each, &excess.asked);
    if (!refusal) return std::move(refusal).error();
    if (*refusal)
      return Error(ErrorCode::Invalid, (*refusal)->detail)
          .with_key(each)
          .with_problems(
              {{.path = "amount", .rule = (*refusal)->rule, .message = (*refusal)->detail}});
    out.push_back(each);
  }
  return out;
}

}  // namespace channelbridge::hub
