#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "definition_internal.hpp"
#include "program_internal.hpp"

namespace channelbridge::mapping {

/// What a place shows to its rule; `full`: an absent place is an empty one where the rule says so.
Value settled(const Rule& rule, const Value& value, bool full);
bool is_empty(const Value& value);

/// What the two places of a rule show together. `buffer` holds a text that the document does not
/// have in one piece.
Value together(const Rule& rule, const Value& first, const Value& second, bool full,
               std::string& buffer);

struct StreetLine {
  std::string_view street{};
  std::string_view number{};  ///< "" when the line does not end with one
};

/// "Kaufingerstraße 12 a" -> street and house number, so that both with a blank between them are
/// the line again. `longest`: of the number; 0 = any.
StreetLine split_house_number(std::string_view line, std::size_t longest);
std::string join_house_number(std::string_view street, std::string_view number);

}  // namespace channelbridge::mapping
