#pragma once

#include <map>
#include <string>
#include <vector>

#include "engine_internal.hpp"

namespace channelbridge::hub {

/// The records of our own creates, by key of the new object that carries their number. Empty where
/// the mapping names no `mark:`.
Result<std::map<std::string, std::string>> records_by_mark(
    Engine& engine, const SpokeRun& spoke, const std::vector<const adapter::Change*>& changes);

/// An object that nobody has met may come from a create of ours whose answer was lost: then that
/// create is its base, it is no first contact, and the object is read by key next. `landed`: when
/// that write was over at the latest. False: nothing says that it is ours.
Result<bool> adopt_lost_create(Engine& engine, SpokeRun& spoke, Workset& work, LoadedRecord& record,
                               LoadedLink& link, const Look& look, const Stated& stated,
                               Timestamp landed);

}  // namespace channelbridge::hub
