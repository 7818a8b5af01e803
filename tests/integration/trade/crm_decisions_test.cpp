// Claims that are decided in Salesforce, or end there, and what SAP CRM is told of it.
#include <functional>
#include <mutex>
#include <stdexcept>

#include "channelbridge/salesforce/approvals.hpp"
#include "crm_funds_world.hpp"
#include "relay.hpp"

namespace channelbridge::test {
namespace {

namespace kit = channelbridge::testing;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

/// Whoever is first decides. What the brand owner's desk says of claims comes as a table.
class CrmDecisions : public CrmFunds {
 protected:
  static constexpr const char* kDesk = R"(
system: file
object: claim
entity: claim
id: claim_id
correlation: claim_id
format: csv
absent: unchanged
fields:
  status: status
)";

  void prepare() override {
    std::ofstream(folder_ / "file" / "claim.yaml") << kDesk;
    kit::Relay::Hooks hooks;
    hooks.edit = [this](const kit::SeenRequest& request, std::string& body) {
      const std::lock_guard guard(mutex_);
      if (!cuts_.empty() && request.body.find(cuts_) != std::string::npos)
        body.resize(body.size() / 2);
    };
    relay_ = std::make_unique<kit::Relay>(pcm_->port(), std::move(hooks));
    pcm_url_ = relay_->origin();
  }
  void TearDown() override {
    hub_.reset();
    relay_.reset();
    CrmFunds::TearDown();
  }
  std::string spokes() const override {
    std::string out = kSpokesOfFunds;
    const std::string claims = "mapping: sap_crm/claim.yaml, ";
    out.insert(out.find(claims) + claims.size(),
               "creates: 'not status in (rejected, withdrawn)', on_leave: { set: { status: "
               "returned } }, ");
    return out +
           "  desk-claims: { system: books, mapping: file/claim.yaml, direction: pull, "
           "first_contact: system }\n";
  }
  /// Answers to calls of this operation break off; "" = none do.
  void cut(const std::string& operation) {
    const std::lock_guard guard(mutex_);
    cuts_ = operation;
  }

  /// A claim over 1,300 EUR in two lines, handed in on both sides; its id in the org.
  std::string two_lines() {
    const std::string id = claim(granted(), "FV-7", 1000);
    line(id, 2, "FV-8", 300);
    edit_crm(id, {{"Claimed_Amount__c", 1300}, {"Amount", 1300}});
    rest();
    EXPECT_EQ(claim_there(id)["submitted"], "1300.00");
    return id;
  }
  std::string one_line() {
    const std::string id = claim(granted(), "FV-7", 1000);
    rest();
    return id;
  }
  void approve_in_org(const std::string& id, int amount) {
    edit_crm(
        id,
        {{"Status", "Approved"}, {"Approved_Amount__c", amount}, {"Approval_Status__c", nullptr}});
  }
  void decide_line(const std::string& invoice, int approved, const Json& reason) {
    edit_crm(with(crm().records("Claim_Line__c"), "Invoice_No__c", invoice)["Id"],
             {{"Approved__c", approved}, {"Reason__c", reason}});
  }
  void desk_says(const std::string& record, const std::string& status) {
    sends("claim-1.csv", "claim_id,status\n" + record + "," + status + "\n");
  }
  Json item_there(const std::string& id, const std::string& number) {
    const Json there = claim_there(id);
    for (const Json& item : there.at("items"))
      if (item["number"] == number) return item;
    return {};
  }
  /// Decisions that the CRM was told by us.
  std::uint64_t told() {
    const Json effects = pcm_->journal().counters()["by_object"];
    return effects.contains("ClaimDecision")
               ? effects["ClaimDecision"]["created"].get<std::uint64_t>()
               : 0;
  }
  /// A field of the record's one decision.
  std::string decision(const std::string& field) {
    std::string out;
    const Json fields = record("claim");
    for (const auto& [path, value] : fields.items())
      if (path.starts_with("decisions[") && path.ends_with("]." + field))
        out += value.get<std::string>();
    return out;
  }

