// Marketing funds between SAP CRM, whose planners and reviewers decide, and Salesforce, where
// partners ask and claim. The books are a table that accounting sends.
#include "crm_funds_world.hpp"

namespace channelbridge::test {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

TEST_F(CrmFunds, BudgetAndFundsOfTheCrmAppearInSalesforceWithTheirPartners) {
  const Json budget = only_in_crm("PartnerMarketingBudget");
  EXPECT_EQ(budget["Reference_Number__c"], "0000000100");
  EXPECT_EQ(figure(budget["Amount"]), "10000");
  EXPECT_EQ(figure(budget["TotalAllocatedAmount"]), "10000");
  const Json fund = in_org(fund_in_crm());
  EXPECT_EQ(fund["ChannelPartnerId"], account("Rheinwerk")["Id"]);
  EXPECT_EQ(fund["BudgetId"], budget["Id"]);
  EXPECT_EQ(figure(fund["Amount"]), "6000");
  EXPECT_EQ(pcm().state()["partners"][kRheinwerk]["NAME_ORG1"], "Rheinwerk");
  ASSERT_TRUE(pcm().change_budget("0000000202", number("-500"), "Less"));
  rest();
  EXPECT_EQ(figure(in_org(fund_in_crm("0000000202"))["Amount"]), "3500");
}

TEST_F(CrmFunds, ARequestIsReservedThereAndItsDecisionComesBack) {
  const std::string id = ask("Trade show", 1500);
  const Json asked = reservation(id);
  EXPECT_EQ(asked["fund"], "0000000201");
  EXPECT_EQ(asked["partner"], kRheinwerk);
  EXPECT_EQ(asked["requested"], "1500.00");
  EXPECT_EQ(record("fund_request")["status"], "submitted");
  decide({.number = asked["number"], .code = "REVW", .by = "ANNA"}, true);
  rest();
  EXPECT_EQ(record("fund_request")["status"], "under_review");
  EXPECT_EQ(in_org(id)["Approval_Status__c"], "Pending") << "handed in it stays";
  decide({.number = asked["number"],
          .code = "APPR",
          .amount = sandbox::soap::Amount{number("1200"), "EUR"},
          .reason = "Less is enough",
          .by = "ANNA"},
         true);
  rest();
  EXPECT_EQ(in_org(id)["Status"], "Approved");
  EXPECT_EQ(figure(in_org(id)["Amount"]), "1200");
  EXPECT_TRUE(in_org(id)["Approval_Status__c"].is_null());
}

TEST_F(CrmFunds, ARequestThatIsApprovedInSalesforceIsDecidedInTheCrm) {
  const std::string id = ask("Trade show", 1500);
  edit_crm(id, {{"Status", "Approved"}, {"Amount", 1300}, {"Approval_Status__c", nullptr}});
  rest();
  const Json there = reservation(id);
  EXPECT_EQ(there["admin"]["status"], "Approved");
  EXPECT_EQ(there["reserved"], "1300.00");
  EXPECT_EQ(there["admin"]["changed_by"], "CHANNEL");
}

TEST_F(CrmFunds, ARequestIsReturnedAndHandedInOnceMore) {
  const std::string id = ask("Trade show", 1500);
  decide({.number = reservation(id)["number"], .code = "RETN", .reason = "Too much", .by = "ANNA"},
         true);
  rest();
  EXPECT_EQ(in_org(id)["Status"], "Draft");
  EXPECT_EQ(in_org(id)["Approval_Status__c"], "Returned");
  edit_crm(id, {{"RequestedAmount", 900}, {"Total_Cost__c", 1800}});
  rest();
  EXPECT_EQ(reservation(id)["requested"], "1500.00") << "a draft is the partner's own business";
  edit_crm(id, {{"Approval_Status__c", "Pending"}});
  rest();
  EXPECT_EQ(reservation(id)["requested"], "900.00");
  EXPECT_EQ(reservation(id)["admin"]["status"], "Submitted");
  EXPECT_EQ(pcm().state()["reservations"].size(), 1U);
}

TEST_F(CrmFunds, AClaimCrossesWithItsProofAndComesBackApproved) {
  const std::string request = granted();
  const std::string id = claim(request, "FV-7", 1000);
  rest();
  const Json there = claim_there(id);
  EXPECT_EQ(there["reservation"], reservation(request)["number"]);
  EXPECT_EQ(there["submitted"], "1000.00");
  EXPECT_EQ(there["admin"]["status"], "Submitted");
  decide({.number = there["number"], .code = "APPR", .by = "ANNA"});
  rest();
  EXPECT_EQ(in_org(id)["Status"], "Approved");
  EXPECT_EQ(figure(in_org(id)["Amount"]), "1000");
  EXPECT_EQ(figure(only_in_crm("PartnerMarketingBudget")["TotalApprovedFcs"]), "1000");
  EXPECT_EQ(figure(only_in_crm("Claim_Line__c")["Approved__c"]), "1000");
  const auto made = pcm_->journal().counters();
  EXPECT_EQ(made["by_object"]["Claim"]["created"], 1);
}

TEST_F(CrmFunds, AClaimIsApprovedInPartWithAReasonForItsLine) {
  const std::string id = claim(granted(), "FV-7", 1000);
  rest();
  decide({.number = claim_there(id)["number"],
          .code = "APPR",
          .items = {{"1", {number("800"), "EUR"}, "No logo"}},
          .by = "ANNA"});
  rest();
  EXPECT_EQ(in_org(id)["Status"], "Approved");
  EXPECT_EQ(figure(in_org(id)["Amount"]), "800");
  EXPECT_EQ(only_in_crm("Claim_Line__c")["Reason__c"], "Other");
}

TEST_F(CrmFunds, AClaimIsReturnedChangedAndHandedInOnceMore) {
  const std::string id = claim(granted(), "FV-7", 1000);
  rest();
  decide({.number = claim_there(id)["number"], .code = "RETN", .reason = "Split it", .by = "ANNA"});
  rest();
  EXPECT_EQ(record("claim")["status"], "returned");
  EXPECT_EQ(in_org(id)["Status"], "Draft");
  line(id, 2, "FV-8", 300);
  edit_crm(id, {{"Claimed_Amount__c", 1300}});
  rest();
  EXPECT_EQ(claim_there(id)["submitted"], "1000.00");
  edit_crm(id, {{"Approval_Status__c", "Pending"}});
  rest();
  EXPECT_EQ(claim_there(id)["submitted"], "1300.00");
  EXPECT_EQ(status_there(id), "Submitted");
  EXPECT_EQ(pcm().state()["claims"].size(), 1U);
}

TEST_F(CrmFunds, AClaimIsRejectedAndItsMoneyIsFreeAgain) {
  const std::string id = claim(granted(), "FV-7", 1000);
  rest();
  decide({.number = claim_there(id)["number"], .code = "REJC", .reason = "No proof", .by = "ANNA"});
  rest();
  EXPECT_EQ(in_org(id)["Status"], "Rejected");
  EXPECT_EQ(record("claim")["status"], "rejected");
  EXPECT_EQ(pcm().state()["funds"][0]["checkbook"]["pending_claim"], "0.00");
}

TEST_F(CrmFunds, AnInvoiceThatIsClaimedTwiceIsPaidOnce) {
  const std::string request = granted();
  claim(request, "FV-7", 700);
  rest();
  claim(request, "FV-7", 700);
  EXPECT_TRUE(run().set_aside());
  EXPECT_EQ(pcm().state()["claims"].size(), 1U);
  EXPECT_THAT(open_things(), HasSubstr("for invoice FV-7 of Messe Posen")) << "which invoice";
  EXPECT_THAT(open_things(), HasSubstr("claim_invoice")) << "nor has the CRM seen it";
}

TEST_F(CrmFunds, AClaimIsMadeOnceWhenTheAnswerIsLost) {
  const std::string request = granted();
  pcm_->faults().add({.kind = "reset_after", .match = "zchannel_funds", .after = 0});
  const std::string id = claim(request, "FV-7", 1000);
  static_cast<void>(run());
  pcm_->faults().clear();
  rest();
  EXPECT_EQ(pcm().state()["claims"].size(), 1U);
  EXPECT_EQ(pcm_->journal().counters()["by_object"]["Claim"]["created"], 1);
  EXPECT_EQ(status_there(id), "Submitted");
}

TEST_F(CrmFunds, ASettlementGoesToTheBooksAndComesBackPaid) {
  const std::string id = claim(granted(), "FV-7", 1000);
  rest();
  decide({.number = claim_there(id)["number"], .code = "APPR", .by = "ANNA"});
  rest();
  ASSERT_TRUE(pcm().settle({.number = claim_there(id)["number"], .step = "RELS", .by = "BILLING"}));
  rest();
  const Json settlement = record("settlement");
  EXPECT_EQ(settlement["status"], "created");
  EXPECT_EQ(settlement["gross"], "1000");
  EXPECT_EQ(settlement["method"], "credit_memo");
  EXPECT_EQ(settlement["number"], claim_there(id)["settlement"]);
  EXPECT_EQ(record("claim")["status"], "released_to_settle");

  // Posted and paid between two runs: the CRM is told both, in order.
  sends("settlement-paid.csv", "settlement_id,document,paid_on,bank,status\n" + settlement_id() +
                                   ",0100000000,2027-04-01,BANK-1,paid\n");
  rest();
  const Json there = claim_there(id);
  EXPECT_EQ(there["admin"]["status"], "Paid");
  EXPECT_EQ(there["document"], "0100000000");
  EXPECT_EQ(there["paid_on"], "2027-04-01");
  EXPECT_EQ(pcm_->journal().counters()["by_object"]["Settlement"]["created"], 2);
  EXPECT_EQ(record("claim")["status"], "paid");
  EXPECT_EQ(in_org(id)["Status"], "Paid");
  EXPECT_EQ(figure(only_in_crm("PartnerMarketingBudget")["TotalReimbursedFcs"]), "1000");
}

TEST_F(CrmFunds, WhatPurchasesHaveEarnedIsInOurBooksOnceAndItsReversalTakesItBack) {
  const auto accrual = pcm().accrue("0000000201", number("250.50"), "0090000007", "Spring");
  ASSERT_TRUE(accrual) << to_string(accrual.error());
  rest();
  EXPECT_EQ(in_books(),
            "accrual 250.50, budget 6250.50, reserved 0.00, externally_settled 0.00, "
            "over_consumption_approved 0.00, available_to_reserve 6250.50");
  EXPECT_EQ(in_books(), in_checkbook());
  EXPECT_EQ(figure(in_org(fund_in_crm())["Amount"]), "6000") << "what planners have given it";
  const std::size_t before = postings();
  ASSERT_TRUE(pcm().change_budget("0000000202", number("-100"), "Less"));
  rest();
  EXPECT_EQ(in_books(), in_checkbook());
  EXPECT_EQ(postings(), before + 2) << "of the other fund and its budget";
  ASSERT_TRUE(pcm().reverse_posting(*accrual));
  rest();
  EXPECT_EQ(in_books(),
            "accrual 0.00, budget 6000.00, reserved 0.00, externally_settled 0.00, "
            "over_consumption_approved 0.00, available_to_reserve 6000.00");
  EXPECT_EQ(in_books(), in_checkbook());
}

TEST_F(CrmFunds, WhatTheCrmAllowsAndPaysBesideClaimsIsInOurBooks) {
  const std::string number_there = reservation(granted())["number"];
  const auto over = pcm().approve_over_consumption(number_there, number("100"));
  const auto paid =
      pcm().settle_externally({.reservation = number_there, .amount = number("200.25")});
  ASSERT_TRUE(over && paid);
  ASSERT_TRUE(pcm().settle_externally({.fund = "0000000201", .amount = number("40")}));
  rest();
  EXPECT_EQ(in_books(),
            "accrual 0.00, budget 6000.00, reserved 1399.75, externally_settled 240.25, "
            "over_consumption_approved 100.00, available_to_reserve 4460.00");
  EXPECT_EQ(in_books(), in_checkbook());
  ASSERT_TRUE(pcm().reverse_posting(*paid));
  ASSERT_TRUE(pcm().reverse_posting(*over));
  rest();
  EXPECT_EQ(in_books(),
            "accrual 0.00, budget 6000.00, reserved 1500.00, externally_settled 40.00, "
            "over_consumption_approved 0.00, available_to_reserve 4460.00");
  EXPECT_EQ(in_books(), in_checkbook());
}

/// The CRM has a history before the hub begins.
class CrmHistory : public CrmFunds {
 protected:
  std::string spokes() const override {
    return R"(
  pcm-partners: { system: pcm, mapping: sap_crm/partner.yaml, direction: push }
  pcm-budgets: { system: pcm, mapping: sap_crm/budget.yaml, direction: pull }
  pcm-funds: { system: pcm, mapping: sap_crm/fund.yaml, direction: pull }
  pcm-requests: { system: pcm, mapping: sap_crm/fund_request.yaml, direction: pull }
)";
  }
  void prepare() override {
    const sandbox::crm::Reservation asked{.fund = "0000000201",
                                          .partner = kRheinwerk,
                                          .description = "Trade show",
                                          .from = day("2027-03-01"),
                                          .to = day("2027-03-05"),
                                          .requested = {number("1500"), "EUR"}};
    const auto reserved = pcm().enter_reservation(asked);
    ASSERT_TRUE(reserved) << to_string(reserved.error());
    decide({.number = *reserved, .code = "APPR", .by = "ANNA"}, true);
    ASSERT_TRUE(pcm().settle_externally({.reservation = *reserved, .amount = number("200")}));
    ASSERT_TRUE(pcm().accrue("0000000201", number("75"), "0090000007"));
  }
};

