#include "world.hpp"

#include <algorithm>
#include <chrono>

namespace world {

namespace {

std::string text(const hub::Stated& stated) {
  std::string out;
  for (const auto& [field, value] : stated) out += " " + field + "=" + value.value_or("-");
  return out;
}

}  // namespace

World::World(const Config& config) : policies_(config.policies) {
  for (SystemConfig system : config.systems) {
    system.normalise();
    order_.push_back(system.name);
    const auto [added, is_new] = systems_.emplace(system.name, System(system));
    images_.emplace(system.name, ConfigImage(added->second.config));
    spokes_[system.name];
  }
}

World::Record* World::record(const std::string& id) {
  for (Record& one : records_)
    if (one.id == id) return &one;
  return nullptr;
}

World::Record* World::record_by_match_key(const std::string& match_key) {
  for (Record& one : records_)
    if (one.match_key == match_key) return &one;
  return nullptr;
}

World::Link* World::link(const std::string& system, const std::string& key) {
  for (Link& one : links_)
    if (one.system == system && one.key == key) return &one;
  return nullptr;
}

World::Link* World::primary(const std::string& system, const std::string& record) {
  for (Link& one : links_)
    if (one.system == system && one.record == record && !one.state.secondary && !one.state.closed)
      return &one;
  return nullptr;
}

World::Link* World::any_link(const std::string& system, const std::string& record) {
  if (Link* open = primary(system, record)) return open;
  Link* closed = nullptr;
  for (Link& one : links_)
    if (one.system == system && one.record == record && !one.state.secondary) closed = &one;
  return closed;
}

World::Link& World::add_link(const std::string& system, const std::string& key,
                             const std::string& record) {
  return links_.emplace_back(Link{.system = system, .key = key, .record = record});
}

hub::SystemTraits World::traits(const std::string& system) const {
  const SystemConfig& config = systems_.at(system).config;
  const auto rank = std::find(order_.begin(), order_.end(), system) - order_.begin();
  return {.name = system,
          .rank = static_cast<int>(rank),
          .versions = config.versions,
          .conditional = config.conditional,
          .mark = config.mark,
          .correlates = config.idempotency != Idempotency::None};
}

std::set<std::string, std::less<>> World::linked(const std::string& record) {
  std::set<std::string, std::less<>> names;
  for (const std::string& name : order_)
    if (primary(name, record)) names.insert(name);
  return names;
}

void World::fetch(const std::string& name, int overlap, bool reversed) {
  System& from = system(name);
  std::vector<std::size_t> fresh;
  std::vector<std::size_t> wanted;
  for (std::size_t i = 0; i < from.feed.size(); ++i) {
    if (from.feed[i].done) wanted.push_back(i);
    if (!from.feed[i].done && from.feed[i].visible <= now_) fresh.push_back(i);
  }
  const auto keep =
      static_cast<std::ptrdiff_t>(std::min(wanted.size(), static_cast<std::size_t>(overlap)));
  wanted.erase(wanted.begin(), wanted.end() - keep);
  wanted.insert(wanted.end(), fresh.begin(), fresh.end());

  Page page{.began = now_, .entries = fresh};
  std::set<std::string> seen;
  for (const std::size_t i : wanted) {
    const FeedEntry& entry = from.feed[i];
    if (from.config.events) {
      page.documents.push_back(entry.snapshot);
    } else if (seen.insert(entry.key).second) {
      page.documents.push_back(from.at(entry.key).state);
    }
  }
  if (reversed) std::reverse(page.documents.begin(), page.documents.end());
  spokes_[name].pages.push_back(std::move(page));
}

/// Where nothing tells our own creates from new objects, no page is merged while a create is under
/// way.
bool World::may_merge(const std::string& name) const {
  const SystemConfig& config = systems_.at(name).config;
  if (config.idempotency != Idempotency::None || config.shows_key || config.mark) return true;
  return std::none_of(intents_.begin(), intents_.end(), [&](const Intent& intent) {
    return intent.system == name && intent.write.create && intent.state == Intent::State::Sending;
  });
}

void World::merge_page(const std::string& name) {
  Spoke& spoke = spokes_[name];
  if (spoke.pages.empty() || !may_merge(name)) return;
  const Page page = std::move(spoke.pages.front());
  spoke.pages.pop_front();
  const auto source = system(name).config.events ? hub::LookSource::Event : hub::LookSource::Page;
  for (const Document& document : page.documents) look(name, document, page.began, source);
  for (const std::size_t i : page.entries) system(name).feed[i].done = true;
  spoke.initial_pull_done = true;
  spoke.pulled = std::max(spoke.pulled.value_or(page.began), page.began);
}

void World::read_due(const std::string& name) {
  for (std::size_t i = 0; i < links_.size(); ++i) {
    const Link& one = links_[i];
    if (one.system != name || !one.state.look_due || one.state.secondary ||
        open_intent(name, one.record))
      continue;
    look(name, system(name).at(one.key).state, now_, hub::LookSource::ByKey);
  }
}

hub::Look World::look_of(const Link& link, const Document& document, int began,
                         hub::LookSource source) {
  const System& from = system(link.system);
  const Link* other = primary(link.system, link.record);
  hub::Look look{.source = source,
                 .began = at(began),
                 .now = at(now_),
                 .mark = document.mark,
                 .correlated = document.correlation == link.record,
                 .deleted = document.deleted,
                 .open_intent = open_intent(link.system, link.record) != nullptr,
                 .other_primary = other && other != &link};
  if (from.config.versions != Versions::None) look.version = std::to_string(document.version);
  if (from.config.modified_time) look.modified = at(document.modified);
  look.modified_by_us = from.config.modified_by && document.modified_by == "hub";
  look.fingerprint = from.fingerprint(document);
  return look;
}

hub::Stated World::incoming(const System& from, const Document& document) const {
  hub::Stated stated;
  for (std::size_t group = 0; group < kGroups; ++group)
    for (const std::string& field : from.config.readable(group))
      stated[field] = from.config.read(field, value_in(document.values, field));
  return stated;
}

void World::look(const std::string& name, const Document& document, int began,
                 hub::LookSource source) {
  Link* to = link(name, document.key);
  if (!to) to = identify(name, document);
  if (!to) return;
  const hub::Look look = look_of(*to, document, began, source);
  const hub::SystemTraits system_traits = traits(name);
  const hub::Admission admission = hub::admit(to->state, system_traits, look);
  say("   look " + name + " " + document.key + ": " + std::string(to_string(admission)));
  if (admission == hub::Admission::Secondary)
    for (const Ghost& ghost : document.history) doubles_ |= ghost;
  if (admission == hub::Admission::Known)
    for (std::size_t group = 0; group < kGroups; ++group) edited_back(*to, group, document);
  if (admission != hub::Admission::Merge) return;
  const auto others = linked(to->record);
  const hub::MergeContext context{images_.at(name), system_traits, policies_, others};
  const auto events = hub::merge_look(record(to->record)->state, to->state, context, look,
                                      incoming(system(name), document));
  observe(*to, document, events);
}

World::Link* World::identify(const std::string& name, const Document& document) {
  const SystemConfig& config = system(name).config;
  Record* known = record(document.correlation);
  if (!known &&
      config.mark)  // the number of a create names its record as well as a correlation does
    for (const Intent& intent : intents_)
      if (intent.write.create && intent.system == name && intent.write.number == document.mark)
        known = record(intent.record);
  if (!known && config.shows_key)
    for (Record& one : records_)
      if (one.match_key == document.match_key) known = &one;
  if (document.deleted) return nullptr;
  if (!known) {
    known = &records_.emplace_back();
    known->id = "R" + std::to_string(records_.size());
    known->match_key = config.shows_key ? document.match_key : "?" + document.key;
    known->born = now_;
    say("   new record " + known->id);
  }
  return &link_object(name, document, *known);
}

bool World::may_have_landed(const Intent& intent) {
  return intent.write.create && intent.state != Intent::State::Done &&
         intent.state != Intent::State::Rejected;
}

/// Links an object to its record: as the outcome of a create whose answer was lost, or as somebody
/// else's work.
World::Link& World::link_object(const std::string& name, const Document& document,
                                const Record& of) {
  const bool doubled = primary(name, of.id) != nullptr;
  Link& added = add_link(name, document.key, of.id);
  const hub::SystemTraits system_traits = traits(name);
  const hub::MergeContext context{images_.at(name), system_traits, policies_, linked(of.id)};
  const hub::Look look = look_of(added, document, now_, hub::LookSource::ByKey);
  std::vector<Intent*> lost;
  std::vector<hub::WriteDecision> creates;
  for (Intent& intent : intents_) {
    // While a create is under way, only its mark tells that an object is its own.
    const bool certain = system_traits.mark || system_traits.correlates;
    if (doubled || intent.system != name || intent.record != of.id || !may_have_landed(intent) ||
        (intent.state == Intent::State::Sending && !certain))
      continue;
    lost.push_back(&intent);
    creates.push_back(intent.write);
  }
  if (const auto create =
          hub::recognise_create(creates, context, look, incoming(system(name), document))) {
    hub::adopt(added.state, context, create->landed, create->found, at(now_));
    lost[create->index]->state = Intent::State::Done;
    // Ghost: what shows exactly what the hub said hides the edits below it.
    if (create->found == hub::FoundBy::Content)
      for (const auto& [group, write] : create->landed.groups)
        without_effect_ |= document.history.at(group == "G" ? 0 : 1);
    return added;
  }
  added.state.secondary = doubled;
  if (doubled) ++notes_["secondary"];
  return added;
}

void World::observe(Link& link, const Document& document,
                    const std::vector<hub::GroupEvent>& events) {
  Record& to = *record(link.record);
  for (const hub::GroupEvent& event : events) {
    say("   " + link.system + " " + event.group + text(event.incoming) + ": " +
        std::string(to_string(event.outcome)) + ", " + std::string(to_string(event.because)));
    const std::size_t group = event.group == "G" ? 0 : 1;
    const Ghost& history = document.history.at(group);
    int& allowed = allowed_[{link.system, link.record, group}];
    if (event.first_contact) ++allowed;
    if (event.conflict_closed) link.in_conflict.erase(group);
    const bool judged =
        !event.first_contact && event.because != hub::Because::NoValueYet && !event.both_changed;
    switch (event.outcome) {
      case hub::GroupOutcome::Unchanged: {
        if (event.because == hub::Because::Empty) break;
        const bool agrees =
            std::all_of(event.incoming.begin(), event.incoming.end(), [&](const auto& field) {
              return system(link.system)
                         .config.image(field.first, channelbridge::model::get(
                                                        event.before, field.first)) == field.second;
            });
        if (agrees) to.history.at(group) |= history;
        edited_back(link, group, document);
        break;
      }
      case hub::GroupOutcome::Agreed:
        to.history.at(group) |= history;
        break;
      case hub::GroupOutcome::Normalised:
        ++notes_["normalised"];
        break;
      case hub::GroupOutcome::Outdated:  // no entity of a world is dated
        break;
      case hub::GroupOutcome::Conflict:
        if (event.because == hub::Because::Rewritten) ++notes_["rewritten"];
        link.in_conflict[group] |= history;
        break;
      case hub::GroupOutcome::Overruled:
        if (judged) check_silent(link, document, event);
        overruled_ |= history & ~to.history.at(group);
        ++allowed;
        break;
      case hub::GroupOutcome::Taken:
        if (judged) check_silent(link, document, event);
        check_taken(link, document, event);
        to.history.at(group) |= history;
        break;
    }
  }
}

}  // namespace world
