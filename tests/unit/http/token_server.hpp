#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>

namespace channelbridge::http {

/// A small OAuth 2.0 token endpoint at /token on a free loopback port: client credentials for
/// app/s3cret, JWT bearer checked with a public key, refresh tokens that rotate and work once.
///
/// Threads: any.
class TokenServer {
 public:
  TokenServer();
  ~TokenServer();

  std::string origin() const;
  int requests() const;  ///< token requests so far
  int granted() const;
  std::string last_form(const std::string& name) const;
  std::string last_header(const std::string& name) const;

  /// The next requests are answered so; status 0 = normally.
  void answer_with(int status, std::string body = {});
  void set_expires_in(std::string json);  ///< as written into the answer; empty = none
  void set_delay(int milliseconds);
  void trust(std::string public_key_pem, std::string audience);
  /// The refresh token that works now.
  void accept_refresh_token(std::string token);
  void rotate(bool on);

  struct State;

 private:
  std::shared_ptr<State> state_;
  struct Server;
  std::unique_ptr<Server> server_;
};

}  // namespace channelbridge::http
