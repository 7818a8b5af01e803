#include <algorithm>

#include "channelbridge/http/encoding.hpp"
#include "credential_internal.hpp"
#include "places_internal.hpp"

namespace channelbridge::http {
namespace {

class BasicCredential final : public Credential {
 public:
  BasicCredential(Secret header, std::string user)
      : header_(std::move(header)), user_(std::move(user)) {}
  Result<Authorization> authorize(const Context&) override {
    return Authorization{.header = header_, .user = user_};
  }
  // There is nothing newer: the next request shows the same password, and the pipeline stops there.
  void invalidate(const Authorization&) override {}

 private:
  const Secret header_;
  const std::string user_;
};

bool ended_by_its_caller(const Error& error) {
  return error.code() == ErrorCode::Cancelled || error.code() == ErrorCode::Timeout;
}

}  // namespace

std::shared_ptr<Credential> make_basic(std::string user, const Secret& password) {
  Secret header("Basic " + base64(user + ":" + password.reveal()));
  return std::make_shared<BasicCredential>(std::move(header), std::move(user));
}

Result<Authorization> CachedCredential::authorize(const Context& context) {
  std::unique_lock lock(mutex_);
  const std::uint64_t on_entry = fetches_;
  for (;;) {
    const Timestamp now = context.clock().now();
    const bool usable = current_ && now < current_->expires;
    const bool fresh = usable && (current_->expires == Timestamp::max() ||
                                  now + early_refresh_ < current_->expires);
    if (fresh || (usable && fetching_)) return *current_;
    // A refresh that ended while we waited for it speaks for us too, unless only its own caller
    // ended it.
    if (fetches_ != on_entry && failure_ && !ended_by_its_caller(*failure_))
      return answer_after_failure(usable);
    if (!fetching_) return fetch_now(std::move(lock), context);
    if (auto ready = context.check(); !ready) return std::move(ready).error();
    finished_.wait_for(lock, std::min(kSlice, context.remaining(kSlice)));
  }
}

Result<Authorization> CachedCredential::answer_after_failure(bool usable) const {
  // The old one is refreshed early; until its end it still serves. A failure of this machine (a
  // token that could not be stored) must be seen.
  if (usable && failure_->code() != ErrorCode::Internal) return *current_;
  return *failure_;
}

Result<Authorization> CachedCredential::fetch_now(std::unique_lock<std::mutex> lock,
                                                  const Context& context) {
  fetching_ = true;
  lock.unlock();
  auto fetched = fetch_(context);
  lock.lock();
  fetching_ = false;
  ++fetches_;
  failure_.reset();
  if (fetched) {
    current_ = *fetched;
  } else {
    failure_ = fetched.error();
    fetched = answer_after_failure(current_ && context.clock().now() < current_->expires);
  }
  lock.unlock();
  finished_.notify_all();
  return fetched;
}

void CachedCredential::invalidate(const Authorization& used) {
  const std::lock_guard lock(mutex_);
  if (current_ && current_->header.reveal() == used.header.reveal()) current_.reset();
}

}  // namespace channelbridge::http
