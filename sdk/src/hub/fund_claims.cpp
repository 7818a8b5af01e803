#include <algorithm>

#include "fund_accounting_internal.hpp"

/// Claims and what pays them.
namespace channelbridge::hub {

namespace {

using Account = model::FundAccount;
using Kind = model::FundEventKind;
using model::Decimal;
using model::get;

/// A claim for a price that was lowered, or a rebate, need not be paid by a fund.
bool needs_no_fund(const model::Fields& claim) {
  const model::Value kind = get(claim, "kind");
  return kind == "special_bid" || kind == "price_protection" || kind == "rebate";
}

/// Does it wait for less than it could, or for more than its request has left? Others of the
/// request were decided since, or it has got another grant.
bool waits_for_another_amount(const model::FundLedger& ledger, const std::string& claim,
                              const std::string& request, const ClaimHolding& held) {
  if (request.empty()) return false;
  const Decimal own = ledger.figure(Account::PendingClaim, claim);
  const Decimal others = minus(ledger.figure(Account::PendingClaim, request), own);
  const Decimal left = minus(ledger.figure(Account::Reserved, request), others);
  return own != std::min(held.claimed, std::max(left, Decimal()));
}

/// Is what is approved and not paid approved otherwise by now, or not released any more?
bool is_granted_anew(const ClaimHolding& held, const ClaimTarget& target) {
  if (held.unpaid().sign() <= 0) return false;
  const Decimal paid = std::min(held.settled, target.settled);
  return plus(paid, held.unpaid()) != target.granted || target.released < plus(paid, held.released);
}

/// Of a claim that the books refuse: what is paid of it, and what stood of it already. What waits
/// of it waits on.
void keep_what_is_paid(const ClaimHolding& stood, const ClaimHolding& held, ClaimTarget& target) {
  const Decimal paid = std::min(stood.settled, target.settled);
  const Decimal stands = plus(paid, stood.unpaid());
  target.granted = std::min(target.granted, std::max(target.settled, stands));
  target.released = std::min(target.released, std::max(target.settled, plus(paid, stood.released)));
  const Decimal more = minus(target.granted, plus(held.settled, held.unpaid()));
  target.claimed = std::max(minus(held.claimed, more), Decimal());
  target.waits = held.waits && target.claimed.sign() > 0;
}

}  // namespace

ClaimHolding holding_of_claim(const model::FundLedger& ledger, const std::string& claim) {
  ClaimHolding out;
  for (const model::FundPosting* posting : ledger.postings_of(claim)) {
    const model::FundEvent& event = posting->event;
    if (event.kind == Kind::ExcessFlagged || event.kind == Kind::ExcessUnflagged ||
        event.kind == Kind::ExcessApproved || event.kind == Kind::ExcessLapsed)
      continue;
    out.request = event.request;
    if (event.kind == Kind::ClaimSubmitted) {
      out.waits = true;
      out.claimed = event.amount.value_or(Decimal());
    }
    if (event.kind == Kind::ClaimApproved || event.kind == Kind::ClaimRefused) out.waits = false;
  }
  out.approved = ledger.figure(Account::ApprovedClaim, claim);
  out.released = ledger.figure(Account::ReleasedToSettle, claim);
  out.settled = ledger.figure(Account::Settled, claim);
  out.paid = ledger.figure(Account::Paid, claim);
  out.lost = ledger.figure(Account::WrittenOff, claim);
  return out;
}

std::set<std::string> claims_under(const model::FundLedger& ledger, const std::string& request) {
  std::set<std::string> seen;
  for (const model::FundPosting& posting : ledger.postings()) {
    const model::FundEvent& event = posting.event;
    if (event.request == request && event.document != request) seen.insert(event.document);
  }
  std::erase_if(seen, [&](const std::string& claim) {
    const ClaimHolding held = holding_of_claim(ledger, claim);
    return !held.holds() || held.request != request;
  });
  return seen;
}

/// What a claim gives back may be its request's to give back: that of now, and that under which it
/// stands in the books. Other claims of it wait for that, and settlements for the claim.
Result<void> FundAccounting::expand_claim(const LedgerRecord& claim) {
  auto request = refer(claim, "request", "fund_request");
  if (!request) return std::move(request).error();
  if (request->record != nullptr) {
    if (auto done = expand_request_of(request->record->id); !done) return done;
  }
  auto funds = books_.funds_of(claim.id);
  if (!funds) return std::move(funds).error();
  for (const std::string& fund : *funds) {
    auto book = books_.open(fund);
    if (!book) return std::move(book).error();
    if (*book == nullptr) continue;
    const std::string before = holding_of_claim((*book)->ledger(), claim.id).request;
    if (before.empty()) continue;
    if (auto done = expand_request_of(before); !done) return done;
  }
  auto settlements = reader_.store().claim_settlements({claim.id});
  if (!settlements) return std::move(settlements).error();
  for (const store::ClaimSettlementRow& row : *settlements) {
    if (row.claim == claim.id) dirty_.emplace(row.settlement, "settlement");
  }
  return {};
}

/// It holds nothing but in this fund and by this request.
Result<FundAccounting::Outcome> FundAccounting::leave_claims_books(const LedgerRecord& claim,
                                                                   const std::string& fund,
                                                                   const std::string& request) {
  auto funds = books_.funds_of(claim.id);
  if (!funds) return std::move(funds).error();
  for (const std::string& each : *funds) {
    auto book = books_.open(each);
    if (!book) return std::move(book).error();
    if (*book == nullptr) continue;
    const ClaimHolding held = holding_of_claim((*book)->ledger(), claim.id);
    if (!held.holds() || (each == fund && held.request == request)) continue;
    if (auto refusal = bring_claim(claim, **book, held.request, {}, true)) return refusal;
  }
  return Outcome();
}

FundAccounting::Outcome FundAccounting::take_back_claim(const std::string& claim, Book& book) {
  const ClaimHolding held = holding_of_claim(book.ledger(), claim);
  if (!held.holds()) return Outcome();
  const LedgerRecord unknown{.id = claim, .gone = true};
  const auto known = reader_.read().find(claim);
  const bool is_known = known != reader_.read().end() && known->second.has_value();
  return bring_claim(is_known ? *known->second : unknown, book, held.request, {}, true);
}

Result<FundAccounting::Reference> FundAccounting::fund_of(const LedgerRecord& claim,
                                                          const Reference& request) {
  if (request.record != nullptr) {
    auto fund = refer(*request.record, "fund", "fund");
    if (!fund || fund->state != Reference::State::None) return fund;
  }
  return refer(claim, "fund", "fund");
}

Result<FundAccounting::Outcome> FundAccounting::settle_claim(const LedgerRecord& claim) {
  const ClaimWord word = claim.gone ? ClaimWord() : word_of_claim(claim.fields);
  const bool relevant = asks_for_money(word);
  auto request = refer(claim, "request", "fund_request");
  if (!request) return std::move(request).error();
  const bool of_request = request->record != nullptr;
  auto fund = fund_of(claim, *request);
  if (!fund) return std::move(fund).error();
  for (const Reference* each : {&*request, &*fund}) {
    if (relevant && each->state == Reference::State::Pending)
      return Outcome(LedgerRefusal{"fund_reference", each->words});
  }
  const std::string fund_id = fund->record == nullptr ? "" : fund->record->id;
  const std::string request_id = of_request ? request->record->id : "";
  auto left = leave_claims_books(claim, fund_id, request_id);
  if (!left || *left) return left;
  if (fund_id.empty()) {
    if (!relevant || !carries("fund") || needs_no_fund(claim.fields)) return Outcome();
    return Outcome(
        LedgerRefusal{"fund_missing", "is " + get(claim.fields, "status").value_or("") +
                                          ", and neither it nor its request names a fund"});
  }
  auto book = books_.open(fund_id);
  if (!book) return std::move(book).error();
  if (*book == nullptr) {
    if (!relevant) return Outcome();
    return Outcome(LedgerRefusal{"fund_currency", "its fund states no currency"});
  }
  auto payments = settled(claim.id);
  if (!payments) return std::move(payments).error();
  ClaimTarget target;
  Outcome unreadable;
  if (!claim.gone)
    unreadable = target_of_claim(claim.fields, *payments, (*book)->currency(), target);
  Result<Outcome> judged = Outcome();
  if (payments->standing.empty())
    judged = judge_claim(claim, request->record, *fund->record, (*book)->ledger());
  // What is paid is, and what was is not, whatever is ruled of the rest.
  const bool paid = payments->any && !unreadable;
  if (!judged || (*judged && !paid)) return judged;
  if (unreadable) return unreadable;
  if (!*judged && (!paid || target.settled < target.granted))
    judged = judge_steps(claim, request->record, **book, target);
  if (!judged || (*judged && !paid)) return judged;
  if (*judged) {
    const ClaimHolding held = holding_of_claim((*book)->ledger(), claim.id);
    ClaimHolding before = held;
    if (held.unpaid().is_zero() && held.settled.is_zero()) {  // it may have stood elsewhere
      const Grant grant = stood(claim.id, **book);
      before.approved = grant.approved;
      before.released = grant.released;
      before.settled = grant.settled;
    }
    keep_what_is_paid(before, held, target);
  }
  if (of_request) {
    const Decimal needed =
        needed_by(holding_of_claim((*book)->ledger(), claim.id), target, /*moves=*/false);
    if (auto refusal = take_up_again(*request->record, **book, needed)) return refusal;
  }
  if (auto refusal = bring_claim(claim, **book, request_id, target, false)) return refusal;
  if (!*judged) return judged;
  kept_ = books_.mark();
  settled_in_part_.insert(claim.id);
  return judged;
}

/// What is settled no more is lost where the project says so, but no more of it than settlements
/// were reversed: the first of several may only be heard of after the claim's own word of all of
/// them.
Decimal FundAccounting::lost_of(const ClaimHolding& held, const ClaimTarget& target,
                                bool moves) const {
  const Decimal back = minus(held.settled, target.settled);
  if (moves || config_.ledger.reversed == LedgerRules::Reversed::Reserve || back.sign() <= 0)
    return {};
  return target.lost ? std::clamp(minus(*target.lost, held.lost), Decimal(), back) : back;
}

Decimal FundAccounting::needed_by(const ClaimHolding& held, const ClaimTarget& target,
                                  bool moves) const {
  const Decimal kept = minus(held.settled, lost_of(held, target, moves));
  return minus(target.granted, plus(kept, held.unpaid()));
}

/// Posts what leads from what the books hold of it to what they are to hold. An amount that was
/// approved otherwise is taken back whole and approved anew.
FundAccounting::Outcome FundAccounting::bring_claim(const LedgerRecord& claim, Book& book,
                                                    const std::string& request,
                                                    const ClaimTarget& target, bool moves) {
  if (target.granted < target.settled) {
    return LedgerRefusal{"fund_overdrawn",
                         "is settled with " + shown(target.settled, book.currency()) + ", and " +
                             shown(target.granted, book.currency()) + " of it are approved"};
  }
  ClaimHolding held = holding_of_claim(book.ledger(), claim.id);
  Outcome refusal;
  const auto take = [&](Kind kind, const Decimal* amount) {
    if (!refusal) refusal = post(claim, book, kind, amount, request);
  };
  // What a direct claim gives back to a fund that has ended would end with it, before what stays
  // granted of it is granted again.
  const bool reopens = request.empty() && book.ledger().expired() && target.granted.sign() > 0 &&
                       needed_by(held, target, moves).sign() <= 0 &&
                       (target.settled < held.settled || is_granted_anew(held, target));
  if (reopens) take(Kind::Renewed, nullptr);
  if (target.lost && *target.lost < held.lost) {
    const Decimal found = minus(held.lost, *target.lost);
    take(Kind::WriteOffReversed, &found);
  }
  if (target.paid < held.paid) {
    const Decimal back = minus(held.paid, target.paid);
    take(Kind::PaymentReversed, &back);
    held.paid = target.paid;
  }
  const bool anew = is_granted_anew(held, target);
  if (target.settled < held.settled) {
    const Decimal lost = lost_of(held, target, moves);
    const Decimal back = minus(minus(held.settled, target.settled), lost);
    if (lost.sign() > 0) take(Kind::ReversedToWriteOff, &lost);
    if (back.sign() > 0) take(Kind::ReversedToReserve, &back);
    held.settled = target.settled;
  }
  if (anew) {
    take(Kind::ClaimTakenBack, nullptr);
    held.approved = held.released = Decimal();
  }
  const Decimal missing = minus(target.granted, plus(held.settled, held.unpaid()));
  if (missing.sign() > 0) {
    const Decimal& claimed = target.claimed < missing ? missing : target.claimed;
    if (!held.waits) take(Kind::ClaimSubmitted, &claimed);
    take(Kind::ClaimApproved, &missing);
    held.waits = false;
  }
  const bool other_claim = held.waits && target.waits &&
                           (held.claimed != target.claimed ||
                            waits_for_another_amount(book.ledger(), claim.id, request, held));
  if (held.waits && (!target.waits || other_claim)) take(Kind::ClaimRefused, nullptr);
  if (target.waits && (!held.waits || other_claim)) take(Kind::ClaimSubmitted, &target.claimed);
  const Decimal released = minus(target.released, plus(held.settled, held.released));
  if (released.sign() > 0) take(Kind::ClaimReleased, &released);
  const Decimal settled = minus(target.settled, held.settled);
  if (settled.sign() > 0) take(Kind::ClaimSettled, &settled);
  const Decimal paid = minus(target.paid, held.paid);
  if (paid.sign() > 0) take(Kind::ClaimPaid, &paid);
  if (reopens) take(Kind::Expired, nullptr);
  return refusal;
}

Result<FundAccounting::Outcome> FundAccounting::standing_refusal(const std::string& record) {
  if (const auto own = refused_.find(record); own != refused_.end()) return Outcome(own->second);
  if (dirty_.contains(record)) return Outcome();
  auto rows = reader_.store().ledger_waits_of({record});
  if (!rows) return std::move(rows).error();
  if (rows->empty()) return Outcome();
  return Outcome(LedgerRefusal{rows->front().rule, rows->front().detail});
}

/// A claim is in one settlement at a time that is under way, and in several no more of it is paid
/// than was approved.
Result<FundAccounting::Outcome> FundAccounting::judge_settlement(const LedgerRecord& settlement,
                                                                 const std::string& claim) {
  auto ids = settlements_with(claim);
  if (!ids) return std::move(ids).error();
  for (const std::string& id : *ids) {
    if (id == settlement.id) continue;
    auto other = reader_.find(id);
    if (!other) return std::move(other).error();
    if (*other == nullptr || (*other)->gone) continue;
    const std::string status = get((*other)->fields, "status").value_or("");
    const bool goes_first = status == "sent_to_erp" || status == "posted" ||
                            (status == "created" && id < settlement.id);
    if (goes_first)
      return Outcome(LedgerRefusal{
          "open_settlements", "settles " + claim + ", and so does " + id + ", which is " + status});
  }
  const auto record = reader_.find(claim);
  if (!record) return record.error();
  const auto own = currency_of(settlement.fields);
  if (*record == nullptr || !own || currency_of((*record)->fields) != own) return Outcome();
  const auto approved = amount_at((*record)->fields, "approved_amount");
  auto others = settled(claim);
  if (!others) return std::move(others).error();
  if (!approved || others->standing.empty()) return Outcome();
  Settled with_this = *others;
  model::Fields as_posted = settlement.fields;
  model::set(as_posted, "status", "posted");
  add_settlement(with_this, as_posted, claim);
  Decimal all;
  for (const Settled::Payment& payment : with_this.standing) {
    if (!payment.currency || payment.currency == own) all = plus(all, payment.amount);
  }
  if (all <= *approved) return Outcome();
  return Outcome(LedgerRefusal{"fund_overdrawn", "settles " + claim + ", of which " +
                                                     shown(*approved, *own) + " are approved and " +
                                                     shown(all, *own) + " would be settled"});
}

/// A settlement is in the books where its claims are. One that is still to be paid goes nowhere
/// while the books refuse what it pays.
Result<FundAccounting::Outcome> FundAccounting::settle_settlement(const LedgerRecord& settlement) {
  const model::Value status = get(settlement.fields, "status");
  const bool counts = status == "posted" || status == "paid" || status == "reversed";
  if (status == "failed" || !carries("claim")) return Outcome();
  for (const std::string& claim : members_of(settlement.fields)) {
    if (const auto pending = model::parse_pending_reference(claim)) {
      if (!counts) continue;
      return Outcome(LedgerRefusal{"fund_reference", "settles claim '" + pending->key + "' of " +
                                                         pending->system +
                                                         ", which nobody has read yet"});
    }
    auto refusal = standing_refusal(claim);
    if (!refusal) return refusal;
    const bool stands = counts && settled_in_part_.contains(claim);
    if (*refusal && !stands)
      return Outcome(
          LedgerRefusal{(*refusal)->rule, "settles " + claim + ": " + (*refusal)->detail});
    if (status != "created") continue;
    refusal = judge_settlement(settlement, claim);
    if (!refusal || *refusal) return refusal;
  }
  return Outcome();
}

}  // namespace channelbridge::hub
