#include "org_script.hpp"

namespace channelbridge::salesforce::test {
namespace {

using adapter::Operation;
using adapter::WriteRequest;
using adapter::WriteStatus;
using nlohmann::json;

WriteRequest create(const std::string& correlation, const std::string& body) {
  return {.nodes = {{.operation = Operation::Create, .object = "Lead", .body = body}},
          .correlation_path = "ChannelbridgeId__c",
          .correlation = correlation};
}

WriteRequest update(const std::string& key, const std::string& body) {
  return {.nodes = {{.operation = Operation::Update, .object = "Lead", .key = key, .body = body}}};
}

std::string short_id(int n) {
  std::string digits = std::to_string(n);
  return "00QR0000" + std::string(7 - digits.size(), '0') + digits;
}

/// A collections answer in which every record succeeded.
std::string all_good(std::size_t count, bool created = true) {
  json body = json::array();
  for (std::size_t i = 0; i < count; ++i) {
    body.push_back({{"id", short_id(static_cast<int>(i))},
                    {"success", true},
                    {"errors", json::array()},
                    {"created", created}});
  }
  return body.dump();
}

std::string one_bad(const std::string& code, const std::string& message) {
  return json::array(
             {{{"success", false},
               {"errors",
                {{{"statusCode", code}, {"message", message}, {"fields", json::array()}}}}}})
      .dump();
}

TEST(SalesforceWrite, TwoHundredCreatesAreOneCallAndAnUpsertByTheCorrelation) {
  Org org;
  std::vector<WriteRequest> requests;
  for (int i = 0; i < 200; ++i)
    requests.push_back(create("record-" + std::to_string(i), R"({"LastName":"Smith"})"));
  org.script->say(200, all_good(200));
  auto outcomes = org.adapter->write(leads(), requests, org.context);
  ASSERT_TRUE(outcomes) << outcomes.error();
  ASSERT_EQ(outcomes->size(), 200U);
  ASSERT_EQ(org.script->requests.size(), 1U);
  const http::Request& request = org.script->requests.front();
  EXPECT_EQ(request.method, "PATCH");
  EXPECT_EQ(request.target, "/services/data/v60.0/composite/sobjects/Lead/ChannelbridgeId__c");
  EXPECT_EQ(request.repeatable, http::Repeatable::No);
  const json body = json::parse(request.body);
  EXPECT_EQ(body["allOrNone"], false);
  EXPECT_EQ(body["records"][7], (json{{"attributes", {{"type", "Lead"}}},
                                      {"ChannelbridgeId__c", "record-7"},
                                      {"LastName", "Smith"}}));
  EXPECT_EQ((*outcomes)[199].nodes[0].status, WriteStatus::Created);
  EXPECT_TRUE((*outcomes)[199].nodes[0].key.starts_with("00QR00000000199"));
  EXPECT_EQ((*outcomes)[199].nodes[0].key.size(), 18U);
}

TEST(SalesforceWrite, TheTwoHundredAndFirstNeedsASecondCall) {
  Org org;
  std::vector<WriteRequest> requests;
  for (int i = 0; i < 201; ++i) requests.push_back(update(short_id(i), R"({"Status":"Open"})"));
  org.script->say(200, all_good(200));
  org.script->say(200, all_good(1));
  ASSERT_TRUE(org.adapter->write(leads(), requests, org.context));
  EXPECT_EQ(org.script->requests[0].target, "/services/data/v60.0/composite/sobjects");
  EXPECT_EQ(json::parse(org.script->requests[1].body)["records"].size(), 1U);
}

TEST(SalesforceWrite, CallsAreLimitedByBytesToo) {
  Options options = Org::with_overlay();
  options.batch_bytes = 1'000;
  Org org(options);
  const std::string body = R"({"Description":")" + std::string(400, 'x') + "\"}";
  org.script->say(200, all_good(2));
  org.script->say(200, all_good(1));
  auto outcomes = org.adapter->write(
      leads(), {update(short_id(1), body), update(short_id(2), body), update(short_id(3), body)},
      org.context);
  ASSERT_TRUE(outcomes) << outcomes.error();
  EXPECT_EQ(org.script->requests.size(), 2U);
}

TEST(SalesforceWrite, OneRecordIsNeverTwiceInACall) {
  Org org;
  org.script->say(200, all_good(1));
  org.script->say(200, all_good(1));
  ASSERT_TRUE(org.adapter->write(
      leads(), {update(short_id(1), R"({"Status":"a"})"), update(short_id(1), R"({"Status":"b"})")},
      org.context));
  EXPECT_EQ(org.script->requests.size(), 2U);
}

TEST(SalesforceWrite, ACreateWhoseRecordWasThereSaysUpdated) {
  Org org;
  org.script->say(200, all_good(1, false));
  auto outcomes = org.adapter->write(leads(), {create("r", "{}")}, org.context);
  ASSERT_TRUE(outcomes) << outcomes.error();
  EXPECT_EQ(outcomes->front().nodes[0].status, WriteStatus::Updated);
}

TEST(SalesforceWrite, WithoutACorrelationACreateIsAPlainOne) {
  Org org;
  WriteRequest request = create("", R"({"LastName":"Smith"})");
  request.correlation_path.clear();
  org.script->say(
      200, json::array({json::parse(fixture("rest/sobject_create_success_response.json"))}).dump());
  auto outcomes = org.adapter->write(leads(), {request}, org.context);
  ASSERT_TRUE(outcomes) << outcomes.error();
  EXPECT_EQ(org.script->requests[0].method, "POST");
  EXPECT_EQ(org.adapter->capabilities({.object = "Lead"}).idempotency, adapter::Idempotency::None);
}

TEST(SalesforceWrite, TheBodysNumbersAndNullsGoOutAsTheyAre) {
  Org org;
  org.script->say(200, all_good(1));
  ASSERT_TRUE(org.adapter->write(
      leads(),
      {update(short_id(1), R"({ "AnnualRevenue": 12345678901234567890.10, "Phone": null })")},
      org.context));
  EXPECT_NE(org.script->requests[0].body.find(
                R"("AnnualRevenue": 12345678901234567890.10, "Phone": null)"),
            std::string::npos);
}

TEST(SalesforceWrite, ACorrelationInTheBodyIsNotWrittenTwice) {
  Org org;
  org.script->say(200, all_good(1));
  ASSERT_TRUE(org.adapter->write(
      leads(), {create("r-1", R"({"ChannelbridgeId__c":"r-1","LastName":"S"})")}, org.context));
  const std::string& body = org.script->requests[0].body;
  EXPECT_EQ(body.find("ChannelbridgeId__c"), body.rfind("ChannelbridgeId__c"));
}

TEST(SalesforceWrite, OutcomesKeepTheOrderOfTheRequests) {
  Org org;
  org.script->say(200, R"([{"id":"001RM000003oLnnYAE","success":true,"errors":[]},
    {"success":false,"errors":[{"statusCode":"DUPLICATES_DETECTED","message":"Use one of these records?","fields":[]}]},
    {"success":false,"errors":[{"statusCode":"DUPLICATE_VALUE","message":"duplicate value found: Ext__c duplicates value on record with id: 00QR00000064wc7","fields":[]}]},
    {"success":false,"errors":[{"statusCode":"ENTITY_IS_DELETED","message":"entity is deleted","fields":[]}]},
    {"success":false,"errors":[{"statusCode":"CANNOT_UPDATE_CONVERTED_LEAD","message":"converted","fields":[]}]}])");
  std::vector<WriteRequest> requests;
  for (int i = 0; i < 5; ++i) requests.push_back(update(short_id(i), "{}"));
  auto outcomes = org.adapter->write(leads(), requests, org.context);
  ASSERT_TRUE(outcomes) << outcomes.error();
  const auto node = [&](std::size_t i) { return (*outcomes)[i].nodes[0]; };
  EXPECT_EQ(node(0).status, WriteStatus::Updated);
  EXPECT_EQ(node(1).status, WriteStatus::Rejected);
  EXPECT_EQ(node(2).status, WriteStatus::Rejected);
  EXPECT_TRUE(node(2).duplicate_of.starts_with("00QR00000064wc7"));
  EXPECT_TRUE(node(3).not_found);
  EXPECT_EQ(node(4).status, WriteStatus::Conflict);
  EXPECT_EQ(node(4).error->key(), short_id(4));
  EXPECT_EQ(node(4).error->system(), "crm");
}

