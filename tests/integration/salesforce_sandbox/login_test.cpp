#include "connected_org.hpp"

namespace channelbridge::salesforce::test {
namespace {

using SalesforceLogin = ConnectedOrg;

TEST_F(SalesforceLogin, AJwtAssertionOpensTheOrg) {
  auto answer = adapter->probe(context);
  ASSERT_TRUE(answer) << answer.error();
  EXPECT_NE(answer->find("v60.0"), std::string::npos);
  EXPECT_GT(adapter->usage().budget_limit, 0U);
}

TEST_F(SalesforceLogin, ClientCredentialsOpenIt) {
  auto other = connect(
      {{"credential.kind", "client_credentials"}, {"credential.client_secret", "open sesame"}});
  auto answer = other->probe(context);
  EXPECT_TRUE(answer) << answer.error();
}

TEST_F(SalesforceLogin, AWrongSecretSaysWhoRefusedAndShowsNoSecret) {
  auto other = connect(
      {{"credential.kind", "client_credentials"}, {"credential.client_secret", "wrong sesame"}});
  auto answer = other->probe(context);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code(), ErrorCode::Unauthenticated);
  EXPECT_EQ(to_string(answer.error()).find("sesame"), std::string::npos);
}

TEST_F(SalesforceLogin, AnUnknownApiVersionIsNamed) {
  auto answer = connect({{"api_version", "12.0"}})->probe(context);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code(), ErrorCode::Invalid);
  EXPECT_NE(answer.error().message().find("12.0"), std::string::npos);
}

TEST_F(SalesforceLogin, LiveMetadataKnowsCustomFields) {
  auto lead = adapter->describe("Lead", context);
  ASSERT_TRUE(lead) << lead.error();
  EXPECT_TRUE(lead->properties.contains("ChannelbridgeId__c"));
  EXPECT_EQ(lead->properties.at("ChannelbridgeId__c").origin, "");
  EXPECT_EQ(adapter->describe("Leed", context).error().code(), ErrorCode::NotFound);
}

}  // namespace
}  // namespace channelbridge::salesforce::test
