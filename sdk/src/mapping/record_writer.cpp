#include "record_writer_internal.hpp"

#include <algorithm>
#include <utility>

#include "channelbridge/core/shown.hpp"
#include "channelbridge/document/xml_text.hpp"
#include "elements_internal.hpp"
#include "places_internal.hpp"
#include "value_internal.hpp"

namespace channelbridge::mapping {

namespace {

/// Prints a body; embedded lists are the writer's business.
class BodyPrinter : public Printer {
 public:
  BodyPrinter(RecordWriter& writer, Dialect dialect, std::string& text)
      : Printer(dialect, text), writer_(writer) {}

 protected:
  bool list(std::int32_t index, const Shape& place) override {
    return writer_.embedded(index, place, out());
  }

 private:
  RecordWriter& writer_;
};

std::size_t house_numbers(const std::vector<std::int32_t>& numbers) {
  return static_cast<std::size_t>(std::count_if(
      numbers.begin(), numbers.end(), [](std::int32_t number) { return number != kNone; }));
}

}  // namespace

Result<Written> RecordWriter::run() {
  if (mapping_.synonyms && scope_.present != nullptr)
    present_ = present_codes(mapping_, *scope_.present);
  Node root{.operation = scope_.create ? Node::Operation::Create : Node::Operation::Update,
            .object = mapping_.def.object};
  std::vector<Outgoing> values = root_values();
  root.body = body(mapping_.shape, values, scope_.create);
  out_.nodes.push_back(std::move(root));
  // Parents come before what hangs below them, so that a child finds its parent's node.
  for (const bool nested : {false, true}) {
    for (const auto& [name, parts] : mapping_.lists_of) {
      const List& list = mapping_.def.lists[parts.front()];
      if (!list.object.empty() && list.parent.empty() != nested) list_nodes(name);
    }
  }
  for (const std::string& group : scope_.removed_elements) delete_node(group);
  mark_root(std::move(values));
  if (problems_.empty()) return std::move(out_);
  return Error(ErrorCode::Unmappable, "the record does not fit " + mapping_.def.object + ": " +
                                          to_string(problems_.front()))
      .with_problems(problems_);
}

/// Every write leaves its number at the root, one of children alone as well; where nothing is to be
/// written, nothing is.
void RecordWriter::mark_root(std::vector<Outgoing> values) {
  if (mapping_.mark == kNone || scope_.mark.empty() || !problems_.empty()) return;
  Node& root = out_.nodes.front();
  const bool empty = root.body == "{}" || root.body == "<" + mapping_.def.object + "/>";
  if (!scope_.create && out_.nodes.size() == 1 && empty) return;
  values[static_cast<std::size_t>(mapping_.mark)] = {.state = Outgoing::State::Text,
                                                     .text = scope_.mark};
  root.body = body(mapping_.shape, values, scope_.create);
}

void RecordWriter::problem(const Rule& rule, const std::string& path, std::string_view value,
                           const std::string& reason) {
  constexpr std::size_t kShownValue = 60;
  const std::string quoted =
      rule.info->personal ? std::string() : "'" + shown(value, kShownValue) + "' ";
  problems_.push_back(
      {.file = mapping_.def.file,
       .line = static_cast<int>(rule.line),
       .path = path,
       .rule = rule.codes ? "unknown_code" : "does_not_fit",
       .message = (rule.path_text.empty() ? rule.field : rule.path_text) + ": " + quoted + reason,
       .suggestion = {}});
}

bool RecordWriter::contradicts(const Rule& rule, const std::string& path) const {
  if (!rule.constant) return false;
  const auto value = fields_.find(path);
  return value != fields_.end() && value->second != *rule.constant;
}

/// Columns for one element hold none of several.
void RecordWriter::refuse_several(const Fixed& fixed) {
  if (!too_many(fields_, fixed)) return;
  for (const std::string& element : element_ids(fields_, fixed.list)) {
    if (in_scope(fixed.list, element))
      out_.contradicted.push_back(model::element_path(fixed.list, element, ""));
  }
}

/// All amounts of a document are in its one currency: where the system has another one, none of
/// them is written there (ADR 0015).
void RecordWriter::refuse_other_currency() {
  if (mapping_.constant_currency == kNone) return;
  const Rule& rule = mapping_.def.rules[static_cast<std::size_t>(mapping_.constant_currency)];
  if (contradicts(rule, rule.field))
    problem(rule, rule.field, *model::get(fields_, rule.field),
            "is not the currency that this mapping writes (" + *rule.constant + ")");
}

std::vector<Outgoing> RecordWriter::root_values() {
  const auto& rules = mapping_.def.rules;
  std::vector<Outgoing> out(rules.size() + house_numbers(mapping_.numbers) +
                            (mapping_.mark == kNone ? 0U : 1U) + mapping_.def.chosen.size());
  std::vector<std::string> fixed_ids;
  for (const Fixed& fixed : mapping_.def.fixed) fixed_ids.push_back(fixed_element(fields_, fixed));
  const auto path_of = [&](std::size_t i) {
    if (rules[i].fixed < 0) return rules[i].field;
    const std::string& id = fixed_ids[static_cast<std::size_t>(rules[i].fixed)];
    return id.empty() ? std::string()
                      : model::element_path(
                            mapping_.def.fixed[static_cast<std::size_t>(rules[i].fixed)].list, id,
                            rules[i].leaf);
  };
  const auto asked_for = [&](std::size_t i) {
    if (scope_.create) return true;
    if (rules[i].fixed < 0) return scope_.groups.contains(mapping_.infos[i].group);
    const Fixed& fixed = mapping_.def.fixed[static_cast<std::size_t>(rules[i].fixed)];
    const std::string& id = fixed_ids[static_cast<std::size_t>(rules[i].fixed)];
    if (!id.empty()) return in_scope(fixed.list, id);
    // No element has this selection any more: its columns are emptied when the hub names the one
    // that had it.
    const auto had_it = [&](const std::string& group) {
      const auto split = model::split_element(group);
      return split && split->list == fixed.list &&
             child_key(split->list, split->element) == fixed.key;
    };
    return std::any_of(scope_.removed_elements.begin(), scope_.removed_elements.end(), had_it) ||
           std::any_of(scope_.groups.begin(), scope_.groups.end(), had_it);
  };
  // A group that contradicts a constant is not written at all.
  std::set<std::string> refused;
  const auto group_name = [&](std::size_t i) {
    if (rules[i].fixed < 0) return mapping_.infos[i].group;
    const Fixed& fixed = mapping_.def.fixed[static_cast<std::size_t>(rules[i].fixed)];
    return model::element_path(fixed.list, fixed_ids[static_cast<std::size_t>(rules[i].fixed)], "");
  };
  for (std::size_t i = 0; i < rules.size(); ++i) {
    if (rules[i].constant && asked_for(i) && contradicts(rules[i], path_of(i)))
      refused.insert(group_name(i));
  }
  out_.contradicted.assign(refused.begin(), refused.end());
  for (const Fixed& fixed : mapping_.def.fixed) refuse_several(fixed);
  refuse_other_currency();
  for (std::size_t i = 0; i < rules.size(); ++i) {
    const Rule& rule = rules[i];
    if (!rule.writes() || rule.path.empty() || !asked_for(i)) continue;
    if (!refused.empty() && refused.contains(group_name(i))) continue;
    const bool full = rule.fixed >= 0 &&
                      too_many(fields_, mapping_.def.fixed[static_cast<std::size_t>(rule.fixed)]);
    if (full && (rule.required || rule.awaited)) {
      out_.waiting.push_back(rule.field);
      out_.several.push_back(rule.field);
    }
    if (full) continue;
    const std::string path = path_of(i);
    model::Value value = rule.constant;
    if (!rule.constant) {
      const auto known = fields_.find(path);
      if (known != fields_.end()) value = known->second;
    } else if (!mapping_.peers[i].empty()) {
      const bool beside =
          std::any_of(mapping_.peers[i].begin(), mapping_.peers[i].end(),
                      [&](std::size_t peer) { return fields_.contains(path_of(peer)); });
      if (!beside) continue;
    }
    fill({.rule = rule,
          .path = path.empty() ? rule.field : path,
          .present_key = present_.empty() ? std::string() : rule_key(i),
          .value = std::move(value),
          .create = scope_.create},
         i, mapping_.numbers[i], out);
  }
  if (scope_.create) choose(out);
  return out;
}

/// What a create takes from code tables. A code that is empty leaves its place out.
void RecordWriter::choose(std::vector<Outgoing>& out) {
  const std::vector<Rule>& chosen = mapping_.def.chosen;
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    const Rule& rule = chosen[i];
    const model::Value value = model::get(fields_, rule.field);
    const Task task{
        .rule = rule, .path = rule.field, .present_key = {}, .value = value, .create = true};
    Outgoing text{.state = Outgoing::State::Text};
    std::string reason;
    if (value) {
      if (!encode(rule, mapping_.def.dialect, Fit::Exact, *value, text.text, reason)) {
        problem(rule, rule.field, *value, reason);
        continue;
      }
    } else if (const auto none = rule.codes->external.find("");
               none != rule.codes->external.end()) {
      text.text = none->second.front();
    } else {
      text.text = rule.codes->other_external.value_or("");
    }
    if (text.text.empty()) continue;
    refuse_unless_it_fits_xml(task, text);
    out[static_cast<std::size_t>(mapping_.chosen) + i] = std::move(text);
  }
}

