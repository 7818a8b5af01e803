// What becomes of approved claims in accounting.
#include <initializer_list>

#include "sandbox/soap/crm_desk.hpp"

namespace channelbridge::sandbox::crm {
namespace {

/// The method of a credit memo: it is set off, and no bank gives it a value date.
constexpr const char* kCreditMemo = "CRME";

bool stands_at(const Claim& claim, std::initializer_list<Status> allowed) {
  for (const Status status : allowed)
    if (claim.admin.status == status) return true;
  return false;
}

}  // namespace

void FundsDesk::bill(Claim& claim) {
  if (!claim.settlement.number.empty()) return;
  claim.settlement = {.number = next(settlement_range_), .day = today(), .amount = *claim.approved};
}

void FundsDesk::settle(Claim& claim, const SettlementNews& news) {
  const std::string& currency = claim.submitted.currency;
  if (news.document.empty())
    refuse(kDocument, "The accounting document is missing", "AccountingDocument");
  if (news.amount) check_amount(*news.amount, currency, "SettledAmount");
  if (news.amount && news.amount->value != *claim.approved)
    refuse(kAmount,
           "Settled amount " + to_string(news.amount->value) + " is not the approved one, " +
               to_string(*claim.approved),
           "SettledAmount");
  bill(claim);
  const Source source{"Settlement", claim.settlement.number, "Settled"};
  const Decimal value = *claim.approved;
  if (claim.admin.status == Status::Approved) {
    post(claim.fund, "approved_claim", -value, source);
    post(claim.fund, "released_to_settle", value, source);
  }
  post(claim.fund, "released_to_settle", -value, source);
  post(claim.fund, "settled", value, source);
  claim.settlement.document = news.document;
  claim.settlement.company = news.company;
  claim.settlement.year = news.year;
  claim.admin.status = Status::Settled;
}

void FundsDesk::reverse(Claim& claim, const SettlementNews& news) {
  if (news.reason.empty()) refuse(kReason, "A reversal needs a reason", "Reason");
  const Source source{"Settlement", claim.settlement.number, "Reversed"};
  const Decimal value = *claim.approved;
  post(claim.fund, "settled", -value, source);
  if (!claim.reservation.empty()) {
    Reservation& reservation = reservations_.at(claim.reservation);
    reservation.consumed = soap::minus(reservation.consumed, value);
    touch(reservation.admin, news.by);
    if (reservation.admin.status == Status::Approved) post(claim.fund, "reserved", value, source);
  }
  give_back(claim.fund, value, source);
  claim.admin.status = Status::Reversed;
}

const Claim& FundsDesk::confirm(const SettlementNews& news, Notes& notes) {
  Claim& claim = claim_named(news.number, news.change);
  const std::string what = "Claim " + news.number;
  const bool fits = news.step == "RELS"   ? stands_at(claim, {Status::Approved})
                    : news.step == "SETL" ? stands_at(claim, {Status::Approved, Status::Released})
                    : news.step == "PAID" ? stands_at(claim, {Status::Settled})
                                          : stands_at(claim, {Status::Settled, Status::Paid});
  if (!fits)
    refuse(kWrongStatus, what + " has status " + text_of_status(options_, claim.admin) + ": " +
                             news.step + " does not follow");
  if (news.step == "RELS") {
    const Source source{"Claim", claim.number, "Released"};
    post(claim.fund, "approved_claim", -*claim.approved, source);
    post(claim.fund, "released_to_settle", *claim.approved, source);
    bill(claim);
    claim.admin.status = Status::Released;
  } else if (news.step == "SETL") {
    settle(claim, news);
  } else if (news.step == "PAID") {
    if (!news.value_date && claim.method != kCreditMemo)
      refuse(kDocument, what + ": the value date is missing", "ValueDate");
    claim.settlement.value_date = news.value_date;
    claim.settlement.bank_reference = news.bank_reference;
    claim.admin.status = Status::Paid;
  } else {
    reverse(claim, news);
  }
  touch(claim.admin, news.by);
  notes.push_back(
      {.number = kDone, .text = what + " has status " + text_of_status(options_, claim.admin)});
  return claim;
}

}  // namespace channelbridge::sandbox::crm
