#include "client.hpp"

namespace channelbridge::sandbox::salesforce {
namespace {

using Collections = SalesforceSandbox;

Json lead(const std::string& last, const Json& more = Json::object()) {
  Json record{{"attributes", {{"type", "Lead"}}}, {"LastName", last}, {"Company", "Nordljus"}};
  record.update(more);
  return record;
}

TEST_F(Collections, CreatesInOrderAndReportsEachRecord) {
  const Answer answer = call(
      "POST", "composite/sobjects",
      {{"allOrNone", false}, {"records", {lead("A"), lead("B", {{"Email", "bad"}}), lead("C")}}});
  ASSERT_EQ(answer.status, 200) << answer.text;
  EXPECT_EQ(answer.body[0]["success"], true);
  EXPECT_EQ(
      dump_json(answer.body[1]),
      R"({"success":false,"errors":[{"statusCode":"INVALID_EMAIL_ADDRESS","message":"Email: invalid email address: bad","fields":["Email"]}]})");
  EXPECT_EQ(text_of(org().record(text_of(answer.body[2], "id")), "LastName"), "C");
  EXPECT_EQ(org().count("Lead"), 2U);
  EXPECT_EQ(journal().effects(), 2U);
}

TEST_F(Collections, RollsEverythingBackWhenAskedForAllOrNone) {
  const Answer answer =
      call("POST", "composite/sobjects",
           {{"allOrNone", true}, {"records", {lead("A"), lead("B", {{"Foo", 1}}), lead("C")}}});
  EXPECT_EQ(answer.body[0]["errors"][0]["statusCode"], "ALL_OR_NONE_OPERATION_ROLLED_BACK");
  EXPECT_EQ(answer.body[1]["errors"][0]["statusCode"], "INVALID_FIELD");
  EXPECT_EQ(org().count("Lead"), 0U);
  EXPECT_EQ(journal().effects(), 0U);
}

TEST_F(Collections, UpsertsByExternalIdAndTellsDuplicates) {
  const auto keyed = [](const char* last, const char* key) {
    return lead(last, {{"ChannelbridgeId__c", key}});
  };
  Answer answer =
      call("PATCH", "composite/sobjects/Lead/ChannelbridgeId__c",
           {{"records", {keyed("A", "1"), keyed("B", "2"), keyed("C", "2"), lead("D")}}});
  EXPECT_EQ(answer.body[0]["created"], true);
  EXPECT_EQ(answer.body[1]["errors"][0]["statusCode"], "DUPLICATE_VALUE");
  EXPECT_EQ(answer.body[2]["errors"][0]["statusCode"], "DUPLICATE_VALUE");
  EXPECT_EQ(answer.body[3]["errors"][0]["statusCode"], "MISSING_ARGUMENT");
  answer = call("PATCH", "composite/sobjects/Lead/ChannelbridgeId__c",
                {{"records", {keyed("A2", "1"), keyed("B", "2")}}});
  EXPECT_EQ(answer.body[0]["created"], false);
  EXPECT_EQ(answer.body[1]["created"], true);
  EXPECT_EQ(text_of(org().record(text_of(answer.body[0], "id")), "LastName"), "A2");
}

TEST_F(Collections, UpdatesDeletesAndReads) {
  const std::string a = create("Lead", {{"LastName", "A"}, {"Company", "x"}});
  const std::string b = create("Lead", {{"LastName", "B"}, {"Company", "x"}});
  Answer answer =
      call("PATCH", "composite/sobjects",
           {{"records",
             {{{"attributes", {{"type", "Lead"}}}, {"id", a}, {"Title", "CEO"}},
              {{"attributes", {{"type", "Lead"}}}, {"Id", "00QCb0000000000AAA"}, {"Title", "CEO"}},
              {{"attributes", {{"type", "Lead"}}}, {"Title", "CEO"}}}}});
  EXPECT_EQ(answer.body[0]["id"], a);
  EXPECT_EQ(answer.body[1]["errors"][0]["statusCode"], "MALFORMED_ID");
  EXPECT_EQ(answer.body[2]["errors"][0]["statusCode"], "MISSING_ARGUMENT");
  answer = call("GET", "composite/sobjects/Lead?ids=" + b + ",00QCb00000000zz&fields=Id,LastName");
  EXPECT_EQ(answer.body[0]["LastName"], "B");
  EXPECT_TRUE(answer.body[1].is_null());
  answer = call("DELETE", "composite/sobjects?ids=" + a + "," + b + "&allOrNone=false");
  EXPECT_EQ(answer.body[1]["success"], true);
  answer = call("DELETE", "composite/sobjects?ids=" + a);
  EXPECT_EQ(answer.body[0]["errors"][0]["statusCode"], "ENTITY_IS_DELETED");
}

TEST_F(Collections, TakesAtMostTwoHundredRecordsAndTenChunks) {
  Json records = Json::array();
  for (int i = 0; i < 201; ++i) records.push_back(lead("L" + std::to_string(i)));
  const Answer answer = call("POST", "composite/sobjects", {{"records", records}});
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(answer.code(), "EXCEEDED_ID_LIMIT");
  Json mixed = Json::array();
  for (int i = 0; i < 11; ++i) {
    mixed.push_back(i % 2 == 0 ? lead("L")
                               : Json{{"attributes", {{"type", "Account"}}}, {"Name", "A"}});
  }
  EXPECT_EQ(call("POST", "composite/sobjects", {{"records", mixed}}).status, 400);
  EXPECT_EQ(journal().effects(), 0U);
}

TEST_F(Collections, LocksRowsWhenToldTo) {
  faults().add(Fault{.kind = "row_lock", .match = "composite/sobjects", .value = 2});
  const Answer answer =
      call("POST", "composite/sobjects", {{"records", {lead("A"), lead("B"), lead("C")}}});
  EXPECT_EQ(answer.body[0]["success"], true);
  EXPECT_EQ(answer.body[1]["errors"][0]["statusCode"], "UNABLE_TO_LOCK_ROW");
  EXPECT_EQ(answer.body[2]["success"], true);
}

using CompositeCalls = SalesforceSandbox;

Json part(const char* method, const std::string& url, const char* reference,
          const Json& body = nullptr) {
  Json result{
      {"method", method}, {"url", "/services/data/v60.0/" + url}, {"referenceId", reference}};
  if (!body.is_null()) result["body"] = body;
  return result;
}

TEST_F(CompositeCalls, PassReferencesOn) {
  const Answer answer = call(
      "POST", "composite",
      {{"allOrNone", true},
       {"compositeRequest",
        {part("POST", "sobjects/Account", "acct", {{"Name", "Sample"}}),
         part("POST", "sobjects/Contact", "con",
              {{"LastName", "Smith"}, {"AccountId", "@{acct.id}"}}),
         part("GET", "query?q=SELECT+Id+FROM+Contact+WHERE+AccountId='@{acct.id}'", "found"),
         part("PATCH", "sobjects/Contact/@{found.records[0].Id}", "title", {{"Title", "CEO"}})}}});
  ASSERT_EQ(answer.status, 200) << answer.text;
  const Json& parts = answer.body["compositeResponse"];
  EXPECT_EQ(parts[0]["httpStatusCode"], 201);
  EXPECT_EQ(parts[0]["httpHeaders"]["Location"],
            "/services/data/v60.0/sobjects/Account/" + text_of(parts[0]["body"], "id"));
  EXPECT_EQ(parts[3]["httpStatusCode"], 204);
  EXPECT_TRUE(parts[3]["body"].is_null());
  EXPECT_EQ(text_of(org().record(text_of(parts[1]["body"], "id")), "Title"), "CEO");
}

TEST_F(CompositeCalls, RollBackTogetherAndNameTheCause) {
  const Answer answer =
      call("POST", "composite",
           {{"allOrNone", true},
            {"compositeRequest",
             {part("POST", "sobjects/Account", "a", {{"Name", "Sample"}}),
              part("POST", "sobjects/Contact", "b", {{"FirstName", "Nobody"}})}}});
  const Json& parts = answer.body["compositeResponse"];
  EXPECT_EQ(parts[0]["body"][0]["errorCode"], "PROCESSING_HALTED");
  EXPECT_EQ(parts[1]["body"][0]["errorCode"], "REQUIRED_FIELD_MISSING");
  EXPECT_EQ(org().count("Account"), 0U);
  EXPECT_EQ(journal().effects(), 0U);
}

TEST_F(CompositeCalls, HaltOnlyDependantsOtherwise) {
  const Answer answer = call(
      "POST", "composite",
      {{"compositeRequest",
        {part("GET", "sobjects/Foo", "foo"),
         part("POST", "sobjects/Contact", "b", {{"LastName", "X"}, {"AccountId", "@{foo.id}"}}),
         part("POST", "sobjects/Account", "c", {{"Name", "Sample"}})}}});
  const Json& parts = answer.body["compositeResponse"];
  EXPECT_EQ(dump_json(parts[0]["body"]),
            R"([{"message":"The requested resource does not exist","errorCode":"NOT_FOUND"}])");
  EXPECT_EQ(parts[0]["httpStatusCode"], 404);
  EXPECT_EQ(parts[1]["body"][0]["errorCode"], "PROCESSING_HALTED");
  EXPECT_EQ(parts[2]["httpStatusCode"], 201);
}

TEST_F(CompositeCalls, EachPartSpeaksItsOwnVersion) {
  create("Lead", {{"LastName", "A"}, {"Company", "x"}, {"ChannelbridgeId__c", "1"}});
  const auto upsert = [](const char* version) {
    return Json{
        {"method", "PATCH"},
        {"url", "/services/data/" + std::string(version) + "/sobjects/Lead/ChannelbridgeId__c/1"},
        {"referenceId", version[1] == '4' ? "old" : "other"},
        {"body", {{"Title", "CEO"}}}};
  };
  const Answer answer =
      call("POST", "composite", {{"compositeRequest", {upsert("v45.0"), upsert("v12.0")}}});
  EXPECT_EQ(answer.body["compositeResponse"][0]["httpStatusCode"], 204) << "200 since v46.0";
  EXPECT_EQ(answer.body["compositeResponse"][1]["httpStatusCode"], 404) << answer.text;
}

TEST_F(CompositeCalls, AReferenceToNullIsNullSinceVersion52) {
  const std::string lead = create("Lead", {{"LastName", "A"}, {"Company", "x"}});
  const auto status = [&](const std::string& version) {
    const Json parts = {
        part("GET", "sobjects/Lead/" + lead + "?fields=Title", "read"),
        part("PATCH", "sobjects/Lead/" + lead, "copy", {{"FirstName", "@{read.Title}"}})};
    return call("POST", "/services/data/" + version + "/composite", {{"compositeRequest", parts}})
        .body["compositeResponse"][1]["httpStatusCode"];
  };
  EXPECT_EQ(status("v52.0"), 204);
  EXPECT_EQ(status("v51.0"), 400);
}

TEST_F(CompositeCalls, TakeAtMostTwentyFiveParts) {
  Json parts = Json::array();
  for (int i = 0; i < 26; ++i) {
    parts.push_back(part("GET", "limits", ("r" + std::to_string(i)).c_str()));
  }
  EXPECT_EQ(call("POST", "composite", {{"compositeRequest", parts}}).status, 400);
  parts.erase(25);
  EXPECT_EQ(call("POST", "composite", {{"compositeRequest", parts}}).status, 200);
}

TEST_F(CompositeCalls, RunBatchesIndependently) {
  const Answer answer = call("POST", "composite/batch",
                             {{"batchRequests",
                               {{{"method", "GET"}, {"url", "v60.0/limits"}},
                                {{"method", "POST"},
                                 {"url", "v60.0/sobjects/Account"},
                                 {"richInput", {{"Name", "A"}}}}}}});
  EXPECT_EQ(answer.body["hasErrors"], false);
  EXPECT_EQ(answer.body["results"][1]["statusCode"], 201);
}

}  // namespace
}  // namespace channelbridge::sandbox::salesforce
