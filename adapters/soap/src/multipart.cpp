#include "multipart_internal.hpp"

#include <algorithm>

#include "channelbridge/core/shown.hpp"
#include "xml_internal.hpp"

namespace channelbridge::soap {
namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return out;
}

bool is_envelope_type(const MediaType& media) {
  return media.type.empty() || media.type == "text/xml" || media.type == "application/xml" ||
         media.type == "application/soap+xml" || media.type == "application/xop+xml";
}

Result<void> check_media(const MediaType& media) {
  if (!is_envelope_type(media))
    return protocol_error("the answer is no SOAP message but " + shown(media.type, 60));
  const std::string charset = lower(media.parameter("charset"));
  if (!charset.empty() && charset != "utf-8" && charset != "utf8" && charset != "us-ascii")
    return Error(ErrorCode::Unsupported,
                 "the answer's charset is '" + shown(charset, 30) + "', not UTF-8");
  return {};
}

/// Takes a line with its end off the front.
std::string_view take_line(std::string_view& text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

/// What stands between a boundary and the next one; `text` is then behind that one.
/// Source: RFC 2046, section 5.1.1
Result<std::string_view> take_part(std::string_view& text, std::string_view boundary, bool& last) {
  const std::string marked = "\n" + std::string(boundary);
  const std::size_t end = text.find(marked);
  if (end == std::string_view::npos) return protocol_error("the multipart answer ends too early");
  std::string_view part = text.substr(0, end);
  if (part.ends_with('\r')) part.remove_suffix(1);
  text.remove_prefix(end + marked.size());
  last = text.starts_with("--");
  take_line(text);
  return part;
}

Result<std::string_view> root_of(std::string_view part) {
  std::string type;
  std::string encoding;
  for (std::string_view line = take_line(part); !line.empty(); line = take_line(part)) {
    const std::size_t colon = std::min(line.find(':'), line.size());
    const std::string name = lower(line.substr(0, colon));
    const std::string_view value = trimmed(line.substr(std::min(colon + 1, line.size())));
    if (name == "content-type") type = value;
    if (name == "content-transfer-encoding") encoding = lower(value);
  }
  if (!encoding.empty() && encoding != "binary" && encoding != "8bit" && encoding != "7bit")
    return Error(ErrorCode::Unsupported, "the message's part is encoded as '" +
                                             shown(encoding, 30) + "', which is not supported");
  if (auto checked = check_media(MediaType(type)); !checked) return std::move(checked).error();
  return part;
}

}  // namespace

MediaType::MediaType(std::string_view header) {
  const std::size_t end = std::min(header.find(';'), header.size());
  type = lower(trimmed(header.substr(0, end)));
  rest = header.substr(end);
}

std::string MediaType::parameter(std::string_view name) const {
  std::string_view text = rest;
  while (text.starts_with(';')) {
    text.remove_prefix(1);
    const std::size_t equals = text.find_first_of("=;");
    if (equals == std::string_view::npos) return {};
    if (text[equals] == ';') {
      text.remove_prefix(equals);
      continue;
    }
    const std::string found = lower(trimmed(text.substr(0, equals)));
    text = text.substr(equals + 1);
    text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
    std::string value;
    if (text.starts_with('"')) {
      std::size_t at = 1;
      for (; at < text.size() && text[at] != '"'; ++at) {
        if (text[at] == '\\' && at + 1 < text.size()) ++at;
        value += text[at];
      }
      text.remove_prefix(std::min(text.find(';', at), text.size()));
    } else {
      const std::size_t end = std::min(text.find(';'), text.size());
      value = trimmed(text.substr(0, end));
      text.remove_prefix(end);
    }
    if (found == name) return value;
  }
  return {};
}

Result<std::string_view> envelope_in(std::string_view body, std::string_view content_type) {
  const MediaType media(content_type);
  if (media.type != "multipart/related") {
    if (auto checked = check_media(media); !checked) return std::move(checked).error();
    return body;
  }
  const std::string boundary = media.parameter("boundary");
  if (boundary.empty()) return protocol_error("the multipart answer names no boundary");
  const std::string marked = "--" + boundary;
  const std::size_t first = body.starts_with(marked) ? 0 : body.find("\n" + marked);
  if (first == std::string_view::npos) return protocol_error("the multipart answer has no part");
  body.remove_prefix(first + marked.size() + (first == 0 ? 0 : 1));
  take_line(body);
  bool last = false;
  auto part = take_part(body, marked, last);
  if (!part) return part;
  if (!last)
    return Error(ErrorCode::Unsupported, "the message has attachments, which are not supported");
  return root_of(*part);
}

}  // namespace channelbridge::soap
