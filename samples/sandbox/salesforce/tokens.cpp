#include "sandbox/salesforce/tokens.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>

#include "sandbox/salesforce/record_id.hpp"

namespace channelbridge::sandbox::salesforce {
namespace {

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

Response oauth_error(const std::string& error, const std::string& description) {
  return json_response(400, Json{{"error", error}, {"error_description", description}});
}

std::optional<std::string> base64_decode(std::string_view text) {
  static constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  unsigned bits = 0;
  unsigned held = 0;
  for (char c : text) {
    if (c == '=') break;
    if (c == '-') c = '+';
    if (c == '_') c = '/';
    const std::size_t value = kAlphabet.find(c);
    if (value == std::string_view::npos) return std::nullopt;
    bits = (bits << 6) | static_cast<unsigned>(value);
    held += 6;
    if (held >= 8) {
      held -= 8;
      out += static_cast<char>((bits >> held) & 0xFFU);
    }
  }
  return out;
}

std::string base64(std::string_view bytes) {
  std::string out(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                   reinterpret_cast<const unsigned char*>(bytes.data()),
                                   static_cast<int>(bytes.size()));
  out.resize(static_cast<std::size_t>(size));
  return out;
}

std::string sign(const std::string& text, const std::string& secret) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> mac{};
  unsigned size = 0;
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), mac.data(), &size);
  return base64({reinterpret_cast<const char*>(mac.data()), size});
}

Key load_key(const std::string& pem) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> bio(
      BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), BIO_free);
  Key key(nullptr, EVP_PKEY_free);
  if (pem.find("BEGIN CERTIFICATE") != std::string::npos) {
    const std::unique_ptr<X509, decltype(&X509_free)> certificate(
        PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr), X509_free);
    if (certificate) key.reset(X509_get_pubkey(certificate.get()));
  } else {
    key.reset(PEM_read_bio_PUBKEY(bio.get(), nullptr, nullptr, nullptr));
  }
  ERR_clear_error();
  return key;
}

bool verify_rs256(const std::string& pem, std::string_view text, std::string_view signature) {
  const Key key = load_key(pem);
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                        EVP_MD_CTX_free);
  const bool valid =
      key && EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get()) == 1 &&
      EVP_DigestVerify(context.get(), reinterpret_cast<const unsigned char*>(signature.data()),
                       signature.size(), reinterpret_cast<const unsigned char*>(text.data()),
                       text.size()) == 1;
  ERR_clear_error();
  return valid;
}

// The server listens on the loopback interface, which has a name and a number.
std::string other_name(const std::string& url) {
  static constexpr std::string_view kName = "://localhost";
  static constexpr std::string_view kNumber = "://127.0.0.1";
  std::string other = url;
  const std::size_t at = url.find("://");
  const std::string_view from = url.find(kName) == at ? kName : kNumber;
  if (url.find(from) == at) other.replace(at, from.size(), from == kName ? kNumber : kName);
  return other;
}

using Form = std::vector<std::pair<std::string, std::string>>;

std::string value_of(const Form& form, std::string_view name) {
  for (const auto& [key, value] : form) {
    if (key == name) return value;
  }
  return {};
}

class TokenEndpoint {
 public:
  TokenEndpoint(State& state, const Request& request, std::string url)
      : state_(state), request_(request), form_(parse_form(request.body)), url_(std::move(url)) {}

  Response answer() {
    const std::string grant = value_of(form_, "grant_type");
    if (grant == "urn:ietf:params:oauth:grant-type:jwt-bearer") return jwt_bearer();
    if (grant == "client_credentials") return client_credentials();
    if (grant == "refresh_token") return refresh();
    if (grant == "password") return password();
    if (grant.empty())
      return oauth_error("invalid_request", "missing required parameter: grant_type");
    return oauth_error("unsupported_grant_type", "grant type not supported");
  }

 private:
  const ConnectedApp* app(const std::string& client_id) const {
    const auto found = std::find_if(
        state_.options.apps.begin(), state_.options.apps.end(),
        [&](const ConnectedApp& candidate) { return candidate.client_id == client_id; });
    return found == state_.options.apps.end() ? nullptr : &*found;
  }

  const Actor* actor(const std::string& username) const {
    const auto found = state_.actors.find(username);
    return found == state_.actors.end() ? nullptr : &found->second;
  }

