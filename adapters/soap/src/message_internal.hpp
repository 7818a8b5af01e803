#pragma once

#include <map>
#include <set>
#include <string>

#include "channelbridge/document/tree.hpp"
#include "channelbridge/soap/schema.hpp"

namespace channelbridge::soap {

using ElementNames = std::map<std::string, std::string, std::less<>>;

/// What is written laid over what the object shows, as far as the message has a place for either.
/// A list that repeats is taken whole from what is written; `given` names those that are, even
/// with nothing in them.
document::Tree laid_over(const Element& message, const document::Tree& shown,
                         const document::Tree& written, const std::set<std::string>& given = {});

/// The children of a tree by the names that the message has for them.
document::Tree renamed(document::Tree tree, const ElementNames& names);

/// Of the rows of these lists, in the message's names, what the message has a place for.
document::Tree narrowed(const Element& message, document::Tree tree,
                        const std::set<std::string>& lists);

/// Has the message a place for an element of that name?
bool has_place(const Element& message, std::string_view name);

/// Gives an attribute to every element below that wants it and has a text, but not the attribute.
void share(const Element& message, document::Tree& tree, const std::string& attribute,
           const std::string& text);

}  // namespace channelbridge::soap
