#include "channelbridge/model/partner_contact.hpp"

#include "channelbridge/model/code_sets.hpp"
#include "rules_internal.hpp"

namespace channelbridge::model {
namespace partner_contact_entity {
namespace {

constexpr auto kRows = rows<PartnerContact>(
    field<&PartnerContact::partner>("partner", {.required = true, .refers_to = "partner"}),
    field<&PartnerContact::first_name>("first_name",
                                       {.personal = true, .max_length = 80, .group = "name"}),
    field<&PartnerContact::last_name>(
        "last_name", {.required = true, .personal = true, .max_length = 80, .group = "name"}),
    field<&PartnerContact::email>("email", {.personal = true}),
    field<&PartnerContact::phone>("phone", {.personal = true}),
    field<&PartnerContact::mobile>("mobile", {.personal = true}),
    field<&PartnerContact::job_title>("job_title", {.max_length = 128}),
    field<&PartnerContact::function>("function", {.codes = &code_sets::kContactFunction}),
    field<&PartnerContact::portal_role>("portal_role", {.codes = &code_sets::kPortalRole}),
    field<&PartnerContact::reports_to>("reports_to", {.refers_to = "partner_contact"}),
    list<&PartnerContact::consents>("consents", kConsentRows,
                                    {.keys = "purpose", .personal = true}),
    field<&PartnerContact::status>("status",
                                   {.required = true, .codes = &code_sets::kContactStatus}),
    list<&PartnerContact::state_history>("state_history", kStateChangeRows,
                                         {.keys = "at", .read_only = true}),
    custom<&PartnerContact::custom>());

constexpr Actors kInviters = Actor::PartnerManager | Actor::ChannelManager;
constexpr Transition kTransitions[] = {{"invited", "active", kInviters | Actor::PartnerEmployee},
                                       {"active", "left", kInviters}};
constexpr StateMachine kStates{"status", "invited", kTransitions};

constexpr NetworkKey kKeys[] = {{"email_in_partner", true,
                                 [](const Fields& fields) {
                                   const Value partner = get(fields, "partner");
                                   const Value email = get(fields, "email");
                                   return partner && email
                                              ? std::vector{*partner + "/" + identity_email(*email)}
                                              : std::vector<std::string>{};
                                 }},
                                {"email", false, [](const Fields& fields) {
                                   auto values = values_at(fields, "email");
                                   for (std::string& value : values) value = identity_email(value);
                                   return values;
                                 }}};

constexpr std::string_view kAcyclic[] = {"reports_to"};

constexpr EntityDescription kPartnerContact = entity<PartnerContact>(
    "partner_contact", kRows, {.states = &kStates, .keys = kKeys, .acyclic = kAcyclic});

}  // namespace
}  // namespace partner_contact_entity

const EntityDescription& description(std::type_identity<PartnerContact>) {
  return partner_contact_entity::kPartnerContact;
}

}  // namespace channelbridge::model
