#include "channelbridge/model/code_sets_deals.hpp"
#include "channelbridge/model/partner_program.hpp"
#include "rules_internal.hpp"

namespace channelbridge::model {
namespace program_tier_entity {
namespace {

constexpr auto kCondition = rows<ProgramTier::Condition>(
    field<&ProgramTier::Condition::metric>("metric",
                                           {.required = true, .codes = &code_sets::kTierMetric}),
    field<&ProgramTier::Condition::op>("op",
                                       {.required = true, .codes = &code_sets::kTierComparison}),
    field<&ProgramTier::Condition::value>("value", {.required = true, .precision = 19, .scale = 4}),
    field<&ProgramTier::Condition::currency>("currency"),
    field<&ProgramTier::Condition::period>("period", {.codes = &code_sets::kTierPeriod}));

constexpr auto kBenefits = rows<ProgramTier::Benefits>(
    field<&ProgramTier::Benefits::base_margin>("base_margin"),
    field<&ProgramTier::Benefits::mdf_accrual>("mdf_accrual"),
    field<&ProgramTier::Benefits::lead_priority>("lead_priority"),
    field<&ProgramTier::Benefits::discount_cap>("discount_cap"),
    field<&ProgramTier::Benefits::support_level>("support_level", {.max_length = 40}));

constexpr auto kRows = rows<ProgramTier>(
    field<&ProgramTier::program>("program", {.required = true, .refers_to = "partner_program"}),
    field<&ProgramTier::name>("name", {.required = true, .max_length = 255}),
    field<&ProgramTier::rank>("rank", {.required = true}),
    list<&ProgramTier::requirements>("requirements", kCondition, {.keys = "metric period"}),
    nested<&ProgramTier::benefits>("benefits", kBenefits), custom<&ProgramTier::custom>());

constexpr ValueRule kValues[] = {
    {"rank", [](const Fields& fields, std::vector<Problem>& problems) {
       const Value text = get(fields, "rank");
       const auto rank = text ? Decimal::parse(*text) : std::nullopt;
       if (rank && rank->sign() <= 0)
         problems.push_back(
             {.path = "rank", .rule = "rank", .message = "is " + *text + ", the lowest rank is 1"});
     }}};

constexpr NetworkKey kKeys[] = {{"rank_in_program", true, [](const Fields& fields) {
                                   const Value program = get(fields, "program");
                                   const Value rank = get(fields, "rank");
                                   return program && rank ? std::vector{*program + "/" + *rank}
                                                          : std::vector<std::string>{};
                                 }}};

constexpr EntityDescription kProgramTier =
    entity<ProgramTier>("program_tier", kRows, {.values = kValues, .keys = kKeys});

}  // namespace
}  // namespace program_tier_entity

const EntityDescription& description(std::type_identity<ProgramTier>) {
  return program_tier_entity::kProgramTier;
}

}  // namespace channelbridge::model
