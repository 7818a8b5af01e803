#include "sandbox/sap/edmx.hpp"

#include <algorithm>
#include <charconv>
#include <pugixml.hpp>

namespace channelbridge::sandbox::odata {
namespace {

/// Elements are compared by local name: published documents use `edmx:`, `edm:` and no prefix for
/// the same thing.
std::string_view local(const char* name) {
  const std::string_view text = name;
  const auto colon = text.rfind(':');
  return colon == std::string_view::npos ? text : text.substr(colon + 1);
}

template <typename F>
void each(const pugi::xml_node& parent, std::string_view name, F&& visit) {
  for (const pugi::xml_node& child : parent.children()) {
    if (local(child.name()) == name) visit(child);
  }
}

std::string text_of(const pugi::xml_node& node, const char* attribute) {
  return node.attribute(attribute).value();
}

bool flag(const pugi::xml_node& node, const char* attribute, bool absent) {
  const std::string_view value = node.attribute(attribute).value();
  return value.empty() ? absent : value == "true";
}

std::optional<int> number(const pugi::xml_node& node, const char* attribute) {
  const std::string_view value = node.attribute(attribute).value();
  int parsed = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), parsed);
  if (value.empty() || error != std::errc{} || end != value.data() + value.size())
    return std::nullopt;
  return parsed;
}

Edm edm_type(std::string_view name) {
  static const std::map<std::string_view, Edm> kTypes{
      {"Edm.String", Edm::String}, {"Edm.Boolean", Edm::Boolean},
      {"Edm.Byte", Edm::Byte},     {"Edm.SByte", Edm::SByte},
      {"Edm.Int16", Edm::Int16},   {"Edm.Int32", Edm::Int32},
      {"Edm.Int64", Edm::Int64},   {"Edm.Decimal", Edm::Decimal},
      {"Edm.Double", Edm::Double}, {"Edm.Single", Edm::Single},
      {"Edm.Guid", Edm::Guid},     {"Edm.DateTime", Edm::DateTime},
      {"Edm.Date", Edm::Date},     {"Edm.DateTimeOffset", Edm::DateTimeOffset},
      {"Edm.Time", Edm::Time},     {"Edm.TimeOfDay", Edm::TimeOfDay},
      {"Edm.Binary", Edm::Binary}, {"Edm.Stream", Edm::Binary}};
  const auto found = kTypes.find(name);
  return found == kTypes.end() ? Edm::Structured : found->second;
}

Property property_of(const pugi::xml_node& node) {
  Property property{.name = text_of(node, "Name"), .type_name = text_of(node, "Type")};
  property.type = edm_type(property.type_name);
  property.nullable = flag(node, "Nullable", true);
  property.max_length = number(node, "MaxLength");
  property.precision = number(node, "Precision");
  property.scale = number(node, "Scale");
  property.creatable = flag(node, "sap:creatable", true);
  property.updatable = flag(node, "sap:updatable", true);
  property.filterable = flag(node, "sap:filterable", true);
  property.sortable = flag(node, "sap:sortable", true);
  const std::string format = text_of(node, "sap:display-format");
  property.upper_case = format == "UpperCase";
  property.non_negative = format == "NonNegative";
  property.concurrency = text_of(node, "ConcurrencyMode") == "Fixed";
  return property;
}

/// The last word of an annotation term: `Org.OData.Core.V1.Computed`, `Core.Computed` and
/// `SAP__core.Computed` agree.
std::string_view term(const pugi::xml_node& annotation) {
  const std::string_view name = annotation.attribute("Term").value();
  const auto dot = name.rfind('.');
  return dot == std::string_view::npos ? name : name.substr(dot + 1);
}

void annotate(Property& property, const pugi::xml_node& annotation) {
  const std::string_view name = term(annotation);
  const bool set = flag(annotation, "Bool", true);
  if (name == "Computed" && set) property.creatable = property.updatable = false;
  if (name == "Immutable" && set) property.updatable = false;
}

void annotate(EntitySet& entity_set, const pugi::xml_node& annotation) {
  const std::string_view name = term(annotation);
  if (name == "OptimisticConcurrency") {
    for (const auto& found : annotation.select_nodes(".//*[local-name()='PropertyPath']")) {
      entity_set.etag.emplace_back(found.node().child_value());
    }
    return;
  }
  const auto restriction = [&](std::string_view of, std::string_view member, bool& target) {
    if (name != of) return;
    for (const auto& found : annotation.select_nodes(".//*[local-name()='PropertyValue']")) {
      if (member == found.node().attribute("Property").value())
        target = flag(found.node(), "Bool", true);
    }
  };
  restriction("InsertRestrictions", "Insertable", entity_set.creatable);
  restriction("UpdateRestrictions", "Updatable", entity_set.updatable);
  restriction("DeleteRestrictions", "Deletable", entity_set.deletable);
}

