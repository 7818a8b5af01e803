#pragma once

#include <string>
#include <string_view>

#include "sandbox/sap/transaction.hpp"

namespace channelbridge::sandbox::odata {

/// Where a refusal points: "/Set/Property".
inline std::string target_of(const Table& table, std::string_view property) {
  return "/" + table.set().name + "/" + std::string(property);
}

inline bool empty(const Value& value) { return is_null(value) || value == Value(std::string()); }

}  // namespace channelbridge::sandbox::odata
