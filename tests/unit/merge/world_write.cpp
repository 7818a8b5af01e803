#include <algorithm>
#include <chrono>

#include "world.hpp"

namespace world {

namespace {

std::size_t index_of(const std::string& group) { return group == "G" ? 0 : 1; }

}  // namespace

World::Intent* World::open_intent(const std::string& name, const std::string& record) {
  for (Intent& intent : intents_)
    if (intent.system == name && intent.record == record &&
        (intent.state == Intent::State::Sending || intent.state == Intent::State::Unknown))
      return &intent;
  return nullptr;
}

bool World::decide(const std::string& name, const std::string& id) {
  Record* from = record(id);
  if (!from || open_intent(name, id)) return false;
  const hub::SystemTraits system_traits = traits(name);
  const auto others = linked(id);
  const hub::MergeContext context{images_.at(name), system_traits, policies_, others};
  Link* to = any_link(name, id);
  const Spoke& spoke = spokes_[name];
  hub::CreateGate gate{.initial_pull_done = spoke.initial_pull_done, .born = at(from->born)};
  if (spoke.pulled) gate.pulled = at(*spoke.pulled);
  if (const auto refused = refused_creates_.find({name, id}); refused != refused_creates_.end())
    gate.position = refused->second;
  hub::Decision decision = to ? hub::decide_update(from->state, to->state, context)
                              : hub::decide_create(from->state, context, gate);
  if (to) settle_conflicts(*to, *from);
  if (!decision.write) return false;
  Intent& intent = intents_.emplace_back();
  intent.system = name;
  intent.record = id;
  intent.key = to ? to->key : "";
  intent.write = *std::move(decision.write);
  intent.write.number = "I" + std::to_string(intents_.size());
  for (const auto& [group, write] : intent.write.groups)
    intent.history.at(index_of(group)) = from->history.at(index_of(group));
  spokes_[name].wire.push_back({.intent = &intent});
  std::string line = "   intent " + intent.write.number + (to ? " update " : " create ") + name;
  for (const auto& [field, value] : raw_values(intent))
    line += " " + field + "=" + value.value_or("-");
  say(line);
  return true;
}

/// Ghost: the edits of a conflict that closed because both sides agree are in the hub.
void World::settle_conflicts(Link& link, Record& record) {
  std::erase_if(link.in_conflict, [&](const auto& open) {
    if (link.state.groups.at(group_names()[open.first]).conflict) return false;
    record.history.at(open.first) |= open.second;
    return true;
  });
}

/// What goes over the wire: kept fields as the system shows them, the others as the mapping writes
/// them.
Values World::raw_values(const Intent& intent) {
  Values raw;
  for (const auto& [group, write] : intent.write.groups) {
    for (const std::string& field : system(intent.system).config.writable(index_of(group))) {
      const Value value = channelbridge::model::get(write.values, field);
      raw[field] =
          write.kept.contains(field) ? value : system(intent.system).config.write(field, value);
    }
  }
  return raw;
}

bool World::send(const std::string& name, Operation::Net net) {
  std::deque<Message>& wire = spokes_[name].wire;
  const auto request =
      std::find_if(wire.begin(), wire.end(), [](const Message& one) { return !one.answer; });
  if (request == wire.end()) return false;
  Intent& intent = *request->intent;
  wire.erase(request);
  Answer outcome{.kind = Answer::Kind::Timeout};
  if (net != Operation::Net::Ok) ++faults_;
  if (net == Operation::Net::Late) late_.push_back(&intent);
  if (net == Operation::Net::Ok) outcome = effect(intent);
  if (net == Operation::Net::LostAfter) effect(intent);
  wire.push_back({.intent = &intent, .answer = outcome});
  return true;
}

World::Answer World::effect(Intent& intent) {
  System& to = system(intent.system);
  const Record& from = *record(intent.record);
  const bool correlates = to.config.idempotency != Idempotency::None;
  if (intent.write.create) {
    Object* twin = to.find_by_correlation(intent.record);
    if (to.config.idempotency == Idempotency::Upsert && twin) return overwrite(intent, *twin);
    if (Object* other = to.config.unique ? to.find_by_match_key(from.match_key) : nullptr)
      return {.kind = Answer::Kind::Duplicate, .other_key = other->state.key};
    std::map<std::size_t, Ghost> history;
    for (const auto& [group, write] : intent.write.groups)
      history[index_of(group)] = intent.history.at(index_of(group));
    Object& object = to.create(now_, raw_values(intent), from.match_key, "hub", history,
                               correlates ? intent.record : "", intent.write.number);
    object.ours = intent.record;
    return {.kind = Answer::Kind::Landed, .document = object.state};
  }
  Object& object = to.at(intent.key);
  if (object.state.deleted) return {.kind = Answer::Kind::NotFound};
  const std::string& expected = intent.write.expected_version;
  if (to.config.conditional && !expected.empty() &&
      std::to_string(object.state.version) != expected)
    return {.kind = Answer::Kind::Conflict};
  return overwrite(intent, object);
}

World::Answer World::overwrite(Intent& intent, Object& object) {
  System& to = system(intent.system);
  const Values raw = raw_values(intent);
  Ghost known = overruled_;
  for (const Ghost& ghost : record(intent.record)->history) known |= ghost;
  for (const Link& one : links_)
    for (const auto& [group, ghost] : one.in_conflict) known |= ghost;
  std::map<std::size_t, Ghost> history;
  for (const auto& [name, write] : intent.write.groups) {
    const std::size_t group = index_of(name);
    const Ghost shown = object.state.history.at(group);
    history[group] = intent.history.at(group);
    for (std::size_t id = 0; id < edits_.size(); ++id) {
      if (!shown[id]) continue;
      Edit& edit = edits_[id];
      if (!known[id]) {
        edit.overwritten =
            to.config.conditional ? Edit::Overwritten::Conditional : Edit::Overwritten::Window;
        if (!to.config.conditional)
          for (const auto& [field, value] : raw) edit.in_window.insert(field);
      }
      if (std::any_of(edit.fields.begin(), edit.fields.end(),
                      [&](const auto& field) { return !raw.contains(field); }))
        history[group].set(id);
    }
    ++writes_[{intent.system, intent.record, group}];
  }
  object.state.mark = intent.write.number;
  if (object.state.correlation.empty() && to.config.idempotency != Idempotency::None)
    object.state.correlation = intent.record;
  to.change(object, now_, raw, "hub", history, now_);
  return {.kind = Answer::Kind::Landed, .document = object.state};
}

void World::answer(const std::string& name) {
  std::deque<Message>& wire = spokes_[name].wire;
  const auto reply = std::find_if(wire.begin(), wire.end(),
                                  [](const Message& one) { return one.answer.has_value(); });
  if (reply == wire.end()) return;
  Intent& intent = *reply->intent;
  const Answer answer = *std::move(reply->answer);
  wire.erase(reply);
  if (intent.state != Intent::State::Sending) return;
  Link* to = intent.key.empty() ? nullptr : link(name, intent.key);
  switch (answer.kind) {
    case Answer::Kind::Timeout:
      say("   no answer to " + intent.write.number);
      intent.state = Intent::State::Unknown;
      return;
    case Answer::Kind::Conflict:
    case Answer::Kind::NotFound:
      say("   refused " + intent.write.number);
      intent.state = Intent::State::Rejected;
      hub::refused(
          to->state,
          answer.kind == Answer::Kind::Conflict ? hub::Refusal::Conflict : hub::Refusal::NotFound,
          at(now_));
      return;
    case Answer::Kind::Duplicate: {
      say("   refused as a duplicate " + intent.write.number);
      intent.state = Intent::State::Rejected;
      Link* named = link(name, answer.other_key);
      if (named && named->record != intent.record) {
        refused_creates_[{name, intent.record}] = intent.write.record_version;
        ++notes_["two records, one object"];
      }
      // Through identity with the object that the system named: it may be our own, created by a
      // write thought lost.
      if (!named)
        named = &link_object(name, system(name).at(answer.other_key).state, *record(intent.record));
      hub::refused(named->state, hub::Refusal::Duplicate, at(now_));
      return;
    }
    case Answer::Kind::Landed:
      break;
  }
  if (!to) to = link(name, answer.document.key);
  if (!to) {
    const bool doubled = primary(name, intent.record) != nullptr;
    to = &add_link(name, answer.document.key, intent.record);
    to->state.secondary = doubled;
  }
  settle(*to, intent, answer.document);
}

void World::settle(Link& link, Intent& intent, const Document& document) {
  const System& from = system(link.system);
  intent.state = Intent::State::Done;
  hub::Reply reply;
  if (from.config.reply != Reply::None && from.config.versions != Versions::None)
    reply.version = std::to_string(document.version);
  if (from.config.reply == Reply::Full) {
    reply.incoming = incoming(from, document);
    if (from.config.modified_time) reply.modified = at(document.modified);
  }
  const hub::SystemTraits system_traits = traits(link.system);
  const auto others = linked(intent.record);
  const hub::MergeContext context{images_.at(link.system), system_traits, policies_, others};
  const auto events =
      hub::settle(record(intent.record)->state, link.state, context, intent.write, reply, at(now_));
  say("   landed " + intent.write.number);
  observe(link, document, events);
}

void World::resolve_unknown(const std::string& name, const std::string& match_key) {
  for (Intent& intent : intents_)
    if (intent.state == Intent::State::Unknown && intent.system == name &&
        (match_key.empty() || record(intent.record)->match_key == match_key))
      resolve(intent);
}

void World::resolve_create(Intent& intent) {
  System& to = system(intent.system);
  Object* found =
      to.config.idempotency == Idempotency::None ? nullptr : to.find_by_correlation(intent.record);
  intent.state = found ? Intent::State::Done : Intent::State::Absent;
  if (!found) return;
  Link* ours = link(intent.system, found->state.key);
  if (!ours) {
    const bool doubled = primary(intent.system, intent.record) != nullptr;
    ours = &add_link(intent.system, found->state.key, intent.record);
    ours->state.secondary = doubled;
  }
  const hub::SystemTraits system_traits = traits(intent.system);
  const hub::MergeContext context{images_.at(intent.system), system_traits, policies_,
                                  linked(intent.record)};
  const auto create = hub::recognise_create(
      {&intent.write, 1}, context, look_of(*ours, found->state, now_, hub::LookSource::ByKey),
      incoming(to, found->state));
  if (create) hub::adopt(ours->state, context, create->landed, create->found, at(now_));
  if (!create) ours->state.look_due = true;
}

/// Made after the system's settling time: what is late has arrived by then.
void World::resolve(Intent& intent) {
  for (auto one = std::find(late_.begin(), late_.end(), &intent); one != late_.end();
       one = std::find(late_.begin(), late_.end(), &intent)) {
    late_.erase(one);
    effect(intent);
  }
  if (intent.write.create) return resolve_create(intent);
  System& from = system(intent.system);
  Link& to = *link(intent.system, intent.key);
  const Document document = from.at(intent.key).state;
  const hub::Stated shown = incoming(from, document);

  // Ghost: a group that shows exactly what the hub said hides the edits below it.
  bool all_shown = true;
  bool any_moved = false;
  std::map<std::size_t, bool> landed_group;
  for (const auto& [name, write] : intent.write.groups) {
    bool equal = true;
    bool moved = false;
    for (const std::string& field : from.config.readable(index_of(name))) {
      const auto held = to.state.groups.find(name);
      equal = equal && shown.at(field) == write.view.at(field);
      moved = moved || held == to.state.groups.end() ||
              channelbridge::model::get(held->second.held, field) != write.view.at(field);
    }
    landed_group[index_of(name)] = equal && moved && !from.config.readable(index_of(name)).empty();
    all_shown = all_shown && equal;
    any_moved = any_moved || moved;
  }

  hub::Look look = look_of(to, document, now_, hub::LookSource::ByKey);
  const hub::SystemTraits system_traits = traits(intent.system);
  const auto others = linked(intent.record);
  const hub::MergeContext context{images_.at(intent.system), system_traits, policies_, others};
  const hub::Resolution resolution = hub::resolve_update(record(intent.record)->state, to.state,
                                                         context, intent.write, look, shown);
  say("   " + intent.write.number + " " + std::string(to_string(resolution.fate)));
  intent.state = resolution.fate == hub::Fate::Landed ? Intent::State::Done : Intent::State::Absent;
  const bool by_content =
      resolution.fate == hub::Fate::Landed && !from.config.mark && all_shown && any_moved;
  for (const auto& [group, landed] : landed_group)
    if (by_content || (resolution.fate == hub::Fate::CannotTell && landed))
      without_effect_ |= document.history.at(group);
  if (resolution.fate == hub::Fate::CannotTell) ++notes_["cannot tell"];
  observe(to, document, resolution.events);
}

void World::land_late() {
  for (Intent* intent : late_) effect(*intent);
  late_.clear();
}

void World::kill() {
  ++faults_;
  for (auto& [name, spoke] : spokes_) {
    for (const Message& message : spoke.wire)
      if (!message.answer && now_ % 2 == 1) late_.push_back(message.intent);  // the bytes had left
    spoke.pages.clear();
    spoke.wire.clear();
    spoke.pulled.reset();
  }
  for (Intent& intent : intents_)
    if (intent.state == Intent::State::Sending) intent.state = Intent::State::Unknown;
}

}  // namespace world
