#include "channelbridge/model/decimal.hpp"
#include "channelbridge/model/transition.hpp"
#include "project_loader_internal.hpp"

/// Of `ledger:`, who may grant and release, and what becomes of what does not hold.
namespace channelbridge::hub {

LedgerRules::Judgement ProjectLoader::load_judgement(const YAML::Node& node,
                                                     const std::string& path,
                                                     LedgerRules::Judgement fallback) {
  using enum LedgerRules::Judgement;
  static const std::vector<std::pair<std::string, LedgerRules::Judgement>> kWords{
      {"ignore", Ignore}, {"tell", Tell}, {"refuse", Refuse}};
  return one_of(node, path, kWords, fallback);
}

std::vector<std::string> ProjectLoader::load_texts(const YAML::Node& node,
                                                   const std::string& path) {
  std::vector<std::string> out;
  if (!node.IsDefined()) return out;
  if (!node.IsSequence()) {
    problem(node, path, "type", "a list is expected");
    return out;
  }
  for (const YAML::Node& each : node) {
    std::string word = text(each, path);
    if (!word.empty()) out.push_back(std::move(word));
  }
  return out;
}

void ProjectLoader::load_holidays(const YAML::Node& node, LedgerRules& rules) {
  for (const std::string& word : load_texts(node, "ledger.holidays")) {
    const auto day = model::Date::parse(word);
    if (day) {
      rules.holidays.insert(*day);
    } else {
      problem(node, "ledger.holidays", "date", "'" + word + "' is no day", "2027-05-03");
    }
  }
}

void ProjectLoader::load_approval(const YAML::Node& node, LedgerRules::Approval& rules) {
  const std::string path = "ledger.approval";
  if (!node.IsDefined() || !is_map(node, path)) return;
  known_keys(node, path, {"limits", "deciders", "unnamed"});
  const YAML::Node limits = member(node, path, "limits");
  if (limits.IsDefined() && is_map(limits, path + ".limits")) {
    for (const auto& entry : limits) {
      const std::string full = path + ".limits." + entry.first.Scalar();
      const auto currency = model::Currency::parse(entry.first.Scalar());
      const auto limit = model::Decimal::parse(text(entry.second, full));
      if (!currency)
        problem(entry.first, full, "currency", "'" + entry.first.Scalar() + "' is no currency",
                "EUR");
      if (!limit || limit->sign() < 0)
        problem(entry.second, full, "amount", "an amount of zero or above is expected", "5000");
      if (currency && limit) rules.limits[currency->text()] = *limit;
    }
  }
  const YAML::Node deciders = member(node, path, "deciders");
  if (deciders.IsDefined() && is_map(deciders, path + ".deciders")) {
    known_keys(deciders, path + ".deciders", {"finance", "channel_marketing"});
    const auto load = [&](const std::string& role, std::set<std::string>& people) {
      const std::string full = path + ".deciders." + role;
      for (const std::string& name : load_texts(member(deciders, path + ".deciders", role), full)) {
        const std::string key = model::person_key(name);
        if (key.empty()) problem(deciders, full, "person", "'" + name + "' names no person");
        if (!key.empty()) people.insert(key);
      }
    };
    load("finance", rules.finance);
    load("channel_marketing", rules.channel_marketing);
  }
  if (!rules.limits.empty() && rules.finance.empty())
    problem(node, path, "missing", "has limits, and nobody is finance (deciders.finance)");
  rules.unnamed = load_judgement(member(node, path, "unnamed"), path + ".unnamed", rules.unnamed);
}

}  // namespace channelbridge::hub
