#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sandbox/sap/store.hpp"

namespace channelbridge::sandbox::odata {

/// What a path below the service root points at.
struct Resource {
  enum class Kind { ServiceDocument, Metadata, Batch, Collection, Entity, Property, Function };

  Kind kind = Kind::ServiceDocument;
  Table* table{};   ///< set of the rows
  RowPtr row{};     ///< Entity, Property; null = a to-one navigation that leads nowhere
  Table* parent{};  ///< when reached by navigation
  RowPtr parent_row{};
  const Navigation* navigation{};
  std::size_t property{};
  bool raw = false;    ///< …/$value
  bool count = false;  ///< …/$count
  bool links = false;  ///< …/$links/…, …/$ref
  const FunctionImport* function{};
};

/// `segments` are decoded path segments below the service root. Refuses unknown names and missing
/// rows with 404, malformed keys with 400.
Resource resolve(const std::vector<std::string>& segments, Store& store);

}  // namespace channelbridge::sandbox::odata
