#include <algorithm>
#include <cctype>
#include <set>

#include "match_internal.hpp"

namespace channelbridge::hub {

namespace {

/// Case, spaces and ASCII punctuation do not count; other bytes of UTF-8 stay.
std::string folded(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x80 || std::isalnum(byte) != 0 || c == '@')
      out += static_cast<char>(byte < 0x80 ? std::tolower(byte) : byte);
  }
  return out;
}

/// All values at one path of a match key; "identifiers[scheme=duns].value" selects elements.
std::vector<std::string> texts_at(const model::Fields& fields, std::string_view path) {
  const std::size_t open = path.find('[');
  if (open == std::string_view::npos) {
    const model::Value value = model::get(fields, path);
    return value ? std::vector<std::string>{*value} : std::vector<std::string>{};
  }
  const std::size_t close = path.find(']', open);
  const std::string_view list = path.substr(0, open);
  const std::string_view condition = path.substr(open + 1, close - open - 1);
  const std::string_view field = path.substr(close + 2);
  const std::size_t equals = condition.find('=');
  std::set<std::string> elements;
  const std::string prefix = std::string(list) + "[";
  for (auto at = fields.lower_bound(prefix); at != fields.end() && at->first.starts_with(prefix);
       ++at) {
    elements.emplace(model::split_element(at->first)->element);
  }
  std::vector<std::string> out;
  for (const std::string& element : elements) {
    if (equals != std::string_view::npos &&
        model::get(fields, model::element_path(list, element, condition.substr(0, equals))) !=
            std::string(condition.substr(equals + 1))) {
      continue;
    }
    if (model::Value value = model::get(fields, model::element_path(list, element, field)))
      out.push_back(*std::move(value));
  }
  return out;
}

const model::NetworkKey* named_key(const model::EntityType& entity, std::string_view name) {
  for (const model::NetworkKey& key : entity.rules().keys) {
    if (key.name == name) return &key;
  }
  return nullptr;
}

}  // namespace

std::vector<std::string> match_paths(std::string_view specification,
                                     const model::EntityType& entity) {
  std::vector<std::string> out;
  if (named_key(entity, specification) != nullptr) return out;
  for (std::size_t begin = 0; begin <= specification.size();) {
    const std::size_t end = std::min(specification.find('+', begin), specification.size());
    out.emplace_back(specification.substr(begin, end - begin));
    begin = end + 1;
  }
  return out;
}

std::vector<store::MatchKeyRow> match_keys(const model::EntityType& entity,
                                           const std::vector<std::string>& specifications,
                                           const model::Fields& fields, std::string_view record) {
  std::vector<store::MatchKeyRow> out;
  for (const std::string& specification : specifications) {
    std::vector<std::string> values{""};
    if (const model::NetworkKey* named = named_key(entity, specification))
      values = named->values(fields);
    for (const std::string& path : match_paths(specification, entity)) {
      std::vector<std::string> longer;
      for (const std::string& value : texts_at(fields, path)) {
        const std::string part = folded(value);
        if (part.empty()) continue;
        for (const std::string& start : values)
          longer.push_back(start.empty() ? part : start + "\x1f" + part);
      }
      values = std::move(longer);
    }
    for (std::string& value : values) {
      if (!value.empty())
        out.push_back({entity.name(), specification, std::move(value), std::string(record)});
    }
  }
  return out;
}

std::vector<Problem> check_match(const std::vector<std::string>& specifications,
                                 const model::EntityType& entity) {
  std::vector<Problem> problems;
  for (const std::string& specification : specifications) {
    for (std::string path : match_paths(specification, entity)) {
      if (const std::size_t open = path.find('['); open != std::string::npos) {
        const std::size_t close = path.find(']', open);
        if (close == std::string::npos || close + 1 >= path.size() || path[close + 1] != '.') {
          problems.push_back(
              {.path = specification,
               .rule = "match_key",
               .message = "'" + path + "' is not of the form list[field=value].field"});
          continue;
        }
        path.erase(open + 1, close - open - 1);
      }
      if (entity.find(path) == nullptr) {
        problems.push_back({.path = specification,
                            .rule = "unknown_field",
                            .message = "entity " + entity.name() + " has no field '" + path + "'",
                            .suggestion = entity.nearest(path)});
      }
    }
  }
  return problems;
}

}  // namespace channelbridge::hub
