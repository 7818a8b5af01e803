#include "channelbridge/model/fund_request.hpp"

#include <algorithm>

#include "channelbridge/model/code_sets_funds.hpp"
#include "document_rules_internal.hpp"
#include "fund_rules_internal.hpp"
#include "rules_internal.hpp"

namespace channelbridge::model {
namespace fund_request_entity {
namespace {

using Request = FundRequest;

constexpr auto kActivityEntry = rows<Request::ActivityEntry>(
    field<&Request::ActivityEntry::no>("no"),
    field<&Request::ActivityEntry::activity>(
        "activity", {.required = true, .refers_to = "marketing_activity"}));

constexpr auto kApproved =
    rows<Request::Approved>(field<&Request::Approved::amount>("amount", kAmount),
                            field<&Request::Approved::share_pct>("share_pct"));

constexpr auto kExpected =
    rows<Request::Expected>(field<&Request::Expected::leads>("leads"),
                            field<&Request::Expected::revenue>("revenue", kAmount));

constexpr auto kLineDecision = rows<Request::LineDecision>(
    field<&Request::LineDecision::line>("line", {.required = true}),
    field<&Request::LineDecision::decision>(
        "decision", {.required = true, .codes = &code_sets::kFundLineDecision}),
    field<&Request::LineDecision::amount>("amount", kAmount),
    field<&Request::LineDecision::reason>("reason", {.max_length = 80}));

constexpr auto kRows = rows<Request>(
    field<&Request::number>("number", {.required = true, .max_length = 40}),
    field<&Request::title>("title", {.required = true, .max_length = 255}),
    field<&Request::description>("description", {.required = true, .max_length = 4000}),
    field<&Request::partner>("partner", {.required = true, .refers_to = "partner"}),
    field<&Request::fund>("fund", {.refers_to = "fund"}),
    field<&Request::budget>("budget", {.refers_to = "budget"}),
    list<&Request::activities>("activities", kActivityEntry,
                               {.keys = "activity", .required = true}),
    field<&Request::currency>("currency", {.required = true}),
    field<&Request::requested_amount>("requested_amount", kNeededSum),
    field<&Request::total_cost>("total_cost", kNeededSum),
    field<&Request::vendor_share_pct>("vendor_share_pct", {.required = true}),
    nested<&Request::approved>("approved", kApproved),
    field<&Request::desired_outcome>("desired_outcome", {.required = true, .max_length = 4000}),
    nested<&Request::expected>("expected", kExpected),
    field<&Request::objective>("objective", {.max_length = 1000}),
    list<&Request::required_evidence>("required_evidence", kRequiredEvidenceRows,
                                      {.keys = "evidence_type"}),
    field<&Request::claim_deadline>("claim_deadline"),
    list<&Request::line_decisions>("line_decisions", kLineDecision, {.keys = "line"}),
    field<&Request::status>("status", {.required = true, .codes = &code_sets::kFundRequestStatus}),
    list<&Request::state_history>("state_history", kStateChangeRows,
                                  {.keys = "at", .read_only = true}),
    custom<&Request::custom>());

constexpr Actors kPartner = Actor::PartnerManager | Actor::PartnerEmployee;
constexpr Actors kReviewer = Actor::ChannelMarketing | Actor::Finance;
constexpr Actors kIntake = Actor::ChannelMarketing | Actor::System;
constexpr Actors kEither = kPartner | Actor::ChannelMarketing;
constexpr std::string_view kReason = "state_history[].reason";

constexpr Transition kTransitions[] = {
    {"draft", "submitted", kPartner},
    {"submitted", "under_review", kIntake},
    {"under_review", "approved", kReviewer},
    {"under_review", "partially_approved", kReviewer},
    {"under_review", "rejected", kReviewer, kReason},
    {"under_review", "returned", kReviewer, kReason},
    {"returned", "submitted", kPartner},
    {"draft", "withdrawn", kPartner},
    {"submitted", "withdrawn", kPartner},
    {"under_review", "withdrawn", kPartner},
    {"returned", "withdrawn", kPartner},
    // Another time, place, audience or form is reviewed again.
    {"approved", "changed", kEither},
    {"partially_approved", "changed", kEither},
    {"changed", "under_review", kIntake},
    {"approved", "in_execution", kEither | Actor::System},
    {"partially_approved", "in_execution", kEither | Actor::System},
    {"in_execution", "closed", kReviewer | Actor::System},
    {"approved", "cancelled", kEither, kReason},
    {"partially_approved", "cancelled", kEither, kReason},
    // Nothing was claimed in time.
    {"approved", "expired", Actor::System},
    {"partially_approved", "expired", Actor::System},
};
constexpr StateMachine kStates{"status", "draft", kTransitions};

bool is_approved(const Fields& fields) {
  const Value status = get(fields, "status");
  return status == "approved" || status == "partially_approved";
}
bool is_granted(const Fields& fields) {
  const Value status = get(fields, "status");
  return is_approved(fields) || status == "changed" || status == "in_execution" ||
         status == "closed";
}
bool gives_nothing(const Value& decision) { return decision == "denied" || decision == "returned"; }

template <typename Lacking>
bool some_decision(const Fields& fields, Lacking&& lacking) {
  const auto ids = element_ids(fields, "line_decisions");
  return std::any_of(ids.begin(), ids.end(), [&](std::string_view id) {
    const auto value = [&](std::string_view field) {
      return get(fields, element_path("line_decisions", id, field));
    };
    return lacking(value("decision"), value);
  });
}

bool lacks_amount(const Fields& fields) {
  return some_decision(fields, [](const Value& decision, const auto& value) {
    return decision && !gives_nothing(decision) && !value("amount");
  });
}
bool lacks_reason(const Fields& fields) {
  return some_decision(fields, [](const Value& decision, const auto& value) {
    return decision && decision != "accepted" && !value("reason");
  });
}

constexpr std::string_view kSource[] = {"fund", "budget"};
constexpr std::string_view kFund[] = {"fund"};
constexpr std::string_view kApprovedAmount[] = {"approved.amount"};
constexpr std::string_view kApprovedShare[] = {"approved.share_pct"};
constexpr std::string_view kClaimDeadline[] = {"claim_deadline"};
// A path of all elements is never filled: these are missed exactly while one of them lacks it.
constexpr std::string_view kDecisionAmount[] = {"line_decisions[].amount"};
constexpr std::string_view kDecisionReason[] = {"line_decisions[].reason"};
constexpr Requirement kRequirements[] = {{"fund_or_budget", kSource},
                                         {"fund", kFund, is_granted},
                                         {"approved_amount", kApprovedAmount, is_granted},
                                         {"approved_share", kApprovedShare, is_granted},
                                         {"claim_deadline", kClaimDeadline, is_granted},
                                         {"decision_amount", kDecisionAmount, lacks_amount},
                                         {"decision_reason", kDecisionReason, lacks_reason}};

/// What is approved is the sum of what was granted line by line.
void check_granted(const Fields& fields, const DocumentFigures& figures) {
  const auto ids = element_ids(fields, "line_decisions");
  Result<Decimal> sum{Decimal()};
  std::size_t count = 0;
  for (const std::string_view id : ids) {
    if (gives_nothing(get(fields, element_path("line_decisions", id, "decision")))) continue;
    const auto amount = number_at(fields, element_path("line_decisions", id, "amount"));
    if (!amount) return;
    ++count;
    sum = std::move(sum).and_then([&](const Decimal& so_far) { return add(so_far, *amount); });
  }
  if (!ids.empty())
    figures.check_equal("approved_total", "approved.amount", sum,
                        "the sum of line_decisions[].amount of " + std::to_string(count) +
                            (count == 1 ? " granted line" : " granted lines"));
}

void check_amounts(const Fields& fields, std::vector<Problem>& problems) {
  const DocumentFigures figures(fields, problems);
  figures.check_at_most("approved_beyond_requested", "approved.amount", "requested_amount");
  check_granted(fields, figures);
  check_denied(fields, "line_decisions", "amount", problems);
}

void check_shares(const Fields& fields, std::vector<Problem>& problems) {
  check_share(fields, "vendor_share_pct", problems);
  check_share(fields, "approved.share_pct", problems);
}

/// Who submits does not approve.
void check_approver(const Fields& fields, std::vector<Problem>& problems) {
  constexpr std::string_view kSubmission[] = {"submitted"};
  constexpr std::string_view kApproval[] = {"approved", "partially_approved"};
  check_two_people(fields, kSubmission, kApproval, problems);
}

constexpr std::string_view kAmounts[] = {"requested_amount", "total_cost", "approved.amount",
                                         "expected.revenue", "line_decisions[].amount"};

constexpr ValueRule kValues[] = {{"currency_missing",
                                  [](const Fields& fields, std::vector<Problem>& problems) {
                                    check_currency(fields, kAmounts, problems);
                                  }},
                                 {"amounts", check_amounts},
                                 {"share", check_shares},
                                 {"two_people", check_approver}};

constexpr NetworkKey kKeys[] = {
    {"number", true, [](const Fields& fields) { return values_at(fields, "number"); }}};

constexpr EntityDescription kFundRequest = entity<Request>("fund_request", kRows,
                                                           {.states = &kStates,
                                                            .requirements = kRequirements,
                                                            .values = kValues,
                                                            .keys = kKeys,
                                                            .locked = changes_of_granted});

}  // namespace
}  // namespace fund_request_entity

const EntityDescription& description(std::type_identity<FundRequest>) {
  return fund_request_entity::kFundRequest;
}

std::vector<Problem> changes_of_granted(const Fields& before, const Fields& after) {
  std::vector<Problem> problems;
  const Value status = get(before, "status");
  const bool open = !status || status == "draft" || status == "submitted" ||
                    status == "under_review" || status == "returned" || status == "changed";
  if (open || (fund_request_entity::is_approved(before) && get(after, "status") == "changed"))
    return problems;
  const auto goes_on = [](std::string_view path) {
    return goes_on_for_ever(path) || path == "claim_deadline";
  };
  std::string reason = "the request is " + *status;
  if (const Value amount = get(before, "approved.amount");
      amount && fund_request_entity::is_granted(before))
    reason += ", " + *amount + " " + get(before, "currency").value_or("") + " are approved";
  lock_fields(before, after, goes_on, reason, problems);
  return problems;
}

}  // namespace channelbridge::model