void RecordWriter::fill(const Task& task, std::size_t rule, std::int32_t number,
                        std::vector<Outgoing>& out) {
  if (task.rule.once && !task.create) return;
  out[rule] = outgoing(task);
  refuse_unless_it_fits_xml(task, out[rule]);
  if (number == kNone) return;
  Outgoing& beside = out[static_cast<std::size_t>(number)];
  // A street that is written says of its number, too, that there is none.
  if (!task.create || out[rule].state == Outgoing::State::Text) beside = emptied(task);
  const model::Value& value = !task.value && task.create ? task.rule.default_value : task.value;
  if (!value || out[rule].state != Outgoing::State::Text) return;
  const StreetLine line = split_house_number(*value, task.rule.second_length);
  if (line.number.empty()) return;
  beside = {
      .state = Outgoing::State::Text, .text = std::string(line.number), .quoted = out[rule].quoted};
  refuse_unless_it_fits_xml(task, beside);
}

/// What an XML text cannot hold in any form is not left out: the value would arrive as another one.
void RecordWriter::refuse_unless_it_fits_xml(const Task& task, const Outgoing& out) {
  if (mapping_.def.dialect != Dialect::Xml || document::fits_xml(out.text)) return;
  problem(task.rule, task.path, out.text, "holds a control character, which XML 1.0 cannot carry");
}

