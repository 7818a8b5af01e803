#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "channelbridge/core/result.hpp"

namespace channelbridge::model {

/// A JSON value whose numbers kept their text.
struct JsonTree {
  enum class Kind { Null, Boolean, Number, String, Object, Array };
  Kind kind{Kind::Null};
  std::string text{};  ///< of a scalar
  std::vector<std::pair<std::string, JsonTree>>
      members{};                  ///< of an object, in order, with repeats
  std::vector<JsonTree> items{};  ///< of an array
};

/// Errors   Invalid: not JSON, or nested deeper than any record. Never shows the input.
Result<JsonTree> parse_json(std::string_view text);

}  // namespace channelbridge::model
