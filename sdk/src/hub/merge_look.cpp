#include <algorithm>
#include <utility>

#include "merge_internal.hpp"

namespace channelbridge::hub {

namespace {

/// Rewrites remembered per group: enough to stop any ring of systems, and a bound for the row.
constexpr std::size_t kRewritesKept = 16;

/// Versions are times, or texts of which the longer or the larger is younger.
bool is_older(std::string_view version, std::string_view than) {
  const auto a = parse_iso8601(version, true);
  const auto b = parse_iso8601(than, true);
  if (a && b) return *a < *b;
  return version.size() != than.size() ? version.size() < than.size() : version < than;
}

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

}  // namespace

namespace {

std::vector<Problem> breaches(const model::EntityType& entity, const model::Fields& fields) {
  std::vector<Problem> out;
  for (const model::ValueRule& rule : entity.rules().values) rule.check(fields, out);
  return out;
}

/// "totals." of "totals.tax"; "" of a field that stands alone or in a list.
std::string part_of(std::string_view path) {
  const std::size_t dot = path.rfind('.');
  return dot == std::string_view::npos || path.find('[') != std::string_view::npos
             ? ""
             : std::string(path.substr(0, dot + 1));
}

/// What of a document its record must not take. A document is refused in as far as it is locked;
/// what no longer adds up without that (the totals of a line that stays) is refused with it.
LockedGroups locked_groups(const RecordState& record, const LinkState& link,
                           const MergeContext& context, const Look& look, const Stated& incoming) {
  LockedGroups out;
  if (context.entity == nullptr || context.entity->rules().locked == nullptr) return out;
  const model::EntityType& entity = *context.entity;
  const auto words = [](const Problem& problem) { return problem.path + " " + problem.message; };
  for (std::size_t known = 0;; known = out.size()) {
    RecordState after = record;
    LinkState shown = link;
    GroupMerge merge(after, shown, context, look, &out);
    for (const GroupShape& shape : context.image.groups()) merge.merge(shape, incoming);
    if (after.fields == record.fields) return out;
    for (const Problem& problem : entity.rules().locked(record.fields, after.fields))
      out.emplace(entity.group_of(problem.path), words(problem));
    if (!out.empty() && breaches(entity, record.fields).empty()) {
      for (const Problem& problem : breaches(entity, after.fields)) {
        const std::string part = part_of(problem.path);
        out.emplace(entity.group_of(problem.path), words(problem));
        for (const GroupShape& shape : context.image.groups())
          if (!part.empty() && shape.name.starts_with(part))
            out.emplace(shape.name, words(problem));
      }
    }
    if (out.size() == known) return out;
  }
}

}  // namespace

Admission admit(LinkState& link, const SystemTraits& system, const Look& look) {
  using adapter::Versions;
  if (link.secondary) return Admission::Secondary;
  if (look.source == LookSource::ByKey && !look.open_intent) link.look_due = false;

  // Ordered versions decide where they exist, else the time when the look began (case 8).
  const bool versioned = system.versions == Versions::Ordered && !look.version.empty();
  const bool ordered = versioned && !link.version.empty();
  if (ordered && is_older(look.version, link.version)) return Admission::Older;
  if (!versioned && link.looked && look.began < *link.looked) return Admission::Older;
  const bool overlaps_write = link.write_ended && look.began <= *link.write_ended && !ordered;
  const bool late_event = look.source == LookSource::Event && !ordered;  // case 8b
  if (look.open_intent || overlaps_write || late_event) {
    link.look_due = true;
    return Admission::ReadByKey;
  }

  link.looked = std::max(link.looked.value_or(look.began), look.began);
  if (link.closed && look.source != LookSource::ByKey && !look.deleted && !look.converted) {
    link.look_due = true;  // a sign of life is a hint; only a read by key reopens
    return Admission::ReadByKey;
  }
  if (!look.fingerprint.empty() && look.fingerprint == link.fingerprint) return Admission::Known;
  link.fingerprint = look.fingerprint;
  link.modified = look.modified;
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
  const LockedGroups locked = locked_groups(record, link, context, look, incoming);
  GroupMerge merge(record, link, context, look, &locked);
  for (const GroupShape& shape : context.image.groups()) merge.merge(shape, incoming);
  if (context.system.versions != adapter::Versions::None) link.version = look.version;
  // Nothing is past the position when the hub did not move, so the link itself is marked (case 10).
  if (needs_write(record, link, context.image)) link.due = true;
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
  if (ours) {  // held moves, `sent` stays: shown, not merged (case 3)
    const Stated sent = group.sent;
    const bool told = computed(shape, group, shown);
    note(shape, shown, told ? GroupOutcome::Taken : GroupOutcome::Normalised,
         told ? Because::OnlySystemChanged : Because::Evidence);
    if (told) take_computed(shape, shown);
    hold(group, shown);
    group.sent = sent;
    return;
  }
  if (!group.sent.empty()) {  // without evidence it is a change, but only once for the same write
                              // (case 17)
    const Rewrite rewrite{group.sent, shown};
    if (std::find(group.rewrites.begin(), group.rewrites.end(), rewrite) != group.rewrites.end())
      return conflict(shape, group, shown, ConflictReason::Rewritten, Because::Rewritten, false);
    if (group.rewrites.size() == kRewritesKept) group.rewrites.erase(group.rewrites.begin());
    group.rewrites.push_back(rewrite);
  }
  if (group.conflict)  // an open conflict follows the system's later edits (case 21)
    return conflict(shape, group, shown, group.conflict->reason, Because::Manual, true);

  std::vector<std::string> paths;  // read-only fields count in this question (case 15)
  for (const auto& [path, value] : shown) paths.push_back(path);
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
  if (provenance == record_.provenance.end())
    return take(shape, group, shown, Because::NoValueYet, both_changed);
  const Policy& policy = context_.policies.of(shape.name);
  const std::string& owner = provenance->second.system;
  const bool names_this = policy.system == context_.system.name;
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

/// What the mapping reads and never writes was part of no write of ours: it is the system's word,
/// not the form that it gave ours (the amount that it makes of a line's price).
bool GroupMerge::is_computed(const GroupShape& shape, std::string_view path) {
  return std::find(shape.writable.begin(), shape.writable.end(), path) == shape.writable.end() &&
         find(shape.constants, path) == nullptr;
}

bool GroupMerge::computed(const GroupShape& shape, const GroupLink& group,
                          const Stated& shown) const {
  std::vector<std::string> paths;
  bool differs = false;
  for (const auto& [path, value] : shown) {
    if (!is_computed(shape, path)) continue;
    paths.push_back(path);
    differs =
        differs || view(context_.image, shape, path, model::get(record_.fields, path)) != value;
  }
  // Another's word stands where an authority speaks, and where the hub has its own.
  const Policy& policy = context_.policies.of(shape.name);
  const auto provenance = record_.provenance.find(shape.name);
  const bool owned =
      provenance != record_.provenance.end() && provenance->second.system == policy.system;
  const bool others = policy.kind == Policy::Kind::Authority &&
                      policy.system != context_.system.name &&
                      (owned || context_.linked.contains(policy.system));
  return differs && !others && hub_changes(record_, &group, context_.image, shape, paths).empty();
}

void GroupMerge::take_computed(const GroupShape& shape, const Stated& shown) {
  for (const auto& [path, value] : shown) {
    if (!is_computed(shape, path)) continue;
    changed_ = changed_ || model::get(record_.fields, path) != value;
    model::set(record_.fields, path, value);
  }
}

void GroupMerge::take(const GroupShape& shape, GroupLink& group, const Stated& shown,
                      Because because, bool both_changed) {
  if (locked_ != nullptr && locked_->contains(shape.name))
    return conflict(shape, group, shown, ConflictReason::Locked, Because::Locked, both_changed);
  note(shape, shown, GroupOutcome::Taken, because).both_changed = both_changed;
  changed_ = changed_ || !group.met;
  for (const auto& [path, value] : shown) {
    const model::Value hub = model::get(record_.fields, path);
    const model::Value hub_view = view(context_.image, shape, path, hub);
    if (!group.met && !value) continue;  // case 20
    // What did not change keeps its richer form in the hub (case 13).
    if (value == hub_view) continue;
    const model::Value held = model::get(group.held, path);
    const model::Value* sent = find(group.sent, path);
    if (group.met && value == held &&
        (hub_view == view(context_.image, shape, path, held) || (sent && *sent == hub_view)))
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
  if (locked_ != nullptr && locked_->contains(shape.name))
    detail = locked_->find(shape.name)->second;
  group.conflict = Conflict{reason, shown, std::move(detail)};
}

bool GroupMerge::matches_view(const GroupShape& shape, const Stated& shown) const {
  return std::all_of(shown.begin(), shown.end(), [&](const auto& field) {
    return view(context_.image, shape, field.first, model::get(record_.fields, field.first)) ==
           field.second;
  });
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
