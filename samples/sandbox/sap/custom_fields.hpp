#pragma once

#include <string>
#include <vector>

#include "sandbox/sap/settings.hpp"

namespace channelbridge::sandbox::odata {

/// The metadata document with the tenant's fields among the properties of their sets' types. Fields
/// of sets that it does not have are left out.
///
/// Errors   Invalid: not XML; the type has a property of that name already
Result<std::string> with_custom_fields(std::string edmx, const std::vector<CustomField>& fields);

}  // namespace channelbridge::sandbox::odata
