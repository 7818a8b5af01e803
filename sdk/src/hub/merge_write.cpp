#include <algorithm>
#include <chrono>
#include <iterator>
#include <utility>

#include "merge_internal.hpp"

namespace channelbridge::hub {

namespace {

/// Write-only fields after a lost answer: equality proves nothing about what is never seen, so they
/// are written again.
void doubt(GroupLink& group, const GroupShape& shape) {
  for (const std::string& path : write_only(shape)) {
    group.unknown.insert(path);
    group.sent.erase(path);
  }
}

/// Where a write can land in part, a mark on its object says nothing of the elements of its lists:
/// a look at them decides.
WriteDecision without_elements(WriteDecision write) {
  std::erase_if(write.groups, [](const auto& group) { return group.first.ends_with(']'); });
  return write;
}

/// The write landed: what the intent carried, not what the hub holds by now, is what the system was
/// sent (case 5).
void land(LinkState& link, const MergeContext& context, const WriteDecision& write,
          const Reply* reply, Timestamp now) {
  const bool messages = context.system.versions == adapter::Versions::Messages;
  const std::string posted = reply ? reply->version : std::string();
  for (const GroupShape& shape : context.image.groups()) {
    const auto written = write.groups.find(shape.name);
    if (written == write.groups.end()) continue;
    GroupLink& group = link.groups[shape.name];
    if (messages && is_older(group.version, posted)) group.version = posted;
    for (const auto& [path, value] : written->second.view) {
      model::set(group.held, path, value);
      if (!written->second.kept.contains(path)) group.unknown.erase(path);
    }
    group.met = true;
    group.unseen = true;
    if (reply && reply->incoming) {
      for (const auto& [path, value] : statement(shape, &group, *reply->incoming))
        model::set(group.held, path, value);
      group.unseen = false;
    }
    group.sent = written->second.sent;
  }
  // What our create made of the rest is no object's that was matched: the system's answer to it.
  for (const GroupShape& shape : context.image.groups()) {
    const bool only_read = shape.writable.empty() && shape.constants.empty();
    if (!write.create || !only_read || write.groups.contains(shape.name)) continue;
    GroupLink& group = link.groups[shape.name];
    group.unseen = !group.met;
  }
  // Evidence belongs to the groups of our last write; only conditional writes hand it on (case 4).
  const bool chained = context.system.conditional && !write.expected_version.empty();
  for (auto& [name, group] : link.groups) {
    if (write.groups.contains(name)) {
      group.last_write = true;
    } else if (!chained) {
      group.last_write = false;
    }
  }
  const bool versioned = reply && context.system.versions != adapter::Versions::None;
  link.written_version = versioned ? reply->version : std::string{};
  if (!messages || is_older(link.version, posted)) link.version = link.written_version;
  link.modified = reply && reply->incoming ? reply->modified : std::nullopt;
  link.write_ended = now;
  link.fingerprint.clear();  // a write forgets the last document (case 9)
  link.position = std::max(link.position, write.record_version);
  if (context.system.steps) link.step_due = link.due = true;
}

/// Everything that the write carried and that we can see is there.
bool shows_view(const GroupShape& shape, const GroupWrite& write, const Stated& shown) {
  return std::all_of(shape.readable.begin(), shape.readable.end(), [&](const std::string& path) {
    const model::Value* here = find(shown, path);
    const model::Value* carried = find(write.view, path);
    return here && carried && *here == *carried;
  });
}

/// Would the system look different after the write?
bool moves(const GroupShape& shape, const GroupWrite& write, const GroupLink& group) {
  return std::any_of(shape.readable.begin(), shape.readable.end(), [&](const std::string& path) {
    const model::Value* carried = find(write.view, path);
    return carried && *carried != model::get(group.held, path);
  });
}

/// The groups of a write that an object shows exactly and that say something.
WriteDecision shown_part(const WriteDecision& write, const Image& image, const Stated& incoming) {
  WriteDecision part = write;
  std::erase_if(part.groups, [&](const auto& written) {
    const auto shape = std::find_if(image.groups().begin(), image.groups().end(),
                                    [&](const auto& each) { return each.name == written.first; });
    return shape == image.groups().end() || !moves(*shape, written.second, GroupLink{}) ||
           !shows_view(*shape, written.second, statement(*shape, nullptr, incoming));
  });
  return part;
}

enum class Landed : std::uint8_t { Yes, ByContent, No, Perhaps };

Landed landed(const LinkState& link, const MergeContext& context, const WriteDecision& write,
              const Look& look, const Stated& incoming) {
  if (context.system.mark) return look.mark == write.number ? Landed::Yes : Landed::No;
  const bool versioned =
      context.system.versions != adapter::Versions::None && !write.expected_version.empty();
  if (versioned && look.version == write.expected_version) return Landed::No;
  bool shown = true;
  bool moved = false;
  for (const GroupShape& shape : context.image.groups()) {
    const auto written = write.groups.find(shape.name);
    if (written == write.groups.end()) continue;
    const GroupLink* group = find_group(link, shape.name);
    shown = shown && shows_view(shape, written->second, statement(shape, group, incoming));
    moved = moved || moves(shape, written->second, group ? *group : GroupLink{});
  }
  if (shown && moved) return Landed::ByContent;
  return look.modified_by_us && versioned ? Landed::Yes : Landed::Perhaps;
}

/// Nobody can tell whether the group was written: it counts as changed on both sides.
/// `rest_follows`: what stands as before is of a step that was not taken yet.
void suppose(GroupMerge& merge, const RecordState& record, LinkState& link,
             const MergeContext& context, const GroupShape& shape, const GroupWrite& write,
             const Look& look, const Stated& incoming, bool rest_follows) {
  GroupLink& group = link.groups[shape.name];
  group.met = true;
  doubt(group, shape);
  const Stated shown = statement(shape, &group, incoming);
  if (shown.empty()) return;
  const auto all = [&shown](const auto& equal) {
    return std::all_of(shown.begin(), shown.end(),
                       [&](const auto& field) { return equal(field.first) == field.second; });
  };
  const bool as_written = all([&](const std::string& path) {
    const model::Value* carried = find(write.view, path);
    return carried ? *carried : model::Value{};
  });
  const bool as_held = all([&](const std::string& path) { return model::get(group.held, path); });
  const bool as_hub = std::all_of(shown.begin(), shown.end(), [&](const auto& field) {
    return same(shape, field.first,
                view(context.image, shape, field.first, model::get(record.fields, field.first)),
                field.second);
  });
  const bool untouched = context.system.versions == adapter::Versions::None &&
                         (!link.modified || link.modified == look.modified);
  if (as_written && !as_held) {
    for (const auto& [path, value] : write.view)
      if (!group.unknown.contains(path)) model::set(group.held, path, value);
    group.sent = write.sent;
    for (const std::string& path : write_only(shape)) group.sent.erase(path);
    group.unseen = true;
  } else if ((as_held && (untouched || rest_follows)) || as_hub) {
    return;  // nothing tells it from a write that never arrived; or both agree already
  } else if (as_held) {
    merge.conflict(shape, group, shown, ConflictReason::CannotTell, Because::CannotTell, true);
  } else {
    merge.contest(shape, group, shown);
  }
}

/// Does a group show what it held or what was written, but for the state?
bool is_old_or_written(const GroupShape& shape, const GroupLink& group, const GroupWrite& write,
                       const Stated& shown, const std::string& state) {
  return std::all_of(shape.readable.begin(), shape.readable.end(), [&](const std::string& path) {
    const model::Value* value = find(shown, path);
    if (path == state || value == nullptr || *value == model::get(group.held, path)) return true;
    const model::Value* carried = find(write.view, path);
    return carried && *carried == *value;
  });
}

/// The state of an object that stands between two steps of our write is our own, landed so far: it
/// is what the object holds now, and the rest of the way is due. The state's group; null: it does
/// not stand there.
const GroupShape* take_steps(LinkState& link, const MergeContext& context,
                             const WriteDecision& write, const Look& look, const Stated& incoming) {
  const model::StateMachine* states = context.entity ? context.entity->states() : nullptr;
  if (look.halfway == adapter::Halfway::No || states == nullptr) return nullptr;
  const std::string state(states->field);
  for (const GroupShape& shape : context.image.groups()) {
    const auto written = write.groups.find(shape.name);
    const auto group = link.groups.find(shape.name);
    if (!contains(shape.readable, state) || written == write.groups.end() ||
        group == link.groups.end())
      continue;
    const Stated shown = statement(shape, &group->second, incoming);
    const model::Value* now = find(shown, state);
    if (!now || !*now || !is_old_or_written(shape, group->second, written->second, shown, state))
      return nullptr;
    hold(group->second, shown);
    return &shape;
  }
  return nullptr;
}

}  // namespace

void made_whole(LinkState& link) {
  link.incomplete = link.in_part = false;
  if (!std::exchange(link.figures_due, false)) return;
  link.look_due = true;
  link.fingerprint.clear();
}

namespace {

/// What messages said of the written groups after the write was posted, or at no known side of it:
/// it stands against what was written, not against what was held before.
std::vector<Said> said_since(LinkState& link, const WriteDecision& write,
                             const std::string& posted) {
  std::vector<Said> out;
  for (auto& [name, group] : link.groups) {
    const std::vector<Said> meanwhile = std::exchange(group.meanwhile, {});
    if (!write.groups.contains(name)) continue;
    for (const Said& said : meanwhile) {
      if (is_older(said.version, posted)) continue;
      // Two values met without a base, and it was what our create made.
      const bool baseless =
          group.conflict && group.conflict->reason == ConflictReason::FirstContact;
      if (write.create && baseless) group.conflict.reset();
      const auto at = std::find_if(out.begin(), out.end(), [&](const Said& other) {
        return !is_older(other.version, said.version);
      });
      const bool same = at != out.end() && at->version == said.version;
      (same ? *at : *out.insert(at, {said.version, said.modified, {}}))
          .values.insert(said.values.begin(), said.values.end());
    }
  }
  return out;
}

/// Messages that were heard while the write was under way, once more in the order in which all of
/// it happened there.
std::vector<GroupEvent> hear_again(RecordState& record, LinkState& link,
                                   const MergeContext& context, const std::vector<Said>& said,
                                   Timestamp now) {
  std::vector<GroupEvent> events;
  for (const Said& each : said) {
    const Look look{.began = now, .now = now, .version = each.version, .modified = each.modified};
    const auto all = [&](GroupMerge& merge) {
      for (const GroupShape& shape : context.image.groups()) merge.merge(shape, each.values);
    };
    const RefusedGroups refused =
        refused_groups(record, link, context,
                       [&](RecordState& after, LinkState& shown, const RefusedGroups& known) {
                         GroupMerge trial(after, shown, context, look, known);
                         all(trial);
                       });
    GroupMerge merge(record, link, context, look, refused);
    all(merge);
    for (const GroupShape& shape : context.image.groups()) {
      const auto group = link.groups.find(shape.name);
      if (group != link.groups.end() && !statement(shape, &group->second, each.values).empty() &&
          is_older(group->second.version, each.version))
        group->second.version = each.version;
    }
    std::vector<GroupEvent> seen = merge.finish();
    std::move(seen.begin(), seen.end(), std::back_inserter(events));
  }
  if (!said.empty() && needs_write(record, link, context.image)) link.due = true;
  return events;
}

}  // namespace

std::vector<GroupEvent> settle(RecordState& record, LinkState& link, const MergeContext& context,
                               const WriteDecision& write, const Reply& reply, Timestamp now) {
  land(link, context, write, &reply, now);
  std::vector<GroupEvent> events =
      hear_again(record, link, context, said_since(link, write, reply.version), now);
  if (!reply.incoming) return events;
  const Look look{.source = LookSource::ByKey,
                  .began = now,
                  .now = now,
                  .version = reply.version,
                  .modified = reply.modified};
  const Stated told = without_figures_of_a_part(record, link, context, *reply.incoming);
  const auto others = [&](GroupMerge& merge) {  // may be somebody's edit (case 7)
    for (const GroupShape& shape : context.image.groups())
      if (!write.groups.contains(shape.name)) merge.merge(shape, told);
  };
  const RefusedGroups refused = refused_groups(
      record, link, context, [&](RecordState& after, LinkState& shown, const RefusedGroups& known) {
        GroupMerge trial(after, shown, context, look, known);
        others(trial);
      });
  GroupMerge merge(record, link, context, look, refused);
  others(merge);
  if (needs_write(record, link, context.image)) link.due = true;
  std::vector<GroupEvent> seen = merge.finish();
  std::move(seen.begin(), seen.end(), std::back_inserter(events));
  return events;
}

bool shows_create(const WriteDecision& create, const Image& image, const Stated& incoming) {
  bool any = false;
  for (const auto& group : create.groups) {
    const GroupWrite& write = group.second;
    const auto shape =
        std::find_if(image.groups().begin(), image.groups().end(),
                     [&group](const GroupShape& each) { return each.name == group.first; });
    if (shape == image.groups().end()) return false;  // a line that is not there
    const Stated shown = statement(*shape, nullptr, incoming);
    for (const std::string& path : shape->readable) {
      const model::Value* carried = find(write.view, path);
      if (!carried || !*carried) continue;
      const model::Value* here = find(shown, path);
      if (!here || *here != *carried) return false;
      any = true;
    }
  }
  return any;
}

std::optional<RecognisedCreate> recognise_create(std::span<const WriteDecision> creates,
                                                 const MergeContext& context, const Look& look,
                                                 const Stated& incoming) {
  const SystemTraits& system = context.system;
  std::optional<RecognisedCreate> best;
  for (std::size_t i = creates.size(); i-- > 0;) {
    if (system.mark ? look.mark == creates[i].number : look.correlated)
      return RecognisedCreate{i, creates[i], FoundBy::Correlation};
    if (system.mark || system.correlates) continue;
    WriteDecision part = shown_part(creates[i], context.image, incoming);
    if (part.groups.size() > (best ? best->landed.groups.size() : 0U))
      best = RecognisedCreate{i, std::move(part), FoundBy::Content};
  }
  return best;
}

void adopt(LinkState& link, const MergeContext& context, const WriteDecision& create, FoundBy found,
           Timestamp now) {
  const bool whole = context.system.atomic || context.system.whole_create;
  const bool certain = found == FoundBy::Content || whole;
  land(link, context, certain ? create : without_elements(create), nullptr, now);  // case 18
  link.look_due = true;
  link.incomplete = link.due = true;  // until a comparison finds nothing to write there
  link.in_part = !whole;
  if (found == FoundBy::Correlation) return;
  for (const GroupShape& shape : context.image.groups())
    if (create.groups.contains(shape.name)) doubt(link.groups[shape.name], shape);
}

namespace {

/// Did the write land? Its groups are then what it carried, or contested.
Resolution judge_fate(RecordState& record, LinkState& link, const MergeContext& context,
                      const WriteDecision& write, const Look& look, const Stated& incoming,
                      const RefusedGroups& refused) {
  GroupMerge merge(record, link, context, look, refused);
  const Landed answer = landed(link, context, write, look, incoming);
  const GroupShape* state =
      answer == Landed::No ? nullptr : take_steps(link, context, write, look, incoming);
  Fate fate = Fate::Absent;
  if (answer == Landed::Yes || answer == Landed::ByContent) {
    fate = Fate::Landed;
    const bool whole = context.system.atomic && state == nullptr;
    const bool certain = answer == Landed::ByContent || whole;
    link.in_part = !whole;
    land(link, context, certain ? write : shown_part(write, context.image, incoming), nullptr,
         look.now);
    for (const GroupShape& shape : context.image.groups())
      if (answer == Landed::ByContent && write.groups.contains(shape.name))
        doubt(link.groups[shape.name], shape);
  } else if (answer == Landed::Perhaps) {
    fate = Fate::CannotTell;
    for (const GroupShape& shape : context.image.groups())
      if (const auto written = write.groups.find(shape.name); written != write.groups.end())
        suppose(merge, record, link, context, shape, written->second, look, incoming,
                &shape == state || (state != nullptr && look.halfway == adapter::Halfway::Steps));
  }
  // This read was made after the write's time had passed: it is merged like any look (case 11).
  link.write_ended = look.began - std::chrono::microseconds(1);
  return {.fate = fate, .events = merge.finish()};
}

/// What is contested is taken in as far as the record's state lets it.
Resolution settle_fate(RecordState& record, LinkState& link, const MergeContext& context,
                       const WriteDecision& write, const Look& look, const Stated& incoming) {
  const RefusedGroups refused = refused_groups(
      record, link, context, [&](RecordState& after, LinkState& shown, const RefusedGroups& known) {
        judge_fate(after, shown, context, write, look, incoming, known);
      });
  return judge_fate(record, link, context, write, look, incoming, refused);
}

}  // namespace

Resolution resolve_update(RecordState& record, LinkState& link, const MergeContext& context,
                          const WriteDecision& write, const Look& look, const Stated& incoming) {
  link.due = true;
  if (look.deleted) {
    link.closed = true;
    link.fingerprint.clear();
    link.unresolved = write;
    return {.fate = Fate::Gone};
  }
  Resolution out = settle_fate(record, link, context, write, look, incoming);
  link.fingerprint.clear();
  Look settled = look;
  settled.source = LookSource::ByKey;
  settled.open_intent = false;
  const Admission admission = admit(link, context.system, settled);
  if (admission == Admission::Merge || admission == Admission::Last) {
    std::vector<GroupEvent> seen = merge_look(record, link, context, settled, incoming);
    std::move(seen.begin(), seen.end(), std::back_inserter(out.events));
  }
  return out;
}

std::vector<GroupEvent> reopen(RecordState& record, LinkState& link, const MergeContext& context,
                               const Look& look, const Stated& incoming) {
  const WriteDecision write = *std::exchange(link.unresolved, std::nullopt);
  const std::string fingerprint = link.fingerprint;
  Resolution out = settle_fate(record, link, context, write, look, incoming);
  link.fingerprint = fingerprint;
  link.modified = look.modified;
  return std::move(out.events);
}

void refused(LinkState& link, Refusal refusal, Timestamp now) {
  switch (refusal) {
    case Refusal::Conflict:
      link.look_due = link.due = true;
      break;
    case Refusal::NotFound:  // an upsert must not recreate what a user deleted (case 19)
      link.closed = true;
      link.version.clear();
      link.fingerprint.clear();
      break;
    case Refusal::Duplicate:
      link.look_due = true;
      return;  // the request was not about this object
  }
  link.write_ended = now;
}

void change_group(RecordState& record, std::string_view group, const Stated& values,
                  Provenance provenance) {
  bool changed = false;
  for (const auto& [path, value] : values) {
    changed = changed || model::get(record.fields, path) != value;
    model::set(record.fields, path, value);
  }
  record.provenance.insert_or_assign(std::string(group), std::move(provenance));
  if (changed) ++record.version;
}

bool decide_conflict(RecordState& record, LinkState& link, const MergeContext& context,
                     std::string_view group, Keep keep, Timestamp now) {
  const auto open = link.groups.find(group);
  if (open == link.groups.end() || !open->second.conflict) return false;
  const Conflict conflict = *std::move(open->second.conflict);
  open->second.conflict.reset();
  link.due = true;
  if (keep == Keep::Hub) return true;
  for (const GroupShape& shape : context.image.groups()) {
    if (shape.name != group) continue;
    Stated chosen;  // as everywhere, the hub keeps its richer form where the system shows the hub's
                    // image
    const bool gone = is_gone(shape, conflict.incoming);
    for (const auto& [path, value] : conflict.incoming)
      if (gone || value != view(context.image, shape, path, model::get(record.fields, path)))
        chosen.emplace(path, value);
    change_group(record, group, chosen,
                 {.system = context.system.name,
                  .version = link.version,
                  .time = now,
                  .rank = context.system.rank,
                  .line = shape.line});
  }
  return true;
}

}  // namespace channelbridge::hub
