#include "session_internal.hpp"

#include <charconv>

#include "channelbridge/http/encoding.hpp"
#include "rpc_internal.hpp"

namespace channelbridge::tryton {

Result<http::Authorization> Session::authorize(const Context& context) {
  const std::lock_guard lock(mutex_);
  if (session_) return *session_;
  std::string params = "[" + json_text(options_.user) +
                       ",{\"password\":" + json_text(options_.password.reveal()) + "}," +
                       json_text(options_.language) + "]";
  auto response =
      transport_->send(rpc_request(target_, "common.db.login", params, "log in"), context);
  if (!response) return std::move(response).error().with_operation("log in");
  auto result = rpc_result(*response, "log in");
  if (!result) {
    if (response->status != 401) return std::move(result).error();
    return Error(ErrorCode::Unauthenticated, "the server does not know this user and password")
        .with_operation("log in")
        .with_http_status(401)
        .with_sent(Sent::Answered);
  }
  // [user id, session, …]: later versions add members.
  const auto& parts = result->children;
  const bool complete = result->kind == document::Tree::Kind::Array && parts.size() >= 2 &&
                        parts[0].kind == document::Tree::Kind::Number &&
                        parts[1].kind == document::Tree::Kind::Text;
  const std::string id = complete ? parts[0].text : std::string();
  std::int64_t user_id = 0;
  if (!complete || std::from_chars(id.data(), id.data() + id.size(), user_id).ec != std::errc()) {
    return Error(ErrorCode::Protocol, "the answer to the login holds no session")
        .with_operation("log in")
        .with_sent(Sent::Answered);
  }
  user_id_ = user_id;
  session_ = http::Authorization{
      .header = Secret("Session " + http::base64(options_.user + ":" + id + ":" + parts[1].text)),
      .user = options_.user};
  return *session_;
}

void Session::invalidate(const http::Authorization& used) {
  const std::lock_guard lock(mutex_);
  if (session_ && session_->header.reveal() == used.header.reveal()) session_.reset();
}

std::int64_t Session::user_id() const {
  const std::lock_guard lock(mutex_);
  return user_id_;
}

}  // namespace channelbridge::tryton
