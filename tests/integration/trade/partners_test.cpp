// What a vendor and its partners agree on: deals that they register, prices that are theirs, where
// products may be sold, renewals and territories.
#include "partner_folders.hpp"

namespace channelbridge::test {
namespace {

class Partners : public PartnerFolders {
 protected:
  std::string deal_registrations() {
    return with(crm().records("RecordType"), "DeveloperName", "Deal_Registration").value("Id", "");
  }
};

TEST_F(Partners, ADealThatADealerRegistersIsDecidedInTheCrm) {
  begin(std::string(kCrmMaster) + kDealer + R"(
  crm-leads: { system: crm, mapping: salesforce/lead.yaml, first_contact: system, where: "RecordType.DeveloperName != 'Deal_Registration'" }
  crm-deals: { system: crm, mapping: salesforce/deal_registration.yaml, first_contact: hub }
  dealer-deals: { system: dealer, mapping: file/deal_registration.yaml, first_contact: system }
)",
        "    values: { record_type: \"" + deal_registrations() + "\" }\n");
  in_crm("Lead", {{"LastName", "Berg"}, {"Company", "Bergwerk"}});
  sends(
      "dealer", "deal.csv",
      "deal_id,partner_duns,customer,country,project,kind,sku,value,currency,expected_close,status,"
      "submitted_at\n"
      "D-1,123456789,Talwerk,DE,Pumps for the valley,new_business,PU-100,12500,EUR,2027-03-31,"
      "submitted,2026-11-20T10:00:00Z\n");
  settle();
  const Json deal = with(crm().records("Lead"), "Company", "Talwerk");
  ASSERT_FALSE(deal.is_null());
  EXPECT_EQ(deal["RecordTypeId"], deal_registrations());
  EXPECT_EQ(deal["Registering_Partner__c"], account("Rheinwerk")["Id"]);
  EXPECT_EQ(deal["Deal_Product__c"], product("PU-100")["Id"]);
  EXPECT_EQ(figure(deal["Deal_Value__c"]), "12500");
  EXPECT_EQ(deal["Deal_Reg_Status__c"], "Submitted");
  EXPECT_EQ(record("lead")["company.name"], "Bergwerk") << "a registration is no lead";

