#include "fault_server.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <stdexcept>

namespace channelbridge::testing {
namespace {

int listen_on_loopback(int& port, int backlog = 64) {
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (::bind(listener, generic, size) != 0 || ::listen(listener, backlog) != 0 ||
      ::getsockname(listener, generic, &size) != 0)
    throw std::runtime_error("fault server: no loopback port");
  port = ntohs(address.sin_port);
  return listener;
}

SSL* accept_tls(int descriptor, const ServerTls& tls) {
  const std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context(SSL_CTX_new(TLS_server_method()),
                                                             SSL_CTX_free);
  SSL_CTX_use_certificate_chain_file(context.get(), tls.certificate_file.c_str());
  SSL_CTX_use_PrivateKey_file(context.get(), tls.key_file.c_str(), SSL_FILETYPE_PEM);
  if (!tls.client_ca_file.empty()) {
    SSL_CTX_load_verify_locations(context.get(), tls.client_ca_file.c_str(), nullptr);
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  }
  SSL* ssl = SSL_new(context.get());
  SSL_set_fd(ssl, descriptor);
  if (SSL_accept(ssl) == 1) return ssl;
  SSL_free(ssl);
  return nullptr;
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

std::size_t content_length(const SeenRequest& request) {
  const std::string value = request.header("Content-Length");
  return value.empty() ? 0 : std::stoul(value);
}

}  // namespace

std::string SeenRequest::header(std::string_view name) const {
  const std::size_t at = lower(head).find("\r\n" + lower(name) + ":");
  if (at == std::string::npos) return "";
  std::size_t start = at + name.size() + 3;
  while (head[start] == ' ') ++start;
  return head.substr(start, head.find("\r\n", start) - start);
}

FaultPeer::FaultPeer(FaultServer& server, int descriptor, int number)
    : server_(server), descriptor_(descriptor), number_(number) {}

bool FaultPeer::start(const ServerTls* tls) {
  if (tls == nullptr) return true;
  ssl_ = accept_tls(descriptor_, *tls);
  return ssl_ != nullptr;
}

FaultPeer::~FaultPeer() { close(); }

long FaultPeer::read_some(char* data, std::size_t size) {
  if (descriptor_ < 0) return 0;
  if (ssl_ != nullptr) return SSL_read(static_cast<SSL*>(ssl_), data, static_cast<int>(size));
  return ::recv(descriptor_, data, size, 0);
}

std::optional<SeenRequest> FaultPeer::read_request() {
  std::array<char, 65536> step;
  std::size_t head_end = 0;
  std::size_t body_size = 0;
  for (;;) {
    if (head_end == 0 && (head_end = buffered_.find("\r\n\r\n") + 4) == std::string::npos + 4)
      head_end = 0;
    if (head_end != 0) {
      body_size = content_length({buffered_.substr(0, head_end), {}});
      if (buffered_.size() >= head_end + body_size) break;
    }
    const long got = read_some(step.data(), step.size());
    if (got <= 0) return std::nullopt;
    buffered_.append(step.data(), static_cast<std::size_t>(got));
  }
  SeenRequest request{buffered_.substr(0, head_end), buffered_.substr(head_end, body_size)};
  buffered_.erase(0, head_end + body_size);
  server_.note(request);
  return request;
}

bool FaultPeer::write(std::string_view bytes) {
  while (!bytes.empty()) {
    if (descriptor_ < 0) return false;
    const long sent =
        ssl_ != nullptr
            ? SSL_write(static_cast<SSL*>(ssl_), bytes.data(), static_cast<int>(bytes.size()))
            : ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

void FaultPeer::answer(std::string_view body, std::string_view more_header,
                       std::string_view status) {
  std::string text = "HTTP/1.1 " + std::string(status) + "\r\n" + std::string(more_header);
  text += "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
  write(text);
}

void FaultPeer::tunnel_to(int port) {
  const int other = connect_to_loopback(port);
  std::array<pollfd, 2> ends{{{descriptor_, POLLIN, 0}, {other, POLLIN, 0}}};
  std::array<char, 65536> step;
  const auto carry = [&](int from, int to) {
    const ssize_t got = ::recv(from, step.data(), step.size(), 0);
    return got > 0 && ::send(to, step.data(), static_cast<std::size_t>(got), MSG_NOSIGNAL) == got;
  };
  bool open = other >= 0;
  while (open && ::poll(ends.data(), ends.size(), -1) > 0) {
    open = (ends[0].revents == 0 || carry(descriptor_, other)) &&
           (ends[1].revents == 0 || carry(other, descriptor_));
  }
  if (other >= 0) ::close(other);
}

void FaultPeer::wait_for_close() {
  std::array<char, 4096> step;
  while (read_some(step.data(), step.size()) > 0) {
  }
}

void FaultPeer::close() {
  const std::lock_guard lock(mutex_);
  if (descriptor_ < 0) return;
  if (ssl_ != nullptr) {
    SSL_shutdown(static_cast<SSL*>(ssl_));
    SSL_free(static_cast<SSL*>(ssl_));
    ssl_ = nullptr;
  }
  ::close(descriptor_);
  descriptor_ = -1;
}

void FaultPeer::reset() {
  {
    const std::lock_guard lock(mutex_);
    const linger now{1, 0};
    ::setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    if (ssl_ != nullptr) {
      SSL_free(static_cast<SSL*>(ssl_));
      ssl_ = nullptr;
    }
  }
  close();
}

void FaultPeer::end() {
  const std::lock_guard lock(mutex_);
  if (descriptor_ >= 0) ::shutdown(descriptor_, SHUT_RDWR);
}

FaultServer::FaultServer(Script script, const ServerTls* tls)
    : script_(std::move(script)), tls_(tls), listener_(listen_on_loopback(port_)) {
  acceptor_ = std::jthread([this](const std::stop_token& stop) { accept_all(stop); });
}

FaultServer::~FaultServer() {
  acceptor_.request_stop();
  acceptor_.join();
  ::close(listener_);
  for (const auto& peer : peers_) peer->end();
  workers_.clear();  // joins
}

std::string FaultServer::origin(std::string_view host) const {
  return (tls_ != nullptr ? "https://" : "http://") + std::string(host) + ":" +
         std::to_string(port_);
}

void FaultServer::accept_all(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    pollfd entry{listener_, POLLIN, 0};
    if (::poll(&entry, 1, 20) <= 0) continue;
    const int descriptor = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (descriptor < 0) continue;
    const auto peer = std::make_shared<FaultPeer>(*this, descriptor, ++connections_);
    const std::lock_guard lock(mutex_);
    peers_.push_back(peer);
    workers_.emplace_back([this, peer] {
      if (peer->start(tls_)) script_(*peer);
      peer->close();
    });
  }
}

std::vector<SeenRequest> FaultServer::seen() const {
  const std::lock_guard lock(mutex_);
  return seen_;
}

int FaultServer::count(std::string_view line_start) const {
  const auto all = seen();
  return static_cast<int>(std::ranges::count_if(
      all, [&](const SeenRequest& request) { return request.head.starts_with(line_start); }));
}

void FaultServer::note(SeenRequest request) {
  const std::lock_guard lock(mutex_);
  seen_.push_back(std::move(request));
}

FaultServer::Script FaultServer::echo() {
  return [](FaultPeer& peer) {
    while (const auto request = peer.read_request()) peer.answer(request->body);
  };
}

int connect_to_loopback(int port) {
  const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  if (::connect(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0)
    return descriptor;
  ::close(descriptor);
  return -1;
}

// A queue of length 0 holds one connection (listen(2)); Linux drops the SYN of every further one.
DeafPort::DeafPort()
    : listener_(listen_on_loopback(port_, 0)), queued_(connect_to_loopback(port_)) {}

DeafPort::~DeafPort() {
  ::close(queued_);
  ::close(listener_);
}

int refused_port() {
  int port = 0;
  ::close(listen_on_loopback(port));
  return port;
}

}  // namespace channelbridge::testing
