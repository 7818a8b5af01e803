#include <algorithm>
#include <set>
#include <utility>

#include "adapter_internal.hpp"
#include "channelbridge/core/shown.hpp"
#include "refusal_internal.hpp"

namespace channelbridge::idoc {

using adapter::NodeOutcome;
using adapter::Operation;
using adapter::Selection;
using adapter::WriteRequest;
using adapter::WriteStatus;
using document::Tree;

namespace {

NodeOutcome refused(WriteStatus status, std::string key, const Error& error) {
  NodeOutcome out{.status = status, .key = std::move(key)};
  out.error = error;
  return out;
}

void put_all(Tree& tree, const std::map<std::string, std::string>& literals) {
  for (const auto& [path, value] : literals)
    if (const auto parsed = document::parse_path(path)) document::put(tree, *parsed, value);
}

std::string field(const Tree& segment, const std::string& name) {
  const Tree* found = segment.find(name);
  return found == nullptr ? std::string() : found->text;
}

void set_field(Tree& segment, const std::string& name, const std::string& value) {
  document::put(segment, {document::Step{.name = name}}, value);
}

std::string compact(Timestamp at, const TimeZone& zone) {  // "20261121184626"
  std::string text = to_iso8601(Timestamp(zone.to_local(at).time_since_epoch()));
  std::erase_if(text, [](char c) { return c == '-' || c == ':' || c == 'T' || c == 'Z'; });
  return text.substr(0, 14);
}

/// The form in which two numbers of an item are compared.
std::string compared(const Wanted& wanted, const std::string& item) {
  const ChangeMessage& change = *wanted.rules->change;
  const Segment* items = wanted.type->root().child(change.items);
  const Field* key = items == nullptr ? nullptr : items->field(change.item_key);
  return key != nullptr && key->padded ? std::string(without_zeros(item)) : item;
}

/// The version of a document that a write has posted: younger than every message that was made
/// before that second. Without a time of its own the status tells only that it was after we had
/// decided on it.
std::string posted_version(const StatusRecord& said, Timestamp decided, const TimeZone& zone) {
  constexpr std::size_t kTime = 14;
  const bool told = said.own_time && said.at.size() == kTime;
  return (told ? said.at : compact(decided, zone)) + std::string(16, '0');
}

constexpr std::string_view kItemAdded = "001";
constexpr std::string_view kItemChanged = "002";
constexpr std::string_view kItemCancelled = "003";
constexpr std::string_view kHeaderChanged = "002";
constexpr std::string_view kBothChanged = "004";

}  // namespace

Result<std::optional<Items>> IdocAdapter::standing_items(const Wanted& wanted,
                                                         const adapter::WriteNode& node,
                                                         const Context& context) {
  const ChangeMessage& change = *wanted.rules->change;
  Items stood;
  if (const auto known = node.stood.find(change.items); known != node.stood.end())
    for (const std::string& item : known->second) stood.emplace(compared(wanted, item), item);
  auto answers = inbox_.about(change.confirmed_by, wanted.id, node.key, context);
  if (!answers) return std::move(answers).error();
  const std::string& since = node.expected_version;
  if (stood.empty() && since.empty() && answers->empty()) return std::optional<Items>();
  Items there = stood;
  for (const auto& answer : *answers) {
    const std::string version = answer->version();
    const bool dated = !since.empty() && !version.empty();
    if (dated && version < since) continue;  // from before what we have said last
    for (const Tree& item : answer->tree.children) {
      if (item.name != change.items) continue;
      const std::string said = field(item, change.item_key);
      const std::string key = compared(wanted, said);
      if (field(item, change.item_action) != kItemCancelled) {
        there.insert_or_assign(key, said);
      } else if (dated || !stood.contains(key)) {
        there.erase(key);
      }
    }
  }
  return std::optional(std::move(there));
}

Result<bool> IdocAdapter::mark_items(const Wanted& wanted, const adapter::WriteNode& node,
                                     Tree& tree, const Context& context) {
  const ChangeMessage& change = *wanted.rules->change;
  if (change.header_action.empty()) return true;
  const bool has_items = node.stood.contains(change.items) ||
                         std::any_of(tree.children.begin(), tree.children.end(),
                                     [&](const Tree& child) { return child.name == change.items; });
  const auto header = document::parse_path(change.header_action);
  if (!header) return Error(ErrorCode::Invalid, header.error().message());
  document::put(tree, *header, std::string(has_items ? kBothChanged : kHeaderChanged));
  if (!has_items) return true;
  auto there = standing_items(wanted, node, context);
  if (!there) return std::move(there).error();
  if (!*there) return false;
  for (Tree& item : tree.children) {
    if (item.name != change.items) continue;
    const bool known = (*there)->erase(compared(wanted, field(item, change.item_key))) > 0;
    set_field(item, change.item_action, std::string(known ? kItemChanged : kItemAdded));
  }
  for (const auto& [key, gone] : **there) {
    Tree item{.kind = Tree::Kind::Object, .name = change.items};
    set_field(item, change.item_key, gone);
    set_field(item, change.item_action, std::string(kItemCancelled));
    tree.children.push_back(std::move(item));
  }
  return true;
}

Result<IdocAdapter::Outgoing> IdocAdapter::prepare(const Selection& selection, const Wanted& wanted,
                                                   const WriteRequest& request,
                                                   const Context& context) {
  if (request.nodes.size() != 1)
    return Error(ErrorCode::Unsupported, "one write holds exactly one IDoc here");
  const adapter::WriteNode& node = request.nodes.front();
  Outgoing out{.key = node.key, .message = selection.object};
  const auto reject = [&](const Error& error) {
    out.refused = refused(WriteStatus::Rejected, out.key, error);
    return std::move(out);
  };
  if (node.operation == Operation::Delete)
    return reject(Error(ErrorCode::Unsupported, "a message that was sent cannot be deleted"));
  auto tree = document::parse_tree(node.body, document::Format::Xml);
  if (!tree) return Error(ErrorCode::Invalid, "the body of a write is no XML element");
  tree->kind = Tree::Kind::Object;
  document::set_flags(*tree, wanted.rules->marks);
  if (node.operation == Operation::Create) {
    out.key = key_at(*tree, wanted.id.paths);
    if (out.key.empty())
      return reject(Error(ErrorCode::Rejected,
                          "the record has no document number for '" + selection.id + "'"));
    if (wanted.correlation && !request.correlation.empty())
      document::put(*tree, *wanted.correlation, request.correlation);
    put_all(*tree, wanted.rules->create);
    // Who has answered a document has it: a second one would be another.
    const auto& change = wanted.rules->change;
    if (change && !change->confirmed_by.empty()) {
      auto answers = inbox_.about(change->confirmed_by, wanted.id, out.key, context);
      if (!answers) return std::move(answers).error();
      if (!answers->empty()) {
        out.refused = refused(
            WriteStatus::Rejected, out.key,
            Error(ErrorCode::Conflict, "the receiver has this document and has answered it: " +
                                           change->confirmed_by + " " + answers->back()->number()));
        out.refused->duplicate_of = out.key;
        return out;
      }
    }
  } else {
    if (!wanted.rules->change)
      return reject(
          Error(ErrorCode::Unsupported, "there is no message that changes a " + selection.object));
    out.message = wanted.rules->change->message;
    if (auto done = put_key(*tree, wanted.id.paths, node.key); !done)
      return std::move(done).error();
    put_all(*tree, wanted.rules->change->set);
    auto marked = mark_items(wanted, node, *tree, context);
    if (!marked) return std::move(marked).error();
    if (!*marked) {
      out.refused = refused(WriteStatus::Retry, out.key,
                            Error(ErrorCode::Unavailable,
                                  "the receiver has not confirmed the document yet, and we do not "
                                  "know what it was sent: a change could not say which of its "
                                  "items are new"));
      return out;
    }
  }
  std::vector<Problem> problems = wanted.type->arrange(*tree);
  const std::string made = compact(request.decided, zone_);
  const Message message = make_message(
      *std::move(tree),
      {{"TABNAM", "EDI_DC40"},
       {"DOCNUM", options_.docnum ? document_number(request.number) : std::string()},
       {"DIRECT", "2"},
       {"IDOCTYP", wanted.type->name()},
       {"MESTYP", out.message},
       {"SNDPOR", options_.self.port},
       {"SNDPRT", options_.self.type},
       {"SNDPRN", options_.self.number},
       {"RCVPOR", options_.partner.port},
       {"RCVPRT", options_.partner.type},
       {"RCVPRN", options_.partner.number},
       {"CREDAT", made.substr(0, 8)},
       {"CRETIM", made.substr(8)},
       {"ARCKEY", archive_key(request.number,
                              node.operation == Operation::Create ? request.correlation : "")}},
      problems);
  if (!problems.empty()) {
    std::string words = "the document does not fit IDoc type " + wanted.type->name() + ": " +
                        to_string(problems.front());
    return reject(Error(ErrorCode::Rejected, std::move(words)).with_problems(std::move(problems)));
  }
  out.text = envelope(wanted.type->name(), {message});
  return out;
}

Result<NodeOutcome> IdocAdapter::post(const Outgoing& outgoing, const std::string& operation,
                                      const Context& context) {
  http::Request request;
  request.method = "POST";
  request.target = options_.path;
  if (!options_.client.empty()) request.target += "?sap-client=" + options_.client;
  request.headers.set("content-type", "application/xml");
  request.headers.set("accept", "text/html, */*");
  request.body = outgoing.text;
  request.operation = operation;
  auto response = pipeline_->send(std::move(request), context);
  const auto unknown = [&](const Error& error) {
    return refused(WriteStatus::Unknown, outgoing.key, located(error, operation));
  };
  if (!response) {
    if (response.error().sent() == Sent::No) return located(response.error(), operation);
    return unknown(response.error());
  }
  const int status = response->status;
  if (status == 200 && response->body.find(options_.accepted) != std::string::npos)
    return NodeOutcome{.status = WriteStatus::Unknown, .key = outgoing.key, .taken = true};
  if (says_repeated(response->body))  // the first of its number has arrived
    return NodeOutcome{.status = WriteStatus::Unknown, .key = outgoing.key, .taken = true};
  if (status < 300) {  // a logon page, a proxy: nobody can tell whether the port has seen it
    strange_answer_ = true;
    return unknown(Error(ErrorCode::Protocol,
                         "the answer does not say '" + options_.accepted +
                             "': not the IDoc port, a logon page, or another text ('accepted:')")
                       .with_http_status(status)
                       .with_sent(Sent::Answered));
  }
  const Error error = refusal(*response, operation);
  const bool not_taken = status == 401 || status == 403 || status == 404 || status == 429 ||
                         (status == 503 && response->headers.get("retry-after"));
  if (not_taken) return located(error.with_sent(Sent::No), operation);
  // A gateway's refusal, or a fault behind the port: the IDoc may be there.
  if (status >= 500 || status == 408) return unknown(error);
  return refused(WriteStatus::Rejected, outgoing.key, located(error, operation));
}

Result<std::vector<adapter::WriteOutcome>> IdocAdapter::write(
    const Selection& selection, const std::vector<WriteRequest>& requests, const Context& context) {
  const std::string operation = "write " + selection.object;
  const auto nothing_sent = [&](const Error& error) {
    return located(error, operation).with_sent(Sent::No);
  };
  auto asked = wanted(selection);
  if (!asked) return nothing_sent(asked.error());
  if (strange_answer_)
    return nothing_sent(Error(ErrorCode::Protocol,
                              "an earlier post was answered by something that is not the IDoc "
                              "port: nothing more is sent before it has been looked at"));
  std::vector<adapter::WriteOutcome> out;
  for (const WriteRequest& request : requests) {
    if (request.number.empty())
      return nothing_sent(Error(ErrorCode::Invalid, "a write without a number of its own"));
    auto outgoing = prepare(selection, *asked, request, context);
    if (!outgoing && out.empty()) return nothing_sent(outgoing.error());
    auto outcome = !outgoing           ? Result<NodeOutcome>(outgoing.error())
                   : outgoing->refused ? Result<NodeOutcome>(*std::move(outgoing->refused))
                                       : post(*outgoing, operation, context);
    if (!outcome && out.empty()) return outcome.error();
    if (outcome && outcome->taken) {
      const std::lock_guard lock(stored_mutex_);
      stored_.insert(request.number);
    }
    // Others have gone: this one has not, and comes again.
    if (!outcome) outcome = refused(WriteStatus::Retry, request.nodes.front().key, outcome.error());
    if (outcome->error) outcome->error = located(*outcome->error, operation).with_key(outcome->key);
    out.push_back({.nodes = {*std::move(outcome)}});
  }
  return out;
}

bool IdocAdapter::is_only_one(const std::string& number) const {
  const std::lock_guard lock(stored_mutex_);
  return options_.repeated.empty() || stored_.contains(number);
}

IdocAdapter::Said IdocAdapter::said_of(const WriteRequest& request) const {
  std::vector<StatusRecord> records = inbox_.statuses(
      request.number, options_.docnum ? document_number(request.number) : std::string());
  const auto is_of_a_copy = [this](const StatusRecord& record) {
    return verdict_of(record.status) != Verdict::Posted &&
           (says_repeated(record.text) ||
            (!record.code.empty() && record.code == options_.repeated));
  };
  const bool by_hand = !records.empty() && is_by_hand(records.back());
  Said out{.repeated = std::erase_if(records, is_of_a_copy) > 0};
  out.of_all = by_hand || (!out.repeated && is_only_one(request.number));
  if (const StatusRecord* said = decisive(records)) out.status = *said;
  return out;
}

NodeOutcome IdocAdapter::outcome_of(const Wanted& wanted, const adapter::OpenWrite& write,
                                    const NodeOutcome& sent_again) const {
  const WriteRequest& request = write.request;
  const adapter::WriteNode& node = request.nodes.front();
  const bool create = node.operation == Operation::Create;
  NodeOutcome out{.status = WriteStatus::Unknown, .key = node.key};
  if (create) {
    if (const auto tree = document::parse_tree(node.body, document::Format::Xml))
      out.key = key_at(*tree, wanted.id.paths);
  }
  const Said whole = said_of(request);
  const std::optional<StatusRecord>& said = whole.status;
  out.taken = said || whole.repeated || sent_again.taken;
  // Both of the numbers by which a person finds it there.
  const std::string number = document_number(request.number);
  const std::string name = "IDoc " + archive_key(request.number, "") +
                           (options_.docnum ? " (DOCNUM " + number + ")" : std::string());
  if (!said) {
    std::string words = "no status of " + name + " has come yet";
    if (out.taken) words += "; the system has it";
    if (sent_again.error) {
      const bool left = sent_again.error->sent() != Sent::No;
      words += (left ? "; sent again: " : "; not sent again: ") + sent_again.error->message();
    }
    out.error = Error(ErrorCode::Timeout, std::move(words));
    return out;
  }
  std::string words = name + " has status " + said->status +
                      (said->text.empty() ? "" : ": " + shown(said->text, 200));
  if (!whole.of_all && verdict_of(said->status) != Verdict::InProcess)
    words +=
        "; it may have been sent again, and another of this number may be posted yet: a "
        "person who has ended them all says so by a status 68 without time and text";
  const Error error =
      Error(ErrorCode::Rejected, std::move(words))
          .with_remote(said->code.empty() ? said->status : said->code, shown(said->text, 200));
  switch (verdict_of(said->status)) {
    case Verdict::Posted:
      out.status = create ? WriteStatus::Created : WriteStatus::Updated;
      out.version = posted_version(*said, request.decided, zone_);
      return out;
    case Verdict::Ended:
      if (whole.of_all) out.status = WriteStatus::Rejected;
      break;
    case Verdict::Failed:
      if (!options_.reprocessing && whole.of_all) out.status = WriteStatus::Rejected;
      break;
    case Verdict::InProcess:
      break;
  }
  out.error = error;
  return out;
}

Result<bool> IdocAdapter::is_overtaken(const Wanted& wanted, const std::string& object,
                                       const std::string& key, Timestamp decided,
                                       const Context& context) {
  std::set<std::string> kinds{object};
  if (const auto& change = wanted.rules->change)
    kinds.insert({change->message, change->confirmed_by});
  kinds.erase("");  // nothing confirms it
  const std::string since = compact(decided, zone_);
  for (const std::string& kind : kinds) {
    auto messages = inbox_.about(kind, wanted.id, key, context);
    if (!messages) return std::move(messages).error();
    for (const auto& message : *messages)
      if (const std::string made = message->version(); made.empty() || made >= since) return true;
  }
  return false;
}

NodeOutcome IdocAdapter::send_again(const Selection& selection, const Wanted& wanted,
                                    const WriteRequest& request, const Context& context) {
  NodeOutcome out{.status = WriteStatus::Unknown};
  const auto not_sent = [&out](const Error& why) {
    out.error = why.with_sent(Sent::No);
    return out;
  };
  auto outgoing = prepare(selection, wanted, request, context);
  if (!outgoing) return not_sent(outgoing.error());
  if (outgoing->refused) return not_sent(*outgoing->refused->error);
  auto overtaken = is_overtaken(wanted, selection.object, outgoing->key, request.decided, context);
  if (!overtaken) return not_sent(overtaken.error());
  if (*overtaken)
    return not_sent(
        Error(ErrorCode::Conflict, "the system has said something younger about this document"));
  auto outcome = post(*outgoing, "write " + selection.object, context);
  if (!outcome) return not_sent(outcome.error());
  // Whatever refuses it now tells nothing of the first.
  out.taken = outcome->taken;
  out.error = outcome->error;
  return out;
}

Result<std::vector<adapter::WriteOutcome>> IdocAdapter::settled(
    const Selection& selection, const std::vector<adapter::OpenWrite>& writes,
    const Context& context) {
  const std::string operation = "ask for the status of " + selection.object;
  auto asked = wanted(selection);
  if (!asked) return located(asked.error(), operation);
  const Timestamp began = context.clock().now();
  Timestamp last = Timestamp::min();
  for (const adapter::OpenWrite& write : writes) {
    if (write.request.nodes.size() != 1)
      return located(Error(ErrorCode::Invalid, "one write holds exactly one IDoc here"), operation);
    // An earlier run may have sent it again until just before it ended.
    last = std::max(last, (is_repeatable(write) ? began : write.sent) + options_.settle);
  }
  std::vector<NodeOutcome> again(writes.size());  // what came of sending one once more
  bool sent_again = false;
  while (true) {
    auto items = inbox_.look(context);
    if (!items) return located(items.error(), operation);
    std::vector<adapter::WriteOutcome> out;
    bool silent = false;  // of some nothing has come at all
    for (std::size_t i = 0; i < writes.size(); ++i) {
      NodeOutcome outcome = outcome_of(*asked, writes[i], again[i]);
      silent = silent || outcome.status == WriteStatus::Unknown;
      if (outcome.error) outcome.error = located(*outcome.error, operation).with_key(outcome.key);
      out.push_back({.nodes = {std::move(outcome)}});
    }
    if (!silent) return out;
    if (context.clock().now() + options_.poll > last) {
      if (std::exchange(sent_again, true)) return out;
      bool left = false;
      for (std::size_t i = 0; i < writes.size() && !strange_answer_; ++i) {
        if (!is_repeatable(writes[i]) || out[i].nodes.front().taken) continue;
        again[i] = send_again(selection, *asked, writes[i].request, context);
        left = left || !again[i].error || again[i].error->sent() != Sent::No;
      }
      last = left ? context.clock().now() + options_.settle : Timestamp::min();
      continue;
    }
    if (auto slept = context.sleep(options_.poll); !slept) {
      if (slept.error().code() == ErrorCode::Cancelled) return std::move(slept).error();
      return out;
    }
  }
}

}  // namespace channelbridge::idoc
