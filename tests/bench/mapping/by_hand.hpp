#pragma once

#include <string>
#include <string_view>

/// The yardstick: what a careful person writes with the nlohmann DOM for the same two mappings.
/// Parses one Salesforce lead, prints the C4C lead. Throws what nlohmann throws.
std::string by_hand(std::string_view lead);
