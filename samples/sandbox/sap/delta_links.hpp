#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "sandbox/common/http.hpp"
#include "sandbox/sap/query.hpp"

namespace channelbridge::sandbox::odata {

/// One entry of an answer that follows a query: a row that is new or has changed, or one that the
/// query does not find any more.
struct Tracked {
  RowPtr row{};  ///< as it was last seen
  std::string
      gone{};  ///< "deleted", or "changed" where the row is there and does not fit any more;
               ///< "" = it is there
};

/// What somebody who follows a query was shown (OData 4.0 part 1, 11.3). Rows are never changed in
/// place: one that is another object than the one shown has changed.
struct Followed {
  Request defining{};    ///< the query, as it was asked first
  std::int64_t since{};  ///< ticks
  bool first{};          ///< its answer is the whole result, not changes
  /// By key: the row, and the rows that the query expands below it.
  std::map<std::string, std::vector<RowPtr>> shown{};
  std::vector<Tracked> answer{};  ///< what has changed up to here
};

/// The queries that are followed, by the token of the link that goes on.
///
/// Threads: one at a time; the service serialises.
class DeltaLinks {
 public:
  /// Null: no such link, or it has expired.
  const Followed* find(const std::string& token, std::int64_t now, std::chrono::seconds life);
  /// Its token.
  std::string keep(Followed followed);

 private:
  std::map<std::string, Followed> followed_{};
  std::uint64_t last_ = 0;
};

/// The row and all that the query expands below it.
std::vector<RowPtr> with_expanded(const Store& store, const Table& table, const RowPtr& row,
                                  const Shape& shape);

}  // namespace channelbridge::sandbox::odata
