#include "channelbridge/http/server.hpp"

#include <Poco/Exception.h>
#include <Poco/InflatingStream.h>
#include <Poco/Net/Context.h>
#include <Poco/Net/HTTPRequestHandler.h>
#include <Poco/Net/HTTPRequestHandlerFactory.h>
#include <Poco/Net/HTTPServer.h>
#include <Poco/Net/HTTPServerParams.h>
#include <Poco/Net/HTTPServerRequest.h>
#include <Poco/Net/HTTPServerResponse.h>
#include <Poco/Net/NetException.h>
#include <Poco/Net/NetSSL.h>
#include <Poco/Net/SSLException.h>
#include <Poco/Net/SecureServerSocket.h>
#include <Poco/Net/ServerSocket.h>
#include <Poco/String.h>
#include <Poco/Thread.h>
#include <Poco/ThreadPool.h>
#include <Poco/URI.h>
#include <openssl/crypto.h>

#include <algorithm>
#include <array>
#include <mutex>
#include <sstream>
#include <utility>

#include "channelbridge/core/sha256.hpp"
#include "channelbridge/http/encoding.hpp"

namespace channelbridge::http {
namespace {

namespace net = Poco::Net;
using SteadyClock = std::chrono::steady_clock;

constexpr int kBacklog = 64;
constexpr long kStopStep = 5;  // milliseconds
constexpr std::size_t kReadStep = 16U << 10U;

/// Why a request does not reach the handler.
struct Refused {
  int status{};
  std::string words{};
};

/// Reads to the end, but no more than `limit` bytes and no longer than `until`.
Result<std::string> read_all(std::istream& in, std::size_t limit, SteadyClock::time_point until) {
  std::string out;
  std::array<char, kReadStep> block{};
  while (in.good()) {
    in.read(block.data(), block.size());
    out.append(block.data(), static_cast<std::size_t>(in.gcount()));
    if (out.size() > limit) return Error(ErrorCode::Rejected, "the body is too large");
    if (SteadyClock::now() > until) return Error(ErrorCode::Timeout, "the body came too slowly");
  }
  if (in.bad()) return Error(ErrorCode::Protocol, "the body broke off");
  return out;
}

Result<std::string> inflated(const std::string& bytes, std::size_t limit,
                             SteadyClock::time_point until) {
  std::istringstream in(bytes);
  Poco::InflatingInputStream stream(in, Poco::InflatingStreamBuf::STREAM_GZIP);
  return read_all(stream, limit, until);
}

Refused refusal_of(const Error& error) {
  if (error.code() == ErrorCode::Rejected) return {413, "Payload Too Large"};
  if (error.code() == ErrorCode::Timeout) return {408, "Request Timeout"};
  return {400, error.message()};
}

}  // namespace

bool has_basic(const Received& request, const std::string& user, const Secret& password) {
  const std::string wanted = sha256_hex("Basic " + base64(user + ":" + password.reveal()));
  const std::vector<std::string> shown = request.headers.all("Authorization");
  if (shown.size() != 1) return false;
  const std::size_t scheme = std::min(shown.front().find(' '), shown.front().size());
  const bool basic = Poco::icompare(shown.front().substr(0, scheme), "basic") == 0;
  const std::string given = sha256_hex("Basic" + shown.front().substr(scheme));
  return CRYPTO_memcmp(given.data(), wanted.data(), wanted.size()) == 0 && basic;
}

class Server::Impl {
 public:
  Impl(ServerOptions options, Handler handler)
      : options_(std::move(options)),
        handler_(std::move(handler)),
        pool_(1, std::max(1, options_.threads)) {
    net::ServerSocket socket = listen();
    port_ = socket.address().port();
    origin_ = (secure() ? "https://" : "http://") + socket.address().toString();
    auto* parameters = new net::HTTPServerParams;  // owned by the server (reference counted)
    const Poco::Timespan timeout(options_.timeout.count() * 1'000);
    parameters->setKeepAlive(true);
    parameters->setKeepAliveTimeout(timeout);
    parameters->setTimeout(timeout);
    parameters->setMaxThreads(std::max(1, options_.threads));
    parameters->setMaxQueued(kBacklog);
    server_ = std::make_unique<net::HTTPServer>(new Factory(*this), pool_, socket, parameters);
    server_->start();
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl() { stop(); }

  void stop() {
    const std::lock_guard lock(stop_mutex_);
    if (!server_) return;
    server_->stopAll(false);
    // A connection that was just being taken up has not heard it, and would wait for its next
    // request until the time-out.
    while (server_->currentConnections() > 0) {
      Poco::Thread::sleep(kStopStep);
      server_->stopAll(false);
    }
    pool_.joinAll();
    server_.reset();
  }

  std::uint16_t port() const { return port_; }
  const std::string& origin() const { return origin_; }

 private:
  class RequestHandler : public net::HTTPRequestHandler {
   public:
    explicit RequestHandler(Impl& server) : server_(server) {}
    void handleRequest(net::HTTPServerRequest& request,
                       net::HTTPServerResponse& response) override {
      server_.serve(request, response);
    }

   private:
    Impl& server_;
  };

  class Factory : public net::HTTPRequestHandlerFactory {
   public:
    explicit Factory(Impl& server) : server_(server) {}
    net::HTTPRequestHandler* createRequestHandler(const net::HTTPServerRequest&) override {
      return new RequestHandler(server_);  // Poco takes ownership
    }

   private:
    Impl& server_;
  };

  bool secure() const { return !options_.certificate_file.empty(); }

  net::ServerSocket listen() const {
    const net::SocketAddress address(options_.address, options_.port);
    if (!secure()) {
      net::ServerSocket socket;  // its short constructor lets a second server share the port
      socket.bind(address, true, false);
      socket.listen(kBacklog);
      return socket;
    }
    net::initializeSSL();
    const bool certified = !options_.client_ca_file.empty();
    net::Context::Ptr context =
        new net::Context(net::Context::TLS_SERVER_USE, options_.key_file, options_.certificate_file,
                         options_.client_ca_file,
                         certified ? net::Context::VERIFY_STRICT : net::Context::VERIFY_NONE);
    context->requireMinimumProtocol(net::Context::PROTO_TLSV1_2);
    // A caller's certificate names a person or a system, not the host that it calls from.
    context->enableExtendedCertificateVerification(false);
    net::SecureServerSocket socket(context);
    socket.bind(address, true, false);
    socket.listen(kBacklog);
    return socket;
  }

  Result<std::string> body_of(net::HTTPServerRequest& from) const {
    const SteadyClock::time_point until = SteadyClock::now() + options_.timeout;
    const std::size_t limit = options_.max_body_bytes;
    if (from.hasContentLength() && std::cmp_greater(from.getContentLength64(), limit))
      return Error(ErrorCode::Rejected, "the body is too large");
    auto bytes = read_all(from.stream(), limit, until);
    if (!bytes) return bytes;
    if (from.hasContentLength() && std::cmp_not_equal(from.getContentLength64(), bytes->size()))
      return Error(ErrorCode::Protocol, "the body broke off");
    const std::string coding = from.get("Content-Encoding", "identity");
    if (Poco::icompare(coding, "identity") == 0) return bytes;
    if (Poco::icompare(coding, "gzip") != 0)
      return Error(ErrorCode::Protocol, "the content coding " + coding + " is not understood");
    return inflated(*bytes, limit, until);
  }

  void serve(net::HTTPServerRequest& from, net::HTTPServerResponse& to) {
    Received request{.method = from.getMethod(), .peer = from.clientAddress().host().toString()};
    try {
      const Poco::URI target(from.getURI());
      request.path = target.getPath();
      request.query = target.getRawQuery();
      for (const auto& [name, value] : from) request.headers.add(name, value);
      auto body = body_of(from);
      if (!body) return refuse(request, refusal_of(body.error()), to);
      request.body = *std::move(body);
    } catch (const Poco::TimeoutException&) {
      return refuse(request, {408, "Request Timeout"}, to);
    } catch (const Poco::Exception& e) {  // not HTTP, not gzip, or the caller has gone
      return refuse(request, {400, e.displayText()}, to);
    }
    try {
      answer(handler_(request), to);
    } catch (const Poco::Exception& e) {  // the caller has gone: it will ask again
      note(request, e.displayText());
    } catch (const std::exception& e) {
      refuse(request, {500, e.what()}, to);
    }
  }

  /// The rest of a body may still be on its way: the connection is not used again. What is our own
  /// fault is told to the log alone.
  void refuse(const Received& request, const Refused& refused, net::HTTPServerResponse& to) const {
    note(request, std::to_string(refused.status) + " " + refused.words);
    if (to.sent()) return;
    to.setKeepAlive(false);
    const std::string words =
        refused.status == 500 ? std::string("Internal Server Error") : refused.words;
    try {
      answer({.status = refused.status,
              .headers = {{"Content-Type", "text/plain; charset=utf-8"}},
              .body = words + "\n"},
             to);
    } catch (const Poco::Exception& e) {
      note(request, e.displayText());
    }
  }

  void note(const Received& request, const std::string& why) const {
    options_.log->write(
        LogLevel::Warning, "request not handled",
        {{"method", request.method}, {"path", request.path}, {"peer", request.peer}, {"why", why}});
  }

  static void answer(const Response& response, net::HTTPServerResponse& to) {
    to.setStatusAndReason(static_cast<net::HTTPResponse::HTTPStatus>(response.status));
    for (const auto& [name, value] : response.headers.items()) to.set(name, value);
    to.sendBuffer(response.body.data(), response.body.size());
  }

  const ServerOptions options_;
  const Handler handler_;
  Poco::ThreadPool pool_;
  std::unique_ptr<net::HTTPServer> server_{};
  std::mutex stop_mutex_{};
  std::uint16_t port_{};
  std::string origin_{};
};

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Server::~Server() = default;
const std::string& Server::origin() const { return impl_->origin(); }
std::uint16_t Server::port() const { return impl_->port(); }
void Server::stop() { impl_->stop(); }

Result<std::unique_ptr<Server>> Server::start(ServerOptions options, Handler handler) {
  const std::string where = options.address + ":" + std::to_string(options.port);
  if (options.certificate_file.empty() != options.key_file.empty())
    return Error(ErrorCode::Invalid, "a certificate needs its key, and a key its certificate");
  if (options.certificate_file.empty() && !options.client_ca_file.empty())
    return Error(ErrorCode::Invalid,
                 "callers show certificates over TLS only: a certificate and "
                 "its key are missing");
  try {
    return std::unique_ptr<Server>(
        new Server(std::make_unique<Impl>(std::move(options), std::move(handler))));
  } catch (const net::SSLException& e) {
    return Error(ErrorCode::Invalid, "cannot use the certificate or key: " + e.displayText());
  } catch (const Poco::IOException& e) {  // the port is taken, or no address of this machine
    return Error(ErrorCode::Unavailable, "cannot listen on " + where + ": " + e.displayText());
  } catch (const Poco::Exception& e) {
    return Error(ErrorCode::Invalid, "cannot listen on " + where + ": " + e.displayText());
  }
}

}  // namespace channelbridge::http
