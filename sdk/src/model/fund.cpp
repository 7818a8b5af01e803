#include <map>

#include "channelbridge/model/budget.hpp"
#include "channelbridge/model/code_sets_funds.hpp"
#include "document_rules_internal.hpp"
#include "fund_rules_internal.hpp"
#include "rules_internal.hpp"

namespace channelbridge::model {
namespace fund_entity {
namespace {

constexpr auto kAccrualRule = rows<Fund::AccrualRule>(
    field<&Fund::AccrualRule::product_family>("product_family", {.max_length = 80}),
    field<&Fund::AccrualRule::pct>("pct"),
    field<&Fund::AccrualRule::period>("period", {.codes = &code_sets::kAccrualPeriod}));

constexpr auto kScopeProduct = rows<Fund::ScopeProduct>(
    field<&Fund::ScopeProduct::product>("product", {.required = true, .refers_to = "product"}));

constexpr auto kScopeFamily = rows<Fund::ScopeFamily>(
    field<&Fund::ScopeFamily::family>("family", {.required = true, .max_length = 80}));

constexpr auto kProductScope = rows<Fund::ProductScope>(
    list<&Fund::ProductScope::products>("products", kScopeProduct, {.keys = "product"}),
    list<&Fund::ProductScope::families>("families", kScopeFamily, {.keys = "family"}));

constexpr auto kScopeTerritory = rows<Fund::ScopeTerritory>(field<&Fund::ScopeTerritory::territory>(
    "territory", {.required = true, .refers_to = "territory"}));

constexpr auto kDocument = rows<Fund::Posting::Document>(
    field<&Fund::Posting::Document::kind>("kind", {.codes = &code_sets::kPostingDocument}),
    field<&Fund::Posting::Document::number>("number", {.max_length = 40}));

constexpr auto kPosting =
    rows<Fund::Posting>(field<&Fund::Posting::no>("no", {.required = true}),
                        field<&Fund::Posting::at>("at", {.required = true}),
                        field<&Fund::Posting::category>(
                            "category", {.required = true, .codes = &code_sets::kPostingCategory}),
                        field<&Fund::Posting::amount>("amount", kNeededSum),
                        nested<&Fund::Posting::document>("document", kDocument),
                        field<&Fund::Posting::reversal_of>("reversal_of"));

constexpr auto kRows = rows<Fund>(
    field<&Fund::number>("number", {.max_length = 40}),
    field<&Fund::title>("title", {.max_length = 255}),
    field<&Fund::budget>("budget", {.required = true, .refers_to = "budget"}),
    field<&Fund::partner>("partner", {.refers_to = "partner"}),
    field<&Fund::amount>("amount",
                         {.required = true, .precision = 19, .scale = 4, .group = "amount"}),
    field<&Fund::currency>("currency", {.required = true, .group = "amount"}),
    group<&Fund::valid>("valid", kPeriodRows),
    field<&Fund::carry_over>("carry_over", {.required = true, .codes = &code_sets::kFundCarryOver}),
    nested<&Fund::accrual_rule>("accrual_rule", kAccrualRule),
    nested<&Fund::product_scope>("product_scope", kProductScope),
    list<&Fund::territory_scope>("territory_scope", kScopeTerritory, {.keys = "territory"}),
    list<&Fund::postings>("postings", kPosting, {.keys = "no"}),
    field<&Fund::status>("status", {.required = true, .codes = &code_sets::kFundStatus}),
    list<&Fund::state_history>("state_history", kStateChangeRows,
                               {.keys = "at", .read_only = true}),
    custom<&Fund::custom>());

constexpr Actors kManager = Actor::ChannelMarketing | Actor::Finance;

constexpr Transition kTransitions[] = {
    {"planned", "active", kManager | Actor::System},
    {"active", "expiring", Actor::System},
    {"expiring", "expired", Actor::System},
    {"expiring", "closed", kManager | Actor::System},
    // Renewed or extended: another validity.
    {"expiring", "active", kManager | Actor::System},
    {"expired", "active", kManager | Actor::System},
};
constexpr StateMachine kStates{"status", "planned", kTransitions};

bool has_accrual_rule(const Fields& fields) {
  const auto rule = fields.lower_bound("accrual_rule.");
  return rule != fields.end() && rule->first.starts_with("accrual_rule.");
}

/// A fund that is or was in use got its money by a posting.
bool lacks_postings(const Fields& fields) {
  const Value status = get(fields, "status");
  return status && status != "planned" && element_ids(fields, "postings").empty();
}

constexpr std::string_view kStart[] = {"valid.start"};
constexpr std::string_view kEnd[] = {"valid.end"};
constexpr std::string_view kPct[] = {"accrual_rule.pct"};
constexpr std::string_view kPeriod[] = {"accrual_rule.period"};
// A path of all elements is never filled: this one is missed exactly while there are none.
constexpr std::string_view kPostings[] = {"postings[].amount"};
constexpr Requirement kRequirements[] = {{"valid", kStart},
                                         {"valid", kEnd},
                                         {"accrual_pct", kPct, has_accrual_rule},
                                         {"accrual_period", kPeriod, has_accrual_rule},
                                         {"postings", kPostings, lacks_postings}};

/// The postings of a fund, by number.
class Postings {
 public:
  explicit Postings(const Fields& fields)
      : fields_(fields), currency_(Currency::parse(get(fields, "currency").value_or(""))) {}

