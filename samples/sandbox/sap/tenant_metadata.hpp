#pragma once

#include <string>

#include "sandbox/sap/settings.hpp"

namespace channelbridge::sandbox::odata {

/// The published metadata document as the tenant shows it: with its custom fields among the
/// properties of their sets' types, and its creatable fields marked so. Fields of sets that the
/// document does not have are left out.
///
/// Errors   Invalid: not XML; the type has a property of a custom field's name already; a creatable
/// field is none of its type's, or can be set as it is
Result<std::string> tenant_metadata(std::string edmx, const Settings& settings);

}  // namespace channelbridge::sandbox::odata
