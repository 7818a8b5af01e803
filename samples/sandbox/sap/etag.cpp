#include "sandbox/sap/etag.hpp"

#include <algorithm>

namespace channelbridge::sandbox::odata {

bool has_etag(const Table& table, const Settings& settings) {
  if (settings.etag_is_timestamp || !table.set().etag.empty()) return true;
  const auto& properties = table.type().properties;
  if (std::any_of(properties.begin(), properties.end(),
                  [](const Property& each) { return each.concurrency; }))
    return true;
  return std::any_of(settings.etag.begin(), settings.etag.end(),
                     [&](const std::string& name) { return table.type().find(name).has_value(); });
}

std::string etag_of(const Table& table, const Row& row, const Settings& settings, Version version) {
  const auto weak = [](std::string inner) {
    for (auto at = inner.find(':'); at != std::string::npos; at = inner.find(':'))
      inner.replace(at, 1, "%3A");
    return "W/\"" + inner + "\"";
  };
  if (settings.etag_is_timestamp) {
    const std::string time = iso(row.changed_at, 7) + "Z";
    return weak(version == Version::V2 ? "datetimeoffset'" + time + "'" : time);
  }
  std::optional<std::size_t> source;
  for (std::size_t i = 0; i < table.type().properties.size() && !source; ++i) {
    if (table.type().properties[i].concurrency) source = i;
  }
  if (!source && !table.set().etag.empty()) source = table.type().find(table.set().etag.front());
  for (const std::string& name : settings.etag) {
    if (!source) source = table.type().find(name);
  }
  if (!source) return {};
  const Property& property = table.type().properties[*source];
  return weak(version == Version::V2 ? to_literal(property, table.value(row, *source), version)
                                     : to_plain(property, table.value(row, *source)));
}

std::string plain_key(const Table& table, const Row& row) {
  std::string key;
  for (const std::size_t property : table.type().keys) {
    if (!key.empty()) key += ',';
    key += to_plain(table.type().properties[property], table.value(row, property));
  }
  return key;
}

}  // namespace channelbridge::sandbox::odata
