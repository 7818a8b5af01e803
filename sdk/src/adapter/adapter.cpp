#include "channelbridge/adapter/adapter.hpp"

#include <utility>

#include "channelbridge/adapter/events.hpp"

namespace channelbridge::adapter {

std::string_view to_string(WriteStatus status) {
  switch (status) {
    case WriteStatus::Created:
      return "created";
    case WriteStatus::Updated:
      return "updated";
    case WriteStatus::Deleted:
      return "deleted";
    case WriteStatus::Unchanged:
      return "unchanged";
    case WriteStatus::Conflict:
      return "conflict";
    case WriteStatus::Rejected:
      return "rejected";
    case WriteStatus::Retry:
      return "retry";
    case WriteStatus::Unknown:
      return "unknown";
  }
  return "unknown";
}

std::string_view to_string(HintKind kind) {
  switch (kind) {
    case HintKind::Changed:
      return "changed";
    case HintKind::Created:
      return "created";
    case HintKind::Updated:
      return "updated";
    case HintKind::Deleted:
      return "deleted";
    case HintKind::Restored:
      return "restored";
  }
  return "changed";
}

std::shared_ptr<EventReader> Adapter::events() { return nullptr; }

Result<std::shared_ptr<Receiver>> Adapter::receiver() {
  return Error(ErrorCode::Unsupported, "what this kind of system sends is fetched");
}

Result<void> Adapter::check(const Selection&) const { return {}; }

Halfway Adapter::halfway(const Selection&, const document::Document&, const WriteRequest&,
                         const document::Document&, const Context&) const {
  return Halfway::No;
}

Result<void> Adapter::complete(const Selection&, std::string_view, const Context&) { return {}; }

Result<Page> Adapter::read_by_keys(const Selection& selection, const std::vector<std::string>& keys,
                                   const Context& context) {
  Page page{.end = true};
  page.changes.reserve(keys.size());
  for (const std::string& key : keys) {
    auto change = read_by_key(selection, key, context);
    if (change) {
      page.changes.push_back(*std::move(change));
    } else if (change.error().code() == ErrorCode::NotFound) {
      page.changes.push_back({.key = key, .deleted = true});
    } else {
      return std::move(change).error();
    }
  }
  return page;
}

Result<std::vector<WriteOutcome>> Adapter::settled(const Selection& selection,
                                                   const std::vector<OpenWrite>&, const Context&) {
  return Error(ErrorCode::Unsupported,
               "what becomes of a write of " + selection.object + " is told by its answer");
}

Result<std::map<std::string, std::vector<Change>>> Adapter::find_each(
    const Selection& selection, const std::vector<std::string>& correlations,
    const Context& context) {
  std::map<std::string, std::vector<Change>> out;
  for (const std::string& correlation : correlations) {
    auto found = find(selection, correlation, context);
    if (!found) return std::move(found).error();
    if (!found->empty()) out[correlation] = *std::move(found);
  }
  return out;
}

}  // namespace channelbridge::adapter
