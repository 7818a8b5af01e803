#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "message_internal.hpp"
#include "schema_path_internal.hpp"

namespace channelbridge::soap {

using document::Tree;

namespace {

bool is_attribute(const Tree& tree) { return tree.name.starts_with('@'); }

std::optional<ChildElement> child_named(const Element& element, std::string_view name) {
  for (const ChildElement& each : children_of(*element.type))
    if (each.element->name.local == name) return each;
  return std::nullopt;
}

bool takes_attribute(const Element& element, std::string_view name) {
  const auto& attributes = element.type->attributes;
  return std::any_of(attributes.begin(), attributes.end(),
                     [name](const Attribute& each) { return each.name.local == name.substr(1); });
}

/// What is written of an attribute stays; what is shown of one stays where the message has it.
void lay_attributes(const Element& message, const Tree& shown, const Tree& written, Tree& out) {
  for (const Tree& each : written.children)
    if (is_attribute(each)) out.children.push_back(each);
  for (const Tree& each : shown.children)
    if (is_attribute(each) && takes_attribute(message, each.name) &&
        written.find(each.name) == nullptr)
      out.children.push_back(each);
}

void lay_list(const ChildElement& place, const Tree& shown, const Tree& written, bool given,
              Tree& out) {
  const std::string& name = place.element->name.local;
  const bool whole = given || written.find(name) != nullptr;
  for (const Tree& each : (whole ? written : shown).children) {
    if (each.name != name || each.kind == Tree::Kind::Null) continue;
    out.children.push_back(whole ? each : laid_over(*place.element, each, Tree{}));
  }
}

void lay_one(const ChildElement& place, const Tree& shown, const Tree& written, Tree& out) {
  const Tree* now = shown.find(place.element->name.local);
  const Tree* then = written.find(place.element->name.local);
  if (now != nullptr && now->kind == Tree::Kind::Null) now = nullptr;
  if (now == nullptr && then == nullptr) return;
  if (now == nullptr || (then != nullptr && then->kind == Tree::Kind::Null))
    out.children.push_back(*then);
  else
    out.children.push_back(laid_over(*place.element, *now, then == nullptr ? Tree{} : *then));
}

}  // namespace

Tree laid_over(const Element& message, const Tree& shown, const Tree& written,
               const std::set<std::string>& given) {
  Tree out{.kind = Tree::Kind::Object, .name = shown.name.empty() ? written.name : shown.name};
  // An attribute alone says nothing of the text that it stands at; one that is emptied with it
  // does.
  const bool silent =
      written.text.empty() &&
      (written.kind == Tree::Kind::Null ||
       (!written.children.empty() &&
        std::all_of(written.children.begin(), written.children.end(), is_attribute) &&
        std::any_of(written.children.begin(), written.children.end(),
                    [](const Tree& each) { return !each.text.empty(); })));
  if (message.type->text) out.text = silent ? shown.text : written.text;
  lay_attributes(message, shown, written, out);
  for (const ChildElement& place : children_of(*message.type)) {
    if (place.repeats)
      lay_list(place, shown, written, given.contains(place.element->name.local), out);
    else
      lay_one(place, shown, written, out);
  }
  if (out.children.empty() && message.type->text) out.kind = Tree::Kind::Text;
  return out;
}

Tree renamed(Tree tree, const ElementNames& names) {
  // What stood under a name that another element takes now is something else.
  std::erase_if(tree.children, [&names](const Tree& child) {
    return !names.contains(child.name) &&
           std::any_of(names.begin(), names.end(),
                       [&child](const auto& each) { return each.second == child.name; });
  });
  for (Tree& child : tree.children)
    if (const auto other = names.find(child.name); other != names.end()) child.name = other->second;
  return tree;
}

Tree narrowed(const Element& message, Tree tree, const std::set<std::string>& lists) {
  for (Tree& row : tree.children) {
    const auto place =
        lists.contains(row.name) ? child_named(message, row.name) : std::optional<ChildElement>();
    if (!place) continue;
    std::erase_if(row.children, [&place](const Tree& each) {
      return !is_attribute(each) && !child_named(*place->element, each.name);
    });
  }
  return tree;
}

bool has_place(const Element& message, std::string_view name) {
  return child_named(message, name).has_value();
}

void share(const Element& message, Tree& tree, const std::string& attribute,
           const std::string& text) {
  if (text.empty() || tree.kind == Tree::Kind::Null) return;
  const bool wants = message.type->text && takes_attribute(message, attribute);
  if (wants && !tree.text.empty() && tree.find(attribute) == nullptr) {
    tree.children.push_back({.kind = Tree::Kind::Text, .name = attribute, .text = text});
    tree.kind = Tree::Kind::Object;
  }
  for (Tree& child : tree.children) {
    if (is_attribute(child)) continue;
    if (const auto place = child_named(message, child.name))
      share(*place->element, child, attribute, text);
  }
}

}  // namespace channelbridge::soap
