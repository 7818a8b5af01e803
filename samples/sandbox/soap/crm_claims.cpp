// Claims: what a partner wants to be paid, item by item, and what is decided on it.
#include <algorithm>
#include <cctype>

#include "sandbox/soap/crm_desk.hpp"

namespace channelbridge::sandbox::crm {
namespace {

Source claim_source(const Claim& claim, const char* text) { return {"Claim", claim.number, text}; }

/// A supplier's name as it is compared: without case, spaces and punctuation.
std::string plain_name(const std::string& name) {
  std::string out;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x80U || std::isalnum(byte) != 0) out += static_cast<char>(std::tolower(byte));
  }
  return out;
}

bool holds_invoices(Status status) {
  return status != Status::Rejected && status != Status::Returned && status != Status::Reversed;
}

std::string claimed(const Decimal& value, const std::string& currency) {
  return soap::amount_text({value, currency}) + " " + currency;
}

}  // namespace

Claim& FundsDesk::claim_named(const std::string& number, const std::optional<int>& change) {
  const auto found = claims_.find(number);
  if (found == claims_.end())
    refuse(kNotFound, "Claim " + number + " does not exist", "ClaimNumber");
  check_change(found->second.admin, "Claim " + number, change);
  return found->second;
}

Claim& FundsDesk::returned_claim(const ClaimOffer& offer) {
  const std::string& number = offer.claim.number;
  Claim& found = claim_named(number, offer.change);
  if (!offer.change) refuse(kStale, "Claim " + number + ": ChangeNumber is missing");
  if (found.admin.status != Status::Returned)
    refuse(kWrongStatus, "Claim " + number + " has status " +
                             text_of_status(options_, found.admin) + " and was not returned");
  if (found.partner != offer.claim.partner)
    refuse(kPartner, "Claim " + number + " is of partner " + found.partner, "Partner");
  return found;
}

Reservation* FundsDesk::reservation_for(const Claim& claim) {
  if (claim.reservation.empty()) {
    if (!options_.direct_claims)
      refuse(kReservationNeeded, "A claim needs a reservation", "ReservationNumber");
    return nullptr;
  }
  Reservation& reservation = reservation_named(claim.reservation, std::nullopt);
  const std::string what = "Reservation " + reservation.number;
  if (reservation.partner != claim.partner)
    refuse(kPartner, what + " is of partner " + reservation.partner, "Partner");
  if (reservation.admin.status != Status::Approved)
    refuse(kWrongStatus, what + " has status " + text_of_status(options_, reservation.admin) +
                             " and cannot be claimed");
  standing_initiatives(reservation);
  if (!claim.fund.empty() && claim.fund != reservation.fund)
    refuse(kNotFound, what + " is of fund " + reservation.fund, "FundNumber");
  if (claim.from < reservation.from || claim.to > reservation.to)
    refuse(kPeriod,
           "Period " + to_string(claim.from) + " to " + to_string(claim.to) +
               " is not inside that of reservation " + reservation.number + ", " +
               to_string(reservation.from) + " to " + to_string(reservation.to),
           "ActivityFrom");
  if (reservation.deadline && today() > *reservation.deadline)
    refuse(kDeadline, what + " could be claimed until " + to_string(*reservation.deadline));
  return &reservation;
}

