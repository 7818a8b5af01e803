#include <algorithm>
#include <array>

#include "channelbridge/model/code_sets_incentives.hpp"
#include "channelbridge/model/commissioning.hpp"
#include "channelbridge/model/incentive.hpp"
#include "document_rules_internal.hpp"
#include "rules_internal.hpp"

namespace channelbridge::model {
namespace commission_entity {
namespace {

constexpr auto kSourceDoc = rows<Commission::SourceDoc>(
    field<&Commission::SourceDoc::order>("order", {.refers_to = "order"}),
    field<&Commission::SourceDoc::invoice>("invoice", {.refers_to = "invoice"}),
    field<&Commission::SourceDoc::line>("line"));

constexpr auto kBase =
    rows<Commission::Base>(group<&Commission::Base::amount>("amount", kMoneyRows),
                           group<&Commission::Base::quantity>("quantity", kQuantityRows));

constexpr auto kRate =
    rows<Commission::Rate>(field<&Commission::Rate::pct>("pct"),
                           field<&Commission::Rate::money_per_unit>("money_per_unit", kUnitPrice));

constexpr auto kEvaluated = rows<Commission::Evaluated>(
    field<&Commission::Evaluated::at>("at"), field<&Commission::Evaluated::retained>("retained"),
    field<&Commission::Evaluated::evidence>("evidence", {.max_length = 4000}));

constexpr auto kRows = rows<Commission>(
    field<&Commission::number>("number", {.max_length = 40}),
    field<&Commission::plan>("plan", {.required = true, .refers_to = "incentive"}),
    field<&Commission::partner>("partner", {.required = true, .refers_to = "partner"}),
    field<&Commission::contact>("contact", {.refers_to = "partner_contact"}),
    field<&Commission::customer>("customer", {.refers_to = "partner"}),
    nested<&Commission::source_doc>("source_doc", kSourceDoc), field<&Commission::slice>("slice"),
    nested<&Commission::base>("base", kBase), nested<&Commission::rate>("rate", kRate),
    group<&Commission::amount>("amount", kMoneyRows), field<&Commission::accrued_at>("accrued_at"),
    field<&Commission::eligible_at>("eligible_at"),
    nested<&Commission::evaluated>("evaluated", kEvaluated),
    field<&Commission::paid_settlement>("paid_settlement", {.refers_to = "settlement"}),
    field<&Commission::reversal_of>("reversal_of", {.refers_to = "commission"}),
    field<&Commission::status>("status",
                               {.required = true, .codes = &code_sets::kCommissionStatus}),
    list<&Commission::state_history>("state_history", kStateChangeRows,
                                     {.keys = "at", .read_only = true}),
    custom<&Commission::custom>());

constexpr Actors kSystem = Actor::System;
constexpr Actors kLedger = Actor::Finance | Actor::System;
constexpr Actors kDisputer = Actor::PartnerManager | Actor::ChannelManager | Actor::Finance;
constexpr std::string_view kReason = "state_history[].reason";

constexpr Transition kTransitions[] = {
    {"accrued", "holding", kSystem},
    // Where the plan holds nothing back.
    {"accrued", "earned", kSystem},
    {"accrued", "forfeited", kLedger, kReason},
    {"holding", "earned", kSystem},
    {"holding", "forfeited", kLedger, kReason},
    {"earned", "approved", Actor::Finance},
    {"approved", "in_settlement", kLedger},
    {"in_settlement", "paid", kLedger},
    // The customer cancelled or gave back what it had bought.
    {"earned", "clawed_back", kLedger, kReason},
    {"approved", "clawed_back", kLedger, kReason},
    {"paid", "clawed_back", kLedger, kReason},
    {"accrued", "disputed", kDisputer, kReason},
    {"holding", "disputed", kDisputer, kReason},
    {"earned", "disputed", kDisputer, kReason},
    {"forfeited", "disputed", kDisputer, kReason},
    {"approved", "disputed", kDisputer, kReason},
    {"in_settlement", "disputed", kDisputer, kReason},
    {"paid", "disputed", kDisputer, kReason},
    {"clawed_back", "disputed", kDisputer, kReason},
    {"disputed", "accrued", Actor::Finance, "", true},
    {"disputed", "holding", Actor::Finance, "", true},
    {"disputed", "earned", Actor::Finance, "", true},
    {"disputed", "forfeited", Actor::Finance, "", true},
    {"disputed", "approved", Actor::Finance, "", true},
    {"disputed", "in_settlement", Actor::Finance, "", true},
    {"disputed", "paid", Actor::Finance, "", true},
    {"disputed", "clawed_back", Actor::Finance, "", true},
};
constexpr StateMachine kStates{"status", "accrued", kTransitions};

/// Earned, or on its way from there.
bool is_earned(const Fields& fields) {
  const Value status = get(fields, "status");
  return status == "earned" || status == "approved" || status == "in_settlement" ||
         status == "paid";
}
bool is_forfeited(const Fields& fields) { return get(fields, "status") == "forfeited"; }
bool is_evaluated(const Fields& fields) {
  return is_forfeited(fields) || (is_earned(fields) && fields.contains("eligible_at"));
}
bool is_below_zero(const Fields& fields) {
  const auto amount = number_at(fields, "amount.amount");
  return amount && amount->sign() < 0;
}

constexpr std::string_view kSource[] = {"source_doc.order", "source_doc.invoice"};
constexpr std::string_view kBasePaths[] = {"base.amount.amount", "base.quantity.value"};
constexpr std::string_view kRatePaths[] = {"rate.pct", "rate.money_per_unit"};
constexpr std::string_view kAmountPath[] = {"amount.amount"};
constexpr std::string_view kEligibleAt[] = {"eligible_at"};
constexpr std::string_view kEvaluatedAt[] = {"evaluated.at"};
constexpr std::string_view kRetained[] = {"evaluated.retained"};
constexpr std::string_view kSettlement[] = {"paid_settlement"};
constexpr std::string_view kReversalOf[] = {"reversal_of"};
constexpr Requirement kRequirements[] = {
    {"source_doc", kSource},
    {"base", kBasePaths},
    {"rate", kRatePaths},
    {"amount", kAmountPath},
    {"eligible_at", kEligibleAt,
     [](const Fields& fields) { return get(fields, "status") == "holding"; }},
    {"evaluated_at", kEvaluatedAt, is_evaluated},
    {"retained", kRetained, is_evaluated},
    {"paid_settlement", kSettlement,
     [](const Fields& fields) { return get(fields, "status") == "paid"; }},
    {"reversal_of", kReversalOf, is_below_zero}};

/// A line is of one document, a rate of one kind.
void check_alternatives(const Fields& fields, std::vector<Problem>& problems) {
  constexpr std::array<std::array<std::string_view, 3>, 2> kPairs{
      {{"one_source", "source_doc.order", "source_doc.invoice"},
       {"one_rate", "rate.pct", "rate.money_per_unit"}}};
  for (const auto& [rule, first, second] : kPairs) {
    const Value one = get(fields, first);
    const Value other = get(fields, second);
    if (one && other)
      problems.push_back(
          {.path = std::string(second),
           .rule = std::string(rule),
           .message = "is " + *other + ", beside " + std::string(first) + " " + *one});
  }
}

/// What the base and the rate make together, and how; a cap or a part of a term may leave less of
/// it.
void check_amount(const Fields& fields, std::vector<Problem>& problems) {
  const auto amount = number_at(fields, "amount.amount");
  if (!amount) return;
  const auto report = [&problems](std::string rule, std::string message) {
    problems.push_back(
        {.path = "amount.amount", .rule = std::move(rule), .message = std::move(message)});
  };
  if (amount->is_zero())
    return report("amount_zero", "is 0, a commission grants something or takes something back");
  const auto currency = Currency::parse(get(fields, "amount.currency").value_or(""));
  if (!currency) return;
  const auto pct = number_at(fields, "rate.pct");
  const auto per_unit = number_at(fields, "rate.money_per_unit");
  const bool same_currency = get(fields, "base.amount.currency") == currency->text();
  const auto base = per_unit        ? number_at(fields, "base.quantity.value")
                    : same_currency ? number_at(fields, "base.amount.amount")
                                    : std::nullopt;
  if (!base || pct.has_value() == per_unit.has_value()) return;
  Incentive::Rate rate{.money_per_unit = per_unit};
  if (pct) rate.pct = Percent{*pct};
  const auto most = commission_amount(rate, *base, *currency);
  if (!most) return;
  const auto size = [](const Decimal& value) { return value.sign() < 0 ? -value : value; };
  if (size(*amount) <= size(*most->amount)) return;
  const int decimals = minor_unit(*currency);
  report("amount_above_rate",
         "is " + to_string(*amount, decimals) + ", more than base " +
             (pct ? to_string(*base, decimals) + " x rate " + to_string(*pct) + " %"
                  : to_string(*base) + " x " + to_string(*per_unit)) +
             " = " + to_string(*most->amount, decimals) + " " + currency->text());
}

void check_retained(const Fields& fields, std::vector<Problem>& problems) {
  const Value retained = get(fields, "evaluated.retained");
  const bool contradicts =
      (retained == "false" && is_earned(fields)) || (retained == "true" && is_forfeited(fields));
  if (contradicts)
    problems.push_back(
        {.path = "evaluated.retained",
         .rule = "retained",
         .message = "is " + *retained + ", and the status is " + *get(fields, "status")});
}

constexpr ValueRule kValues[] = {
    {"alternatives", check_alternatives},
    {"amount", check_amount},
    {"share", [](const Fields& fields,
                 std::vector<Problem>& problems) { check_share(fields, "rate.pct", problems); }},
    {"retained", check_retained},
    {"resumed", [](const Fields& fields, std::vector<Problem>& problems) {
       check_resumed(fields, "status", "disputed", "", problems);
     }}};

/// One commission of a plan for a partner and a line (of which each slice is one). What is taken
/// back stands beside it.
std::vector<std::string> granted_line(const Fields& fields) {
  const Value plan = get(fields, "plan");
  const Value partner = get(fields, "partner");
  const Value order = get(fields, "source_doc.order");
  const Value document = order ? order : get(fields, "source_doc.invoice");
  if (!plan || !partner || !document || fields.contains("reversal_of") || is_below_zero(fields))
    return {};
  return {*plan + "/" + *partner + "/" + *document + "/" +
          get(fields, "source_doc.line").value_or("") + "/" + get(fields, "slice").value_or("")};
}

constexpr NetworkKey kKeys[] = {
    {"number", true, [](const Fields& fields) { return values_at(fields, "number"); }},
    {"granted_line", true, granted_line}};

constexpr std::string_view kAcyclic[] = {"reversal_of"};

constexpr EntityDescription kCommission = entity<Commission>("commission", kRows,
                                                             {.states = &kStates,
                                                              .requirements = kRequirements,
                                                              .values = kValues,
                                                              .keys = kKeys,
                                                              .acyclic = kAcyclic,
                                                              .locked = changes_of_settled});

}  // namespace
}  // namespace commission_entity

const EntityDescription& description(std::type_identity<Commission>) {
  return commission_entity::kCommission;
}

std::vector<Problem> changes_of_settled(const Fields& before, const Fields& after) {
  std::vector<Problem> problems;
  const Value status = get(before, "status");
  const auto passed = values_at(before, "state_history[].to");
  const bool settled = status == "in_settlement" || status == "paid";
  if (!settled && std::find(passed.begin(), passed.end(), "in_settlement") == passed.end())
    return problems;
  const auto goes_on = [](std::string_view path) {
    return path == "status" || path.starts_with("state_history[") || path.starts_with("custom.");
  };
  const auto goes_on_unpaid = [](std::string_view path) {
    return path == "status" || path == "paid_settlement" || path.starts_with("state_history[") ||
           path.starts_with("custom.");
  };
  const std::string reason =
      settled ? "the commission is " + *status : "the commission was settled";
  if (before.contains("paid_settlement"))
    lock_fields(before, after, goes_on, reason, problems);
  else
    lock_fields(before, after, goes_on_unpaid, reason, problems);
  return problems;
}

}  // namespace channelbridge::model
