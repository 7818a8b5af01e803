#include <algorithm>
#include <chrono>
#include <iterator>
#include <utility>

#include "adapter_internal.hpp"
#include "channelbridge/document/tree_path.hpp"
#include "message_internal.hpp"
#include "node_path_internal.hpp"
#include "schema_path_internal.hpp"

namespace channelbridge::soap {

using adapter::NodeOutcome;
using adapter::Selection;
using adapter::WriteOutcome;
using adapter::WriteRequest;
using adapter::WriteStatus;
using document::Tree;

namespace {

constexpr std::size_t kUuid = 36;
constexpr std::size_t kBareUuid = 32;
/// A write that has to be looked for later than that is looked for by who asked for it.
constexpr std::chrono::seconds kPatience(30);

/// The status that a step leads to, between these texts; "" = the write is no step.
std::string status_after(const Values& values, const std::string& before = {},
                         const std::string& behind = {}) {
  const auto status = values.texts.find("status");
  return status == values.texts.end() ? std::string() : before + status->second + behind;
}

const WriteCall* write_call_of(const ObjectRules& rules, adapter::Operation operation) {
  const std::optional<WriteCall>* out = nullptr;
  switch (operation) {
    case adapter::Operation::Create:
      out = &rules.create;
      break;
    case adapter::Operation::Update:
      out = &rules.update;
      break;
    case adapter::Operation::Delete:
      out = &rules.remove;
      break;
  }
  return out != nullptr && *out ? &**out : nullptr;
}

std::string_view word_of(adapter::Operation operation) {
  switch (operation) {
    case adapter::Operation::Create:
      return "create";
    case adapter::Operation::Update:
      return "update";
    case adapter::Operation::Delete:
      break;
  }
  return "delete";
}

WriteStatus done_status(adapter::Operation operation) {
  switch (operation) {
    case adapter::Operation::Create:
      return WriteStatus::Created;
    case adapter::Operation::Update:
      return WriteStatus::Updated;
    case adapter::Operation::Delete:
      break;
  }
  return WriteStatus::Deleted;
}

bool is_done(WriteStatus status) {
  return status == WriteStatus::Created || status == WriteStatus::Updated ||
         status == WriteStatus::Deleted;
}

}  // namespace

NodeOutcome outcome(WriteStatus status, const WriteRequest& request, const Error& error) {
  NodeOutcome out{.status = status, .key = request.nodes.front().key};
  out.error = out.key.empty() ? error : error.with_key(out.key);
  return out;
}

NodeOutcome refused_outcome(const WriteRequest& request, const Error& error,
                            const std::string& key) {
  const bool creates = request.nodes.front().operation == adapter::Operation::Create;
  switch (error.code()) {
    case ErrorCode::Unavailable:
    case ErrorCode::RateLimited:
    case ErrorCode::Unauthenticated:
      return outcome(WriteStatus::Retry, request, error);
    case ErrorCode::Conflict: {
      if (!creates) return outcome(WriteStatus::Conflict, request, error);
      NodeOutcome out = outcome(WriteStatus::Rejected, request, error);
      out.duplicate_of = key;
      return out;
    }
    case ErrorCode::NotFound: {
      NodeOutcome out = outcome(WriteStatus::Rejected, request, error);
      out.not_found = !creates;
      return out;
    }
    default:
      return outcome(WriteStatus::Rejected, request, error);
  }
}

namespace {

/// Our record id in a form that fits: with hyphens, without, or short.
std::string fitting_id(const Located& place, const std::string& record) {
  const TextType* type = place.text();
  const std::size_t holds = type != nullptr && type->facets.max_length ? *type->facets.max_length
                            : type != nullptr && type->facets.length   ? *type->facets.length
                                                                       : kUuid;
  if (holds >= kUuid) return record;
  return holds >= kBareUuid ? bare_id(record) : short_id(record);
}

/// The id of a call, the same whenever it is made for the same writes. A create that was looked for
/// in vain goes with the id that it had: a service that knows ids makes it once, however late it
/// shows it.
template <typename Items>
std::string call_id(const Items& items) {
  if (items.size() == 1 && items.front().request->lost.size() == kUuid)
    return items.front().request->lost;
  if (items.size() == 1 && items.front().request->number.size() == kUuid)
    return items.front().request->number;
  std::string numbers;
  for (const auto& item : items) numbers += item.request->number + '\n';
  return uuid_of(numbers);
}

}  // namespace

Result<Values> SoapAdapter::write_values(const ObjectRules& rules, const WriteRequest& request,
                                         const Context& context) const {
  const adapter::WriteNode& node = request.nodes.front();
  Values out;
  if (node.operation == adapter::Operation::Create) {
    out = caller_.values(context);
  } else {
    auto values = key_values(rules, node.key, context);
    if (!values) return values;
    out = *std::move(values);
    out.texts["version"] = node.expected_version;
  }
  out.texts["number"] = request.number;
  out.texts["number.hex"] = bare_id(request.number);
  out.texts["number.short"] = short_id(request.number);
  out.texts["record"] = request.correlation;
  out.texts["record.hex"] = bare_id(request.correlation);
  if (!request.correlation.empty()) out.texts["record.short"] = short_id(request.correlation);
  out.times["decided"] = request.decided;
  return out;
}

namespace {

/// A key that an update would change: its message bears the key that the object has, so the change
/// would be lost.
std::optional<Error> moved_key(const ObjectRules& rules, const adapter::WriteNode& node,
                               const Tree& written, const Values& values) {
  if (node.operation != adapter::Operation::Update) return std::nullopt;
  for (std::size_t i = 0; i < rules.key.size(); ++i) {
    const std::string text = document::text_at(written, rules.key[i].path);
    const auto part = values.texts.find(rules.key.size() == 1 ? std::string("key")
                                                              : "key." + std::to_string(i + 1));
    if (text.empty() || part == values.texts.end() || part->second == text) continue;
    const std::string message =
        "would become '" + text + "': the object is '" + part->second + "' there, and stays it";
    return Error(ErrorCode::Rejected, "the key of an object does not change")
        .with_problems({{.path = rules.key[i].text, .rule = "key", .message = message}})
        .with_sent(Sent::No);
  }
  return std::nullopt;
}

}  // namespace

Result<SoapAdapter::Item> SoapAdapter::prepare(const Wanted& wanted, const WriteCall& write,
                                               const WriteRequest& request,
                                               const Context& context) const {
  const adapter::WriteNode& node = request.nodes.front();
  auto body = document::parse_tree(node.body, document::Format::Xml);
  if (!body && (node.operation != adapter::Operation::Delete || !node.body.empty()))
    return Error(ErrorCode::Invalid, "the body of a write is no XML element");
  auto values = write_values(*wanted.rules, request, context);
  if (!values) return std::move(values).error();
  Item out{.request = &request, .values = *std::move(values)};
  const Element* root = write.call.bound->input.root;
  const Element* item = write.each ? locate(*root, write.each->path).found.element : root;
  out.tree.kind = Tree::Kind::Object;
  if (body) {
    Tree& at = element_at(out.tree, write.body.path);
    at.kind = Tree::Kind::Object;
    at.text = std::move(body->text);
    at.children = std::move(body->children);
    const Element* document = locate(*item, write.body.path).found.element;
    if (auto moved = moved_key(*wanted.rules, node, at, out.values)) return *std::move(moved);
    document::set_flags(at, write.marks);
    for (const SharedAttribute& each : wanted.rules->shared)
      share(*document, at, each.name, document::text_at(at, each.from.path));
    if (node.operation == adapter::Operation::Create && wanted.correlation &&
        !request.correlation.empty()) {
      const LocateResult place = locate(*document, *wanted.correlation);
      if (!place.problem) {
        Tree& leaf = element_at(at, *wanted.correlation);
        leaf.kind = leaf.children.empty() ? Tree::Kind::Text : Tree::Kind::Object;
        leaf.text = fitting_id(place.found, request.correlation);
      }
    }
  }
  put_texts(out.tree, write.each ? write.with : write.call.request, out.values, caller_.zone());
  if (!write.each) put_texts(out.tree, write.with, out.values, caller_.zone());
  auto fits = write_element(write.call.use->description->schema(), *item, out.tree, Empty::Null);
  if (!fits) return std::move(fits).error();
  return out;
}

namespace {

Error nothing_more() {
  return Error(ErrorCode::Protocol,
               "an earlier write was answered by something that is not the service, or without its "
               "session: nothing more is sent before it has been looked at")
      .with_sent(Sent::No);
}

}  // namespace

Result<std::vector<WriteOutcome>> SoapAdapter::write(const Selection& selection,
                                                     const std::vector<WriteRequest>& requests,
                                                     const Context& context) {
  const std::string operation = "write " + selection.object;
  const auto nothing_sent = [&](const Error& error) {
    return located(error, operation).with_sent(Sent::No);
  };
  auto asked = wanted(selection);
  if (!asked) return nothing_sent(asked.error());
  if (strange_answer_) return nothing_sent(nothing_more());
  const ObjectRules& rules = *asked->rules;
  Outcomes out(requests.size());
  std::vector<Item> items;
  std::vector<std::size_t> moved;  // to another status, or changed as they show
  for (std::size_t i = 0; i < requests.size(); ++i) {
    const WriteRequest& request = requests[i];
    if (request.nodes.size() != 1 || request.number.empty())
      return nothing_sent(
          Error(ErrorCode::Invalid, "a write is one document here, and has a number of its own"));
    const adapter::Operation kind = request.nodes.front().operation;
    if (!status_of(rules, request).empty() || takes_whole(rules, request)) {
      moved.push_back(i);
      continue;
    }
    const WriteCall* write = write_call_of(rules, kind);
    auto item = write == nullptr
                    ? Result<Item>(Error(ErrorCode::Unsupported,
                                         "the manifest says of no operation that " +
                                             std::string(word_of(kind)) + "s a " + rules.name))
                    : prepare(*asked, *write, request, context);
    if (item) {
      item->at = i;
      items.push_back(*std::move(item));
      continue;
    }
    if (item.error().code() == ErrorCode::Invalid) return nothing_sent(item.error());
    out[i].nodes = {outcome(WriteStatus::Rejected, request,
                            located(item.error(), operation).with_sent(Sent::No))};
  }
  bool anything_sent = false;
  for (std::size_t begin = 0; begin < items.size();) {
    const adapter::Operation kind = items[begin].request->nodes.front().operation;
    const WriteCall& write = *write_call_of(rules, kind);
    std::size_t end = begin + 1;
    while (end < items.size() && end - begin < write.batch &&
           items[end].request->nodes.front().operation == kind)
      ++end;
    const std::span<const Item> group(items.data() + begin, end - begin);
    auto sent = strange_answer_ ? Result<void>(located(nothing_more(), operation))
                                : send(rules, write, group, operation, out, context);
    if (!sent) {
      if (!anything_sent) return sent.error();
      for (std::size_t i = begin; i < items.size(); ++i)  // these have not gone, and come again
        out[items[i].at].nodes = {outcome(WriteStatus::Retry, *items[i].request, sent.error())};
      for (const std::size_t at : moved)
        out[at].nodes = {outcome(WriteStatus::Retry, requests[at], sent.error())};
      return out;
    }
    anything_sent = true;
    begin = end;
  }
  std::optional<Error> stopped;
  for (const std::size_t at : moved) {
    if (!stopped && strange_answer_) stopped = located(nothing_more(), operation);
    if (!stopped) {
      auto node = walk(rules, requests[at], operation, context);
      if (node) {
        if (node->error) node->error = located(*node->error, operation);
        out[at].nodes = {*std::move(node)};
        anything_sent = true;
        continue;
      }
      if (!anything_sent) return nothing_sent(node.error());
      stopped = located(node.error(), operation);
    }
    out[at].nodes = {outcome(WriteStatus::Retry, requests[at], *stopped)};
  }
  return out;
}

Result<void> SoapAdapter::send(const ObjectRules& rules, const WriteCall& write,
                               std::span<const Item> items, const std::string& operation,
                               Outcomes& out, const Context& context) {
  const std::string id = call_id(items);
  Tree message{.kind = Tree::Kind::Object};
  if (write.each) {
    Values values = caller_.values(context);
    values.texts["call"] = id;
    values.texts["call.hex"] = bare_id(id);
    values.times["decided"] = items.front().request->decided;
    put_texts(message, write.call.request, values, caller_.zone());
    const document::Path& path = write.each->path;
    const document::Path above(path.begin(), std::prev(path.end()));
    Tree& parent = element_at(message, above);
    for (const Item& item : items) {
      parent.children.push_back(item.tree);
      parent.children.back().name = path.back().name;
    }
  } else {
    message = items.front().tree;
  }
  const bool stateful = manifest_->session && write.commit;
  Cookies cookies;
  const Exchange answer = caller_.call(write.call, std::move(message),
                                       {.operation = operation,
                                        .message_id = id,
                                        .cookies = stateful ? &cookies : nullptr,
                                        .query = stateful ? &manifest_->opening : nullptr},
                                       context);
  if (answer.strange) strange_answer_ = true;
  // "Locked by MILLER" speaks of one document: the others of a batch may be done.
  const bool of_one = answer.fault && answer.nothing_done && items.size() > 1 &&
                      answer.error->code() == ErrorCode::Unavailable;
  if (answer.error && answer.effect == Effect::None && !of_one) return *answer.error;
  if (answer.error && answer.effect == Effect::Refused && items.size() > 1) {
    // A fault can come after some of them: only what is not there goes a second time.
    const bool in_doubt = answer.fault && !answer.nothing_done;
    send_each(rules, write, items, operation, out, context, in_doubt ? &*answer.error : nullptr);
    return {};
  }
  for (const Item& item : items) {
    NodeOutcome node;
    if (answer.error)
      node = answer.effect == Effect::Refused
                 ? refused_outcome(*item.request, *answer.error)
                 : outcome(write.repeatable && !answer.strange ? WriteStatus::Retry
                                                               : WriteStatus::Unknown,
                           *item.request, *answer.error);
    else
      node = outcome_of(write, item, *answer.payload, items.size());
    if (stateful && !answer.error)
      end_session(rules, write, item, cookies, node, operation, context);
    if (node.error) node.error = located(*node.error, operation);
    out[item.at].nodes = {std::move(node)};
  }
  return {};
}

void SoapAdapter::send_each(const ObjectRules& rules, const WriteCall& write,
                            std::span<const Item> items, const std::string& operation,
                            Outcomes& out, const Context& context, const Error* in_doubt) {
  const bool creates = items.front().request->nodes.front().operation == adapter::Operation::Create;
  const bool looks = in_doubt != nullptr && creates;
  const std::chrono::milliseconds settle = settle_of(rules);
  const bool settled = !looks || (rules.find && settle <= kPatience && context.sleep(settle));
  std::optional<Error> stopped;
  for (const Item& item : items) {
    if (looks) {
      auto there = settled ? stands_there(rules, item, context) : Result<NodeOutcome>(*in_doubt);
      if (!there || is_done(there->status)) {
        out[item.at].nodes = {there ? *std::move(there)
                                    : outcome(WriteStatus::Unknown, *item.request, *in_doubt)};
        continue;
      }
    }
    if (!stopped) {
      auto sent = send(rules, write, {&item, 1}, operation, out, context);
      if (sent) continue;
      stopped = sent.error();
    }
    out[item.at].nodes = {outcome(WriteStatus::Retry, *item.request, *stopped)};
  }
}

Result<NodeOutcome> SoapAdapter::stands_there(const ObjectRules& rules, const Item& item,
                                              const Context& context) {
  const Selection selection{.object = rules.name, .correlation = item.request->correlation_path};
  auto found = find(selection, item.request->correlation, context);
  if (!found) return std::move(found).error();
  if (found->empty()) return NodeOutcome{.status = WriteStatus::Retry};
  if (found->size() > 1)
    return Error(ErrorCode::Protocol, "more than one object carries the id of this record");
  const adapter::Change& made = found->front();
  return NodeOutcome{.status = WriteStatus::Created, .key = made.key, .version = made.version};
}

NodeOutcome SoapAdapter::outcome_of(const WriteCall& write, const Item& item, const Node& payload,
                                    std::size_t writes) const {
  const WriteRequest& request = *item.request;
  const adapter::WriteNode& node = request.nodes.front();
  const Answer& answer = write.call.answer;
  const Node* part = part_of(answer, payload, request.number, writes);
  if (part == nullptr)
    return outcome(WriteStatus::Unknown, request,
                   Error(ErrorCode::Protocol,
                         "the answer does not say, or says twice, what became of this document")
                       .with_sent(Sent::Answered));
  const Verdict verdict = judge(*manifest_, answer, *part);
  const std::string key = key_at(*part, answer.key);
  if (verdict.kind == Verdict::Kind::Unclear)
    return outcome(WriteStatus::Unknown, request, *verdict.error);
  if (verdict.kind == Verdict::Kind::Refused) return refused_outcome(request, *verdict.error, key);
  NodeOutcome out{.status = done_status(node.operation),
                  .key = node.operation == adapter::Operation::Create ? key : node.key};
  if (answer.version) out.version = text_at(*part, answer.version->path);
  if (!answer.document) return out;
  const std::vector<const Node*> documents = nodes_at(*part, answer.document->path);
  if (documents.size() != 1) return out;
  // What cannot be read of it is read by key: the write stands all the same.
  if (auto document = to_document(*documents.front())) out.document = *std::move(document);
  return out;
}

Exchange SoapAdapter::step(const Call& call, const Item& item, std::string_view name,
                           Cookies& cookies, const std::string& operation,
                           const Context& context) const {
  Tree body{.kind = Tree::Kind::Object};
  put_texts(body, call.request, item.values, caller_.zone());
  return caller_.call(call, std::move(body),
                      {.operation = operation,
                       .message_id = uuid_of(item.request->number + '\n' + std::string(name)),
                       .cookies = &cookies,
                       .query = &manifest_->closing},
                      context);
}

void SoapAdapter::end_session(const ObjectRules& rules, const WriteCall& write, const Item& item,
                              Cookies& cookies, NodeOutcome& node, const std::string& operation,
                              const Context& context) {
  const bool done = is_done(node.status);
  if (!done && write.rollback) {
    const Exchange answer = step(*write.rollback, item, "rollback", cookies, operation, context);
    if (!answer.error || !node.error) return;
    // Nothing was committed; a person who looks for why should see it all the same.
    std::vector<Problem> problems = node.error->problems();
    problems.push_back(
        {.rule = "rollback",
         .message = "the rollback was not answered as it should be: " + answer.error->message()});
    node.error = node.error->with_problems(std::move(problems));
  }
  if (!done || !write.commit) return;
  if (const auto why = commit(write, item, cookies, operation, context)) {
    // Whether it is saved, the object tells: not this answer.
    node.status = WriteStatus::Unknown;
    node.error = why->with_sent(Sent::Answered);
    return;
  }
  if (!is_missing(rules, item, node.key, operation, context)) return;
  // Taken for "not there", a lookup that lags would have every document made twice: a person looks.
  node.status = WriteStatus::Rejected;
  node.error =
      Error(ErrorCode::Protocol, "the commit was answered well, and the service does not show " +
                                     node.key + status_after(item.values, " as '", "'") +
                                     ": look for it there. It may have been committed in another "
                                     "session, which saves nothing")
          .with_key(node.key)
          .with_sent(Sent::Answered);
}

std::optional<Error> SoapAdapter::commit(const WriteCall& write, const Item& item, Cookies& cookies,
                                         const std::string& operation, const Context& context) {
  const std::string cookie =
      manifest_->session_cookie.expand(item.values, TimeForm::DateTime, caller_.zone())
          .value_or("");
  if (!cookies.has(cookie)) {
    strange_answer_ = true;
    return Error(ErrorCode::Protocol, "the service opened no session: it set no cookie" +
                                          (cookie.empty() ? std::string() : " '" + cookie + "'") +
                                          ", and a commit would reach another session. Nothing was "
                                          "committed");
  }
  const Cookies posted = cookies;
  const Exchange answer = step(*write.commit, item, "commit", cookies, operation, context);
  if (answer.strange) strange_answer_ = true;
  if (answer.error) return answer.error;
  // Who is in a session is given no other one. Where any cookie counts, those of proxies do, too.
  if (!cookie.empty() && cookies.differs(posted, cookie))
    return Error(ErrorCode::Protocol,
                 "the commit opened another session: what was posted in the first one is lost");
  const Verdict verdict = judge(*manifest_, write.commit->answer, *answer.payload);
  if (verdict.kind == Verdict::Kind::Done) return std::nullopt;
  return verdict.error;
}

bool SoapAdapter::is_missing(const ObjectRules& rules, const Item& item, const std::string& key,
                             const std::string& operation, const Context& context) const {
  if (!rules.read_by_key) return false;
  const std::string status = status_after(item.values);
  const std::chrono::milliseconds wait =
      std::min<std::chrono::milliseconds>(settle_of(rules), kPatience);
  for (const bool last : {false, true}) {
    if (last && !context.sleep(wait)) return false;
    const auto row = row_of(rules, key, operation, context);
    if (row && (status.empty() || text_at(*row, rules.status->path) == status)) return false;
    if (!row && row.error().code() != ErrorCode::NotFound) return false;
  }
  return true;
}

}  // namespace channelbridge::soap
