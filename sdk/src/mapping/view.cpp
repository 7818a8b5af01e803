#include <algorithm>

#include "elements_internal.hpp"
#include "value_internal.hpp"

namespace channelbridge::mapping {

namespace {

/// What the system would show for one rule; a constant is a condition, so the record keeps its own
/// value there.
void show(const Compiled& mapping, const Rule& rule, const std::string& path,
          const model::Fields& fields, model::Fields& out) {
  if (!rule.reads()) return;
  const auto value = fields.find(path);
  if (value == fields.end()) return;
  if (auto image = image_of(rule, mapping.def.dialect, value->second))
    out.insert_or_assign(path, std::move(*image));
}

/// With everything else of its group empty a constant is no statement.
bool lonely_constant(const Compiled& mapping, std::size_t root_rule, const model::Fields& fields) {
  const std::vector<std::size_t>& peers = mapping.peers[root_rule];
  return mapping.def.rules[root_rule].constant && !peers.empty() &&
         std::none_of(peers.begin(), peers.end(), [&](std::size_t peer) {
           return fields.contains(mapping.def.rules[peer].field);
         });
}

void show_fixed(const Compiled& mapping, std::size_t index, const model::Fields& fields,
                model::Fields& out) {
  const Fixed& fixed = mapping.def.fixed[index];
  const std::string id = fixed_element(fields, fixed);
  if (id.empty()) return;
  bool any = false;
  for (const std::size_t i : mapping.fixed_rules[index]) {
    const Rule& rule = mapping.def.rules[i];
    const std::string path = model::element_path(fixed.list, id, rule.leaf);
    show(mapping, rule, path, fields, out);
    any = any || (rule.reads() && out.contains(path));
  }
  if (!any) return;  // nothing of it is visible there, so neither is the element
  for (const auto& [field, value] : fixed.where)
    out.insert_or_assign(model::element_path(fixed.list, id, field), value);
}

/// May the rule read this value?
bool reads_value(const Rule& rule, const std::string& value) {
  if (!rule.reads()) return false;
  if (rule.constant) return *rule.constant == value;
  return !rule.codes || reads_code(rule, value);
}

}  // namespace

model::Fields Mapping::view(const model::Fields& fields) const {
  model::Fields out;
  for (std::size_t i = 0; i < compiled_->def.rules.size(); ++i) {
    const Rule& rule = compiled_->def.rules[i];
    if (rule.fixed < 0 && !lonely_constant(*compiled_, i, fields))
      show(*compiled_, rule, rule.field, fields, out);
  }
  for (std::size_t i = 0; i < compiled_->def.fixed.size(); ++i)
    show_fixed(*compiled_, i, fields, out);
  for (const auto& [list, parts] : compiled_->lists_of) {
    for (const std::string& id : element_ids(fields, list)) {
      const auto part = part_for(*compiled_, list, fields, id).part;
      if (!part) continue;
      for (const Rule& rule : compiled_->def.lists[*part].rules) {
        show(*compiled_, rule, model::element_path(list, id, rule.leaf), fields, out);
      }
    }
  }
  return out;
}

model::Value Mapping::image(std::string_view path, const model::Value& value) const {
  if (!value) return std::nullopt;
  auto rule = compiled_->by_field.find(path);
  if (rule == compiled_->by_field.end()) {
    const auto element = model::split_element(path);
    if (element)
      rule = compiled_->by_field.find(model::element_path(element->list, "", element->field));
  }
  if (rule == compiled_->by_field.end()) return value;
  return image_of(*rule->second, compiled_->def.dialect, *value);
}

bool Mapping::may_state(std::string_view path) const {
  using Conditions = std::vector<std::pair<std::string, std::string>>;
  const Definition& def = compiled_->def;
  const auto element = model::split_element(path);
  const auto field = [](const std::vector<const Rule*>& rules, std::string_view leaf) {
    const auto found = std::find_if(rules.begin(), rules.end(),
                                    [leaf](const Rule* rule) { return rule->leaf == leaf; });
    return found == rules.end() ? nullptr : *found;
  };
  if (!element)
    return std::any_of(def.rules.begin(), def.rules.end(),
                       [path](const Rule& rule) { return rule.field == path && rule.reads(); });
  Conditions wanted;
  if (const auto select = document::parse_path("x[" + std::string(element->element) + "]"))
    wanted.assign(select->front().where.begin(), select->front().where.end());
  // Elements with these rules, all of which show the values `fixed`.
  const auto shows = [&](const std::vector<const Rule*>& rules, const Conditions& fixed) {
    const Rule* stated = field(rules, element->field);
    if (stated == nullptr || !stated->reads()) return false;
    return std::all_of(wanted.begin(), wanted.end(), [&](const auto& condition) {
      for (const auto& [name, value] : fixed)
        if (name == condition.first) return value == condition.second;
      const Rule* rule = field(rules, condition.first);
      return rule != nullptr && reads_value(*rule, condition.second);
    });
  };
  for (std::size_t i = 0; i < def.fixed.size(); ++i) {
    std::vector<const Rule*> rules;
    for (const std::size_t rule : compiled_->fixed_rules[i]) rules.push_back(&def.rules[rule]);
    if (def.fixed[i].list == element->list && shows(rules, def.fixed[i].where)) return true;
  }
  return std::any_of(def.lists.begin(), def.lists.end(), [&](const List& list) {
    std::vector<const Rule*> rules;
    for (const Rule& rule : list.rules) rules.push_back(&rule);
    return list.name == element->list && shows(rules, {});
  });
}

}  // namespace channelbridge::mapping
