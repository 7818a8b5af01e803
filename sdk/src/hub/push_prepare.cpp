#include "push_prepare_internal.hpp"

#include <algorithm>

#include "grounds_internal.hpp"
#include "request_json_internal.hpp"

namespace channelbridge::hub {

namespace {

/// The number of the first create of a record that was looked for in vain; "" = there is none.
/// Records that have had an object are not created.
std::string first_lost(const std::vector<store::IntentRow>& intents) {
  const store::IntentRow* out = nullptr;
  for (const store::IntentRow& intent : intents) {
    if (!intent.key.empty() || intent.state != store::IntentState::Absent) continue;
    if (out == nullptr || intent.decided < out->decided) out = &intent;
  }
  return out == nullptr ? std::string() : out->id;
}

/// Fields that this write does not carry stand in what it gives whole as the object shows them.
void as_shown(const mapping::Mapping& mapping, const LinkState& link, const WriteDecision& decision,
              model::Fields& fields) {
  std::set<std::string> left;
  for (const mapping::RuleInfo& rule : mapping.rules()) {
    if (rule.with.field.empty()) continue;
    const auto row = model::split_element(rule.field);
    if (!row) {
      left.insert(rule.field);
      continue;
    }
    const std::string prefix = std::string(row->list) + "[";
    for (auto at = fields.lower_bound(prefix); at != fields.end() && at->first.starts_with(prefix);
         ++at) {
      if (const auto inside = model::split_element(at->first))
        left.insert(model::element_path(row->list, inside->element, row->field));
    }
  }
  for (const std::string& path : left) {
    const std::string name = mapping.entity().group_of(path);
    if (decision.groups.contains(name)) continue;
    const auto group = link.groups.find(name);
    model::set(fields, path,
               group == link.groups.end() ? model::Value() : model::get(group->second.held, path));
  }
}

}  // namespace

Later Preparation::later_fields(const LoadedRecord& record, const LinkedReferences& references,
                                bool create) const {
  Later out;
  for (const mapping::RuleInfo& rule : mapping_.rules()) {
    if (create && rule.later && record.state.fields.contains(rule.field)) out.insert(rule.field);
    if (rule.refers_to.empty() || rule.direction == mapping::Direction::Read || rule.required_ref)
      continue;
    const std::size_t any = rule.field.find("[]");
    const std::string prefix =
        rule.field.substr(0, any == std::string::npos ? rule.field.size() : any + 1);
    for (auto at = record.state.fields.lower_bound(prefix);
         at != record.state.fields.end() && at->first.starts_with(prefix); ++at) {
      const bool same = any == std::string::npos
                            ? at->first == rule.field
                            : at->first.ends_with(std::string_view(rule.field).substr(any + 1));
      if (same && !references.key_of(rule.ref_object, at->second)) out.insert(at->first);
    }
  }
  return out;
}

Result<void> Preparation::prepare(Workset& work, LoadedRecord& record, LoadedLink* link,
                                  WriteDecision decision, const LinkedReferences& references,
                                  std::vector<Prepared>& prepared) {
  const std::string& id = record.row.id;
  Prepared out;
  out.intent = {.id = engine_.make_id(),
                .spoke = spoke_.spoke->name,
                .record = id,
                .key = link ? link->row.key : "",
                .state = store::IntentState::Decided,
                .record_version = static_cast<std::int64_t>(record.state.version),
                .run = engine_.run,
                .decided = engine_.now()};
  decision.number = out.intent.id;

  // The groups' values as they are to be written, in the shape that the mapping writes from.
  model::Fields fields = record.state.fields;
  mapping::WriteScope scope{.create = decision.create, .mark = decision.number};
  document::Document present;
  if (link != nullptr && !link->row.last_document.empty()) {
    present = stored_document(link->row.last_document);
    scope.present = &present;
  }
  // What the object has of the lists inside it, as far as we have written or seen them.
  std::vector<mapping::InnerList> inner;
  if (link != nullptr) {
    model::Fields held;
    for (const auto& [name, group] : link->state.groups)
      if (group.met) held.insert(group.held.begin(), group.held.end());
    inner = mapping_.inner_lists(held, link->elements);
  }
  const auto stands = [&inner](const std::string& list, const std::string& child) {
    return std::any_of(inner.begin(), inner.end(), [&](const mapping::InnerList& each) {
      return each.list == list && each.keys.contains(child);
    });
  };
  for (auto group = decision.groups.begin(); group != decision.groups.end();) {
    const bool element = group->first.ends_with(']');
    const bool empty = std::all_of(group->second.values.begin(), group->second.values.end(),
                                   [](const auto& v) { return v.second.empty(); });
    if (element && empty) {
      const std::string_view name = group->first;
      const std::string list(name.substr(0, name.find('[')));
      const std::string child(name.substr(list.size() + 1, name.size() - list.size() - 2));
      const bool known =
          link != nullptr &&
          ((link->elements.contains(list) && link->elements.at(list).contains(child)) ||
           stands(list, child));
      if (!known) {
        group = decision.groups.erase(group);
        continue;
      }
      scope.removed_elements.insert(group->first);
    } else {
      scope.groups.insert(group->first);
    }
    for (const auto& [path, value] : group->second.view) {
      const auto written = group->second.values.find(path);
      model::set(
          fields, path,
          written == group->second.values.end() ? std::nullopt : model::Value(written->second));
    }
    ++group;
  }
  if (link != nullptr) as_shown(mapping_, link->state, decision, fields);
  // The mapping leaves these out of a create by itself, and waits for those it requires.
  for (const mapping::RuleInfo& rule : mapping_.rules()) {
    if (decision.create && rule.later)
      model::set(fields, rule.field, model::get(record.state.fields, rule.field));
  }
  if (decision.groups.empty()) {
    ++spoke_.report.unchanged;
    work.changes.no_longer_waiting.emplace_back(spoke_.spoke->name, id);
    return {};
  }
  auto written =
      mapping_.write(fields, scope, link ? link->elements : mapping::ElementKeys{}, &references);
  if (!written) {
    outbox_.dead_letter(work, out.intent, record, "write", written.error());
    return {};
  }
  if (!written->waiting.empty()) {
    wait_for(work, record, *written);
    return {};
  }
  out.request.number = out.intent.id;
  out.request.decided = out.intent.decided;
  out.request.correlation = decision.create ? id : "";
  out.request.correlation_path = decision.create ? mapping_.object_paths().correlation : "";
  if (decision.create) out.request.lost = first_lost(work.intents(id));
  for (mapping::Node& node : written->nodes) {
    out.request.nodes.push_back({.operation = static_cast<adapter::Operation>(node.operation),
                                 .object = std::move(node.object),
                                 .key = std::move(node.key),
                                 .parent = node.parent,
                                 .navigation = std::move(node.navigation),
                                 .list = std::move(node.list),
                                 .element = std::move(node.element),
                                 .body = std::move(node.body)});
  }
  // Which of these lists the body gives whole: what is not in it any more goes.
  for (const mapping::InnerList& list : inner) {
    const auto within = [&](const std::string& group) {
      return group.starts_with(list.list + "[");
    };
    if (out.request.nodes.empty() ||
        (std::none_of(scope.groups.begin(), scope.groups.end(), within) &&
         std::none_of(scope.removed_elements.begin(), scope.removed_elements.end(), within)))
      continue;
    std::set<std::string>& stood = out.request.nodes.front().stood[list.path];
    for (const auto& [element, key] : list.keys) stood.insert(key);
  }
  const bool empties = !out.request.nodes.empty() && !out.request.nodes.front().stood.empty() &&
                       !scope.removed_elements.empty();
  const bool nothing = out.request.nodes.empty() ||
                       (!decision.create && !empties && out.request.nodes.size() == 1 &&
                        (out.request.nodes.front().body == "{}" ||
                         out.request.nodes.front().body == "<" + mapping_.object() + "/>"));
  if (nothing) {
    ++spoke_.report.unchanged;
    work.changes.no_longer_waiting.emplace_back(spoke_.spoke->name, id);
    return {};
  }
  if (link != nullptr) {
    out.request.nodes.front().key = link->row.key;
    out.request.nodes.front().expected_version = decision.expected_version;
  }
  if (engine_.sink || engine_.options.approve) {
    const PlannedAction action = action_of(record, link, decision);
    if (!approved(work, action)) return {};
    if (engine_.sink) engine_.sink(action);
  }
  out.intent.decision = to_json(decision);
  out.intent.request = request_json(out.request);
  out.decision = std::move(decision);
  work.changes.no_longer_waiting.emplace_back(spoke_.spoke->name, id);
  prepared.push_back(std::move(out));
  return {};
}

PlannedAction Preparation::action_of(const LoadedRecord& record, const LoadedLink* link,
                                     const WriteDecision& decision) const {
  PlannedAction action{.spoke = spoke_.spoke->name,
                       .system = spoke_.system->name,
                       .entity = mapping_.entity().name(),
                       .record = record.row.id,
                       .create = decision.create};
  if (link != nullptr && !spoke_.created.contains(link->row.key)) action.key = link->row.key;
  for (const auto& [name, group] : decision.groups) {
    for (const auto& [path, value] : group.view) {
      model::Value shown;
      if (link != nullptr) {
        if (const auto held = link->state.groups.find(name); held != link->state.groups.end())
          shown = model::get(held->second.held, path);
      }
      if (shown != value) action.fields.push_back({path, shown, value});
    }
  }
  action.digest = digest_of(action, record.state.fields,
                            action.key.empty() ? mapping::ElementKeys{} : link->elements,
                            mapping_.fingerprint());
  return action;
}

bool Preparation::approved(Workset& work, const PlannedAction& action) {
  if (!engine_.options.approve || engine_.options.approve(action)) return true;
  if (spoke_.moved.insert(action.record).second) ++spoke_.report.moved;
  outbox_.wait(work, action.record, "retry", "moved since the plan");
  return false;
}

void Preparation::wait_for_later(Workset& work, const LoadedRecord& record, const Later& later,
                                 bool create, bool held_up) {
  const auto left_out = [&](const mapping::RuleInfo& rule) {
    return rule.later && later.contains(rule.field);
  };
  if (create && std::any_of(mapping_.rules().begin(), mapping_.rules().end(), left_out)) {
    // What holds the object up is told already, and it is decided on anew when that has ended.
    if (!held_up)
      outbox_.wait(work, record.row.id, "retry", "the rest is written once the object exists");
    return;
  }
  std::set<std::string> awaited;
  for (const std::string& path : later) {
    const model::Value value = model::get(record.state.fields, path);
    // Resolving a pending reference makes a version of its own.
    if (value && !model::parse_pending_reference(*value)) awaited.insert(*value);
  }
  for (const std::string& id : awaited) outbox_.wait(work, record.row.id, "reference", id);
}

void Preparation::wait_for(Workset& work, const LoadedRecord& record,
                           const mapping::Written& written) {
  std::set<std::string> awaited;
  for (const std::string& path : written.waiting) {
    const model::Value value = model::get(record.state.fields, path);
    const bool refers = std::any_of(
        mapping_.rules().begin(), mapping_.rules().end(),
        [&](const mapping::RuleInfo& rule) { return !rule.refers_to.empty() && maps(rule, path); });
    // Resolving a pending reference makes a version of its own.
    if (refers && value && !model::parse_pending_reference(*value)) awaited.insert(*value);
  }
  for (const std::string& id : awaited) outbox_.wait(work, record.row.id, "reference", id);
  if (!awaited.empty()) return;
  const std::string& first = written.waiting.front();
  tell_plan(record, first);
  const bool several =
      std::find(written.several.begin(), written.several.end(), first) != written.several.end();
  outbox_.wait(work, record.row.id, several ? "several_elements" : "field", first);
}

void Preparation::hold_back(Workset& work, const LoadedRecord& record,
                            const std::optional<Problem>& lacking,
                            const store::LedgerWaitRow* refused) {
  if (lacking) {
    tell_plan(record, lacking->path);
    outbox_.wait(work, record.row.id, std::string(kLacksGround),
                 lacking->path + " " + lacking->message + " (rule " + lacking->rule + ")");
  } else if (refused != nullptr) {
    tell_plan(record, refused->rule);
    outbox_.wait(work, record.row.id, std::string(kRefusedByLedger),
                 refused->detail + " (rule " + refused->rule + ")");
  }
}

void Preparation::tell_plan(const LoadedRecord& record, const std::string& path) {
  if (!engine_.sink || !spoke_.awaiting.insert(record.row.id).second) return;
  engine_.sink({.spoke = spoke_.spoke->name,
                .system = spoke_.system->name,
                .entity = mapping_.entity().name(),
                .record = record.row.id,
                .waits_for = path});
}

}  // namespace channelbridge::hub
