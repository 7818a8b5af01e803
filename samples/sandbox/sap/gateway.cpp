#include "sandbox/sap/gateway.hpp"

#include <Poco/Base64Decoder.h>
#include <Poco/Base64Encoder.h>

#include <algorithm>
#include <sstream>

namespace channelbridge::sandbox::odata {
namespace {

std::string to_base64(const std::string& bytes) {
  std::ostringstream out;
  Poco::Base64Encoder encoder(out);
  encoder.rdbuf()->setLineLength(0);
  encoder << bytes;
  encoder.close();
  return out.str();
}

std::string from_base64(const std::string& text) {
  std::istringstream in(text);
  Poco::Base64Decoder decoder(in);
  return {std::istreambuf_iterator<char>(decoder), std::istreambuf_iterator<char>()};
}

bool reading(const std::string& method) { return method == "GET" || method == "HEAD"; }

bool language_is_known(const Request& request) {
  const auto language = request.parameter("sap-language");
  if (!language) return true;
  return language->size() == 2 && std::all_of(language->begin(), language->end(), [](char c) {
           return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
         });
}

Response csrf_refusal() {
  Response response = text_response(403, "text/plain", "CSRF token validation failed");
  response.headers.set("x-csrf-token", "Required");
  return response;
}

}  // namespace

Gateway::Gateway(GatewayOptions options, std::shared_ptr<Desk> desk)
    : options_(std::move(options)), desk_(std::move(desk)) {}

void Gateway::add(std::string path, std::unique_ptr<Engine> engine) {
  routes_.push_back({std::move(path), std::move(engine)});
}

Engine* Gateway::service(std::string_view path) {
  const auto found = std::find_if(routes_.begin(), routes_.end(), [&](const Route& each) {
    return each.path == path || std::string_view(each.path).ends_with("/" + std::string(path));
  });
  return found == routes_.end() ? nullptr : found->engine.get();
}

std::vector<Engine*> Gateway::engines() const {
  std::vector<Engine*> out;
  out.reserve(routes_.size());
  for (const Route& each : routes_) out.push_back(each.engine.get());
  return out;
}

std::optional<Response> Gateway::administer(const Request& request) {
  return more_ ? more_(request) : std::nullopt;
}

const Gateway::Route* Gateway::route(std::string_view path) const {
  const Route* best = nullptr;
  for (const Route& candidate : routes_) {
    if (!path.starts_with(candidate.path)) continue;
    const std::string_view rest = path.substr(candidate.path.size());
    // A version other than 1 is written …/SERVICE;v=2/; we serve one version under each name.
    if (!rest.empty() && rest.front() != '/') continue;
    if (best == nullptr || candidate.path.size() > best->path.size()) best = &candidate;
  }
  return best;
}

Response Gateway::handle(const Request& request) {
  if (request.path.ends_with("/oauth2/token") && request.method == "POST")
    return token_endpoint(request);
  if (before_) before_();
  if (const auto fault = desk_->faults.take("expire_sessions", request.line())) {
    if (fault->value == 401)
      expire_sessions(DeadSession::Unauthorized);
    else if (fault->value == 200)
      expire_sessions(DeadSession::LogonPage);
    else
      expire_sessions();
  }
  std::optional<Logon> logon = log_on(request);
  if (std::optional<Response> refused = dead_session(request)) return std::move(*refused);
  const std::string client =
      request.parameter("sap-client").value_or(request.headers.get("sap-client", options_.client));
  if (!logon || client != options_.client) return unauthorized();

  const Route* found = route(percent_decode(request.path));
  if (found == nullptr) {
    return text_response(
        404, "text/html;charset=utf-8",
        "<html><head><title>Not Found</title></head><body><h1>404 Resource not found</h1>"
        "<p>The termination occurred in system " +
            options_.system_id + "</p></body></html>");
  }
  Engine& engine = *found->engine;
  const std::string host = request.headers.get("Host", "localhost");
  const std::string root = (request.secure ? "https://" : "http://") + host + found->path + "/";
  if (options_.redirect_bare_root && percent_decode(request.path) == found->path) {
    const auto query = request.target.find('?');
    Response response = text_response(307, "text/plain", "");
    response.headers.set("Location",
                         root + (query == std::string::npos ? "" : request.target.substr(query)));
    return response;
  }
  if (request.method == "HEAD" && options_.refuse_head) {
    return engine.error({405, kBadRequest, "Method not allowed", {}, {}}, request);
  }
  if (!language_is_known(request)) {
    return engine.error(
        {400, "/IWBEP/CM_MGW_RT/176", "The logon language is not supported", {}, {}}, request);
  }
  const Csrf mode =
      logon->bearer && !options_.csrf_with_bearer ? Csrf::Off : engine.settings().csrf;
  if (!reading(request.method) && mode != Csrf::Off && !csrf_valid(request, *logon, mode))
    return csrf_refusal();

  Request below = request;
  below.path = request.path.substr(std::min(request.path.size(), found->path.size()));
  Response response = engine.handle(request, below.segments(), root, logon->user);
  const bool fetch = equal_without_case(request.headers.get("X-CSRF-Token"), "fetch");
  // Error answers carry no token, but SAP's own client fetches it with HEAD …/$batch/, which only
  // tells "not allowed".
  const bool given = response.status < 400 || response.status == 405;
  if (fetch && given && reading(request.method)) hand_out_token(request, *logon, mode, response);
  if (mode == Csrf::Session || !logon->session.empty()) {
    response.headers.add("Set-Cookie",
                         "sap-usercontext=sap-client=" + options_.client + "; path=/");
  }
  return response;
}

std::optional<Gateway::Logon> Gateway::log_on(const Request& request) {
  const std::lock_guard lock(mutex_);
  const Timestamp now = desk_->clock->now();
  std::erase_if(sessions_,
                [&](const auto& entry) { return now - entry.second.used > options_.session_idle; });
  const auto session = sessions_.find(cookie(request, session_cookie()));
  const std::string header = request.headers.get("Authorization");
  Logon logon;
  if (header.starts_with("Bearer ")) {
    const auto bearer = bearers_.find(header.substr(7));
    if (bearer == bearers_.end() || bearer->second.second < now) return std::nullopt;
    logon.user = bearer->second.first;
    logon.bearer = true;
  } else if (!header.empty()) {
    const auto user = basic_user(header);
    if (!user) return std::nullopt;
    logon.user = *user;
  } else if (session != sessions_.end()) {
    logon.user = session->second.user;
  } else {
    return std::nullopt;
  }
  // A cookie of somebody else's session is as good as none.
  if (session != sessions_.end() && session->second.user == logon.user) {
    session->second.used = now;
    logon.session = session->first;
  }
  return logon;
}

std::optional<std::string> Gateway::basic_user(const std::string& header) const {
  if (!header.starts_with("Basic ")) return std::nullopt;
  const std::string decoded = from_base64(header.substr(6));
  const auto colon = decoded.find(':');
  if (colon == std::string::npos) return std::nullopt;
  std::string user = decoded.substr(0, colon);
  const auto known = options_.users.find(user);
  if (known == options_.users.end() || known->second != decoded.substr(colon + 1))
    return std::nullopt;
  return user;
}

std::string Gateway::cookie(const Request& request, const std::string& name) const {
  for (const std::string& line : request.headers.all("Cookie")) {
    std::size_t start = 0;
    while (start < line.size()) {
      auto end = line.find(';', start);
      if (end == std::string::npos) end = line.size();
      while (start < end && line[start] == ' ') ++start;
      const auto equals = line.find('=', start);
      if (equals < end && line.compare(start, equals - start, name) == 0)
        return line.substr(equals + 1, end - equals - 1);
      start = end + 1;
    }
  }
  return {};
}

Response Gateway::unauthorized() const {
  Response response =
      text_response(401, "text/html;charset=utf-8",
                    "<html><head><title>Logon Error Message</title></head><body><h1>Anmeldung "
                    "fehlgeschlagen / Logon failed</h1></body></html>");
  response.headers.set("WWW-Authenticate", "Basic realm=\"SAP NetWeaver Application Server [" +
                                               options_.system_id + "/" + options_.client + "]\"");
  return response;
}

std::optional<Response> Gateway::dead_session(const Request& request) {
  const std::lock_guard lock(mutex_);
  const std::string id = cookie(request, session_cookie());
  if (options_.dead_session == DeadSession::LogsOn || id.empty() || sessions_.contains(id))
    return std::nullopt;
  if (options_.dead_session == DeadSession::Unauthorized) return unauthorized();
  return text_response(200, "text/html;charset=utf-8",
                       "<html><head><title>Logon</title></head><body><form name=\"loginForm\" "
                       "method=\"post\"><input name=\"sap-user\"/><input name=\"sap-password\" "
                       "type=\"password\"/></form></body></html>");
}

Response Gateway::token_endpoint(const Request& request) {
  std::string id;
  std::string secret;
  std::string grant;
  for (const auto& [name, value] : parse_form(request.body)) {
    if (name == "client_id") id = value;
    if (name == "client_secret") secret = value;
    if (name == "grant_type") grant = value;
  }
  const std::string header = request.headers.get("Authorization");
  if (header.starts_with("Basic ")) {
    const std::string decoded = from_base64(header.substr(6));
    const auto colon = std::min(decoded.find(':'), decoded.size());
    id = decoded.substr(0, colon);
    secret = decoded.substr(std::min(colon + 1, decoded.size()));
  }
  const auto known = options_.oauth_clients.find(id);
  if (known == options_.oauth_clients.end() || known->second != secret) {
    return json_response(401, Json{{"error", "invalid_client"},
                                   {"error_description", "Client authentication failed"}});
  }
  if (grant != "client_credentials")
    return json_response(400, Json{{"error", "unsupported_grant_type"}});
  const std::lock_guard lock(mutex_);
  const std::string token = random_text(24);
  bearers_[token] = {id, desk_->clock->now() + options_.token_life};
  return json_response(200, Json{{"access_token", token},
                                 {"token_type", "bearer"},
                                 {"expires_in", options_.token_life.count()},
                                 {"scope", ""}});
}

bool Gateway::csrf_valid(const Request& request, const Logon& logon, Csrf mode) {
  const std::string token = request.headers.get("X-CSRF-Token");
  if (token.empty()) return false;
  const std::lock_guard lock(mutex_);
  if (mode == Csrf::Stateless) {
    const std::string value = cookie(request, xsrf_cookie());
    return !value.empty() && token == stateless_token(value);
  }
  const auto session = sessions_.find(logon.session);
  return session != sessions_.end() && !session->second.token.empty() &&
         session->second.token == token;
}

void Gateway::hand_out_token(const Request& request, Logon& logon, Csrf mode, Response& response) {
  const std::lock_guard lock(mutex_);
  if (mode != Csrf::Session) {
    std::string value = cookie(request, xsrf_cookie());
    if (value.empty()) {
      value = random_text(18);
      response.headers.add("Set-Cookie", xsrf_cookie() + "=" + value + "; path=/; HttpOnly" +
                                             (request.secure ? "; secure" : ""));
    }
    response.headers.set("x-csrf-token", stateless_token(value));
    return;
  }
  auto session = sessions_.find(logon.session);
  if (session == sessions_.end()) {
    session =
        sessions_.emplace(random_text(24), Session{.user = logon.user, .used = desk_->clock->now()})
            .first;
    logon.session = session->first;
    response.headers.add("Set-Cookie", session_cookie() + "=" + session->first +
                                           "; path=/; HttpOnly" +
                                           (request.secure ? "; secure" : ""));
  }
  if (session->second.token.empty()) session->second.token = random_text(16);
  response.headers.set("x-csrf-token", session->second.token);
}

std::string Gateway::stateless_token(const std::string& cookie_value) const {
  return to_base64(sha256_hex(std::to_string(xsrf_epoch_) + cookie_value).substr(0, 16));
}

/// Base64 without the signs that a cookie or URL would have to escape.
std::string Gateway::random_text(std::size_t bytes) {
  std::string text;
  for (std::size_t i = 0; i < bytes; ++i) text += static_cast<char>(engine_() & 0xFFU);
  text = to_base64(text);
  std::replace(text.begin(), text.end(), '+', '-');
  std::replace(text.begin(), text.end(), '/', '_');
  return text;
}

Response Gateway::refuse(const Request& request, const Fault& fault) {
  if (fault.kind != "rate_limit") return Service::refuse(request, fault);
  Response response = json_response(
      429, Json{{"fault",
                 Json{{"faultstring",
                       "Rate limit quota violation. Quota limit exceeded. Identifier : CHANNEL"},
                      {"detail", Json{{"errorcode", "policies.ratelimit.QuotaViolation"}}}}}});
  if (fault.value > 0) response.headers.set("Retry-After", std::to_string(fault.value));
  return response;
}

Json Gateway::state() {
  Json all = Json::object();
  for (const Route& each : routes_) all[each.path] = each.engine->state();
  return all;
}

void Gateway::expire_sessions() {
  const std::lock_guard lock(mutex_);
  sessions_.clear();
  bearers_.clear();
  ++xsrf_epoch_;
}

void Gateway::expire_sessions(DeadSession answer) {
  expire_sessions();
  const std::lock_guard lock(mutex_);
  options_.dead_session = answer;
}

void Gateway::expire_csrf_tokens() {
  const std::lock_guard lock(mutex_);
  for (auto& [id, session] : sessions_) session.token.clear();
  ++xsrf_epoch_;
}

}  // namespace channelbridge::sandbox::odata
