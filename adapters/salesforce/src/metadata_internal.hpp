#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>

#include "channelbridge/adapter/adapter.hpp"

namespace channelbridge::salesforce {

/// Records of another object that name this one as their parent.
struct ChildRelationship {
  std::string object{};  ///< "OrderItem"
  std::string field{};   ///< of that object, and holds the parent's id: "OrderId"
};

/// An sObject's describe: the neutral part, and what only this adapter needs.
struct ObjectDescribe {
  adapter::ObjectMetadata metadata{};
  std::string key_prefix{};  ///< what ids of its records begin with; "" = it does not say
  std::set<std::string, std::less<>> external_ids{};
  std::set<std::string, std::less<>> unique{};  ///< a second record with the same value is refused
  /// By the name that a subquery uses ("OrderItems").
  std::map<std::string, ChildRelationship, std::less<>> children{};

  bool has(std::string_view field) const { return metadata.properties.contains(field); }
  bool filterable(std::string_view field) const;
  /// Compound fields (addresses, locations) are selected as a whole.
  bool compound(std::string_view field) const;
  /// The children behind this name. Invalid, with the nearest name: the object has no such list.
  Result<ChildRelationship> children_of(std::string_view navigation) const;
};

/// Reads the answer of `sobjects/X/describe`.
Result<ObjectDescribe> parse_describe(std::string_view json);
/// Adds the fields and lists of children that an overlay names for this object; what the metadata
/// has stays.
///
///     { "objects": { "Lead": { "fields": [ { "name": "ChannelbridgeId__c", "type": "string",
///       "length": 36, "externalId": true } ], "recordTypes": [ { "developerName": "Deal" } ] } } }
Result<void> apply_overlay(const std::string& file, ObjectDescribe& describe);
/// describe_<object>.json and overlay.json in `folder` or in `folder`/salesforce.
Result<ObjectDescribe> published_describe(std::string_view object, const std::string& folder);

}  // namespace channelbridge::salesforce
