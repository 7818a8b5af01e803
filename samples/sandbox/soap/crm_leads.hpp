#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "channelbridge/core/clock.hpp"
#include "sandbox/soap/crm_records.hpp"
#include "sandbox/soap/paging.hpp"

namespace channelbridge::sandbox::crm {

struct Lead {
  std::string number{};
  std::string type{"LEAD"};
  std::string description{};
  std::string partner{};  ///< the sales partner
  std::string prospect{};
  std::string contact{};
  std::string phone{};
  std::string email{};
  std::string city{};
  std::string country{};
  std::string source{};
  std::string importance{};
  std::string lead_type{};
  std::string qualification{};
  std::optional<Amount> revenue{};
  std::optional<Timestamp> distributed{};
  std::optional<Timestamp> due{};
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

/// Leads that are dispatched to sales partners: distributed, accepted or rejected, then won, lost
/// or declined. What nobody answers in time falls back to in process.
///
/// Threads: one at a time.
class LeadsDesk {
 public:
  LeadsDesk(CrmOptions options, std::shared_ptr<const Clock> clock)
      : options_(std::move(options)), clock_(std::move(clock)) {}

  void add(Lead lead);
  /// Throws Refused: no such lead, or one that a partner has.
  void dispatch(const std::string& number, const std::string& partner, const std::string& by);
  bool lock(const std::string& number, const std::string& user);
  /// What is overdue goes back.
  void fall_back();

  /// Throws Refused.
  const Lead& answer(const LeadAnswer& answer, Notes& notes);
  std::string query(pugi::xml_node selection) const;
  void write(soap::XmlWriter& xml, const Lead& lead) const;
  const std::map<std::string, Lead>& leads() const { return leads_; }
  const StatusWords& words(const Lead& lead) const {
    return options_.lead_statuses.at(lead.status);
  }

 private:
  void change(Lead& lead, LeadStatus status, const std::string& by);
  void check_answer(const Lead& lead, LeadStatus wanted, const LeadAnswer& answer) const;

  const CrmOptions options_;
  std::shared_ptr<const Clock> clock_;
  std::map<std::string, Lead> leads_{};
};

}  // namespace channelbridge::sandbox::crm
