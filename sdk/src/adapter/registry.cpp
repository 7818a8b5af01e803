#include "channelbridge/adapter/registry.hpp"

#include <utility>

namespace channelbridge::adapter {

const Setting* Setting::find(std::string_view name) const {
  const auto found = children.find(name);
  return found == children.end() ? nullptr : &found->second;
}

std::string Setting::text_or(std::string_view name, std::string_view fallback) const {
  const Setting* found = find(name);
  return found == nullptr ? std::string(fallback) : found->text;
}

void AdapterRegistry::add(AdapterKind kind) {
  std::string name = kind.name;
  kinds_.insert_or_assign(std::move(name), std::move(kind));
}

const AdapterKind* AdapterRegistry::find(std::string_view name) const {
  const auto found = kinds_.find(name);
  return found == kinds_.end() ? nullptr : &found->second;
}

std::vector<std::string> AdapterRegistry::names() const {
  std::vector<std::string> names;
  names.reserve(kinds_.size());
  for (const auto& [name, kind] : kinds_) names.push_back(name);
  return names;
}

}  // namespace channelbridge::adapter
