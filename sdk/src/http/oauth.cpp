#include <charconv>
#include <nlohmann/json.hpp>

#include "channelbridge/http/encoding.hpp"
#include "channelbridge/http/pipeline.hpp"
#include "credential_internal.hpp"
#include "policies_internal.hpp"

namespace channelbridge::http {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMaxTokenAnswer = 64U << 10U;

/// The text under `name`; empty when it is not there or not text.
std::string text_of(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

/// RFC 6749 says number; some servers send text.
std::chrono::seconds lifetime_of(const Json& object, std::chrono::seconds assumed) {
  const auto found = object.find("expires_in");
  if (found == object.end()) return assumed;
  std::int64_t seconds = 0;
  if (found->is_number_integer()) {
    seconds = found->get<std::int64_t>();
  } else {
    const std::string text = text_of(object, "expires_in");
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (failed != std::errc() || end != text.data() + text.size()) return assumed;
  }
  constexpr std::int64_t kYear = 366LL * 24 * 3600;
  return seconds > 0 && seconds < kYear ? std::chrono::seconds(seconds) : assumed;
}

Error refusal(const Response& response, const Json& answer, const Clock& clock) {
  const auto describe = [&](ErrorCode code, std::string message) {
    Error error = Error(code, std::move(message)).with_http_status(response.status);
    if (answer.is_object())
      error = error.with_remote(text_of(answer, "error"), text_of(answer, "error_description"));
    if (const auto wait = retry_after(response, clock)) error = error.with_retry_after(*wait);
    return error.with_sent(Sent::Answered);
  };
  if (response.status == 429)
    return describe(ErrorCode::RateLimited, "the token endpoint asks to slow down");
  if (response.status >= 500)
    return describe(ErrorCode::Unavailable, "the token endpoint cannot answer now");
  if (response.status == 400 || response.status == 401 || response.status == 403)
    return describe(ErrorCode::Unauthenticated, "the token endpoint refused the credential");
  return describe(ErrorCode::Protocol, "the token endpoint gave no token");
}

class MemoryTokenStore final : public RefreshTokenStore {
 public:
  explicit MemoryTokenStore(Secret token) : token_(std::move(token)) {}
  Result<Secret> load() override {
    const std::lock_guard lock(mutex_);
    return token_;
  }
  Result<Secret> replace(const Secret& expected, const Secret& next) override {
    const std::lock_guard lock(mutex_);
    if (token_.reveal() == expected.reveal()) token_ = next;
    return token_;
  }

 private:
  std::mutex mutex_;
  Secret token_;
};

/// Exchanges refresh tokens; used by one thread at a time.
class RefreshExchange {
 public:
  RefreshExchange(std::shared_ptr<Transport> transport, OAuthClient client,
                  std::shared_ptr<RefreshTokenStore> store)
      : transport_(std::move(transport)), client_(std::move(client)), store_(std::move(store)) {}

  Result<Authorization> fetch(const Context& context) {
    if (rotated_) return store_rotated();
    auto token = store_->load();
    if (!token) return std::move(token).error();
    auto grant = exchange(*token, context);
    if (!grant && grant.error().code() == ErrorCode::Unauthenticated) {
      // Another process may have used up this token and stored its successor.
      auto stored = store_->load();
      if (stored && stored->reveal() != token->reveal()) {
        token = std::move(stored);
        grant = exchange(*token, context);
      }
    }
    if (!grant) return std::move(grant).error();
    if (grant->refresh_token.empty() || grant->refresh_token.reveal() == token->reveal())
      return grant->authorization;
    rotated_ = Rotated{
        .used = *token, .next = grant->refresh_token, .authorization = grant->authorization};
    return store_rotated();
  }

 private:
  struct Rotated {
    Secret used{};
    Secret next{};
    Authorization authorization{};
  };

  // Not repeatable: the server may have rotated the token although its answer was lost.
  Result<Grant> exchange(const Secret& token, const Context& context) {
    FormFields fields{{"grant_type", "refresh_token"}, {"refresh_token", token.reveal()}};
    add_client(client_, fields);
    return request_token(*transport_, client_, std::move(fields), Repeatable::No, context);
  }

  Result<Authorization> store_rotated() {
    if (auto stored = store_->replace(rotated_->used, rotated_->next); !stored)
      return Error(ErrorCode::Internal,
                   "the new refresh token could not be stored: " + stored.error().message());
    return std::exchange(rotated_, std::nullopt)->authorization;
  }

  std::shared_ptr<Transport> transport_;
  OAuthClient client_;
  std::shared_ptr<RefreshTokenStore> store_;
  std::optional<Rotated> rotated_{};  ///< granted, not yet stored
};

}  // namespace

void add_client(const OAuthClient& client, FormFields& fields) {
  if (client.secret_in_header) return;
  fields.emplace_back("client_id", client.client_id);
  if (!client.client_secret.empty())
    fields.emplace_back("client_secret", client.client_secret.reveal());
}

Result<Grant> request_token(Transport& transport, const OAuthClient& client, FormFields fields,
                            Repeatable repeatable, const Context& context) {
  if (!client.scope.empty()) fields.emplace_back("scope", client.scope);
  Request request{.method = "POST",
                  .target = client.token_target,
                  .headers = {{"Content-Type", "application/x-www-form-urlencoded"},
                              {"Accept", "application/json"}},
                  .body = encode_form(fields),
                  .repeatable = repeatable,
                  .operation = "token",
                  .max_response_bytes = kMaxTokenAnswer};
  if (client.secret_in_header)
    request.headers.set("Authorization",
                        "Basic " + base64(encode_component(client.client_id) + ":" +
                                          encode_component(client.client_secret.reveal())));
  const Timestamp asked = context.clock().now();
  const auto response = transport.send(request, context);
  const auto told = [&](const Error& error) {
    return error.with_operation("token").with_request(
        request_text("POST", transport.origin(), request.target) + " as " + client.client_id);
  };
  if (!response) return told(response.error());
  // Parse errors would quote the token; only whether it parsed matters.
  const Json answer = Json::parse(response->body, nullptr, false);
  if (response->status != 200) return told(refusal(*response, answer, context.clock()));
  const std::string token = answer.is_object() ? text_of(answer, "access_token") : "";
  const std::string header = "Bearer " + token;
  if (token.empty() || !is_header_value(header))
    return told(
        Error(ErrorCode::Protocol, "the token endpoint answered without a usable access_token")
            .with_http_status(200)
            .with_sent(Sent::Answered));
  return Grant{.authorization = {.header = Secret(header),
                                 .origin = text_of(answer, "instance_url"),
                                 .expires = asked + lifetime_of(answer, client.assumed_lifetime),
                                 .user = client.client_id},
               .refresh_token = Secret(text_of(answer, "refresh_token"))};
}

std::shared_ptr<Credential> make_client_credentials(std::shared_ptr<Transport> transport,
                                                    OAuthClient client) {
  const auto early = client.early_refresh;
  return std::make_shared<CachedCredential>(
      [transport = std::move(transport),
       client = std::move(client)](const Context& context) -> Result<Authorization> {
        FormFields fields{{"grant_type", "client_credentials"}};
        add_client(client, fields);
        auto grant = request_token(*transport, client, std::move(fields), Repeatable::Yes, context);
        if (!grant) return std::move(grant).error();
        return std::move(grant->authorization);
      },
      early);
}

std::shared_ptr<RefreshTokenStore> make_memory_token_store(Secret token) {
  return std::make_shared<MemoryTokenStore>(std::move(token));
}

std::shared_ptr<Credential> make_refresh_token(std::shared_ptr<Transport> transport,
                                               OAuthClient client,
                                               std::shared_ptr<RefreshTokenStore> store) {
  const auto early = client.early_refresh;
  auto exchange =
      std::make_shared<RefreshExchange>(std::move(transport), std::move(client), std::move(store));
  return std::make_shared<CachedCredential>(
      [exchange](const Context& context) { return exchange->fetch(context); }, early);
}

}  // namespace channelbridge::http
