#include "relay.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>

namespace channelbridge::testing {
namespace {

/// Removes a header line by its name, in lower or mixed case.
void drop_header(std::string& head, std::string_view name) {
  const auto same = [](char a, char b) { return std::tolower(a) == std::tolower(b); };
  const std::string wanted = "\r\n" + std::string(name) + ":";
  const auto at = std::search(head.begin(), head.end(), wanted.begin(), wanted.end(), same);
  if (at == head.end()) return;
  const auto start = static_cast<std::size_t>(at - head.begin());
  head.erase(start, head.find("\r\n", start + 2) - start);
}

void replace_all(std::string& text, const std::string& from, const std::string& to) {
  for (std::size_t at = text.find(from); at != std::string::npos;
       at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
}

/// One exchange on a connection of its own: everything that the server says until it closes.
std::string ask(int port, std::string_view bytes) {
  std::string answer;
  const int descriptor = connect_to_loopback(port);
  if (descriptor < 0) return answer;
  while (!bytes.empty()) {
    const ssize_t sent = ::send(descriptor, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) break;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  std::array<char, 65536> step;
  for (ssize_t got = 0; (got = ::recv(descriptor, step.data(), step.size(), 0)) > 0;)
    answer.append(step.data(), static_cast<std::size_t>(got));
  ::close(descriptor);
  return answer;
}

}  // namespace

Relay::Relay(int behind, Hooks hooks, const ServerTls* tls)
    : behind_(behind),
      hooks_(std::move(hooks)),
      tls_(tls != nullptr),
      server_([this](FaultPeer& peer) { serve(peer); }, tls) {}

void Relay::serve(FaultPeer& peer) const {
  while (const auto request = peer.read_request()) {
    if (hooks_.instead && hooks_.instead(*request, peer)) continue;
    std::string head = request->head;
    // Bodies come as they are, and the end of an answer is the end of its connection.
    drop_header(head, "Accept-Encoding");
    drop_header(head, "Connection");
    head.insert(head.size() - 2, "Connection: close\r\n");
    const std::string answer = ask(behind_, head + request->body);
    const std::size_t end = answer.find("\r\n\r\n");
    if (end == std::string::npos) return peer.reset();
    std::string answer_head = answer.substr(0, end + 2);
    std::string body = answer.substr(end + 4);
    if (tls_) {
      const std::string host = request->header("Host");
      replace_all(answer_head, "http://" + host, "https://" + host);
      replace_all(body, "http://" + host, "https://" + host);
    }
    if (hooks_.edit) hooks_.edit(*request, body);
    drop_header(answer_head, "Connection");
    const bool bodiless = answer_head.compare(9, 3, "204") == 0;
    if (!bodiless) {
      drop_header(answer_head, "Content-Length");
      answer_head += "Content-Length: " + std::to_string(body.size()) + "\r\n";
    }
    if (!peer.write(answer_head + "\r\n" + body)) return;
  }
}

}  // namespace channelbridge::testing
