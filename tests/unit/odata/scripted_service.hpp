#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "channelbridge/http/transport.hpp"
#include "channelbridge/odata/odata.hpp"
#include "channelbridge/testing/fakes.hpp"

namespace channelbridge::odata {

/// A transport that answers from a function and keeps every request.
class ScriptedTransport final : public http::Transport {
 public:
  using Answer = std::function<Result<http::Response>(const http::Request&)>;
  explicit ScriptedTransport(Answer answer) : answer_(std::move(answer)) {}

  Result<http::Response> send(const http::Request& request, const Context&) override {
    {
      const std::lock_guard lock(mutex_);
      requests_.push_back(request);
    }
    return answer_(request);
  }
  const std::string& origin() const override { return origin_; }
  std::vector<http::Request> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }
  /// Requests whose target holds `part`.
  std::vector<http::Request> requests(std::string_view part) const {
    std::vector<http::Request> out;
    for (const http::Request& request : requests()) {
      if (request.target.find(part) != std::string::npos) out.push_back(request);
    }
    return out;
  }

 private:
  Answer answer_;
  mutable std::mutex mutex_;
  std::vector<http::Request> requests_;
  const std::string origin_{"https://erp.example"};
};

std::string fixture(const std::string& name);
http::Response json_answer(std::string body, int status = 200);
/// The request target without percent-encoding.
std::string decoded(std::string_view target);

/// An answer to $batch: parts of groups, and refusals in a group's place.
http::Response multipart(const std::vector<std::string>& places);
std::string part(const std::string& status, const std::string& body = {},
                 const std::string& extra = {});
std::string group(const std::vector<std::string>& parts);

/// A service on a scripted transport: $metadata from a published file, everything else from
/// `answer`.
struct Scripted {
  std::shared_ptr<ScriptedTransport> transport{};
  std::shared_ptr<adapter::Adapter> adapter{};
  std::shared_ptr<testing::ManualClock> clock = std::make_shared<testing::ManualClock>();
  Context context() const { return Context(clock, {}); }
};
Scripted script(const std::string& edmx, ScriptedTransport::Answer answer, Options options = {});

}  // namespace channelbridge::odata
