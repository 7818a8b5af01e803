#include "world_system.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdio>

namespace world {

namespace {

std::string to_case(std::string text, int (*change)(int)) {
  for (char& letter : text) letter = static_cast<char>(change(static_cast<unsigned char>(letter)));
  return text;
}

std::string trimmed(const std::string& text) {
  const auto first = text.find_first_not_of(' ');
  return first == std::string::npos ? ""
                                    : text.substr(first, text.find_last_not_of(' ') - first + 1);
}

std::string rounded(const std::string& text) {
  double number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return text;
  std::array<char, 32> out{};
  std::snprintf(out.data(), out.size(), "%.2f", number);
  return out.data();
}

std::string coded(const std::string& text) {
  if (text == "a" || text == "ab" || text == "aB") return "A";
  return text == "b" ? "B" : text;
}

}  // namespace

const std::vector<std::string>& group_names() {
  static const std::vector<std::string> names{"G", "H"};
  return names;
}

const std::vector<std::string>& fields_of(std::size_t group) {
  static const std::array<std::vector<std::string>, kGroups> fields{{{"p", "q"}, {"r"}}};
  return fields.at(group);
}

const std::vector<std::string>& all_fields() {
  static const std::vector<std::string> fields{"p", "q", "r"};
  return fields;
}

std::size_t group_of(const std::string& field) { return field == "r" ? 1 : 0; }

Value apply(Loss loss, const Value& value) {
  if (!value) return value;
  switch (loss) {
    case Loss::None:
      return value;
    case Loss::Cut2:
      return value->substr(0, 2);
    case Loss::Upper:
      return to_case(*value, std::toupper);
    case Loss::Lower:
      return to_case(*value, std::tolower);
    case Loss::Trim:
      return trimmed(*value);
    case Loss::Codes:
      return coded(*value);
    case Loss::Round2:
      return rounded(*value);
  }
  return value;
}

Value value_in(const Values& values, const std::string& field) {
  const auto found = values.find(field);
  return found == values.end() ? Value{} : found->second;
}

void SystemConfig::normalise() {
  if (versions != Versions::None) return;
  conditional = false;
  if (reply == Reply::Version) reply = Reply::None;
}

bool SystemConfig::has_constant(const std::string& field) const {
  const auto found = map.find(field);
  return found != map.end() && found->second.constant;
}

bool SystemConfig::is_write_only(const std::string& field) const {
  const auto found = map.find(field);
  return found != map.end() && found->second.access == Access::Write;
}

std::vector<std::string> SystemConfig::readable(std::size_t group) const {
  std::vector<std::string> fields;
  bool more_than_constants = false;
  for (const std::string& field : fields_of(group)) {
    if (!maps(field) || is_write_only(field)) continue;
    fields.push_back(field);
    more_than_constants = more_than_constants || !has_constant(field);
  }
  return more_than_constants ? fields : std::vector<std::string>{};
}

std::vector<std::string> SystemConfig::writable(std::size_t group) const {
  std::vector<std::string> fields;
  for (const std::string& field : fields_of(group))
    if (maps(field) && map.at(field).access != Access::Read && !has_constant(field))
      fields.push_back(field);
  return fields;
}

Value SystemConfig::read(const std::string& field, const Value& raw) const {
  if (has_constant(field)) return map.at(field).constant;
  return declared && norm.contains(field) ? apply(norm.at(field), raw) : raw;
}

Value SystemConfig::write(const std::string& field, const Value& value) const {
  return apply(map.at(field).loss, value);
}

Value SystemConfig::image(const std::string& field, const Value& value) const {
  return has_constant(field) ? value : read(field, write(field, value));
}

Value SystemConfig::outcome(const std::string& field, const Value& value) const {
  const Value written = write(field, value);
  return norm.contains(field) ? apply(norm.at(field), written) : written;
}

ConfigImage::ConfigImage(const SystemConfig& config) : config_(config) {
  for (std::size_t group = 0; group < kGroups; ++group) {
    channelbridge::hub::GroupShape shape{.name = group_names()[group],
                                         .fields = fields_of(group),
                                         .readable = config.readable(group),
                                         .writable = config.writable(group),
                                         .line = config.name + ".yaml:1"};
    for (const std::string& field : fields_of(group))
      if (config.has_constant(field)) shape.constants.emplace(field, config.map.at(field).constant);
    shapes_.push_back(std::move(shape));
  }
}

Value ConfigImage::image(std::string_view path, const Value& value) const {
  return config_.image(std::string(path), value);
}

Object& System::create(int now, const Values& values, const std::string& match_key,
                       const std::string& by, const std::map<std::size_t, Ghost>& history,
                       const std::string& correlation, const std::string& mark) {
  Object& object = objects.emplace_back();
  object.state.key = config.name + std::to_string(objects.size());
  object.state.match_key = match_key;
  object.state.correlation = correlation;
  object.state.mark = mark;
  change(object, now, values, by, history, now);
  return object;
}

void System::change(Object& object, int now, const Values& values, const std::string& by,
                    const std::map<std::size_t, Ghost>& history, int modified, int delay) {
  Document& state = object.state;
  for (const auto& [field, value] : values) {
    const auto norm = config.norm.find(field);
    const Value rewritten = norm == config.norm.end() ? value : apply(norm->second, value);
    const bool at_once = !config.late && !running_workflow_;
    state.values[field] = at_once ? rewritten : value;
    if (config.late && !running_workflow_ && rewritten != value)
      workflows.emplace_back(state.key, field);
  }
  for (const auto& [group, ghost] : history) state.history.at(group) = ghost;
  ++state.version;
  state.modified = modified;
  state.modified_by = by;
  feed.push_back({.key = state.key, .visible = now + delay, .snapshot = state});
}

void System::run_workflow(int now) {
  if (workflows.empty()) return;
  const auto [key, field] = workflows.front();
  workflows.pop_front();
  Object& object = at(key);
  const Value before = value_in(object.state.values, field);
  const Value after = apply(config.norm.at(field), before);
  if (object.state.deleted || after == before) return;
  const std::string by = config.workflow_as_author ? object.state.modified_by : "workflow";
  running_workflow_ = true;
  change(object, now, {{field, after}}, by, {}, now);
  running_workflow_ = false;
}

Object& System::at(const std::string& key) {
  return *std::find_if(objects.begin(), objects.end(),
                       [&](const Object& one) { return one.state.key == key; });
}

Object* System::find_by_match_key(const std::string& match_key, bool deleted) {
  for (Object& object : objects)
    if (object.state.match_key == match_key && object.state.deleted == deleted) return &object;
  return nullptr;
}

Object* System::find_by_correlation(const std::string& correlation) {
  for (Object& object : objects)
    if (object.state.correlation == correlation && !object.state.deleted) return &object;
  return nullptr;
}

std::string System::fingerprint(const Document& document) const {
  std::string text = document.deleted ? "deleted" : "live";
  if (config.versions != Versions::None) text += '\n' + std::to_string(document.version);
  if (config.modified_time) text += '\n' + std::to_string(document.modified);
  for (const auto& [field, map] : config.map) {
    const Value value = value_in(document.values, field);
    text += '\n' + field + (value ? "=" + *value : "");
  }
  return text;
}

}  // namespace world
