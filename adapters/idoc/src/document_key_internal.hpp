#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "channelbridge/document/tree_path.hpp"

namespace channelbridge::idoc {

/// The parts of a key: "A,B[C=D]/E" are two. Errors: Invalid, a part is no path.
Result<std::vector<document::Path>> key_paths(std::string_view text);
/// The key of a document: the texts of its parts joined with ','; "" when one of them is missing or
/// holds a ','.
std::string key_at(const document::Tree& root, const std::vector<document::Path>& paths);
/// Puts the parts of a key where they belong. Invalid: it has another number of parts.
Result<void> put_key(document::Tree& root, const std::vector<document::Path>& paths,
                     std::string_view key);
/// Do two keys name one document? Leading zeros of a number do not count: systems show both forms.
bool same_key(std::string_view a, std::string_view b);

}  // namespace channelbridge::idoc
