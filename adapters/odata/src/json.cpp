#include "channelbridge/document/document.hpp"
#include "channelbridge/document/json_index.hpp"
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
  document::unescape_json(value, out);  // the page has passed the gate: every escape is one
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
