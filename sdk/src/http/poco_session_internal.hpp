#pragma once

#include <Poco/AutoPtr.h>
#include <Poco/Exception.h>
#include <Poco/Net/HTTPClientSession.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/Net/NetException.h>
#include <Poco/Net/SecureStreamSocket.h>
#include <Poco/Net/SecureStreamSocketImpl.h>
#include <Poco/Net/StreamSocketImpl.h>
#include <openssl/err.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "channelbridge/http/transport.hpp"
#include "places_internal.hpp"
#include "wire_internal.hpp"

/// One connection of PocoTransport: sockets that keep to a deadline, and a session that reads its
/// bodies strictly.
namespace channelbridge::http {

namespace net = Poco::Net;

constexpr std::size_t kReadStep = 64U << 10U;
constexpr std::size_t kMaxChunkLine = 4096;
constexpr short kReadable = POLLIN;
constexpr short kWritable = POLLOUT;

/// What one request may still do on its connection, and what was seen of it.
struct Exchange {
  const Context* context{};
  std::size_t written{};   ///< bytes of requests given to the socket
  std::size_t received{};  ///< bytes of the answer
  std::size_t header_left{std::numeric_limits<std::size_t>::max()};
  bool ended{};                    ///< the server closed its side
  std::optional<Error> stopped{};  ///< why we gave up, if it was us
};

/// Sockets throw only Poco's exceptions (Poco keeps a clone of what it catches); the reason is in
/// Exchange::stopped. The reason is copied: g++ 12 optimises away what a function that does not
/// return stores in its arguments, and an Error that was moved from was destroyed as if it had not
/// been.
[[noreturn]] inline void give_up(Exchange& exchange, const Error& reason) {
  exchange.stopped = reason;
  throw Poco::TimeoutException();
}

inline void wait_for(Exchange& exchange, int descriptor, short events) {
  for (;;) {
    if (auto ready = exchange.context->check(); !ready) give_up(exchange, ready.error());
    pollfd entry{descriptor, events, 0};
    const auto slice = std::min(kSlice, exchange.context->remaining(kSlice));
    if (::poll(&entry, 1, static_cast<int>(slice.count())) > 0) return;
  }
}

/// A non-blocking socket that waits under the current Exchange: one deadline over all reads and
/// writes, prompt cancel. `Socket` is Poco's plain or TLS socket.
template <typename Socket>
class WatchedSocket final : public Socket {
 public:
  using Socket::Socket;

  void watch(Exchange* exchange) { exchange_ = exchange; }
  void wait(short events) { wait_for(*exchange_, this->sockfd(), events); }

  void finish_connect() {
    wait(kWritable);
    if (const int code = this->socketError(); code != 0) this->error(code);
  }

  void handshake(const std::string& server_name) {
    this->setPeerHostName(server_name);
    this->setLazyHandshake();
    this->connectSSL();
    for (;;) {
      ERR_clear_error();
      const int result = this->completeHandshake();
      if (result > 0) return;
      if (result == 0) throw net::ConnectionResetException();
      wait(events_after(result));
    }
  }

  /// Idle connections say nothing; one that has something to say, or has ended, is of no use.
  bool still_idle() {
    char byte = 0;
    ERR_clear_error();
    try {
      return Socket::receiveBytes(&byte, 1, 0) < 0;
    } catch (const Poco::Exception&) {
      return false;  // reset by the server
    }
  }

  int sendBytes(const void* data, int length, int) override {
    const char* next = static_cast<const char*>(data);
    int left = length;
    while (left > 0) {
      ERR_clear_error();
      const int sent = Socket::sendBytes(next, left, MSG_NOSIGNAL);
      if (sent > 0) {
        exchange_->written += static_cast<std::size_t>(sent);
        next += sent;
        left -= sent;
        if (auto ready = exchange_->context->check(); left > 0 && !ready)
          give_up(*exchange_, ready.error());
      } else {
        wait(kSecure ? events_after(sent) : kWritable);
      }
    }
    return length;
  }

  int receiveBytes(void* data, int length, int) override {
    for (;;) {
      if (auto ready = exchange_->context->check(); !ready) give_up(*exchange_, ready.error());
      ERR_clear_error();
      const int count = Socket::receiveBytes(data, length, 0);
      if (count < 0) {
        wait(kSecure ? events_after(count) : kReadable);
        continue;
      }
      exchange_->ended = count == 0;
      const auto bytes = static_cast<std::size_t>(count);
      exchange_->received += bytes;
      if (bytes > exchange_->header_left)
        give_up(*exchange_, Error(ErrorCode::Protocol, "the answer's header is too large"));
      exchange_->header_left -= bytes;
      return count;
    }
  }

 private:
  static constexpr bool kSecure = std::is_same_v<Socket, net::SecureStreamSocketImpl>;

  /// Poco's TLS sockets say which way they are blocked.
  static short events_after(int result) {
    return result == net::SecureStreamSocket::ERR_SSL_WANT_READ ? kReadable : kWritable;
  }

