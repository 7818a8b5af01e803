#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "channelbridge/core/result.hpp"

namespace channelbridge::document {

/// One step of a path, with the conditions or the position that choose among several elements.
struct Step {
  static constexpr std::size_t kAny = static_cast<std::size_t>(-1);

  std::string name{};  ///< member or element; "@currencyID" for an attribute
  std::vector<std::pair<std::string, std::string>>
      where{};               ///< "PartnerFunction" = "AG"; all must hold
  std::size_t index = kAny;  ///< items[0]

  bool selects() const { return !where.empty() || index != kAny; }
  friend bool operator==(const Step&, const Step&) = default;
};

/// A place in a document, for reading and for writing, the same for JSON and XML.
///
///     a.b   a/b                      members or elements; '.' and '/' are synonyms
///     items[0].sku                   by position
///     to_Partner[Function=AG].Name   by value; [A=1,B=2] needs both
///     Amount/@currencyID             an attribute; in JSON a member whose name begins with '@'.
///     @odata.etag                    Always the last step, so dots after '@' belong to the name
///     "odd.name"."x y"               quoted steps and values take any text; \" and \\ inside
///
/// Wrappers of a protocol around an expanded list ({"results": […]}) never appear in a path.
using Path = std::vector<Step>;

/// Errors: Invalid, with the position.
Result<Path> parse_path(std::string_view text);
std::string to_string(const Path& path);

}  // namespace channelbridge::document
