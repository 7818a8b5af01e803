#include "node_path_internal.hpp"

#include <algorithm>
#include <iterator>

#include "xml_internal.hpp"

namespace channelbridge::soap {
namespace {

using document::Path;
using document::Step;
using document::Tree;

std::string attribute_of(const Node& node, std::string_view name) {
  name.remove_prefix(1);
  for (const auto& [known, value] : node.attributes)
    if (known.local == name) return value;
  return {};
}

std::string member_of(const Node& node, const std::string& name) {
  if (name.starts_with('@')) return attribute_of(node, name);
  const Node* child = node.find(name);
  return child == nullptr ? std::string() : std::string(trimmed(child->text));
}

bool selected(const Node& node, const Step& step) {
  return std::all_of(step.where.begin(), step.where.end(), [&node](const auto& condition) {
    return member_of(node, condition.first) == condition.second;
  });
}

bool selected(const Tree& tree, const Step& step) {
  return std::all_of(step.where.begin(), step.where.end(), [&tree](const auto& condition) {
    const Tree* member = tree.find(condition.first);
    return member != nullptr && member->text == condition.second;
  });
}

void collect(const Node& here, const Path& path, std::size_t depth, std::vector<const Node*>& out) {
  if (depth == path.size()) {
    out.push_back(&here);
    return;
  }
  const Step& step = path[depth];
  std::size_t index = 0;
  for (const Node& child : here.children) {
    if (child.name.local != step.name) continue;
    const bool wanted = step.index == Step::kAny || step.index == index;
    ++index;
    if (wanted && selected(child, step)) collect(child, path, depth + 1, out);
  }
}

bool holds(const Condition& condition, const Node& root) {
  const std::vector<std::string> texts = texts_at(root, condition.place.path);
  const bool one_of = std::any_of(texts.begin(), texts.end(), [&](const std::string& text) {
    return std::find(condition.values.begin(), condition.values.end(), text) !=
           condition.values.end();
  });
  switch (condition.kind) {
    case Condition::Kind::Any:
      return !texts.empty();
    case Condition::Kind::None:
      return texts.empty();
    case Condition::Kind::Is:
      return one_of;
    case Condition::Kind::IsNot:
      break;
  }
  return !one_of;
}

}  // namespace

std::vector<const Node*> nodes_at(const Node& root, const Path& path) {
  std::vector<const Node*> out;
  collect(root, path, 0, out);
  return out;
}

std::vector<std::string> texts_at(const Node& root, const Path& path) {
  const bool attribute = !path.empty() && path.back().name.starts_with('@');
  const Path elements(path.begin(), attribute ? std::prev(path.end()) : path.end());
  std::vector<std::string> out;
  for (const Node* node : nodes_at(root, elements)) {
    std::string text =
        attribute ? attribute_of(*node, path.back().name) : std::string(trimmed(node->text));
    if (!text.empty()) out.push_back(std::move(text));
  }
  return out;
}

std::string text_at(const Node& root, const Path& path) {
  const std::vector<std::string> found = texts_at(root, path);
  const bool one = !found.empty() &&
                   std::all_of(found.begin(), found.end(),
                               [&found](const std::string& each) { return each == found.front(); });
  return one ? found.front() : std::string();
}

std::string key_at(const Node& root, const std::vector<Place>& paths) {
  std::string out;
  for (const Place& place : paths) {
    const std::string part = text_at(root, place.path);
    if (part.empty() || (paths.size() > 1 && part.find(',') != std::string::npos)) return {};
    out += (out.empty() ? "" : ",") + part;
  }
  return out;
}

std::vector<std::string> split_key(std::string_view key, std::size_t parts) {
  std::vector<std::string> out;
  if (parts == 1) return {std::string(key)};  // it may have a ',' of its own
  for (std::size_t begin = 0; begin <= key.size();) {
    const std::size_t end = std::min(key.find(',', begin), key.size());
    out.emplace_back(key.substr(begin, end - begin));
    begin = end + 1;
  }
  if (out.size() != parts) out.clear();
  return out;
}

bool hold(const Conditions& conditions, const Node& root) {
  return std::all_of(conditions.begin(), conditions.end(),
                     [&root](const Condition& each) { return holds(each, root); });
}

Tree& element_at(Tree& root, const Path& path) {
  Tree* here = &root;
  for (const Step& step : path) {
    here->kind = Tree::Kind::Object;
    auto found = std::find_if(here->children.begin(), here->children.end(), [&](const Tree& child) {
      return child.name == step.name && selected(child, step);
    });
    if (found == here->children.end()) {
      Tree made{.kind = Tree::Kind::Object, .name = step.name};
      for (const auto& [name, value] : step.where)
        made.children.push_back({.kind = Tree::Kind::Text, .name = name, .text = value});
      here->children.push_back(std::move(made));
      found = std::prev(here->children.end());
    }
    here = &*found;
  }
  return *here;
}

void put_texts(Tree& root, const std::vector<TextAt>& texts, const Values& values,
               const TimeZone& zone) {
  for (const TextAt& each : texts) {
    if (each.null) {
      element_at(root, each.place.path).kind = Tree::Kind::Null;
      continue;
    }
    auto text = each.text.expand(values, each.form, zone);
    if (!text) continue;
    Tree& leaf = element_at(root, each.place.path);
    leaf.text = *std::move(text);
    leaf.kind = leaf.children.empty() ? Tree::Kind::Text : Tree::Kind::Object;
  }
}

}  // namespace channelbridge::soap
