#include "element_writer_internal.hpp"

#include <algorithm>

#include "channelbridge/core/nearest.hpp"
#include "channelbridge/core/shown.hpp"
#include "channelbridge/document/xml_text.hpp"
#include "xml_internal.hpp"

namespace channelbridge::soap {

using document::append_xml_text;
using document::Tree;
using document::XmlPlace;

namespace {

constexpr std::string_view kTypeName = "@xsi:type";

bool has_elements(const Tree& tree) {
  return std::any_of(tree.children.begin(), tree.children.end(),
                     [](const Tree& child) { return !child.name.starts_with('@'); });
}

}  // namespace

void ElementWriter::problem(const std::string& path, std::string rule, std::string message,
                            std::string suggestion) {
  problems_.push_back({.path = path,
                       .rule = std::move(rule),
                       .message = std::move(message),
                       .suggestion = std::move(suggestion)});
}

std::string ElementWriter::prefix(const std::string& space) {
  if (space == kXml) return "xml";
  const auto known = prefixes_.find(space);
  if (known != prefixes_.end()) return known->second;
  return prefixes_.emplace(space, 'n' + std::to_string(prefixes_.size())).first->second;
}

std::string ElementWriter::qualified(const QName& name) {
  return name.space.empty() ? name.local : prefix(name.space) + ':' + name.local;
}

std::string ElementWriter::write(const Element& declared, const Tree& tree, const std::string& path,
                                 std::string_view attributes) {
  out_.clear();
  prefixes_.clear();
  instance_ = false;
  element(declared, tree, path);
  std::string spaces;
  for (const auto& [space, name] : prefixes_) {
    spaces += " xmlns:" + name + "=\"";
    append_xml_text(spaces, space, XmlPlace::Attribute);
    spaces += '"';
  }
  if (instance_) spaces += " xmlns:xsi=\"" + std::string(kInstance) + '"';
  spaces += attributes;
  const std::size_t name_end = out_.find_first_of(" />", 1);
  if (name_end != std::string::npos) out_.insert(name_end, spaces);
  return std::move(out_);
}

bool ElementWriter::means_null(const Element& declared, const Tree& tree) const {
  if (tree.kind == Tree::Kind::Null) return true;
  return empty_ == Empty::Null && tree.text.empty() && !has_elements(tree) && declared.type->text &&
         !takes_empty(*declared.type->text);
}

void ElementWriter::element(const Element& declared, const Tree& tree, const std::string& path) {
  if (declared.abstract)
    return problem(path, "abstract", "is abstract: substitution groups are not supported");
  const Type* type = type_of(declared, tree, path);
  if (type == nullptr) return;
  if (tree.kind == Tree::Kind::Array)
    return problem(path, "shape", "is an array, where XML repeats the element");
  const std::string name = qualified(declared.name);
  out_ += '<' + name;
  if (type != declared.type && !type->name.empty()) {
    out_ += " xsi:type=\"" + qualified(type->name) + '"';
    instance_ = true;
  }
  attributes(*type, tree, path);
  if (means_null(declared, tree)) return nil(declared, tree, path);
  const std::size_t start = out_.size();
  out_ += '>';
  inside(declared, *type, tree, path);
  if (out_.size() == start + 1) {
    out_.resize(start);
    out_ += "/>";
  } else {
    out_ += "</" + name + '>';
  }
}

void ElementWriter::nil(const Element& declared, const Tree& tree, const std::string& path) {
  if (!declared.nillable)
    problem(path, "nil", "is null, and the schema does not allow that here");
  else if (has_elements(tree) || !tree.text.empty())
    problem(path, "nil", "is null and has content");
  instance_ = true;
  out_ += " xsi:nil=\"true\"/>";
}

const Type* ElementWriter::type_of(const Element& declared, const Tree& tree,
                                   const std::string& path) {
  const Type* type = declared.type;
  if (const Tree* said = tree.find(kTypeName)) {
    QName name = parse_qname(said->text);
    const bool in_space = said->text.starts_with('{');
    std::vector<std::string> known;
    const Type* found = nullptr;
    for (const QName& each : schema_.types()) {
      const Type* candidate = schema_.type(each);
      if (!Schema::derives(*candidate, *declared.type)) continue;
      known.push_back(each.local);
      const bool better = each.space == declared.type->name.space;
      if (in_space ? each == name : each.local == name.local && (found == nullptr || better))
        found = candidate;
    }
    if (found == nullptr && name.space == kSchema && declared.type->anything)
      found = schema_.type(name);
    if (found == nullptr) {
      problem(path + '/' + std::string(kTypeName), "type",
              "names no type that is made from '" + to_string(declared.type->name) + "'",
              nearest_word(name.local, known));
      return nullptr;
    }
    type = found;
  }
  if (type->abstract) {
    problem(path, "abstract",
            "its type '" + to_string(type->name) + "' is abstract: @xsi:type is asked for");
    return nullptr;
  }
  return type;
}

void ElementWriter::attributes(const Type& type, const Tree& tree, const std::string& path) {
  std::vector<const Attribute*> seen;
  for (const Tree& child : tree.children) {
    if (!child.name.starts_with('@') || child.name == kTypeName || child.name == "@xsi:nil")
      continue;
    QName name = parse_qname(std::string_view(child.name).substr(1));
    if (prefix_of(name.local) == "xml" && name.space.empty())
      name = {std::string(kXml), std::string(local_of(name.local))};
    const bool in_space = !name.space.empty();
    const auto found =
        std::find_if(type.attributes.begin(), type.attributes.end(), [&](const Attribute& each) {
          return each.name.local == name.local && (!in_space || each.name.space == name.space);
        });
    const std::string here = path + "/@" + name.local;
    if (found == type.attributes.end() && (!type.any_attribute || !is_name(name.local))) {
      std::vector<std::string> known;
      for (const Attribute& each : type.attributes) known.push_back('@' + each.name.local);
      problem(here, "unknown", "the schema has no such attribute here",
              nearest_word('@' + name.local, known));
      continue;
    }
    if (found != type.attributes.end()) {
      if (std::find(seen.begin(), seen.end(), &*found) != seen.end()) {
        problem(here, "too_many", "is there twice");
        continue;
      }
      seen.push_back(&*found);
      name = found->name;
      if (found->fixed && *found->fixed != child.text)
        problem(here, "fixed", "has another value than the only one allowed", *found->fixed);
    }
    out_ += ' ' + qualified(name) + "=\"";
    text(found == type.attributes.end() ? TextType{.primitive = Primitive::Any} : found->type,
         child.text, here, true);
    out_ += '"';
  }
  for (const Attribute& each : type.attributes) {
    if (each.required && std::find(seen.begin(), seen.end(), &each) == seen.end())
      problem(path + "/@" + each.name.local, "missing", "is missing");
  }
}

void ElementWriter::text(const TextType& type, const std::string& value, const std::string& path,
                         bool in_attribute) {
  const auto quoted = [&] { return show_ ? '\'' + shown(value, 60) + "' " : std::string(); };
  if (!document::fits_xml(value))
    return problem(path, "xml", "holds a control character, which XML 1.0 cannot carry");
  if (auto fault = check_text(type, value))
    problem(path, fault->rule, quoted() + fault->message, std::move(fault->suggestion));
  if (type.primitive == Primitive::QName && type.variety == TextType::Variety::Atomic) {
    if (value.find(':') != std::string::npos && !value.starts_with('{'))
      problem(path, "type", quoted() + "has a prefix, which nothing binds: write '{urn:x}Name'");
    out_ += qualified(parse_qname(value));
    return;
  }
  append_xml_text(out_, value, in_attribute ? XmlPlace::Attribute : XmlPlace::Content);
}

void ElementWriter::inside(const Element& declared, const Type& type, const Tree& tree,
                           const std::string& path) {
  if (type.text) {
    if (has_elements(tree)) problem(path, "shape", "has elements, where the schema has a text");
    if (declared.fixed && *declared.fixed != tree.text)
      problem(path, "fixed", "has another value than the only one allowed", *declared.fixed);
    return text(*type.text, tree.text, path, false);
  }
  if (!trimmed(tree.text).empty()) {
    if (type.mixed)
      text(TextType{.primitive = Primitive::Any}, tree.text, path, false);
    else
      problem(path, "shape", "has a text, where the schema has elements");
  }
  if (type.anything) {
    for (const Tree& child : tree.children)
      if (!child.name.starts_with('@'))
        undeclared(parse_qname(child.name), child, path + '/' + parse_qname(child.name).local);
    return;
  }
  const Particle none;
  const auto left_out = [this](const Element& child, const Tree& said) {
    return empty_ == Empty::Null && !child.nillable && means_null(child, said);
  };
  for (const Placed& placed :
       arrange(schema_, type.content ? *type.content : none, tree, path, left_out, problems_)) {
    if (placed.element != nullptr)
      element(*placed.element, *placed.tree, placed.path);
    else
      undeclared(placed.name, *placed.tree, placed.path);
  }
}

/// Of a wildcard: as it comes; what is below it is in its namespace.
void ElementWriter::undeclared(const QName& name, const Tree& tree, const std::string& path) {
  if (!is_name(name.local)) return problem(path, "name", "is no name of an element");
  const std::string written = qualified(name);
  out_ += '<' + written;
  Type anything;
  anything.any_attribute = true;
  attributes(anything, tree, path);
  if (tree.kind == Tree::Kind::Null) {
    instance_ = true;
    out_ += " xsi:nil=\"true\"/>";
    return;
  }
  out_ += '>';
  text(TextType{.primitive = Primitive::Any}, tree.text, path, false);
  for (const Tree& child : tree.children) {
    if (child.name.starts_with('@')) continue;
    QName below = parse_qname(child.name);
    if (!child.name.starts_with('{')) below.space = name.space;
    undeclared(below, child, path + '/' + below.local);
  }
  out_ += "</" + written + '>';
}

}  // namespace channelbridge::soap
