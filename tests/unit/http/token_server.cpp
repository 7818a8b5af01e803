#include "token_server.hpp"

#include <Poco/Base64Decoder.h>
#include <Poco/Net/HTMLForm.h>
#include <Poco/Net/HTTPRequestHandler.h>
#include <Poco/Net/HTTPRequestHandlerFactory.h>
#include <Poco/Net/HTTPServer.h>
#include <Poco/Net/HTTPServerRequest.h>
#include <Poco/Net/HTTPServerResponse.h>
#include <Poco/Net/ServerSocket.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

namespace channelbridge::http {

namespace net = Poco::Net;

struct TokenServer::State {
  mutable std::mutex mutex;
  int requests{};
  int granted{};
  std::map<std::string, std::string> form, headers;
  int status{};
  std::string body, expires_in{"3600"}, public_key, audience, refresh_token;
  int delay{};
  bool rotating{true};
};

namespace {

std::string decode64url(std::string text) {
  for (char& c : text) c = c == '-' ? '+' : c == '_' ? '/' : c;
  text.resize((text.size() + 3) / 4 * 4, '=');
  std::istringstream in(text);
  Poco::Base64Decoder decoder(in);
  return {std::istreambuf_iterator<char>(decoder), {}};
}

/// Empty = accepted, else what is wrong with the assertion.
std::string check_assertion(const TokenServer::State& state, const std::string& jwt) {
  const auto last = jwt.rfind('.');
  const auto first = jwt.find('.');
  if (last == std::string::npos || first == last) return "form";
  const std::string text = jwt.substr(0, last);
  const std::string signature = decode64url(jwt.substr(last + 1));
  const std::unique_ptr<BIO, int (*)(BIO*)> in(BIO_new_mem_buf(state.public_key.data(), -1),
                                               BIO_free);
  const std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> key(
      PEM_read_bio_PUBKEY(in.get(), nullptr, nullptr, nullptr), EVP_PKEY_free);
  const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> digest(EVP_MD_CTX_new(),
                                                                  EVP_MD_CTX_free);
  if (EVP_DigestVerifyInit(digest.get(), nullptr, EVP_sha256(), nullptr, key.get()) != 1 ||
      EVP_DigestVerify(digest.get(), reinterpret_cast<const unsigned char*>(signature.data()),
                       signature.size(), reinterpret_cast<const unsigned char*>(text.data()),
                       text.size()) != 1)
    return "signature";
  const auto header = nlohmann::json::parse(decode64url(text.substr(0, first)));
  const auto claims = nlohmann::json::parse(decode64url(text.substr(first + 1)));
  const auto now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  if (header.at("alg") != "RS256") return "alg";
  if (claims.at("iss") != "app" || claims.at("sub") != "eva@example.se") return "names";
  if (claims.at("aud") != state.audience) return "audience";
  if (claims.at("exp") <= now || claims.at("exp") > now + 300) return "exp";
  return "";
}

std::string grant(TokenServer::State& state) {
  nlohmann::json answer = {{"access_token", "token-" + std::to_string(++state.granted)},
                           {"token_type", "Bearer"},
                           {"instance_url", "https://eu1.example"}};
  if (!state.expires_in.empty()) answer["expires_in"] = nlohmann::json::parse(state.expires_in);
  if (state.form["grant_type"] == "refresh_token" && state.rotating) {
    state.refresh_token = "refresh-" + std::to_string(state.granted);
    answer["refresh_token"] = state.refresh_token;
  }
  return answer.dump();
}

std::string refuse(const char* error, const std::string& description) {
  return nlohmann::json{{"error", error}, {"error_description", description}}.dump();
}

class TokenHandler final : public net::HTTPRequestHandler {
 public:
  explicit TokenHandler(std::shared_ptr<TokenServer::State> state) : state_(std::move(state)) {}

