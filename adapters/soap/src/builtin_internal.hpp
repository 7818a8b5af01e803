#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "channelbridge/soap/schema.hpp"

namespace channelbridge::soap {

/// A type that XML Schema has by itself; nullopt when there is none of that name.
/// Source: https://www.w3.org/TR/xmlschema-2/, section 3
std::optional<TextType> builtin_type(std::string_view local);
std::vector<std::string> builtin_names();

}  // namespace channelbridge::soap
