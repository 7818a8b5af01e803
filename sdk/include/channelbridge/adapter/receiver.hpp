#pragma once

#include "channelbridge/http/server.hpp"

namespace channelbridge::adapter {

/// Keeps what one system posts to us where Adapter::read() finds it. The next sync takes it from
/// there; the store is not touched, so posts are taken while a run lasts.
///
/// Threads: any.
class Receiver {
 public:
  virtual ~Receiver() = default;
  /// The answer, in the system's own forms. 2xx: all of it is on the disk, and the system may
  /// forget it. 4xx: it never will be taken so. The same post once more is kept once.
  /// Errors: Internal, this machine could not keep it; the caller answers 503, and the system sends
  /// it again.
  virtual Result<http::Response> take(const http::Received& post) = 0;
};

}  // namespace channelbridge::adapter
