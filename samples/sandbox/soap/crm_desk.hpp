#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "channelbridge/core/clock.hpp"
#include "sandbox/soap/crm_checkbook.hpp"
#include "sandbox/soap/crm_records.hpp"
#include "sandbox/soap/paging.hpp"

namespace channelbridge::sandbox::crm {

/// An initiative as its partner hands it in; `number` and `change` name one that is there.
struct InitiativeOffer {
  Initiative initiative{};
  std::optional<int> change{};
};

/// The first and the last day of all of them; there is one at least.
std::pair<Date, Date> days_of(const std::vector<const Initiative*>& initiatives);

/// What becomes of an initiative. Steps: RUNN, COMP, REPT, CANC.
struct InitiativeNews {
  std::string number{};
  std::optional<int> change{};
  std::string step{};
  std::vector<Expense> expenses{};
  InitiativeResult result{};
  std::string reason{};
  std::string by{};
};

/// A reservation or claim as its partner hands it in; `number` and `change` name a returned one.
struct ReservationOffer {
  Reservation reservation{};
  std::optional<int> change{};
  bool dated{true};  ///< else its activity may be at any time of the fund's validity
};
struct ClaimOffer {
  Claim claim{};
  std::optional<int> change{};
};

struct ItemDecision {
  std::string item{};
  Amount approved{};
  std::string reason{};
};

/// What somebody decides. Codes: REVW, APPR, REJC, RETN, and CLOS for reservations.
struct Verdict {
  std::string number{};         ///< of the initiative, reservation or claim
  std::optional<int> change{};  ///< nothing = whatever it is (people at the system itself)
  std::string code{};
  std::optional<Amount> amount{};     ///< of a reservation
  std::vector<ItemDecision> items{};  ///< of a claim
  std::string reason{};
  std::string by{};
  std::string reference{};
};

/// What accounting did with a claim. Steps: RELS, SETL, PAID, REVS.
struct SettlementNews {
  std::string number{};
  std::optional<int> change{};
  std::string step{};
  std::optional<Amount> amount{};
  std::string document{};
  std::string company{};
  std::string year{};
  std::optional<Date> value_date{};
  std::string bank_reference{};
  std::string reason{};
  std::string by{};
};

/// Money that is paid by another way than a claim: of a reservation, else of a fund.
struct ExternalPayment {
  std::string fund{};
  std::string reservation{};
  Decimal amount{};
  std::string text{};
};

/// Funds plans, funds with their checkbook, programs, initiatives, reservations and claims, with
/// the rules between them. A write that breaks one throws Refused and changes nothing.
///
/// Threads: one at a time.
class FundsDesk {
 public:
  FundsDesk(CrmOptions options, std::shared_ptr<const Clock> clock)
      : options_(std::move(options)), clock_(std::move(clock)) {}

  // People at the system.
  void add_partner(const std::string& number, Partner partner);
  void add_plan(Plan plan);
  void add_program(Program program);
  void add_template(InitiativeTemplate plan);
  /// Refused when there is no such program or partner.
  void enroll(const std::string& program, Participant participant);
  /// Posts the budget. Refused when the plan has not so much left (strict) or does not exist.
  void add_fund(Fund fund, const Decimal& budget, const std::string& by);
  void change_budget(const std::string& fund, const Decimal& by_so_much, const std::string& text);
  void transfer(const std::string& from, const std::string& to, const Decimal& value);
  // Postings that nothing else makes: each gives its number.
  /// What purchases have earned raises the fund's budget. `invoice`: "" = nobody says of which.
  std::string accrue(const std::string& fund, const Decimal& amount, const std::string& invoice,
                     const std::string& text);
  /// Claims of an approved reservation may have so much beyond it.
  std::string approve_over_consumption(const std::string& reservation, const Decimal& amount,
                                       const std::string& by);
  std::string settle_externally(const ExternalPayment& payment);
  /// Takes one of these back.
  std::string take_back(const std::string& posting);
  /// What is free in funds whose validity is over expires; numbers of these funds.
  std::vector<std::string> expire();
  /// "Fund", "Initiative", "Reservation" or "Claim"; "" as user unlocks. False = there is no such
  /// object.
  bool lock(const std::string& object, const std::string& number, const std::string& user);

  // Writes of the services. The reference lives as long as the desk.
  const Initiative& submit(InitiativeOffer offer, const std::string& user, Notes& notes);
  const Reservation& submit(ReservationOffer offer, const std::string& user, Notes& notes);
  const Claim& submit(ClaimOffer offer, const std::string& user, Notes& notes);
  const Initiative& decide_initiative(const Verdict& verdict, Notes& notes);
  const Initiative& progress(const InitiativeNews& news, Notes& notes);
  const Reservation& decide_reservation(const Verdict& verdict, Notes& notes);
  const Claim& decide_claim(const Verdict& verdict, Notes& notes);
  const Claim& confirm(const SettlementNews& news, Notes& notes);

