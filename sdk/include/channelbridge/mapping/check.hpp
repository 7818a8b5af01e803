#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "channelbridge/core/error.hpp"
#include "channelbridge/mapping/mapping.hpp"

namespace channelbridge::mapping {

/// One field of an object, as a check needs to know it. Adapters' metadata converts to it member by
/// member.
struct PropertyFacts {
  std::string type{};          ///< the system's own word: "Edm.Decimal", "picklist"
  std::size_t max_length{};    ///< 0 = unknown
  std::optional<int> scale{};  ///< decimals it keeps
  bool creatable{true};
  bool updatable{true};
  std::vector<std::string> values{};  ///< of a closed code list
};

struct ObjectFacts {
  std::map<std::string, PropertyFacts, std::less<>> properties{};
  std::map<std::string, std::string, std::less<>> navigations{};  ///< name -> object
};

/// Facts of an object, or nullptr when the system has no such object.
using MetadataLookup = std::function<const ObjectFacts*(std::string_view object)>;

/// What is wrong with a mapping although its file is well formed, every problem at once.
///
/// Laws     a value read back is the one that was written; every loss is named: truncation, dropped
/// precision, codes that
///          fall together ("*"). A loss is a problem unless its rule says `lossy:`
/// Groups   an amount has its currency, a quantity its unit, by a rule or a constant
/// Names    with `metadata`: every path, object and navigation exists; types, lengths, code values
/// and writability fit
std::vector<Problem> check(const Mapping& mapping, const MetadataLookup& metadata = {});

/// A map in YAML that can be walked: no alias leads to itself or unfolds beyond bounds. For every
/// file that people write. Errors: Invalid, the problem with its line.
Result<void> check_yaml(std::string_view text, const std::string& file);

}  // namespace channelbridge::mapping
