#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "channelbridge/document/path.hpp"
#include "service_internal.hpp"

namespace channelbridge::odata {

/// Which properties and navigations of one entity are wanted.
struct Wanted {
  const Type* type{};
  std::set<std::string> select{};  ///< empty = all
  std::map<std::string, Wanted> expand{};
};

/// Where an entity shows when it was changed: one property, or a date and a time (LastChangeDate +
/// LastChangeTime).
struct StampPath {
  std::string first{};   ///< "" = none
  std::string second{};  ///< Edm.Time property; "" = `first` says it all
  std::string type{};    ///< of `first`
  bool pair() const { return !second.empty(); }
};

/// A Selection checked against the service's metadata and turned into query options.
struct Shape {
  const Metadata* metadata{};
  std::string set{};
  const Type* type{};
  Wanted wanted{};
  StampPath modified{};
  StampPath created{};  ///< followed as well where Options::created says so
  std::string modified_by{};
  std::string version{};  ///< "@etag", a property, or ""
  document::Path correlation{};
};

/// Does the type have the property or navigation that the path begins with?
bool leads_from(const Type& type, const document::Path& path);

/// Errors: Invalid naming every path that the service does not have, with the nearest name.
Result<Shape> make_shape(const Service& service, const Metadata& metadata,
                         const adapter::Selection& selection);

/// "LastChangeDate" with a sibling "LastChangeTime" is a pair; "A,B" names one.
StampPath stamp_path(const Type& type, std::string_view path);

/// $select and $expand.
Query shape_query(const Shape& shape);

/// Shape of what a list of links brings, by name: the names of a child set's entities (touch).
std::string default_stamp(const Type& type);

}  // namespace channelbridge::odata
