#include "rows_server.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <thread>

namespace channelbridge::bench {
namespace {

constexpr std::size_t kChunk = 64U << 10U;

std::string rows(std::size_t bytes) {
  std::string text = "Id,Company,City,Status,Amount\n";
  text.reserve(bytes + 100);
  for (std::size_t i = 0; text.size() < bytes; ++i)
    text += "00Q" + std::to_string(1'000'000'000 + i) + ",Vogt & Partner GmbH,Berlin,Open," +
            std::to_string(i % 100'000) + ".50\n";
  text.resize(bytes);
  return text;
}

bool send_all(int to, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(to, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

bool send_chunked(int to, std::string_view body) {
  if (!send_all(to, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")) return false;
  std::string piece;
  while (!body.empty()) {
    const std::string_view part = body.substr(0, kChunk);
    char head[24];
    const int length = std::snprintf(head, sizeof head, "%zx\r\n", part.size());
    piece.assign(head, static_cast<std::size_t>(length));
    piece.append(part).append("\r\n");
    if (!send_all(to, piece)) return false;
    body.remove_prefix(part.size());
  }
  return send_all(to, "0\r\n\r\n");
}

/// Answers the requests of one connection; none has a body.
void serve(int peer, std::string_view body) {
  std::string seen;
  char step[4096];
  for (;;) {
    const std::size_t end = seen.find("\r\n\r\n");
    if (end == std::string::npos) {
      const ssize_t got = ::recv(peer, step, sizeof step, 0);
      if (got <= 0) return;
      seen.append(step, static_cast<std::size_t>(got));
      continue;
    }
    const bool chunked = seen.starts_with("GET /chunked ");
    seen.erase(0, end + 4);
    const std::string head =
        "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n";
    if (chunked ? !send_chunked(peer, body) : !send_all(peer, head) || !send_all(peer, body))
      return;
  }
}

}  // namespace

RowsServer::RowsServer(std::size_t bytes) {
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  int ends[2];
  const bool listening =
      ::bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
      ::listen(listener, 8) == 0 &&
      ::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) == 0 &&
      ::pipe(ends) == 0;
  if (!listening) {
    std::perror("no port");
    std::exit(2);
  }
  port_ = ntohs(address.sin_port);
  const pid_t parent = ::getpid();
  child_ = ::fork();
  if (child_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(0);
    const std::string body = rows(bytes);
    const auto crc = static_cast<std::uint32_t>(
        ::crc32_z(0, reinterpret_cast<const Bytef*>(body.data()), body.size()));
    if (::write(ends[1], &crc, sizeof crc) != sizeof crc) ::_exit(1);
    for (;;) {
      const int peer = ::accept(listener, nullptr, nullptr);
      if (peer < 0) continue;
      const int on = 1;
      ::setsockopt(peer, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      std::thread([peer, &body] {
        serve(peer, body);
        ::close(peer);
      }).detach();
    }
  }
  ::close(listener);
  ::close(ends[1]);
  const bool started = child_ > 0 && ::read(ends[0], &crc_, sizeof crc_) == sizeof crc_;
  ::close(ends[0]);
  if (started) return;
  std::perror("no server");
  std::exit(2);
}

RowsServer::~RowsServer() {
  ::kill(child_, SIGKILL);
  ::waitpid(child_, nullptr, 0);
}

}  // namespace channelbridge::bench
