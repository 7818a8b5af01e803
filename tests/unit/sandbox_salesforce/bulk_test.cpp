#include "client.hpp"

namespace channelbridge::sandbox::salesforce {
namespace {

class BulkSandbox : public SalesforceSandbox {
 protected:
  using SalesforceSandbox::SalesforceSandbox;

  static OrgOptions slow() {
    OrgOptions given = options();
    given.bulk_step = std::chrono::seconds(10);
    return given;
  }
  static OrgOptions small_quota() {
    OrgOptions given = options();
    given.daily_query_jobs = 1;
    return given;
  }

  std::string open_job(const Json& more = Json::object()) {
    Json body{{"object", "Lead"}, {"operation", "insert"}, {"contentType", "CSV"}};
    body.update(more);
    const Answer answer = call("POST", "jobs/ingest", body);
    EXPECT_EQ(answer.status, 200) << answer.text;
    return text_of(answer.body, "id");
  }
  Answer upload(const std::string& id, const std::string& csv) {
    return send("PUT", "jobs/ingest/" + id + "/batches", csv, {{"Content-Type", "text/csv"}});
  }
  Answer close(const std::string& id) {
    return call("PATCH", "jobs/ingest/" + id, {{"state", "UploadComplete"}});
  }
  /// Uploads and closes; the job as it is then.
  Json run(const std::string& csv, const Json& more = Json::object()) {
    job = open_job(more);
    EXPECT_EQ(upload(job, csv).status, 201);
    EXPECT_EQ(close(job).status, 200);
    return call("GET", "jobs/ingest/" + job).body;
  }
  std::string results(const char* list) {
    return call("GET", "jobs/ingest/" + job + "/" + list).text;
  }
  static Json upsert() {
    return {{"operation", "upsert"}, {"externalIdFieldName", "ChannelbridgeId__c"}};
  }
  std::string export_job(const std::string& soql, const char* operation = "query") {
    const Answer answer = call("POST", "jobs/query", {{"operation", operation}, {"query", soql}});
    EXPECT_EQ(answer.status, 200) << answer.text;
    return text_of(answer.body, "id");
  }

