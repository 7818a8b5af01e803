#include "sandbox/sap/resource.hpp"

#include <algorithm>
#include <map>

#include "sandbox/sap/refusal.hpp"

namespace channelbridge::sandbox::odata {
namespace {

[[noreturn]] void not_found(std::string_view segment) {
  refuse(404, kNotFound, "Resource not found for segment '" + std::string(segment) + "'");
}

[[noreturn]] void bad_key(std::string_view text) {
  refuse(400, kBadRequest, "Invalid key predicate '" + std::string(text) + "'");
}

/// name=literal pairs; one unnamed literal stands for a single key.
std::map<std::string, std::string> key_pairs(std::string_view text) {
  std::map<std::string, std::string> pairs;
  std::string name;
  std::string literal;
  bool quoted = false;
  bool named = false;
  const auto finish = [&] {
    if (literal.empty() || !pairs.emplace(named ? name : std::string(), literal).second)
      bad_key(text);
    name.clear();
    literal.clear();
    named = false;
  };
  for (const char c : text) {
    if (c == '\'') quoted = !quoted;
    if (!quoted && c == ',') {
      finish();
    } else if (!quoted && c == '=' && !named) {
      name = std::exchange(literal, {});
      named = true;
    } else if (quoted || c != ' ') {
      literal += c;
    }
  }
  if (quoted) bad_key(text);
  finish();
  return pairs;
}

/// A_X(…) -> the name and what stands between the parentheses.
std::pair<std::string_view, std::optional<std::string_view>> split_key(std::string_view segment) {
  const auto open = segment.find('(');
  if (open == std::string_view::npos) return {segment, std::nullopt};
  if (!segment.ends_with(')')) bad_key(segment);
  return {segment.substr(0, open), segment.substr(open + 1, segment.size() - open - 2)};
}

Row probe(const Table& table, std::string_view text, Version version) {
  const auto pairs = key_pairs(text);
  const auto& keys = table.type().keys;
  Row row;
  for (const std::size_t key : keys) {
    const Property& property = table.type().properties[key];
    auto given = pairs.find(property.name);
    if (given == pairs.end() && keys.size() == 1 && pairs.size() == 1) given = pairs.find("");
    if (given == pairs.end()) bad_key(text);
    Parsed parsed = from_literal(property, given->second, version, table.form(key));
    if (!parsed.problem.empty()) bad_key(text);
    row.set(key, std::move(parsed.value));
  }
  if (pairs.size() != keys.size()) bad_key(text);
  return row;
}

class Walk {
 public:
  Walk(const std::vector<std::string>& segments, Store& store)
      : segments_(segments), store_(store) {}

  Resource run() {
    if (segments_.empty()) return resource_;
    const std::string& first = segments_[0];
    if (first == "$metadata" || first == "$batch") {
      if (segments_.size() > 1) not_found(segments_[1]);
      resource_.kind = first == "$batch" ? Resource::Kind::Batch : Resource::Kind::Metadata;
      return resource_;
    }
    start(first);
    for (at_ = 1; at_ < segments_.size(); ++at_) step(segments_[at_]);
    return resource_;
  }

 private:
  void start(const std::string& segment) {
    const auto [name, key] = split_key(segment);
    if (const FunctionImport* function = store_.model().function(name)) {
      resource_.kind = Resource::Kind::Function;
      resource_.function = function;
      return;
    }
    if (!store_.has(name)) not_found(name);
    resource_.table = &store_.table(name);
    resource_.kind = Resource::Kind::Collection;
    if (key) pick(*key, segment);
  }

  void pick(std::string_view key, std::string_view segment) {
    const Table& table = *resource_.table;
    const RowPtr row = table.find(table.key_of(probe(table, key, store_.model().version)));
    if (!row) not_found(segment);
    if (resource_.parent_row) {
      const auto rows =
          store_.related(*resource_.parent, *resource_.parent_row, *resource_.navigation);
      if (std::find(rows.begin(), rows.end(), row) == rows.end()) not_found(segment);
    }
    resource_.row = row;
    resource_.kind = Resource::Kind::Entity;
  }

  void step(const std::string& segment) {
    const bool last = at_ + 1 == segments_.size();
    const auto only_last = [&](bool& flag) {
      if (!last) not_found(segments_[at_ + 1]);
      flag = true;
    };
    if (resource_.kind == Resource::Kind::Collection && segment == "$count")
      return only_last(resource_.count);
    if (segment == "$ref") return only_last(resource_.links);
    if (resource_.kind == Resource::Kind::Property && segment == "$value")
      return only_last(resource_.raw);
    if (resource_.kind == Resource::Kind::Collection && store_.model().version == Version::V4 &&
        resource_.table->type().keys.size() == 1) {
      return key_segment(segment);
    }
    if (resource_.kind != Resource::Kind::Entity || !resource_.row) not_found(segment);
    if (segment == "$links") {
      resource_.links = true;
      return;
    }
    const auto [name, key] = split_key(segment);
    if (const auto property = resource_.table->type().find(name); property && !key) {
      resource_.kind = Resource::Kind::Property;
      resource_.property = *property;
      return;
    }
    const Navigation* navigation = resource_.table->type().navigation(name);
    if (navigation == nullptr || !store_.has(navigation->target_set)) not_found(segment);
    follow(*navigation, key, segment);
  }

  /// V4 key as segment: SalesOrder/1000001
  void key_segment(const std::string& segment) {
    const Table& table = *resource_.table;
    const std::size_t key = table.type().keys[0];
    const Property& property = table.type().properties[key];
    const Parsed parsed = property.type == Edm::String
                              ? from_json(property, Json(segment), table.form(key))
                              : from_literal(property, segment, Version::V4, {});
    Row row;
    row.set(key, parsed.value);
    resource_.row = parsed.problem.empty() ? table.find(table.key_of(row)) : nullptr;
    if (!resource_.row) not_found(segment);
    resource_.kind = Resource::Kind::Entity;
  }

  void follow(const Navigation& navigation, std::optional<std::string_view> key,
              std::string_view segment) {
    resource_.parent = resource_.table;
    resource_.parent_row = resource_.row;
    resource_.navigation = &navigation;
    resource_.table = &store_.table(navigation.target_set);
    resource_.row = nullptr;
    if (navigation.many) {
      resource_.kind = Resource::Kind::Collection;
      if (key) pick(*key, segment);
      return;
    }
    const auto rows = store_.related(*resource_.parent, *resource_.parent_row, navigation);
    resource_.kind = Resource::Kind::Entity;
    if (!rows.empty()) resource_.row = rows.front();
  }

  const std::vector<std::string>& segments_;
  Store& store_;
  Resource resource_{};
  std::size_t at_{};
};

}  // namespace

Resource resolve(const std::vector<std::string>& segments, Store& store) {
  return Walk(segments, store).run();
}

}  // namespace channelbridge::sandbox::odata
