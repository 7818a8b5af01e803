#include <algorithm>
#include <nlohmann/json.hpp>

#include "channelbridge/core/sha256.hpp"
#include "channelbridge/document/tree_path.hpp"
#include "engine_internal.hpp"
#include "linked_references_internal.hpp"
#include "merge_internal.hpp"

/// What pulls, replies and lost answers share: from a document to statements about a record, and
/// what is remembered of it.
namespace channelbridge::hub {

namespace {

/// What a document holds at one path of the object; "" = nothing, or no such path.
std::string text_at(const document::Document& document, const std::string& path) {
  if (path.empty() || document.empty()) return "";
  if (document.format() == document::Format::Xml) {
    const auto tree = document::parse_tree(document.text(), document::Format::Xml);
    const auto parsed = document::parse_path(path);
    return tree && parsed ? document::text_at(*tree, *parsed) : std::string();
  }
  const auto page = document::Page::make(std::string(document.text()), document.format());
  const auto records = document::json_records(*page, "", {path});
  if (!records || records->records.empty()) return "";
  return records->records.front().slots.front().text;
}

}  // namespace

std::string reference_key_of(const SpokeRun& spoke, const document::Document& document) {
  return text_at(document, spoke.spoke->mapping->object_paths().reference_key);
}

std::string mark_of(const SpokeRun& spoke, const document::Document& document) {
  // Systems with upper-case fields show the number in their own way.
  std::string mark = text_at(document, spoke.spoke->mapping->object_paths().mark);
  std::transform(mark.begin(), mark.end(), mark.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return mark;
}

document::Document stored_document(const std::string& text) {
  const bool xml = text.starts_with('<');
  return document::Document::of(text, xml ? document::Format::Xml : document::Format::Json, !xml);
}

std::string fingerprint_of(std::string_view text, std::string_view mapping) {
  return sha256_hex({mapping, text}).substr(0, 32);
}

std::string fingerprint_of(const SpokeRun& spoke, const adapter::Change& change) {
  const std::string& mapping = spoke.spoke->mapping->fingerprint();
  // The last document says more than the same text before it: that it is the last.
  return fingerprint_of(change.document.text(),
                        is_converted(change) ? mapping + " converted" : mapping);
}

Look make_look(Engine& engine, const SpokeRun& spoke, const adapter::Change& change,
               Timestamp began, LookSource source) {
  Look look{.source = source,
            .began = began,
            .now = engine.now(),
            .version = change.version,
            .modified = change.modified,
            .mark = mark_of(spoke, change.document),
            .modified_by_us = change.modified_by_us,
            .whole = change.document.full(),
            .deleted = change.deleted || (is_converted(change) && change.document.empty()),
            .converted = is_converted(change) && !change.document.empty()};
  look.fingerprint = look.deleted ? "deleted" : fingerprint_of(spoke, change);
  return look;
}

namespace {

/// The records behind the keys that patches of one spoke's documents hold.
class ReferredRecords {
 public:
  ReferredRecords(Engine& engine, const SpokeRun& spoke) : engine_(engine), spoke_(spoke) {}

  Result<void> load(const std::vector<model::Patch*>& patches) {
    for (const model::Patch* patch : patches) {
      for (const model::PatchEntry& entry : patch->entries) {
        if (!entry.value) continue;
        if (auto pending = model::parse_pending_reference(*entry.value))
          behind_[pending->object][pending->key];
      }
    }
    for (auto& [object, keys] : behind_) {
      if (auto done = find(object, keys); !done) return done;
    }
    return {};
  }

  /// Of the entity that the field refers to; null = nobody has read it as such.
  const std::string* record_of(const std::string& path,
                               const model::PendingReference& reference) const {
    for (const Named& each : behind_.at(reference.object).at(reference.key)) {
      if (may_mean(spoke_.spoke->mapping->entity(), path, each.entity)) return &each.record;
    }
    return nullptr;
  }

 private:
  struct Named {
    std::string entity{};
    std::string record{};
  };
  using ByKey = std::map<std::string, std::vector<Named>>;

  Result<void> find(const std::string& object, ByKey& behind) {
    std::vector<std::string> keys;
    keys.reserve(behind.size());
    for (const auto& [key, records] : behind) keys.push_back(key);
    auto links = engine_.store.links_by_reference(
        system_of_keys(engine_.config, *spoke_.system, object), object, keys);
    if (!links) return std::move(links).error();
    for (const store::PrimaryLink& link : *links) {
      for (const std::string* key : {&link.key, &link.reference_key}) {
        if (const auto at = behind.find(*key); at != behind.end())
          at->second.push_back({link.entity, link.record});
      }
    }
    return {};
  }

  Engine& engine_;
  const SpokeRun& spoke_;
  std::map<std::string, ByKey> behind_{};  ///< by object; primary links first
};

}  // namespace

Result<void> resolve_references(Engine& engine, SpokeRun& spoke,
                                const std::vector<model::Patch*>& patches) {
  ReferredRecords referred(engine, spoke);
  if (auto done = referred.load(patches); !done) return done;
  for (model::Patch* patch : patches) {
    for (model::PatchEntry& entry : patch->entries) {
      if (!entry.value) continue;
      auto pending = model::parse_pending_reference(*entry.value);
      if (!pending) continue;
      if (const std::string* record = referred.record_of(entry.path, *pending)) {
        entry.value = *record;
        continue;
      }
      pending->system = system_of_keys(engine.config, *spoke.system, pending->object);
      entry.value = model::to_string(*pending);
    }
  }
  return {};
}

Result<model::Patch> read_document(Engine& engine, SpokeRun& spoke,
                                   const document::Document& document) {
  auto patch = spoke.spoke->mapping->read(document, nullptr, spoke.system->name);
  if (!patch) return patch;
  if (auto done = resolve_references(engine, spoke, {&*patch}); !done)
    return std::move(done).error();
  return patch;
}

Stated statements(Engine& engine, SpokeRun& spoke, model::Patch patch, const LoadedRecord& record,
                  LoadedLink& link) {
  resolve_elements(patch, *spoke.spoke->mapping, spoke.shapes, record.state.fields, link.state,
                   link.elements, [&] { return engine.make_id(); });
  return to_stated(patch);
}

bool says_a_part(const SpokeRun& spoke, const adapter::Change& change) {
  return spoke.capabilities.versions == adapter::Versions::Messages && !change.document.full();
}

void set_stale(const SpokeRun& spoke, LoadedLink& link, const std::string& version) {
  std::string& youngest = link.state.unread_version;
  if (!link.row.stale) youngest.clear();
  if (spoke.traits.versions == adapter::Versions::Messages && is_older(youngest, version))
    youngest = version;
  link.row.stale = link.touched = true;
}

Result<void> meet_letters(Engine& engine, const SpokeRun& spoke, LoadedLink& link) {
  if (spoke.traits.versions != adapter::Versions::Messages) return {};
  auto letters = engine.store.dead_letters_of(spoke.spoke->name, {link.row.key});
  if (!letters) return std::move(letters).error();
  for (const store::DeadLetterRow& letter : *letters)
    if (letter.direction == "read" && letter.key == link.row.key)
      set_stale(spoke, link, letter.version);
  return {};
}

void set_aside_document(Engine& engine, SpokeRun& spoke, Workset& work,
                        const adapter::Change& change, const Error& error,
                        const std::string& record) {
  const Problem problem = error.problems().empty() ? Problem{} : error.problems().front();
  store::DeadLetterRow letter{
      .id = engine.make_id(),
      .spoke = spoke.spoke->name,
      .direction = "read",
      .key = change.key,
      .record = record,
      .rule = problem.rule.empty() ? std::string(to_string(error.code())) : problem.rule,
      .file = problem.file.empty() ? spoke.spoke->mapping->file() : problem.file,
      .line = problem.line,
      .message = to_string(error),
      .payload = std::string(change.document.text()),
      .fingerprint = spoke.spoke->mapping->fingerprint(),
      .version = spoke.traits.versions == adapter::Versions::Messages ? change.version : "",
      .at = engine.now()};
  bool for_all = !says_a_part(spoke, change);
  if (LoadedLink* link = work.link(change.key)) {
    const bool outdated = link->row.stale && is_older(change.version, link->state.unread_version);
    for_all = for_all && !outdated;
    set_stale(spoke, *link, change.version);
    letter.record = link->row.record;
  }
  // The same document fails once, not once a run.
  if (auto earlier = engine.store.dead_letters_of(spoke.spoke->name, {change.key})) {
    const auto other = std::find_if(earlier->begin(), earlier->end(), [&](const auto& row) {
      return row.direction == "read" && (record.empty() || row.record == record) &&
             ((for_all && !is_older(letter.version, row.version)) || row.payload == letter.payload);
    });
    if (other != earlier->end()) {
      letter.id = other->id;
      letter.attempts = other->attempts + 1;
      if (letter.record.empty()) letter.record = other->record;
    }
  }
  work.changes.dead_letters.push_back(std::move(letter));
}

namespace {

/// Every transition is kept in the record: from, to, when, by whom.
void add_history(Engine& engine, const SpokeRun& spoke, LoadedRecord& record, std::string from,
                 const std::vector<std::string>& path) {
  if (spoke.spoke->mapping->entity().find_list("state_history") == nullptr) return;
  for (const std::string& to : path) {
    const std::string element = engine.make_id();
    const auto set = [&](std::string_view field, std::string value) {
      model::set(record.state.fields, model::element_path("state_history", element, field),
                 std::move(value));
    };
    set("from", from);
    set("to", to);
    set("at", to_iso8601(engine.now()));
    set("by", "adapter:" + spoke.system->name);
    from = to;
  }
}

}  // namespace

void note_events(Engine& engine, SpokeRun& spoke, LoadedRecord& record, LoadedLink& link,
                 const std::vector<GroupEvent>& events) {
  const model::StateMachine* states = spoke.spoke->mapping->entity().states();
  for (const GroupEvent& event : events) {
    if (event.outcome == GroupOutcome::Overruled) ++spoke.report.overruled;
    if (event.outcome == GroupOutcome::Normalised) ++spoke.report.normalised;
    if (event.outcome == GroupOutcome::Outdated) {
      ++spoke.report.outdated;
      engine.log.write(LogLevel::Info, "an older statement is not taken",
                       {{"spoke", spoke.spoke->name},
                        {"key", link.row.key},
                        {"dated", event.incoming.begin()->second.value_or("")},
                        {"known", event.before.begin()->second}});
    }
    if (event.outcome != GroupOutcome::Taken || states == nullptr ||
        !event.before.contains(states->field))
      continue;
    const std::string from = event.before.find(states->field)->second;
    const model::Value to = model::get(record.state.fields, states->field);
    if (!to || *to == from) continue;
    if (states->allows(from, *to)) {
      add_history(engine, spoke, record, from, {*to});
      continue;
    }
    const std::vector<std::string> path = states->shortest_path(from, *to);
    if (!path.empty()) {
      record.note = nlohmann::json{{"replayed", path}}.dump();
      add_history(engine, spoke, record, from, path);
      continue;
    }
    // No listed way leads there: the hub keeps its state, and a person decides.
    for (const auto& [changed, value] : event.incoming)
      model::set(record.state.fields, changed, model::get(event.before, changed));
    link.state.groups[event.group].conflict = Conflict{
        ConflictReason::StateJump, event.incoming, "no way is listed from " + from + " to " + *to};
    engine.log.write(
        LogLevel::Warning, "state jump refused",
        {{"spoke", spoke.spoke->name}, {"key", link.row.key}, {"from", from}, {"to", *to}});
  }
}

}  // namespace channelbridge::hub
