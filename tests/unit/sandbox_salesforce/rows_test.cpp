#include "client.hpp"

namespace channelbridge::sandbox::salesforce {
namespace {

using Rows = SalesforceSandbox;

TEST_F(Rows, CreatesReadsUpdatesAndDeletes) {
  const Answer created =
      call("POST", "sobjects/Lead",
           {{"LastName", "Berg"}, {"FirstName", "Åsa"}, {"Company", "Nordljus AB"}});
  ASSERT_EQ(created.status, 201) << created.text;
  const std::string id = text_of(created.body, "id");
  EXPECT_EQ(created.text, R"({"id":")" + id + R"(","success":true,"errors":[]})");
  EXPECT_EQ(created.headers.get("Location"), "/services/data/v60.0/sobjects/Lead/" + id);
  EXPECT_EQ(id.size(), 18U);

  const Answer read =
      call("GET", "sobjects/Lead/" + id.substr(0, 15) + "?fields=Name,Status,IsConverted");
  EXPECT_EQ(
      dump_json(read.body),
      R"({"attributes":{"type":"Lead","url":"/services/data/v60.0/sobjects/Lead/)" + id +
          R"("},"Name":"Åsa Berg","Status":"Open - Not Contacted","IsConverted":false,"Id":")" +
          id + R"("})");
  EXPECT_EQ(call("PATCH", "sobjects/Lead/" + id, {{"Title", "CEO"}, {"FirstName", nullptr}}).status,
            204);
  const Json all = call("GET", "sobjects/Lead/" + id).body;
  EXPECT_EQ(text_of(all, "Title"), "CEO");
  EXPECT_EQ(text_of(all, "Name"), "Berg");
  EXPECT_EQ(call("DELETE", "sobjects/Lead/" + id).status, 204);
  const Answer gone = call("PATCH", "sobjects/Lead/" + id, {{"Title", "CTO"}});
  EXPECT_EQ(gone.status, 404);
  EXPECT_EQ(gone.code(), "ENTITY_IS_DELETED");
  ASSERT_EQ(journal().effects(), 3U);
  EXPECT_EQ(journal().entries()[2].kind, EffectKind::Deleted);
  EXPECT_EQ(journal().entries()[1].user, kIntegrationUser);
}

TEST_F(Rows, AnswersWithTheLimitHeaderAndCountsCalls) {
  const Answer answer = call("GET", "sobjects");
  EXPECT_EQ(answer.headers.get("Sforce-Limit-Info"), "api-usage=1/100000");
  org().set_daily_calls(1);
  const Answer refused = call("GET", "sobjects");
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(refused.code(), "REQUEST_LIMIT_EXCEEDED");
  EXPECT_EQ(refused.message(), "TotalRequests Limit exceeded.");
}

struct Refused {
  const char* fields;
  const char* code;
  const char* field;
  const char* message;
};

