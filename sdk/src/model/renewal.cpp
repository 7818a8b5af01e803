#include "channelbridge/model/code_sets_deals.hpp"
#include "channelbridge/model/contract.hpp"
#include "rules_internal.hpp"

namespace channelbridge::model {
namespace renewal_entity {
namespace {

constexpr auto kRows = rows<Renewal>(
    field<&Renewal::contract>("contract", {.required = true, .refers_to = "contract"}),
    field<&Renewal::due_date>("due_date", {.required = true}),
    field<&Renewal::quote>("quote", {.refers_to = "quote"}),
    field<&Renewal::opportunity>("opportunity", {.refers_to = "opportunity"}),
    field<&Renewal::stage>("stage", {.required = true, .codes = &code_sets::kRenewalStage}),
    field<&Renewal::partner>("partner", {.required = true, .refers_to = "partner"}),
    field<&Renewal::uplift_pct>("uplift_pct"),
    list<&Renewal::state_history>("state_history", kStateChangeRows,
                                  {.keys = "at", .read_only = true}),
    custom<&Renewal::custom>());

constexpr Actors kPartner = Actor::PartnerManager | Actor::PartnerEmployee;
constexpr Actors kSystem = Actor::System;
constexpr std::string_view kReason = "state_history[].reason";

constexpr Transition kTransitions[] = {
    {"scheduled", "quoted", kSystem},
    {"quoted", "awaiting_partner", kSystem | Actor::ChannelManager},
    {"awaiting_partner", "approved", kPartner},
    {"awaiting_partner", "churned", kPartner | Actor::ChannelManager, kReason},
    {"awaiting_partner", "escalated", kSystem},
    // Escalated, it still waits for the partner's word.
    {"escalated", "approved", kPartner},
    {"escalated", "churned", kPartner | Actor::ChannelManager, kReason},
    {"approved", "ordered", kPartner | kSystem},
    {"ordered", "closed_renewed", kSystem},
};
constexpr StateMachine kStates{"stage", "scheduled", kTransitions};

constexpr std::string_view kQuote[] = {"quote"};
constexpr Requirement kRequirements[] = {{"quote", kQuote, [](const Fields& fields) {
                                            const Value stage = get(fields, "stage");
                                            return stage && stage != "scheduled";
                                          }}};

/// At most one open renewal of a contract.
std::vector<std::string> open_renewal(const Fields& fields) {
  const Value stage = get(fields, "stage");
  const bool open = stage && stage != "closed_renewed" && stage != "churned";
  return open ? values_at(fields, "contract") : std::vector<std::string>{};
}

constexpr NetworkKey kKeys[] = {{"open_renewal", true, open_renewal}};

constexpr EntityDescription kRenewal = entity<Renewal>(
    "renewal", kRows, {.states = &kStates, .requirements = kRequirements, .keys = kKeys});

}  // namespace
}  // namespace renewal_entity

const EntityDescription& description(std::type_identity<Renewal>) {
  return renewal_entity::kRenewal;
}

}  // namespace channelbridge::model
