#include <algorithm>
#include <tuple>

#include "world.hpp"

namespace world {

namespace {

Value hub_value(const World::Record& record, const std::string& field) {
  return channelbridge::model::get(record.state.fields, field);
}

bool contradicts(const SystemConfig& config, const World::Record& record, std::size_t group) {
  bool filled = false;
  bool differs = false;
  for (const std::string& field : fields_of(group)) {
    filled = filled || hub_value(record, field);
    differs = differs || (config.has_constant(field) &&
                          hub_value(record, field) != config.map.at(field).constant);
  }
  return filled && differs;
}

std::string show(const Value& value) { return value ? "'" + *value + "'" : "-"; }

}  // namespace

void World::fail(const std::string& promise, const std::string& why) {
  breaches_.push_back({promise, why});
  say("   !! " + promise + " " + why);
}

int World::count(const std::string& note) const {
  const auto found = notes_.find(note);
  return found == notes_.end() ? 0 : found->second;
}

std::size_t World::open_conflicts() const {
  std::size_t open = 0;
  for (const Link& link : links_)
    for (const auto& [name, group] : link.state.groups)
      if (group.conflict) ++open;
  return open;
}

void World::start_measuring() {
  breaches_.clear();
  writes_.clear();
  allowed_.clear();
  notes_.clear();
  faults_ = 0;
}

/// Can a rewrite by the system be told from a user's edit at all, always?
bool World::is_provable(const SystemConfig& config) const {
  return !config.late && config.reply == Reply::Full && config.conditional && faults_ == 0;
}

void World::edited_back(Link& link, std::size_t group, const Document& document) {
  const SystemConfig& config = system(link.system).config;
  Ghost fresh = document.history.at(group) & ~record(link.record)->history.at(group) & ~overruled_;
  if (const auto open = link.in_conflict.find(group); open != link.in_conflict.end())
    fresh &= ~open->second;
  Values first;
  for (std::size_t id = 0; id < edits_.size(); ++id) {
    if (fresh[id] && edits_[id].system != link.system) fresh.reset(id);
    if (!fresh[id]) continue;
    for (const std::string& field : edits_[id].fields)
      if (!edits_[id].in_window.contains(field))
        first.emplace(field, value_in(edits_[id].saw, field));
  }
  const std::vector<std::string> readable = config.readable(group);
  const bool back = std::all_of(first.begin(), first.end(), [&](const auto& field) {
    const bool visible = std::find(readable.begin(), readable.end(), field.first) != readable.end();
    const Value shown =
        visible ? config.read(field.first, value_in(document.values, field.first)) : Value{};
    return config.read(field.first, field.second) == shown;
  });
  if (back) without_effect_ |= fresh;
}

/// Was somebody else's edit overwritten without asking the policy, by a user who had not seen it?
void World::check_silent(const Link& link, const Document& document, const hub::GroupEvent& event) {
  const std::size_t group = event.group == "G" ? 0 : 1;
  const SystemConfig& config = system(link.system).config;
  const Ghost& known = record(link.record)->history.at(group);
  const Ghost& history = document.history.at(group);
  if ((known & ~history & ~overruled_).none()) return;
  const Edit* first = nullptr;
  for (std::size_t id = 0; id < edits_.size() && !first; ++id)
    if (history[id] && !known[id] && !overruled_[id] && edits_[id].system == link.system)
      first = &edits_[id];
  if (!first) return;
  for (const std::string& field : config.readable(group)) {
    if (config.has_constant(field)) continue;
    const Value hub_text = channelbridge::model::get(event.before, field);
    const Value image = config.image(field, hub_text);
    const Value saw = value_in(first->saw, field);
    if (event.incoming.at(field) == image || image == config.image(field, saw) ||
        image == config.read(field, saw) || image == config.image(field, config.read(field, saw)) ||
        config.outcome(field, hub_text) == config.read(field, saw))
      continue;
    if (policies_.of(event.group).kind == hub::Policy::Kind::Authority) return;
    return fail("P3", "an edit in the hub was overwritten without asking the policy, by " +
                          link.system + " " + field);
  }
}

void World::check_taken(const Link& link, const Document& document, const hub::GroupEvent& event) {
  using hub::Because;
  const std::size_t group = event.group == "G" ? 0 : 1;
  const SystemConfig& config = system(link.system).config;
  const Record& to = *record(link.record);
  const Ghost& history = document.history.at(group);
  const bool by_policy = event.because == Because::Preferred || event.because == Because::Latest ||
                         event.because == Because::FirstContact;
  if (by_policy) overruled_ |= to.history.at(group) & ~history;
  if (event.because == Because::NoValueYet) return;

  std::vector<std::string> changed;
  for (const std::string& field : fields_of(group))
    if (channelbridge::model::get(event.before, field) != hub_value(to, field))
      changed.push_back(field);
  if (changed.empty()) return;
  std::set<std::string> edited;
  for (std::size_t id = 0; id < edits_.size(); ++id)
    if (history[id] && !to.history.at(group)[id] && edits_[id].system == link.system) {
      edited.insert(edits_[id].fields.begin(), edits_[id].fields.end());
    }
  const bool rewrites =
      std::any_of(fields_of(group).begin(), fields_of(group).end(),
                  [&](const std::string& field) { return config.norm.contains(field); });
  const bool told = config.declared || is_provable(config);
  if (edited.empty() && rewrites && !told) {
    ++notes_["unprovable rewrite merged"];
  } else if (edited.empty()) {
    fail("P4", "the hub's " + event.group + " changed by a look at " + link.system +
                   " where no user edited");
  }
  for (const std::string& field : changed) {
    if (edited.empty() || edited.contains(field)) continue;
    const Value before = channelbridge::model::get(event.before, field);
    const Value incoming = event.incoming.at(field);
    if (incoming == config.image(field, before) ||
        (!by_policy && config.outcome(field, before) == incoming && told))
      fail("P4", "the hub's " + field + " was degraded from " + show(before) + " to " +
                     show(incoming) + "; the user of " + link.system + " edited another field");
  }
  const hub::Policy& policy = policies_.of(event.group);
  if (policy.kind != hub::Policy::Kind::Authority || policy.system == link.system) return;
  const Link* authority = primary(policy.system, link.record);
  if (authority && authority->state.groups.contains(event.group) &&
      authority->state.groups.at(event.group).met)
    fail("P6", "authority group " + event.group + " changed by " + link.system);
}

void World::check_views() {
  for (const Link& one : links_) {
    const Object& object = system(one.system).at(one.key);
    if (one.state.closed || one.state.secondary || object.state.deleted) continue;
    const SystemConfig& config = system(one.system).config;
    const Record& of = *record(one.record);
    for (std::size_t group = 0; group < kGroups; ++group) {
      const auto known = one.state.groups.find(group_names()[group]);
      const bool in_conflict = known != one.state.groups.end() && known->second.conflict;
      if (in_conflict || !of.state.provenance.contains(group_names()[group])) continue;
      if (contradicts(config, of, group)) continue;
      for (const std::string& field : config.writable(group)) {
        const Value raw = value_in(object.state.values, field);
        const Value shown = config.read(field, raw);
        const Value hub_text = hub_value(of, field);
        if (config.image(field, hub_text) == config.image(field, shown) ||
            config.outcome(field, hub_text) == raw)
          continue;
        fail("P1", one.system + " shows " + field + "=" + show(shown) + ", the hub's view is " +
                       show(config.image(field, hub_text)));
      }
    }
  }
}

void World::check_edits() {
  Ghost known = overruled_ | doubles_ | without_effect_;
  for (const Record& one : records_)
    for (const Ghost& ghost : one.history) known |= ghost;
  for (const Link& one : links_)
    for (const auto& [group, ghost] : one.in_conflict) known |= ghost;
  for (std::size_t id = 0; id < edits_.size(); ++id) {
    const Edit& edit = edits_[id];
    if (known[id]) continue;
    if (edit.overwritten == Edit::Overwritten::Window) {
      ++notes_["lost in the window of an unconditional write"];
      continue;
    }
    const std::deque<Object>& objects = system(edit.system).objects;
    const bool died = std::any_of(objects.begin(), objects.end(), [&](const Object& object) {
      return object.state.match_key == edit.match_key && object.state.deleted;
    });
    if (died && edit.overwritten == Edit::Overwritten::No) {
      ++notes_["edit died with its deleted object"];
      continue;
    }
    fail("P3", "edit " + std::to_string(id) + " in " + edit.system +
                   " is neither in the hub, nor overruled, nor in a conflict" +
                   (edit.overwritten == Edit::Overwritten::No ? "" : ", overwritten by us"));
  }
}

void World::check_writes() {
  std::map<std::tuple<std::string, std::string, std::size_t>, int> elsewhere;
  for (const Edit& edit : edits_)
    for (const Record& one : records_)
      for (const std::string& name : order_)
        if (one.match_key == edit.match_key && name != edit.system)
          ++elsewhere[{name, one.id, edit.group}];
  for (const auto& [key, writes] : writes_) {
    const auto& [name, id, group] = key;
    std::size_t rewrites = 0;
    for (const Link& one : links_)
      if (one.record == id && one.state.groups.contains(group_names()[group]))
        rewrites += one.state.groups.at(group_names()[group]).rewrites.size();
    const int bound = elsewhere[key] + allowed_[key] + faults_ +
                      2 * count("unprovable rewrite merged") + static_cast<int>(rewrites) +
                      2 * count("secondary");
    if (writes > bound)
      fail("P2", std::to_string(writes) + " writes to " + name + " " + group_names()[group] +
                     ", bound " + std::to_string(bound));
  }
}

void World::check_doubles() {
  for (const std::string& name : order_) {
    System& in = system(name);
    std::map<std::string, int> ours;
    for (const Object& object : in.objects)
      if (!object.ours.empty() && !object.state.deleted) ++ours[object.ours];
    const int allowed = in.config.idempotency == Idempotency::None ? 1 + faults_ : 1;
    for (const auto& [id, objects] : ours)
      if (objects > allowed)
        fail("P5", std::to_string(objects) + " objects in " + name + " for " + id);
  }
  const bool blind = std::any_of(systems_.begin(), systems_.end(), [](const auto& one) {
    return one.second.config.idempotency == Idempotency::None && !one.second.config.shows_key;
  });
  if (blind && faults_ > 0) {  // neither upsert, nor find, nor a match key: promised to be weaker
    std::erase_if(breaches_, [](const Breach& breach) {
      return breach.promise == "P5" || breach.promise == "P1";
    });
    ++notes_["neither mark nor key"];
    return;
  }
  std::map<std::string, int> records;
  for (const Record& one : records_) {
    if (++records[one.match_key] == 2) fail("P5", "two records for " + one.match_key);
    if (one.match_key.starts_with('?')) fail("P5", "our own create came back as a new record");
  }
}

/// Everything read once more, and planned once more: nothing.
void World::check_rest() {
  const std::size_t before = intents_.size();
  for (const std::string& name : order_) {
    System& from = system(name);
    now_ += 10;
    const std::size_t size = from.feed.size();
    for (std::size_t i = size > 3 ? size - 3 : 0; i < size; ++i)
      from.feed[i].done = from.config.events;
    fetch(name, 3, false);
    merge_page(name);
    read_due(name);
  }
  for (const std::string& name : order_)
    for (std::size_t i = 0; i < records_.size(); ++i) decide(name, records_[i].id);
  if (intents_.size() > before) fail("P2", "the plan after rest is not empty");
}

void World::check() {
  say("-- users have stopped");
  const bool rests = quiesce();
  if (!rests) fail("P2", "never comes to rest");
  check_views();
  check_edits();
  check_writes();
  check_doubles();
  if (rests) check_rest();
}

World play(const Config& config) {
  World world(config);
  if (config.synced) {
    const auto first = std::find_if(config.systems.begin(), config.systems.end(),
                                    [](const SystemConfig& system) { return system.shows_key; });
    world.run({.kind = Operation::Kind::New, .system = first->name, .values = config.first_values});
    world.quiesce();
    world.start_measuring();
  }
  for (const Operation& operation : config.operations) world.run(operation);
  world.check();
  return world;
}

}  // namespace world
