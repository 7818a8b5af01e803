#include "client.hpp"

namespace channelbridge::sandbox::test {
namespace {

using PartnerRules = PartnerServer;

Json list(std::initializer_list<Json> rows) {
  Json result = Json::array();
  for (const Json& row : rows) result.push_back(row);
  return result;
}

Json organization() {
  return Json{{"BusinessPartnerCategory", "2"}, {"OrganizationBPName1", "Nordljus AB"}};
}

TEST_F(PartnerRules, CreatesAWholePartnerInOneDeepInsert) {
  Json body = organization();
  body["to_BusinessPartnerAddress"] = list(
      {Json{{"Country", "SE"},
            {"CityName", "Malmö"},
            {"to_EmailAddress", list({Json{{"EmailAddress", "info@nordljus.example"}},
                                      Json{{"EmailAddress", "b@nordljus.example"}}})},
            {"to_PhoneNumber",
             list({Json{{"PhoneNumber", "040-123 456"}, {"DestinationLocationCountry", "SE"}}})},
            {"to_MobilePhoneNumber", list({Json{{"PhoneNumber", "+46 70 123"}}})}}});
  body["to_BusinessPartnerRole"] =
      Json{{"results", list({Json{{"BusinessPartnerRole", "FLCU01"}}})}};
  body["to_BusinessPartnerTax"] =
      list({Json{{"BPTaxType", "SE0"}, {"BPTaxNumber", "SE556677889901"}}});
  body["to_BuPaIdentification"] =
      list({Json{{"BPIdentificationType", "CHANNL"}, {"BPIdentificationNumber", "cb-1"}}});
  body["to_Customer"] = Json{{"to_CustomerSalesArea", list({Json{{"SalesOrganization", "1010"},
                                                                 {"DistributionChannel", "20"},
                                                                 {"Division", "00"},
                                                                 {"Currency", "SEK"}}})}};
  const Answer answer = client().write("POST", "A_BusinessPartner", body);
  ASSERT_EQ(answer.status, 201) << answer.body;
  const Json row = answer.json().at("d");
  const Json address = row.at("to_BusinessPartnerAddress").at("results").at(0);
  EXPECT_EQ(address.at("to_EmailAddress").at("results").size(), 2U);
  EXPECT_EQ(address.at("to_EmailAddress").at("results").at(1).at("OrdinalNumber"), "2");
  EXPECT_EQ(address.at("to_PhoneNumber").at("results").at(0).at("InternationalPhoneNumber"),
            "+4640123456");
  EXPECT_EQ(address.at("to_MobilePhoneNumber").at("results").at(0).at("PhoneNumberType"), "3");
  EXPECT_EQ(row.at("Customer"), row.at("BusinessPartner"));
  EXPECT_EQ(row.at("to_Customer").at("CustomerName"), "Nordljus AB");
  EXPECT_EQ(row.at("to_Customer")
                .at("to_CustomerSalesArea")
                .at("results")
                .at(0)
                .at("DistributionChannel"),
            "20");
  EXPECT_EQ(partners->rows("A_BuPaAddressUsage").at(0).at("AddressUsage"), "XXDEFAULT");
  EXPECT_EQ(partners->rows("A_BuPaIdentification").at(0).at("BPIdentificationNumber"), "CB-1");
}

TEST_F(PartnerRules, LeavesNothingOfAFailedDeepInsert) {
  Json body = organization();
  body["to_BusinessPartnerAddress"] = list({Json{{"Country", "SE"}}, Json{{"Country", "Sverige"}}});
  EXPECT_EQ(client().write("POST", "A_BusinessPartner", body).status, 400);
  EXPECT_EQ(partners->state(), Json::object());
  EXPECT_EQ(server->journal().effects(), 0U);
}

TEST_F(PartnerRules, MakesACustomerOfACustomerRole) {
  seed_partner("11", "Nordljus AB");
  Client user = client();
  EXPECT_EQ(user.write("POST", "A_BusinessPartner('11')/to_BusinessPartnerRole",
                       {{"BusinessPartnerRole", "FLCU00"}})
                .status,
            201);
  EXPECT_EQ(partners->row("A_BusinessPartner", {"11"}).at("Customer"), "11");
  EXPECT_EQ(user.get("A_BusinessPartner('11')/to_Customer").json().at("d").at("CustomerName"),
            "Nordljus AB");
  EXPECT_EQ(user.write("PATCH", "A_Customer('11')", {{"OrderIsBlockedForCustomer", "01"}}).status,
            204);
}

TEST_F(PartnerRules, RelatesAContactPersonToItsCompany) {
  seed_partner("11", "Nordljus AB");
  Client user = client();
  const Answer person =
      user.write("POST", "A_BusinessPartner",
                 {{"BusinessPartnerCategory", "1"}, {"FirstName", "Åsa"}, {"LastName", "Öberg"}});
  const std::string number = person.json().at("d").at("BusinessPartner").get<std::string>();
  EXPECT_EQ(person.json().at("d").at("BusinessPartnerFullName"), "Åsa Öberg");
  const Answer relation = user.write(
      "POST", "A_BusinessPartnerContact",
      {{"BusinessPartnerCompany", "11"},
       {"BusinessPartnerPerson", number},
       {"to_ContactRelationship",
        Json{{"ContactPersonFunction", "0001"}, {"EmailAddress", "asa@nordljus.example"}}}});
  ASSERT_EQ(relation.status, 201) << relation.body;
  EXPECT_EQ(relation.json().at("d").at("RelationshipCategory"), "BUR001");
  EXPECT_EQ(relation.json().at("d").at("ValidityEndDate"), "/Date(253402214400000)/");
  const Json contacts =
      user.get("A_BusinessPartner('11')/to_BusinessPartnerContact?$expand=to_ContactRelationship")
          .json();
  EXPECT_EQ(contacts.at("d").at("results").at(0).at("to_ContactRelationship").at("EmailAddress"),
            "asa@nordljus.example");
  EXPECT_EQ(
      user.write("POST", "A_BPContactToFuncAndDept", Json{{"RelationshipNumber", "9"}}).status,
      405);
  EXPECT_EQ(user.write("POST", "A_BusinessPartnerContact",
                       {{"BusinessPartnerCompany", "11"}, {"BusinessPartnerPerson", "77"}})
                .status,
            400);
}

TEST_F(PartnerRules, KeepsTheCategoryOfAPartner) {
  seed_partner("11", "Nordljus AB");
  Client user = client();
  EXPECT_EQ(user.write("PATCH", "A_BusinessPartner('11')",
                       {{"BusinessPartnerCategory", "1"}, {"LastName", "x"}}, {{"If-Match", "*"}})
                .status,
            400);
}

TEST_F(PartnerRules, ShowsEditsOfOtherUsersWithTheirTime) {
  seed_partner("11", "Nordljus AB");
  server->clock().set(std::chrono::sys_days{std::chrono::year{2030} / 5 / 1} +
                      std::chrono::hours(13));
  ASSERT_TRUE(partners
                  ->edit("ANNA", "A_BusinessPartner", {"11"},
                         {{"OrganizationBPName1", "Nordljus Group AB"}})
                  .has_value());
  const Json row = partners->row("A_BusinessPartner", {"11"});
  EXPECT_EQ(row.at("LastChangedByUser"), "ANNA");
  EXPECT_EQ(row.at("LastChangeDate"), "/Date(1903824000000)/");
  EXPECT_EQ(row.at("LastChangeTime"), "PT13H00M00S");
  EXPECT_EQ(row.at("ETag"), "ANNA20300501130000");
  EXPECT_EQ(server->journal().effects(), 0U) << "the journal shows requests only";
}

}  // namespace
}  // namespace channelbridge::sandbox::test
