#include <algorithm>
#include <limits>

#include "adapter_internal.hpp"
#include "channelbridge/core/nearest.hpp"
#include "schema_path_internal.hpp"

namespace channelbridge::soap {
namespace {

using adapter::ObjectMetadata;
using adapter::PropertyMetadata;

/// An element that a mapping may read or write.
struct Face {
  const Element* element{};
  bool read{};
  bool created{};
  bool updated{};
  const StatusStep* step{};  ///< whose message it is; null = a message with the document's names
};

std::string word_of_type(const TextType& type) {
  if (type.variety != TextType::Variety::Atomic) return {};
  switch (type.primitive) {
    case Primitive::Boolean:
      return "boolean";
    case Primitive::Decimal:
      return type.integer ? "integer" : "decimal";
    case Primitive::Float:
      return "float";
    case Primitive::Date:
      return "date";
    case Primitive::DateTime:
      return "dateTime";
    case Primitive::String:
      return "string";
    default:
      return {};  // whatever a mapping makes of it
  }
}

PropertyMetadata property_of(std::string name, const TextType& type, bool nullable) {
  PropertyMetadata out{.name = std::move(name), .type = word_of_type(type), .nullable = nullable};
  const Facets& facets = type.facets;
  if (type.primitive == Primitive::String)
    out.max_length = facets.max_length.value_or(facets.length.value_or(0));
  if (type.primitive == Primitive::Decimal && facets.fraction_digits &&
      *facets.fraction_digits <= static_cast<std::size_t>(std::numeric_limits<int>::max()))
    out.scale = static_cast<int>(*facets.fraction_digits);
  out.values = facets.enumeration;
  return out;
}

/// Where a document is read from and written to.
std::vector<Face> faces_of(const ObjectRules& rules) {
  std::vector<Face> out;
  for (const std::optional<ReadCall>* read : {&rules.read, &rules.read_by_key, &rules.find}) {
    if (!*read) continue;
    const Element* rows =
        locate(*(*read)->call.bound->output->root, (*read)->rows.path).found.element;
    out.push_back({.element = rows, .read = true});
    break;
  }
  const auto body = [](const WriteCall& write) {
    const Element* root = write.call.bound->input.root;
    const Element* item = write.each ? locate(*root, write.each->path).found.element : root;
    return locate(*item, write.body.path).found.element;
  };
  if (rules.create) out.push_back({.element = body(*rules.create), .created = true});
  if (rules.update) out.push_back({.element = body(*rules.update), .updated = true});
  for (const StatusStep& step : rules.steps)
    out.push_back({.element = body(step.write), .updated = true, .step = &step});
  return out;
}

/// Of all faces what they have at a path below them.
std::vector<Face> below(const std::vector<Face>& faces, std::string_view path) {
  std::vector<Face> out;
  document::Path steps;
  while (!path.empty()) {
    const std::size_t slash = std::min(path.find('/'), path.size());
    steps.push_back({.name = std::string(path.substr(0, slash))});
    path.remove_prefix(std::min(slash + 1, path.size()));
  }
  for (Face face : faces) {
    document::Path there = steps;
    if (face.step != nullptr && !there.empty())
      there.front().name = face.step->called(there.front().name);
    const LocateResult result = locate(*face.element, there);
    if (result.problem || result.found.unknown || result.found.attribute != nullptr) continue;
    face.element = result.found.element;
    face.step = nullptr;
    out.push_back(face);
  }
  return out;
}

void add_property(ObjectMetadata& out, const PropertyMetadata& property, const Face& face) {
  const auto [known, fresh] = out.properties.emplace(property.name, property);
  PropertyMetadata& into = known->second;
  if (fresh) {
    into.creatable = face.created;
    into.updatable = face.updated;
    into.filterable = false;
    return;
  }
  into.creatable = into.creatable || face.created;
  into.updatable = into.updatable || face.updated;
  // What one message takes and another shows: the narrower holds.
  if (property.max_length > 0 && (into.max_length == 0 || property.max_length < into.max_length))
    into.max_length = property.max_length;
  if (property.scale && (!into.scale || *property.scale < *into.scale)) into.scale = property.scale;
  if (into.values.empty()) into.values = property.values;
}

void add_face(ObjectMetadata& out, const Face& face, const std::string& prefix) {
  const Type& type = *face.element->type;
  for (const Attribute& attribute : type.attributes)
    add_property(out, property_of('@' + attribute.name.local, attribute.type, !attribute.required),
                 face);
  for (const ChildElement& child : children_of(type)) {
    const Element& element = *child.element;
    const std::string& name = element.name.local;
    const bool nullable = !child.required || element.nillable;
    if (element.type->text)
      add_property(out, property_of(name, *element.type->text, nullable), face);
    if (!element.type->text || !element.type->attributes.empty())
      out.navigations.emplace(name, prefix + name);
  }
}

/// What the steps of an object write under another name, or do not carry at all.
void add_steps(ObjectMetadata& out, const ObjectRules& rules) {
  const auto written = [&out](const std::string& name) {
    const auto found = out.properties.find(name);
    if (found != out.properties.end()) found->second.updatable = true;
  };
  if (rules.status && rules.status->path.size() == 1 && !rules.steps.empty())
    written(rules.status->path.front().name);
  for (const StatusStep& step : rules.steps) {
    for (const auto& [name, other] : step.names) written(name);
    for (const StepSum& sum : step.sums)
      if (sum.total.path.size() == 1) written(sum.total.path.front().name);
  }
}

/// Parts of the key that only the answer to a create has.
void add_key_of_answer(ObjectMetadata& out, const ObjectRules& rules) {
  if (!rules.create) return;
  const Answer& answer = rules.create->call.answer;
  const Element* base = rules.create->call.bound->output->root;
  if (answer.each) base = locate(*base, answer.each->path).found.element;
  for (std::size_t i = 0; i < rules.key.size() && i < answer.key.size(); ++i) {
    if (rules.key[i].path.size() != 1) continue;
    const std::string& name = rules.key[i].path.front().name;
    const TextType* type = locate(*base, answer.key[i].path).found.text();
    if (type == nullptr || out.properties.contains(name)) continue;
    PropertyMetadata property = property_of(name, *type, true);
    property.creatable = property.updatable = property.filterable = false;
    property.origin = "the answer to a create";
    out.properties.emplace(name, std::move(property));
  }
}

}  // namespace

Result<ObjectMetadata> describe(const Manifest& manifest, std::string_view object) {
  const std::size_t slash = std::min(object.find('/'), object.size());
  const std::string_view name = object.substr(0, slash);
  const ObjectRules* rules = manifest.object(name);
  const bool whole = slash == object.size();
  std::vector<Face> faces;
  if (rules != nullptr)
    faces = whole ? faces_of(*rules) : below(faces_of(*rules), object.substr(slash + 1));
  if (faces.empty()) {
    const std::string near = nearest_word(name, manifest.object_names());
    return Error(
        ErrorCode::NotFound,
        "the manifest " + manifest.file + " describes no '" + std::string(object) + "'" +
            (near.empty() || rules != nullptr ? std::string() : " (did you mean '" + near + "'?)"));
  }
  ObjectMetadata out{.name = std::string(object)};
  for (const Face& face : faces) add_face(out, face, std::string(object) + '/');
  if (whole) {
    for (const Place& key : rules->key) out.keys.push_back(key.text);
    add_key_of_answer(out, *rules);
    add_steps(out, *rules);
  }
  return out;
}

}  // namespace channelbridge::soap
