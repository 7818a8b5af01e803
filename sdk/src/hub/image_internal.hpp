#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "channelbridge/hub/merge.hpp"
#include "channelbridge/mapping/mapping.hpp"

namespace channelbridge::hub {

/// The value groups of a mapping, worked out once: scalar groups, and one pattern per list.
struct Shapes {
  struct List {
    std::string list{};
    GroupShape pattern{};  ///< its paths hold "[]" where the element id goes
  };
  std::vector<GroupShape> scalars{};
  std::vector<List> lists{};
};
Shapes shapes_of(const mapping::Mapping& mapping);

/// Elements of the mapped lists that a record, its link or a document know: list -> element ids.
using Elements = std::map<std::string, std::set<std::string>, std::less<>>;

/// One system's way of seeing one record, by its mapping. The mapping and the shapes outlive it.
///
/// Threads: immutable.
class MappingImage : public Image {
 public:
  MappingImage(const mapping::Mapping& mapping, const Shapes& shapes, const Elements& elements);
  const std::vector<GroupShape>& groups() const override {
    return own_.empty() ? shapes_.scalars : own_;
  }
  model::Value image(std::string_view path, const model::Value& value) const override {
    return mapping_.image(path, value);
  }

 private:
  const mapping::Mapping& mapping_;
  const Shapes& shapes_;
  std::vector<GroupShape> own_;  ///< scalars and elements, when there are elements
};

/// The elements of the mapped lists that the mapping can show of a record, and those that its link
/// holds.
Elements elements_of(const mapping::Mapping& mapping, const Shapes& shapes,
                     const model::Fields& fields, const LinkState& link);

/// Gives the elements of a patch their hub ids: by the child keys that the link knows; a child that
/// it does not know by its content, then by the list's stated keys, among the record's elements
/// whose child is not shown; else a new id from `make_id`. `keys` learns the new pairs. Known
/// elements that a complete list does not show are stated to be empty in all their fields, those
/// that only other systems show among them.
void resolve_elements(model::Patch& patch, const mapping::Mapping& mapping, const Shapes& shapes,
                      const model::Fields& fields, const LinkState& link,
                      mapping::ElementKeys& keys, const std::function<std::string()>& make_id);

std::string to_json(const mapping::ElementKeys& keys);
Result<mapping::ElementKeys> parse_element_keys(std::string_view json);

}  // namespace channelbridge::hub
