#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine_internal.hpp"

/// Second objects of one record in one system: listed until a person says what they are, for
/// nothing is taken from them and nothing is written to them.
namespace channelbridge::hub {

/// How the list of possible duplicates names such an object, as the other of its record.
std::string double_name(std::string_view spoke, std::string_view key);
bool is_double_name(std::string_view name);

/// What a patch says, by path.
model::Fields fields_of(const model::Patch& patch);

/// Does somebody have to say what the object is?
inline bool is_asked(const LinkState& link) { return link.undecided && !link.closed; }

/// Does the whole document of a second object, met by a match key, name none of its record's keys
/// any more? Somebody has corrected one of the two: it is another's, or its own.
bool is_anothers(const SpokeRun& spoke, const LoadedLink& link, const LoadedRecord& record,
                 const document::Document& document, const model::Fields& said);

/// Says of each listed object of the spoke what it shares with its record and what it says
/// otherwise, as it is now.
Result<void> describe_doubles(Engine& engine, SpokeRun& spoke,
                              const std::vector<store::DuplicateRow>& listed);

}  // namespace channelbridge::hub
