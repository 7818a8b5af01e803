#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "channelbridge/adapter/adapter.hpp"
#include "channelbridge/core/result.hpp"
#include "channelbridge/odata/value.hpp"

namespace channelbridge::odata {

struct Property {
  adapter::PropertyMetadata description{};
  bool upper{};      ///< the service turns what it is sent into capitals
                     ///< (sap:display-format="UpperCase")
  bool date_only{};  ///< Edm.DateTime shown as a date (sap:display-format="Date"), or Edm.Date
};

struct Navigation {
  std::string type{};  ///< entity type, qualified
  std::string set{};   ///< entity set; "" when the service binds none (contained or dangling)
  bool many{};
  std::string partner{};  ///< the navigation back, "" = not told
  /// V4: a property here -> the property there that has its value (ReferentialConstraint)
  std::map<std::string, std::string, std::less<>> constraints{};
};

/// An entity type or complex type; base types are already folded in.
struct Type {
  std::string name{};  ///< qualified
  std::vector<std::string> keys{};
  std::map<std::string, Property, std::less<>> properties{};
  std::map<std::string, Navigation, std::less<>> navigations{};
  bool
      versioned{};  ///< entities carry ETags: ConcurrencyMode="Fixed" or Core.OptimisticConcurrency
};

struct Set {
  std::string name{};
  std::string type{};
  bool creatable{true};
  bool updatable{true};
  bool deletable{true};
  bool tracks_changes{};  ///< serves delta links (Capabilities.ChangeTracking)
  /// Navigation paths that a delta link covers where they are expanded (its ExpandableProperties)
  std::set<std::string, std::less<>> tracked_children{};
  std::map<std::string, std::string, std::less<>> bindings{};  ///< navigation -> set
};

/// What $metadata says, for V2 and V4 alike. Tolerates what real services publish: unknown
/// annotations, references of another version, dangling navigation types, association sets without
/// ends.
///
/// Threads: immutable.
class Metadata {
 public:
  /// Errors: Protocol when the text is no EDMX or does not pass the XML gate.
  static Result<std::shared_ptr<const Metadata>> parse(std::string_view edmx);

  /// The same with what `overlay` says of sets that are here, too: its properties replace or join
  /// those of the set's type, and the set may be created, changed and deleted as it says there.
  std::shared_ptr<const Metadata> with(const Metadata& overlay) const;

  Version version() const { return version_; }
  const Set* set(std::string_view name) const;
  const Type* type(std::string_view qualified) const;
  const Type* type_of_set(std::string_view name) const;
  /// The set and type behind a navigation of a set's entities; nulls when unknown.
  const Navigation* navigation(const Type& type, std::string_view name) const;
  std::vector<std::string> sets() const;
  /// The contract's view of one entity set; NotFound names the nearest.
  Result<adapter::ObjectMetadata> describe(std::string_view set) const;

 private:
  friend class MetadataParser;
  Version version_{Version::V2};
  std::map<std::string, Set, std::less<>> sets_{};
  std::map<std::string, Type, std::less<>> types_{};
};

/// One entity set from a folder of published metadata (*.edmx, *.metadata.xml), the fullest
/// description winning. Files that cannot be read are named when nothing is found.
Result<adapter::ObjectMetadata> published(std::string_view object, const std::string& folder);

}  // namespace channelbridge::odata
