#include "sandbox/common/server.hpp"

#include <Poco/DeflatingStream.h>
#include <Poco/InflatingStream.h>
#include <Poco/Net/Context.h>
#include <Poco/Net/HTTPRequestHandler.h>
#include <Poco/Net/HTTPRequestHandlerFactory.h>
#include <Poco/Net/HTTPServer.h>
#include <Poco/Net/HTTPServerParams.h>
#include <Poco/Net/HTTPServerRequestImpl.h>
#include <Poco/Net/HTTPServerResponse.h>
#include <Poco/Net/NetSSL.h>
#include <Poco/Net/SecureServerSocket.h>
#include <Poco/Net/ServerSocket.h>
#include <Poco/Thread.h>
#include <Poco/ThreadPool.h>

#include <array>
#include <atomic>
#include <mutex>
#include <optional>
#include <sstream>
#include <stop_token>

namespace channelbridge::sandbox {
namespace {

namespace net = Poco::Net;

constexpr long kStopStep = 5;  // milliseconds

// Closing with a zero linger time makes the kernel send RST instead of FIN.
void cut(net::HTTPServerRequest& request) {
  net::StreamSocket socket = dynamic_cast<net::HTTPServerRequestImpl&>(request).detachSocket();
  socket.setLinger(true, 0);
  socket.close();
}

// nullopt = more than `limit` bytes.
std::optional<std::string> read_body(std::istream& in, std::size_t limit) {
  std::string body;
  std::array<char, 16384> block{};
  while (in.good()) {
    in.read(block.data(), block.size());
    body.append(block.data(), static_cast<std::size_t>(in.gcount()));
    if (body.size() > limit) return std::nullopt;
  }
  return body;
}

std::optional<std::string> read_body(net::HTTPServerRequest& request, std::size_t limit) {
  const bool compressed = equal_without_case(request.get("Content-Encoding", ""), "gzip");
  if (!compressed) return read_body(request.stream(), limit);
  Poco::InflatingInputStream inflated(request.stream(), Poco::InflatingStreamBuf::STREAM_GZIP);
  return read_body(inflated, limit);
}

std::string gzip(const std::string& text) {
  std::ostringstream out;
  Poco::DeflatingOutputStream deflated(out, Poco::DeflatingStreamBuf::STREAM_GZIP, 1);
  deflated << text;
  deflated.close();
  return out.str();
}

}  // namespace

Response Service::refuse(const Request&, const Fault& fault) {
  const auto [status, reason] = fault.kind == "unavailable" ? std::pair(503, "Service Unavailable")
                                : fault.kind == "bad_gateway" ? std::pair(502, "Bad Gateway")
                                : fault.kind == "logon_page"  ? std::pair(200, "Log on")
                                                              : std::pair(429, "Too Many Requests");
  Response response =
      text_response(status, "text/html;charset=UTF-8",
                    std::string("<html><body><h1>") + reason + "</h1></body></html>");
  if (fault.value > 0) response.headers.set("Retry-After", std::to_string(fault.value));
  return response;
}

std::optional<Response> Service::administer(const Request&) { return std::nullopt; }

Response Service::too_large(const Request&) {
  return text_response(413, "text/html;charset=UTF-8",
                       "<h1>Bad Message 413</h1><pre>reason: Payload Too Large</pre>");
}

class Server::Impl {
 public:
  Impl(std::shared_ptr<Service> service, std::shared_ptr<Desk> desk, ServerOptions options)
      : service_(std::move(service)),
        desk_(std::move(desk)),
        options_(std::move(options)),
        pool_(2, std::max(2, options_.threads)) {
    net::ServerSocket socket = listen();
    port_ = socket.address().port();
    url_ = (secure() ? "https://localhost:" : "http://127.0.0.1:") + std::to_string(port_);
    auto* parameters = new net::HTTPServerParams;  // owned by the server (reference counted)
    parameters->setKeepAlive(true);
    parameters->setMaxKeepAliveRequests(0);
    parameters->setKeepAliveTimeout(Poco::Timespan(30, 0));
    parameters->setTimeout(Poco::Timespan(60, 0));
    parameters->setMaxThreads(options_.threads);
    parameters->setMaxQueued(1024);
    server_ = std::make_unique<net::HTTPServer>(new Factory(*this), pool_, socket, parameters);
    server_->start();
  }

