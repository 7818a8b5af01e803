#include "split_write_internal.hpp"

#include <algorithm>

namespace channelbridge::salesforce {

using adapter::NodeOutcome;
using adapter::Operation;
using adapter::WriteNode;
using adapter::WriteOutcome;
using adapter::WriteRequest;
using adapter::WriteStatus;

bool SplitWrite::concerns(const std::vector<WriteRequest>& requests) {
  return std::any_of(requests.begin(), requests.end(), [](const WriteRequest& request) {
    return FundRecords::concern(request) ||
           std::any_of(request.nodes.begin(), request.nodes.end(), Evidence::writes);
  });
}

SplitWrite::Part SplitWrite::part_of(const WriteRequest& request) {
  Part part{.given = &request, .sent = request};
  part.sent.nodes.clear();
  for (std::size_t i = 0; i < request.nodes.size(); ++i) {
    const bool file = i > 0 && Evidence::writes(request.nodes[i]);
    (file ? part.files : part.places).push_back(i);
    // Lists hang below the root alone, which stays the first.
    if (!file) part.sent.nodes.push_back(request.nodes[i]);
  }
  return part;
}

Result<SplitWrite> SplitWrite::of(const std::vector<WriteRequest>& requests, FundRecords& funds,
                                  const Context& context) {
  SplitWrite out;
  std::vector<WriteRequest*> adapted;
  std::vector<std::size_t> places;
  out.parts_.reserve(requests.size());
  for (const WriteRequest& request : requests) {
    if (request.nodes.empty())
      return Error(ErrorCode::Invalid, "a write holds at least one record").with_sent(Sent::No);
    Part& part = out.parts_.emplace_back(part_of(request));
    if (!FundRecords::concern(part.sent)) continue;
    adapted.push_back(&part.sent);
    places.push_back(out.parts_.size() - 1);
  }
  auto known = funds.adapt(adapted, context);
  if (!known) return std::move(known).error().with_sent(Sent::No);
  for (std::size_t i = 0; i < places.size(); ++i)
    out.parts_[places[i]].refusal = (*known)[i].refusal;
  for (Part& part : out.parts_) {
    const WriteNode& root = part.sent.nodes.front();
    const bool nothing = part.sent.nodes.size() == 1 && root.operation == Operation::Update &&
                         (root.body.empty() || root.body == "{}");
    if (part.refusal || nothing) continue;
    part.going = out.going_.size();
    out.going_.push_back(part.sent);
  }
  return out;
}

std::vector<WriteOutcome> SplitWrite::finish(std::vector<WriteOutcome> answered, Evidence& evidence,
                                             const Context& context) const {
  std::vector<WriteOutcome> outcomes(parts_.size());
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    const Part& part = parts_[i];
    WriteOutcome& outcome = outcomes[i];
    outcome.nodes.resize(part.given->nodes.size());
    for (std::size_t n = 0; n < outcome.nodes.size(); ++n) {
      outcome.nodes[n].key = part.given->nodes[n].key;
      outcome.nodes[n].status = part.refusal ? WriteStatus::Rejected : WriteStatus::Unchanged;
      outcome.nodes[n].error = part.refusal;
    }
    if (part.refusal) continue;
    if (part.going) {
      WriteOutcome& sent = answered[*part.going];
      for (std::size_t n = 0; n < part.places.size() && n < sent.nodes.size(); ++n)
        outcome.nodes[part.places[n]] = std::move(sent.nodes[n]);
      outcome.step = std::move(sent.step);
    }
    write_files(part, outcome, evidence, context);
  }
  return outcomes;
}

/// Files of a record that is there; where it is not, they fare as it does.
void SplitWrite::write_files(const Part& part, WriteOutcome& outcome, Evidence& evidence,
                             const Context& context) {
  const NodeOutcome& root = outcome.nodes.front();
  const bool there = root.status == WriteStatus::Created || root.status == WriteStatus::Updated ||
                     root.status == WriteStatus::Unchanged;
  for (const std::size_t n : part.files) {
    const WriteNode& node = part.given->nodes[n];
    if (there) {
      outcome.nodes[n] = evidence.write(node, root.key, context);
      continue;
    }
    outcome.nodes[n] = {.status = root.status, .key = node.key, .error = root.error};
  }
}

}  // namespace channelbridge::salesforce
