#pragma once

#include <string>
#include <string_view>

namespace channelbridge::model {

// ASCII only: the standard library's versions depend on the locale.
constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }
constexpr char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; }
constexpr bool is_letter(char c) { return lower(c) >= 'a' && lower(c) <= 'z'; }
constexpr bool is_alnum(char c) { return is_digit(c) || is_letter(c); }
constexpr bool is_ascii(char c) { return static_cast<unsigned char>(c) < 0x80; }

inline std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = lower(c);
  return out;
}

inline std::string upper(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = upper(c);
  return out;
}

template <typename F>
constexpr bool all_of(std::string_view text, F&& test) {
  for (const char c : text) {
    if (!test(c)) return false;
  }
  return true;
}

}  // namespace channelbridge::model
