#include "channelbridge/odata/metadata.hpp"

#include <utility>

#include "channelbridge/core/nearest.hpp"
#include "channelbridge/document/document.hpp"
#include "metadata_parser_internal.hpp"

namespace channelbridge::odata {

const Set* Metadata::set(std::string_view name) const {
  const auto found = sets_.find(name);
  return found == sets_.end() ? nullptr : &found->second;
}

const Type* Metadata::type(std::string_view qualified) const {
  const auto found = types_.find(qualified);
  return found == types_.end() ? nullptr : &found->second;
}

const Type* Metadata::type_of_set(std::string_view name) const {
  const Set* found = set(name);
  return found == nullptr ? nullptr : type(found->type);
}

const Navigation* Metadata::navigation(const Type& type, std::string_view name) const {
  const auto found = type.navigations.find(name);
  return found == type.navigations.end() ? nullptr : &found->second;
}

std::shared_ptr<const Metadata> Metadata::with(const Metadata& overlay) const {
  auto out = std::make_shared<Metadata>(*this);
  for (const auto& [name, says] : overlay.sets_) {
    const auto own = out->sets_.find(name);
    if (own == out->sets_.end()) continue;
    own->second.creatable = says.creatable;
    own->second.updatable = says.updatable;
    own->second.deletable = says.deletable;
    own->second.tracks_changes = own->second.tracks_changes || says.tracks_changes;
    own->second.tracked_children.insert(says.tracked_children.begin(), says.tracked_children.end());
    const auto type = out->types_.find(own->second.type);
    const Type* more = overlay.type(says.type);
    if (type == out->types_.end() || more == nullptr) continue;
    for (const auto& [property, description] : more->properties)
      type->second.properties.insert_or_assign(property, description);
  }
  return out;
}

std::vector<std::string> Metadata::sets() const {
  std::vector<std::string> names;
  names.reserve(sets_.size());
  for (const auto& [name, set] : sets_) names.push_back(name);
  return names;
}

Result<adapter::ObjectMetadata> Metadata::describe(std::string_view name) const {
  const Set* found = set(name);
  const Type* entity = found == nullptr ? nullptr : type(found->type);
  if (entity == nullptr) {
    const std::string near = nearest_word(name, sets());
    return Error(ErrorCode::NotFound,
                 "the service has no entity set '" + std::string(name) + "'" +
                     (near.empty() ? std::string() : " (did you mean '" + near + "'?)"));
  }
  adapter::ObjectMetadata out{.name = std::string(name), .keys = entity->keys};
  for (const auto& [property_name, property] : entity->properties) {
    adapter::PropertyMetadata description = property.description;
    description.creatable = description.creatable && found->creatable;
    description.updatable = description.updatable && found->updatable;
    out.properties.emplace(property_name, std::move(description));
  }
  for (const auto& [navigation_name, navigation] : entity->navigations) {
    const auto bound = found->bindings.find(navigation_name);
    out.navigations.emplace(navigation_name,
                            bound == found->bindings.end() ? navigation.set : bound->second);
  }
  return out;
}

Result<std::shared_ptr<const Metadata>> Metadata::parse(std::string_view edmx) {
  if (edmx.starts_with("\xEF\xBB\xBF")) edmx.remove_prefix(3);
  if (const auto gate = document::check_xml(edmx); !gate) return gate.error();
  return MetadataParser().parse(edmx);
}

}  // namespace channelbridge::odata