TEST(SalesforceWrite, PublishedCollectionsAnswersAreRead) {
  const json cassette =
      json::parse(fixture("cassettes/collections_create_and_upsert_by_external_id.json"));
  const json& exchange = cassette[1];
  Org org;
  std::vector<WriteRequest> requests;
  for (const json& record : exchange["request"]["body"]["records"]) {
    WriteRequest request = create(record["Email"], record.dump());
    request.nodes[0].object = "Contact";
    requests.push_back(request);
  }
  org.script->say(200, exchange["response"]["body"].dump());
  auto outcomes = org.adapter->write({.object = "Contact"}, requests, org.context);
  ASSERT_TRUE(outcomes) << outcomes.error();
  EXPECT_EQ(outcomes->size(), 16U);
  EXPECT_EQ((*outcomes)[15].nodes[0].key, "0037e00001WZ315AAD");
}

TEST(SalesforceWrite, LockedRowsAreSentAgainAloneAndTheOthersAreNot) {
  Org org;
  const std::string locked = R"({"success":false,"errors":[{"statusCode":"UNABLE_TO_LOCK_ROW",)"
                             R"("message":"unable to obtain exclusive access"}]})";
  const std::string good = R"({"id":"00QR00000000001","success":true,"errors":[]})";
  org.script->say(200, "[" + good + "," + locked + "]");
  org.script->say(200, "[" + good + "]");
  auto outcomes = org.adapter->write(
      leads(), {update(short_id(1), "{}"), update(short_id(2), "{}")}, org.context);
  ASSERT_TRUE(outcomes) << outcomes.error();
  EXPECT_EQ((*outcomes)[1].nodes[0].status, WriteStatus::Updated);
  EXPECT_EQ(json::parse(org.script->requests[1].body)["records"].size(), 1U);
}

