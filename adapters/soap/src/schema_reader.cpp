#include "schema_reader_internal.hpp"

#include "builtin_internal.hpp"
#include "channelbridge/core/nearest.hpp"

namespace channelbridge::soap {
namespace {

bool qualified(pugi::xml_node node, const char* attribute, bool otherwise) {
  const std::string_view form = node.attribute(attribute).value();
  return form.empty() ? otherwise : form == "qualified";
}

}  // namespace

void SchemaReader::problem(const Context& context, pugi::xml_node node, std::string rule,
                           std::string message, std::string suggestion) {
  files_.problem(*context.file, node, std::move(rule), std::move(message), std::move(suggestion));
}

void SchemaReader::add(const SourceFile& file, pugi::xml_node schema, const std::string* target) {
  Context context{.file = &file,
                  .target = schema.attribute("targetNamespace").value(),
                  .qualified_elements = qualified(schema, "elementFormDefault", false),
                  .qualified_attributes = qualified(schema, "attributeFormDefault", false)};
  if (target != nullptr && context.target.empty()) {
    context.target = *target;
    context.lent = true;
  }
  spaces_.insert(context.target);
  const Context& kept = contexts_.emplace_back(std::move(context));
  for (const pugi::xml_node node : elements_of(schema)) index(kept, node);
}

void SchemaReader::index(const Context& context, pugi::xml_node node) {
  const std::string_view kind = local_of(node.name());
  if (kind == "import" || kind == "include") return follow(context, node, kind == "include");
  if (kind == "redefine" || kind == "override")
    return problem(context, node, "unsupported",
                   "xs:" + std::string(kind) + " is not supported by this driver");
  Index* index = kind == "element"                               ? &elements_
                 : kind == "complexType" || kind == "simpleType" ? &types_
                 : kind == "group"                               ? &groups_
                 : kind == "attribute"                           ? &attributes_
                 : kind == "attributeGroup"                      ? &attribute_groups_
                                                                 : nullptr;
  if (index == nullptr) return;
  const QName name{.space = context.target, .local = node.attribute("name").value()};
  if (name.empty())
    return problem(context, node, "name", "xs:" + std::string(kind) + " has no name");
  if (!index->emplace(name, Global{node, &context}).second)
    problem(context, node, "twice", "'" + to_string(name) + "' is declared twice");
}

void SchemaReader::follow(const Context& context, pugi::xml_node node, bool include) {
  const std::string_view location = node.attribute("schemaLocation").value();
  if (location.empty()) return;  // of a schema that is here anyway, or never used
  bool again = false;
  const SourceFile* file = files_.import(*context.file, node, location, again);
  if (file == nullptr) return;
  const pugi::xml_node schema = file->document.document_element();
  if (!is(schema, kSchema, "schema"))
    return problem(context, node, "no_schema", "'" + file->name + "' is no XML schema");
  const std::string own = schema.attribute("targetNamespace").value();
  const std::string wanted = include ? context.target : node.attribute("namespace").value();
  if (own != wanted && !(include && own.empty()))
    return problem(context, node, "namespace",
                   "'" + file->name + "' has the namespace '" + own + "', not '" + wanted + "'");
  const bool lend = include && own.empty() && !context.target.empty();
  if (!seen_.emplace(file, lend ? context.target : std::string()).second) return;
  const std::string target = context.target;
  add(*file, schema, lend ? &target : nullptr);
}

std::optional<QName> SchemaReader::named(const Context& context, pugi::xml_node node,
                                         const char* attribute) {
  const std::string_view text = node.attribute(attribute).value();
  auto name = resolve(node, text);
  if (!name) {
    problem(context, node, "unbound_prefix",
            "the prefix of '" + std::string(text) + "' is not bound");
    return std::nullopt;
  }
  if (context.lent && name->space.empty()) name->space = context.target;
  return name;
}

void SchemaReader::unknown(const SourceFile& file, pugi::xml_node node, std::string_view what,
                           const QName& name, const Index& known) {
  std::vector<std::string> locals =
      name.space == kSchema && &known == &types_ ? builtin_names() : std::vector<std::string>();
  std::string elsewhere;
  for (const auto& [each, global] : known) {
    if (each.space == name.space) locals.push_back(each.local);
    if (each.local == name.local) elsewhere = to_string(each);
  }
  std::string message = "there is no " + std::string(what) + " '" + to_string(name) + "'";
  if (!spaces_.contains(name.space) && name.space != kSchema)
    message += ": no schema of that namespace is here";
  const std::string near = nearest_word(name.local, locals);
  files_.problem(file, node, "unknown_" + std::string(what), std::move(message),
                 near.empty() ? elsewhere : near);
}

const Element* SchemaReader::element(const QName& name, const SourceFile& file,
                                     pugi::xml_node node) {
  const Element* found = global_element(name);
  if (found == nullptr) unknown(file, node, "element", name, elements_);
  return found;
}

const Element* SchemaReader::global_element(const QName& name) {
  if (const auto made = out_->elements_.find(name); made != out_->elements_.end())
    return made->second;
  const auto global = elements_.find(name);
  if (global == elements_.end()) return nullptr;
  Element* element = out_->owned_elements_.emplace_back(std::make_unique<Element>()).get();
  out_->elements_.emplace(name, element);
  element->name = name;
  fill(*element, *global->second.context, global->second.node);
  return element;
}

const Element* SchemaReader::local_element(const Context& context, pugi::xml_node node) {
  if (node.attribute("ref")) {
    const auto name = named(context, node, "ref");
    return name ? element(*name, *context.file, node) : nullptr;
  }
  Element* element = out_->owned_elements_.emplace_back(std::make_unique<Element>()).get();
  element->name.local = node.attribute("name").value();
  if (element->name.empty()) problem(context, node, "name", "xs:element has no name");
  if (qualified(node, "form", context.qualified_elements)) element->name.space = context.target;
  fill(*element, context, node);
  return element;
}

void SchemaReader::fill(Element& out, const Context& context, pugi::xml_node node) {
  out.file = context.file->name;
  out.line = context.file->line_of(node);
  const auto is_true = [node](const char* name) {
    const std::string_view said = node.attribute(name).value();
    return said == "true" || said == "1";
  };
  out.nillable = is_true("nillable");
  out.abstract = is_true("abstract");
  if (node.attribute("fixed")) out.fixed = node.attribute("fixed").value();
  if (node.attribute("type")) {
    if (const auto name = named(context, node, "type")) out.type = type(*name, *context.file, node);
  } else {
    for (const pugi::xml_node child : elements_of(node)) {
      const std::string_view kind = local_of(child.name());
      if (kind == "complexType" || kind == "simpleType") out.type = anonymous_type(context, child);
    }
  }
  if (out.type == nullptr) out.type = named_type({std::string(kSchema), "anyType"});
}

const Element* SchemaReader::wrapper(QName name,
                                     const std::vector<std::pair<std::string, const Type*>>& parts,
                                     const SourceFile& file, pugi::xml_node node) {
  Type* type = out_->owned_types_.emplace_back(std::make_unique<Type>()).get();
  type->complex = true;
  Particle content;
  for (const auto& [part, part_type] : parts) {
    Element* child = out_->owned_elements_.emplace_back(std::make_unique<Element>()).get();
    *child = {.name = {.local = part}, .type = part_type, .file = file.name};
    child->line = file.line_of(node);
    content.parts.push_back({.kind = Particle::Kind::Element, .element = child});
  }
  if (!parts.empty()) type->content = std::move(content);
  Element* element = out_->owned_elements_.emplace_back(std::make_unique<Element>()).get();
  *element = {.name = std::move(name), .type = type, .file = file.name};
  element->line = file.line_of(node);
  return element;
}

std::shared_ptr<const Schema> SchemaReader::finish() {
  for (const auto& [name, global] : types_) named_type(name);
  for (const auto& [name, global] : elements_) global_element(name);
  fill_waiting();
  return out_;
}

}  // namespace channelbridge::soap
