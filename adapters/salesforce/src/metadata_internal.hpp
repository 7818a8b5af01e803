#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>

#include "channelbridge/adapter/adapter.hpp"

namespace channelbridge::salesforce {

/// An sObject's describe: the neutral part, and what only this adapter needs.
struct ObjectDescribe {
  adapter::ObjectMetadata metadata{};
  std::set<std::string, std::less<>> external_ids{};

  bool has(std::string_view field) const { return metadata.properties.contains(field); }
  bool filterable(std::string_view field) const;
  /// Compound fields (addresses, locations) are selected as a whole.
  bool compound(std::string_view field) const;
};

/// Reads the answer of `sobjects/X/describe`.
Result<ObjectDescribe> parse_describe(std::string_view json);
/// Adds the fields that an overlay names for this object; a field that the metadata has stays.
///
///     { "objects": { "Lead": { "fields": [ { "name": "ChannelbridgeId__c", "type": "string",
///       "length": 36, "externalId": true } ], "recordTypes": [ { "developerName": "Deal" } ] } } }
Result<void> apply_overlay(const std::string& file, ObjectDescribe& describe);
/// describe_<object>.json and overlay.json in `folder` or in `folder`/salesforce.
Result<ObjectDescribe> published_describe(std::string_view object, const std::string& folder);

}  // namespace channelbridge::salesforce
