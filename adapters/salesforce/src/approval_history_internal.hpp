#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "approvals_internal.hpp"

namespace channelbridge::salesforce {

/// What became of the approvals of one record.
struct ApprovalHistory {
  ApprovalState last{ApprovalState::None};  ///< of the youngest one
  std::string steps{"[]"};                  ///< what kApprovalSteps shows, as JSON
};

/// Reads the approvals of many records by ProcessInstanceStep: a submission is a step itself, so
/// that they tell of each ProcessInstance. One call for 200 records, unless they have more than
/// 2,000 steps.
///
/// Source: Object Reference, ProcessInstanceStep, ProcessInstance
/// Threads any
class ApprovalHistories {
 public:
  ApprovalHistories(Session& session, const Options& options);

  /// By record; records without an approval are left out. Errors: those of queries.
  Result<std::map<std::string, ApprovalHistory>> of(const std::vector<std::string>& records,
                                                    const Context& context);

 private:
  struct Step {
    std::string at{};  ///< as the org writes times: they sort as text
    std::string id{};
    std::string status{};  ///< of its ProcessInstance
    std::string json{};
  };
  Result<void> read(const std::string& condition, std::map<std::string, std::vector<Step>>& steps,
                    const Context& context);

  Session& session_;
  const Options options_;
  Queries queries_;
};

}  // namespace channelbridge::salesforce
