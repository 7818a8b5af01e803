#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "channelbridge/core/result.hpp"
#include "channelbridge/document/document.hpp"
#include "channelbridge/document/path.hpp"

namespace channelbridge::document {

/// A document as a generic tree, for XML, explanations and odd shapes; never on the hot path of
/// JSON.
///
/// JSON  objects and arrays as they are; the elements of an array have no name
/// XML   an element is an Object when it has attributes or child elements, else Text; attributes
/// are children named "@x";
///       the text of an Object is in `text`; xsi:nil makes it Null
struct Tree {
  enum class Kind : std::uint8_t { Object, Array, Text, Number, Boolean, Null } kind{Kind::Null};
  std::string name{};
  std::string text{};  ///< unescaped text; numbers keep theirs
  std::vector<Tree> children{};

  const Tree* find(std::string_view child) const;
};

/// Parses behind the strictness gate. The root's name is "" for JSON.
Result<Tree> parse_tree(std::string_view text, Format format, const Limits& limits = {});

/// A tree of JSON as JSON; numbers keep their digits.
void append_json(std::string& out, const Tree& tree);

/// Every scalar with its place: "a.b[0].c" -> "s:text", "n:100.00", "b:true", "null"; empty
/// containers "{}" and "[]". Two documents say the same exactly when their flat forms are equal.
std::map<std::string, std::string> flatten(const Tree& tree);

}  // namespace channelbridge::document
