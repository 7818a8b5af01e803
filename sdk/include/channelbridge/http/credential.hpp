#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "channelbridge/http/transport.hpp"

namespace channelbridge::http {

/// What a credential contributes to a request.
struct Authorization {
  Secret header{};  ///< value of the Authorization header, e.g. "Bearer …"
  /// Where the system says its API lives (OAuth `instance_url`); empty = unchanged.
  std::string origin{};
  Timestamp expires{Timestamp::max()};
  std::string user{};  ///< for whom it speaks, for people: said beside a 401 or 403
};

/// Authorises requests of one system.
///
/// Refreshes ahead of expiry, one refresh in flight, the others wait for it.
/// Threads: any.
class Credential {
 public:
  virtual ~Credential() = default;
  virtual Result<Authorization> authorize(const Context& context) = 0;
  /// The system refused `used` (401): the next authorize() gets a new one unless another thread
  /// already did.
  virtual void invalidate(const Authorization& used) = 0;
};

struct OAuthClient {
  std::string token_target{"/services/oauth2/token"};  ///< path on the transport's origin
  std::string client_id{};
  Secret client_secret{};   ///< empty = a public client
  bool secret_in_header{};  ///< HTTP Basic instead of form fields (RFC 6749, section 2.3.1)
  std::string scope{};      ///< empty = the system's default
  std::chrono::seconds early_refresh{60};      ///< a token this near its end is replaced
  std::chrono::seconds assumed_lifetime{900};  ///< when the answer has no expires_in
};

std::shared_ptr<Credential> make_basic(std::string user, const Secret& password);

/// OAuth 2.0 client credentials (RFC 6749, section 4.4).
std::shared_ptr<Credential> make_client_credentials(std::shared_ptr<Transport> transport,
                                                    OAuthClient client);

/// OAuth 2.0 JWT bearer (RFC 7523), RS256. `audience` as the system asks, `private_key` PEM without
/// a password; Invalid when it is no RSA key.
Result<std::shared_ptr<Credential>> make_jwt_bearer(std::shared_ptr<Transport> transport,
                                                    OAuthClient client, std::string subject,
                                                    std::string audience,
                                                    const Secret& private_key);

/// Where a refresh token lives between two runs, shared with every process that uses it.
///
/// Threads: any.
class RefreshTokenStore {
 public:
  virtual ~RefreshTokenStore() = default;
  virtual Result<Secret> load() = 0;
  /// Stores `next` if the stored token still equals `expected`; answers what is stored now.
  virtual Result<Secret> replace(const Secret& expected, const Secret& next) = 0;
};
/// Kept in this process only.
std::shared_ptr<RefreshTokenStore> make_memory_token_store(Secret token);

/// OAuth 2.0 refresh token (RFC 6749, section 6). A rotated token goes to `store` before the access
/// token is used; while it cannot be stored, authorize() fails and tries to store it again.
std::shared_ptr<Credential> make_refresh_token(std::shared_ptr<Transport> transport,
                                               OAuthClient client,
                                               std::shared_ptr<RefreshTokenStore> store);

}  // namespace channelbridge::http
