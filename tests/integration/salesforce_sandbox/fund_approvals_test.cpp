// What an org's approval processes and people make of claims, and how a pull sees it.
#include <gmock/gmock.h>

#include "channelbridge/salesforce/approvals.hpp"
#include "funds_of_an_org.hpp"

namespace channelbridge::salesforce::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class FundApprovals : public FundsOfAnOrg {
 protected:
  void SetUp() override {
    FundsOfAnOrg::SetUp();
    claims.paths.emplace_back("ApprovalSteps");
    claims.children.push_back({.navigation = "ApprovalSteps", .paths = {"Id", "StepStatus"}});
    claims.touch = {"Claim_Line__c", "ContentDocumentLink"};
    adapter = connect({{"funds.files", folder_.string()},
                       {"funds.file_changes", "true"},
                       {"overlap", "2s"},
                       {"settle", "50ms"},
                       {"retry.attempts", "1"}});
    auto made = make_approvals(settings({}));
    ASSERT_TRUE(made) << made.error();
    approvals_ = *std::move(made);
  }
  /// The adapter of an org whose process keeps no field.
  void without_field(const std::string& recalled = "returned") {
    adapter = connect({{"funds.approval_field", ""},
                       {"funds.waiting", "process"},
                       {"funds.recalled", recalled},
                       {"overlap", "2s"},
                       {"retry.attempts", "1"}});
    ASSERT_TRUE(org().add_approval_process({.name = "Claims",
                                            .object = "PartnerFundClaim",
                                            .approver = "anna@sandbox.example",
                                            .on_approved = {{"Status", "Approved"}},
                                            .on_rejected = {{"Status", "Draft"}}}));
  }
  std::string draft() { return write_claim(claim("claim-1", {})).nodes[0].key; }
  void submit(const std::string& key) {
    const auto done = approvals_->submit({.record = key, .comments = "please"}, context);
    ASSERT_TRUE(done) << done.error();
  }
  Verdict verdict(const std::string& key, const std::string& comments) {
    const auto open = approvals_->look(key, context);
    EXPECT_TRUE(open && open->work_items.size() == 1);
    return {.work_item = open && !open->work_items.empty() ? open->work_items[0].id : "",
            .comments = comments};
  }
  /// The keys that pulls show from here to the end, and again when somebody has done this.
  template <typename Do>
  std::vector<std::string> pulled_after(const Do& something) {
    adapter::Cursor cursor;
    pull(cursor);
    pass_time();  // what we have made ourselves is in the overlap no more
    pull(cursor);
    something();
    return pull(cursor);
  }
  void pass_time() { desk().clock->advance(std::chrono::seconds(10)); }
  std::vector<std::string> pull(adapter::Cursor& cursor) {
    std::vector<std::string> keys;
    for (int i = 0; i < 100; ++i) {
      auto page = adapter->read(claims, cursor, 100, context);
      EXPECT_TRUE(page) << (page ? "" : to_string(page.error()));
      if (!page) break;
      for (const auto& change : page->changes) keys.push_back(change.key);
      cursor = page->next;
      if (page->end) break;
    }
    return keys;
  }

  std::unique_ptr<Approvals> approvals_{};
};

TEST_F(FundApprovals, TheStepsOfAnApprovalSayWhoDecidedWhenAndWhy) {
  add_process();
  const std::string key = draft();
  EXPECT_EQ(shown(key)["ApprovalSteps"].dump(), "[]");
  submit(key);
  ASSERT_TRUE(approvals_->approve(verdict(key, "Nice booth"), context));
  const Json steps = shown(key)["ApprovalSteps"];
  ASSERT_EQ(steps.size(), 2U) << steps.dump();
  EXPECT_EQ(steps[0]["StepStatus"], "Started");
  EXPECT_EQ(steps[0]["Comments"], "please");
  EXPECT_EQ(steps[1]["StepStatus"], "Approved");
  EXPECT_EQ(steps[1]["Actor"]["Name"], "Integration User");
  EXPECT_EQ(steps[1]["Comments"], "Nice booth");
  EXPECT_EQ(steps[1]["CreatedDate"], org().records("ProcessInstanceStep")[1]["CreatedDate"]);
}

