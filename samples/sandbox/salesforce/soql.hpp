#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "channelbridge/core/result.hpp"

namespace channelbridge::sandbox::salesforce::soql {

/// A dotted name and where it stood in the query text.
struct Name {
  std::string text{};
  std::size_t position{};
};

struct Literal {
  enum class Kind { Null, Text, Number, Boolean, Date, DateTime, DateName };
  Kind kind{};
  std::string text{};  ///< unescaped; for DateName the upper-case name, e.g. LAST_N_DAYS
  long number{};       ///< n of LAST_N_DAYS:n
};

enum class Operator {
  Equal,
  NotEqual,
  Less,
  LessOrEqual,
  Greater,
  GreaterOrEqual,
  Like,
  In,
  NotIn
};

struct Query;

struct Condition {
  enum class Kind { And, Or, Not, Compare };
  Kind kind{Kind::Compare};
  std::vector<Condition> children{};
  Name field{};
  Operator op{};
  std::vector<Literal> values{};
  std::shared_ptr<const Query> among{};  ///< of In and NotIn: what it finds, in place of `values`
};

struct Ordering {
  Name field{};
  bool descending{};
  bool nulls_last{};
};

struct Query {
  std::vector<Name> fields{};
  std::vector<Query> children{};  ///< sub-queries; `object` is the relationship's name
  bool count{};
  Name object{};
  std::optional<Condition> where{};
  std::vector<Ordering> order{};
  std::optional<std::size_t> limit{};
  std::size_t offset{};
};

/// SELECT fields | count() | (SELECT … FROM relationship), FROM object, WHERE with and/or/not,
/// parentheses and IN (SELECT …), ORDER BY, LIMIT, OFFSET. Refuses what the real parser refuses,
/// e.g. AND mixed with OR without parentheses.
Result<Query> parse(std::string_view text);

/// A refusal that shows the query with a caret below `position`.
Error refuse_at(std::string_view text, std::size_t position, std::string code,
                const std::string& message);

}  // namespace channelbridge::sandbox::salesforce::soql
