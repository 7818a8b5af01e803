#pragma once

#include <string>
#include <vector>

#include "channelbridge/document/path.hpp"
#include "channelbridge/document/tree.hpp"
#include "channelbridge/soap/reply.hpp"
#include "manifest_internal.hpp"

namespace channelbridge::soap {

/// The elements at a path of local names below an element; an empty path is the element itself.
std::vector<const Node*> nodes_at(const Node& root, const document::Path& path);
/// The texts there, attributes included, without empty ones.
std::vector<std::string> texts_at(const Node& root, const document::Path& path);
/// The one text there; "" when there is none, or several that differ.
std::string text_at(const Node& root, const document::Path& path);
/// Texts at these paths joined with ','; "" when one is missing, or has a ',' among several.
std::string key_at(const Node& root, const std::vector<Place>& paths);
/// The parts of such a key; as many as there are paths, or none.
std::vector<std::string> split_key(std::string_view key, std::size_t parts);
bool hold(const Conditions& conditions, const Node& root);

/// The element at a path of a tree; what is missing is made, with the values that select it.
document::Tree& element_at(document::Tree& root, const document::Path& path);
/// Puts the texts of a call at their places. One that names something without a value is left out.
void put_texts(document::Tree& root, const std::vector<TextAt>& texts, const Values& values,
               const TimeZone& zone);

}  // namespace channelbridge::soap