  Exchange* exchange_{};
};

using PlainSocket = WatchedSocket<net::StreamSocketImpl>;
using TlsSocket = WatchedSocket<net::SecureStreamSocketImpl>;

using PlainPtr = Poco::AutoPtr<PlainSocket>;
using TlsPtr = Poco::AutoPtr<TlsSocket>;

inline Error cut_off() {
  return Error(ErrorCode::Unavailable, "the connection closed inside the answer")
      .with_sent(Sent::Answered);
}

inline Error bad_framing(std::string_view what) {
  return Error(ErrorCode::Protocol, "the answer's framing is wrong: " + std::string(what))
      .with_sent(Sent::Answered);
}

/// One connection. Never reconnects by itself: that would send a request twice.
class Session final : public net::HTTPClientSession {
 public:
  /// `tls` is null for http.
  Session(PlainPtr plain, TlsPtr tls)
      : HTTPClientSession(tls ? net::StreamSocket(tls.duplicate())
                              : net::StreamSocket(plain.duplicate())),
        plain_(std::move(plain)),
        tls_(std::move(tls)) {
    setKeepAlive(true);
  }

  void watch(Exchange* exchange) {
    plain_->watch(exchange);
    if (tls_) tls_->watch(exchange);
  }
  bool still_idle() { return tls_ ? tls_->still_idle() : plain_->still_idle(); }

  /// True when the connection can be used again. Poco's own body streams take a chunked body that
  /// breaks off for a complete one, so the framing is read here; `lengths`: the answer's
  /// Content-Length headers.
  Result<bool> read_body(const net::HTTPResponse& response, const std::vector<std::string>& lengths,
                         BodyDecoder& body) {
    if (response.getChunkedTransferEncoding()) {
      if (auto read = read_chunks(body); !read) return std::move(read).error();
    } else if (!lengths.empty()) {
      std::uint64_t length = 0;
      const std::string& text = lengths.front();
      const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), length);
      if (failed != std::errc() || end != text.data() + text.size() ||
          std::ranges::count(lengths, text) != std::ssize(lengths))
        return bad_framing("Content-Length");
      if (auto read = read_exactly(length, body); !read) return std::move(read).error();
    } else {
      if (auto read = read_until_closed(body); !read) return std::move(read).error();
      return false;
    }
    return reusable_after(response);
  }
  bool reusable_after(const net::HTTPResponse& response) const {
    return response.getKeepAlive() && buffered() == 0;
  }

 protected:
  int write(const char* data, std::streamsize length) override {
    // The parent's would connect again and write a second time.
    return HTTPSession::write(data, length);  // NOLINT(bugprone-parent-virtual-call)
  }
  bool mustReconnect() const override { return false; }
  void connect(const net::SocketAddress&) override { throw Poco::IllegalStateException(); }

 private:
  Result<void> read_exactly(std::uint64_t count, BodyDecoder& body) {
    std::array<char, kReadStep> step;
    while (count > 0) {
      const auto want = std::min<std::uint64_t>(count, step.size());
      const int got = read(step.data(), static_cast<std::streamsize>(want));
      if (got <= 0) return cut_off();
      if (auto kept = body.append({step.data(), static_cast<std::size_t>(got)}); !kept) return kept;
      count -= static_cast<std::uint64_t>(got);
    }
    return {};
  }

  Result<void> read_until_closed(BodyDecoder& body) {
    std::array<char, kReadStep> step;
    for (;;) {
      const int got = read(step.data(), step.size());
      if (got <= 0) return {};
      if (auto kept = body.append({step.data(), static_cast<std::size_t>(got)}); !kept) return kept;
    }
  }

  /// A line without its end; at most `kMaxChunkLine` bytes.
  Result<std::string> read_line() {
    std::string line;
    for (;;) {
      const int byte = get();
      if (byte < 0) return cut_off();
      if (byte == '\n') break;
      if (line.size() == kMaxChunkLine) return bad_framing("a chunk line is too long");
      line += static_cast<char>(byte);
    }
    if (line.ends_with('\r')) line.pop_back();
    return line;
  }

  Result<void> read_chunks(BodyDecoder& body) {
    for (;;) {
      auto head = read_line();
      if (!head) return std::move(head).error();
      const std::string_view digits = std::string_view(*head).substr(0, head->find_first_of("; "));
      std::uint64_t size = 0;
      const auto [end, failed] =
          std::from_chars(digits.data(), digits.data() + digits.size(), size, 16);
      if (failed != std::errc() || end != digits.data() + digits.size())
        return bad_framing("a chunk size");
      if (size == 0) break;
      if (auto chunk = read_exactly(size, body); !chunk) return chunk;
      auto tail = read_line();
      if (!tail) return std::move(tail).error();
      if (!tail->empty()) return bad_framing("a chunk's end");
    }
    for (std::size_t trailer_bytes = 0;;) {
      auto line = read_line();
      if (!line) return std::move(line).error();
      if (line->empty()) return {};
      trailer_bytes += line->size();
      if (trailer_bytes > kMaxChunkLine) return bad_framing("trailers are too long");
    }
  }

  PlainPtr plain_;
  TlsPtr tls_;
};

}  // namespace channelbridge::http