TEST_F(CrmHistory, IsInOurBooksAfterTheFirstRun) {
  EXPECT_EQ(in_books(),
            "accrual 75.00, budget 6075.00, reserved 1300.00, externally_settled 200.00, "
            "over_consumption_approved 0.00, available_to_reserve 4575.00");
  EXPECT_EQ(in_books(), in_checkbook());
}

TEST_F(CrmFunds, TheDescriptionThatComesAlongIsTheOneThatIsServed) {
  for (const hub::System& system : hub_->config().systems) {
    if (system.name != "pcm") continue;
    const auto said = system.adapter->probe(Context());
    ASSERT_TRUE(said) << to_string(said.error());
    EXPECT_THAT(*said, HasSubstr("everything that the manifest uses"));
  }
}

/// What both systems sum up of funds and budgets, against the ledger. SAP CRM pays claims without a
/// request, too.
class CrmFundStatements : public CrmFunds {
 protected:
  std::string spokes() const override {
    return std::string(kSpokesOfFunds) + R"(
  pcm-fund-statements: { system: pcm, mapping: sap_crm/fund_statement.yaml, direction: pull }
  crm-fund-statements: { system: crm, mapping: salesforce/fund_statement.yaml, direction: pull }
  crm-budget-statements: { system: crm, mapping: salesforce/budget_statement.yaml, direction: pull }
ledger: { direct_claims: true }
)";
  }
  /// Sums that differ: "pcm fund 0000000201 settled: 1000.00 EUR / 0.00 EUR: the cause".
  std::vector<std::string> told() {
    std::vector<std::string> out;
    const auto check = hub_->verify_ledger();
    if (!check) return {to_string(check.error())};
    for (const hub::LedgerDifference& each : check->differences) {
      if (each.spoke.ends_with("-statements"))
        out.push_back(each.system + " " + each.entity + " " + each.number + " " + each.field +
                      ": " + each.ledger + " / " + each.shown + ": " + each.cause);
    }
    return out;
  }
};