TEST(SalesforceWrite, ARowThatStaysLockedAsksToBeTriedLater) {
  Options options = Org::with_overlay();
  options.lock_repeats = 2;
  Org org(options);
  for (int i = 0; i < 3; ++i) org.script->say(200, one_bad("UNABLE_TO_LOCK_ROW", "locked"));
  auto outcomes = org.adapter->write(leads(), {update(short_id(1), "{}")}, org.context);
  ASSERT_TRUE(outcomes) << outcomes.error();
  EXPECT_EQ(outcomes->front().nodes[0].status, WriteStatus::Retry);
}

TEST(SalesforceWrite, ALostAnswerMakesEveryOutcomeUnknownAndIsNotRepeated) {
  Org org;
  org.script->say(
      Error(ErrorCode::Timeout, "no answer").with_sent(Sent::NoAnswer).with_system("crm"));
  auto outcomes = org.adapter->write(leads(), {create("a", "{}"), create("b", "{}")}, org.context);
  ASSERT_TRUE(outcomes) << "an Error would say that nothing was sent";
  for (const auto& outcome : *outcomes) {
    EXPECT_EQ(outcome.nodes[0].status, WriteStatus::Unknown);
    EXPECT_EQ(outcome.nodes[0].error->sent(), Sent::NoAnswer);
  }
}

TEST(SalesforceWrite, AnUnreadableAnswerMakesTheOutcomeUnknown) {
  for (const char* body : {"[{\"success\":tr", "[]", "[{\"success\":true}]", "{}"}) {
    Org org;
    org.script->say(200, body);
    auto outcomes = org.adapter->write(leads(), {create("a", "{}")}, org.context);
    ASSERT_TRUE(outcomes);
    EXPECT_EQ(outcomes->front().nodes[0].status, WriteStatus::Unknown) << body;
  }
}

TEST(SalesforceWrite, AMemberThatSpoilsTheCallIsFoundByHalving) {
  Org org;
  std::vector<WriteRequest> requests;
  for (int i = 0; i < 4; ++i) requests.push_back(update(short_id(i), "{}"));
  const std::string refused = fixture("rest/sobject_write_error_response.json");
  org.script->say(400, refused);      // 0 1 2 3
  org.script->say(200, all_good(2));  // 0 1
  org.script->say(400, refused);      // 2 3
  org.script->say(400, refused);      // 2
  org.script->say(200, all_good(1));  // 3
  auto outcomes = org.adapter->write(leads(), requests, org.context);
  ASSERT_TRUE(outcomes) << outcomes.error();
  EXPECT_EQ((*outcomes)[0].nodes[0].status, WriteStatus::Updated);
  EXPECT_EQ((*outcomes)[2].nodes[0].status, WriteStatus::Rejected);
  EXPECT_EQ((*outcomes)[2].nodes[0].error->remote_code(), "INVALID_FIELD");
  EXPECT_EQ((*outcomes)[3].nodes[0].status, WriteStatus::Updated);
}

