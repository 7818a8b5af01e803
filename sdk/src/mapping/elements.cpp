#include "elements_internal.hpp"

#include <algorithm>

#include "value_internal.hpp"

namespace channelbridge::mapping {

std::vector<std::string> element_ids(const model::Fields& fields, std::string_view list) {
  std::vector<std::string> out;
  const std::string prefix = std::string(list) + "[";
  for (auto at = fields.lower_bound(prefix); at != fields.end() && at->first.starts_with(prefix);
       ++at) {
    const auto split = model::split_element(at->first);
    if (split && (out.empty() || out.back() != split->element)) out.emplace_back(split->element);
  }
  return out;
}

std::string fixed_element(const model::Fields& fields, const Fixed& fixed) {
  for (const std::string& id : element_ids(fields, fixed.list)) {
    const bool all =
        std::all_of(fixed.where.begin(), fixed.where.end(), [&](const auto& condition) {
          return model::get(fields, model::element_path(fixed.list, id, condition.first)) ==
                 condition.second;
        });
    if (all) return id;
  }
  return {};
}

PartOfList part_for(const Compiled& mapping, std::string_view list, const model::Fields& fields,
                    std::string_view element) {
  PartOfList out;
  const auto parts = mapping.lists_of.find(list);
  if (parts == mapping.lists_of.end()) return out;
  for (const std::size_t part : parts->second) {
    bool fits = true;
    for (const Rule& rule : mapping.def.lists[part].rules) {
      const auto value = model::get(fields, model::element_path(list, element, rule.leaf));
      if (!value || (!rule.constant && !rule.codes)) continue;
      // `"": "*"` leaves the rows of all other codes alone, in both directions.
      out.not_ours = rule.constant || rule.codes->other_canonical == "";
      if (rule.constant && *value == *rule.constant) continue;
      std::string external;
      out.reason = "contradicts the constant";
      if (!rule.constant &&
          encode(rule, mapping.def.dialect, Fit::Image, *value, external, out.reason))
        continue;
      out.refused_by = &rule;
      fits = false;
      break;
    }
    if (fits) return {.part = part};
  }
  return out;
}

std::string part_prefix(const Compiled& mapping, const List& list) {
  const auto parts = mapping.lists_of.find(list.name);
  if (parts == mapping.lists_of.end() || parts->second.size() < 2) return {};
  return list.label + "/";
}

}  // namespace channelbridge::mapping
