#include "sandbox/soap/crm_leads.hpp"

#include <algorithm>

namespace channelbridge::sandbox::crm {

void LeadsDesk::add(Lead lead) {
  lead.admin.changed = clock_->now();
  if (lead.admin.changed_by.empty()) lead.admin.changed_by = "MARKETING";
  leads_[lead.number] = std::move(lead);
}

void LeadsDesk::change(Lead& lead, LeadStatus status, const std::string& by) {
  lead.status = status;
  ++lead.admin.change;
  lead.admin.changed = clock_->now();
  lead.admin.changed_by = by;
}

void LeadsDesk::dispatch(const std::string& number, const std::string& partner,
                         const std::string& by) {
  const auto found = leads_.find(number);
  if (found == leads_.end()) refuse(kNotFound, "Lead " + number + " does not exist");
  Lead& lead = found->second;
  const bool free = lead.status == LeadStatus::Open || lead.status == LeadStatus::InProcess ||
                    lead.status == LeadStatus::Rejected;
  if (!free)
    refuse(kWrongStatus,
           "Lead " + number + " has status " + words(lead).text + " and cannot be distributed");
  lead.partner = partner;
  lead.reason.clear();
  lead.distributed = clock_->now();
  lead.due = *lead.distributed + options_.answer_within;
  change(lead, LeadStatus::Distributed, by);
}

bool LeadsDesk::lock(const std::string& number, const std::string& user) {
  const auto found = leads_.find(number);
  if (found == leads_.end()) return false;
  found->second.admin.locked_by = user;
  return true;
}

void LeadsDesk::fall_back() {
  for (auto& [number, lead] : leads_)
    if (lead.status == LeadStatus::Distributed && lead.due && *lead.due < clock_->now())
      change(lead, LeadStatus::InProcess, "CRM_DD_BATCH");
}

void LeadsDesk::check_answer(const Lead& lead, LeadStatus wanted, const LeadAnswer& answer) const {
  const std::string what = "Lead " + lead.number;
  if (!lead.admin.locked_by.empty())
    refuse(kLocked, what + " is locked by user " + lead.admin.locked_by);
  if (answer.change && *answer.change != lead.admin.change)
    refuse(kStale,
           what + " was changed by " + lead.admin.changed_by + ": change number is " +
               std::to_string(lead.admin.change) + ", not " + std::to_string(*answer.change),
           "ChangeNumber");
  const bool first = wanted == LeadStatus::Accepted || wanted == LeadStatus::Rejected;
  const LeadStatus needed = first ? LeadStatus::Distributed : LeadStatus::Accepted;
  if (lead.status != needed)
    refuse(kDecided,
           what + " has status " + words(lead).text + ": " + answer.code + " does not follow");
  const bool without_reason = wanted == LeadStatus::Accepted || wanted == LeadStatus::Won;
  if (!without_reason && answer.reason.empty())
    refuse(kReason, what + ": a reason is needed", "Reason");
}

const Lead& LeadsDesk::answer(const LeadAnswer& answer, Notes& notes) {
  const auto found = leads_.find(answer.number);
  if (found == leads_.end())
    refuse(kNotFound, "Lead " + answer.number + " does not exist", "LeadNumber");
  const auto status =
      std::find_if(options_.lead_statuses.begin(), options_.lead_statuses.end(),
                   [&](const auto& entry) { return entry.second.code == answer.code; });
  const bool answers =
      status != options_.lead_statuses.end() && status->first != LeadStatus::Open &&
      status->first != LeadStatus::InProcess && status->first != LeadStatus::Distributed;
  if (!answers)
    refuse(kWrongStatus, "User status " + answer.code + " is no answer of a sales partner",
           "Answer");
  Lead& lead = found->second;
  check_answer(lead, status->first, answer);
  lead.reason = answer.reason;
  if (answer.revenue) lead.revenue = answer.revenue;
  if (!answer.reference.empty()) lead.admin.reference = answer.reference;
  change(lead, status->first, answer.by);
  notes.push_back(
      {.number = kDone, .text = "Lead " + lead.number + " has status " + words(lead).text});
  return lead;
}

std::string LeadsDesk::query(pugi::xml_node selection) const {
  const auto fits = [&selection](const char* name, const std::string& value) {
    const std::string wanted = soap::value_of(selection, name);
    return wanted.empty() || wanted == value;
  };
  std::vector<const Lead*> rows;
  for (const auto& [number, lead] : leads_)
    if (fits("Number", number) && fits("Partner", lead.partner) &&
        fits("ExternalReference", lead.admin.reference))
      rows.push_back(&lead);
  const auto page = soap::page_of<Lead>(rows, soap::page_request_of(selection), clock_->now(),
                                        [](const Lead& lead) {
                                          return soap::Place{lead.admin.changed, lead.number};
                                        });
  soap::XmlWriter xml;
  xml.put("ReadAt", soap::utc_text(page.read_at));
  for (const Lead* lead : page.rows) write(xml, *lead);
  return xml.put_some("NextPageToken", page.next).text();
}

void LeadsDesk::write(soap::XmlWriter& xml, const Lead& lead) const {
  xml.open("Lead")
      .put("LeadNumber", lead.number)
      .put("TransactionType", lead.type)
      .put("Description", lead.description)
      .put_some("SalesPartner", lead.partner)
      .put("ProspectName", lead.prospect)
      .put_some("ContactName", lead.contact)
      .put_some("Phone", lead.phone)
      .put_some("Email", lead.email)
      .put_some("City", lead.city)
      .put_some("Country", lead.country)
      .put_some("Source", lead.source)
      .put_some("Importance", lead.importance)
      .put_some("LeadType", lead.lead_type)
      .put_some("QualificationLevel", lead.qualification)
      .put_some("ExpectedRevenue", lead.revenue)
      .put_some("DistributedAt", lead.distributed ? soap::utc_text(*lead.distributed) : "")
      .put_some("AnswerDue", lead.due ? soap::utc_text(*lead.due) : "")
      .put("UserStatus", words(lead).code)
      .put("StatusText", words(lead).text)
      .put_some("Reason", lead.reason);
  write_admin(xml, lead.admin);
  xml.close("Lead");
}

}  // namespace channelbridge::sandbox::crm