struct Association {
  struct End {
    std::string role, type, multiplicity;
  };
  std::vector<End> ends{};
  std::string principal_role{};
  std::vector<std::string> principal{}, dependent{};
};

class Reader {
 public:
  Reader(Model& model, const Joins& joins) : model_(model), joins_(joins) {}

  Result<void> read(const pugi::xml_document& document) {
    const pugi::xml_node root = document.document_element();
    if (local(root.name()) != "Edmx") return invalid("the root element is not Edmx");
    model_.version = text_of(root, "Version").starts_with("4") ? Version::V4 : Version::V2;
    each(root, "DataServices", [&](const pugi::xml_node& services) {
      each(services, "Schema", [&](const pugi::xml_node& schema) { schemas_.push_back(schema); });
    });
    if (schemas_.empty()) return invalid("no Schema");
    for (const auto& schema : schemas_) types(schema);
    for (auto& [name, type] : model_.types) inherit(type);
    for (const auto& schema : schemas_) containers(schema);
    for (const auto& schema : schemas_) annotations(schema);
    for (const EntitySet& entity_set : model_.sets) {
      if (!model_.types.contains(entity_set.type)) {
        return invalid("set " + entity_set.name + " has the unknown type " + entity_set.type);
      }
    }
    for (const EntitySet& entity_set : model_.sets) resolve(entity_set);
    return {};
  }

 private:
  static Error invalid(const std::string& why) {
    return Error(ErrorCode::Invalid, "metadata document refused: " + why);
  }

  /// V4 types may be written with the schema's alias.
  /// Hand-written documents leave the namespace out.
  std::string qualified(std::string name) const {
    const auto dot = name.rfind('.');
    if (dot == std::string::npos) {
      for (const auto& schema : schemas_) {
        std::string full = text_of(schema, "Namespace") + "." + name;
        if (model_.types.contains(full)) return full;
      }
      return name;
    }
    const auto alias = aliases_.find(name.substr(0, dot));
    return alias == aliases_.end() ? name : alias->second + name.substr(dot);
  }

  void types(const pugi::xml_node& schema) {
    const std::string space = text_of(schema, "Namespace");
    const std::string alias = text_of(schema, "Alias");
    if (!alias.empty()) aliases_[alias] = space;
    each(schema, "Association", [&](const pugi::xml_node& node) {
      Association association;
      each(node, "End", [&](const pugi::xml_node& end) {
        association.ends.push_back(
            {text_of(end, "Role"), text_of(end, "Type"), text_of(end, "Multiplicity")});
      });
      each(node, "ReferentialConstraint", [&](const pugi::xml_node& constraint) {
        each(constraint, "Principal", [&](const pugi::xml_node& end) {
          association.principal_role = text_of(end, "Role");
          each(end, "PropertyRef", [&](const pugi::xml_node& ref) {
            association.principal.push_back(text_of(ref, "Name"));
          });
        });
        each(constraint, "Dependent", [&](const pugi::xml_node& end) {
          each(end, "PropertyRef", [&](const pugi::xml_node& ref) {
            association.dependent.push_back(text_of(ref, "Name"));
          });
        });
      });
      associations_[space + "." + text_of(node, "Name")] = std::move(association);
    });
    each(schema, "EntityType", [&](const pugi::xml_node& node) { entity_type(node, space); });
  }

  void entity_type(const pugi::xml_node& node, const std::string& space) {
    EntityType type{.name = text_of(node, "Name"),
                    .qualified_name = space + "." + text_of(node, "Name")};
    type.base = qualified(text_of(node, "BaseType"));
    each(node, "Property", [&](const pugi::xml_node& child) {
      type.properties.push_back(property_of(child));
      each(child, "Annotation",
           [&](const pugi::xml_node& note) { annotate(type.properties.back(), note); });
    });
    each(node, "Key", [&](const pugi::xml_node& key) {
      each(key, "PropertyRef", [&](const pugi::xml_node& ref) {
        if (const auto index = type.find(text_of(ref, "Name"))) {
          type.keys.push_back(*index);
          type.properties[*index].key = true;
        }
      });
    });
    each(node, "NavigationProperty",
         [&](const pugi::xml_node& child) { type.navigations.push_back(navigation(child)); });
    model_.types[type.qualified_name] = std::move(type);
  }

