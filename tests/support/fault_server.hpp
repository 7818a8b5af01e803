#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "fault_server_tls.hpp"

namespace channelbridge::testing {

struct SeenRequest {
  std::string head{};  ///< request line and header, as sent
  std::string body{};

  std::string line() const { return head.substr(0, head.find("\r\n")); }
  /// The value of a header; "" when it is absent. Names compare without case.
  std::string header(std::string_view name) const;
};

class FaultServer;

/// One accepted connection, in the hands of a script.
///
/// Threads: one at a time; end() any.
class FaultPeer {
 public:
  FaultPeer(FaultServer& server, int descriptor, int number);
  ~FaultPeer();
  FaultPeer(const FaultPeer&) = delete;
  FaultPeer& operator=(const FaultPeer&) = delete;

  int number() const { return number_; }  ///< 1 = the server's first connection
  /// False when the TLS handshake fails.
  bool start(const ServerTls* tls);
  /// The next whole request, which the server remembers; none when the client closed.
  std::optional<SeenRequest> read_request();
  /// False when the client is gone.
  bool write(std::string_view bytes);
  void answer(std::string_view body, std::string_view more_header = {},
              std::string_view status = "200 OK");
  /// Carries bytes between the client and that port of this machine until one of them closes.
  void tunnel_to(int port);
  /// Waits until the client closes.
  void wait_for_close();
  void close();  ///< FIN
  void reset();  ///< RST
  void end();    ///< unblocks whatever the script waits for

 private:
  long read_some(char* data, std::size_t size);

  FaultServer& server_;
  int descriptor_;
  int number_;
  void* ssl_{};
  std::string buffered_;
  std::mutex mutex_;
};

/// A server on a free loopback port that does to each connection what a script says: raw bytes,
/// wrong moments.
///
/// Threads: any.
class FaultServer {
 public:
  using Script = std::function<void(FaultPeer&)>;
  explicit FaultServer(Script script, const ServerTls* tls = nullptr);
  ~FaultServer();
  FaultServer(const FaultServer&) = delete;
  FaultServer& operator=(const FaultServer&) = delete;

  int port() const { return port_; }
  /// "http://127.0.0.1:port", or with https and another name.
  std::string origin(std::string_view host = "127.0.0.1") const;
  int connections() const { return connections_; }
  /// Every request read so far, from any connection.
  std::vector<SeenRequest> seen() const;
  int count(std::string_view line_start) const;
  void note(SeenRequest request);

  /// Answers each request on each connection with 200 and its body.
  static Script echo();

 private:
  void accept_all(const std::stop_token& stop);

  Script script_;
  const ServerTls* tls_;
  int port_{};
  int listener_;  // after port_, which it sets
  std::atomic<int> connections_{};
  mutable std::mutex mutex_;
  std::vector<SeenRequest> seen_;
  std::vector<std::shared_ptr<FaultPeer>> peers_;
  std::vector<std::jthread> workers_;
  std::jthread acceptor_;
};

/// A connection to that port of this machine; negative when there is none.
int connect_to_loopback(int port);

/// A loopback port where nobody answers: a connection to it never comes up, and none is refused.
class DeafPort {
 public:
  DeafPort();
  ~DeafPort();
  DeafPort(const DeafPort&) = delete;
  DeafPort& operator=(const DeafPort&) = delete;

  int port() const { return port_; }

 private:
  int port_{};
  int listener_;  // after port_, which it sets
  int queued_;
};

/// A loopback port on which nobody listens.
int refused_port();

}  // namespace channelbridge::testing
