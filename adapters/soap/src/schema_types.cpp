#include <algorithm>
#include <charconv>

#include "builtin_internal.hpp"
#include "schema_reader_internal.hpp"

namespace channelbridge::soap {
namespace {

bool is_true(pugi::xml_node node, const char* attribute) {
  const std::string_view said = node.attribute(attribute).value();
  return said == "true" || said == "1";
}

std::optional<std::size_t> count_of(std::string_view text) {
  std::size_t out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return out;
}

bool is_group(std::string_view kind) {
  return kind == "sequence" || kind == "choice" || kind == "all" || kind == "group";
}

}  // namespace

const Type* SchemaReader::type(const QName& name, const SourceFile& file, pugi::xml_node node) {
  const Type* found = named_type(name);
  if (found == nullptr) unknown(file, node, "type", name, types_);
  return found;
}

Type* SchemaReader::named_type(const QName& name) {
  if (const auto made = out_->types_.find(name); made != out_->types_.end()) return made->second;
  const auto add = [&] {
    Type* type = out_->owned_types_.emplace_back(std::make_unique<Type>()).get();
    type->name = name;
    out_->types_.emplace(name, type);
    return type;
  };
  if (const auto global = types_.find(name); global != types_.end()) {
    Type* type = add();
    unfilled_.emplace(type, global->second);
    waiting_.push_back(type);
    return type;
  }
  if (name.space != kSchema) return nullptr;
  if (name.local == "anyType") {
    Type* type = add();
    *type = {.name = name, .complex = true, .mixed = true, .anything = true, .any_attribute = true};
    type->content = Particle{};
    type->content->parts.push_back({.kind = Particle::Kind::Any,
                                    .min = 0,
                                    .max = Particle::kUnbounded,
                                    .spaces = {"##any"},
                                    .process = Particle::Process::Lax});
    return type;
  }
  auto text = builtin_type(name.local);
  if (!text) return nullptr;
  Type* type = add();
  type->text = *std::move(text);
  return type;
}

Type* SchemaReader::anonymous_type(const Context& context, pugi::xml_node node) {
  Type* type = out_->owned_types_.emplace_back(std::make_unique<Type>()).get();
  unfilled_.emplace(type, Global{node, &context});
  waiting_.push_back(type);
  return type;
}

void SchemaReader::fill_waiting() {
  while (!waiting_.empty()) {
    Type* next = waiting_.front();
    waiting_.pop_front();
    fill(*next);
  }
}

void SchemaReader::fill(Type& type) {
  const auto found = unfilled_.find(&type);
  if (found == unfilled_.end()) return;
  const auto [node, context] = found->second;
  if (!filling_.insert(&type).second) return;
  if (local_of(node.name()) == "simpleType") {
    if (!type.name.empty()) open_texts_.insert(type.name);
    type.text = text_type(*context, node);
    if (!type.name.empty()) {
      open_texts_.erase(type.name);
      type.text->name = type.name;
    }
  } else {
    type.complex = true;
    type.abstract = is_true(node, "abstract");
    type.mixed = is_true(node, "mixed");
    fill_body(type, *context, node);
  }
  filling_.erase(&type);
  unfilled_.erase(&type);
}

void SchemaReader::fill_body(Type& type, const Context& context, pugi::xml_node node) {
  for (const pugi::xml_node child : elements_of(node)) {
    const std::string_view kind = local_of(child.name());
    if (kind == "simpleContent") {
      fill_simple_content(type, context, child);
    } else if (kind == "complexContent") {
      if (child.attribute("mixed")) type.mixed = is_true(child, "mixed");
      fill_complex_content(type, context, child);
    } else if (is_group(kind)) {
      auto own = particle(context, child);
      if (!own) continue;
      if (type.content) {  // behind the base's
        Particle both;
        both.parts.push_back(*std::move(type.content));
        both.parts.push_back(*std::move(own));
        type.content = std::move(both);
      } else {
        type.content = std::move(own);
      }
    } else if (kind == "attribute") {
      attribute(context, child, type);
    } else if (kind == "attributeGroup") {
      attribute_group(context, child, type);
    } else if (kind == "anyAttribute") {
      type.any_attribute = true;
    } else if (kind == "openContent" || kind == "assert") {
      problem(context, child, "unsupported",
              "xs:" + std::string(kind) + " is of XSD 1.1 and not supported by this driver");
    }
  }
}

const Type* SchemaReader::filled_base(const Context& context, pugi::xml_node node) {
  const auto name = named(context, node, "base");
  if (!name) return nullptr;
  const Type* found = type(*name, *context.file, node);
  if (found == nullptr) return nullptr;
  if (filling_.contains(found)) {
    problem(context, node, "circle", "the type '" + to_string(*name) + "' is its own base");
    return nullptr;
  }
  fill(*out_->types_.at(*name));
  return found;
}

void SchemaReader::fill_simple_content(Type& type, const Context& context, pugi::xml_node node) {
  for (const pugi::xml_node child : elements_of(node)) {
    const std::string_view kind = local_of(child.name());
    if (kind != "extension" && kind != "restriction") continue;
    const Type* base = filled_base(context, child);
    if (base == nullptr) return;
    if (!base->text) {
      problem(context, child, "base", "'" + to_string(base->name) + "' is not the type of a text");
      return;
    }
    type.base = base;
    type.text = base->text;
    type.attributes = base->attributes;
    type.any_attribute = base->any_attribute;
    if (kind == "restriction") facets(context, child, *type.text);
    fill_body(type, context, child);
  }
}

void SchemaReader::fill_complex_content(Type& type, const Context& context, pugi::xml_node node) {
  for (const pugi::xml_node child : elements_of(node)) {
    const std::string_view kind = local_of(child.name());
    if (kind != "extension" && kind != "restriction") continue;
    const Type* base = filled_base(context, child);
    if (base == nullptr) return;
    if (!base->complex) {
      problem(context, child, "base", "'" + to_string(base->name) + "' is no complex type");
      return;
    }
    type.base = base;
    if (!base->anything) {
      type.attributes = base->attributes;
      type.any_attribute = kind == "extension" && base->any_attribute;
      if (kind == "extension") {
        type.content = base->content;
        type.text = base->text;
        type.mixed = type.mixed || base->mixed;
      }
    }
    fill_body(type, context, child);
  }
}

void SchemaReader::occurrence(const Context& context, pugi::xml_node node, Particle& out) {
  const pugi::xml_attribute least = node.attribute("minOccurs");
  const pugi::xml_attribute most = node.attribute("maxOccurs");
  const auto min = least ? count_of(least.value()) : std::optional<std::size_t>(1);
  const auto max = !most                                           ? std::optional<std::size_t>(1)
                   : std::string_view(most.value()) == "unbounded" ? Particle::kUnbounded
                                                                   : count_of(most.value());
  if (!min || !max || *min > *max)
    return problem(context, node, "occurrence", "minOccurs and maxOccurs are no range");
  out.min = *min;
  out.max = *max;
}

std::optional<Particle> SchemaReader::particle(const Context& context, pugi::xml_node node) {
  const std::string_view kind = local_of(node.name());
  Particle out;
  if (kind == "element") {
    out.kind = Particle::Kind::Element;
    occurrence(context, node, out);
    out.element = local_element(context, node);
    if (out.element == nullptr || out.max == 0) return std::nullopt;
    return out;
  }
  if (kind == "any") return wildcard(context, node);
  if (kind == "group") {
    const auto name = named(context, node, "ref");
    if (!name) return std::nullopt;
    const auto global = groups_.find(*name);
    if (global == groups_.end()) {
      unknown(*context.file, node, "group", *name, groups_);
      return std::nullopt;
    }
    if (!open_groups_.insert(*name).second) {
      problem(context, node, "circle", "the group '" + to_string(*name) + "' holds itself");
      return std::nullopt;
    }
    std::optional<Particle> inside;
    for (const pugi::xml_node child : elements_of(global->second.node))
      if (is_group(local_of(child.name()))) inside = particle(*global->second.context, child);
    open_groups_.erase(*name);
    if (!inside) return std::nullopt;
    occurrence(context, node, out);
    out.parts.push_back(*std::move(inside));
    return out;
  }
  if (!is_group(kind)) return std::nullopt;  // annotations
  out.kind = kind == "choice" ? Particle::Kind::Choice
             : kind == "all"  ? Particle::Kind::All
                              : Particle::Kind::Sequence;
  occurrence(context, node, out);
  for (const pugi::xml_node child : elements_of(node))
    if (auto part = particle(context, child)) out.parts.push_back(*std::move(part));
  if (out.max == 0) return std::nullopt;
  return out;
}

Particle SchemaReader::wildcard(const Context& context, pugi::xml_node node) {
  Particle out{.kind = Particle::Kind::Any};
  occurrence(context, node, out);
  const std::string_view process = node.attribute("processContents").value();
  out.process = process == "lax"    ? Particle::Process::Lax
                : process == "skip" ? Particle::Process::Skip
                                    : Particle::Process::Strict;
  for (const std::string_view word : words_of(node.attribute("namespace").value())) {
    if (word == "##targetNamespace") {
      out.spaces.push_back(context.target);
    } else if (word == "##local") {
      out.spaces.emplace_back();
    } else {
      out.spaces.emplace_back(word);
    }
  }
  if (out.spaces.empty()) out.spaces.emplace_back("##any");
  out.other_than = context.target;
  return out;
}

void SchemaReader::attribute(const Context& context, pugi::xml_node node, Type& type) {
  Attribute out;
  pugi::xml_node declared = node;
  const Context* home = &context;
  if (node.attribute("ref")) {
    const auto name = named(context, node, "ref");
    if (!name) return;
    out.name = *name;
    if (name->space == kXml) {  // xml:lang and the like need no schema
      out.type = *builtin_type("string");
    } else {
      const auto global = attributes_.find(*name);
      if (global == attributes_.end())
        return unknown(*context.file, node, "attribute", *name, attributes_);
      declared = global->second.node;
      home = global->second.context;
    }
  } else {
    out.name.local = node.attribute("name").value();
    const std::string_view form = node.attribute("form").value();
    if (form == "qualified" || (form.empty() && context.qualified_attributes))
      out.name.space = context.target;
  }
  const std::string_view use = node.attribute("use").value();
  std::erase_if(type.attributes, [&](const Attribute& each) { return each.name == out.name; });
  if (use == "prohibited") return;
  out.required = use == "required";
  if (out.name.space != kXml || declared != node) out.type = text_type(*home, declared);
  const pugi::xml_attribute fixed =
      node.attribute("fixed") ? node.attribute("fixed") : declared.attribute("fixed");
  if (fixed) out.fixed = fixed.value();
  type.attributes.push_back(std::move(out));
}

void SchemaReader::attribute_group(const Context& context, pugi::xml_node node, Type& type) {
  const auto name = named(context, node, "ref");
  if (!name) return;
  const auto global = attribute_groups_.find(*name);
  if (global == attribute_groups_.end())
    return unknown(*context.file, node, "attributeGroup", *name, attribute_groups_);
  if (!open_groups_.insert(*name).second)
    return problem(context, node, "circle", "the group '" + to_string(*name) + "' holds itself");
  fill_body(type, *global->second.context, global->second.node);
  open_groups_.erase(*name);
}

TextType SchemaReader::text_named(const Context& context, pugi::xml_node node, const QName& name) {
  if (const auto global = types_.find(name); global != types_.end()) {
    if (!open_texts_.insert(name).second) {
      problem(context, node, "circle", "the type '" + to_string(name) + "' is its own base");
      return *builtin_type("string");
    }
    TextType out = local_of(global->second.node.name()) == "simpleType"
                       ? text_type(*global->second.context, global->second.node)
                       : *builtin_type("string");
    if (local_of(global->second.node.name()) != "simpleType")
      problem(context, node, "base", "'" + to_string(name) + "' is not the type of a text");
    open_texts_.erase(name);
    out.name = name;
    return out;
  }
  if (name.space == kSchema)
    if (auto known = builtin_type(name.local)) return *std::move(known);
  unknown(*context.file, node, "type", name, types_);
  return *builtin_type("string");
}

/// Of a simpleType, or of what names one: an attribute, the item of a list.
TextType SchemaReader::text_type(const Context& context, pugi::xml_node node) {
  if (node.attribute("type")) {
    const auto name = named(context, node, "type");
    return name ? text_named(context, node, *name) : *builtin_type("string");
  }
  for (const pugi::xml_node child : elements_of(node)) {
    const std::string_view kind = local_of(child.name());
    if (kind == "simpleType") return text_type(context, child);
    if (kind == "restriction") {
      TextType out;
      if (child.attribute("base")) {
        const auto name = named(context, child, "base");
        out = name ? text_named(context, child, *name) : *builtin_type("string");
      }
      facets(context, child, out);
      out.name = {};
      return out;
    }
    if (kind == "list") {
      TextType out{.variety = TextType::Variety::List};
      out.facets.collapse = true;
      if (child.attribute("itemType")) {
        const auto name = named(context, child, "itemType");
        out.members.push_back(name ? text_named(context, child, *name) : *builtin_type("string"));
      } else {
        out.members.push_back(text_type(context, child));
      }
      return out;
    }
    if (kind == "union") {
      TextType out{.variety = TextType::Variety::Union};
      for (const std::string_view word : words_of(child.attribute("memberTypes").value())) {
        auto name = resolve(child, word);
        if (!name) {
          problem(context, child, "unbound_prefix",
                  "the prefix of '" + std::string(word) + "' is not bound");
          continue;
        }
        if (context.lent && name->space.empty()) name->space = context.target;
        out.members.push_back(text_named(context, child, *name));
      }
      for (const pugi::xml_node member : elements_of(child))
        if (local_of(member.name()) == "simpleType")
          out.members.push_back(text_type(context, member));
      return out;
    }
  }
  return *builtin_type("anySimpleType");
}

void SchemaReader::facets(const Context& context, pugi::xml_node restriction, TextType& out) {
  std::vector<std::string> values;
  std::vector<std::string> patterns;
  Facets& facets = out.facets;
  for (const pugi::xml_node node : elements_of(restriction)) {
    const std::string_view kind = local_of(node.name());
    const std::string value = node.attribute("value").value();
    const auto put_count = [&](std::optional<std::size_t>& place) {
      place = count_of(trimmed(value));
      if (!place) problem(context, node, "facet", std::string(kind) + " is no count");
    };
    if (kind == "simpleType") {
      out = text_type(context, node);
    } else if (kind == "length") {
      put_count(facets.length);
    } else if (kind == "minLength") {
      put_count(facets.min_length);
    } else if (kind == "maxLength") {
      put_count(facets.max_length);
    } else if (kind == "totalDigits") {
      put_count(facets.total_digits);
    } else if (kind == "fractionDigits") {
      put_count(facets.fraction_digits);
    } else if (kind == "minInclusive") {
      facets.min_inclusive = std::string(trimmed(value));
    } else if (kind == "maxInclusive") {
      facets.max_inclusive = std::string(trimmed(value));
    } else if (kind == "minExclusive") {
      facets.min_exclusive = std::string(trimmed(value));
    } else if (kind == "maxExclusive") {
      facets.max_exclusive = std::string(trimmed(value));
    } else if (kind == "enumeration") {
      values.push_back(value);
    } else if (kind == "pattern") {
      patterns.push_back(value);
    } else if (kind == "whiteSpace") {
      facets.collapse = value == "collapse";
    }
  }
  if (!values.empty()) facets.enumeration = std::move(values);
  if (!patterns.empty()) facets.patterns.push_back(std::move(patterns));
}

}  // namespace channelbridge::soap
