#include <algorithm>
#include <numeric>

#include "compiled_internal.hpp"
#include "local_name_internal.hpp"

namespace channelbridge::mapping {

namespace {

/// XML is read by local names: a prefix is the writer's choice.
document::Path for_reading(const document::Path& path, Dialect dialect) {
  document::Path out = path;
  if (dialect != Dialect::Xml) return out;
  for (document::Step& step : out) step.name = std::string(local_name(step.name));
  return out;
}

document::Path parsed(const std::string& text) {
  auto path = document::parse_path(text);
  return path ? std::move(*path) : document::Path{};
}

/// What a rule reads where it is not what it writes.
std::string read_text(const Rule& rule) {
  if (!rule.computed) return rule.read.empty() ? std::string() : document::to_string(rule.read);
  std::string text = "jq:";
  for (const document::Path& need : rule.computed->needs) text += " " + document::to_string(need);
  return text;
}

RuleInfo info_of(const model::EntityType& entity, const Rule& rule) {
  return {.field = rule.field,
          .group = group_of(entity, rule),
          .direction = rule.direction,
          .constant = rule.constant,
          .refers_to = rule.ref,
          .ref_object = rule.ref_object,
          .required_ref = (rule.required || rule.awaited) && !rule.ref.empty(),
          .required_on_write = rule.required,
          .later = rule.later,
          .once = rule.once,
          .with = rule.with,
          .path = rule.path_text,
          .read = read_text(rule),
          .line = rule.line};
}

}  // namespace

std::string group_of(const model::EntityType& entity, const Rule& rule) {
  const auto element = model::split_element(rule.field);
  return element ? model::element_path(element->list, "", "") : entity.group_of(rule.field);
}

namespace {

/// Where the elements of a list are read from: below the root, or below the elements of the list
/// that they hang on.
document::Path place_of(const Definition& def, const List& list) {
  document::Path place;
  for (const List& each : def.lists) {
    if (!list.parent.empty() && each.label == list.parent) place = each.navigation;
  }
  place.insert(place.end(), list.navigation.begin(), list.navigation.end());
  return place;
}

/// The places of one rule: what is read into slots, what is written through the shape.
template <typename Places>
void compile_rule(Program& program, std::int32_t scope, const Definition& def, const Rule& rule,
                  std::size_t at, std::size_t rules, Places& out) {
  const bool reads = rule.reads() && !rule.path.empty();
  const auto slot = [&](const document::Path& path) {
    return reads && !path.empty() ? program.want(scope, for_reading(path, def.dialect)) : kNone;
  };
  out.slots.push_back(slot(rule.read_path()));
  if (rule.sum && reads) program.add_up(scope, for_reading(rule.path, def.dialect));
  out.seconds.push_back(slot(rule.second));
  out.guards.push_back(slot(rule.unless));
  out.numbers.push_back(kNone);
  if (rule.path.empty() || !rule.writes()) return;
  out.shape.add_rule(rule.path, static_cast<std::int32_t>(at));
  for (const document::Path& place : rule.also)
    out.shape.add_rule(place, static_cast<std::int32_t>(at));
  if (rule.second_is != Second::HouseNumber) return;
  // House numbers stand behind the values of the rules.
  const auto earlier = std::count_if(out.numbers.begin(), out.numbers.end(),
                                     [](std::int32_t number) { return number != kNone; });
  out.numbers.back() = static_cast<std::int32_t>(rules) + static_cast<std::int32_t>(earlier);
  out.shape.add_rule(rule.second, out.numbers.back());
}

/// The amounts whose currency is read from a place of its own.
std::vector<Amount> amounts_of(const std::vector<Rule>& rules) {
  const auto read_as = [](const Rule& rule, model::FieldType type) {
    return rule.reads() && !rule.path.empty() && !rule.constant && rule.info->type == type;
  };
  const auto group = [](const Rule& rule) { return rule.field.substr(0, rule.field.rfind('.')); };
  std::vector<Amount> out;
  for (std::size_t i = 0; i < rules.size(); ++i) {
    if (!read_as(rules[i], model::FieldType::Decimal)) continue;
    for (std::size_t j = 0; j < rules.size(); ++j) {
      const bool same = rules[i].field.ends_with(".amount") && rules[i].fixed == rules[j].fixed &&
                        group(rules[i]) == group(rules[j]);
      if (same && read_as(rules[j], model::FieldType::Currency))
        out.push_back({.amount = i, .currency = j});
    }
  }
  return out;
}

/// A document has one currency, and all its amounts are in it (ADR 0015).
bool is_document_currency(const Definition& def, const Rule& rule) {
  if (rule.field != "currency") return false;
  const auto& values = def.entity->rules().values;
  return std::any_of(values.begin(), values.end(),
                     [](const model::ValueRule& each) { return each.name == "currency_missing"; });
}

CompiledList compile_list(Program& program, const Definition& def, std::size_t at) {
  const List& list = def.lists[at];
  CompiledList out;
  out.scope = program.open(0, for_reading(place_of(def, list), def.dialect));
  for (const std::string& id : list.id)
    out.id.push_back(program.want(out.scope, for_reading(parsed(id), def.dialect)));
  for (std::size_t i = 0; i < list.rules.size(); ++i) {
    const Rule& rule = list.rules[i];
    compile_rule(program, out.scope, def, rule, i, list.rules.size(), out);
    const model::ListInfo* info = def.entity->find_list(list.name);
    const std::vector<std::string>& keys =
        list.key.empty() && info != nullptr ? info->keys : list.key;
    if (std::find(keys.begin(), keys.end(), rule.leaf) != keys.end()) out.key_rules.push_back(i);
  }
  out.amounts = amounts_of(list.rules);
  std::vector<std::pair<std::int32_t, std::string>> where;
  for (const Literal& literal : list.when) {
    where.emplace_back(program.want(out.scope, for_reading(literal.path, def.dialect)),
                       literal.text);
    out.shape.add_literal(literal.path, literal);
  }
  for (const Literal& literal : list.create) out.shape.add_literal(literal.path, literal);
  out.shape.name = list.object.empty() ? list.navigation.back().name : list.object;
  Consumer& consumer = program.consumer(out.scope);
  consumer.where = std::move(where);
  consumer.list = static_cast<std::int32_t>(at);
  return out;
}

}  // namespace

void Compiled::compile() {
  shape.name = def.object;
  fixed_rules.resize(def.fixed.size());
  for (std::size_t i = 0; i < def.rules.size(); ++i) {
    const Rule& rule = def.rules[i];
    compile_rule(program, 0, def, rule, i, def.rules.size(), *this);
    if (rule.fixed >= 0) fixed_rules[static_cast<std::size_t>(rule.fixed)].push_back(i);
    if (rule.codes && rule.codes->has_synonyms()) synonyms = true;
    by_field.emplace(rule.field, &rule);
    infos.push_back(info_of(*def.entity, rule));
  }
  for (std::size_t i = 0; i < def.rules.size(); ++i) {
    const bool of_all = def.rules[i].constant && is_document_currency(def, def.rules[i]);
    if (of_all) constant_currency = static_cast<std::int32_t>(i);
    auto& out = peers.emplace_back();
    for (std::size_t j = 0; j < def.rules.size(); ++j) {
      const bool same =
          of_all || (infos[i].group == infos[j].group && def.rules[i].fixed == def.rules[j].fixed);
      if (i != j && same && !def.rules[j].constant) out.push_back(j);
    }
  }
  amounts = amounts_of(def.rules);
  order.resize(def.rules.size());
  std::iota(order.begin(), order.end(), 0U);
  std::stable_sort(order.begin(), order.end(), [this](std::size_t a, std::size_t b) {
    return def.rules[a].field < def.rules[b].field;
  });
  if (const auto path = document::parse_path(def.paths.mark); path && !path->empty()) {
    const auto house_numbers = std::count_if(numbers.begin(), numbers.end(),
                                             [](std::int32_t number) { return number != kNone; });
    mark = static_cast<std::int32_t>(def.rules.size()) + static_cast<std::int32_t>(house_numbers);
    shape.add_rule(*path, mark);
  }
  // Behind all of them stand the texts that a create takes from a code table.
  const auto taken = std::count_if(numbers.begin(), numbers.end(),
                                   [](std::int32_t number) { return number != kNone; });
  chosen = static_cast<std::int32_t>(def.rules.size()) + static_cast<std::int32_t>(taken) +
           (mark == kNone ? 0 : 1);
  for (std::size_t i = 0; i < def.chosen.size(); ++i)
    shape.add_rule(def.chosen[i].path, chosen + static_cast<std::int32_t>(i));
  for (const Literal& literal : def.when) {
    when_slots.push_back(when_program.want(0, for_reading(literal.path, def.dialect)));
    when[literal.path_text] = literal.text;
    shape.add_literal(literal.path, literal);
  }
  for (const Literal& literal : def.expect)
    expect_slots.push_back(program.want(0, for_reading(literal.path, def.dialect)));
  for (const Literal& literal : def.create) shape.add_literal(literal.path, literal);
  for (std::size_t i = 0; i < def.lists.size(); ++i) {
    const List& list = def.lists[i];
    lists.push_back(compile_list(program, def, i));
    lists_of[list.name].push_back(i);
    // A list that is only read has no place of its own in what is written: others may stand there.
    const bool written = std::any_of(list.rules.begin(), list.rules.end(),
                                     [](const Rule& rule) { return rule.writes(); });
    if (list.object.empty() && written)
      shape.add_list(list.navigation, static_cast<std::int32_t>(i));
    ChildInfo child{.label = list.label,
                    .list = list.name,
                    .object = list.object,
                    .navigation = list.navigation_text,
                    .parent = list.parent};
    for (const std::string& id : list.id) child.paths.push_back(id);
    for (const Literal& literal : list.when) child.paths.push_back(literal.path_text);
    for (const Rule& rule : list.rules) {
      if (rule.codes && rule.codes->has_synonyms()) synonyms = true;
      if (rule.reads() && !rule.path.empty()) {
        child.paths.push_back(rule.read.empty() ? rule.path_text : document::to_string(rule.read));
        for (const document::Path* path : {&rule.second, &rule.unless})
          if (!path->empty()) child.paths.push_back(document::to_string(*path));
      }
      by_field.emplace(rule.field, &rule);
      infos.push_back(info_of(*def.entity, rule));
    }
    std::sort(child.paths.begin(), child.paths.end());
    child.paths.erase(std::unique(child.paths.begin(), child.paths.end()), child.paths.end());
    children.push_back(std::move(child));
  }
  // What tells a fixed element from its neighbours is a field of it like any other, also where the
  // objects beside it have a constant there; of elements that are only read it is only read.
  for (const Fixed& fixed : def.fixed) {
    const bool written = std::any_of(def.rules.begin(), def.rules.end(), [&](const Rule& rule) {
      return rule.fixed >= 0 && rule.writes() &&
             def.fixed[static_cast<std::size_t>(rule.fixed)].list == fixed.list;
    });
    for (const auto& [name, value] : fixed.where) {
      const std::string field = model::element_path(fixed.list, "", name);
      const bool known = std::any_of(infos.begin(), infos.end(), [&](const RuleInfo& info) {
        return info.field == field && !info.constant;
      });
      if (known) continue;
      infos.push_back({.field = field,
                       .group = def.entity->group_of(field),
                       .direction = written ? Direction::Both : Direction::Read});
    }
  }
  std::stable_partition(children.begin(), children.end(),
                        [](const ChildInfo& child) { return child.parent.empty(); });
}

}  // namespace channelbridge::mapping