TEST_F(CrmFundStatements, AreEqualToTheLedgerFromTheRequestToThePayment) {
  EXPECT_THAT(told(), IsEmpty()) << "funds are planned";
  const std::string request = granted();
  EXPECT_THAT(told(), IsEmpty()) << "money is granted";
  const std::string id = claim(request, "FV-7", 1000);
  rest();
  EXPECT_THAT(told(), IsEmpty()) << "some of it is claimed";
  decide({.number = claim_there(id)["number"],
          .code = "APPR",
          .items = {{"1", {number("800"), "EUR"}, "No logo"}},
          .by = "ANNA"});
  rest();
  EXPECT_THAT(told(), IsEmpty()) << "less is approved";
  ASSERT_TRUE(pcm().settle({.number = claim_there(id)["number"], .step = "RELS", .by = "BILLING"}));
  rest();
  EXPECT_THAT(told(), IsEmpty()) << "it is released";
  sends("settlement-paid.csv", "settlement_id,document,paid_on,bank,status\n" + settlement_id() +
                                   ",0100000000,2027-04-01,BANK-1,paid\n");
  rest();
  EXPECT_EQ(pcm().state()["funds"][0]["checkbook"]["settled"], "800.00");
  EXPECT_EQ(figure(in_org(fund_in_crm())["TotalReimbursedFcs"]), "800");
  EXPECT_THAT(told(), IsEmpty()) << "it is paid";
  const auto statements = hub_->store().records_changed("fund_statement", 0, 10);
  ASSERT_TRUE(statements);
  EXPECT_EQ(statements->size(), 5U) << "of two funds in two systems, of one budget in one";
}

