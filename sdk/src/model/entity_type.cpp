#include "channelbridge/model/entity_type.hpp"

#include <algorithm>
#include <deque>

#include "channelbridge/core/nearest.hpp"
#include "text_internal.hpp"

namespace channelbridge::model {
namespace {

/// "addresses[018f].city" -> "addresses[].city"
std::string row_path(std::string_view path) {
  const auto element = split_element(path);
  if (!element) return std::string(path);
  return element_path(element->list, {}, element->field);
}

/// Digits before and behind the point of a canonical decimal.
bool fits(const FieldInfo& field, std::string_view decimal) {
  if (field.precision == 0) return true;
  if (decimal.starts_with('-')) decimal.remove_prefix(1);
  const std::size_t point = std::min(decimal.find('.'), decimal.size());
  const std::size_t decimals = point == decimal.size() ? 0 : decimal.size() - point - 1;
  const std::size_t whole = decimal.front() == '0' ? 0 : point;
  return decimals <= field.scale &&
         whole + field.scale <= static_cast<std::size_t>(field.precision);
}

bool is_number(FieldType type) { return type == FieldType::Decimal || type == FieldType::Percent; }

bool too_long(const FieldInfo& field, std::string_view canonical) {
  if (field.max_length == 0 || canonical.size() <= field.max_length) return false;
  const auto count = count_characters(canonical);
  return !count || *count > field.max_length;
}

std::string_view expected(FieldType type) {
  switch (type) {
    case FieldType::Text:
      return "is not valid UTF-8 text";
    case FieldType::Code:
      return "is not a code";
    case FieldType::Boolean:
      return "is not true or false";
    case FieldType::Integer:
      return "is not a whole number of 64 bits";
    case FieldType::Decimal:
    case FieldType::Percent:
      return "is not a decimal number of at most 38 digits";
    case FieldType::Date:
      return "is not a date (2026-11-21)";
    case FieldType::Timestamp:
      return "is not a time with its zone (2026-11-21T18:46:26Z)";
    case FieldType::Country:
      return "is not a country (ISO 3166-1)";
    case FieldType::Currency:
      return "is not a currency (ISO 4217)";
    case FieldType::Language:
      return "is not a language tag (BCP 47)";
    case FieldType::Unit:
      return "is not a unit code (UN/ECE Rec 20)";
    case FieldType::TimeZone:
      return "is not a time zone (IANA name)";
    case FieldType::Email:
      return "is not an e-mail address";
    case FieldType::Phone:
      return "is not a phone number";
    case FieldType::Web:
      return "is not a web address";
    case FieldType::Reference:
      return "is neither a record id nor a pending reference";
  }
  return "is not of its type";
}

}  // namespace

bool CodeSet::contains(std::string_view code) const {
  return std::find(codes.begin(), codes.end(), code) != codes.end();
}

const Transition* StateMachine::find(std::string_view from, std::string_view to) const {
  const auto found = std::find_if(transitions.begin(), transitions.end(), [&](const Transition& t) {
    return t.from == from && t.to == to;
  });
  return found == transitions.end() ? nullptr : &*found;
}

bool StateMachine::allows(std::string_view from, std::string_view to) const {
  return find(from, to) != nullptr;
}

std::vector<std::string> StateMachine::shortest_path(std::string_view from,
                                                     std::string_view to) const {
  // Breadth first; among equally short paths the one listed first.
  std::map<std::string_view, std::string_view> reached_from{{from, {}}};
  std::deque<std::string_view> open{from};
  while (!open.empty() && !reached_from.contains(to)) {
    const std::string_view state = open.front();
    open.pop_front();
    for (const Transition& transition : transitions) {
      if (transition.from != state || (transition.resumes && state != from)) continue;
      if (reached_from.emplace(transition.to, state).second) open.push_back(transition.to);
    }
  }
  std::vector<std::string> path;
  if (!reached_from.contains(to)) return path;
  for (std::string_view state = to; state != from; state = reached_from.at(state))
    path.emplace_back(state);
  std::reverse(path.begin(), path.end());
  return path;
}

EntityType::EntityType(std::string name, std::vector<FieldInfo> fields, std::vector<ListInfo> lists,
                       const StateMachine* states)
    : EntityType(std::move(name), std::move(fields), std::move(lists),
                 EntityRules{.states = states}) {}

EntityType::EntityType(std::string name, std::vector<FieldInfo> fields, std::vector<ListInfo> lists,
                       const EntityRules& rules)
    : name_(std::move(name)), fields_(std::move(fields)), lists_(std::move(lists)), rules_(rules) {
  for (std::size_t i = 0; i < fields_.size(); ++i) by_path_.emplace(fields_[i].path, i);
}

const FieldInfo* EntityType::find(std::string_view path) const {
  auto found = by_path_.find(path);
  if (found == by_path_.end() && path.find('[') != std::string_view::npos)
    found = by_path_.find(row_path(path));
  return found == by_path_.end() ? nullptr : &fields_[found->second];
}

const ListInfo* EntityType::find_list(std::string_view list) const {
  const auto found = std::find_if(lists_.begin(), lists_.end(),
                                  [list](const ListInfo& info) { return info.path == list; });
  return found == lists_.end() ? nullptr : &*found;
}

std::string EntityType::group_of(std::string_view path) const {
  if (const auto element = split_element(path))
    return element_path(element->list, element->element, {});
  const FieldInfo* field = find(path);
  return field == nullptr || field->group.empty() ? std::string(path) : field->group;
}

std::string EntityType::nearest(std::string_view path) const {
  const std::string wanted = row_path(path);
  std::vector<std::string> known;
  for (const FieldInfo& field : fields_) {
    // A field is often named without its parents.
    if (field.path.size() > wanted.size() && field.path.ends_with("." + wanted)) return field.path;
    known.push_back(field.path);
  }
  for (const ListInfo& list : lists_) known.push_back(list.path);
  return nearest_word(wanted, known);
}

Result<std::shared_ptr<const EntityType>> EntityType::with_custom(
    std::span<const CustomField> custom) const {
  std::vector<Problem> problems;
  std::vector<FieldInfo> fields = fields_;
  for (const CustomField& field : custom) {
    const std::string path = "custom." + field.name;
    const bool named = !field.name.empty() && field.name.size() <= 80 &&
                       lower(field.name.front()) == field.name.front() &&
                       is_letter(field.name.front()) && all_of(field.name, [](char c) {
                         return c == '_' || is_digit(c) || (is_letter(c) && lower(c) == c);
                       });
    if (!named) {
      problems.push_back({.path = path,
                          .rule = "custom_name",
                          .message = "the name must consist of lower-case letters, digits and '_' "
                                     "and begin with a letter"});
      continue;
    }
    const bool twice = std::any_of(fields.begin(), fields.end(),
                                   [&](const FieldInfo& known) { return known.path == path; });
    if (twice) {
      problems.push_back({.path = path, .rule = "duplicate", .message = "is declared twice"});
      continue;
    }
    fields.push_back({.path = path, .type = field.type, .max_length = field.max_length});
  }
  if (!problems.empty())
    return Error(ErrorCode::Invalid, "the custom fields of " + name_ + " are not declared well")
        .with_problems(std::move(problems));
  return std::make_shared<const EntityType>(name_, std::move(fields), lists_, rules_);
}

void EntityRegistry::add(std::shared_ptr<const EntityType> type) {
  std::string name = type->name();
  types_.insert_or_assign(std::move(name), std::move(type));
}

std::shared_ptr<const EntityType> EntityRegistry::find(std::string_view name) const {
  const auto found = types_.find(name);
  return found == types_.end() ? nullptr : found->second;
}

std::vector<std::string> EntityRegistry::names() const {
  std::vector<std::string> names;
  for (const auto& [name, type] : types_) names.push_back(name);
  return names;
}

std::optional<std::string> canonical_text(const FieldInfo& field, std::string_view text) {
  if (field.codes != nullptr && !field.codes->contains(text)) return std::nullopt;
  auto canonical = canonical_text(field.type, text);
  if (!canonical) return std::nullopt;
  if (too_long(field, *canonical)) return std::nullopt;
  if (is_number(field.type) && !fits(field, *canonical)) return std::nullopt;
  return canonical;
}

std::string refusal(const FieldInfo& field, std::string_view text) {
  if (field.codes != nullptr && !field.codes->contains(text))
    return "is not one of the codes of " + std::string(field.codes->name);
  const auto canonical = canonical_text(field.type, text);
  if (!canonical) return std::string(expected(field.type));
  if (too_long(field, *canonical))
    return "is longer than " + std::to_string(field.max_length) + " characters";
  if (is_number(field.type) && !fits(field, *canonical))
    return "has more than " + std::to_string(field.scale) + " decimals or more than " +
           std::to_string(field.precision - field.scale) + " digits before the point";
  return "is accepted";
}

}  // namespace channelbridge::model
