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

/// Ids of the elements of one list of a plain document, ascending.
std::vector<std::string> ids_of(const Tree* document, const std::string& navigation) {
  std::vector<std::string> ids;
  const Tree* list = document == nullptr ? nullptr : document->find(navigation);
  if (list == nullptr) return ids;
  for (const Tree& element : list->children) {
    const Tree* id = element.find("id");
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
                  const Tree* after, WriteOutcome& outcome) {
  std::map<std::string, std::vector<std::size_t>> created;
  for (std::size_t i = at + 1; i < request.nodes.size(); ++i) {
    const WriteNode& child = request.nodes[i];
    if (child.parent != static_cast<int>(at)) continue;
    if (child.operation == Operation::Create)
      created[child.navigation].push_back(i);
    else
      name_created(request, i, element_of(before, child.navigation, child.key),
                   element_of(after, child.navigation, child.key), outcome);
  }
  for (const auto& [navigation, nodes] : created) {
    std::vector<std::string> ids = ids_of(after, navigation);
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
      name_created(request, nodes[n], nullptr, element_of(after, navigation, ids[n]), outcome);
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
  auto fields = wanted_fields(selection_, **model);
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
      version_of(shown->document, selection_.children) != root.expected_version) {
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

std::string Writer::timestamps(const WriteRequest& request, const Shown& shown) const {
  const WriteNode& root = request.nodes.front();
  if (root.expected_version.empty()) return {};
  std::string out;
  add_timestamp(root.object, shown.row, out);
  for (const WriteNode& node : request.nodes) {
    if (node.parent != 0 || node.operation == Operation::Create) continue;
    const Tree* element = element_of(&shown.row, node.navigation + ".", node.key);
    if (element != nullptr) add_timestamp(node.object, *element, out);
  }
  return "{" + out + "}";
}

WriteOutcome Writer::landed(const WriteRequest& request, const std::string& id, const Tree* before,
                            const Context& context) {
  auto shown = look({id}, context);
  auto model = models_.get(selection_.object, context);
  if (!shown || !model || !shown->contains(id)) {
    // It landed, and what it looks like is not known: the hub looks for it.
    const Error lost =
        shown ? Error(ErrorCode::Unavailable, "the record cannot be seen after the write")
              : shown.error();
    return failed(request, lost.with_sent(Sent::NoAnswer));
  }
  const Shown& now = shown->at(id);
  WriteOutcome outcome;
  for (const WriteNode& node : request.nodes)
    outcome.nodes.push_back({.status = landed_status(node.operation), .key = node.key});
  auto change = change_of(selection_, **model, now.row, rpc_.user_id());
  if (!change) return failed(request, change.error().with_sent(Sent::NoAnswer));
  NodeOutcome& root = outcome.nodes.front();
  root.key = id;
  root.version = change->version;
  root.modified = change->modified;
  root.document = std::move(change->document);
  name_created(request, 0, before, &now.document, outcome);
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
  std::string stamps = timestamps(request, shown);
  if (values.json != "{}") {
    auto written =
        rpc_.write("model." + root.object + ".write", "[[" + root.key + "]," + values.json, stamps,
                   "write " + root.object, context);
    if (!written) return failed(request, written.error().with_key(root.key));
    stamps.clear();  // they were those before our own write
  }
  const auto workflow = options_.workflows.find(root.object);
  if (!values.state.empty() && workflow != options_.workflows.end()) {
    const Tree* state = shown.document.find(workflow->second.field);
    const auto refused =
        move(request, values.state, state == nullptr ? std::string() : scalar_text(*state), stamps,
             context);
    if (refused) return failed(request, refused->with_key(root.key));
  }
  return landed(request, root.key, &shown.document, context);
}

Result<std::string> Writer::state_of(const std::string& id, const Workflow& workflow,
                                     const Context& context) {
  auto rows = rpc_.read("model." + selection_.object + ".search_read",
                        search_read(ids_domain({id}), 1, "null", {workflow.field}),
                        "look at " + selection_.object, context);
  if (!rows) return std::move(rows).error();
  const Tree* state =
      rows->children.size() == 1 ? rows->children.front().find(workflow.field) : nullptr;
  if (state == nullptr) return Error(ErrorCode::NotFound, "the record is not there any more");
  return scalar_text(*state);
}

std::optional<Error> Writer::move(const WriteRequest& request, const std::string& wanted,
                                  std::string state, const std::string& timestamps,
                                  const Context& context) {
  const WriteNode& root = request.nodes.front();
  const Workflow& workflow = options_.workflows.find(root.object)->second;
  std::string stamps = timestamps;
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
                                   "[[" + root.key + "]", stamps, operation, context);
    stamps.clear();
    // What the server shows is what counts: it may have done the step and failed in a task behind
    // it, it passes over a step that does not fit without a word, and it may have gone further.
    auto now = state_of(root.key, workflow, context);
    if (!now) return now.error().with_operation(operation).with_sent(Sent::NoAnswer);
    if (*now == state) {
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
    const bool by_another_step =
        *now != step->to &&
        std::any_of(workflow.steps.begin(), workflow.steps.end(),
                    [&](const Step& other) { return other.from == state && other.to == *now; });
    if (by_another_step) {  // our step was passed over: nothing is moved on from there
      return Error(ErrorCode::Conflict,
                   done + "somebody has moved it from '" + state + "' to '" + *now + "' meanwhile")
          .with_operation(operation)
          .with_sent(Sent::Answered);
    }
    done += "'" + step->method + "' is done; ";
    if (step->to == wanted) return std::nullopt;  // the server may have gone on by itself
    state = std::move(*now);
  }
  return std::nullopt;
}

WriteOutcome Writer::remove(const WriteRequest& request, const Shown& shown,
                            const Context& context) {
  const WriteNode& root = request.nodes.front();
  auto gone = rpc_.write("model." + root.object + ".delete", "[[" + root.key + "]",
                         timestamps(request, shown), "delete " + root.object, context);
  if (!gone) return failed(request, gone.error().with_key(root.key));
  WriteOutcome outcome;
  for (const WriteNode& node : request.nodes)
    outcome.nodes.push_back({.status = WriteStatus::Deleted, .key = node.key});
  return outcome;
}

}  // namespace channelbridge::tryton
