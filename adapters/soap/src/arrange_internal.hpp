#pragma once

#include <functional>
#include <string>
#include <vector>

#include "channelbridge/core/error.hpp"
#include "channelbridge/document/tree.hpp"
#include "channelbridge/soap/schema.hpp"

namespace channelbridge::soap {

/// A child where the content model wants it. Pointers are into the schema and the tree.
struct Placed {
  const document::Tree* tree{};
  const Element* element{};  ///< nullptr = of a wildcard that knows no declaration
  QName name{};              ///< as it is written
  std::string path{};
};

/// Puts the children of a tree in the order of a content model, whatever order they came in.
/// Children that are missing, unknown, too many, or exclude each other are problems; what fits is
/// placed all the same.
///
/// `path`      the parent's, in problems
/// `left_out`  children that count as absent
std::vector<Placed> arrange(
    const Schema& schema, const Particle& model, const document::Tree& tree,
    const std::string& path,
    const std::function<bool(const Element&, const document::Tree&)>& left_out,
    std::vector<Problem>& problems);

}  // namespace channelbridge::soap
