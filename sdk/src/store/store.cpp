#include "channelbridge/store/store.hpp"

#include <array>

#include "sqlite_store_internal.hpp"

namespace channelbridge::store {

namespace {

constexpr std::array<std::string_view, 6> kIntentStates{"decided",  "sending", "done",
                                                        "rejected", "unknown", "absent"};

}  // namespace

std::string_view to_string(IntentState state) {
  return kIntentStates.at(static_cast<std::size_t>(state));
}

std::optional<IntentState> parse_intent_state(std::string_view text) {
  for (std::size_t i = 0; i < kIntentStates.size(); ++i) {
    if (kIntentStates[i] == text) return static_cast<IntentState>(i);
  }
  return std::nullopt;
}

bool Changes::empty() const {
  return records.empty() && versions.empty() && links.empty() && removed_links.empty() &&
         match_keys.empty() && removed_match_keys.empty() && spokes.empty() && intents.empty() &&
         waiting.empty() && no_longer_waiting.empty() && conflicts.empty() &&
         closed_conflicts.empty() && duplicates.empty() && dead_letters.empty() && runs.empty() &&
         pending.empty() && resolved.empty() && arrived_records.empty() &&
         decided_duplicates.empty() && unknown_marks.empty() && known_marks.empty() &&
         metadata.empty() && repointed.empty();
}

Result<std::unique_ptr<Store>> open_store(std::string_view url, StoreOptions options) {
  constexpr std::string_view kSqlite = "sqlite:";
  if (!url.starts_with(kSqlite) || url.size() == kSqlite.size()) {
    return Error(ErrorCode::Invalid,
                 "store '" + std::string(url) + "' is not of the form sqlite:<file>");
  }
  return open_sqlite_store(std::string(url.substr(kSqlite.size())), options);
}

}  // namespace channelbridge::store
