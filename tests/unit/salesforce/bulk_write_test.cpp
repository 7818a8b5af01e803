#include "bulk_internal.hpp"
#include "bulk_row_internal.hpp"
#include "org_script.hpp"

namespace channelbridge::salesforce::test {
namespace {

using adapter::Operation;
using adapter::WriteRequest;
using adapter::WriteStatus;
using nlohmann::json;

constexpr const char* kJob = "750R0000000zlh9IAA";

WriteRequest bulk_create(const std::string& record, const std::string& body) {
  return {.nodes = {{.operation = Operation::Create, .object = "Lead", .body = body}},
          .correlation_path = "ChannelbridgeId__c",
          .correlation = record};
}
WriteRequest bulk_update(const std::string& key, const std::string& body) {
  return {.nodes = {{.operation = Operation::Update, .object = "Lead", .key = key, .body = body}}};
}

std::string told(const char* state, std::uint64_t processed = 0, const char* error = "") {
  json body = {{"id", kJob}, {"state", state}, {"object", "Lead"}};
  body["numberRecordsProcessed"] = processed;
  if (*error != '\0') body["errorMessage"] = error;
  return body.dump();
}

/// An org whose jobs take any number of records from two on.
struct BulkOrg : Org {
  BulkOrg() : Org(from_two()) {}
  static Options from_two() {
    Options options = with_overlay();
    options.bulk.use = true;
    options.bulk.from_records = 2;
    return options;
  }
  /// A job that is made, filled, closed and asked for once.
  void runs(const char* state, std::uint64_t processed = 0, const char* error = "") {
    script->say(200, told("Open"));
    script->say(201, "");
    script->say(200, told("UploadComplete"));
    script->say(200, told(state, processed, error));
  }
  std::vector<adapter::NodeOutcome> write(const std::vector<WriteRequest>& requests) {
    auto outcomes = adapter->write(leads(), requests, context);
    EXPECT_TRUE(outcomes) << (outcomes ? "" : to_string(outcomes.error()));
    std::vector<adapter::NodeOutcome> nodes;
    if (!outcomes) return nodes;
    for (const auto& outcome : *outcomes) nodes.push_back(outcome.nodes.at(0));
    return nodes;
  }
  const http::Request& sent(std::size_t at) { return script->requests.at(at); }
};

const std::string kDone = "\"sf__Id\",\"sf__Created\",\"ChannelbridgeId__c\",\"LastName\"\n";
const std::string kFailed = "\"sf__Id\",\"sf__Error\",\"ChannelbridgeId__c\",\"LastName\"\n";
const std::string kUntried = "\"ChannelbridgeId__c\",\"LastName\"\n";
const std::vector<WriteRequest> kThree = {bulk_create("r1", R"({"LastName":"A"})"),
                                          bulk_create("r2", R"({"LastName":"B"})"),
                                          bulk_create("r3", R"({"LastName":"C"})")};

TEST(SalesforceBulkWrite, CreatesAreOneJobAndEachRowIsFoundByOurRecordId) {
  BulkOrg org;
  org.runs("JobComplete", 3);
  org.script->say(200, kDone + "\"00QR00000064wc9\",\"false\",\"r3\",\"C\"\n" +
                           "\"00QR00000064wc7AAA\",\"true\",\"r1\",\"A\"\n");
  org.script->say(200, kFailed +
                           "\"\",\"INVALID_EMAIL_ADDRESS:Email: invalid email address: x:Email "
                           "--\",\"r2\",\"B\"\n");
  const auto nodes = org.write(kThree);
  ASSERT_EQ(nodes.size(), 3U);
  EXPECT_EQ(nodes[0].status, WriteStatus::Created);
  EXPECT_EQ(nodes[0].key, kA);
  EXPECT_EQ(nodes[1].status, WriteStatus::Rejected);
  EXPECT_EQ(nodes[1].error->remote_code(), "INVALID_EMAIL_ADDRESS");
  EXPECT_NE(nodes[1].error->remote_message().find("[Email]"), std::string::npos);
  EXPECT_EQ(nodes[2].status, WriteStatus::Updated) << "an upsert that met its record";
  EXPECT_EQ(org.sent(0).target, "/services/data/v60.0/jobs/ingest");
  EXPECT_EQ(json::parse(org.sent(0).body), (json{{"object", "Lead"},
                                                 {"operation", "upsert"},
                                                 {"externalIdFieldName", "ChannelbridgeId__c"},
                                                 {"contentType", "CSV"},
                                                 {"lineEnding", "LF"},
                                                 {"columnDelimiter", "COMMA"}}));
  EXPECT_EQ(org.sent(1).method, "PUT");
  EXPECT_EQ(org.sent(1).headers.get("Content-Type"), "text/csv");
  EXPECT_EQ(org.sent(1).body, "ChannelbridgeId__c,LastName\nr1,A\nr2,B\nr3,C\n");
  EXPECT_EQ(org.sent(2).body, R"({"state":"UploadComplete"})");
  EXPECT_EQ(org.script->requests.size(), 6U) << "every row was told: nothing is unprocessed";
}

TEST(SalesforceBulkWrite, UpdatesAreFoundByTheirIdInEitherForm) {
  BulkOrg org;
  org.runs("JobComplete", 2);
  org.script->say(200,
                  "\"sf__Id\",\"sf__Created\",\"Id\",\"Status\"\n"
                  "\"00QR00000064wc7\",\"false\",\"00QR00000064wc7\",\"#N/A\"\n");
  org.script->say(200,
                  "\"sf__Id\",\"sf__Error\",\"Id\",\"Status\"\n"
                  "\"00QR00000064wc8AAA\",\"ENTITY_IS_DELETED:entity is deleted:--\","
                  "\"00QR00000064wc8AAA\",\"Open\"\n");
  const auto nodes = org.write({bulk_update("00QR00000064wc7AAA", R"({"Status":null})"),
                                bulk_update("00QR00000064wc8AAA", R"({"Status":"Open"})")});
  EXPECT_EQ(org.sent(1).body, "Id,Status\n00QR00000064wc7AAA,#N/A\n00QR00000064wc8AAA,Open\n");
  EXPECT_EQ(nodes[0].status, WriteStatus::Updated);
  EXPECT_EQ(nodes[1].status, WriteStatus::Rejected);
  EXPECT_TRUE(nodes[1].not_found);
  EXPECT_EQ(nodes[1].key, "00QR00000064wc8AAA");
}

TEST(SalesforceBulkWrite, OfAJobThatFailsHalfWayEachRowIsWhatTheListsSay) {
  BulkOrg org;
  org.runs("Failed", 1, "TooManyLockFailure : …");
  org.script->say(200, kDone + "\"00QR00000064wc7\",\"true\",\"r1\",\"A\"\n");
  org.script->say(200, kFailed);
  org.script->say(200, kUntried + "\"r3\",\"C\"\n");
  const auto nodes = org.write(kThree);
  EXPECT_EQ(nodes[0].status, WriteStatus::Created);
  EXPECT_EQ(nodes[1].status, WriteStatus::Unknown) << "in no list: to be looked for";
  EXPECT_EQ(nodes[1].error->sent(), Sent::NoAnswer);
  EXPECT_EQ(nodes[2].status, WriteStatus::Retry);
}

TEST(SalesforceBulkWrite, ResultsThatBreakOffLeaveTheirRowsUnknown) {
  BulkOrg org;
  org.runs("JobComplete", 3);
  org.script->say(200, kDone + "\"00QR00000064wc7\",\"true\",\"r1\",\"A\"\n\"00QR00000064");
  org.script->say(200, kFailed);
  org.script->say(200, kUntried);
  const auto nodes = org.write(kThree);
  EXPECT_EQ(nodes[0].status, WriteStatus::Created);
  EXPECT_EQ(nodes[1].status, WriteStatus::Unknown);
  EXPECT_EQ(nodes[2].status, WriteStatus::Unknown);
}

TEST(SalesforceBulkWrite, ARowThatIsToldTwiceIsNotBelieved) {
  BulkOrg org;
  org.runs("JobComplete", 3);
  org.script->say(200, kDone +
                           "\"00QR00000064wc7\",\"true\",\"r1\",\"A\"\n"
                           "\"00QR00000064wc8\",\"true\",\"r2\",\"B\"\n"
                           "\"00QR00000064wc9\",\"true\",\"r3\",\"C\"\n");
  org.script->say(200, kFailed + "\"\",\"UNKNOWN_EXCEPTION:x:--\",\"r1\",\"A\"\n");
  const auto nodes = org.write(kThree);
  EXPECT_EQ(nodes[0].status, WriteStatus::Unknown);
  EXPECT_EQ(nodes[1].status, WriteStatus::Created);
}

TEST(SalesforceBulkWrite, AnUploadWithoutAnAnswerGoesToAJobOfItsOwnAgain) {
  BulkOrg org;
  const Error lost = Error(ErrorCode::Timeout, "no answer").with_sent(Sent::NoAnswer);
  org.script->say(200, told("Open"));
  org.script->say(lost);
  org.script->say(200, told("Aborted"));
  org.script->say(200, told("Aborted"));
  org.runs("JobComplete", 3);
  org.script->say(200, kDone +
                           "\"00QR00000064wc7\",\"true\",\"r1\",\"A\"\n"
                           "\"00QR00000064wc8\",\"true\",\"r2\",\"B\"\n"
                           "\"00QR00000064wc9\",\"true\",\"r3\",\"C\"\n");
  org.script->say(200, kFailed);
  for (const auto& node : org.write(kThree)) EXPECT_EQ(node.status, WriteStatus::Created);
  EXPECT_EQ(org.sent(2).body, R"({"state":"Aborted"})");
  EXPECT_EQ(org.sent(2).target, std::string("/services/data/v60.0/jobs/ingest/") + kJob);
}

TEST(SalesforceBulkWrite, RowsOfJobsThatWereNeverClosedWereNotSent) {
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

TEST(SalesforceBulkWrite, ACloseWithoutAnAnswerIsAskedForAndNeverStartsAJobTwice) {
  BulkOrg org;
  const Error lost = Error(ErrorCode::Timeout, "no answer").with_sent(Sent::NoAnswer);
  org.script->say(200, told("Open"));
  org.script->say(201, "");
  org.script->say(lost);
  org.script->say(200, told("Open"));  // it did not arrive
  org.script->say(lost);
  org.script->say(200, told("InProgress"));  // it did
  org.script->say(200, told("JobComplete", 3));
  org.script->say(200, kDone +
                           "\"00QR00000064wc7\",\"true\",\"r1\",\"A\"\n"
                           "\"00QR00000064wc8\",\"true\",\"r2\",\"B\"\n"
                           "\"00QR00000064wc9\",\"true\",\"r3\",\"C\"\n");
  org.script->say(200, kFailed);
  for (const auto& node : org.write(kThree)) EXPECT_EQ(node.status, WriteStatus::Created);
  std::size_t uploads = 0;
  for (const auto& request : org.script->requests) uploads += request.method == "PUT" ? 1U : 0U;
  EXPECT_EQ(uploads, 1U);
}

TEST(SalesforceBulkWrite, AJobThatDoesNotEndIsAbortedAndWhatItLeavesIsRead) {
  BulkOrg org;
  const auto half_an_hour = Options{}.bulk.timeout;
  org.script->say(200, told("Open"));
  org.script->say(201, "");
  org.script->say(200, told("UploadComplete"));
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
}

TEST(SalesforceBulkWrite, WhatBecameOfARowIsNotAskedWhileItsJobStillRuns) {
  BulkOrg org;
  const Error lost = Error(ErrorCode::Timeout, "no answer").with_sent(Sent::NoAnswer);
  org.script->say(200, told("Open"));
  org.script->say(201, "");
  org.script->say(200, told("UploadComplete"));
  // Of a look and its repeats, of the abort, of another look.
  for (int i = 0; i < 5 + 1 + 5; ++i) org.script->say(lost);
  for (const auto& node : org.write(kThree)) EXPECT_EQ(node.status, WriteStatus::Unknown);
  org.script->say(200, R"({"done":true,"records":[],"nextRecordsUrl":null})");
  org.script->say(200, told("InProgress"));
  org.script->say(200, told("JobComplete", 3));
  org.script->say(200, rows({}));
  ASSERT_TRUE(org.adapter->find(leads(), "r1", org.context));
  org.script->say(200, rows({}));
  ASSERT_TRUE(org.adapter->find(leads(), "r2", org.context)) << "the job has ended";
}

TEST(SalesforceBulkWrite, AJobThatAnEarlierProcessLeftIsWaitedFor) {
  BulkOrg org;
  org.script->say(
      200, json{{"done", true},
                {"nextRecordsUrl", nullptr},
                {"records", {json::parse(told("JobComplete")), json::parse(told("InProgress"))}}}
               .dump());
  org.script->say(200, told("InProgress"));
  org.script->say(200, told("JobComplete"));
  org.script->say(200, rows({}));
  ASSERT_TRUE(org.adapter->find(leads(), "r1", org.context));
}

TEST(SalesforceBulkWrite, AnOrgWithoutJobsIsWrittenTheOtherWay) {
  BulkOrg org;
  org.script->say(403, R"([{"errorCode":"FEATURENOTENABLED","message":"Bulk API not enabled"}])");
  org.script->say(200, R"([{"id":"00QR00000064wc7","success":true,"errors":[],"created":true},
                           {"id":"00QR00000064wc8","success":true,"errors":[],"created":true},
                           {"id":"00QR00000064wc9","success":true,"errors":[],"created":true}])");
  for (const auto& node : org.write(kThree)) EXPECT_EQ(node.status, WriteStatus::Created);
}

TEST(SalesforceBulkWrite, AJobRefusedForItsFormIsWrittenTheOtherWay) {
  BulkOrg org;
  org.runs("Failed", 0, "InvalidBatch : Field name not found : LastName");
  org.script->say(200, R"([{"id":"00QR00000064wc7","success":true,"errors":[],"created":true},
                           {"success":false,"errors":[{"statusCode":"STRING_TOO_LONG","message":"x"}]},
                           {"id":"00QR00000064wc9","success":true,"errors":[],"created":true}])");
  const auto nodes = org.write(kThree);
  EXPECT_EQ(nodes[0].status, WriteStatus::Created);
  EXPECT_EQ(nodes[1].status, WriteStatus::Rejected);
}

TEST(SalesforceBulkWrite, WhatAnUploadCannotSayGoesTheOtherWay) {
  const auto cells = [](const char* body) { return bulk_cells(body); };
  EXPECT_EQ(cells(R"({"A":"x","B":1.50,"C":true,"D":null,"E":""})"),
            (std::map<std::string, std::string>{
                {"A", "x"}, {"B", "1.50"}, {"C", "true"}, {"D", "#N/A"}, {"E", "#N/A"}}));
  EXPECT_EQ(cells(R"({"Account":{"attributes":{"type":"Account"},"Ext__c":"P-7"}})"),
            (std::map<std::string, std::string>{{"Account.Ext__c", "P-7"}}));
  EXPECT_FALSE(cells(R"({"A":"#N/A"})")) << "it would be emptied";
  EXPECT_FALSE(cells(R"({"A":[1]})"));
  EXPECT_FALSE(cells(R"({"Account":{"X__c":"1","Y__c":"2"}})"));
  EXPECT_FALSE(cells(R"({"Account":{}})"));
  EXPECT_FALSE(cells(("{\"A\":\"" + std::string(131'073, 'x') + "\"}").c_str()));
  EXPECT_EQ(cells(R"({"A":12345678901234567890123})")->at("A"), "12345678901234567890123");

  BulkOrg org;  // the third would empty a field, the fourth has no id of ours
  org.runs("JobComplete", 2);
  org.script->say(200, kDone +
                           "\"00QR00000064wc7\",\"true\",\"r1\",\"A\"\n"
                           "\"00QR00000064wc8\",\"true\",\"r2\",\"B\"\n");
  org.script->say(200, kFailed);
  org.script->say(200, R"([{"id":"00QR00000064wc9","success":true,"errors":[],"created":true}])");
  org.script->say(200, R"([{"id":"00QR00000064wd0","success":true,"errors":[]}])");
  const auto nodes = org.write({kThree[0],
                                kThree[1],
                                bulk_create("r3", R"({"LastName":"#N/A"})"),
                                {.nodes = {{.object = "Lead", .body = R"({"LastName":"D"})"}}}});
  for (const auto& node : nodes) EXPECT_EQ(node.status, WriteStatus::Created);
}

TEST(SalesforceBulkWrite, ReadsWhatARefusedRowSays) {
  RemoteError error = read_row_error(
      "REQUIRED_FIELD_MISSING:Required fields are missing: [LastName, Company]:LastName, Company "
      "--");
  EXPECT_EQ(error.code, "REQUIRED_FIELD_MISSING");
  EXPECT_EQ(error.message, "Required fields are missing: [LastName, Company]");
  EXPECT_EQ(error.fields, (std::vector<std::string>{"LastName", "Company"}));
  error = read_row_error(
      "DUPLICATE_VALUE:duplicate value found: Ext__c duplicates value on record with id: "
      "00QR00000064wc7:Ext__c --");
  EXPECT_EQ(error.duplicate_of, "00QR00000064wc7MAA");
  error = read_row_error("something went wrong: nobody knows what");
  EXPECT_EQ(error.code, "");
  EXPECT_EQ(error.message, "something went wrong: nobody knows what");
}

TEST(SalesforceBulkWrite, RowsOfOneParentStandTogether) {
  BulkOrg org;
  org.script->say(403, "[]");
  org.script->say(403, "[]");
  const auto owned = [](const char* record, const char* owner) {
    return bulk_create(record, std::string(R"({"LastName":"A","OwnerId":")") + owner + "\"}");
  };
  org.script->forget();
  org.script->say(200, told("Open"));
  org.script->say(400, R"([{"errorCode":"CLIENTINPUTERROR","message":"no"}])");
  org.script->say(200, told("Aborted"));
  org.script->say(200, told("Aborted"));
  org.script->say(200, R"([{"id":"00QR00000064wc7","success":true,"errors":[],"created":true},
                           {"id":"00QR00000064wc8","success":true,"errors":[],"created":true},
                           {"id":"00QR00000064wc9","success":true,"errors":[],"created":true}])");
  org.write({owned("r1", "005R0000000002"), owned("r2", "005R0000000001"),
             owned("r3", "005R0000000002")});
  EXPECT_EQ(org.sent(1).body,
            "ChannelbridgeId__c,LastName,OwnerId\nr2,A,005R0000000001\n"
            "r1,A,005R0000000002\nr3,A,005R0000000002\n");
}

TEST(SalesforceBulkCost, ADrawLineWhereTheVendorDrawsIt) {
  Options options;
  options.bulk.use = true;
  const std::uint64_t each = 500;
  EXPECT_FALSE(write_by_job(2'000, 2'000 * each, options)) << "as many calls, more bytes";
  EXPECT_TRUE(write_by_job(2'400, 2'400 * each, options));
  EXPECT_GT(bulk_from(options), 1'800U);
  EXPECT_LT(bulk_from(options), 2'400U);
  options.bulk.bytes = 100'000'000;
  EXPECT_TRUE(write_by_job(1'000, 1'000ULL * 100'000, options)) << "calls of big records are many";
  EXPECT_TRUE(read_by_job(100'000, 500, options));
  EXPECT_FALSE(read_by_job(2'000, 500, options));
  options.bulk.from_records = 50;
  EXPECT_TRUE(write_by_job(50, 50 * each, options));
  EXPECT_FALSE(write_by_job(49, 49 * each, options));
  options.bulk.use = false;
  EXPECT_FALSE(write_by_job(1'000'000, 1'000'000 * each, options));
  EXPECT_EQ(bulk_from(options), 0U);
}

}  // namespace
}  // namespace channelbridge::salesforce::test
