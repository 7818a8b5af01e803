#include "sandbox/soap/crm_leads.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace channelbridge::sandbox::crm {
namespace {

constexpr std::array<std::pair<const char*, std::string Lead::*>, 13> kTexts{
    {{"Description", &Lead::description},
     {"SalesPartner", &Lead::partner},
     {"ProspectName", &Lead::prospect},
     {"ContactFirstName", &Lead::contact_first},
     {"ContactName", &Lead::contact},
     {"Phone", &Lead::phone},
     {"Email", &Lead::email},
     {"City", &Lead::city},
     {"Country", &Lead::country},
     {"Source", &Lead::source},
     {"Importance", &Lead::importance},
     {"LeadType", &Lead::lead_type},
     {"QualificationLevel", &Lead::qualification}}};

const Partner& known_partner(const std::string& number, const LeadsDesk::Partners& partners) {
  const auto found = partners.find(number);
  if (found == partners.end())
    refuse(kPartner, "Business partner " + number + " does not exist", "SalesPartner");
  return found->second;
}

void check_sales_partner(const std::string& number, const LeadsDesk::Partners& partners) {
  const Partner& partner = known_partner(number, partners);
  if (!partner.sales_partner)
    refuse(kPartnerRole,
           "Business partner " + number + " does not have the role of a sales partner",
           "SalesPartner");
  if (partner.blocked)
    refuse(kPartnerBlocked, "Business partner " + number + " is blocked", "SalesPartner");
}

bool is_over(LeadStatus status) {
  return status == LeadStatus::Won || status == LeadStatus::Lost || status == LeadStatus::Declined;
}

/// Does nobody have it, so that a sales partner may be given it?
bool is_free(LeadStatus status) {
  return status == LeadStatus::Open || status == LeadStatus::InProcess ||
         status == LeadStatus::Rejected;
}

bool fits(pugi::xml_node selection, const char* name, const std::string& value) {
  const std::string wanted = soap::value_of(selection, name);
  return wanted.empty() || wanted == value;
}

}  // namespace

void take_lead(pugi::xml_node fields, Lead& lead) {
  for (const auto& [name, member] : kTexts)
    if (const pugi::xml_node said = fields.child(name)) lead.*member = soap::trimmed_text(said);
  if (fields.child("ExpectedRevenue")) lead.revenue = soap::amount_of(fields, "ExpectedRevenue");
}

Lead& LeadsDesk::named(const std::string& number) {
  const auto found = leads_.find(number);
  if (found == leads_.end()) refuse(kNotFound, "Lead " + number + " does not exist", "LeadNumber");
  return found->second;
}

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
  if (lead.offers.empty() || lead.offers.back().status != LeadStatus::Distributed) return;
  LeadOffer& waits = lead.offers.back();
  waits.status = status;
  waits.reason = lead.reason;
  waits.admin.change = lead.admin.change;
  waits.admin.changed = lead.admin.changed;
  waits.admin.changed_by = by;
}

void LeadsDesk::check_free(const Lead& lead, const std::optional<int>& change) const {
  const std::string what = "Lead " + lead.number;
  if (!lead.admin.locked_by.empty())
    refuse(kLocked, what + " is locked by user " + lead.admin.locked_by);
  if (change && *change != lead.admin.change)
    refuse(kStale,
           what + " was changed by " + lead.admin.changed_by + ": change number is " +
               std::to_string(lead.admin.change) + ", not " + std::to_string(*change),
           "ChangeNumber");
}

void LeadsDesk::check_reference(const std::string& reference) const {
  if (reference.empty() || !options_.unique_reference) return;
  for (const auto& [number, lead] : leads_)
    if (lead.admin.reference == reference)
      refuse(kReferenceTwice, "External reference " + reference + " is that of lead " + number,
             "ExternalReference");
}

const Lead& LeadsDesk::create(Lead lead, const Partners& partners, Notes& notes) {
  if (lead.type != options_.lead_type)
    refuse(kNotFound, "Transaction type " + lead.type + " does not exist", "TransactionType");
  if (!lead.partner.empty()) known_partner(lead.partner, partners);
  check_reference(lead.admin.reference);
  lead.number = std::to_string(++range_);
  lead.admin.changed = clock_->now();
  const std::string number = lead.number;
  const Lead& stored = leads_[number] = std::move(lead);
  notes.push_back({.number = kDone, .text = "Lead " + number + " was created"});
  return stored;
}

