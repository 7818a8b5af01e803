#include "channelbridge/model/budget.hpp"

#include "channelbridge/model/code_sets_funds.hpp"
#include "document_rules_internal.hpp"
#include "fund_rules_internal.hpp"
#include "rules_internal.hpp"

namespace channelbridge::model {
namespace budget_entity {
namespace {

constexpr auto kRows = rows<Budget>(
    field<&Budget::number>("number", {.required = true, .max_length = 40}),
    field<&Budget::title>("title", {.required = true, .max_length = 255}),
    field<&Budget::kind>("kind", {.required = true, .codes = &code_sets::kBudgetKind}),
    field<&Budget::amount>("amount",
                           {.required = true, .precision = 19, .scale = 4, .group = "amount"}),
    field<&Budget::currency>("currency", {.required = true, .group = "amount"}),
    group<&Budget::valid>("valid", kPeriodRows),
    field<&Budget::owner>("owner", {.required = true, .refers_to = "user"}),
    field<&Budget::cost_centre>("cost_centre", {.max_length = 40}),
    field<&Budget::gl_account>("gl_account", {.max_length = 40}),
    field<&Budget::internal_order>("internal_order", {.max_length = 40}),
    field<&Budget::validation>("validation",
                               {.required = true, .codes = &code_sets::kBudgetValidation}),
    field<&Budget::tolerance_pct>("tolerance_pct"),
    field<&Budget::status>("status", {.required = true, .codes = &code_sets::kBudgetStatus}),
    list<&Budget::state_history>("state_history", kStateChangeRows,
                                 {.keys = "at", .read_only = true}),
    custom<&Budget::custom>());

constexpr Actors kManager = Actor::ChannelMarketing | Actor::Finance | Actor::System;

constexpr Transition kTransitions[] = {
    {"draft", "approved", Actor::Finance},
    {"approved", "open", kManager},
    {"open", "frozen", Actor::Finance, "state_history[].reason"},
    {"frozen", "open", Actor::Finance},
    {"open", "closed", Actor::Finance | Actor::System},
};
constexpr StateMachine kStates{"status", "draft", kTransitions};

constexpr std::string_view kStart[] = {"valid.start"};
constexpr std::string_view kEnd[] = {"valid.end"};
constexpr std::string_view kTolerance[] = {"tolerance_pct"};
constexpr Requirement kRequirements[] = {
    {"valid", kStart}, {"valid", kEnd}, {"tolerance", kTolerance, [](const Fields& fields) {
                                           return get(fields, "validation") == "warn";
                                         }}};

/// A strict budget tolerates nothing.
void check_tolerance(const Fields& fields, std::vector<Problem>& problems) {
  const auto tolerance = number_at(fields, "tolerance_pct");
  if (!tolerance) return;
  const bool strict = get(fields, "validation") == "strict";
  if (tolerance->sign() >= 0 && !(strict && tolerance->sign() > 0)) return;
  problems.push_back({.path = "tolerance_pct",
                      .rule = "tolerance",
                      .message = "is " + to_string(*tolerance) +
                                 (strict ? " %, and the validation is strict" : " %, below 0")});
}

constexpr ValueRule kValues[] = {{"period",
                                  [](const Fields& fields, std::vector<Problem>& problems) {
                                    check_order(fields, "valid.start", "valid.end", problems);
                                  }},
                                 {"tolerance", check_tolerance}};

constexpr NetworkKey kKeys[] = {
    {"number", true, [](const Fields& fields) { return values_at(fields, "number"); }}};

constexpr EntityDescription kBudget = entity<Budget>("budget", kRows,
                                                     {.states = &kStates,
                                                      .requirements = kRequirements,
                                                      .values = kValues,
                                                      .keys = kKeys,
                                                      .locked = changes_of_closed_budget});

}  // namespace
}  // namespace budget_entity

const EntityDescription& description(std::type_identity<Budget>) { return budget_entity::kBudget; }

std::vector<Problem> changes_of_closed_budget(const Fields& before, const Fields& after) {
  std::vector<Problem> problems;
  if (get(before, "status") != "closed") return problems;
  lock_fields(before, after, goes_on_for_ever, "the budget is closed", problems);
  return problems;
}

}  // namespace channelbridge::model