  ~Impl() { stop(); }

  void stop() {
    const std::lock_guard lock(stop_mutex_);
    if (!server_) return;
    stopping_.request_stop();
    server_->stopAll(true);
    // A connection that was just being taken up has not heard it, and would wait for its next
    // request until the time-out.
    while (server_->currentConnections() > 0) {
      Poco::Thread::sleep(kStopStep);
      server_->stopAll(true);
    }
    pool_.stopAll();
    server_.reset();
  }

  std::uint16_t port() const { return port_; }
  const std::string& url() const { return url_; }

 private:
  class Handler : public net::HTTPRequestHandler {
   public:
    explicit Handler(Impl& server) : server_(server) {}
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
      return new Handler(server_);  // Poco takes ownership
    }

   private:
    Impl& server_;
  };

  bool secure() const { return !options_.certificate.empty(); }

  net::ServerSocket listen() const {
    const net::SocketAddress address("127.0.0.1", options_.port);
    if (!secure()) {
      net::ServerSocket socket;  // its short constructor lets a second server share the port
      socket.bind(address, true, false);
      socket.listen(256);
      return socket;
    }
    net::initializeSSL();
    const net::Context::Ptr context = new net::Context(
        net::Context::TLS_SERVER_USE, options_.private_key, options_.certificate,
        options_.client_ca,
        options_.client_ca.empty() ? net::Context::VERIFY_NONE : net::Context::VERIFY_STRICT, 9,
        false);
    return net::SecureServerSocket(address, 256, context);
  }

  void serve(net::HTTPServerRequest& from, net::HTTPServerResponse& to) {
    Request request{.method = from.getMethod(), .call = ++calls_, .secure = from.secure()};
    set_target(request, from.getURI());
    for (const auto& [name, value] : from) request.headers.add(name, value);
    std::optional<std::string> body = read_body(from, options_.max_body_bytes);
    if (body) request.body = std::move(*body);

    if (request.path.starts_with("/__sandbox/")) return send(administer(request), request, to);
    if (!body) {
      // The rest of the body is still on its way: the connection cannot be used again.
      to.setKeepAlive(false);
      return answer(service_->too_large(request), request, to);
    }
    const std::string line = request.line();
    Faults& faults = desk_->faults;
    if (const auto fault = faults.take("latency", line)) pause(fault->value);
    if (faults.take("reset_before", line)) return cut(from);
    for (const char* kind : {"rate_limit", "too_many_requests", "unavailable"}) {
      if (const auto fault = faults.take(kind, line)) {
        return answer(service_->refuse(request, *fault), request, to);
      }
    }
    const bool reset = faults.take("reset_after", line).has_value();
    const bool truncate = faults.take("truncate", line).has_value();
    if (faults.take("duplicate_delivery", line)) service_->handle(request);
    Response response = service_->handle(request);
    if (reset) {
      desk_->journal.count(request, response.status);
      return cut(from);
    }
    for (const char* kind : {"bad_gateway", "logon_page"}) {
      if (const auto fault = faults.take(kind, line))
        return answer(service_->refuse(request, *fault), request, to);
    }
    if (truncate) {
      to.setStatusAndReason(static_cast<net::HTTPResponse::HTTPStatus>(response.status));
      to.setContentLength64(static_cast<Poco::Int64>(response.body.size()));
      to.send()
          .write(response.body.data(), static_cast<std::streamsize>(response.body.size() / 2))
          .flush();
      return cut(from);
    }
    answer(std::move(response), request, to);
  }

  void answer(Response response, const Request& request, net::HTTPServerResponse& to) {
    desk_->journal.count(request, response.status);
    send(std::move(response), request, to);
  }

