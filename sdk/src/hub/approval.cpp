#include <algorithm>

#include "channelbridge/core/sha256.hpp"
#include "marks_internal.hpp"

namespace channelbridge::hub {

namespace {

constexpr char kPart = '\x1f';

/// A record that is born of the same object again has another time in its id.
std::string_view lasting(std::string_view value) {
  return is_mark(value) ? ending_of(value) : value;
}

std::string line_of(std::string_view path, const PlannedAction::Field& field) {
  const auto text = [](const model::Value& value) {
    return value ? "=" + std::string(lasting(*value)) : std::string("-");
  };
  return std::string(path) + kPart + text(field.shown) + kPart + text(field.written) + kPart;
}

/// An element of a list as any run can name it: by its child in the object, else by all that the
/// record says of it. Its id may be given anew by each run.
std::string name_of(std::string_view list, std::string_view element, const model::Fields& record,
                    const mapping::ElementKeys& children) {
  if (const auto keys = children.find(std::string(list)); keys != children.end()) {
    if (const auto child = keys->second.find(std::string(element)); child != keys->second.end())
      return "@" + child->second + kPart;
  }
  std::string out;
  const std::string prefix = model::element_path(list, element, "");
  for (auto at = record.lower_bound(prefix); at != record.end() && at->first.starts_with(prefix);
       ++at) {
    out += at->first.substr(prefix.size()) + "=" + std::string(lasting(at->second)) + kPart;
  }
  return out;
}

/// One text per field, and one per element of a list.
std::vector<std::string> lines_of(const PlannedAction& action, const model::Fields& record,
                                  const mapping::ElementKeys& children) {
  std::vector<std::string> out;
  std::map<std::pair<std::string, std::string>, std::string> elements;  // list, id -> its fields
  for (const PlannedAction::Field& field : action.fields) {
    if (const auto inside = model::split_element(field.path)) {
      elements[{std::string(inside->list), std::string(inside->element)}] +=
          line_of(inside->field, field);
    } else {
      out.push_back(line_of(field.path, field));
    }
  }
  for (const auto& [element, lines] : elements) {
    const auto& [list, id] = element;
    out.push_back(list + "[]" + kPart + name_of(list, id, record, children) + lines);
  }
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace

std::string digest_of(const PlannedAction& action, const model::Fields& record,
                      const mapping::ElementKeys& children, std::string_view mapping) {
  std::string text = action.spoke + kPart + std::string(mapping) + kPart +
                     (action.create ? "create" : "update") + kPart + action.key + kPart +
                     std::string(lasting(action.record)) + kPart;
  for (const std::string& line : lines_of(action, record, children)) text += line + '\n';
  return sha256_hex(text).substr(0, 32);
}

}  // namespace channelbridge::hub
