#pragma once

#include <set>
#include <string>
#include <utility>

#include "channelbridge/core/result.hpp"

namespace channelbridge::sandbox::soap {

/// "name=value" of --set, taken apart.
struct Assignment {
  std::string name{};
  std::string value{};
  std::string text{};  ///< the whole

  static Assignment parse(const std::string& text);
  /// What follows "prefix." in the name; "" = it does not begin so.
  std::string below(const std::string& prefix) const;
  Error refuse(const std::string& wanted) const;
};

/// Errors   Invalid: another word than true or false
Result<void> set_flag(bool& target, const Assignment& assignment);
/// "EUR,USD"
std::set<std::string> words_of(const std::string& list);

}  // namespace channelbridge::sandbox::soap
