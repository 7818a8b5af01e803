#include "channelbridge/store/store.hpp"

#include <array>
#include <initializer_list>

#include "channelbridge/core/sha256.hpp"
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

std::string chain_of(std::string_view before, const FundPostingRow& posting) {
  std::string text(before);
  // With its length in front, no part runs into the next one.
  const auto add = [&text](std::string_view part) {
    text += '\n' + std::to_string(part.size()) + ':';
    text += part;
  };
  const auto number = [&add](std::int64_t value) { add(std::to_string(value)); };
  for (const std::string* part : {&posting.fund, &posting.event, &posting.kind, &posting.document,
                                  &posting.request, &posting.amount, &posting.currency,
                                  &posting.from, &posting.to, &posting.moved, &posting.record})
    add(*part);
  for (const std::int64_t value : {posting.no, posting.part, posting.version, posting.run,
                                   std::int64_t{posting.at.time_since_epoch().count()}})
    number(value);
  return sha256_hex(text);
}

bool Changes::empty() const {
  return records.empty() && versions.empty() && links.empty() && removed_links.empty() &&
         match_keys.empty() && removed_match_keys.empty() && spokes.empty() && intents.empty() &&
         waiting.empty() && no_longer_waiting.empty() && conflicts.empty() &&
         closed_conflicts.empty() && duplicates.empty() && dead_letters.empty() && runs.empty() &&
         pending.empty() && resolved.empty() && arrived_records.empty() &&
         decided_duplicates.empty() && unknown_marks.empty() && known_marks.empty() &&
         metadata.empty() && repointed.empty() && postings.empty() && ledger_waits.empty() &&
         no_ledger_waits.empty() && claim_settlements.empty() && removed_claim_settlements.empty();
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
