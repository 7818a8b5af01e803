// Reservations: money of a fund that is set aside for an activity of a partner.
#include <algorithm>

#include "sandbox/soap/crm_desk.hpp"

namespace channelbridge::sandbox::crm {
namespace {

Source reservation_source(const Reservation& reservation, const char* text) {
  return {"Reservation", reservation.number, text};
}

}  // namespace

Reservation& FundsDesk::reservation_named(const std::string& number,
                                          const std::optional<int>& change) {
  const auto found = reservations_.find(number);
  if (found == reservations_.end())
    refuse(kNotFound, "Reservation " + number + " does not exist", "ReservationNumber");
  check_change(found->second.admin, "Reservation " + number, change);
  return found->second;
}

Reservation& FundsDesk::returned_reservation(const ReservationOffer& offer) {
  const std::string& number = offer.reservation.number;
  Reservation& found = reservation_named(number, offer.change);
  if (!offer.change) refuse(kStale, "Reservation " + number + ": ChangeNumber is missing");
  if (found.admin.status != Status::Returned)
    refuse(kWrongStatus, "Reservation " + number + " has status " +
                             text_of_status(options_, found.admin) + " and was not returned");
  if (found.partner != offer.reservation.partner)
    refuse(kPartner, "Reservation " + number + " is of partner " + found.partner, "Partner");
  return found;
}

const Reservation& FundsDesk::submit(ReservationOffer offer, const std::string& user,
                                     Notes& notes) {
  Reservation& wanted = offer.reservation;
  check_partner(wanted.partner);
  // Days that the service has found out by itself, and shows, are not said by who sends them back.
  if (const auto before = reservations_.find(wanted.number);
      before != reservations_.end() && !before->second.dated &&
      before->second.from == wanted.from && before->second.to == wanted.to)
    offer.dated = false;
  wanted.dated = offer.dated;
  if (const auto planned = standing_initiatives(wanted); !planned.empty()) {
    const auto [first, last] = days_of(planned);
    wanted.from = first;
    wanted.to = last;
  } else if (const auto named = funds_.find(wanted.fund); !offer.dated && named != funds_.end()) {
    wanted.from = named->second.from;
    wanted.to = named->second.to;
  }
  const Fund& fund = fund_for(wanted.fund, wanted.partner, wanted.from, wanted.to);
  check_amount(wanted.requested, fund.currency, "RequestedAmount");
  if (wanted.requested.value.is_zero())
    refuse(kAmount, "Amount 0 cannot be reserved", "RequestedAmount");
  check_reference(wanted.admin.reference, wanted.number);
  Reservation* again = wanted.number.empty() ? nullptr : &returned_reservation(offer);
  wanted.over = check_budget(fund, wanted.requested.value, notes);
  if (again != nullptr) {
    wanted.admin.change = again->admin.change;
  } else {
    wanted.number = next(reservation_range_);
    wanted.admin.change = 0;
  }
  wanted.admin.status = Status::Submitted;
  touch(wanted.admin, user);
  const std::string number = wanted.number;
  Reservation& stored = reservations_[number] = std::move(wanted);
  post(stored.fund, "prereserved", stored.requested.value, reservation_source(stored, "Submitted"));
  post(stored.fund, "over_consumption_requested", stored.over,
       reservation_source(stored, "Submitted"));
  notes.push_back({.number = kDone, .text = "Reservation " + number + " was submitted"});
  return stored;
}

void FundsDesk::drop_request(const Reservation& reservation) {
  const Source source = reservation_source(reservation, "Decided");
  post(reservation.fund, "over_consumption_requested", -reservation.over, source);
  give_back(reservation.fund, {}, source);
}

void FundsDesk::give_back(const std::string& fund, const Decimal& value, const Source& source) {
  if (funds_.at(fund).admin.status != Status::Expired) return;
  // What an expired fund gets back is gone at once.
  const Decimal free = checkbook_.available_to_reserve(fund);
  const Decimal& expires = value.is_zero() || free < value ? free : value;
  if (expires.sign() > 0) post(fund, "expired", expires, source);
}

void FundsDesk::approve(Reservation& reservation, const Verdict& verdict) {
  const std::string& currency = reservation.requested.currency;
  const Decimal wanted = reservation.requested.value;
  if (options_.approval_step && reservation.admin.status != Status::InApproval)
    refuse(kWrongStatus, "Reservation " + reservation.number + " has status " +
                             text_of_status(options_, reservation.admin) +
                             " and is not in approval");
  standing_initiatives(reservation);
  if (verdict.amount) check_amount(*verdict.amount, currency, "ApprovedAmount");
  const Decimal approved = verdict.amount ? verdict.amount->value : wanted;
  if (approved > wanted || approved.is_zero())
    refuse(kAmount, "Amount " + to_string(approved) + " cannot be approved of " + to_string(wanted),
           "ApprovedAmount");
  if (approved < wanted && verdict.reason.empty())
    refuse(kReason, "Less than what was asked for is approved: a reason is needed", "Reason");
  const Source source = reservation_source(reservation, "Approved");
  post(reservation.fund, "prereserved", -wanted, source);
  post(reservation.fund, "over_consumption_requested", -reservation.over, source);
  post(reservation.fund, "reserved", approved, source);
  const Decimal still_over = soap::minus(reservation.over, soap::minus(wanted, approved));
  const Decimal short_by = -checkbook_.available_to_reserve(reservation.fund);
  const Decimal allowed = std::min(still_over, short_by);
  // The reservation has all of it as its reserved amount: it is the fund that has too little.
  if (allowed.sign() > 0)
    post(reservation.fund, "over_consumption_approved", allowed,
         {"Fund", reservation.fund, "Reservation " + reservation.number});
  give_back(reservation.fund, soap::minus(wanted, approved), source);
  reservation.reserved = approved;
  reservation.admin.status = Status::Approved;
}

void FundsDesk::close(Reservation& reservation) {
  if (reservation.admin.status != Status::Approved)
    refuse(kWrongStatus, "Reservation " + reservation.number + " has status " +
                             text_of_status(options_, reservation.admin) + " and is not approved");
  for (const auto& [number, claim] : claims_) {
    const Status status = claim.admin.status;
    const bool undecided = status == Status::Submitted || status == Status::InApproval;
    if (claim.reservation == reservation.number && undecided)
      refuse(kUndecidedClaims,
             "Claim " + number + " of reservation " + reservation.number + " is not decided");
  }
  const Decimal rest = left_of(reservation);
  const Source source = reservation_source(reservation, "Closed");
  post(reservation.fund, "reserved", -rest, source);
  give_back(reservation.fund, rest, source);
  reservation.admin.status = Status::Closed;
}

const Reservation& FundsDesk::decide_reservation(const Verdict& verdict, Notes& notes) {
  Reservation& reservation = reservation_named(verdict.number, verdict.change);
  const std::string what = "Reservation " + verdict.number;
  const Source source = reservation_source(reservation, "Decided");
  if (verdict.code == "CLOS") {
    close(reservation);
  } else {
    check_undecided(reservation.admin, what);
    if ((verdict.code == "REJC" || verdict.code == "RETN") && verdict.reason.empty())
      refuse(kReason, what + ": a reason is needed", "Reason");
    if (verdict.code == "APPR") {
      approve(reservation, verdict);
    } else if (verdict.code == "REVW") {
      reservation.admin.status = Status::InApproval;
    } else {
      post(reservation.fund, "prereserved", -reservation.requested.value, source);
      drop_request(reservation);
      reservation.admin.status = verdict.code == "REJC" ? Status::Rejected : Status::Returned;
    }
  }
  reservation.decision = Decision{verdict.code, verdict.reason, verdict.by, clock_->now()};
  if (!verdict.reference.empty()) reservation.admin.reference = verdict.reference;
  touch(reservation.admin, verdict.by);
  notes.push_back({.number = kDone,
                   .text = what + " has status " + text_of_status(options_, reservation.admin)});
  return reservation;
}

}  // namespace channelbridge::sandbox::crm
