#pragma once

#include <optional>
#include <string>
#include <vector>

#include "channelbridge/adapter/adapter.hpp"
#include "models_internal.hpp"
#include "values_internal.hpp"

namespace channelbridge::tryton {

/// Where a pull stands: behind (at, id) in one of its two lanes, rows that nobody has changed since
/// they were made (by create_date) and rows that somebody has (by write_date). A row moves from the
/// first to the second and never back, so reading them in this order misses none.
struct ReadCursor {
  std::optional<Timestamp> low{};    ///< bound of the pass before; none = the first
  std::optional<Timestamp> bound{};  ///< of this pass; none = not begun
  bool changed{};                    ///< the second lane
  std::optional<Timestamp> at{};     ///< of the last row read
  std::string id{};

  std::string text() const;
  /// Invalid: not a cursor of this adapter.
  static Result<ReadCursor> parse(std::string_view text);
};

/// Names for search_read: the selection's paths, and what dates the object and its children.
Result<std::vector<std::string>> wanted_fields(const adapter::Selection& selection,
                                               const Model& model);

/// The domain of a pull's next rows, JSON; `where` = Selection::where.
std::string page_domain(const ReadCursor& cursor, std::chrono::milliseconds overlap,
                        const std::string& where);
/// The arguments of search_read without the context.
std::string search_read(const std::string& domain, std::size_t limit, const std::string& order,
                        const std::vector<std::string>& fields);
std::string ids_domain(const std::vector<std::string>& ids);

/// One row of search_read as a change; `user_id` = our own. Errors: Protocol.
Result<adapter::Change> change_of(const adapter::Selection& selection, const Model& model,
                                  const document::Tree& row, std::int64_t user_id);

/// The latest stamp of a plain document and of its elements in `navigations`: what a write is
/// checked against.
std::string version_of(const document::Tree& document,
                       const std::vector<adapter::Selection::Child>& children);
/// The first scalar at a path; "" = none.
std::string text_at_path(const document::Tree& document, std::string_view path);
/// Names on the way to a path's value: "identifiers[type=x].code" -> "identifiers.code".
Result<std::string> dotted(std::string_view path);
bool is_id(std::string_view key);

}  // namespace channelbridge::tryton
