#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "channelbridge/core/result.hpp"

namespace channelbridge::document {

/// A value of a YAML file that people write, with its place, for readers that must not know a YAML
/// library. Aliases are unfolded; tags count for nothing, and a scalar stays the text that it is.
///
/// Threads: as std::vector.
struct YamlNode {
  enum class Kind : std::uint8_t { Null, Text, List, Map } kind{Kind::Null};
  std::string text{};                                       ///< of a Text
  std::vector<YamlNode> items{};                            ///< of a List
  std::vector<std::pair<std::string, YamlNode>> members{};  ///< of a Map, in the file's order
  int line{};                                               ///< 1-based, where the value begins
  int key_line{};  ///< of a map's member: where its key stands; else as `line`

  /// A map's member; nullptr when there is none, or this is no map.
  const YamlNode* find(std::string_view key) const;
};

/// Reads one file's text, whose root is a map. Nesting and size are bounded, aliases included.
///
/// `file` is its name in problems.
/// Errors: Invalid with problems (file, line, rule): "syntax", "wrong_type" (the root, a key),
/// "duplicate_key", "too_large".
Result<YamlNode> parse_yaml(std::string_view text, const std::string& file);

}  // namespace channelbridge::document