TEST_F(CrmFundStatements, LackWhatTheSystemHasRefusedAndItIsNamed) {
  const std::string request = granted();
  claim(request, "FV-7", 700);
  rest();
  pcm().add_partner(kRheinwerk, "Rheinwerk", /*blocked=*/true);
  claim(request, "FV-8", 600);
  EXPECT_TRUE(run().set_aside());
  EXPECT_THAT(told(),
              Contains(AllOf(HasSubstr("pcm fund 0000000201 pending_claim: 1300.00 EUR / 700.00 "
                                       "EUR: follows from claim "),
                             HasSubstr("(refused there: "), HasSubstr("is blocked"))));
  EXPECT_THAT(told(), Not(Contains(HasSubstr("crm fund"))))
      << "Salesforce sums up no waiting claim";
}

/// Leads that the CRM distributes, worked on in Salesforce.
class CrmLeads : public CrmFunds {
 protected:
  void prepare() override {
    pcm().add_lead({.number = "0000008001",
                    .description = "Ten pumps",
                    .prospect = "Hafen Kiel",
                    .contact = "Brandt",
                    .email = "ida@hafen.example",
                    .city = "Kiel",
                    .country = "DE",
                    .source = "002",
                    .qualification = "02",
                    .revenue = sandbox::soap::Amount{number("12500"), "EUR"}});
    ASSERT_TRUE(pcm().dispatch("0000008001", kRheinwerk));
  }
  std::string spokes() const override {
    return R"(
  pcm-partners: { system: pcm, mapping: sap_crm/partner.yaml, direction: push }
  pcm-leads: { system: pcm, mapping: sap_crm/lead.yaml, first_contact: system }
  pcm-offers: { system: pcm, mapping: sap_crm/lead_assignment.yaml, direction: pull }
  crm-accounts: { system: crm, mapping: salesforce/account.yaml, first_contact: hub }
  crm-leads: { system: crm, mapping: salesforce/lead.yaml, first_contact: hub }
)";
  }
  std::string status() { return pcm().state()["leads"][0]["status"]; }
};

TEST_F(CrmLeads, ADistributedLeadIsAnsweredByItsPartner) {
  const Json there = only_in_crm("Lead");
  EXPECT_EQ(there["Company"], "Hafen Kiel");
  EXPECT_EQ(there["Partner__c"], account("Rheinwerk")["Id"]);
  EXPECT_EQ(record("lead_assignment")["outcome"], "open");
  edit_crm(there["Id"], {{"Status", "Working - Contacted"}});
  settle();
  EXPECT_EQ(status(), "SPAC");
  EXPECT_EQ(record("lead_assignment")["outcome"], "accepted");
  edit_crm(there["Id"], {{"Status", "Closed - Not Converted"}});
  settle();
  EXPECT_EQ(status(), "LOST");
}

}  // namespace
}  // namespace channelbridge::test
