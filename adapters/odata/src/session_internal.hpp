#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "channelbridge/http/pipeline.hpp"
#include "timed_mutex_internal.hpp"

namespace channelbridge::odata {

/// HTML, where these services speak JSON, XML or multipart.
bool is_page(const http::Response& response);
/// An expired session shows as 401, or as 200 with an HTML logon page where the node is set to form
/// logon.
bool session_refused(const http::Response& response);

/// SAP's CSRF token and its session cookies, kept as one value: a token is good only with the
/// cookies it came with.
///
/// Modifying requests wait for one fetch (GET of the service root, "x-csrf-token: Fetch"); an
/// answer 403 with "x-csrf-token: Required" proves that nothing was done, so the token is fetched
/// once more and the request repeated once. A refused session proves the same: its cookies are
/// forgotten, and the request is repeated once without them, since Basic has nothing else to renew.
/// A 403 without that header is a matter of authorisation and is passed on. Threads: any.
class SessionLayer final : public http::Layer {
 public:
  /// `root` = target of the service root with its trailing slash; `tokens` = false keeps cookies
  /// only.
  SessionLayer(std::string root, bool tokens) : root_(std::move(root)), tokens_(tokens) {}

  Result<http::Response> send(const http::Request& request, const Context& context,
                              const Next& next) override;

 private:
  struct Session {
    std::string token{};
    std::map<std::string, std::string> cookies{};
    std::uint64_t number{};
  };

  Session session() const;
  void keep_cookies(const http::Response& response, std::uint64_t number);
  /// A session with a token that is newer than `used`.
  Result<Session> token_after(std::uint64_t used, const http::Request& request,
                              const Context& context, const Next& next, http::Response& refused);

  const std::string root_;
  const bool tokens_;
  mutable std::mutex mutex_;
  TimedMutex fetching_;
  Session session_;
};

}  // namespace channelbridge::odata
