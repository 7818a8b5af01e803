#include "channelbridge/http/pipeline.hpp"

#include <algorithm>
#include <atomic>
#include <charconv>

#include "policies_internal.hpp"
#include "wire_internal.hpp"

namespace channelbridge::http {
namespace {

using std::chrono::milliseconds;

constexpr std::string_view kRequestId = "X-Request-Id";
/// A longer Retry-After is taken for this; no call waits for so long anyway.
constexpr std::chrono::hours kLongestRetryAfter{24};

/// What one attempt tells about the next.
struct Verdict {
  bool repeat{};
  bool nothing_done{};  ///< the server refused it before any effect
  milliseconds wait{};  ///< at least
};

/// "340 ms", "2.1 s"
std::string seconds_text(milliseconds span) {
  if (span < std::chrono::seconds(1)) return std::to_string(span.count()) + " ms";
  const auto tenths = (span.count() + 50) / 100;
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " s";
}

Sent more_certain_to_have_arrived(Sent a, Sent b) {
  if (a == Sent::NoAnswer || b == Sent::NoAnswer) return Sent::NoAnswer;
  return a == Sent::Answered ? a : b;
}

bool no_answer_from_system(const Result<Response>& result) {
  if (result) return result->status == 502 || result->status == 503 || result->status == 504;
  return result.error().code() == ErrorCode::Unavailable ||
         result.error().code() == ErrorCode::Timeout;
}

Circuit::Outcome circuit_outcome(const Result<Response>& result) {
  if (no_answer_from_system(result)) return Circuit::Outcome::Failed;
  return result ? Circuit::Outcome::Answered : Circuit::Outcome::Unknown;
}

/// Nothing here follows a redirect: the other host would get what is meant for the configured one.
/// None = the answer is no redirect.
std::optional<Error> redirected(const Response& response) {
  const int status = response.status;
  const bool as_it_is = status == 307 || status == 308;  // RFC 9110: the same request, elsewhere
  if (!as_it_is && status != 301 && status != 302 && status != 303) return std::nullopt;
  const std::string location = response.headers.get("Location").value_or("");
  const std::size_t scheme = location.find("://");
  const std::size_t path = scheme == std::string::npos ? 0 : location.find('/', scheme + 3);
  const auto other = parse_origin(location.substr(0, path));  // what follows may hold secrets
  return Error(ErrorCode::Unavailable,
               "the answer leads to " + (other ? other->text() : "another address there") +
                   ", which is not followed: set the address that answers itself")
      .with_http_status(status)
      .with_sent(as_it_is ? Sent::No : Sent::Answered);
}

}  // namespace

std::optional<milliseconds> retry_after(const Response& response, const Clock& clock) {
  const auto text = response.headers.get("Retry-After");
  if (!text) return std::nullopt;
  std::int64_t seconds = 0;
  const char* last = text->data() + text->size();
  const auto [end, failed] = std::from_chars(text->data(), last, seconds);
  if (failed == std::errc() && end == last) {
    const std::int64_t most = std::chrono::seconds(kLongestRetryAfter).count();
    return std::chrono::seconds(std::clamp<std::int64_t>(seconds, 0, most));
  }
  const auto date = parse_http_date(*text);
  if (!date) return std::nullopt;
  return std::clamp<milliseconds>(std::chrono::ceil<milliseconds>(*date - clock.now()),
                                  milliseconds(0), kLongestRetryAfter);
}

/// The policies in their order; each function is one and calls the next.
struct Pipeline::Impl {
  Impl(std::shared_ptr<Transport> transport, PipelineOptions given)
      : configured(std::move(transport)),
        options(std::move(given)),
        circuit(options.circuit),
        limiter(options.rate) {
    if (!options.log) options.log = no_log();
    if (!options.random) options.random = system_random();
    if (!options.session_refused)
      options.session_refused = [](const Response& response) { return response.status == 401; };
    if (!options.transient) options.transient = [](const Response&) { return false; };
    if (!options.refused_for_now) options.refused_for_now = [](const Response&) { return false; };
  }

  /// One call: the request as it goes out, and what happens once per call.
  struct Call {
    Request request{};
    std::string id{};
    std::string origin{};  ///< of the last attempt
    std::string user{};
    int attempts{};
    std::chrono::steady_clock::time_point begun{};
    bool renewed{};  ///< the session, after a refusal
  };

