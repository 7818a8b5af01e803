#pragma once

#include "batch_internal.hpp"
#include "describes_internal.hpp"

namespace channelbridge::salesforce {

/// As Adapter::write: records with children as graphs, then the single ones through collections.
Result<std::vector<adapter::WriteOutcome>> write_requests(
    Session& session, const Options& options, Random& random, Describes& describes,
    const std::vector<adapter::WriteRequest>& requests, const Context& context);

}  // namespace channelbridge::salesforce
