#pragma once

namespace support {

/// How often this process has asked for bytes to be put on the disk (fsync, fdatasync), SQLite's
/// own calls included.
int sync_calls();

}  // namespace support
