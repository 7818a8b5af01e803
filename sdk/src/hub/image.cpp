#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string_view>
#include <tuple>

#include "image_internal.hpp"

namespace channelbridge::hub {

namespace {

constexpr std::string_view kAny = "[]";

std::string with_element(std::string_view pattern, std::string_view element) {
  const std::size_t at = pattern.find(kAny);
  return std::string(pattern.substr(0, at + 1)) + std::string(element) +
         std::string(pattern.substr(at + 1));
}

GroupShape element_shape(const GroupShape& pattern, std::string_view element) {
  GroupShape out{.name = with_element(pattern.name, element), .line = pattern.line};
  for (const std::string& path : pattern.fields) out.fields.push_back(with_element(path, element));
  for (const std::string& path : pattern.readable)
    out.readable.push_back(with_element(path, element));
  for (const std::string& path : pattern.writable)
    out.writable.push_back(with_element(path, element));
  for (const auto& [path, value] : pattern.constants)
    out.constants.emplace(with_element(path, element), value);
  for (const auto& [path, companion] : pattern.with)
    out.with.emplace(with_element(path, element), companion);
  return out;
}

/// Several fill the list, and they differ in this field (billing in columns, shipping in children):
/// it tells elements apart, so each states its own.
bool tells_apart(const mapping::Mapping& mapping, const mapping::RuleInfo& rule) {
  const auto rules = mapping.rules();
  return rule.field.find(kAny) != std::string::npos &&
         std::any_of(rules.begin(), rules.end(), [&](const mapping::RuleInfo& other) {
           return other.field == rule.field && other.constant != rule.constant;
         });
}

using Entries = std::vector<model::PatchEntry*>;  ///< what a document says of one child

bool says_nothing(const Entries& entries) {
  return std::none_of(entries.begin(), entries.end(),
                      [](const model::PatchEntry* entry) { return entry->value.has_value(); });
}

/// Which element of a record is a child that the link knows no element for: one that came back
/// under another key, was replaced there, or was written by us and answered without its key.
class Recognition {
 public:
  using Pairs = std::map<std::string, std::string, std::less<>>;

  Recognition(const mapping::Mapping& mapping, const std::string& list,
              std::vector<std::string> keys, const model::Fields& fields, const LinkState& link,
              const Pairs& pairs)
      : mapping_(mapping),
        list_(list),
        keys_(std::move(keys)),
        fields_(fields),
        link_(link),
        pairs_(pairs) {}

  /// Child key -> element id. The same content tells first, then the stated keys; a child that
  /// could as well be two elements, or an element that could be two children, is left out.
  Pairs match(const std::map<std::string, Entries>& children,
              const std::vector<std::string>& elements) const {
    std::vector<Fit> fits;
    for (const auto& [child, entries] : children) {
      for (const std::string& element : elements) {
        if (auto found = fit(child, entries, element)) fits.push_back(*found);
      }
    }
    std::stable_sort(fits.begin(), fits.end(), [](const Fit& a, const Fit& b) {
      return std::tie(a.sign, a.agreeing) > std::tie(b.sign, b.agreeing);
    });
    Pairs out;
    std::set<const std::string*> done;  // children and elements that have been decided
    for (const Fit& best : fits) {
      if (done.contains(best.child) || done.contains(best.element)) continue;
      const bool doubtful = std::any_of(fits.begin(), fits.end(), [&](const Fit& other) {
        return other.sign == Sign::Keys && other.agreeing == best.agreeing &&
               (other.child == best.child) != (other.element == best.element) &&
               !out.contains(*other.child) && !done.contains(other.element);
      });
      done.insert(best.child);
      if (best.sign == Sign::Keys && doubtful) continue;
      done.insert(best.element);
      out.emplace(*best.child, *best.element);
    }
    return out;
  }

 private:
  /// How sure it is, the surest last.
  enum class Sign : std::uint8_t {
    Keys,          ///< the stated keys agree
    Ours,          ///< and we wrote it there and were told no key: it is one of these
    SameReplaced,  ///< all that is stated agrees, and its own child is gone
    Same,          ///< all that is stated agrees
  };
  struct Fit {
    Sign sign;
    std::size_t agreeing;  ///< of the stated fields
    const std::string* child;
    const std::string* element;
  };

