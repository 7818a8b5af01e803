#include "sandbox/sap/edmx.hpp"

#include <fstream>
#include <iterator>

#include "client.hpp"

namespace channelbridge::sandbox::odata {
namespace {

Model model(const std::string& file, const Joins& joins = {}) {
  std::ifstream in(test::fixture(file));
  auto parsed = parse_edmx({std::istreambuf_iterator<char>(in), {}}, joins);
  EXPECT_TRUE(parsed.has_value()) << file << ": " << (parsed ? "" : to_string(parsed.error()));
  return parsed ? *parsed : Model{};
}

class EveryPublishedDocument : public ::testing::TestWithParam<const char*> {};

TEST_P(EveryPublishedDocument, IsRead) {
  const Model read = model(GetParam());
  EXPECT_FALSE(read.sets.empty());
  for (const EntitySet& set : read.sets)
    EXPECT_FALSE(read.type_of(set).properties.empty()) << set.name;
}

INSTANTIATE_TEST_SUITE_P(
    Edmx, EveryPublishedDocument,
    ::testing::Values(
        "odata-v2/API_BUSINESS_PARTNER.edmx", "odata-v2/API_BUSINESS_PARTNER.ecc-mini.edmx",
        "odata-v2/API_SALES_ORDER_SRV.edmx", "odata-v2/API_SLSPRICINGCONDITIONRECORD_SRV.edmx",
        "odata-v2/CUAN_LEAD_INSIGHT_SRV.metadata.xml", "odata-v2/C_CUSTOMER_OP_SRV.metadata.xml",
        "odata-v2/LO_SETMAN_CCCUST_MAN.metadata.xml", "odata-v2/SD_F1873_SO_WL_SRV.metadata.xml",
        "odata-v2/northwind.metadata.xml", "odata-v2/SDK_Grocery_Store.edmx",
        "odata-v2/pyodata-master-entities.metadata.xml", "odata-v4/SDK_Grocery_Store.edmx",
        "odata-v4/test_service.edmx", "odata-v4/trippin.metadata.xml",
        "odata-v4/manageLineItems.metadata.xml"));

TEST(Edmx, ReadsWhatSapSaysAboutAProperty) {
  const Model read = model("odata-v2/API_BUSINESS_PARTNER.edmx");
  const EntityType& type = read.type_of(*read.set("A_BusinessPartner"));
  const Property& etag = type.properties[*type.find("ETag")];
  EXPECT_FALSE(etag.creatable);
  EXPECT_FALSE(etag.updatable);
  EXPECT_EQ(etag.max_length, 26);
  EXPECT_TRUE(type.properties[*type.find("SearchTerm1")].upper_case);
  EXPECT_FALSE(read.set("A_BusinessPartner")->deletable);
  EXPECT_FALSE(read.set("A_Customer")->creatable);
}

TEST(Edmx, JoinsByCommonKeysWhereNoConstraintIsStated) {
  const Model read = model("odata-v2/API_BUSINESS_PARTNER.edmx");
  const EntityType& type = read.type_of(*read.set("A_BusinessPartner"));
  const Navigation* address = type.navigation("to_BusinessPartnerAddress");
  ASSERT_NE(address, nullptr);
  EXPECT_TRUE(address->many);
  EXPECT_EQ(address->target_set, "A_BusinessPartnerAddress");
  EXPECT_EQ(
      address->join,
      (std::vector<std::pair<std::string, std::string>>{{"BusinessPartner", "BusinessPartner"}}));
}

TEST(Edmx, ReadsReferentialConstraintsFromBothEnds) {
  const Model read = model("odata-v2/northwind.metadata.xml");
  const Navigation* orders = read.type_of(*read.set("Customers")).navigation("Orders");
  const Navigation* customer = read.type_of(*read.set("Orders")).navigation("Customer");
  ASSERT_TRUE(orders != nullptr && customer != nullptr);
  EXPECT_EQ(orders->join,
            (std::vector<std::pair<std::string, std::string>>{{"CustomerID", "CustomerID"}}));
  EXPECT_EQ(customer->join, orders->join);
  EXPECT_FALSE(customer->many);
}

TEST(Edmx, RefusesADocumentThatIsNone) {
  EXPECT_EQ(parse_edmx("<html/>").error().code(), ErrorCode::Invalid);
  EXPECT_EQ(parse_edmx("").error().code(), ErrorCode::Invalid);
}

}  // namespace
}  // namespace channelbridge::sandbox::odata
