#include "batch_internal.hpp"

#include <set>

#include "channelbridge/document/document.hpp"
#include "errors_internal.hpp"
#include "soql_internal.hpp"

namespace channelbridge::salesforce {
namespace {

using adapter::NodeOutcome;
using adapter::Operation;
using adapter::WriteNode;
using adapter::WriteOutcome;
using adapter::WriteRequest;
using adapter::WriteStatus;

const WriteNode& node_of(const WriteRequest& request) { return request.nodes.front(); }

bool is_upsert(const WriteRequest& request) {
  return node_of(request).operation == Operation::Create && !request.correlation_path.empty();
}

/// Requests that may share a call: same kind of write, same object, same external id field.
std::string lane(const WriteRequest& request) {
  const WriteNode& node = node_of(request);
  return std::to_string(static_cast<int>(node.operation)) + " " + node.object + " " +
         (is_upsert(request) ? request.correlation_path : "");
}

NodeOutcome failed(WriteStatus status, const Error& error, const std::string& key) {
  NodeOutcome outcome;
  outcome.status = status;
  outcome.key = key;
  outcome.error = key.empty() ? error : error.with_key(key);
  return outcome;
}

/// What collections say of one record.
const std::vector<std::string> kResult = {"success", "id", "created", "errors"};

/// The outcome of one element of a collections answer; nullopt when it is no such element.
std::optional<NodeOutcome> read_result(const document::RecordSpan& element,
                                       const WriteRequest& request) {
  const WriteNode& node = node_of(request);
  const std::string& success = element.slots[0].text;
  if (success == "false")
    return refused_record(read_errors(element.slots[3].text), node.operation, node.key);
  // The id counts only where success is true: a rolled-back row may name one that is gone.
  const std::string& id = element.slots[1].text;
  const auto key = full_id(id.empty() ? node.key : id);
  if (success != "true" || !key) return std::nullopt;
  NodeOutcome outcome;
  outcome.key = *key;
  switch (node.operation) {
    case Operation::Create:  // an upsert that found the record says created=false
      outcome.status =
          element.slots[2].text == "false" ? WriteStatus::Updated : WriteStatus::Created;
      break;
    case Operation::Update:
      outcome.status = WriteStatus::Updated;
      break;
    case Operation::Delete:
      outcome.status = WriteStatus::Deleted;
      break;
  }
  return outcome;
}

/// Is the whole system shut to us, whatever the records say?
bool stops_the_system(const Error& error) {
  return error.code() == ErrorCode::Unauthenticated || error.code() == ErrorCode::Forbidden ||
         error.code() == ErrorCode::RateLimited || error.code() == ErrorCode::NotFound ||
         error.code() == ErrorCode::Unavailable || error.code() == ErrorCode::Timeout ||
         error.code() == ErrorCode::Unsupported;
}

}  // namespace

/// The record as collections take it: its type, its id or external id, then the body's members as
/// they are.
Result<std::string> BatchWriter::record_text(const WriteRequest& request) const {
  const WriteNode& node = node_of(request);
  if (node.operation == Operation::Delete) return std::string();
  const auto page = document::Page::make(node.body, document::Format::Json);
  const std::string& path = request.correlation_path;
  auto spans = document::json_records(
      *page, "", {path.empty() ? std::string("attributes") : path, "Id", "id"});
  const Error invalid =
      Error(ErrorCode::Invalid, "the body of a write is no JSON object").with_sent(Sent::No);
  if (!spans || spans->records.size() != 1) return invalid;
  const document::RecordSpan& span = spans->records.front();
  std::string_view body = std::string_view(node.body).substr(span.offset, span.length);
  if (body.size() < 2 || body.front() != '{') return invalid;
  body = body.substr(1, body.size() - 2);

  std::string text = R"({"attributes":{"type":)";
  document::append_json_string(text, node.object);
  text += '}';
  if (node.operation == Operation::Update) {
    text += R"(,"id":)";
    document::append_json_string(text, node.key);
  }
  if (is_upsert(request) && span.slots[0].state == document::Slot::State::Absent) {
    text += ',';
    document::append_json_string(text, path);
    text += ':';
    document::append_json_string(text, request.correlation);
  }
  if (body.find_first_not_of(" \t\r\n") != std::string_view::npos) {
    text += ',';
    text += body;
  }
  return text + "}";
}

/// Calls of at most `batch_records` and `batch_bytes`, no record twice in one.
std::vector<BatchWriter::Items> BatchWriter::split(Items items) const {
  std::vector<Items> calls;
  std::string current;
  std::size_t bytes = 0;
  std::set<std::string> seen;
  for (Item& item : items) {
    const std::string item_lane = lane(*item.request);
    const bool twice = !item.identity.empty() && seen.contains(item.identity);
    if (calls.empty() || item_lane != current || twice ||
        calls.back().size() >= options_.batch_records ||
        bytes + item.record.size() > options_.batch_bytes) {
      calls.emplace_back();
      current = item_lane;
      bytes = 0;
      seen.clear();
    }
    bytes += item.record.size() + 1;
    seen.insert(item.identity);
    calls.back().push_back(std::move(item));
  }
  return calls;
}

Result<http::Response> BatchWriter::call(const Items& items, const Context& context) {
  const WriteRequest& first = *items.front().request;
  const WriteNode& node = node_of(first);
  http::Request request{.target = session_.path("/composite/sobjects"),
                        .operation = "write " + node.object};
  if (options_.allow_duplicates)
    request.headers.set("Sforce-Duplicate-Rule-Header", "allowSave=true");
  if (node.operation == Operation::Delete) {
    request.method = "DELETE";
    request.target += "?allOrNone=false&ids=";
    for (const Item& item : items) {
      if (&item != &items.front()) request.target += "%2C";
      request.target += http::encode_component(node_of(*item.request).key);
    }
    return session_.call(std::move(request), context);
  }
  request.method = node.operation == Operation::Create && !is_upsert(first) ? "POST" : "PATCH";
  if (is_upsert(first)) {
    request.target += "/" + http::encode_component(node.object) + "/" +
                      http::encode_component(first.correlation_path);
  }
  request.body = R"({"allOrNone":false,"records":[)";
  for (const Item& item : items) {
    if (&item != &items.front()) request.body += ',';
    request.body += item.record;
  }
  request.body += "]}";
  return session_.call(std::move(request), context);
}

Result<void> BatchWriter::send(const Items& items, std::vector<WriteOutcome>& outcomes,
                               const Context& context) {
  auto response = call(items, context);
  if (!response) return refused(items, response.error(), outcomes, context);
  effect_ = true;
  const auto page = document::Page::make(std::move(response->body), document::Format::Json);
  auto results = document::json_records(*page, "", kResult);
  const bool fits = results && results->records.size() == items.size();
  for (std::size_t i = 0; i < items.size(); ++i) {
    std::optional<NodeOutcome> outcome;
    if (fits) outcome = read_result(results->records[i], *items[i].request);
    if (!outcome) {
      outcome = failed(WriteStatus::Unknown,
                       Error(ErrorCode::Protocol, "the answer to a write cannot be read")
                           .with_system(session_.system())
                           .with_http_status(response->status)
                           .with_sent(Sent::Answered),
                       node_of(*items[i].request).key);
    }
    if (outcome->error) {
      outcome->error = outcome->error->with_system(session_.system())
                           .with_operation("write " + node_of(*items[i].request).object)
                           .with_http_status(response->status);
    }
    outcomes[items[i].index].nodes = {std::move(*outcome)};
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
  for (const Item& item : items)
    outcomes[item.index].nodes = {failed(status, error, node_of(*item.request).key)};
  // A refused half must not look like "nothing was sent" for the others.
  if (content) effect_ = true;
  return {};
}

/// Rows that were locked are sent again, alone and after a random wait.
void BatchWriter::repeat_locked(const Items& items, std::vector<WriteOutcome>& outcomes,
                                const Context& context) {
  for (int round = 0; round < options_.lock_repeats; ++round) {
    Items locked;
    for (const Item& item : items) {
      const NodeOutcome& outcome = outcomes[item.index].nodes.front();
      if (outcome.status == WriteStatus::Retry && outcome.error &&
          outcome.error->code() == ErrorCode::Unavailable && outcome.error->http_status() == 200)
        locked.push_back(item);
    }
    if (locked.empty()) return;
    const std::int64_t longest = 250LL << round;
    const auto wait = std::chrono::milliseconds(
        static_cast<std::int64_t>(random_.next() % static_cast<std::uint64_t>(longest)));
    if (!context.sleep(wait)) return;  // no time left: they stay Retry
    if (!send(locked, outcomes, context)) return;
  }
}

Result<std::vector<WriteOutcome>> BatchWriter::write(const std::vector<WriteRequest>& requests,
                                                     const Context& context) {
  std::vector<WriteOutcome> outcomes(requests.size());
  Items items;
  items.reserve(requests.size());
  for (std::size_t i = 0; i < requests.size(); ++i) {
    auto record = record_text(requests[i]);
    if (!record) return std::move(record).error().with_system(session_.system());
    const WriteNode& node = node_of(requests[i]);
    items.push_back({.request = &requests[i],
                     .index = i,
                     .identity = is_upsert(requests[i]) ? requests[i].correlation : node.key,
                     .record = std::move(*record)});
  }
  for (const Items& call : split(std::move(items))) {
    if (auto sent = send(call, outcomes, context); !sent) return std::move(sent).error();
    repeat_locked(call, outcomes, context);
  }
  return outcomes;
}

}  // namespace channelbridge::salesforce
