#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "channelbridge/model/entity_type.hpp"
#include "channelbridge/store/store.hpp"

namespace channelbridge::hub {

/// The strong match keys of a record, by the specifications of its entity's rules (see
/// EntityRules::match). A key of which a part is empty does not exist.
std::vector<store::MatchKeyRow> match_keys(const model::EntityType& entity,
                                           const std::vector<std::string>& specifications,
                                           const model::Fields& fields, std::string_view record);

/// The paths whose values make a key; none for one that the entity itself names.
std::vector<std::string> match_paths(std::string_view specification,
                                     const model::EntityType& entity);

/// Every mistake in the specifications.
std::vector<Problem> check_match(const std::vector<std::string>& specifications,
                                 const model::EntityType& entity);

}  // namespace channelbridge::hub