  /// The org's own process takes a claim of one line, which waits there already.
  std::string handed_in() {
    EXPECT_TRUE(crm().add_approval_process({.name = "Claims",
                                            .object = "PartnerFundClaim",
                                            .approver = "anna@sandbox.example",
                                            .entry = {{"Status", "Draft"}},
                                            .on_submitted = {{"Approval_Status__c", "Pending"}},
                                            .on_approved = {{"Status", "Approved"},
                                                            {"Approved_Amount__c", "{!Amount}"},
                                                            {"Approval_Status__c", nullptr}},
                                            .on_recalled = {{"Approval_Status__c", nullptr}}}));
    std::string id = one_line();
    const auto done = in_approvals().submit({.record = id}, Context());
    EXPECT_TRUE(done) << (done ? "" : to_string(done.error()));
    rest();
    return id;
  }
  /// As Anna Berg, who reviews claims in the org.
  salesforce::Approvals& in_approvals() {
    if (approvals_) return *approvals_;
    adapter::SystemSettings system{.name = "crm"};
    system.settings.children["url"].text = crm_url();
    auto& credential = system.settings.children["credential"];
    credential.children["kind"].text = "client_credentials";
    credential.children["client_id"].text = "reviewer";
    credential.children["client_secret"].text = "open sesame";
    auto made = salesforce::make_approvals(system);
    if (!made) throw std::runtime_error(to_string(made.error()));  // the test ends here
    approvals_ = *std::move(made);
    return *approvals_;
  }
  salesforce::Verdict verdict(const std::string& comments) {
    const Json item = only_in_crm("ProcessInstanceWorkitem");
    return {.work_item = item["Id"], .comments = comments};
  }

