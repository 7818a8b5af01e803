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

/// Can this answer have a body? (RFC 9110, section 6.4.1)
bool has_body(std::string_view method, int status);

/// Collects a response body while it streams, decoded, bounded before and after decoding; a
/// successful one goes to the request's sink, if there is one.
///
/// Threads: one at a time.
class BodyDecoder {
 public:
  BodyDecoder(std::size_t limit, std::shared_ptr<BodySink> sink = {});
  ~BodyDecoder();
  BodyDecoder(const BodyDecoder&) = delete;
  BodyDecoder& operator=(const BodyDecoder&) = delete;

  /// Reads Content-Encoding of an answer that has a body, and drops the headers that describe the
  /// encoded form; Protocol when it is not one we asked for.
  Result<void> start(Response& head, bool has_body);
  Result<void> append(std::string_view bytes);
  /// Puts the body, or what is known of it, into the answer.
  Result<void> finish(Response& response);

 private:
  struct Inflater;
  Result<void> inflate(std::string_view bytes);
  Result<void> keep(std::string_view decoded);
  Error too_large() const;

  const std::size_t limit_;
  std::shared_ptr<BodySink> sink_;  ///< null once it is known that the answer is not for it
  std::size_t received_{};
  std::size_t decoded_{};
  std::string body_;
  std::unique_ptr<Inflater> inflater_;
};

}  // namespace channelbridge::http
