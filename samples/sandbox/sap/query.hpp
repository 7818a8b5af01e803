#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sandbox/common/http.hpp"
#include "sandbox/sap/store.hpp"

namespace channelbridge::sandbox::odata {

/// A $filter as a tree. Anything the served system does not understand is refused while it is read.
class Filter {
 public:
  enum class Kind { Or, And, Not, Compare, Contains, StartsWith, EndsWith, Any, All, True };
  enum class Operator { Eq, Ne, Gt, Ge, Lt, Le };

  static std::unique_ptr<Filter> parse(std::string_view text, const Table& table,
                                       const Store& store, const Settings& settings);

  bool matches(const Table& table, const Row& row, const Store& store) const;
  /// Keys of the rows that can match, when an equality in the filter tells; nullopt = look at all.
  std::optional<std::vector<std::string>> candidates(const Table& table) const;
  void properties(std::set<std::size_t>& found) const;

  Kind kind = Kind::True;
  Operator op = Operator::Eq;
  std::size_t property{};
  Value literal{};
  bool wildcard = false;  ///< eq with * at an end (C4C)
  const Navigation* navigation{};
  std::vector<std::unique_ptr<Filter>> operands{};
};

struct Order {
  std::size_t property{};
  bool descending = false;
};

/// Which properties and navigations of a row are shown, and how its expanded rows are chosen (V4
/// nested options).
struct Shape {
  bool everything = true;
  std::set<std::string, std::less<>> selected{};
  std::vector<std::pair<const Navigation*, Shape>> expand{};
  std::unique_ptr<Filter> filter{};
  std::vector<Order> order{};
  std::optional<std::size_t> top{};
  std::size_t skip{};
  bool count = false;
  bool without_texts = false;  ///< C4C header odata-no-codedescs

  bool shows(std::string_view name) const {
    if (without_texts && name.ends_with("CodeText")) return false;
    return everything || selected.contains(name);
  }
  const Shape* expanded(std::string_view navigation) const;
};

struct Query {
  Shape shape{};
  std::optional<std::size_t> offset{};  ///< from $skiptoken
  bool count = false;
};

/// Reads $filter … $skiptoken; refuses unknown $ options.
Query parse_query(const Request& request, const Table& table, const Store& store,
                  const Settings& settings);

/// As compare(), but numbers that are shown without leading zeros compare as the padded texts they
/// are stored as.
int compare_stored(const Table& table, std::size_t property, const Value& a, const Value& b);

/// Orders by `order`, rows equal in it keep the order of their keys.
void sort_rows(std::vector<RowPtr>& rows, const Table& table, const std::vector<Order>& order);

/// The text of $skiptoken for the page that begins after `offset` rows.
std::string skiptoken(std::size_t offset, const Settings& settings);

}  // namespace channelbridge::sandbox::odata
