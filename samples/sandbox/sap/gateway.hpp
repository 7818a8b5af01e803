#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "sandbox/common/server.hpp"
#include "sandbox/sap/engine.hpp"

namespace channelbridge::sandbox::odata {

/// The answer to a request with the cookie of a session that is gone.
enum class DeadSession {
  LogsOn,        ///< the credential opens a new one; only the CSRF token is missing (403)
  Unauthorized,  ///< 401, whatever the credential
  LogonPage      ///< 200 with the HTML page of a form logon
};

struct GatewayOptions {
  std::string system_id = "S4H";
  std::string client = "100";
  std::map<std::string, std::string> users{{"CHANNEL", "Welcome1"}};
  /// OAuth 2.0 client credentials at /sap/bc/sec/oauth2/token: client id -> secret. The client id
  /// is the user.
  std::map<std::string, std::string> oauth_clients{};
  std::chrono::seconds token_life{43'199};
  std::chrono::seconds session_idle{1'800};
  DeadSession dead_session = DeadSession::LogsOn;
  bool csrf_with_bearer = true;    ///< C4C asks OAuth clients for no token
  bool redirect_bare_root = true;  ///< 307 from …/SERVICE to …/SERVICE/
  bool refuse_head = false;        ///< some handlers answer HEAD with 405
  /// A sales order takes its next step by itself so long after its last one: what is confirmed and
  /// open is delivered, then billed. Nothing: orders move when they are told to.
  std::optional<std::chrono::milliseconds> orders_move_after{};
};

/// Logon, sessions, CSRF tokens and the way to the service that a path names.
///
/// Threads: any.
class Gateway final : public Service {
 public:
  Gateway(GatewayOptions options, std::shared_ptr<Desk> desk);

  /// `path`: "/sap/opu/odata/sap/API_BUSINESS_PARTNER", without a trailing slash.
  void add(std::string path, std::unique_ptr<Engine> engine);
  Engine* service(std::string_view path);
  std::vector<Engine*> engines() const;
  /// Resources below /__sandbox/ beside the server's own.
  void administer_with(std::function<std::optional<Response>(const Request&)> more) {
    more_ = std::move(more);
  }

  /// What the system has done by itself until a request comes.
  void before_each(std::function<void()> work) { before_ = std::move(work); }

  Response handle(const Request& request) override;
  Response refuse(const Request& request, const Fault& fault) override;
  std::optional<Response> administer(const Request& request) override;
  Json state() override;

  /// Every security session ends, with its CSRF token; bearer tokens, too.
  void expire_sessions();
  /// The same, and from now on this is the answer to their cookies. The fault expire_sessions does
  /// so with the value 401 or 200.
  void expire_sessions(DeadSession answer);
  /// Sessions live on, their tokens do not.
  void expire_csrf_tokens();

 private:
  struct Session {
    std::string user{};
    std::string token{};
    Timestamp used{};
  };
  struct Logon {
    std::string user{};
    std::string session{};  ///< id of a live session of this user
    bool bearer = false;
  };
  struct Route {
    std::string path{};
    std::unique_ptr<Engine> engine{};
  };

  const Route* route(std::string_view path) const;
  std::optional<Logon> log_on(const Request& request);
  std::optional<std::string> basic_user(const std::string& header) const;
  std::string cookie(const Request& request, const std::string& name) const;
  Response unauthorized() const;
  std::optional<Response> dead_session(const Request& request);
  Response token_endpoint(const Request& request);
  bool csrf_valid(const Request& request, const Logon& logon, Csrf mode);
  void hand_out_token(const Request& request, Logon& logon, Csrf mode, Response& response);
  std::string session_cookie() const {
    return "SAP_SESSIONID_" + options_.system_id + "_" + options_.client;
  }
  std::string xsrf_cookie() const {
    return "sap-XSRF_" + options_.system_id + "_" + options_.client;
  }
  std::string stateless_token(const std::string& cookie_value) const;
  std::string random_text(std::size_t bytes);

  std::function<std::optional<Response>(const Request&)> more_{};
  std::function<void()> before_{};
  GatewayOptions options_;
  std::shared_ptr<Desk> desk_;
  std::vector<Route> routes_{};
  std::mutex mutex_{};
  std::map<std::string, Session> sessions_{};
  std::map<std::string, std::pair<std::string, Timestamp>>
      bearers_{};                 ///< token -> user, end of life
  std::uint64_t xsrf_epoch_ = 0;  ///< part of every stateless token; moves when they expire
  std::mt19937_64 engine_{0x5A9};
};

}  // namespace channelbridge::sandbox::odata
