#include "host_internal.hpp"

#include <utility>

namespace channelbridge::odata {
namespace {

http::PipelineOptions complete(http::PipelineOptions pipeline,
                               std::shared_ptr<SessionLayer> session) {
  pipeline.layer = std::move(session);
  if (!pipeline.session_refused) pipeline.session_refused = session_refused;
  return pipeline;
}

}  // namespace

Host::Host(std::shared_ptr<http::Transport> transport, http::PipelineOptions pipeline,
           std::uint64_t daily_calls, std::uint64_t reserve_calls)
    : system_(pipeline.system),
      concurrency_(pipeline.rate.concurrency),
      random_(pipeline.random ? pipeline.random : system_random()),
      log_(pipeline.log ? pipeline.log : no_log()),
      session_(std::make_shared<SessionLayer>()),
      pipeline_(std::move(transport), complete(std::move(pipeline), session_)),
      budget_(daily_calls, reserve_calls) {}

Result<http::Response> Host::send(http::Request request, const Context& context) {
  if (auto admitted = budget_.admit(context.clock().now(), pipeline_.requests_sent()); !admitted)
    return admitted.error();
  return pipeline_.send(std::move(request), context);
}

adapter::Usage Host::usage() const {
  const std::uint64_t sent = pipeline_.requests_sent();
  if (budget_.daily() == 0) return {.requests = sent};
  return {.requests = sent, .budget_used = budget_.used(sent), .budget_limit = budget_.daily()};
}

Result<std::shared_ptr<Host>> make_host(std::shared_ptr<http::Transport> transport,
                                        http::PipelineOptions pipeline, std::uint64_t daily_calls,
                                        std::uint64_t reserve_calls) {
  if (transport == nullptr) {
    return Error(ErrorCode::Invalid, "there is no transport")
        .with_system(pipeline.system)
        .with_operation("make adapter");
  }
  return std::make_shared<Host>(std::move(transport), std::move(pipeline), daily_calls,
                                reserve_calls);
}

}  // namespace channelbridge::odata
