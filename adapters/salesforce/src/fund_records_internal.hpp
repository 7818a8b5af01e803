#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "approval_history_internal.hpp"
#include "channelbridge/document/tree.hpp"
#include "describes_internal.hpp"
#include "query_internal.hpp"
#include "soql_internal.hpp"

namespace channelbridge::salesforce {

/// The word of our documents for a draft that waits for its approval. No Status of the org says it.
inline constexpr std::string_view kSubmitted = "Submitted";
/// And for one that was given back, or that was taken back and is over (FundOptions::recalled).
/// Where another system says so, FundOptions::approval_field remembers it.
inline constexpr std::string_view kReturned = "Returned";
inline constexpr std::string_view kWithdrawn = "Withdrawn";
/// What FundOptions::approval_field holds until the draft is handed in.
inline constexpr std::string_view kRequested = "Requested";

/// Is a record of this object handed in to an approval process?
bool is_handed_in(std::string_view object);
/// Status of such an object may say those words, too, and it has the steps of its approvals. Where
/// FundOptions::approval_field has a list of its own, of those words the ones that it can remember.
void offer_submission(adapter::ObjectMetadata& metadata, const FundOptions& funds);
/// Reads what tells drafts apart: the field where the org has it, and approvals where the settings
/// or the selection ask for them.
void add_waiting(Columns& columns, const ObjectDescribe& describe, const Options& options);
/// Is what became of its approvals wanted of this record?
bool wants_history(const document::RecordSpan& record, const Columns& columns,
                   const Options& options);
/// The word for a draft that is none to us; "" = the org's own word stands.
std::string_view shown_status(const document::RecordSpan& record, const Columns& columns,
                              const Options& options, const ApprovalHistory& history);
/// The document with that word as its Status ("" = as it is), and with its steps where they are
/// wanted. Errors: those of document::parse_tree().
Result<document::Document> with_approvals(const document::Document& document,
                                          const Columns& columns, std::string_view status,
                                          const ApprovalHistory& history);

/// What an org asks of fund requests and claims beyond the fields that they show:
///
///   - kSubmitted becomes the status of a draft, and kRequested in FundOptions::approval_field: the
///     step that follows the write hands the record in. One that waits already stays as it is,
///     which matters since it is locked.
///   - kReturned becomes the status of a draft, kWithdrawn that of what was rejected, with the word
///     itself in that field.
///   - The Amount of a claim, which every claim has, is what was granted, and until then what is
///     claimed.
///
/// Threads: one at a time.
class FundRecords {
 public:
  FundRecords(Queries& queries, Describes& describes, ApprovalHistories& histories,
              const Options& options)
      : queries_(queries), describes_(describes), histories_(histories), options_(options) {}

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
  Result<void> look_up_approvals(const std::set<std::string>& ids, const Context& context);
  Adapted adapt_status(const adapter::WriteNode& root, const ObjectDescribe& describe,
                       const Row* present, document::Tree& body) const;
  void adapt_amount(const adapter::WriteNode& root, const ObjectDescribe& describe,
                    const Row* present, document::Tree& body) const;

  Queries& queries_;
  Describes& describes_;
  ApprovalHistories& histories_;
  const Options& options_;
  std::set<std::string> pending_{};  ///< ids of those whose approval waits; where that is asked
  std::map<std::string, Row> present_{};  ///< by id
};

}  // namespace channelbridge::salesforce
