#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "channelbridge/core/result.hpp"

namespace channelbridge::sandbox::odata {

enum class Version { V2, V4 };

/// The primitive types of both versions. Structured covers complex types, enumerations and
/// collections: their JSON is kept as it came.
enum class Edm {
  String,
  Boolean,
  Byte,
  SByte,
  Int16,
  Int32,
  Int64,
  Decimal,
  Double,
  Single,
  Guid,
  DateTime,
  DateTimeOffset,
  Date,
  Time,
  TimeOfDay,
  Binary,
  Structured
};

struct Property {
  std::string name;
  std::string type_name;
  Edm type = Edm::String;
  bool nullable = true;
  bool key = false;
  std::optional<int> max_length{};
  std::optional<int> scale{};
  std::optional<int> precision{};
  bool creatable = true;
  bool updatable = true;
  bool filterable = true;
  bool sortable = true;
  bool upper_case = false;  ///< sap:display-format="UpperCase"
  bool non_negative =
      false;  ///< sap:display-format="NonNegative": digits only, shown without leading zeros
  bool concurrency = false;  ///< ConcurrencyMode="Fixed"
};

/// One navigation property. `join` pairs a property of the source with one of the target; empty
/// means that the document says nothing and the rows are linked one by one.
struct Navigation {
  std::string name;
  std::string target_type;
  std::string association;
  std::string to_role;
  std::string target_set;
  bool many = false;
  std::vector<std::pair<std::string, std::string>> join{};
};

struct EntityType {
  std::string name;
  std::string qualified_name;
  std::string base{};
  std::vector<Property> properties{};
  std::vector<std::size_t> keys{};
  std::vector<Navigation> navigations{};

  std::optional<std::size_t> find(std::string_view property) const;
  const Navigation* navigation(std::string_view navigation_name) const;
};

struct EntitySet {
  std::string name;
  std::string type;
  bool creatable = true;
  bool updatable = true;
  bool deletable = true;
  bool addressable = true;
  std::map<std::string, std::string> bindings{};  ///< V4: navigation path -> set
  std::vector<std::string> etag{};                ///< V4: Core.OptimisticConcurrency
};

struct FunctionImport {
  std::string name;
  std::string method;
  std::string return_type;
  std::string entity_set;
  std::vector<Property> parameters{};
};

/// What an EDMX document declares, with every navigation resolved to its target set and join.
///
/// Tolerant of what published documents contain: unknown annotations, dangling navigation types,
/// association sets without ends. Such a navigation is kept without a target set.
struct Model {
  Version version = Version::V2;
  std::string namespace_name;
  std::string container;
  std::map<std::string, EntityType> types{};  ///< by qualified name
  std::vector<EntitySet> sets{};
  std::vector<FunctionImport> functions{};
  std::string text;  ///< the document as published, answered to $metadata

  const EntitySet* set(std::string_view name) const;
  const EntityType& type_of(const EntitySet& entity_set) const { return types.at(entity_set.type); }
  const FunctionImport* function(std::string_view name) const;
};

/// Joins that no document states, by "Set/navigation": a setting of the served system. A source of
/// the form "=3" is a constant: to_MobilePhoneNumber leads to rows of PhoneNumberType 3 only.
using Joins = std::map<std::string, std::vector<std::pair<std::string, std::string>>, std::less<>>;

/// Errors   Invalid: not XML, no schema, a set without its type
Result<Model> parse_edmx(std::string text, const Joins& joins = {});

}  // namespace channelbridge::sandbox::odata
