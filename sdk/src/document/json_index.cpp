#include "channelbridge/document/json_index.hpp"

#include <simdjson.h>

#include <cstring>

namespace channelbridge::document {

/// simdjson's stage 1 marks every structural character and the start of every scalar; we walk the
/// marks ourselves, because both of its own front ends either build a tree or skip what nobody asks
/// for.
struct JsonIndex::Parser {
  std::unique_ptr<simdjson::internal::dom_parser_implementation> stage{};
  std::size_t capacity{};
};

namespace {
constexpr std::size_t kKeptCapacity = 1U << 20U;  // a larger page gives its index back
constexpr std::size_t kSmallest = 1U << 14U;

Error broken(simdjson::error_code code) {
  switch (code) {
    case simdjson::EMPTY:
      return {ErrorCode::Protocol, "the JSON text is empty"};
    case simdjson::UTF8_ERROR:
      return {ErrorCode::Protocol, "the JSON text is not valid UTF-8"};
    case simdjson::UNCLOSED_STRING:
      return {ErrorCode::Protocol, "the JSON text ends inside a string"};
    case simdjson::UNESCAPED_CHARS:
      return {ErrorCode::Protocol, "a JSON string holds an unescaped control character"};
    case simdjson::MEMALLOC:
      return {ErrorCode::Internal, "no memory for the index of a JSON text"};
    default:
      return {ErrorCode::Protocol, "the text is not JSON"};
  }
}
}  // namespace

JsonIndex::JsonIndex() : parser_(std::make_unique<Parser>()) {}
JsonIndex::~JsonIndex() = default;

Result<void> JsonIndex::build(std::string_view text) {
  begin_ = end_ = nullptr;
  text_ = text;
  if (text.empty()) return broken(simdjson::EMPTY);
  if (text.size() > 0xFFFFFF00U)
    return Error(ErrorCode::Protocol, "the JSON text is larger than 4 GB");
  const bool shrink = parser_->capacity > kKeptCapacity && text.size() <= kKeptCapacity;
  if (parser_->capacity < text.size() || shrink) {
    const std::size_t wanted = text.size() < kSmallest ? kSmallest : text.size();
    const auto* simd =
        static_cast<const simdjson::implementation*>(simdjson::get_active_implementation());
    const auto code = simd->create_dom_parser_implementation(wanted, 1, parser_->stage);
    parser_->capacity = code == simdjson::SUCCESS ? wanted : 0;
    if (code != simdjson::SUCCESS) return broken(code);
  }
  const auto code = parser_->stage->stage1(reinterpret_cast<const std::uint8_t*>(text.data()),
                                           text.size(), simdjson::stage1_mode::regular);
  if (code != simdjson::SUCCESS) return broken(code);
  begin_ = parser_->stage->structural_indexes.get();
  end_ = begin_ + parser_->stage->n_structural_indexes;
  return {};
}

bool has_escape(std::string_view raw) {
  return std::memchr(raw.data(), '\\', raw.size()) != nullptr;
}

namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// Four hex digits at `at`, or -1.
long hex4(std::string_view raw, std::size_t at) {
  if (at + 4 > raw.size()) return -1;
  long value = 0;
  for (std::size_t i = at; i < at + 4; ++i) {
    const int digit = hex_digit(raw[i]);
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}

void append_utf8(std::string& out, long code) {
  const auto byte = [&out](long value) { out += static_cast<char>(value); };
  if (code < 0x80) {
    byte(code);
  } else if (code < 0x800) {
    byte(0xC0 | (code >> 6));
    byte(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    byte(0xE0 | (code >> 12));
    byte(0x80 | ((code >> 6) & 0x3F));
    byte(0x80 | (code & 0x3F));
  } else {
    byte(0xF0 | (code >> 18));
    byte(0x80 | ((code >> 12) & 0x3F));
    byte(0x80 | ((code >> 6) & 0x3F));
    byte(0x80 | (code & 0x3F));
  }
}

/// The escape "\uXXXX" (a pair for what lies beyond the basic plane) at `at`, the position after
/// "\u".
bool append_unicode(std::string_view raw, std::size_t& at, std::string& out) {
  long code = hex4(raw, at);
  if (code < 0 || (code >= 0xDC00 && code <= 0xDFFF)) return false;
  at += 4;
  if (code >= 0xD800 && code <= 0xDBFF) {
    if (raw.substr(at, 2) != "\\u") return false;
    const long low = hex4(raw, at + 2);
    if (low < 0xDC00 || low > 0xDFFF) return false;
    at += 6;
    code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
  }
  append_utf8(out, code);
  return true;
}

}  // namespace

bool unescape_json(std::string_view raw, std::string& out) {
  std::size_t at = 0;
  while (at < raw.size()) {
    const std::size_t escape = raw.find('\\', at);
    out.append(raw, at, escape == std::string_view::npos ? escape : escape - at);
    if (escape == std::string_view::npos) return true;
    if (escape + 1 >= raw.size()) return false;
    at = escape + 2;
    switch (raw[escape + 1]) {
      case '"':
        out += '"';
        break;
      case '\\':
        out += '\\';
        break;
      case '/':
        out += '/';
        break;
      case 'b':
        out += '\b';
        break;
      case 'f':
        out += '\f';
        break;
      case 'n':
        out += '\n';
        break;
      case 'r':
        out += '\r';
        break;
      case 't':
        out += '\t';
        break;
      case 'u':
        if (!append_unicode(raw, at, out)) return false;
        break;
      default:
        return false;
    }
  }
  return true;
}

bool is_json_number(std::string_view token) {
  const char* at = token.data();
  const char* const end = at + token.size();
  const auto digits = [&at, end] {
    const char* const start = at;
    while (at != end && *at >= '0' && *at <= '9') ++at;
    return at - start;
  };
  if (at != end && *at == '-') ++at;
  const char* const integer = at;
  const auto length = digits();
  if (length == 0 || (length > 1 && *integer == '0')) return false;
  if (at != end && *at == '.') {
    ++at;
    if (digits() == 0) return false;
  }
  if (at != end && (*at == 'e' || *at == 'E')) {
    ++at;
    if (at != end && (*at == '+' || *at == '-')) ++at;
    if (digits() == 0) return false;
  }
  return at == end;
}

}  // namespace channelbridge::document
