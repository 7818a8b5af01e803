#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sandbox/common/json.hpp"

namespace channelbridge::sandbox {

/// One switched-on disturbance.
///
/// Kinds that every server knows: latency (value = milliseconds), too_many_requests (429) and
/// unavailable (503; value = Retry-After seconds), rate_limit (the refusal that the system's own
/// limits have; value as before), reset_before and reset_after (the connection is cut with RST
/// before or after the effect), bad_gateway (502 in place of the answer, after the effect),
/// logon_page (the same with 200 and the HTML of a proxy that wants a logon),
/// truncate (half of the answer's body, then RST), duplicate_delivery (a proxy sends the request
/// twice and hands on the second answer). Kinds of the systems: expire_sessions (SAP: value = 401
/// or 200 for the answer to the dead cookie), row_lock (value = every n-th row), late_commit (value
/// = milliseconds), precondition_failed (SAP: 412 for a good ETag), move_instance (Salesforce: a
/// token names another address of the server, and is good only there), bulk_fail and bulk_stall
/// (Salesforce, of the call that closes a bulk job: after `value` rows it fails, or goes no
/// further), bulk_in_flight (of the same call: `value` rows are being processed when the job is
/// aborted, and are written a moment later).
struct Fault {
  std::string kind{};
  std::string match{};    ///< part of "METHOD target"; empty = every request
  std::int64_t count{1};  ///< how many matching requests it hits; negative = all
  std::int64_t after{};   ///< how many matching requests pass first
  std::int64_t value{};
};

/// Threads: any.
class Faults {
 public:
  void add(Fault fault);
  /// From {"kind":…,"match":…,"count":…,"after":…,"value":…}.
  Result<void> add(const Json& fault);
  void clear();
  /// The first fault of this kind that hits `line`, used up by one.
  std::optional<Fault> take(std::string_view kind, std::string_view line);
  Json to_json() const;

 private:
  mutable std::mutex mutex_{};
  std::vector<Fault> faults_{};
};

}  // namespace channelbridge::sandbox
