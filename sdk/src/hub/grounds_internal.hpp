#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine_internal.hpp"

namespace channelbridge::hub {

/// Why a record waits that lacks what it needs by its own word; see missing_ground().
inline constexpr std::string_view kLacksGround = "ground";

/// Why a record waits that the books of its fund do not take.
inline constexpr std::string_view kRefusedByLedger = "ledger";

/// What of the records at hand the books of their funds do not take: it is not passed on.
///
/// Threads: one at a time.
class UnpostedRecords {
 public:
  Result<void> load(store::Store& store, const Spoke& spoke,
                    const std::vector<std::string>& records);
  /// Why the record is held back; null = it is not. What a system shows already, or what no word of
  /// the money goes to, is written as ever. `link`: null = there is no object yet.
  const store::LedgerWaitRow* holding(const Spoke& spoke, const std::string& id,
                                      const RecordState& record, const LoadedLink* link) const;

 private:
  std::map<std::string, store::LedgerWaitRow> waits_;  ///< by record
};

/// What keeps a record from being written to the spoke: a value that it needs because of what
/// another system said of it (a lost deal's reason), and that this other system could state. What
/// nobody there can state holds nothing back: such a wait would have no end. Nor does what the
/// spoke's own system said, or its object (null = none yet) says by now: it stands there already.
std::optional<Problem> missing_ground(const HubConfig& config, const Spoke& spoke,
                                      const RecordState& record, const LinkState* object);

}  // namespace channelbridge::hub
