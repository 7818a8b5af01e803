#include "client.hpp"

namespace channelbridge::sandbox::test {
namespace {

const Json kNewPartner{{"BusinessPartnerCategory", "2"}, {"OrganizationBPName1", "Nordljus AB"}};

TEST_F(PartnerServer, RefusesAWrongPasswordWithAPageThatNamesTheSystem) {
  Client stranger(server->url(), root, "CHANNEL", "wrong");
  const Answer answer = stranger.get("");
  EXPECT_EQ(answer.status, 401);
  EXPECT_NE(answer.headers.get("WWW-Authenticate").find("[S4H/100]"), std::string::npos);
  EXPECT_NE(answer.headers.get("Content-Type").find("text/html"), std::string::npos);
}

TEST_F(PartnerServer, DemandsATokenBoundToTheSessionForEveryChange) {
  Client user = client();
  const Answer refused = user.send("POST", "A_BusinessPartner", dump_json(kNewPartner),
                                   {{"Content-Type", "application/json"}});
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(refused.body, "CSRF token validation failed");
  EXPECT_EQ(refused.headers.get("x-csrf-token"), "Required");

  EXPECT_EQ(user.write("POST", "A_BusinessPartner", kNewPartner).status, 201);
  const std::string token = user.token();
  user.forget_cookies();
  EXPECT_EQ(user.write("POST", "A_BusinessPartner", kNewPartner).status, 403);
  user.fetch_token();
  EXPECT_NE(user.token(), token);
  EXPECT_EQ(user.write("POST", "A_BusinessPartner", kNewPartner).status, 201);
  EXPECT_EQ(server->journal().effects(), 2U);
}

TEST_F(PartnerServer, GivesTheSameTokenToTheSameSession) {
  Client user = client();
  user.fetch_token();
  const std::string token = user.token();
  user.fetch_token();
  EXPECT_EQ(user.token(), token);
}

TEST_F(PartnerServer, ForgetsTheTokenWhenTheSessionExpires) {
  Client user = client();
  EXPECT_EQ(user.write("POST", "A_BusinessPartner", kNewPartner).status, 201);
  server->clock().advance(std::chrono::minutes(31));
  EXPECT_EQ(user.write("POST", "A_BusinessPartner", kNewPartner).status, 403);
  user.fetch_token();
  server->faults().add(Fault{.kind = "expire_sessions", .match = "POST"});
  EXPECT_EQ(user.write("POST", "A_BusinessPartner", kNewPartner).status, 403);
  user.forget_logon();
  EXPECT_EQ(user.get("").status, 401);
}

TEST_F(PartnerServer, RefusesTheCookieOfADeadSessionInTheFormThatIsAskedFor) {
  Client user = client();
  user.fetch_token();
  server->faults().add(Fault{.kind = "expire_sessions", .value = 401});
  EXPECT_EQ(user.get("A_BusinessPartner").status, 401);
  EXPECT_EQ(user.write("POST", "A_BusinessPartner", kNewPartner).status, 401);
  user.forget_cookies();
  EXPECT_EQ(user.get("A_BusinessPartner").status, 200) << "the credential is as good as before";
  user.fetch_token();
  EXPECT_EQ(user.write("POST", "A_BusinessPartner", kNewPartner).status, 201);

  server->faults().add(Fault{.kind = "expire_sessions", .value = 200});
  const Answer page = user.get("A_BusinessPartner");
  EXPECT_EQ(page.status, 200);
  EXPECT_EQ(page.headers.get("Content-Type"), "text/html;charset=utf-8");
  EXPECT_EQ(user.write("POST", "A_BusinessPartner", kNewPartner).body, page.body);
  EXPECT_EQ(partners->count("A_BusinessPartner"), 1U);
}

TEST_F(PartnerServer, LetsASessionCookieStandForTheLogon) {
  Client user = client();
  user.fetch_token();
  user.forget_logon();
  EXPECT_EQ(user.get("A_BusinessPartner/$count").status, 200);
}

TEST_F(PartnerServer, RedirectsTheRootWithoutSlash) {
  const Answer answer = client().get("/sap/opu/odata/sap/API_BUSINESS_PARTNER?sap-client=100");
  EXPECT_EQ(answer.status, 307);
  EXPECT_EQ(answer.headers.get("Location"), server->url() + root + "?sap-client=100");
}

TEST_F(PartnerServer, KnowsItsOwnClientOnly) {
  EXPECT_EQ(client().get("?sap-client=100").status, 200);
  EXPECT_EQ(client().get("?sap-client=200").status, 401);
}

TEST_F(PartnerServer, AnswersTheDisturbancesOfItsPlatform) {
  server->faults().add(Fault{.kind = "rate_limit", .value = 7});
  const Answer limited = client().get("A_BusinessPartner");
  EXPECT_EQ(limited.status, 429);
  EXPECT_EQ(limited.headers.get("Retry-After"), "7");
  EXPECT_NE(limited.body.find("policies.ratelimit.QuotaViolation"), std::string::npos);
  server->faults().add(Fault{.kind = "unavailable"});
  const Answer down = client().get("A_BusinessPartner");
  EXPECT_EQ(down.status, 503);
  EXPECT_NE(down.headers.get("Content-Type").find("text/html"), std::string::npos);
  server->faults().add(Fault{.kind = "bad_gateway"});
  const Answer proxy = client().get("A_BusinessPartner");
  EXPECT_EQ(proxy.status, 502);
  EXPECT_NE(proxy.headers.get("Content-Type").find("text/html"), std::string::npos);
}

TEST_F(PartnerServer, TakesItsDisturbancesOverHttp) {
  const auto switch_on = [&](const std::string& kind) {
    return client()
        .send("POST", "/__sandbox/faults", dump_json(Json{{"kind", kind}, {"match", "nothing"}}))
        .status;
  };
  for (const char* kind : {"bad_gateway", "duplicate_delivery", "precondition_failed"})
    EXPECT_EQ(switch_on(kind), 204) << kind;
  EXPECT_EQ(switch_on("earthquake"), 400);
}

TEST(SapLogon, AcceptsABearerTokenUntilItEnds) {
  SapServerOptions options;
  options.gateway.oauth_clients = {{"hub", "s3cret"}};
  const auto server =
      start({business_partner_service(fixture("odata-v2/API_BUSINESS_PARTNER.edmx"))}, options);
  Client anonymous(server->url(), "/sap/opu/odata/sap/API_BUSINESS_PARTNER/");
  anonymous.forget_logon();
  const auto token_request = [&](const std::string& secret) {
    return anonymous.send("POST", "/sap/bc/sec/oauth2/token",
                          "grant_type=client_credentials&client_id=hub&client_secret=" + secret,
                          {{"Content-Type", "application/x-www-form-urlencoded"}});
  };
  EXPECT_EQ(token_request("wrong").status, 401);
  const Json token = token_request("s3cret").json();
  const auto read = [&] {
    return anonymous
        .send("GET", "A_BusinessPartner", {},
              {{"Authorization", "Bearer " + token.at("access_token").get<std::string>()},
               {"Accept", "application/json"}})
        .status;
  };
  EXPECT_EQ(read(), 200);
  server->clock().advance(std::chrono::hours(13));
  EXPECT_EQ(read(), 401);
}

}  // namespace
}  // namespace channelbridge::sandbox::test
