#include <openssl/evp.h>
#include <openssl/pem.h>

#include <memory>

#include "client.hpp"

namespace channelbridge::sandbox::salesforce {
namespace {

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

Key make_key() { return Key(EVP_RSA_gen(2048), EVP_PKEY_free); }

std::string public_pem(EVP_PKEY* key) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new(BIO_s_mem()), BIO_free);
  PEM_write_bio_PUBKEY(bio.get(), key);
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

std::string base64url(const std::string& bytes) {
  std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  text.resize(static_cast<std::size_t>(EVP_EncodeBlock(
      reinterpret_cast<unsigned char*>(text.data()),
      reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()))));
  for (char& c : text) c = c == '+' ? '-' : c == '/' ? '_' : c;
  return text.substr(0, text.find('='));
}

std::string sign(EVP_PKEY* key, const std::string& text) {
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                        EVP_MD_CTX_free);
  EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key);
  std::size_t size = 0;
  const auto* data = reinterpret_cast<const unsigned char*>(text.data());
  EVP_DigestSign(context.get(), nullptr, &size, data, text.size());
  std::string signature(size, '\0');
  EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size, data,
                 text.size());
  signature.resize(size);
  return signature;
}

const Key& shared_key() {
  static const Key key = make_key();  // making one costs most of a test's time
  return key;
}

OrgOptions with_app() {
  OrgOptions given = options();
  given.apps = {{.client_id = "3MVG9.client",
                 .client_secret = "s3cret",
                 .certificate = public_pem(shared_key().get()),
                 .run_as = kIntegrationUser}};
  given.users[1].password = "pass";
  return given;
}

class Login : public SalesforceSandbox {
 protected:
  Login() : SalesforceSandbox(with_app()) { token.clear(); }

  Answer ask(const std::string& form, const Headers& headers = {}) {
    Headers all{{"Content-Type", "application/x-www-form-urlencoded"}};
    for (const auto& [name, value] : headers.fields()) all.add(name, value);
    return send("POST", "/services/oauth2/token", form, all);
  }

  std::int64_t now() const {
    return std::chrono::floor<std::chrono::seconds>(sandbox.desk->clock->now())
        .time_since_epoch()
        .count();
  }

  Answer assertion(EVP_PKEY* key, const Json& changed = Json::object()) {
    Json claims{{"iss", "3MVG9.client"},
                {"sub", kIntegrationUser},
                {"aud", "https://login.salesforce.com"},
                {"exp", now() + 180}};
    claims.update(changed);
    const std::string text = base64url(R"({"alg":"RS256"})") + "." + base64url(dump_json(claims));
    return ask("grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=" +
               text + "." + base64url(sign(key, text)));
  }
};

TEST_F(Login, TakesASignedAssertion) {
  const Answer answer = assertion(shared_key().get());
  ASSERT_EQ(answer.status, 200) << answer.text;
  EXPECT_EQ(text_of(answer.body, "instance_url"), sandbox.server->url());
  EXPECT_TRUE(text_of(answer.body, "access_token").starts_with("00D"));
  EXPECT_FALSE(answer.body.contains("refresh_token"));
  EXPECT_FALSE(answer.body.contains("expires_in"));
  token = text_of(answer.body, "access_token");
  EXPECT_EQ(call("GET", "limits").status, 200);
  EXPECT_EQ(text_of(call("GET", "/services/oauth2/userinfo").body, "preferred_username"),
            kIntegrationUser);
}

TEST_F(Login, RefusesAssertionsThatAreWrong) {
  const auto refused = [&](const Answer& answer, const char* code, const char* text) {
    EXPECT_EQ(answer.status, 400);
    EXPECT_EQ(answer.code(), code) << answer.text;
    EXPECT_EQ(answer.message(), text);
  };
  const Key stranger = make_key();
  EVP_PKEY* key = shared_key().get();
  refused(assertion(stranger.get()), "invalid_grant", "invalid assertion");
  refused(assertion(key, {{"aud", "https://example.com"}}), "invalid_grant", "audience is invalid");
  refused(assertion(key, {{"iss", "somebody"}}), "invalid_client_id", "client identifier invalid");
  refused(assertion(key, {{"sub", "nobody@sandbox.example"}}), "invalid_grant",
          "user hasn't approved this consumer");
  refused(assertion(key, {{"exp", now() + 3600}}), "invalid_grant", "invalid assertion");
  EXPECT_EQ(assertion(key, {{"exp", now() - 1}}).code(), "invalid_grant");
  refused(ask("grant_type=magic"), "unsupported_grant_type", "grant type not supported");
}

TEST_F(Login, TakesClientCredentialsAsFormOrBasic) {
  EXPECT_EQ(ask("grant_type=client_credentials&client_id=3MVG9.client&client_secret=s3cret").status,
            200);
  EXPECT_EQ(ask("grant_type=client_credentials",
                {{"Authorization", "Basic M01WRzkuY2xpZW50OnMzY3JldA=="}})
                .status,
            200);
  EXPECT_EQ(ask("grant_type=client_credentials&client_id=3MVG9.client&client_secret=wrong").code(),
            "invalid_client");
}

TEST_F(Login, RefreshesUntilTheTokenIsRevoked) {
  const Answer first =
      ask("grant_type=password&client_id=3MVG9.client&client_secret=s3cret&username=anna%40sandbox."
          "example&password=pass");
  ASSERT_EQ(first.status, 200) << first.text;
  const std::string refresh = text_of(first.body, "refresh_token");
  const std::string form =
      "grant_type=refresh_token&client_id=3MVG9.client&refresh_token=" + refresh;
  EXPECT_EQ(ask(form).status, 200);
  EXPECT_EQ(send("POST", "/services/oauth2/revoke", "token=" + refresh).status, 200);
  const Answer late = ask(form);
  EXPECT_EQ(late.code(), "invalid_grant");
  EXPECT_EQ(late.message(), "expired access/refresh token");
}

TEST_F(Login, ATokenOfAMovedInstanceIsGoodOnlyAtItsAddress) {
  faults().add(Fault{.kind = "move_instance"});
  const std::string form =
      "grant_type=client_credentials&client_id=3MVG9.client&client_secret=s3cret";
  const Answer moved = ask(form);
  const std::string port = std::to_string(sandbox.server->port());
  EXPECT_EQ(text_of(moved.body, "instance_url"), "http://localhost:" + port);
  token = text_of(moved.body, "access_token");
  EXPECT_EQ(call("GET", "limits").code(), "INVALID_SESSION_ID");
  EXPECT_EQ(call("GET", "limits", nullptr, {{"Host", "localhost:" + port}}).status, 200);
  EXPECT_EQ(text_of(ask(form).body, "instance_url"), sandbox.server->url()) << "moved back";
}

TEST_F(Login, EndsSessionsByTimeAndByFault) {
  token = org().access_token(kIntegrationUser);
  advance(std::chrono::hours(1));
  EXPECT_EQ(call("GET", "limits").status, 200);
  advance(std::chrono::hours(3));
  EXPECT_EQ(call("GET", "limits").status, 401);
  const Answer identity = call("GET", "/services/oauth2/userinfo");
  EXPECT_EQ(identity.status, 403);
  EXPECT_EQ(identity.text, "Bad_OAuth_Token");
}

}  // namespace
}  // namespace channelbridge::sandbox::salesforce
