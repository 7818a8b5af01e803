#include <algorithm>
#include <utility>

#include "merge_internal.hpp"

namespace channelbridge::hub {

namespace {

/// The constants of a group whose other fields are all empty are no statement either.
void silence_lone_constants(const GroupShape& shape, GroupWrite& write) {
  const bool empty =
      std::all_of(shape.readable.begin(), shape.readable.end(), [&](const std::string& path) {
        const model::Value* value = find(write.view, path);
        return shape.constants.contains(path) || !value || !*value;
      });
  if (!empty) return;
  for (const std::string& path : shape.readable)
    if (shape.constants.contains(path)) write.view[path] = write.sent[path] = std::nullopt;
}

GroupWrite group_for_create(const RecordState& record, const Image& image, const GroupShape& shape,
                            const Later& later) {
  GroupWrite write;
  bool empty = true;
  for (const std::string& path : shape.writable) {
    const bool left = later.contains(path) || shape.with.contains(path);
    const model::Value value = left ? model::Value{} : model::get(record.fields, path);
    const model::Value shown = view(image, shape, path, value);
    model::set(write.values, path, value);
    write.view[path] = write.sent[path] = shown;
    empty = empty && !shown;
  }
  for (const std::string& path : shape.readable) {
    const model::Value* constant = find(shape.constants, path);
    write.view.emplace(path, constant && !empty ? *constant : model::Value{});
  }
  silence_lone_constants(shape, write);
  return write;
}

GroupWrite group_for_update(const RecordState& record, const GroupLink* group, const Image& image,
                            const GroupShape& shape, const std::vector<std::string>& changed,
                            const Later& later) {
  const auto held = [group](const std::string& path) {
    return group ? model::get(group->held, path) : model::Value{};
  };
  GroupWrite write;
  for (const std::string& path : shape.writable) {
    // A field that the hub did not change goes out as the system shows it and keeps its `sent`: two
    // fields that the system rewrites would otherwise play ping-pong alone (cases 6, 13).
    // What goes with another field alone is in no other write, even where nobody sees it.
    const bool left =
        contains(shape.readable, path) || shape.with.contains(path) || contains(shape.once, path);
    const bool keep = later.contains(path) || (!contains(changed, path) && left);
    const model::Value value = keep ? held(path) : model::get(record.fields, path);
    model::set(write.values, path, value);
    if (keep) write.kept.insert(path);
    write.view[path] = write.sent[path] = keep ? value : view(image, shape, path, value);
    const model::Value* before =
        group && !contains(changed, path) ? find(group->sent, path) : nullptr;
    if (before) write.sent[path] = *before;
  }
  for (const std::string& path : shape.readable) {
    const model::Value* constant = find(shape.constants, path);
    write.view.emplace(path, constant ? *constant : held(path));
  }
  silence_lone_constants(shape, write);
  return write;
}

/// A conflict is over when the hub has come to show the system's value, as much as the other way
/// round (case 21).
void close_when_agreed(const RecordState& record, LinkState& link, const Image& image,
                       const GroupShape& shape) {
  const auto group = link.groups.find(shape.name);
  if (group == link.groups.end() || !group->second.conflict) return;
  const Stated& incoming = group->second.conflict->incoming;
  const bool agreed = std::all_of(incoming.begin(), incoming.end(), [&](const auto& field) {
    return same(shape, field.first,
                view(image, shape, field.first, model::get(record.fields, field.first)),
                field.second);
  });
  if (agreed) group->second.conflict.reset();
}

Later with(Later later, const std::map<std::string, std::string, std::less<>>& figures) {
  for (const auto& [path, words] : figures) later.insert(path);
  return later;
}

}  // namespace

Decision decide_update(const RecordState& record, LinkState& link, const MergeContext& context,
                       const Later& later) {
  Decision decision;
  const auto none = [&decision](NoWrite reason) {
    decision.reason = reason;
    return decision;
  };
  if (link.closed) return none(NoWrite::Closed);
  if (link.secondary) return none(NoWrite::Secondary);
  if (link.look_due) return none(NoWrite::WaitsForLook);
  if (link.position >= record.version && !link.due) return none(NoWrite::AtPosition);
  link.due = link.step_due;

  const auto figures = contradicted_figures(record, context);
  const Later left = with(later, figures);
  std::vector<Needed> writes;
  for (const GroupShape& shape : context.image.groups()) {
    close_when_agreed(record, link, context.image, shape);
    Needed& each = writes.emplace_back(Needed{.shape = &shape});
    each.changed = needed(record, link, context.image, shape, each.why);
    std::erase_if(each.changed, [&](const std::string& path) {
      const auto figure = figures.find(path);
      if (figure != figures.end()) decision.left_out.push_back(figure->second);
      return figure != figures.end() || later.contains(path);
    });
  }
  std::string held_back = hold_back_elements(record, link, context, writes);
  if (!held_back.empty()) decision.left_out.push_back(std::move(held_back));
  WriteDecision write{.expected_version = link.version, .record_version = record.version};
  for (const Needed& each : writes) {
    const std::string& name = each.shape->name;
    if (each.changed.empty()) {
      decision.withheld.emplace(name, each.why);
    } else {
      write.groups.emplace(name, group_for_update(record, find_group(link, name), context.image,
                                                  *each.shape, each.changed, left));
    }
  }
  if (write.groups.empty()) {
    link.position = std::max(link.position, record.version);
    return none(NoWrite::Nothing);
  }
  if (context.system.conditional && link.version.empty()) {
    link.look_due = link.due = true;
    return none(NoWrite::WaitsForLook);
  }
  for (auto& [name, group] : link.groups) group.meanwhile.clear();  // it begins with this write
  decision.write = std::move(write);
  return decision;
}

Decision decide_create(const RecordState& record, const MergeContext& context,
                       const CreateGate& gate, const Later& later) {
  Decision decision;
  const bool open = gate.initial_pull_done && gate.pulled && *gate.pulled >= gate.born;
  decision.reason = open ? NoWrite::AtPosition : NoWrite::NotYet;
  if (!open || gate.position >= record.version) return decision;

  const auto figures = contradicted_figures(record, context);
  const Later left = with(later, figures);
  WriteDecision write{.create = true, .record_version = record.version};
  for (const GroupShape& shape : context.image.groups()) {
    if (!record.provenance.contains(shape.name)) {
      decision.withheld.emplace(shape.name, Withheld::NoValue);
    } else if (shape.writable.empty()) {
      decision.withheld.emplace(shape.name, Withheld::ReadOnly);
    } else if (contradicts(record, shape)) {
      decision.withheld.emplace(shape.name, Withheld::Constant);
    } else {
      write.groups.emplace(shape.name, group_for_create(record, context.image, shape, left));
      for (const std::string& path : shape.writable)
        if (const auto figure = figures.find(path); figure != figures.end())
          decision.left_out.push_back(figure->second);
    }
  }
  decision.reason = NoWrite::Nothing;
  if (!write.groups.empty()) decision.write = std::move(write);
  return decision;
}

}  // namespace channelbridge::hub
