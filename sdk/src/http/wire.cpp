#include "wire_internal.hpp"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "channelbridge/http/encoding.hpp"

namespace channelbridge::http {
namespace {

constexpr std::size_t kInflateStep = 64U << 10U;

Error invalid(std::string message) { return Error(ErrorCode::Invalid, std::move(message)); }

}  // namespace

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](unsigned char c) {
    return static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  });
  return out;
}

std::string Origin::authority() const {
  std::string out = host.find(':') == std::string::npos ? host : "[" + host + "]";
  if (port != (tls ? 443 : 80)) out += ":" + std::to_string(port);
  return out;
}

std::string Origin::text() const { return (tls ? "https://" : "http://") + authority(); }

Result<Origin> parse_origin(std::string_view url) {
  const auto bad = [&](std::string_view why) {
    return invalid("'" + std::string(url) +
                   "' is not an origin like https://host:port: " + std::string(why));
  };
  Origin origin;
  std::string_view rest = url;
  if (lower(rest).starts_with("https://")) {
    origin.tls = true;
    rest.remove_prefix(8);
  } else if (lower(rest).starts_with("http://")) {
    rest.remove_prefix(7);
  } else {
    return bad("it has to start with https:// or http://");
  }
  if (rest.ends_with('/')) rest.remove_suffix(1);
  if (rest.find('@') != std::string_view::npos)
    return invalid("an origin holds no user name or password; use a credential");

  std::string_view port;
  if (rest.starts_with('[')) {
    const std::size_t end = rest.find(']');
    if (end == std::string_view::npos) return bad("the bracket is not closed");
    origin.host = rest.substr(1, end - 1);
    rest.remove_prefix(end + 1);
    if (!rest.empty() && !rest.starts_with(':')) return bad("text after the address");
    port = rest.empty() ? rest : rest.substr(1);
  } else {
    const std::size_t colon = rest.find(':');
    origin.host = lower(rest.substr(0, colon));
    if (colon != std::string_view::npos) {
      port = rest.substr(colon + 1);
      if (port.empty()) return bad("the port is missing");
    }
  }
  const bool host_ok = !origin.host.empty() && std::ranges::all_of(origin.host, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("-._:").find(c) != std::string_view::npos;
  });
  if (!host_ok) return bad("it holds more than a host, or none");
  origin.port = origin.tls ? 443 : 80;
  if (!port.empty()) {
    const auto [end, failed] = std::from_chars(port.data(), port.data() + port.size(), origin.port);
    if (failed != std::errc() || end != port.data() + port.size() || origin.port == 0)
      return bad("the port is not a number from 1 to 65535");
  }
  return origin;
}

Result<void> check_request(const Request& request) {
  if (!is_header_name(request.method)) return invalid("the method is not a token");
  const bool target_ok =
      request.target.starts_with('/') && std::ranges::all_of(request.target, [](unsigned char c) {
        return c > 0x20 && c < 0x7F && c != '#';
      });
  if (!target_ok)
    return invalid("the target has to start with '/' and be percent-encoded throughout");
  static constexpr std::array<std::string_view, 6> kOwn{
      "host", "content-length", "transfer-encoding", "connection", "expect", "accept-encoding"};
  for (const auto& [name, value] : request.headers.items()) {
    if (!is_header_name(name)) return invalid("a header name is not a token");
    if (!is_header_value(value))
      return invalid("the value of header '" + name + "' has control characters or outer blanks");
    if (std::ranges::find(kOwn, lower(name)) != kOwn.end())
      return invalid("header '" + name + "' is set by the transport");
  }
  return {};
}

bool is_repeatable(const Request& request) {
  return request.repeatable == Repeatable::Yes || request.method == "GET" ||
         request.method == "HEAD";
}

bool announces_length(const Request& request) {
  return !request.body.empty() || (request.method != "GET" && request.method != "HEAD" &&
                                   request.method != "DELETE" && request.method != "OPTIONS");
}

Error stopped_error(const Error& reason, const std::string& origin, Sent sent) {
  if (reason.code() == ErrorCode::Cancelled) return reason.with_sent(sent);
  return Error(reason.code(), sent == Sent::No ? "no connection to " + origin + " in time"
                                               : "no complete answer from " + origin + " in time")
      .with_sent(sent);
}

