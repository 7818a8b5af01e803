#include <Poco/Exception.h>
#include <Poco/Net/Context.h>
#include <Poco/Net/DNS.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/Net/NetException.h>

#include <algorithm>
#include <limits>
#include <mutex>
#include <optional>
#include <vector>

#include "channelbridge/http/transport.hpp"
#include "places_internal.hpp"
#include "poco_session_internal.hpp"
#include "tls_internal.hpp"
#include "wire_internal.hpp"

namespace channelbridge::http {
namespace {

using std::chrono::milliseconds;

/// Idle connections of one origin.
///
/// Threads: any.
class IdleSessions {
 public:
  explicit IdleSessions(milliseconds idle_timeout) : idle_timeout_(idle_timeout) {}

  /// The connection used last, if it is still good; null = open a new one.
  std::unique_ptr<Session> take(std::chrono::steady_clock::time_point now) {
    for (;;) {
      Idle found;
      {
        const std::lock_guard lock(mutex_);
        if (idle_.empty()) return nullptr;
        found = std::move(idle_.back());
        idle_.pop_back();
      }
      if (now - found.since <= idle_timeout_ && found.session->still_idle())
        return std::move(found.session);
    }
  }
  void keep(std::unique_ptr<Session> session, std::chrono::steady_clock::time_point now) {
    session->watch(nullptr);
    std::vector<Idle> expired;  // closed outside the lock
    const std::lock_guard lock(mutex_);
    const auto good = std::ranges::find_if(
        idle_, [&](const Idle& idle) { return now - idle.since <= idle_timeout_; });
    std::move(idle_.begin(), good, std::back_inserter(expired));
    idle_.erase(idle_.begin(), good);
    idle_.push_back({std::move(session), now});
  }

 private:
  struct Idle {
    std::unique_ptr<Session> session{};
    std::chrono::steady_clock::time_point since{};
  };

  const milliseconds idle_timeout_;
  std::mutex mutex_;
  std::vector<Idle> idle_;  ///< oldest first
};

class PocoTransport final : public Transport {
 public:
  PocoTransport(Origin origin, std::optional<Origin> proxy, TransportOptions options,
                std::shared_ptr<const TlsClient> tls)
      : origin_(std::move(origin)),
        proxy_(std::move(proxy)),
        options_(std::move(options)),
        origin_text_(origin_.text()),
        tls_(std::move(tls)),
        places_(options_.connections),
        idle_(options_.idle_timeout) {}

  /// Poco's TLS context, with our settings in place of its own.
  bool prepare_tls() {
    net::Context::Params params;
    params.verificationMode = net::Context::VERIFY_STRICT;
    params.cipherList = "DEFAULT";
    tls_context_ = new net::Context(net::Context::TLS_CLIENT_USE, params);
    return tls_->apply(tls_context_->sslContext(), handshakes_);
  }

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

    if (auto pooled = idle_.take(context.clock().steady_now())) {
      Exchange exchange{.context = &context};
      auto answer = exchange_on(std::move(pooled), request, exchange);
      // A connection that had gone stale unnoticed: nothing came back on it.
      const bool stale = !answer && !exchange.stopped && exchange.received == 0 &&
                         answer.error().code() == ErrorCode::Unavailable;
      if (!stale || (exchange.written > 0 && !is_repeatable(request))) return answer;
    }
    auto session = open(context);
    if (!session) return std::move(session).error();
    Exchange exchange{.context = &context};
    return exchange_on(std::move(*session), request, exchange);
  }

 private:
  Result<std::unique_ptr<Session>> open(const Context& context);
  Result<PlainPtr> connect_to(const Origin& peer, Exchange& exchange);
  Result<PlainPtr> tunnel(PlainPtr plain, Exchange& exchange);
  Result<Response> exchange_on(std::unique_ptr<Session> session, const Request& request,
                               Exchange& exchange);
  void write_request(Session& session, const Request& request);
  Error failure(const Exchange& exchange, const std::string& what) const;

