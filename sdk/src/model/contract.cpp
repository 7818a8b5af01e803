#include "channelbridge/model/contract.hpp"

#include "channelbridge/model/code_sets_deals.hpp"
#include "rules_internal.hpp"

namespace channelbridge::model {
namespace contract_entity {
namespace {

constexpr auto kRows = rows<Contract>(
    field<&Contract::number>("number", {.required = true, .max_length = 40}),
    field<&Contract::kind>("kind", {.required = true, .codes = &code_sets::kContractKind}),
    field<&Contract::partner>("partner", {.required = true, .refers_to = "partner"}),
    field<&Contract::customer>("customer", {.refers_to = "partner"}),
    field<&Contract::start>("start", {.required = true, .group = "period"}),
    field<&Contract::end>("end", {.required = true, .group = "period"}),
    field<&Contract::term>("term", {.required = true}),
    field<&Contract::notice_days>("notice_days", {.required = true}),
    field<&Contract::auto_renew>("auto_renew", {.required = true}),
    field<&Contract::order>("order", {.refers_to = "order"}),
    field<&Contract::amendment_of>("amendment_of", {.refers_to = "contract"}),
    field<&Contract::status>("status", {.required = true, .codes = &code_sets::kContractStatus}),
    list<&Contract::state_history>("state_history", kStateChangeRows,
                                   {.keys = "at", .read_only = true}),
    custom<&Contract::custom>());

constexpr Actors kVendor = Actor::ChannelManager | Actor::VendorSales;
constexpr Actors kSignatory = Actor::ChannelManager | Actor::VendorAdmin;

constexpr Transition kTransitions[] = {
    {"draft", "in_approval", kVendor},      {"in_approval", "active", kSignatory},
    {"active", "expiring", Actor::System},  {"expiring", "renewed", kVendor | Actor::System},
    {"expiring", "expired", Actor::System}, {"active", "terminated", kSignatory},
    {"expiring", "terminated", kSignatory},
};
constexpr StateMachine kStates{"status", "draft", kTransitions};

constexpr std::string_view kCustomer[] = {"customer"};
constexpr Requirement kRequirements[] = {{"customer", kCustomer, [](const Fields& fields) {
                                            const Value kind = get(fields, "kind");
                                            return kind && kind != "partner_agreement";
                                          }}};

constexpr ValueRule kValues[] = {
    {"period", [](const Fields& fields, std::vector<Problem>& problems) {
       check_order(fields, "start", "end", problems);
     }}};

constexpr NetworkKey kKeys[] = {
    {"number", true, [](const Fields& fields) { return values_at(fields, "number"); }}};

constexpr std::string_view kAcyclic[] = {"amendment_of"};

constexpr EntityDescription kContract = entity<Contract>("contract", kRows,
                                                         {.states = &kStates,
                                                          .requirements = kRequirements,
                                                          .values = kValues,
                                                          .keys = kKeys,
                                                          .acyclic = kAcyclic});

}  // namespace
}  // namespace contract_entity

const EntityDescription& description(std::type_identity<Contract>) {
  return contract_entity::kContract;
}

}  // namespace channelbridge::model
