#include "sync_calls.hpp"

#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>

namespace {
std::atomic<int> calls{0};
}

// A program's own functions go before the C library's, for its libraries as well.
extern "C" int fsync(int file) {
  ++calls;
  return static_cast<int>(::syscall(SYS_fsync, file));
}
extern "C" int fdatasync(int file) {
  ++calls;
  return static_cast<int>(::syscall(SYS_fdatasync, file));
}

namespace support {

int sync_calls() { return calls; }

}  // namespace support
