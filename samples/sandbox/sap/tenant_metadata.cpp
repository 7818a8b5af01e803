#include "sandbox/sap/tenant_metadata.hpp"

#include <algorithm>
#include <cctype>
#include <functional>
#include <map>
#include <pugixml.hpp>
#include <sstream>

// Key user extensibility (SAP Help, "Custom Fields"): names begin with YY1_ and end with the
// business context, _SDH for the header of a sales document and _SDI for its item; enabled for a
// service they stand in its metadata as properties of the entity.
namespace channelbridge::sandbox::odata {
namespace {

constexpr std::string_view kPrefix = "YY1_";

/// Prefixes differ from document to document.
std::string_view local(std::string_view name) {
  const std::size_t colon = name.find(':');
  return name.substr(colon == std::string_view::npos ? 0 : colon + 1);
}

void each(const pugi::xml_node& below, std::string_view name,
          const std::function<void(pugi::xml_node)>& use) {
  for (const pugi::xml_node& child : below.children()) {
    if (local(child.name()) == name) use(child);
    each(child, name, use);
  }
}

/// The properties of the set's type; none where the document does not have the set.
std::vector<pugi::xml_node> properties_of(const pugi::xml_document& document,
                                          const std::string& set) {
  std::string type;
  each(document, "EntitySet", [&](const pugi::xml_node& node) {
    if (node.attribute("Name").value() == set) type = node.attribute("EntityType").value();
  });
  type = type.substr(type.rfind('.') + 1);
  std::vector<pugi::xml_node> out;
  each(document, "EntityType", [&](const pugi::xml_node& entity) {
    if (type.empty() || entity.attribute("Name").value() != type) return;
    each(entity, "Property", [&](const pugi::xml_node& property) { out.push_back(property); });
  });
  return out;
}

pugi::xml_node named(const std::vector<pugi::xml_node>& properties, const std::string& name) {
  const auto found = std::find_if(
      properties.begin(), properties.end(),
      [&](const pugi::xml_node& property) { return property.attribute("Name").value() == name; });
  return found == properties.end() ? pugi::xml_node() : *found;
}

Result<void> add(const pugi::xml_document& document, const CustomField& field) {
  const std::vector<pugi::xml_node> properties = properties_of(document, field.set);
  if (properties.empty()) return {};
  if (named(properties, field.name))
    return Error(ErrorCode::Invalid, field.set + " has a property " + field.name + " already");
  pugi::xml_node last = properties.back();
  pugi::xml_node added = last.parent().insert_child_after(last.name(), last);
  added.append_attribute("Name") = field.name.c_str();
  added.append_attribute("Type") = "Edm.String";
  added.append_attribute("MaxLength") = field.max_length;
  return {};
}

Result<void> open(const pugi::xml_document& document, const CreatableField& field) {
  const std::vector<pugi::xml_node> properties = properties_of(document, field.set);
  if (properties.empty()) return {};
  pugi::xml_node property = named(properties, field.name);
  if (!property) return Error(ErrorCode::Invalid, field.set + " has no property " + field.name);
  for (pugi::xml_attribute& attribute : property.attributes()) {
    if (local(attribute.name()) != "creatable" || attribute.as_bool()) continue;
    attribute = "true";
    return {};
  }
  return Error(ErrorCode::Invalid, "nothing says that " + field.set + "." + field.name +
                                       " cannot be set (sap:creatable=\"false\")");
}

/// Navigations of a type of version four, each with the type that it leads to.
std::map<std::string, std::string> ways_of(const pugi::xml_document& document,
                                           const std::string& type) {
  std::map<std::string, std::string> out;
  const std::string name = type.substr(type.rfind('.') + 1);
  each(document, "EntityType", [&](const pugi::xml_node& node) {
    if (node.attribute("Name").value() != name) return;
    for (const pugi::xml_node& way : node.children("NavigationProperty")) {
      std::string target = way.attribute("Type").value();
      if (target.starts_with("Collection(")) target = target.substr(11, target.size() - 12);
      out.emplace(way.attribute("Name").value(), std::move(target));
    }
  });
  return out;
}

/// Its ExpandableProperties: the links cover the type's children and theirs.
void offer_children(const pugi::xml_document& document, const std::string& type,
                    pugi::xml_node& record) {
  pugi::xml_node says = record.append_child("PropertyValue");
  says.append_attribute("Property") = "ExpandableProperties";
  pugi::xml_node paths = says.append_child("Collection");
  for (const auto& [name, target] : ways_of(document, type)) {
    paths.append_child("NavigationPropertyPath").text() = name.c_str();
    for (const auto& [below, end] : ways_of(document, target)) {
      paths.append_child("NavigationPropertyPath").text() = (name + "/" + below).c_str();
    }
  }
}

/// Capabilities vocabulary (OASIS odata-vocabularies, Org.OData.Capabilities.V1): ChangeTracking
/// says that a set takes the preference odata.track-changes.
Result<void> offer_delta_links(const pugi::xml_document& document, const std::string& set) {
  pugi::xml_node container;
  std::string entity_type;
  each(document, "EntitySet", [&](const pugi::xml_node& node) {
    if (node.attribute("Name").value() != set) return;
    container = node.parent();
    entity_type = node.attribute("EntityType").value();
  });
  if (!container) return {};
  if (std::string_view(document.document_element().attribute("Version").value()) < "4.0")
    return Error(ErrorCode::Invalid, "delta links of " + set + ": its service is no V4 service");
  pugi::xml_node schema = container.parent();
  const std::string target = std::string(schema.attribute("Namespace").value()) + "." +
                             container.attribute("Name").value() + "/" + set;
  pugi::xml_node annotations = schema.append_child("Annotations");
  annotations.append_attribute("Target") = target.c_str();
  pugi::xml_node annotation = annotations.append_child("Annotation");
  annotation.append_attribute("Term") = "Org.OData.Capabilities.V1.ChangeTracking";
  pugi::xml_node record = annotation.append_child("Record");
  pugi::xml_node says = record.append_child("PropertyValue");
  says.append_attribute("Property") = "Supported";
  says.append_attribute("Bool") = "true";
  offer_children(document, entity_type, record);
  return {};
}

}  // namespace

Result<CustomField> CustomField::parse(std::string_view text) {
  const std::size_t dot = text.find('.');
  CustomField out;
  if (dot != std::string_view::npos) {
    out.set = text.substr(0, dot);
    out.name = text.substr(dot + 1);
  }
  const bool plain = std::all_of(out.name.begin(), out.name.end(),
                                 [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; });
  const std::size_t suffix = out.name.rfind('_');
  if (out.set.empty() || !plain || !out.name.starts_with(kPrefix) || suffix <= kPrefix.size() ||
      suffix + 1 == out.name.size()) {
    return Error(ErrorCode::Invalid, "'" + std::string(text) +
                                         "' is no field of a tenant: SET.YY1_NAME_CONTEXT, such as "
                                         "A_SalesQuotation.YY1_ChannelRecord_SDH");
  }
  return out;
}

Result<CreatableField> CreatableField::parse(std::string_view text) {
  const std::size_t dot = text.find('.');
  if (dot == std::string_view::npos || dot == 0 || dot + 1 == text.size()) {
    return Error(ErrorCode::Invalid, "'" + std::string(text) +
                                         "' is no field of a set: SET.PROPERTY, such as "
                                         "A_SalesOrder.ExternalDocumentID");
  }
  return CreatableField{.set = std::string(text.substr(0, dot)),
                        .name = std::string(text.substr(dot + 1))};
}

Result<std::string> tenant_metadata(std::string edmx, const Settings& settings) {
  if (settings.custom_fields.empty() && settings.creatable_fields.empty() &&
      settings.delta_links.empty()) {
    return edmx;
  }
  pugi::xml_document document;
  const auto parsed = document.load_buffer(edmx.data(), edmx.size(), pugi::parse_full);
  if (!parsed) {
    return Error(ErrorCode::Invalid,
                 std::string("metadata document refused: ") + parsed.description());
  }
  for (const CustomField& field : settings.custom_fields) {
    if (auto done = add(document, field); !done) return std::move(done).error();
  }
  for (const CreatableField& field : settings.creatable_fields) {
    if (auto done = open(document, field); !done) return std::move(done).error();
  }
  for (const std::string& set : settings.delta_links) {
    if (auto done = offer_delta_links(document, set); !done) return std::move(done).error();
  }
  std::ostringstream out;
  document.save(out, "", pugi::format_raw | pugi::format_no_declaration);
  return out.str();
}

}  // namespace channelbridge::sandbox::odata