  const Origin origin_;
  const std::optional<Origin> proxy_;
  const TransportOptions options_;
  const std::string origin_text_;
  const std::shared_ptr<const TlsClient> tls_;
  const std::shared_ptr<HandshakeWatch> handshakes_ = std::make_shared<HandshakeWatch>();
  net::Context::Ptr tls_context_{};
  Places places_;
  IdleSessions idle_;
};

Error PocoTransport::failure(const Exchange& exchange, const std::string& what) const {
  const Sent sent = exchange.written == 0 ? Sent::No : Sent::NoAnswer;
  if (exchange.stopped) {
    if (exchange.stopped->code() == ErrorCode::Protocol)
      return exchange.stopped->with_sent(Sent::Answered);
    return stopped_error(*exchange.stopped, origin_text_, sent);
  }
  // Only Poco's name of the exception: its text can quote what the server sent.
  return Error(ErrorCode::Unavailable, "the connection to " + origin_text_ + " failed: " + what)
      .with_sent(sent);
}

Result<PlainPtr> PocoTransport::connect_to(const Origin& peer, Exchange& exchange) {
  // Name look-up is the one step that a deadline cannot cut short; the resolver's own time-outs
  // bound it.
  std::vector<net::IPAddress> addresses;
  net::IPAddress literal;
  try {
    if (net::IPAddress::tryParse(peer.host, literal)) {
      addresses.push_back(literal);
    } else {
      addresses = net::DNS::hostByName(peer.host).addresses();
    }
  } catch (const Poco::Exception&) {
    return Error(ErrorCode::Unavailable, "the host name of " + peer.text() + " is not known");
  }
  std::string reason = "no address";
  for (const net::IPAddress& address : addresses) {
    try {
      PlainPtr socket(new PlainSocket);
      socket->watch(&exchange);
      socket->connectNB(net::SocketAddress(address, peer.port));
      socket->finish_connect();
      socket->setNoDelay(true);
      return socket;
    } catch (const Poco::Exception& exception) {
      if (exchange.stopped) return stopped_error(*exchange.stopped, peer.text(), Sent::No);
      reason = exception.displayText();
    }
  }
  return Error(ErrorCode::Unavailable, "cannot connect to " + peer.text() + ": " + reason);
}

Result<PlainPtr> PocoTransport::tunnel(PlainPtr plain, Exchange& exchange) {
  const std::string target =
      origin_.host.find(':') == std::string::npos ? origin_.host : "[" + origin_.host + "]";
  const std::string authority = target + ":" + std::to_string(origin_.port);
  Session session(plain, {});
  net::HTTPRequest request(net::HTTPRequest::HTTP_CONNECT, authority, net::HTTPMessage::HTTP_1_1);
  request.setHost(authority);
  exchange.header_left = options_.max_header_bytes;
  session.sendRequest(request).flush();
  net::HTTPResponse response;
  session.receiveResponse(response);
  exchange.header_left = std::numeric_limits<std::size_t>::max();
  if (response.getStatus() != net::HTTPResponse::HTTP_OK || exchange.ended)
    return Error(ErrorCode::Unavailable, "the proxy did not connect to " + origin_text_)
        .with_http_status(static_cast<int>(response.getStatus()))
        .with_sent(Sent::No);
  session.detachSocket();
  return plain;
}

Result<std::unique_ptr<Session>> PocoTransport::open(const Context& context) {
  const Context bounded = context.with_timeout(options_.connect_timeout);
  Exchange exchange{.context = &bounded};
  try {
    auto plain = connect_to(proxy_ ? *proxy_ : origin_, exchange);
    if (!plain) return std::move(plain).error();
    if (!tls_) return std::make_unique<Session>(std::move(*plain), TlsPtr());
    if (proxy_) plain = tunnel(std::move(*plain), exchange);
    if (!plain) return std::move(plain).error();
    TlsPtr secure(new TlsSocket(plain->get(), tls_context_));
    secure->watch(&exchange);
    secure->handshake(tls_->server_name());
    return std::make_unique<Session>(std::move(*plain), std::move(secure));
  } catch (const Poco::Exception&) {
    if (exchange.stopped) return stopped_error(*exchange.stopped, origin_text_, Sent::No);
    return handshake_error(*handshakes_, origin_text_);
  } catch (const std::exception&) {
    return Error(ErrorCode::Internal, "opening a connection to " + origin_text_ + " failed");
  }
}

void PocoTransport::write_request(Session& session, const Request& request) {
  net::HTTPRequest message(request.method,
                           proxy_ && !tls_ ? origin_text_ + request.target : request.target,
                           net::HTTPMessage::HTTP_1_1);
  message.setHost(origin_.authority());
  for (const auto& [name, value] : request.headers.items()) message.add(name, value);
  message.set("Accept-Encoding", "gzip");
  if (announces_length(request)) message.setContentLength64(std::ssize(request.body));
  std::ostream& out = session.sendRequest(message);
  out.write(request.body.data(), std::ssize(request.body));
  out.flush();
  if (session.networkException() != nullptr) session.networkException()->rethrow();
  if (!out) throw net::NetException("write");
}

Result<Response> PocoTransport::exchange_on(std::unique_ptr<Session> session,
                                            const Request& request, Exchange& exchange) {
  session->watch(&exchange);
  Response response;
  try {
    write_request(*session, request);
    exchange.header_left = options_.max_header_bytes;
    net::HTTPResponse head;
    head.setFieldLimit(0);  // its bytes are counted
    session->receiveResponse(head);
    // Poco takes a header that breaks off for a complete one.
    if (exchange.ended) return failure(exchange, "it closed before the answer");
    exchange.header_left = std::numeric_limits<std::size_t>::max();

    response.status = static_cast<int>(head.getStatus());
    for (const auto& [name, value] : head) response.headers.add(name, value);
    const auto lengths = response.headers.all("Content-Length");
    const bool with_body = has_body(request.method, response.status);
    BodyDecoder body(request.max_response_bytes, request.sink);
    if (auto started = body.start(response, with_body); !started)
      return started.error().with_http_status(response.status);
    Result<bool> reusable =
        with_body ? session->read_body(head, lengths, body) : session->reusable_after(head);
    if (!reusable) return reusable.error().with_http_status(response.status);
    if (auto finished = body.finish(response); !finished)
      return finished.error().with_http_status(response.status);
    if (*reusable) idle_.keep(std::move(session), exchange.context->clock().steady_now());
    return response;
  } catch (const net::MessageException& exception) {
    // NoMessageException is one of these: the server closed without a word.
    if (exchange.received == 0 || exchange.ended || exchange.stopped)
      return failure(exchange, exception.name());
    return Error(ErrorCode::Protocol, "the answer of " + origin_text_ + " is not HTTP")
        .with_sent(Sent::Answered);
  } catch (const Poco::Exception& exception) {
    Error error = failure(exchange, exception.name());
    if (response.status != 0)
      error = error.with_sent(Sent::Answered).with_http_status(response.status);
    return error;
  } catch (const std::exception&) {
    return Error(ErrorCode::Internal, "the exchange with " + origin_text_ + " failed")
        .with_sent(exchange.written == 0 ? Sent::No : Sent::NoAnswer);
  }
}

}  // namespace

Result<std::shared_ptr<Transport>> make_poco_transport(const std::string& origin,
                                                       TransportOptions options) {
  auto setup = prepare(origin, options);
  if (!setup) return std::move(setup).error();
  const bool tls = setup->tls != nullptr;
  auto transport = std::make_shared<PocoTransport>(
      std::move(setup->origin), std::move(setup->proxy), std::move(options), std::move(setup->tls));
  try {
    if (tls && !transport->prepare_tls())
      return Error(ErrorCode::Internal, "TLS could not be set up for " + transport->origin());
  } catch (const Poco::Exception&) {
    return Error(ErrorCode::Internal, "TLS could not be set up for " + transport->origin());
  }
  return transport;
}

}  // namespace channelbridge::http
