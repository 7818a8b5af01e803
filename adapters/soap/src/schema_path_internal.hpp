#pragma once

#include <optional>
#include <string>
#include <vector>

#include "channelbridge/core/error.hpp"
#include "channelbridge/document/path.hpp"
#include "channelbridge/soap/schema.hpp"

namespace channelbridge::soap {

/// One element as a parent has it.
struct ChildElement {
  const Element* element{};
  bool required{};
  bool repeats{};
};

/// The elements that a type may have, in the schema's order, choices and groups unfolded; a name
/// that occurs more than once counts once.
std::vector<ChildElement> children_of(const Type& type);

/// What a path names.
struct Located {
  const Element* element{};      ///< the last element
  const Attribute* attribute{};  ///< when the path ends with one
  bool repeats{};                ///< an element of the path may occur more than once
  bool unknown{};                ///< it leads through a wildcard: the schema does not say

  /// Of the text that stands there; nullptr = it has elements only, or nobody knows.
  const TextType* text() const;
};

/// Follows a path of local names below an element; an empty path is the element itself.
/// The Problem has rule "unknown_path", the message, and the nearest name.
struct LocateResult {
  Located found{};
  std::optional<Problem> problem{};
};
LocateResult locate(const Element& root, const document::Path& path);

}  // namespace channelbridge::soap
