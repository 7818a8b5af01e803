#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "channelbridge/core/time.hpp"
#include "channelbridge/model/date.hpp"
#include "sandbox/soap/crm_options.hpp"
#include "sandbox/soap/xml.hpp"

namespace channelbridge::sandbox::crm {

using model::Date;
using model::Decimal;
using soap::Amount;

/// What every object of the system carries.
struct Admin {
  std::string reference{};  ///< the caller's own number
  int change{1};            ///< goes up with every change
  Timestamp changed{};
  std::string changed_by{};
  Status status{Status::Open};
  std::string locked_by{};  ///< user who works on it
};

/// A container of funds: per period and organization.
struct Plan {
  std::string number{};
  std::string description{};
  std::string type{"MDF"};
  std::string organization{};
  Amount budget{};
  Date from{std::chrono::sys_days{}};
  Date to{std::chrono::sys_days{}};
  std::string cost_center{};
  std::string gl_account{};
  std::string internal_order{};
  bool strict{true};    ///< availability control: refuse, or warn up to the tolerance
  Decimal tolerance{};  ///< percent of a fund's budget
  Admin admin{};
};

/// A budget holder. Its figures are sums of postings, never fields.
struct Fund {
  std::string number{};
  std::string plan{};
  std::string description{};
  std::string type{"MDF"};
  std::string partner{};  ///< "" = any
  std::string product_category{};
  std::string territory{};
  std::string currency{"EUR"};
  Date from{std::chrono::sys_days{}};
  Date to{std::chrono::sys_days{}};
  Admin admin{};
};

/// One line of a fund's checkbook. Never changed.
struct Posting {
  std::string number{};
  std::string fund{};
  Timestamp at{};
  std::string category{};
  Decimal value{};
  std::string document_type{};
  std::string document_number{};
  std::string reversal_of{};  ///< number of the posting that it takes back
  std::string text{};
};

struct Decision {
  std::string code{};
  std::string reason{};
  std::string by{};
  Timestamp at{};
};

/// A partner that takes part in a program.
struct Participant {
  std::string partner{};
  Date from{std::chrono::sys_days{}};
  std::optional<Date> to{};
};

/// Rules of what partners do with funds. Nobody but planners changes it.
struct Program {
  std::string number{};
  std::string description{};
  std::string text{};
  std::string type{"MDF"};
  Date from{std::chrono::sys_days{}};
  std::optional<Date> to{};
  std::vector<std::string> partner_types{};
  bool enrollment{};  ///< initiatives are for its participants alone
  std::vector<Participant> participants{};
  Admin admin{};
};

/// What an initiative of a kind begins with.
struct InitiativeTemplate {
  std::string number{};
  std::string type{};
  std::string program{};  ///< "" = none
};

struct InitiativeElement {
  std::string number{};
  std::string type{};
  Amount planned{};
};

struct Expense {
  std::string type{};
  Amount actual{};
};

/// What came of an initiative; "" = nobody has said.
struct InitiativeResult {
  std::string leads{};
  std::string opportunities{};
  std::optional<Amount> revenue{};
  std::string attendees{};

