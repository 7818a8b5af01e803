#include "channelbridge/model/validate.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace channelbridge::model {
namespace {

void check_value(const EntityType& type, const std::string& path, const std::string& value,
                 std::vector<Problem>& problems) {
  const FieldInfo* field = type.find(path);
  if (field == nullptr) {
    problems.push_back({.path = path,
                        .rule = "unknown_field",
                        .message = "is not a field of " + type.name(),
                        .suggestion = type.nearest(path)});
    return;
  }
  const auto canonical = canonical_text(*field, value);
  if (!canonical) {
    problems.push_back({.path = path, .rule = "value", .message = refusal(*field, value)});
  } else if (*canonical != value) {
    problems.push_back({.path = path, .rule = "canonical", .message = "is not in canonical form"});
  }
}

/// "estimated_value.amount" -> "estimated_value.currency", "lines[1].price" -> "lines[1].currency";
/// "" when no currency stands beside the field.
std::string currency_of(const EntityType& type, std::string_view amount) {
  const std::size_t dot = amount.rfind('.');
  const std::size_t name = dot == std::string_view::npos ? 0 : dot + 1;
  if (amount.substr(name) != "amount" && !amount.ends_with("price")) return {};
  std::string path(amount.substr(0, name));
  path += "currency";
  const FieldInfo* field = type.find(path);
  return field != nullptr && field->type == FieldType::Currency ? path : std::string();
}

Problem currency_missing(std::string path) {
  return {.path = std::move(path), .rule = "currency", .message = "is missing beside its amount"};
}

void check_rules(const EntityType& type, const Fields& fields, std::vector<Problem>& problems) {
  for (const ValueRule& rule : type.rules().values) rule.check(fields, problems);
}

/// Element ids of a list that has at least one field.
std::set<std::string, std::less<>> elements(const Fields& fields, const std::string& list) {
  std::set<std::string, std::less<>> ids;
  const std::string prefix = list + "[";
  for (auto it = fields.lower_bound(prefix); it != fields.end() && it->first.starts_with(prefix);
       ++it) {
    if (const auto path = split_element(it->first)) ids.emplace(path->element);
  }
  return ids;
}

/// Does the state machine want this field as the reason of the record's state?
bool explains_state(const EntityType& type, const Fields& fields, std::string_view path) {
  if (type.states() == nullptr) return false;
  const Value state = get(fields, type.states()->field);
  const auto& transitions = type.states()->transitions;
  return std::any_of(transitions.begin(), transitions.end(), [&](const Transition& each) {
    return each.to == state && each.reason == path;
  });
}

/// Is the requirement about what the record stands on, and does the record ask for it?
bool is_ground(const EntityType& type, const Requirement& requirement, const Fields& fields) {
  if (requirement.when == nullptr || !requirement.when(fields)) return false;
  const auto& same_kind = type.rules().acyclic;
  return std::any_of(
      requirement.any_of.begin(), requirement.any_of.end(), [&](std::string_view path) {
        return explains_state(type, fields, path) ||
               std::find(same_kind.begin(), same_kind.end(), path) != same_kind.end();
      });
}

/// The fields without which the requirement would not be asked for.
std::vector<std::string> asked_by(const Requirement& requirement, const Fields& fields) {
  std::vector<std::string> out;
  Fields rest = fields;
  for (const auto& [path, value] : fields) {
    auto taken = rest.extract(path);
    if (!requirement.when(rest)) out.push_back(path);
    rest.insert(std::move(taken));
  }
  return out;
}

/// "stage is lost"
std::string what_they_say(const std::vector<std::string>& paths, const Fields& fields) {
  std::string out;
  for (const std::string& path : paths)
    out += (out.empty() ? "" : ", ") + path + " is " + get(fields, path).value_or("empty");
  return out;
}

}  // namespace

