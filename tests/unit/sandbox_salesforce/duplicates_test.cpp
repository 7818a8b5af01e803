#include "client.hpp"

namespace channelbridge::sandbox::salesforce {
namespace {

class DuplicateRules : public SalesforceSandbox {
 protected:
  DuplicateRules() {
    there = create("Contact", {{"LastName", "Berg"}, {"Email", "anna@example.com"}});
    EXPECT_EQ(admin(R"({"object":"contact","fields":["email"]})").status, 204);
  }

  Answer admin(const std::string& rule) { return send("POST", "/__sandbox/duplicate_rules", rule); }
  Answer again(const Headers& headers = {}) {
    return call("POST", "sobjects/Contact", {{"LastName", "B"}, {"Email", "ANNA@example.com"}},
                headers);
  }

  std::string there{};
};

TEST_F(DuplicateRules, NameTheRecordsThatAreInTheWay) {
  const Answer answer = again();
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(
      answer.text,
      R"([{"message":"Use one of these records?","errorCode":"DUPLICATES_DETECTED","duplicateResult":)"
      R"({"allowSave":true,"duplicateRule":"Standard_Contact_Duplicate_Rule","duplicateRuleEntityType":"Contact","errorMessage":"Use one of these records?",)"
      R"("matchResults":[{"entityType":"Contact","errors":[],"matchEngine":"FuzzyMatchEngine",)"
      R"("matchRecords":[{"additionalInformation":[],"fieldDiffs":[],"matchConfidence":100.0,"record":{"attributes":{"type":"Contact","url":"/services/data/v60.0/sobjects/Contact/)" +
          there + R"("},"Id":")" + there +
          R"("}}],"rule":"Standard_Contact_Match_Rule_v1_1","size":1,"success":true}]}}])");
  EXPECT_EQ(org().count("Contact"), 1U);
  EXPECT_EQ(journal().effects(), 1U);
  const Answer detailed =
      again({{"Sforce-Duplicate-Rule-Header", "allowSave=false; includeRecordDetails=true"}});
  const Json& match = detailed.body[0]["duplicateResult"]["matchResults"][0]["matchRecords"][0];
  EXPECT_EQ(match["record"]["LastName"], "Berg");
  base = "/services/data/v54.0/";
  EXPECT_TRUE(again().body[0].contains("duplicateResut")) << "as that version spelt it";
}

TEST_F(DuplicateRules, AnAlertIsPassedByTheHeaderAndABlockIsNot) {
  const Headers pass{{"Sforce-Duplicate-Rule-Header", "allowSave=true"}};
  base = "/services/data/v51.0/";
  EXPECT_EQ(again(pass).code(), "DUPLICATES_DETECTED") << "the header came with v52.0";
  base = "/services/data/v60.0/";
  EXPECT_EQ(again(pass).status, 201);
  EXPECT_EQ(admin(R"({"object":"Contact","fields":["Email"],"block":true,"message":"No."})").status,
            204);
  const Answer blocked = again(pass);
  EXPECT_EQ(blocked.message(), "No.");
  EXPECT_EQ(blocked.body[0]["duplicateResult"]["allowSave"], false);
  EXPECT_EQ(send("DELETE", "/__sandbox/duplicate_rules", "").status, 204);
  EXPECT_EQ(again().status, 201);
}

TEST_F(DuplicateRules, LookAtUpdatesOfTheirFieldsOnly) {
  ASSERT_TRUE(org().insert("Contact", {{"LastName", "Ek"}, {"Email", "anna@example.com"}}));
  EXPECT_EQ(call("PATCH", "sobjects/Contact/" + there, {{"Title", "CEO"}}).status, 204);
  EXPECT_EQ(call("PATCH", "sobjects/Contact/" + there, {{"Email", "anna@example.com"}}).code(),
            "DUPLICATES_DETECTED");
  EXPECT_EQ(call("PATCH", "sobjects/Contact/" + there, {{"Email", nullptr}}).status, 204);
}

TEST_F(DuplicateRules, ShowNoRecordsInCollectionsAndSpareTheRecordsOfOneCall) {
  const auto contact = [](const char* email) {
    return Json{{"attributes", {{"type", "Contact"}}}, {"LastName", "X"}, {"Email", email}};
  };
  const Answer answer = call(
      "POST", "composite/sobjects",
      {{"records",
        {contact("anna@example.com"), contact("new@example.com"), contact("new@example.com")}}});
  EXPECT_EQ(
      dump_json(answer.body[0]),
      R"({"success":false,"errors":[{"statusCode":"DUPLICATES_DETECTED","message":"Use one of these records?","fields":[]}]})");
  EXPECT_EQ(answer.body[1]["success"], true);
  EXPECT_EQ(answer.body[2]["success"], true);
}

TEST_F(DuplicateRules, AreOfObjectsAndFieldsThatThereAre) {
  EXPECT_EQ(admin(R"({"object":"Foo","fields":["Email"]})").status, 400);
  EXPECT_EQ(admin(R"({"object":"Lead","fields":["Foo"]})").status, 400);
  EXPECT_EQ(admin(R"({"object":"Lead"})").status, 400);
  EXPECT_EQ(admin("no JSON").status, 400);
}

}  // namespace
}  // namespace channelbridge::sandbox::salesforce
