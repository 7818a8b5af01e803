#include <cstdint>

#include "channelbridge/document/document.hpp"
#include "json_internal.hpp"

namespace channelbridge::odata::json {
namespace {

std::size_t skip_space(std::string_view text, std::size_t at) {
  while (at < text.size() &&
         (text[at] == ' ' || text[at] == '\n' || text[at] == '\t' || text[at] == '\r')) {
    ++at;
  }
  return at;
}

/// `at` is an opening quote; the answer is behind the closing one.
std::size_t skip_string(std::string_view text, std::size_t at) {
  for (++at; at < text.size(); ++at) {
    if (text[at] == '\\') {
      ++at;
    } else if (text[at] == '"') {
      return at + 1;
    }
  }
  return text.size();
}

std::size_t skip_value(std::string_view text, std::size_t at) {
  if (at >= text.size()) return text.size();
  if (text[at] == '"') return skip_string(text, at);
  if (text[at] != '{' && text[at] != '[') {
    const std::size_t end = text.find_first_of(",]} \n\r\t", at);
    return end == std::string_view::npos ? text.size() : end;
  }
  int depth = 0;
  while (at < text.size()) {
    const char c = text[at];
    if (c == '"') {
      at = skip_string(text, at);
      continue;
    }
    ++at;
    if (c == '{' || c == '[') ++depth;
    if ((c == '}' || c == ']') && --depth == 0) return at;
  }
  return text.size();
}

void append_utf8(std::string& out, std::uint32_t code) {
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xC0 | (code >> 6));
    out += static_cast<char>(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    out += static_cast<char>(0xE0 | (code >> 12));
    out += static_cast<char>(0x80 | ((code >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (code & 0x3F));
  } else {
    out += static_cast<char>(0xF0 | (code >> 18));
    out += static_cast<char>(0x80 | ((code >> 12) & 0x3F));
    out += static_cast<char>(0x80 | ((code >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (code & 0x3F));
  }
}

std::uint32_t hex4(std::string_view text, std::size_t at) {
  std::uint32_t code = 0;
  for (std::size_t i = at; i < at + 4 && i < text.size(); ++i) {
    const char c = text[i];
    const int digit = c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
    code = code * 16 + static_cast<std::uint32_t>(digit & 0xF);
  }
  return code;
}

}  // namespace

std::vector<Member> members(std::string_view object) {
  std::vector<Member> out;
  std::size_t at = skip_space(object, 0);
  if (at >= object.size() || object[at] != '{') return out;
  at = skip_space(object, at + 1);
  while (at < object.size() && object[at] == '"') {
    const std::size_t name_end = skip_string(object, at);
    const std::string_view name = object.substr(at + 1, name_end - at - 2);
    at = skip_space(object, name_end);
    if (at >= object.size() || object[at] != ':') break;
    at = skip_space(object, at + 1);
    const std::size_t end = skip_value(object, at);
    out.push_back({name, object.substr(at, end - at)});
    at = skip_space(object, end);
    if (at >= object.size() || object[at] != ',') break;
    at = skip_space(object, at + 1);
  }
  return out;
}

std::vector<std::string_view> elements(std::string_view array) {
  std::vector<std::string_view> out;
  std::size_t at = skip_space(array, 0);
  if (at >= array.size() || array[at] != '[') return out;
  at = skip_space(array, at + 1);
  while (at < array.size() && array[at] != ']') {
    const std::size_t end = skip_value(array, at);
    if (end == at) break;
    out.push_back(array.substr(at, end - at));
    at = skip_space(array, end);
    if (at >= array.size() || array[at] != ',') break;
    at = skip_space(array, at + 1);
  }
  return out;
}

std::string_view member(std::string_view object, std::string_view name) {
  for (const Member& found : members(object)) {
    if (found.name == name) return found.value;
  }
  return {};
}

std::string text(std::string_view value) {
  if (is_null(value)) return {};
  if (!is_string(value)) return std::string(value);
  value = value.substr(1, value.size() < 2 ? 0 : value.size() - 2);
  std::string out;
  out.reserve(value.size());
  for (std::size_t at = 0; at < value.size(); ++at) {
    if (value[at] != '\\' || at + 1 >= value.size()) {
      out += value[at];
      continue;
    }
    switch (value[++at]) {
      case 'n':
        out += '\n';
        break;
      case 't':
        out += '\t';
        break;
      case 'r':
        out += '\r';
        break;
      case 'b':
        out += '\b';
        break;
      case 'f':
        out += '\f';
        break;
      case 'u': {
        std::uint32_t code = hex4(value, at + 1);
        at += 4;
        if (code >= 0xD800 && code < 0xDC00 && at + 6 < value.size() && value[at + 1] == '\\') {
          code = 0x10000 + ((code - 0xD800) << 10) + ((hex4(value, at + 3) - 0xDC00) & 0x3FF);
          at += 6;
        }
        append_utf8(out, code);
        break;
      }
      default:
        out += value[at];
    }
  }
  return out;
}

std::string text_of(std::string_view object, std::string_view name) {
  return text(member(object, name));
}

std::string quoted(std::string_view text) {
  std::string out;
  document::append_json_string(out, text);
  return out;
}

}  // namespace channelbridge::odata::json
