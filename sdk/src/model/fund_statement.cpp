#include "channelbridge/model/fund_statement.hpp"

#include "document_rules_internal.hpp"

namespace channelbridge::model {
namespace fund_statement_entity {
namespace {

using Figures = FundStatement::Figures;

constexpr auto kFigures = rows<Figures>(
    field<&Figures::budget>("budget", kAmount),
    field<&Figures::budget_reduction_pending>("budget_reduction_pending", kAmount),
    field<&Figures::distributed>("distributed", kAmount),
    field<&Figures::prereserved>("prereserved", kAmount),
    field<&Figures::reserved>("reserved", kAmount),
    field<&Figures::pending_claim>("pending_claim", kAmount),
    field<&Figures::approved_claim>("approved_claim", kAmount),
    field<&Figures::released_to_settle>("released_to_settle", kAmount),
    field<&Figures::settled>("settled", kAmount), field<&Figures::paid>("paid", kAmount),
    field<&Figures::externally_settled>("externally_settled", kAmount),
    field<&Figures::written_off>("written_off", kAmount),
    field<&Figures::expired>("expired", kAmount), field<&Figures::accrual>("accrual", kAmount),
    field<&Figures::over_consumption_requested>("over_consumption_requested", kAmount),
    field<&Figures::over_consumption_approved>("over_consumption_approved", kAmount),
    field<&Figures::available_to_distribute>("available_to_distribute", kAmount),
    field<&Figures::available_to_reserve>("available_to_reserve", kAmount),
    field<&Figures::available_to_spend>("available_to_spend", kAmount),
    field<&Figures::remaining_cash>("remaining_cash", kAmount),
    field<&Figures::granted_requests>("granted_requests", kAmount),
    field<&Figures::granted_claims>("granted_claims", kAmount));

constexpr auto kRows = rows<FundStatement>(
    field<&FundStatement::number>("number", {.required = true, .max_length = 40}),
    field<&FundStatement::fund>("fund", {.refers_to = "fund"}),
    field<&FundStatement::budget>("budget", {.refers_to = "budget"}),
    field<&FundStatement::currency>("currency", {.required = true}),
    field<&FundStatement::as_of>("as_of"), group<&FundStatement::figures>("figures", kFigures),
    custom<&FundStatement::custom>());

constexpr std::string_view kSubjects[] = {"fund", "budget"};
constexpr Requirement kRequirements[] = {{"subject", kSubjects}};

/// A fund or a budget, not both.
void check_subject(const Fields& fields, std::vector<Problem>& problems) {
  const Value fund = get(fields, "fund");
  const Value budget = get(fields, "budget");
  if (!fund || !budget) return;
  problems.push_back({.path = "budget",
                      .rule = "one_subject",
                      .message = "is " + *budget + ", beside fund " + *fund});
}

constexpr std::string_view kAmounts[] = {"figures."};

constexpr ValueRule kValues[] = {{"currency_missing",
                                  [](const Fields& fields, std::vector<Problem>& problems) {
                                    check_currency(fields, kAmounts, problems);
                                  }},
                                 {"one_subject", check_subject}};

constexpr EntityDescription kFundStatement = entity<FundStatement>(
    "fund_statement", kRows, {.requirements = kRequirements, .values = kValues});

}  // namespace
}  // namespace fund_statement_entity

const EntityDescription& description(std::type_identity<FundStatement>) {
  return fund_statement_entity::kFundStatement;
}

}  // namespace channelbridge::model