void FundsDesk::check_items(const Claim& claim, const std::optional<Decimal>& percent,
                            const std::string& currency) const {
  Decimal sum;
  std::map<std::string, std::string> numbers;
  for (const ClaimItem& item : claim.items) {
    if (!numbers.emplace(item.number, item.invoice).second)
      refuse(kSum, "Item " + item.number + " occurs twice", "ItemNumber");
    check_amount(item.submitted, currency, "SubmittedAmount");
    check_amount(item.net, currency, "NetAmount");
    const Decimal share =
        percent ? round(multiply(multiply(item.net.value, *percent).value(), Decimal(1, 2)).value(),
                        soap::minor_digits(currency))
                : item.net.value;
    if (item.submitted.value > share)
      refuse(kShare,
             "Item " + item.number + ": " + claimed(item.submitted.value, currency) +
                 " is more than the share of " + claimed(item.net.value, currency) + ", " +
                 claimed(share, currency),
             "SubmittedAmount");
    sum = soap::plus(sum, item.submitted.value);
  }
  check_amount(claim.submitted, currency, "SubmittedAmount");
  if (sum != claim.submitted.value || sum.is_zero())
    refuse(kSum,
           "Submitted amount " + claimed(claim.submitted.value, currency) +
               " is not the sum of the items, " + claimed(sum, currency),
           "SubmittedAmount");
}

void FundsDesk::check_invoices(const Claim& claim) const {
  std::map<std::string, std::string> seen;
  for (const auto& [number, other] : claims_) {
    if (number == claim.number || !holds_invoices(other.admin.status)) continue;
    for (const ClaimItem& item : other.items)
      seen.emplace(plain_name(item.supplier) + "/" + plain_name(item.invoice), "claim " + number);
  }
  for (const ClaimItem& item : claim.items) {
    const auto [known, fresh] = seen.emplace(
        plain_name(item.supplier) + "/" + plain_name(item.invoice), "item " + item.number);
    if (!fresh)
      refuse(kInvoiceTwice,
             "Invoice " + item.invoice + " of " + item.supplier + " is claimed already in " +
                 known->second,
             "InvoiceNumber");
  }
}

const Claim& FundsDesk::submit(ClaimOffer offer, const std::string& user, Notes& notes) {
  Claim& wanted = offer.claim;
  check_partner(wanted.partner);
  Claim* again = wanted.number.empty() ? nullptr : &returned_claim(offer);
  const Reservation* reservation = reservation_for(wanted);
  if (reservation != nullptr) {
    wanted.fund = reservation->fund;
    refer(wanted, *reservation);
  }
  const Fund& fund = reservation != nullptr
                         ? funds_.at(wanted.fund)
                         : fund_for(wanted.fund, wanted.partner, wanted.from, wanted.to);
  check_items(wanted, reservation != nullptr ? reservation->percent : std::nullopt, fund.currency);
  check_invoices(wanted);
  check_reference(wanted.admin.reference, wanted.number);
  const Decimal left =
      reservation != nullptr ? left_of(*reservation) : checkbook_.available_to_reserve(fund.number);
  wanted.pending = std::min(wanted.submitted.value, std::max(left, Decimal()));
  if (wanted.pending < wanted.submitted.value)
    notes.push_back({.type = 'W',
                     .number = kAboveReservation,
                     .text = claimed(wanted.submitted.value, fund.currency) + " claimed, " +
                             claimed(left, fund.currency) + " left"});
  if (again != nullptr) {
    wanted.admin.change = again->admin.change;
  } else {
    wanted.number = next(claim_range_);
    wanted.admin.change = 0;
  }
  if (wanted.method.empty()) wanted.method = options_.settlement_method;
  wanted.admin.status = Status::Submitted;
  touch(wanted.admin, user);
  const std::string number = wanted.number;
  Claim& stored = claims_[number] = std::move(wanted);
  post(stored.fund, "pending_claim", stored.pending, claim_source(stored, "Submitted"));
  notes.push_back({.number = kDone, .text = "Claim " + number + " was submitted"});
  return stored;
}