  std::string job{};
};

TEST_F(BulkSandbox, AnOpenJobTellsWhereItsDataGo) {
  const Answer answer = call("POST", "jobs/ingest", {{"object", "Lead"}, {"operation", "insert"}});
  ASSERT_EQ(answer.status, 200) << answer.text;
  EXPECT_EQ(answer.body["state"], "Open");
  EXPECT_EQ(answer.body["jobType"], "V2Ingest");
  EXPECT_EQ(answer.body["concurrencyMode"], "Parallel");
  EXPECT_EQ(number_text(answer.body["apiVersion"]), "60.0");
  const std::string id = text_of(answer.body, "id");
  EXPECT_TRUE(id.starts_with("750"));
  EXPECT_EQ(answer.body["contentUrl"], "services/data/v60.0/jobs/ingest/" + id + "/batches");
  EXPECT_FALSE(close(id).status == 200) << "it holds no data";
}

TEST_F(BulkSandbox, StatesFollowEachOtherInTime) {
  Sandbox other = std::move(Sandbox::start(slow()).value());
  std::swap(sandbox, other);
  session.reset();
  session.setPort(sandbox.server->port());
  token = org().access_token(kIntegrationUser);
  EXPECT_EQ(text_of(run("LastName,Company\nA,x\n"), "state"), "UploadComplete");
  EXPECT_EQ(call("GET", "jobs/ingest/" + job + "/successfulResults").code(), "INVALIDJOBSTATE");
  advance(std::chrono::seconds(10));
  EXPECT_EQ(call("GET", "jobs/ingest/" + job).body["state"], "InProgress");
  EXPECT_EQ(org().count("Lead"), 0U);
  advance(std::chrono::seconds(10));
  EXPECT_EQ(call("GET", "jobs/ingest/" + job).body["state"], "JobComplete");
  EXPECT_EQ(org().count("Lead"), 1U);
}

TEST_F(BulkSandbox, EveryRowIsInOneOfTheResults) {
  const Json done =
      run("LastName,Company,Email,ChannelbridgeId__c\n"
          "A,\"Nordljus, \"\"AB\"\"\",,1\nB,x,bad,2\nC,\"two\nlines\",,3\n",
          upsert());
  EXPECT_EQ(done["state"], "JobComplete");
  EXPECT_EQ(done["numberRecordsProcessed"], 3);
  EXPECT_EQ(done["numberRecordsFailed"], 1);
  const Json lead = org().records("Lead")[1];
  EXPECT_EQ(lead["Company"], "two\nlines");
  EXPECT_EQ(results("successfulResults"),
            "\"sf__Id\",\"sf__Created\",\"LastName\",\"Company\",\"Email\",\"ChannelbridgeId__c\"\n"
            "\"" +
                text_of(org().records("Lead")[0], "Id") +
                "\",\"true\",\"A\",\"Nordljus, \"\"AB\"\"\",\"\",\"1\"\n\"" + text_of(lead, "Id") +
                "\",\"true\",\"C\",\"two\nlines\",\"\",\"3\"\n");
  EXPECT_EQ(results("failedResults"),
            "\"sf__Id\",\"sf__Error\",\"LastName\",\"Company\",\"Email\",\"ChannelbridgeId__c\"\n"
            "\"\",\"INVALID_EMAIL_ADDRESS:Email: invalid email address: bad:Email "
            "--\",\"B\",\"x\",\"bad\",\"2\"\n");
  EXPECT_EQ(results("unprocessedrecords"),
            "\"LastName\",\"Company\",\"Email\",\"ChannelbridgeId__c\"\n");
  EXPECT_EQ(journal().effects(), 2U);
}

TEST_F(BulkSandbox, AnUpsertMeetsItsRecordAndAnEmptyValueSaysNothing) {
  run("LastName,Company,Email,ChannelbridgeId__c\nA,x,a@b.example,1\n", upsert());
  run("LastName,Company,Email,ChannelbridgeId__c\nA2,,,1\nB,x,,2\nC,x,,2\n", upsert());
  EXPECT_NE(results("successfulResults").find("\"false\",\"A2\""), std::string::npos);
  EXPECT_NE(results("failedResults").find("DUPLICATE_VALUE"), std::string::npos)
      << "two rows of one save share their external id";
  EXPECT_EQ(org().count("Lead"), 1U);
  EXPECT_EQ(org().records("Lead")[0]["Email"], "a@b.example");
  const std::string id = text_of(org().records("Lead")[0], "Id");
  run("Id,Email\n" + id + ",#N/A\n", {{"operation", "update"}});
  EXPECT_EQ(org().records("Lead")[0]["Email"], nullptr);
  EXPECT_EQ(org().records("Lead")[0]["LastName"], "A2");
}

TEST_F(BulkSandbox, AFileThatIsNotAsDeclaredFailsTheJobBeforeItsFirstRow) {
  const auto error = [&](const std::string& csv, const Json& more = Json::object()) {
    const Json done = run(csv, more);
    EXPECT_EQ(done["state"], "Failed") << csv;
    EXPECT_EQ(org().count("Lead"), 0U);
    return text_of(done, "errorMessage");
  };
  EXPECT_EQ(error("LastName,Shoe\nA,4\n"), "InvalidBatch : Field name not found : Shoe");
  EXPECT_NE(error("LastName,Company\r\nA,x\r\n").find("LineEnding is invalid"), std::string::npos);
  EXPECT_NE(error("LastName,Company\nA,x\n", {{"lineEnding", "CRLF"}}).find("LineEnding"),
            std::string::npos);
  EXPECT_NE(error("LastName,Company\nA\n").find("number of columns"), std::string::npos);
  EXPECT_NE(error("LastName,Company\nA, \"x\"\n").find("quote"), std::string::npos);
  EXPECT_NE(error("LastName;Company\nA;x\n").find("Field name not found"), std::string::npos);
  EXPECT_EQ(run("LastName;Company\r\nA;x\r\n",
                {{"columnDelimiter", "SEMICOLON"}, {"lineEnding", "CRLF"}})["state"],
            "JobComplete");
}

TEST_F(BulkSandbox, RefusesJobsThatItCannotRun) {
  const auto code = [&](const Json& body) { return call("POST", "jobs/ingest", body).code(); };
  EXPECT_EQ(code({{"object", "Shoe"}, {"operation", "insert"}}), "INVALIDJOB");
  EXPECT_EQ(code({{"object", "Lead"}, {"operation", "merge"}}), "INVALIDJOB");
  EXPECT_EQ(code({{"object", "Lead"}, {"operation", "upsert"}}), "INVALIDJOB");
  EXPECT_EQ(code({{"object", "Lead"}, {"operation", "upsert"}, {"externalIdFieldName", "Company"}}),
            "INVALIDJOB");
  EXPECT_EQ(code({{"object", "Lead"}, {"operation", "hardDelete"}}), "FEATURENOTENABLED");
  job = open_job();
  EXPECT_EQ(send("PUT", "jobs/ingest/" + job + "/batches", "LastName\nA\n").status, 415);
  EXPECT_EQ(upload(job, "LastName,Company\nA,x\n").status, 201);
  EXPECT_EQ(upload(job, "LastName,Company\nB,x\n").code(), "CLIENTINPUTERROR");
  EXPECT_EQ(close(job).status, 200);
  EXPECT_EQ(close(job).code(), "INVALIDJOBSTATE");
  EXPECT_EQ(call("GET", "jobs/ingest/750000000000999AAA").status, 404);
}

TEST_F(BulkSandbox, AJobThatFailsHalfWayKeepsWhatItHasDone) {
  faults().add({.kind = "bulk_fail", .match = "PATCH", .value = 2});
  const Json done = run("LastName,Company\nA,x\nB,x\nC,x\n");
  EXPECT_EQ(done["state"], "Failed");
  EXPECT_EQ(done["numberRecordsProcessed"], 2);
  EXPECT_EQ(org().count("Lead"), 2U);
  EXPECT_EQ(results("unprocessedrecords"), "\"LastName\",\"Company\"\n\"C\",\"x\"\n");
}

TEST_F(BulkSandbox, AJobThatStandsStillCanBeAborted) {
  faults().add({.kind = "bulk_stall", .match = "PATCH", .value = 1});
  EXPECT_EQ(run("LastName,Company\nA,x\nB,x\n")["state"], "InProgress");
  EXPECT_EQ(call("GET", "jobs/ingest/" + job).body["state"], "InProgress");
  EXPECT_EQ(call("DELETE", "jobs/ingest/" + job).code(), "INVALIDJOBSTATE");
  EXPECT_EQ(call("PATCH", "jobs/ingest/" + job, {{"state", "Aborted"}}).status, 200);
  EXPECT_EQ(org().count("Lead"), 1U);
  EXPECT_EQ(results("unprocessedrecords"), "\"LastName\",\"Company\"\n\"B\",\"x\"\n");
  EXPECT_EQ(call("DELETE", "jobs/ingest/" + job).status, 204);
  EXPECT_EQ(call("GET", "jobs/ingest/" + job).status, 404);
}

TEST_F(BulkSandbox, AQueryIsReadPageByPageAndItsLocatorsStand) {
  for (const char* name : {"A", "B", "C"})
    create("Lead", {{"LastName", name}, {"Company", "line 1\nline \"2\", x"}});
  const std::string id = export_job("SELECT LastName, Company, Email, Owner.Name FROM Lead");
  EXPECT_EQ(call("GET", "jobs/query/" + id).body["state"], "JobComplete");
  const Answer first = call("GET", "jobs/query/" + id + "/results?maxRecords=2");
  ASSERT_EQ(first.status, 200) << first.text;
  EXPECT_EQ(first.headers.get("Sforce-NumberOfRecords"), "2");
  const std::string locator = first.headers.get("Sforce-Locator");
  EXPECT_EQ(first.text,
            "\"LastName\",\"Company\",\"Email\",\"Owner.Name\"\n"
            "\"A\",\"line 1\nline \"\"2\"\", x\",\"\",\"Integration User\"\n"
            "\"B\",\"line 1\nline \"\"2\"\", x\",\"\",\"Integration User\"\n");
  for (int again = 0; again < 2; ++again) {
    const Answer last =
        call("GET", "jobs/query/" + id + "/results?maxRecords=2&locator=" + locator);
    EXPECT_EQ(last.headers.get("Sforce-Locator"), "null");
    EXPECT_EQ(last.headers.get("Sforce-NumberOfRecords"), "1");
  }
  EXPECT_EQ(call("GET", "jobs/query/" + id + "/results?locator=xx").code(),
            "INVALID_QUERY_LOCATOR");
  EXPECT_EQ(call("GET", "/services/data/v59.0/jobs/query/" + id + "/results").status, 409);
  advance(std::chrono::hours(24 * 7));
  token = org().access_token(kIntegrationUser);
  EXPECT_EQ(call("GET", "jobs/query/" + id + "/results").status, 404) << "kept for seven days";
}

TEST_F(BulkSandbox, AnEmptyResultIsAHeader) {
  const std::string id = export_job("SELECT Id FROM Lead");
  const Answer answer = call("GET", "jobs/query/" + id + "/results");
  EXPECT_EQ(answer.text, "\"Id\"\n");
  EXPECT_EQ(answer.headers.get("Sforce-Locator"), "null");
}

TEST_F(BulkSandbox, RefusesWhatAJobCannotQuery) {
  const auto status = [&](const char* soql) {
    return call("POST", "jobs/query", {{"operation", "query"}, {"query", soql}}).status;
  };
  EXPECT_EQ(status("SELECT Id, (SELECT Id FROM Contacts) FROM Account"), 400);
  EXPECT_EQ(status("SELECT BillingAddress FROM Account"), 400);
  EXPECT_EQ(status("SELECT COUNT() FROM Lead"), 400);
  EXPECT_EQ(status("SELECT Id FROM Lead OFFSET 3"), 400);
  EXPECT_EQ(status("SELECT Shoe FROM Lead"), 400);
}

TEST_F(BulkSandbox, TheQuotaOfJobsRunsOutAndComesBack) {
  Sandbox other = std::move(Sandbox::start(small_quota()).value());
  std::swap(sandbox, other);
  session.reset();
  session.setPort(sandbox.server->port());
  token = org().access_token(kIntegrationUser);
  export_job("SELECT Id FROM Lead");
  const Json body{{"operation", "query"}, {"query", "SELECT Id FROM Lead"}};
  EXPECT_EQ(call("POST", "jobs/query", body).code(), "EXCEEDEDQUOTA");
  advance(std::chrono::hours(24));
  token = org().access_token(kIntegrationUser);
  EXPECT_EQ(call("POST", "jobs/query", body).status, 200);
}

TEST_F(BulkSandbox, ListsItsJobs) {
  const std::string a = open_job();
  const std::string b = open_job();
  const Answer answer = call("GET", "jobs/ingest");
  EXPECT_EQ(answer.body["done"], true);
  EXPECT_EQ(answer.body["nextRecordsUrl"], nullptr);
  ASSERT_EQ(answer.body["records"].size(), 2U);
  EXPECT_EQ(answer.body["records"][1]["id"], b);
  advance(std::chrono::hours(24));
  token = org().access_token(kIntegrationUser);
  EXPECT_EQ(call("GET", "jobs/ingest/" + a).body["state"], "Aborted") << "open for a day";
}

TEST_F(BulkSandbox, ListsJobsOfTheOlderApiUnlessAskedForOneType) {
  const std::string a = open_job();
  const auto classic = org().add_classic_job("Lead");
  ASSERT_TRUE(classic);
  const Json all = call("GET", "jobs/ingest").body["records"];
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[1]["id"], *classic);
  EXPECT_EQ(all[1]["jobType"], "Classic");
  EXPECT_EQ(all[1]["state"], "Closed");
  const Json ours = call("GET", "jobs/ingest?jobType=V2Ingest").body["records"];
  ASSERT_EQ(ours.size(), 1U);
  EXPECT_EQ(ours[0]["id"], a);
  EXPECT_EQ(call("GET", "jobs/ingest/" + *classic).body["state"], "Closed");
  EXPECT_NE(call("PATCH", "jobs/ingest/" + *classic, {{"state", "Aborted"}}).status, 200);
}

}  // namespace
}  // namespace channelbridge::sandbox::salesforce
