#include "graph_internal.hpp"

#include <algorithm>
#include <cstdlib>
#include <set>

#include "channelbridge/http/encoding.hpp"
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
using document::Slot;

/// An update that only names its object is no part of a call.
bool says_nothing(const WriteNode& node) {
  return node.operation == Operation::Update &&
         node.body.find_first_not_of(" \t\r\n{}") == std::string::npos;
}

std::string method_of(const WriteNode& node) {
  if (node.operation == Operation::Create) return "POST";
  return node.operation == Operation::Update ? "PATCH" : "DELETE";
}

/// A second write of the object that the request makes: what can be said only once its children are
/// there.
bool is_root_again(const WriteRequest& request, std::size_t index) {
  const WriteNode& node = request.nodes[index];
  return index > 0 && node.operation == Operation::Update && node.key.empty() && node.parent == 0 &&
         request.nodes.front().operation == Operation::Create;
}

std::string reference(std::size_t index) { return "n" + std::to_string(index); }

Error invalid(const std::string& message) {
  return Error(ErrorCode::Invalid, message).with_sent(Sent::No);
}

void append_member(std::string& text, std::string_view name, std::string_view value) {
  if (text.back() != '{') text += ',';
  document::append_json_string(text, name);
  text += ':';
  document::append_json_string(text, value);
}

/// One part of a graph's answer.
struct Part {
  int status{};
  std::string body{};
  std::vector<RemoteError> errors{};

  bool good() const { return status >= 200 && status < 300; }
  /// Undone or not begun because of another one.
  bool halted() const {
    const RemoteError* cause = cause_of(errors);
    return cause != nullptr && remedy_of(*cause) == Remedy::Collateral;
  }
};

/// The parts by the index of their node.
std::map<std::size_t, Part> parts_of(const std::string& response) {
  std::map<std::size_t, Part> parts;
  const auto page = document::Page::make(response, document::Format::Json);
  auto found = document::json_records(*page, "", {"referenceId", "httpStatusCode", "body"});
  if (!found) return parts;
  for (document::RecordSpan& span : found->records) {
    const std::string& name = span.slots[0].text;
    if (name.size() < 2 || name.front() != 'n') continue;
    Part part{.status = std::atoi(span.slots[1].text.c_str()),
              .body = std::move(span.slots[2].text)};
    if (!part.good()) part.errors = read_errors(part.body);
    parts.emplace(std::strtoul(name.c_str() + 1, nullptr, 10), std::move(part));
  }
  return parts;
}

/// The id that the answer to a create names.
std::optional<std::string> created_id(const std::string& body) {
  const auto page = document::Page::make(body, document::Format::Json);
  const auto answer = document::json_records(*page, "", {"id", "success"});
  if (!answer || answer->records.size() != 1) return std::nullopt;
  const std::vector<Slot>& slots = answer->records.front().slots;
  return slots[1].text == "true" ? full_id(slots[0].text) : std::nullopt;
}

/// Every part of a graph that went through; nullopt when one is missing or says nothing.
std::optional<WriteOutcome> done_graph(const WriteRequest& request,
                                       const std::map<std::size_t, Part>& parts) {
  WriteOutcome outcome;
  for (std::size_t i = 0; i < request.nodes.size(); ++i) {
    const WriteNode& node = request.nodes[i];
    NodeOutcome& each = outcome.nodes.emplace_back();
    each = {.status = WriteStatus::Unchanged, .key = node.key};
    if (says_nothing(node)) continue;
    const auto part = parts.find(i);
    if (part == parts.end() || !part->second.good()) return std::nullopt;
    if (node.operation == Operation::Create) {
      const auto id = created_id(part->second.body);
      if (!id) return std::nullopt;
      each = {.status = WriteStatus::Created, .key = *id};
    } else {
      each.status =
          node.operation == Operation::Update ? WriteStatus::Updated : WriteStatus::Deleted;
    }
  }
  return outcome;
}

/// A refused graph has done nothing: all its nodes fare as the one at fault, whose error says why.
WriteOutcome refused_graph(const WriteRequest& request, const std::map<std::size_t, Part>& parts,
                           std::size_t fault) {
  const auto refusal = [&](std::size_t i) {
    const Part& part = parts.at(i);
    NodeOutcome out = refused_record(part.errors, request.nodes[i].operation, request.nodes[i].key);
    out.error =
        out.error->with_http_status(part.status).with_operation("write " + request.nodes[i].object);
    return out;
  };
  const NodeOutcome cause = refusal(fault);
  WriteStatus status = cause.status;
  // A child that is gone is no word about its root, which is looked at.
  if (cause.not_found && fault != 0) status = WriteStatus::Conflict;
  WriteOutcome outcome;
  for (std::size_t i = 0; i < request.nodes.size(); ++i) {
    NodeOutcome& each = outcome.nodes.emplace_back();
    const auto part = parts.find(i);
    if (part != parts.end() && !part->second.good() && !part->second.halted())
      each = refusal(i);
    else
      each = {.key = request.nodes[i].key, .error = cause.error};
    each.status = status;
  }
  return outcome;
}

}  // namespace

