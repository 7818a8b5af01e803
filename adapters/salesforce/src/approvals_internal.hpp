#pragma once

#include "channelbridge/salesforce/approvals.hpp"
#include "query_internal.hpp"
#include "session_internal.hpp"

namespace channelbridge::salesforce {

/// By the org's word for an approval, "Removed"; "" = there is none.
ApprovalState state_of(std::string_view status);
/// Approvals and their steps are read as they are now, without what was deleted.
Options with_live_rows(Options options);

/// The calls behind Approvals, over a session that others use as well.
///
/// Threads: any.
class ApprovalCalls {
 public:
  ApprovalCalls(Session& session, const Options& options, ApprovalOptions approvals = {});

  Result<Approval> look(std::string_view record, const Context& context);
  Result<Approval> submit(const Submission& submission, const Context& context);
  Result<Approval> approve(const Verdict& verdict, const Context& context);
  Result<Approval> reject(const Verdict& verdict, const Context& context);
  Result<Approval> recall(const Verdict& verdict, const Context& context);

 private:
  using Row = std::vector<std::string>;  ///< texts of its columns

  /// The first row; empty when there is none.
  Result<Row> row(const std::vector<std::string>& columns, const std::string& rest,
                  const std::string& operation, const Context& context);
  Result<std::vector<Row>> all(const std::vector<std::string>& columns, const std::string& rest,
                               const std::string& operation, const Context& context);
  Result<Approval> youngest(const std::string& record, const Context& context);
  /// One request of a call to process/approvals, at most once.
  Result<Approval> send(const std::string& request, const std::string& operation,
                        const Context& context);
  Result<Approval> with_items(Approval approval, const Context& context);
  template <typename Landed>
  Result<Approval> ask(const Error& lost, const Context& context, const Landed& landed);
  Result<Approval> decide(const std::string& action, ApprovalState wanted, const Verdict& verdict,
                          const std::string& operation, const Context& context);
  /// Id and status of the youngest step of an approval; empty texts when there is none.
  Result<Row> last_step(const std::string& instance, const std::string& operation,
                        const Context& context);

  Session& session_;
  const Options options_;
  const ApprovalOptions more_;
  Queries queries_;
};

}  // namespace channelbridge::salesforce
