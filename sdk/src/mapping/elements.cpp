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

bool too_many(const model::Fields& fields, const Fixed& fixed) {
  return fixed.where.empty() && element_ids(fields, fixed.list).size() > 1;
}

std::string fixed_element(const model::Fields& fields, const Fixed& fixed) {
  if (too_many(fields, fixed)) return {};
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

namespace {

/// Why a part cannot hold an element; nullptr = it can.
const Rule* refusal(const Compiled& mapping, std::size_t part, const model::Fields& fields,
                    std::string_view element, PartOfList& out) {
  const List& list = mapping.def.lists[part];
  for (const Rule& rule : list.rules) {
    const auto value = model::get(fields, model::element_path(list.name, element, rule.leaf));
    if (!value || (!rule.constant && !rule.codes)) continue;
    // What is only read is not written there, so that its codes need no words of the system.
    if (!rule.constant && !rule.writes() && reads_code(rule, *value)) continue;
    // `"": "*"` leaves the rows of all other codes alone, in both directions.
    out.not_ours = rule.constant || rule.codes->other_canonical == "";
    if (rule.constant && *value == *rule.constant) continue;
    std::string external;
    out.reason = "contradicts the constant";
    if (!rule.constant &&
        encode(rule, mapping.def.dialect, Fit::Image, *value, external, out.reason))
      continue;
    return &rule;
  }
  return nullptr;
}

/// How many of an element's fields a part has.
std::size_t covered(const List& list, const model::Fields& fields, std::string_view element) {
  return static_cast<std::size_t>(
      std::count_if(list.rules.begin(), list.rules.end(), [&](const Rule& rule) {
        return fields.contains(model::element_path(list.name, element, rule.leaf));
      }));
}

}  // namespace

PartOfList part_for(const Compiled& mapping, std::string_view list, const model::Fields& fields,
                    std::string_view element) {
  PartOfList out;
  const auto parts = mapping.lists_of.find(list);
  if (parts == mapping.lists_of.end()) return out;
  PartOfList found;
  std::size_t most = 0;
  for (const std::size_t part : parts->second) {
    if (const Rule* refused = refusal(mapping, part, fields, element, out)) {
      out.refused_by = refused;
      continue;
    }
    if (parts->second.size() == 1) return {.part = part};
    // Where several can, the one that has most of its fields; of equals the first.
    const std::size_t fields_there = covered(mapping.def.lists[part], fields, element);
    if (found.part && fields_there <= most) continue;
    found.part = part;
    most = fields_there;
  }
  return found.part ? found : out;
}

namespace {

/// The element's key as the mapping would write it; "" when it has none, or not all of it.
std::string written_key(const Compiled& mapping, const List& list, const model::Fields& fields,
                        std::string_view element) {
  std::string out;
  for (const std::string& part : list.id) {
    const auto rule = std::find_if(list.rules.begin(), list.rules.end(), [&](const Rule& each) {
      return each.writes() && each.path_text == part;
    });
    if (rule == list.rules.end()) return {};
    const model::Value value =
        rule->constant ? rule->constant
                       : model::get(fields, model::element_path(list.name, element, rule->leaf));
    std::string text;
    std::string reason;
    if (!value || !encode(*rule, mapping.def.dialect, Fit::Image, *value, text, reason)) return {};
    out += (out.empty() ? "" : ",") + text;
  }
  return out;
}

}  // namespace

std::vector<InnerList> inner_lists(const Compiled& mapping, const model::Fields& fields,
                                   const ElementKeys& elements) {
  std::vector<InnerList> out;
  for (std::size_t part = 0; part < mapping.def.lists.size(); ++part) {
    const List& list = mapping.def.lists[part];
    const bool written = std::any_of(list.rules.begin(), list.rules.end(),
                                     [](const Rule& rule) { return rule.writes(); });
    if (!list.object.empty() || list.id.empty() || !written) continue;
    InnerList inner{.list = list.name, .path = document::to_string(list.navigation)};
    const std::string prefix = part_prefix(mapping, list);
    const auto known = elements.find(list.name);
    for (const std::string& element : element_ids(fields, list.name)) {
      if (part_for(mapping, list.name, fields, element).part != part) continue;
      std::string key;
      if (known != elements.end()) {
        if (const auto at = known->second.find(element);
            at != known->second.end() && at->second.starts_with(prefix))
          key = at->second.substr(prefix.size());
      }
      if (key.empty()) key = written_key(mapping, list, fields, element);
      if (!key.empty()) inner.keys.emplace(element, std::move(key));
    }
    out.push_back(std::move(inner));
  }
  return out;
}

std::string part_prefix(const Compiled& mapping, const List& list) {
  const auto parts = mapping.lists_of.find(list.name);
  if (parts == mapping.lists_of.end() || parts->second.size() < 2) return {};
  return list.label + "/";
}

}  // namespace channelbridge::mapping
