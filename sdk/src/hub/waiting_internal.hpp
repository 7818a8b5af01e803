#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "channelbridge/hub/hub.hpp"

namespace channelbridge::hub {

/// What waits in this spoke, told for a person; at most `limit`.
Result<std::vector<Waiting>> waits_of(const HubConfig& config, store::Store& store,
                                      const Spoke& spoke, std::size_t limit);
/// What one record waits for there.
Result<std::vector<Waiting>> waits_of_record(const HubConfig& config, store::Store& store,
                                             const Spoke& spoke, const std::string& record);

/// What the books of funds cannot take; at most `limit`.
Result<std::vector<Waiting>> waits_of_ledger(store::Store& store, std::size_t limit);
Result<std::vector<Waiting>> waits_of_ledger(store::Store& store,
                                             const std::vector<store::LedgerWaitRow>& rows);

}  // namespace channelbridge::hub
