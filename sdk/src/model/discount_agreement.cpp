#include "channelbridge/model/discount_agreement.hpp"

#include "channelbridge/model/code_sets_catalog.hpp"
#include "rules_internal.hpp"

namespace channelbridge::model {
namespace discount_agreement_entity {
namespace {

constexpr auto kBeneficiary = rows<DiscountAgreement::Beneficiary>(
    field<&DiscountAgreement::Beneficiary::partner>("partner", {.refers_to = "partner"}),
    field<&DiscountAgreement::Beneficiary::tier>("tier", {.refers_to = "program_tier"}),
    field<&DiscountAgreement::Beneficiary::program>("program", {.refers_to = "partner_program"}),
    field<&DiscountAgreement::Beneficiary::territory>("territory", {.refers_to = "territory"}));

constexpr auto kScopeProduct =
    rows<DiscountAgreement::ScopeProduct>(field<&DiscountAgreement::ScopeProduct::product>(
        "product", {.required = true, .refers_to = "product"}));

constexpr auto kScopeFamily = rows<DiscountAgreement::ScopeFamily>(
    field<&DiscountAgreement::ScopeFamily::family>("family", {.required = true, .max_length = 80}));

constexpr auto kScope = rows<DiscountAgreement::Scope>(
    list<&DiscountAgreement::Scope::products>("products", kScopeProduct, {.keys = "product"}),
    list<&DiscountAgreement::Scope::families>("families", kScopeFamily, {.keys = "family"}),
    field<&DiscountAgreement::Scope::end_customer>("end_customer", {.refers_to = "partner"}),
    field<&DiscountAgreement::Scope::deal_registration>("deal_registration",
                                                        {.refers_to = "deal_registration"}));

constexpr auto kTier = rows<DiscountAgreement::Tier>(
    group<&DiscountAgreement::Tier::min_qty>("min_qty", kQuantityRows),
    field<&DiscountAgreement::Tier::value>("value",
                                           {.required = true, .precision = 19, .scale = 6}));

constexpr auto kApproval = rows<DiscountAgreement::Approval>(
    field<&DiscountAgreement::Approval::status>("status", {.codes = &code_sets::kDiscountApproval}),
    field<&DiscountAgreement::Approval::by>("by", {.max_length = 120}),
    field<&DiscountAgreement::Approval::at>("at"));

constexpr auto kRows = rows<DiscountAgreement>(
    field<&DiscountAgreement::number>("number", {.required = true, .max_length = 40}),
    field<&DiscountAgreement::kind>("kind", {.required = true, .codes = &code_sets::kDiscountKind}),
    nested<&DiscountAgreement::beneficiary>("beneficiary", kBeneficiary),
    nested<&DiscountAgreement::scope>("scope", kScope),
    group<&DiscountAgreement::valid>("valid", kPeriodRows),
    field<&DiscountAgreement::method>("method",
                                      {.required = true, .codes = &code_sets::kDiscountMethod}),
    field<&DiscountAgreement::value>("value", kUnitPrice),
    field<&DiscountAgreement::currency>("currency"),
    list<&DiscountAgreement::tiers>("tiers", kTier, {.keys = "min_qty.value"}),
    field<&DiscountAgreement::stack_rule>(
        "stack_rule", {.required = true, .codes = &code_sets::kDiscountStackRule}),
    field<&DiscountAgreement::priority>("priority", {.required = true}),
    field<&DiscountAgreement::cap_pct>("cap_pct"),
    field<&DiscountAgreement::waterfall_level>(
        "waterfall_level", {.required = true, .codes = &code_sets::kDiscountLevel}),
    field<&DiscountAgreement::authorisation_number>("authorisation_number", {.max_length = 40}),
    group<&DiscountAgreement::max_qty>("max_qty", kQuantityRows),
    group<&DiscountAgreement::used_qty>("used_qty", kQuantityRows),
    nested<&DiscountAgreement::approval>("approval", kApproval),
    field<&DiscountAgreement::status>("status",
                                      {.required = true, .codes = &code_sets::kDiscountStatus}),
    list<&DiscountAgreement::state_history>("state_history", kStateChangeRows,
                                            {.keys = "at", .read_only = true}),
    custom<&DiscountAgreement::custom>());

constexpr Actors kManager = Actor::ChannelManager;

constexpr Transition kTransitions[] = {
    {"draft", "pending_approval", kManager | Actor::VendorSales},
    // The system lets pass what is below the threshold.
    {"pending_approval", "active", kManager | Actor::Finance | Actor::System},
    {"active", "exhausted", Actor::System},
    {"active", "expired", Actor::System},
    {"active", "cancelled", kManager | Actor::VendorAdmin},
};
constexpr StateMachine kStates{"status", "draft", kTransitions};

constexpr std::string_view kBeneficiaries[] = {"beneficiary.partner", "beneficiary.tier",
                                               "beneficiary.program", "beneficiary.territory"};

void check_beneficiary(const Fields& fields, std::vector<Problem>& problems) {
  std::string_view first;
  for (const std::string_view path : kBeneficiaries) {
    if (!get(fields, path)) continue;
    if (!first.empty())
      problems.push_back({.path = std::string(path),
                          .rule = "one_beneficiary",
                          .message = "stands beside " + std::string(first) +
                                     ": an agreement has one beneficiary"});
    if (first.empty()) first = path;
  }
}

void check_used(const Fields& fields, std::vector<Problem>& problems) {
  const Value used = get(fields, "used_qty.value");
  const Value most = get(fields, "max_qty.value");
  const Value unit = get(fields, "used_qty.unit");
  if (!used || !most || unit != get(fields, "max_qty.unit")) return;
  const auto taken = Decimal::parse(*used);
  const auto limit = Decimal::parse(*most);
  if (!taken || !limit || *taken <= *limit) return;
  problems.push_back(
      {.path = "used_qty.value",
       .rule = "used_above_max",
       .message = "is " + *used + ", above max_qty " + *most + (unit ? " " + *unit : "")});
}

constexpr ValueRule kValues[] = {{"period",
                                  [](const Fields& fields, std::vector<Problem>& problems) {
                                    check_order(fields, "valid.start", "valid.end", problems);
                                  }},
                                 {"one_beneficiary", check_beneficiary},
                                 {"used_above_max", check_used}};

bool is_special_bid(const Fields& fields) { return get(fields, "kind") == "special_bid"; }

constexpr std::string_view kValid[] = {"valid.start"};
constexpr std::string_view kValue[] = {"value", "tiers[].value"};
constexpr std::string_view kCurrency[] = {"currency"};
constexpr std::string_view kAuthorisation[] = {"authorisation_number"};
constexpr std::string_view kMaxQty[] = {"max_qty.value"};
constexpr Requirement kRequirements[] = {
    {"beneficiary", kBeneficiaries},
    {"valid", kValid},
    {"value", kValue,
     [](const Fields& fields) { return values_at(fields, "tiers[].value").empty(); }},
    {"currency", kCurrency,
     [](const Fields& fields) {
       const Value method = get(fields, "method");
       return method == "amount" || method == "fixed_price";
     }},
    {"authorisation", kAuthorisation, is_special_bid},
    {"max_qty", kMaxQty, is_special_bid}};

constexpr NetworkKey kKeys[] = {
    {"number", true, [](const Fields& fields) { return values_at(fields, "number"); }},
    {"authorisation", false,
     [](const Fields& fields) { return values_at(fields, "authorisation_number"); }}};

constexpr EntityDescription kDiscountAgreement = entity<DiscountAgreement>(
    "discount_agreement", kRows,
    {.states = &kStates, .requirements = kRequirements, .values = kValues, .keys = kKeys});

}  // namespace
}  // namespace discount_agreement_entity

const EntityDescription& description(std::type_identity<DiscountAgreement>) {
  return discount_agreement_entity::kDiscountAgreement;
}

}  // namespace channelbridge::model
