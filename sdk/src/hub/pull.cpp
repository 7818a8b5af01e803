#include "engine_internal.hpp"

namespace channelbridge::hub {

Result<void> set_aside_unreadable(Engine& engine, SpokeRun& spoke,
                                  const std::vector<adapter::UnreadableDocument>& unreadable) {
  if (unreadable.empty()) return {};
  const std::lock_guard guard(engine.mutex);
  Workset work(engine, spoke);
  for (const adapter::UnreadableDocument& document : unreadable) {
    ++spoke.report.read;
    adapter::Change change{.key = document.key.empty() ? document.position : document.key};
    change.document = document::Document::of(document.text);
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
  while (true) {
    if (auto go_on = engine.context.check(); !go_on) return go_on;
    auto page = spoke.system->adapter->read(spoke.selection, spoke.row.cursor,
                                            spoke.spoke->page_size, engine.context);
    if (!page) return std::move(page).error();
    if (!page->end && page->changes.empty() && page->unreadable.empty() &&
        page->next == spoke.row.cursor) {
      return Error(ErrorCode::Protocol, "the adapter gives an empty page that leads nowhere")
          .with_system(spoke.system->name)
          .with_operation("read " + spoke.selection.object);
    }
    spoke.row.cursor = page->next;
    spoke.row.initial_done = spoke.row.initial_done || page->end;
    spoke.row.pulled = page->began;
    spoke.row.fingerprint = spoke.spoke->mapping->fingerprint();
    if (auto done = set_aside_unreadable(engine, spoke, page->unreadable); !done) return done;
    if (auto done =
            merge_changes(engine, spoke, page->changes, page->began, LookSource::Page, &spoke.row);
        !done)
      return done;
    engine.advance(spoke, "pull", spoke.report.read);
    spoke.pulled = page->began;
    if (page->end) return {};
  }
}

Result<void> look_at_hints(Engine& engine, SpokeRun& spoke) {
  std::string after;
  while (true) {
    auto links = engine.store.links_to_look(spoke.spoke->name, after, 100);
    if (!links) return std::move(links).error();
    if (links->empty()) return {};
    after = links->back().key;
    for (const store::LinkRow& link : *links) {
      if (auto go_on = engine.context.check(); !go_on) return go_on;
      const Timestamp began = engine.now();
      auto change = spoke.system->adapter->read_by_key(spoke.selection, link.key, engine.context);
      if (!change && change.error().code() != ErrorCode::NotFound) return std::move(change).error();
      adapter::Change shown =
          change ? *std::move(change) : adapter::Change{.key = link.key, .deleted = true};
      if (auto done =
              merge_changes(engine, spoke, {std::move(shown)}, began, LookSource::ByKey, nullptr);
          !done)
        return done;
      engine.advance(spoke, "look", spoke.report.read);
    }
  }
}

}  // namespace channelbridge::hub
