// Lines of a checkbook that no plan, reservation, claim or settlement makes: people post them.
#include "sandbox/soap/crm_desk.hpp"

namespace channelbridge::sandbox::crm {
namespace {

constexpr std::size_t kDocumentDigits = 10;

std::string money(const Decimal& value, const std::string& currency) {
  return soap::amount_text({value, currency}) + " " + currency;
}

bool is_of_reservation(const Posting& posting) { return posting.document_type == "Reservation"; }

/// The other line that was posted with it, and in which direction; null = there is none.
struct Beside {
  const char* category{};
  bool same_sign{};
};
Beside beside(const Posting& posting) {
  if (posting.category == "accrual") return {"budget", true};
  if (!is_of_reservation(posting)) return {};
  return {"reserved", posting.category == "over_consumption_approved"};
}

/// Is it one of those that people make here?
bool is_by_people(const Posting& posting) {
  return posting.category == "accrual" || posting.category == "externally_settled" ||
         (posting.category == "over_consumption_approved" && is_of_reservation(posting));
}

}  // namespace

void FundsDesk::check_posted(const Decimal& amount, const std::string& currency) const {
  check_amount({amount, currency}, currency, "Value");
  if (amount.is_zero()) refuse(kAmount, "Amount 0 cannot be posted", "Value");
}

void FundsDesk::check_left(const std::string& fund, const Decimal& left) const {
  if (left.sign() < 0)
    refuse(kBudget, "Fund " + fund + " would have " + money(left, currency_of(fund)) +
                        " available to reserve");
}

Reservation& FundsDesk::approved_reservation(const std::string& number) {
  Reservation& found = reservation_named(number, std::nullopt);
  if (found.admin.status != Status::Approved)
    refuse(kWrongStatus, "Reservation " + number + " has status " +
                             text_of_status(options_, found.admin) + " and is not approved");
  return found;
}

std::string FundsDesk::accrue(const std::string& fund, const Decimal& amount,
                              const std::string& invoice, const std::string& text) {
  if (!funds_.contains(fund)) refuse(kNotFound, "Fund " + fund + " does not exist");
  check_posted(amount, currency_of(fund));
  if (invoice.size() > kDocumentDigits)
    refuse(kDocument, "Invoice " + invoice + " has more than 10 characters", "DocumentNumber");
  const Source source{invoice.empty() ? "Fund" : "Invoice", invoice.empty() ? fund : invoice, text};
  std::string number = post(fund, "accrual", amount, source);
  post(fund, "budget", amount, source);
  give_back(fund, amount, source);
  return number;
}

std::string FundsDesk::approve_over_consumption(const std::string& reservation,
                                                const Decimal& amount, const std::string& by) {
  Reservation& found = approved_reservation(reservation);
  check_posted(amount, found.requested.currency);
  const Source source{"Reservation", reservation, "Over-consumption"};
  std::string number = post(found.fund, "over_consumption_approved", amount, source);
  post(found.fund, "reserved", amount, source);
  found.beyond = soap::plus(found.beyond, amount);
  touch(found.admin, by);
  return number;
}

std::string FundsDesk::settle_externally(const ExternalPayment& payment) {
  if (payment.reservation.empty()) {
    if (!funds_.contains(payment.fund))
      refuse(kNotFound, "Fund " + payment.fund + " does not exist");
    check_posted(payment.amount, currency_of(payment.fund));
    check_left(payment.fund,
               soap::minus(checkbook_.available_to_reserve(payment.fund), payment.amount));
    return post(payment.fund, "externally_settled", payment.amount,
                {"Fund", payment.fund, payment.text});
  }
  Reservation& reservation = approved_reservation(payment.reservation);
  const std::string& currency = reservation.requested.currency;
  check_posted(payment.amount, currency);
  if (const Decimal left = left_of(reservation); payment.amount > left)
    refuse(kAboveReservation, money(payment.amount, currency) + " is more than reservation " +
                                  reservation.number + " has left, " + money(left, currency));
  const Source source{"Reservation", reservation.number, payment.text};
  std::string number = post(reservation.fund, "externally_settled", payment.amount, source);
  post(reservation.fund, "reserved", -payment.amount, source);
  reservation.consumed = soap::plus(reservation.consumed, payment.amount);
  touch(reservation.admin, "SYSTEM");
  return number;
}

std::string FundsDesk::take_back(const std::string& posting) {
  const Posting* found = checkbook_.find(posting);
  if (found == nullptr) refuse(kNotFound, "Posting " + posting + " does not exist");
  const Posting original = *found;
  if (!is_by_people(original))
    refuse(kWrongStatus, "Posting " + posting + " is taken back by what has made it");
  if (!original.reversal_of.empty() || checkbook_.is_reversed(posting))
    refuse(kWrongStatus, "Posting " + posting + " was taken back already, or takes one back");
  const Source source{original.document_type, original.document_number, "Taken back"};
  if (original.category == "accrual")
    check_left(original.fund,
               soap::minus(checkbook_.available_to_reserve(original.fund), original.value));
  if (is_of_reservation(original)) change_reservation(original);
  std::string number =
      post(original.fund, original.category.c_str(), -original.value, source, posting);
  const Beside other = beside(original);
  const bool open = !is_of_reservation(original) ||
                    reservations_.at(original.document_number).admin.status == Status::Approved;
  if (other.category != nullptr && open)
    post(original.fund, other.category, other.same_sign ? -original.value : original.value, source);
  if (original.category == "externally_settled") give_back(original.fund, original.value, source);
  return number;
}

/// What its reservation has is as if the posting had never been.
void FundsDesk::change_reservation(const Posting& original) {
  const std::string& number = original.document_number;
  const bool paid = original.category == "externally_settled";
  Reservation& reservation = paid ? reservations_.at(number) : approved_reservation(number);
  const Decimal left = left_of(reservation);
  if (!paid && original.value > left)
    refuse(kAboveReservation, "Reservation " + number + " has " +
                                  money(left, reservation.requested.currency) + " left of " +
                                  money(original.value, reservation.requested.currency));
  Decimal& changed = paid ? reservation.consumed : reservation.beyond;
  changed = soap::minus(changed, original.value);
  touch(reservation.admin, "SYSTEM");
}

}  // namespace channelbridge::sandbox::crm
