#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace channelbridge::sandbox::salesforce {

std::string base64_text(std::string_view bytes);
/// The bytes of a base64 text (RFC 4648, padded; line ends are passed over); nullopt = it is none.
std::optional<std::string> base64_bytes(std::string_view text);

}  // namespace channelbridge::sandbox::salesforce
