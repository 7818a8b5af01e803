#include "channelbridge/adapter/registry.hpp"

#include <utility>

namespace channelbridge::adapter {

std::string_view to_string(WriteStatus status) {
  switch (status) {
    case WriteStatus::Created:
      return "created";
    case WriteStatus::Updated:
      return "updated";
    case WriteStatus::Deleted:
      return "deleted";
    case WriteStatus::Unchanged:
      return "unchanged";
    case WriteStatus::Conflict:
      return "conflict";
    case WriteStatus::Rejected:
      return "rejected";
    case WriteStatus::Retry:
      return "retry";
    case WriteStatus::Unknown:
      return "unknown";
  }
  return "unknown";
}

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