  /// What the caller's Error says of the request.
  static std::string told(const Call& call, int status, const Clock& clock) {
    std::string text = request_text(call.request.method, call.origin, call.request.target);
    if ((status == 401 || status == 403) && !call.user.empty()) text += " as " + call.user;
    if (call.attempts < 2) return text;
    const auto took = std::chrono::round<milliseconds>(clock.steady_now() - call.begun);
    return text + ", " + std::to_string(call.attempts) + " attempts in " + seconds_text(took);
  }

  Result<Response> through_circuit(Call& call, const Context& context) {
    const auto pass = circuit.enter(context.clock());
    if (!pass) return pass.error();
    auto result = with_repeats(call, context);
    circuit.leave(*pass, circuit_outcome(result), context.clock());
    return result;
  }

  Result<Response> with_repeats(Call& call, const Context& context) {
    Sent sent = Sent::No;  // over all attempts: an earlier one may have arrived
    for (int attempt = 1;; ++attempt) {
      call.attempts = attempt;
      auto result = within_limits(call, context.with_timeout(std::max(options.retry.attempt_timeout,
                                                                      call.request.timeout)));
      const Verdict verdict = judge(call, result, context.clock());
      if (!result) {
        sent = more_certain_to_have_arrived(sent, result.error().sent());
        result = result.error().with_sent(sent);
      } else if (!verdict.nothing_done) {
        sent = more_certain_to_have_arrived(sent, Sent::Answered);
      }
      if (!verdict.repeat || attempt >= options.retry.max_attempts) return result;
      const auto slept = context.sleep(std::max(backoff(attempt), verdict.wait));
      if (slept) continue;
      if (slept.error().code() == ErrorCode::Cancelled) return slept.error().with_sent(sent);
      return result;  // the wait does not fit before the deadline
    }
  }

  Verdict judge(const Call& call, const Result<Response>& result, const Clock& clock) const {
    const bool repeatable = is_repeatable(call.request);
    if (!result) {
      const Error& error = result.error();
      const bool passing = error.code() == ErrorCode::Unavailable ||
                           error.code() == ErrorCode::Timeout ||
                           error.code() == ErrorCode::RateLimited;
      return {.repeat = passing && (repeatable || error.sent() == Sent::No),
              .wait = error.retry_after().value_or(milliseconds(0))};
    }
    const auto asked = retry_after(*result, clock);
    const milliseconds wait = asked.value_or(milliseconds(0));
    const int status = result->status;
    if (status == 429 || (status == 503 && asked) || options.refused_for_now(*result))
      return {.repeat = true, .nothing_done = true, .wait = wait};
    const bool worth_it =
        status == 502 || status == 503 || status == 504 || options.transient(*result);
    return {.repeat = worth_it && repeatable,
            .nothing_done = options.session_refused(*result),
            .wait = wait};
  }

  /// Full jitter: anything between nothing and the whole step.
  milliseconds backoff(int attempt) const {
    const auto most = std::max<std::int64_t>(0, options.retry.max_backoff.count());
    std::int64_t step = std::max<std::int64_t>(0, options.retry.first_backoff.count());
    for (int i = 1; i < attempt && step < most; ++i) step *= 2;
    step = std::min(step, most);
    const std::uint64_t range = static_cast<std::uint64_t>(step) + 1;
    return milliseconds(static_cast<std::int64_t>(options.random->next() % range));
  }

  Result<Response> within_limits(Call& call, const Context& context) {
    if (auto entered = limiter.enter(context); !entered) return std::move(entered).error();
    const struct Leave {
      Limiter& limiter;
      ~Leave() { limiter.leave(); }
    } leave{limiter};
    return authorised(call, context);
  }

  Result<Response> authorised(Call& call, const Context& context) {
    if (!options.credential) return layered(*configured, call, context);
    std::optional<Authorization> refused;
    for (Result<Response> result = Error(ErrorCode::Internal, "not sent");;) {
      auto authorization = options.credential->authorize(context);
      // Whatever became of a token request, this request was not sent.
      if (!authorization) return authorization.error().with_sent(Sent::No);
      // The same again would be refused again, and may lock the account.
      if (refused && refused->header.reveal() == authorization->header.reveal()) return result;
      auto transport = transport_for(authorization->origin);
      if (!transport) return transport.error().with_sent(Sent::No);
      call.origin = (*transport)->origin();
      call.user = authorization->user;
      call.request.headers.set("Authorization", authorization->header.reveal());
      result = layered(**transport, call, context);
      if (!result || call.renewed || !options.session_refused(*result)) return result;
      call.renewed = true;
      options.credential->invalidate(*authorization);
      refused = std::move(*authorization);
    }
  }

