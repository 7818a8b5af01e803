#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace channelbridge::odata::json {

/// Spans of a JSON text that document::check_json() has passed: no tree, exact bytes.
/// On other text the answers are empty or shorter, never beyond its end.
struct Member {
  std::string_view name{};  ///< as it stands, escapes included; names of properties have none
  std::string_view value{};
};

std::vector<Member> members(std::string_view object);
std::vector<std::string_view> elements(std::string_view array);
/// The value of one member; empty when there is none or `object` is no object.
std::string_view member(std::string_view object, std::string_view name);

inline bool is_object(std::string_view value) { return value.starts_with('{'); }
inline bool is_array(std::string_view value) { return value.starts_with('['); }
inline bool is_string(std::string_view value) { return value.starts_with('"'); }
inline bool is_null(std::string_view value) { return value.empty() || value == "null"; }

/// A string without its quotes and escapes; any other scalar as it stands; null and absent are "".
std::string text(std::string_view value);
std::string text_of(std::string_view object, std::string_view name);

std::string quoted(std::string_view text);

}  // namespace channelbridge::odata::json
