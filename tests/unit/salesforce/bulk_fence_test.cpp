#include <thread>
#include <utility>

#include "bulk_org.hpp"

namespace channelbridge::salesforce::test {
namespace {

TEST(SalesforceBulkFence, AnUploadWithoutAnAnswerGoesToAJobOfItsOwnAgain) {
  BulkOrg org;
  const Error lost = Error(ErrorCode::Timeout, "no answer").with_sent(Sent::NoAnswer);
  org.script->say(200, told("Open"));
  org.script->say(lost);
  org.script->say(200, told("Aborted"));
  org.script->say(200, told("Aborted"));
  org.runs("JobComplete", 3);
  org.has_created_three();
  for (const auto& node : org.write(kThree)) EXPECT_EQ(node.status, WriteStatus::Created);
  EXPECT_EQ(org.sent(2).body, R"({"state":"Aborted"})");
  EXPECT_EQ(org.sent(2).target, std::string("/services/data/v60.0/jobs/ingest/") + kJob);
}

TEST(SalesforceBulkFence, RowsOfJobsThatWereNeverClosedWereNotSent) {
  BulkOrg org;
  const Error lost = Error(ErrorCode::Timeout, "no answer").with_sent(Sent::NoAnswer);
  for (int i = 0; i < 3; ++i) {
    org.script->say(200, told("Open"));
    org.script->say(lost);  // of the upload, and of what would abort the job
    org.script->say(lost);
    org.script->say(200, told("Open"));
  }
  auto outcomes = org.adapter->write(leads(), kThree, org.context);
  ASSERT_FALSE(outcomes);
  EXPECT_EQ(outcomes.error().sent(), Sent::No);
}

TEST(SalesforceBulkFence, ACloseWithoutAnAnswerIsAskedForAndNeverStartsAJobTwice) {
  BulkOrg org;
  const Error lost = Error(ErrorCode::Timeout, "no answer").with_sent(Sent::NoAnswer);
  org.script->say(200, told("Open"));
  org.script->say(201, "");
  org.script->say(lost);
  org.script->say(200, told("Open"));  // it did not arrive
  org.script->say(lost);
  org.script->say(200, told("InProgress"));  // it did
  org.script->say(200, told("JobComplete", 3));
  org.has_created_three();
  for (const auto& node : org.write(kThree)) EXPECT_EQ(node.status, WriteStatus::Created);
  std::size_t uploads = 0;
  for (const auto& request : org.script->requests) uploads += request.method == "PUT" ? 1U : 0U;
  EXPECT_EQ(uploads, 1U);
}

TEST(SalesforceBulkFence, AJobThatDoesNotEndIsAbortedAndWhatItLeavesIsRead) {
  BulkOrg org;
  const auto half_an_hour = Options{}.bulk.timeout;
  const auto begun = org.clock->steady_now();
  org.begins();
  // 1, 2, 4, 8, 16 s, then 30 s each
  for (int i = 0; i < 5 + (half_an_hour - std::chrono::seconds(31)) / std::chrono::seconds(30); ++i)
    org.script->say(200, told("InProgress", 1));
  org.script->say(200, told("Aborted"));
  org.script->say(200, told("Aborted", 1));
  org.script->say(200, kDone + "\"00QR00000064wc7\",\"true\",\"r1\",\"A\"\n");
  org.script->say(200, kFailed);
  org.script->say(200, kUntried + "\"r2\",\"B\"\n\"r3\",\"C\"\n");
  const auto nodes = org.write(kThree);
  EXPECT_EQ(nodes[0].status, WriteStatus::Created);
  EXPECT_EQ(nodes[1].status, WriteStatus::Retry);
  EXPECT_EQ(nodes[2].status, WriteStatus::Retry);
  EXPECT_GE(org.clock->steady_now() - begun,
            half_an_hour - std::chrono::minutes(1) + Options{}.bulk.abort_settle)
      << "its last batch may have been in flight";
}

TEST(SalesforceBulkFence, AJobThatCannotBeAskedForAWhileIsNotAborted) {
  BulkOrg org;
  org.begins();
  for (int i = 0; i < 20; ++i) org.script->say(kLost);
  org.script->say(502, "<html>bad gateway</html>");
  org.script->say(200, "<html>maintenance</html>");
  org.script->say(200, told("JobComplete", 3));
  org.has_created_three();
  for (const auto& node : org.write(kThree)) EXPECT_EQ(node.status, WriteStatus::Created);
  EXPECT_EQ(org.aborts(), 0U);
}

TEST(SalesforceBulkFence, AJobThatNobodyMayAskForIsNotAborted) {
  BulkOrg org;
  org.begins();
  org.script->say(403, R"([{"errorCode":"INSUFFICIENT_ACCESS","message":"x"}])");
  for (const auto& node : org.write(kThree)) EXPECT_EQ(node.status, WriteStatus::Unknown);
  EXPECT_EQ(org.aborts(), 0U);
  org.script->say(200, kNoJobs);
  org.script->say(403, R"([{"errorCode":"INSUFFICIENT_ACCESS","message":"x"}])");
  EXPECT_FALSE(org.adapter->find(leads(), "r1", org.context)) << "its fence stands";
  org.script->say(200, told("JobComplete", 3));
  org.script->say(200, rows({}));
  EXPECT_TRUE(org.adapter->find(leads(), "r1", org.context));
}

TEST(SalesforceBulkFence, WhatBecameOfARowIsNotAskedWhileItsJobStillRuns) {
  BulkOrg org;
  org.begins();
  org.script->otherwise = kLost;  // for half an hour, and when it is aborted then
  for (const auto& node : org.write(kThree)) EXPECT_EQ(node.status, WriteStatus::Unknown);
  org.script->otherwise.reset();
  ASSERT_TRUE(org.context.sleep(std::chrono::minutes(1)));  // the circuit closes
  org.script->say(200, kNoJobs);
  org.script->say(200, told("InProgress"));
  org.script->say(200, told("JobComplete", 3));
  org.script->say(200, rows({}));
  ASSERT_TRUE(org.adapter->find(leads(), "r1", org.context));
  org.script->say(200, rows({}));
  ASSERT_TRUE(org.adapter->find(leads(), "r2", org.context)) << "the job has ended";
}

TEST(SalesforceBulkFence, AJobThatAnEarlierProcessLeftIsWaitedFor) {
  BulkOrg org;
  org.script->say(200, listed({json::parse(told("JobComplete")), json::parse(told("InProgress"))}));
  org.script->say(200, told("InProgress"));
  org.script->say(200, told("JobComplete"));
  org.script->say(200, rows({}));
  ASSERT_TRUE(org.adapter->find(leads(), "r1", org.context));
}

TEST(SalesforceBulkFence, JobsOfAnotherApiAreNotWaitedFor) {
  BulkOrg org;
  std::vector<json> records;
  for (const auto& [type, state] : {std::pair("Classic", "Closed"),
                                    {"Classic", "InProgress"},
                                    {"BigObjectIngest", "UploadComplete"},
                                    {"V2Ingest", "Closed"},
                                    {"V2Ingest", "Open"}}) {
    records.push_back(json::parse(told(state)));
    records.back()["jobType"] = type;
  }
  org.script->say(200, listed(records));
  org.script->say(200, rows({}));
  const auto begun = org.clock->steady_now();
  const auto found = org.adapter->find(leads(), "r1", org.context);
  ASSERT_TRUE(found) << to_string(found.error());
  EXPECT_EQ(org.clock->steady_now(), begun);
  EXPECT_EQ(org.sent(0).target, "/services/data/v60.0/jobs/ingest?jobType=V2Ingest");
}

TEST(SalesforceBulkFence, AListOfJobsThatBreaksOffIsNoList) {
  BulkOrg org;
  json running = json::parse(told("UploadComplete"));
  running["jobType"] = "V2Ingest";
  for (const char* broken : {R"({"done":false,"records":[],"nextRecordsUrl":null})",
                             R"({"done":false,"records":[]})", R"({"records":[]})"}) {
    org.script->say(200, broken);
    const auto found = org.adapter->find(leads(), "r1", org.context);
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().code(), ErrorCode::Protocol) << broken;
  }
  // What is behind it counts.
  const std::string next = "/services/data/v60.0/jobs/ingest?jobType=V2Ingest&queryLocator=x";
  org.script->say(
      200, json{{"done", false}, {"nextRecordsUrl", next}, {"records", json::array()}}.dump());
  org.script->say(200, listed({running}));
  org.script->say(200, told("JobComplete"));
  org.script->say(200, rows({}));
  EXPECT_TRUE(org.adapter->find(leads(), "r1", org.context));
}

TEST(SalesforceBulkFence, AJobThatIsJustBeingClosedIsNotAborted) {
  BulkOrg org;
  org.script->say(200, told("Open"));
  org.script->say(201, "");
  // Before the close arrives, another thread looks for a record.
  org.script->say(200, kNoJobs);
  org.script->say(200, told("Open"));
  org.script->say(200, told("UploadComplete"));
  org.script->say(200, told("JobComplete", 3));
  org.script->say(200, rows({}));
  org.script->say(200, told("UploadComplete"));  // of the close
  org.script->say(200, told("JobComplete", 3));
  org.has_created_three();
  bool looked = false;
  org.script->meanwhile = [&](const http::Request& request) {
    if (request.body != R"({"state":"UploadComplete"})" || std::exchange(looked, true)) return;
    std::jthread([&] { EXPECT_TRUE(org.adapter->find(leads(), "r1", org.context)); });
  };
  for (const auto& node : org.write(kThree)) EXPECT_EQ(node.status, WriteStatus::Created);
  EXPECT_TRUE(looked);
  EXPECT_EQ(org.aborts(), 0U);
}

TEST(SalesforceBulkFence, AJobThatWasGivenUpBeforeItWasClosedIsAborted) {
  BulkOrg org;
  org.script->say(200, told("Open"));
  org.script->say(201, "");
  org.script->otherwise = kLost;  // the close, the questions after it, and the abort
  for (const auto& node : org.write(kThree)) EXPECT_EQ(node.status, WriteStatus::Unknown);
  org.script->otherwise.reset();
  ASSERT_TRUE(org.context.sleep(std::chrono::minutes(1)));  // the circuit closes
  const std::size_t before = org.aborts();
  org.script->say(200, kNoJobs);
  org.script->say(200, told("Open"));
  org.script->say(200, told("Aborted"));
  org.script->say(200, told("Aborted"));
  org.script->say(200, rows({}));
  const auto begun = org.clock->steady_now();
  EXPECT_TRUE(org.adapter->find(leads(), "r1", org.context));
  EXPECT_EQ(org.aborts(), before + 1);
  EXPECT_EQ(org.clock->steady_now() - begun, Options{}.bulk.abort_settle);
}

TEST(SalesforceBulkFence, AJobOfAnEarlierProcessIsWaitedForWithJobsSwitchedOff) {
  Options options = Org::with_overlay();
  options.bulk.use = false;
  BulkOrg org(options);
  const std::string one = listed({json::parse(told("InProgress"))});
  org.script->say(200, one);
  org.script->say(200, told("InProgress"));
  org.script->say(200, told("JobComplete"));
  org.script->say(200, rows({}));
  ASSERT_TRUE(org.adapter->read_by_key(leads(), kA, org.context).error().code() ==
              ErrorCode::NotFound);
  EXPECT_NE(org.sent(0).target.find("/jobs/ingest"), std::string::npos);

  options.bulk.look_for_left = false;  // `bulk: never`
  BulkOrg never(options);
  never.script->say(200, rows({}));
  ASSERT_TRUE(never.adapter->find(leads(), "r1", never.context));
}

TEST(SalesforceBulkFence, WhatAnAbortedJobHadInFlightIsWaitedFor) {
  BulkOrg org;
  json aborted = json::parse(told("Aborted"));
  aborted["systemModstamp"] = "2026-03-01T09:54:00.000+0000";  // six minutes ago
  json old = aborted;
  old["id"] = "750R0000000zlh8IAA";
  old["systemModstamp"] = "2026-03-01T09:49:00.000+0000";
  org.script->say(200, listed({old, aborted}));
  org.script->say(200, aborted.dump());
  org.script->say(200, rows({}));
  const auto begun = org.clock->steady_now();
  ASSERT_TRUE(org.adapter->find(leads(), "r1", org.context));
  EXPECT_EQ(org.clock->steady_now() - begun, std::chrono::minutes(4));
}

TEST(SalesforceBulkFence, WhereJobsMayNotBeListedNothingIsLookedFor) {
  BulkOrg org;
  org.script->say(403, R"([{"errorCode":"INSUFFICIENT_ACCESS","message":"no"}])");
  const auto found = org.adapter->find(leads(), "r1", org.context);
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code(), ErrorCode::Forbidden);
  EXPECT_NE(found.error().message().find("still writes Lead"), std::string::npos);
  EXPECT_NE(found.error().message().find("bulk: never"), std::string::npos);
  org.script->say(403, R"([{"errorCode":"FEATURENOTENABLED","message":"Bulk API not enabled"}])");
  org.script->say(200, rows({}));
  EXPECT_TRUE(org.adapter->find(leads(), "r1", org.context)) << "an org without jobs runs none";
  for (const char* code : {"FeatureNotEnabled", "FUNCTIONALITY_NOT_ENABLED"}) {
    BulkOrg other;
    other.script->say(403, json::array({{{"errorCode", code}, {"message", "no"}}}).dump());
    other.script->say(200, rows({}));
    EXPECT_TRUE(other.adapter->find(leads(), "r1", other.context)) << code;
  }
}

}  // namespace
}  // namespace channelbridge::salesforce::test
