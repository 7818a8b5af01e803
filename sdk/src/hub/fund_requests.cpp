#include <algorithm>

#include "fund_accounting_internal.hpp"

/// Requests: what is asked for, granted and given back.
namespace channelbridge::hub {

namespace {

using Account = model::FundAccount;
using Kind = model::FundEventKind;
using model::Decimal;

bool is_consumption(Account account) {
  return account == Account::ApprovedClaim || account == Account::ReleasedToSettle ||
         account == Account::Settled || account == Account::WrittenOff ||
         account == Account::ExternallySettled;
}

}  // namespace

RequestHolding holding_of_request(const model::FundLedger& ledger, const std::string& request) {
  RequestHolding out;
  out.asked = ledger.figure(Account::Prereserved, request);
  out.reserved = ledger.figure(Account::Reserved, request);
  for (const model::FundPosting& posting : ledger.postings()) {
    const model::FundEvent& event = posting.event;
    if (event.request == request) {
      if (is_consumption(posting.to)) out.consumed = plus(out.consumed, posting.amount);
      if (is_consumption(posting.from)) out.consumed = minus(out.consumed, posting.amount);
      if (posting.from == Account::OverConsumptionApproved)
        out.over_consumption = plus(out.over_consumption, posting.amount);
      if (posting.to == Account::OverConsumptionApproved)
        out.over_consumption = minus(out.over_consumption, posting.amount);
    }
    if (event.document != request) continue;
    if (event.kind == Kind::RequestSubmitted) out.open = true;
    if (event.kind == Kind::RequestApproved) out.granted = true;
    if (event.kind == Kind::RequestClosed) out.open = out.granted = false;
  }
  return out;
}

/// Its claims that wait here wait elsewhere from now on. Of a request that is gone, all of them are
/// posted anew under the one that they name now.
FundAccounting::Outcome FundAccounting::leave_claims_of(const LedgerRecord& request, Book& book) {
  for (const std::string& claim : claims_under(book.ledger(), request.id)) {
    if (request.gone) {
      if (auto refusal = take_back_claim(claim, book)) return refusal;
      continue;
    }
    if (!holding_of_claim(book.ledger(), claim).waits) continue;
    model::FundEvent moved{.kind = Kind::ClaimRefused, .document = claim, .request = request.id};
    if (auto refusal = books_.post(book, std::move(moved), cause_of(request))) return refusal;
  }
  return Outcome();
}

/// It holds nothing in other funds than this one.
Result<FundAccounting::Outcome> FundAccounting::leave_funds(const LedgerRecord& request,
                                                            const std::string& but) {
  auto funds = books_.funds_of(request.id);
  if (!funds) return std::move(funds).error();
  for (const std::string& fund : *funds) {
    if (fund == but) continue;
    auto book = books_.open(fund);
    if (!book) return std::move(book).error();
    if (*book == nullptr) continue;
    if (auto refusal = leave_claims_of(request, **book)) return refusal;
    const RequestHolding there = holding_of_request((*book)->ledger(), request.id);
    if (there.asked.sign() <= 0 && there.reserved.sign() <= 0) continue;
    if (auto refusal = post(request, **book, Kind::RequestClosed)) return refusal;
  }
  return Outcome();
}

Result<FundAccounting::Outcome> FundAccounting::settle_request(const LedgerRecord& request) {
  using State = RequestWord::State;
  if (request.gone) {
    const std::size_t before = books_.mark();
    auto handed = hand_over(request);
    if (!handed) return handed;
    if (*handed) {  // it keeps what was paid out of it, and nothing is set aside for it any more
      books_.roll_back(before);
      auto left = leave_funds(request, "");
      if (!left || *left) return left;
      kept_ = books_.mark();
      return handed;
    }
  }
  const RequestWord word = request.gone ? RequestWord() : word_of_request(request.fields);
  const bool asks = word.state != State::Nothing;
  auto fund = refer(request, "fund", "fund");
  if (!fund) return std::move(fund).error();
  if (asks && fund->state == Reference::State::Pending)
    return Outcome(LedgerRefusal{"fund_reference", fund->words});
  const std::string fund_id = fund->record == nullptr ? "" : fund->record->id;
  auto left = leave_funds(request, fund_id);
  if (!left || *left) return left;
  if (fund_id.empty()) {
    // Before it is granted, nobody need have chosen a fund.
    if (word.state != State::Granted || !carries("fund")) return Outcome();
    return Outcome(LedgerRefusal{"fund_missing", "is granted, and names no fund"});
  }
  auto book = books_.open(fund_id);
  if (!book) return std::move(book).error();
  if (*book == nullptr) {
    if (!asks) return Outcome();
    return Outcome(LedgerRefusal{"fund_currency", "its fund states no currency"});
  }
  const auto currency = currency_of(request.fields);
  if (asks && currency && *currency != (*book)->currency()) {
    return Outcome(LedgerRefusal{"fund_currency", "is in " + currency->text() +
                                                      ", and the books of its fund are in " +
                                                      (*book)->currency().text()});
  }
  if (asks) {
    auto judged = judge_request(request, *fund->record, (*book)->ledger());
    if (!judged || *judged) return judged;
    if (auto refusal = judge_grant(request, **book)) return refusal;
  }
  return level_request(request, **book);
}

Result<DaySpan> FundAccounting::days_of_activities(const LedgerRecord& request) {
  constexpr std::string_view kList = "activities[";
  DaySpan out;
  for (auto at = request.fields.lower_bound(kList);
       at != request.fields.end() && at->first.starts_with(kList); ++at) {
    const auto inside = model::split_element(at->first);
    if (!inside || inside->field != "activity") continue;
    auto activity = refer(request, at->first, "marketing_activity");
    if (!activity) return std::move(activity).error();
    if (activity->record == nullptr) return DaySpan();
    const DaySpan days = days_of(activity->record->fields, "dates");
    if (!days.known()) return DaySpan();
    if (out.first.empty() || days.first < out.first) out.first = days.first;
    if (out.last < days.last) out.last = days.last;
  }
  return out;
}

/// What is asked for anew is for the time that the fund is for, and is asked for ahead of it.
Result<FundAccounting::Outcome> FundAccounting::judge_request(const LedgerRecord& request,
                                                              const LedgerRecord& fund,
                                                              const model::FundLedger& ledger) {
  const RequestHolding held = holding_of_request(ledger, request.id);
  if (held.open || held.granted) return Outcome();
  auto days = days_of_activities(request);
  if (!days) return std::move(days).error();
  const DaySpan limit = days_of(fund.fields, "valid");
  if (!is_carried_over(fund.fields) && is_outside(*days, limit))
    return Outcome(LedgerRefusal{"request_period", "is for activities from " + words_of(*days) +
                                                       ", and its fund is for " + words_of(limit)});
  auto ahead = judge_ahead(request, &fund);
  if (!ahead) return std::move(ahead).error();
  const bool refused = *ahead && (*ahead)->does == LedgerRules::Judgement::Refuse;
  return refused ? Outcome((*ahead)->what) : Outcome();
}

/// A request that is done with has given back what was left of it. What a claim was granted of it,
/// and the books hear of only now, it has again, as far as the request was granted.
FundAccounting::Outcome FundAccounting::take_up_again(const LedgerRecord& request, Book& book,
                                                      const Decimal& needed) {
  const RequestWord word = request.gone ? RequestWord() : word_of_request(request.fields);
  if (!word.ended || !word.granted) return Outcome();
  const RequestHolding held = holding_of_request(book.ledger(), request.id);
  const Decimal lacking = minus(needed, held.reserved);
  const Decimal left =
      minus(plus(*word.granted, held.over_consumption), plus(held.consumed, held.reserved));
  // Beyond its grant, the claim itself is refused.
  if (lacking.sign() <= 0 || left < lacking || held.asked.sign() > 0) return Outcome();
  // A grant that the books have never taken is judged like one that stands.
  const auto postings = book.ledger().postings_of(request.id);
  const bool was_granted = std::any_of(postings.begin(), postings.end(), [](const auto* posting) {
    return posting->event.kind == Kind::RequestApproved;
  });
  const Decimal spent = minus(plus(held.consumed, needed), held.over_consumption);
  const Decimal before = stood(request.id, book).granted();
  if (!was_granted && (before.sign() <= 0 || before < spent))
    if (auto refusal = judge_who_granted(request, *word.granted, book)) return refusal;
  Outcome refusal = post(request, book, Kind::RequestSubmitted, &lacking);
  if (!refusal) refusal = post(request, book, Kind::RequestApproved, &lacking);
  return refusal;
}

/// Posts what leads from what the books hold of it to what it says.
Result<FundAccounting::Outcome> FundAccounting::level_request(const LedgerRecord& request,
                                                              Book& book) {
  using State = RequestWord::State;
  const RequestWord word = request.gone ? RequestWord() : word_of_request(request.fields);
  const RequestHolding held = holding_of_request(book.ledger(), request.id);
  // While a grant is reviewed again, nothing is given back and nothing is added.
  const bool reviewed = word.state == State::Reviewed || word.state == State::Asked;
  if (reviewed && held.granted) return Outcome();

  const bool granted =
      word.state == State::Granted || (word.state == State::Reviewed && word.granted);
  if (word.state == State::Nothing) {
    const bool holds = held.asked.sign() > 0 || held.reserved.sign() > 0;
    return holds ? post(request, book, Kind::RequestClosed) : Outcome();
  }
  if (!granted) {
    if (!word.asked || word.asked->sign() <= 0 || (held.open && held.asked == *word.asked))
      return Outcome();
    Outcome refusal = held.open ? post(request, book, Kind::RequestClosed) : Outcome();
    if (!refusal) refusal = post(request, book, Kind::RequestSubmitted, &*word.asked);
    return refusal;
  }
  if (!word.granted)
    return Outcome(
        LedgerRefusal{"request_amount", "is granted, and does not say how much (approved.amount)"});

  const Decimal reserve = minus(plus(*word.granted, held.over_consumption), held.consumed);
  if (reserve.sign() < 0) {
    return Outcome(LedgerRefusal{
        "fund_overdrawn", "grants " + shown(*word.granted, book.currency()) + ", and " +
                              shown(held.consumed, book.currency()) + " of it are spent already"});
  }
  const Decimal more = minus(reserve, held.reserved);
  const Decimal fewer = -more;
  if (held.granted) {
    if (more.sign() > 0) return post(request, book, Kind::GrantRaised, &more);
    if (more.sign() < 0) return post(request, book, Kind::GrantLowered, &fewer);
    return Outcome();
  }
  if (more.sign() <= 0) return held.open ? post(request, book, Kind::RequestClosed) : Outcome();
  // What is granted before anybody has seen it asked for, or above that, was asked for as it is
  // granted: a higher wish may find no money, and is none any more.
  Outcome refusal;
  if (!held.open || held.asked < more) {
    if (held.open) refusal = post(request, book, Kind::RequestClosed);
    if (!refusal) refusal = post(request, book, Kind::RequestSubmitted, &more);
  }
  if (!refusal) refusal = post(request, book, Kind::RequestApproved, &more);
  return refusal;
}

}  // namespace channelbridge::hub