Outgoing RecordWriter::emptied(const Task& task) const {
  const Rule& rule = task.rule;
  const auto codes_empty =
      rule.codes ? rule.codes->external.find("") : decltype(rule.codes->external.find("")){};
  if (rule.codes && codes_empty != rule.codes->external.end()) {
    Outgoing out{.state = Outgoing::State::Text,
                 .text = codes_empty->second.front(),
                 .quoted = is_quoted(rule, mapping_.def.dialect)};
    keep_synonym(task, out);
    return out;
  }
  const bool blank = rule.empty == Empty::Text && is_quoted(rule, mapping_.def.dialect) &&
                     (rule.as == As::Text || mapping_.def.dialect == Dialect::Csv ||
                      mapping_.def.dialect == Dialect::Xml);
  return {.state = blank ? Outgoing::State::Text : Outgoing::State::Null};
}

Outgoing RecordWriter::outgoing(const Task& task) {
  const Rule& rule = task.rule;
  if (scope_.create ? !rule.with.field.empty() : rule.once) return {};
  const model::Value& value = !task.value && task.create ? rule.default_value : task.value;
  if (!value) {
    if (rule.required) {
      out_.waiting.push_back(task.path);
      return {};
    }
    return task.create ? Outgoing{} : emptied(task);
  }
  if (!rule.ref.empty()) {
    Task resolved = task;
    resolved.value = value;
    return reference(resolved);
  }
  if (rule.later && task.create) return {};
  Outgoing out{.state = Outgoing::State::Text, .quoted = is_quoted(rule, mapping_.def.dialect)};
  if (rule.plain()) {
    out.text = *value;
    return out;
  }
  std::string reason;
  if (!encode(rule, mapping_.def.dialect, Fit::Exact, *value, out.text, reason)) {
    problem(rule, task.path, *value, reason);
    return {};
  }
  keep_synonym(task, out);
  return out;
}

