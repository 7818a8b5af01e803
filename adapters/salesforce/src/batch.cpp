#include "batch_internal.hpp"

#include <algorithm>
#include <set>

#include "errors_internal.hpp"

namespace channelbridge::salesforce {
namespace {

using adapter::NodeOutcome;
using adapter::WriteNode;
using adapter::WriteOutcome;
using adapter::WriteRequest;
using adapter::WriteStatus;

/// Is the whole system shut to us, whatever the records say?
bool stops_the_system(const Error& error) {
  return error.code() == ErrorCode::Unauthenticated || error.code() == ErrorCode::Forbidden ||
         error.code() == ErrorCode::RateLimited || error.code() == ErrorCode::NotFound ||
         error.code() == ErrorCode::Unavailable || error.code() == ErrorCode::Timeout ||
         error.code() == ErrorCode::Unsupported;
}

}  // namespace

Result<BodyMembers> members_of(const std::string& body, const std::vector<std::string>& wanted) {
  const auto page = document::Page::make(body, document::Format::Json);
  auto spans = document::json_records(*page, "", wanted);
  const Error invalid =
      Error(ErrorCode::Invalid, "the body of a write is no JSON object").with_sent(Sent::No);
  if (!spans || spans->records.size() != 1) return invalid;
  document::RecordSpan& span = spans->records.front();
  std::string_view text = std::string_view(body).substr(span.offset, span.length);
  if (text.size() < 2 || text.front() != '{') return invalid;
  text = text.substr(1, text.size() - 2);
  if (text.find_first_not_of(" \t\r\n") == std::string_view::npos) text = {};
  return BodyMembers{.text = text, .slots = std::move(span.slots)};
}

WriteOutcome BatchWriter::all_nodes(const WriteRequest& request, WriteStatus status,
                                    const std::optional<Error>& error) {
  WriteOutcome outcome;
  for (const WriteNode& node : request.nodes) {
    NodeOutcome& each = outcome.nodes.emplace_back();
    each.status = status;
    each.key = node.key;
    if (error) each.error = node.key.empty() ? *error : error->with_key(node.key);
  }
  return outcome;
}

std::vector<WriteOutcome> BatchWriter::not_done(const std::vector<const WriteRequest*>& requests,
                                                const Error& error) {
  std::vector<WriteOutcome> outcomes;
  outcomes.reserve(requests.size());
  for (const WriteRequest* request : requests)
    outcomes.push_back(all_nodes(*request, WriteStatus::Retry, error));
  return outcomes;
}

/// Calls within the limits, no record twice in one.
std::vector<BatchWriter::Items> BatchWriter::split(Items items) const {
  std::vector<Items> calls;
  std::string current;
  std::size_t bytes = 0;
  std::size_t nodes = 0;
  std::set<std::string> seen;
  const Limits most = limits();
  for (Item& item : items) {
    const std::string item_lane = lane(*item.request);
    const bool twice = !item.identity.empty() && seen.contains(item.identity);
    if (calls.empty() || item_lane != current || twice || calls.back().size() >= most.items ||
        nodes + item.nodes > most.nodes || bytes + item.text.size() > options_.batch_bytes) {
      calls.emplace_back();
      current = item_lane;
      bytes = nodes = 0;
      seen.clear();
    }
    bytes += item.text.size() + 1;
    nodes += item.nodes;
    seen.insert(item.identity);
    calls.back().push_back(std::move(item));
  }
  return calls;
}

Result<void> BatchWriter::send(const Items& items, std::vector<WriteOutcome>& outcomes,
                               const Context& context) {
  auto response = session_.call(call_of(items), context);
  if (!response) return refused(items, response.error(), outcomes, context);
  effect_ = true;
  std::vector<std::optional<Answer>> answers = read(items, std::move(response->body));
  answers.resize(items.size());
  for (std::size_t i = 0; i < items.size(); ++i) {
    const WriteRequest& request = *items[i].request;
    if (!answers[i]) {
      answers[i] = Answer{
          .outcome = all_nodes(request, WriteStatus::Unknown,
                               Error(ErrorCode::Protocol, "the answer to a write cannot be read")
                                   .with_sent(Sent::Answered))};
    }
    std::vector<NodeOutcome>& nodes = answers[i]->outcome.nodes;
    for (std::size_t n = 0; n < nodes.size(); ++n) {
      if (!nodes[n].error) continue;
      const Error error = session_.located(*nodes[n].error, "write " + request.nodes[n].object);
      nodes[n].error = error.http_status() == 0 ? error.with_http_status(response->status) : error;
    }
    outcomes[items[i].index] = std::move(answers[i]->outcome);
    again_[items[i].index] = answers[i]->again;
  }
  return {};
}

Result<void> BatchWriter::refused(const Items& items, const Error& error,
                                  std::vector<WriteOutcome>& outcomes, const Context& context) {
  const bool harmless =
      error.sent() == Sent::No || (error.sent() == Sent::Answered && proves_no_effect(error));
  if (!harmless) effect_ = true;
  if (harmless && !effect_ && (error.sent() == Sent::No || stops_the_system(error))) return error;
  const bool content = harmless && error.sent() == Sent::Answered && !stops_the_system(error);
  if (content && items.size() > 1) {
    // One member spoils the call (an unknown field makes the whole of it malformed): halve until
    // the good ones are through.
    const auto middle = items.begin() + static_cast<std::ptrdiff_t>(items.size() / 2);
    if (auto first = send(Items(items.begin(), middle), outcomes, context); !first) return first;
    return send(Items(middle, items.end()), outcomes, context);
  }
  const WriteStatus status = !harmless ? WriteStatus::Unknown
                             : content ? WriteStatus::Rejected
                                       : WriteStatus::Retry;
  for (const Item& item : items) {
    outcomes[item.index] = all_nodes(*item.request, status, error);
    again_[item.index] = Again::No;
  }
  // A refused half must not look like "nothing was sent" for the others.
  if (content) effect_ = true;
  return {};
}

BatchWriter::Items BatchWriter::to_repeat(const Items& items, Again why) const {
  Items out;
  std::copy_if(items.begin(), items.end(), std::back_inserter(out),
               [&](const Item& item) { return again_[item.index] == why; });
  return out;
}

/// What the org did not come to goes out again at once, as long as it comes to something each time;
/// rows that were locked go alone and after a random wait.
void BatchWriter::repeat(const Items& items, std::vector<WriteOutcome>& outcomes,
                         const Context& context) {
  Items untried = to_repeat(items, Again::Untried);
  for (std::size_t before = items.size(); !untried.empty() && untried.size() < before;) {
    before = untried.size();
    if (!send(untried, outcomes, context)) return;
    untried = to_repeat(items, Again::Untried);
  }
  for (int round = 0; round < options_.lock_repeats; ++round) {
    const Items locked = to_repeat(items, Again::Locked);
    if (locked.empty()) return;
    const std::int64_t longest = 250LL << round;
    const auto wait = std::chrono::milliseconds(
        static_cast<std::int64_t>(random_.next() % static_cast<std::uint64_t>(longest)));
    if (!context.sleep(wait)) return;  // no time left: they stay Retry
    if (!send(locked, outcomes, context)) return;
  }
}

Result<std::vector<WriteOutcome>> BatchWriter::write(
    const std::vector<const WriteRequest*>& requests, const Context& context) {
  std::vector<WriteOutcome> outcomes(requests.size());
  again_.assign(requests.size(), Again::No);
  Items items;
  items.reserve(requests.size());
  for (std::size_t i = 0; i < requests.size(); ++i) {
    auto item = item_of(*requests[i]);
    if (!item) return std::move(item).error().with_system(session_.system());
    item->request = requests[i];
    item->index = i;
    if (item->settled)
      outcomes[i] = std::move(*item->settled);
    else
      items.push_back(std::move(*item));
  }
  for (const Items& call : split(std::move(items))) {
    if (auto sent = send(call, outcomes, context); !sent) return std::move(sent).error();
    repeat(call, outcomes, context);
  }
  return outcomes;
}

}  // namespace channelbridge::salesforce
