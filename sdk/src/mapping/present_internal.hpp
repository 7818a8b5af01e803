#pragma once

#include <map>
#include <string>

#include "compiled_internal.hpp"

namespace channelbridge::mapping {

/// The external codes that an object shows now, for rules whose code map knows several for one
/// canonical code. Key: rule_key() at the root, the patch path of an element's field in a list.
using PresentCodes = std::map<std::string, std::string, std::less<>>;

std::string rule_key(std::size_t root_rule);
PresentCodes present_codes(const Compiled& mapping, const document::Document& document);

}  // namespace channelbridge::mapping
