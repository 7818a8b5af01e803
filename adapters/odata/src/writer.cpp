#include <algorithm>

#include "json_internal.hpp"
#include "reader_internal.hpp"
#include "writer_internal.hpp"

namespace channelbridge::odata {
namespace {

using adapter::NodeOutcome;
using adapter::Operation;
using adapter::WriteNode;
using adapter::WriteOutcome;
using adapter::WriteStatus;

bool good(const http::Response& response) {
  return response.status >= 200 && response.status < 300;
}

WriteStatus done_status(Operation operation) {
  switch (operation) {
    case Operation::Create:
      return WriteStatus::Created;
    case Operation::Update:
      return WriteStatus::Updated;
    case Operation::Delete:
      return WriteStatus::Deleted;
  }
  return WriteStatus::Unknown;
}

}  // namespace

Result<std::vector<WriteOutcome>> Writer::write(
    const std::vector<adapter::WriteRequest>& requests) {
  auto metadata = service_.metadata(context_);
  if (!metadata) return metadata.error();
  metadata_ = *metadata;

  std::vector<Plan> plans(requests.size());
  bool anything_sent = false;
  for (int attempt = 1; attempt <= std::max(service_.options().lock_attempts, 1); ++attempt) {
    std::vector<Plan*> open;
    for (std::size_t i = 0; i < plans.size(); ++i) {
      Plan& plan = plans[i];
      if (attempt > 1 && !plan.again) continue;
      plan = Plan{.request = &requests[i]};
      if (const auto ready = this->plan(plan); !ready) {
        not_ready(plan, ready.error());
      } else if (plan.operations.empty()) {
        for (NodeOutcome& node : plan.outcome.nodes) node.status = WriteStatus::Unchanged;
      } else {
        open.push_back(&plan);
      }
    }
    look_at_versions(open);
    if (open.empty()) break;
    const bool one = open.size() == 1 && open[0]->operations.size() == 1;
    // What has not left may be planned again as a whole; once something has, each request answers
    // for itself.
    if (service_.options().batch && !one) {
      if (auto sent = send_batch(open); !sent) {
        if (!anything_sent) return sent.error();
        for (Plan* plan : open) fail(*plan, WriteStatus::Retry, sent.error());
      }
    } else {
      for (Plan* plan : open) {
        if (auto sent = send_directly(*plan); !sent && !anything_sent) return sent.error();
        anything_sent = true;
      }
    }
    anything_sent = true;
    const bool locked =
        std::any_of(plans.begin(), plans.end(), [](const Plan& plan) { return plan.again; });
    if (!locked || attempt == service_.options().lock_attempts) break;
    if (!context_.sleep(std::chrono::milliseconds(200) * (1 << attempt))) break;
  }
  std::vector<WriteOutcome> out;
  out.reserve(plans.size());
  for (Plan& plan : plans) out.push_back(std::move(plan.outcome));
  return out;
}

/// Nothing of this plan has left.
void Writer::not_ready(Plan& plan, const Error& why) {
  const Error error = service_.located(why, operation());
  const bool content = error.code() == ErrorCode::Invalid || error.code() == ErrorCode::Unsupported;
  const bool gone = error.code() == ErrorCode::NotFound;
  // Something that an update needs is not there; whether its object lives, a look at it says.
  fail(plan,
       gone      ? WriteStatus::Conflict
       : content ? WriteStatus::Rejected
                 : WriteStatus::Retry,
       error);
}

/// An update that touches children alone carries no condition: a child has no version of its own,
/// and the root's goes with the root's own change only. What these expect is compared with what is
/// there now; their lists were read before, so nothing moved in between.
void Writer::look_at_versions(std::vector<Plan*>& plans) {
  if (selection_.version != "@etag") return;
  std::vector<std::string> keys;
  const auto carries_none = [](const Plan* plan) {
    const adapter::WriteNode& root = plan->request->nodes[0];
    return root.operation == Operation::Update && !root.expected_version.empty() &&
           std::none_of(
               plan->operations.begin(), plan->operations.end(),
               [](const Planned& planned) { return planned.node == 0 && !planned.deep_update; });
  };
  for (const Plan* plan : plans) {
    if (carries_none(plan)) keys.push_back(plan->request->nodes[0].key);
  }
  if (keys.empty()) return;
  adapter::Selection roots = selection_;
  roots.children.clear();
  std::erase_if(roots.paths, [](const std::string& text) {
    const auto path = document::parse_path(text);
    return !path || path->size() > 1;
  });
  const auto page = Reader(service_, roots, context_).read_by_keys(keys);
  std::erase_if(plans, [&](Plan* plan) {
    if (!carries_none(plan)) return false;
    if (!page) {
      not_ready(*plan, page.error());
      return true;
    }
    const adapter::WriteNode& root = plan->request->nodes[0];
    const auto now =
        std::find_if(page->changes.begin(), page->changes.end(),
                     [&](const adapter::Change& change) { return change.key == root.key; });
    const bool there = now != page->changes.end();
    if (there && now->version == root.expected_version) return false;
    const bool gone = there && now->deleted;
    fail(*plan, gone ? WriteStatus::Rejected : WriteStatus::Conflict,
         service_.located(
             Error(gone ? ErrorCode::NotFound : ErrorCode::Conflict,
                   gone ? "the object is gone" : "the object has changed since it was read")
                 .with_sent(Sent::No),
             operation()));
    plan->outcome.nodes[0].not_found = gone;
    return true;
  });
}

void Writer::fail(Plan& plan, WriteStatus status, const Error& error, const Refusal* refusal) {
  plan.settled = true;
  plan.outcome.nodes.resize(plan.request->nodes.size());
  for (std::size_t i = 0; i < plan.outcome.nodes.size(); ++i) {
    NodeOutcome& node = plan.outcome.nodes[i];
    node = {.status = status, .key = plan.request->nodes[i].key, .error = error};
    if (!node.key.empty()) node.error = error.with_key(node.key);
  }
  if (refusal == nullptr || plan.outcome.nodes.empty()) return;
  // Which member was refused? The service names it, or it is the only one.
  const auto named =
      std::find_if(plan.operations.begin(), plan.operations.end(), [&](const Planned& planned) {
        return plan.operations.size() == 1 || (!refusal->content_id.empty() &&
                                               planned.operation.content_id == refusal->content_id);
      });
  const bool own = named != plan.operations.end() && !named->deep_update;
  const bool creates = plan.request->nodes[0].operation == Operation::Create;
  if (refusal->duplicate && own && named->node == 0 && creates) {
    plan.outcome.nodes[0].duplicate_of = duplicate_key(refusal->words, *plan.types[0]);
  }
  if (!refusal->gone || creates) return;
  if (own && plan.request->nodes[named->node].operation != Operation::Create) {
    plan.outcome.nodes[named->node].not_found = true;
    if (named->node == 0) return;
  }
  // A child is gone, or nobody says what is: that is no word about the root, which is looked at.
  for (NodeOutcome& node : plan.outcome.nodes) node.status = WriteStatus::Conflict;
}

void Writer::refuse(Plan& plan, const BatchPart& part) {
  Refusal refused = service_.refusal(part.response, operation());
  if (!part.content_id.empty()) refused.content_id = part.content_id;
  fail(plan, write_status(refused), refused.error, &refused);
  plan.again = refused.lock;
}

Result<void> Writer::send_batch(std::vector<Plan*>& plans) {
  std::vector<std::vector<BatchOperation>> groups;
  for (const Plan* plan : plans) {
    std::vector<BatchOperation>& group = groups.emplace_back();
    for (const Planned& planned : plan->operations) group.push_back(planned.operation);
  }
  const bool v4 = metadata_->version() == Version::V4;
  const bool json = v4 && service_.options().batch_format == BatchFormat::Json;
  BatchBody batch =
      json ? write_json_batch(groups)
           : write_batch(groups, make_uuid7(context_.clock().now(), service_.random()));
  http::Request request;
  request.method = "POST";
  request.target = service_.target("$batch");
  request.operation = operation();
  request.headers.set("content-type", batch.content_type);
  request.headers.set("accept", json ? "application/json" : "multipart/mixed");
  if (v4) request.headers.set("odata-version", "4.0");
  // Without it the groups behind a refused one are not carried out: the rule in V4, and the habit
  // of V2 services that stand on one.
  request.headers.set("prefer", "odata.continue-on-error");
  request.body = std::move(batch.body);
  auto answer = service_.send(std::move(request), context_);
  if (!answer) {
    if (answer.error().sent() == Sent::No) return answer.error();
    for (Plan* plan : plans) fail(*plan, WriteStatus::Unknown, answer.error());
    return {};
  }
  if (!good(*answer)) {
    const Refusal refused = service_.refusal(*answer, operation());
    const WriteStatus status = write_status(refused);
    if (status == WriteStatus::Rejected || refused.error.code() == ErrorCode::Unauthenticated) {
      return refused.error;  // the batch as such: none of its members was looked at
    }
    for (Plan* plan : plans) fail(*plan, status, refused.error);
    return {};
  }
  const auto answers = json ? read_json_batch(*answer, groups) : read_batch(*answer);
  if (!answers) {
    for (Plan* plan : plans) {
      fail(*plan, WriteStatus::Unknown, service_.located(answers.error(), operation()));
    }
    return {};
  }
  for (std::size_t i = 0; i < plans.size(); ++i) {
    Plan& plan = *plans[i];
    if (i >= answers->size()) {
      fail(plan, WriteStatus::Unknown,
           service_.located(
               Error(ErrorCode::Protocol, "the answer to $batch has no part for this group")
                   .with_sent(Sent::Answered),
               operation()));
      continue;
    }
    read_answer(plan, (*answers)[i].parts);
  }
  return {};
}

/// A change set has done its work only when every member says so; one refusal undoes the others,
/// also those that answered 201 before it (SAP's CAP server does).
void Writer::read_answer(Plan& plan, const std::vector<BatchPart>& parts) {
  const auto bad = std::find_if(parts.begin(), parts.end(),
                                [](const BatchPart& part) { return !good(part.response); });
  if (bad != parts.end()) {
    refuse(plan, *bad);
    verify_rolled_back(plan, parts);
    return;
  }
  if (parts.size() != plan.operations.size()) {
    fail(plan, WriteStatus::Unknown,
         service_.located(
             Error(ErrorCode::Protocol, "the answer to $batch has " + std::to_string(parts.size()) +
                                            " parts for " + std::to_string(plan.operations.size()) +
                                            " operations")
                 .with_sent(Sent::Answered),
             operation()));
    return;
  }
  accept(plan, parts);
}

void Writer::verify_rolled_back(Plan& plan, const std::vector<BatchPart>& parts) {
  for (std::size_t i = 0; i < parts.size() && i < plan.operations.size(); ++i) {
    const Planned& planned = plan.operations[i];
    if (parts[i].response.status != 201) continue;
    const std::string_view entity = read_entity(parts[i].response.body, metadata_->version());
    const std::string key = json::is_object(entity) ? key_of(*planned.type, entity) : std::string();
    const auto predicate = key_predicate(*metadata_, *planned.type, key);
    const std::string& object = plan.request->nodes[planned.node].object;
    const std::string set = object.empty() ? selection_.object : object;
    if (key.empty() || !predicate) continue;
    const auto look = service_.get(service_.target(set + *predicate), operation(), context_);
    if (!look && look.error().code() == ErrorCode::NotFound)
      continue;  // rolled back, as it should be
    // It stands there although the group failed, or nobody can tell: the caller looks again by its
    // mark.
    for (NodeOutcome& node : plan.outcome.nodes) node.status = WriteStatus::Unknown;
    plan.again = false;
  }
}

Result<void> Writer::send_directly(Plan& plan) {
  std::vector<BatchPart> parts;
  while (parts.size() < plan.operations.size()) {
    const Planned& planned = plan.operations[parts.size()];
    const std::size_t node = planned.node;
    http::Request request;
    request.method = planned.operation.method;
    request.target = service_.target(planned.operation.url);
    request.operation = operation();
    for (const auto& [name, value] : planned.operation.headers) request.headers.set(name, value);
    request.body = planned.operation.body;
    auto answer = service_.send(std::move(request), context_);
    if (!answer || !good(*answer)) {
      if (!answer) {
        if (answer.error().sent() == Sent::No && parts.empty()) {
          fail(plan, WriteStatus::Retry, answer.error());
          return answer.error();
        }
        fail(plan, WriteStatus::Unknown, answer.error());
      } else {
        Refusal refused = service_.refusal(*answer, operation());
        refused.content_id = planned.operation.content_id;
        if (refused.error.code() == ErrorCode::Unauthenticated && parts.empty()) {
          fail(plan, WriteStatus::Retry, refused.error);
          return refused.error;
        }
        fail(plan, write_status(refused), refused.error, &refused);
        plan.again = refused.lock && parts.empty();
      }
      const bool updates = plan.request->nodes.front().operation != Operation::Create;
      if (plan.operations.size() > 1 || (plan.one_by_one && updates))
        keep_answered(plan, parts, node);
      return {};
    }
    parts.push_back({.response = *std::move(answer)});
    if (!plan.one_by_one) continue;
    if (auto next = plan_next(plan, plan.operations[parts.size() - 1], parts.back().response);
        !next) {
      not_ready(plan, next.error());
      keep_answered(plan, parts, plan.planned);
      return {};
    }
  }
  accept(plan, parts);
  return {};
}

/// Without a change set the operations that were answered before stand; those behind the failed one
/// have not left.
void Writer::keep_answered(Plan& plan, const std::vector<BatchPart>& parts, std::size_t failed) {
  const WriteOutcome refused = plan.outcome;
  for (std::size_t n = 0; n < refused.nodes.size(); ++n) {
    NodeOutcome& node = plan.outcome.nodes[n];
    if (plan.one_by_one && n > failed) {
      node.status = WriteStatus::Retry;
    } else if (!parts.empty() && n != failed) {
      node = {.status = WriteStatus::Unchanged, .key = plan.request->nodes[n].key};
    }
  }
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const Planned& before = plan.operations[i];
    plan.outcome.nodes[before.node] = {
        .status = done_status(plan.request->nodes[before.node].operation),
        .key = plan.request->nodes[before.node].key};
    if (!before.deep_update) read_created(plan, before, parts[i].response);
  }
  for (std::size_t i = parts.size(); i < plan.operations.size(); ++i) {
    const std::size_t node = plan.operations[i].node;
    plan.outcome.nodes[node] = refused.nodes[node];
    if (node != failed) plan.outcome.nodes[node].status = WriteStatus::Retry;
  }
  follow_carriers(plan, refused);
}

