#include "channelbridge/soap/schema.hpp"

namespace channelbridge::soap {

const Element* Schema::element(const QName& name) const {
  const auto found = elements_.find(name);
  return found == elements_.end() ? nullptr : found->second;
}

const Type* Schema::type(const QName& name) const {
  const auto found = types_.find(name);
  return found == types_.end() ? nullptr : found->second;
}

std::vector<QName> Schema::elements() const {
  std::vector<QName> out;
  for (const auto& [name, element] : elements_) out.push_back(name);
  return out;
}

std::vector<QName> Schema::types() const {
  std::vector<QName> out;
  for (const auto& [name, type] : types_)
    if (name.space != kSchema) out.push_back(name);
  return out;
}

bool Schema::derives(const Type& derived, const Type& from) {
  if (from.anything) return true;
  for (const Type* at = &derived; at != nullptr; at = at->base)
    if (at == &from) return true;
  return false;
}

}  // namespace channelbridge::soap
