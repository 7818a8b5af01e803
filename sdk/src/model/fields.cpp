#include "channelbridge/model/fields.hpp"

#include <algorithm>

namespace channelbridge::model {
namespace {

constexpr std::string_view kPending = "pending:";

/// '/' separates system, object and key; only the key may contain one as it is.
std::string escaped(std::string_view part) {
  std::string out;
  for (const char c : part) {
    if (c == '%') {
      out += "%25";
    } else if (c == '/') {
      out += "%2F";
    } else {
      out += c;
    }
  }
  return out;
}

std::optional<std::string> unescaped(std::string_view part) {
  std::string out;
  for (std::size_t i = 0; i < part.size(); ++i) {
    if (part[i] != '%') {
      out += part[i];
    } else if (part.substr(i, 3) == "%25" || part.substr(i, 3) == "%2F") {
      out += part[i + 2] == '5' ? '%' : '/';
      i += 2;
    } else {
      return std::nullopt;
    }
  }
  return out;
}

}  // namespace

Value get(const Fields& fields, std::string_view path) {
  const auto found = fields.find(path);
  if (found == fields.end()) return std::nullopt;
  return found->second;
}

void set(Fields& fields, std::string_view path, Value value) {
  const auto found = fields.find(path);
  if (!value) {
    if (found != fields.end()) fields.erase(found);
  } else if (found != fields.end()) {
    found->second = std::move(*value);
  } else {
    fields.emplace(path, std::move(*value));
  }
}

std::vector<std::string> values_at(const Fields& fields, std::string_view row_path) {
  std::vector<std::string> values;
  const std::size_t any = row_path.find("[].");
  if (any == std::string_view::npos) {
    if (Value value = get(fields, row_path)) values.push_back(*std::move(value));
    return values;
  }
  const std::string_view prefix = row_path.substr(0, any + 1);
  const std::string_view name = row_path.substr(any + 3);
  for (auto it = fields.lower_bound(prefix); it != fields.end() && it->first.starts_with(prefix);
       ++it) {
    if (const auto element = split_element(it->first); element && element->field == name)
      values.push_back(it->second);
  }
  return values;
}

const PatchEntry* Patch::find(std::string_view path) const {
  const auto found = std::lower_bound(
      entries.begin(), entries.end(), path,
      [](const PatchEntry& entry, std::string_view wanted) { return entry.path < wanted; });
  return found != entries.end() && found->path == path ? &*found : nullptr;
}

void Patch::sort() {
  std::stable_sort(
      entries.begin(), entries.end(),
      [](const PatchEntry& left, const PatchEntry& right) { return left.path < right.path; });
  std::sort(complete_lists.begin(), complete_lists.end());
}

std::string to_string(const PendingReference& reference) {
  std::string out(kPending);
  out += escaped(reference.system);
  out += '/';
  out += escaped(reference.object);
  out += '/';
  out += reference.key;
  return out;
}

std::optional<PendingReference> parse_pending_reference(std::string_view value) {
  if (!value.starts_with(kPending)) return std::nullopt;
  value.remove_prefix(kPending.size());
  const std::size_t first = value.find('/');
  if (first == std::string_view::npos) return std::nullopt;
  const std::size_t second = value.find('/', first + 1);
  if (second == std::string_view::npos || second + 1 == value.size()) return std::nullopt;
  auto system = unescaped(value.substr(0, first));
  auto object = unescaped(value.substr(first + 1, second - first - 1));
  if (!system || !object || system->empty() || object->empty()) return std::nullopt;
  return PendingReference{.system = std::move(*system),
                          .object = std::move(*object),
                          .key = std::string(value.substr(second + 1))};
}

std::optional<ElementPath> split_element(std::string_view path) {
  const std::size_t open = path.find('[');
  if (open == std::string_view::npos || open == 0) return std::nullopt;
  const std::size_t close = path.find("].", open + 1);
  if (close == std::string_view::npos) {
    // The element itself: "addresses[018f]".
    if (path.back() != ']') return std::nullopt;
    return ElementPath{.list = path.substr(0, open),
                       .element = path.substr(open + 1, path.size() - open - 2),
                       .field = {}};
  }
  return ElementPath{.list = path.substr(0, open),
                     .element = path.substr(open + 1, close - open - 1),
                     .field = path.substr(close + 2)};
}

std::string element_path(std::string_view list, std::string_view element, std::string_view field) {
  std::string out;
  out.reserve(list.size() + element.size() + field.size() + 3);
  out += list;
  out += '[';
  out += element;
  out += ']';
  if (!field.empty()) {
    out += '.';
    out += field;
  }
  return out;
}

}  // namespace channelbridge::model
