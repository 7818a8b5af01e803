#include "channelbridge/model/lead.hpp"

#include "channelbridge/model/code_sets.hpp"
#include "rules_internal.hpp"

namespace channelbridge::model {
namespace lead_entity {
namespace {

constexpr auto kCompany =
    rows<Lead::Company>(field<&Lead::Company::name>("name", {.max_length = 255}));

constexpr auto kContact = rows<Lead::Contact>(
    field<&Lead::Contact::first_name>("first_name", {.max_length = 80, .group = "contact.name"}),
    field<&Lead::Contact::last_name>("last_name", {.max_length = 80, .group = "contact.name"}),
    field<&Lead::Contact::job_title>("job_title", {.max_length = 128}),
    field<&Lead::Contact::email>("email"), field<&Lead::Contact::phone>("phone"));

constexpr auto kProductInterest = rows<Lead::ProductInterest>(
    field<&Lead::ProductInterest::no>("no"),
    field<&Lead::ProductInterest::product>("product", {.required = true, .refers_to = "product"}),
    group<&Lead::ProductInterest::quantity>("quantity", kQuantityRows));

constexpr auto kBant =
    rows<Lead::Bant>(field<&Lead::Bant::budget>("budget", {.max_length = 255}),
                     field<&Lead::Bant::authority>("authority", {.max_length = 255}),
                     field<&Lead::Bant::need>("need", {.max_length = 255}),
                     field<&Lead::Bant::timing>("timing", {.max_length = 255}));

constexpr auto kQualification =
    rows<Lead::Qualification>(nested<&Lead::Qualification::bant>("bant", kBant),
                              field<&Lead::Qualification::note>("note", {.max_length = 4000}),
                              field<&Lead::Qualification::by>("by", {.max_length = 120}),
                              field<&Lead::Qualification::at>("at"));

constexpr auto kConverted = rows<Lead::Converted>(
    field<&Lead::Converted::opportunity>("opportunity", {.refers_to = "opportunity"}),
    field<&Lead::Converted::account>("account", {.refers_to = "partner"}),
    field<&Lead::Converted::contact>("contact", {.refers_to = "partner_contact"}),
    field<&Lead::Converted::at>("at"));

constexpr auto kRows = rows<Lead>(
    field<&Lead::number>("number", {.required = true, .max_length = 40}),
    field<&Lead::topic>("topic", {.max_length = 255}), nested<&Lead::company>("company", kCompany),
    nested<&Lead::contact>("contact", kContact, {.personal = true}),
    group<&Lead::address>("address", kAddressRows, {.personal = true}),
    field<&Lead::customer>("customer", {.refers_to = "partner"}),
    field<&Lead::source>("source", {.required = true, .codes = &code_sets::kLeadSource}),
    field<&Lead::campaign>("campaign", {.refers_to = "campaign"}),
    field<&Lead::received_at>("received_at"),
    list<&Lead::product_interest>("product_interest", kProductInterest, {.keys = "product"}),
    group<&Lead::budget>("budget", kMoneyRows),
    group<&Lead::estimated_value>("estimated_value", kMoneyRows),
    field<&Lead::time_frame>("time_frame", {.max_length = 40}),
    field<&Lead::rating>("rating", {.codes = &code_sets::kLeadRating}),
    field<&Lead::score>("score"), field<&Lead::territory>("territory", {.refers_to = "territory"}),
    field<&Lead::assigned_partner>("assigned_partner", {.refers_to = "partner"}),
    field<&Lead::assignment>("assignment", {.refers_to = "lead_assignment"}),
    field<&Lead::status>("status", {.required = true, .codes = &code_sets::kLeadStatus}),
    nested<&Lead::qualification>("qualification", kQualification),
    field<&Lead::lost_reason>("lost_reason", {.codes = &code_sets::kLostReason}),
    nested<&Lead::converted>("converted", kConverted),
    list<&Lead::consents>("consents", kConsentRows, {.keys = "purpose", .personal = true}),
    list<&Lead::state_history>("state_history", kStateChangeRows,
                               {.keys = "at", .read_only = true}),
    custom<&Lead::custom>());

constexpr Actors kManager = Actor::ChannelManager;
constexpr Actors kPartner = Actor::PartnerManager | Actor::PartnerEmployee;
constexpr Actors kSystem = Actor::System;

constexpr Transition kTransitions[] = {
    {"captured", "validated", kSystem},
    {"captured", "duplicate", kManager | kSystem},
    {"captured", "spam", kManager | kSystem},
    {"validated", "dispatched", kManager | kSystem},
    {"dispatched", "accepted", Actor::PartnerManager},
    {"dispatched", "declined", Actor::PartnerManager},
    {"dispatched", "expired", kSystem},
    {"accepted", "qualified", kPartner},
    {"accepted", "recalled", kManager | kSystem},
    {"qualified", "converted", kPartner},
    {"declined", "dispatched", kManager | kSystem},
    {"declined", "returned", kManager | kSystem},
    {"expired", "dispatched", kManager | kSystem},
    {"expired", "returned", kManager | kSystem},
    {"recalled", "dispatched", kManager | kSystem},
    // Returned means that the vendor works the lead itself.
    {"returned", "qualified", kManager | Actor::VendorSales},
    {"captured", "lost", kManager, "lost_reason"},
    {"validated", "lost", kManager, "lost_reason"},
    {"dispatched", "lost", kManager, "lost_reason"},
    {"accepted", "lost", kManager | kPartner, "lost_reason"},
    {"qualified", "lost", kManager | kPartner | Actor::VendorSales, "lost_reason"},
    {"declined", "lost", kManager, "lost_reason"},
    {"expired", "lost", kManager, "lost_reason"},
    {"recalled", "lost", kManager, "lost_reason"},
    {"returned", "lost", kManager | Actor::VendorSales, "lost_reason"},
};
constexpr StateMachine kStates{"status", "captured", kTransitions};

constexpr std::string_view kWho[] = {"company.name", "contact.last_name"};
constexpr std::string_view kWay[] = {"contact.email", "contact.phone", "address.line1"};
constexpr std::string_view kLostReason[] = {"lost_reason"};
constexpr std::string_view kOpportunity[] = {"converted.opportunity"};
constexpr Requirement kRequirements[] = {
    {"company_or_person", kWho},
    {"contact_way", kWay},
    {"lost_reason", kLostReason,
     [](const Fields& fields) { return get(fields, "status") == "lost"; }},
    {"converted", kOpportunity,
     [](const Fields& fields) { return get(fields, "status") == "converted"; }}};

constexpr NetworkKey kKeys[] = {
    {"number", true, [](const Fields& fields) { return values_at(fields, "number"); }},
    {"email", false, [](const Fields& fields) {
       auto values = values_at(fields, "contact.email");
       for (std::string& value : values) value = identity_email(value);
       return values;
     }}};

constexpr EntityDescription kLead =
    entity<Lead>("lead", kRows, {.states = &kStates, .requirements = kRequirements, .keys = kKeys});

}  // namespace
}  // namespace lead_entity

const EntityDescription& description(std::type_identity<Lead>) { return lead_entity::kLead; }

}  // namespace channelbridge::model
