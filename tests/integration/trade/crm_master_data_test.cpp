// What SAP CRM is told of others' master data and documents by its external interface: partners
// with their parents and contacts, products, leads, sales orders.
#include "sandbox/soap/sap_crm_server.hpp"
#include "trade_world.hpp"

namespace channelbridge::test {
namespace {

using ::testing::HasSubstr;

class CrmMasterData : public TradeWorld {
 protected:
  static constexpr const char* kRheinwerk = "0010100001";
  static constexpr const char* kSeewerk = "0010100002";
  static constexpr const char* kMaster = R"(
  pcm-partners: { system: pcm, mapping: sap_crm/partner.yaml, direction: push }
  pcm-hierarchy: { system: pcm, mapping: sap_crm/partner_hierarchy.yaml, direction: push }
  pcm-contacts: { system: pcm, mapping: sap_crm/contact.yaml, direction: push }
  pcm-relations: { system: pcm, mapping: sap_crm/contact_relation.yaml, direction: push }
  pcm-products: { system: pcm, mapping: sap_crm/product.yaml, direction: push }
  crm-contacts: { system: crm, mapping: salesforce/contact.yaml, first_contact: system }
)";

  void begin(const std::string& spokes = {}) {
    auto started = sandbox::SapCrmServer::start();
    ASSERT_TRUE(started) << to_string(started.error());
    pcm_ = *std::move(started);
    start(std::string(kCrmMaster) + kMaster + spokes,
          {{"crm", "  pcm:\n    adapter: soap\n    url: \"" + pcm_->url() +
                       "\"\n    manifest: sap_crm_funds.yaml\n    settle: 200ms\n"
                       "    credential: { kind: basic, user: CHANNEL, password: Welcome1 }\n"}});
    settle();
  }
  /// Until nothing is written any more, in the CRM as little as elsewhere.
  void rest() {
    settle();
    const auto before = pcm_->journal().effects();
    EXPECT_EQ(sync(), 0U);
    EXPECT_EQ(pcm_->journal().effects(), before);
  }
  Json there(const char* what) { return pcm_->service().state()[what]; }
  Json the_one(const char* what) {
    const Json rows = there(what);
    EXPECT_EQ(rows.size(), 1U) << what;
    return rows.empty() ? Json() : rows.front();
  }
  std::string contact() {
    return in_crm("Contact", {{"AccountId", account("Rheinwerk")["Id"]},
                              {"FirstName", "Ida"},
                              {"LastName", "Brandt"},
                              {"Title", "Buyer"},
                              {"Email", "ida@rheinwerk.example"}});
  }

