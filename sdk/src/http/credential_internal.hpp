#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>

#include "channelbridge/http/credential.hpp"

namespace channelbridge::http {

/// What a token endpoint granted (RFC 6749, section 5.1).
struct Grant {
  Authorization authorization{};
  Secret refresh_token{};  ///< empty = none given
};

using FormFields = std::vector<std::pair<std::string_view, std::string_view>>;

/// One request to the token endpoint. Unauthenticated with the server's own code when it refuses.
Result<Grant> request_token(Transport& transport, const OAuthClient& client, FormFields fields,
                            Repeatable repeatable, const Context& context);

/// Adds the client's id and secret to a token request: as fields, unless they go into its header.
void add_client(const OAuthClient& client, FormFields& fields);

/// Keeps an authorisation until it is near its end; one thread fetches, the others wait for its
/// result.
///
/// Threads: any.
class CachedCredential final : public Credential {
 public:
  using Fetch = std::function<Result<Authorization>(const Context&)>;
  /// `fetch` is never called by two threads at once.
  CachedCredential(Fetch fetch, std::chrono::seconds early_refresh)
      : fetch_(std::move(fetch)), early_refresh_(early_refresh) {}

  Result<Authorization> authorize(const Context& context) override;
  void invalidate(const Authorization& used) override;

 private:
  Result<Authorization> answer_after_failure(bool usable) const;
  Result<Authorization> fetch_now(std::unique_lock<std::mutex> lock, const Context& context);

  const Fetch fetch_;
  const std::chrono::seconds early_refresh_;
  std::mutex mutex_;
  std::condition_variable finished_;
  bool fetching_{};
  std::uint64_t fetches_{};         ///< finished so far
  std::optional<Error> failure_{};  ///< of the last one
  std::optional<Authorization> current_{};
};

}  // namespace channelbridge::http
