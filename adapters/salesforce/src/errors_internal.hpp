#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "channelbridge/adapter/adapter.hpp"
#include "channelbridge/http/transport.hpp"

namespace channelbridge::salesforce {

/// Who has to act on a code.
enum class Remedy : std::uint8_t {
  Login,       ///< a new session
  Wait,        ///< a quota is used up: hours
  Repeat,      ///< seconds
  Read,        ///< the record is not what we thought: look, then decide
  Duplicate,   ///< another record is in the way
  Gone,        ///< the record does not exist any more
  Fix,         ///< the content
  Setup,       ///< permissions or configuration
  Collateral,  ///< refused because of another member; not the cause
};

/// One line of the table of codes: `words` = text that the message must have, "" = any.
struct ErrorRow {
  std::string_view code{};
  std::string_view words{};
  Remedy remedy{};
};
std::span<const ErrorRow> error_table();

/// One element of an error answer or of a record's `errors`.
struct RemoteError {
  std::string code{};
  std::string message{};
  std::vector<std::string> fields{};
  std::string duplicate_of{};  ///< id of the record in the way, 18 characters
};

/// Reads the id of the record in the way from the message of DUPLICATE_VALUE.
void name_duplicate(RemoteError& error);
/// What to do about it; unknown codes are the content's fault (Fix).
Remedy remedy_of(const RemoteError& error);
/// Is the code in the table?
bool known_code(std::string_view code);

/// The errors of an answer's body: the REST array, or an OAuth object; empty when it is neither
/// (gateways answer in HTML).
std::vector<RemoteError> read_errors(std::string_view body);
/// The one that explains the refusal.
const RemoteError* cause_of(const std::vector<RemoteError>& errors);

/// Is this a refused session that a new token cures?
bool session_refused(const http::Response& response);
/// Is the answer worth a repeat within seconds?
bool transient(const http::Response& response);
/// Is it, and was nothing done, so that a write is repeated, too?
bool refused_for_now(const http::Response& response);

/// The Error of an answer that is no success.
Error response_error(const http::Response& response, const std::string& operation);
/// Does this Error of an answer prove that nothing of the call was done?
bool proves_no_effect(const Error& error);
/// The outcome of one record that was refused.
adapter::NodeOutcome refused_record(const std::vector<RemoteError>& errors,
                                    adapter::Operation operation, const std::string& key);

}  // namespace channelbridge::salesforce
