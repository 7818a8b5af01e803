#include "session_internal.hpp"

#include <algorithm>
#include <cctype>
#include <chrono>
#include <utility>

#include "text_internal.hpp"

namespace channelbridge::odata {
namespace {

/// May it change anything? Reads that go as POST ($batch) say that they may be repeated.
bool writes(const http::Request& request) {
  return request.method != "GET" && request.method != "HEAD" &&
         request.repeatable != http::Repeatable::Yes;
}

bool modifies(const std::string& method) { return method != "GET" && method != "HEAD"; }

bool token_required(const http::Response& response) {
  return response.status == 403 &&
         lower(response.headers.get("x-csrf-token").value_or("")) == "required";
}

/// A logon may be asked for at another address, too (SAML, form logon), as anything else may be.
bool led_away(const http::Response& response) {
  return response.status == 302 || response.status == 303;
}

void add_cookies(http::Request& request, const std::map<std::string, std::string>& cookies) {
  if (cookies.empty()) return;
  std::string line;
  for (const auto& [name, value] : cookies) line += (line.empty() ? "" : "; ") + name + "=" + value;
  request.headers.set("cookie", line);
}

}  // namespace

bool is_page(const http::Response& response) {
  return response.headers.get("content-type").value_or("").starts_with("text/html");
}

bool session_refused(const http::Response& response) {
  return response.status == 401 || (response.status == 200 && is_page(response));
}

SessionLayer::Session SessionLayer::session() const {
  const std::lock_guard lock(mutex_);
  return session_;
}

void SessionLayer::keep_cookies(const http::Response& response, std::uint64_t number) {
  const std::lock_guard lock(mutex_);
  if (session_.number != number) return;  // an answer of a session that is gone
  session_.take_cookies(response);
}

void SessionLayer::Session::take_cookies(const http::Response& response) {
  for (const std::string& line : response.headers.all("set-cookie")) {
    const std::string pair = line.substr(0, line.find(';'));
    const std::size_t equals = pair.find('=');
    if (equals == std::string::npos || equals == 0) continue;
    const std::string name = pair.substr(0, equals);
    const std::string rest = lower(line);
    if (equals + 1 == pair.size() || rest.find("max-age=0") != std::string::npos) {
      cookies.erase(name);
    } else {
      cookies[name] = pair.substr(equals + 1);
    }
  }
}

void SessionLayer::add(std::string root, bool tokens) {
  std::string path = root.substr(0, root.find('?'));
  roots_.push_back({.target = std::move(root), .path = std::move(path), .tokens = tokens});
}

const SessionLayer::Root* SessionLayer::root_of(const std::string& target) const {
  if (roots_.size() == 1) return &roots_.front();
  const Root* best = nullptr;
  for (const Root& root : roots_) {
    if (!target.starts_with(root.path)) continue;
    if (best == nullptr || root.path.size() > best->path.size()) best = &root;
  }
  return best;
}

Result<SessionLayer::Session> SessionLayer::token_after(std::uint64_t used, const Root& root,
                                                        const http::Request& request,
                                                        const Context& context, const Next& next,
                                                        http::Response& refused) {
  const std::unique_lock fetch(fetching_, context.remaining(std::chrono::minutes(2)));
  if (!fetch.owns_lock()) {
    return Error(ErrorCode::Timeout, "another request's fetch of a CSRF token took too long")
        .with_sent(Sent::No);
  }
  const Session before = session();
  if (!before.token(root).empty() && before.number > used) return before;

  http::Request get;
  get.target = root.target;
  get.operation = "fetch CSRF token";
  get.headers.set("accept", "application/json");
  get.headers.set("x-csrf-token", "Fetch");
  if (const auto authorization = request.headers.get("authorization")) {
    get.headers.set("authorization", *authorization);
  }
  for (bool joins = before.number > used;; joins = false) {
    http::Request fetch_it = get;
    if (joins) add_cookies(fetch_it, before.cookies);
    Result<http::Response> answer = next(fetch_it, context);
    if (!answer) return answer.error().with_sent(Sent::No);  // the write itself has not left
    // The session has ended meanwhile: a new one is begun.
    if (joins && !before.cookies.empty() && (session_refused(*answer) || led_away(*answer)))
      continue;
    if (answer->status >= 400 || session_refused(*answer)) {
      refused = std::move(*answer);
      // The page is no answer to the write, which has not left: the credential is what was refused.
      if (refused.status < 400) refused.status = 401;
      return Error(ErrorCode::Unavailable, "the fetch of a CSRF token was refused");
    }
    const std::string token = answer->headers.get("x-csrf-token").value_or("");
    if (token.empty() || lower(token) == "required" || lower(token) == "fetch") {
      return Error(ErrorCode::Protocol,
                   "the service root gave no CSRF token (set 'csrf: none' where none is needed)")
          .with_http_status(answer->status)
          .with_sent(Sent::No);
    }
    // The token and its cookies become visible together: one without the other is refused.
    const std::lock_guard lock(mutex_);
    if (joins && session_.number != before.number) continue;  // ended by another request
    if (!joins) session_ = {.tokens = {}, .cookies = {}, .number = session_.number + 1};
    session_.tokens[root.target] = token;
    session_.take_cookies(*answer);
    return session_;
  }
}

Result<http::Response> SessionLayer::send(const http::Request& request, const Context& context,
                                          const Next& next) {
  const Root* root = root_of(request.target);
  const bool needs_token = root != nullptr && root->tokens && modifies(request.method);
  // The number of the session that was refused, so that one renewal serves every request that
  // failed with it.
  std::uint64_t refused_number = 0;
  for (bool repeated = false;; repeated = true) {
    Session now = session();
    http::Request sent = request;
    if (needs_token) {
      if (now.token(*root).empty() || now.number == refused_number) {
        http::Response refused;
        Result<Session> fresh = token_after(refused_number, *root, request, context, next, refused);
        if (!fresh) {
          if (refused.status != 0) return refused;  // 401, 503 …: the pipeline knows what to do
          return fresh.error();
        }
        now = std::move(*fresh);
      }
      sent.headers.set("x-csrf-token", now.token(*root));
    }
    add_cookies(sent, now.cookies);
    Result<http::Response> answer = next(sent, context);
    if (!answer) return answer;
    keep_cookies(*answer, now.number);
    const bool away = led_away(*answer);
    const bool ended = away || session_refused(*answer);
    if (ended) {
      // The cookies would only bring the old session back.
      const std::lock_guard lock(mutex_);
      if (session_.number == now.number)
        session_ = {.tokens = {}, .cookies = {}, .number = now.number + 1};
    }
    // A page may stand in the place of the server's own answer: a proxy that lets the request pass
    // and then asks for a logon looks like a node that never took it. Only a refusal proves that
    // nothing was done.
    if (writes(request) && answer->status < 300 && is_page(*answer)) {
      return Error(ErrorCode::Unauthenticated,
                   "the service answered a write with a logon page: it may have been done")
          .with_http_status(answer->status)
          .with_sent(Sent::Answered);
    }
    if (writes(request) && away) return answer;  // done or not: the pipeline says what it means
    // Without cookies it is the credential that was refused.
    const bool worth_it = ended ? !now.cookies.empty() : needs_token && token_required(*answer);
    if (repeated || !worth_it) return answer;
    refused_number = now.number;
  }
}

}  // namespace channelbridge::odata
