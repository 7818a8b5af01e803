#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "channelbridge/http/credential.hpp"
#include "channelbridge/tryton/tryton.hpp"

namespace channelbridge::tryton {

/// Logs in and keeps the session: `Authorization: Session base64(user:id:session)`.
///
/// Source: Tryton 6.0, trytond/protocols (common.db.login; wrappers.parse_authorization_header).
/// Threads: any; one login at a time, the others wait for it.
class Session final : public http::Credential {
 public:
  Session(std::shared_ptr<http::Transport> transport, std::string target, const Options& options)
      : transport_(std::move(transport)), target_(std::move(target)), options_(options) {}

  Result<http::Authorization> authorize(const Context& context) override;
  void invalidate(const http::Authorization& used) override;
  /// Id of our own user; 0 before the first login.
  std::int64_t user_id() const;

 private:
  const std::shared_ptr<http::Transport> transport_;
  const std::string target_;
  const Options& options_;
  mutable std::mutex mutex_;
  std::optional<http::Authorization> session_;
  std::int64_t user_id_{};
};

}  // namespace channelbridge::tryton
