#include "engine_internal.hpp"

/// The declared steps that follow writes: done by the adapter with the write, or here once more.
namespace channelbridge::hub {

namespace {

/// Everybody of the system would meet this error: the steps stay due.
bool stops(const Error& error) {
  switch (error.code()) {
    case ErrorCode::Rejected:
    case ErrorCode::Conflict:
    case ErrorCode::NotFound:
    case ErrorCode::Unmappable:
      return false;
    default:
      return true;
  }
}

/// The open letter of a step that was refused, if there is one.
Result<std::optional<store::DeadLetterRow>> letter_of(Engine& engine, const SpokeRun& spoke,
                                                      const std::string& record) {
  auto letters = engine.store.dead_letters_of(spoke.spoke->name, {record});
  if (!letters) return std::move(letters).error();
  for (store::DeadLetterRow& letter : *letters)
    if (letter.direction == "step") return std::optional(std::move(letter));
  return std::optional<store::DeadLetterRow>();
}

Result<void> remember_done(Engine& engine, SpokeRun& spoke, const store::LinkRow& row) {
  const std::lock_guard guard(engine.mutex);
  Workset work(engine, spoke);
  if (auto loaded = work.load_links_by_key({row.key}); !loaded) return loaded;
  LoadedLink* link = work.link(row.key);
  if (link == nullptr) return {};
  link->state.step_due = false;
  link->state.look_due = true;  // what the step made of the object is read
  link->touched = true;
  auto letter = letter_of(engine, spoke, row.record);
  if (!letter) return std::move(letter).error();
  if (*letter) {
    (*letter)->open = false;
    work.changes.dead_letters.push_back(**std::move(letter));
  }
  auto rows = work.finish();
  if (!rows) return std::move(rows).error();
  return engine.store.commit(*std::move(rows));
}

/// What was written stands; somebody has to look at why the step is refused.
Result<void> remember_refused(Engine& engine, const SpokeRun& spoke, const store::LinkRow& row,
                              const Error& error) {
  auto letter = letter_of(engine, spoke, row.record);
  if (!letter) return std::move(letter).error();
  store::Changes changes;
  changes.dead_letters.push_back({.id = *letter ? (*letter)->id : engine.make_id(),
                                  .spoke = spoke.spoke->name,
                                  .direction = "step",
                                  .key = row.key,
                                  .record = row.record,
                                  .rule = error.remote_code().empty()
                                              ? std::string(to_string(error.code()))
                                              : error.remote_code(),
                                  .file = spoke.spoke->mapping->file(),
                                  .message = to_string(error),
                                  .fingerprint = spoke.spoke->mapping->fingerprint(),
                                  .record_version = row.version,
                                  .at = engine.now()});
  if (*letter) changes.dead_letters.back().attempts = (*letter)->attempts + 1;
  return engine.store.commit(std::move(changes));
}

}  // namespace

Result<void> follow_up(Engine& engine, SpokeRun& spoke) {
  if (engine.dry || !spoke.capabilities.steps) return {};
  std::string after;
  while (true) {
    auto links = engine.store.links_due(spoke.spoke->name, after, kStoreStep);
    if (!links) return std::move(links).error();
    if (links->empty()) return {};
    after = links->back().key;
    for (const store::LinkRow& row : *links) {
      auto state = parse_link_state(row.state);
      if (!state) return std::move(state).error();
      if (!state->step_due || row.stale) continue;
      if (state->in_part || state->incomplete) continue;  // the step follows what is whole
      if (auto go_on = engine.context.check(); !go_on) return go_on;
      if (spoke.refused_steps.contains(row.key)) continue;  // once in a run is enough
      const Result<void> done =
          spoke.system->adapter->complete(spoke.selection, row.key, engine.context);
      if (!done && stops(done.error())) return done.error();
      if (!done) spoke.refused_steps.insert(row.key);
      auto remembered = done ? remember_done(engine, spoke, row)
                             : remember_refused(engine, spoke, row, done.error());
      if (!remembered) return remembered;
    }
  }
}

}  // namespace channelbridge::hub
