// Opportunities, and leads that become them, between the CRM and the service cloud.
#include "trade_world.hpp"

namespace channelbridge::test {
namespace {

using ::testing::UnorderedElementsAre;

class Deals : public TradeWorld {
 protected:
  static constexpr const char* kDeals = R"(
  crm-leads: { system: crm, mapping: salesforce/lead.yaml, first_contact: system }
  crm-deals: { system: crm, mapping: salesforce/opportunity.yaml, first_contact: system }
  c4c-leads: { system: c4c, mapping: sap_c4c/lead.yaml, first_contact: hub }
  c4c-deals: { system: c4c, mapping: sap_c4c/opportunity.yaml, first_contact: hub }
)";

  void SetUp() override {
    TradeWorld::SetUp();
    start(std::string(kCrmMaster) + kC4cMaster + kDeals, {{"c4c", kAccountsArePartners}});
    settle();
    book_ = enter_prices();
  }
  std::string deal() {
    const std::string made_there =
        in_crm("Opportunity", {{"Name", "Pumps for the Rhine"},
                               {"AccountId", account("Seewerk")["Id"]},
                               {"Partner__c", account("Rheinwerk")["Id"]},
                               {"StageName", "Negotiation/Review"},
                               {"Type", "New Customer"},
                               {"CloseDate", "2027-01-31"},
                               {"Pricebook2Id", book_}});
    for (const auto& [sku, quantity, price] :
         {std::tuple("PU-100", 3, 62.93), std::tuple("PU-200", 2, 40.0)})
      in_crm("OpportunityLineItem", {{"OpportunityId", made_there},
                                     {"PricebookEntryId", entry_of(sku)},
                                     {"Quantity", quantity},
                                     {"UnitPrice", price}});
    return made_there;
  }
  std::vector<std::string> items() {
    std::vector<std::string> out;
    for (const Json& row : c4c().rows("OpportunityItemCollection"))
      out.push_back(row["ProductID"].get<std::string>() + ": " + figure(row["Quantity"]));
    return out;
  }

  std::string book_{};
};

TEST_F(Deals, GoWithTheirLinesAndComeBackWon) {
  const std::string made_there = deal();
  settle();
  const Json copy = only_in_c4c("OpportunityCollection");
  EXPECT_EQ(copy["Name"], "Pumps for the Rhine");
  EXPECT_EQ(copy["ProspectPartyID"], account_in_c4c("Seewerk"));
  EXPECT_EQ(copy["LifeCycleStatusCode"], "2");
  EXPECT_EQ(figure(copy["ExpectedRevenueAmount"]), "268.79");
  EXPECT_THAT(items(), UnorderedElementsAre("PU-100: 3", "PU-200: 2"));
  EXPECT_EQ(only_in_c4c("OpportunityPartyCollection")["PartyID"], account_in_c4c("Rheinwerk"));

  for (const Json& each : c4c().rows("OpportunityItemCollection"))
    if (each["ProductID"] == "PU-200")
      edit_c4c("OpportunityItemCollection", each["ObjectID"], {{"Quantity", "5"}});
  settle();
  EXPECT_EQ(figure(crm().record(made_there)["Amount"]), "388.79");
  EXPECT_EQ(figure(only_in_c4c("OpportunityCollection")["ExpectedRevenueAmount"]), "388.79");

  edit_c4c("OpportunityCollection", copy["ObjectID"],
           {{"LifeCycleStatusCode", "4"}, {"ProbabilityPercent", "100"}});
  settle();
  EXPECT_EQ(crm().record(made_there)["StageName"], "Closed Won");
  EXPECT_EQ(crm().record(made_there)["IsWon"], true);
  EXPECT_EQ(made()["OpportunityCollection"], 1U);
}

TEST_F(Deals, ALostOneIsLostThereWithItsReason) {
  const std::string made_there = deal();
  settle();
  edit_crm(made_there,
           {{"StageName", "Closed Lost"}, {"Lost_Reason__c", "Price"}, {"Probability", 0}});
  settle();
  const Json copy = only_in_c4c("OpportunityCollection");
  EXPECT_EQ(copy["LifeCycleStatusCode"], "5");
  EXPECT_EQ(crm().record(made_there)["Lost_Reason__c"], "Price");
}

TEST_F(Deals, OneOfTheServiceCloudIsMadeInTheCrm) {
  const std::string made_there =
      in_c4c("OpportunityCollection", {{"Name", "Pumps for the lake"},
                                       {"ProspectPartyID", account_in_c4c("Seewerk")},
                                       {"LifeCycleStatusCode", "2"},
                                       {"ExpectedProcessingEndDate", "2027-01-31T00:00:00"},
                                       {"ExpectedRevenueAmount", "1000"},
                                       {"ExpectedRevenueAmountCurrencyCode", "EUR"}});
  settle();
  const Json copy = only_in_crm("Opportunity");
  EXPECT_EQ(copy["Name"], "Pumps for the lake");
  EXPECT_EQ(copy["AccountId"], account("Seewerk")["Id"]);
  EXPECT_EQ(copy["CloseDate"], "2027-01-31");
  EXPECT_EQ(figure(copy["Amount"]), "1000");
  edit_crm(copy["Id"], {{"StageName", "Closed Won"}});
  settle();
  EXPECT_EQ(only_in_c4c("OpportunityCollection")["LifeCycleStatusCode"], "4");
  EXPECT_EQ(made()["Opportunity"], 1U);
  (void)made_there;
}

TEST_F(Deals, AConvertedLeadIsConvertedThereAndItsDealFollows) {
  const std::string lead = in_crm("Lead", {{"LastName", "Berg"},
                                           {"Company", "Talwerk"},
                                           {"Email", "anna.berg@example.com"},
                                           {"Status", "Working - Contacted"}});
  settle();
  EXPECT_EQ(only_in_c4c("LeadCollection")["Company"], "Talwerk");
  const auto converted = crm().convert_lead(
      lead, {.account_id = account("Seewerk")["Id"], .opportunity_name = "Talwerk pumps"});
  ASSERT_TRUE(converted) << to_string(converted.error());
  edit_crm(converted->opportunity_id, {{"CloseDate", "2027-01-31"}});
  settle();
  EXPECT_EQ(only_in_c4c("LeadCollection")["UserStatusCode"], "06");
  const Json copy = only_in_c4c("OpportunityCollection");
  EXPECT_EQ(copy["Name"], "Talwerk pumps");
  EXPECT_EQ(copy["ProspectPartyID"], account_in_c4c("Seewerk"));
  EXPECT_EQ(crm().records("Lead").size(), 1U);
  EXPECT_EQ(made()["LeadCollection"], 1U);
  EXPECT_EQ(made()["OpportunityCollection"], 1U);
}

}  // namespace
}  // namespace channelbridge::test
