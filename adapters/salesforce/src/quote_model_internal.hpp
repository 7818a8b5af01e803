#pragma once

#include <string>
#include <string_view>

#include "channelbridge/salesforce/cpq.hpp"

namespace channelbridge::salesforce {

/// A JSON number without exponent and without needless zeros: "1.0E3" is "1000", "-0.50" is "-0.5".
std::string plain_decimal(std::string_view number);

}  // namespace channelbridge::salesforce