/// The code that is there already stays when it means the same.
void RecordWriter::keep_synonym(const Task& task, Outgoing& out) const {
  if (present_.empty() || !task.rule.codes) return;
  const auto present = present_.find(task.present_key);
  if (present == present_.end()) return;
  std::string meaning;
  std::string reason;
  const Reading reading = decode(task.rule, present->second, meaning, reason);
  const bool same = task.value
                        ? reading == Reading::Value &&
                              meaning == image_of(task.rule, mapping_.def.dialect, *task.value)
                        : reading == Reading::Empty;
  if (same) out.text = present->second;
}

Outgoing RecordWriter::reference(const Task& task) {
  const auto key = references_ != nullptr ? references_->key_of(task.rule.ref_object, *task.value)
                                          : std::nullopt;
  if (!key) {
    (task.rule.required || task.rule.awaited ? out_.waiting : out_.withheld).push_back(task.path);
    return {};
  }
  if (task.rule.later && task.create) return {};
  Outgoing out{.state = Outgoing::State::Text,
               .quoted = is_quoted(task.rule, mapping_.def.dialect)};
  std::string reason;
  if (!encode(task.rule, mapping_.def.dialect, Fit::Exact, *key, out.text, reason)) {
    problem(task.rule, task.path, *key, reason);
    return {};
  }
  return out;
}

std::vector<Outgoing> RecordWriter::element_values(std::size_t part, const std::string& element,
                                                   bool create) {
  const List& list = mapping_.def.lists[part];
  const std::string known = child_key(list.name, element);
  const std::vector<std::int32_t>& numbers = mapping_.lists[part].numbers;
  std::vector<Outgoing> out(list.rules.size() + house_numbers(numbers));
  for (std::size_t i = 0; i < list.rules.size(); ++i) {
    const Rule& rule = list.rules[i];
    if (!rule.writes() || rule.path.empty()) continue;
    const std::string path = model::element_path(list.name, element, rule.leaf);
    fill({.rule = rule,
          .path = path,
          .present_key = known.empty() || present_.empty()
                             ? std::string()
                             : model::element_path(list.name, "@" + known, rule.leaf),
          .value = rule.constant ? rule.constant : model::get(fields_, path),
          .create = create},
         i, numbers[i], out);
  }
  return out;
}

std::string RecordWriter::body(const Shape& shape, const std::vector<Outgoing>& values,
                               bool create) {
  std::string text;
  text.reserve(values.size() * 40 + 64);
  BodyPrinter printer(*this, mapping_.def.dialect, text);
  printer.object(shape, values, create);
  return text;
}

bool RecordWriter::embedded(std::int32_t index, const Shape& place, std::string& out) {
  const auto part = static_cast<std::size_t>(index);
  const List& list = mapping_.def.lists[part];
  const std::string prefix = list.name + "[";
  const auto within = [&prefix](const std::string& group) { return group.starts_with(prefix); };
  const bool asked_for =
      scope_.create || std::any_of(scope_.groups.begin(), scope_.groups.end(), within) ||
      std::any_of(scope_.removed_elements.begin(), scope_.removed_elements.end(), within);
  if (!asked_for) return false;
  const bool xml = mapping_.def.dialect == Dialect::Xml;
  Shape shape = mapping_.lists[part].shape;
  shape.name = place.name;
  bool any = false;
  if (!xml) out += '[';
  for (const std::string& element : element_ids(fields_, list.name)) {
    const PartOfList found = part_for(mapping_, list.name, fields_, element);
    if (found.part != part) continue;
    if (any && !xml) out += ',';
    const std::vector<Outgoing> values = element_values(part, element, true);
    BodyPrinter printer(*this, mapping_.def.dialect, out);
    printer.object(shape, values, true);
    any = true;
  }
  if (!xml) out += ']';
  return any || !scope_.create;
}

bool RecordWriter::in_scope(const std::string& list, const std::string& element) const {
  return scope_.create || scope_.groups.contains(model::element_path(list, element, ""));
}

std::string RecordWriter::child_key(std::string_view list, std::string_view element) const {
  const auto keys = elements_.find(list);
  if (keys == elements_.end()) return {};
  const auto key = keys->second.find(element);
  return key == keys->second.end() ? std::string() : key->second;
}

