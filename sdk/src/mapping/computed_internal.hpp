#pragma once

#include <string>
#include <vector>

#include "channelbridge/document/path.hpp"
#include "channelbridge/document/tree.hpp"

namespace channelbridge::mapping {

/// A field that a jq program computes from what it needs of the document.
struct Computed {
  std::string program{};
  std::vector<document::Path> needs{};
  bool numbers_as_text{};  ///< numbers reach the program as texts, digit by digit
};

/// The needed part of a document as one JSON text, without the wrappers of a protocol.
struct Needed {
  std::string json{};
  std::vector<std::string>
      absent{};           ///< needed paths that the document does not show; null in `json`
  std::string refused{};  ///< why jq cannot have it exactly; "" = it can
};

/// XML is read by local names; an element that occurs once is no array.
Needed needed_of(const Computed& computed, const document::Tree& document, bool xml);

}  // namespace channelbridge::mapping
