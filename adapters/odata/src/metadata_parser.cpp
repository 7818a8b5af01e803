#include "metadata_parser_internal.hpp"

#include <charconv>
#include <set>

namespace channelbridge::odata {
namespace {

/// Prefixes differ from service to service; local names do not.
std::string_view local(std::string_view name) {
  const std::size_t colon = name.find(':');
  return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

std::string_view attribute(const pugi::xml_node& node, std::string_view name) {
  for (const pugi::xml_attribute& found : node.attributes()) {
    if (local(found.name()) == name) return found.value();
  }
  return {};
}

/// An absent sap: attribute means "yes" (SAP Gateway, annotations of properties and sets).
bool allowed(const pugi::xml_node& node, std::string_view name) {
  return attribute(node, name) != "false";
}

bool is_collection(std::string_view type) { return type.starts_with("Collection("); }

std::string element_type(std::string_view type) {
  if (!is_collection(type)) return std::string(type);
  return std::string(type.substr(11, type.size() - 12));
}

/// Capabilities.ChangeTracking of a set. Its Supported is true where nothing is said (Capabilities
/// vocabulary).
bool tracks_changes(const pugi::xml_node& annotation) {
  if (!attribute(annotation, "Term").ends_with(".ChangeTracking")) return false;
  for (const pugi::xml_node& record : annotation.children()) {
    for (const pugi::xml_node& value : record.children()) {
      if (attribute(value, "Property") != "Supported") continue;
      const std::string_view said = attribute(value, "Bool");
      return (said.empty() ? std::string_view(value.child_value("Bool")) : said) != "false";
    }
  }
  return true;
}

/// Its ExpandableProperties, a collection of navigation paths; what is not in it is not covered.
void add_tracked_children(const pugi::xml_node& annotation, Set& set) {
  if (!attribute(annotation, "Term").ends_with(".ChangeTracking")) return;
  for (const pugi::xml_node& record : annotation.children()) {
    for (const pugi::xml_node& value : record.children()) {
      if (attribute(value, "Property") != "ExpandableProperties") continue;
      for (const pugi::xml_node& path : value.child("Collection").children())
        set.tracked_children.emplace(path.child_value());
    }
  }
}

std::map<std::string, std::string, std::less<>> constraints_of(const pugi::xml_node& navigation) {
  std::map<std::string, std::string, std::less<>> out;
  for (const pugi::xml_node& node : navigation.children()) {
    if (local(node.name()) != "ReferentialConstraint") continue;
    out.emplace(attribute(node, "Property"), attribute(node, "ReferencedProperty"));
  }
  return out;
}

}  // namespace

std::string MetadataParser::qualify(const std::string& name) const {
  const std::size_t dot = name.rfind('.');
  if (dot == std::string::npos) return namespace_ + "." + name;
  const auto alias = aliases_.find(name.substr(0, dot));
  return alias == aliases_.end() ? name : alias->second + name.substr(dot);
}

Result<std::shared_ptr<const Metadata>> MetadataParser::parse(std::string_view edmx) {
  pugi::xml_document document;
  const pugi::xml_parse_result parsed = document.load_buffer(edmx.data(), edmx.size());
  const pugi::xml_node root = document.document_element();
  if (!parsed || local(root.name()) != "Edmx") {
    return Error(ErrorCode::Protocol, "the service's $metadata is no EDMX document");
  }
  out_->version_ = attribute(root, "Version") == "4.0" || attribute(root, "Version") == "4.01"
                       ? Version::V4
                       : Version::V2;
  std::vector<pugi::xml_node> schemas;
  for (const pugi::xml_node& services : root.children()) {
    for (const pugi::xml_node& schema : services.children()) {
      if (local(schema.name()) == "Schema") schemas.push_back(schema);
    }
  }
  for (const pugi::xml_node& schema : schemas) {
    if (!attribute(schema, "Alias").empty()) {
      aliases_.emplace(attribute(schema, "Alias"), attribute(schema, "Namespace"));
    }
  }
  for (const pugi::xml_node& schema : schemas) read_schema(schema);
  std::vector<std::string> names;
  for (const auto& [name, type] : out_->types_) names.push_back(name);
  for (const std::string& name : names) fold_base(name);
  bind_navigations();
  for (const pugi::xml_node& schema : schemas) {
    namespace_ = attribute(schema, "Namespace");
    for (const pugi::xml_node& node : schema.children()) {
      if (local(node.name()) == "Annotations") read_annotations(node);
    }
  }
  if (out_->sets_.empty()) {
    return Error(ErrorCode::Protocol, "the service's $metadata names no entity set");
  }
  return std::shared_ptr<const Metadata>(out_);
}

void MetadataParser::read_schema(const pugi::xml_node& schema) {
  namespace_ = attribute(schema, "Namespace");
  for (const pugi::xml_node& node : schema.children()) {
    const std::string_view name = local(node.name());
    if (name == "EnumType") {
      std::vector<std::string>& values = enums_[qualify(std::string(attribute(node, "Name")))];
      for (const pugi::xml_node& member : node.children()) {
        if (local(member.name()) == "Member") values.emplace_back(attribute(member, "Name"));
      }
    }
  }
  for (const pugi::xml_node& node : schema.children()) {
    const std::string_view name = local(node.name());
    if (name == "EntityType" || name == "ComplexType") read_type(node);
    if (name == "Association") read_association(node);
    if (name == "EntityContainer") read_container(node);
  }
}

void MetadataParser::read_type(const pugi::xml_node& node) {
  Type type;
  type.name = qualify(std::string(attribute(node, "Name")));
  if (!attribute(node, "BaseType").empty()) {
    base_[type.name] = qualify(std::string(attribute(node, "BaseType")));
  }
  for (const pugi::xml_node& part : node.children()) {
    const std::string_view name = local(part.name());
    if (name == "Key") {
      for (const pugi::xml_node& reference : part.children()) {
        type.keys.emplace_back(attribute(reference, "Name"));
      }
    } else if (name == "Property") {
      read_property(part, type);
    } else if (name == "NavigationProperty") {
      const std::string navigation(attribute(part, "Name"));
      const std::string_view target = attribute(part, "Type");
      if (target.empty()) {  // V2: an association says where it leads
        far_ends_[{type.name, navigation}] = {qualify(std::string(attribute(part, "Relationship"))),
                                              std::string(attribute(part, "ToRole"))};
        type.navigations[navigation] = {};
      } else {
        type.navigations[navigation] = {.type = qualify(element_type(target)),
                                        .set = {},
                                        .many = is_collection(target),
                                        .partner = std::string(attribute(part, "Partner")),
                                        .constraints = constraints_of(part)};
      }
    }
  }
  std::string name = type.name;
  out_->types_.insert_or_assign(std::move(name), std::move(type));
}

void MetadataParser::read_property(const pugi::xml_node& node, Type& type) {
  Property property;
  adapter::PropertyMetadata& out = property.description;
  out.name = attribute(node, "Name");
  out.type = attribute(node, "Type");
  if (!out.type.starts_with("Edm.") && !is_collection(out.type)) out.type = qualify(out.type);
  const std::string_view length = attribute(node, "MaxLength");
  std::from_chars(length.data(), length.data() + length.size(), out.max_length);  // "max" stays 0
  int scale = 0;
  const std::string_view decimals = attribute(node, "Scale");  // or "variable"
  if (std::from_chars(decimals.data(), decimals.data() + decimals.size(), scale).ec == std::errc())
    out.scale = scale;
  out.nullable = attribute(node, "Nullable") != "false";
  out.creatable = allowed(node, "creatable");
  out.updatable = allowed(node, "updatable");
  out.filterable = allowed(node, "filterable");
  // Derived documents say of each property where it was seen and what nobody has confirmed.
  out.origin = attribute(node, "origin");
  if (const std::string_view doubt = attribute(node, "unconfirmed"); !doubt.empty()) {
    out.origin += ", unconfirmed: " + std::string(doubt);
  }
  if (const auto values = enums_.find(out.type); values != enums_.end())
    out.values = values->second;
  property.date_only = out.type == "Edm.Date" || attribute(node, "display-format") == "Date";
  property.upper = attribute(node, "display-format") == "UpperCase";
  // A property named ETag marks A_BusinessPartner and the C4C objects, which declare no
  // ConcurrencyMode.
  if (attribute(node, "ConcurrencyMode") == "Fixed" || out.name == "ETag") type.versioned = true;
  for (const pugi::xml_node& annotation : node.children()) {
    const std::string_view term = attribute(annotation, "Term");
    if (term.ends_with(".Computed")) out.creatable = out.updatable = false;
    if (term.ends_with(".Immutable")) out.updatable = false;
  }
  std::string name = out.name;
  type.properties.insert_or_assign(std::move(name), std::move(property));
}

void MetadataParser::read_association(const pugi::xml_node& node) {
  auto& ends = associations_[qualify(std::string(attribute(node, "Name")))];
  for (const pugi::xml_node& end : node.children()) {
    if (local(end.name()) != "End") continue;
    ends[std::string(attribute(end, "Role"))] = {
        .type = qualify(std::string(attribute(end, "Type"))),
        .many = attribute(end, "Multiplicity") == "*"};
  }
}

void MetadataParser::read_container(const pugi::xml_node& node) {
  for (const pugi::xml_node& part : node.children()) {
    const std::string_view name = local(part.name());
    if (name == "EntitySet") {
      Set set{.name = std::string(attribute(part, "Name")),
              .type = qualify(std::string(attribute(part, "EntityType"))),
              .creatable = allowed(part, "creatable"),
              .updatable = allowed(part, "updatable"),
              .deletable = allowed(part, "deletable")};
      for (const pugi::xml_node& binding : part.children()) {
        if (local(binding.name()) != "NavigationPropertyBinding") continue;
        std::string target(attribute(binding, "Target"));
        target.erase(0, target.rfind('/') + 1);
        set.bindings.emplace(attribute(binding, "Path"), std::move(target));
      }
      std::string set_name = set.name;
      out_->sets_.insert_or_assign(std::move(set_name), std::move(set));
    } else if (name == "AssociationSet") {
      std::vector<std::pair<std::string, std::string>> ends;
      for (const pugi::xml_node& end : part.children()) {
        if (local(end.name()) == "End") {
          ends.emplace_back(attribute(end, "Role"), attribute(end, "EntitySet"));
        }
      }
      association_sets_.emplace(qualify(std::string(attribute(part, "Association"))),
                                std::move(ends));
    }
  }
}

void MetadataParser::fold_base(const std::string& name) {
  std::set<std::string> seen{name};  // a type that descends from itself ends the walk
  for (auto base = base_.find(name); base != base_.end() && seen.insert(base->second).second;
       base = base_.find(base->second)) {
    const auto parent = out_->types_.find(base->second);
    if (parent == out_->types_.end()) return;
    Type& type = out_->types_[name];
    if (type.keys.empty()) type.keys = parent->second.keys;
    type.properties.insert(parent->second.properties.begin(), parent->second.properties.end());
    type.navigations.insert(parent->second.navigations.begin(), parent->second.navigations.end());
    type.versioned = type.versioned || parent->second.versioned;
    for (const auto& [navigation, target] : parent->second.navigations) {
      if (const auto far = far_ends_.find({base->second, navigation}); far != far_ends_.end()) {
        far_ends_.insert({{name, navigation}, far->second});
      }
    }
  }
}

void MetadataParser::bind_navigations() {
  std::map<std::string, std::string> only_set;  // type -> its first set
  for (const auto& [name, set] : out_->sets_) only_set.emplace(set.type, name);
  for (auto& [type_name, type] : out_->types_) {
    for (auto& [name, navigation] : type.navigations) {
      const auto far = far_ends_.find({type_name, name});
      if (far != far_ends_.end()) {
        const auto& [association, role] = far->second;
        if (const auto ends = associations_.find(association); ends != associations_.end()) {
          if (const auto end = ends->second.find(role); end != ends->second.end()) {
            navigation.type = end->second.type;
            navigation.many = end->second.many;
          }
        }
        const auto [first, last] = association_sets_.equal_range(association);
        for (auto at = first; at != last; ++at) {
          std::string far_set;
          std::string near_set;
          for (const auto& [end_role, set] : at->second)
            (end_role == role ? far_set : near_set) = set;
          if (const auto near = out_->sets_.find(near_set);
              near != out_->sets_.end() && !far_set.empty()) {
            near->second.bindings.emplace(name, far_set);
          }
          if (navigation.set.empty()) navigation.set = far_set;
        }
      }
      if (navigation.set.empty()) {
        if (const auto set = only_set.find(navigation.type); set != only_set.end()) {
          navigation.set = set->second;
        }
      }
    }
  }
}

void MetadataParser::read_annotations(const pugi::xml_node& node) {
  // "Namespace.Type/Property" or "Namespace.Container/Set"
  const std::string target(attribute(node, "Target"));
  const std::size_t slash = target.find('/');
  const std::string member = slash == std::string::npos ? std::string() : target.substr(slash + 1);
  const auto type = out_->types_.find(qualify(target.substr(0, slash)));
  for (const pugi::xml_node& annotation : node.children()) {
    const std::string_view term = attribute(annotation, "Term");
    if (type != out_->types_.end() && !member.empty()) {
      const auto property = type->second.properties.find(member);
      if (property == type->second.properties.end()) continue;
      adapter::PropertyMetadata& out = property->second.description;
      if (term.ends_with("Core.Computed") || term == "SAP__core.Computed") {
        out.creatable = out.updatable = false;
      }
      if (term.ends_with("Core.Immutable") || term == "SAP__core.Immutable") out.updatable = false;
    }
    if (const auto set = out_->sets_.find(member); set != out_->sets_.end()) {
      set->second.tracks_changes = set->second.tracks_changes || tracks_changes(annotation);
      add_tracked_children(annotation, set->second);
    }
    if (term.ends_with("ptimisticConcurrency")) {
      if (const auto set = out_->sets_.find(member); set != out_->sets_.end()) {
        if (const auto of_set = out_->types_.find(set->second.type); of_set != out_->types_.end()) {
          of_set->second.versioned = true;
        }
      }
    }
  }
}

}  // namespace channelbridge::odata
