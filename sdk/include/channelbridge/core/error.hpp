#pragma once

#include <chrono>
#include <iosfwd>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace channelbridge {

/// Who has to act when an operation fails. docs/errors.md has one heading per code.
enum class ErrorCode {
  Invalid,          ///< the caller's input or configuration is wrong; fix it, nothing was contacted
  Unsupported,      ///< asked for something that this build or this system cannot do
  Unauthenticated,  ///< credentials missing, wrong or expired
  Forbidden,        ///< authenticated, not allowed
  NotFound,         ///< the endpoint, object or key does not exist
  RateLimited,      ///< the system asks to slow down
  Unavailable,      ///< the system cannot answer now (connection, 5xx, lock)
  Timeout,          ///< the deadline passed
  Conflict,         ///< the record has moved since it was looked at
  Rejected,         ///< the system refused the content of one record
  Unmappable,       ///< a document does not fit its mapping
  Protocol,         ///< an answer that breaks the protocol
  Internal,         ///< a defect here, or a failure of the local machine (disk full, store damaged)
  Cancelled,        ///< the caller asked to stop
};

/// The code's name in snake_case, as it appears in JSON output and in docs/errors.md.
std::string_view to_string(ErrorCode code);

/// What is known about a request that failed: was it on the wire, was it answered?
enum class Sent {
  No,        ///< the server cannot have seen it
  NoAnswer,  ///< bytes may have reached the server, and no answer came back
  Answered,  ///< the server answered
};

std::string_view to_string(Sent sent);

/// One finding in a file or document. Checks report all of them, never only the first.
struct Problem {
  std::string file{};        ///< empty when the input is not a file
  int line{};                ///< 1-based; 0 = unknown
  std::string path{};        ///< field path or configuration key
  std::string rule{};        ///< stable name of the rule that was broken, e.g. "unknown_key"
  std::string message{};     ///< one sentence
  std::string suggestion{};  ///< the nearest valid name, or what to do

  friend bool operator==(const Problem&, const Problem&) = default;
};

/// "file:12: path: message (did you mean 'x'?)"
std::string to_string(const Problem& problem);

/// What failed, where, for which record, what the other side said, and what to do now.
///
/// Holds one pointer to shared immutable details: cheap to return and to copy.
/// Never contains a secret or a message body.
/// Threads: immutable (the `with_` functions return a changed copy).
class Error {
 public:
  Error(ErrorCode code, std::string message);

  ErrorCode code() const;
  const std::string& message() const;         ///< one sentence
  const std::string& system() const;          ///< configured name of the system, "" if none
  const std::string& operation() const;       ///< e.g. "read LeadCollection"
  const std::string& key() const;             ///< the record's key in that system
  int http_status() const;                    ///< 0 = no HTTP answer
  const std::string& remote_code() const;     ///< the system's own error code
  const std::string& remote_message() const;  ///< the system's own words, bounded
  const std::string& request_id() const;
  /// What was asked, for people: "GET https://host/path as USER, 5 attempts in 2.1 s"; "" = no
  /// request. Never the query.
  const std::string& request() const;
  std::optional<std::chrono::milliseconds> retry_after() const;
  Sent sent() const;
  const std::vector<Problem>& problems() const;

  Error with_system(std::string value) const;
  Error with_operation(std::string value) const;
  Error with_key(std::string value) const;
  Error with_http_status(int value) const;
  Error with_remote(std::string code, std::string message) const;
  Error with_request_id(std::string value) const;
  Error with_request(std::string value) const;
  Error with_retry_after(std::chrono::milliseconds value) const;
  Error with_sent(Sent value) const;
  Error with_problems(std::vector<Problem> value) const;

 private:
  struct Details;
  explicit Error(std::shared_ptr<const Details> details);
  std::shared_ptr<const Details> details_;
};

/// One line for people: "erp: read A_BusinessPartner: timeout: no answer within 30 s [GET
/// https://erp.example/odata, http 504, id 42]". Problems follow, one per line; what has been said
/// already is not said again.
std::string to_string(const Error& error);
std::ostream& operator<<(std::ostream& out, const Error& error);

}  // namespace channelbridge
