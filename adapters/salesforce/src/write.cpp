#include "write_internal.hpp"

#include "graph_internal.hpp"

namespace channelbridge::salesforce {
namespace {

using adapter::WriteOutcome;
using adapter::WriteRequest;

/// Our record id goes where a record is found again by it.
Result<void> can_be_found_again(Session& session, Describes& describes, const WriteRequest& request,
                                const Context& context) {
  const adapter::WriteNode& node = request.nodes.front();
  if (node.operation != adapter::Operation::Create || request.correlation_path.empty()) return {};
  auto object = describes.get(node.object, context);
  if (!object) return std::move(object).error();
  if ((*object)->external_ids.contains(request.correlation_path)) return {};
  return session.located(Error(ErrorCode::Invalid, request.correlation_path + " of " + node.object +
                                                       " is no external id: mark the field as "
                                                       "External ID and Unique"),
                         "write " + node.object);
}

}  // namespace

Result<std::vector<WriteOutcome>> write_requests(Session& session, const Options& options,
                                                 Random& random, Describes& describes,
                                                 const std::vector<WriteRequest>& requests,
                                                 const Context& context) {
  std::vector<const WriteRequest*> records;
  std::vector<const WriteRequest*> trees;
  for (const WriteRequest& request : requests) {
    if (request.nodes.empty())
      return Error(ErrorCode::Invalid, "a write holds at least one record").with_sent(Sent::No);
    (request.nodes.size() == 1 ? records : trees).push_back(&request);
    if (auto known = can_be_found_again(session, describes, request, context); !known)
      return std::move(known).error().with_sent(Sent::No);
  }
  std::vector<WriteOutcome> outcomes(requests.size());
  const auto place = [&](const std::vector<const WriteRequest*>& part,
                         std::vector<WriteOutcome> answered) {
    for (std::size_t i = 0; i < part.size(); ++i)
      outcomes[static_cast<std::size_t>(part[i] - requests.data())] = std::move(answered[i]);
  };
  if (!trees.empty()) {
    GraphWriter graphs(session, options, random);
    if (auto ready = graphs.prepare(trees, describes, context); !ready)
      return std::move(ready).error();
    auto answered = graphs.write(trees, context);
    if (!answered) return std::move(answered).error();
    place(trees, std::move(*answered));
  }
  if (records.empty()) return outcomes;
  auto answered = CollectionsWriter(session, options, random).write(records, context);
  if (!answered && trees.empty()) return std::move(answered).error();
  // Graphs have gone out: what could not follow them is to be tried again, no more.
  place(records,
        answered ? std::move(*answered) : BatchWriter::not_done(records, answered.error()));
  return outcomes;
}

}  // namespace channelbridge::salesforce
