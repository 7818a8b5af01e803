#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "channelbridge/http/pipeline.hpp"
#include "timed_mutex_internal.hpp"

namespace channelbridge::odata {

/// HTML, where these services speak JSON, XML or multipart.
bool is_page(const http::Response& response);
/// An expired session shows as 401, or as 200 with an HTML logon page where the node is set to form
/// logon.
bool session_refused(const http::Response& response);

/// SAP's CSRF tokens and the session cookies of one host, kept as one value: a token is good only
/// with the cookies it came with. Services of the host share the session; each has a token of its
/// own.
///
/// Modifying requests wait for one fetch (GET of the service root, "x-csrf-token: Fetch"); an
/// answer 403 with "x-csrf-token: Required" proves that nothing was done, so the token is fetched
/// once more, in a new session, and the request repeated once. 401 proves the same:
/// the session's cookies are forgotten, and the request is repeated once without them, since Basic
/// has nothing else to renew. A logon page under status 200 ends the session, too, and a read is
/// repeated so, as is one that 302 or 303 lead to another address; of a write it proves nothing
/// (Unauthenticated, Sent::Answered: the caller looks). In the place of a token it is 401: the
/// write has not left. A 403 without that header is a matter of authorisation and is passed on.
/// Threads: any.
class SessionLayer final : public http::Layer {
 public:
  SessionLayer() = default;
  SessionLayer(std::string root, bool tokens) { add(std::move(root), tokens); }

  /// A service of the host, before the first request. `root` = target of its root with its trailing
  /// slash; `tokens` = false keeps cookies only.
  void add(std::string root, bool tokens);

  Result<http::Response> send(const http::Request& request, const Context& context,
                              const Next& next) override;

 private:
  struct Root {
    std::string target{};
    std::string path{};  ///< without the query
    bool tokens{};
  };
  struct Session {
    std::map<std::string, std::string> tokens{};  ///< by the root's target
    std::map<std::string, std::string> cookies{};
    std::uint64_t number{1};

    std::string token(const Root& root) const {
      const auto found = tokens.find(root.target);
      return found == tokens.end() ? std::string() : found->second;
    }
    void take_cookies(const http::Response& response);
  };

  /// The service that a request is for; null = of none.
  const Root* root_of(const std::string& target) const;

  Session session() const;
  void keep_cookies(const http::Response& response, std::uint64_t number);
  /// A session newer than `used` with a token of this service: the present one, if it is, else a
  /// new one.
  Result<Session> token_after(std::uint64_t used, const Root& root, const http::Request& request,
                              const Context& context, const Next& next, http::Response& refused);

  std::vector<Root> roots_;
  mutable std::mutex mutex_;
  TimedMutex fetching_;
  Session session_;
};

}  // namespace channelbridge::odata
