#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "channelbridge/document/tree.hpp"
#include "describes_internal.hpp"
#include "query_internal.hpp"
#include "soql_internal.hpp"

namespace channelbridge::salesforce {

/// The word of our documents for a draft that waits for its approval. No Status of the org says it.
inline constexpr std::string_view kSubmitted = "Submitted";
/// What FundOptions::approval_field holds until the draft is handed in.
inline constexpr std::string_view kRequested = "Requested";

/// Is a record of this object handed in to an approval process?
bool is_handed_in(std::string_view object);
/// Status of such an object may say kSubmitted, too.
void offer_submission(adapter::ObjectMetadata& metadata);
/// Reads what tells whether a draft waits, where the org has that field.
void add_waiting(Columns& columns, const ObjectDescribe& describe, const Options& options);
bool is_submitted(const document::RecordSpan& record, const Columns& columns,
                  const Options& options);
/// The document with kSubmitted as its Status. Errors: those of document::parse_tree().
Result<document::Document> shown_as_submitted(const document::Document& document);

/// What an org asks of fund requests and claims beyond the fields that they show:
///
///   - kSubmitted becomes the status of a draft, and kRequested in FundOptions::approval_field: the
///     step that follows the write hands the record in. One that waits already stays as it is,
///     which matters since it is locked.
///   - The Amount of a claim, which every claim has, is what was granted, and until then what is
///     claimed.
///
/// Threads: one at a time.
class FundRecords {
 public:
  FundRecords(Queries& queries, Describes& describes, const Options& options)
      : queries_(queries), describes_(describes), options_(options) {}

  struct Adapted {
    std::optional<Error> refusal{};  ///< it cannot be written so
  };
  static bool concern(const adapter::WriteRequest& request);
  /// Changes the bodies of the roots. Errors: those of the queries; nothing has been written.
  Result<std::vector<Adapted>> adapt(const std::vector<adapter::WriteRequest*>& requests,
                                     const Context& context);

 private:
  using Row = std::map<std::string, std::string, std::less<>>;  ///< column -> text

  Result<void> look_up(const std::vector<adapter::WriteRequest*>& requests, const Context& context);
  Result<Adapted> adapt_root(adapter::WriteNode& root, const Context& context);
  Adapted adapt_status(const adapter::WriteNode& root, const ObjectDescribe& describe,
                       const Row* present, document::Tree& body) const;
  void adapt_amount(const adapter::WriteNode& root, const ObjectDescribe& describe,
                    const Row* present, document::Tree& body) const;

  Queries& queries_;
  Describes& describes_;
  const Options& options_;
  std::map<std::string, Row> present_{};  ///< by id
};

}  // namespace channelbridge::salesforce
