#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "channelbridge/document/tree_path.hpp"

namespace channelbridge::idoc {

/// How the documents of a mapping are told apart.
struct DocumentId {
  std::string text{};                   ///< as the mapping has it
  std::vector<document::Path> paths{};  ///< its parts
  std::vector<bool> padded{};           ///< per part: a number that the system fills with zeros
};

/// The parts of a key: "A,B[C=D]/E" are two. Errors: Invalid, a part is no path.
Result<std::vector<document::Path>> key_paths(std::string_view text);
/// The key of a document: the texts of its parts joined with ','; "" when one of them is missing or
/// holds a ','.
std::string key_at(const document::Tree& root, const std::vector<document::Path>& paths);
/// Puts the parts of a key where they belong. Invalid: it has another number of parts.
Result<void> put_key(document::Tree& root, const std::vector<document::Path>& paths,
                     std::string_view key);
/// Without the zeros in front of a number that the system pads ("0000301800"): it shows both forms.
std::string_view without_zeros(std::string_view text);
/// Do two keys name one document? In the parts that are `padded`, zeros in front of a number do not
/// count; everywhere else "007" and "7" are two.
bool same_key(std::string_view a, std::string_view b, const std::vector<bool>& padded);

}  // namespace channelbridge::idoc