void Writer::accept(Plan& plan, const std::vector<BatchPart>& parts) {
  plan.settled = true;
  plan.again = false;
  for (std::size_t i = 0; i < plan.outcome.nodes.size(); ++i) {
    plan.outcome.nodes[i] = {.status = WriteStatus::Unchanged, .key = plan.request->nodes[i].key};
  }
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const Planned& planned = plan.operations[i];
    // Members answer in order; where they carry an id, the id decides.
    const auto named = std::find_if(parts.begin(), parts.end(), [&](const BatchPart& part) {
      return part.content_id == planned.operation.content_id;
    });
    const http::Response& response = named == parts.end() ? parts[i].response : named->response;
    NodeOutcome& node = plan.outcome.nodes[planned.node];
    node.status = done_status(plan.request->nodes[planned.node].operation);
    if (planned.deep_update) continue;
    read_created(plan, planned, response);
  }
}

void Writer::read_created(Plan& plan, const Planned& planned, const http::Response& response) {
  NodeOutcome& node = plan.outcome.nodes[planned.node];
  const Version version = metadata_->version();
  node.version = response.headers.get("etag").value_or("");
  const std::string_view entity =
      response.body.empty() ? std::string_view{} : read_entity(response.body, version);
  if (json::is_object(entity)) {
    if (node.version.empty()) node.version = etag_of(entity, version);
    if (planned.node == 0) {
      std::string text;
      const Fetch no_more = [](std::string_view) -> Result<std::string> {
        return std::string("{}");
      };
      if (append_document(text, entity, version, no_more)) {
        // Only what was sent is echoed: absent children say nothing.
        node.document = document::Document::of(std::move(text), document::Format::Json, false);
      }
    }
  }
  if (planned.operation.method != "POST" || planned.merges) return;
  // Where the body does not tell the key, the new object's address does.
  std::string address = response.headers.get("location").value_or("");
  if (address.empty()) address = response.headers.get("odata-entityid").value_or("");
  const std::string address_says = entity_in(*metadata_, *planned.type, address);
  const std::string_view named = has_key(*planned.type, entity) || address_says.empty()
                                     ? entity
                                     : std::string_view(address_says);
  if (json::is_object(named)) {
    node.key =
        planned.node == 0 ? key_of(*planned.type, named) : child_key(plan, planned.node, named);
  }
  const bool has_nested =
      std::any_of(plan.nested.begin(), plan.nested.end(),
                  [&](const Nested& nested) { return nested.parent == planned.node; });
  if (!has_nested) return;
  read_echo(plan, planned.node, entity);
  const bool told = std::none_of(plan.nested.begin(), plan.nested.end(), [&](const Nested& nested) {
    return nested.parent == planned.node && plan.outcome.nodes[nested.node].key.empty();
  });
  if (told || planned.node != 0 || node.key.empty()) return;
  // The echo left children out: their keys are read once.
  std::string expand;
  for (const Nested& nested : plan.nested) {
    if (nested.parent == 0 && expand.find(nested.navigation) == std::string::npos) {
      expand += (expand.empty() ? "" : ",") + nested.navigation;
    }
  }
  const auto predicate = key_predicate(*metadata_, *planned.type, node.key);
  if (!predicate) return;
  const auto look =
      service_.get(service_.target(selection_.object + *predicate, {{"$expand", expand}}),
                   operation(), context_);
  if (look) read_echo(plan, 0, read_entity(look->body, version));
}

