#include "fund_people_internal.hpp"

#include <algorithm>
#include <set>

#include "channelbridge/model/transition.hpp"

namespace channelbridge::hub {

namespace {

using model::Decimal;
using model::Fields;
using model::get;
using model::Money;
using model::person_key;

/// A step of the history, or a decision.
struct Step {
  std::string to{};
  std::string by{};
  Timestamp at{};
  std::optional<Decimal> amount{};
};

void add_steps(const Fields& record, std::string_view list, std::string_view state,
               std::vector<Step>& out) {
  for (const std::string& id : elements_of(record, list)) {
    const auto value = [&](std::string_view field) {
      return get(record, model::element_path(list, id, field)).value_or("");
    };
    out.push_back({.to = value(state),
                   .by = value("by"),
                   // One without a time counts as the first.
                   .at = parse_iso8601(value("at")).value_or(Timestamp::min()),
                   .amount = amount_at(record, model::element_path(list, id, "amount"))});
  }
}

bool is_approval(std::string_view state) {
  return state == "approved" || state == "partially_approved";
}

/// The limit that an approval goes by, and the amount that is held against it.
struct Limit {
  Decimal limit{};
  Decimal amount{};
  model::Currency currency;
};

std::optional<Limit> limit_of(const LedgerRules::Approval& rules, std::span<const Money> granted) {
  for (const Money& each : granted) {
    if (!each.amount || !each.currency) continue;
    const auto limit = rules.limits.find(each.currency->text());
    if (limit != rules.limits.end())
      return Limit{.limit = limit->second, .amount = *each.amount, .currency = *each.currency};
  }
  return std::nullopt;
}

/// "CARL, ANNA (4000.00 EUR)"
std::string names_of(const People& people, std::span<const Money> granted) {
  std::string out;
  std::set<std::string> named;
  for (const People::Approval& each : people.approved) {
    if (!named.insert(person_key(each.by)).second) continue;
    out += (out.empty() ? "" : ", ") + each.by;
    if (each.amount && !granted.empty() && granted.front().currency)
      out += " (" + shown(*each.amount, *granted.front().currency) + ")";
  }
  return out;
}

}  // namespace

People people_of(const Fields& record) {
  std::vector<Step> steps;
  add_steps(record, "state_history", "to", steps);
  add_steps(record, "decisions", "decision", steps);
  std::stable_sort(steps.begin(), steps.end(),
                   [](const Step& one, const Step& other) { return one.at < other.at; });
  // While it is reviewed again, it stands as it was granted.
  const bool in_review = get(record, "status") == "changed";
  People out;
  for (const Step& step : steps) {
    const std::string by = person_key(step.by).empty() ? std::string() : step.by;
    if (step.to == "submitted") out.handed_in = by;
    if (step.to == "released_to_settle") out.released = by;
    if (is_approval(step.to) && !by.empty())
      out.approved.push_back({.by = by, .amount = step.amount});
    if (step.to == "returned" || step.to == "rejected" || (step.to == "changed" && !in_review)) {
      out.approved.clear();
      out.released.clear();
    }
  }
  return out;
}

std::optional<Finding> judge_decider(const People& people, const LedgerRules::Approval& rules,
                                     std::span<const Money> granted) {
  const std::optional<Limit> limit = limit_of(rules, granted);
  const bool above = limit && limit->limit < limit->amount;
  if (!above && rules.channel_marketing.empty()) return std::nullopt;
  const bool decided =
      std::any_of(people.approved.begin(), people.approved.end(), [&](const auto& each) {
        const std::string who = person_key(each.by);
        if (!above && rules.channel_marketing.contains(who)) return true;
        // A decision about less is none about all of it.
        const bool of_all = !each.amount || granted.empty() || !granted.front().amount ||
                            *granted.front().amount <= *each.amount;
        return rules.finance.contains(who) && (of_all || !above);
      });
  if (decided) return std::nullopt;
  const bool unnamed = people.approved.empty();
  std::string detail = "is granted ";
  if (above) {
    detail +=
        shown(limit->amount, limit->currency) + ", above the limit of " +
        shown(limit->limit, limit->currency) +
        (unnamed ? ", and nobody says who decided it: finance has to"
                 : ", by " + names_of(people, granted) + ": a decision of finance is lacking");
  } else {
    detail +=
        unnamed ? std::string("and nobody says who decided it")
                : "by " + names_of(people, granted) + ", of neither channel_marketing nor finance";
  }
  return Finding{.what = {above ? "approval_limit" : "approval_role", std::move(detail)},
                 .does = unnamed ? rules.unnamed : LedgerRules::Judgement::Refuse};
}

std::optional<LedgerRefusal> approved_by_who_handed_in(const People& people) {
  const std::string first = person_key(people.handed_in);
  if (first.empty()) return std::nullopt;
  for (const People::Approval& each : people.approved) {
    if (person_key(each.by) == first)
      return LedgerRefusal{"two_people", "is granted by " + each.by + ", and " + people.handed_in +
                                             " has handed it in: these are steps of two people"};
  }
  return std::nullopt;
}

std::optional<LedgerRefusal> released_by_who_approved(const People& people) {
  const std::string second = person_key(people.released);
  if (second.empty()) return std::nullopt;
  for (const People::Approval& each : people.approved) {
    if (person_key(each.by) == second)
      return LedgerRefusal{"two_people", "is released by " + people.released + ", and " + each.by +
                                             " has granted it: these are steps of two people"};
  }
  return std::nullopt;
}

}  // namespace channelbridge::hub
