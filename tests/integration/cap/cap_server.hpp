#pragma once

#include <sys/types.h>

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "channelbridge/core/result.hpp"
#include "channelbridge/http/transport.hpp"

namespace channelbridge::cap {

using Json = nlohmann::json;

/// What `install` found. Only `Unreachable` is a reason to skip.
enum class Installed : std::uint8_t { Ready, Unreachable, Failed };

/// Puts SAP's server, as the lock file names it, and the imported model into the build tree; once
/// per process. `why` is told when it is not ready.
Installed install(std::string& why);

/// One run of the server on a free port of the loopback interface, with an empty database in
/// memory. Stopped by its process id when it goes out of scope.
///
/// Threads: one at a time.
class CapServer {
 public:
  static Result<std::unique_ptr<CapServer>> start();
  CapServer(const CapServer&) = delete;
  CapServer& operator=(const CapServer&) = delete;
  ~CapServer();

  const std::string& url() const { return url_; }

  /// What another user of the server does, over plain HTTP: the answer's status and JSON.
  std::pair<int, Json> as_alice(const std::string& method, const std::string& target,
                                const Json& body = {});
  /// Rows of a V4 collection as the server counts them.
  std::int64_t count(const std::string& collection);

  /// Lines of the server's log that hold `words`.
  std::size_t logged(const std::string& words) const;
  /// The end of the server's log, for a failed test.
  std::string log_end() const;

 private:
  CapServer() = default;
  /// Do all services show what they are?
  bool answers();
  std::string log() const;

  pid_t pid_{-1};
  std::string url_;
  std::filesystem::path log_;
  std::shared_ptr<http::Transport> transport_;
};

}  // namespace channelbridge::cap
