#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "sandbox/salesforce/soql.hpp"
#include "sandbox/salesforce/writes.hpp"

namespace channelbridge::sandbox::salesforce {

/// A field reached from a row over reference fields.
struct FieldPath {
  std::vector<std::uint16_t> hops{};  ///< reference fields, outermost first
  const ObjectType* owner{};          ///< the object that has the field
  std::uint16_t number{};

  const Field& field() const { return owner->fields()[number]; }
};

/// What one level of an answer's record shows, in order.
struct Shape {
  struct Item {
    std::string name{};
    std::uint16_t number{};
    std::unique_ptr<Shape> parent{};  ///< set: the record behind reference field `number`
  };
  struct Children {
    std::string relationship{};
    Table* table{};
    std::uint16_t field{};  ///< the child's reference to this record
    std::shared_ptr<const struct Plan> plan{};
  };
  std::vector<Item> items{};
  std::vector<Children> children{};
};

/// A condition with its names resolved.
struct Test {
  soql::Condition::Kind kind{};
  std::vector<Test> children{};
  FieldPath path{};
  soql::Operator op{};
  std::vector<soql::Literal> values{};
};

struct Plan {
  struct Order {
    FieldPath path{};
    bool descending{};
    bool nulls_last{};
  };
  Table* table{};
  bool count{};
  Shape shape{};
  std::optional<Test> where{};
  std::vector<Order> order{};
  std::size_t limit{static_cast<std::size_t>(-1)};
  std::size_t offset{};
};

/// The rows a query found; pages are cut from it.
struct Cursor {
  std::shared_ptr<const Plan> plan{};
  std::vector<RowNumber> rows{};
  std::size_t page_rows{};
  bool all{};
};

/// Names checked against the metadata, literals against the fields' types.
Result<std::shared_ptr<const Plan>> make_plan(Database& database, std::string_view text,
                                              Timestamp now);

/// Row numbers in order. `all` includes deleted records; `among` = only these come into question.
std::vector<RowNumber> find_rows(Database& database, const Plan& plan, Timestamp now, bool all,
                                 const std::vector<RowNumber>* among = nullptr);

/// Where the rest of a list of children that an answer cuts short is to be had.
struct ChildLists {
  std::size_t most{static_cast<std::size_t>(-1)};  ///< children in one answer's list
  std::function<std::string(Cursor)> keep{};       ///< the name of a kept cursor
};

/// {"attributes":…, fields, parents, children} as the plan's shape says. `base` =
/// "/services/data/v60.0".
Json render(Database& database, const Table& table, const Row& row, const Shape& shape,
            const std::string& base, Timestamp now, const ChildLists& lists = {});

/// The value of one field in wire form; compound addresses are put together from their parts.
Json wire_value(const ObjectType& object, std::uint16_t number, const Row& row);

}  // namespace channelbridge::sandbox::salesforce
