#pragma once

#include <memory>
#include <string>

#include "channelbridge/store/store.hpp"

namespace Poco::Data {
class Session;
}

namespace channelbridge::store {

Result<std::unique_ptr<Store>> open_sqlite_store(const std::string& file, StoreOptions options);

/// Brings the file's schema to kSchemaVersion, one transaction per step. Throws Poco exceptions;
/// returns Unsupported for a file of a newer version.
Result<void> migrate(Poco::Data::Session& session, const std::string& file);

}  // namespace channelbridge::store
