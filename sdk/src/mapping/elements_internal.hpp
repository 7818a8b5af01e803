#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compiled_internal.hpp"

namespace channelbridge::mapping {

/// The ids of the elements that a list has in `fields`, in order.
std::vector<std::string> element_ids(const model::Fields& fields, std::string_view list);

/// Has the list more elements than the columns of its only one hold? They are left alone then.
bool too_many(const model::Fields& fields, const Fixed& fixed);

/// The element of `fields` that a fixed element of the mapping stands for; "" when there is none.
std::string fixed_element(const model::Fields& fields, const Fixed& fixed);

/// Which of the mappings of one canonical list can hold this element, constants and codes
/// considered.
struct PartOfList {
  std::optional<std::size_t> part{};
  const Rule* refused_by{};  ///< when there is none: the rule that refused, and why
  std::string reason{};
  bool not_ours{};  ///< by a constant or `"": "*"`: left alone, not refused
};
PartOfList part_for(const Compiled& mapping, std::string_view list, const model::Fields& fields,
                    std::string_view element);

/// See Mapping::inner_lists().
std::vector<InnerList> inner_lists(const Compiled& mapping, const model::Fields& fields,
                                   const ElementKeys& elements);

/// Child keys of a canonical list that lives in several places of the object begin with the place:
/// "tax/DE0".
std::string part_prefix(const Compiled& mapping, const List& list);

}  // namespace channelbridge::mapping
