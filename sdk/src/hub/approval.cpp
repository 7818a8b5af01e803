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

/// The fields without the ids of list elements, which each run gives anew: one text per element.
std::vector<std::string> lines_of(const PlannedAction& action) {
  std::vector<std::string> out;
  std::map<std::string, std::string> elements;  // "list[id]" -> its fields
  for (const PlannedAction::Field& field : action.fields) {
    if (const auto inside = model::split_element(field.path)) {
      const std::string list(inside->list);
      elements[list + '[' + std::string(inside->element)] +=
          line_of(list + "[]." + std::string(inside->field), field);
    } else {
      out.push_back(line_of(field.path, field));
    }
  }
  for (auto& [element, lines] : elements) out.push_back(std::move(lines));
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace

std::string digest_of(const PlannedAction& action) {
  std::string text = action.spoke + kPart + (action.create ? "create" : "update") + kPart +
                     action.key + kPart + std::string(lasting(action.record)) + kPart;
  for (const std::string& line : lines_of(action)) text += line + '\n';
  return sha256_hex(text).substr(0, 32);
}

}  // namespace channelbridge::hub
