#pragma once

#include <vector>

#include "channelbridge/core/random.hpp"
#include "session_internal.hpp"

namespace channelbridge::salesforce {

/// Writes nodes through sObject Collections: up to 200 records in one call, each with its own
/// outcome.
class BatchWriter {
 public:
  BatchWriter(Session& session, const Options& options, Random& random)
      : session_(session), options_(options), random_(random) {}

  /// As Adapter::write. Every request has one node.
  Result<std::vector<adapter::WriteOutcome>> write(
      const std::vector<adapter::WriteRequest>& requests, const Context& context);

 private:
  struct Item {
    const adapter::WriteRequest* request{};
    std::size_t index{};     ///< in the caller's list
    std::string identity{};  ///< key or correlation: once in a call
    std::string record{};    ///< JSON text
  };
  using Items = std::vector<Item>;

  Result<std::string> record_text(const adapter::WriteRequest& request) const;
  std::vector<Items> split(Items items) const;
  /// Sends one call and fills the outcomes; the Error only when nothing has had an effect so far.
  Result<void> send(const Items& items, std::vector<adapter::WriteOutcome>& outcomes,
                    const Context& context);
  Result<http::Response> call(const Items& items, const Context& context);
  Result<void> refused(const Items& items, const Error& error,
                       std::vector<adapter::WriteOutcome>& outcomes, const Context& context);
  void repeat_locked(const Items& items, std::vector<adapter::WriteOutcome>& outcomes,
                     const Context& context);

  Session& session_;
  const Options& options_;
  Random& random_;
  bool effect_{};  ///< a call of this write may have changed something
};

}  // namespace channelbridge::salesforce