  void handleRequest(net::HTTPServerRequest& request, net::HTTPServerResponse& response) override {
    const net::HTMLForm form(request, request.stream());
    std::unique_lock lock(state_->mutex);
    ++state_->requests;
    state_->form = {form.begin(), form.end()};
    state_->headers = {request.begin(), request.end()};
    const auto delay = std::chrono::milliseconds(state_->delay);
    lock.unlock();
    std::this_thread::sleep_for(delay);
    lock.lock();
    std::string body;
    int status = answer(body);
    response.setStatus(static_cast<net::HTTPResponse::HTTPStatus>(status));
    response.setContentType("application/json");
    response.setContentLength64(static_cast<Poco::Int64>(body.size()));
    response.send() << body;
  }

 private:
  int answer(std::string& body) {
    auto& form = state_->form;
    if (state_->status != 0) {
      body = state_->body;
      return state_->status;
    }
    const std::string kind = form["grant_type"];
    std::string problem;
    if (kind == "client_credentials") {
      const bool in_header = state_->headers["Authorization"] == "Basic YXBwOnMzY3JldA==";
      if (!in_header && (form["client_id"] != "app" || form["client_secret"] != "s3cret"))
        problem = "client";
    } else if (kind == "refresh_token") {
      if (form["refresh_token"] != state_->refresh_token) problem = "token";
    } else if (kind == "urn:ietf:params:oauth:grant-type:jwt-bearer") {
      problem = check_assertion(*state_, form["assertion"]);
    } else {
      problem = "grant_type";
    }
    body = problem.empty() ? grant(*state_) : refuse("invalid_grant", problem);
    return problem.empty() ? 200 : 400;
  }

  std::shared_ptr<TokenServer::State> state_;
};

class Factory final : public net::HTTPRequestHandlerFactory {
 public:
  explicit Factory(std::shared_ptr<TokenServer::State> state) : state_(std::move(state)) {}
  net::HTTPRequestHandler* createRequestHandler(const net::HTTPServerRequest&) override {
    return new TokenHandler(state_);
  }

 private:
  std::shared_ptr<TokenServer::State> state_;
};

}  // namespace

struct TokenServer::Server {
  explicit Server(const std::shared_ptr<State>& state)
      : socket(net::SocketAddress("127.0.0.1", 0)),
        http(new Factory(state), socket, new net::HTTPServerParams) {
    http.start();
  }
  ~Server() { http.stopAll(true); }
  net::ServerSocket socket;
  net::HTTPServer http;
};

TokenServer::TokenServer()
    : state_(std::make_shared<State>()), server_(std::make_unique<Server>(state_)) {}
TokenServer::~TokenServer() = default;

std::string TokenServer::origin() const {
  return "http://127.0.0.1:" + std::to_string(server_->socket.address().port());
}
int TokenServer::requests() const {
  const std::lock_guard lock(state_->mutex);
  return state_->requests;
}
int TokenServer::granted() const {
  const std::lock_guard lock(state_->mutex);
  return state_->granted;
}
std::string TokenServer::last_form(const std::string& name) const {
  const std::lock_guard lock(state_->mutex);
  return state_->form[name];
}
std::string TokenServer::last_header(const std::string& name) const {
  const std::lock_guard lock(state_->mutex);
  return state_->headers[name];
}
void TokenServer::answer_with(int status, std::string body) {
  const std::lock_guard lock(state_->mutex);
  state_->status = status;
  state_->body = std::move(body);
}
void TokenServer::set_expires_in(std::string json) {
  const std::lock_guard lock(state_->mutex);
  state_->expires_in = std::move(json);
}
void TokenServer::set_delay(int milliseconds) {
  const std::lock_guard lock(state_->mutex);
  state_->delay = milliseconds;
}
void TokenServer::trust(std::string public_key_pem, std::string audience) {
  const std::lock_guard lock(state_->mutex);
  state_->public_key = std::move(public_key_pem);
  state_->audience = std::move(audience);
}
void TokenServer::accept_refresh_token(std::string token) {
  const std::lock_guard lock(state_->mutex);
  state_->refresh_token = std::move(token);
}
void TokenServer::rotate(bool on) {
  const std::lock_guard lock(state_->mutex);
  state_->rotating = on;
}

}  // namespace channelbridge::http
