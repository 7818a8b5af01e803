#include "channelbridge/model/opportunity.hpp"

#include "channelbridge/model/code_sets.hpp"
#include "channelbridge/model/code_sets_deals.hpp"
#include "rules_internal.hpp"

namespace channelbridge::model {
namespace opportunity_entity {
namespace {

constexpr auto kLine = rows<Opportunity::Line>(
    field<&Opportunity::Line::product>("product", {.required = true, .refers_to = "product"}),
    group<&Opportunity::Line::quantity>("quantity", kQuantityRows),
    field<&Opportunity::Line::price>("price", kUnitPrice),
    field<&Opportunity::Line::amount>("amount", kAmount),
    field<&Opportunity::Line::currency>("currency"));

constexpr auto kRows = rows<Opportunity>(
    field<&Opportunity::number>("number", {.required = true, .max_length = 40}),
    field<&Opportunity::name>("name", {.required = true, .max_length = 255}),
    field<&Opportunity::customer>("customer", {.required = true, .refers_to = "partner"}),
    field<&Opportunity::partner>("partner", {.refers_to = "partner"}),
    field<&Opportunity::distributor>("distributor", {.refers_to = "partner"}),
    field<&Opportunity::partner_role>("partner_role",
                                      {.codes = &code_sets::kOpportunityPartnerRole}),
    field<&Opportunity::channel_kind>("channel_kind",
                                      {.required = true, .codes = &code_sets::kOpportunityChannel}),
    field<&Opportunity::stage>("stage", {.required = true, .codes = &code_sets::kOpportunityStage}),
    field<&Opportunity::forecast_category>("forecast_category",
                                           {.required = true, .max_length = 40}),
    field<&Opportunity::probability>("probability", {.required = true}),
    group<&Opportunity::amount>("amount", kMoneyRows),
    list<&Opportunity::lines>("lines", kLine, {.keys = "product"}),
    field<&Opportunity::expected_close>("expected_close", {.required = true}),
    field<&Opportunity::closed_at>("closed_at"),
    field<&Opportunity::lead>("lead", {.refers_to = "lead"}),
    field<&Opportunity::deal_registration>("deal_registration", {.refers_to = "deal_registration"}),
    field<&Opportunity::campaign>("campaign", {.refers_to = "campaign"}),
    field<&Opportunity::competitor>("competitor", {.max_length = 255}),
    field<&Opportunity::lost_reason>("lost_reason", {.codes = &code_sets::kLostReason}),
    field<&Opportunity::won_reason>("won_reason", {.max_length = 80}),
    field<&Opportunity::kind>("kind", {.required = true, .codes = &code_sets::kOpportunityKind}),
    list<&Opportunity::state_history>("state_history", kStateChangeRows,
                                      {.keys = "at", .read_only = true}),
    custom<&Opportunity::custom>());

constexpr Actors kSeller = Actor::VendorSales | Actor::PartnerManager | Actor::PartnerEmployee;
constexpr Actors kReopener = Actor::VendorSales | Actor::PartnerManager;

constexpr Transition kTransitions[] = {
    {"qualification", "development", kSeller},
    {"development", "proposal", kSeller},
    {"proposal", "negotiation", kSeller},
    // Sales take a stage back, too. Were it not listed, the shortest way to an earlier stage would
    // lead over "lost": a loss that never was.
    {"development", "qualification", kSeller},
    {"proposal", "qualification", kSeller},
    {"proposal", "development", kSeller},
    {"negotiation", "qualification", kSeller},
    {"negotiation", "development", kSeller},
    {"negotiation", "proposal", kSeller},
    {"qualification", "won", kSeller},
    {"development", "won", kSeller},
    {"proposal", "won", kSeller},
    {"negotiation", "won", kSeller},
    {"reopened", "won", kSeller},
    {"qualification", "lost", kSeller, "lost_reason"},
    {"development", "lost", kSeller, "lost_reason"},
    {"proposal", "lost", kSeller, "lost_reason"},
    {"negotiation", "lost", kSeller, "lost_reason"},
    {"reopened", "lost", kSeller, "lost_reason"},
    {"qualification", "cancelled", kSeller},
    {"development", "cancelled", kSeller},
    {"proposal", "cancelled", kSeller},
    {"negotiation", "cancelled", kSeller},
    {"reopened", "cancelled", kSeller},
    // What is reopened goes on at the stage where it stands now.
    {"lost", "reopened", kReopener},
    {"reopened", "qualification", kSeller},
    {"reopened", "development", kSeller},
    {"reopened", "proposal", kSeller},
    {"reopened", "negotiation", kSeller},
};
constexpr StateMachine kStates{"stage", "qualification", kTransitions};

bool is_indirect(const Fields& fields) { return get(fields, "channel_kind") == "indirect"; }
bool is_lost(const Fields& fields) { return get(fields, "stage") == "lost"; }
bool is_closed(const Fields& fields) {
  const Value stage = get(fields, "stage");
  return stage == "won" || stage == "lost" || stage == "cancelled";
}

constexpr std::string_view kPartner[] = {"partner"};
constexpr std::string_view kPartnerRole[] = {"partner_role"};
constexpr std::string_view kClosedAt[] = {"closed_at"};
constexpr std::string_view kLostReason[] = {"lost_reason"};
constexpr Requirement kRequirements[] = {{"partner", kPartner, is_indirect},
                                         {"partner_role", kPartnerRole, is_indirect},
                                         {"closed_at", kClosedAt, is_closed},
                                         {"lost_reason", kLostReason, is_lost}};

void check_probability(const Fields& fields, std::vector<Problem>& problems) {
  const Value text = get(fields, "probability");
  const auto probability = text ? Decimal::parse(*text) : std::nullopt;
  if (probability && (probability->sign() < 0 || *probability > Decimal(100)))
    problems.push_back({.path = "probability",
                        .rule = "probability",
                        .message = "is " + *text + " %, not between 0 and 100"});
}

constexpr ValueRule kValues[] = {
    {"probability", check_probability},
    {"sum_of_lines", [](const Fields& fields, std::vector<Problem>& problems) {
       check_sum_of_lines(fields, "amount", problems);
     }}};

constexpr NetworkKey kKeys[] = {
    {"number", true, [](const Fields& fields) { return values_at(fields, "number"); }}};

constexpr EntityDescription kOpportunity = entity<Opportunity>(
    "opportunity", kRows,
    {.states = &kStates, .requirements = kRequirements, .values = kValues, .keys = kKeys});

}  // namespace
}  // namespace opportunity_entity

const EntityDescription& description(std::type_identity<Opportunity>) {
  return opportunity_entity::kOpportunity;
}

}  // namespace channelbridge::model
