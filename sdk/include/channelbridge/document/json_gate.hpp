#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "channelbridge/document/document.hpp"
#include "channelbridge/document/json_index.hpp"

namespace channelbridge::document {

/// Walks every token of a JSON text and refuses what is not strict JSON: grammar, numbers, escapes,
/// duplicate keys, depth, counts, anything behind the root. What to keep is the business of the
/// visitor:
///
///     Visitor::Node                              position in what is wanted; cheap to copy
///     Node member(Node, std::string_view key)    below an object
///     Node element(Node, std::size_t index)      below an array
///     void scalar(Node, char first, std::string_view text)      text is unescaped; valid during
///     the call void open(Node, char bracket, std::size_t position)       an object or array begins
///     void close(Node, char bracket, std::size_t end, std::size_t count)   and has ended before
///     byte `end`
///
/// Threads: one at a time; any number of gates on one index.
template <typename Visitor>
class JsonGate {
 public:
  JsonGate(const JsonIndex& index, const Limits& limits, Visitor& visitor)
      : at_(index), limits_(limits), visitor_(visitor) {}

  Result<void> run(typename Visitor::Node root) {
    if (value(root, 0) && !at_.done()) fail("text follows the end of the JSON value");
    if (reason_)
      return Error(ErrorCode::Protocol,
                   std::string(reason_) + " (byte " + std::to_string(where_) + ")");
    return {};
  }

 private:
  using Node = typename Visitor::Node;

  bool fail(const char* reason) {
    if (!reason_) {
      reason_ = reason;
      where_ = at_.position();
    }
    return false;
  }

  bool value(Node node, std::size_t depth) {
    if (++values_ > limits_.max_elements) return fail("the JSON text holds too many values");
    switch (at_.peek()) {
      case '{':
        return object(node, depth);
      case '[':
        return array(node, depth);
      case '"':
        return string(node);
      case '\0':
        return fail(at_.done() ? "the JSON text ends too early" : "unexpected character");
      default:
        return literal(node);
    }
  }

  bool string(Node node) {
    std::string_view text;
    if (!text_of(text)) return false;
    visitor_.scalar(node, '"', text);
    return true;
  }

  bool text_of(std::string_view& text) {
    const auto raw = at_.take_string();
    if (!raw) return fail("a JSON string is not closed");
    text = *raw;
    if (!has_escape(*raw)) return true;
    scratch_.clear();
    if (!unescape_json(*raw, scratch_)) return fail("a JSON string holds an invalid escape");
    text = scratch_;
    return true;
  }

  bool literal(Node node) {
    const char first = at_.peek();
    const std::string_view token = at_.take_token();
    const bool known = first == 't'   ? token == "true"
                       : first == 'f' ? token == "false"
                       : first == 'n' ? token == "null"
                                      : is_json_number(token);
    if (!known) return fail("unexpected text where a JSON value should be");
    visitor_.scalar(node, first, token);
    return true;
  }

  bool object(Node node, std::size_t depth) {
    if (depth >= limits_.max_depth) return fail("the JSON text is nested too deeply");
    visitor_.open(node, '{', at_.position());
    at_.skip();
    const std::size_t first_key = keys_.size();
    if (!at_.take('}')) {
      do {
        if (at_.peek() != '"') return fail("a key is missing in a JSON object");
        std::string_view key;
        if (!text_of(key)) return false;
        if (!remember(first_key, key)) return fail("a key occurs twice in a JSON object");
        const Node below = visitor_.member(node, key);
        if (!at_.take(':')) return fail("':' is missing in a JSON object");
        if (!value(below, depth + 1)) return false;
      } while (at_.take(','));
      if (!at_.take('}')) return fail("'}' is missing in a JSON object");
    }
    const std::size_t count = keys_.size() - first_key;
    if (!all_differ(first_key)) return fail("a key occurs twice in a JSON object");
    keys_.resize(first_key);
    visitor_.close(node, '{', at_.previous_end(), count);
    return true;
  }

  bool array(Node node, std::size_t depth) {
    if (depth >= limits_.max_depth) return fail("the JSON text is nested too deeply");
    visitor_.open(node, '[', at_.position());
    at_.skip();
    std::size_t index = 0;
    if (!at_.take(']')) {
      do {
        if (!value(visitor_.element(node, index++), depth + 1)) return false;
      } while (at_.take(','));
      if (!at_.take(']')) return fail("']' is missing in a JSON array");
    }
    visitor_.close(node, '[', at_.previous_end(), index);
    return true;
  }

  /// Keys of the open objects, as hashes: equal hashes count as equal keys, which refuses an honest
  /// object once in 2^64. Few keys are compared as they come, many are sorted at the object's end.
  bool remember(std::size_t first_key, std::string_view key) {
    const std::size_t hash = std::hash<std::string_view>{}(key);
    if (keys_.size() - first_key < kCompared) {
      for (std::size_t i = first_key; i < keys_.size(); ++i) {
        if (keys_[i] == hash) return false;
      }
    }
    keys_.push_back(hash);
    return true;
  }

  bool all_differ(std::size_t first_key) {
    if (keys_.size() - first_key <= kCompared) return true;
    const auto begin = keys_.begin() + static_cast<std::ptrdiff_t>(first_key);
    std::sort(begin, keys_.end());
    return std::adjacent_find(begin, keys_.end()) == keys_.end();
  }

  static constexpr std::size_t kCompared = 16;

  JsonCursor at_;
  const Limits& limits_;
  Visitor& visitor_;
  std::vector<std::size_t> keys_{};
  std::string scratch_{};
  std::size_t values_{};
  const char* reason_{};
  std::size_t where_{};
};

}  // namespace channelbridge::document
