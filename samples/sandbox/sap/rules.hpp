#pragma once

#include <string>
#include <string_view>

#include "sandbox/sap/transaction.hpp"

namespace channelbridge::sandbox::odata {

/// For business rules: a property's value as people write it; "" when the type has no such
/// property.
inline std::string text(const Table& table, const Row& row, std::string_view property) {
  const auto index = table.type().find(property);
  return index ? to_plain(table.type().properties[*index], table.value(row, *index))
               : std::string();
}

}  // namespace channelbridge::sandbox::odata
