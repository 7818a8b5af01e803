#pragma once

#include "batch_internal.hpp"
#include "bulk_internal.hpp"
#include "describes_internal.hpp"

namespace channelbridge::salesforce {

/// As Adapter::write: records with children as graphs, then the single ones: many of a
/// kind as a bulk job, the others through collections.
Result<std::vector<adapter::WriteOutcome>> write_requests(
    Session& session, const Options& options, Random& random, Describes& describes, BulkApi& bulk,
    BulkFences& fences, const std::vector<adapter::WriteRequest>& requests, const Context& context);

}  // namespace channelbridge::salesforce