  bool empty() const {
    return leads.empty() && opportunities.empty() && !revenue && attendees.empty();
  }
};

/// What a partner plans: an event, an ad.
struct Initiative {
  std::string number{};
  std::string program{};
  std::string plan{};  ///< number of its template
  std::string type{};
  std::string partner{};
  std::string description{};
  Date from{std::chrono::sys_days{}};
  Date to{std::chrono::sys_days{}};
  std::string location{};
  std::string target_group{};
  std::vector<InitiativeElement> elements{};
  std::vector<Expense> expenses{};
  InitiativeResult result{};
  std::optional<Decision> decision{};
  Admin admin{};
};

/// Money that is set aside for an activity of a partner.
struct Reservation {
  std::string number{};
  std::string fund{};
  std::string partner{};
  std::string description{};
  std::vector<std::string> initiatives{};  ///< what it is for, and when
  std::string activity_type{};
  Date from{std::chrono::sys_days{}};
  Date to{std::chrono::sys_days{}};
  bool dated{};  ///< its days are its own, and not those of its initiatives or its fund
  Amount requested{};
  std::optional<Decimal> reserved{};  ///< approved
  Decimal beyond{};                   ///< `reserved`: over-consumption that a manager has approved
  Decimal consumed{};                 ///< by approved claims, and by what was paid another way
  Decimal over{};                     ///< of `requested`, beyond what the fund had
  std::optional<Decimal> percent{};   ///< of costs that is reimbursed
  std::optional<Date> deadline{};     ///< last day for claims
  std::optional<Decision> decision{};
  Admin admin{};
};

/// What of an approved reservation nobody has consumed.
Decimal left_of(const Reservation& reservation);

struct ClaimItem {
  std::string number{};
  std::string expense_type{};
  std::string element{};  ///< of its initiative, of the same type
  std::string description{};
  std::string invoice{};
  Date invoice_date{std::chrono::sys_days{}};
  std::string supplier{};
  Amount net{};
  std::optional<Amount> tax{};
  Amount submitted{};
  std::optional<Decimal> approved{};
  std::string reason{};
};

struct Attachment {
  std::string type{};
  std::string file{};
  std::string hash{};
  std::string size{};  ///< "" = not said
};

/// The billing document that a release makes of a claim, and what accounting made of it.
struct Settlement {
  std::string number{};  ///< "" = not released yet
  std::optional<Date> day{};
  std::optional<Decimal> amount{};
  std::string document{};
  std::string company{};
  std::string year{};
  std::optional<Date> value_date{};
  std::string bank_reference{};
};

struct Claim {
  std::string number{};
  std::string type{};
  std::string reservation{};  ///< "" = a direct claim
  std::string initiative{};   ///< the first of its reservation
  std::string fund{};
  std::string partner{};
  std::string description{};
  Date from{std::chrono::sys_days{}};
  Date to{std::chrono::sys_days{}};
  Amount submitted{};
  std::optional<Decimal> approved{};
  std::string method{};  ///< by which it is to be settled
  Decimal pending{};     ///< in the checkbook until it is decided
  std::vector<ClaimItem> items{};
  std::vector<Attachment> attachments{};
  std::optional<Decision> decision{};
  Settlement settlement{};
  Admin admin{};
};

struct Partner {
  std::string name{};
  bool blocked{};            ///< for submissions, and for leads
  bool sales_partner{true};  ///< has the role to which leads are distributed
  std::map<std::string, std::string> fields{};
};

/// A message in the answer to a write.
struct Note {
  char type{'S'};  ///< S, W, E
  int number{};
  std::string text{};
  std::string field{};
};
using Notes = std::vector<Note>;

/// A write that is refused: nothing was changed. Thrown where the reason is known.
struct Refused {
  Note note{};
};

/// Message numbers of class ZMDF, the tenant's own.
enum Message : int {
  kDone = 0,
  kNotFound = 1,
  kLocked = 2,
  kStale = 3,
  kWrongStatus = 4,
  kDecided = 5,
  kFundClosed = 6,
  kPeriod = 7,
  kCurrency = 8,
  kAmount = 9,
  kBudget = 10,
  kOverBudget = 11,
  kInvoiceTwice = 12,
  kSum = 13,
  kShare = 14,
  kDeadline = 15,
  kReason = 16,
  kProof = 17,
  kPartner = 18,
  kPartnerBlocked = 19,
  kReferenceTwice = 20,
  kAboveReservation = 21,
  kUndecidedClaims = 22,
  kDocument = 23,
  kReservationNeeded = 24,
  kEnrollment = 25,
  kResults = 26,
  kNotQualified = 40,
  kPartnerRole = 41,
};

[[noreturn]] void refuse(Message number, const std::string& text, const std::string& field = {});

// What the services show of the records, in the namespace-less elements of their schemas.

std::string text_of_status(const CrmOptions& options, const Admin& admin);
void write(soap::XmlWriter& xml, const CrmOptions& options, const Plan& plan);
void write(soap::XmlWriter& xml, const CrmOptions& options, const Program& program);
void write(soap::XmlWriter& xml, const CrmOptions& options, const Initiative& initiative);
void write(soap::XmlWriter& xml, const CrmOptions& options, const Reservation& reservation);
void write(soap::XmlWriter& xml, const CrmOptions& options, const Claim& claim);
/// `element`: the posting's own name there.
void write(soap::XmlWriter& xml, const char* element, const Posting& posting,
           const std::string& currency);
void write_settlement(soap::XmlWriter& xml, const CrmOptions& options, const Claim& claim);
/// UserStatus and StatusText.
void write_status(soap::XmlWriter& xml, const CrmOptions& options, const Admin& admin);
/// ExternalReference, ChangeNumber, ChangedAt, ChangedBy.
void write_admin(soap::XmlWriter& xml, const Admin& admin);

}  // namespace channelbridge::sandbox::crm
