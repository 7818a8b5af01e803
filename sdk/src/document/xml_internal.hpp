#pragma once

#include <pugixml.hpp>
#include <string_view>

#include "channelbridge/document/document.hpp"

namespace channelbridge::document {

/// Parses one XML text behind the whole gate; `out` is valid only when the result is good.
Result<void> parse_xml(std::string_view text, const Limits& limits, pugi::xml_document& out);

}  // namespace channelbridge::document