const Lead& LeadsDesk::edit(const LeadEdit& edit, const Partners& partners, Notes& notes) {
  Lead& lead = named(edit.number);
  check_free(lead, edit.change);
  if (is_over(lead.status))
    refuse(kDecided,
           "Lead " + lead.number + " has status " + words(lead.status).text + ": it stays");
  Lead changed = lead;
  take_lead(edit.fields, changed);
  if (changed.partner != lead.partner) {
    if (!is_free(lead.status))
      refuse(kWrongStatus,
             "Lead " + lead.number + " has status " + words(lead.status).text + ": partner " +
                 lead.partner + " has it",
             "SalesPartner");
    if (!changed.partner.empty()) known_partner(changed.partner, partners);
  }
  lead = std::move(changed);
  change(lead, lead.status, edit.by);
  notes.push_back({.number = kDone, .text = "Lead " + lead.number + " was changed"});
  return lead;
}

void LeadsDesk::check_dispatch(const Lead& lead, const LeadDispatch& dispatch) const {
  const std::string what = "Lead " + lead.number;
  check_free(lead, dispatch.change);
  if (!dispatch.code.empty() && dispatch.code != words(LeadStatus::Distributed).code)
    refuse(kWrongStatus, "User status " + dispatch.code + " distributes no lead", "UserStatus");
  if (!is_free(lead.status))
    refuse(kWrongStatus,
           what + " has status " + words(lead.status).text + " and cannot be distributed");
  if (lead.qualification.empty())
    refuse(kNotQualified, what + " is not qualified", "QualificationLevel");
  if (dispatch.due && *dispatch.due <= clock_->now())
    refuse(kDeadline, what + ": the answer would be due in the past", "AnswerDue");
  if (dispatch.reference.empty() || !options_.unique_reference) return;
  for (const auto& [number, other] : leads_)
    for (const LeadOffer& offer : other.offers)
      if (offer.admin.reference == dispatch.reference)
        refuse(
            kReferenceTwice,
            "External reference " + dispatch.reference + " is that of an offer of lead " + number,
            "ExternalReference");
}

const Lead& LeadsDesk::distribute(const LeadDispatch& dispatch, const Partners& partners,
                                  Notes& notes) {
  Lead& lead = named(dispatch.number);
  check_dispatch(lead, dispatch);
  const std::string partner = dispatch.partner.empty() ? lead.partner : dispatch.partner;
  if (partner.empty())
    refuse(kPartner, "Lead " + lead.number + " has no sales partner", "SalesPartner");
  check_sales_partner(partner, partners);
  lead.partner = partner;
  lead.reason.clear();
  const Timestamp now = clock_->now();
  lead.offers.push_back({.lead = lead.number,
                         .number = static_cast<int>(lead.offers.size()) + 1,
                         .partner = partner,
                         .at = now,
                         .due = dispatch.due.value_or(now + options_.answer_within),
                         .admin = {.reference = dispatch.reference}});
  change(lead, LeadStatus::Distributed, dispatch.by);
  notes.push_back({.number = kDone,
                   .text = "Lead " + lead.number + " is distributed to sales partner " + partner});
  return lead;
}

void LeadsDesk::dispatch(const std::string& number, const std::string& partner,
                         const std::string& by, const Partners& partners) {
  Lead& lead = named(number);
  const LeadDispatch wanted{.number = number, .partner = partner, .by = by};
  if (partner.empty() && lead.partner.empty()) {
    check_dispatch(lead, wanted);
    return change(lead, LeadStatus::InProcess, "WF-BATCH");
  }
  Notes notes;
  distribute(wanted, partners, notes);
}

void LeadsDesk::fail(const std::string& number) {
  Lead& lead = named(number);
  if (lead.status != LeadStatus::Distributed)
    refuse(kWrongStatus, "Lead " + number + " has status " + words(lead.status).text);
  change(lead, LeadStatus::InProcess, "WF-BATCH");
}

std::vector<std::string> LeadsDesk::redispatch(const std::string& partner,
                                               const Partners& partners) {
  check_sales_partner(partner, partners);
  fall_back();
  std::vector<std::string> out;
  for (const auto& [number, lead] : leads_) {
    const bool overdue = lead.status == LeadStatus::InProcess && !lead.offers.empty() &&
                         lead.offers.back().status == LeadStatus::InProcess;
    const bool ready = lead.admin.locked_by.empty() && !lead.qualification.empty();
    if (overdue && ready && lead.offers.back().partner != partner) out.push_back(number);
  }
  Notes notes;
  for (const std::string& number : out)
    distribute({.number = number, .partner = partner, .by = "CRM_DD_BATCH"}, partners, notes);
  return out;
}

bool LeadsDesk::lock(const std::string& number, const std::string& user) {
  const auto found = leads_.find(number);
  if (found == leads_.end()) return false;
  found->second.admin.locked_by = user;
  return true;
}

void LeadsDesk::fall_back() {
  for (auto& [number, lead] : leads_)
    if (lead.status == LeadStatus::Distributed && !lead.offers.empty() &&
        lead.offers.back().due < clock_->now())
      change(lead, LeadStatus::InProcess, "CRM_DD_BATCH");
}

