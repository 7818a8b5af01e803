#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "channelbridge/document/document.hpp"
#include "channelbridge/document/tree.hpp"
#include "program_internal.hpp"

namespace channelbridge::mapping {

/// Is told each element of a list while its slots are filled.
class ElementSink {
 public:
  virtual ~ElementSink() = default;
  virtual void element(std::int32_t list, const Value* frame) = 0;
};

/// Drops the wanted values of one document into slots, in one pass. A visitor of the JSON gate; XML
/// is walked as a tree.
///
/// Memory stays between documents. Threads: one at a time.
class SlotReader {
 public:
  /// Position: a trie node and the frame its slots are in.
  struct Node {
    std::int32_t trie{kNone};
    std::uint32_t base{};
    bool element{};  ///< the element of an array that has a scope
  };

  /// Errors: Protocol, when the text is not strict JSON or XML.
  Result<void> run(const Program& program, const document::Document& document, ElementSink* sink);

  const Value* frame() const { return slots_.data(); }
  /// Did the document show the array of this scope, and all of it?
  bool shown(std::int32_t scope) const { return shown_[static_cast<std::size_t>(scope)] != 0; }
  bool partial(std::int32_t scope) const { return partial_[static_cast<std::size_t>(scope)] != 0; }

  Node member(Node node, std::string_view key);
  Node element(Node node, std::size_t index);
  void scalar(Node node, char first, std::string_view text);
  void open(Node node, char bracket, std::size_t position);
  void close(Node node, char bracket, std::size_t end, std::size_t count);

 private:
  static constexpr std::int32_t kMark =
      -2;  ///< Node::base is the scope that a value here marks as partial
  struct Open {
    enum class Kind : std::uint8_t { Array, Single, Wrapper, Deferred } kind{Kind::Array};
    std::int32_t scope{};
    std::uint32_t outer{};
    std::uint32_t base{};
    std::size_t index{};
    std::uint64_t matched{};  ///< per consumer
  };

  bool scoped(Node node) const { return !node.element && program_->node(node.trie).scope != kNone; }
  std::uint32_t begin_frame(std::int32_t scope);
  void finish_element(Open& top);
  void finish_array(const Open& top);
  bool passes(const Consumer& consumer, const Open& top) const;
  void set(std::uint32_t base, std::int32_t slot, Value::State state, std::string_view text);
  void add(std::uint32_t base, std::int32_t slot, std::string_view text);
  void null_below(std::int32_t trie, std::uint32_t base);
  void walk(const document::Tree& tree, Node node);
  void deliver(const document::Tree& tree, Node node);
  std::string_view hold(std::string_view text);

  const Program* program_{};
  ElementSink* sink_{};
  std::string_view text_{};
  std::vector<Value> slots_{};
  std::vector<Open> open_{};
  std::vector<std::uint8_t> shown_{};
  std::vector<std::uint8_t> partial_{};
  std::deque<std::string> held_{};
  document::Tree tree_{};
};

}  // namespace channelbridge::mapping
