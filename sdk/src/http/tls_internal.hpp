#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "channelbridge/http/transport.hpp"
#include "wire_internal.hpp"

namespace channelbridge::http {

/// What happened in the handshakes of one SSL_CTX.
///
/// Threads: any.
class HandshakeWatch {
 public:
  void verified(std::string problem);  ///< empty = the certificate was accepted
  void begun();
  void failed(std::string reason);  ///< in OpenSSL's words
  void completed();
  std::string problem() const;  ///< why the last certificate was refused
  std::string reason() const;   ///< why the last handshake failed; empty = nothing was said
  bool any_completed() const;

 private:
  mutable std::mutex mutex_;
  std::string problem_;
  std::string reason_;
  bool completed_{};
};

/// The TLS settings of one origin, files loaded once: trusted authorities, the host name to check,
/// client certificate, security level, TLS 1.2 at least. Verification cannot be switched off.
///
/// Threads: immutable.
class TlsClient {
 public:
  static Result<std::shared_ptr<const TlsClient>> make(const TlsOptions& options,
                                                       const Origin& origin);
  ~TlsClient();

  /// False when OpenSSL refuses a setting; its error queue is empty afterwards.
  bool apply(SSL_CTX* context, std::shared_ptr<HandshakeWatch> watch) const;
  /// The name for SNI; empty for an IP address (RFC 6066, section 3).
  const std::string& server_name() const;

 private:
  struct Loaded;
  explicit TlsClient(std::unique_ptr<Loaded> loaded);
  std::unique_ptr<Loaded> loaded_;
};

/// What both transports are made of, checked.
struct Setup {
  Origin origin{};
  std::optional<Origin> proxy{};
  std::shared_ptr<const TlsClient> tls{};  ///< null for http
};
Result<Setup> prepare(const std::string& origin, const TransportOptions& options);

/// A failed handshake: nothing of the request was sent. Unauthenticated when a certificate was
/// refused.
Error handshake_error(const HandshakeWatch& watch, const std::string& origin);

}  // namespace channelbridge::http
