#include <algorithm>

#include "channelbridge/core/nearest.hpp"
#include "channelbridge/model/decimal.hpp"
#include "channelbridge/model/rounding.hpp"
#include "match_internal.hpp"
#include "project_loader_internal.hpp"

/// `entities:` of a project: match keys, rules of merging, fields of one's own. And `ledger:`, how
/// the books of its funds are kept.
namespace channelbridge::hub {

void ProjectLoader::load_entities(const YAML::Node& node) {
  if (!node.IsDefined()) return;
  if (!is_map(node, "entities")) return;
  for (const auto& entry : node) {
    const std::string name = entry.first.Scalar();
    const std::string path = "entities." + name;
    auto type = project_.entities.find(name);
    if (type == nullptr) {
      problem(entry.first, path, "unknown_entity", "there is no entity '" + name + "'",
              nearest_word(name, project_.entities.names()));
      continue;
    }
    if (!is_map(entry.second, path)) continue;
    known_keys(entry.second, path, {"match", "groups", "custom", "rounding"});
    if (const YAML::Node custom = entry.second["custom"]; custom.IsDefined())
      type = load_custom(custom, path + ".custom", type);
    if (const YAML::Node rounding = entry.second["rounding"]; rounding.IsDefined())
      type = load_rounding(rounding, path + ".rounding", type);
    EntityRules& rules = project_.hub.entities[name];
    if (const YAML::Node match = entry.second["match"]; match.IsDefined()) {
      if (!match.IsSequence())
        problem(match, path + ".match", "type", "a list of match keys is expected");
      for (const auto& key : match) rules.match.push_back(text(key, path + ".match"));
      for (Problem found : check_match(rules.match, *type)) {
        found.file = file_;
        found.line = match.Mark().line + 1;
        found.path = path + ".match " + found.path;
        problems_.push_back(std::move(found));
      }
    }
    if (const YAML::Node groups = entry.second["groups"];
        groups.IsDefined() && is_map(groups, path + ".groups")) {
      for (const auto& group : groups)
        load_policy(group.first, group.second, path + ".groups", *type, rules.policies);
    }
  }
}

/// A key that no mapping ever fills matches nothing, and every record would be created again.
void ProjectLoader::check_matches(const YAML::Node& entities) {
  if (!problems_.empty()) return;  // what the mappings read is not known
  for (const auto& [name, rules] : project_.hub.entities) {
    std::vector<const mapping::Mapping*> mappings;
    for (const Spoke& spoke : project_.hub.spokes)
      if (spoke.mapping->entity().name() == name) mappings.push_back(spoke.mapping.get());
    if (mappings.empty()) continue;
    for (const auto& key : entities[name]["match"]) {
      for (const std::string& path : match_paths(key.Scalar(), mappings.front()->entity())) {
        if (std::none_of(mappings.begin(), mappings.end(),
                         [&](const mapping::Mapping* each) { return each->may_state(path); }))
          problem(key, "entities." + name + ".match " + key.Scalar(), "match_key",
                  "no mapping of this project reads '" + path + "': nothing would ever match");
      }
    }
  }
}

std::shared_ptr<const model::EntityType> ProjectLoader::load_custom(
    const YAML::Node& node, const std::string& path,
    std::shared_ptr<const model::EntityType> type) {
  if (!is_map(node, path)) return type;
  using enum model::FieldType;
  static const std::vector<std::pair<std::string, model::FieldType>> kTypes{
      {"text", Text},   {"boolean", Boolean},     {"integer", Integer}, {"decimal", Decimal},
      {"date", Date},   {"timestamp", Timestamp}, {"country", Country}, {"currency", Currency},
      {"email", Email}, {"phone", Phone},         {"web", Web}};
  std::vector<model::CustomField> fields;
  for (const auto& entry : node) {
    const std::string name = entry.first.Scalar();
    const std::string full = path + "." + name;
    model::CustomField field{.name = name};
    if (entry.second.IsMap()) {
      known_keys(entry.second, full, {"type", "max"});
      field.type = one_of(entry.second["type"], full + ".type", kTypes, Text);
      if (const YAML::Node max = entry.second["max"]; max.IsDefined()) {
        field.max_length = max.as<std::uint32_t>(0);
        if (field.max_length < 1 || field.type != Text)
          problem(max, full + ".max", "range", "the most characters of a text, at least 1");
      }
    } else {
      field.type = one_of(entry.second, full, kTypes, Text);
    }
    fields.push_back(std::move(field));
  }
  auto extended = type->with_custom(fields);
  if (!extended) {
    adopt(extended.error(), node, path);
    return type;
  }
  project_.entities.add(*extended);
  return *std::move(extended);
}

std::shared_ptr<const model::EntityType> ProjectLoader::load_rounding(
    const YAML::Node& node, const std::string& path,
    std::shared_ptr<const model::EntityType> type) {
  using enum model::Rounding;
  static const std::vector<std::pair<std::string, model::Rounding>> kRoundings{
      {"half_away_from_zero", HalfAwayFromZero}, {"half_even", HalfEven}};
  auto even = model::rounded_half_to_even(*type);
  if (!even) {
    adopt(even.error(), node, path);
    return type;
  }
  if (one_of(node, path, kRoundings, HalfAwayFromZero) == HalfAwayFromZero) return type;
  project_.entities.add(*even);
  return *std::move(even);
}

void ProjectLoader::load_ledger(const YAML::Node& node) {
  if (!node.IsDefined() || !is_map(node, "ledger")) return;
  known_keys(node, "ledger",
             {"tolerance", "direct_claims", "expiry", "reversed", "claim_grace", "claim_within",
              "accruals", "accruals_stated", "commissions", "approval", "request_ahead",
              "request_late", "holidays", "claim_results"});
  LedgerRules& rules = project_.hub.ledger;
  if (const YAML::Node tolerance = member(node, "ledger", "tolerance"); tolerance.IsDefined()) {
    std::string word = text(tolerance, "ledger.tolerance");
    if (word.ends_with('%')) word.pop_back();
    const auto share = model::Decimal::parse(word);
    if (share && share->sign() >= 0 && *share <= model::Decimal(100)) {
      rules.tolerance = model::Percent{*share};
    } else {
      problem(tolerance, "ledger.tolerance", "range",
              "'" + word + "' is no share of a budget between 0% and 100%", "5%");
    }
  }
  rules.direct_claims =
      one_of(member(node, "ledger", "direct_claims"), "ledger.direct_claims",
             std::vector<std::pair<std::string, bool>>{{"true", true}, {"false", false}}, false);
  rules.expiry =
      one_of(member(node, "ledger", "expiry"), "ledger.expiry",
             std::vector<std::pair<std::string, LedgerRules::Expiry>>{
                 {"status", LedgerRules::Expiry::Status}, {"date", LedgerRules::Expiry::Date}},
             LedgerRules::Expiry::Status);
  rules.reversed = one_of(member(node, "ledger", "reversed"), "ledger.reversed",
                          std::vector<std::pair<std::string, LedgerRules::Reversed>>{
                              {"reserve", LedgerRules::Reversed::Reserve},
                              {"write_off", LedgerRules::Reversed::WriteOff}},
                          LedgerRules::Reversed::Reserve);
  constexpr int kMostDays = 3650;
  const auto days = [&](const std::string& key) -> std::optional<int> {
    const YAML::Node count = member(node, "ledger", key);
    if (!count.IsDefined()) return std::nullopt;
    const int value = count.as<int>(-1);
    if (value >= 0 && value <= kMostDays) return value;
    problem(count, "ledger." + key, "range",
            "a number of days from 0 to " + std::to_string(kMostDays) + " is expected", "45");
    return std::nullopt;
  };
  rules.claim_grace = days("claim_grace").value_or(0);
  rules.claim_within = days("claim_within");
  rules.accruals = one_of(member(node, "ledger", "accruals"), "ledger.accruals",
                          std::vector<std::pair<std::string, LedgerRules::Accruals>>{
                              {"none", LedgerRules::Accruals::None},
                              {"invoices", LedgerRules::Accruals::Invoices},
                              {"sell_in", LedgerRules::Accruals::SellIn}},
                          LedgerRules::Accruals::None);
  rules.accruals_stated =
      one_of(member(node, "ledger", "accruals_stated"), "ledger.accruals_stated",
             std::vector<std::pair<std::string, LedgerRules::Stated>>{
                 {"replace", LedgerRules::Stated::Replace}, {"add", LedgerRules::Stated::Add}},
             LedgerRules::Stated::Replace);
  rules.commissions =
      one_of(member(node, "ledger", "commissions"), "ledger.commissions",
             std::vector<std::pair<std::string, bool>>{{"none", false}, {"accrue", true}}, false);
  rules.request_ahead = days("request_ahead").value_or(rules.request_ahead);
  rules.request_late = load_judgement(member(node, "ledger", "request_late"), "ledger.request_late",
                                      rules.request_late);
  rules.claim_results = load_judgement(member(node, "ledger", "claim_results"),
                                       "ledger.claim_results", rules.claim_results);
  load_holidays(member(node, "ledger", "holidays"), rules);
  load_approval(member(node, "ledger", "approval"), rules.approval);
}

void ProjectLoader::load_policy(const YAML::Node& key, const YAML::Node& node,
                                const std::string& path, const model::EntityType& type,
                                Policies& policies) {
  const std::string& group = key.Scalar();
  const std::string full = path + "." + group;
  Policy policy;
  if (node.IsScalar()) {
    policy.kind = one_of(node, full,
                         std::vector<std::pair<std::string, Policy::Kind>>{
                             {"latest", Policy::Kind::Latest}, {"manual", Policy::Kind::Manual}},
                         Policy::Kind::Latest);
  } else if (is_map(node, full)) {
    known_keys(node, full, {"authority", "prefer"});
    const bool authority = member(node, full, "authority").IsDefined();
    const char* word = authority ? "authority" : "prefer";
    const YAML::Node system = member(node, full, word);
    if (node.size() != 1 || !system.IsDefined()) {
      problem(key, full, "policy", "one of 'authority' and 'prefer' with a system is expected",
              "{ prefer: … }, or the plain word latest or manual");
    } else {
      policy.system = text(system, full + "." + word);
      policy.kind = authority ? Policy::Kind::Authority : Policy::Kind::Prefer;
      if (!authority && policy.system == "latest")
        policy = {};
      else if (std::find(names_.begin(), names_.end(), policy.system) == names_.end())
        problem(system, full + "." + word, "unknown_system",
                "there is no system '" + policy.system + "'", nearest_word(policy.system, names_));
    }
  }
  if (group == "*") {
    policies.fallback = policy;
    return;
  }
  const std::string any = type.find_list(group) != nullptr ? group + "[]" : group;
  const bool known =
      any != group ||
      std::any_of(type.fields().begin(), type.fields().end(), [&](const model::FieldInfo& field) {
        return field.group == group || field.path == group;
      });
  if (!known)
    return problem(key, full, "unknown_group",
                   "entity " + type.name() + " has no value group '" + group + "'",
                   type.nearest(group));
  policies.groups[any] = policy;
}

}  // namespace channelbridge::hub
