#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace channelbridge::http {

/// Percent-encodes everything but the unreserved characters of RFC 3986.
std::string encode_component(std::string_view text);

/// application/x-www-form-urlencoded, in the order given.
std::string encode_form(const std::vector<std::pair<std::string_view, std::string_view>>& fields);

std::string base64(std::string_view bytes);
/// RFC 4648 section 5, without padding.
std::string base64url(std::string_view bytes);

/// Can this be a header's name (a token of RFC 9110)?
bool is_header_name(std::string_view text);
/// Can this be a header's value: no control characters, no blank at either end?
bool is_header_value(std::string_view text);

}  // namespace channelbridge::http