bool has_graphs(const Options& options) {
  return std::strtod(options.api_version.c_str(), nullptr) >= GraphWriter::kOldestVersion;
}

BatchWriter::Limits GraphWriter::limits() const {
  return {std::min(kMostGraphs, options().batch_records), kMostNodes};
}

Result<void> GraphWriter::prepare(const std::vector<const WriteRequest*>& requests,
                                  Describes& describes, const Context& context) {
  if (!has_graphs(options())) {
    return Error(ErrorCode::Unsupported,
                 "records with children are written from API version 50.0 on")
        .with_sent(Sent::No);
  }
  for (const WriteRequest* request : requests) {
    for (std::size_t i = 0; i < request->nodes.size(); ++i) {
      if (auto known = look_up(*request, i, describes, context); !known)
        return session()
            .located(known.error(), "write " + request->nodes[i].object)
            .with_sent(Sent::No);
    }
  }
  return {};
}

Result<void> GraphWriter::look_up(const WriteRequest& request, std::size_t index,
                                  Describes& describes, const Context& context) {
  const WriteNode& node = request.nodes[index];
  const bool create = node.operation == Operation::Create;
  if (is_root_again(request, index)) return {};
  if (!create && !full_id(node.key)) return invalid("'" + node.key + "' is no id of a record");
  if (index == 0) {
    if (node.parent != -1 || node.operation == Operation::Delete)
      return invalid("a record with children is created or updated, and comes first");
    if (!create || request.correlation_path.empty()) return {};
    auto object = describes.get(node.object, context);
    if (!object) return std::move(object).error();
    if ((*object)->unique.contains(request.correlation_path)) return {};
    return invalid(request.correlation_path + " of " + node.object +
                   " is not unique: mark the field as External ID and Unique, so that nothing is "
                   "made twice");
  }
  const auto parent = static_cast<std::size_t>(node.parent);
  if (node.parent < 0 || parent >= index) return invalid("a child comes behind its parent");
  const WriteNode& above = request.nodes[parent];
  if (above.operation == Operation::Delete) return invalid("a deleted parent has no children");
  const std::pair place(above.object, node.navigation);
  if (!create || parent_fields_.contains(place)) return {};
  auto object = describes.get(above.object, context);
  if (!object) return std::move(object).error();
  const auto children = (*object)->children_of(node.navigation);
  if (!children) return children.error();
  if (children->object != node.object) {
    return invalid("the list '" + node.navigation + "' holds " + children->object + ", not " +
                   node.object);
  }
  parent_fields_.emplace(place, children->field);
  return {};
}

Result<std::string> GraphWriter::node_text(const WriteRequest& request, std::size_t index) const {
  const WriteNode& node = request.nodes[index];
  std::string url = session().path("/sobjects/" + http::encode_component(node.object));
  if (is_root_again(request, index))
    url += "/@{" + reference(0) + ".id}";
  else if (node.operation != Operation::Create)
    url += "/" + http::encode_component(node.key);
  std::string text = "{";
  append_member(text, "method", method_of(node));
  append_member(text, "url", url);
  append_member(text, "referenceId", reference(index));
  if (node.operation == Operation::Delete) return text + "}";
  if (options().allow_duplicates)
    text += R"(,"httpHeaders":{"Sforce-Duplicate-Rule-Header":"allowSave=true"})";
  // What a create says beside its own content: whose child it is, or by what it is found again.
  std::string beside;
  std::string value;
  if (node.operation == Operation::Create && index == 0) {
    beside = request.correlation_path;
    value = request.correlation;
  } else if (node.operation == Operation::Create) {
    const WriteNode& above = request.nodes[static_cast<std::size_t>(node.parent)];
    beside = parent_fields_.at({above.object, node.navigation});
    value = above.operation == Operation::Create
                ? "@{" + reference(static_cast<std::size_t>(node.parent)) + ".id}"
                : above.key;
  }
  auto body = members_of(node.body, {beside.empty() ? std::string("attributes") : beside});
  if (!body) return std::move(body).error();
  const bool there = body->slots[0].state != Slot::State::Absent;
  if (there && index != 0 && !beside.empty())
    return invalid("the body of a new " + node.object + " names its parent by itself");
  text += R"(,"body":{)";
  if (!beside.empty() && !there) append_member(text, beside, value);
  if (!body->text.empty()) {
    if (text.back() != '{') text += ',';
    text += body->text;
  }
  return text + "}}";
}

