#include "engine_internal.hpp"

namespace channelbridge::hub {

namespace {

/// What the link holds is said anew in the words of the changed mapping; nothing is taken and
/// nothing is written by this.
Result<void> rebase_link(Engine& engine, SpokeRun& spoke, Workset& work, LoadedLink& link) {
  link.touched = true;
  if (link.row.stale) link.state.look_due = true;  // its broken document may fit now
  for (auto& [name, group] : link.state.groups)
    group.sent.clear();  // a view in the old words means nothing now
  link.state.due = true;
  const LoadedRecord* record = work.record(link.row.record);
  auto patch = link.row.last_document.empty() || record == nullptr
                   ? Result<model::Patch>(Error(ErrorCode::NotFound, "no document is kept"))
                   : read_document(engine, spoke, stored_document(link.row.last_document));
  if (!patch) {  // written since its last document, or not readable any more: looked at by key
    link.state.look_due = true;
    link.state.fingerprint.clear();
    return {};
  }
  const Stated stated = statements(engine, spoke, *std::move(patch), *record, link);
  for (const auto& [path, value] : stated) {
    const auto group = link.state.groups.find(spoke.spoke->mapping->entity().group_of(path));
    if (group == link.state.groups.end() || !group->second.met)
      continue;  // a new group is a first contact
    model::set(group->second.held, path, value);
  }
  link.state.fingerprint.clear();  // the next look is read in the new words, too
  link.row.fingerprint = spoke.spoke->mapping->fingerprint();
  return {};
}

/// The cause of a letter may be gone with the old mapping: each is tried again once.
Result<void> retry_letters(Engine& engine, SpokeRun& spoke, store::Changes& changes) {
  auto letters = engine.store.dead_letters(true, 100'000);
  if (!letters) return std::move(letters).error();
  for (const store::DeadLetterRow& letter : *letters) {
    if (letter.spoke != spoke.spoke->name) continue;
    if (letter.direction == "write") {
      changes.waiting.push_back({.spoke = letter.spoke,
                                 .record = letter.record,
                                 .reason = "retry",
                                 .detail = "the mapping has changed",
                                 .since = engine.now()});
    } else if (letter.record.empty() ||
               spoke.capabilities.versions == adapter::Versions::Messages) {
      // Never linked, or a message, which a look at its object does not show: it is met again when
      // the spoke reads from the beginning.
      spoke.row.cursor.clear();
    }
  }
  return {};
}

}  // namespace

Result<void> rebase(Engine& engine, SpokeRun& spoke) {
  std::string after;
  while (true) {
    if (auto go_on = engine.context.check(); !go_on) return go_on;
    const std::lock_guard guard(engine.mutex);
    auto page = engine.store.links_all(spoke.spoke->name, after, 200);
    if (!page) return std::move(page).error();
    if (page->empty()) break;
    after = page->back().key;
    std::vector<std::string> keys;
    std::vector<std::string> records;
    for (const store::LinkRow& row : *page) {
      if (row.closed || row.secondary) continue;
      keys.push_back(row.key);
      records.push_back(row.record);
    }
    Workset work(engine, spoke);
    if (auto done = work.load_links_by_key(keys); !done) return done;
    if (auto done = work.load_records(records); !done) return done;
    for (auto& [key, link] : work.links()) {
      if (auto done = rebase_link(engine, spoke, work, link); !done) return done;
    }
    auto rows = work.finish();
    if (!rows) return std::move(rows).error();
    if (auto done = engine.store.commit(*std::move(rows)); !done) return done;
  }
  // Stored last: a run that dies before begins again.
  const std::lock_guard guard(engine.mutex);
  spoke.row.fingerprint = spoke.spoke->mapping->fingerprint();
  store::Changes changes;
  if (auto done = retry_letters(engine, spoke, changes); !done) return done;
  changes.spokes.push_back(spoke.row);
  engine.log.write(LogLevel::Info, "spoke re-based",
                   {{"spoke", spoke.spoke->name}, {"mapping", spoke.spoke->mapping->file()}});
  return engine.store.commit(std::move(changes));
}

}  // namespace channelbridge::hub
