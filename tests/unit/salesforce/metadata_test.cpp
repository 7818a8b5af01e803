#include "metadata_internal.hpp"

#include "org_script.hpp"

namespace channelbridge::salesforce::test {
namespace {

const std::string kFolder = std::string(CHANNELBRIDGE_SOURCE_DIR) + "/tests/fixtures/salesforce";

TEST(SalesforceMetadata, APublishedDescribeSaysWhatAFieldCanDo) {
  auto lead = published_describe("Lead", kFolder);
  ASSERT_TRUE(lead) << lead.error();
  const auto& properties = lead->metadata.properties;
  EXPECT_EQ(properties.at("LastName").max_length, 80U);
  EXPECT_FALSE(properties.at("LastName").nullable);
  EXPECT_EQ(properties.at("AnnualRevenue").scale, 0);
  EXPECT_EQ(properties.at("LastName").scale, std::nullopt) << "said of a text, too";
  EXPECT_FALSE(properties.at("Name").updatable);
  EXPECT_EQ(properties.at("Status").type, "picklist");
  EXPECT_TRUE(properties.at("Status").values.empty()) << "an open picklist takes any text";
  EXPECT_FALSE(properties.at("CleanStatus").values.empty()) << "a restricted one does not";
  EXPECT_EQ(lead->metadata.navigations.at("Owner"), "Group");
  EXPECT_TRUE(lead->compound("Address"));
}

TEST(SalesforceMetadata, ADescribeNamesItsListsOfChildrenAndTheFieldOfTheParent) {
  auto account = published_describe("Account", kFolder);
  ASSERT_TRUE(account) << account.error();
  EXPECT_EQ(account->metadata.navigations.at("Contacts"), "Contact");
  auto contacts = account->children_of("Contacts");
  ASSERT_TRUE(contacts) << contacts.error();
  EXPECT_EQ(contacts->object, "Contact");
  EXPECT_EQ(contacts->field, "AccountId");
  auto orders = account->children_of("Order");
  ASSERT_FALSE(orders) << "the object is no name of a list";
  EXPECT_NE(orders.error().message().find("'Orders'"), std::string::npos) << orders.error();
  EXPECT_FALSE(account->children_of("")) << "relationships without a name are no lists";
  EXPECT_TRUE(account->unique.contains("ChannelbridgeId__c"));
}

TEST(SalesforceMetadata, AnOverlayAddsCustomFieldsAndSaysSo) {
  auto lead = published_describe("Lead", kFolder);
  ASSERT_TRUE(lead);
  const auto& field = lead->metadata.properties.at("ChannelbridgeId__c");
  EXPECT_EQ(field.origin, "overlay");
  EXPECT_EQ(field.max_length, 36U);
  EXPECT_TRUE(field.creatable && field.updatable && field.nullable);
  EXPECT_TRUE(lead->external_ids.contains("ChannelbridgeId__c"));
  EXPECT_EQ(lead->metadata.navigations.at("Partner__r"), "Account");
}

TEST(SalesforceMetadata, AnOverlayAddsListsOfChildrenAndKeepsThoseThatAreThere) {
  const std::string file = ::testing::TempDir() + "overlay_children.json";
  std::ofstream(file) << R"({"objects":{"Account":{"childRelationships":[
    {"relationshipName":"Sites__r","childSObject":"Site__c","field":"Account__c"},
    {"relationshipName":"Contacts","childSObject":"Lead","field":"Company"}]}}})";
  auto account = published_describe("Account", kFolder);
  ASSERT_TRUE(account);
  auto applied = apply_overlay(file, *account);
  ASSERT_TRUE(applied) << applied.error();
  EXPECT_EQ(account->children_of("Sites__r")->field, "Account__c");
  EXPECT_EQ(account->metadata.navigations.at("Sites__r"), "Site__c");
  EXPECT_EQ(account->children_of("Contacts")->object, "Contact");
}

TEST(SalesforceMetadata, AnObjectMayLiveInTheOverlayAlone) {
  auto user = published_describe("User", kFolder);
  ASSERT_TRUE(user) << user.error();
  EXPECT_TRUE(user->has("Username"));
  auto account = published_describe("Account", kFolder);
  ASSERT_TRUE(account);
  EXPECT_EQ(account->metadata.navigations.at("RecordType"), "RecordType");
}

TEST(SalesforceMetadata, AnUnknownObjectIsNotFound) {
  auto none = published_describe("Whizbang", kFolder);
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code(), ErrorCode::NotFound);
}

TEST(SalesforceMetadata, AnotherOrgsDescribeIsReadToo) {
  auto whizbang = parse_describe(fixture("rest/sobject_sobject_describe_success_response.json"));
  ASSERT_TRUE(whizbang) << whizbang.error();
  EXPECT_TRUE(whizbang->has("SystemModstamp"));
}

TEST(SalesforceMetadata, WhatIsNoDescribeIsRefused) {
  EXPECT_FALSE(parse_describe("[1,2]"));
  EXPECT_FALSE(parse_describe("{\"fields\":"));
}

}  // namespace
}  // namespace channelbridge::salesforce::test
