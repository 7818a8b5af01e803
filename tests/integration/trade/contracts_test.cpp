// Contracts between the CRM and the ERP, and what a customer uses because of them.
#include "trade_world.hpp"

namespace channelbridge::test {
namespace {

class Contracts : public TradeWorld {
 protected:
  static constexpr const char* kContracts = R"(
  crm-contracts: { system: crm, mapping: salesforce/contract.yaml, first_contact: system }
  erp-contracts: { system: erp, mapping: sap_s4hana/contract.yaml, first_contact: hub }
)";
  // An org with CPQ has the first, one without the second: an asset would become a subscription.
  static constexpr const char* kSubscriptions = R"(
  crm-subscriptions: { system: crm, mapping: salesforce/subscription.yaml, first_contact: system }
)";
  static constexpr const char* kAssets = R"(
  crm-assets: { system: crm, mapping: salesforce/asset.yaml, direction: pull }
)";

  void begin(const std::string& more = {}) {
    start(std::string(kCrmMaster) + kContracts + more);
    settle();
  }
  std::string contract() {
    return in_crm("Contract", {{"AccountId", account("Seewerk")["Id"]},
                               {"Partner__c", account("Rheinwerk")["Id"]},
                               {"Kind__c", "Frame"},
                               {"StartDate", "2027-01-01"},
                               {"ContractTerm", 12},
                               {"Status", "Draft"}});
  }
};

TEST_F(Contracts, AHeaderGoesToTheErpAndItsChangesComeBack) {
  begin();
  const std::string made_there = contract();
  settle();
  const Json there = only_in_erp("A_SalesContract");
  EXPECT_EQ(there["SalesContractType"], "CQ");
  EXPECT_EQ(there["SoldToParty"], "10100001");
  EXPECT_EQ(there["SalesContractValidityStartDate"], "2027-01-01T00:00:00");
  EXPECT_EQ(there["SalesContractValidityEndDate"], "2027-12-31T00:00:00");
  EXPECT_EQ(crm().record(made_there)["Status"], "Draft");

  edit_crm(made_there, {{"ContractTerm", 24}});
  settle();
  EXPECT_EQ(only_in_erp("A_SalesContract")["SalesContractValidityEndDate"], "2028-12-31T00:00:00");

  edit_erp("A_SalesContract", {there["SalesContract"]},
           {{"SalesContractValidityStartDate", "2027-02-01T00:00:00"}});
  settle();
  EXPECT_EQ(crm().record(made_there)["StartDate"], "2027-02-01");
  EXPECT_EQ(made()["A_SalesContract"], 1U);
}

TEST_F(Contracts, OneOfTheErpIsMadeInTheCrm) {
  begin();
  const auto made_there = erp("A_SalesContract")
                              .create("MILLER", "A_SalesContract",
                                      {{"SalesContractType", "WK1"},
                                       {"SalesOrganization", "1010"},
                                       {"DistributionChannel", "10"},
                                       {"OrganizationDivision", "00"},
                                       {"SoldToParty", "10100001"},
                                       {"SalesContractValidityStartDate", "2027-01-01T00:00:00"},
                                       {"SalesContractValidityEndDate", "2027-12-31T00:00:00"}});
  ASSERT_TRUE(made_there) << to_string(made_there.error());
  settle();
  const Json copy = only_in_crm("Contract");
  EXPECT_EQ(copy["AccountId"], account("Rheinwerk")["Id"]);
  EXPECT_EQ(copy["Kind__c"], "Sales");
  EXPECT_EQ(copy["StartDate"], "2027-01-01");
  EXPECT_EQ(copy["EndDate"], "2027-12-31");
  EXPECT_EQ(made()["Contract"], 1U);
}

TEST_F(Contracts, SubscriptionsStandBelowThem) {
  begin(kSubscriptions);
  const std::string made_there = contract();
  const std::string subscription =
      in_crm("SBQQ__Subscription__c", {{"SBQQ__Contract__c", made_there},
                                       {"SBQQ__Number__c", 1},
                                       {"SBQQ__Product__c", product("PU-100")["Id"]},
                                       {"SBQQ__Quantity__c", 5},
                                       {"SBQQ__SubscriptionStartDate__c", "2027-01-01"},
                                       {"SBQQ__SubscriptionEndDate__c", "2027-12-31"},
                                       {"SBQQ__NetPrice__c", 12.5},
                                       {"SBQQ__RenewalUpliftRate__c", 3}});
  settle();
  Json held = record("subscription");
  EXPECT_EQ(held["quantity.value"], "5");
  EXPECT_EQ(held["net_price"], "12.5");
  edit_crm(subscription, {{"SBQQ__Quantity__c", 7}});
  settle();
  held = record("subscription");
  EXPECT_EQ(held["quantity.value"], "7");
  EXPECT_EQ(made()["SBQQ__Subscription__c"], 0U) << "it is where it was made";
  EXPECT_EQ(made()["A_SalesContract"], 1U);
}

TEST_F(Contracts, AnAssetIsRead) {
  begin(kAssets);
  const std::string made_there = contract();
  const std::string asset = in_crm("Asset", {{"Name", "Pump at Seewerk"},
                                             {"AccountId", account("Seewerk")["Id"]},
                                             {"Contract__c", made_there},
                                             {"Product2Id", product("PU-200")["Id"]},
                                             {"SerialNumber", "SN-1"},
                                             {"Quantity", 1},
                                             {"Price", 99.5},
                                             {"InstallDate", "2027-01-05"},
                                             {"UsageEndDate", "2028-01-04"},
                                             {"Status", "Installed"}});
  settle();
  EXPECT_EQ(record("subscription")["serial"], "SN-1");
  edit_crm(asset, {{"Status", "Registered"}});
  settle();
  EXPECT_EQ(record("subscription")["status"], "registered");
  EXPECT_EQ(made()["Asset"], 0U) << "assets are only read";
}

}  // namespace
}  // namespace channelbridge::test
