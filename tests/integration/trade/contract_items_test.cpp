// What the items of the ERP's contracts supply: subscriptions, here and in the CRM.
#include "trade_world.hpp"

namespace channelbridge::test {
namespace {

class ContractItems : public TradeWorld {
 protected:
  static constexpr const char* kItems = R"(
  crm-contracts: { system: crm, mapping: salesforce/contract.yaml, first_contact: system }
  crm-subscriptions: { system: crm, mapping: salesforce/subscription.yaml, first_contact: system }
  erp-contracts: { system: erp, mapping: sap_s4hana/contract.yaml, first_contact: hub }
  erp-items: { system: erp, mapping: sap_s4hana/contract_item.yaml, direction: pull }
)";

  void SetUp() override {
    TradeWorld::SetUp();
    start(std::string(kCrmMaster) + kItems);
    settle();
    create("A_SalesContract", {{"SalesContractType", "CQ"},
                               {"SalesOrganization", "1010"},
                               {"DistributionChannel", "10"},
                               {"OrganizationDivision", "00"},
                               {"SoldToParty", "10100001"},
                               {"SalesContractValidityStartDate", "2027-01-01T00:00:00"},
                               {"SalesContractValidityEndDate", "2027-12-31T00:00:00"}});
    number_ = only_in_erp("A_SalesContract")["SalesContract"];
    create("A_SalesContractItem", {{"SalesContract", number_},
                                   {"SalesContractItem", "10"},
                                   {"Material", "PU-100"},
                                   {"RequestedQuantity", "5"},
                                   {"SalesContractValidityStartDate", "2027-01-01T00:00:00"},
                                   {"SalesContractValidityEndDate", "2027-06-30T00:00:00"}});
    create("A_SalesContractItemPrcgElmnt", {{"SalesContract", number_},
                                            {"SalesContractItem", "10"},
                                            {"ConditionType", "PMP0"},
                                            {"ConditionRateValue", "12.5"}});
    settle();
  }
  void create(const std::string& set, const Json& fields) {
    const auto done = erp(set).create("MILLER", set, fields);
    ASSERT_TRUE(done) << to_string(done.error());
  }

  std::string number_{};
};

TEST_F(ContractItems, AreSubscriptionsWithQuantityPriceAndPeriod) {
  Json held = record("subscription");
  const auto contracts = hub_->store().records_changed("contract", 0, 10);
  ASSERT_TRUE(contracts) << to_string(contracts.error());
  ASSERT_EQ(contracts->size(), 1U);
  EXPECT_EQ(held["contract"], contracts->front().id);
  EXPECT_EQ(held["line"], "10");
  EXPECT_EQ(held["quantity.value"], "5");
  EXPECT_EQ(held["quantity.unit"], "H87");
  EXPECT_EQ(held["net_price"], "12.5");
  EXPECT_EQ(held["currency"], "EUR");
  EXPECT_EQ(held["start"], "2027-01-01");
  EXPECT_EQ(held["end"], "2027-06-30");
  EXPECT_EQ(held["status"], "active");

  edit_erp("A_SalesContractItem", {number_, "10"},
           {{"RequestedQuantity", "7"}, {"SalesContractValidityEndDate", "2027-12-31T00:00:00"}});
  settle();
  held = record("subscription");
  EXPECT_EQ(held["quantity.value"], "7");
  EXPECT_EQ(held["end"], "2027-12-31");
}

TEST_F(ContractItems, AreMadeInTheCrmBelowTheirContractAndFollow) {
  Json copy = only_in_crm("SBQQ__Subscription__c");
  EXPECT_EQ(copy["SBQQ__Contract__c"], only_in_crm("Contract")["Id"]);
  EXPECT_EQ(copy["SBQQ__Product__c"], product("PU-100")["Id"]);
  EXPECT_EQ(figure(copy["SBQQ__Number__c"]), "10");
  EXPECT_EQ(figure(copy["SBQQ__Quantity__c"]), "5");
  EXPECT_EQ(figure(copy["SBQQ__NetPrice__c"]), "12.5");
  EXPECT_EQ(copy["SBQQ__SubscriptionStartDate__c"], "2027-01-01");
  EXPECT_EQ(copy["SBQQ__SubscriptionEndDate__c"], "2027-06-30");

  edit_erp("A_SalesContractItem", {number_, "10"}, {{"RequestedQuantity", "7"}});
  settle();
  copy = only_in_crm("SBQQ__Subscription__c");
  EXPECT_EQ(figure(copy["SBQQ__Quantity__c"]), "7");
  EXPECT_EQ(figure(copy["SBQQ__NetPrice__c"]), "12.5");
  EXPECT_EQ(made()["SBQQ__Subscription__c"], 1U);
  EXPECT_EQ(made()["Contract"], 1U);
}

}  // namespace
}  // namespace channelbridge::test
