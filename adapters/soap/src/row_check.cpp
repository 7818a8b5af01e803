#include "row_check_internal.hpp"

#include <algorithm>

#include "channelbridge/core/shown.hpp"
#include "schema_path_internal.hpp"

namespace channelbridge::soap {
namespace {

/// What a type requires and an element does not have.
struct Lack {
  std::string path{};  ///< below the element
  const Element* declared{};
};

/// Names count without their namespaces, as everywhere where documents are read: not every server
/// gives the right ones.
std::optional<Lack> lack_of(const Type& type, const Node& node) {
  if (node.nil) return std::nullopt;  // it has nothing
  for (const ChildElement& child : children_of(type)) {
    const auto named = [&child](const Node& each) {
      return each.name.local == child.element->name.local;
    };
    // Others stand in the place of an abstract one.
    if (child.required && !child.element->abstract &&
        std::none_of(node.children.begin(), node.children.end(), named))
      return Lack{child.element->name.local, child.element};
  }
  for (const Node& each : node.children) {
    for (const ChildElement& child : children_of(type)) {
      if (each.name.local != child.element->name.local) continue;
      if (auto lack = lack_of(*child.element->type, each))
        return Lack{each.name.local + '/' + lack->path, lack->declared};
    }
  }
  return std::nullopt;
}

}  // namespace

Result<void> check_row(const ReadCall& read, const Node& row) {
  const LocateResult at = locate(*read.call.bound->output->root, read.rows.path);
  if (at.problem || at.found.unknown || at.found.element == nullptr) return {};
  const auto lack = lack_of(*at.found.element->type, row);
  if (!lack) return {};
  return Error(ErrorCode::Protocol, "a document is not what its description says")
      .with_sent(Sent::Answered)
      .with_problems(
          {{.file = lack->declared->file,
            .line = lack->declared->line,
            .path = lack->path,
            .rule = "missing_element",
            .message = "is missing in '" + shown(row.name.local, 40) + "', and has to be there",
            .suggestion = {}}});
}

}  // namespace channelbridge::soap
