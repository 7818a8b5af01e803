#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "channelbridge/testing/fakes.hpp"
#include "channelbridge/tryton/tryton.hpp"

namespace channelbridge::tryton {

/// One call as it was sent.
struct Call {
  std::string method{};
  std::string params{};  ///< JSON
  std::string authorization{};
};

/// Answers calls as a server 6.0 does: logins, preferences and fields_get (from
/// tests/fixtures/tryton) by itself, everything else from `answer`, whose text is the answer's
/// second member: R"("result":[1])" or R"("error":["UserError",["no","",null]])".
class ScriptedDatabase final : public http::Transport {
 public:
  using Answer = std::function<Result<std::string>(const Call&)>;
  explicit ScriptedDatabase(Answer answer) : answer_(std::move(answer)) {}

  Result<http::Response> send(const http::Request& request, const Context&) override;
  const std::string& origin() const override { return origin_; }

  /// Calls that `answer` saw, in order.
  std::vector<Call> calls() const;
  std::vector<std::string> methods() const;
  int logins() const { return logins_; }
  /// From now on the session that was given last is unknown.
  void end_session() { ended_ = true; }

 private:
  Answer answer_;
  mutable std::mutex mutex_;
  std::vector<Call> calls_;
  int logins_{};
  bool ended_{};
  const std::string origin_{"http://erp.example"};
};

struct Scripted {
  std::shared_ptr<ScriptedDatabase> database{};
  std::shared_ptr<adapter::Adapter> adapter{};
  std::shared_ptr<testing::ManualClock> clock = std::make_shared<testing::ManualClock>();
  Context context() const { return Context(clock, {}); }
};
Scripted script(ScriptedDatabase::Answer answer, Options options = {});

/// A row's stamps as search_read shows them: created on 1 January 2026, never changed.
std::string stamps(int id);
/// The same of a row that this user has changed on 2 January at that minute; we are user 7.
std::string stamps(int id, int user, int minute);
adapter::Selection parties();
adapter::Selection sales();

}  // namespace channelbridge::tryton