/// A child's key as its reader sees it: the key properties that the selection asks of this child,
/// else those that its parents do not already give ("AddressID" of (BusinessPartner, AddressID)).
std::string Writer::child_key(const Plan& plan, std::size_t index, std::string_view entity) const {
  const WriteNode& node = plan.request->nodes[index];
  Type own = *plan.types[index];
  for (const adapter::Selection::Child& child : selection_.children) {
    if (child.navigation != node.navigation) continue;
    std::vector<std::string> asked;
    for (const std::string& name : own.keys) {
      if (std::find(child.paths.begin(), child.paths.end(), name) != child.paths.end()) {
        asked.push_back(name);
      }
    }
    if (asked.empty()) break;
    own.keys = std::move(asked);
    return key_of(own, entity);
  }
  for (int at = node.parent; at >= 0 && own.keys.size() > 1;
       at = plan.request->nodes[static_cast<std::size_t>(at)].parent) {
    const Type& parent = *plan.types[static_cast<std::size_t>(at)];
    std::erase_if(own.keys, [&](const std::string& name) {
      return std::find(parent.keys.begin(), parent.keys.end(), name) != parent.keys.end();
    });
  }
  if (own.keys.empty()) own.keys = plan.types[index]->keys;
  return key_of(own, entity);
}

