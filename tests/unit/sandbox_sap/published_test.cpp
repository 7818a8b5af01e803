#include <algorithm>
#include <array>

#include "client.hpp"

namespace channelbridge::sandbox::test {
namespace {

class EveryPublishedService : public ::testing::TestWithParam<const char*> {};

/// A value that this property takes; "" for a text that may be anything.
Json value_of(const odata::Property& property) {
  using odata::Edm;
  switch (property.type) {
    case Edm::Boolean:
      return true;
    case Edm::String:
      return "1";
    case Edm::Guid:
      return "0f0e0d0c-0b0a-0908-0706-050403020100";
    case Edm::DateTime:
      return "/Date(1588291200000)/";
    case Edm::DateTimeOffset:
      return "2020-05-01T00:00:00Z";
    case Edm::Decimal:
      return "1";
    default:
      return 1;
  }
}

/// What a create has to say: key fields that no number range fills.
Json required(const odata::EntityType& type) {
  Json body = Json::object();
  if (type.keys.size() == 1) return body;
  for (const std::size_t key : type.keys)
    body[type.properties[key].name] = value_of(type.properties[key]);
  return body;
}

TEST_P(EveryPublishedService, StartsReadsAndCreatesWhatItsMetadataAllows) {
  const Result<SapServiceSpec> spec = published_service(fixture(GetParam()));
  ASSERT_TRUE(spec) << to_string(spec.error());
  const auto server = start({*spec});
  odata::Engine& service = server->service(spec->path);
  EXPECT_TRUE(spec->path.ends_with("/" + service.model().namespace_name)) << spec->path;
  Client user(server->url(), spec->path + "/");
  EXPECT_EQ(user.send("GET", "$metadata").body, service.model().text);
  bool tried = false;
  bool created = false;
  for (const odata::EntitySet& set : service.model().sets) {
    const odata::EntityType& type = service.model().type_of(set);
    if (set.addressable) {
      EXPECT_EQ(user.get(set.name + "?$top=2").status, 200) << set.name;
    }
    // What a function returns is a set, too, with a flag for its key.
    const bool document = std::none_of(type.keys.begin(), type.keys.end(), [&](std::size_t key) {
      const odata::Property& property = type.properties[key];
      return property.type == odata::Edm::Boolean || (type.keys.size() > 1 && !property.creatable);
    });
    if (!set.creatable || type.keys.empty() || !document) continue;
    // A partner is more than its metadata: partner_test.cpp.
    if (service.model().namespace_name == "API_BUSINESS_PARTNER") continue;
    const Answer answer = user.write("POST", set.name, required(type));
    tried = true;
    if (answer.status == 400) {
      EXPECT_NE(answer.error("message").find("does not exist"), std::string::npos) << answer.body;
      continue;  // part of a document that is not there
    }
    ASSERT_EQ(answer.status, 201) << set.name << ": " << answer.body;
    created = true;
    const std::string at = answer.headers.get("Location");
    EXPECT_EQ(user.get(at.substr(server->url().size())).status, 200) << at;
  }
  EXPECT_EQ(created, tried);
}

INSTANTIATE_TEST_SUITE_P(
    Edmx, EveryPublishedService,
    ::testing::Values(
        "odata-v2/API_BUSINESS_PARTNER.edmx", "odata-v2/API_BUSINESS_PARTNER.ecc-mini.edmx",
        "odata-v2/API_SALES_ORDER_SRV.edmx", "odata-v2/API_SLSPRICINGCONDITIONRECORD_SRV.edmx",
        "odata-v2/CUAN_LEAD_INSIGHT_SRV.metadata.xml", "odata-v2/C_CUSTOMER_OP_SRV.metadata.xml",
        "odata-v2/LO_SETMAN_CCCUST_MAN.metadata.xml", "odata-v2/SD_F1851_CONTR_WL_SRV.metadata.xml",
        "odata-v2/SD_F1852_QUOT_WL_SRV.metadata.xml", "odata-v2/SD_F1873_SO_WL_SRV.metadata.xml",
        "odata-v2/SD_F1989_CMR_WL_SRV.metadata.xml", "odata-v2/northwind.metadata.xml",
        "odata-v2/SDK_Grocery_Store.edmx", "odata-v2/pyodata-master-entities.metadata.xml",
        "odata-v4/SDK_Grocery_Store.edmx", "odata-v4/test_service.edmx",
        "odata-v4/trippin.metadata.xml", "odata-v4/manageLineItems.metadata.xml"));

TEST(PublishedService, NumbersDocumentsAndTheirItems) {
  const auto spec = published_service(fixture("odata-v2/API_SALES_ORDER_SRV.edmx"));
  ASSERT_TRUE(spec);
  EXPECT_EQ(spec->path, "/sap/opu/odata/sap/API_SALES_ORDER_SRV");
  const auto server = start({*spec});
  Client user(server->url(), spec->path + "/");
  const Json item{{"Material", "TG11"}, {"RequestedQuantity", "2"}};
  const Json order{{"SalesOrderType", "OR"},
                   {"SoldToParty", "17100001"},
                   {"to_Item", Json::array({item, item})}};
  const Answer answer = user.write("POST", "A_SalesOrder", order);
  ASSERT_EQ(answer.status, 201) << answer.body;
  const Json row = answer.json().at("d");
  EXPECT_EQ(row.at("SalesOrder"), "1000001");
  EXPECT_EQ(row.at("to_Item").at("results").at(0).at("SalesOrderItem"), "10");
  EXPECT_EQ(row.at("to_Item").at("results").at(1).at("SalesOrderItem"), "20");
  const Answer third = user.write("POST", "A_SalesOrder('1000001')/to_Item", item);
  EXPECT_EQ(third.json().at("d").at("SalesOrderItem"), "30");
  EXPECT_EQ(user.write("POST", "A_SalesOrder", order).json().at("d").at("SalesOrder"), "1000002");
  // What a partner function is, only the caller knows.
  EXPECT_EQ(
      user.write("POST", "A_SalesOrder('1000001')/to_Partner", {{"Customer", "17100001"}}).status,
      400);
}

TEST(PublishedService, CountsShortNumbersOneByOneAndEndsWithTheRange) {
  const auto spec = published_service(fixture("odata-v2/API_SLSPRICINGCONDITIONRECORD_SRV.edmx"));
  ASSERT_TRUE(spec);
  const auto server = start({*spec});
  Client user(server->url(), spec->path + "/");
  ASSERT_EQ(user.write("POST", "A_SlsPrcgConditionRecord", Json::object()).status, 201);
  const Json supplement{{"ConditionRecord", "1000001"}};
  for (int i = 1; i < 100; ++i) {
    const Answer one = user.write("POST", "A_SlsPrcgCndnRecdSuplmnt", supplement);
    ASSERT_EQ(one.status, 201) << one.body;
    EXPECT_EQ(one.json().at("d").at("ConditionSequentialNumber"), std::to_string(i));
  }
  const Answer full = user.write("POST", "A_SlsPrcgCndnRecdSuplmnt", supplement);
  EXPECT_EQ(full.status, 400);
  EXPECT_NE(full.error("message").find("is exhausted"), std::string::npos);
}

TEST(PublishedService, KeepsTheRulesOfBusinessPartnersToThatService) {
  const auto partners = published_service(fixture("odata-v2/API_BUSINESS_PARTNER.ecc-mini.edmx"));
  ASSERT_TRUE(partners);
  const auto server = start({*partners});
  Client user(server->url(), partners->path + "/");
  Json body{{"BusinessPartnerCategory", "2"}, {"OrganizationBPName1", "Nordljus AB"}};
  body["to_BusinessPartnerAddress"] = Json::array({Json{{"Country", "SE"}}});
  EXPECT_EQ(user.write("POST", "A_BusinessPartner", body).json().at("d").at("BusinessPartner"),
            "1000000");
  body["OrganizationBPName1"] = "";
  EXPECT_EQ(user.write("POST", "A_BusinessPartner", body).error("code"), "R11/401");
}

TEST(PublishedService, SaysWhatIsWrongWithAFile) {
  EXPECT_EQ(published_service("nowhere.edmx").error().code(), ErrorCode::Invalid);
  EXPECT_EQ(published_service(fixture("c4c/lead-item-01.json")).error().code(), ErrorCode::Invalid);
}

}  // namespace
}  // namespace channelbridge::sandbox::test
