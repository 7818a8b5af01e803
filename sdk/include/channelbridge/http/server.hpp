#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "channelbridge/core/log.hpp"
#include "channelbridge/http/transport.hpp"

namespace channelbridge::http {

/// A request that somebody else has sent to us, whole.
struct Received {
  std::string method{"POST"};
  std::string path{"/"};  ///< percent-decoded, without the query: "/erp"
  std::string query{};    ///< as it came
  Headers headers{};
  std::string body{};  ///< decoded (gzip)
  std::string peer{};  ///< the caller's address: "10.1.2.3"
};

struct ServerOptions {
  std::string address{"127.0.0.1"};  ///< to listen on: an address of this machine, "0.0.0.0" = all
  std::uint16_t port{};              ///< 0 = any free one
  std::string certificate_file{};    ///< chain, PEM; set with key_file = TLS 1.2 and later only
  std::string key_file{};            ///< PEM
  /// PEM; set = every caller must show a certificate that one of these authorities has signed.
  std::string client_ca_file{};
  std::size_t max_body_bytes{64U << 20U};     ///< sent and decoded; more is answered with 413
  int threads{8};                             ///< requests handled at the same time
  std::chrono::milliseconds timeout{30'000};  ///< for one body to arrive, and between two reads
  std::shared_ptr<Log> log{no_log()};         ///< requests that could not be handled, and why
};

/// Answers one request; `headers` of the answer without Content-Length and Connection.
///
/// Threads: called from several at once. What it throws is logged and answered with 500.
using Handler = std::function<Response(const Received&)>;

/// An HTTP/1.1 server for what other systems send to us. A request whose body is not all there
/// (fewer bytes than Content-Length says, a broken gzip stream) never reaches the handler: 400. A
/// chunked body that breaks off cannot be told from a whole one here: what takes it must check it.
///
/// Threads: any.
class Server {
 public:
  /// Errors: Invalid, a certificate, key or address that cannot be used; Unavailable, the port is
  /// taken.
  static Result<std::unique_ptr<Server>> start(ServerOptions options, Handler handler);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// "http://127.0.0.1:8090".
  const std::string& origin() const;
  std::uint16_t port() const;
  /// Takes no more requests, and waits for those at hand. Idempotent.
  void stop();

 private:
  class Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// Does the request carry this user and password (RFC 7617)? Takes as long whatever differs.
bool has_basic(const Received& request, const std::string& user, const Secret& password);

}  // namespace channelbridge::http
