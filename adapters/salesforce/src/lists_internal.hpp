#pragma once

#include "channelbridge/core/context.hpp"
#include "channelbridge/document/document.hpp"
#include "query_internal.hpp"
#include "soql_internal.hpp"

namespace channelbridge::salesforce {

/// Makes documents that show their lists of children whole: a subquery's list may stop early
/// (`done` = false), on a page that is complete itself.
///
/// Threads: any.
class Lists {
 public:
  Lists(Session& session, Queries& queries) : session_(session), queries_(queries) {}

  /// The document of one row. Protocol: a list is missing, or lacks children although it says that
  /// it is complete; what else a query may answer where the rest of a list is asked for.
  Result<document::Document> whole(const Columns& columns, const std::string& id, const Rows& rows,
                                   const document::RecordSpan& record, const Context& context);

 private:
  struct Shown {
    std::vector<std::string> children{};  ///< their texts
    std::string last{};                   ///< id of the last one
    bool done{};
  };
  Result<Shown> read(const ChildList& list, const std::string& text) const;
  Result<void> add(const Rows& rows, Shown& shown) const;
  Result<void> complete(const ChildList& list, const std::string& id, Shown& shown,
                        const Context& context);

  Session& session_;
  Queries& queries_;
};

}  // namespace channelbridge::salesforce
