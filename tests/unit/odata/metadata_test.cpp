#include "channelbridge/odata/metadata.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "scripted_service.hpp"

namespace channelbridge::odata {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string folder() { return std::string(CHANNELBRIDGE_SOURCE_DIR) + "/tests/fixtures/sap"; }

TEST(ODataMetadata, SaysHowManyDecimalsANumberKeeps) {
  const auto metadata = Metadata::parse(fixture("c4c/derived.edmx"));
  ASSERT_TRUE(metadata) << to_string(metadata.error());
  const auto lead = (*metadata)->describe("LeadCollection");
  ASSERT_TRUE(lead);
  EXPECT_EQ(lead->properties.at("ExpectedRevenueAmount").scale, 6);
  EXPECT_EQ(lead->properties.at("Name").scale, std::nullopt);
}

TEST(ODataMetadata, DescribesABusinessPartnerAsPublished) {
  const auto metadata = Metadata::parse(fixture("odata-v2/API_BUSINESS_PARTNER.edmx"));
  ASSERT_TRUE(metadata) << to_string(metadata.error());
  EXPECT_EQ((*metadata)->version(), Version::V2);
  const auto partner = (*metadata)->describe("A_BusinessPartner");
  ASSERT_TRUE(partner);
  EXPECT_THAT(partner->keys, ElementsAre("BusinessPartner"));
  EXPECT_EQ(partner->properties.at("OrganizationBPName1").max_length, 40U);
  EXPECT_FALSE(partner->properties.at("BusinessPartnerUUID").creatable);
  EXPECT_EQ(partner->navigations.at("to_BusinessPartnerAddress"), "A_BusinessPartnerAddress");
  EXPECT_EQ(partner->navigations.at("to_BuPaIdentification"), "A_BuPaIdentification");
  const auto address = (*metadata)->describe("A_BusinessPartnerAddress");
  ASSERT_TRUE(address);
  EXPECT_THAT(address->keys, ElementsAre("BusinessPartner", "AddressID"));
  EXPECT_EQ(address->navigations.at("to_EmailAddress"), "A_AddressEmailAddress");
  const Type* type = (*metadata)->type_of_set("A_BusinessPartner");
  EXPECT_TRUE((*metadata)->navigation(*type, "to_BusinessPartnerAddress")->many);
  EXPECT_FALSE((*metadata)->navigation(*type, "to_Customer")->many);
  EXPECT_TRUE(type->versioned);
}

TEST(ODataMetadata, DescribesV4TypesWithTheirBaseAndEnumerations) {
  const auto metadata = Metadata::parse(fixture("odata-v4/trippin.metadata.xml"));
  ASSERT_TRUE(metadata) << to_string(metadata.error());
  EXPECT_EQ((*metadata)->version(), Version::V4);
  const auto people = (*metadata)->describe("People");
  ASSERT_TRUE(people);
  EXPECT_THAT(people->keys, ElementsAre("UserName"));
  EXPECT_EQ(people->properties.at("LastName").max_length, 26U);
  EXPECT_FALSE(people->properties.at("Gender").values.empty());
  EXPECT_TRUE(people->navigations.contains("Trips"));
}

TEST(ODataMetadata, NamesTheNearestSetWhenOneIsMisspelt) {
  const auto metadata = Metadata::parse(fixture("odata-v2/API_SALES_ORDER_SRV.edmx"));
  ASSERT_TRUE(metadata);
  const auto none = (*metadata)->describe("A_SalesOrdr");
  ASSERT_FALSE(none);
  EXPECT_THAT(none.error().message(), HasSubstr("A_SalesOrder"));
}

TEST(ODataMetadata, RefusesADocumentWithADoctype) {
  EXPECT_FALSE(Metadata::parse("<!DOCTYPE x [<!ENTITY a 'b'>]><edmx:Edmx xmlns:edmx='u'/>"));
  EXPECT_FALSE(Metadata::parse("<html/>"));
  EXPECT_FALSE(Metadata::parse(""));
}

TEST(ODataMetadata, ReadsEveryPublishedFile) {
  int files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder())) {
    const std::string name = entry.path().filename().string();
    if (!name.ends_with(".edmx") && !name.ends_with(".metadata.xml")) continue;
    const auto metadata =
        Metadata::parse(fixture(std::filesystem::relative(entry.path(), folder()).string()));
    EXPECT_TRUE(metadata) << name << ": " << to_string(metadata.error());
    ++files;
  }
  EXPECT_GE(files, 12);
}

TEST(ODataPublished, TakesTheFullestDescriptionOfASet) {
  const auto partner = published("A_BusinessPartner", folder());
  ASSERT_TRUE(partner) << to_string(partner.error());
  // The reduced variant beside it has fewer properties.
  EXPECT_GT(partner->properties.size(), 60U);
  EXPECT_TRUE(partner->properties.contains("LastChangedByUser"));
  const auto none = published("A_BusinessPartnr", folder());
  ASSERT_FALSE(none);
  EXPECT_THAT(none.error().message(), HasSubstr("A_BusinessPartner"));
}

TEST(ODataMetadata, AnOverlaySaysWhatTheServicesOwnHasWrong) {
  const auto own = Metadata::parse(fixture("odata-v2/API_SALES_ORDER_SRV.edmx"));
  ASSERT_TRUE(own);
  const auto before = (*own)->describe("A_SalesOrder");
  ASSERT_TRUE(before);
  EXPECT_FALSE(before->properties.at("ExternalDocumentID").creatable);
  const auto overlay = Metadata::parse(fixture("odata-v2/external-document-id.overlay.edmx"));
  ASSERT_TRUE(overlay) << to_string(overlay.error());
  const auto both = (*own)->with(**overlay);
  const auto after = both->describe("A_SalesOrder");
  ASSERT_TRUE(after);
  EXPECT_TRUE(after->properties.at("ExternalDocumentID").creatable);
  EXPECT_FALSE(after->properties.at("ExternalDocumentID").updatable);
  EXPECT_EQ(after->properties.size(), before->properties.size());
  EXPECT_EQ(both->sets(), (*own)->sets());
  EXPECT_TRUE(both->type_of_set("A_SalesOrder")->versioned);
}

}  // namespace
}  // namespace channelbridge::odata
