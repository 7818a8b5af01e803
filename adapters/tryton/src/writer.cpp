#include "writer_internal.hpp"

#include <algorithm>
#include <charconv>
#include <set>

#include "steps_internal.hpp"

namespace channelbridge::tryton {
namespace {

using adapter::NodeOutcome;
using adapter::Operation;
using adapter::WriteNode;
using adapter::WriteOutcome;
using adapter::WriteRequest;
using adapter::WriteStatus;
using document::Tree;

constexpr int kMostSteps = 12;

std::int64_t number_of(const std::string& id) {
  std::int64_t number = 0;
  std::from_chars(id.data(), id.data() + id.size(), number);
  return number;
}

/// Ids of the elements of one list of a plain document, ascending; `user` = only those that this
/// one has made.
std::vector<std::string> ids_of(const Tree* document, const std::string& navigation,
                                const std::string& user = {}) {
  std::vector<std::string> ids;
  const Tree* list = document == nullptr ? nullptr : document->find(navigation);
  if (list == nullptr) return ids;
  for (const Tree& element : list->children) {
    const Tree* id = element.find("id");
    const Tree* by = element.find("create_uid");
    if (!user.empty() && by != nullptr && by->text != user) continue;
    if (id != nullptr) ids.push_back(id->text);
  }
  std::sort(ids.begin(), ids.end(),
            [](const std::string& a, const std::string& b) { return number_of(a) < number_of(b); });
  return ids;
}

const Tree* element_of(const Tree* document, const std::string& navigation,
                       const std::string& key) {
  const Tree* list = document == nullptr ? nullptr : document->find(navigation);
  if (list == nullptr) return nullptr;
  for (const Tree& element : list->children) {
    const Tree* id = element.find("id");
    if (id != nullptr && id->text == key) return &element;
  }
  return nullptr;
}

/// Keys of the children that were made below node `at`: the ids that were not there before, which
/// ascend as the rows stood in the call. Not as many as were sent: the server's own rules have
/// added some, and which is which nobody knows.
void name_created(const WriteRequest& request, std::size_t at, const Tree* before,
                  const Tree* after, const std::string& user, WriteOutcome& outcome) {
  std::map<std::string, std::vector<std::size_t>> created;
  for (std::size_t i = at + 1; i < request.nodes.size(); ++i) {
    const WriteNode& child = request.nodes[i];
    if (child.parent != static_cast<int>(at)) continue;
    if (child.operation == Operation::Create)
      created[child.navigation].push_back(i);
    else
      name_created(request, i, element_of(before, child.navigation, child.key),
                   element_of(after, child.navigation, child.key), user, outcome);
  }
  for (const auto& [navigation, nodes] : created) {
    std::vector<std::string> ids = ids_of(after, navigation, user);
    const std::vector<std::string> old = ids_of(before, navigation);
    std::erase_if(ids, [&old](const std::string& id) {
      return std::find(old.begin(), old.end(), id) != old.end();
    });
    for (std::size_t n = 0; n < nodes.size(); ++n) {
      if (ids.size() != nodes.size()) {
        outcome.nodes[nodes[n]] = {
            .status = WriteStatus::Unknown,
            .error = Error(ErrorCode::Unavailable,
                           "the server shows other new rows than were sent: look again")};
        continue;
      }
      outcome.nodes[nodes[n]].key = ids[n];
      name_created(request, nodes[n], nullptr, element_of(after, navigation, ids[n]), user,
                   outcome);
    }
  }
}

void add_timestamp(const std::string& model, const Tree& row, std::string& out) {
  const Tree* id = row.find("id");
  const Tree* stamp = row.find("_timestamp");
  if (id == nullptr || stamp == nullptr || stamp->kind != Tree::Kind::Text) return;
  if (!out.empty()) out += ',';
  out += json_text(model + "," + id->text) + ":" + json_text(stamp->text);
}

/// The rows of a record as it came ("lines." with its fields), children and below.
void add_timestamps(const std::string& model, const Tree& row,
                    const std::vector<adapter::Selection::Child>& children, std::string& out) {
  add_timestamp(model, row, out);
  std::set<std::string> done;  // a list may be selected more than once
  for (const adapter::Selection::Child& child : children) {
    const Tree* list = row.find(child.navigation + ".");
    if (list == nullptr || !done.insert(child.navigation).second) continue;
    for (const Tree& element : list->children)
      add_timestamps(child.object, element, child.children, out);
  }
}

WriteStatus landed_status(Operation operation) {
  switch (operation) {
    case Operation::Create:
      return WriteStatus::Created;
    case Operation::Update:
      return WriteStatus::Updated;
    case Operation::Delete:
      break;
  }
  return WriteStatus::Deleted;
}

}  // namespace

WriteOutcome Writer::failed(const WriteRequest& request, const Error& error) const {
  WriteStatus status = WriteStatus::Rejected;
  if (may_have_landed(error))
    status = WriteStatus::Unknown;
  else if (error.code() == ErrorCode::Conflict)
    status = WriteStatus::Conflict;
  else if (error.code() == ErrorCode::Unavailable || error.code() == ErrorCode::RateLimited ||
           error.code() == ErrorCode::Timeout || error.code() == ErrorCode::Unauthenticated ||
           error.code() == ErrorCode::Cancelled)
    status = WriteStatus::Retry;
  WriteOutcome outcome;
  for (const WriteNode& node : request.nodes)
    outcome.nodes.push_back({.status = status, .key = node.key, .error = error});
  return outcome;
}

Result<std::map<std::string, Writer::Shown>> Writer::look(const std::vector<std::string>& ids,
                                                          const Context& context) {
  std::map<std::string, Shown> shown;
  if (ids.empty()) return shown;
  auto model = models_.get(selection_.object, context);
  if (!model) return std::move(model).error();
  auto fields = wanted_fields(selection_, **model, lists_);
  if (!fields) return std::move(fields).error();
  const auto workflow = options_.workflows.find(selection_.object);
  if (workflow != options_.workflows.end()) fields->push_back(workflow->second.field);
  auto rows = rpc_.read("model." + selection_.object + ".search_read",
                        search_read(ids_domain(ids), ids.size(), "null", *fields),
                        "look at " + selection_.object, context);
  if (!rows) return std::move(rows).error();
  for (Tree& row : rows->children) {
    auto document = plain(row);
    if (!document) return std::move(document).error();
    const Tree* id = document->find("id");
    if (id == nullptr) continue;
    std::string key = id->text;
    shown.emplace(std::move(key), Shown{.document = std::move(*document), .row = std::move(row)});
  }
  return shown;
}

Result<std::vector<WriteOutcome>> Writer::write(const std::vector<WriteRequest>& requests,
                                                const Context& context) {
  std::vector<std::string> ids;
  for (const WriteRequest& request : requests) {
    if (request.nodes.empty())
      return Error(ErrorCode::Invalid, "a write holds at least one record").with_sent(Sent::No);
    for (const WriteNode& node : request.nodes) {
      if (node.operation == Operation::Create || is_id(node.key)) continue;
      return Error(ErrorCode::Invalid, "'" + node.key + "' is no id").with_sent(Sent::No);
    }
    if (request.nodes.front().operation != Operation::Create)
      ids.push_back(request.nodes.front().key);
  }
  auto lists = row_lists(selection_, models_, context);
  if (!lists) return std::move(lists).error().with_sent(Sent::No);
  lists_ = std::move(*lists);
  auto shown = look(ids, context);
  if (!shown) return std::move(shown).error().with_sent(Sent::No);
  std::vector<WriteOutcome> outcomes;
  outcomes.reserve(requests.size());
  for (const WriteRequest& request : requests) {
    const auto found = shown->find(request.nodes.front().key);
    outcomes.push_back(
        write_one(request, found == shown->end() ? nullptr : &found->second, context));
  }
  return outcomes;
}

WriteOutcome Writer::write_one(const WriteRequest& request, const Shown* shown,
                               const Context& context) {
  const WriteNode& root = request.nodes.front();
  if (root.operation != Operation::Create && shown == nullptr) {
    WriteOutcome outcome =
        failed(request,
               Error(ErrorCode::NotFound, "the record is not there any more").with_sent(Sent::No));
    outcome.nodes.front().not_found = true;
    return outcome;
  }
  if (root.operation != Operation::Create && !root.expected_version.empty() &&
      latest_of(shown->document, lists_).time != root.expected_version) {
    return failed(
        request,
        Error(ErrorCode::Conflict, "the record has been changed meanwhile").with_sent(Sent::No));
  }
  if (root.operation == Operation::Delete) return remove(request, *shown, context);
  auto values = composer_.root(request, context);
  if (!values) return failed(request, values.error().with_sent(Sent::No));
  return root.operation == Operation::Create ? create(request, *values, context)
                                             : update(request, *values, *shown, context);
}

std::string Writer::timestamps(const Shown& shown) const {
  std::string out;
  add_timestamps(selection_.object, shown.row, selection_.children, out);
  return "{" + out + "}";
}

Result<Writer::Shown> Writer::look_at(const std::string& id, const Context& context) {
  auto shown = look({id}, context);
  if (!shown) return std::move(shown).error();
  const auto found = shown->find(id);
  if (found != shown->end()) return std::move(found->second);
  return Error(ErrorCode::Unavailable, "the record cannot be seen after the write");
}

bool Writer::touched(const WriteRequest& request, const Tree* before, const Tree& now) const {
  std::set<std::string> deleted;
  for (const WriteNode& node : request.nodes)
    if (node.operation == Operation::Delete) deleted.insert(node.key);
  return changed_by_others(before, now, lists_, rpc_.user_id(), deleted);
}

WriteOutcome Writer::landed(const WriteRequest& request, const std::string& id, const Tree* before,
                            const Context& context) {
  auto now = look_at(id, context);
  auto model = models_.get(selection_.object, context);
  // It landed, and what it looks like is not known: the hub looks for it.
  if (!now || !model)
    return failed(request, (now ? model.error() : now.error()).with_sent(Sent::NoAnswer));
  WriteOutcome outcome;
  for (const WriteNode& node : request.nodes)
    outcome.nodes.push_back({.status = landed_status(node.operation), .key = node.key});
  auto change = change_of(selection_, **model, now->row, lists_, rpc_.user_id());
  if (!change) return failed(request, change.error().with_sent(Sent::NoAnswer));
  NodeOutcome& root = outcome.nodes.front();
  root.key = id;
  if (!touched(request, before, now->document)) {
    root.version = change->version;
    root.modified = change->modified;
    root.document = std::move(change->document);
  }
  name_created(request, 0, before, &now->document, std::to_string(rpc_.user_id()), outcome);
  return outcome;
}

WriteOutcome Writer::create(const WriteRequest& request, const RootValues& values,
                            const Context& context) {
  const WriteNode& root = request.nodes.front();
  auto ids = rpc_.write("model." + root.object + ".create", "[[" + values.json + "]", {},
                        "create " + root.object, context);
  const Error refused = ids ? Error(ErrorCode::Internal, "not refused") : ids.error();
  // A task behind the transaction may have failed after the record was there. A busy database is no
  // such task: its transaction was rolled back, and a task that meets one is put off in silence.
  // Source: Tryton 6.0, protocols/dispatcher.py, worker.py.
  const bool in_doubt = !ids && ids.error().remote_code() == "Exception" &&
                        ids.error().code() != ErrorCode::Unavailable;
  if (in_doubt && !selection_.correlation.empty()) {
    const auto field = dotted(selection_.correlation);
    ids = rpc_.read("model." + root.object + ".search",
                    "[[[" + json_text(field ? *field : selection_.correlation) + ",\"=\"," +
                        json_text(request.correlation) + "]],0,2,null",
                    "find " + root.object, context);
    if (!ids) return failed(request, ids.error().with_sent(Sent::NoAnswer));
    if (ids->children.empty()) return failed(request, refused);
  }
  if (!ids) return failed(request, ids.error());
  if (ids->children.size() != 1) {
    return failed(
        request,
        Error(ErrorCode::Protocol, "the answer to a create holds no id").with_sent(Sent::NoAnswer));
  }
  return landed(request, ids->children.front().text, nullptr, context);
}

WriteOutcome Writer::update(const WriteRequest& request, const RootValues& values,
                            const Shown& shown, const Context& context) {
  const WriteNode& root = request.nodes.front();
  const auto workflow = options_.workflows.find(root.object);
  const bool moves = !values.state.empty() && workflow != options_.workflows.end();
  Shown last = shown;
  if (values.json != "{}") {
    auto written =
        rpc_.write("model." + root.object + ".write", "[[" + root.key + "]," + values.json,
                   root.expected_version.empty() ? std::string() : timestamps(shown),
                   "write " + root.object, context);
    if (!written) return failed(request, written.error().with_key(root.key));
    if (moves) {  // from what stands there now
      auto now = look_at(root.key, context);
      if (!now) return failed(request, now.error().with_key(root.key).with_sent(Sent::NoAnswer));
      if (touched(request, &shown.document, now->document)) {
        return failed(request, Error(ErrorCode::Conflict,
                                     "'write' is done; somebody has changed it before its step")
                                   .with_key(root.key)
                                   .with_sent(Sent::Answered));
      }
      last = std::move(*now);
    }
  }
  if (moves) {
    const auto refused = move(request, values.state, std::move(last), context);
    if (refused) return failed(request, refused->with_key(root.key));
  }
  return landed(request, root.key, &shown.document, context);
}

std::optional<Error> Writer::move(const WriteRequest& request, const std::string& wanted,
                                  Shown last, const Context& context) {
  const WriteNode& root = request.nodes.front();
  const Workflow& workflow = options_.workflows.find(root.object)->second;
  const auto state_of = [&workflow](const Shown& shown) {
    const Tree* state = shown.document.find(workflow.field);
    return state == nullptr ? std::string() : scalar_text(*state);
  };
  auto model = models_.get(root.object, context);
  if (!model) return std::move(model).error().with_sent(Sent::No);
  if (shown_state(**model, last.document) == wanted) return std::nullopt;
  std::string state = state_of(last);
  std::string done;
  for (int steps = 0; state != wanted && steps < kMostSteps; ++steps) {
    const auto step = next_step(workflow, state, wanted);
    if (!step) {
      return Error(ErrorCode::Rejected,
                   done + "no declared step leads from '" + state + "' to '" + wanted + "'")
          .with_sent(Sent::No);
    }
    const std::string operation = step->method + " " + root.object;
    const auto called = rpc_.write("model." + root.object + "." + step->method,
                                   "[[" + root.key + "]", timestamps(last), operation, context);
    // What the server shows is what counts: it may have done the step and failed in a task behind
    // it, it passes over a step that does not fit without a word, and it may have gone further.
    auto shown = look_at(root.key, context);
    if (!shown) return shown.error().with_operation(operation).with_sent(Sent::NoAnswer);
    std::string now = state_of(*shown);
    if (now == state) {
      if (!called) {
        // Not refused and not seen: it may still be under way.
        return Error(called.error().code(), done + called.error().message())
            .with_system(called.error().system())
            .with_operation(operation)
            .with_http_status(called.error().http_status())
            .with_remote(called.error().remote_code(), called.error().remote_message())
            .with_sent(called.error().sent());
      }
      return Error(ErrorCode::Rejected,
                   done + "the server passed over '" + step->method + "': still '" + state + "'")
          .with_operation(operation)
          .with_http_status(200)
          .with_remote("Workflow", state)
          .with_sent(Sent::Answered);
    }
    const auto conflict = [&](const std::string& what) {
      return Error(ErrorCode::Conflict, done + what)
          .with_operation(operation)
          .with_sent(Sent::Answered);
    };
    const bool by_another_step =
        now != step->to &&
        std::any_of(workflow.steps.begin(), workflow.steps.end(),
                    [&](const Step& other) { return other.from == state && other.to == now; });
    if (by_another_step)  // our step was passed over: nothing is moved on from there
      return conflict("somebody has moved it from '" + state + "' to '" + now + "' meanwhile");
    done += "'" + step->method + "' is done; ";
    if (step->to == wanted) return std::nullopt;  // the server may have gone on by itself
    if (now != wanted && touched(request, &last.document, shown->document))
      return conflict("somebody has changed it before the next step");
    state = std::move(now);
    last = std::move(*shown);
  }
  return std::nullopt;
}

WriteOutcome Writer::remove(const WriteRequest& request, const Shown& shown,
                            const Context& context) {
  const WriteNode& root = request.nodes.front();
  auto gone = rpc_.write("model." + root.object + ".delete", "[[" + root.key + "]",
                         root.expected_version.empty() ? std::string() : timestamps(shown),
                         "delete " + root.object, context);
  if (!gone) return failed(request, gone.error().with_key(root.key));
  WriteOutcome outcome;
  for (const WriteNode& node : request.nodes)
    outcome.nodes.push_back({.status = WriteStatus::Deleted, .key = node.key});
  return outcome;
}

}  // namespace channelbridge::tryton
