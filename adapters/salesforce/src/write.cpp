#include "write_internal.hpp"

#include <unordered_map>

#include "documents_internal.hpp"
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

/// Puts what Documents makes of a request in its place; a request that it refuses has its outcome
/// and is not sent. The result owns what is to be sent.
Result<std::vector<Documents::Adapted>> adapt_documents(Session& session, const Options& options,
                                                        Describes& describes,
                                                        std::vector<const WriteRequest*>& sent,
                                                        std::vector<WriteOutcome>& outcomes,
                                                        const Context& context) {
  std::vector<std::size_t> places;
  std::vector<const WriteRequest*> given;
  for (std::size_t i = 0; i < sent.size(); ++i) {
    if (!Documents::concern(*sent[i])) continue;
    places.push_back(i);
    given.push_back(sent[i]);
  }
  if (given.empty()) return std::vector<Documents::Adapted>{};
  Queries queries(session, options);
  auto adapted = Documents(queries, describes, options).adapt(given, context);
  if (!adapted) return std::move(adapted).error().with_sent(Sent::No);
  for (std::size_t i = 0; i < places.size(); ++i) {
    Documents::Adapted& each = (*adapted)[i];
    if (!each.refusal) {
      sent[places[i]] = &each.request;
      continue;
    }
    for (const adapter::WriteNode& node : given[i]->nodes) {
      const std::string& object = given[i]->nodes[each.fault].object;
      outcomes[places[i]].nodes.push_back(
          {.status = adapter::WriteStatus::Rejected,
           .key = node.key,
           .error = session.located(*each.refusal, "write " + object)});
    }
    sent[places[i]] = nullptr;
  }
  return adapted;
}

}  // namespace

Result<std::vector<WriteOutcome>> write_requests(Session& session, const Options& options,
                                                 Random& random, Describes& describes,
                                                 BulkApi& bulk, BulkFences& fences,
                                                 const std::vector<WriteRequest>& requests,
                                                 const Context& context) {
  std::vector<const WriteRequest*> sent;  // as they go out
  for (const WriteRequest& request : requests) {
    if (request.nodes.empty())
      return Error(ErrorCode::Invalid, "a write holds at least one record").with_sent(Sent::No);
    sent.push_back(&request);
  }
  std::vector<WriteOutcome> outcomes(requests.size());
  auto adapted = adapt_documents(session, options, describes, sent, outcomes, context);
  if (!adapted) return std::move(adapted).error();

  std::vector<std::size_t> records;
  std::vector<std::size_t> trees;
  for (std::size_t i = 0; i < sent.size(); ++i) {
    if (sent[i] == nullptr) continue;  // refused already
    (sent[i]->nodes.size() == 1 ? records : trees).push_back(i);
    if (auto known = can_be_found_again(session, describes, *sent[i], context); !known)
      return std::move(known).error().with_sent(Sent::No);
  }
  const auto chosen = [&sent](const std::vector<std::size_t>& part) {
    std::vector<const WriteRequest*> out;
    out.reserve(part.size());
    for (const std::size_t i : part) out.push_back(sent[i]);
    return out;
  };
  const auto place = [&](const std::vector<std::size_t>& part, std::vector<WriteOutcome> answered) {
    for (std::size_t i = 0; i < part.size(); ++i) {
      // Parts that a request has got on its way are of no concern to its sender.
      answered[i].nodes.resize(requests[part[i]].nodes.size());
      outcomes[part[i]] = std::move(answered[i]);
    }
  };
  if (!trees.empty()) {
    GraphWriter graphs(session, options, random);
    if (auto ready = graphs.prepare(chosen(trees), describes, context); !ready)
      return std::move(ready).error();
    auto answered = graphs.write(chosen(trees), context);
    if (!answered) return std::move(answered).error();
    place(trees, std::move(*answered));
  }
  bool gone_out = !trees.empty();
  std::unordered_map<const WriteRequest*, std::size_t> places;
  for (const std::size_t i : records) places.emplace(sent[i], i);
  const auto tell = [&](const WriteRequest& request, WriteOutcome outcome) {
    place({places.at(&request)}, {std::move(outcome)});
    gone_out = true;
  };
  auto rest =
      BulkWriter(session, options, describes, bulk, fences).write(chosen(records), tell, context);
  if (!rest && !gone_out) return std::move(rest).error();
  if (!rest) {
    place(records, BatchWriter::not_done(chosen(records), rest.error()));
    return outcomes;
  }
  if (rest->size() != records.size()) {
    records.clear();
    for (const WriteRequest* request : *rest) records.push_back(places.at(request));
  }
  if (records.empty()) return outcomes;
  auto answered = CollectionsWriter(session, options, random).write(chosen(records), context);
  if (!answered && !gone_out) return std::move(answered).error();
  // Others have gone out: what could not follow them is to be tried again, no more.
  place(records,
        answered ? std::move(*answered) : BatchWriter::not_done(chosen(records), answered.error()));
  return outcomes;
}

}  // namespace channelbridge::salesforce
