// Fund requests and claims with their files, over real HTTP against the sandbox.
#include <gmock/gmock.h>

#include "channelbridge/salesforce/approvals.hpp"
#include "funds_of_an_org.hpp"

namespace channelbridge::salesforce::test {
namespace {

using ::testing::HasSubstr;

constexpr const char* kUpload = "POST /services/data/v60.0/sobjects/ContentVersion";
constexpr const char* kSubmit = "POST /services/data/v60.0/process";

TEST_F(FundsOfAnOrg, AClaimIsMadeWithItsLinesAndFilesAndReadBack) {
  const std::string hash = file("%PDF faktura");
  const auto made = write_claim(claim("claim-1", {line(1, 600), evidence(hash), line(2, 400)}));
  for (const NodeOutcome& node : made.nodes)
    ASSERT_EQ(node.status, WriteStatus::Created) << (node.error ? to_string(*node.error) : "");
  const std::string key = made.nodes[0].key;
  EXPECT_EQ(server::dump_json(org().record(key)["Amount"]), "1000.0") << "what is claimed";
  EXPECT_EQ(org().record(made.nodes[3].key)["Claim__c"], key);
  const Json document = shown(key);
  EXPECT_EQ(document["BudgetId"], budget_) << "of its request";
  EXPECT_EQ(document["ContentDocumentLinks"]["records"][0]["Id"], made.nodes[2].key);
  EXPECT_EQ(version_of(document)["Sha256__c"], hash);
  EXPECT_EQ(version_of(document)["Title"], "invoice.pdf");
  EXPECT_EQ(version_of(document)["Evidence_Type__c"], "Invoice");
  EXPECT_FALSE(adapter->capabilities(claims).atomic_group) << "files land by themselves";
}

TEST_F(FundsOfAnOrg, AFileThatIsThereIsNotUploadedAgain) {
  const std::string hash = file("%PDF faktura");
  const auto first = write_claim(claim("claim-1", {evidence(hash)}));
  const auto second = write_claim(claim("claim-2", {evidence(hash)}));
  EXPECT_EQ(second.nodes[1].status, WriteStatus::Created);
  EXPECT_NE(second.nodes[1].key, first.nodes[1].key);
  EXPECT_EQ(org().count("ContentVersion"), 1U);
  EXPECT_EQ(org().count("ContentDocumentLink"), 2U);
  const auto again = write_claim(change(first.nodes[0].key, Json::object(), {evidence(hash)}));
  EXPECT_EQ(again.nodes[0].status, WriteStatus::Unchanged) << "nothing of it is sent";
  EXPECT_EQ(again.nodes[1].status, WriteStatus::Unchanged);
  EXPECT_EQ(again.nodes[1].key, first.nodes[1].key);
  write_claim(claim("claim-3", {evidence(hash, "photo.jpg", "Photo")}));
  EXPECT_EQ(org().count("ContentVersion"), 2U) << "what is said of it differs";
}

TEST_F(FundsOfAnOrg, ALostUploadIsLookedForBeforeItIsSentAgain) {
  const std::string hash = file("%PDF faktura");
  desk().faults.add({.kind = "reset_after", .match = kUpload});
  const auto made = write_claim(claim("claim-1", {evidence(hash)}));
  EXPECT_EQ(made.nodes[1].status, WriteStatus::Created);
  EXPECT_EQ(version_of(shown(made.nodes[0].key))["Sha256__c"], hash);
  EXPECT_EQ(org().count("ContentVersion"), 1U);

  const std::string other = file("%PDF other");
  desk().faults.add({.kind = "reset_before", .match = kUpload});
  const WriteRequest more = change(made.nodes[0].key, Json::object(), {evidence(other)});
  EXPECT_EQ(write_claim(more).nodes[1].status, WriteStatus::Retry);
  EXPECT_EQ(org().count("ContentVersion"), 1U);
  EXPECT_EQ(write_claim(more).nodes[1].status, WriteStatus::Created);
  EXPECT_EQ(org().count("ContentVersion"), 2U);
}

TEST_F(FundsOfAnOrg, AFileThatNobodyCanAskForIsUnknown) {
  const std::string hash = file("%PDF faktura");
  const auto made = write_claim(claim("claim-1", {}));
  desk().faults.add({.kind = "reset_after", .match = kUpload});
  // Two looks come before the upload; those behind it fail.
  desk().faults.add({.kind = "reset_before", .match = "GET", .count = -1, .after = 2});
  const auto sent = write_claim(change(made.nodes[0].key, Json::object(), {evidence(hash)}));
  desk().faults.clear();
  EXPECT_EQ(sent.nodes[1].status, WriteStatus::Unknown);
  EXPECT_EQ(org().count("ContentVersion"), 1U);
}

TEST_F(FundsOfAnOrg, FilesOfPeopleShowTheHashOfTheirBytesAndAreKept) {
  const auto made = write_claim(claim("claim-1", {}));
  const std::string bytes("photo \0 of the booth", 20);
  ASSERT_TRUE(org().insert("ContentVersion", {{"PathOnClient", "booth.jpg"},
                                              {"VersionData", "cGhvdG8gACBvZiB0aGUgYm9vdGg="},
                                              {"FirstPublishLocationId", made.nodes[0].key}}));
  const std::string hash = sha256_hex(bytes);
  EXPECT_EQ(version_of(shown(made.nodes[0].key))["Sha256__c"], hash);
  EXPECT_TRUE(fs::exists(folder_ / hash)) << "another system may ask for it";
  const auto before = desk().journal.requests();
  shown(made.nodes[0].key);
  EXPECT_EQ(desk().journal.requests() - before, 2U)
      << "the claim and its approvals: its bytes are read once";

  ASSERT_TRUE(org().insert("ContentVersion", {{"PathOnClient", "film.mp4"},
                                              {"VersionData", std::string(4'000, 'A')},
                                              {"FirstPublishLocationId", made.nodes[0].key}}));
  EXPECT_TRUE(version_of(shown(made.nodes[0].key), 1)["Sha256__c"].is_null()) << "too large";
}

TEST_F(FundsOfAnOrg, EvidenceThatIsMissingOrChangedIsRefusedAndTheClaimStands) {
  const std::string hash = sha256_hex("gone");
  std::ofstream(folder_ / sha256_hex("before")) << "after";
  const auto made = write_claim(claim("claim-1", {evidence(hash), evidence(sha256_hex("before"))}));
  EXPECT_EQ(made.nodes[0].status, WriteStatus::Created);
  ASSERT_EQ(made.nodes[1].status, WriteStatus::Rejected);
  EXPECT_THAT(made.nodes[1].error->message(), HasSubstr("there is no file"));
  ASSERT_EQ(made.nodes[2].status, WriteStatus::Rejected);
  EXPECT_THAT(made.nodes[2].error->message(), HasSubstr("has changed"));
  EXPECT_EQ(org().count("ContentVersion"), 0U);
}

TEST_F(FundsOfAnOrg, AFileIsRenamedAndTakenAwayAndNeverExchanged) {
  const auto made = write_claim(claim("claim-1", {evidence(file("%PDF"))}));
  const std::string key = made.nodes[0].key;
  WriteNode renamed = evidence(sha256_hex("%PDF"), "FV-7.pdf");
  renamed.operation = Operation::Update;
  renamed.key = made.nodes[1].key;
  EXPECT_EQ(write_claim(change(key, Json::object(), {renamed})).nodes[1].status,
            WriteStatus::Updated);
  EXPECT_EQ(version_of(shown(key))["Title"], "FV-7.pdf");

  WriteNode other = evidence(file("%PDF other"));
  other.operation = Operation::Update;
  other.key = made.nodes[1].key;
  const auto refused = write_claim(change(key, Json::object(), {other}));
  ASSERT_EQ(refused.nodes[1].status, WriteStatus::Rejected);
  EXPECT_THAT(refused.nodes[1].error->message(), HasSubstr("another one"));

  const WriteNode gone{.operation = Operation::Delete,
                       .object = "ContentDocumentLink",
                       .key = made.nodes[1].key,
                       .parent = 0,
                       .navigation = "ContentDocumentLinks"};
  EXPECT_EQ(write_claim(change(key, Json::object(), {gone})).nodes[1].status, WriteStatus::Deleted);
  EXPECT_TRUE(shown(key)["ContentDocumentLinks"].is_null());
}

TEST_F(FundsOfAnOrg, TheAmountOfAClaimIsWhatWasGrantedAndClaimedUntilThen) {
  const auto made = write_claim(claim("claim-1", {}));
  const std::string key = made.nodes[0].key;
  const auto amount = [&] { return server::dump_json(org().record(key)["Amount"]); };
  write_claim(change(key, {{"Claimed_Amount__c", 1200}}));
  EXPECT_EQ(amount(), "1200.0");
  write_claim(change(key, {{"Approved_Amount__c", 800}, {"Status", "Approved"}}));
  EXPECT_EQ(amount(), "800.0");
  EXPECT_EQ(server::dump_json(org().record(budget_)["TotalApprovedFcs"]), "800.0");
  write_claim(change(key, {{"Claimed_Amount__c", 1300}}));
  EXPECT_EQ(amount(), "800.0");
  write_claim(change(key, {{"Approved_Amount__c", nullptr}, {"Status", "Rejected"}}));
  EXPECT_EQ(amount(), "1300.0");
}

TEST_F(FundsOfAnOrg, WhatTheOrgCopiesNobodyWrites) {
  const auto made = write_claim(claim("claim-1", {}));
  const auto refused = write_claim(change(made.nodes[0].key, {{"BudgetId", budget_}}));
  ASSERT_EQ(refused.nodes[0].status, WriteStatus::Rejected);
  EXPECT_EQ(refused.nodes[0].error->remote_code(), "INVALID_FIELD_FOR_INSERT_UPDATE");
}

TEST_F(FundsOfAnOrg, ASubmittedClaimIsHandedInOnceBehindItsFiles) {
  add_process();
  const auto made = write_claim(claim("claim-1", {evidence(file("%PDF"))}, "Submitted"));
  ASSERT_EQ(made.nodes[1].status, WriteStatus::Created);
  EXPECT_FALSE(made.step) << to_string(*made.step);
  const std::string key = made.nodes[0].key;
  EXPECT_EQ(org().record(key)["Status"], "Draft");
  EXPECT_EQ(org().record(key)["Approval_Status__c"], "Pending");
  EXPECT_EQ(shown(key)["Status"], "Submitted");
  // It is locked now, and a second word of the same is none.
  const auto again = write_claim(change(key, {{"Status", "Submitted"}}));
  EXPECT_EQ(again.nodes[0].status, WriteStatus::Unchanged);
  EXPECT_TRUE(adapter->complete(claims, key, context));
  EXPECT_EQ(org().count("ProcessInstance"), 1U);

  const std::string item = org().records("ProcessInstanceWorkitem").front()["Id"];
  auto approvals = make_approvals(settings({}));
  ASSERT_TRUE(approvals) << approvals.error();
  ASSERT_TRUE((*approvals)->approve({.work_item = item}, context));
  EXPECT_EQ(shown(key)["Status"], "Approved");
}

TEST_F(FundsOfAnOrg, AClaimIsHandedInOnceItsProofIsThere) {
  add_process();
  const std::string bytes = "%PDF late";
  const std::string hash = sha256_hex(bytes);
  const auto made = write_claim(claim("claim-1", {evidence(hash)}, "Submitted"));
  EXPECT_EQ(made.nodes[0].status, WriteStatus::Created);
  EXPECT_EQ(made.nodes[1].status, WriteStatus::Rejected);
  ASSERT_TRUE(made.step);
  EXPECT_THAT(made.step->message(), HasSubstr("once all of it is there"));
  EXPECT_EQ(org().count("ProcessInstance"), 0U) << "nobody decides on it without";
  file(bytes);
  const auto more = write_claim(change(made.nodes[0].key, Json::object(), {evidence(hash)}));
  EXPECT_EQ(more.nodes[1].status, WriteStatus::Created);
  EXPECT_FALSE(more.step) << to_string(*more.step);
  EXPECT_EQ(org().count("ProcessInstance"), 1U);
}

TEST_F(FundsOfAnOrg, AClaimThatNoProcessTakesKeepsItsStepUntilOneDoes) {
  const auto made = write_claim(claim("claim-1", {}, "Submitted"));
  EXPECT_EQ(made.nodes[0].status, WriteStatus::Created);
  ASSERT_TRUE(made.step);
  EXPECT_EQ(made.step->remote_code(), "NO_APPLICABLE_PROCESS");
  const std::string key = made.nodes[0].key;
  EXPECT_EQ(shown(key)["Status"], "Submitted") << "it is ours to hand in, and no draft";
  EXPECT_FALSE(adapter->complete(claims, key, context));
  add_process();
  EXPECT_TRUE(adapter->complete(claims, key, context));
  EXPECT_TRUE(adapter->complete(claims, key, context)) << "once is enough";
  EXPECT_EQ(org().count("ProcessInstance"), 1U);
}

TEST_F(FundsOfAnOrg, ASubmissionWhoseAnswerIsLostIsNotRepeated) {
  add_process();
  desk().faults.add({.kind = "reset_after", .match = kSubmit});
  const auto made = write_claim(claim("claim-1", {}, "Submitted"));
  EXPECT_FALSE(made.step);
  EXPECT_EQ(org().count("ProcessInstance"), 1U);
}

TEST_F(FundsOfAnOrg, ADraftAndADecisionAreNoSubmission) {
  add_process();
  const auto draft = write_claim(claim("claim-1", {}));
  const auto approved = write_claim(claim("claim-2", {}, "Approved"));
  for (const WriteOutcome* made : {&draft, &approved}) {
    EXPECT_EQ(made->nodes[0].status, WriteStatus::Created);
    EXPECT_TRUE(adapter->complete(claims, made->nodes[0].key, context));
  }
  EXPECT_EQ(org().count("ProcessInstance"), 0U);
  EXPECT_EQ(shown(draft.nodes[0].key)["Status"], "Draft");
  EXPECT_EQ(shown(approved.nodes[0].key)["Status"], "Approved");
}

TEST_F(FundsOfAnOrg, WithoutItsFieldASubmissionIsRefusedAndSaysWhatToDo) {
  adapter = connect({{"funds.approval_field", "Hand_In__c"}, {"retry.attempts", "1"}});
  const auto refused = write_claim(claim("claim-1", {}, "Submitted"));
  ASSERT_EQ(refused.nodes[0].status, WriteStatus::Rejected);
  EXPECT_THAT(refused.nodes[0].error->message(), HasSubstr("Hand_In__c"));
  EXPECT_EQ(org().count("PartnerFundClaim"), 0U);
}

}  // namespace
}  // namespace channelbridge::salesforce::test