TEST_F(FundApprovals, TheStepsOfManyClaimsAreOneCall) {
  add_process();
  for (int i = 0; i < 5; ++i)
    submit(write_claim(claim("claim-" + std::to_string(i), {})).nodes[0].key);
  const std::vector<Json> records = org().records("PartnerFundClaim");
  std::vector<std::string> keys;
  for (const Json& each : records) keys.push_back(each["Id"]);
  ASSERT_TRUE(adapter->read_by_keys(claims, keys, context));
  const auto before = desk().journal.requests();
  const auto page = adapter->read_by_keys(claims, keys, context);
  ASSERT_TRUE(page) << page.error();
  ASSERT_EQ(page->changes.size(), 5U);
  for (const auto& change : page->changes)
    EXPECT_EQ(Json::parse(change.document.text())["ApprovalSteps"].size(), 1U);
  EXPECT_EQ(desk().journal.requests() - before, 2U) << "the claims, and their steps";
}

TEST_F(FundApprovals, WithoutAFieldADraftThatWaitsIsKnownByItsProcess) {
  without_field();
  const std::string key = draft();
  EXPECT_EQ(shown(key)["Status"], "Draft");
  const auto seen = pulled_after([&] { submit(key); });
  EXPECT_THAT(seen, ElementsAre(key)) << "the claim itself shows no change";
  EXPECT_EQ(shown(key)["Status"], "Submitted");
  // It is locked: the same word writes nothing.
  EXPECT_EQ(write_claim(change(key, {{"Status", "Submitted"}})).nodes[0].status,
            WriteStatus::Unchanged);
  ASSERT_TRUE(approvals_->approve(verdict(key, ""), context));
  EXPECT_EQ(shown(key)["Status"], "Approved");
}

TEST_F(FundApprovals, AClaimThatWasTakenBackIsReturnedAndMayBeHandedInOnceMore) {
  without_field();
  const std::string key = draft();
  submit(key);
  const auto seen =
      pulled_after([&] { ASSERT_TRUE(approvals_->recall(verdict(key, ""), context)); });
  EXPECT_THAT(seen, ElementsAre(key));
  EXPECT_EQ(shown(key)["Status"], "Returned");
  pass_time();
  submit(key);
  EXPECT_EQ(shown(key)["Status"], "Submitted");
  pass_time();
  ASSERT_TRUE(approvals_->reject(verdict(key, "An invoice is missing"), context));
  EXPECT_EQ(shown(key)["Status"], "Returned") << "the process gave it back";
}

TEST_F(FundApprovals, WhatARecalledClaimIsTheSettingSays) {
  without_field("withdrawn");
  const std::string key = draft();
  submit(key);
  ASSERT_TRUE(approvals_->recall(verdict(key, ""), context));
  EXPECT_EQ(shown(key)["Status"], "Withdrawn");
  adapter = connect({{"funds.recalled", "draft"}, {"retry.attempts", "1"}});
  EXPECT_EQ(shown(key)["Status"], "Draft");
}

TEST_F(FundApprovals, WhatAnotherSystemReturnsOrWithdrawsIsRemembered) {
  const std::string key = draft();
  write_claim(change(key, {{"Status", "Returned"}}));
  EXPECT_EQ(org().record(key)["Status"], "Draft");
  EXPECT_EQ(shown(key)["Status"], "Returned");
  add_process();
  EXPECT_FALSE(write_claim(change(key, {{"Status", "Submitted"}})).step);
  EXPECT_EQ(shown(key)["Status"], "Submitted") << "it is handed in once more";
  const std::string other = write_claim(claim("claim-2", {})).nodes[0].key;
  write_claim(change(other, {{"Status", "Withdrawn"}}));
  EXPECT_EQ(org().record(other)["Status"], "Rejected");
  EXPECT_EQ(shown(other)["Status"], "Withdrawn");
}

