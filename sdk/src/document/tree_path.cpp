#include "channelbridge/document/tree_path.hpp"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

#include "channelbridge/document/xml_text.hpp"

namespace channelbridge::document {
namespace {

bool selected(const Tree& element, const Step& step) {
  return std::all_of(step.where.begin(), step.where.end(), [&](const auto& condition) {
    const Tree* member = element.find(condition.first);
    return member != nullptr && member->text == condition.second;
  });
}

void collect(const Tree& here, const Path& path, std::size_t depth, std::vector<std::string>& out) {
  const Step& step = path[depth];
  std::size_t index = 0;
  for (const Tree& child : here.children) {
    if (child.name != step.name) continue;
    const bool wanted = step.index == Step::kAny || step.index == index;
    ++index;
    if (!wanted || !selected(child, step)) continue;
    if (depth + 1 < path.size()) {
      collect(child, path, depth + 1, out);
    } else if (!child.text.empty()) {
      out.push_back(child.text);
    }
  }
}

Tree text_element(std::string name, std::string text) {
  return {.kind = Tree::Kind::Text, .name = std::move(name), .text = std::move(text)};
}

/// The flags of one block; nullopt = it says nothing.
std::optional<Tree> flags_of(const Tree& block, const ChangeFlags& rule) {
  if (rule.whole) return text_element(rule.flags, "X");
  Tree out{.kind = Tree::Kind::Object, .name = rule.flags};
  for (const Tree& each : block.children)
    if (!each.name.starts_with('@')) out.children.push_back(text_element(each.name, "X"));
  return out.children.empty() ? std::nullopt : std::optional(std::move(out));
}

void flag(Tree& here, const ChangeFlags& rule, std::size_t depth) {
  const Step& step = rule.block[depth];
  std::vector<Tree> made;
  for (Tree& child : here.children) {
    if (child.name != step.name || !selected(child, step)) continue;
    if (depth + 1 < rule.block.size())
      flag(child, rule, depth + 1);
    else if (auto flags = flags_of(child, rule))
      made.push_back(*std::move(flags));
  }
  for (Tree& each : made) here.children.push_back(std::move(each));
}

}  // namespace

std::vector<std::string> texts_at(const Tree& root, const Path& path) {
  std::vector<std::string> out;
  if (!path.empty()) collect(root, path, 0, out);
  return out;
}

std::string text_at(const Tree& root, const Path& path) {
  const std::vector<std::string> found = texts_at(root, path);
  const bool one = !found.empty() && std::all_of(found.begin(), found.end(), [&](const auto& each) {
    return each == found.front();
  });
  return one ? found.front() : std::string();
}

void put(Tree& root, const Path& path, std::string text) {
  Tree* here = &root;
  for (const Step& step : path) {
    here->kind = Tree::Kind::Object;
    auto found = std::find_if(here->children.begin(), here->children.end(), [&](const Tree& child) {
      return child.name == step.name && selected(child, step);
    });
    if (found == here->children.end()) {
      Tree made{.kind = Tree::Kind::Object, .name = step.name};
      for (const auto& [name, value] : step.where)
        made.children.push_back(text_element(name, value));
      here->children.push_back(std::move(made));
      found = std::prev(here->children.end());
    }
    here = &*found;
  }
  here->kind = Tree::Kind::Text;
  here->children.clear();
  here->text = std::move(text);
}

void set_flags(Tree& root, const std::vector<ChangeFlags>& flags) {
  for (const ChangeFlags& rule : flags)
    if (!rule.block.empty()) flag(root, rule, 0);
}

void append_xml(std::string& out, const Tree& tree) {
  out += '<' + tree.name;
  const bool inside = !tree.text.empty() ||
                      std::any_of(tree.children.begin(), tree.children.end(),
                                  [](const Tree& child) { return !child.name.starts_with('@'); });
  for (const Tree& child : tree.children) {
    if (!child.name.starts_with('@')) continue;
    out += ' ' + child.name.substr(1) + "=\"";
    append_xml_text(out, child.text, XmlPlace::Attribute);
    out += '"';
  }
  if (!inside) {
    out += "/>";
    return;
  }
  out += '>';
  append_xml_text(out, tree.text);
  for (const Tree& child : tree.children)
    if (!child.name.starts_with('@')) append_xml(out, child);
  out += "</" + tree.name + '>';
}

}  // namespace channelbridge::document