  Navigation navigation(const pugi::xml_node& node) const {
    Navigation result{.name = text_of(node, "Name"),
                      .target_type = text_of(node, "Type"),
                      .association = text_of(node, "Relationship"),
                      .to_role = text_of(node, "ToRole"),
                      .target_set = {}};
    constexpr std::string_view kCollection = "Collection(";
    if (result.target_type.starts_with(kCollection)) {
      result.many = true;
      result.target_type = result.target_type.substr(
          kCollection.size(), result.target_type.size() - kCollection.size() - 1);
    }
    result.target_type = qualified(result.target_type);
    each(node, "ReferentialConstraint", [&](const pugi::xml_node& constraint) {
      result.join.emplace_back(text_of(constraint, "Property"),
                               text_of(constraint, "ReferencedProperty"));
    });
    return result;
  }

  void inherit(EntityType& type) {
    const auto base = model_.types.find(type.base);
    if (type.base.empty() || base == model_.types.end()) return;
    inherit(base->second);
    type.base.clear();
    type.properties.insert(type.properties.begin(), base->second.properties.begin(),
                           base->second.properties.end());
    type.navigations.insert(type.navigations.begin(), base->second.navigations.begin(),
                            base->second.navigations.end());
    type.keys = base->second.keys;
  }

  void containers(const pugi::xml_node& schema) {
    each(schema, "EntityContainer", [&](const pugi::xml_node& container) {
      if (model_.namespace_name.empty()) model_.namespace_name = text_of(schema, "Namespace");
      model_.container = text_of(container, "Name");
      each(container, "EntitySet", [&](const pugi::xml_node& node) {
        EntitySet entity_set{.name = text_of(node, "Name"),
                             .type = qualified(text_of(node, "EntityType"))};
        entity_set.creatable = flag(node, "sap:creatable", true);
        entity_set.updatable = flag(node, "sap:updatable", true);
        entity_set.deletable = flag(node, "sap:deletable", true);
        entity_set.addressable = flag(node, "sap:addressable", true);
        each(node, "NavigationPropertyBinding", [&](const pugi::xml_node& binding) {
          entity_set.bindings[text_of(binding, "Path")] = text_of(binding, "Target");
        });
        each(node, "Annotation", [&](const pugi::xml_node& note) { annotate(entity_set, note); });
        model_.sets.push_back(std::move(entity_set));
      });
      each(container, "AssociationSet", [&](const pugi::xml_node& node) {
        auto& ends = association_sets_[text_of(node, "Association")];
        each(node, "End", [&](const pugi::xml_node& end) {
          ends[text_of(end, "Role")] = text_of(end, "EntitySet");
        });
      });
      each(container, "FunctionImport", [&](const pugi::xml_node& node) {
        FunctionImport function{.name = text_of(node, "Name"),
                                .method = text_of(node, "m:HttpMethod"),
                                .return_type = text_of(node, "ReturnType"),
                                .entity_set = text_of(node, "EntitySet")};
        if (function.method.empty()) function.method = "GET";
        each(node, "Parameter", [&](const pugi::xml_node& parameter) {
          function.parameters.push_back(property_of(parameter));
        });
        model_.functions.push_back(std::move(function));
      });
    });
  }

  /// V4 documents annotate from outside: <Annotations Target="NS.Type/Property">.
  void annotations(const pugi::xml_node& schema) {
    each(schema, "Annotations", [&](const pugi::xml_node& node) {
      const std::string target = text_of(node, "Target");
      const auto slash = target.find('/');
      if (slash == std::string::npos) return;
      const std::string owner = qualified(target.substr(0, slash));
      const std::string member = target.substr(slash + 1);
      each(node, "Annotation", [&](const pugi::xml_node& note) {
        if (const auto type = model_.types.find(owner); type != model_.types.end()) {
          if (const auto index = type->second.find(member)) {
            annotate(type->second.properties[*index], note);
          }
          return;
        }
        for (EntitySet& entity_set : model_.sets) {
          if (entity_set.name == member) annotate(entity_set, note);
        }
      });
    });
  }

  void resolve(const EntitySet& entity_set) {
    EntityType& type = model_.types.at(entity_set.type);
    for (Navigation& navigation : type.navigations) {
      if (!navigation.association.empty()) from_association(navigation);
      if (navigation.target_set.empty()) {
        const auto bound = entity_set.bindings.find(navigation.name);
        if (bound != entity_set.bindings.end()) navigation.target_set = bound->second;
      }
      if (navigation.target_set.empty()) only_set_of(navigation);
      const auto stated = joins_.find(entity_set.name + "/" + navigation.name);
      if (stated != joins_.end()) navigation.join = stated->second;
      if (navigation.join.empty()) infer(type, navigation);
    }
  }

