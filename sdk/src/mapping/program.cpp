#include "program_internal.hpp"

#include <algorithm>

namespace channelbridge::mapping {

Program::Program() { new_scope(); }

std::int32_t Program::new_node() {
  nodes_.emplace_back();
  return static_cast<std::int32_t>(nodes_.size()) - 1;
}

std::int32_t Program::new_scope() {
  const std::int32_t root = new_node();
  scopes_.push_back({.root = root});
  return static_cast<std::int32_t>(scopes_.size()) - 1;
}

std::int32_t Program::member(std::int32_t at, std::string_view name) const {
  for (const TrieNode::Member& each : nodes_[index(at)].members) {
    if (each.name.size() == name.size() && each.name == name) return each.node;
  }
  return kNone;
}

std::int32_t Program::step(std::int32_t from, const std::string& name) {
  const std::int32_t known = member(from, name);
  if (known != kNone) return known;
  const std::int32_t created = new_node();
  nodes_[index(from)].members.push_back({.name = name, .node = created});
  return created;
}

std::int32_t Program::scope_of(std::int32_t node) {
  if (nodes_[index(node)].scope == kNone) {
    const std::int32_t created = new_scope();
    nodes_[index(node)].scope = created;
  }
  return nodes_[index(node)].scope;
}

std::int32_t Program::want(std::int32_t scope, const document::Path& path) {
  std::int32_t at = scopes_[index(scope)].root;
  for (std::size_t i = 0; i < path.size(); ++i) {
    const document::Step& step_here = path[i];
    if (step_here.name != ".") at = step(at, step_here.name);
    if (!step_here.selects()) continue;
    const std::int32_t inner = scope_of(at);
    std::vector<std::pair<std::int32_t, std::string>> where;
    for (const auto& [name, text] : step_here.where)
      where.emplace_back(want(inner, {{.name = name}}), text);
    const std::int32_t from =
        want(inner, document::Path(path.begin() + static_cast<std::ptrdiff_t>(i) + 1, path.end()));
    const std::int32_t to = scopes_[index(scope)].slots++;
    auto& consumers = scopes_[index(inner)].consumers;
    const auto same = std::find_if(consumers.begin(), consumers.end(), [&](const Consumer& each) {
      return each.list == kNone && each.where == where && each.index == step_here.index;
    });
    Consumer& target = same == consumers.end() ? consumers.emplace_back() : *same;
    target.where = std::move(where);
    target.index = step_here.index;
    target.copies.emplace_back(from, to);
    return to;
  }
  if (nodes_[index(at)].slot == kNone) nodes_[index(at)].slot = scopes_[index(scope)].slots++;
  return nodes_[index(at)].slot;
}

void Program::add_up(std::int32_t scope, const document::Path& path) {
  std::int32_t at = scopes_[index(scope)].root;
  for (const document::Step& each : path) at = step(at, each.name);
  nodes_[index(at)].adds_up = true;
}

std::int32_t Program::open(std::int32_t scope, const document::Path& path) {
  std::int32_t at = scopes_[index(scope)].root;
  for (std::size_t i = 0; i < path.size(); ++i) {
    const std::int32_t parent = at;
    at = step(at, path[i].name);
    const std::int32_t inner = scope_of(at);
    // OData V4 puts the link to the rest of an expanded list beside it.
    const std::int32_t mark = step(parent, path[i].name + "@odata.nextLink");
    nodes_[index(mark)].marks_partial = inner;
    if (i + 1 == path.size()) return inner;
    at = scopes_[index(inner)].root;
  }
  return scope;
}

}  // namespace channelbridge::mapping