  Result<std::shared_ptr<Transport>> transport_for(const std::string& origin) {
    if (origin.empty() || !options.transport_for) return configured;
    const auto named_origin = parse_origin(origin);
    if (!named_origin)
      return Error(ErrorCode::Protocol, "the token names an API address that is not an origin");
    const std::string text = named_origin->text();
    if (text == configured->origin()) return configured;
    if (configured->origin().starts_with("https://") && !named_origin->tls)
      return Error(ErrorCode::Protocol, "the token names an API address without TLS: " + text);
    const std::lock_guard lock(mutex);
    if (named && named->origin() == text) return named;
    auto made = options.transport_for(text);
    if (made) named = *made;
    return made;
  }

  Result<Response> layered(Transport& transport, Call& call, const Context& context) {
    if (!options.layer) return logged(transport, call.id, call.request, context);
    return options.layer->send(call.request, context,
                               [&](const Request& request, const Context& inner) {
                                 return logged(transport, call.id, request, inner);
                               });
  }

  Result<Response> logged(Transport& transport, const std::string& id, const Request& request,
                          const Context& context) {
    const auto start = context.clock().steady_now();
    auto result = transport.send(request, context);
    if (result || result.error().sent() != Sent::No) ++requests_sent;
    // Nothing for an operator yet: it may be repeated, and what comes of it in the end is told.
    const LogLevel level = result && result->status < 500 ? LogLevel::Debug : LogLevel::Info;
    if (!options.log->enabled(level)) return result;
    const auto took = std::chrono::ceil<milliseconds>(context.clock().steady_now() - start);
    const std::string outcome = result ? std::to_string(result->status)
                                       : std::string(to_string(result.error().code())) + ", sent " +
                                             std::string(to_string(result.error().sent()));
    options.log->write(
        level, "http exchange",
        {{"system", options.system},
         {"operation", request.operation},
         {"origin", transport.origin()},
         {"method", request.method},
         {"target", loggable_target(request.target)},
         {"outcome", outcome},
         {"ms", std::to_string(took.count())},
         {"request_bytes", std::to_string(request.body.size())},
         {"response_bytes", std::to_string(result ? result->body.size() + result->streamed : 0)},
         {"request_headers", loggable_headers(request.headers)},
         {"response_headers", result ? loggable_headers(result->headers) : ""},
         {"id", id}});
    return result;
  }

  const std::shared_ptr<Transport> configured;
  PipelineOptions options;
  Circuit circuit;
  Limiter limiter;
  std::atomic<std::uint64_t> requests_sent{};
  std::mutex mutex;
  std::shared_ptr<Transport> named;  ///< by the credential, if it is not the configured one
};

Pipeline::Pipeline(std::shared_ptr<Transport> transport, PipelineOptions options)
    : impl_(std::make_unique<Impl>(std::move(transport), std::move(options))) {}
Pipeline::~Pipeline() = default;
Pipeline::Pipeline(Pipeline&&) noexcept = default;

Result<Response> Pipeline::send(Request request, const Context& caller) {
  Impl::Call call{.request = std::move(request)};
  call.id = call.request.headers.get(kRequestId).value_or("");
  if (call.id.empty()) {
    call.id = make_uuid7(caller.clock().now(), *impl_->options.random);
    call.request.headers.set(kRequestId, call.id);
  }
  call.origin = impl_->configured->origin();
  call.begun = caller.clock().steady_now();
  const auto timeout = std::max(impl_->options.retry.call_timeout, call.request.timeout);
  auto result = impl_->through_circuit(call, caller.with_timeout(timeout));
  if (result) {
    if (auto elsewhere = redirected(*result)) result = *std::move(elsewhere);
  }
  const int status = result ? result->status : result.error().http_status();
  if (result && status < 400) return result;
  std::string told = Impl::told(call, status, caller.clock());
  if (result) {
    result->request = std::move(told);
    return result;
  }
  // A token request tells of itself.
  const Error& error = result.error();
  return (error.request().empty() ? error.with_request(std::move(told)) : error)
      .with_system(impl_->options.system)
      .with_operation(call.request.operation)
      .with_request_id(call.id);
}

const std::string& Pipeline::origin() const { return impl_->configured->origin(); }

std::uint64_t Pipeline::requests_sent() const { return impl_->requests_sent; }

}  // namespace channelbridge::http