  Value text(std::string_view id, std::string_view field) const {
    return get(fields_, element_path("postings", id, field));
  }
  std::optional<Decimal> amount(std::string_view id) const {
    return number_at(fields_, element_path("postings", id, "amount"));
  }
  std::string shown(const Decimal& amount) const {
    return to_string(amount, currency_ ? minor_unit(*currency_) : 0) +
           (currency_ ? " " + currency_->text() : "");
  }
  /// "posting 3, reserved 100.00 EUR"
  std::string words(std::string_view id) const {
    std::string out = "posting " + text(id, "no").value_or(std::string(id));
    const auto figure = amount(id);
    const Value category = text(id, "category");
    if (category || figure) out += ",";
    if (category) out += " " + *category;
    if (figure) out += " " + shown(*figure);
    return out;
  }

 private:
  const Fields& fields_;
  std::optional<Currency> currency_;
};

void check_numbers(const Fields& fields, std::vector<Problem>& problems) {
  const Postings postings(fields);
  std::map<std::string, std::string_view> ids;
  for (const std::string_view id : element_ids(fields, "postings")) {
    const Value no = postings.text(id, "no");
    if (!no) continue;
    const auto [known, first] = ids.emplace(*no, id);
    if (!first)
      problems.push_back(
          {.path = element_path("postings", id, "no"),
           .rule = "posting_no",
           .message = "is " + *no + ", as that of " + postings.words(known->second)});
  }
}

/// What takes a posting back is the same amount of the same category, with the other sign, and
/// takes it back once. A posting that is not there is not judged.
void check_reversals(const Fields& fields, std::vector<Problem>& problems) {
  const Postings postings(fields);
  const auto ids = element_ids(fields, "postings");
  std::map<std::string, std::string_view> by_no;
  for (const std::string_view id : ids) {
    if (const Value no = postings.text(id, "no")) by_no.emplace(*no, id);
  }
  std::map<std::string, std::string_view> reversed_by;
  for (const std::string_view id : ids) {
    const Value of = postings.text(id, "reversal_of");
    if (!of) continue;
    const auto report = [&](std::string_view field, std::string rule, std::string message) {
      problems.push_back({.path = element_path("postings", id, field),
                          .rule = std::move(rule),
                          .message = std::move(message)});
    };
    if (const auto [other, first] = reversed_by.emplace(*of, id); !first)
      report("reversal_of", "reversed_twice",
             "is " + *of + ", which " + postings.words(other->second) + ", takes back already");
    const auto original = by_no.find(*of);
    if (original == by_no.end()) continue;
    if (original->second == id) {
      report("reversal_of", "reversal", "is " + *of + ", the posting itself");
      continue;
    }
    const Value category = postings.text(id, "category");
    const Value taken_from = postings.text(original->second, "category");
    if (category && taken_from && *category != *taken_from)
      report("category", "reversal",
             "is " + *category + ", and takes back " + postings.words(original->second));
    const auto amount = postings.amount(id);
    const auto taken = postings.amount(original->second);
    if (!amount || !taken || *amount == -*taken) continue;
    const auto difference = add(*amount, *taken);
    report("amount", "reversal",
           "is " + postings.shown(*amount) + ", and takes back " +
               postings.words(original->second) +
               (difference ? ": " + postings.shown(*difference) + " are left" : std::string()));
  }
}

constexpr std::string_view kAmounts[] = {"postings[].amount"};

constexpr ValueRule kValues[] = {{"currency_missing",
                                  [](const Fields& fields, std::vector<Problem>& problems) {
                                    check_currency(fields, kAmounts, problems);
                                  }},
                                 {"period",
                                  [](const Fields& fields, std::vector<Problem>& problems) {
                                    check_order(fields, "valid.start", "valid.end", problems);
                                  }},
                                 {"share",
                                  [](const Fields& fields, std::vector<Problem>& problems) {
                                    check_share(fields, "accrual_rule.pct", problems);
                                  }},
                                 {"posting_no", check_numbers},
                                 {"reversal", check_reversals}};

constexpr NetworkKey kKeys[] = {
    {"number", true, [](const Fields& fields) { return values_at(fields, "number"); }}};

constexpr EntityDescription kFund = entity<Fund>("fund", kRows,
                                                 {.states = &kStates,
                                                  .requirements = kRequirements,
                                                  .values = kValues,
                                                  .keys = kKeys,
                                                  .locked = changes_of_posted});

/// What is booked differs in these fields, or is gone.
void lock_posting(const Fields& before, const Fields& after, std::string_view id,
                  std::vector<Problem>& problems) {
  const Postings was(before);
  const std::string prefix = element_path("postings", id, {}) + ".";
  const auto lock = [&](const std::string& path, const std::string& what) {
    problems.push_back({.path = path,
                        .rule = "locked",
                        .message = "cannot be " + what + ": " + was.words(id) +
                                   ", is booked, and only a reversal takes it back"});
  };
  const auto first_of = [&prefix](const Fields& fields) { return fields.lower_bound(prefix); };
  const auto is_of = [&prefix](const Fields& fields, Fields::const_iterator at) {
    return at != fields.end() && at->first.starts_with(prefix);
  };
  if (!is_of(after, first_of(after))) {
    const std::string amount = prefix + "amount";
    return lock(before.contains(amount) ? amount : first_of(before)->first, "removed");
  }
  for (auto at = first_of(before); is_of(before, at); ++at) {
    const Value value = get(after, at->first);
    if (!value) lock(at->first, "emptied");
    if (value && *value != at->second)
      lock(at->first, "changed from " + at->second + " to " + *value);
  }
  for (auto at = first_of(after); is_of(after, at); ++at) {
    if (!before.contains(at->first)) lock(at->first, "filled with " + at->second);
  }
}

}  // namespace
}  // namespace fund_entity

const EntityDescription& description(std::type_identity<Fund>) { return fund_entity::kFund; }

std::vector<Problem> changes_of_posted(const Fields& before, const Fields& after) {
  std::vector<Problem> problems;
  for (const std::string_view id : element_ids(before, "postings"))
    fund_entity::lock_posting(before, after, id, problems);
  const auto goes_on = [](std::string_view path) {
    return goes_on_for_ever(path) || path.starts_with("postings[");
  };
  if (get(before, "status") == "closed")
    lock_fields(before, after, goes_on, "the fund is closed", problems);
  return problems;
}

}  // namespace channelbridge::model