TEST(SalesforceWrite, ACallThatRanTooLongIsTheOrgsTroubleAndNoRecords) {
  Org org;
  org.script->say(400, R"([{"errorCode":"REQUEST_RUNNING_TOO_LONG","message":"too long"}])");
  auto outcomes = org.adapter->write(leads(), {create("a", "{}"), create("b", "{}")}, org.context);
  ASSERT_FALSE(outcomes) << "an Error: the records are planned again";
  EXPECT_EQ(outcomes.error().code(), ErrorCode::Timeout);
}

TEST(SalesforceWrite, ACallThatTheGatewayTimedOutMayHaveLanded) {
  Org org;
  org.script->say(408, "");
  auto outcomes = org.adapter->write(leads(), {create("a", "{}"), create("b", "{}")}, org.context);
  ASSERT_TRUE(outcomes) << outcomes.error();
  for (const auto& outcome : *outcomes) EXPECT_EQ(outcome.nodes[0].status, WriteStatus::Unknown);
}

TEST(SalesforceWrite, WhatWasNeverSentMayBePlannedAgain) {
  Org org;
  for (int i = 0; i < 5; ++i) {  // the pipeline tries again: nothing left us
    org.script->say(Error(ErrorCode::Unavailable, "no connection").with_sent(Sent::No));
  }
  auto outcomes = org.adapter->write(leads(), {create("a", "{}")}, org.context);
  ASSERT_FALSE(outcomes);
  EXPECT_EQ(outcomes.error().sent(), Sent::No);
}

TEST(SalesforceWrite, ASecondCallThatCannotBeSentDoesNotHideTheFirst) {
  Options options = Org::with_overlay();
  options.batch_records = 1;
  Org org(options);
  org.script->say(200, all_good(1));
  for (int i = 0; i < 5; ++i)
    org.script->say(Error(ErrorCode::Unavailable, "no connection").with_sent(Sent::No));
  auto outcomes = org.adapter->write(leads(), {create("a", "{}"), create("b", "{}")}, org.context);
  ASSERT_TRUE(outcomes) << outcomes.error();
  EXPECT_EQ((*outcomes)[0].nodes[0].status, WriteStatus::Created);
  EXPECT_EQ((*outcomes)[1].nodes[0].status, WriteStatus::Retry);
}

TEST(SalesforceWrite, ACorrelationFieldThatIsNoExternalIdIsRefusedBeforeSending) {
  Org org;
  WriteRequest request = create("a", "{}");
  request.correlation_path = "Company";
  auto outcomes = org.adapter->write(leads(), {request}, org.context);
  ASSERT_FALSE(outcomes);
  EXPECT_EQ(outcomes.error().code(), ErrorCode::Invalid);
  EXPECT_NE(outcomes.error().message().find("External ID"), std::string::npos);
  EXPECT_TRUE(org.script->requests.empty());
}

TEST(SalesforceWrite, DeletesAreOneCallByIds) {
  Org org;
  std::vector<WriteRequest> requests;
  for (int i = 1; i < 3; ++i)
    requests.push_back(
        {.nodes = {{.operation = Operation::Delete, .object = "Lead", .key = short_id(i)}}});
  org.script->say(200, all_good(2));
  auto outcomes = org.adapter->write(leads(), requests, org.context);
  ASSERT_TRUE(outcomes) << outcomes.error();
  EXPECT_EQ((*outcomes)[1].nodes[0].status, WriteStatus::Deleted);
  EXPECT_EQ(org.script->requests[0].target,
            "/services/data/v60.0/composite/sobjects?allOrNone=false&ids=" + short_id(1) + "%2C" +
                short_id(2));
}

TEST(SalesforceWrite, CapabilitiesSayWhatTheSystemReallyDoes) {
  Org org;
  const adapter::Capabilities can = org.adapter->capabilities(leads());
  EXPECT_EQ(can.versions, adapter::Versions::Ordered);
  EXPECT_FALSE(can.conditional);
  EXPECT_EQ(can.reply, adapter::Reply::None);
  EXPECT_EQ(can.idempotency, adapter::Idempotency::Upsert);
  EXPECT_TRUE(can.deletes_visible);
  EXPECT_EQ(can.batch_records, 200U);
  EXPECT_FALSE(can.deep_create);
  EXPECT_TRUE(can.atomic_group) << "a record is one node";
}

}  // namespace
}  // namespace channelbridge::salesforce::test
