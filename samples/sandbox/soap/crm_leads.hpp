#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <pugixml.hpp>
#include <string>
#include <vector>

#include "channelbridge/core/clock.hpp"
#include "sandbox/soap/crm_records.hpp"
#include "sandbox/soap/paging.hpp"

namespace channelbridge::sandbox::crm {

/// That a lead was offered to a sales partner, and what came of it.
struct LeadOffer {
  std::string lead{};
  int number{1};  ///< of its lead
  std::string partner{};
  Timestamp at{};
  Timestamp due{};
  LeadStatus status{LeadStatus::Distributed};  ///< moves once
  std::string reason{};
  Admin admin{};  ///< but for the reference its lead's, until the offer is over
};

struct Lead {
  std::string number{};
  std::string type{"LEAD"};
  std::string description{};
  std::string partner{};  ///< the sales partner
  std::string prospect{};
  std::string contact{};
  std::string contact_first{};
  std::string phone{};
  std::string email{};
  std::string city{};
  std::string country{};
  std::string source{};
  std::string importance{};
  std::string lead_type{};
  std::string qualification{};
  std::optional<Amount> revenue{};
  std::vector<LeadOffer> offers{};  ///< the last one waits while the lead is distributed
  LeadStatus status{LeadStatus::Open};
  std::string reason{};
  Admin admin{};  ///< without its status
};

struct LeadAnswer {
  std::string number{};
  std::optional<int> change{};
  std::string code{};  ///< a user status
  std::string reason{};
  std::string reference{};
  std::optional<Amount> revenue{};
  std::string by{};
};

/// What LeadChange says: the elements that are there, an empty one empties.
struct LeadEdit {
  std::string number{};
  std::optional<int> change{};
  pugi::xml_node fields{};
  std::string by{};
};

struct LeadDispatch {
  std::string number{};
  std::optional<int> change{};
  std::string partner{};  ///< "" = the lead's own
  std::string code{};     ///< user status; "" = as the profile has it
  std::optional<Timestamp> due{};
  std::string reference{};
  std::string by{};
};

/// What a message says of a lead; an element that is not there says nothing.
void take_lead(pugi::xml_node fields, Lead& lead);

/// Leads that are dispatched to sales partners: distributed, accepted or rejected, then won, lost
/// or declined. What nobody answers in time falls back to in process.
///
/// Threads: one at a time.
class LeadsDesk {
 public:
  LeadsDesk(CrmOptions options, std::shared_ptr<const Clock> clock)
      : options_(std::move(options)), clock_(std::move(clock)) {}

  using Partners = std::map<std::string, Partner>;

  // People at the system.
  void add(Lead lead);
  /// Somebody sets the status. A lead without a sales partner is in process then: the workflow
  /// finds none. Throws Refused.
  void dispatch(const std::string& number, const std::string& partner, const std::string& by,
                const Partners& partners);
  /// The workflow of a distributed lead ends in an error: it is in process again. Throws Refused.
  void fail(const std::string& number);
  /// The report CRM_DD_BATCH: what is overdue goes to this partner, unless it had it last; numbers
  /// of these leads. Throws Refused: the partner cannot have leads.
  std::vector<std::string> redispatch(const std::string& partner, const Partners& partners);
  bool lock(const std::string& number, const std::string& user);
  /// What is overdue goes back.
  void fall_back();

  // Writes of the service. Each throws Refused.
  const Lead& create(Lead lead, const Partners& partners, Notes& notes);
  const Lead& edit(const LeadEdit& edit, const Partners& partners, Notes& notes);
  const Lead& distribute(const LeadDispatch& dispatch, const Partners& partners, Notes& notes);
  const Lead& answer(const LeadAnswer& answer, Notes& notes);

  std::string query(pugi::xml_node selection) const;
  std::string query_offers(pugi::xml_node selection) const;
  void write(soap::XmlWriter& xml, const Lead& lead) const;
  void write(soap::XmlWriter& xml, const LeadOffer& offer) const;
  const std::map<std::string, Lead>& leads() const { return leads_; }
  const StatusWords& words(LeadStatus status) const { return options_.lead_statuses.at(status); }

 private:
  Lead& named(const std::string& number);
  /// Moves the lead, and with it the offer that waits.
  void change(Lead& lead, LeadStatus status, const std::string& by);
  void check_free(const Lead& lead, const std::optional<int>& change) const;
  void check_dispatch(const Lead& lead, const LeadDispatch& dispatch) const;
  void check_reference(const std::string& reference) const;
  void check_answer(const Lead& lead, LeadStatus wanted, const LeadAnswer& answer) const;

  const CrmOptions options_;
  std::shared_ptr<const Clock> clock_;
  std::map<std::string, Lead> leads_{};
  std::uint64_t range_{8'000'100'000};
};

}  // namespace channelbridge::sandbox::crm
