#define _TURN_OFF_PLATFORM_STRING  // NOLINT(bugprone-reserved-identifier): cpprestsdk's name
#include <cpprest/http_client.h>
#include <pplx/threadpool.h>

#include <condition_variable>
#include <mutex>
#include <optional>

#include "channelbridge/http/encoding.hpp"
#include "channelbridge/http/transport.hpp"
#include "places_internal.hpp"
#include "tls_internal.hpp"
#include "wire_internal.hpp"

namespace channelbridge::http {
namespace {

namespace rest = web::http;
using std::chrono::milliseconds;

/// cpprest's own time-out is per step and per client; ours is the deadline of the call. This one
/// never comes first.
constexpr std::chrono::hours kNever{24};
/// A cancelled request ends within milliseconds; we do not depend on it.
constexpr milliseconds kPatience{2'000};

/// One request as cpprest's threads see it; outlives the call if they are late.
///
/// Threads: any.
class Pending : public std::enable_shared_from_this<Pending> {
  template <typename F>
  auto locked(F&& act) {
    const std::lock_guard lock(mutex_);
    return act();
  }

 public:
  Pending(const Request& request, std::size_t max_header_bytes)
      : method_(request.method),
        max_header_bytes_(max_header_bytes),
        decoder_(request.max_response_bytes, request.sink) {}

  void head_written() {
    locked([&] { written_ = true; });
  }
  void head_received(const rest::http_response& response);
  /// The task ends when cpprest may go on; it fails when the rest is of no use. `data` is valid
  /// until then.
  pplx::task<std::size_t> body_received(const std::uint8_t* data, std::size_t size);
  void finish(std::exception_ptr failure) {
    locked([&] {
      failure_ = std::move(failure);
      done_ = true;
    });
    ended_.notify_all();
    head_known_.set();  // nobody waits for it any more
  }
  bool written() {
    return locked([&] { return written_; });
  }
  /// True when there is nothing more to wait for.
  bool wait_for(milliseconds span) {
    std::unique_lock lock(mutex_);
    return ended_.wait_for(lock, span, [&] { return done_ || refused_; });
  }
  bool wait_until_done(milliseconds span) {
    std::unique_lock lock(mutex_);
    return ended_.wait_for(lock, span, [&] { return done_; });
  }

  struct Result {
    bool written{};  ///< the request's whole header, at least
    bool done{};
    std::optional<Error> refused{};  ///< why we took no more of the answer
    std::exception_ptr failure{};
    Response response{};  ///< status 0 = no answer
  };
  /// Nothing goes to the request's sink after this.
  Result take() {
    return locked([&] {
      closed_ = true;
      if (done_ && !failure_ && !refused_ && response_.status >= 200)
        refuse_unless(decoder_.finish(response_));
      return Result{written_, done_, refused_, failure_, std::move(response_)};
    });
  }

 private:
  channelbridge::Result<void> begin_body(const rest::http_response& response);
  void refuse_unless(const channelbridge::Result<void>& result) {
    if (!result && !refused_) refused_ = result.error();
    if (refused_) ended_.notify_all();
  }

  const std::string method_;
  const std::size_t max_header_bytes_;
  std::mutex mutex_;
  std::condition_variable ended_;
  pplx::task_completion_event<void> head_known_;
  BodyDecoder decoder_;
  bool written_{};
  bool headed_{};
  bool done_{};
  bool closed_{};
  std::optional<Error> refused_{};
  std::exception_ptr failure_{};
  Response response_{};
};

/// cpprest joins repeated headers with ", ", which also occurs inside a cookie's Expires date. A
/// new cookie starts where a name and '=' follow the comma (RFC 6265, section 4.1.1).
std::vector<std::string> split_cookies(const std::string& joined) {
  std::vector<std::string> cookies;
  std::size_t start = 0;
  for (std::size_t comma = joined.find(", "); comma != std::string::npos;
       comma = joined.find(", ", comma + 2)) {
    const std::size_t mark = joined.find_first_of("=;,", comma + 2);
    if (mark == std::string::npos || joined[mark] != '=' ||
        !is_header_name(std::string_view(joined).substr(comma + 2, mark - comma - 2)))
      continue;
    cookies.push_back(joined.substr(start, comma - start));
    start = comma + 2;
  }
  cookies.push_back(joined.substr(start));
  return cookies;
}

Result<void> Pending::begin_body(const rest::http_response& response) {
  response_.status = response.status_code();
  std::size_t header_bytes = 0;
  for (const auto& [name, value] : response.headers()) {
    response_.headers.add(name, value);
    header_bytes += name.size() + value.size() + 4;
  }
  if (const auto joined = response_.headers.get("Set-Cookie")) {
    response_.headers.erase("Set-Cookie");
    for (auto& cookie : split_cookies(*joined))
      response_.headers.add("Set-Cookie", std::move(cookie));
  }
  if (response_.status < 200) return {};
  // cpprest cannot bound a header while it arrives.
  if (header_bytes > max_header_bytes_)
    return Error(ErrorCode::Protocol, "the answer's header is too large").with_sent(Sent::Answered);
  return decoder_.start(response_, has_body(method_, response_.status));
}

void Pending::head_received(const rest::http_response& response) {
  locked([&] {
    headed_ = true;
    if (!closed_) refuse_unless(begin_body(response));
  });
  head_known_.set();
}

pplx::task<std::size_t> Pending::body_received(const std::uint8_t* data, std::size_t size) {
  return locked([&]() -> pplx::task<std::size_t> {
    if (closed_ || refused_ || done_)
      return pplx::task_from_exception<std::size_t>(std::length_error("body"));
    if (headed_) {
      refuse_unless(decoder_.append({reinterpret_cast<const char*>(data), size}));
      return refused_ ? pplx::task_from_exception<std::size_t>(std::length_error("body"))
                      : pplx::task_from_result(size);
    }
    // The first bytes can overtake head_received(); cpprest reads no more until this ends.
    return pplx::create_task(head_known_).then([self = shared_from_this(), data, size] {
      return self->body_received(data, size);
    });
  });
}

/// Where cpprest writes a body: decoded, bounded and handed on as it comes.
class SinkBuffer final : public concurrency::streams::details::streambuf_state_manager<uint8_t> {
 public:
  explicit SinkBuffer(std::shared_ptr<Pending> pending)
      : streambuf_state_manager(std::ios_base::out), pending_(std::move(pending)) {}

  bool can_seek() const override { return false; }
  bool has_size() const override { return false; }
  std::size_t buffer_size(std::ios_base::openmode) const override { return 0; }
  void set_buffer_size(std::size_t, std::ios_base::openmode) override {}
  std::size_t in_avail() const override { return 0; }
  pos_type getpos(std::ios_base::openmode) const override { return pos_type(off_type(-1)); }
  pos_type seekpos(pos_type, std::ios_base::openmode) override { return pos_type(off_type(-1)); }
  pos_type seekoff(off_type, std::ios_base::seekdir, std::ios_base::openmode) override {
    return pos_type(off_type(-1));
  }
  bool acquire(std::uint8_t*& data, std::size_t& count) override {
    data = nullptr;
    count = 0;
    return false;
  }
  void release(std::uint8_t*, std::size_t) override {}

 protected:
  pplx::task<int_type> _putc(std::uint8_t byte) override {
    const auto kept = std::make_shared<std::uint8_t>(byte);
    return pending_->body_received(kept.get(), 1).then([kept](std::size_t) {
      return int_type(*kept);
    });
  }
  pplx::task<std::size_t> _putn(const std::uint8_t* data, std::size_t count) override {
    return pending_->body_received(data, count);
  }
  pplx::task<bool> _sync() override { return pplx::task_from_result(true); }
  std::uint8_t* _alloc(std::size_t) override { return nullptr; }
  void _commit(std::size_t) override {}
  // Nobody reads from a sink.
  pplx::task<int_type> _bumpc() override { return nothing(); }
  int_type _sbumpc() override { return traits::eof(); }
  pplx::task<int_type> _getc() override { return nothing(); }
  int_type _sgetc() override { return traits::eof(); }
  pplx::task<int_type> _nextc() override { return nothing(); }
  pplx::task<int_type> _ungetc() override { return nothing(); }
  pplx::task<std::size_t> _getn(std::uint8_t*, std::size_t) override {
    return pplx::task_from_result<std::size_t>(0);
  }
  std::size_t _scopy(std::uint8_t*, std::size_t) override { return 0; }

 private:
  static pplx::task<int_type> nothing() { return pplx::task_from_result<int_type>(traits::eof()); }

  std::shared_ptr<Pending> pending_;
};

/// A client and what its handshakes showed.
struct Client {
  std::shared_ptr<HandshakeWatch> handshakes{};
  std::shared_ptr<rest::client::http_client> http{};
  bool reused{};
};

class CpprestTransport final : public Transport {
 public:
  CpprestTransport(const Origin& origin, std::optional<Origin> proxy, TransportOptions options,
                   std::shared_ptr<const TlsClient> tls)
      : origin_text_(origin.text()),
        proxy_(std::move(proxy)),
        options_(std::move(options)),
        tls_(std::move(tls)),
        places_(options_.connections) {}

  const std::string& origin() const override { return origin_text_; }

  Result<Response> send(const Request& request, const Context& caller) override {
    if (auto valid = check_request(request); !valid) return std::move(valid).error();
    const Context context =
        caller.deadline() ? caller : caller.with_timeout(options_.default_timeout);
    if (auto ready = context.check(); !ready)
      return stopped_error(ready.error(), origin_text_, Sent::No);
    if (auto entered = places_.enter(context); !entered)
      return stopped_error(entered.error(), origin_text_, Sent::No);
    const Places::Leaving leaving{places_};
    try {
      // On a reused connection that closes without an answer cpprest sends a request again by
      // itself, so one that must not be repeated gets a connection of its own.
      if (!is_repeatable(request)) return exchange(make_client(), request, context);
      const Client client = shared_client(context);
      auto result = exchange(client, request, context);
      if (result) return result;
      forget(client);
      const bool stale = client.reused && result.error().code() == ErrorCode::Unavailable &&
                         result.error().sent() != Sent::Answered;
      return stale ? exchange(shared_client(context), request, context) : result;
    } catch (const std::exception&) {
      return Error(ErrorCode::Internal, "the exchange with " + origin_text_ + " failed")
          .with_sent(Sent::NoAnswer);
    }
  }

 private:
  Client make_client() const;
  Client shared_client(const Context& context);
  void forget(const Client& client);
  static rest::http_request message_for(const Request& request,
                                        const std::shared_ptr<Pending>& pending);
  Result<Response> exchange(const Client& client, const Request& request, const Context& context);
  Error failure(const Pending::Result& result, const Client& client) const;

  const std::string origin_text_;
  const std::optional<Origin> proxy_;
  const TransportOptions options_;
  const std::shared_ptr<const TlsClient> tls_;
  Places places_;
  std::mutex mutex_;
  Client shared_{};
  std::chrono::steady_clock::time_point last_use_{};
};

Client CpprestTransport::make_client() const {
  Client client{.handshakes = std::make_shared<HandshakeWatch>()};
  rest::client::http_client_config config;
  config.set_max_redirects(0);
  config.set_timeout(std::chrono::duration_cast<std::chrono::seconds>(kNever));
  config.set_proxy(proxy_ ? web::web_proxy(web::uri(proxy_->text()))
                          : web::web_proxy(web::web_proxy::disabled));
  if (tls_) {
    config.set_ssl_context_callback([tls = tls_, watch = client.handshakes](
                                        boost::asio::ssl::context& context) {
      if (!tls->apply(context.native_handle(), watch))
        throw std::runtime_error("TLS settings");  // cpprest reports it as the request's failure
    });
    config.set_tlsext_sni_enabled(!tls_->server_name().empty());
  }
  client.http = std::make_shared<rest::client::http_client>(web::uri(origin_text_), config);
  return client;
}

Client CpprestTransport::shared_client(const Context& context) {
  const std::lock_guard lock(mutex_);
  const auto now = context.clock().steady_now();
  if (!shared_.http || now - last_use_ > options_.idle_timeout) shared_ = make_client();
  last_use_ = now;
  Client client = shared_;
  shared_.reused = true;
  return client;
}

/// After a failure cpprest may hold dead connections, or one with an unread rest of an answer.
void CpprestTransport::forget(const Client& client) {
  const std::lock_guard lock(mutex_);
  if (shared_.http == client.http) shared_ = {};
}

rest::http_request CpprestTransport::message_for(const Request& request,
                                                 const std::shared_ptr<Pending>& pending) {
  rest::http_request message(request.method);
  message.set_request_uri(web::uri(request.target));
  for (const auto& [name, value] : request.headers.items()) message.headers().add(name, value);
  if (announces_length(request)) {
    message.set_body(request.body,
                     request.headers.get("Content-Type").value_or("application/octet-stream"));
  }
  message.headers()["Accept-Encoding"] = "gzip";
  message.set_response_stream(
      concurrency::streams::streambuf<std::uint8_t>(std::make_shared<SinkBuffer>(pending))
          .create_ostream());
  message.set_progress_handler([pending](rest::message_direction::direction way, std::uint64_t) {
    if (way == rest::message_direction::upload) pending->head_written();
  });
  return message;
}

Result<Response> CpprestTransport::exchange(const Client& client, const Request& request,
                                            const Context& context) {
  const auto pending = std::make_shared<Pending>(request, options_.max_header_bytes);
  std::optional<rest::http_request> message;
  try {
    message = message_for(request, pending);
  } catch (const std::exception&) {
    // cpprest's URI parser is stricter than ours.
    return Error(ErrorCode::Invalid, "the request's target is not a URI");
  }
  pplx::cancellation_token_source cancel;
  client.http->request(*message, cancel.get_token())
      .then([pending](const rest::http_response& response) {
        pending->head_received(response);
        return response.content_ready();
      })
      .then([pending](const pplx::task<rest::http_response>& last) {
        try {
          last.get();
          pending->finish(nullptr);
        } catch (...) {
          pending->finish(std::current_exception());
        }
      });

  // Nothing is written before the connection is up, the TLS handshake included.
  const Context connecting = context.with_timeout(options_.connect_timeout);
  std::optional<Error> stopped;
  while (!stopped && !pending->wait_for(std::min(kSlice, context.remaining(kSlice)))) {
    auto ready = (pending->written() ? context : connecting).check();
    if (!ready) stopped = std::move(ready).error();
  }
  if (!pending->wait_until_done(milliseconds(0))) {
    cancel.cancel();
    pending->wait_until_done(kPatience);
  }
  auto result = pending->take();
  const int status = result.response.status;
  if (result.refused) return result.refused->with_http_status(status);
  if (result.done && !result.failure) {
    // cpprest takes an interim answer for the last one; the real one is lost.
    if (status < 200)
      return Error(ErrorCode::Unavailable, origin_text_ + " gave an interim answer only")
          .with_sent(Sent::NoAnswer);
    return std::move(result.response);
  }
  // One that has not ended yet may still be written without our hearing of it.
  const Sent sent = result.done && !result.written ? Sent::No : Sent::NoAnswer;
  Error error = stopped ? stopped_error(*stopped, origin_text_, sent) : failure(result, client);
  if (status >= 200) error = error.with_sent(Sent::Answered).with_http_status(status);
  return error;
}

Error CpprestTransport::failure(const Pending::Result& result, const Client& client) const {
  // The texts of cpprest's exceptions are not for people, nor do their codes tell much: a refused
  // port comes as "no route", a failed name look-up as 1.
  ErrorCode code = ErrorCode::Unavailable;
  try {
    std::rethrow_exception(result.failure);
  } catch (const rest::http_exception& exception) {
    if (exception.error_code() == std::errc::timed_out) code = ErrorCode::Timeout;
  } catch (const std::exception&) {
    code = ErrorCode::Unavailable;  // what Boost throws in a handshake
  }
  if (!result.written) {
    if (tls_ && (!client.handshakes->problem().empty() || !client.handshakes->reason().empty()))
      return handshake_error(*client.handshakes, origin_text_);
    return Error(code, "cannot connect to " + origin_text_).with_sent(Sent::No);
  }
  return Error(code, "the connection to " + origin_text_ + " failed").with_sent(Sent::NoAnswer);
}

}  // namespace

Result<std::shared_ptr<Transport>> make_cpprest_transport(const std::string& origin,
                                                          TransportOptions options) {
  auto setup = prepare(origin, options);
  if (!setup) return std::move(setup).error();
  return std::make_shared<CpprestTransport>(setup->origin, std::move(setup->proxy),
                                            std::move(options), std::move(setup->tls));
}

bool set_cpprest_threads(int threads) {
  if (threads < 1) return false;
  try {
    crossplat::threadpool::initialize_with_threads(static_cast<std::size_t>(threads));
    return true;
  } catch (const std::exception&) {
    return false;  // it was already running
  }
}

}  // namespace channelbridge::http