void LeadsDesk::check_answer(const Lead& lead, LeadStatus wanted, const LeadAnswer& answer) const {
  const std::string what = "Lead " + lead.number;
  check_free(lead, answer.change);
  const bool first = wanted == LeadStatus::Accepted || wanted == LeadStatus::Rejected;
  const LeadStatus needed = first ? LeadStatus::Distributed : LeadStatus::Accepted;
  if (lead.status != needed)
    refuse(kDecided, what + " has status " + words(lead.status).text + ": " + answer.code +
                         " does not follow");
  const bool without_reason = wanted == LeadStatus::Accepted || wanted == LeadStatus::Won;
  if (!without_reason && answer.reason.empty())
    refuse(kReason, what + ": a reason is needed", "Reason");
  const std::string& reference = lead.admin.reference;
  if (!answer.reference.empty() && !reference.empty() && answer.reference != reference)
    refuse(kReferenceTwice, what + " has the external reference " + reference, "ExternalReference");
}

const Lead& LeadsDesk::answer(const LeadAnswer& answer, Notes& notes) {
  Lead& lead = named(answer.number);
  const auto status =
      std::find_if(options_.lead_statuses.begin(), options_.lead_statuses.end(),
                   [&](const auto& entry) { return entry.second.code == answer.code; });
  const bool answers =
      status != options_.lead_statuses.end() && status->first != LeadStatus::Open &&
      status->first != LeadStatus::InProcess && status->first != LeadStatus::Distributed;
  if (!answers)
    refuse(kWrongStatus, "User status " + answer.code + " is no answer of a sales partner",
           "Answer");
  check_answer(lead, status->first, answer);
  lead.reason = answer.reason;
  if (answer.revenue) lead.revenue = answer.revenue;
  if (!answer.reference.empty()) lead.admin.reference = answer.reference;
  change(lead, status->first, answer.by);
  notes.push_back(
      {.number = kDone, .text = "Lead " + lead.number + " has status " + words(lead.status).text});
  return lead;
}

std::string LeadsDesk::query(pugi::xml_node selection) const {
  std::vector<const Lead*> rows;
  for (const auto& [number, lead] : leads_)
    if (fits(selection, "Number", number) && fits(selection, "Partner", lead.partner) &&
        fits(selection, "ExternalReference", lead.admin.reference))
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

std::string LeadsDesk::query_offers(pugi::xml_node selection) const {
  std::vector<const LeadOffer*> rows;
  for (const auto& [number, lead] : leads_)
    for (const LeadOffer& offer : lead.offers)
      if (fits(selection, "Number", number) && fits(selection, "Partner", offer.partner) &&
          fits(selection, "ExternalReference", offer.admin.reference))
        rows.push_back(&offer);
  const auto page = soap::page_of<LeadOffer>(
      rows, soap::page_request_of(selection), clock_->now(), [](const LeadOffer& offer) {
        return soap::Place{offer.admin.changed, offer.lead + "/" + std::to_string(offer.number)};
      });
  soap::XmlWriter xml;
  xml.put("ReadAt", soap::utc_text(page.read_at));
  for (const LeadOffer* offer : page.rows) write(xml, *offer);
  return xml.put_some("NextPageToken", page.next).text();
}

void LeadsDesk::write(soap::XmlWriter& xml, const LeadOffer& offer) const {
  xml.open("LeadOffer")
      .put("LeadNumber", offer.lead)
      .put("OfferNumber", std::to_string(offer.number))
      .put("SalesPartner", offer.partner)
      .put("DistributedAt", soap::utc_text(offer.at))
      .put("AnswerDue", soap::utc_text(offer.due))
      .put("UserStatus", words(offer.status).code)
      .put("StatusText", words(offer.status).text)
      .put_some("Reason", offer.reason);
  write_admin(xml, offer.admin);
  xml.close("LeadOffer");
}

void LeadsDesk::write(soap::XmlWriter& xml, const Lead& lead) const {
  const LeadOffer* last = lead.offers.empty() ? nullptr : &lead.offers.back();
  xml.open("Lead")
      .put("LeadNumber", lead.number)
      .put("TransactionType", lead.type)
      .put("Description", lead.description)
      .put_some("SalesPartner", lead.partner)
      .put("ProspectName", lead.prospect)
      .put_some("ContactFirstName", lead.contact_first)
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
      .put_some("DistributedAt", last != nullptr ? soap::utc_text(last->at) : "")
      .put_some("AnswerDue", last != nullptr ? soap::utc_text(last->due) : "")
      .put("UserStatus", words(lead.status).code)
      .put("StatusText", words(lead.status).text)
      .put_some("Reason", lead.reason);
  write_admin(xml, lead.admin);
  xml.close("Lead");
}

}  // namespace channelbridge::sandbox::crm
