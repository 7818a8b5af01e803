#include "channelbridge/model/service_case.hpp"

#include "channelbridge/model/code_sets_partnering.hpp"
#include "rules_internal.hpp"

namespace channelbridge::model {
namespace service_case_entity {
namespace {

constexpr auto kEntitlement = rows<ServiceCase::Entitlement>(
    group<&ServiceCase::Entitlement::valid>("valid", kPeriodRows),
    field<&ServiceCase::Entitlement::sla>("sla", {.max_length = 40}),
    field<&ServiceCase::Entitlement::overridden_by>("overridden_by", {.max_length = 120}));

constexpr auto kRows = rows<ServiceCase>(
    field<&ServiceCase::number>("number", {.required = true, .max_length = 40}),
    field<&ServiceCase::partner>("partner", {.required = true, .refers_to = "partner"}),
    field<&ServiceCase::contact>("contact", {.refers_to = "partner_contact"}),
    field<&ServiceCase::customer>("customer", {.refers_to = "partner"}),
    field<&ServiceCase::product>("product", {.refers_to = "product"}),
    field<&ServiceCase::serial>("serial", {.max_length = 80}),
    field<&ServiceCase::contract>("contract", {.refers_to = "contract"}),
    field<&ServiceCase::subject>("subject", {.required = true, .max_length = 255}),
    field<&ServiceCase::description>("description", {.max_length = 4000}),
    field<&ServiceCase::kind>("kind", {.codes = &code_sets::kServiceCaseKind}),
    field<&ServiceCase::priority>("priority", {.max_length = 40}),
    nested<&ServiceCase::entitlement>("entitlement", kEntitlement),
    field<&ServiceCase::solution_ref>("solution_ref", {.max_length = 1000}),
    field<&ServiceCase::status>("status",
                                {.required = true, .codes = &code_sets::kServiceCaseStatus}),
    field<&ServiceCase::resolution>("resolution", {.max_length = 4000}),
    field<&ServiceCase::escalated_to_vendor>("escalated_to_vendor"),
    field<&ServiceCase::opened_at>("opened_at"), field<&ServiceCase::resolved_at>("resolved_at"),
    list<&ServiceCase::state_history>("state_history", kStateChangeRows,
                                      {.keys = "at", .read_only = true}),
    custom<&ServiceCase::custom>());

constexpr Actors kPartner = Actor::PartnerEmployee | Actor::PartnerManager;
constexpr Actors kVendor = Actor::ChannelManager | Actor::VendorAdmin;
constexpr Actors kAnswer = Actor::Customer | Actor::System;

constexpr Transition kTransitions[] = {
    {"new", "in_progress", kPartner},
    {"in_progress", "waiting_customer", kPartner},
    {"waiting_customer", "in_progress", kPartner | kAnswer},
    {"in_progress", "solved", kPartner},
    {"solved", "closed", kPartner | kAnswer},
    {"in_progress", "escalated", kPartner | kVendor},
    {"escalated", "in_progress", kVendor},
    {"escalated", "solved", kVendor},
    // By an article of the knowledge base.
    {"new", "solved", kPartner | kAnswer},
};
constexpr StateMachine kStates{"status", "new", kTransitions};

bool is_escalated(const Fields& fields) { return get(fields, "status") == "escalated"; }
bool is_solved(const Fields& fields) {
  const Value status = get(fields, "status");
  return status == "solved" || status == "closed";
}

constexpr std::string_view kEntitled[] = {"entitlement.valid.start", "entitlement.valid.end",
                                          "entitlement.overridden_by"};
constexpr std::string_view kSolution[] = {"resolution", "solution_ref"};
constexpr std::string_view kResolvedAt[] = {"resolved_at"};
constexpr Requirement kRequirements[] = {{"entitlement", kEntitled, is_escalated},
                                         {"solution", kSolution, is_solved},
                                         {"resolved_at", kResolvedAt, is_solved}};

void check_periods(const Fields& fields, std::vector<Problem>& problems) {
  check_order(fields, "entitlement.valid.start", "entitlement.valid.end", problems);
  check_order(fields, "opened_at", "resolved_at", problems);
}

/// Who has a right to help on the day of the escalation is escalated for, and whom a manager lets
/// pass without one.
void check_entitlement(const Fields& fields, std::vector<Problem>& problems) {
  const auto last = last_step(fields, "status");
  if (!is_escalated(fields) || !last || last->foreign ||
      fields.contains("entitlement.overridden_by"))
    return;
  const auto report = [&problems](std::string path, std::string message) {
    problems.push_back(
        {.path = std::move(path), .rule = "entitlement", .message = std::move(message)});
  };
  const auto start = Date::parse(get(fields, "entitlement.valid.start").value_or(""));
  const auto end = Date::parse(get(fields, "entitlement.valid.end").value_or(""));
  if (!start && !end)
    return report("entitlement.valid.start",
                  "is empty, and no manager lets the case be escalated without an entitlement");
  // A day has no zone: zones lie from 12 hours behind to 14 hours before UTC.
  const auto day = [&last](int hours) {
    return Date(std::chrono::floor<std::chrono::days>(last->at + std::chrono::hours(hours)));
  };
  const std::string when = "it was escalated at " + to_iso8601(last->at);
  if (start && day(14) < *start)
    report("entitlement.valid.start", "is " + to_string(*start) + ", and " + when);
  if (end && *end < day(-12))
    report("entitlement.valid.end", "is " + to_string(*end) + ", and " + when);
}

/// What nobody has worked on is solved by an article of the knowledge base.
void check_article(const Fields& fields, std::vector<Problem>& problems) {
  const auto last = last_step(fields, "status");
  if (last && !last->foreign && last->from == "new" && is_solved(fields) &&
      !fields.contains("solution_ref"))
    problems.push_back({.path = "solution_ref",
                        .rule = "solution_ref",
                        .message = "is empty, and the case was solved without being worked on"});
}

void check_escalated(const Fields& fields, std::vector<Problem>& problems) {
  if (is_escalated(fields) && get(fields, "escalated_to_vendor") == "false")
    problems.push_back({.path = "escalated_to_vendor",
                        .rule = "escalated_to_vendor",
                        .message = "is false, and the status is escalated"});
}

constexpr ValueRule kValues[] = {{"period", check_periods},
                                 {"entitlement", check_entitlement},
                                 {"solution_ref", check_article},
                                 {"escalated_to_vendor", check_escalated}};

constexpr NetworkKey kKeys[] = {
    {"number", true, [](const Fields& fields) { return values_at(fields, "number"); }}};

constexpr EntityDescription kServiceCase = entity<ServiceCase>(
    "service_case", kRows,
    {.states = &kStates, .requirements = kRequirements, .values = kValues, .keys = kKeys});

}  // namespace
}  // namespace service_case_entity

const EntityDescription& description(std::type_identity<ServiceCase>) {
  return service_case_entity::kServiceCase;
}

}  // namespace channelbridge::model