Result<BatchWriter::Item> GraphWriter::item_of(const WriteRequest& request) const {
  const WriteNode& root = request.nodes.front();
  Item item{.identity = root.operation == Operation::Create ? request.correlation : root.key,
            .nodes = 0};
  std::set<std::string> kinds;
  bool refers = false;
  for (std::size_t i = 0; i < request.nodes.size(); ++i) {
    const WriteNode& node = request.nodes[i];
    if (says_nothing(node)) continue;
    auto text = node_text(request, i);
    if (!text) return std::move(text).error();
    if (item.nodes > 0) item.text += ',';
    item.text += *text;
    ++item.nodes;
    kinds.insert(method_of(node) + " " + node.object);
    refers = refers || node.body.find("@{") != std::string::npos;
  }
  const auto unfit = [&](const std::string& message) {
    item.settled =
        all_nodes(request, WriteStatus::Rejected,
                  session()
                      .located(Error(ErrorCode::Rejected, message), "write " + root.object)
                      .with_sent(Sent::No));
  };
  if (item.nodes == 0) item.settled = all_nodes(request, WriteStatus::Unchanged, std::nullopt);
  if (item.nodes > kMostNodes || kinds.size() > kMostKinds) {
    unfit("the record does not fit into one call, which takes " + std::to_string(kMostNodes) +
          " changed parts of " + std::to_string(kMostKinds) + " kinds");
  }
  if (refers) unfit("a text has '@{' in it, which the org takes for a reference to another part");
  return item;
}

http::Request GraphWriter::call_of(const Items& items) const {
  http::Request request{.method = "POST",
                        .target = session().path("/composite/graph"),
                        .operation = "write " + items.front().request->nodes.front().object};
  request.body = R"({"graphs":[)";
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (i > 0) request.body += ',';
    request.body += R"({"graphId":")" + std::to_string(i) + R"(","compositeRequest":[)";
    request.body += items[i].text + "]}";
  }
  request.body += "]}";
  return request;
}

std::vector<std::optional<BatchWriter::Answer>> GraphWriter::read(const Items& items,
                                                                  std::string body) const {
  std::vector<std::optional<Answer>> answers(items.size());
  const auto page = document::Page::make(std::move(body), document::Format::Json);
  auto graphs = document::json_records(
      *page, "graphs", {"graphId", "isSuccessful", "graphResponse.compositeResponse"});
  if (!graphs) return answers;
  for (const document::RecordSpan& graph : graphs->records) {
    const std::size_t at = std::strtoul(graph.slots[0].text.c_str(), nullptr, 10);
    if (graph.slots[0].text.empty() || at >= items.size()) continue;
    const WriteRequest& request = *items[at].request;
    const std::map<std::size_t, Part> parts = parts_of(graph.slots[2].text);
    if (graph.slots[1].text == "true") {
      if (auto done = done_graph(request, parts)) answers[at] = Answer{.outcome = std::move(*done)};
      continue;
    }
    if (graph.slots[1].text != "false" || parts.size() != items[at].nodes) continue;
    const auto fault = std::find_if(parts.begin(), parts.end(), [&](const auto& each) {
      return each.first < request.nodes.size() && !each.second.good() && !each.second.halted();
    });
    if (fault != parts.end()) {
      Answer answer{.outcome = refused_graph(request, parts, fault->first)};
      const NodeOutcome& node = answer.outcome.nodes[fault->first];
      if (node.status == WriteStatus::Retry && node.error->code() == ErrorCode::Unavailable)
        answer.again = Again::Locked;
      answers[at] = std::move(answer);
    } else if (std::all_of(parts.begin(), parts.end(),
                           [](const auto& each) { return each.second.halted(); })) {
      // After 14 refused graphs the org begins no other one.
      const RemoteError& halt = *cause_of(parts.begin()->second.errors);
      answers[at] = Answer{
          .outcome = all_nodes(request, WriteStatus::Retry,
                               Error(ErrorCode::Unavailable, "the org stopped before this record")
                                   .with_remote(halt.code, halt.message)
                                   .with_sent(Sent::Answered)),
          .again = Again::Untried};
    }
  }
  return answers;
}

}  // namespace channelbridge::salesforce
