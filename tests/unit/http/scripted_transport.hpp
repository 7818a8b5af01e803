#pragma once

#include <deque>
#include <functional>
#include <mutex>
#include <vector>

#include "channelbridge/http/transport.hpp"

namespace channelbridge::http {

/// Answers from a script, in order; then with 200.
///
/// Threads: any.
class ScriptedTransport final : public Transport {
 public:
  using Step = std::function<Result<Response>(const Request&, const Context&)>;

  explicit ScriptedTransport(std::string origin = "https://api.example")
      : origin_(std::move(origin)) {}

  ScriptedTransport& then(Step step) {
    const std::lock_guard lock(mutex_);
    steps_.push_back(std::move(step));
    return *this;
  }
  ScriptedTransport& then(Result<Response> result) {
    return then([result](const Request&, const Context&) { return result; });
  }
  ScriptedTransport& then(int status, Headers headers = {}) {
    return then(Response{.status = status, .headers = std::move(headers)});
  }
  ScriptedTransport& fails(ErrorCode code, Sent sent) {
    return then(Error(code, "scripted").with_sent(sent));
  }

  Result<Response> send(const Request& request, const Context& context) override {
    Step step;
    {
      const std::lock_guard lock(mutex_);
      seen_.push_back(request);
      if (!steps_.empty()) {
        step = std::move(steps_.front());
        steps_.pop_front();
      }
    }
    if (step) return step(request, context);
    return Response{.status = 200};
  }
  const std::string& origin() const override { return origin_; }

  std::vector<Request> seen() const {
    const std::lock_guard lock(mutex_);
    return seen_;
  }

 private:
  const std::string origin_;
  mutable std::mutex mutex_;
  std::deque<Step> steps_;
  std::vector<Request> seen_;
};

}  // namespace channelbridge::http
