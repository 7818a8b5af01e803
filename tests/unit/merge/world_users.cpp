#include <algorithm>
#include <utility>

#include "world.hpp"

namespace world {

Ghost World::new_edit(const std::string& name, const std::string& match_key, std::size_t group,
                      const Values& saw, const Values& values) {
  Edit edit{.system = name, .match_key = match_key, .group = group, .saw = saw, .values = values};
  for (const auto& [field, value] : values)
    if (group_of(field) == group) edit.fields.insert(field);
  edits_.push_back(std::move(edit));
  Ghost ghost;
  return ghost.set(edits_.size() - 1);
}

void World::edit(const Operation& operation) {
  System& in = system(operation.system);
  Object* object = in.find_by_match_key(operation.match_key);
  if (!object) return;
  const SystemConfig& config = in.config;
  Values values;
  for (const auto& [field, value] : operation.values) {
    const Value before = value_in(object->state.values, field);
    if (!config.maps(field) || config.has_constant(field) || before == value) continue;
    if (config.norm.contains(field)) {  // an edit that the system itself undoes is none
      const Value rewritten = apply(config.norm.at(field), value);
      if (!config.late && rewritten == before) continue;
      if (config.declared && rewritten == apply(config.norm.at(field), before)) continue;
    }
    if (!config.is_write_only(field)) values[field] = value;
  }
  if (values.empty()) return;
  std::map<std::size_t, Ghost> history;
  for (std::size_t group = 0; group < kGroups; ++group) {
    const bool touched = std::any_of(values.begin(), values.end(), [&](const auto& field) {
      return group_of(field.first) == group;
    });
    if (!touched) continue;
    history[group] =
        object->state.history.at(group) |
        new_edit(operation.system, operation.match_key, group, object->state.values, values);
    const Link* known = link(operation.system, object->state.key);
    if (!known || known->state.secondary) continue;
    // A user who sees the hub's image has seen what went into it.
    const Record& of = *record(known->record);
    const std::vector<std::string> readable = config.readable(group);
    const bool sees_hub =
        std::all_of(readable.begin(), readable.end(), [&](const std::string& field) {
          const Value hub_value = channelbridge::model::get(of.state.fields, field);
          const Value shown = value_in(object->state.values, field);
          return config.has_constant(field) ||
                 config.image(field, hub_value) == config.image(field, shown) ||
                 config.outcome(field, hub_value) == shown;
        });
    if (sees_hub) history[group] |= of.history.at(group);
  }
  in.change(*object, now_, values, "user", history, std::max(0, now_ - operation.back),
            operation.delay);
}

void World::create(const Operation& operation) {
  System& in = system(operation.system);
  if (in.find_by_match_key(operation.match_key) || !in.config.shows_key) return;
  Values values;
  for (const std::string& field : all_fields())
    if (in.config.maps(field) && !in.config.has_constant(field) && !in.config.is_write_only(field))
      values[field] = value_in(operation.values, field);
  std::map<std::size_t, Ghost> history;
  for (const auto& [field, value] : values)
    if (!history.contains(group_of(field)))
      history[group_of(field)] =
          new_edit(operation.system, operation.match_key, group_of(field), {}, values);
  in.create(now_, values, operation.match_key, "user", history);
}

void World::remove(const std::string& name, const std::string& match_key, bool undo) {
  System& in = system(name);
  Object* object = in.find_by_match_key(match_key, undo);
  if (!object) return;
  object->state.deleted = !undo;
  in.change(*object, now_, {}, "user", {}, now_);
}

std::string to_string(const Operation& operation) {
  static const std::map<Operation::Kind, std::string> names{
      {Operation::Kind::Edit, "edit"},         {Operation::Kind::New, "new"},
      {Operation::Kind::Delete, "delete"},     {Operation::Kind::Undelete, "undelete"},
      {Operation::Kind::Fetch, "fetch"},       {Operation::Kind::Merge, "merge"},
      {Operation::Kind::Pull, "pull"},         {Operation::Kind::ReadByKey, "read by key"},
      {Operation::Kind::Decide, "decide"},     {Operation::Kind::Send, "send"},
      {Operation::Kind::Answer, "answer"},     {Operation::Kind::Push, "push"},
      {Operation::Kind::Workflow, "workflow"}, {Operation::Kind::LandLate, "land late"},
      {Operation::Kind::Kill, "kill"}};
  std::string text = names.at(operation.kind) + " " + operation.system + " " + operation.match_key;
  for (const auto& [field, value] : operation.values)
    text += " " + field + "=" + value.value_or("-");
  if (operation.back) text += " back " + std::to_string(operation.back);
  if (operation.delay) text += " delay " + std::to_string(operation.delay);
  if (operation.overlap) text += " overlap " + std::to_string(operation.overlap);
  if (operation.reversed) text += " reversed";
  if (operation.net == Operation::Net::LostBefore) text += " (request lost)";
  if (operation.net == Operation::Net::LostAfter) text += " (answer lost)";
  if (operation.net == Operation::Net::Late) text += " (request late)";
  return text;
}

void World::run(const Operation& operation) {
  ++now_;
  say(std::to_string(now_) + " " + to_string(operation));
  const std::string& name = operation.system;
  const auto pull = [&] {
    fetch(name, operation.overlap, operation.reversed);
    while (!spokes_[name].pages.empty() && may_merge(name)) merge_page(name);
    read_due(name);
  };
  const auto decide_here = [&] {
    resolve_unknown(name, operation.match_key);
    const Record* of = record_by_match_key(operation.match_key);
    return of && decide(name, of->id);
  };
  switch (operation.kind) {
    case Operation::Kind::Edit:
      return edit(operation);
    case Operation::Kind::New:
      return create(operation);
    case Operation::Kind::Delete:
      return remove(name, operation.match_key, false);
    case Operation::Kind::Undelete:
      return remove(name, operation.match_key, true);
    case Operation::Kind::Fetch:
      return fetch(name, operation.overlap, operation.reversed);
    case Operation::Kind::Merge:
      return merge_page(name);
    case Operation::Kind::Pull:
      return pull();
    case Operation::Kind::ReadByKey:
      return read_due(name);
    case Operation::Kind::Decide:
      return static_cast<void>(decide_here());
    case Operation::Kind::Send:
      return static_cast<void>(send(name, operation.net));
    case Operation::Kind::Answer:
      return answer(name);
    case Operation::Kind::Push:
      if (!decide_here()) return;
      send(name, operation.net);
      ++now_;
      return answer(name);
    case Operation::Kind::Workflow:
      return system(name).run_workflow(now_);
    case Operation::Kind::LandLate:
      return land_late();
    case Operation::Kind::Kill:
      return kill();
  }
}

bool World::quiesce() {
  constexpr int kRounds = 40;
  for (auto& [name, spoke] : spokes_)
    while (!spoke.pages.empty() && may_merge(name)) merge_page(name);
  for (int round = 0; round < kRounds; ++round) {
    now_ += 10;
    bool moved = false;
    land_late();
    for (const std::string& name : order_) {
      for (int i = 0; i < 4; ++i) {
        send(name, Operation::Net::Ok);
        ++now_;
        answer(name);
      }
      System& from = system(name);
      moved = moved || std::any_of(intents_.begin(), intents_.end(), [&](const Intent& intent) {
                return intent.system == name && intent.state == Intent::State::Unknown;
              });
      resolve_unknown(name, "");
      while (!from.workflows.empty()) {
        moved = true;
        ++now_;
        from.run_workflow(now_);
      }
      moved = moved || std::any_of(from.feed.begin(), from.feed.end(),
                                   [](const FeedEntry& e) { return !e.done; });
      now_ += 10;
      fetch(name, 0, false);
      while (!spokes_[name].pages.empty() && may_merge(name)) merge_page(name);
      read_due(name);
    }
    for (const std::string& name : order_) {
      for (std::size_t i = 0; i < records_.size(); ++i) {
        ++now_;
        if (!decide(name, records_[i].id)) continue;
        moved = true;
        send(name, Operation::Net::Ok);
        ++now_;
        answer(name);
      }
    }
    const bool waits = std::any_of(links_.begin(), links_.end(), [](const Link& link) {
      return link.state.look_due && !link.state.secondary;
    });
    if (!moved && !waits) return true;
  }
  return false;
}

}  // namespace world
