#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "definition_internal.hpp"

namespace channelbridge::mapping {

constexpr std::int32_t kNone = -1;

/// One value of a document, as text, on its way to a rule.
struct Value {
  enum class State : std::uint8_t {
    Absent,
    Null,
    Text,
    Several,    ///< more than one element answers; `text` is the first
    Container,  ///< an object or array where one value should be
  } state{State::Absent};
  std::string_view text{};
};

/// A place in the document that somebody wants, in the trie of all of them.
struct TrieNode {
  struct Member {
    std::string name{};
    std::int32_t node{kNone};
  };
  std::vector<Member> members{};
  bool adds_up{};                     ///< several numbers here are one, their sum
  std::int32_t slot{kNone};           ///< where its value goes, in the frame of the enclosing scope
  std::int32_t scope{kNone};          ///< its elements are looked at one by one
  std::int32_t marks_partial{kNone};  ///< a value here says that this scope goes on elsewhere
};

/// What is made of the elements of one array.
struct Consumer {
  std::vector<std::pair<std::int32_t, std::string>>
      where{};  ///< slots of the element and what they must show
  std::size_t index = document::Step::kAny;
  std::vector<std::pair<std::int32_t, std::int32_t>>
      copies{};              ///< element's slot -> slot of the enclosing frame
  std::int32_t list{kNone};  ///< each element that passes is one of this list
};

/// An array whose elements have slots of their own: predicates are decided at an element's end, so
/// that the order of keys does not matter.
struct Scope {
  std::int32_t root{kNone};
  std::int32_t slots{};
  std::vector<Consumer> consumers{};
};

/// All that is wanted from one document, compiled from paths. Scope 0 is the document itself.
class Program {
 public:
  Program();

  /// The slot, in the frame of `scope`, of the value at `path` below the scope's element.
  std::int32_t want(std::int32_t scope, const document::Path& path);
  /// Several numbers at `path` are added; a path without selections that is wanted, too.
  void add_up(std::int32_t scope, const document::Path& path);
  /// The scope of the elements at `path` below the element of `scope`.
  std::int32_t open(std::int32_t scope, const document::Path& path);
  Consumer& consumer(std::int32_t scope) { return scopes_[index(scope)].consumers.emplace_back(); }

  const TrieNode& node(std::int32_t at) const { return nodes_[index(at)]; }
  const Scope& scope(std::int32_t at) const { return scopes_[index(at)]; }
  std::size_t scopes() const { return scopes_.size(); }
  /// The member of a node, or kNone. A protocol's wrapper around a list is the list itself.
  std::int32_t member(std::int32_t at, std::string_view name) const;

 private:
  static std::size_t index(std::int32_t at) { return static_cast<std::size_t>(at); }
  std::int32_t new_node();
  std::int32_t new_scope();
  std::int32_t step(std::int32_t from, const std::string& name);
  std::int32_t scope_of(std::int32_t node);

  std::vector<TrieNode> nodes_{};
  std::vector<Scope> scopes_{};
};

}  // namespace channelbridge::mapping
