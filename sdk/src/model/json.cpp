#include "channelbridge/model/json.hpp"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "json_tree_internal.hpp"

namespace channelbridge::model {
namespace {

using Json = nlohmann::ordered_json;

Json value_json(const FieldInfo& field, const std::string& value) {
  if (field.type == FieldType::Boolean) return value == "true";
  // Canonical integers have at most 64 bits; what is not canonical stays text.
  if (field.type == FieldType::Integer && canonical_text(FieldType::Integer, value) == value)
    return std::stoll(value);
  return value;
}

/// A text of a million wrong keys is refused without a million findings.
constexpr std::size_t kMaxProblems = 1000;

/// The place of a dotted path below `object`.
Json& at(Json& object, std::string_view path) {
  Json* place = &object;
  while (!path.empty()) {
    const std::size_t dot = std::min(path.find('.'), path.size());
    place = &(*place)[std::string(path.substr(0, dot))];
    path.remove_prefix(std::min(dot + 1, path.size()));
  }
  return *place;
}

std::string dump(const Json& json, int indent) {
  return json.dump(indent, ' ', false, Json::error_handler_t::replace);
}

/// Turns a tree into flat fields and collects what does not fit.
class Reader {
 public:
  explicit Reader(const EntityType& type) : type_(type) {}

  void object(const JsonTree& tree, const std::string& prefix) {
    std::set<std::string_view> seen;
    for (const auto& [name, value] : tree.members) {
      if (problems.size() >= kMaxProblems) return;
      const std::string path = prefix + name;
      if (!seen.insert(name).second) {
        report(path, "duplicate_key", "appears twice");
      } else {
        member_value(path, name, value);
      }
    }
  }

  Fields fields{};
  std::vector<Problem> problems{};

 private:
  void member_value(const std::string& path, const std::string& name, const JsonTree& value) {
    const bool plain = name.find_first_of(".[]") == std::string::npos;
    const ListInfo* list = plain ? type_.find_list(path) : nullptr;
    const FieldInfo* field = plain ? type_.find(path) : nullptr;
    if (list != nullptr) {
      elements(path, value);
    } else if (field != nullptr) {
      scalar(path, *field, value);
    } else if (plain && has_below(path)) {
      if (value.kind == JsonTree::Kind::Object) {
        object(value, path + ".");
      } else if (value.kind != JsonTree::Kind::Null) {
        report(path, "kind", "is not an object");
      }
    } else {
      problems.push_back({.path = path,
                          .rule = "unknown_field",
                          .message = "is not a field of " + type_.name(),
                          .suggestion = type_.nearest(path)});
    }
  }

  void elements(const std::string& path, const JsonTree& value) {
    if (value.kind == JsonTree::Kind::Null) return;
    if (value.kind != JsonTree::Kind::Array) return report(path, "kind", "is not a list");
    for (std::size_t i = 0; i < value.items.size(); ++i) {
      JsonTree item = value.items[i];
      std::string id = "@" + std::to_string(i + 1);
      const auto given = std::find_if(item.members.begin(), item.members.end(),
                                      [](const auto& member) { return member.first == "id"; });
      if (item.kind != JsonTree::Kind::Object) {
        report(element_path(path, id, {}), "kind", "is not an object");
        continue;
      }
      if (given != item.members.end()) {
        const JsonTree& text = given->second;
        if (text.kind != JsonTree::Kind::String || text.text.empty() ||
            text.text.find_first_of("[]") != std::string::npos) {
          report(element_path(path, id, "id"), "value", "is not an element id");
          continue;
        }
        id = text.text;
        item.members.erase(given);
      }
      const std::string prefix = element_path(path, id, {}) + ".";
      const auto known = fields.lower_bound(prefix);
      if (known != fields.end() && known->first.starts_with(prefix)) {
        report(element_path(path, id, {}), "duplicate_key", "has the id of another element");
        continue;
      }
      object(item, prefix);
    }
  }

  void scalar(const std::string& path, const FieldInfo& field, const JsonTree& value) {
    if (value.kind == JsonTree::Kind::Null) return;
    if (value.kind == JsonTree::Kind::Object || value.kind == JsonTree::Kind::Array)
      return report(path, "kind", "is not a single value");
    const bool boolean = field.type == FieldType::Boolean;
    const bool number = field.type == FieldType::Integer || field.type == FieldType::Decimal ||
                        field.type == FieldType::Percent;
    if ((value.kind == JsonTree::Kind::Boolean && !boolean) ||
        (value.kind == JsonTree::Kind::Number && !number))
      return report(path, "kind", "is not a text");
    if (auto canonical = canonical_text(field, value.text)) {
      fields.emplace(path, std::move(*canonical));
    } else {
      report(path, "value", refusal(field, value.text));
    }
  }

  /// Is there any field below this path?
  bool has_below(const std::string& path) const {
    const auto element = split_element(path);
    const std::string row =
        (element ? element_path(element->list, {}, element->field) : path) + ".";
    return std::any_of(type_.fields().begin(), type_.fields().end(),
                       [&row](const FieldInfo& field) { return field.path.starts_with(row); });
  }

  void report(std::string path, std::string rule, std::string message) {
    problems.push_back(
        {.path = std::move(path), .rule = std::move(rule), .message = std::move(message)});
  }

  const EntityType& type_;
};

}  // namespace

std::string to_json(const EntityType& type, const Fields& fields, int indent) {
  Json root = Json::object();
  std::map<std::string, std::size_t, std::less<>>
      positions;  // "addresses[018f]" -> place in its list
  for (const FieldInfo& field : type.fields()) {
    const auto row = split_element(field.path);
    if (!row) {
      if (const Value value = get(fields, field.path))
        at(root, field.path) = value_json(field, *value);
      continue;
    }
    // All elements of a list are neighbours in `fields`; each row fills its member in each of them.
    const std::string prefix = std::string(row->list) + "[";
    for (auto it = fields.lower_bound(prefix); it != fields.end() && it->first.starts_with(prefix);
         ++it) {
      const auto path = split_element(it->first);
      if (!path) continue;
      Json& list = at(root, row->list);
      if (list.is_null()) list = Json::array();
      const auto [position, added] =
          positions.emplace(element_path(path->list, path->element, {}), list.size());
      if (added) list.push_back(Json{{"id", std::string(path->element)}});
      if (path->field == row->field)
        at(list[position->second], path->field) = value_json(field, it->second);
    }
  }
  return dump(root, indent);
}

Result<Fields> from_json(const EntityType& type, std::string_view text) {
  const auto tree = parse_json(text);
  if (!tree) return tree.error();
  if (tree->kind != JsonTree::Kind::Object)
    return Error(ErrorCode::Invalid, "the text is not a JSON object");
  Reader reader(type);
  reader.object(*tree, "");
  if (reader.problems.empty()) return std::move(reader.fields);
  return Error(ErrorCode::Invalid, "the text does not describe a " + type.name())
      .with_problems(std::move(reader.problems));
}

}  // namespace channelbridge::model