TEST_F(FundApprovals, AStatusThatTheFieldCannotRememberIsNotOffered) {
  const auto statuses = [&] {
    const auto described = adapter->describe("PartnerFundClaim", context);
    EXPECT_TRUE(described) << (described ? "" : to_string(described.error()));
    return described ? described->properties.at("Status").values : std::vector<std::string>();
  };
  EXPECT_THAT(statuses(), ElementsAre("Draft", "Approved", "Rejected", "Paid", "Submitted",
                                      "Returned", "Withdrawn"));
  adapter = connect({{"funds.approval_field", "Kind__c"}, {"retry.attempts", "1"}});
  EXPECT_THAT(statuses(), ElementsAre("Draft", "Approved", "Rejected", "Paid"));
}

TEST_F(FundApprovals, AFileThatIsAddedOrNamedAnewIsSeenThoughItsClaimDoesNotChange) {
  const std::string key = draft();
  std::string version;
  EXPECT_THAT(pulled_after([&] {
                version = org()
                              .insert("ContentVersion", {{"PathOnClient", "booth.jpg"},
                                                         {"VersionData", "cGhvdG8="},
                                                         {"FirstPublishLocationId", key}})
                              .value();
              }),
              ::testing::Contains(key));
  EXPECT_THAT(pulled_after([&] {
                ASSERT_TRUE(org().edit(version, {{"Evidence_Type__c", "Photo"}}));
              }),
              ElementsAre(key));
  // It hangs on other records as well, which are none of ours.
  const Json document = org().records("ContentDocument").front();
  ASSERT_TRUE(org().insert(
      "ContentDocumentLink",
      {{"LinkedEntityId", partner_}, {"ContentDocumentId", document["Id"]}, {"ShareType", "V"}}));
  const std::string link = org().records("ContentDocumentLink").front()["Id"];
  EXPECT_THAT(pulled_after([&] { ASSERT_TRUE(org().remove(link)); }), ElementsAre(key))
      << "nor is one that is taken away overlooked";
}

TEST_F(FundApprovals, TheKindOfAFileIsToldByAWordOfItsTitle) {
  adapter = connect({{"funds.kind_field", "Proof_Kind__c"},
                     {"funds.kind_words", "faktura: Invoice, foto: Photo"},
                     {"funds.file_changes", "true"},
                     {"funds.files", folder_.string()},
                     {"retry.attempts", "1"}});
  auto& paths = claims.children[1].paths;
  paths = {"Id", "ContentDocument.LatestPublishedVersion.Sha256__c",
           "ContentDocument.LatestPublishedVersion.Proof_Kind__c"};
  const auto proof = [&](const std::string& title, const std::string& kind) {
    const Json version{{"Sha256__c", file(title)}, {"Title", title}, {"Proof_Kind__c", kind}};
    return WriteNode{
        .object = "ContentDocumentLink",
        .parent = 0,
        .navigation = "ContentDocumentLinks",
        .body = Json{{"ContentDocument", {{"LatestPublishedVersion", version}}}}.dump()};
  };
  const auto made = write_claim(
      claim("claim-1", {proof("Faktura 7.pdf", "Invoice"), proof("Scan 8.pdf", "Invoice")}));
  ASSERT_EQ(made.nodes[1].status, WriteStatus::Created)
      << (made.nodes[1].error ? to_string(*made.nodes[1].error) : "");
  EXPECT_EQ(version_of(shown(made.nodes[0].key))["Proof_Kind__c"], "Invoice");
  ASSERT_EQ(made.nodes[2].status, WriteStatus::Rejected);
  EXPECT_THAT(made.nodes[2].error->message(),
              HasSubstr("does not say that the file is of the kind"));
  EXPECT_TRUE(adapter->describe("ContentVersion", context)->properties.contains("Proof_Kind__c"));
}

}  // namespace
}  // namespace channelbridge::salesforce::test