  void send(Response response, const Request& request, net::HTTPServerResponse& to) const {
    to.setStatusAndReason(static_cast<net::HTTPResponse::HTTPStatus>(response.status));
    if (options_.gzip && response.body.size() > 1024 &&
        !response.headers.find("Content-Encoding") &&
        request.headers.get("Accept-Encoding").find("gzip") != std::string::npos) {
      response.body = gzip(response.body);
      response.headers.set("Content-Encoding", "gzip");
    }
    // Poco has written the time of the machine there already.
    to.set("Date", response.headers.get("Date", to_http_date(desk_->clock->now())));
    for (const auto& [name, value] : response.headers.fields()) {
      if (!equal_without_case(name, "Date")) to.add(name, value);
    }
    const bool bodiless = response.status == 204 || response.status == 304;
    if (bodiless || request.method == "HEAD") {
      if (!bodiless) to.setContentLength64(static_cast<Poco::Int64>(response.body.size()));
      to.send();
      return;
    }
    to.sendBuffer(response.body.data(), response.body.size());
  }

  Response administer(const Request& request) {
    const std::string what = request.path.substr(std::string_view("/__sandbox/").size());
    const std::string& method = request.method;
    if (what == "journal" && method == "GET") {
      return text_response(200, "application/x-ndjson", desk_->journal.ndjson());
    }
    if (what == "journal" && method == "DELETE")
      return desk_->journal.clear(), Response{.status = 204};
    if (what == "counters" && method == "GET") return json_response(200, desk_->journal.counters());
    if (what == "state" && method == "GET") return json_response(200, service_->state());
    if (what == "faults" && method == "GET") return json_response(200, desk_->faults.to_json());
    if (what == "faults" && method == "DELETE")
      return desk_->faults.clear(), Response{.status = 204};
    if (auto own = service_->administer(request)) return *std::move(own);
    if (method != "POST" || (what != "faults" && what != "clock")) {
      return json_response(404, Json{{"error", "no such resource"}});
    }
    const Result<Json> body = parse_json(request.body);
    if (!body) return json_response(400, Json{{"error", body.error().message()}});
    if (what == "faults") {
      const Result<void> added = desk_->faults.add(*body);
      return added ? Response{.status = 204}
                   : json_response(400, Json{{"error", added.error().message()}});
    }
    const auto seconds = body->find("advance_seconds");
    if (seconds == body->end() || !seconds->is_number_integer()) {
      return json_response(400, Json{{"error", "advance_seconds: whole number expected"}});
    }
    desk_->clock->advance(std::chrono::seconds(seconds->get<std::int64_t>()));
    return Response{.status = 204};
  }

  // Latency is real time: callers measure their deadlines with real clocks.
  void pause(std::int64_t milliseconds) const {
    const auto clock = system_clock();
    clock->sleep_until(clock->steady_now() + std::chrono::milliseconds(milliseconds),
                       stopping_.get_token());
  }

  std::shared_ptr<Service> service_;
  std::shared_ptr<Desk> desk_;
  ServerOptions options_;
  Poco::ThreadPool pool_;
  std::unique_ptr<net::HTTPServer> server_{};
  std::stop_source stopping_{};
  std::mutex stop_mutex_{};
  std::atomic<std::uint64_t> calls_{};
  std::uint16_t port_{};
  std::string url_{};
};

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Server::~Server() = default;
std::uint16_t Server::port() const { return impl_->port(); }
const std::string& Server::url() const { return impl_->url(); }
void Server::stop() { impl_->stop(); }

Result<std::unique_ptr<Server>> Server::start(std::shared_ptr<Service> service,
                                              std::shared_ptr<Desk> desk, ServerOptions options) {
  try {
    return std::unique_ptr<Server>(new Server(
        std::make_unique<Impl>(std::move(service), std::move(desk), std::move(options))));
  } catch (const Poco::Exception& problem) {
    return Error(ErrorCode::Unavailable, "cannot listen: " + problem.displayText());
  }
}

}  // namespace channelbridge::sandbox
