#pragma once

#include <chrono>
#include <map>
#include <set>
#include <string>

#include "channelbridge/core/result.hpp"
#include "sandbox/soap/port.hpp"

namespace channelbridge::sandbox::crm {

/// Where a fund, program, initiative, reservation or claim stands.
enum class Status {
  Open,
  Submitted,
  InApproval,
  Approved,
  Rejected,
  Returned,
  Released,  ///< to settlement
  Settled,
  Paid,
  Reversed,  ///< its settlement was
  Closed,
  Expired,
  Running,  ///< this one and those below: of initiatives
  Completed,
  Reported,  ///< its results were
  Cancelled
};

/// Where a lead that is dispatched to partners stands.
enum class LeadStatus { Open, InProcess, Distributed, Accepted, Rejected, Won, Lost, Declined };

/// A user status as the tenant's status profile names it.
struct StatusWords {
  std::string code{};  ///< at most 5 characters
  std::string text{};
};

/// How the tenant is set up. Codes of statuses, and that a message id is a key, are this example
/// tenant's; no public source says what others have.
struct CrmOptions {
  soap::PortOptions port{.system_id = "CRM"};
  std::map<Status, StatusWords> statuses{{Status::Open, {"E0001", "Open"}},
                                         {Status::Submitted, {"E0002", "Submitted"}},
                                         {Status::InApproval, {"E0003", "In approval"}},
                                         {Status::Approved, {"E0004", "Approved"}},
                                         {Status::Rejected, {"E0005", "Rejected"}},
                                         {Status::Returned, {"E0006", "Returned"}},
                                         {Status::Released, {"E0007", "Released to settle"}},
                                         {Status::Settled, {"E0008", "Settled"}},
                                         {Status::Paid, {"E0009", "Paid"}},
                                         {Status::Reversed, {"E0010", "Settlement reversed"}},
                                         {Status::Closed, {"E0011", "Closed"}},
                                         {Status::Expired, {"E0012", "Expired"}},
                                         {Status::Running, {"E0013", "Running"}},
                                         {Status::Completed, {"E0014", "Completed"}},
                                         {Status::Reported, {"E0015", "Results reported"}},
                                         {Status::Cancelled, {"E0016", "Cancelled"}}};
  std::map<LeadStatus, StatusWords> lead_statuses{
      {LeadStatus::Open, {"OPEN", "Open"}},
      {LeadStatus::InProcess, {"INPR", "In process"}},
      {LeadStatus::Distributed, {"DIST", "Distributed to sales partner"}},
      {LeadStatus::Accepted, {"SPAC", "Accepted by sales partner"}},
      {LeadStatus::Rejected, {"SPRE", "Rejected by sales partner"}},
      {LeadStatus::Won, {"WONN", "Won"}},
      {LeadStatus::Lost, {"LOST", "Lost"}},
      {LeadStatus::Declined, {"DECL", "Declined"}}};
  // Customising that the external interface is held against.
  std::set<std::string> relation_categories{"BUR001", "BUR010"};
  std::set<std::string> hierarchies{"CHANNEL"};
  std::set<std::string> product_categories{"MAT_CHANNEL"};
  std::set<std::string> product_statuses{"CREA", "RELE", "BLCK", "ARCH"};
  std::set<std::string> units{"PC", "ST", "EA", "1",   "SET", "KG", "G",
                              "M",  "L",  "H",  "DAY", "MON", "YR"};
  std::map<std::string, std::string> process_types{///< -> object type
                                                   {"LEAD", "BUS2000108"},
                                                   {"TA", "BUS2000115"},
                                                   {"RE", "BUS2000115"}};
  std::set<std::string> partner_functions{"00000001", "00000002", "00000003", "00000004",
                                          "00000021", "00000023", "00000026"};
  std::set<std::string> date_types{"REQDELIVERY"};
  std::set<std::string> text_types{"A001"};
  std::set<std::string> order_statuses{"OPEN", "INPR", "HOLD", "COMP", "CANC"};
  bool idempotent{true};         ///< a MessageID that comes again gets the first answer
  bool unique_reference{false};  ///< a second object with the same ExternalReference is refused
  bool approval_step{false};     ///< nothing is approved that was not taken into approval (REVW)
  bool require_proof{false};     ///< no claim is approved without an attachment
  bool direct_claims{true};      ///< claims without a reservation
  std::string settlement_method{"BANK"};           ///< of claims that name none
  std::chrono::seconds answer_within{48 * 3'600};  ///< of a distributed lead; then it falls back
  std::string lead_type{"LEAD"};                   ///< transaction type of leads
};

/// "idempotent=false", "unique_reference=true", "approval_step=true", "require_proof=true",
/// "direct_claims=false", "settlement_method=CRME", "answer_within=3600", "lead_type=ZLED",
/// "unauthorized=GUEST",
/// "status.approved=Z004 Freigegeben", "lead_status.accepted=SPAC Accepted",
/// "relation_categories=BUR001,ZCH001", and likewise "hierarchies", "product_categories",
/// "product_statuses", "units", "partner_functions", "date_types", "text_types", "order_statuses";
/// "process_type.ZOR=BUS2000115". Errors: Invalid.
Result<void> change_setting(CrmOptions& options, const std::string& assignment);

}  // namespace channelbridge::sandbox::crm
