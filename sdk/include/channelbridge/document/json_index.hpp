#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "channelbridge/core/result.hpp"

namespace channelbridge::document {

/// Where every token of one JSON text begins: the first half of strict parsing, vectorised. The
/// second half is a walk over the tokens that looks at every one of them; JsonCursor has its steps.
///
/// Build checks UTF-8, closed strings and control characters. Reuse one per thread: its memory
/// stays. Threads: one at a time.
class JsonIndex {
 public:
  JsonIndex();
  ~JsonIndex();
  JsonIndex(const JsonIndex&) = delete;
  JsonIndex& operator=(const JsonIndex&) = delete;

  /// `text` is followed by Page::kPadding readable bytes and outlives the walk.
  /// Errors: Protocol, without the text.
  Result<void> build(std::string_view text);

  std::string_view text() const { return text_; }
  const std::uint32_t* begin() const { return begin_; }
  const std::uint32_t* end() const { return end_; }

 private:
  struct Parser;
  std::unique_ptr<Parser> parser_;
  std::string_view text_;
  const std::uint32_t* begin_{};
  const std::uint32_t* end_{};
};

/// Steps over the tokens of a JsonIndex. Copying it is cheap: it is a position.
///
/// Threads: one at a time.
class JsonCursor {
 public:
  explicit JsonCursor(const JsonIndex& index)
      : data_(index.text().data()),
        size_(index.text().size()),
        at_(index.begin()),
        end_(index.end()) {}

  bool done() const { return at_ == end_; }
  /// The first character of the token, 0 at the end.
  char peek() const { return at_ == end_ ? '\0' : data_[*at_]; }
  std::size_t position() const { return at_ == end_ ? size_ : *at_; }
  void skip() { ++at_; }
  bool take(char c) {
    if (peek() != c) return false;
    ++at_;
    return true;
  }
  /// End of the token that was taken last, as an offset in the text.
  std::size_t previous_end() const { return trimmed_end(at_ - 1); }

  /// The token with everything up to the next one, without white space around it. Takes it.
  std::string_view take_token() {
    const std::size_t start = *at_;
    const std::size_t stop = trimmed_end(at_);
    ++at_;
    return {data_ + start, stop - start};
  }
  /// The raw inside of a string token, still escaped; nullopt when it is not one string. Takes it.
  std::optional<std::string_view> take_string() {
    const std::string_view token = take_token();
    if (token.size() < 2 || token.front() != '"' || token.back() != '"') return std::nullopt;
    return token.substr(1, token.size() - 2);
  }

 private:
  static bool blank(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }
  std::size_t trimmed_end(const std::uint32_t* token) const {
    std::size_t stop = token + 1 == end_ ? size_ : *(token + 1);
    while (stop > *token && blank(data_[stop - 1])) --stop;
    return stop;
  }

  const char* data_;
  std::size_t size_;
  const std::uint32_t* at_;
  const std::uint32_t* end_;
};

/// Does a raw string need unescape_json()?
bool has_escape(std::string_view raw);
/// Appends the text of a raw string; false when an escape is not one (lone surrogates included).
bool unescape_json(std::string_view raw, std::string& out);
/// A number exactly as RFC 8259, section 6, has it.
bool is_json_number(std::string_view token);

}  // namespace channelbridge::document