  // Client id and secret come as HTTP Basic or as form fields.
  std::pair<std::string, std::string> client() const {
    const std::string header = request_.headers.get("Authorization");
    if (header.starts_with("Basic ")) {
      const std::string pair = base64_decode(std::string_view(header).substr(6)).value_or("");
      const std::size_t colon = pair.find(':');
      if (colon != std::string::npos) return {pair.substr(0, colon), pair.substr(colon + 1)};
    }
    return {value_of(form_, "client_id"), value_of(form_, "client_secret")};
  }

  Response granted(const Actor& user, const ConnectedApp& by, const Json& extra = Json::object()) {
    const std::string identity = url_ + "/id/" + state_.org_id + "/" + user.user_id;
    const std::string issued = std::to_string(
        std::chrono::floor<std::chrono::milliseconds>(state_.now()).time_since_epoch().count());
    const std::string token = state_.open_session(user, by.client_id);
    std::string instance = url_;
    if (state_.desk->faults.take("move_instance", request_.line())) {
      instance = other_name(url_);
      state_.sessions[token].host = instance.substr(instance.find("://") + 3);
    }
    Json body{{"access_token", token}, {"signature", sign(identity + issued, by.client_secret)},
              {"scope", "id api"},     {"instance_url", instance},
              {"id", identity},        {"token_type", "Bearer"},
              {"issued_at", issued}};
    body.update(extra);
    return json_response(200, body);
  }

  Response jwt_bearer() {
    const std::string assertion = value_of(form_, "assertion");
    const std::size_t first = assertion.find('.');
    const std::size_t second = first == std::string::npos ? first : assertion.find('.', first + 1);
    if (second == std::string::npos) return oauth_error("invalid_grant", "invalid assertion");
    const Result<Json> header = parse_json(base64_decode(assertion.substr(0, first)).value_or(""));
    const Result<Json> claims =
        parse_json(base64_decode(assertion.substr(first + 1, second - first - 1)).value_or(""));
    const std::string signature = base64_decode(assertion.substr(second + 1)).value_or("");
    if (!header || !claims || text_of(*header, "alg") != "RS256") {
      return oauth_error("invalid_grant", "invalid assertion");
    }
    const ConnectedApp* by = app(text_of(*claims, "iss"));
    if (by == nullptr) return oauth_error("invalid_client_id", "client identifier invalid");
    if (!verify_rs256(by->certificate, std::string_view(assertion).substr(0, second), signature)) {
      return oauth_error("invalid_grant", "invalid assertion");
    }
    const std::string audience = text_of(*claims, "aud");
    const auto& known = state_.options.audiences;
    if (audience != url_ && std::find(known.begin(), known.end(), audience) == known.end()) {
      return oauth_error("invalid_grant", "audience is invalid");
    }
    const auto expiry = claims->find("exp");
    const std::int64_t now =
        std::chrono::floor<std::chrono::seconds>(state_.now()).time_since_epoch().count();
    if (expiry == claims->end() || !is_number(*expiry))
      return oauth_error("invalid_grant", "invalid assertion");
    const std::int64_t expires = std::strtoll(number_text(*expiry).c_str(), nullptr, 10);
    if (expires <= now) return oauth_error("invalid_grant", "expired authorization code");
    // Assertions that live longer than a few minutes are refused; five is the limit that is told
    // (unconfirmed).
    if (expires > now + 300 + 60) return oauth_error("invalid_grant", "invalid assertion");
    const Actor* user = actor(text_of(*claims, "sub"));
    if (user == nullptr) return oauth_error("invalid_grant", "user hasn't approved this consumer");
    return granted(*user, *by);
  }

  Response client_credentials() {
    const auto [id, secret] = client();
    const ConnectedApp* by = app(id);
    if (by == nullptr) return oauth_error("invalid_client_id", "client identifier invalid");
    if (by->client_secret.empty() || by->client_secret != secret) {
      return oauth_error("invalid_client", "invalid client credentials");
    }
    const Actor* user = actor(by->run_as);
    if (user == nullptr) return oauth_error("invalid_grant", "no client credentials user enabled");
    return granted(*user, *by);
  }