  std::unique_ptr<salesforce::Approvals> approvals_;
  std::mutex mutex_;
  std::string cuts_;
  std::unique_ptr<kit::Relay> relay_;
};

TEST_F(CrmDecisions, AClaimThatIsApprovedInSalesforceIsDecidedInTheCrm) {
  const std::string id = two_lines();
  approve_in_org(id, 1300);
  rest();
  const Json there = claim_there(id);
  EXPECT_EQ(there["admin"]["status"], "Approved");
  EXPECT_EQ(there["approved"], "1300.00");
  EXPECT_EQ(there["decision"]["by"], "CHANNEL");
  EXPECT_EQ(in_org(id)["Status"], "Approved");
  EXPECT_EQ(figure(in_org(id)["Amount"]), "1300");
  EXPECT_EQ(told(), 1U);
  EXPECT_EQ(posted("claim_approved"), 1U);
  EXPECT_EQ(in_fund("approved_claim"), "1300");
}

TEST_F(CrmDecisions, OneThatIsApprovedInPartIsDecidedItemByItemWithReasons) {
  const std::string id = two_lines();
  decide_line("FV-7", 800, "Over Limit");
  decide_line("FV-8", 0, "No Proof");
  approve_in_org(id, 800);
  rest();
  EXPECT_EQ(status_there(id), "Approved");
  EXPECT_EQ(claim_there(id)["approved"], "800.00");
  EXPECT_EQ(item_there(id, "1")["approved"], "800.00");
  EXPECT_EQ(item_there(id, "1")["reason"], "Over limit");
  EXPECT_EQ(item_there(id, "2")["approved"], "0.00");
  EXPECT_EQ(item_there(id, "2")["reason"], "No proof");
  const Json line = with(crm().records("Claim_Line__c"), "Invoice_No__c", "FV-8");
  EXPECT_EQ(line["Reason__c"], "No Proof") << "it comes back as it went";
  EXPECT_EQ(told(), 1U);
  EXPECT_EQ(in_fund("approved_claim"), "800");
}

TEST_F(CrmDecisions, OneThatIsApprovedInPartWaitsUntilItsLineSaysWhatOfIt) {
  const std::string id = one_line();
  approve_in_org(id, 800);
  EXPECT_TRUE(run().set_aside());
  EXPECT_EQ(status_there(id), "Submitted") << "it is not approved as a whole";
  EXPECT_THAT(open_things(), HasSubstr("the service would take 1000.00"));
  decide_line("FV-7", 800, nullptr);
  EXPECT_TRUE(run().set_aside()) << "the CRM asks for a reason";
  EXPECT_THAT(open_things(), HasSubstr("a reduction needs a reason"));
  decide_line("FV-7", 800, "Wrong Rate");
  rest();
  EXPECT_EQ(claim_there(id)["approved"], "800.00");
  EXPECT_EQ(item_there(id, "1")["reason"], "Wrong rate");
  EXPECT_EQ(posted("claim_approved"), 1U);
}

TEST_F(CrmDecisions, WhatAReviewerFillsInGoesWithTheDecisionAndNotBefore) {
  const std::string id = one_line();
  const std::uint64_t before = pcm_->journal().effects();
  decide_line("FV-7", 700, "Over Limit");
  rest();
  EXPECT_EQ(pcm_->journal().effects(), before) << "and nothing is set aside for it";
  EXPECT_EQ(item_there(id, "1")["reason"], "");
  approve_in_org(id, 700);
  rest();
  EXPECT_EQ(item_there(id, "1")["approved"], "700.00");
}

TEST_F(CrmDecisions, OneThatIsRejectedInSalesforceIsRejectedInTheCrm) {
  const std::string id = one_line();
  edit_crm(id, {{"Status", "Rejected"}, {"Approval_Status__c", nullptr}});
  rest();
  EXPECT_EQ(status_there(id), "Rejected");
  EXPECT_EQ(claim_there(id)["decision"]["reason"], "Decided outside of the CRM");
  EXPECT_EQ(in_fund("pending_claim"), "0");
  EXPECT_EQ(pcm().state()["funds"][0]["checkbook"]["pending_claim"], "0.00");
}

TEST_F(CrmDecisions, OneThatIsReturnedElsewhereIsReturnedInTheCrmAndHandedInOnceMore) {
  const std::string id = one_line();
  desk_says(record_of(id), "returned");
  rest();
  EXPECT_EQ(status_there(id), "Returned");
  EXPECT_EQ(in_org(id)["Status"], "Draft");
  EXPECT_EQ(told(), 1U);
  edit_crm(id, {{"Approval_Status__c", "Pending"}});
  rest();
  EXPECT_EQ(status_there(id), "Submitted");
  EXPECT_THAT(pcm().state()["claims"], SizeIs(1));
}

TEST_F(CrmDecisions, OneThatIsWithdrawnIsRejectedInTheCrmWithThatReason) {
  const std::string id = one_line();
  desk_says(record_of(id), "withdrawn");
  rest();
  EXPECT_EQ(status_there(id), "Rejected");
  EXPECT_EQ(claim_there(id)["decision"]["reason"], "Withdrawn by the partner");
  EXPECT_EQ(record("claim")["status"], "withdrawn") << "and stays what it is";
  EXPECT_EQ(in_org(id)["Status"], "Rejected");
  EXPECT_EQ(in_fund("pending_claim"), "0");
}

TEST_F(CrmDecisions, OneThatIsWithdrawnBeforeItWasHandedInNeverGoesThere) {
  const std::string id = claim(granted(), "FV-7", 1000);
  run({"crm-claims"});
  desk_says(record_of(id), "withdrawn");
  run({"desk-claims"});
  rest();
  EXPECT_THAT(pcm().state()["claims"], IsEmpty());
  EXPECT_EQ(told(), 0U);
  EXPECT_EQ(in_org(id)["Status"], "Rejected");
}

TEST_F(CrmDecisions, ADecisionIsToldOnceWhenItsAnswerIsLost) {
  const std::string id = two_lines();
  decide_line("FV-7", 800, "Over Limit");
  decide_line("FV-8", 300, nullptr);
  approve_in_org(id, 1100);
  cut("ClaimDecide");
  run();
  cut("");
  open_hub();  // whatever answered in the CRM's place has been looked at
  rest();
  EXPECT_EQ(told(), 1U);
  EXPECT_EQ(claim_there(id)["approved"], "1100.00");
  EXPECT_EQ(item_there(id, "1")["reason"], "Over limit");
  EXPECT_EQ(posted("claim_approved"), 1U);
}

TEST_F(CrmDecisions, ADecisionThatTheCrmHasTakenMeanwhileIsNotTaken) {
  const std::string id = one_line();
  decide({.number = claim_there(id)["number"], .code = "APPR", .by = "ANNA"});
  approve_in_org(id, 1000);
  rest();
  EXPECT_EQ(told(), 0U);
  EXPECT_EQ(claim_there(id)["decision"]["by"], "ANNA");
  EXPECT_EQ(posted("claim_approved"), 1U);
}

TEST_F(CrmDecisions, WhoDecidedItInTheCrmWhenAndWhyIsKnown) {
  const std::string id = one_line();
  decide({.number = claim_there(id)["number"], .code = "REVW", .by = "BO"});
  rest();
  EXPECT_EQ(decision("by"), "") << "to look at it is no decision";
  decide({.number = claim_there(id)["number"], .code = "REJC", .reason = "No logo", .by = "ANNA"});
  rest();
  EXPECT_EQ(decision("by"), "ANNA");
  EXPECT_EQ(decision("decision"), "rejected");
  EXPECT_EQ(decision("comment"), "No logo");
  EXPECT_FALSE(decision("at").empty());
}

TEST_F(CrmDecisions, WhoApprovedItInSalesforceWhenAndWhyIsKnown) {
  const std::string id = handed_in();
  ASSERT_TRUE(in_approvals().approve(verdict("Nice booth"), Context()));
  rest();
  EXPECT_EQ(status_there(id), "Approved");
  EXPECT_EQ(told(), 1U);
  const Json fields = record("claim");
  std::string of_anna;
  for (const auto& [path, value] : fields.items())
    if (path.ends_with("].by") && value == "Anna Berg") of_anna = path.substr(0, path.size() - 2);
  ASSERT_FALSE(of_anna.empty()) << fields.dump();
  EXPECT_EQ(fields[of_anna + "decision"], "approved");
  EXPECT_EQ(fields[of_anna + "comment"], "Nice booth");
  EXPECT_FALSE(fields[of_anna + "at"].is_null());
  EXPECT_EQ(posted("claim_approved"), 1U);
}

TEST_F(CrmDecisions, OneThatItsPartnerTakesBackIsReturnedInTheCrmAndHandedInOnceMore) {
  const std::string id = handed_in();
  ASSERT_TRUE(in_approvals().recall(verdict(""), Context()));
  rest();
  EXPECT_EQ(record("claim")["status"], "returned");
  EXPECT_EQ(status_there(id), "Returned");
  EXPECT_EQ(told(), 1U);
  ASSERT_TRUE(in_approvals().submit({.record = id}, Context()));
  rest();
  EXPECT_EQ(status_there(id), "Submitted");
  EXPECT_THAT(pcm().state()["claims"], SizeIs(1));
}

TEST_F(CrmDecisions, ASettlementThatIsReversedAfterItsPaymentIsTakenBackOnAllSides) {
  const std::string id = one_line();
  approve_in_org(id, 1000);
  rest();
  const std::string number = claim_there(id)["number"];
  ASSERT_TRUE(pcm().settle({.number = number, .step = "RELS", .by = "BILLING"}));
  rest();
  sends("settlement-1.csv", "settlement_id,document,paid_on,bank,status\n" + settlement_id() +
                                ",0100000000,2027-04-01,BANK-1,paid\n");
  rest();
  ASSERT_EQ(in_org(id)["Status"], "Paid");
  EXPECT_EQ(in_fund("paid"), "1000");
  ASSERT_TRUE(pcm().settle(
      {.number = number, .step = "REVS", .reason = "The payment bounced", .by = "BILLING"}));
  rest();
  EXPECT_EQ(record("settlement")["status"], "reversed");
  EXPECT_EQ(record("claim")["status"], "corrected");
  EXPECT_EQ(in_org(id)["Status"], "Rejected");
  EXPECT_EQ(in_fund("paid"), "0");
  EXPECT_EQ(in_fund("settled"), "0");
  EXPECT_EQ(in_fund("reserved"), "1500") << "its request's money again";
  EXPECT_EQ(posted("payment_reversed"), 1U);
  EXPECT_EQ(posted("reversed_to_reserve"), 1U);
}

}  // namespace
}  // namespace channelbridge::test
