#pragma once

#include <cstddef>
#include <optional>
#include <pugixml.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "channelbridge/core/result.hpp"
#include "channelbridge/document/document.hpp"
#include "channelbridge/soap/names.hpp"

namespace channelbridge::soap {

/// Parses behind the strictness gate; all white space is kept. `out` is valid only when the result
/// is good.
Result<void> parse_checked(std::string_view text, const document::Limits& limits,
                           pugi::xml_document& out);

std::string_view prefix_of(std::string_view name);
std::string_view local_of(std::string_view name);
/// Can it be the local name of an element or an attribute? The letters beyond ASCII are not told
/// apart. Source: Namespaces in XML 1.0, production NCName.
bool is_name(std::string_view text);
std::string_view trimmed(std::string_view text);
/// The words between blanks.
std::vector<std::string_view> words_of(std::string_view text);

/// The namespace that a prefix has at a node; nullopt = it is not bound there. "" = the default.
std::optional<std::string> space_at(pugi::xml_node node, std::string_view prefix);
/// The name of an element.
QName name_of(pugi::xml_node node);
/// A name written as text ("tns:Order") with the bindings of a node; without a prefix it is in the
/// default namespace. nullopt = the prefix is not bound.
std::optional<QName> resolve(pugi::xml_node node, std::string_view text);
bool is(pugi::xml_node node, std::string_view space, std::string_view local);
/// The first child element of a name; none = an empty node.
pugi::xml_node child_of(pugi::xml_node node, std::string_view space, std::string_view local);
/// The child elements.
std::vector<pugi::xml_node> elements_of(pugi::xml_node node);

Error protocol_error(std::string message);

/// One XML file, kept while nodes of it are in use.
struct SourceFile {
  std::string name{};  ///< for problems
  std::string folder{};
  pugi::xml_document document{};
  std::vector<std::size_t> lines{};  ///< where each line begins

  int line_of(pugi::xml_node node) const;
};

}  // namespace channelbridge::soap
