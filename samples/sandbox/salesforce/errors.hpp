#pragma once

#include <string>
#include <vector>

#include "sandbox/common/http.hpp"

namespace channelbridge::sandbox::salesforce {

/// A refusal in the system's own words: HTTP status, code, message, names of the fields concerned.
Error refusal(int status, std::string code, std::string message,
              const std::vector<std::string>& fields = {});
Error not_found(std::string message = "The requested resource does not exist");
Error malformed_json(const std::string& detail);

/// [{"message":…,"errorCode":…,"fields":[…]}]
Json error_body(const Error& error);
Response error_response(const Error& error);
/// {"statusCode":…,"message":…,"fields":[…]}, as in results of single records.
Json record_error(const Error& error);

}  // namespace channelbridge::sandbox::salesforce
