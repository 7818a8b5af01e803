#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "channelbridge/core/context.hpp"
#include "channelbridge/core/result.hpp"
#include "channelbridge/salesforce/salesforce.hpp"

namespace channelbridge::salesforce {

/// How an approval stands.
enum class ApprovalState : std::uint8_t {
  None,     ///< the record was never submitted
  Pending,  ///< waits for its work items; the record is locked meanwhile (ENTITY_IS_LOCKED)
  Approved,
  Rejected,
  Recalled,  ///< taken back: the org says "Removed"
  Other,     ///< Approval::status has the org's word
};
std::string_view to_string(ApprovalState state);

/// A decision that somebody has to make.
struct WorkItem {
  std::string id{};     ///< 18 characters
  std::string actor{};  ///< id of the user or queue that it waits for
};

/// The youngest approval of a record.
struct Approval {
  std::string record{};    ///< 18 characters
  std::string instance{};  ///< id of the ProcessInstance; "" = none
  ApprovalState state{ApprovalState::None};
  std::string status{};                ///< the org's own word: "Pending", "Removed"
  std::vector<WorkItem> work_items{};  ///< open ones
  bool looked{};  ///< the answer to our call was lost: the org was asked, and this is what it shows
};

/// Hands a record in to an approval process.
struct Submission {
  std::string record{};
  std::string comments{};
  std::vector<std::string> approvers{};  ///< where the process lets the submitter choose
  std::string process{};                 ///< name or id; "" = the first whose criteria hold
  bool skip_entry_criteria{};            ///< only with `process`
  std::string submitter{};               ///< id of a user; "" = our own
};

/// Decides one work item.
struct Verdict {
  std::string work_item{};
  std::string comments{};
  std::vector<std::string> approvers{};  ///< of the next step, where it lets us choose
};

struct ApprovalOptions {
  /// The action that takes a submission back. The REST guide lists Submit, Approve and Reject only;
  /// "Removed" is the SOAP API's (ProcessWorkitemRequest) and not confirmed for REST.
  std::string recall_action{"Removed"};
};

/// Approval processes of an org, over REST (process/approvals), with the records ProcessInstance,
/// ProcessInstanceWorkitem and ProcessInstanceStep as the memory of what happened.
///
/// Each call acts at most once. When its answer is lost the org is asked, twice if need be and the
/// second time after Options::settle; only what certainly did not happen comes back as an Error
/// with Sent::No, and may be tried again.
///
/// Errors  Conflict, somebody was faster (ALREADY_IN_PROCESS, or another verdict on the work item);
///         Rejected, the org refuses it (NO_APPLICABLE_PROCESS and others, see remote_code());
///         NotFound, the work item is not open any more; Forbidden, locked or no permission
/// Source  REST API Developer Guide, "Process Approvals"; Object Reference, ProcessInstance
/// Threads any
class Approvals {
 public:
  Approvals(std::shared_ptr<http::Transport> transport, http::PipelineOptions pipeline,
            Options options = {}, ApprovalOptions approvals = {});
  ~Approvals();

  Result<Approval> look(std::string_view record, const Context& context);
  Result<Approval> submit(const Submission& submission, const Context& context);
  Result<Approval> approve(const Verdict& verdict, const Context& context);
  Result<Approval> reject(const Verdict& verdict, const Context& context);
  Result<Approval> recall(const Verdict& verdict, const Context& context);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// For a system of a project file, from the settings that its adapter is made of. Contacts nothing.
/// Errors: Invalid, with every setting that does not hold.
Result<std::unique_ptr<Approvals>> make_approvals(const adapter::SystemSettings& system,
                                                  ApprovalOptions approvals = {});

}  // namespace channelbridge::salesforce