  Response refresh() {
    const auto [id, secret] = client();
    const ConnectedApp* by = app(id);
    if (by == nullptr) return oauth_error("invalid_client_id", "client identifier invalid");
    if (!secret.empty() && secret != by->client_secret) {
      return oauth_error("invalid_client", "invalid client credentials");
    }
    const auto grant = state_.refresh_grants.find(value_of(form_, "refresh_token"));
    if (grant == state_.refresh_grants.end() || grant->second.client_id != id) {
      return oauth_error("invalid_grant", "expired access/refresh token");
    }
    return granted(grant->second.actor, *by);
  }

  Response password() {
    const auto [id, secret] = client();
    const ConnectedApp* by = app(id);
    if (by == nullptr) return oauth_error("invalid_client_id", "client identifier invalid");
    if (by->client_secret != secret)
      return oauth_error("invalid_client", "invalid client credentials");
    const std::string username = value_of(form_, "username");
    const Actor* user = actor(username);
    const auto account =
        std::find_if(state_.options.users.begin(), state_.options.users.end(),
                     [&](const User& candidate) { return candidate.username == username; });
    if (user == nullptr || account->password.empty() ||
        account->password != value_of(form_, "password")) {
      return oauth_error("invalid_grant", "authentication failure");
    }
    const std::string refresh_token = "5Aep" + state_.random_text(80);
    state_.refresh_grants[refresh_token] = {.actor = *user, .client_id = id};
    return granted(*user, *by, Json{{"refresh_token", refresh_token}});
  }

  State& state_;
  const Request& request_;
  Form form_;
  std::string url_;
};

Response identity(State& state, const Actor& actor, const std::string& url) {
  const std::string rest = url + "/services/data/v{version}/";
  return json_response(
      200, Json{{"id", url + "/id/" + state.org_id + "/" + actor.user_id},
                {"sub", url + "/id/" + state.org_id + "/" + actor.user_id},
                {"user_id", actor.user_id},
                {"organization_id", state.org_id},
                {"username", actor.username},
                {"preferred_username", actor.username},
                {"email", actor.username},
                {"active", true},
                {"user_type", "STANDARD"},
                {"urls",
                 {{"rest", rest}, {"query", rest + "query/"}, {"sobjects", rest + "sobjects/"}}}});
}

}  // namespace

std::string base_url(const Request& request) {
  return (request.secure ? "https://" : "http://") + request.headers.get("Host", "127.0.0.1");
}

Session* find_session(State& state, const Request& request) {
  const std::string header = request.headers.get("Authorization");
  const std::size_t space = header.find(' ');
  if (space == std::string::npos) return nullptr;
  const std::string scheme = header.substr(0, space);
  if (!equal_without_case(scheme, "Bearer") && !equal_without_case(scheme, "OAuth")) return nullptr;
  return find_session(state, header.substr(space + 1), request.headers.get("Host"));
}

Session* find_session(State& state, const std::string& token, const std::string& host) {
  const auto found = state.sessions.find(token);
  if (found == state.sessions.end()) return nullptr;
  if (found->second.expires <= state.now()) {
    state.sessions.erase(found);
    return nullptr;
  }
  if (!found->second.host.empty() && found->second.host != host) return nullptr;
  found->second.expires = state.now() + state.options.session_lifetime;
  return &found->second;
}

Response answer_login(State& state, const Request& request, const std::string& url) {
  if (request.path == "/services/oauth2/token") {
    if (request.method != "POST") return oauth_error("invalid_request", "must use HTTP POST");
    return TokenEndpoint(state, request, url).answer();
  }
  if (request.path == "/services/oauth2/revoke") {
    std::string token = value_of(parse_form(request.body), "token");
    if (token.empty()) token = request.parameter("token").value_or("");
    const bool known = state.sessions.erase(token) + state.refresh_grants.erase(token) > 0;
    return known ? Response{}
                 : oauth_error("unsupported_token_type", "this token type is not supported");
  }
  if (request.path == "/services/oauth2/userinfo" || request.path.starts_with("/id/")) {
    // Here an unusable session is 403 with a bare word, not 401.
    const Session* session = find_session(state, request);
    if (session == nullptr) return text_response(403, "text/html;charset=UTF-8", "Bad_OAuth_Token");
    return identity(state, session->actor, url);
  }
  return Response{.status = 0};
}

}  // namespace channelbridge::sandbox::salesforce
