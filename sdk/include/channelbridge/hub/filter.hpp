#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "channelbridge/core/result.hpp"
#include "channelbridge/model/entity_type.hpp"
#include "channelbridge/model/fields.hpp"

namespace channelbridge::hub {

/// Which records pass: comparisons of canonical fields, joined with and, or, not and parentheses.
///
///     address.country = SE and status in (dispatched, accepted)
///     not (estimated_value.amount < 1000 or topic is empty)
///
/// Operators: = != < <= > >=, in (…), is empty. Values are words or 'quoted texts'. Numbers and
/// times compare by value, all else as text; an empty field passes only `is empty` and `!=`. Inside
/// a list ("addresses[].country") one element that passes is enough. Threads: immutable.
class Filter {
 public:
  /// Passes everything.
  Filter() = default;
  /// Errors: Invalid with one Problem per mistake, each with column in `path` and the nearest field
  /// name.
  static Result<Filter> parse(std::string_view text, const model::EntityType& entity);

  bool passes(const model::Fields& fields) const;
  bool empty() const { return !root_; }
  const std::string& text() const { return text_; }

  struct Node;

 private:
  std::shared_ptr<const Node> root_;
  std::string text_;
};

}  // namespace channelbridge::hub
