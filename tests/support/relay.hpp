#pragma once

#include <functional>
#include <string>

#include "fault_server.hpp"

namespace channelbridge::testing {

/// A server in front of another one on this machine: it passes requests on and answers back, but
/// for what a test does to them. The server behind sees the relay's name as its own.
///
/// Threads: any; the hooks are called from many threads.
class Relay {
 public:
  struct Hooks {
    /// Answers the request itself (true), or leaves it to the server behind.
    std::function<bool(const SeenRequest&, FaultPeer&)> instead{};
    /// Changes the body of an answer on its way back.
    std::function<void(const SeenRequest&, std::string& body)> edit{};
  };
  /// `behind`: the port of a plain HTTP server.
  Relay(int behind, Hooks hooks, const ServerTls* tls = nullptr);

  std::string origin(std::string_view host = "127.0.0.1") const { return server_.origin(host); }
  const FaultServer& server() const { return server_; }

 private:
  void serve(FaultPeer& peer) const;

  int behind_;
  Hooks hooks_;
  bool tls_;
  FaultServer server_;  // last: its threads use the others
};

}  // namespace channelbridge::testing