  edit_crm(deal["Id"],
           {{"Deal_Reg_Status__c", "Approved"}, {"Registration_Expiry__c", "2027-02-18"}});
  settle();
  Row answer = only("dealer", "deal.csv");
  EXPECT_EQ(answer["deal_id"], "D-1");
  EXPECT_EQ(answer["status"], "approved");
  EXPECT_EQ(answer["protected_until"], "2027-02-18");
  EXPECT_EQ(made()["Lead"], 1U);
}

TEST_F(Partners, AContractedPriceOfTheCrmIsOneThatItsDealerKnows) {
  begin(std::string(kCrmMaster) + kDealer + R"(
  crm-contracted: { system: crm, mapping: salesforce/contracted_price.yaml, direction: pull }
  dealer-discounts: { system: dealer, mapping: file/discount_agreement.yaml, direction: push }
)");
  const std::string price =
      in_crm("SBQQ__ContractedPrice__c", {{"SBQQ__Account__c", account("Rheinwerk")["Id"]},
                                          {"SBQQ__Product__c", product("PU-100")["Id"]},
                                          {"SBQQ__Price__c", 62.93},
                                          {"SBQQ__EffectiveDate__c", "2026-01-01"},
                                          {"SBQQ__ExpirationDate__c", "2026-12-31"}});
  settle();
  Row told = only("dealer", "discount.csv");
  EXPECT_EQ(told["kind"], "contracted_price");
  EXPECT_EQ(told["partner_duns"], "123456789");
  EXPECT_EQ(told["sku"], "PU-100");
  EXPECT_EQ(told["method"], "fixed_price");
  EXPECT_EQ(told["value"], "62.93");
  EXPECT_EQ(told["currency"], "EUR");
  EXPECT_EQ(told["valid_until"], "2026-12-31");

  edit_crm(price, {{"SBQQ__Product__c", product("PU-200")["Id"]},
                   {"SBQQ__Price__c", nullptr},
                   {"SBQQ__Discount__c", 12.5}});
  settle();
  told = only("dealer", "discount.csv");
  EXPECT_EQ(told["sku"], "PU-200");
  EXPECT_EQ(told["method"], "percent");
  EXPECT_EQ(told["value"], "12.5");
  EXPECT_EQ(told["currency"], "");
  EXPECT_EQ(made()["SBQQ__ContractedPrice__c"], 0U) << "it is where it was made";
}

TEST_F(Partners, WhatAnOfficeSaysOfWhereAProductIsSoldReachesTheDealer) {
  begin(std::string(kDealer) + kOffice + R"(
  office-availability: { system: office, mapping: file/availability.yaml, first_contact: system }
  dealer-availability: { system: dealer, mapping: file/availability.yaml, direction: push }
)");
  sends(
      "office", "availability.ndjson",
      R"({"availability_id":"A-1","sku":"PU-100","country":"SE","sellable":"false","from":"2026-12-01","partner_duns":"123456789","reason":"certification"})"
      "\n");
  settle();
  Row told = only("dealer", "availability.csv");
  EXPECT_EQ(told["sku"], "PU-100");
  EXPECT_EQ(told["country"], "SE");
  EXPECT_EQ(told["sellable"], "false");
  EXPECT_EQ(told["partner_duns"], "123456789");

  sends("office", "availability-2.csv", "availability_id,sellable,reason\nA-1,true,\n");
  settle();
  told = only("dealer", "availability.csv");
  EXPECT_EQ(told["sellable"], "true");
  EXPECT_EQ(told["from"], "2026-12-01");
  EXPECT_EQ(told["reason"], "");
}

TEST_F(Partners, ATerritoryOfAnOfficeReachesTheDealer) {
  begin(std::string(kDealer) + kOffice + R"(
  office-territories: { system: office, mapping: file/territory.yaml, first_contact: system }
  dealer-territories: { system: dealer, mapping: file/territory.yaml, direction: push }
)");
  sends("office", "territory.csv",
        "territory_id,code,name,country,postal_from,postal_to,exclusivity,distributor_duns,status\n"
        "T-1,DE-W,West,DE,40000,59999,exclusive,987654321,active\n");
  settle();
  Row told = only("dealer", "territory.csv");
  EXPECT_EQ(told["code"], "DE-W");
  EXPECT_EQ(told["country"], "DE");
  EXPECT_EQ(told["postal_to"], "59999");
  EXPECT_EQ(told["distributor_duns"], "987654321");

  sends("office", "territory-2.csv", "territory_id,country,postal_to\nT-1,DE,57999\n");
  settle();
  EXPECT_EQ(only("dealer", "territory.csv")["postal_to"], "57999") << "it is the same area";
}

TEST_F(Partners, ARenewalIsReadWithItsContract) {
  begin(std::string(kCrmMaster) + R"(
  crm-contracts: { system: crm, mapping: salesforce/contract.yaml, direction: pull }
  crm-deals: { system: crm, mapping: salesforce/opportunity.yaml, direction: pull, where: "SBQQ__Renewal__c = false" }
  crm-renewals: { system: crm, mapping: salesforce/renewal.yaml, direction: pull }
)");
  const std::string contract = in_crm("Contract", {{"AccountId", account("Seewerk")["Id"]},
                                                   {"Partner__c", account("Rheinwerk")["Id"]},
                                                   {"Kind__c", "Subscription"},
                                                   {"StartDate", "2026-01-01"},
                                                   {"ContractTerm", 12},
                                                   {"SBQQ__RenewalUpliftRate__c", 3.5},
                                                   {"Status", "Draft"}});
  const std::string renewal = in_crm("Opportunity", {{"Name", "Renewal"},
                                                     {"AccountId", account("Seewerk")["Id"]},
                                                     {"Partner__c", account("Rheinwerk")["Id"]},
                                                     {"StageName", "Prospecting"},
                                                     {"CloseDate", "2026-12-31"},
                                                     {"SBQQ__Renewal__c", true},
                                                     {"SBQQ__RenewedContract__c", contract}});
  in_crm("Opportunity",
         {{"Name", "New"}, {"StageName", "Prospecting"}, {"CloseDate", "2026-12-31"}});
  settle();
  EXPECT_EQ(record("opportunity")["name"], "New") << "one object is one record";
  Json held = record("renewal");
  EXPECT_EQ(held["stage"], "scheduled");
  EXPECT_EQ(held["due_date"], "2026-12-31");
  EXPECT_EQ(held["uplift_pct"], "3.5");
  const auto contracts = hub_->store().records_changed("contract", 0, 10);
  ASSERT_TRUE(contracts) << to_string(contracts.error());
  ASSERT_EQ(contracts->size(), 1U);
  EXPECT_EQ(held["contract"], contracts->front().id);

  edit_crm(renewal, {{"StageName", "Closed Lost"}});
  settle();
  EXPECT_EQ(record("renewal")["stage"], "churned");
}

}  // namespace
}  // namespace channelbridge::test
