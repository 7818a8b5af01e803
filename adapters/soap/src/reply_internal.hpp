#pragma once

#include <pugixml.hpp>
#include <string>
#include <string_view>

#include "channelbridge/soap/reply.hpp"

namespace channelbridge::soap {

/// An element with its names resolved. Errors: Protocol, when a prefix is unbound by xmlns:p="", an
/// attribute is there twice under two prefixes, or xsi:nil is neither true nor false.
Result<Node> node_of(pugi::xml_node element);

/// The text of an element: all its pieces, comments left out.
std::string text_of(pugi::xml_node element);

/// Of a Fault element, by the version of the envelope.
Result<Fault> fault_of(pugi::xml_node element, Version version, const std::string& language);

}  // namespace channelbridge::soap
