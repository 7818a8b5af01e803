#include "channelbridge/model/transition.hpp"

#include <unicode/unistr.h>

#include <algorithm>

namespace channelbridge::model {
namespace {

Error refused(ErrorCode code, const EntityType& type, std::string rule, std::string message) {
  const Error error(code, type.name() + ": " + message);
  return error.with_problems({{.path = std::string(type.states()->field),
                               .rule = std::move(rule),
                               .message = std::move(message)}});
}

std::string in_quotes(std::string_view state) { return "'" + std::string(state) + "'"; }

Result<void> has_states(const EntityType& type) {
  if (type.states() != nullptr) return {};
  return Error(ErrorCode::Unsupported, type.name() + " has no states");
}

void perform(const EntityType& type, Fields& fields, const Value& from, std::string_view to,
             const StateStep& step, Random& random) {
  set(fields, type.states()->field, std::string(to));
  if (type.find_list("state_history") == nullptr) return;
  const std::string id = make_uuid7(step.at, random);
  const auto write = [&](std::string_view name, std::string value) {
    if (!value.empty()) set(fields, element_path("state_history", id, name), std::move(value));
  };
  write("from", from.value_or(""));
  write("to", std::string(to));
  write("at", to_iso8601(step.at));
  write("by", step.by);
  write("reason", step.reason);
  write("comment", step.comment);
}

std::vector<Problem> broken_rules(const EntityType& type, const Fields& fields) {
  std::vector<Problem> problems;
  for (const ValueRule& rule : type.rules().values) rule.check(fields, problems);
  return problems;
}

/// What a step breaks that held before it.
Result<void> keeps_rules(const EntityType& type, const Fields& before, const Fields& after) {
  std::vector<Problem> broken = broken_rules(type, after);
  if (broken.empty()) return {};
  const std::vector<Problem> old = broken_rules(type, before);
  std::erase_if(broken, [&old](const Problem& problem) {
    return std::any_of(old.begin(), old.end(), [&problem](const Problem& known) {
      return known.path == problem.path && known.rule == problem.rule &&
             known.message == problem.message;
    });
  });
  if (broken.empty()) return {};
  const Error error(ErrorCode::Invalid,
                    type.name() + ": " + broken.front().path + " " + broken.front().message);
  return error.with_problems(std::move(broken));
}

}  // namespace

std::string person_key(std::string_view by) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const std::size_t first = by.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  by = by.substr(first, by.find_last_not_of(kBlanks) - first + 1);
  if (by.starts_with("adapter:")) return {};
  std::string out;
  icu::UnicodeString::fromUTF8({by.data(), static_cast<std::int32_t>(by.size())})
      .foldCase()
      .toUTF8String(out);
  return out;
}

Result<void> move_to(const EntityType& type, Fields& fields, std::string_view to,
                     const StateStep& step, Random& random) {
  if (auto ok = has_states(type); !ok) return ok;
  const StateMachine& states = *type.states();
  const Value from = get(fields, states.field);
  Fields moved = fields;
  const auto make = [&]() -> Result<void> {
    perform(type, moved, from, to, step, random);
    if (auto kept = keeps_rules(type, fields, moved); !kept) return kept;
    fields = std::move(moved);
    return {};
  };
  if (!from) {
    if (to != states.initial)
      return refused(ErrorCode::Invalid, type, "invalid_transition",
                     "begins as " + in_quotes(states.initial) + ", not as " + in_quotes(to));
    return make();
  }
  const Transition* transition = states.find(*from, to);
  if (transition == nullptr)
    return refused(ErrorCode::Invalid, type, "invalid_transition",
                   "cannot go from " + in_quotes(*from) + " to " + in_quotes(to));
  if (step.actor != Actor::Adapter && !transition->who.contains(step.actor))
    return refused(ErrorCode::Invalid, type, "forbidden_actor",
                   "this actor may not go from " + in_quotes(*from) + " to " + in_quotes(to));
  const bool in_history_only = transition->reason == "state_history[].reason";
  if (!transition->reason.empty() && step.reason.empty() && !fields.contains(transition->reason))
    return refused(
        ErrorCode::Invalid, type, "reason_missing",
        "going to " + in_quotes(to) + " needs " +
            (in_history_only ? std::string("a reason") : std::string(transition->reason)));
  if (!transition->reason.empty() && !step.reason.empty()) {
    const FieldInfo* reason = type.find(transition->reason);
    if (reason != nullptr && !canonical_text(*reason, step.reason))
      return refused(ErrorCode::Invalid, type, "reason_missing",
                     "the reason " + refusal(*reason, step.reason));
    if (!in_history_only) set(moved, transition->reason, step.reason);
  }
  return make();
}

Result<void> replay_to(const EntityType& type, Fields& fields, std::string_view to,
                       const StateStep& step, Random& random) {
  if (auto ok = has_states(type); !ok) return ok;
  const StateMachine& states = *type.states();
  const Value from = get(fields, states.field);
  if (from == to) return {};
  const std::vector<std::string> path =
      states.shortest_path(from.value_or(std::string(states.initial)), to);
  const bool begins = !from && to == states.initial;
  if (path.empty() && !begins)
    return refused(
        ErrorCode::Conflict, type, "invalid_transition",
        "no listed way leads from " + in_quotes(from.value_or("")) + " to " + in_quotes(to));
  Value last = from;
  if (!from) {
    perform(type, fields, last, states.initial, step, random);
    last = std::string(states.initial);
  }
  for (const std::string& state : path) {
    perform(type, fields, last, state, step, random);
    last = state;
  }
  return {};
}

}  // namespace channelbridge::model
