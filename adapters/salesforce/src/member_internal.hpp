#pragma once

#include <string>
#include <string_view>

#include "channelbridge/document/tree.hpp"

namespace channelbridge::salesforce {

/// The text of a member; "" = there is none, or it is no text.
inline std::string member_text(const document::Tree& object, std::string_view name) {
  const document::Tree* member = object.find(name);
  const bool told = member != nullptr && member->kind == document::Tree::Kind::Text;
  return told ? member->text : std::string();
}

inline document::Tree text_member(std::string_view name, const std::string& text) {
  return {.kind = document::Tree::Kind::Text, .name = std::string(name), .text = text};
}

}  // namespace channelbridge::salesforce