Decimal FundsDesk::decided_items(Claim& claim, const Verdict& verdict) const {
  std::vector<ClaimItem> items = claim.items;
  for (ClaimItem& item : items) item.approved = item.submitted.value;
  for (const ItemDecision& decision : verdict.items) {
    const auto item = std::find_if(items.begin(), items.end(), [&](const ClaimItem& each) {
      return each.number == decision.item;
    });
    if (item == items.end())
      refuse(kNotFound, "Claim " + claim.number + " has no item " + decision.item, "ItemNumber");
    check_amount(decision.approved, claim.submitted.currency, "ApprovedAmount");
    if (decision.approved.value > item->submitted.value)
      refuse(kAmount,
             "Item " + item->number + ": " + to_string(decision.approved.value) +
                 " cannot be approved of " + to_string(item->submitted.value),
             "ApprovedAmount");
    if (decision.approved.value < item->submitted.value && decision.reason.empty())
      refuse(kReason, "Item " + item->number + ": a reduction needs a reason", "Reason");
    item->approved = decision.approved.value;
    item->reason = decision.reason;
  }
  Decimal sum;
  for (const ClaimItem& item : items) sum = soap::plus(sum, *item.approved);
  claim.items = std::move(items);
  return sum;
}

void FundsDesk::approve(Claim& claim, const Verdict& verdict, Notes& notes) {
  const std::string what = "Claim " + claim.number;
  if (options_.approval_step && claim.admin.status != Status::InApproval)
    refuse(kWrongStatus, what + " has status " + text_of_status(options_, claim.admin) +
                             " and is not in approval");
  if (options_.require_proof && claim.attachments.empty())
    refuse(kProof, what + " has no proof of performance", "Attachment");
  Claim decided = claim;
  const Decimal sum = decided_items(decided, verdict);
  if (sum.is_zero()) refuse(kAmount, what + ": nothing is approved; reject it", "ApprovedAmount");
  const std::string& currency = claim.submitted.currency;
  Reservation* reservation =
      claim.reservation.empty() ? nullptr : &reservations_.at(claim.reservation);
  Decimal over;
  if (reservation == nullptr) {
    over = check_budget(funds_.at(claim.fund), sum, notes);
  } else if (const Decimal left = left_of(*reservation); sum > left) {
    refuse(kAboveReservation,
           what + ": " + claimed(sum, currency) + " is more than reservation " +
               reservation->number + " has left, " + claimed(left, currency),
           "ApprovedAmount");
  }
  const Source source = claim_source(claim, "Approved");
  post(claim.fund, "pending_claim", -claim.pending, source);
  post(claim.fund, "approved_claim", sum, source);
  if (reservation != nullptr) {
    post(claim.fund, "reserved", -sum, source);
    reservation->consumed = soap::plus(reservation->consumed, sum);
    touch(reservation->admin, verdict.by);
  }
  post(claim.fund, "over_consumption_approved", over, source);
  claim = std::move(decided);
  claim.pending = Decimal();
  claim.approved = sum;
  claim.admin.status = Status::Approved;
}

const Claim& FundsDesk::decide_claim(const Verdict& verdict, Notes& notes) {
  Claim& claim = claim_named(verdict.number, verdict.change);
  const std::string what = "Claim " + verdict.number;
  check_undecided(claim.admin, what);
  if ((verdict.code == "REJC" || verdict.code == "RETN") && verdict.reason.empty())
    refuse(kReason, what + ": a reason is needed", "Reason");
  if (verdict.code == "APPR") {
    approve(claim, verdict, notes);
  } else if (verdict.code == "REVW") {
    claim.admin.status = Status::InApproval;
  } else {
    post(claim.fund, "pending_claim", -claim.pending, claim_source(claim, "Decided"));
    claim.pending = Decimal();
    claim.admin.status = verdict.code == "REJC" ? Status::Rejected : Status::Returned;
  }
  claim.decision = Decision{verdict.code, verdict.reason, verdict.by, clock_->now()};
  if (!verdict.reference.empty()) claim.admin.reference = verdict.reference;
  touch(claim.admin, verdict.by);
  notes.push_back(
      {.number = kDone, .text = what + " has status " + text_of_status(options_, claim.admin)});
  return claim;
}

}  // namespace channelbridge::sandbox::crm