TEST_F(Rows, RefusesWhatTheRealSystemRefuses) {
  create("Lead", {{"LastName", "A"}, {"Company", "B"}, {"ChannelbridgeId__c", "taken"}});
  const Refused kCases[] = {
      {R"({"LastName":"a","Company":"b","Foo":1})", "INVALID_FIELD", "",
       "No such column 'Foo' on sobject of type Lead"},
      {R"({"LastName":"a"})", "REQUIRED_FIELD_MISSING", "Company",
       "Required fields are missing: [Company]"},
      {R"({"LastName":"a","Company":"  "})", "REQUIRED_FIELD_MISSING", "Company",
       "Required fields are missing: [Company]"},
      {R"({"LastName":"a","Company":"b","CompanyDunsNumber":"1234567890"})", "STRING_TOO_LONG",
       "CompanyDunsNumber",
       "Company D-U-N-S Number: data value too large: 1234567890 (max length=9)"},
      {R"({"LastName":"a","Company":"b","Email":"123"})", "INVALID_EMAIL_ADDRESS", "Email",
       "Email: invalid email address: 123"},
      {R"({"LastName":"a","Company":"b","CleanStatus":"Shiny"})",
       "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", "CleanStatus",
       "Clean Status: bad value for restricted picklist field: Shiny"},
      {R"({"LastName":"a","Company":"b","CreatedDate":"2026-01-01T00:00:00Z"})",
       "INVALID_FIELD_FOR_INSERT_UPDATE", "CreatedDate", ""},
      {R"({"LastName":"a","Company":"b","AnnualRevenue":12345678901234567890123})",
       "NUMBER_OUTSIDE_VALID_RANGE", "AnnualRevenue", ""},
      {R"({"LastName":"a","Company":"b","AnnualRevenue":"many"})", "JSON_PARSER_ERROR", "", ""},
      {R"({"LastName":"a","Company":"b","OwnerId":"nobody"})", "MALFORMED_ID", "OwnerId", ""},
      {R"({"LastName":"a","Company":"b","Partner__c":"001Cb0000000zzzAAA"})", "MALFORMED_ID",
       "Partner__c", ""},
      {R"({"LastName":"a","Company":"b","Partner__c":"001Cb0000000zzz"})",
       "INVALID_CROSS_REFERENCE_KEY", "", "invalid cross reference id"},
      {R"({"LastName":"a","Company":"b","ChannelbridgeId__c":"TAKEN"})", "DUPLICATE_VALUE", "", ""},
      {R"({"LastName":"a","Company":"b")", "JSON_PARSER_ERROR", "", ""},
  };
  const std::uint64_t before = journal().effects();
  for (const Refused& refused : kCases) {
    const Answer answer = send("POST", "sobjects/Lead", refused.fields);
    EXPECT_EQ(answer.status, 400) << refused.fields << answer.text;
    EXPECT_EQ(answer.code(), refused.code) << refused.fields << answer.text;
    if (*refused.message != '\0') {
      EXPECT_EQ(answer.message(), refused.message);
    }
    if (*refused.field != '\0') {
      EXPECT_EQ(answer.body[0]["fields"], Json::array({refused.field})) << answer.text;
    }
  }
  EXPECT_EQ(journal().effects(), before);
}

TEST_F(Rows, NormalisesWhatItStores) {
  const std::string id = create(
      "Lead",
      *parse_json(R"({"LastName":"  Berg ","Company":"x","Title":"","AnnualRevenue":1234567.5,
      "Estimated_Value__c":10.005,"NumberOfEmployees":"12","Next_Contact_At__c":"2026-03-01T12:00:00.750+02:00"})"));
  const Answer read =
      call("GET", "sobjects/Lead/" + id +
                      "?fields=LastName,Title,AnnualRevenue,Estimated_Value__c,NumberOfEmployees,"
                      "Next_Contact_At__c,Latitude");
  EXPECT_NE(
      read.text.find(
          R"("LastName":"Berg","Title":null,"AnnualRevenue":1234568.0,"Estimated_Value__c":10.01,)"
          R"("NumberOfEmployees":12,"Next_Contact_At__c":"2026-03-01T10:00:00.000+0000","Latitude":null)"),
      std::string::npos)
      << read.text;
  EXPECT_EQ(
      call("PATCH", "sobjects/Lead/" + id, *parse_json(R"({"AnnualRevenue":12345678})")).status,
      204);
  EXPECT_NE(call("GET", "sobjects/Lead/" + id).text.find("\"AnnualRevenue\":1.2345678E7"),
            std::string::npos);
}

TEST_F(Rows, UpsertsByExternalId) {
  const Answer created =
      call("PATCH", "sobjects/Account/ChannelbridgeId__c/a%2Fb", {{"Name", "Nordljus"}});
  EXPECT_EQ(created.status, 201);
  EXPECT_EQ(created.body["created"], true);
  const std::string id = text_of(created.body, "id");
  const Answer updated =
      call("PATCH", "sobjects/Account/ChannelbridgeId__c/a%2Fb", {{"Name", "Nordljus AB"}});
  EXPECT_EQ(updated.status, 200);
  EXPECT_EQ(dump_json(updated.body),
            R"({"id":")" + id + R"(","success":true,"errors":[],"created":false})");
  base = "/services/data/v45.0/";
  const Answer old_version =
      call("PATCH", "sobjects/Account/ChannelbridgeId__c/a%2Fb", {{"Name", "Nordljus"}});
  EXPECT_EQ(old_version.status, 204);
  EXPECT_EQ(old_version.text, "");
  base = "/services/data/v60.0/";
  EXPECT_EQ(text_of(call("GET", "sobjects/Account/ChannelbridgeId__c/A%2FB").body, "Id"), id);
  const Answer unknown = call("PATCH", "sobjects/Account/Namez/x", {{"Name", "y"}});
  EXPECT_EQ(unknown.status, 404);
  EXPECT_EQ(unknown.message(),
            "Provided external ID field does not exist or is not accessible: Namez");
  EXPECT_EQ(
      call("PATCH", "sobjects/Account/ChannelbridgeId__c/none?updateOnly=true", {{"Name", "y"}})
          .status,
      404);
  EXPECT_EQ(call("PATCH", "sobjects/Account/ChannelbridgeId__c/v",
                 {{"Name", "y"}, {"ChannelbridgeId__c", "v"}})
                .code(),
            "INVALID_FIELD");
  EXPECT_EQ(journal().entries()[0].correlation, "a/b");
}

