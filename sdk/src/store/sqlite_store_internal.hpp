#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "channelbridge/store/store.hpp"

namespace Poco::Data {
class Session;
}

namespace channelbridge::store {

Result<std::unique_ptr<Store>> open_sqlite_store(const std::string& file, StoreOptions options);

/// Brings the file's schema to kSchemaVersion, one transaction per step. Throws Poco exceptions;
/// returns Unsupported for a file of a newer version or of another program, which is left alone.
Result<void> migrate(Poco::Data::Session& session, const std::string& file);

/// False when there was nothing to roll back: SQLite has done it by itself.
bool roll_back(Poco::Data::Session& session);

/// A condition on a column, and the text of the JSON list that goes in its place.
inline constexpr const char* kInList = " IN (SELECT value FROM json_each(?))";
std::string json_list(const std::vector<std::string>& texts);

/// Writes all rows, new versions behind `last_change`; the position of the last one comes back.
/// Inside a transaction; throws Poco exceptions.
std::int64_t apply(Poco::Data::Session& session, Changes& changes, std::int64_t last_change);

/// Whatever names the first record names the second from now on. Inside a transaction; throws Poco
/// exceptions, as the functions below do.
void repoint(Poco::Data::Session& session,
             const std::vector<std::pair<std::string, std::string>>& old_and_new);
/// Writes a whole copy to a new file and flushes it to the disk.
void copy_to(Poco::Data::Session& session, const std::string& store, const std::string& file);
Compacted compact(Poco::Data::Session& session, const Retention& retention);

}  // namespace channelbridge::store
