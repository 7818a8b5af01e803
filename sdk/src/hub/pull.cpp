#include <algorithm>

#include "engine_internal.hpp"

namespace channelbridge::hub {

namespace {

/// What was set aside of a source says nothing any more once the source is read anew, or gone;
/// `again` was set aside anew.
Result<void> close_letters_of(Engine& engine, const SpokeRun& spoke,
                              const std::vector<std::string>& sources,
                              const std::vector<adapter::UnreadableDocument>& again) {
  for (const std::string& source : sources) {
    std::string after;
    while (true) {
      auto letters = engine.store.dead_letters_from(spoke.spoke->name, source, after, kStoreStep);
      if (!letters) return std::move(letters).error();
      if (letters->empty()) break;
      after = letters->back().key;
      store::Changes changes;
      for (store::DeadLetterRow& letter : *letters) {
        const bool kept = std::any_of(again.begin(), again.end(), [&](const auto& document) {
          return document.key.empty() && document.position == letter.key;
        });
        if (kept) continue;
        letter.open = false;
        changes.dead_letters.push_back(std::move(letter));
      }
      if (auto done = engine.store.commit(std::move(changes)); !done) return done;
    }
  }
  return {};
}

}  // namespace

Result<void> set_aside_unreadable(Engine& engine, SpokeRun& spoke,
                                  const std::vector<adapter::UnreadableDocument>& unreadable) {
  if (unreadable.empty()) return {};
  const std::lock_guard guard(engine.mutex);
  Workset work(engine, spoke);
  std::vector<std::string> keys;
  keys.reserve(unreadable.size());
  for (const adapter::UnreadableDocument& document : unreadable) keys.push_back(document.key);
  if (auto done = work.load_links_by_key(keys); !done) return done;
  for (const adapter::UnreadableDocument& document : unreadable) {
    ++spoke.report.read;
    adapter::Change change{.key = document.key.empty() ? document.position : document.key};
    change.document = stored_document(document.text);
    set_aside_document(engine, spoke, work, change, document.error);
  }
  auto rows = work.finish();
  if (!rows) return std::move(rows).error();
  return engine.store.commit(*std::move(rows));
}

Result<void> pull(Engine& engine, SpokeRun& spoke) {
  const std::string& fingerprint = spoke.spoke->mapping->fingerprint();
  if (spoke.row.accepted.empty() || engine.options.accept_mapping_change)
    spoke.row.accepted = fingerprint;
  if (!spoke.row.fingerprint.empty() && spoke.row.fingerprint != fingerprint) {
    if (auto done = rebase(engine, spoke); !done) return done;
  }
  if (!spoke.pulled) {
    if (auto done = resolve_left_over(engine, spoke); !done) return done;
  }
  // A cursor between two pages carries the bound of the run that fixed it: what its end says holds
  // for that time, so the pull goes on from there.
  bool whole = spoke.row.at_end || spoke.row.cursor.empty();
  std::optional<Timestamp> opened;
  const std::size_t page_size = spoke.spoke->page_size.value_or(spoke.capabilities.page_size);
  while (true) {
    if (auto go_on = engine.context.check(); !go_on) return go_on;
    const Timestamp began = engine.now();
    if (!opened) opened = began;
    auto page =
        spoke.system->adapter->read(spoke.selection, spoke.row.cursor, page_size, engine.context);
    if (!page) return std::move(page).error();
    if (!page->end && page->changes.empty() && page->unreadable.empty() &&
        page->next == spoke.row.cursor) {
      return Error(ErrorCode::Protocol, "the adapter gives an empty page that leads nowhere")
          .with_system(spoke.system->name)
          .with_operation("read " + spoke.selection.object);
    }
    spoke.row.cursor = page->next;
    spoke.row.initial_done = spoke.row.initial_done || page->end;
    spoke.row.pulled = began;
    spoke.row.at_end = page->end;
    spoke.row.fingerprint = spoke.spoke->mapping->fingerprint();
    if (auto done = set_aside_unreadable(engine, spoke, page->unreadable); !done) return done;
    if (auto done = close_letters_of(engine, spoke, page->renewed, page->unreadable); !done)
      return done;
    if (auto done =
            merge_changes(engine, spoke, page->changes, began, LookSource::Page, &spoke.row);
        !done)
      return done;
    engine.advance(spoke, "pull", spoke.report.read);
    if (!page->end) continue;
    if (std::exchange(whole, true)) {
      spoke.pulled = opened;
      return {};
    }
    opened.reset();
  }
}

Result<std::set<std::string>> look_at(Engine& engine, SpokeRun& spoke,
                                      const std::vector<std::string>& keys) {
  if (auto go_on = engine.context.check(); !go_on) return std::move(go_on).error();
  const Timestamp began = engine.now();
  auto page = spoke.system->adapter->read_by_keys(spoke.selection, keys, engine.context);
  if (!page) return std::move(page).error();
  if (auto done = set_aside_unreadable(engine, spoke, page->unreadable); !done)
    return std::move(done).error();
  if (auto done = merge_changes(engine, spoke, page->changes, began, LookSource::ByKey, nullptr);
      !done)
    return std::move(done).error();
  std::set<std::string> seen;
  for (adapter::Change& change : page->changes) seen.insert(std::move(change.key));
  return seen;
}

Result<void> look_at_hints(Engine& engine, SpokeRun& spoke) {
  std::string after;
  while (true) {
    auto links = engine.store.links_to_look(spoke.spoke->name, after, kStoreStep);
    if (!links) return std::move(links).error();
    if (links->empty()) return {};
    after = links->back().key;
    std::vector<std::string> keys;
    for (store::LinkRow& link : *links) keys.push_back(std::move(link.key));
    if (auto seen = look_at(engine, spoke, keys); !seen) return std::move(seen).error();
    engine.advance(spoke, "look", spoke.report.read);
  }
}

}  // namespace channelbridge::hub
