#include "channelbridge/model/incentive.hpp"

#include <algorithm>

#include "channelbridge/model/code_sets_incentives.hpp"
#include "document_rules_internal.hpp"
#include "rules_internal.hpp"

namespace channelbridge::model {
namespace incentive_entity {
namespace {

constexpr auto kPartnerScope = rows<Incentive::PartnerScope>(
    field<&Incentive::PartnerScope::partner>("partner", {.refers_to = "partner"}),
    field<&Incentive::PartnerScope::tier>("tier", {.refers_to = "program_tier"}),
    field<&Incentive::PartnerScope::program>("program", {.refers_to = "partner_program"}),
    field<&Incentive::PartnerScope::territory>("territory", {.refers_to = "territory"}));

constexpr auto kScopeProduct =
    rows<Incentive::ScopeProduct>(field<&Incentive::ScopeProduct::product>(
        "product", {.required = true, .refers_to = "product"}));

constexpr auto kScopeFamily = rows<Incentive::ScopeFamily>(
    field<&Incentive::ScopeFamily::family>("family", {.required = true, .max_length = 80}));

constexpr auto kProductScope = rows<Incentive::ProductScope>(
    list<&Incentive::ProductScope::products>("products", kScopeProduct, {.keys = "product"}),
    list<&Incentive::ProductScope::families>("families", kScopeFamily, {.keys = "family"}));

constexpr FieldOptions kFigure{.precision = 19, .scale = 4};

constexpr auto kRate = rows<Incentive::Rate>(
    field<&Incentive::Rate::from>("from", kFigure), field<&Incentive::Rate::to>("to", kFigure),
    field<&Incentive::Rate::pct>("pct"),
    field<&Incentive::Rate::money_per_unit>("money_per_unit", kUnitPrice));

constexpr auto kBands = rows<Incentive::Bands>(
    field<&Incentive::Bands::metric>("metric", {.codes = &code_sets::kBandMetric}),
    field<&Incentive::Bands::method>("method", {.codes = &code_sets::kBandMethod}));

constexpr auto kHolding = rows<Incentive::Holding>(
    field<&Incentive::Holding::months>("months"),
    field<&Incentive::Holding::condition>("condition", {.codes = &code_sets::kHoldingCondition}));

constexpr auto kClawback = rows<Incentive::Clawback>(
    field<&Incentive::Clawback::window_months>("window_months"),
    field<&Incentive::Clawback::method>("method", {.codes = &code_sets::kClawbackMethod}));

constexpr auto kRows = rows<Incentive>(
    field<&Incentive::code>("code", {.required = true, .max_length = 40}),
    field<&Incentive::kind>("kind", {.required = true, .codes = &code_sets::kIncentiveKind}),
    group<&Incentive::period>("period", kPeriodRows),
    nested<&Incentive::partner_scope>("partner_scope", kPartnerScope),
    nested<&Incentive::product_scope>("product_scope", kProductScope),
    field<&Incentive::base>("base", {.required = true, .codes = &code_sets::kIncentiveBase}),
    list<&Incentive::rates>("rates", kRate, {.keys = "from", .required = true}),
    nested<&Incentive::bands>("bands", kBands),
    field<&Incentive::accrual_event>("accrual_event", {.codes = &code_sets::kAccrualEvent}),
    nested<&Incentive::holding>("holding", kHolding),
    nested<&Incentive::clawback>("clawback", kClawback), field<&Incentive::cap>("cap", kAmount),
    field<&Incentive::currency>("currency"),
    field<&Incentive::payout_frequency>("payout_frequency", {.max_length = 40}),
    custom<&Incentive::custom>());

bool is_above_zero(const Fields& fields, std::string_view path) {
  const auto number = number_at(fields, path);
  return number && number->sign() > 0;
}

/// A rate that says nothing.
bool has_empty_rate(const Fields& fields) {
  const auto ids = element_ids(fields, "rates");
  return std::any_of(ids.begin(), ids.end(), [&fields](std::string_view id) {
    return !fields.contains(element_path("rates", id, "pct")) &&
           !fields.contains(element_path("rates", id, "money_per_unit"));
  });
}

constexpr std::string_view kRates[] = {"rates[].pct", "rates[].money_per_unit"};
constexpr std::string_view kCondition[] = {"holding.condition"};
constexpr std::string_view kMethod[] = {"clawback.method"};
constexpr Requirement kRequirements[] = {
    // A path of all elements is never filled: this is missed exactly while a rate is empty.
    {"rate", kRates, has_empty_rate},
    {"condition", kCondition,
     [](const Fields& fields) { return is_above_zero(fields, "holding.months"); }},
    {"method", kMethod,
     [](const Fields& fields) { return is_above_zero(fields, "clawback.window_months"); }}};

void check_rates(const Fields& fields, std::vector<Problem>& problems) {
  const Value base = get(fields, "base");
  const auto report = [&problems](std::string path, std::string rule, std::string message) {
    problems.push_back(
        {.path = std::move(path), .rule = std::move(rule), .message = std::move(message)});
  };
  for (const std::string_view id : element_ids(fields, "rates")) {
    const std::string per_unit = element_path("rates", id, "money_per_unit");
    const std::string share = element_path("rates", id, "pct");
    const Value money = get(fields, per_unit);
    const Value pct = get(fields, share);
    if (money && pct)
      report(per_unit, "one_rate", "is " + *money + " beside a rate of " + *pct + " %");
    if (money && base && base != "units")
      report(per_unit, "rate_of_base", "is " + *money + " a unit, and the base is " + *base);
    if (pct && base == "units")
      report(share, "rate_of_base", "is " + *pct + " %, and the base is units");
  }
  check_share(fields, "rates[].pct", problems);
}

/// No figure lies in two bands.
void check_bands(const Fields& fields, std::vector<Problem>& problems) {
  struct Band {
    std::string path{};
    Decimal from{};
    std::optional<Decimal> to{};
  };
  std::vector<Band> bands;
  for (const std::string_view id : element_ids(fields, "rates")) {
    const auto from = number_at(fields, element_path("rates", id, "from"));
    const auto to = number_at(fields, element_path("rates", id, "to"));
    if (from) bands.push_back({element_path("rates", id, "from"), *from, to});
    if (from && to && *to <= *from)
      problems.push_back(
          {.path = element_path("rates", id, "to"),
           .rule = "band",
           .message = "is " + to_string(*to) + ", not above from " + to_string(*from)});
  }
  std::stable_sort(bands.begin(), bands.end(),
                   [](const Band& left, const Band& right) { return left.from < right.from; });
  for (std::size_t i = 1; i < bands.size(); ++i) {
    const Band& band = bands[i];
    const auto other = std::find_if(
        bands.begin(), bands.begin() + static_cast<std::ptrdiff_t>(i), [&band](const Band& each) {
          return each.from == band.from || (each.to && *each.to > band.from);
        });
    if (other == bands.begin() + static_cast<std::ptrdiff_t>(i)) continue;
    problems.push_back(
        {.path = band.path,
         .rule = "band_overlap",
         .message = "is " + to_string(band.from) +
                    (other->from == band.from ? ", where another band begins too"
                                              : ", inside the band from " + to_string(other->from) +
                                                    " to " + to_string(*other->to))});
  }
  const Value metric = get(fields, "bands.metric");
  if (get(fields, "bands.method") == "incremental" && metric && metric != "base")
    problems.push_back({.path = "bands.method",
                        .rule = "bands_of_base",
                        .message = "is incremental, and the bands are of " + *metric});
}

void check_limits(const Fields& fields, std::vector<Problem>& problems) {
  for (const std::string_view path : {"holding.months", "clawback.window_months", "cap"}) {
    const auto number = number_at(fields, path);
    if (number && number->sign() < 0)
      problems.push_back({.path = std::string(path),
                          .rule = "below_zero",
                          .message = "is " + to_string(*number) + ", below zero"});
  }
}

constexpr std::string_view kAmounts[] = {"cap", "rates[].money_per_unit"};

constexpr ValueRule kValues[] = {{"period",
                                  [](const Fields& fields, std::vector<Problem>& problems) {
                                    check_order(fields, "period.start", "period.end", problems);
                                  }},
                                 {"currency_missing",
                                  [](const Fields& fields, std::vector<Problem>& problems) {
                                    check_currency(fields, kAmounts, problems);
                                  }},
                                 {"rates", check_rates},
                                 {"bands", check_bands},
                                 {"below_zero", check_limits}};

constexpr NetworkKey kKeys[] = {
    {"code", true, [](const Fields& fields) { return values_at(fields, "code"); }}};

constexpr EntityDescription kIncentive = entity<Incentive>(
    "incentive", kRows, {.requirements = kRequirements, .values = kValues, .keys = kKeys});

}  // namespace
}  // namespace incentive_entity

const EntityDescription& description(std::type_identity<Incentive>) {
  return incentive_entity::kIncentive;
}

}  // namespace channelbridge::model