bool has_body(std::string_view method, int status) {
  return method != "HEAD" && status != 204 && status != 304;
}

struct BodyDecoder::Inflater {
  z_stream stream{};
  bool ended{};  ///< the last member is complete

  // 15 + 16: the largest window, gzip framing only (zlib.h, inflateInit2).
  bool open() { return inflateInit2(&stream, 15 + 16) == Z_OK; }
  Inflater() = default;
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
  ~Inflater() { inflateEnd(&stream); }
};

BodyDecoder::BodyDecoder(std::size_t limit, std::shared_ptr<BodySink> sink)
    : limit_(limit), sink_(std::move(sink)) {}
BodyDecoder::~BodyDecoder() = default;

Error BodyDecoder::too_large() const {
  return Error(ErrorCode::Protocol,
               "the answer is larger than " + std::to_string(limit_) + " bytes")
      .with_sent(Sent::Answered);
}

Result<void> BodyDecoder::start(Response& head, bool has_body) {
  const std::string encoding =
      has_body ? lower(head.headers.get("Content-Encoding").value_or("")) : "";
  if (encoding == "gzip" || encoding == "x-gzip") {
    inflater_ = std::make_unique<Inflater>();
    if (!inflater_->open())
      return Error(ErrorCode::Internal, "gzip decoding could not start").with_sent(Sent::Answered);
  } else if (!encoding.empty() && encoding != "identity") {
    return Error(ErrorCode::Protocol, "the answer has a Content-Encoding that was not asked for")
        .with_sent(Sent::Answered);
  }
  if (!encoding.empty()) {
    head.headers.erase("Content-Encoding");
    head.headers.erase("Content-Length");
  }
  if (head.status < 200 || head.status > 299) sink_ = nullptr;
  if (!sink_) return {};
  auto begun = sink_->begin(head);
  return begun ? Result<void>() : begun.error().with_sent(Sent::Answered);
}

Result<void> BodyDecoder::append(std::string_view bytes) {
  received_ += bytes.size();
  if (received_ > limit_) return too_large();
  if (inflater_) return inflate(bytes);
  return keep(bytes);
}

Result<void> BodyDecoder::keep(std::string_view decoded) {
  if (decoded.size() > limit_ - decoded_) return too_large();
  decoded_ += decoded.size();
  if (!sink_) {
    body_.append(decoded);
  } else if (!decoded.empty()) {
    if (auto taken = sink_->take(decoded); !taken) return taken.error().with_sent(Sent::Answered);
  }
  return {};
}

Result<void> BodyDecoder::inflate(std::string_view bytes) {
  const auto broken = [] {
    return Error(ErrorCode::Protocol, "the answer is not valid gzip").with_sent(Sent::Answered);
  };
  z_stream& stream = inflater_->stream;
  // zlib never writes through next_in; its type is only older than const.
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  std::array<char, kInflateStep> step;
  do {
    if (inflater_->ended) {
      if (stream.avail_in == 0) break;
      if (inflateReset(&stream) != Z_OK) return broken();
      inflater_->ended = false;
    }
    stream.next_out = reinterpret_cast<Bytef*>(step.data());
    stream.avail_out = static_cast<uInt>(step.size());
    const int status = ::inflate(&stream, Z_NO_FLUSH);
    if (status != Z_OK && status != Z_STREAM_END && status != Z_BUF_ERROR) return broken();
    inflater_->ended = status == Z_STREAM_END;
    const std::size_t produced = step.size() - stream.avail_out;
    if (auto kept = keep({step.data(), produced}); !kept) return kept;
  } while (stream.avail_in > 0 || stream.avail_out == 0);
  return {};
}

Result<void> BodyDecoder::finish(Response& response) {
  if (inflater_ && received_ > 0 && !inflater_->ended)
    return Error(ErrorCode::Protocol, "the gzip answer ends too early").with_sent(Sent::Answered);
  response.body = std::move(body_);
  response.streamed = sink_ ? decoded_ : 0;
  return {};
}

}  // namespace channelbridge::http