TEST_F(Rows, ListsAllMatchesOfAnExternalIdThatIsNotUnique) {
  for (const char* name : {"A", "B"})
    create("Contact", {{"LastName", name}, {"Email", "same@example.com"}});
  const Answer answer =
      call("PATCH", "sobjects/Contact/Email/same@example.com", {{"LastName", "C"}});
  EXPECT_EQ(answer.status, 300);
  ASSERT_EQ(answer.body.size(), 2U);
  EXPECT_TRUE(
      answer.body[0].get<std::string>().starts_with("/services/data/v60.0/sobjects/Contact/003"));
  EXPECT_EQ(journal().effects(), 2U);
}

TEST_F(Rows, RelatesByTheParentsExternalId) {
  const std::string account =
      create("Account", {{"Name", "Nordljus"}, {"ChannelbridgeId__c", "P-77"}});
  const std::string contact =
      create("Contact", {{"LastName", "Berg"}, {"Account", {{"ChannelbridgeId__c", "P-77"}}}});
  EXPECT_EQ(text_of(org().record(contact), "AccountId"), account);
  const Answer missing = call("POST", "sobjects/Contact",
                              {{"LastName", "B"}, {"Account", {{"ChannelbridgeId__c", "P-78"}}}});
  EXPECT_EQ(
      missing.message(),
      "Foreign key external ID: p-78 not found for field ChannelbridgeId__c in entity Account");
}

TEST_F(Rows, HonoursConditionsAndTagsAccountsOnly) {
  const std::string id = create("Account", {{"Name", "Nordljus"}});
  const Answer read = call("GET", "sobjects/Account/" + id);
  const std::string tag = read.headers.get("ETag");
  ASSERT_FALSE(tag.empty());
  EXPECT_EQ(call("GET", "sobjects/Account/" + id, nullptr, {{"If-None-Match", tag}}).status, 304);
  advance(std::chrono::seconds(5));
  EXPECT_EQ(
      call("PATCH", "sobjects/Account/" + id, {{"Site", "Kiruna"}}, {{"If-Match", tag}}).status,
      204);
  EXPECT_EQ(call("PATCH", "sobjects/Account/" + id, {{"Site", "Umeå"}}, {{"If-Match", tag}}).status,
            412);
  EXPECT_EQ(call("PATCH", "sobjects/Account/" + id, {{"Site", "Umeå"}},
                 {{"If-Unmodified-Since", read.headers.get("Last-Modified")}})
                .status,
            412);
  const std::string lead = create("Lead", {{"LastName", "a"}, {"Company", "b"}});
  EXPECT_FALSE(call("GET", "sobjects/Lead/" + lead).headers.find("ETag"));
}

TEST_F(Rows, AnswersUnknownThingsWithNotFound) {
  for (const char* target : {"sobjects/Banana", "sobjects/Lead/23foo",
                             "/services/data/v99.0/sobjects", "jobs", "/nothing"}) {
    const Answer answer = call("GET", target);
    EXPECT_EQ(answer.status, 404) << target;
    EXPECT_EQ(answer.code(), "NOT_FOUND") << target;
  }
  EXPECT_EQ(call("PUT", "sobjects/Lead").status, 405);
}

}  // namespace
}  // namespace channelbridge::sandbox::salesforce
