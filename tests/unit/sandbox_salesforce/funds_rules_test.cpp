// What the org does with marketing funds, and what it refuses.
#include "client.hpp"

namespace channelbridge::sandbox::salesforce {
namespace {

class Funds : public SalesforceSandbox {
 protected:
  explicit Funds(FundRules rules = {}) : SalesforceSandbox(with(std::move(rules))) {
    partner = create("Account", {{"Name", "Rheinwerk"}});
    budget = create("PartnerMarketingBudget",
                    {{"Title", "MDF 2027"}, {"Type", "Marketing Funds"}, {"Amount", 1000}});
    fund = allocate(600);
  }
  static OrgOptions with(FundRules rules) {
    OrgOptions given = options();
    given.funds = std::move(rules);
    return given;
  }
  std::string allocate(const char* amount) { return allocate(exact_number(amount)); }
  std::string allocate(const Json& amount) {
    return create("PartnerFundAllocation", {{"Title", "Rheinwerk"},
                                            {"BudgetId", budget},
                                            {"ChannelPartnerId", partner},
                                            {"Amount", amount}});
  }
  Json request_of(const Json& amount, const char* status = "Approved") const {
    return {{"Title", "Trade show"},     {"BudgetId", budget},
            {"AllocationId", fund},      {"ChannelPartnerId", partner},
            {"RequestedAmount", amount}, {"Amount", amount},
            {"Status", status}};
  }
  static Json claim_of(const std::string& request, const Json& amount,
                       const char* status = "Approved") {
    return {{"Title", "Claim"}, {"RequestId", request}, {"Amount", amount}, {"Status", status}};
  }
  Answer post(const std::string& object, const Json& fields) {
    return call("POST", "sobjects/" + object, fields);
  }
  Answer patch(const std::string& object, const std::string& id, const Json& fields) {
    return call("PATCH", "sobjects/" + object + "/" + id, fields);
  }
  std::string shown(const std::string& id, const char* field) {
    return dump_json(org().record(id)[field]);
  }

