#pragma once

#include <string>
#include <string_view>

#include "sandbox/salesforce/state.hpp"

namespace channelbridge::sandbox::salesforce {

/// Resources outside /services/data: token, revoke, userinfo, identity. `status` 0 = not one of
/// them. `url` = scheme and host that the caller used, which is the instance URL of the answers as
/// long as no move_instance is switched on.
Response answer_login(State& state, const Request& request, const std::string& url);

/// Scheme and host of the request.
std::string base_url(const Request& request);

/// The session of the Authorization header, kept alive by its use.
Session* find_session(State& state, const Request& request);
/// The session behind a token; null when there is none for this host.
Session* find_session(State& state, const std::string& token, const std::string& host);

}  // namespace channelbridge::sandbox::salesforce
