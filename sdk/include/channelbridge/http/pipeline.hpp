#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "channelbridge/core/log.hpp"
#include "channelbridge/core/random.hpp"
#include "channelbridge/http/credential.hpp"
#include "channelbridge/http/encoding.hpp"

namespace channelbridge::http {

/// Backoff doubles from `first_backoff` up to `max_backoff`; the wait is a random part of it (full
/// jitter), or Retry-After if that is longer.
struct RetryOptions {
  int max_attempts{5};
  std::chrono::milliseconds call_timeout{120'000};  ///< the whole call, repeats and waits included
  std::chrono::milliseconds attempt_timeout{60'000};  ///< one attempt
  std::chrono::milliseconds first_backoff{200};
  std::chrono::milliseconds max_backoff{20'000};
};
struct RateOptions {
  double requests_per_second{};  ///< 0 = unlimited; a second's worth may go at once
  int concurrency{8};            ///< requests under way at the same time
};

/// After so many calls in a row without an answer (or with 502, 503, 504) calls fail at once for a
/// while; then one call tries the system again.
struct CircuitOptions {
  int failures_to_open{8};  ///< 0 = never
  std::chrono::milliseconds open_for{15'000};
};

/// One layer between the policies and the transport that a protocol adds for itself (SAP: CSRF
/// token and cookies).
///
/// `send` sees a request that is authorised, and may send it on more than once only when the first
/// answer proves that the server refused it before any effect.
///
/// Threads: any.
class Layer {
 public:
  virtual ~Layer() = default;
  using Next = std::function<Result<Response>(const Request&, const Context&)>;
  virtual Result<Response> send(const Request& request, const Context& context,
                                const Next& next) = 0;
};

struct PipelineOptions {
  std::string system{};  ///< configured name; appears in every error and log line
  RetryOptions retry{};
  RateOptions rate{};
  CircuitOptions circuit{};
  std::shared_ptr<Credential> credential{};  ///< null = none
  std::shared_ptr<Layer> layer{};            ///< after authorisation; null = none
  /// A transport to the origin that a credential names (`Authorization::origin`). Null = stay on
  /// the configured one.
  std::function<Result<std::shared_ptr<Transport>>(const std::string& origin)> transport_for{};
  std::shared_ptr<Log> log{};        ///< null = none
  std::shared_ptr<Random> random{};  ///< jitter; null = the system's
  /// Is this answer a refused session (renew once, repeat)? Null = status 401.
  std::function<bool(const Response&)> session_refused{};
  /// Is this answer worth a repeat although the status is not 429, 502, 503 or 504? (row locks)
  /// Null = no.
  std::function<bool(const Response&)> transient{};
  /// Does this answer refuse the request for the moment, and before any effect, as 429 does? A
  /// write is repeated after it, too. Null = no.
  std::function<bool(const Response&)> refused_for_now{};
};

/// request id -> deadline -> circuit -> retry -> rate limit -> authorise -> layer -> redacted log
/// -> transport.
///
/// Answers with any final status come back as Response; the caller's error table reads them. Only a
/// redirect is an Error (Unavailable), since none is followed. A
/// request that is not repeatable is repeated only when Sent::No, or when an answer proves that
/// nothing was done (401, 429, 503 with Retry-After, session refused, refused for now).
///
/// Threads: any.
class Pipeline {
 public:
  Pipeline(std::shared_ptr<Transport> transport, PipelineOptions options);
  ~Pipeline();
  Pipeline(Pipeline&&) noexcept;

  Result<Response> send(Request request, const Context& context);
  const std::string& origin() const;
  /// Requests sent on the wire so far, retries included.
  std::uint64_t requests_sent() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// The answer's Retry-After, seconds or date; none when absent or unreadable.
std::optional<std::chrono::milliseconds> retry_after(const Response& response, const Clock& clock);

}  // namespace channelbridge::http