  void from_association(Navigation& navigation) {
    const auto found = associations_.find(navigation.association);
    if (found == associations_.end()) return;
    for (const auto& end : found->second.ends) {
      if (end.role != navigation.to_role) continue;
      navigation.target_type = qualified(end.type);
      navigation.many = end.multiplicity == "*";
    }
    const auto sets = association_sets_.find(navigation.association);
    if (sets != association_sets_.end()) {
      const auto end = sets->second.find(navigation.to_role);
      if (end != sets->second.end()) navigation.target_set = end->second;
    }
    const Association& association = found->second;
    if (association.principal.size() != association.dependent.size()) return;
    const bool to_principal = association.principal_role == navigation.to_role;
    navigation.join.clear();
    for (std::size_t i = 0; i < association.principal.size(); ++i) {
      const auto& principal = association.principal[i];
      const auto& dependent = association.dependent[i];
      navigation.join.emplace_back(to_principal ? dependent : principal,
                                   to_principal ? principal : dependent);
    }
  }

  void only_set_of(Navigation& navigation) const {
    for (const EntitySet& candidate : model_.sets) {
      if (candidate.type == navigation.target_type) {
        navigation.target_set = candidate.name;
        return;
      }
    }
  }

  /// Most published SAP documents state no constraint; their keys share names. In order: the whole
  /// key of the target found in the source (to one), key fields of the source found in the target,
  /// a foreign key named after the navigation (`AddressId` for `Address`).
  void infer(const EntityType& source, Navigation& navigation) const {
    const auto found = model_.types.find(navigation.target_type);
    if (found == model_.types.end()) return;
    const EntityType& target = found->second;
    const auto shared = [&](const EntityType& keys_of, const EntityType& other) {
      std::vector<std::pair<std::string, std::string>> pairs;
      for (const std::size_t key : keys_of.keys) {
        const std::string& name = keys_of.properties[key].name;
        if (other.find(name)) pairs.emplace_back(name, name);
      }
      return pairs;
    };
    const bool same_type = source.qualified_name == target.qualified_name;
    if (!navigation.many && !same_type) {
      auto pairs = shared(target, source);
      const bool generic =
          target.keys.size() == 1 && source.keys.size() == 1 &&
          target.properties[target.keys[0]].name == source.properties[source.keys[0]].name &&
          source.find(navigation.name + target.properties[target.keys[0]].name);
      if (!generic && !pairs.empty() && pairs.size() == target.keys.size()) {
        navigation.join = std::move(pairs);
        return;
      }
    }
    if (!navigation.many && target.keys.size() == 1) {
      const std::string& key = target.properties[target.keys[0]].name;
      if (source.find(navigation.name + key)) {
        navigation.join = {{navigation.name + key, key}};
        return;
      }
    }
    auto pairs = same_type ? decltype(navigation.join){} : shared(source, target);
    if (navigation.many && pairs.size() == target.keys.size()) {
      // The whole key of the target cannot name many rows: `Id` on both sides is chance, `ShelfId`
      // is the reference.
      const bool single = source.keys.size() == 1 && !same_type;
      const std::string key = single ? source.properties[source.keys[0]].name : std::string();
      pairs.clear();
      if (single && target.find(source.name + key)) pairs = {{key, source.name + key}};
    }
    navigation.join = std::move(pairs);
  }

  Model& model_;
  const Joins& joins_;
  std::vector<pugi::xml_node> schemas_{};
  std::map<std::string, std::string> aliases_{};
  std::map<std::string, Association> associations_{};
  std::map<std::string, std::map<std::string, std::string>> association_sets_{};
};

}  // namespace

std::optional<std::size_t> EntityType::find(std::string_view property) const {
  for (std::size_t i = 0; i < properties.size(); ++i) {
    if (properties[i].name == property) return i;
  }
  return std::nullopt;
}

const Navigation* EntityType::navigation(std::string_view navigation_name) const {
  const auto found =
      std::find_if(navigations.begin(), navigations.end(),
                   [&](const Navigation& each) { return each.name == navigation_name; });
  return found == navigations.end() ? nullptr : &*found;
}

const EntitySet* Model::set(std::string_view name) const {
  const auto found = std::find_if(sets.begin(), sets.end(),
                                  [&](const EntitySet& each) { return each.name == name; });
  return found == sets.end() ? nullptr : &*found;
}

const FunctionImport* Model::function(std::string_view name) const {
  const auto found = std::find_if(functions.begin(), functions.end(),
                                  [&](const FunctionImport& each) { return each.name == name; });
  return found == functions.end() ? nullptr : &*found;
}

Result<Model> parse_edmx(std::string text, const Joins& joins) {
  Model model;
  model.text = std::move(text);
  pugi::xml_document document;
  const auto parsed = document.load_buffer(model.text.data(), model.text.size());
  if (!parsed) {
    return Error(ErrorCode::Invalid,
                 std::string("metadata document refused: ") + parsed.description());
  }
  if (auto read = Reader(model, joins).read(document); !read) return std::move(read).error();
  return model;
}

}  // namespace channelbridge::sandbox::odata
