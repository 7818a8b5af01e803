#include "sandbox/soap/crm_desk.hpp"

#include <algorithm>

namespace channelbridge::sandbox::crm {
namespace {

std::string in_words(const Decimal& value, const std::string& currency) {
  return soap::amount_text({value, currency}) + " " + currency;
}

template <typename T>
bool lock_one(std::map<std::string, T>& records, const std::string& number,
              const std::string& user) {
  const auto found = records.find(number);
  if (found == records.end()) return false;
  found->second.admin.locked_by = user;
  return true;
}

bool fits_text(pugi::xml_node selection, const char* name, const std::string& value) {
  const std::string wanted = soap::value_of(selection, name);
  return wanted.empty() || wanted == value;
}

/// The records of a query that pass its filters, written in order, between ReadAt and the token.
template <typename T, typename Fits, typename Write, typename PlaceOf>
std::string page_text(const std::vector<const T*>& rows, pugi::xml_node selection, Timestamp now,
                      Fits fits, Write write_row, PlaceOf place_of) {
  std::vector<const T*> wanted;
  for (const T* row : rows)
    if (fits(*row)) wanted.push_back(row);
  const auto page = soap::page_of<T>(wanted, soap::page_request_of(selection), now, place_of);
  soap::XmlWriter xml;
  xml.put("ReadAt", soap::utc_text(page.read_at));
  for (const T* row : page.rows) write_row(xml, *row);
  return xml.put_some("NextPageToken", page.next).text();
}

template <typename T>
std::vector<const T*> all_of(const std::map<std::string, T>& records) {
  std::vector<const T*> out;
  out.reserve(records.size());
  for (const auto& [number, record] : records) out.push_back(&record);
  return out;
}

template <typename T>
soap::Place place_of_record(const T& record) {
  return {record.admin.changed, record.number};
}

template <typename T>
bool fits_reference(pugi::xml_node selection, const T& record) {
  return fits_text(selection, "Number", record.number) &&
         fits_text(selection, "ExternalReference", record.admin.reference);
}

template <typename T>
bool fits_fund(pugi::xml_node selection, const T& record) {
  return fits_reference(selection, record) && fits_text(selection, "Partner", record.partner) &&
         fits_text(selection, "FundNumber", record.fund);
}

}  // namespace

void FundsDesk::touch(Admin& admin, const std::string& by) const {
  ++admin.change;
  admin.changed = clock_->now();
  admin.changed_by = by;
}

std::string FundsDesk::post(const std::string& fund, const char* category, const Decimal& value,
                            const Source& source, const std::string& reversal_of) {
  if (value.is_zero()) return {};
  touch(funds_.at(fund).admin, "SYSTEM");
  return checkbook_.post(fund, category, value, source, clock_->now(), reversal_of);
}

std::string FundsDesk::next(std::uint64_t& range) const { return std::to_string(++range); }

Date FundsDesk::today() const { return Date(std::chrono::floor<std::chrono::days>(clock_->now())); }

void FundsDesk::add_partner(const std::string& number, Partner partner) {
  partners_[number] = std::move(partner);
}

void FundsDesk::add_plan(Plan plan) {
  plan.admin.changed = clock_->now();
  if (plan.admin.changed_by.empty()) plan.admin.changed_by = "PLANNER";
  plans_[plan.number] = std::move(plan);
}

void FundsDesk::add_fund(Fund fund, const Decimal& budget, const std::string& by) {
  const auto plan = plans_.find(fund.plan);
  if (plan == plans_.end()) refuse(kNotFound, "Funds plan " + fund.plan + " does not exist");
  Decimal spread = budget;
  for (const auto& [number, other] : funds_)
    if (other.plan == fund.plan) spread = soap::plus(spread, checkbook_.planned(number));
  if (plan->second.strict && spread > plan->second.budget.value)
    refuse(kBudget, "Funds plan " + fund.plan + " has " +
                        in_words(plan->second.budget.value, plan->second.budget.currency) +
                        "; its funds would have " + in_words(spread, fund.currency));
  fund.admin.changed = clock_->now();
  fund.admin.changed_by = by;
  const std::string number = fund.number;
  funds_[number] = std::move(fund);
  post(number, "budget", budget, {"Budget", number, "Budget"});
}

void FundsDesk::change_budget(const std::string& fund, const Decimal& by_so_much,
                              const std::string& text) {
  if (!funds_.contains(fund)) refuse(kNotFound, "Fund " + fund + " does not exist");
  const Decimal left = soap::plus(checkbook_.available_to_reserve(fund), by_so_much);
  if (left.sign() < 0)
    refuse(kBudget, "Fund " + fund + " would have " + in_words(left, currency_of(fund)) +
                        " available to reserve");
  post(fund, "budget", by_so_much, {"Budget", fund, text});
}

void FundsDesk::transfer(const std::string& from, const std::string& to, const Decimal& value) {
  if (!funds_.contains(to)) refuse(kNotFound, "Fund " + to + " does not exist");
  change_budget(from, -value, "Transfer to " + to);
  post(to, "budget", value, {"Budget", to, "Transfer from " + from});
}

std::vector<std::string> FundsDesk::expire() {
  std::vector<std::string> out;
  for (auto& [number, fund] : funds_) {
    if (fund.to >= today() || fund.admin.status != Status::Open) continue;
    fund.admin.status = Status::Expired;
    touch(fund.admin, "SYSTEM");
    post(number, "expired", checkbook_.available_to_reserve(number), {"Expiry", number, "Expiry"});
    out.push_back(number);
  }
  return out;
}

bool FundsDesk::lock(const std::string& object, const std::string& number,
                     const std::string& user) {
  if (object == "Fund") return lock_one(funds_, number, user);
  if (object == "Initiative") return lock_one(initiatives_, number, user);
  if (object == "Reservation") return lock_one(reservations_, number, user);
  return object == "Claim" && lock_one(claims_, number, user);
}

Fund& FundsDesk::fund_for(const std::string& number, const std::string& partner, const Date& from,
                          const Date& to) {
  const auto found = funds_.find(number);
  if (found == funds_.end()) refuse(kNotFound, "Fund " + number + " does not exist", "FundNumber");
  Fund& fund = found->second;
  if (!fund.admin.locked_by.empty())
    refuse(kLocked, "Fund " + number + " is locked by user " + fund.admin.locked_by);
  if (!fund.partner.empty() && fund.partner != partner)
    refuse(kPartner, "Fund " + number + " is for partner " + fund.partner + ", not " + partner,
           "Partner");
  if (fund.admin.status != Status::Open)
    refuse(kFundClosed, "Fund " + number + " has status " + text_of_status(options_, fund.admin));
  if (from > to || from < fund.from || to > fund.to)
    refuse(kPeriod,
           "Period " + to_string(from) + " to " + to_string(to) + " is not inside " +
               to_string(fund.from) + " to " + to_string(fund.to) + " of fund " + number,
           "ActivityFrom");
  return fund;
}

void FundsDesk::check_partner(const std::string& number) const {
  const auto found = partners_.find(number);
  if (found == partners_.end())
    refuse(kPartner, "Business partner " + number + " does not exist", "Partner");
  if (found->second.blocked)
    refuse(kPartnerBlocked, "Business partner " + number + " is blocked", "Partner");
}

void FundsDesk::check_change(const Admin& admin, const std::string& what,
                             const std::optional<int>& change) const {
  if (!admin.locked_by.empty()) refuse(kLocked, what + " is locked by user " + admin.locked_by);
  if (change && *change != admin.change)
    refuse(kStale,
           what + " was changed by " + admin.changed_by + ": change number is " +
               std::to_string(admin.change) + ", not " + std::to_string(*change),
           "ChangeNumber");
}

void FundsDesk::check_amount(const Amount& amount, const std::string& currency,
                             const std::string& field) const {
  if (amount.currency != currency)
    refuse(kCurrency, "Currency " + amount.currency + " is not that of the fund, " + currency,
           field);
  if (amount.value.sign() < 0 || amount.value.scale() > soap::minor_digits(currency))
    refuse(kAmount, "Amount " + to_string(amount.value) + " " + currency + " is not valid", field);
}

void FundsDesk::check_reference(const std::string& reference, const std::string& number) const {
  if (!options_.unique_reference || reference.empty()) return;
  const auto is_taken = [&](const auto& records) {
    return std::any_of(records.begin(), records.end(), [&](const auto& entry) {
      return entry.second.admin.reference == reference && entry.first != number;
    });
  };
  if (is_taken(initiatives_) || is_taken(reservations_) || is_taken(claims_))
    refuse(kReferenceTwice, "External reference " + reference + " exists already",
           "ExternalReference");
}

Decimal FundsDesk::check_budget(const Fund& fund, const Decimal& wanted, Notes& notes) const {
  const Decimal free = checkbook_.available_to_reserve(fund.number);
  const Decimal missing = soap::minus(wanted, free);
  if (missing.sign() <= 0) return {};
  const Plan& plan = plans_.at(fund.plan);
  const Decimal budget = checkbook_.sum(fund.number, "budget");
  const Decimal limit =
      round(multiply(multiply(budget, plan.tolerance).value(), Decimal(1, 2)).value(),
            soap::minor_digits(fund.currency));
  const Decimal over =
      soap::plus(missing, checkbook_.sum(fund.number, "over_consumption_approved"));
  const std::string figures = "Fund " + fund.number + ": " + in_words(wanted, fund.currency) +
                              " wanted, " + in_words(free, fund.currency) + " available";
  if (plan.strict) refuse(kBudget, figures, "RequestedAmount");
  if (over > limit)
    refuse(kBudget, figures + ", tolerance " + in_words(limit, fund.currency), "RequestedAmount");
  notes.push_back({.type = 'W', .number = kOverBudget, .text = figures});
  return missing > wanted ? wanted : missing;
}

void FundsDesk::check_undecided(const Admin& admin, const std::string& what) const {
  if (admin.status != Status::Submitted && admin.status != Status::InApproval)
    refuse(kDecided,
           what + " has status " + text_of_status(options_, admin) + " and cannot be decided");
}

std::string FundsDesk::query(const std::string& operation, pugi::xml_node selection) const {
  const Timestamp now = clock_->now();
  const auto write_one = [this](soap::XmlWriter& xml, const auto& row) {
    write(xml, options_, row);
  };
  const auto by_fund = [&](const auto& row) { return fits_fund(selection, row); };
  if (operation == "FundPlanQuery")
    return page_text<Plan>(
        all_of(plans_), selection, now,
        [&](const Plan& row) { return fits_reference(selection, row); }, write_one,
        place_of_record<Plan>);
  if (operation == "FundQuery")
    return page_text<Fund>(
        all_of(funds_), selection, now,
        [&](const Fund& row) {
          return fits_reference(selection, row) && fits_text(selection, "Partner", row.partner) &&
                 fits_text(selection, "FundNumber", row.number);
        },
        [this](soap::XmlWriter& xml, const Fund& row) { write_fund(xml, row); },
        place_of_record<Fund>);
  if (operation == "ProgramQuery")
    return page_text<Program>(
        all_of(programs_), selection, now,
        [&](const Program& row) { return fits_reference(selection, row); }, write_one,
        place_of_record<Program>);
  if (operation == "InitiativeQuery")
    return page_text<Initiative>(
        all_of(initiatives_), selection, now,
        [&](const Initiative& row) {
          return fits_reference(selection, row) && fits_text(selection, "Partner", row.partner);
        },
        write_one, place_of_record<Initiative>);
  if (operation == "ReservationQuery")
    return page_text<Reservation>(all_of(reservations_), selection, now, by_fund, write_one,
                                  place_of_record<Reservation>);
  if (operation == "ClaimQuery")
    return page_text<Claim>(all_of(claims_), selection, now, by_fund, write_one,
                            place_of_record<Claim>);
  if (operation == "ClaimSettlementStatusQuery")
    return page_text<Claim>(
        all_of(claims_), selection, now, by_fund,
        [this](soap::XmlWriter& xml, const Claim& row) { write_settlement(xml, options_, row); },
        place_of_record<Claim>);
  std::vector<const Posting*> postings;
  for (const Posting& posting : checkbook_.postings()) postings.push_back(&posting);
  return page_text<Posting>(
      postings, selection, now,
      [&](const Posting& row) { return fits_text(selection, "FundNumber", row.fund); },
      [this](soap::XmlWriter& xml, const Posting& row) {
        write(xml, "FundPosting", row, currency_of(row.fund));
      },
      [](const Posting& row) {
        return soap::Place{row.at, row.number};
      });
}

void FundsDesk::write_fund(soap::XmlWriter& xml, const Fund& fund) const {
  xml.open("Fund")
      .put("FundNumber", fund.number)
      .put("PlanNumber", fund.plan)
      .put("Description", fund.description)
      .put("FundType", fund.type)
      .put_some("Partner", fund.partner)
      .put_some("ProductCategory", fund.product_category)
      .put_some("Territory", fund.territory)
      .put("ValidFrom", to_string(fund.from))
      .put("ValidTo", to_string(fund.to));
  checkbook_.write(xml, fund, options_.direct_claims);
  write_status(xml, options_, fund.admin);
  write_admin(xml, fund.admin);
  xml.close("Fund");
}

}  // namespace channelbridge::sandbox::crm