std::string RecordWriter::own_key(const List& list, const std::string& key) const {
  const std::string prefix = part_prefix(mapping_, list);
  return key.starts_with(prefix) ? key.substr(prefix.size()) : key;
}

/// Is it written by columns of the object, so that no child is asked for it?
bool RecordWriter::in_columns(const std::string& list, const std::string& element) const {
  return std::any_of(mapping_.def.fixed.begin(), mapping_.def.fixed.end(), [&](const Fixed& fixed) {
    return fixed.list == list && fixed_element(fields_, fixed) == element;
  });
}

void RecordWriter::list_nodes(const std::string& name) {
  for (const std::string& element : element_ids(fields_, name)) {
    if (!in_scope(name, element) || in_columns(name, element)) continue;
    const PartOfList found = part_for(mapping_, name, fields_, element);
    if (found.part) {
      if (!mapping_.def.lists[*found.part].object.empty()) {
        element_node(*found.part, element, scope_.create || child_key(name, element).empty());
      }
    } else if (found.not_ours) {
      out_.contradicted.push_back(model::element_path(name, element, ""));
    } else if (found.refused_by != nullptr) {
      const std::string path = model::element_path(name, element, found.refused_by->leaf);
      problem(*found.refused_by, path, model::get(fields_, path).value_or(""), found.reason);
    }
  }
}

void RecordWriter::element_node(std::size_t part, const std::string& element, bool create) {
  const List& list = mapping_.def.lists[part];
  const std::vector<Outgoing> values = element_values(part, element, create);
  Node node{.operation = create ? Node::Operation::Create : Node::Operation::Update,
            .object = list.object,
            .key = create ? std::string() : own_key(list, child_key(list.name, element)),
            .parent = 0,
            .navigation = document::to_string(list.navigation),
            .list = list.name,
            .element = element,
            .body = body(mapping_.lists[part].shape, values, create)};
  if (create && !list.parent.empty()) {
    node.parent = parent_node(list);
    if (node.parent < 0) {
      out_.waiting.push_back(model::element_path(list.name, element, ""));
      return;
    }
  }
  out_.nodes.push_back(std::move(node));
}

/// The node that a new child hangs below: one that is written anyway, or an update without content
/// that only names the parent's key.
int RecordWriter::parent_node(const List& list) {
  const auto parent = std::find_if(mapping_.def.lists.begin(), mapping_.def.lists.end(),
                                   [&list](const List& each) { return each.label == list.parent; });
  for (std::size_t i = 1; i < out_.nodes.size(); ++i) {
    if (out_.nodes[i].object == parent->object &&
        out_.nodes[i].operation != Node::Operation::Delete)
      return static_cast<int>(i);
  }
  for (const std::string& element : element_ids(fields_, parent->name)) {
    const std::string key = child_key(parent->name, element);
    if (key.empty()) continue;
    out_.nodes.push_back({.operation = Node::Operation::Update,
                          .object = parent->object,
                          .key = own_key(*parent, key),
                          .parent = 0,
                          .navigation = document::to_string(parent->navigation),
                          .list = parent->name,
                          .element = element,
                          .body = "{}"});
    return static_cast<int>(out_.nodes.size()) - 1;
  }
  return -1;
}

void RecordWriter::delete_node(const std::string& group) {
  const auto split = model::split_element(group);
  const auto parts = split ? mapping_.lists_of.find(split->list) : mapping_.lists_of.end();
  if (parts == mapping_.lists_of.end()) return;
  const std::string key = child_key(split->list, split->element);
  const bool columns = std::any_of(
      mapping_.def.fixed.begin(), mapping_.def.fixed.end(),
      [&](const Fixed& fixed) { return fixed.list == split->list && fixed.key == key; });
  if (key.empty() || columns) return;  // never written there, or not as an object of its own
  for (const std::size_t part : parts->second) {
    const List& list = mapping_.def.lists[part];
    if (list.object.empty() || !key.starts_with(part_prefix(mapping_, list))) continue;
    out_.nodes.push_back({.operation = Node::Operation::Delete,
                          .object = list.object,
                          .key = own_key(list, key),
                          .parent = 0,
                          .navigation = document::to_string(list.navigation),
                          .list = list.name,
                          .element = std::string(split->element),
                          .body = {}});
    return;
  }
}

}  // namespace channelbridge::mapping
