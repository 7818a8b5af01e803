#include "channelbridge/model/code_sets.hpp"
#include "channelbridge/model/code_sets_funds.hpp"
#include "channelbridge/model/fund_request.hpp"
#include "rules_internal.hpp"

namespace channelbridge::model {
namespace marketing_activity_entity {
namespace {

using Activity = MarketingActivity;

constexpr auto kProductEntry = rows<Activity::ProductEntry>(
    field<&Activity::ProductEntry::product>("product", {.required = true, .refers_to = "product"}));

constexpr auto kBrandEntry = rows<Activity::BrandEntry>(
    field<&Activity::BrandEntry::brand>("brand", {.required = true, .max_length = 80}));

constexpr auto kCost = rows<Activity::Cost>(
    field<&Activity::Cost::expense_type>("expense_type", {.required = true, .max_length = 40}),
    group<&Activity::Cost::money>("money", kMoneyRows));

constexpr auto kResults =
    rows<Activity::Results>(field<&Activity::Results::leads>("leads"),
                            field<&Activity::Results::opportunities>("opportunities"),
                            group<&Activity::Results::revenue>("revenue", kMoneyRows),
                            field<&Activity::Results::attendees>("attendees"));

constexpr auto kCreativeApproval = rows<Activity::CreativeApproval>(
    field<&Activity::CreativeApproval::status>("status", {.codes = &code_sets::kCreativeApproval}),
    field<&Activity::CreativeApproval::by>("by", {.max_length = 120}));

constexpr auto kRows = rows<Activity>(
    field<&Activity::request>("request", {.refers_to = "fund_request"}),
    field<&Activity::partner>("partner", {.required = true, .refers_to = "partner"}),
    field<&Activity::activity_type>("activity_type",
                                    {.required = true, .codes = &code_sets::kActivityType}),
    field<&Activity::name>("name", {.required = true, .max_length = 255}),
    group<&Activity::dates>("dates", kPeriodRows),
    field<&Activity::location>("location", {.max_length = 255}),
    field<&Activity::audience>("audience", {.max_length = 1000}),
    list<&Activity::products>("products", kProductEntry, {.keys = "product"}),
    list<&Activity::brands>("brands", kBrandEntry, {.keys = "brand"}),
    list<&Activity::planned_costs>("planned_costs", kCost, {.keys = "expense_type"}),
    list<&Activity::actual_costs>("actual_costs", kCost, {.keys = "expense_type"}),
    field<&Activity::campaign>("campaign", {.refers_to = "campaign"}),
    nested<&Activity::results>("results", kResults),
    nested<&Activity::creative_approval>("creative_approval", kCreativeApproval),
    field<&Activity::status>("status", {.required = true, .codes = &code_sets::kActivityStatus}),
    list<&Activity::state_history>("state_history", kStateChangeRows,
                                   {.keys = "at", .read_only = true}),
    custom<&Activity::custom>());

constexpr Actors kPartner = Actor::PartnerManager | Actor::PartnerEmployee;
constexpr Actors kEither = kPartner | Actor::ChannelMarketing;
constexpr std::string_view kReason = "state_history[].reason";

constexpr Transition kTransitions[] = {
    {"planned", "approved", Actor::ChannelMarketing},
    {"approved", "running", kEither | Actor::System},
    {"running", "completed", kEither | Actor::System},
    {"completed", "reported", kEither},
    {"planned", "cancelled", kEither, kReason},
    {"approved", "cancelled", kEither, kReason},
};
constexpr StateMachine kStates{"status", "planned", kTransitions};

constexpr std::string_view kStart[] = {"dates.start"};
constexpr std::string_view kEnd[] = {"dates.end"};
constexpr std::string_view kFigures[] = {"results.leads", "results.opportunities",
                                         "results.revenue.amount", "results.attendees"};
constexpr Requirement kRequirements[] = {
    {"dates", kStart}, {"dates", kEnd}, {"results", kFigures, [](const Fields& fields) {
                                           return get(fields, "status") == "reported";
                                         }}};

/// What is completed is over: its last day has passed.
void check_over(const Fields& fields, std::vector<Problem>& problems) {
  const auto last = last_step(fields, "status");
  const auto end = Date::parse(get(fields, "dates.end").value_or(""));
  if (get(fields, "status") != "completed" || !last || last->foreign || !end) return;
  // A day has no zone: the first to see the next one are 14 hours before UTC.
  const Date day(std::chrono::floor<std::chrono::days>(last->at + std::chrono::hours(14)));
  if (*end < day) return;
  problems.push_back({.path = "dates.end",
                      .rule = "not_over",
                      .message = "is " + to_string(*end) + ", and the activity was completed at " +
                                 to_iso8601(last->at)});
}

constexpr ValueRule kValues[] = {{"period",
                                  [](const Fields& fields, std::vector<Problem>& problems) {
                                    check_order(fields, "dates.start", "dates.end", problems);
                                  }},
                                 {"not_over", check_over}};

constexpr EntityDescription kMarketingActivity =
    entity<Activity>("marketing_activity", kRows,
                     {.states = &kStates, .requirements = kRequirements, .values = kValues});

}  // namespace
}  // namespace marketing_activity_entity

const EntityDescription& description(std::type_identity<MarketingActivity>) {
  return marketing_activity_entity::kMarketingActivity;
}

}  // namespace channelbridge::model
