#include "channelbridge/model/business_plan.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "channelbridge/model/code_sets.hpp"
#include "channelbridge/model/code_sets_partnering.hpp"
#include "document_rules_internal.hpp"
#include "rules_internal.hpp"

namespace channelbridge::model {
namespace business_plan_entity {
namespace {

using Plan = BusinessPlan;

constexpr FieldOptions kFigure{.precision = 19, .scale = 4};

constexpr auto kTarget = rows<Plan::Target>(
    field<&Plan::Target::product_family>("product_family", {.max_length = 80}),
    field<&Plan::Target::quarter>("quarter"), group<&Plan::Target::money>("money", kMoneyRows));

constexpr auto kCertificationTarget = rows<Plan::CertificationTarget>(
    field<&Plan::CertificationTarget::curriculum_code>("curriculum_code", {.max_length = 40}),
    field<&Plan::CertificationTarget::kind>("kind", {.codes = &code_sets::kCertificationKind}),
    field<&Plan::CertificationTarget::quarter>("quarter"),
    field<&Plan::CertificationTarget::count>("count", {.required = true}));

constexpr auto kMarketingEntry = rows<Plan::MarketingEntry>(
    field<&Plan::MarketingEntry::activity_type>(
        "activity_type", {.required = true, .codes = &code_sets::kActivityType}),
    field<&Plan::MarketingEntry::quarter>("quarter"),
    group<&Plan::MarketingEntry::budget>("budget", kMoneyRows),
    field<&Plan::MarketingEntry::expected_leads>("expected_leads"));

constexpr auto kInvestments =
    rows<Plan::Investments>(group<&Plan::Investments::vendor>("vendor", kMoneyRows),
                            group<&Plan::Investments::partner>("partner", kMoneyRows));

constexpr auto kGoal = rows<Plan::Goal>(
    field<&Plan::Goal::kpi>("kpi", {.required = true, .max_length = 80}),
    field<&Plan::Goal::target>("target", kFigure), field<&Plan::Goal::actual>("actual", kFigure),
    field<&Plan::Goal::currency>("currency"));

constexpr auto kRisk = rows<Plan::Risk>(
    field<&Plan::Risk::conflict_type>("conflict_type", {.codes = &code_sets::kConflictType}),
    field<&Plan::Risk::description>("description", {.required = true, .max_length = 1000}),
    field<&Plan::Risk::mitigation>("mitigation", {.max_length = 1000}));

constexpr auto kApprover = rows<Plan::Approver>(
    field<&Plan::Approver::user>("user", {.required = true, .max_length = 120}),
    field<&Plan::Approver::side>("side", {.required = true, .codes = &code_sets::kPlanSide}),
    field<&Plan::Approver::role>("role", {.required = true, .codes = &code_sets::kPlanRole}),
    field<&Plan::Approver::signed_at>("signed_at"));

constexpr auto kReviewMeeting = rows<Plan::ReviewMeeting>(
    field<&Plan::ReviewMeeting::date>("date", {.required = true}),
    field<&Plan::ReviewMeeting::notes>("notes", {.max_length = 4000}),
    field<&Plan::ReviewMeeting::actions>("actions", {.max_length = 4000}));

constexpr std::string_view kTargetKeys = "product_family quarter";

constexpr auto kRows = rows<Plan>(
    field<&Plan::partner>("partner", {.required = true, .refers_to = "partner"}),
    group<&Plan::period>("period", kPeriodRows), field<&Plan::title>("title", {.max_length = 255}),
    list<&Plan::revenue_targets>("revenue_targets", kTarget, {.keys = kTargetKeys}),
    list<&Plan::pipeline_targets>("pipeline_targets", kTarget, {.keys = kTargetKeys}),
    list<&Plan::certification_targets>("certification_targets", kCertificationTarget,
                                       {.keys = "curriculum_code kind quarter"}),
    list<&Plan::marketing_plan>("marketing_plan", kMarketingEntry,
                                {.keys = "activity_type quarter"}),
    nested<&Plan::investments>("investments", kInvestments),
    list<&Plan::goals>("goals", kGoal, {.keys = "kpi"}),
    list<&Plan::risks>("risks", kRisk, {.keys = "conflict_type description"}),
    list<&Plan::approvers>("approvers", kApprover, {.keys = "user role"}),
    list<&Plan::review_meetings>("review_meetings", kReviewMeeting, {.keys = "date"}),
    field<&Plan::status>("status", {.required = true, .codes = &code_sets::kBusinessPlanStatus}),
    list<&Plan::state_history>("state_history", kStateChangeRows,
                               {.keys = "at", .read_only = true}),
    custom<&Plan::custom>());

constexpr Actors kEitherSide = Actor::ChannelManager | Actor::PartnerManager;

constexpr Transition kTransitions[] = {
    {"draft", "proposed", kEitherSide},
    {"proposed", "agreed", kEitherSide},
    {"proposed", "rejected", kEitherSide, "state_history[].reason"},
    // Every quarter.
    {"agreed", "in_review", kEitherSide | Actor::System},
    {"in_review", "agreed", kEitherSide},
    {"in_review", "closed", Actor::ChannelManager},
};
constexpr StateMachine kStates{"status", "draft", kTransitions};

bool is_agreed(const Fields& fields) {
  const Value status = get(fields, "status");
  return status == "agreed" || status == "in_review";
}
bool was_agreed(const Fields& fields) {
  return is_agreed(fields) || get(fields, "status") == "closed";
}

/// Is there one of that role (and side) who has signed, where that is asked?
bool has_approver(const Fields& fields, std::string_view role, std::string_view side,
                  std::string_view proof) {
  const auto ids = element_ids(fields, "approvers");
  return std::any_of(ids.begin(), ids.end(), [&](std::string_view id) {
    const auto value = [&](std::string_view field) {
      return get(fields, element_path("approvers", id, field));
    };
    return value("role") == role && (side.empty() || value("side") == side) && value(proof);
  });
}

bool vendor_signed(const Fields& fields) {
  return has_approver(fields, "manager", "vendor", "signed_at");
}
bool partner_signed(const Fields& fields) {
  return has_approver(fields, "manager", "partner", "signed_at");
}
bool has_sponsor(const Fields& fields) {
  return has_approver(fields, "executive_sponsor", "", "user");
}

constexpr std::string_view kStart[] = {"period.start"};
constexpr std::string_view kEnd[] = {"period.end"};
constexpr std::string_view kSignatures[] = {"approvers[].signed_at"};
constexpr std::string_view kSponsor[] = {"approvers[].user"};
// A path of all elements is never filled: these are missed exactly while nobody is there.
constexpr Requirement kRequirements[] = {
    {"period", kStart},
    {"period", kEnd},
    {"vendor_signature", kSignatures,
     [](const Fields& fields) { return was_agreed(fields) && !vendor_signed(fields); }},
    {"partner_signature", kSignatures,
     [](const Fields& fields) { return was_agreed(fields) && !partner_signed(fields); }},
    {"executive_sponsor", kSponsor,
     [](const Fields& fields) { return was_agreed(fields) && !has_sponsor(fields); }}};

/// A plan is agreed when both managers have signed and somebody stands behind it.
void check_agreement(const Fields& fields, std::vector<Problem>& problems) {
  const auto last = last_step(fields, "status");
  if (get(fields, "status") != "agreed" || !last || last->foreign) return;
  const auto report = [&problems](std::string rule, std::string message) {
    problems.push_back(
        {.path = "approvers", .rule = std::move(rule), .message = std::move(message)});
  };
  if (!vendor_signed(fields))
    report("vendor_signature", "has no signature of the vendor's manager");
  if (!partner_signed(fields))
    report("partner_signature", "has no signature of the partner's manager");
  if (!has_sponsor(fields)) report("executive_sponsor", "has no executive sponsor");
}

/// Nothing while the period is not known.
std::optional<int> quarters_of(const Fields& fields) {
  const auto start = Date::parse(get(fields, "period.start").value_or(""));
  const auto end = Date::parse(get(fields, "period.end").value_or(""));
  if (!start || !end || *end < *start) return std::nullopt;
  int quarters = 1;
  while (add_months(*start, 3 * quarters) <= *end) ++quarters;
  return quarters;
}

void check_quarters(const Fields& fields, std::vector<Problem>& problems) {
  const auto count = quarters_of(fields);
  for (const std::string_view list :
       {"revenue_targets", "pipeline_targets", "certification_targets", "marketing_plan"}) {
    for (const std::string_view id : element_ids(fields, list)) {
      const std::string path = element_path(list, id, "quarter");
      const auto quarter = number_at(fields, path);
      const bool too_low = quarter && quarter->sign() <= 0;
      if (!too_low && !(quarter && count && *quarter > Decimal(*count))) continue;
      problems.push_back(
          {.path = path,
           .rule = "quarter",
           .message = "is " + to_string(*quarter) +
                      (too_low ? ", the first quarter is 1"
                               : ", the period has " + std::to_string(*count) + " quarters")});
    }
  }
}

/// Where a target of the whole period stands beside targets of all its quarters, it is their sum.
/// `same`: the fields by which targets belong together.
void check_sums(const Fields& fields, std::string_view list, std::span<const std::string_view> same,
                std::string_view figure, std::vector<Problem>& problems) {
  struct Sum {
    std::string path{};  ///< of the whole period's
    std::optional<Decimal> whole{};
    Decimal sum{};
    std::set<std::string> quarters{};
    std::set<std::string> currencies{};
    bool comparable{true};
  };
  const auto count = quarters_of(fields);
  if (!count) return;
  std::map<std::string, Sum> sums;
  for (const std::string_view id : element_ids(fields, list)) {
    const auto value = [&](std::string_view field) {
      return get(fields, element_path(list, id, field));
    };
    std::string key;
    for (const std::string_view field : same) key += value(field).value_or("") + '\x1f';
    Sum& sum = sums[key];
    const std::string path = element_path(list, id, figure);
    const auto target = number_at(fields, path);
    sum.comparable = sum.comparable && target;
    if (!target) continue;
    sum.currencies.insert(value("money.currency").value_or(""));
    if (const Value quarter = value("quarter")) {
      sum.quarters.insert(*quarter);
      const auto more = add(sum.sum, *target);
      sum.comparable = sum.comparable && more;
      if (more) sum.sum = *more;
    } else {
      sum.comparable = sum.comparable && !sum.whole;
      sum.whole = target;
      sum.path = path;
    }
  }
  for (const auto& [key, each] : sums) {
    if (!each.comparable || !each.whole || each.currencies.size() != 1 ||
        each.quarters.size() != static_cast<std::size_t>(*count) || *each.whole == each.sum)
      continue;
    const std::string& currency = *each.currencies.begin();
    problems.push_back({.path = each.path,
                        .rule = "sum_of_quarters",
                        .message = "is " + to_string(*each.whole) + ", the " +
                                   std::to_string(*count) + " quarters add up to " +
                                   to_string(each.sum) + (currency.empty() ? "" : " ") + currency});
  }
}

void check_targets(const Fields& fields, std::vector<Problem>& problems) {
  constexpr std::string_view kFamily[] = {"product_family"};
  constexpr std::string_view kCurriculum[] = {"curriculum_code", "kind"};
  check_sums(fields, "revenue_targets", kFamily, "money.amount", problems);
  check_sums(fields, "pipeline_targets", kFamily, "money.amount", problems);
  check_sums(fields, "certification_targets", kCurriculum, "count", problems);
}

constexpr ValueRule kValues[] = {{"period",
                                  [](const Fields& fields, std::vector<Problem>& problems) {
                                    check_order(fields, "period.start", "period.end", problems);
                                  }},
                                 {"quarter", check_quarters},
                                 {"sum_of_quarters", check_targets},
                                 {"agreement", check_agreement}};

constexpr NetworkKey kKeys[] = {
    // Periods that only overlap are no key: see network.hpp.
    {"agreed_plan", true, [](const Fields& fields) {
       const Value partner = get(fields, "partner");
       const Value start = get(fields, "period.start");
       const Value end = get(fields, "period.end");
       return is_agreed(fields) && partner && start && end
                  ? std::vector{*partner + "/" + *start + "/" + *end}
                  : std::vector<std::string>{};
     }}};

constexpr EntityDescription kBusinessPlan = entity<Plan>(
    "business_plan", kRows,
    {.states = &kStates, .requirements = kRequirements, .values = kValues, .keys = kKeys});

}  // namespace
}  // namespace business_plan_entity

const EntityDescription& description(std::type_identity<BusinessPlan>) {
  return business_plan_entity::kBusinessPlan;
}

}  // namespace channelbridge::model
