#pragma once

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>

#include "channelbridge/core/result.hpp"

namespace channelbridge::store {

/// An advisory lock on "<file>.lock": gone with the process, however it ends.
///
/// Threads: one at a time.
class RunLock {
 public:
  ~RunLock() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  Result<void> take(const std::string& file) {
    descriptor_ = ::open((file + ".lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (descriptor_ < 0) {
      return Error(ErrorCode::Internal,
                   "store file " + file + ": " + file +
                       ".lock cannot be written: " + std::generic_category().message(errno));
    }
    if (::flock(descriptor_, LOCK_EX | LOCK_NB) == 0) return {};
    return Error(ErrorCode::Unavailable,
                 "store file " + file + " is in use by another run; wait for it to end");
  }

 private:
  int descriptor_{-1};
};

}  // namespace channelbridge::store