  /// The answer's elements to one of the queries, by the operation's name.
  std::string query(const std::string& operation, pugi::xml_node selection) const;

  const CrmOptions& options() const { return options_; }
  const Checkbook& checkbook() const { return checkbook_; }
  const std::map<std::string, Partner>& partners() const { return partners_; }
  void set_partners(std::map<std::string, Partner> partners) { partners_ = std::move(partners); }
  const std::map<std::string, Fund>& funds() const { return funds_; }
  const std::map<std::string, Program>& programs() const { return programs_; }
  const std::map<std::string, Initiative>& initiatives() const { return initiatives_; }
  const std::map<std::string, Reservation>& reservations() const { return reservations_; }
  const std::map<std::string, Claim>& claims() const { return claims_; }

 private:
  // checks, each throws
  Fund& fund_for(const std::string& number, const std::string& partner, const Date& from,
                 const Date& to);
  void check_partner(const std::string& number) const;
  void check_change(const Admin& admin, const std::string& what,
                    const std::optional<int>& change) const;
  void check_amount(const Amount& amount, const std::string& currency,
                    const std::string& field) const;
  void check_reference(const std::string& reference, const std::string& number) const;
  /// How much more than the fund has is wanted: 0, or (warn) within the tolerance.
  Decimal check_budget(const Fund& fund, const Decimal& wanted, Notes& notes) const;
  void check_undecided(const Admin& admin, const std::string& what) const;
  void check_invoices(const Claim& claim) const;
  void check_items(const Claim& claim, const std::optional<Decimal>& percent,
                   const std::string& currency) const;
  /// Template, program with its participants, days, elements.
  void check_plan(const Initiative& initiative) const;
  /// The initiatives of a reservation: there, its partner's, and not given up.
  std::vector<const Initiative*> standing_initiatives(const Reservation& reservation) const;
  Initiative& initiative_named(const std::string& number, const std::optional<int>& change);
  Reservation* reservation_for(const Claim& claim);
  Reservation& returned_reservation(const ReservationOffer& offer);
  Claim& returned_claim(const ClaimOffer& offer);
  Reservation& reservation_named(const std::string& number, const std::optional<int>& change);
  Claim& claim_named(const std::string& number, const std::optional<int>& change);

  // steps
  void touch(Admin& admin, const std::string& by) const;
  std::string post(const std::string& fund, const char* category, const Decimal& value,
                   const Source& source, const std::string& reversal_of = {});
  /// What its template says of an initiative, and numbers for its elements. `before`: null = it is
  /// new.
  void complete(Initiative& initiative, const Initiative* before) const;
  const Initiative& submit_again(InitiativeOffer offer, const std::string& user, Notes& notes);
  /// Its reservations that wait are for its days.
  void move_reservations(const Initiative& initiative, const std::string& user);
  /// A claim refers to the initiative of its reservation, its items to the elements.
  void refer(Claim& claim, const Reservation& reservation) const;
  Reservation& approved_reservation(const std::string& number);
  void check_posted(const Decimal& amount, const std::string& currency) const;
  void check_left(const std::string& fund, const Decimal& left) const;
  void change_reservation(const Posting& original);
  void approve(Reservation& reservation, const Verdict& verdict);
  void drop_request(const Reservation& reservation);
  void close(Reservation& reservation);
  void give_back(const std::string& fund, const Decimal& value, const Source& source);
  void approve(Claim& claim, const Verdict& verdict, Notes& notes);
  Decimal decided_items(Claim& claim, const Verdict& verdict) const;
  /// The billing document of a claim that is released.
  void bill(Claim& claim);
  void settle(Claim& claim, const SettlementNews& news);
  void reverse(Claim& claim, const SettlementNews& news);
  void write_fund(soap::XmlWriter& xml, const Fund& fund) const;
  std::string next(std::uint64_t& range) const;
  Date today() const;
  std::string currency_of(const std::string& fund) const { return funds_.at(fund).currency; }

  const CrmOptions options_;
  std::shared_ptr<const Clock> clock_;
  Checkbook checkbook_{};
  std::map<std::string, Partner> partners_{};
  std::map<std::string, Plan> plans_{};
  std::map<std::string, Fund> funds_{};
  std::map<std::string, Program> programs_{};
  std::map<std::string, InitiativeTemplate> templates_{};
  std::map<std::string, Initiative> initiatives_{};
  std::map<std::string, Reservation> reservations_{};
  std::map<std::string, Claim> claims_{};
  std::uint64_t reservation_range_{4'000'000'000};
  std::uint64_t claim_range_{5'000'000'000};
  std::uint64_t initiative_range_{6'000'000'000};
  std::uint64_t settlement_range_{9'000'000'000};
};

}  // namespace channelbridge::sandbox::crm
