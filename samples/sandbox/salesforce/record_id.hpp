#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace channelbridge::sandbox::salesforce {

/// Adds the three checksum characters that make an id of 15 safe where case is lost.
std::string with_checksum(std::string_view id15);
/// "001" and a number -> an id of 18 characters. Higher numbers sort after lower ones.
std::string make_id(std::string_view prefix, std::uint64_t number);
/// 15 letters and digits, or 18 with the right checksum.
bool well_formed_id(std::string_view id);
/// The part that identifies: the first 15 characters.
std::string_view id15(std::string_view id);

}  // namespace channelbridge::sandbox::salesforce
