#include "sandbox/common/http.hpp"

#include <algorithm>
#include <cctype>

namespace channelbridge::sandbox {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

char lower(char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); }

}  // namespace

bool equal_without_case(std::string_view a, std::string_view b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(),
                                            [](char x, char y) { return lower(x) == lower(y); });
}

std::optional<std::string> Headers::find(std::string_view name) const {
  for (const Field& field : fields_) {
    if (equal_without_case(field.first, name)) return field.second;
  }
  return std::nullopt;
}

std::string Headers::get(std::string_view name, std::string fallback) const {
  return find(name).value_or(std::move(fallback));
}

std::vector<std::string> Headers::all(std::string_view name) const {
  std::vector<std::string> values;
  for (const Field& field : fields_) {
    if (equal_without_case(field.first, name)) values.push_back(field.second);
  }
  return values;
}

void Headers::set(std::string_view name, std::string value) {
  std::erase_if(fields_, [&](const Field& field) { return equal_without_case(field.first, name); });
  add(name, std::move(value));
}

void Headers::add(std::string_view name, std::string value) {
  fields_.emplace_back(std::string(name), std::move(value));
}

std::optional<std::string> Request::parameter(std::string_view name) const {
  for (const auto& [key, value] : query) {
    if (key == name) return value;
  }
  return std::nullopt;
}

std::vector<std::string> Request::segments() const {
  std::vector<std::string> result;
  std::size_t start = 0;
  while (start <= path.size()) {
    const std::size_t end = std::min(path.find('/', start), path.size());
    if (end > start)
      result.push_back(percent_decode(std::string_view(path).substr(start, end - start)));
    start = end + 1;
  }
  return result;
}

void set_target(Request& request, std::string target) {
  const std::size_t mark = target.find('?');
  request.path = target.substr(0, mark);
  request.query = mark == std::string::npos ? std::vector<std::pair<std::string, std::string>>{}
                                            : parse_form(std::string_view(target).substr(mark + 1));
  request.target = std::move(target);
}

Response json_response(int status, const Json& body) {
  return text_response(status, "application/json;charset=UTF-8", dump_json(body));
}

Response text_response(int status, std::string content_type, std::string body) {
  Response response{.status = status, .body = std::move(body)};
  response.headers.set("Content-Type", std::move(content_type));
  return response;
}

std::string percent_decode(std::string_view text, bool plus_is_space) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size()) {
      const int high = hex_digit(text[i + 1]);
      const int low = hex_digit(text[i + 2]);
      if (high >= 0 && low >= 0) {
        out += static_cast<char>(high * 16 + low);
        i += 2;
        continue;
      }
    }
    out += plus_is_space && text[i] == '+' ? ' ' : text[i];
  }
  return out;
}

std::string percent_encode(std::string_view text) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0 || c == '-' || c == '.' || c == '_' || c == '~') {
      out += c;
    } else {
      out += '%';
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    }
  }
  return out;
}

std::vector<std::pair<std::string, std::string>> parse_form(std::string_view text) {
  std::vector<std::pair<std::string, std::string>> pairs;
  while (!text.empty()) {
    const std::string_view item = text.substr(0, text.find('&'));
    const std::size_t equals = item.find('=');
    if (!item.empty()) {
      pairs.emplace_back(percent_decode(item.substr(0, equals), true),
                         equals == std::string_view::npos
                             ? std::string()
                             : percent_decode(item.substr(equals + 1), true));
    }
    text.remove_prefix(std::min(item.size() + 1, text.size()));
  }
  return pairs;
}

}  // namespace channelbridge::sandbox
