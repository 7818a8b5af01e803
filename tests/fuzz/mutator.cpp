#include "mutator.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace channelbridge::fuzz {
namespace {

/// Numbers, characters and escapes that parsers have stumbled over.
const std::vector<std::string> kAwkward{"",
                                        "0",
                                        "-0",
                                        "1e999",
                                        "-1",
                                        "9223372036854775808",
                                        "12345678901234567890123",
                                        "0.1e-400",
                                        "\\u0000",
                                        "\\ud800",
                                        "&#0;",
                                        "%00",
                                        "%",
                                        "''",
                                        "\"\"",
                                        "null",
                                        std::string(1, '\0'),
                                        "\xFF",
                                        "\xC0\x80",
                                        "\xED\xA0\x80",
                                        "\xEF\xBB\xBF",
                                        "\xE2\x80\xA8",
                                        "\r",
                                        "\n\n",
                                        "\t",
                                        "2026-02-30",
                                        "9999-12-31T23:59:60Z"};

constexpr std::string_view kDelimiters = " \t\r\n,;:=<>()[]{}\"'/&?.@$|-";

/// The token around a place: [begin, end).
std::pair<std::size_t, std::size_t> token_at(const std::string& text, std::size_t place) {
  const std::size_t before = text.find_last_of(kDelimiters, place);
  const std::size_t begin = before == std::string::npos ? 0 : before + 1;
  const std::size_t after = text.find_first_of(kDelimiters, std::max(begin, place));
  return {begin, after == std::string::npos ? text.size() : after};
}

}  // namespace

// SplitMix64: any number is a good seed.
std::uint64_t Mutator::next() {
  state_ += 0x9E3779B97F4A7C15ULL;
  std::uint64_t z = state_;
  z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9ULL;
  z = (z ^ (z >> 27U)) * 0x94D049BB133111EBULL;
  return z ^ (z >> 31U);
}

std::size_t Mutator::below(std::size_t bound) {
  return bound == 0 ? 0 : static_cast<std::size_t>(next() % bound);
}

const std::string& Mutator::any(const std::vector<std::string>& texts) {
  static const std::string kNothing;
  return texts.empty() ? kNothing : texts[below(texts.size())];
}

std::string Mutator::piece(const std::string& text, std::size_t longest) {
  return text.substr(below(text.size()), 1 + below(longest));
}

std::string Mutator::mutant(std::uint64_t number) {
  state_ = number;
  std::string text = any(language_.seeds);
  // Mostly few changes: what is nearly right reaches the furthest.
  const std::size_t changes = 1 + below(1 + below(6));
  for (std::size_t i = 0; i < changes; ++i) change(text);
  if (text.size() > language_.most_bytes) text.resize(language_.most_bytes);
  return text;
}

void Mutator::change(std::string& text) {
  using Change = void (Mutator::*)(std::string&);
  constexpr std::array<Change, 14> kChanges{
      &Mutator::flip_bit,    &Mutator::replace_byte, &Mutator::swap_tokens, &Mutator::swap_tokens,
      &Mutator::splice,      &Mutator::splice,       &Mutator::insert_word, &Mutator::insert_word,
      &Mutator::insert_word, &Mutator::erase_piece,  &Mutator::erase_piece, &Mutator::repeat_piece,
      &Mutator::cut,         &Mutator::nest};
  (this->*kChanges[below(kChanges.size())])(text);
}

void Mutator::flip_bit(std::string& text) {
  if (text.empty()) return;
  char& byte = text[below(text.size())];
  byte = static_cast<char>(static_cast<unsigned char>(byte) ^ (1U << below(8)));
}

void Mutator::replace_byte(std::string& text) {
  if (!text.empty()) text[below(text.size())] = static_cast<char>(below(256));
}

void Mutator::swap_tokens(std::string& text) {
  auto first = token_at(text, below(text.size()));
  auto second = token_at(text, below(text.size()));
  if (first > second) std::swap(first, second);
  if (first.second > second.first) return;  // the same one
  const std::string left = text.substr(first.first, first.second - first.first);
  const std::string right = text.substr(second.first, second.second - second.first);
  text.replace(second.first, right.size(), left);
  text.replace(first.first, left.size(), right);
}

void Mutator::splice(std::string& text) {
  const std::string other = piece(any(language_.seeds), 1 + below(2) * 400 + 40);
  const std::size_t at = below(text.size() + 1);
  text.replace(at, below(2) * other.size(), other);
}

void Mutator::insert_word(std::string& text) {
  const std::string& word = any(below(3) == 0 ? kAwkward : language_.words);
  const std::size_t place = below(text.size() + 1);
  if (below(2) == 0) {
    text.insert(place, word);
  } else {
    const auto [begin, end] = token_at(text, place);
    text.replace(begin, end - begin, word);
  }
}

void Mutator::erase_piece(std::string& text) {
  if (!text.empty()) text.erase(below(text.size()), 1 + below(below(4) == 0 ? 200 : 8));
}

void Mutator::repeat_piece(std::string& text) {
  const std::string part = piece(text, 60);
  const std::size_t times = below(8) == 0 ? 2000 : 1 + below(20);
  std::string all;
  for (std::size_t i = 0; i < times && all.size() < language_.most_bytes; ++i) all += part;
  text.insert(below(text.size() + 1), all);
}

void Mutator::nest(std::string& text) {
  if (language_.openers.empty()) return;
  const std::string& opener = any(language_.openers);
  const std::size_t levels = below(3) == 0 ? language_.most_bytes : 1 + below(100);
  std::string all;
  for (std::size_t i = 0; i < levels && all.size() < language_.most_bytes; ++i) all += opener;
  text.insert(below(text.size() + 1), all);
}

void Mutator::cut(std::string& text) { text.resize(below(text.size() + 1)); }

}  // namespace channelbridge::fuzz
