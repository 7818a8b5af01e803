#include "slot_reader_internal.hpp"

#include <algorithm>

#include "channelbridge/document/json_gate.hpp"
#include "channelbridge/model/decimal.hpp"
#include "local_name_internal.hpp"

namespace channelbridge::mapping {

namespace {
using State = Value::State;
}

Result<void> SlotReader::run(const Program& program, const document::Document& document,
                             ElementSink* sink) {
  program_ = &program;
  sink_ = sink;
  text_ = document.text();
  open_.clear();
  held_.clear();
  slots_.assign(static_cast<std::size_t>(program.scope(0).slots), {});
  shown_.assign(program.scopes(), 0);
  partial_.assign(program.scopes(), 0);
  const Node root{.trie = program.scope(0).root, .base = 0};
  tree_ = {};
  if (document.format() == document::Format::Xml) {
    auto tree = document::parse_tree(text_, document::Format::Xml);
    if (!tree) return std::move(tree).error();
    tree_ = std::move(*tree);
    walk(tree_, root);
    return {};
  }
  thread_local document::JsonIndex index;
  if (auto built = index.build(text_); !built) return built;
  if (document::JsonCursor(index).peek() != '{')
    return Error(ErrorCode::Protocol, "the record is not a JSON object");
  const document::Limits limits;
  document::JsonGate<SlotReader> gate(index, limits, *this);
  return gate.run(root);
}

std::uint32_t SlotReader::begin_frame(std::int32_t scope) {
  const auto base = static_cast<std::uint32_t>(slots_.size());
  slots_.resize(slots_.size() + static_cast<std::size_t>(program_->scope(scope).slots));
  return base;
}

SlotReader::Node SlotReader::member(Node node, std::string_view key) {
  if (node.trie < 0) return {};
  if (scoped(node)) {
    Open& top = open_.back();
    const std::int32_t inside = program_->member(program_->scope(top.scope).root, key);
    if (inside != kNone) return {.trie = inside, .base = top.base};
    if (key == "results" || key == "records") {
      top.kind = Open::Kind::Wrapper;
      return {.trie = node.trie, .base = node.base};
    }
    if (key == "__deferred") top.kind = Open::Kind::Deferred;
    if (key == "__next" || key == "nextRecordsUrl" || key == "done") {
      return {.trie = kMark, .base = static_cast<std::uint32_t>(top.scope)};
    }
  }
  const std::int32_t below = program_->member(node.trie, key);
  if (below != kNone) return {.trie = below, .base = node.base};
  // A plain path runs through the wrapper of an expanded list as if it were not there.
  const bool wrapper = key == "results" && node.trie != program_->scope(0).root && !node.element;
  return wrapper ? Node{.trie = node.trie, .base = node.base} : Node{};
}

SlotReader::Node SlotReader::element(Node node, std::size_t index) {
  if (node.trie < 0 || !scoped(node)) return {.trie = node.trie, .base = node.base};
  const std::uint32_t base = begin_frame(open_.back().scope);
  Open& top = open_.back();
  top.index = index;
  top.base = base;
  return {.trie = program_->scope(top.scope).root, .base = base, .element = true};
}

void SlotReader::scalar(Node node, char first, std::string_view text) {
  if (node.trie == kMark) {
    if (first != 'n' && text != "true") partial_[node.base] = 1;
    return;
  }
  if (node.trie < 0) return;
  const TrieNode& here = program_->node(node.trie);
  const bool null = first == 'n';
  if (here.marks_partial != kNone && !null)
    partial_[static_cast<std::size_t>(here.marks_partial)] = 1;
  if (here.slot != kNone && here.adds_up && !null) {
    add(node.base, here.slot, text);
  } else if (here.slot != kNone) {
    set(node.base, here.slot, null ? State::Null : State::Text, text);
  }
  if (null && (!here.members.empty() || here.scope != kNone)) null_below(node.trie, node.base);
  if (node.element) finish_element(open_.back());
}

void SlotReader::open(Node node, char bracket, std::size_t) {
  if (node.trie < 0) return;
  if (scoped(node)) {
    const std::int32_t scope = program_->node(node.trie).scope;
    const bool array = bracket == '[';
    open_.push_back({.kind = array ? Open::Kind::Array : Open::Kind::Single,
                     .scope = scope,
                     .outer = node.base,
                     .base = array ? 0 : begin_frame(scope)});
    return;
  }
  const std::int32_t slot = program_->node(node.trie).slot;
  if (slot != kNone && bracket == '{') set(node.base, slot, State::Container, {});
}

void SlotReader::close(Node node, char bracket, std::size_t, std::size_t count) {
  if (node.trie < 0) return;
  if (node.element) {
    if (!open_.empty()) finish_element(open_.back());
    return;
  }
  if (!scoped(node)) {
    if (bracket == '[' && count == 0) null_below(node.trie, node.base);
    return;
  }
  Open top = open_.back();
  if (top.kind == Open::Kind::Single) finish_element(top);
  if (top.kind == Open::Kind::Single || top.kind == Open::Kind::Array) finish_array(top);
  if (top.kind == Open::Kind::Deferred) partial_[static_cast<std::size_t>(top.scope)] = 1;
  if (top.kind != Open::Kind::Array) slots_.resize(top.base);
  open_.pop_back();
}

bool SlotReader::passes(const Consumer& consumer, const Open& top) const {
  if (consumer.index != document::Step::kAny && consumer.index != top.index) return false;
  return std::all_of(consumer.where.begin(), consumer.where.end(), [&](const auto& condition) {
    const Value& shown = slots_[top.base + static_cast<std::uint32_t>(condition.first)];
    return shown.state == State::Text && shown.text == condition.second;
  });
}

void SlotReader::finish_element(Open& top) {
  const auto& consumers = program_->scope(top.scope).consumers;
  for (std::size_t i = 0; i < consumers.size(); ++i) {
    const Consumer& consumer = consumers[i];
    if (!passes(consumer, top)) continue;
    if (consumer.list != kNone && sink_ != nullptr)
      sink_->element(consumer.list, slots_.data() + top.base);
    const std::uint64_t bit = 1ULL << (i % 64U);
    for (const auto& [from, to] : consumer.copies) {
      const Value value = slots_[top.base + static_cast<std::uint32_t>(from)];
      Value& target = slots_[top.outer + static_cast<std::uint32_t>(to)];
      if ((top.matched & bit) == 0) {
        target = value;
      } else if (value.state != State::Absent) {
        target.state = State::Several;
      }
    }
    top.matched |= bit;
  }
  slots_.resize(top.base);
}

/// An array that was shown and has no such element says that there is none.
void SlotReader::finish_array(const Open& top) {
  shown_[static_cast<std::size_t>(top.scope)] = 1;
  const auto& consumers = program_->scope(top.scope).consumers;
  for (std::size_t i = 0; i < consumers.size(); ++i) {
    if ((top.matched & (1ULL << (i % 64U))) != 0) continue;
    for (const auto& [from, to] : consumers[i].copies) {
      Value& target = slots_[top.outer + static_cast<std::uint32_t>(to)];
      if (target.state == State::Absent) target.state = State::Null;
    }
  }
}

void SlotReader::set(std::uint32_t base, std::int32_t slot, State state, std::string_view text) {
  Value& value = slots_[base + static_cast<std::uint32_t>(slot)];
  if (value.state == State::Absent) {
    value = {.state = state, .text = state == State::Text ? hold(text) : std::string_view()};
  } else {
    value.state = State::Several;
  }
}

/// What is no number stays several values, and its rule says so.
void SlotReader::add(std::uint32_t base, std::int32_t slot, std::string_view text) {
  Value& value = slots_[base + static_cast<std::uint32_t>(slot)];
  if (value.state != State::Text) return set(base, slot, State::Text, text);
  const auto before = model::Decimal::parse(value.text);
  const auto more = model::Decimal::parse(text);
  if (before && more) {
    if (const auto sum = model::add(*before, *more)) {
      value.text = held_.emplace_back(model::to_string(*sum));
      return;
    }
  }
  value.state = State::Several;
}

void SlotReader::null_below(std::int32_t trie, std::uint32_t base) {
  const TrieNode& here = program_->node(trie);
  if (here.slot != kNone &&
      slots_[base + static_cast<std::uint32_t>(here.slot)].state == State::Absent) {
    slots_[base + static_cast<std::uint32_t>(here.slot)].state = State::Null;
  }
  if (here.scope != kNone) finish_array({.scope = here.scope, .outer = base});
  for (const TrieNode::Member& member : here.members) null_below(member.node, base);
}

/// Escaped strings live only during the call that shows them.
std::string_view SlotReader::hold(std::string_view text) {
  const bool inside =
      !text.empty() && text.data() >= text_.data() && text.data() < text_.data() + text_.size();
  if (inside || text.empty() || !tree_.name.empty()) return text;
  return held_.emplace_back(text);
}

/// XML repeats a name where JSON has an array.
void SlotReader::walk(const document::Tree& tree, Node node) {
  for (auto child = tree.children.begin(); child != tree.children.end(); ++child) {
    const std::string_view name = local_name(child->name);
    const auto same = [name](const document::Tree& each) { return local_name(each.name) == name; };
    if (std::any_of(tree.children.begin(), child, same)) continue;
    const Node below = member(node, name);
    if (below.trie < 0) continue;
    const bool list = scoped(below);
    if (list && child->kind == document::Tree::Kind::Object &&
        !program_->node(below.trie).members.empty() &&
        std::count_if(child, tree.children.end(), same) == 1) {
      // Not a list itself: one is below it, and values are beside that.
      open(below, '{', 0);
      walk(*child, below);
      close(below, '{', 0, 0);
      continue;
    }
    if (list) open(below, '[', 0);
    std::size_t index = 0;
    for (auto each = child; each != tree.children.end(); ++each) {
      if (same(*each)) deliver(*each, list ? element(below, index++) : below);
    }
    if (list) close(below, '[', 0, index);
  }
}

void SlotReader::deliver(const document::Tree& tree, Node node) {
  if (tree.kind == document::Tree::Kind::Null) return scalar(node, 'n', {});
  if (tree.kind != document::Tree::Kind::Object) return scalar(node, '"', tree.text);
  const bool elements =
      std::any_of(tree.children.begin(), tree.children.end(),
                  [](const document::Tree& each) { return !each.name.starts_with('@'); });
  const std::int32_t slot = program_->node(node.trie).slot;
  if (slot != kNone) set(node.base, slot, elements ? State::Container : State::Text, tree.text);
  walk(tree, node);
  if (node.element) finish_element(open_.back());
}

}  // namespace channelbridge::mapping
