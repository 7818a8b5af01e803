#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine_internal.hpp"

/// Record ids are the marks that our objects carry in the systems. An id is a UUIDv7: a time, then
/// 74 free bits. The last 20 of these are the tag of the store that gave the id out; the others
/// name the object that the record was born of, so that a store which has forgotten a record gives
/// it the same ending again. docs/adr/0012-marks-name-their-store.md
namespace channelbridge::hub {

/// The id of a record that is born of this object, now.
std::string born_id(Timestamp now, std::string_view store, std::string_view spoke,
                    std::string_view key);
/// Is it of the form of our ids?
bool is_mark(std::string_view text);
/// All of an id but its time: the object it was born of, and the store.
std::string_view ending_of(std::string_view id);
/// Did this store give the id out?
bool issued_by(std::string_view id, std::string_view store);

/// What is known of the object that carries an unknown mark.
store::UnknownMarkRow unknown_mark(Engine& engine, const SpokeRun& spoke,
                                   const adapter::Change& change);
/// Accepted ids that this store gave out and has forgotten, and the objects that carry them, by
/// ending.
using LostIds = std::map<std::string, store::UnknownMarkRow, std::less<>>;
Result<LostIds> lost_ids(Engine& engine);

/// Once all systems have been pulled: objects that were held back are read again and merged, when
/// the operator accepts them or their record is here by now.
Result<void> meet_held(Engine& engine, SpokeRun& spoke);
/// An Error while objects are held back that forbid this spoke to write.
Result<void> check_marks(Engine& engine, SpokeRun& spoke);

}  // namespace channelbridge::hub
