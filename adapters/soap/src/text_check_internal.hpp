#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "channelbridge/soap/schema.hpp"

namespace channelbridge::soap {

/// Why a text is none of a type.
struct TextFault {
  std::string rule{};     ///< "type", "length", "digits", "range", "enumeration", "pattern"
  std::string message{};  ///< "has 12 characters, at most 10 are allowed"; never the text itself
  std::string suggestion{};
};
std::optional<TextFault> check_text(const TextType& type, std::string_view text);

/// Can the type hold an empty text?
bool takes_empty(const TextType& type);

/// Is the text one of the pattern? nullopt = the pattern is not applied: classes by name or with
/// subtraction, repeated groups, anchors, or a text that is long or not ASCII.
std::optional<bool> matches(const std::string& pattern, std::string_view text);

}  // namespace channelbridge::soap
