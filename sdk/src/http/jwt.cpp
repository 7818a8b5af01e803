#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <nlohmann/json.hpp>
#include <optional>

#include "channelbridge/http/encoding.hpp"
#include "credential_internal.hpp"

namespace channelbridge::http {
namespace {

/// Servers accept assertions that end soon; common clients use three minutes.
constexpr std::chrono::minutes kAssertionLifetime{3};

using Key = std::shared_ptr<EVP_PKEY>;

/// Refuses: the key has no password, and nobody is there to type one.
int no_password(char*, int, int, void*) { return -1; }

/// RSASSA-PKCS1-v1_5 with SHA-256, "RS256" of RFC 7518.
std::optional<std::string> sign_rs256(EVP_PKEY* key, std::string_view text) {
  const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> digest(EVP_MD_CTX_new(),
                                                                  EVP_MD_CTX_free);
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  std::size_t size = 0;
  std::string signature;
  const auto sign = [&](unsigned char* out) {
    return EVP_DigestSign(digest.get(), out, &size, bytes, text.size()) == 1;
  };
  bool ok = digest && EVP_DigestSignInit(digest.get(), nullptr, EVP_sha256(), nullptr, key) == 1 &&
            sign(nullptr);
  if (ok) {
    signature.resize(size);
    ok = sign(reinterpret_cast<unsigned char*>(signature.data()));
    signature.resize(size);
  }
  ERR_clear_error();
  if (!ok) return std::nullopt;
  return signature;
}

}  // namespace

Result<std::shared_ptr<Credential>> make_jwt_bearer(std::shared_ptr<Transport> transport,
                                                    OAuthClient client, std::string subject,
                                                    std::string audience,
                                                    const Secret& private_key) {
  const std::string& pem = private_key.reveal();
  const std::unique_ptr<BIO, int (*)(BIO*)> in(
      BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), BIO_free);
  const Key key(in ? PEM_read_bio_PrivateKey(in.get(), nullptr, no_password, nullptr) : nullptr,
                EVP_PKEY_free);
  ERR_clear_error();
  if (!key || EVP_PKEY_is_a(key.get(), "RSA") != 1)
    return Error(ErrorCode::Invalid, "the private key is not an RSA key in PEM without a password");
  const auto early = client.early_refresh;
  auto fetch = [transport = std::move(transport), client = std::move(client),
                subject = std::move(subject), audience = std::move(audience),
                key](const Context& context) -> Result<Authorization> {
    const auto ends =
        std::chrono::floor<std::chrono::seconds>(context.clock().now()) + kAssertionLifetime;
    const nlohmann::json claims = {{"iss", client.client_id},
                                   {"sub", subject},
                                   {"aud", audience},
                                   {"exp", ends.time_since_epoch().count()}};
    using nlohmann::json;
    const std::string text = base64url(R"({"alg":"RS256","typ":"JWT"})") + "." +
                             base64url(claims.dump(-1, ' ', false, json::error_handler_t::replace));
    const auto signature = sign_rs256(key.get(), text);
    if (!signature) return Error(ErrorCode::Internal, "the JWT could not be signed");
    const std::string assertion = text + "." + base64url(*signature);
    auto grant = request_token(
        *transport, client,
        {{"grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"}, {"assertion", assertion}},
        Repeatable::Yes, context);
    if (!grant) return std::move(grant).error();
    grant->authorization.user = subject;
    return std::move(grant->authorization);
  };
  return std::make_shared<CachedCredential>(std::move(fetch), early);
}

}  // namespace channelbridge::http
