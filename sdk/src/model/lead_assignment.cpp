#include "channelbridge/model/lead_assignment.hpp"

#include "channelbridge/model/code_sets.hpp"
#include "rules_internal.hpp"

namespace channelbridge::model {
namespace lead_assignment_entity {
namespace {

constexpr auto kDecline = rows<LeadAssignment::Decline>(
    field<&LeadAssignment::Decline::reason>("reason", {.codes = &code_sets::kLeadDeclineReason}),
    field<&LeadAssignment::Decline::note>("note", {.max_length = 1000}));

constexpr auto kFirstContact =
    rows<LeadAssignment::FirstContact>(field<&LeadAssignment::FirstContact::at>("at"),
                                       field<&LeadAssignment::FirstContact::due>("due"));

constexpr auto kRows = rows<LeadAssignment>(
    field<&LeadAssignment::lead>("lead", {.required = true, .refers_to = "lead"}),
    field<&LeadAssignment::partner>("partner", {.required = true, .refers_to = "partner"}),
    field<&LeadAssignment::contact>("contact", {.refers_to = "partner_contact"}),
    field<&LeadAssignment::rule>("rule", {.max_length = 120}),
    field<&LeadAssignment::sequence>("sequence"),
    field<&LeadAssignment::offered_at>("offered_at", {.required = true}),
    field<&LeadAssignment::respond_by>("respond_by", {.required = true}),
    field<&LeadAssignment::responded_at>("responded_at"),
    field<&LeadAssignment::outcome>("outcome", {.codes = &code_sets::kAssignmentOutcome}),
    nested<&LeadAssignment::decline>("decline", kDecline),
    nested<&LeadAssignment::first_contact>("first_contact", kFirstContact),
    field<&LeadAssignment::feedback_due>("feedback_due"),
    field<&LeadAssignment::score_at_assignment>("score_at_assignment"),
    list<&LeadAssignment::state_history>("state_history", kStateChangeRows,
                                         {.keys = "at", .read_only = true}),
    custom<&LeadAssignment::custom>());

constexpr Transition kTransitions[] = {
    {"open", "accepted", Actor::PartnerManager},
    {"open", "declined", Actor::PartnerManager, "decline.reason"},
    {"open", "expired", Actor::System},
    {"open", "recalled", Actor::ChannelManager | Actor::System},
};
constexpr StateMachine kStates{"outcome", "open", kTransitions};

constexpr ValueRule kValues[] = {
    {"respond_by_after_offered_at", [](const Fields& fields, std::vector<Problem>& problems) {
       const Value offered = get(fields, "offered_at");
       const Value respond = get(fields, "respond_by");
       if (offered && respond && *respond <= *offered)
         problems.push_back({.path = "respond_by",
                             .rule = "respond_by_after_offered_at",
                             .message = "is not after offered_at"});
     }}};

constexpr NetworkKey kKeys[] = {
    {"sequence", true,
     [](const Fields& fields) {
       const Value lead = get(fields, "lead");
       const Value sequence = get(fields, "sequence");
       return lead && sequence ? std::vector{*lead + "/" + *sequence} : std::vector<std::string>{};
     }},
    // At most one open assignment of a lead.
    {"open_assignment", true, [](const Fields& fields) {
       return get(fields, "outcome") == "open" ? values_at(fields, "lead")
                                               : std::vector<std::string>{};
     }}};

constexpr EntityDescription kLeadAssignment = entity<LeadAssignment>(
    "lead_assignment", kRows, {.states = &kStates, .values = kValues, .keys = kKeys});

}  // namespace
}  // namespace lead_assignment_entity

const EntityDescription& description(std::type_identity<LeadAssignment>) {
  return lead_assignment_entity::kLeadAssignment;
}

}  // namespace channelbridge::model
