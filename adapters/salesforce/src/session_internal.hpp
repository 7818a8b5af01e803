#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "channelbridge/salesforce/salesforce.hpp"

namespace channelbridge::salesforce {

/// The calls that an org still allows today, as its answers tell (`Sforce-Limit-Info`).
///
/// Threads: any.
class Budget {
 public:
  explicit Budget(const Options& options) : options_(options) {}
  /// RateLimited when the reserve would be touched; one call in a while passes to look again.
  Result<void> admit(Timestamp now);
  void note(const http::Response& response);
  std::pair<std::uint64_t, std::uint64_t> used_and_limit() const;

 private:
  const Options& options_;
  mutable std::mutex mutex_;
  std::uint64_t used_{};
  std::uint64_t limit_{};
  Timestamp next_look_{Timestamp::min()};
};

/// Sends requests of one org: budget, headers, and the error table behind every answer.
///
/// Threads: any.
class Session {
 public:
  Session(std::shared_ptr<http::Transport> transport, http::PipelineOptions pipeline,
          const Options& options);

  /// An answer with a status of 200 to 299, or the Error that the table makes of anything else.
  Result<http::Response> call(http::Request request, const Context& context);
  /// The server's clock. The call is not counted by the org.
  Result<Timestamp> server_time(const Context& context);
  /// "/services/data/v60.0" + tail
  std::string path(std::string_view tail) const;
  adapter::Usage usage() const;
  const std::string& system() const { return system_; }
  Log& log() const { return *log_; }
  /// Says where it happened, unless the error says so itself.
  Error located(const Error& error, std::string operation) const;

 private:
  const Options& options_;
  std::string system_;
  std::shared_ptr<Log> log_;
  http::Pipeline pipeline_;
  Budget budget_;
};

}  // namespace channelbridge::salesforce
