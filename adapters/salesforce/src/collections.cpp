#include "batch_internal.hpp"
#include "channelbridge/http/encoding.hpp"
#include "errors_internal.hpp"
#include "soql_internal.hpp"

namespace channelbridge::salesforce {
namespace {

using adapter::NodeOutcome;
using adapter::Operation;
using adapter::WriteNode;
using adapter::WriteRequest;
using adapter::WriteStatus;

const WriteNode& node_of(const WriteRequest& request) { return request.nodes.front(); }

bool is_upsert(const WriteRequest& request) {
  return node_of(request).operation == Operation::Create && !request.correlation_path.empty();
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

}  // namespace

/// Same kind of write, same object, same external id field.
std::string CollectionsWriter::lane(const WriteRequest& request) const {
  const WriteNode& node = node_of(request);
  return std::to_string(static_cast<int>(node.operation)) + " " + node.object + " " +
         (is_upsert(request) ? request.correlation_path : "");
}

/// The record as collections take it: its type, its id or external id, then the body's members as
/// they are.
Result<BatchWriter::Item> CollectionsWriter::item_of(const WriteRequest& request) const {
  const WriteNode& node = node_of(request);
  Item item{.identity = is_upsert(request) ? request.correlation : node.key};
  if (node.operation == Operation::Delete) return item;
  const std::string& path = request.correlation_path;
  auto body = members_of(node.body, {path.empty() ? std::string("attributes") : path, "Id", "id"});
  if (!body) return std::move(body).error();
  std::string& text = item.text;
  text = R"({"attributes":{"type":)";
  document::append_json_string(text, node.object);
  text += '}';
  if (node.operation == Operation::Update) {
    text += R"(,"id":)";
    document::append_json_string(text, node.key);
  }
  if (is_upsert(request) && body->slots[0].state == document::Slot::State::Absent) {
    text += ',';
    document::append_json_string(text, path);
    text += ':';
    document::append_json_string(text, request.correlation);
  }
  if (!body->text.empty()) {
    text += ',';
    text += body->text;
  }
  text += '}';
  return item;
}

http::Request CollectionsWriter::call_of(const Items& items) const {
  const WriteRequest& first = *items.front().request;
  const WriteNode& node = node_of(first);
  http::Request request{.target = session().path("/composite/sobjects"),
                        .operation = "write " + node.object};
  if (options().allow_duplicates)
    request.headers.set("Sforce-Duplicate-Rule-Header", "allowSave=true");
  if (node.operation == Operation::Delete) {
    request.method = "DELETE";
    request.target += "?allOrNone=false&ids=";
    for (const Item& item : items) {
      if (&item != &items.front()) request.target += "%2C";
      request.target += http::encode_component(node_of(*item.request).key);
    }
    return request;
  }
  request.method = node.operation == Operation::Create && !is_upsert(first) ? "POST" : "PATCH";
  if (is_upsert(first)) {
    request.target += "/" + http::encode_component(node.object) + "/" +
                      http::encode_component(first.correlation_path);
  }
  request.body = R"({"allOrNone":false,"records":[)";
  for (const Item& item : items) {
    if (&item != &items.front()) request.body += ',';
    request.body += item.text;
  }
  request.body += "]}";
  return request;
}

std::vector<std::optional<BatchWriter::Answer>> CollectionsWriter::read(const Items& items,
                                                                        std::string body) const {
  const auto page = document::Page::make(std::move(body), document::Format::Json);
  const auto results = document::json_records(*page, "", kResult);
  std::vector<std::optional<Answer>> answers;
  if (!results || results->records.size() != items.size()) return answers;
  for (std::size_t i = 0; i < items.size(); ++i) {
    auto outcome = read_result(results->records[i], *items[i].request);
    const bool locked = outcome && outcome->status == WriteStatus::Retry && outcome->error &&
                        outcome->error->code() == ErrorCode::Unavailable;
    answers.emplace_back();
    if (!outcome) continue;
    answers.back() = Answer{.outcome = {.nodes = {std::move(*outcome)}},
                            .again = locked ? Again::Locked : Again::No};
  }
  return answers;
}

}  // namespace channelbridge::salesforce
