#include <algorithm>
#include <cctype>
#include <charconv>
#include <optional>
#include <string_view>

#include "batch_internal.hpp"
#include "text_internal.hpp"

namespace channelbridge::odata {
namespace {

/// Value of `boundary` in a Content-Type; "" when there is none.
std::string boundary_of(std::string_view content_type) {
  const std::string small = lower(content_type);
  const std::size_t at = small.find("boundary=");
  if (small.find("multipart/") == std::string::npos || at == std::string::npos) return {};
  std::string_view value = content_type.substr(at + 9);
  if (value.starts_with('"')) {
    value.remove_prefix(1);
    return std::string(value.substr(0, value.find('"')));
  }
  value = value.substr(0, value.find_first_of("; \t"));
  return std::string(value);
}

/// The next line without its end; `at` moves behind it. Lines end with CRLF or LF.
std::string_view next_line(std::string_view text, std::size_t& at) {
  const std::size_t end = text.find('\n', at);
  std::string_view line = text.substr(at, end == std::string_view::npos ? end : end - at);
  at = end == std::string_view::npos ? text.size() : end + 1;
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

/// Headers up to the empty line; `at` moves behind it.
http::Headers read_headers(std::string_view text, std::size_t& at) {
  http::Headers headers;
  while (at < text.size()) {
    const std::string_view line = next_line(text, at);
    if (line.empty()) break;
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    headers.add(std::string(trim(line.substr(0, colon))),
                std::string(trim(line.substr(colon + 1))));
  }
  return headers;
}

/// The parts between delimiters; nullopt when the closing delimiter is missing (a cut answer).
std::optional<std::vector<std::string_view>> split(std::string_view text,
                                                   const std::string& boundary) {
  const std::string delimiter = "--" + boundary;
  std::vector<std::string_view> parts;
  std::size_t at = 0;
  std::optional<std::size_t> begin;
  while (at < text.size()) {
    const std::size_t line_at = at;
    const std::string_view line = trim(next_line(text, at));
    const bool closing =
        line.size() == delimiter.size() + 2 && line.starts_with(delimiter) && line.ends_with("--");
    if (line != delimiter && !closing) continue;
    if (begin) {
      std::size_t end = line_at;  // the line end before a delimiter belongs to the delimiter
      if (end > *begin && text[end - 1] == '\n') --end;
      if (end > *begin && text[end - 1] == '\r') --end;
      parts.push_back(text.substr(*begin, end - *begin));
    }
    if (closing) return parts;
    begin = at;
  }
  return std::nullopt;
}

std::optional<BatchPart> read_http(std::string_view text, std::string content_id) {
  std::size_t at = 0;
  std::string_view line;
  while (at < text.size() && line.empty()) line = next_line(text, at);  // blank lines may precede
  if (!line.starts_with("HTTP/")) return std::nullopt;
  const std::size_t blank = line.find(' ');
  if (blank == std::string_view::npos) return std::nullopt;
  BatchPart part{.content_id = std::move(content_id)};
  const std::string_view status = line.substr(blank + 1, 3);
  const auto [end, error] =
      std::from_chars(status.data(), status.data() + status.size(), part.response.status);
  if (error != std::errc() || part.response.status < 100) return std::nullopt;
  part.response.headers = read_headers(text, at);
  std::string_view body = text.substr(at);
  while (body.ends_with('\n') || body.ends_with('\r')) body.remove_suffix(1);
  while (body.starts_with('\n') || body.starts_with('\r')) body.remove_prefix(1);
  part.response.body = body;
  // Content-ID stands in the part's headers, or among the inner ones, or nowhere.
  if (part.content_id.empty())
    part.content_id = part.response.headers.get("content-id").value_or("");
  return part;
}

Error broken(std::string_view what) {
  return Error(ErrorCode::Protocol, "the answer to $batch " + std::string(what))
      .with_sent(Sent::Answered);
}

}  // namespace

BatchBody write_batch(const std::vector<std::vector<BatchOperation>>& groups,
                      const std::string& unique) {
  const std::string batch = "batch_" + unique;
  BatchBody out{.content_type = "multipart/mixed; boundary=" + batch};
  std::string& body = out.body;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    const std::string set = "changeset_" + unique + "_" + std::to_string(i);
    body += "--" + batch + "\r\nContent-Type: multipart/mixed; boundary=" + set + "\r\n\r\n";
    for (const BatchOperation& operation : groups[i]) {
      body += "--" + set +
              "\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n"
              "Content-ID: " +
              operation.content_id + "\r\n\r\n" + operation.method + " " + operation.url +
              " HTTP/1.1\r\n";
      for (const auto& [name, value] : operation.headers) body += name + ": " + value + "\r\n";
      if (!operation.body.empty()) {
        body += "Content-Length: " + std::to_string(operation.body.size()) + "\r\n";
      }
      body += "\r\n" + operation.body + "\r\n";
    }
    body += "--" + set + "--\r\n";
  }
  body += "--" + batch + "--\r\n";
  return out;
}

Result<std::vector<BatchAnswer>> read_batch(const http::Response& response) {
  const std::string boundary = boundary_of(response.headers.get("content-type").value_or(""));
  if (boundary.empty()) return broken("is not multipart/mixed");
  const auto outer = split(response.body, boundary);
  if (!outer) return broken("ends before its last boundary");
  std::vector<BatchAnswer> out;
  for (const std::string_view text : *outer) {
    std::size_t at = 0;
    const http::Headers headers = read_headers(text, at);
    const std::string inner = boundary_of(headers.get("content-type").value_or(""));
    BatchAnswer answer{.group = !inner.empty()};
    if (inner.empty()) {
      auto part = read_http(text.substr(at), headers.get("content-id").value_or(""));
      if (!part) return broken("has a part that is no HTTP answer");
      answer.parts.push_back(std::move(*part));
    } else {
      const auto members = split(text.substr(at), inner);
      if (!members) return broken("has a change set that ends before its last boundary");
      for (const std::string_view member : *members) {
        std::size_t inner_at = 0;
        const http::Headers part_headers = read_headers(member, inner_at);
        auto part = read_http(member.substr(inner_at), part_headers.get("content-id").value_or(""));
        if (!part) return broken("has a member that is no HTTP answer");
        answer.parts.push_back(std::move(*part));
      }
    }
    out.push_back(std::move(answer));
  }
  return out;
}

}  // namespace channelbridge::odata
