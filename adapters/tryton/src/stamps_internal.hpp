#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "channelbridge/adapter/adapter.hpp"
#include "models_internal.hpp"

namespace channelbridge::tryton {

/// A list of a selection, whose rows have stamps of their own: children ("lines") and what is read
/// through a path ("shipments"). What lies behind a relation to one record is that record's.
struct RowList {
  std::string name{};
  bool searchable{};  ///< a computed list may have no search
  std::vector<RowList> below{};
};

Result<std::vector<RowList>> row_lists(const adapter::Selection& selection, Models& models,
                                       const Context& context);
/// Fields that tell who wrote the rows of these lists, and when: "shipments.write_date".
std::vector<std::string> stamp_fields(const std::vector<RowList>& lists);
/// Names of the lists whose rows a domain can ask for: "lines", "lines.taxes".
std::vector<std::string> searchable_names(const std::vector<RowList>& lists);

/// The latest stamp of a plain document and of its rows, and who wrote some of them then.
struct Latest {
  std::string time{};
  std::set<std::string> users{};
};
Latest latest_of(const document::Tree& document, const std::vector<RowList>& lists);

/// Has anybody but `user_id` written a row of `now` since the look `before` (null = there was
/// nothing), the record's own or one of its lists'? A row that is gone and not among `deleted`
/// (ids) counts. Both plain.
bool changed_by_others(const document::Tree* before, const document::Tree& now,
                       const std::vector<RowList>& lists, std::int64_t user_id,
                       const std::set<std::string>& deleted);

}  // namespace channelbridge::tryton
