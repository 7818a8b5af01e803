#pragma once

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "channelbridge/core/context.hpp"
#include "channelbridge/core/result.hpp"
#include "channelbridge/core/secret.hpp"

namespace channelbridge::http {

/// May the request be sent again when it is not known whether the server saw it?
enum class Repeatable : std::uint8_t { No, Yes };

/// Header names compare without case; repeated headers are kept apart and in order.
///
/// Threads: as std::vector.
class Headers {
 public:
  Headers() = default;
  Headers(std::initializer_list<std::pair<std::string, std::string>> items);
  void add(std::string name, std::string value);
  void set(std::string_view name, std::string value);  ///< replaces all of that name
  void erase(std::string_view name);
  std::optional<std::string> get(std::string_view name) const;  ///< the first
  std::vector<std::string> all(std::string_view name) const;
  const std::vector<std::pair<std::string, std::string>>& items() const { return items_; }

 private:
  std::vector<std::pair<std::string, std::string>> items_;
};

struct Response;

/// Takes the body of a successful answer (2xx) while it arrives, so that nobody holds it whole.
///
/// Shape    the body decoded (gzip), in pieces of any size; other answers have their body in
///          Response::body as ever
/// Attempts each begins anew with begin(): what was taken before it is void. What was taken is the
///          whole body only when send() has returned a Response with status 2xx
/// Errors   one that begin() or take() returns ends the exchange and is send()'s. The pipeline
///          repeats after Unavailable, Timeout and RateLimited, and after nothing else
/// Pace     the sink holds up the transfer; deadline and stop are looked at between two calls
/// Threads  one call at a time, from any thread, never after send() has returned
class BodySink {
 public:
  virtual ~BodySink() = default;
  /// A successful answer's status and headers, as Response will have them; its body is empty.
  virtual Result<void> begin(const Response& head) = 0;
  virtual Result<void> take(std::string_view bytes) = 0;
};

/// One HTTP request. Host, Content-Length, Transfer-Encoding, Connection, Expect and
/// Accept-Encoding are the transport's own and refused here. `target` is an origin-form path with
/// query, already percent-encoded: "/services/data?a=b".
struct Request {
  std::string method{"GET"};
  std::string target{"/"};
  Headers headers{};
  std::string body{};
  Repeatable repeatable{Repeatable::No};       ///< GET and HEAD are repeatable whatever this says
  std::string operation{};                     ///< for errors and logs: "read A_BusinessPartner"
  std::size_t max_response_bytes{64U << 20U};  ///< of the body, both as sent and decoded
  std::shared_ptr<BodySink>
      sink{};  ///< where a successful answer's body goes; null = Response::body
  /// What one attempt may take, and the whole call, where that is longer than the pipeline's own
  /// limits: large bodies. The caller's Context ends it earlier.
  std::chrono::milliseconds timeout{};
};

struct Response {
  int status{};
  Headers headers{};
  std::string body{};      ///< decoded (gzip); then Content-Encoding and Content-Length are gone
  std::size_t streamed{};  ///< bytes that went to the request's sink in place of `body`
  std::string request{};  ///< for Error::request(); the pipeline sets it when it hands on a refusal
};

struct TlsOptions {
  std::string ca_file{};           ///< PEM; empty = the machine's store
  std::string certificate_file{};  ///< client certificate chain, PEM
  std::string key_file{};          ///< its private key, PEM
  Secret key_password{};
  int security_level{-1};  ///< OpenSSL security level for old gateways; -1 = the library's default
};

struct TransportOptions {
  std::chrono::milliseconds connect_timeout{10'000};
  std::chrono::milliseconds idle_timeout{8'000};      ///< an idle connection is not used after that
  std::chrono::milliseconds default_timeout{60'000};  ///< for a Context without deadline
  std::size_t connections{8};                         ///< open at the same time, at most
  std::size_t max_header_bytes{64U << 10U};
  TlsOptions tls{};
  std::string proxy{};  ///< "http://host:port"; empty = none
};

/// Sends one request to one origin ("https://host:port"), at most once unless it is repeatable.
///
/// Any HTTP status is a Response; an Error means that there is no complete answer, and its `sent()`
/// says whether the server can have seen the request. Redirects are returned, never followed.
/// Header values with control characters are refused (Invalid, Sent::No). The deadline holds for
/// the whole call but for Poco's look-up of a host name, which the resolver's own time-outs end.
///
/// Threads: any.
class Transport {
 public:
  virtual ~Transport() = default;
  virtual Result<Response> send(const Request& request, const Context& context) = 0;
  virtual const std::string& origin() const = 0;
};

/// On Poco::Net; the default. `origin` = scheme, host and port only.
Result<std::shared_ptr<Transport>> make_poco_transport(const std::string& origin,
                                                       TransportOptions options = {});
/// On cpprestsdk, which holds each chunk of a chunked body whole. Its thread pool is process-wide:
/// call set_cpprest_threads() first thing in the program.
Result<std::shared_ptr<Transport>> make_cpprest_transport(const std::string& origin,
                                                          TransportOptions options = {});
/// Sizes cpprestsdk's process-wide pool; false when it was already running.
bool set_cpprest_threads(int threads);

}  // namespace channelbridge::http
