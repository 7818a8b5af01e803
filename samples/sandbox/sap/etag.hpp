#pragma once

#include <string>

#include "sandbox/sap/store.hpp"

namespace channelbridge::sandbox::odata {

/// The ETag header's value, e.g. W/"'ABC20190624171745'"; empty when the type has none.
std::string etag_of(const Table& table, const Row& row, const Settings& settings, Version version);
bool has_etag(const Table& table, const Settings& settings);

/// "A_BusinessPartner" key values as people write them: 11, or 11,1.
std::string plain_key(const Table& table, const Row& row);

}  // namespace channelbridge::sandbox::odata