  std::unique_ptr<sandbox::SapCrmServer> pcm_{};
};

TEST_F(CrmMasterData, PartnersStandBelowTheirParents) {
  begin();
  EXPECT_EQ(there("partners")[kRheinwerk]["NAME_ORG1"], "Rheinwerk");
  EXPECT_EQ(there("hierarchies")["CHANNEL"][kSeewerk], "");
  edit_crm(account("Seewerk")["Id"], {{"ParentId", account("Rheinwerk")["Id"]}});
  rest();
  EXPECT_EQ(there("hierarchies")["CHANNEL"][kSeewerk], kRheinwerk);
  edit_crm(account("Seewerk")["Id"], {{"ParentId", nullptr}});
  rest();
  EXPECT_EQ(there("hierarchies")["CHANNEL"][kSeewerk], "");
  EXPECT_EQ(there("hierarchies")["CHANNEL"].size(), 2U);
}

TEST_F(CrmMasterData, AContactIsAPersonAndARelationToItsCompany) {
  begin();
  const std::string id = contact();
  rest();
  Json relation = the_one("relations");
  EXPECT_EQ(relation["category"], "BUR001");
  EXPECT_EQ(relation["partner1"], kRheinwerk);
  EXPECT_EQ(relation["contact"]["FUNCTION_TEXT"], "Buyer");
  const std::string person = relation["partner2"];
  EXPECT_EQ(there("partners")[person]["LASTNAME"], "Brandt");
  edit_crm(id, {{"LastName", "Ek"}, {"Email", nullptr}, {"Title", "Head of purchasing"}});
  rest();
  relation = the_one("relations");
  EXPECT_EQ(relation["partner2"], person);
  EXPECT_EQ(relation["contact"]["FUNCTION_TEXT"], "Head of purchasing");
  EXPECT_EQ(relation["contact"]["E_MAIL"], "");
  EXPECT_EQ(there("partners")[person]["LASTNAME"], "Ek");
  EXPECT_EQ(there("partners").size(), 3U);
}

TEST_F(CrmMasterData, AContactThatGoesToAnotherCompanyIsALetterForAPerson) {
  begin();
  const std::string id = contact();
  rest();
  edit_crm(id, {{"AccountId", account("Seewerk")["Id"]}});
  run();
  EXPECT_THAT(open_things(), HasSubstr("do not change"));
  EXPECT_EQ(the_one("relations")["partner1"], kRheinwerk);
}

TEST_F(CrmMasterData, ProductsAreSavedWithTheirTexts) {
  begin();
  EXPECT_EQ(there("products")["PU-100"]["material"]["BASE_UOM"], "PC");
  EXPECT_EQ(there("products")["PU-100"]["material"]["CATEGORY"], "MAT_CHANNEL");
  EXPECT_EQ(there("products")["PU-100"]["texts"]["EN"]["TEXT"], "Pump");
  edit_erp("A_ProductDescription", {"PU-100", "EN"}, {{"ProductDescription", "Small pump"}});
  rest();
  EXPECT_EQ(there("products")["PU-100"]["texts"]["EN"]["TEXT"], "Small pump");
  EXPECT_EQ(there("products").size(), 2U);
}

TEST_F(CrmMasterData, AnOrderIsASalesOrderWithItemsAndPartners) {
  begin(R"(
  crm-orders: { system: crm, mapping: salesforce/order.yaml, first_contact: system }
  pcm-orders: { system: pcm, mapping: sap_crm/order.yaml, direction: push }
)");
  const std::string order = in_crm("Order", {{"AccountId", account("Rheinwerk")["Id"]},
                                             {"End_Customer__c", account("Seewerk")["Id"]},
                                             {"EffectiveDate", "2026-12-01"},
                                             {"Requested_Delivery__c", "2026-12-15"},
                                             {"Status", "Draft"},
                                             {"Type", "Sell-in"},
                                             {"PoNumber", "PO-4711"},
                                             {"Pricebook2Id", enter_prices()}});
  std::string first;
  std::string last;
  for (const auto& [no, sku] : {std::pair(10, "PU-100"), std::pair(20, "PU-200")}) {
    const std::string line = in_crm("OrderItem", {{"OrderId", order},
                                                  {"PricebookEntryId", entry_of(sku)},
                                                  {"Line_No__c", no},
                                                  {"Quantity", 3},
                                                  {"UnitPrice", 20}});
    (no == 10 ? first : last) = line;
  }
  rest();
  Json document = the_one("documents");
  EXPECT_EQ(document["object_type"], "BUS2000115");
  EXPECT_EQ(document["process_type"], "TA");
  EXPECT_EQ(document["SALES"]["PO_NUMBER_SOLD"], "PO-4711");
  EXPECT_EQ(document["DATES"]["REQDELIVERY"]["DATE"], "2026-12-15");
  EXPECT_EQ(document["PARTNERS"]["00000001"]["PARTNER_NO"], kRheinwerk);
  EXPECT_EQ(document["PARTNERS"]["00000026"]["PARTNER_NO"], kSeewerk);
  EXPECT_EQ(figure(document["ITEMS"]["10"]["QUANTITY"]), "3");
  EXPECT_EQ(document["ITEMS"]["20"]["PRODUCT_ID"], "PU-200");
  edit_crm(first, {{"Quantity", 5}});
  edit_crm(order, {{"End_Customer__c", nullptr}, {"Requested_Delivery__c", nullptr}});
  rest();
  document = the_one("documents");
  EXPECT_EQ(figure(document["ITEMS"]["10"]["QUANTITY"]), "5");
  EXPECT_TRUE(document["ITEMS"].contains("20"));
  EXPECT_FALSE(document["PARTNERS"].contains("00000026"));
  EXPECT_EQ(document["DATES"].size(), 0U);
  ASSERT_TRUE(crm().remove(last));
  rest();
  EXPECT_FALSE(the_one("documents")["ITEMS"].contains("20"));
}

TEST_F(CrmMasterData, ALeadIsADocumentWithItsProspectAndHowItStands) {
  begin(R"(
  crm-leads: { system: crm, mapping: salesforce/lead.yaml, first_contact: system }
  pcm-leads: { system: pcm, mapping: sap_crm/lead_document.yaml, direction: push }
)");
  const std::string id = in_crm("Lead", {{"LastName", "Berg"},
                                         {"Company", "Bergwerk"},
                                         {"Email", "berg@bergwerk.example"},
                                         {"LeadSource", "Web"},
                                         {"Rating", "Hot"},
                                         {"Partner__c", account("Rheinwerk")["Id"]}});
  rest();
  Json document = the_one("documents");
  EXPECT_EQ(document["object_type"], "BUS2000108");
  EXPECT_EQ(document["PROSPECT"]["COMPANY"], "Bergwerk");
  EXPECT_EQ(document["LEAD"]["SOURCE"], "004");
  EXPECT_EQ(document["LEAD"]["QUAL_LEVEL_MAN"], "03");
  EXPECT_EQ(document["PARTNERS"]["00000023"]["PARTNER_NO"], kRheinwerk);
  EXPECT_EQ(document["STATUS"]["USER_STATUS"], "OPEN");
  edit_crm(id, {{"Status", "Closed - Not Converted"}, {"Rating", nullptr}});
  rest();
  document = the_one("documents");
  EXPECT_EQ(document["STATUS"]["USER_STATUS"], "LOST");
  EXPECT_EQ(document["LEAD"]["QUAL_LEVEL_MAN"], "");
}

}  // namespace
}  // namespace channelbridge::test
