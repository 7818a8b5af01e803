#pragma once

#include <mutex>
#include <string>

#include "channelbridge/http/pipeline.hpp"
#include "places_internal.hpp"

namespace channelbridge::http {

/// Fails calls at once while a system does not answer, then lets one through as a probe.
///
/// Threads: any.
class Circuit {
 public:
  explicit Circuit(CircuitOptions options) : options_(options) {}

  enum class Outcome { Answered, Failed, Unknown };
  struct Pass {
    bool probe{};
  };
  /// Unavailable with retry_after while open.
  Result<Pass> enter(const Clock& clock);
  void leave(Pass pass, Outcome outcome, const Clock& clock);

 private:
  const CircuitOptions options_;
  std::mutex mutex_;
  int failures_{};
  bool open_{};
  bool probing_{};
  std::chrono::steady_clock::time_point until_{};
};

/// Requests per second (token bucket) and requests at the same time.
///
/// Threads: any.
class Limiter {
 public:
  explicit Limiter(RateOptions options);

  /// Waits for a place; RateLimited when that would pass the deadline.
  Result<void> enter(const Context& context);
  void leave() { places_.leave(); }

 private:
  std::chrono::nanoseconds reserve(const Clock& clock);
  void give_back();

  const RateOptions options_;
  Places places_;
  std::mutex mutex_;
  double tokens_;
  std::chrono::steady_clock::time_point filled_{};
};

/// "GET https://host/path": what an Error says of a request. The query may hold values.
std::string request_text(std::string_view method, std::string_view origin, std::string_view target);

/// What may appear in a log: query values and headers by name, from a list of names that carry no
/// data of people.
std::string loggable_target(std::string_view target);
std::string loggable_headers(const Headers& headers);

}  // namespace channelbridge::http
