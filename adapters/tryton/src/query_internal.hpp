#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "channelbridge/adapter/adapter.hpp"
#include "models_internal.hpp"
#include "stamps_internal.hpp"
#include "values_internal.hpp"

namespace channelbridge::tryton {

/// Where a pull stands: in one of its lanes, behind the last row.
///
/// A row moves from New to Changed and never back, so reading them in this order misses none. What
/// is edited in a list of its own (an address, a shipment) does not move the record it belongs to:
/// the third lane finds these records by the stamps of their rows.
struct ReadCursor {
  enum class Lane : std::uint8_t {
    New,      ///< that nobody has changed since they were made; by (create_date, id)
    Changed,  ///< by (write_date, id)
    Below,    ///< not changed themselves since `low`, but with such a row; by id
  };
  std::optional<Timestamp> low{};    ///< bound of the pass before; none = the first
  std::optional<Timestamp> bound{};  ///< of this pass; none = not begun
  Lane lane{Lane::New};
  std::optional<Timestamp> at{};  ///< of the last row read; none in the third lane
  std::string id{};               ///< of the last row read, "" = none yet

  /// The field that the lane goes by.
  const char* time_field() const {
    return lane == Lane::Changed ? "write_date" : lane == Lane::New ? "create_date" : "";
  }

  std::string text() const;
  /// Invalid: not a cursor of this adapter.
  static Result<ReadCursor> parse(std::string_view text);
};

/// Names for search_read: the selection's paths, and what dates the object and its lists.
Result<std::vector<std::string>> wanted_fields(const adapter::Selection& selection,
                                               const Model& model,
                                               const std::vector<RowList>& lists);

/// The domain of a pull's next rows, JSON; `lists` = searchable_names(), `where` =
/// Selection::where.
std::string page_domain(const ReadCursor& cursor, std::chrono::milliseconds overlap,
                        const std::vector<std::string>& lists, const std::string& where);
/// The arguments of search_read without the context.
std::string search_read(const std::string& domain, std::size_t limit, const std::string& order,
                        const std::vector<std::string>& fields);
std::string ids_domain(const std::vector<std::string>& ids);

/// One row of search_read as a change; `user_id` = our own. Errors: Protocol.
Result<adapter::Change> change_of(const adapter::Selection& selection, const Model& model,
                                  const document::Tree& row, const std::vector<RowList>& lists,
                                  std::int64_t user_id);

/// The first scalar at a path; "" = none.
std::string text_at_path(const document::Tree& document, std::string_view path);
/// Names on the way to a path's value: "identifiers[type=x].code" -> "identifiers.code".
Result<std::string> dotted(std::string_view path);
bool is_id(std::string_view key);

}  // namespace channelbridge::tryton
