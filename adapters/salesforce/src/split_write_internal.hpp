#pragma once

#include <vector>

#include "evidence_internal.hpp"
#include "fund_records_internal.hpp"

namespace channelbridge::salesforce {

/// The requests of one write as they go out, where the org does not take them as they are: files
/// leave by themselves, once their record is there, and the bodies of fund requests and claims are
/// adapted.
///
/// Threads: one at a time.
class SplitWrite {
 public:
  /// Has the write to be split at all?
  static bool concerns(const std::vector<adapter::WriteRequest>& requests);
  /// Errors: those of FundRecords::adapt(); nothing has been written.
  static Result<SplitWrite> of(const std::vector<adapter::WriteRequest>& requests,
                               FundRecords& funds, const Context& context);

  /// What goes out first; may be none.
  const std::vector<adapter::WriteRequest>& going() const { return going_; }
  /// The outcomes of all requests, of which `answered` are those of going(): the files follow.
  std::vector<adapter::WriteOutcome> finish(std::vector<adapter::WriteOutcome> answered,
                                            Evidence& evidence, const Context& context) const;

 private:
  struct Part {
    const adapter::WriteRequest* given{};
    adapter::WriteRequest sent{};
    std::vector<std::size_t> places{};  ///< in `given`, of the nodes of `sent`
    std::vector<std::size_t> files{};   ///< in `given`, of the others
    std::optional<Error> refusal{};
    std::optional<std::size_t> going{};  ///< its place there; none = nothing of it goes out
  };

  static Part part_of(const adapter::WriteRequest& request);
  static void write_files(const Part& part, adapter::WriteOutcome& outcome, Evidence& evidence,
                          const Context& context);

  std::vector<Part> parts_{};
  std::vector<adapter::WriteRequest> going_{};
};

}  // namespace channelbridge::salesforce
