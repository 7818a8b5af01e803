#include <algorithm>
#include <map>
#include <utility>

#include "check_internal.hpp"
#include "value_internal.hpp"

namespace channelbridge::mapping {

void Findings::add(std::uint32_t line, std::string path, std::string rule, std::string message,
                   std::string suggestion) {
  problems_.push_back({.file = mapping_.def.file,
                       .line = static_cast<int>(line),
                       .path = std::move(path),
                       .rule = std::move(rule),
                       .message = std::move(message),
                       .suggestion = std::move(suggestion)});
}

void Findings::loss(const Rule& rule, std::string name, std::string message) {
  if (!rule.lossy.empty() || !rule.writes()) return;
  add(rule.line, rule.field, std::move(name), std::move(message),
      "lossy: \"why this is acceptable\"");
}

std::size_t longest(const model::FieldInfo& field) {
  using model::FieldType;
  if (field.max_length > 0) return field.max_length;
  switch (field.type) {
    case FieldType::Country:
      return 2;
    case FieldType::Currency:
    case FieldType::Unit:
      return 3;
    case FieldType::Phone:
      return 16;  // E.164 with its plus
    case FieldType::Email:
      return 254;  // RFC 5321, 4.5.3.1.3
    default:
      return 0;
  }
}

namespace {

using model::FieldType;

std::vector<std::string> samples(const Rule& rule) {
  std::vector<std::string> out;
  if (rule.codes) {
    for (const auto& [code, texts] : rule.codes->external) {
      if (!code.empty()) out.push_back(code);
    }
    return out;
  }
  switch (rule.info->type) {
    case FieldType::Text:
      out = {"a", "Ab Cd", " x ", "0012", std::string(300, 'w'), "Łódź 上海", "Am Markt 12 a"};
      out.push_back(std::string(200, 'w') + " 7");
      break;
    case FieldType::Decimal:
    case FieldType::Percent:
      out = {"0", "-1.5", "12.3456", "100"};
      break;
    case FieldType::Integer:
      out = {"0", "-7", "2147483647"};
      break;
    case FieldType::Boolean:
      out = {"true", "false"};
      break;
    case FieldType::Date:
      out = {"1969-12-31", "2026-02-28"};
      break;
    case FieldType::Timestamp:
      out = {"2026-02-28T23:59:59Z", "1969-12-31T00:00:00.123456Z"};
      break;
    case FieldType::Phone:
      out = {"+4930123456"};
      break;
    case FieldType::Email:
      out = {"a@example.com"};
      break;
    default:
      break;
  }
  std::erase_if(out, [&rule](const std::string& text) {
    return model::canonical_text(*rule.info, text) != text;
  });
  return out;
}

/// What is shown once is shown again: view(view(x)) = view(x).
void idempotent(const Compiled& mapping, const Rule& rule, Findings& findings) {
  if (rule.direction != Direction::Both || !rule.ref.empty() || rule.constant || rule.path.empty())
    return;
  for (const std::string& sample : samples(rule)) {
    const auto once = image_of(rule, mapping.def.dialect, sample);
    const auto twice = once ? image_of(rule, mapping.def.dialect, *once) : once;
    if (once == twice) continue;
    findings.add(rule.line, rule.field, "not_stable",
                 "what is written and read again changes when it is written once more");
    return;
  }
}

void losses(const Compiled& mapping, const Rule& rule, Findings& findings) {
  const std::size_t length = longest(*rule.info);
  const bool text = rule.as == As::Text && !rule.codes && rule.ref.empty();
  if (text && rule.max_length > 0 && (length == 0 || length > rule.max_length)) {
    findings.loss(rule, "truncation",
                  "up to " + (length == 0 ? std::string("any number of") : std::to_string(length)) +
                      " characters are cut to " + std::to_string(rule.max_length));
  }
  const bool number =
      rule.info->type == FieldType::Decimal || rule.info->type == FieldType::Percent;
  if (number && rule.scale >= 0 && rule.info->scale > rule.scale) {
    findings.loss(rule, "precision",
                  std::to_string(rule.info->scale) + " decimals are rounded to " +
                      std::to_string(rule.scale));
  }
  if (number && (rule.as == As::Integer || rule.as == As::Int64))
    findings.loss(rule, "precision", "a decimal is written as a whole number");
  if (rule.info->type == FieldType::Timestamp &&
      (rule.as == As::Date || rule.as == As::CompactDate)) {
    findings.loss(rule, "precision", "the time of day is dropped");
  }
  const bool millis = mapping.def.dialect == Dialect::ODataV2 &&
                      (rule.as == As::Timestamp || rule.as == As::DateTimeOffset);
  if (millis) findings.loss(rule, "precision", "microseconds are cut to milliseconds");
  if (rule.codes && (rule.codes->other_external || rule.codes->merges))
    findings.loss(rule, "many_to_one", "several canonical codes are written as one");
  if (rule.codes && rule.codes->other_canonical && rule.reads()) {
    findings.loss(rule, "many_to_one", "several external codes are read as one");
  }
}

/// The list that a field belongs to: "lines[]." of lines[].qty.value.
std::string_view row_of(std::string_view field) {
  const std::size_t at = field.rfind("[].");
  return at == std::string_view::npos ? std::string_view() : field.substr(0, at + 3);
}

/// One system's amount is never paired with another's currency. What is only written may have its
/// unit from another field of the same row.
void whole_groups(const Compiled& mapping, const std::vector<Rule>& rules, Findings& findings) {
  const auto& fields = mapping.def.entity->fields();
  for (const Rule& rule : rules) {
    if (rule.info->type != FieldType::Decimal) continue;
    const std::size_t dot = rule.field.rfind('.');
    if (dot == std::string::npos) continue;
    for (const model::FieldInfo& sibling : fields) {
      const bool partner = sibling.type == FieldType::Currency || sibling.type == FieldType::Unit;
      if (!partner || sibling.path.rfind('.') != dot ||
          sibling.path.compare(0, dot, rule.field, 0, dot) != 0)
        continue;
      const bool covered = std::any_of(rules.begin(), rules.end(), [&](const Rule& other) {
        if (other.field == sibling.path) return other.fixed == rule.fixed;
        return !rule.reads() && other.info->type == sibling.type &&
               row_of(other.field) == row_of(rule.field);
      });
      if (covered) continue;
      findings.add(rule.line, rule.field, "half_group",
                   "'" + sibling.path + "' belongs to this value and has no rule",
                   sibling.path + ": { const: … }");
    }
  }
}

void written_twice(const std::vector<Rule>& rules, Findings& findings) {
  std::map<std::string, const Rule*> seen;
  for (const Rule& rule : rules) {
    if (!rule.writes() || rule.path.empty()) continue;
    std::vector<document::Path> places = rule.also;
    places.push_back(rule.path);
    if (rule.second_is == Second::HouseNumber) places.push_back(rule.second);
    for (const document::Path& path : places) {
      const std::string place = document::to_string(path);
      const auto [first, added] = seen.emplace(place, &rule);
      if (added) continue;
      findings.add(rule.line, rule.field, "written_twice",
                   "'" + place + "' is also written by " + first->second->field, "direction: read");
    }
  }
}

}  // namespace

void check_laws(const Compiled& mapping, Findings& findings) {
  const auto check_rules = [&](const std::vector<Rule>& rules) {
    for (const Rule& rule : rules) {
      losses(mapping, rule, findings);
      idempotent(mapping, rule, findings);
    }
    whole_groups(mapping, rules, findings);
    written_twice(rules, findings);
  };
  check_rules(mapping.def.rules);
  for (const Rule& chosen : mapping.def.chosen) {
    for (const Rule& rule : mapping.def.rules) {
      if (rule.writes() && rule.path_text == chosen.path_text && !rule.path_text.empty())
        findings.add(chosen.line, "create." + chosen.path_text, "written_twice",
                     "'" + chosen.path_text + "' is also written by " + rule.field,
                     "direction: read");
    }
  }
  for (const List& list : mapping.def.lists) check_rules(list.rules);
}

std::vector<Problem> check(const Mapping& mapping, const MetadataLookup& metadata) {
  Findings findings(mapping.compiled());
  check_laws(mapping.compiled(), findings);
  if (metadata) check_metadata(mapping.compiled(), metadata, findings);
  return findings.take();
}

}  // namespace channelbridge::mapping