  std::string partner;
  std::string budget;
  std::string fund;
};

TEST_F(Funds, AreNamedByTheirTitle) {
  EXPECT_EQ(post("PartnerMarketingBudget", {{"Type", "Marketing Funds"}, {"Amount", 1}}).code(),
            "REQUIRED_FIELD_MISSING");
  EXPECT_EQ(
      post("PartnerMarketingBudget", {{"Title", "A"}, {"Type", "Gift"}, {"Amount", 1}}).code(),
      "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST");
  EXPECT_EQ(query("SELECT Name FROM PartnerMarketingBudget").code(), "INVALID_FIELD");
  EXPECT_EQ(column("SELECT Title FROM PartnerMarketingBudget", "Title"), "MDF 2027");
}

TEST_F(Funds, AClaimIsOfItsRequestsBudgetFundAndPartner) {
  const std::string request = create("PartnerFundRequest", request_of(500));
  const std::string claim = create("PartnerFundClaim", claim_of(request, 100, "Draft"));
  EXPECT_EQ(shown(claim, "BudgetId"), "\"" + budget + "\"");
  EXPECT_EQ(shown(claim, "AllocationId"), "\"" + fund + "\"");
  EXPECT_EQ(shown(claim, "ChannelPartnerId"), "\"" + partner + "\"");
  for (const char* field : {"BudgetId", "AllocationId", "ChannelPartnerId"})
    EXPECT_EQ(patch("PartnerFundClaim", claim, {{field, nullptr}}).code(),
              "INVALID_FIELD_FOR_INSERT_UPDATE")
        << field;
  const std::string other = create(
      "PartnerFundRequest",
      {{"Title", "Seminar"}, {"BudgetId", budget}, {"ChannelPartnerId", partner}, {"Amount", 10}});
  EXPECT_EQ(patch("PartnerFundClaim", claim, {{"RequestId", other}}).status, 204);
  EXPECT_EQ(shown(claim, "AllocationId"), "null") << "the other request is of no fund yet";
}

TEST_F(Funds, SumsRollUpToTheCent) {
  allocate("399.99");
  EXPECT_EQ(shown(budget, "TotalAllocatedAmount"), "999.99");
  const std::string request = create("PartnerFundRequest", request_of(exact_number("450.10")));
  create("PartnerFundRequest", request_of(5, "Draft"));
  EXPECT_EQ(shown(budget, "TotalApprovedFrs"), "450.1") << "a draft does not count";
  EXPECT_EQ(shown(fund, "TotalApprovedFrs"), "450.1");

  const std::string claim = create("PartnerFundClaim", claim_of(request, exact_number("0.10")));
  create("PartnerFundClaim", claim_of(request, exact_number("0.20")));
  create("PartnerFundClaim", claim_of(request, 7, "Rejected"));
  for (const std::string& above : {budget, fund, request}) {
    EXPECT_EQ(shown(above, "TotalApprovedFcs"), "0.3");
    EXPECT_EQ(shown(above, "TotalReimbursedFcs"), "0.0");
  }
  EXPECT_EQ(patch("PartnerFundClaim", claim, {{"Status", "Paid"}}).status, 204);
  EXPECT_EQ(shown(budget, "TotalApprovedFcs"), "0.3") << "what is paid was approved";
  EXPECT_EQ(shown(budget, "TotalReimbursedFcs"), "0.1");
  EXPECT_EQ(patch("PartnerMarketingBudget", budget, {{"TotalReimbursedFcs", 5}}).code(),
            "INVALID_FIELD_FOR_INSERT_UPDATE");
  EXPECT_EQ(call("DELETE", "sobjects/PartnerFundClaim/" + claim).status, 204);
  EXPECT_EQ(shown(budget, "TotalReimbursedFcs"), "0.0");
}

TEST_F(Funds, ASumTellsWhatItHasLeft) {
  const std::string request = create("PartnerFundRequest", request_of(100));
  const std::string other = create(
      "PartnerFundAllocation",
      {{"Title", "Seewerk"}, {"BudgetId", budget}, {"ChannelPartnerId", partner}, {"Amount", 100}});
  EXPECT_EQ(patch("PartnerFundRequest", request, {{"AllocationId", other}}).status, 204);
  EXPECT_EQ(shown(fund, "TotalApprovedFrs"), "0.0");
  EXPECT_EQ(shown(other, "TotalApprovedFrs"), "100.0");
}

TEST_F(Funds, ABudgetIsNotSpentTwice) {
  const Answer refused = post("PartnerFundAllocation", {{"Title", "B"},
                                                        {"BudgetId", budget},
                                                        {"ChannelPartnerId", partner},
                                                        {"Amount", exact_number("400.01")}});
  EXPECT_EQ(refused.code(), "FIELD_INTEGRITY_EXCEPTION");
  EXPECT_NE(refused.message().find("1000.01"), std::string::npos) << refused.message();
  allocate(400);
  const std::string request = create("PartnerFundRequest", request_of(1000));
  EXPECT_EQ(post("PartnerFundRequest", request_of(1)).code(), "FIELD_INTEGRITY_EXCEPTION");
  EXPECT_EQ(post("PartnerFundRequest", request_of(1, "Rejected")).status, 201);
  create("PartnerFundClaim", claim_of(request, 999));
  EXPECT_EQ(post("PartnerFundClaim", claim_of(request, 2, "Draft")).code(),
            "FIELD_INTEGRITY_EXCEPTION");
  EXPECT_EQ(patch("PartnerMarketingBudget", budget, {{"Amount", 999}}).code(),
            "FIELD_INTEGRITY_EXCEPTION");
  EXPECT_EQ(patch("PartnerMarketingBudget", budget, {{"Amount", 1001}}).status, 204);
}

TEST_F(Funds, ABudgetThatIgnoresItsAmountDoesSoForEver) {
  EXPECT_EQ(patch("PartnerMarketingBudget", budget, {{"IsIgnoreValidation", true}}).status, 204);
  allocate(5000);
  EXPECT_EQ(shown(budget, "TotalAllocatedAmount"), "5600.0");
  EXPECT_EQ(patch("PartnerMarketingBudget", budget, {{"IsIgnoreValidation", false}}).code(),
            "FIELD_INTEGRITY_EXCEPTION");
  EXPECT_EQ(shown(budget, "IsIgnoreValidation"), "true");
}

TEST_F(Funds, WhatIsDeletedStaysDeleted) {
  const std::string request = create("PartnerFundRequest", request_of(1));
  EXPECT_EQ(call("DELETE", "sobjects/PartnerFundRequest/" + request).status, 204);
  EXPECT_FALSE(org().undelete(request));
  EXPECT_EQ(shown(budget, "TotalApprovedFrs"), "0.0");
}

TEST_F(Funds, AnApprovalProcessMovesTheSums) {
  ASSERT_TRUE(org().add_approval_process({.name = "Claims",
                                          .object = "PartnerFundClaim",
                                          .approver = "anna@sandbox.example",
                                          .entry = {{"Status", "Draft"}},
                                          .on_submitted = {{"Approval_Status__c", "Pending"}},
                                          .on_approved = {{"Status", "Approved"},
                                                          {"Approved_Amount__c", "{!Amount}"},
                                                          {"Approval_Status__c", nullptr}},
                                          .on_recalled = {{"Approval_Status__c", nullptr}}}));
  const std::string request = create("PartnerFundRequest", request_of(500));
  const std::string claim = create("PartnerFundClaim", claim_of(request, 120, "Draft"));
  const auto act = [this](const char* action, const std::string& id) {
    return call("POST", "process/approvals",
                {{"requests", Json::array({{{"actionType", action}, {"contextId", id}}})}});
  };
  Answer submitted = act("Submit", claim);
  ASSERT_EQ(submitted.status, 200) << submitted.text;
  EXPECT_EQ(shown(claim, "Approval_Status__c"), "\"Pending\"");
  EXPECT_EQ(act("Removed", submitted.body[0]["newWorkitemIds"][0]).status, 200);
  EXPECT_EQ(shown(claim, "Approval_Status__c"), "null");

  submitted = act("Submit", claim);
  EXPECT_EQ(act("Approve", submitted.body[0]["newWorkitemIds"][0]).status, 200);
  EXPECT_EQ(shown(claim, "Status"), "\"Approved\"");
  EXPECT_EQ(shown(claim, "Approved_Amount__c"), "120.0");
  EXPECT_EQ(shown(claim, "Approval_Status__c"), "null");
  EXPECT_EQ(shown(budget, "TotalApprovedFcs"), "120.0");
}

TEST_F(Funds, ACampaignShowsWhatCameOfIt) {
  const std::string campaign = create("Campaign", {{"Name", "Trade show"}});
  EXPECT_EQ(shown(campaign, "Status"), "\"Planned\"");
  EXPECT_EQ(post("Campaign", {{"Status", "Planned"}}).code(), "REQUIRED_FIELD_MISSING");
  for (const auto& [stage, amount] : {std::pair("Closed Won", 700), std::pair("Prospecting", 300)})
    create("Opportunity", {{"Name", "Pumps"},
                           {"StageName", stage},
                           {"CloseDate", "2027-05-01"},
                           {"Amount", amount},
                           {"CampaignId", campaign}});
  EXPECT_EQ(shown(campaign, "NumberOfOpportunities"), "2");
  EXPECT_EQ(shown(campaign, "NumberOfWonOpportunities"), "1");
  EXPECT_EQ(shown(campaign, "AmountAllOpportunities"), "1000.0");
  EXPECT_EQ(shown(campaign, "AmountWonOpportunities"), "700.0");
}

class OtherFunds : public Funds {
 protected:
  OtherFunds()
      : Funds({.paid_is_approved = false, .refusal = "FIELD_CUSTOM_VALIDATION_EXCEPTION"}) {}
};

TEST_F(OtherFunds, MayCountPaidClaimsOnceAndRefuseWithAnotherCode) {
  const std::string request = create("PartnerFundRequest", request_of(500));
  create("PartnerFundClaim", claim_of(request, 100, "Paid"));
  EXPECT_EQ(shown(budget, "TotalApprovedFcs"), "0.0");
  EXPECT_EQ(shown(budget, "TotalReimbursedFcs"), "100.0");
  EXPECT_EQ(post("PartnerFundRequest", request_of(501)).code(),
            "FIELD_CUSTOM_VALIDATION_EXCEPTION");
}

}  // namespace
}  // namespace channelbridge::sandbox::salesforce