  std::optional<Fit> fit(const std::string& child, const Entries& entries,
                         const std::string& element) const {
    const GroupLink* group = nullptr;
    if (const auto at = link_.groups.find(model::element_path(list_, element, ""));
        at != link_.groups.end())
      group = &at->second;
    std::size_t agreeing = 0;
    std::size_t keys = 0;
    for (const model::PatchEntry* entry : entries) {
      const std::string field(model::split_element(entry->path)->field);
      const std::string path = model::element_path(list_, element, field);
      const model::Value value = model::get(fields_, path);
      if (entry->value != value && entry->value != mapping_.image(path, value) &&
          (group == nullptr || entry->value != model::get(group->held, path)))
        continue;
      ++agreeing;
      if (entry->value && std::find(keys_.begin(), keys_.end(), field) != keys_.end()) ++keys;
    }
    const bool replaced = pairs_.contains(element);
    Fit out{Sign::Keys, agreeing, &child, &element};
    if (agreeing == entries.size()) {
      out.sign = replaced ? Sign::SameReplaced : Sign::Same;
    } else if (keys_.empty() || keys < keys_.size()) {
      return std::nullopt;
    } else if (!replaced && group != nullptr && !group->held.empty()) {
      out.sign = Sign::Ours;
    }
    return out;
  }

