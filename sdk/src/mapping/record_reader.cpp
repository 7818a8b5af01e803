#include "record_reader_internal.hpp"

#include <algorithm>
#include <utility>

#include "channelbridge/core/shown.hpp"
#include "channelbridge/model/decimal.hpp"
#include "elements_internal.hpp"
#include "jq_internal.hpp"
#include "places_internal.hpp"
#include "value_internal.hpp"

namespace channelbridge::mapping {

namespace {

constexpr std::size_t kMostProblems = 20;
constexpr std::size_t kShownValue = 60;

/// The place of a rule for people: its path, "jq" or "const".
std::string place(const Rule& rule) {
  if (rule.computed) return "jq";
  return rule.path_text.empty() ? "const" : rule.path_text;
}

/// A number is the same however it is written.
bool same(std::string_view text, const Literal& expected) {
  if (text == expected.text) return true;
  const auto number = model::Decimal::parse(text);
  return number && number == model::Decimal::parse(expected.text);
}

}  // namespace

Result<model::Patch> RecordReader::run(SlotReader& slots, const document::Document& document) {
  patch_.entries.reserve(mapping_.def.rules.size());
  keys_.resize(mapping_.lists.size());
  if (auto read = slots.run(mapping_.program, document, this); !read)
    return std::move(read).error();
  expectations(slots.frame());
  root_statements(slots.frame(), document);
  if (stopped_) return *stopped_;
  for (std::size_t i = 0; i < mapping_.def.fixed.size(); ++i) fixed_statements(i);
  complete_lists(slots);
  if (!problems_.empty()) return error();
  if (!mapping_.lists.empty() || !mapping_.def.fixed.empty()) patch_.sort();
  return std::move(patch_);
}

void RecordReader::problem(const Rule& rule, std::string_view value, std::string_view name,
                           const std::string& reason) {
  if (problems_.size() >= kMostProblems) return;
  std::string message = place(rule) + ": ";
  // Personal data stays out of errors and logs.
  if (!value.empty() && !rule.info->personal) {
    message += "'" + shown(value, kShownValue) + "' ";
  }
  problems_.push_back({.file = mapping_.def.file,
                       .line = static_cast<int>(rule.line),
                       .path = rule.field,
                       .rule = std::string(name),
                       .message = message + reason,
                       .suggestion = {}});
}

/// What the mapping takes for granted of every object.
void RecordReader::expectations(const Value* frame) {
  for (std::size_t i = 0; i < mapping_.expect_slots.size(); ++i) {
    const Literal& expected = mapping_.def.expect[i];
    const Value& value = frame[mapping_.expect_slots[i]];
    std::string reason;
    if (value.state == Value::State::Absent) {
      if (!full_) continue;
      reason = "is absent, although the document shows every field";
    } else if (value.state != Value::State::Text) {
      reason = "is not the text '" + expected.text + "' that this mapping is made for";
    } else if (!same(value.text, expected)) {
      reason = "is not '" + expected.text + "', which this mapping is made for";
    } else {
      continue;
    }
    const std::string found = value.state == Value::State::Text
                                  ? "'" + shown(value.text, kShownValue) + "' "
                                  : std::string();
    problems_.push_back({.file = mapping_.def.file,
                         .line = static_cast<int>(expected.line),
                         .path = "expect",
                         .rule = "expected",
                         .message = expected.path_text + ": " + found + reason,
                         .suggestion = {}});
  }
}

Error RecordReader::error() const {
  return Error(ErrorCode::Unmappable, "the " + mapping_.def.object + " does not fit its mapping: " +
                                          to_string(problems_.front()))
      .with_problems(problems_);
}

void RecordReader::add(std::string path, const Statement& statement, const Rule& rule) {
  if (statement.kind == Statement::Kind::None) return;
  patch_.entries.push_back({.path = std::move(path),
                            .value = statement.kind == Statement::Kind::Value
                                         ? model::Value(statement.text)
                                         : std::nullopt,
                            .rule = rule.line});
}

template <typename Places>
RecordReader::Statement RecordReader::read(const Rule& rule, const Places& places, std::size_t at,
                                           const Value* frame) {
  if (places.guards[at] != kNone) {
    const Value guard = settled(rule, frame[places.guards[at]], full_);
    if (guard.state == Value::State::Absent) return evaluate(rule, guard);
    if (!is_empty(guard)) return {};
  }
  const Value& first = frame[places.slots[at]];
  if (places.seconds[at] == kNone) return evaluate(rule, first);
  std::string buffer;
  return evaluate(rule, together(rule, first, frame[places.seconds[at]], full_, buffer));
}

RecordReader::Statement RecordReader::evaluate(const Rule& rule, const Value& value) {
  switch (value.state) {
    case Value::State::Absent:
      if (!full_ || rule.absent == Absent::Unchanged) return {};
      if (rule.absent == Absent::Null) return known(rule, {});
      problem(rule, {}, "drift", "is absent, although the document shows every field");
      return {};
    case Value::State::Null:
      return known(rule, {});
    case Value::State::Text:
      return known(rule, value.text);
    case Value::State::Several:
      if (rule.first) return known(rule, value.text);
      problem(rule, {}, "several", "several elements answer; say 'first: true' or select one");
      return {};
    case Value::State::Container:
      problem(rule, {}, "shape", "is an object or a list, not one value");
      return {};
  }
  return {};
}

RecordReader::Statement RecordReader::compute(const Rule& rule,
                                              const document::Document& document) {
  const bool xml = document.format() == document::Format::Xml;
  if (!tree_) {
    auto tree = document::parse_tree(document.text(), document.format());
    if (!tree) {
      stopped_ = std::move(tree).error();
      return {};
    }
    tree_ = std::move(*tree);
  }
  const Needed needed = needed_of(*rule.computed, *tree_, xml);
  if (!needed.absent.empty() && rule.absent != Absent::Null) {
    if (!full_ || rule.absent == Absent::Unchanged) return {};
    problem(rule, {}, "drift",
            "needs " + needed.absent.front() +
                ", which is absent, although the document shows every field");
    return {};
  }
  if (!needed.absent.empty() && !full_) return {};
  if (!needed.refused.empty()) {
    problem(rule, {}, "jq", rule.info->personal ? "a number has too many digits" : needed.refused);
    return {};
  }
  const auto value = run_jq(rule.computed->program, needed.json);
  if (!value && value.error().code() == ErrorCode::Internal) {
    stopped_ = value.error();
  } else if (!value) {
    // jq's own words quote what it was given.
    problem(rule, {}, "jq", rule.info->personal ? "the program fails" : value.error().message());
  } else if (value->kind != JqValue::Kind::Nothing) {
    return known(rule, value->kind == JqValue::Kind::Null ? std::string_view() : value->text);
  }
  return {};
}

RecordReader::Statement RecordReader::known(const Rule& rule, std::string_view text) {
  Statement out;
  if (rule.plain() && text.empty()) return {.kind = Statement::Kind::Empty};
  std::string reason;
  const Reading reading = decode(rule, text, out.text, reason);
  if (reading == Reading::Wrong) {
    problem(rule, text, rule.codes ? "unknown_code" : "bad_value", reason);
    return {};
  }
  if (reading == Reading::Empty)
    return {.kind = Statement::Kind::Empty, .foreign = rule.codes != nullptr && !text.empty()};
  out.kind = Statement::Kind::Value;
  if (!rule.ref.empty()) {
    auto record =
        references_ != nullptr ? references_->record_of(rule.ref_object, out.text) : std::nullopt;
    out.text = record ? std::move(*record)
                      : model::to_string(model::PendingReference{.system = std::string(system_),
                                                                 .object = rule.ref_object,
                                                                 .key = std::move(out.text)});
  }
  if (rule.constant && out.text != *rule.constant) {
    problem(rule, text, "constant", "contradicts the constant '" + *rule.constant + "'");
    return {};
  }
  return out;
}

void RecordReader::clear_zeros(const std::vector<Amount>& amounts,
                               std::vector<Statement>& statements) {
  for (const Amount& pair : amounts) {
    Statement& amount = statements[pair.amount];
    const bool zero = amount.kind == Statement::Kind::Value && amount.text == "0";
    if (zero && statements[pair.currency].kind == Statement::Kind::Empty)
      amount = {.kind = Statement::Kind::Empty};
  }
}

void RecordReader::root_statements(const Value* frame, const document::Document& document) {
  const auto& rules = mapping_.def.rules;
  root_.resize(rules.size());
  for (std::size_t i = 0; i < rules.size(); ++i) {
    if (mapping_.slots[i] != kNone) root_[i] = read(rules[i], mapping_, i, frame);
    if (rules[i].computed) root_[i] = compute(rules[i], document);
  }
  clear_zeros(mapping_.amounts, root_);
  for (const std::size_t i : mapping_.order) {
    const Rule& rule = rules[i];
    if (rule.fixed >= 0) continue;
    if (rule.constant && rule.path.empty() && rule.reads()) {
      // A constant with nothing beside it is no statement.
      const bool beside = std::any_of(
          mapping_.peers[i].begin(), mapping_.peers[i].end(),
          [this](std::size_t peer) { return root_[peer].kind == Statement::Kind::Value; });
      if (beside) add(rule.field, {.kind = Statement::Kind::Value, .text = *rule.constant}, rule);
      continue;
    }
    add(rule.field, root_[i], rule);
  }
}

void RecordReader::fixed_statements(std::size_t fixed) {
  const Fixed& element = mapping_.def.fixed[fixed];
  const auto& rules = mapping_.def.rules;
  const auto& members = mapping_.fixed_rules[fixed];
  bool stated = false;
  bool shown = false;
  for (const std::size_t i : members) {
    stated = stated || root_[i].kind != Statement::Kind::None;
    shown = shown || root_[i].kind == Statement::Kind::Value;
  }
  if (!stated) return;
  const std::string address = "@" + element.key;
  for (const std::size_t i : members) {
    Statement statement = root_[i];
    if (rules[i].constant && rules[i].path.empty() && shown)
      statement = {.kind = Statement::Kind::Value, .text = *rules[i].constant};
    add(model::element_path(element.list, address, rules[i].leaf), statement, rules[i]);
  }
  // The selection itself is stated too: with the others empty, the element is gone.
  for (const auto& [field, value] : element.where) {
    const bool member = std::any_of(members.begin(), members.end(), [&, &name = field](auto i) {
      return rules[i].leaf == name && rules[i].reads();
    });
    if (member) continue;
    const Statement statement{.kind = shown ? Statement::Kind::Value : Statement::Kind::Empty,
                              .text = value};
    add(model::element_path(element.list, address, field), statement, rules[members.front()]);
  }
}

std::string RecordReader::element_key(const List& list, const CompiledList& compiled,
                                      const Value* frame,
                                      const std::vector<Statement>& statements) {
  std::string key;
  for (const std::int32_t slot : compiled.id) {
    if (frame[slot].state != Value::State::Text) return {};
    if (!key.empty()) key += ',';
    key += frame[slot].text;
  }
  if (!list.id.empty()) return part_prefix(mapping_, list) + key;
  for (const std::size_t i : compiled.key_rules) {
    const Rule& rule = list.rules[i];
    const std::string& text = rule.constant ? *rule.constant : statements[i].text;
    key += (key.empty() ? "" : ",") + rule.leaf + "=" + text;
  }
  return part_prefix(mapping_, list) + key;
}

bool RecordReader::can_be_told(const List& list, const CompiledList& compiled,
                               const std::vector<Statement>& statements) {
  if (!list.id.empty()) return true;
  const Rule* empty = nullptr;
  for (const std::size_t i : compiled.key_rules) {
    if (list.rules[i].constant) continue;
    if (statements[i].kind == Statement::Kind::Value) return true;
    empty = &list.rules[i];
  }
  if (empty == nullptr) return true;  // constants: one element, or 'several'
  problem(*empty, {}, "no_key", "an element of '" + list.label + "' shows no key");
  return false;
}

void RecordReader::element(std::int32_t index, const Value* frame) {
  const auto at = static_cast<std::size_t>(index);
  const List& list = mapping_.def.lists[at];
  const CompiledList& compiled = mapping_.lists[at];
  std::vector<Statement> statements(list.rules.size());
  bool shown = false;
  for (std::size_t i = 0; i < list.rules.size(); ++i) {
    if (compiled.slots[i] != kNone) statements[i] = read(list.rules[i], compiled, i, frame);
  }
  clear_zeros(compiled.amounts, statements);
  for (const Statement& statement : statements)
    shown = shown || statement.kind == Statement::Kind::Value;
  // An element whose distinguishing field means nothing here is not ours.
  const bool foreign = std::any_of(compiled.key_rules.begin(), compiled.key_rules.end(),
                                   [&](std::size_t i) { return statements[i].foreign; });
  if (!shown || foreign || !problems_.empty() || !can_be_told(list, compiled, statements)) return;
  const std::string key = element_key(list, compiled, frame, statements);
  const Rule& first = list.rules.front();
  if (key.empty())
    return problem(first, {}, "no_key", "an element of '" + list.label + "' shows no key");
  const std::string content =
      list.rules.size() == 1 ? "=" + statements.front().text : std::string();
  // A list of single values: the same value twice says nothing new.
  if (!content.empty() && !keys_[at].insert(content).second) return;
  if (!keys_[at].insert(key).second)
    return problem(first, key, "several", "two elements of '" + list.label + "' have this key");
  const std::string address = "@" + key;
  for (std::size_t i = 0; i < list.rules.size(); ++i) {
    const Rule& rule = list.rules[i];
    const bool constant = rule.constant && rule.path.empty() && rule.reads();
    if (constant) statements[i] = {.kind = Statement::Kind::Value, .text = *rule.constant};
    add(model::element_path(list.name, address, rule.leaf), statements[i], rule);
  }
}

void RecordReader::complete_lists(const SlotReader& slots) {
  for (const auto& [name, parts] : mapping_.lists_of) {
    bool complete = full_;
    for (const std::size_t i : parts) {
      const List& list = mapping_.def.lists[i];
      const std::int32_t scope = mapping_.lists[i].scope;
      if (!slots.shown(scope) && full_ && list.parent.empty() && list.rules.front().reads()) {
        if (list.absent == Absent::Error) {
          problems_.push_back(
              {.file = mapping_.def.file,
               .line = static_cast<int>(list.line),
               .path = name,
               .rule = "drift",
               .message = list.navigation_text +
                          ": the list is absent, although the document shows every field",
               .suggestion = {}});
        }
      }
      const bool known_empty = list.absent == Absent::Null;
      complete = complete && (slots.shown(scope) || known_empty || !list.parent.empty()) &&
                 !slots.partial(scope);
      if (!list.parent.empty()) complete = complete && parent_shown(list, slots);
    }
    if (complete) patch_.complete_lists.push_back(name);
  }
}

bool RecordReader::parent_shown(const List& list, const SlotReader& slots) const {
  for (std::size_t i = 0; i < mapping_.lists.size(); ++i) {
    if (mapping_.def.lists[i].label != list.parent) continue;
    return slots.shown(mapping_.lists[i].scope) && !slots.partial(mapping_.lists[i].scope);
  }
  return false;
}

}  // namespace channelbridge::mapping
