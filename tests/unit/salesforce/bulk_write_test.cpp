#include "bulk_internal.hpp"
#include "bulk_org.hpp"
#include "bulk_row_internal.hpp"

namespace channelbridge::salesforce::test {
namespace {

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

TEST(SalesforceBulkWrite, UpdatesNeverGoAsAJobWhereTheyMayNot) {
  BulkOrg org;  // a job from two records on
  std::vector<WriteRequest> requests = {bulk_update(kA, R"({"Status":"Open"})"),
                                        bulk_update("00QR00000064wc8AAA", R"({"Status":"Open"})")};
  const std::string two = R"([{"id":"00QR00000064wc7","success":true,"errors":[]},
                              {"id":"00QR00000064wc8","success":true,"errors":[]}])";
  org.script->say(200, two);
  for (const auto& node : org.write(requests)) EXPECT_EQ(node.status, WriteStatus::Updated);
  EXPECT_EQ(org.sent(0).target, "/services/data/v60.0/composite/sobjects");

  // Nor do they make a job of one create, or go along with one of three.
  requests.push_back(kThree[0]);
  org.script->say(200, two);
  org.script->say(200, R"([{"id":"00QR00000064wd0","success":true,"errors":[],"created":true}])");
  org.write(requests);
  requests.insert(requests.end(), kThree.begin() + 1, kThree.end());
  org.runs("JobComplete", 3);
  org.script->say(200, kDone +
                           "\"00QR00000064wd1\",\"true\",\"r1\",\"A\"\n"
                           "\"00QR00000064wd2\",\"true\",\"r2\",\"B\"\n"
                           "\"00QR00000064wd3\",\"true\",\"r3\",\"C\"\n");
  org.script->say(200, kFailed);
  org.script->say(200, two);
  const auto nodes = org.write(requests);
  EXPECT_EQ(nodes[1].status, WriteStatus::Updated);
  EXPECT_EQ(nodes[4].status, WriteStatus::Created);
  EXPECT_EQ(org.sent(4).body, "ChannelbridgeId__c,LastName\nr1,A\nr2,B\nr3,C\n");
}

TEST(SalesforceBulkWrite, UpdatesAreFoundByTheirIdInEitherForm) {
  BulkOrg org(BulkOrg::with_updates());
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

TEST(SalesforceBulkWrite, RowsThatADuplicateRuleRefusesGoTheOtherWay) {
  Options options = BulkOrg::from_two();
  options.allow_duplicates = true;
  BulkOrg org(options);
  org.runs("JobComplete", 3);
  org.script->say(200, kDone + "\"00QR00000064wc7\",\"true\",\"r1\",\"A\"\n");
  org.script->say(200,
                  kFailed +
                      "\"\",\"DUPLICATES_DETECTED:Use one of these records?:--\",\"r3\",\"C\"\n"
                      "\"\",\"STRING_TOO_LONG:x:--\",\"r2\",\"B\"\n");
  org.script->say(200, R"([{"id":"00QR00000064wc9","success":true,"errors":[],"created":true}])");
  const auto nodes = org.write(kThree);
  EXPECT_EQ(nodes[0].status, WriteStatus::Created);
  EXPECT_EQ(nodes[1].status, WriteStatus::Rejected);
  EXPECT_EQ(nodes[2].status, WriteStatus::Created);
  EXPECT_EQ(org.script->requests.back().headers.get("Sforce-Duplicate-Rule-Header"),
            "allowSave=true");
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
