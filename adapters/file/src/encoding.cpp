#include <array>
#include <cstdint>

#include "csv_internal.hpp"

namespace channelbridge::file {
namespace {

// Source: the WHATWG Encoding Standard's index of windows-1252, bytes 0x80 to 0x9F; 0 = undefined.
constexpr std::array<char32_t, 32> kWindows1252 = {
    0x20AC, 0,      0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
    0x2039, 0x0152, 0,      0x017D, 0,      0,      0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0,      0x017E, 0x0178};

void append_utf8(std::string& out, char32_t c) {
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += static_cast<char>(0xC0 | (c >> 6));
    out += static_cast<char>(0x80 | (c & 0x3F));
  } else {
    out += static_cast<char>(0xE0 | (c >> 12));
    out += static_cast<char>(0x80 | ((c >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (c & 0x3F));
  }
}

/// The next code point of a UTF-8 text, or nullopt when it is not one (RFC 3629).
std::optional<char32_t> next_code_point(std::string_view text, std::size_t& at) {
  const auto byte = [&](std::size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
  };
  const unsigned first = byte(at);
  const int length = first < 0x80   ? 1
                     : first < 0xC2 ? 0
                     : first < 0xE0 ? 2
                     : first < 0xF0 ? 3
                     : first < 0xF5 ? 4
                                    : 0;
  if (length == 0) return std::nullopt;
  char32_t c = length == 1 ? first : first & (0xFFU >> (length + 1));
  for (int i = 1; i < length; ++i) {
    const unsigned next = byte(at + static_cast<std::size_t>(i));
    if ((next & 0xC0U) != 0x80U) return std::nullopt;
    c = (c << 6) | (next & 0x3FU);
  }
  const bool too_long = (length == 3 && c < 0x800) || (length == 4 && c < 0x10000);
  if (too_long || c > 0x10FFFF || (c >= 0xD800 && c < 0xE000)) return std::nullopt;
  at += static_cast<std::size_t>(length);
  return c;
}

}  // namespace

std::optional<std::string> decode(std::string_view bytes, Encoding encoding) {
  if (encoding == Encoding::Utf8) {
    for (std::size_t at = 0; at < bytes.size();)
      if (!next_code_point(bytes, at)) return std::nullopt;
    return std::string(bytes);
  }
  std::string out;
  for (const char c : bytes) {
    char32_t point = static_cast<unsigned char>(c);
    if (encoding == Encoding::Windows1252 && point >= 0x80 && point < 0xA0) {
      point = kWindows1252[point - 0x80];
      if (point == 0) return std::nullopt;
    }
    append_utf8(out, point);
  }
  return out;
}

std::optional<std::string> encode(std::string_view text, Encoding encoding) {
  if (encoding == Encoding::Utf8) return std::string(text);
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const auto point = next_code_point(text, at);
    if (!point) return std::nullopt;
    if (*point < 0x80 || (*point < 0x100 && (encoding == Encoding::Latin1 || *point >= 0xA0))) {
      out += static_cast<char>(*point);
      continue;
    }
    std::size_t i = 0;
    while (i < kWindows1252.size() && kWindows1252[i] != *point) ++i;
    if (encoding != Encoding::Windows1252 || i == kWindows1252.size()) return std::nullopt;
    out += static_cast<char>(0x80 + i);
  }
  return out;
}

}  // namespace channelbridge::file