void Writer::read_echo(Plan& plan, std::size_t parent, std::string_view entity) {
  if (!json::is_object(entity)) return;
  for (const Nested& nested : plan.nested) {
    if (nested.parent != parent) continue;
    std::string_view value = json::member(entity, nested.navigation);
    if (json::is_object(value) && json::is_array(json::member(value, "results"))) {
      value = json::member(value, "results");
    }
    const auto rows =
        json::is_array(value) ? json::elements(value) : std::vector<std::string_view>{value};
    // Services may echo more rows than were sent (defaults of their own) or in another order: a row
    // that holds what was sent is ours; among equals the position decides.
    const auto sent = json::members(plan.request->nodes[nested.node].body);
    std::string_view best;
    std::size_t best_score = 0;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (!json::is_object(rows[i]) || json::member(rows[i], "__deferred").size() > 0) continue;
      std::size_t score = i == nested.position ? 1 : 0;
      for (const json::Member& member : sent) {
        const std::string_view held = json::member(rows[i], member.name);
        if (!json::is_null(member.value) && json::text(member.value) == json::text(held))
          score += 2;
      }
      if (best.empty() || score > best_score) {
        best = rows[i];
        best_score = score;
      }
    }
    NodeOutcome& node = plan.outcome.nodes[nested.node];
    node.status = WriteStatus::Created;
    if (best.empty()) continue;
    node.key = child_key(plan, nested.node, best);
    node.version = etag_of(best, metadata_->version());
    read_echo(plan, nested.node, best);
  }
}

}  // namespace channelbridge::odata