  const mapping::Mapping& mapping_;
  const std::string& list_;
  std::vector<std::string> keys_;
  const model::Fields& fields_;
  const LinkState& link_;
  const Pairs& pairs_;
};

}  // namespace

Shapes shapes_of(const mapping::Mapping& mapping) {
  std::vector<GroupShape> groups;
  const auto shape = [&](const std::string& name, std::uint32_t line) -> GroupShape& {
    const auto at = std::find_if(groups.begin(), groups.end(),
                                 [&](const GroupShape& group) { return group.name == name; });
    if (at != groups.end()) return *at;
    groups.push_back({.name = name, .line = mapping.file() + ":" + std::to_string(line)});
    return groups.back();
  };
  for (const mapping::RuleInfo& rule : mapping.rules()) {
    GroupShape& group = shape(rule.group, rule.line);
    const auto add = [&](std::vector<std::string>& paths) {
      if (std::find(paths.begin(), paths.end(), rule.field) == paths.end())
        paths.push_back(rule.field);
    };
    if (rule.constant && !tells_apart(mapping, rule)) {
      group.constants.emplace(rule.field, rule.constant);
      add(group.readable);
      continue;
    }
    if (rule.direction != mapping::Direction::Write) add(group.readable);
    if (rule.direction != mapping::Direction::Read) add(group.writable);
    if (rule.once) add(group.once);
    if (!rule.with.field.empty())
      group.with.emplace(rule.field, Companion{rule.with.field, rule.with.values});
  }
  for (GroupShape& group : groups) {
    for (const model::FieldInfo& field : mapping.entity().fields()) {
      if (mapping.entity().group_of(field.path) == group.name) group.fields.push_back(field.path);
    }
    for (const std::vector<std::string>* paths : {&group.readable, &group.writable}) {
      for (const std::string& path : *paths) {
        if (std::find(group.fields.begin(), group.fields.end(), path) == group.fields.end())
          group.fields.push_back(path);
      }
    }
  }
  Shapes out;
  for (GroupShape& group : groups) {
    const std::size_t any = group.name.find(kAny);
    if (any == std::string::npos) {
      out.scalars.push_back(std::move(group));
    } else {
      out.lists.push_back({group.name.substr(0, any), std::move(group)});
    }
  }
  return out;
}

MappingImage::MappingImage(const mapping::Mapping& mapping, const Shapes& shapes,
                           const Elements& elements)
    : mapping_(mapping), shapes_(shapes) {
  if (std::all_of(elements.begin(), elements.end(),
                  [](const auto& list) { return list.second.empty(); }))
    return;
  own_ = shapes.scalars;
  for (const Shapes::List& list : shapes.lists) {
    const auto known = elements.find(list.list);
    if (known == elements.end()) continue;
    for (const std::string& element : known->second)
      own_.push_back(element_shape(list.pattern, element));
  }
}

Elements elements_of(const mapping::Mapping& mapping, const Shapes& shapes,
                     const model::Fields& fields, const LinkState& link) {
  Elements out;
  if (shapes.lists.empty()) return out;
  const model::Fields shown = mapping.view(fields);
  for (const Shapes::List& list : shapes.lists) {
    std::set<std::string>& elements = out[list.list];
    const std::string prefix = list.list + "[";
    for (auto at = shown.lower_bound(prefix); at != shown.end() && at->first.starts_with(prefix);
         ++at) {
      elements.emplace(model::split_element(at->first)->element);
    }
    for (auto at = link.groups.lower_bound(prefix);
         at != link.groups.end() && at->first.starts_with(prefix); ++at) {
      elements.emplace(at->first.substr(prefix.size(), at->first.size() - prefix.size() - 1));
    }
  }
  return out;
}

void resolve_elements(model::Patch& patch, const mapping::Mapping& mapping, const Shapes& shapes,
                      const model::Fields& fields, const LinkState& link,
                      mapping::ElementKeys& keys, const std::function<std::string()>& make_id) {
  if (shapes.lists.empty()) return;
  // What the document says, by list and child key.
  std::map<std::string, std::map<std::string, Entries>> shown;
  for (const std::string& list : patch.complete_lists) shown[list];
  for (model::PatchEntry& entry : patch.entries) {
    const auto path = model::split_element(entry.path);
    if (path && path->element.starts_with('@'))
      shown[std::string(path->list)][std::string(path->element.substr(1))].push_back(&entry);
  }
  const Elements known = elements_of(mapping, shapes, fields, link);
  for (auto& [list, children] : shown) {
    auto& pairs = keys[list];  // element id -> child key
    std::map<std::string, std::string, std::less<>> element_of;
    for (const auto& [element, child] : pairs) element_of.emplace(child, element);
    const auto of_list = known.find(list);
    const bool complete = std::find(patch.complete_lists.begin(), patch.complete_lists.end(),
                                    list) != patch.complete_lists.end();
    std::map<std::string, Entries> strangers;
    for (const auto& [child, entries] : children) {
      if (!element_of.contains(child) && !says_nothing(entries)) strangers.emplace(child, entries);
    }
    std::vector<std::string> free;  // those without a child among the ones shown
    if (of_list != known.end()) {
      for (const std::string& element : of_list->second) {
        const auto pair = pairs.find(element);
        if (pair == pairs.end() || (complete && !children.contains(pair->second)))
          free.push_back(element);
      }
    }
    const model::ListInfo* info = mapping.entity().find_list(list);
    const Recognition recognition(mapping, list, info ? info->keys : std::vector<std::string>{},
                                  fields, link, pairs);
    element_of.merge(recognition.match(strangers, free));
    for (auto& [child, entries] : children) {
      auto at = element_of.find(child);
      if (at == element_of.end() && says_nothing(entries))
        continue;  // an element that was never there is stated to be empty: no statement
      if (at == element_of.end()) at = element_of.emplace(child, make_id()).first;
      pairs.insert_or_assign(at->second, child);
      for (model::PatchEntry* entry : entries) {
        entry->path =
            model::element_path(list, at->second, model::split_element(entry->path)->field);
      }
    }
    if (!complete) continue;
    const auto pattern =
        std::find_if(shapes.lists.begin(), shapes.lists.end(),
                     [&list = list](const Shapes::List& l) { return l.list == list; });
    for (auto pair = pairs.begin(); pair != pairs.end();) {
      if (children.contains(pair->second)) {
        ++pair;
        continue;
      }
      // It is gone as a whole: what only other systems show of it is stated to be empty, too.
      for (const std::string& path : pattern->pattern.fields) {
        if (!pattern->pattern.constants.contains(path))
          patch.entries.push_back({.path = with_element(path, pair->first), .rule = 0});
      }
      pair = pairs.erase(pair);  // the child is gone there; a later one gets a key of its own
    }
  }
  std::erase_if(patch.entries, [](const model::PatchEntry& entry) {
    const auto path = model::split_element(entry.path);
    return path && path->element.starts_with('@');
  });
  patch.sort();
}

std::string to_json(const mapping::ElementKeys& keys) {
  if (keys.empty()) return "";
  nlohmann::json out = nlohmann::json::object();
  for (const auto& [list, pairs] : keys) {
    for (const auto& [element, child] : pairs) out[list][element] = child;
  }
  return out.dump();
}

Result<mapping::ElementKeys> parse_element_keys(std::string_view json) {
  mapping::ElementKeys out;
  if (json.empty()) return out;
  const nlohmann::json parsed = nlohmann::json::parse(json, nullptr, false);
  if (!parsed.is_object())
    return Error(ErrorCode::Internal, "the stored element keys of a link are damaged");
  for (const auto& [list, pairs] : parsed.items()) {
    if (!pairs.is_object())
      return Error(ErrorCode::Internal, "the stored element keys of a link are damaged");
    for (const auto& [element, child] : pairs.items()) {
      if (!child.is_string())
        return Error(ErrorCode::Internal, "the stored element keys of a link are damaged");
      out[list][element] = child.get<std::string>();
    }
  }
  return out;
}

}  // namespace channelbridge::hub
