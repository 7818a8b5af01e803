#pragma once

#include <string>
#include <vector>

#include "channelbridge/document/path.hpp"
#include "channelbridge/document/tree.hpp"

namespace channelbridge::document {

/// The texts at a path below the root of an XML tree, in order; attributes count, empty texts do
/// not. Names are compared as they stand, prefixes included.
std::vector<std::string> texts_at(const Tree& root, const Path& path);
/// The one text at a path, "" when there is none, or several that differ.
std::string text_at(const Tree& root, const Path& path);
/// Puts a text at a path of an XML tree; elements that are missing are made, with the values that
/// select them. A step by position that is not there is appended.
void put(Tree& root, const Path& path, std::string text);

/// What a document says of its own changes, where an interface wants it: beside a block of fields
/// another one with an "X" for each of them that is there, or one "X" for a block as a whole.
struct ChangeFlags {
  Path block{};         ///< "ITEM/item/DATA"; all elements that stand there
  std::string flags{};  ///< the element beside it: "DATAX"
  bool whole{};         ///< it is one "X", of a block without fields, too
};
/// Puts the flags of every block that the tree holds behind what stands beside it.
void set_flags(Tree& root, const std::vector<ChangeFlags>& flags);

/// XML text of a tree as parse_tree() gives it: no declaration, no white space between elements.
/// Its texts fit XML (fits_xml()) and come back as they are.
void append_xml(std::string& out, const Tree& tree);

}  // namespace channelbridge::document
