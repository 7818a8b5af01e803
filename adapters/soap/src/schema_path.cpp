#include "schema_path_internal.hpp"

#include <algorithm>

#include "channelbridge/core/nearest.hpp"

namespace channelbridge::soap {
namespace {

using Kind = Particle::Kind;

void collect(const Particle& particle, bool optional, bool repeats,
             std::vector<ChildElement>& out) {
  const bool may_miss = optional || particle.min == 0;
  const bool again = repeats || particle.max > 1;
  if (particle.kind == Kind::Element) {
    const auto known = std::find_if(out.begin(), out.end(), [&](const ChildElement& each) {
      return each.element->name == particle.element->name;
    });
    if (known == out.end())
      out.push_back({.element = particle.element, .required = !may_miss, .repeats = again});
    else
      known->repeats = true;
    return;
  }
  const bool choice = particle.kind == Kind::Choice && particle.parts.size() > 1;
  for (const Particle& part : particle.parts) collect(part, may_miss || choice, again, out);
}

bool has_wildcard(const Particle& particle) {
  return particle.kind == Kind::Any ||
         std::any_of(particle.parts.begin(), particle.parts.end(), has_wildcard);
}

bool is_open(const Type& type) {
  return type.anything || (type.content && has_wildcard(*type.content));
}

Problem unknown(std::string message, const std::string& name,
                const std::vector<std::string>& known) {
  return {.rule = "unknown_path",
          .message = std::move(message),
          .suggestion = nearest_word(name, known)};
}

const Attribute* attribute_of(const Type& type, std::string_view local) {
  const auto found =
      std::find_if(type.attributes.begin(), type.attributes.end(),
                   [local](const Attribute& each) { return each.name.local == local; });
  return found == type.attributes.end() ? nullptr : &*found;
}

std::optional<Problem> follow_attribute(const document::Step& step, Located& at) {
  const Type& type = *at.element->type;
  at.attribute = attribute_of(type, std::string_view(step.name).substr(1));
  if (at.attribute != nullptr) return std::nullopt;
  if (type.any_attribute || type.anything) {
    at.unknown = true;
    return std::nullopt;
  }
  std::vector<std::string> known;
  for (const Attribute& each : type.attributes) known.push_back('@' + each.name.local);
  return unknown("'" + at.element->name.local + "' has no attribute '" + step.name + "'", step.name,
                 known);
}

std::optional<Problem> follow(const document::Step& step, Located& at) {
  if (step.name.starts_with('@')) return follow_attribute(step, at);
  const Type& type = *at.element->type;
  const std::vector<ChildElement> children = children_of(type);
  const auto named = [&](std::string_view local) {
    return [local](const ChildElement& each) { return each.element->name.local == local; };
  };
  const auto found = std::find_if(children.begin(), children.end(), named(step.name));
  if (found == children.end()) {
    if (is_open(type)) {
      at.unknown = true;
      return std::nullopt;
    }
    std::vector<std::string> known;
    known.reserve(children.size());
    for (const ChildElement& each : children) known.push_back(each.element->name.local);
    return unknown("'" + at.element->name.local + "' has no element '" + step.name + "'", step.name,
                   known);
  }
  at.element = found->element;
  at.repeats = at.repeats || (found->repeats && !step.selects());
  for (const auto& [name, value] : step.where) {
    Located inner{.element = at.element};
    if (auto problem = follow({.name = name}, inner)) return problem;
  }
  return std::nullopt;
}

}  // namespace

std::vector<ChildElement> children_of(const Type& type) {
  std::vector<ChildElement> out;
  if (type.content) collect(*type.content, false, false, out);
  return out;
}

const TextType* Located::text() const {
  if (attribute != nullptr) return &attribute->type;
  if (unknown || element == nullptr || !element->type->text) return nullptr;
  return &*element->type->text;
}

LocateResult locate(const Element& root, const document::Path& path) {
  LocateResult out{.found = {.element = &root}};
  for (const document::Step& step : path) {
    out.problem = follow(step, out.found);
    if (out.problem || out.found.unknown) break;
  }
  return out;
}

}  // namespace channelbridge::soap
