#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "channelbridge/core/result.hpp"

namespace channelbridge::document {

enum class Format : std::uint8_t { Json, Xml };

/// Bounds for what a system may send. Exceeding one is ErrorCode::Protocol.
struct Limits {
  std::size_t max_bytes{64U << 20U};    ///< one page
  std::size_t max_depth{64};            ///< nesting
  std::size_t max_elements{5'000'000};  ///< values or XML nodes in one page
};

/// The bytes of one answer, shared by the documents cut from it. Buffers carry the parser's
/// padding.
///
/// Threads: immutable.
class Page {
 public:
  /// Takes the bytes over. Not yet checked: see json_records() and xml_records().
  static std::shared_ptr<const Page> make(std::string bytes, Format format);
  std::string_view bytes() const;
  /// Bytes readable after the end of bytes().
  static constexpr std::size_t kPadding = 64;
  Format format() const { return format_; }
  std::size_t capacity() const { return buffer_.size(); }
  const char* data() const { return buffer_.data(); }

 private:
  Page() = default;
  std::string buffer_;
  std::size_t size_{};
  Format format_{Format::Json};
};

/// What a system says about one object: a span of a page, exactly as it came.
///
/// full      the system shows everything that was asked for; an absent field is drift
/// partial   only what changed (events, deltas); an absent field is no statement
/// Threads: immutable.
class Document {
 public:
  Document() = default;
  Document(std::shared_ptr<const Page> page, std::size_t offset, std::size_t length,
           bool full = true);
  /// A document of its own.
  static Document of(std::string text, Format format = Format::Json, bool full = true);

  std::string_view text() const;
  Format format() const;
  bool full() const { return full_; }
  bool empty() const { return !page_; }
  const std::shared_ptr<const Page>& page() const { return page_; }
  std::size_t offset() const { return offset_; }

 private:
  std::shared_ptr<const Page> page_;
  std::size_t offset_{};
  std::size_t length_{};
  bool full_{true};
};

/// A record cut from a page with the texts of a few wanted values (nullopt-like: absent or null
/// differ by `Slot::state`).
struct Slot {
  enum class State : std::uint8_t { Absent, Null, Text } state{State::Absent};
  std::string text{};  ///< numbers keep their text; strings are unescaped; true/false as such
};
struct RecordSpan {
  std::size_t offset{};
  std::size_t length{};
  std::vector<Slot> slots{};
};

/// Cuts the records out of a JSON page, in one pass and behind the strictness gate (UTF-8, depth,
/// counts, duplicate keys, one root, nothing after it).
///
/// `records`  path of the array ("records", "d.results", "value"); "" = the root is the array or
/// the single record;
///            a path that holds an object gives one record
/// `wanted`   dotted paths inside a record whose texts are returned with its span, in this order
/// `outside`  dotted paths in the envelope ("nextRecordsUrl", "d.__next", "done") returned in
/// `Records::outside`
struct Records {
  std::vector<RecordSpan> records{};
  std::vector<Slot> outside{};
};
Result<Records> json_records(const Page& page, std::string_view records,
                             const std::vector<std::string>& wanted,
                             const std::vector<std::string>& outside = {},
                             const Limits& limits = {});

/// Checks one JSON text against the strictness gate.
Result<void> check_json(std::string_view text, const Limits& limits = {});
/// Checks one XML text: UTF-8, no DOCTYPE, depth, counts, single root, bound prefixes, no duplicate
/// attributes.
Result<void> check_xml(std::string_view text, const Limits& limits = {});

/// Writes JSON text directly; the caller keeps the order and the brackets right.
/// `append_string` escapes as RFC 8259 asks, UTF-8 kept.
void append_json_string(std::string& out, std::string_view text);

}  // namespace channelbridge::document
