#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "channelbridge/http/transport.hpp"

/// What both transports do the same way.
namespace channelbridge::http {

/// ASCII letters only: header and host names.
std::string lower(std::string_view text);

/// Scheme, host and port of a URL that has nothing else.
struct Origin {
  bool tls{};
  std::string host{};  ///< without the brackets of an IPv6 address
  std::uint16_t port{};

  /// For the Host header: the port only when it is not the scheme's own.
  std::string authority() const;
  /// "https://host:port", the port as in authority().
  std::string text() const;
};
Result<Origin> parse_origin(std::string_view url);

/// Invalid when the request could break the message apart: bad method, target, header name or
/// value, or a header that is the transport's own.
Result<void> check_request(const Request& request);
bool is_repeatable(const Request& request);
/// Does a request of this method have a Content-Length even when its body is empty?
bool announces_length(const Request& request);

/// The error for a call that ended because of its own Context.
Error stopped_error(const Error& reason, const std::string& origin, Sent sent);

/// Collects a response body while it streams, decoded, bounded before and after decoding.
///
/// Threads: one at a time.
class BodySink {
 public:
  explicit BodySink(std::size_t limit);
  ~BodySink();
  BodySink(const BodySink&) = delete;
  BodySink& operator=(const BodySink&) = delete;

  /// Reads Content-Encoding; Protocol when it is not one we asked for.
  Result<void> start(const Headers& headers);
  Result<void> append(std::string_view bytes);
  Result<std::string> finish();

 private:
  struct Inflater;
  Result<void> inflate(std::string_view bytes);
  Error too_large() const;

  std::size_t limit_;
  std::size_t received_{};
  std::string body_;
  std::unique_ptr<Inflater> inflater_;
};

/// After decoding: drops the headers that described the encoded form.
void drop_encoding(Headers& headers);

}  // namespace channelbridge::http
