#include <algorithm>
#include <utility>

#include "merge_internal.hpp"

namespace channelbridge::hub {

namespace {

/// Rewrites remembered per group: enough to stop any ring of systems, and a bound for the row.
constexpr std::size_t kRewritesKept = 16;

model::Fields part(const RecordState& record, const GroupShape& shape) {
  model::Fields fields;
  for (const std::string& path : shape.fields)
    if (auto value = model::get(record.fields, path)) fields.emplace(path, *std::move(value));
  return fields;
}

bool is_held(const GroupLink& group, const Stated& shown) {
  return std::all_of(shown.begin(), shown.end(), [&](const auto& field) {
    return model::get(group.held, field.first) == field.second;
  });
}

/// What a message says of groups of which neither a younger one has spoken nor a later write of
/// ours.
Stated not_outdated(const LinkState& link, const MergeContext& context, const Look& look,
                    const Stated& incoming) {
  if (context.system.versions != adapter::Versions::Messages || look.version.empty())
    return incoming;
  Stated out = incoming;
  for (const GroupShape& shape : context.image.groups()) {
    const GroupLink* group = find_group(link, shape.name);
    if (group == nullptr || !is_older(look.version, version_of(link, *group))) continue;
    for (const std::string& path : shape.readable) out.erase(path);
  }
  return out;
}

/// What is said of a record that is dated, and was known better before.
std::optional<GroupEvent> older_than_record(const RecordState& record, const MergeContext& context,
                                            const Stated& said) {
  if (context.entity == nullptr || context.entity->rules().dated_by.empty()) return std::nullopt;
  const std::string dated_by(context.entity->rules().dated_by);
  // As the system shows it: one that keeps days only is not older for that.
  const model::Value known = context.image.image(dated_by, model::get(record.fields, dated_by));
  const model::Value* told = find(said, dated_by);
  // Canonical times sort as text.
  if (!known || told == nullptr || !*told || **told >= *known) return std::nullopt;
  return GroupEvent{.group = dated_by,
                    .outcome = GroupOutcome::Outdated,
                    .incoming = {{dated_by, *told}},
                    .before = {{dated_by, *known}}};
}

/// Older than every message.
constexpr const char* kBeforeMessages = "0";

/// A write of ours is under way: what is said of the group is heard once more when it is known when
/// it was posted.
void remember(GroupLink& group, const Look& look, Stated said) {
  std::vector<Said>& all = group.meanwhile;
  std::erase_if(all, [&](const Said& each) { return each.version == look.version; });
  const auto younger = std::find_if(all.begin(), all.end(), [&](const Said& each) {
    return is_older(look.version, each.version);
  });
  all.insert(younger, {look.version, look.modified, std::move(said)});
}

/// Remembers of what a message has spoken. Younger ones and later writes have their own versions.
void note_versions(LinkState& link, const MergeContext& context, const Look& look,
                   const Stated& said, const std::string& before) {
  if (look.version.empty()) return;
  for (const GroupShape& shape : context.image.groups()) {
    const auto group = link.groups.find(shape.name);
    if (group == link.groups.end()) continue;
    Stated spoken = statement(shape, &group->second, said);
    if (!spoken.empty()) {
      group->second.version = look.version;
      if (look.open_intent) remember(group->second, look, std::move(spoken));
    } else if (group->second.version.empty()) {  // it was said then, and not now
      group->second.version = before.empty() ? kBeforeMessages : before;
    }
  }
  if (is_older(link.version, look.version)) link.version = look.version;
  if (look.whole && is_older(link.whole_version, look.version)) link.whole_version = look.version;
}

}  // namespace

bool is_older(std::string_view version, std::string_view than) {
  const auto a = parse_iso8601(version, true);
  const auto b = parse_iso8601(than, true);
  if (a && b) return *a < *b;
  return version.size() != than.size() ? version.size() < than.size() : version < than;
}

bool is_last_document(const LinkState& link, const SystemTraits& system, std::string_view version,
                      std::string_view fingerprint) {
  if (fingerprint.empty() || fingerprint != link.fingerprint) return false;
  return system.versions != adapter::Versions::Messages || !is_older(link.version, version);
}

const std::string& version_of(const LinkState& link, const GroupLink& group) {
  return group.version.empty() ? link.version : group.version;
}

Admission admit(LinkState& link, const SystemTraits& system, const Look& look) {
  using adapter::Versions;
  if (link.secondary) return Admission::Secondary;
  if (look.source == LookSource::ByKey && !look.open_intent) link.look_due = false;

  // Ordered versions decide where they exist, else the time when the look began (case 8).
  const bool messages = system.versions == Versions::Messages;
  const bool versioned =
      (messages || system.versions == Versions::Ordered) && !look.version.empty();
  const bool ordered = versioned && !link.version.empty();
  const bool older = ordered && is_older(look.version, link.version);
  if (older && (!messages || is_older(look.version, link.whole_version))) return Admission::Older;
  if (!versioned && link.looked && look.began < *link.looked) return Admission::Older;
  const bool overlaps_write = link.write_ended && look.began <= *link.write_ended && !ordered;
  const bool late_event = look.source == LookSource::Event && !ordered;  // case 8b
  // A message is not said again: it is merged, and when it was said decides about each group.
  const bool said_once = messages && versioned;
  if (!said_once && (look.open_intent || overlaps_write || late_event)) {
    link.look_due = true;
    return Admission::ReadByKey;
  }

  link.looked = std::max(link.looked.value_or(look.began), look.began);
  if (link.closed && look.source != LookSource::ByKey && !said_once && !look.deleted &&
      !look.converted) {
    link.look_due = true;  // a sign of life is a hint; only a read by key reopens
    return Admission::ReadByKey;
  }
  if (is_last_document(link, system, look.version, look.fingerprint)) return Admission::Known;
  if (!older) {
    link.fingerprint = look.fingerprint;
    link.modified = look.modified;
  }
  if (look.deleted) {
    link.closed = true;
    return Admission::Deleted;
  }
  if (look.converted) {  // it speaks once more, and never again
    if (link.closed && look.other_primary) return Admission::Secondary;
    link.closed = true;
    return Admission::Last;
  }
  if (link.closed) {
    link.closed = false;
    link.due = true;
    link.secondary = look.other_primary;  // undeleted beside a new object (case 22)
    if (link.secondary) return Admission::Secondary;
  }
  return Admission::Merge;
}

std::vector<GroupEvent> merge_look(RecordState& record, LinkState& link,
                                   const MergeContext& context, const Look& look,
                                   const Stated& incoming) {
  std::vector<GroupEvent> events;
  if (link.unresolved) events = reopen(record, link, context, look, incoming);
  Stated said =
      not_outdated(link, context, look, without_figures_of_a_part(record, link, context, incoming));
  if (auto outdated = older_than_record(record, context, said)) {
    events.push_back(*std::move(outdated));
    said.clear();
  }
  const std::string before = link.version;
  const auto all = [&](GroupMerge& merge) {
    for (const GroupShape& shape : context.image.groups()) merge.merge(shape, said);
  };
  const RefusedGroups refused = refused_groups(
      record, link, context, [&](RecordState& after, LinkState& shown, const RefusedGroups& known) {
        GroupMerge trial(after, shown, context, look, known);
        all(trial);
      });
  GroupMerge merge(record, link, context, look, refused);
  all(merge);
  if (context.system.versions == adapter::Versions::Messages)
    note_versions(link, context, look, said, before);
  else if (context.system.versions != adapter::Versions::None)
    link.version = look.version;
  // Nothing is past the position when the hub did not move, so the link itself is marked (case 10).
  // So is that of a part: somebody may have completed it.
  if (link.figures_due || needs_write(record, link, context.image)) link.due = true;
  std::vector<GroupEvent> seen = merge.finish();
  std::move(seen.begin(), seen.end(), std::back_inserter(events));
  return events;
}

std::vector<GroupEvent> GroupMerge::finish() {
  if (changed_) ++record_.version;
  return std::move(events_);
}

void GroupMerge::merge(const GroupShape& shape, const Stated& incoming) {
  const Stated shown = statement(shape, find_group(link_, shape.name), incoming);
  if (shown.empty()) return;
  GroupLink& group = link_.groups[shape.name];
  if (!group.met) return first_contact(shape, group, shown);

  // A change is incoming != held. That incoming equals `sent` excuses nothing (case 1).
  if (is_held(group, shown)) {
    group.unseen = false;
    note(shape, shown, GroupOutcome::Unchanged, Because::Same);
    return;
  }
  const bool ours = has_evidence(group);
  if (matches_view(shape, shown)) return agree(shape, group, shown, ours);
  if (group.conflict && group.conflict->reason == ConflictReason::DoesNotAddUp) {
    group.conflict.reset();  // another total than the one that contradicted the lines: asked anew
    return decide(shape, group, shown, true);
  }
  if (ours) {  // held moves, `sent` stays: shown, not merged (case 3)
    const Stated sent = group.sent;
    const bool told = computed(shape, group, shown);
    if (told && refuse(shape, group, shown, false)) return;
    note(shape, shown, told ? GroupOutcome::Taken : GroupOutcome::Normalised,
         told ? Because::OnlySystemChanged : Because::Evidence);
    if (told) take_computed(shape, shown);
    hold(group, shown);
    group.sent = sent;
    return;
  }
  // Figures that only the system makes are no answer to what we sent.
  const bool answers = std::any_of(shown.begin(), shown.end(), [&](const auto& field) {
    return !is_computed(shape, field.first) && model::get(group.held, field.first) != field.second;
  });
  if (answers && !group.sent.empty()) {  // without evidence it is a change, but only once for the
                                         // same write (case 17)
    const Rewrite rewrite{group.sent, shown};
    if (std::find(group.rewrites.begin(), group.rewrites.end(), rewrite) != group.rewrites.end())
      return conflict(shape, group, shown, ConflictReason::Rewritten, Because::Rewritten, false);
    if (group.rewrites.size() == kRewritesKept) group.rewrites.erase(group.rewrites.begin());
    group.rewrites.push_back(rewrite);
  }
  if (group.conflict)  // an open conflict follows the system's later edits (case 21)
    return conflict(shape, group, shown, group.conflict->reason, Because::Manual, true);

  std::vector<std::string> paths;  // read-only fields count in this question (case 15)
  for (const auto& [path, value] : shown)
    if (contains(shape.readable, path)) paths.push_back(path);
  decide(shape, group, shown, !hub_changes(record_, &group, context_.image, shape, paths).empty());
}

void GroupMerge::contest(const GroupShape& shape, GroupLink& group, const Stated& shown) {
  decide(shape, group, shown, true);
}

void GroupMerge::first_contact(const GroupShape& shape, GroupLink& group, const Stated& shown) {
  const auto mark = [this] { events_.back().first_contact = true; };
  if (std::all_of(shown.begin(), shown.end(), [](const auto& field) { return !field.second; })) {
    hold(group, shown);  // empty says nothing here (case 20)
    note(shape, shown, GroupOutcome::Unchanged, Because::Empty);
    return mark();
  }
  if (!record_.provenance.contains(shape.name)) {
    take(shape, group, shown, Because::NoValueYet, false);
    return mark();
  }
  if (matches_view(shape, shown)) {
    agree(shape, group, shown, false);
    return mark();
  }
  const Policy& policy = context_.policies.of(shape.name);
  const bool authority = policy.kind == Policy::Kind::Authority;
  const bool named = authority || (policy.kind == Policy::Kind::Prefer &&
                                   context_.policies.first_contact == FirstContact::Authority);
  const auto& owner = record_.provenance.find(shape.name)->second.system;
  const bool its_word = named && context_.system.name == policy.system;
  const bool others_word =
      named && !its_word &&
      (authority ? context_.linked.contains(policy.system) : owner == policy.system);
  const FirstContact otherwise = context_.policies.first_contact;
  if (its_word || (!others_word && otherwise == FirstContact::System)) {
    take(shape, group, shown, Because::FirstContact, true);
  } else if (others_word || otherwise == FirstContact::Hub) {
    overrule(shape, group, shown, Because::FirstContact, true);
  } else if (group.unseen) {  // our create made it: nobody is asked about what it could not carry
    contest(shape, group, shown);
  } else {
    conflict(shape, group, shown, ConflictReason::FirstContact, Because::FirstContact, true);
  }
  mark();
}

void GroupMerge::decide(const GroupShape& shape, GroupLink& group, const Stated& shown,
                        bool both_changed) {
  const auto provenance = record_.provenance.find(shape.name);
  const Policy& policy = context_.policies.of(shape.name);
  const bool names_this = policy.system == context_.system.name;
  if (provenance == record_.provenance.end()) {
    // An authority for all that is not named otherwise need not carry this, and elements that
    // others add are no edits of its own.
    const bool named = &policy != &context_.policies.fallback && !shape.name.ends_with(']');
    if (policy.kind != Policy::Kind::Authority || !named || names_this ||
        !context_.linked.contains(policy.system))
      return take(shape, group, shown, Because::NoValueYet, both_changed);
    // That there is none is the authority's word, and is written back like any other.
    record_.provenance.emplace(
        shape.name,
        Provenance{.system = policy.system, .time = stamp().time, .rank = stamp().rank});
    return overrule(shape, group, shown, Because::Authority, both_changed);
  }
  const std::string& owner = provenance->second.system;
  if (policy.kind == Policy::Kind::Authority) {
    if (names_this) return take(shape, group, shown, Because::Authority, both_changed);
    // While the authority neither has a link nor set the value, as Latest.
    if (context_.linked.contains(policy.system) || owner == policy.system)
      return overrule(shape, group, shown, Because::Authority, both_changed);
  }
  if (!both_changed) return take(shape, group, shown, Because::OnlySystemChanged, false);
  if (policy.kind == Policy::Kind::Prefer) {
    if (names_this) return take(shape, group, shown, Because::Preferred, true);
    if (owner == policy.system) return overrule(shape, group, shown, Because::Preferred, true);
  }
  if (policy.kind == Policy::Kind::Manual)
    return conflict(shape, group, shown, ConflictReason::Manual, Because::Manual, true);
  if (is_later(provenance->second)) return take(shape, group, shown, Because::Latest, true);
  overrule(shape, group, shown, Because::Latest, true);
}

void GroupMerge::agree(const GroupShape& shape, GroupLink& group, const Stated& shown, bool ours) {
  hold(group, shown);
  // An edit that agrees is a later statement of the same value (case 14).
  const auto provenance = record_.provenance.find(shape.name);
  if (!ours && provenance != record_.provenance.end() && is_later(provenance->second)) {
    provenance->second.time = stamp().time;
    provenance->second.rank = stamp().rank;
  }
  GroupEvent& event = note(shape, shown, GroupOutcome::Agreed, Because::Same);
  event.conflict_closed = group.conflict.has_value();  // case 21
  group.conflict.reset();
}

bool is_computed(const GroupShape& shape, std::string_view path) {
  return contains(shape.readable, path) && !contains(shape.writable, path) &&
         find(shape.constants, path) == nullptr;
}

bool GroupMerge::computed(const GroupShape& shape, const GroupLink& group,
                          const Stated& shown) const {
  std::vector<std::string> paths;  // where both say the same, neither word stands against the other
  for (const auto& [path, value] : shown)
    if (is_computed(shape, path) && !shows_hub(shape, path, value)) paths.push_back(path);
  // Another's word stands where an authority speaks, and where the hub has its own.
  const Policy& policy = context_.policies.of(shape.name);
  const auto provenance = record_.provenance.find(shape.name);
  const bool owned =
      provenance != record_.provenance.end() && provenance->second.system == policy.system;
  const bool others = policy.kind == Policy::Kind::Authority &&
                      policy.system != context_.system.name &&
                      (owned || context_.linked.contains(policy.system));
  return !paths.empty() && !others &&
         hub_changes(record_, &group, context_.image, shape, paths).empty();
}

void GroupMerge::take_computed(const GroupShape& shape, const Stated& shown) {
  for (const auto& [path, value] : shown) {
    // As everywhere, the hub keeps its richer form where the system shows the hub's image.
    if (!is_computed(shape, path) || shows_hub(shape, path, value)) continue;
    changed_ = true;
    model::set(record_.fields, path, value);
  }
}

void GroupMerge::take(const GroupShape& shape, GroupLink& group, const Stated& shown,
                      Because because, bool both_changed) {
  if (refuse(shape, group, shown, both_changed)) return;
  note(shape, shown, GroupOutcome::Taken, because).both_changed = both_changed;
  changed_ = changed_ || !group.met;
  if (is_gone(shape, shown)) changed_ = drop_element(record_, shape) || changed_;
  for (const auto& [path, value] : shown) {
    const model::Value hub = model::get(record_.fields, path);
    const model::Value hub_view = view(context_.image, shape, path, hub);
    if (!group.met && !value) continue;  // case 20
    // What did not change keeps its richer form in the hub (case 13).
    if (value == hub_view) continue;
    const model::Value held = model::get(group.held, path);
    const model::Value* sent = find(group.sent, path);
    if (group.met && value == held &&
        (same(shape, path, hub_view, view(context_.image, shape, path, held)) ||
         (sent && *sent == hub_view)))
      continue;
    changed_ = changed_ || hub != value;
    model::set(record_.fields, path, value);
  }
  record_.provenance.insert_or_assign(shape.name, Provenance{.system = context_.system.name,
                                                             .version = look_.version,
                                                             .time = stamp().time,
                                                             .rank = stamp().rank,
                                                             .line = shape.line});
  hold(group, shown);
}

bool GroupMerge::refuse(const GroupShape& shape, GroupLink& group, const Stated& shown,
                        bool both_changed) {
  const auto refused = refused_.find(shape.name);
  if (refused == refused_.end()) return false;
  const ConflictReason reason = refused->second.reason;
  conflict(shape, group, shown, reason,
           reason == ConflictReason::Locked ? Because::Locked : Because::DoesNotAddUp,
           both_changed);
  return true;
}

void GroupMerge::overrule(const GroupShape& shape, GroupLink& group, const Stated& shown,
                          Because because, bool both_changed) {
  note(shape, shown, GroupOutcome::Overruled, because).both_changed = both_changed;
  hold(group,
       shown);  // clears `sent` of what changed, so that the hub's value is written back (case 2)
}

void GroupMerge::conflict(const GroupShape& shape, GroupLink& group, const Stated& shown,
                          ConflictReason reason, Because because, bool both_changed) {
  note(shape, shown, GroupOutcome::Conflict, because).both_changed = both_changed;
  hold(group, shown);
  std::string detail = group.conflict ? group.conflict->detail : "";
  if (const auto refused = refused_.find(shape.name); refused != refused_.end())
    detail = refused->second.words;
  group.conflict = Conflict{reason, shown, std::move(detail)};
}

bool GroupMerge::matches_view(const GroupShape& shape, const Stated& shown) const {
  return std::all_of(shown.begin(), shown.end(), [&](const auto& field) {
    return shows_hub(shape, field.first, field.second);
  });
}

bool GroupMerge::shows_hub(const GroupShape& shape, const std::string& path,
                           const model::Value& value) const {
  return same(shape, path, view(context_.image, shape, path, model::get(record_.fields, path)),
              value);
}

bool GroupMerge::has_evidence(const GroupLink& group) const {
  if (!group.unseen || !group.last_write) return false;  // case 4
  return look_.modified_by_us ||
         (!link_.written_version.empty() && look_.version == link_.written_version);
}

GroupMerge::Stamp GroupMerge::stamp() const {
  // A time in the future counts as the time of receipt.
  return {std::min(look_.modified.value_or(look_.now), look_.now), context_.system.rank};
}

bool GroupMerge::is_later(const Provenance& than) const {
  const Stamp own = stamp();
  return own.time != than.time ? own.time > than.time : own.rank < than.rank;
}

GroupEvent& GroupMerge::note(const GroupShape& shape, const Stated& shown, GroupOutcome outcome,
                             Because because) {
  events_.push_back({.group = shape.name,
                     .outcome = outcome,
                     .because = because,
                     .incoming = shown,
                     .before = part(record_, shape)});
  return events_.back();
}

}  // namespace channelbridge::hub
