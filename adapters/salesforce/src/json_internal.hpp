#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace channelbridge::salesforce {

/// A member's text; "" when it is absent or no text.
inline std::string text_of(const nlohmann::json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

}  // namespace channelbridge::salesforce
