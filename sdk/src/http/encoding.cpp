#include "channelbridge/http/encoding.hpp"

#include <algorithm>
#include <cstdint>

namespace channelbridge::http {
namespace {

bool is_alnum(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

std::string percent_encode(std::string_view text, bool space_as_plus) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (is_alnum(c) || c == '-' || c == '.' || c == '_' || c == '~') {
      out += c;
    } else if (c == ' ' && space_as_plus) {
      out += '+';
    } else {
      out += '%';
      out += kHex[byte >> 4U];
      out += kHex[byte & 0xFU];
    }
  }
  return out;
}

std::string encode64(std::string_view bytes, std::string_view last_two, bool padded) {
  const std::string alphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789" + std::string(last_two);
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t count = std::min<std::size_t>(3, bytes.size() - i);
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k) {
      group = group << 8U | (k < count ? static_cast<unsigned char>(bytes[i + k]) : 0U);
    }
    for (std::size_t k = 0; k < 4; ++k) {
      if (k <= count) {
        out += alphabet[group >> (18 - 6 * k) & 0x3FU];
      } else if (padded) {
        out += '=';
      }
    }
  }
  return out;
}

}  // namespace

std::string encode_component(std::string_view text) { return percent_encode(text, false); }

std::string encode_form(const std::vector<std::pair<std::string_view, std::string_view>>& fields) {
  std::string out;
  for (const auto& [name, value] : fields) {
    if (!out.empty()) out += '&';
    out += percent_encode(name, true) + "=" + percent_encode(value, true);
  }
  return out;
}

std::string base64(std::string_view bytes) { return encode64(bytes, "+/", true); }

std::string base64url(std::string_view bytes) { return encode64(bytes, "-_", false); }

bool is_header_name(std::string_view text) {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::ranges::all_of(text, [&](char c) {
    return is_alnum(c) || kMarks.find(c) != std::string_view::npos;
  });
}

bool is_header_value(std::string_view text) {
  if (text.starts_with(' ') || text.ends_with(' ')) return false;
  return std::ranges::none_of(text, [](unsigned char c) { return c < 0x20 || c == 0x7F; });
}

}  // namespace channelbridge::http
