#include <thread>

#include "client.hpp"

namespace channelbridge::sandbox::salesforce {
namespace {

using Lifecycle = SalesforceSandbox;

const char* const kOther = "anna@sandbox.example";

TEST_F(Lifecycle, StampsEveryChangeWithItsUserAndSecond) {
  const std::string id = create("Lead", {{"LastName", "Berg"}, {"Company", "x"}});
  const Json before = org().record(id);
  advance(std::chrono::seconds(3));
  ASSERT_TRUE(org().edit(id, {{"Title", "CEO"}}, {.user = kOther}));
  const Json after = org().record(id);
  EXPECT_EQ(before["CreatedDate"], after["CreatedDate"]);
  EXPECT_LT(text_of(before, "SystemModstamp"), text_of(after, "SystemModstamp"));
  EXPECT_TRUE(text_of(after, "SystemModstamp").ends_with(".000+0000"));
  EXPECT_EQ(after["SystemModstamp"], after["LastModifiedDate"]);
  EXPECT_NE(before["LastModifiedById"], after["LastModifiedById"]);
  EXPECT_EQ(column("SELECT Id, LastModifiedBy.Name FROM Lead WHERE LastModifiedBy.Username = '" +
                       std::string(kOther) + "'",
                   "Id"),
            id);
  EXPECT_EQ(journal().effects(), 1U) << "edits at the screen are no requests";
}

TEST_F(Lifecycle, ShowsDeletedAndMergedRecordsOnlyToQueryAll) {
  const std::string winner = create("Account", {{"Name", "Nordljus AB"}});
  const std::string loser = create("Account", {{"Name", "Nordljus"}});
  const std::string contact = create("Contact", {{"LastName", "Berg"}, {"AccountId", loser}});
  ASSERT_TRUE(org().merge(winner, loser));
  EXPECT_EQ(column("SELECT Id FROM Account", "Id"), winner);
  EXPECT_EQ(text_of(org().record(contact), "AccountId"), winner);
  const Answer all = query(
      "SELECT Id, IsDeleted, MasterRecordId FROM Account WHERE IsDeleted = true", {}, "queryAll");
  ASSERT_EQ(all.body["totalSize"], 1);
  EXPECT_EQ(all.body["records"][0]["Id"], loser);
  EXPECT_EQ(all.body["records"][0]["MasterRecordId"], winner);

  ASSERT_TRUE(org().remove(winner));
  EXPECT_EQ(org().count("Contact"), 0U) << "contacts go with their account";
  ASSERT_TRUE(org().undelete(winner));
  EXPECT_EQ(org().count("Account"), 1U);
}

TEST_F(Lifecycle, LocksAConvertedLead) {
  const std::string id =
      create("Lead", {{"LastName", "Berg"}, {"Company", "Nordljus"}, {"Email", "b@example.com"}});
  const Result<ConvertedLead> converted = org().convert_lead(id);
  ASSERT_TRUE(converted) << converted.error();
  const Json lead = org().record(id);
  EXPECT_EQ(lead["IsConverted"], true);
  EXPECT_EQ(lead["Status"], "Closed - Converted");
  EXPECT_EQ(lead["ConvertedAccountId"], converted->account_id);
  EXPECT_EQ(text_of(org().record(converted->contact_id), "Email"), "b@example.com");
  EXPECT_EQ(text_of(org().record(converted->opportunity_id), "Name"), "Nordljus");
  const Answer refused = call("PATCH", "sobjects/Lead/" + id, {{"Title", "CEO"}});
  EXPECT_EQ(refused.status, 400);
  EXPECT_EQ(refused.code(), "CANNOT_UPDATE_CONVERTED_LEAD");
  EXPECT_FALSE(org().convert_lead(id));
}

TEST_F(Lifecycle, ListsChangedAndDeletedIdsByTheMinute) {
  sandbox.desk->clock->set(*parse_iso8601("2026-03-01T12:00:30Z"));
  token = org().access_token(kIntegrationUser);
  const std::string kept = create("Lead", {{"LastName", "A"}, {"Company", "x"}});
  const std::string gone = create("Lead", {{"LastName", "B"}, {"Company", "x"}});
  call("DELETE", "sobjects/Lead/" + gone);
  advance(std::chrono::minutes(5));
  const std::string window =
      "?start=2026-03-01T12%3A00%3A45%2B00%3A00&end=2026-03-01T12%3A05%3A00%2B00%3A00";
  const Answer updated = call("GET", "sobjects/Lead/updated/" + window);
  EXPECT_EQ(updated.text,
            R"({"ids":[")" + kept + R"("],"latestDateCovered":"2026-03-01T12:05:00.000+0000"})");
  const Answer deleted = call("GET", "sobjects/Lead/deleted/" + window);
  EXPECT_EQ(deleted.body["deletedRecords"][0]["id"], gone);
  EXPECT_EQ(deleted.body["deletedRecords"][0]["deletedDate"], "2026-03-01T12:00:30.000+0000");
  EXPECT_EQ(
      call("GET", "sobjects/Lead/updated/?start=2026-03-01T12:00:00Z&end=2026-03-01T12:00:59Z")
          .code(),
      "INVALID_REPLICATION_DATE");
  EXPECT_EQ(
      call("GET", "sobjects/Lead/updated/?start=2026-01-01T12:00:00Z&end=2026-03-01T12:00:00Z")
          .code(),
      "INVALID_REPLICATION_DATE");
}

TEST_F(Lifecycle, HidesALateCommitThatKeepsItsOlderStamp) {
  const std::string early = create("Lead", {{"LastName", "Early"}, {"Company", "x"}});
  ASSERT_TRUE(org().insert("Lead", {{"LastName", "Late"}, {"Company", "x"}},
                           {.visible_after = std::chrono::seconds(30)}));
  ASSERT_TRUE(
      org().edit(early, {{"Title", "changed late"}}, {.visible_after = std::chrono::seconds(30)}));
  advance(std::chrono::seconds(10));
  const std::string after = create("Lead", {{"LastName", "After"}, {"Company", "x"}});
  EXPECT_EQ(column("SELECT LastName FROM Lead ORDER BY SystemModstamp, Id", "LastName"),
            "Early,After");
  EXPECT_EQ(column("SELECT Title FROM Lead WHERE LastName = 'Early'", "Title"), "null");
  EXPECT_EQ(call("PATCH", "sobjects/Lead/" + early, {{"Title", "x"}}).code(), "UNABLE_TO_LOCK_ROW");
  advance(std::chrono::seconds(25));
  EXPECT_EQ(column("SELECT LastName FROM Lead ORDER BY SystemModstamp, Id", "LastName"),
            "Early,Late,After");
  EXPECT_EQ(column("SELECT Title FROM Lead WHERE LastName = 'Early'", "Title"), "changed late");
}

TEST_F(Lifecycle, HoldsARequestsCommitOpenAsAFault) {
  faults().add(Fault{
      .kind = "late_commit", .match = "POST /services/data/v60.0/sobjects/Lead", .value = 600});
  std::thread writer([&] {
    Poco::Net::HTTPClientSession other("127.0.0.1", sandbox.server->port());
    Poco::Net::HTTPRequest request("POST", base + "sobjects/Lead", "HTTP/1.1");
    request.set("Authorization", "Bearer " + token);
    request.setContentType("application/json");
    const std::string body = R"({"LastName":"Late","Company":"x"})";
    request.setContentLength(static_cast<std::streamsize>(body.size()));
    other.sendRequest(request) << body;
    Poco::Net::HTTPResponse response;
    other.receiveResponse(response);
    EXPECT_EQ(response.getStatus(), 201);
  });
  while (org().count("Lead") == 0) std::this_thread::yield();
  EXPECT_EQ(query("SELECT count() FROM Lead").body["totalSize"], 0);
  writer.join();
  EXPECT_EQ(query("SELECT count() FROM Lead").body["totalSize"], 1);
}

TEST_F(Lifecycle, DescribesItselfWithTheOverlay) {
  const Json lead = call("GET", "sobjects/Lead/describe").body;
  const Json& fields = lead["fields"];
  const auto found = std::find_if(fields.begin(), fields.end(), [](const Json& field) {
    return field["name"] == "ChannelbridgeId__c";
  });
  ASSERT_NE(found, fields.end());
  EXPECT_EQ((*found)["externalId"], true);
  EXPECT_EQ((*found)["soapType"], "xsd:string");
  EXPECT_EQ(found->size(), fields[0].size())
      << "an overlay field has every member that a captured one has";
  EXPECT_EQ(lead["urls"]["describe"], "/services/data/v60.0/sobjects/Lead/describe");
  EXPECT_EQ(call("GET", "sobjects").body["maxBatchSize"], 200);
  token.clear();
  const Json versions = call("GET", "/services/data").body;
  EXPECT_EQ(dump_json(versions.back()),
            R"({"label":"Summer '26","url":"/services/data/v67.0","version":"67.0"})");
}

TEST_F(Lifecycle, ARequestLineWithItsHeadersHasALimit) {
  const std::string soql = "SELECT Id FROM Lead WHERE LastName = '" + std::string(16000, 'x') + "'";
  EXPECT_EQ(query(soql).status, 200);
  const Answer answer = query(soql, {{"X-Padding", std::string(300, 'y')}});
  EXPECT_EQ(answer.status, 431);
  EXPECT_EQ(answer.text,
            "<h1>Bad Message 431</h1><pre>reason: Request Header Fields Too Large</pre>");
  EXPECT_EQ(query("SELECT Id FROM Lead").status, 200);
}

TEST_F(Lifecycle, AGatewayLosesTheAnswerAndNotTheEffect) {
  faults().add(Fault{.kind = "bad_gateway", .match = "POST"});
  const Answer answer = call("POST", "sobjects/Account", {{"Name", "Nordljus"}});
  EXPECT_EQ(answer.status, 502);
  EXPECT_TRUE(answer.headers.get("Content-Type").starts_with("text/html"));
  EXPECT_EQ(org().count("Account"), 1U);
  EXPECT_EQ(journal().effects(), 1U);
}

TEST_F(Lifecycle, AnswersFaultsInItsOwnWords) {
  faults().add(Fault{.kind = "rate_limit", .match = "/query", .value = 7});
  Answer answer = query("SELECT Id FROM Lead");
  EXPECT_EQ(answer.status, 403);
  EXPECT_EQ(answer.code(), "REQUEST_LIMIT_EXCEEDED");
  EXPECT_EQ(answer.headers.get("Retry-After"), "7");
  faults().add(Fault{.kind = "too_many_requests", .value = 9});
  answer = query("SELECT Id FROM Lead");
  EXPECT_EQ(answer.status, 429);
  EXPECT_EQ(answer.headers.get("Retry-After"), "9");
  faults().add(Fault{.kind = "unavailable"});
  answer = query("SELECT Id FROM Lead");
  EXPECT_EQ(answer.status, 503);
  EXPECT_TRUE(answer.headers.get("Content-Type").starts_with("text/html"));
  faults().add(Fault{.kind = "expire_sessions"});
  answer = query("SELECT Id FROM Lead");
  EXPECT_EQ(answer.status, 401);
  EXPECT_EQ(dump_json(answer.body),
            R"([{"message":"Session expired or invalid","errorCode":"INVALID_SESSION_ID"}])");
}

}  // namespace
}  // namespace channelbridge::sandbox::salesforce