std::vector<Problem> check(const EntityType& type, const Fields& fields) {
  std::vector<Problem> problems;
  for (const auto& [path, value] : fields) {
    check_value(type, path, value, problems);
    std::string currency = currency_of(type, path);
    if (!currency.empty() && !fields.contains(currency))
      problems.push_back(currency_missing(std::move(currency)));
  }
  check_rules(type, fields, problems);
  return problems;
}

std::vector<Problem> check(const EntityType& type, const Patch& patch) {
  std::vector<Problem> problems;
  Fields stated;
  std::set<std::string_view> empty;
  for (const PatchEntry& entry : patch.entries) {
    if (entry.value) {
      check_value(type, entry.path, *entry.value, problems);
      stated.insert_or_assign(entry.path, *entry.value);
    } else {
      if (type.find(entry.path) == nullptr) check_value(type, entry.path, "", problems);
      empty.insert(entry.path);
    }
    const FieldInfo* field = type.find(entry.path);
    if (field != nullptr && field->read_only)
      problems.push_back(
          {.path = entry.path, .rule = "read_only", .message = "is set by the hub only"});
  }
  for (const auto& [path, value] : stated) {
    std::string currency = currency_of(type, path);
    if (!currency.empty() && empty.contains(currency))
      problems.push_back(currency_missing(std::move(currency)));
  }
  for (const std::string& list : patch.complete_lists) {
    if (type.find_list(list) == nullptr)
      problems.push_back({.path = list,
                          .rule = "unknown_list",
                          .message = "is not a list of " + type.name(),
                          .suggestion = type.nearest(list)});
  }
  check_rules(type, stated, problems);
  return problems;
}

std::vector<Problem> missing(const EntityType& type, const Fields& fields) {
  std::vector<Problem> problems;
  const auto report = [&problems](std::string path) {
    problems.push_back({.path = std::move(path), .rule = "required", .message = "is empty"});
  };
  for (const ListInfo& list : type.lists()) {
    if (list.required && elements(fields, list.path).empty()) report(list.path);
  }
  for (const FieldInfo& field : type.fields()) {
    if (!field.required) continue;
    const auto row = split_element(field.path);
    if (!row) {
      if (!fields.contains(field.path)) report(field.path);
      continue;
    }
    for (const std::string& id : elements(fields, std::string(row->list))) {
      std::string path = element_path(row->list, id, row->field);
      if (!fields.contains(path)) report(std::move(path));
    }
  }
  for (const Requirement& requirement : type.rules().requirements) {
    if (requirement.when != nullptr && !requirement.when(fields)) continue;
    bool filled = false;
    std::string names;
    for (const std::string_view path : requirement.any_of) {
      filled = filled || fields.contains(path);
      names += (names.empty() ? "" : ", ") + std::string(path);
    }
    if (!filled)
      problems.push_back({.path = std::string(requirement.any_of.front()),
                          .rule = std::string(requirement.name),
                          .message = "one of " + names + " is needed"});
  }
  return problems;
}

std::vector<MissingGround> missing_grounds(const EntityType& type, const Fields& fields) {
  std::vector<MissingGround> out;
  for (const Requirement& requirement : type.rules().requirements) {
    if (!is_ground(type, requirement, fields)) continue;
    const bool filled =
        std::any_of(requirement.any_of.begin(), requirement.any_of.end(),
                    [&fields](std::string_view path) { return fields.contains(path); });
    if (filled) continue;
    MissingGround ground{.problem = {.path = std::string(requirement.any_of.front()),
                                     .rule = std::string(requirement.name)},
                         .any_of = {requirement.any_of.begin(), requirement.any_of.end()},
                         .asked_by = asked_by(requirement, fields)};
    ground.problem.message = "is empty, and " + what_they_say(ground.asked_by, fields);
    out.push_back(std::move(ground));
  }
  return out;
}

Result<void> validate(const EntityType& type, const Fields& fields) {
  auto problems = check(type, fields);
  if (problems.empty()) return {};
  const Error error(ErrorCode::Invalid, "the " + type.name() + " breaks " +
                                            std::to_string(problems.size()) + " rule(s)");
  return error.with_problems(std::move(problems));
}

}  // namespace channelbridge::model
