#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "channelbridge/core/result.hpp"
#include "sandbox/common/clock.hpp"
#include "sandbox/common/faults.hpp"
#include "sandbox/common/http.hpp"
#include "sandbox/common/journal.hpp"

namespace channelbridge::sandbox {

/// What a system's server shares with its callers: time, memory of effects, disturbances.
struct Desk {
  explicit Desk(std::shared_ptr<const Clock> base = system_clock())
      : clock(std::make_shared<OffsetClock>(std::move(base))), journal(clock) {}

  std::shared_ptr<OffsetClock> clock;
  Journal journal;
  Faults faults{};
};

/// The behaviour of one system behind a Server.
///
/// Threads: handle() is called from many threads at once.
class Service {
 public:
  virtual ~Service() = default;
  virtual Response handle(const Request& request) = 0;
  /// The system's own words for the faults that answer in its place.
  virtual Response refuse(const Request& request, const Fault& fault);
  /// The answer to a request whose body is over the limit.
  virtual Response too_large(const Request& request);
  /// Resources of its own below /__sandbox/; none = not one of them.
  virtual std::optional<Response> administer(const Request& request);
  /// What GET /__sandbox/state shows.
  virtual Json state() = 0;
};

struct ServerOptions {
  std::uint16_t port{};       ///< 0 = any free port
  std::string certificate{};  ///< PEM files; both set = TLS
  std::string private_key{};
  std::string client_ca{};  ///< PEM file; set = a client certificate of this CA is demanded
  std::size_t max_body_bytes{std::size_t{50} << 20U};
  int threads{32};  ///< connections served at the same time
  bool gzip{true};  ///< compress answers over 1 KB for clients that accept it
};

/// An HTTP/1.1 server on the loopback interface with keep-alive. Beside the service's own resources
/// it answers:
///
///     GET    /__sandbox/journal    NDJSON: effects in order, last line counters
///     DELETE /__sandbox/journal    forget them
///     GET    /__sandbox/counters   JSON
///     GET    /__sandbox/state      the service's records
///     GET | POST | DELETE /__sandbox/faults    list, switch one on, switch all off
///     POST   /__sandbox/clock      {"advance_seconds": n}
///
/// and what the service adds to them.
///
/// Threads: any.
class Server {
 public:
  static Result<std::unique_ptr<Server>> start(std::shared_ptr<Service> service,
                                               std::shared_ptr<Desk> desk,
                                               ServerOptions options = {});
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  std::uint16_t port() const;
  /// "http://127.0.0.1:port", with TLS "https://localhost:port".
  const std::string& url() const;
  /// Ends open connections and waits for running requests. Idempotent.
  void stop();

 private:
  class Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace channelbridge::sandbox
