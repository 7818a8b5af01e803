#pragma once

#include <memory>
#include <string>

#include "budget_internal.hpp"
#include "channelbridge/core/log.hpp"
#include "channelbridge/core/random.hpp"
#include "channelbridge/http/pipeline.hpp"
#include "channelbridge/odata/odata.hpp"
#include "session_internal.hpp"

namespace channelbridge::odata {

/// What the services of one host share: the pipeline with its limits, the session with its cookies,
/// the budget of calls.
///
/// Threads: any; services are added before the first request.
class Host {
 public:
  Host(std::shared_ptr<http::Transport> transport, http::PipelineOptions pipeline,
       std::uint64_t daily_calls, std::uint64_t reserve_calls);

  /// The target of a service's root with its trailing slash; `tokens`: its writes need one.
  void add_service(std::string root, bool tokens) { session_->add(std::move(root), tokens); }

  /// RateLimited before the reserve of the budget is touched.
  Result<http::Response> send(http::Request request, const Context& context);
  adapter::Usage usage() const;
  const std::string& system() const { return system_; }
  Random& random() { return *random_; }
  Log& log() { return *log_; }
  int concurrency() const { return concurrency_; }

 private:
  const std::string system_;
  const int concurrency_;
  const std::shared_ptr<Random> random_;
  const std::shared_ptr<Log> log_;
  const std::shared_ptr<SessionLayer> session_;
  http::Pipeline pipeline_;
  Budget budget_;
};

}  // namespace channelbridge::odata
