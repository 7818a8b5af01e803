#pragma once

#include <map>
#include <optional>
#include <pugixml.hpp>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "channelbridge/core/result.hpp"

namespace channelbridge::sandbox::idoc {

/// JSON texts of the IDoc types that the server knows.
std::span<const std::string_view> definitions();

/// A segment of a type: its fields with their lengths, its segments, both in order.
struct SegmentRules {
  std::string name{};
  std::vector<std::pair<std::string, std::size_t>> fields{};
  std::vector<SegmentRules> children{};
};

struct TypeRules {
  SegmentRules root{};
  std::vector<std::string> messages{};
};

/// All types by name. Errors: Internal, a definition that cannot be read.
Result<std::map<std::string, TypeRules>> read_definitions();

/// What the syntax check finds first in the segments behind the control record; nullopt = nothing.
struct SyntaxError {
  std::string segment{};
  std::string field{};
  std::string text{};
};
std::optional<SyntaxError> check_syntax(const TypeRules& type, pugi::xml_node idoc);

/// Why the control record is none; "" = it is whole.
std::string check_control(pugi::xml_node control, std::string_view type);

/// The text of the first segment's field, where `where` (a field and its value) holds.
std::string field_of(pugi::xml_node parent, const char* segment, const char* field,
                     const char* where = nullptr, std::string_view value = {});

/// Text of `node` without white space between elements.
std::string compact(pugi::xml_node node);

}  // namespace channelbridge::sandbox::idoc
