#include <algorithm>

#include "org_script.hpp"

namespace channelbridge::salesforce::test {
namespace {

using nlohmann::json;

constexpr const char* kExport = "750R0000000zlhAIAQ";

std::string query_job(const char* state) {
  return json{{"id", kExport}, {"state", state}, {"jobType", "V2Query"}}.dump();
}
http::Response part(const std::string& csv, const char* next, int count) {
  return {.status = 200,
          .headers = {{"Content-Type", "text/csv"},
                      {"Sforce-Locator", next},
                      {"Sforce-NumberOfRecords", std::to_string(count)}},
          .body = csv};
}
std::string counted(int rows) {
  return json{{"totalSize", rows}, {"done", true}, {"records", json::array()}}.dump();
}

struct ExportOrg : Org {
  ExportOrg() : Org(from_two()) {}
  explicit ExportOrg(Options options) : Org(std::move(options)) {}
  static Options from_two() {
    Options options = with_overlay();
    options.bulk.use = true;
    options.bulk.from_records = 2;
    return options;
  }
  /// Where an export that has just been made stands, at another place ("- 0") of its results.
  std::string position(const std::string& place = "- 0", const std::string& most = "5000") {
    script->say(200, counted(3));
    script->say(200, query_job("UploadComplete"));
    std::string cursor = read("").next;
    const std::string begin = " - 0 5000 ";
    const std::size_t at = cursor.find(begin);
    EXPECT_NE(at, std::string::npos) << cursor;
    return cursor.replace(at, begin.size(), " " + place + " " + most + " ");
  }
  adapter::Page read(const std::string& cursor, std::size_t size = 500) {
    auto page = adapter->read(selection, cursor, size, context);
    EXPECT_TRUE(page) << (page ? "" : to_string(page.error()));
    return page ? *page : adapter::Page{};
  }
  adapter::Selection selection{.object = "Lead",
                               .id = "Id",
                               .version = "SystemModstamp",
                               .modified = "LastModifiedDate",
                               .correlation = "ChannelbridgeId__c",
                               .paths = {"LastName", "AnnualRevenue", "IsConverted"}};
};

const std::string kHead =
    "\"Id\",\"SystemModstamp\",\"LastModifiedDate\",\"ChannelbridgeId__c\",\"LastName\","
    "\"AnnualRevenue\",\"IsConverted\",\"IsDeleted\",\"MasterRecordId\",\"ConvertedOpportunityId\","
    "\"ConvertedAccountId\",\"ConvertedContactId\"\n";
std::string exported_row(const std::string& id, const std::string& name) {
  return "\"" + id + "\",\"2026-03-01T09:00:00.000Z\",\"2026-03-01T09:00:00.000Z\",\"\",\"" + name +
         "\",\"1.0E7\",\"false\",\"false\",\"\",\"\",\"\",\"\"\n";
}

TEST(SalesforceBulkRead, AFirstPullOfManyRowsIsAJobWhoseIdIsStoredFirst) {
  ExportOrg org;
  org.script->say(200, counted(3));
  org.script->say(200, query_job("UploadComplete"));
  const adapter::Page made = org.read("");
  EXPECT_TRUE(made.changes.empty());
  EXPECT_FALSE(made.end);
  EXPECT_TRUE(made.next.starts_with(std::string("bulk2 2026-03-01T10:00:01.000Z ") + kExport +
                                    " - 0 5000 "))
      << made.next;
  EXPECT_EQ(soql_of(org.script->requests[0]),
            "SELECT COUNT() FROM Lead WHERE SystemModstamp < 2026-03-01T10:00:01.000Z");
  const json body = json::parse(org.script->requests[1].body);
  EXPECT_EQ(body["operation"], "queryAll");
  EXPECT_EQ(body["query"],
            "SELECT Id,SystemModstamp,LastModifiedDate,ChannelbridgeId__c,LastName,AnnualRevenue,"
            "IsConverted,IsDeleted,MasterRecordId,ConvertedOpportunityId,ConvertedAccountId,"
            "ConvertedContactId FROM Lead WHERE SystemModstamp < 2026-03-01T10:00:01.000Z");

  org.script->say(200, query_job("InProgress"));
  org.script->say(200, query_job("JobComplete"));
  org.script->say(part(
      kHead + exported_row(kA, "line 1\n\"\"2\"\", x") + exported_row("00QR00000064wc8AAA", "B"),
      "MTAwMDA", 2));
  const adapter::Page first = org.read(made.next, 1);
  ASSERT_EQ(first.changes.size(), 1U);
  EXPECT_EQ(first.changes[0].key, kA);
  EXPECT_EQ(first.changes[0].version, "2026-03-01T09:00:00.000+0000");
  EXPECT_EQ(
      json::parse(first.changes[0].document.text()),
      (json{{"attributes",
             {{"type", "Lead"}, {"url", std::string("/services/data/v60.0/sobjects/Lead/") + kA}}},
            {"Id", kA},
            {"SystemModstamp", kT1},
            {"LastModifiedDate", kT1},
            {"ChannelbridgeId__c", nullptr},
            {"LastName", "line 1\n\"2\", x"},
            {"AnnualRevenue", 1.0E7},
            {"IsConverted", false},
            {"IsDeleted", false},
            {"MasterRecordId", nullptr},
            {"ConvertedOpportunityId", nullptr},
            {"ConvertedAccountId", nullptr},
            {"ConvertedContactId", nullptr}}));
  EXPECT_NE(first.changes[0].document.text().find("\"AnnualRevenue\":1.0E7"), std::string::npos);
  const adapter::Page second = org.read(first.next, 1);
  ASSERT_EQ(second.changes.size(), 1U) << "from memory: no call";
  EXPECT_FALSE(second.end);
  org.script->say(part(kHead + exported_row("00QR00000064wc9AAA", "C"), "null", 1));
  const adapter::Page last = org.read(second.next, 1);
  EXPECT_TRUE(last.end);
  EXPECT_EQ(last.next, "keyset1 2026-03-01T10:00:01.000Z - - -") << "REST goes on from the bound";
  EXPECT_NE(org.script->requests.back().target.find("locator=MTAwMDA"), std::string::npos);
}

TEST(SalesforceBulkRead, AnotherProcessGoesOnInTheMiddleOfAnAnswer) {
  ExportOrg org;
  const std::string cursor = org.position("MTAwMDA 1");
  org.script->say(
      part(kHead + exported_row(kA, "A") + exported_row("00QR00000064wc8AAA", "B"), "null", 2));
  const adapter::Page page = org.read(cursor);
  ASSERT_EQ(page.changes.size(), 1U);
  EXPECT_EQ(page.changes[0].key, "00QR00000064wc8AAA");
  EXPECT_TRUE(page.end);
}

TEST(SalesforceBulkRead, ResultsThatLackRowsAreNoEnd) {
  ExportOrg org;
  const std::string cursor = org.position();
  org.script->say(200, query_job("JobComplete"));
  org.script->say(part(kHead + exported_row(kA, "A"), "null", 2));
  auto page = org.adapter->read(org.selection, cursor, 500, org.context);
  ASSERT_FALSE(page);
  EXPECT_EQ(page.error().code(), ErrorCode::Protocol);
  org.script->say(200, query_job("JobComplete"));
  org.script->say(part(kHead + exported_row(kA, "A") + "\"00QR00000", "null", 2));
  page = org.adapter->read(org.selection, cursor, 500, org.context);
  ASSERT_FALSE(page);
  EXPECT_EQ(page.error().code(), ErrorCode::Protocol);
}

const std::string kNotThere =
    R"([{"errorCode":"NOT_FOUND","message":"The requested resource does not exist"}])";
const std::string kPageByPage = "keyset1 - 2026-03-01T10:00:01.000Z - -";

bool logged(const ExportOrg& org, const std::string& words) {
  const auto lines = org.log->lines();
  return std::any_of(lines.begin(), lines.end(), [&](const std::string& line) {
    return line.find(words) != std::string::npos;
  });
}

TEST(SalesforceBulkRead, AJobThatIsGoneIsMadeAgainFromTheBeginning) {
  const std::string cursor = ExportOrg().position("MTAwMDA 7");
  ExportOrg org;  // another run
  org.script->say(404, kNotThere);
  org.script->say(200, counted(3));
  org.script->say(200, query_job("UploadComplete"));
  const adapter::Page page = org.read(cursor);
  EXPECT_FALSE(page.end);
  EXPECT_NE(page.next.find(" - 0 5000 "), std::string::npos) << page.next;
}

/// A new job in each round would spend the org's jobs, and no pull would end.
TEST(SalesforceBulkRead, AnOrgThatLosesAJobOfThisRunIsReadPageByPage) {
  for (const std::string& place : {std::string("- 0"), std::string("MTAwMDA 7")}) {
    ExportOrg org;
    const std::string cursor = org.position(place);
    org.script->say(404, kNotThere);
    EXPECT_EQ(org.read(cursor).next, kPageByPage) << place;
    EXPECT_TRUE(logged(org, std::string("warning query job lost, read page by page system=crm "
                                        "object=Lead job=") +
                                kExport));
    EXPECT_EQ(org.script->requests.back().method, "GET") << "what is not there is not deleted";

    org.script->say(200, rows({lead_row(kA, kT1)}));
    EXPECT_EQ(org.read("").changes.size(), 1U) << "no other job in this run";
  }
}

TEST(SalesforceBulkRead, AnExportThatWasMadeForAnotherQueryOrVersionBeginsAnew) {
  const auto begins_anew = [](ExportOrg& org, const std::string& cursor) {
    org.script->requests.clear();
    org.script->say(204, "");
    org.script->say(200, counted(3));
    org.script->say(200, query_job("UploadComplete"));
    const adapter::Page page = org.read(cursor);
    EXPECT_FALSE(page.end);
    EXPECT_TRUE(page.changes.empty());
    EXPECT_NE(page.next.find(" - 0 5000 "), std::string::npos) << page.next;
    EXPECT_EQ(org.script->requests.size(), 3U) << "nothing is read of the other job";
    EXPECT_EQ(org.script->requests[0].method, "DELETE");
    EXPECT_EQ(org.script->requests[0].target,
              std::string("/services/data/v60.0/jobs/query/") + kExport);
  };
  ExportOrg org;
  const std::string cursor = org.position("MTAwMDA 7");
  org.selection.where = "Status = 'Open'";
  begins_anew(org, cursor);
  EXPECT_NE(org.script->requests.back().body.find("(Status = 'Open')"), std::string::npos);
  org.selection.where = "";
  org.selection.paths.erase(org.selection.paths.begin() + 1);
  begins_anew(org, cursor);

  // The first form of the position did not say what its job was made for.
  ExportOrg old;
  begins_anew(old, "bulk1 2026-01-01T10:00:01.000Z 750R0000000zlhAIAQ MTAwMDA 7");

  // The org knows the version, too.
  const std::string position = ExportOrg().position("MTAwMDA 7");
  ExportOrg same;
  same.script->say(409, R"([{"errorCode":"INVALID_OPERATION","message":"another API version"}])");
  same.script->say(204, "");
  same.script->say(200, counted(3));
  same.script->say(200, query_job("UploadComplete"));
  EXPECT_NE(same.read(position).next.find(" - 0 5000 "), std::string::npos);
}

TEST(SalesforceBulkRead, AnExportThatBeginsAnewWhileItsJobRunsEndsTheJob) {
  const std::string running =
      R"([{"errorCode":"INVALIDJOBSTATE","message":"The job is still running"}])";
  for (const bool ended : {true, false}) {
    ExportOrg org;
    const std::string cursor = org.position();
    org.selection.where = "Status = 'Open'";
    org.script->requests.clear();
    org.script->say(400, running);
    org.script->say(ended ? 200 : 400, ended ? query_job("Aborted") : running);
    org.script->say(200, counted(3));
    org.script->say(200, query_job("UploadComplete"));
    EXPECT_NE(org.read(cursor).next.find(" - 0 5000 "), std::string::npos);
    EXPECT_EQ(org.script->requests[1].method, "PATCH");
    EXPECT_EQ(org.script->requests[1].body, R"({"state":"Aborted"})");
    EXPECT_EQ(logged(org, "info query job left to the org"), !ended);
  }
}

TEST(SalesforceBulkRead, AnAnswerThatIsTooLongIsAskedForInFewerRows) {
  Options options = ExportOrg::from_two();
  options.bulk.result_bytes = 1'000;
  ExportOrg org(options);
  const std::string key_b = "00QR00000064wc8AAA";
  const std::string key_c = "00QR00000064wc9AAA";
  const std::string a = exported_row(kA, std::string(200, 'a'));
  const std::string b = exported_row(key_b, std::string(200, 'b'));
  const std::string c = exported_row(key_c, std::string(200, 'c'));
  const std::string cursor = org.position("- 0", "4");
  org.script->say(200, query_job("JobComplete"));
  org.script->say(part(kHead + a + b + c, "null", 3));
  org.script->say(part(kHead + a + b, "Mg", 2));
  const adapter::Page first = org.read(cursor);
  ASSERT_EQ(first.changes.size(), 2U);
  EXPECT_NE(first.next.find(" Mg 0 2 "), std::string::npos) << first.next;
  EXPECT_NE(org.script->requests[3].target.find("maxRecords=4"), std::string::npos);
  EXPECT_NE(org.script->requests[4].target.find("maxRecords=2"), std::string::npos);
  org.script->say(part(kHead + c, "null", 1));
  const adapter::Page last = org.read(first.next);
  ASSERT_EQ(last.changes.size(), 1U);
  EXPECT_TRUE(last.end);
  EXPECT_NE(org.script->requests[5].target.find("maxRecords=2&locator=Mg"), std::string::npos);

  // Two rows of an answer of three had been handed out; now it holds one at a time.
  org.script->say(part(kHead + a + b + c, "null", 3));
  org.script->say(part(kHead + a + b, "Mg", 2));
  org.script->say(part(kHead + c, "null", 1));
  const std::string place = " - 0 4 ";
  std::string behind = cursor;
  behind.replace(behind.find(place), place.size(), " - 2 4 ");
  adapter::Page page = org.read(behind);
  EXPECT_TRUE(page.changes.empty());
  EXPECT_FALSE(page.end);
  page = org.read(page.next);
  ASSERT_EQ(page.changes.size(), 1U);
  EXPECT_EQ(page.changes[0].key, key_c);
  EXPECT_TRUE(page.end);

  org.script->say(part(kHead + a + b + c, "null", 3));
  org.script->say(part(kHead + a, "MQ", 1));
  org.script->say(part(kHead + b, "Mg", 1));
  org.script->say(part(kHead + c, "null", 1));
  behind = cursor;
  behind.replace(behind.find(place), place.size(), " - 2 2 ");
  page = org.read(behind);
  std::vector<std::string> keys;
  for (const auto& change : page.changes) keys.push_back(change.key);
  while (!page.end) {
    page = org.read(page.next);
    for (const auto& change : page.changes) keys.push_back(change.key);
  }
  EXPECT_EQ(keys, std::vector<std::string>{key_c}) << "no row twice, none left out";

  org.script->say(part(kHead + a + b + c, "null", 3));
  auto never = org.adapter->read(org.selection,
                                 std::string(behind).replace(behind.find(" - 2 2 "), 7, " - 1 1 "),
                                 500, org.context);
  ASSERT_FALSE(never);
  EXPECT_NE(never.error().message().find("bulk.result_bytes"), std::string::npos);
}

TEST(SalesforceBulkRead, AJobThatFailsIsReadPageByPage) {
  ExportOrg org;
  const std::string cursor = org.position();
  org.script->say(200, query_job("Failed"));
  org.script->say(204, "");
  EXPECT_EQ(org.read(cursor).next, kPageByPage);
  EXPECT_EQ(org.script->requests.back().method, "DELETE");
}

/// Another job would be read no better, and another one in each round would spend the org's jobs.
TEST(SalesforceBulkRead, AnExportOfWhichNothingCanBeReadIsReadPageByPage) {
  const auto page_by_page = [](http::Response results) {
    ExportOrg org;
    const std::string cursor = org.position();
    org.script->say(200, query_job("JobComplete"));
    const bool there = results.status != 404;
    org.script->say(std::move(results));
    if (there) org.script->say(204, "");
    EXPECT_EQ(org.read(cursor).next, kPageByPage);
  };
  page_by_page(answer(409, R"([{"errorCode":"INVALID_OPERATION","message":"another version"}])"));
  page_by_page(answer(404, R"([{"errorCode":"NOT_FOUND","message":"not there"}])"));
  page_by_page(answer(400, R"([{"errorCode":"INVALIDJOBSTATE","message":"not complete"}])"));
  std::string renamed = kHead;
  renamed.replace(renamed.find("LastName"), 8, "Lastname");
  page_by_page(part(renamed + exported_row(kA, "A"), "null", 1));
}

TEST(SalesforceBulkRead, AnExportThatCannotBeAskedForAWhileIsNotAborted) {
  const Error silent = Error(ErrorCode::Timeout, "no answer").with_sent(Sent::NoAnswer);
  const auto aborted = [](const ExportOrg& org) {
    return std::any_of(org.script->requests.begin(), org.script->requests.end(),
                       [](const http::Request& request) { return request.method == "PATCH"; });
  };
  ExportOrg org;
  std::string cursor = org.position();
  for (int i = 0; i < 20; ++i) org.script->say(silent);
  org.script->say(200, query_job("JobComplete"));
  org.script->say(part(kHead + exported_row(kA, "A"), "null", 1));
  const adapter::Page page = org.read(cursor);
  EXPECT_TRUE(page.end);
  EXPECT_EQ(page.changes.size(), 1U);
  EXPECT_FALSE(aborted(org));

  // Nobody can say for as long as a job may take: that is no word about the job either.
  ExportOrg other;
  cursor = other.position();
  other.script->otherwise = silent;
  EXPECT_FALSE(other.adapter->read(other.selection, cursor, 500, other.context));
  EXPECT_FALSE(aborted(other));
}

TEST(SalesforceBulkRead, FewRowsAndListsOfChildrenAreReadByREST) {
  ExportOrg org;
  org.script->say(200, counted(1));
  org.script->say(200, rows({lead_row(kA, kT1)}));
  EXPECT_EQ(org.read("").changes.size(), 1U);

  ExportOrg other;
  other.script->say(200, counted(10));
  other.script->say(
      400, R"([{"errorCode":"INVALIDENTITY","message":"Lead is not supported by the Bulk API"}])");
  other.script->say(200, rows({lead_row(kA, kT1)}));
  EXPECT_EQ(other.read("").changes.size(), 1U);

  ExportOrg tree;
  tree.selection = {
      .object = "Account",
      .id = "Id",
      .paths = {"Name"},
      .children = {{.navigation = "Contacts", .object = "Contact", .paths = {"LastName"}}}};
  tree.script->say(200, rows({}));
  EXPECT_TRUE(tree.read("").end) << "not even counted";

  ExportOrg address;
  address.selection = {.object = "Account", .id = "Id", .paths = {"BillingAddress.city"}};
  address.script->say(200, rows({}));
  EXPECT_TRUE(address.read("").end);
}

TEST(SalesforceBulkRead, ALaterPullIsNoJob) {
  ExportOrg org;
  org.script->say(200, rows({lead_row(kA, kT1)}));
  EXPECT_EQ(org.read("keyset1 2026-02-01T10:00:01Z - - -").changes.size(), 1U);
}

TEST(SalesforceBulkRead, AValueOfAnotherTypeIsNoDocument) {
  ExportOrg org;
  const std::string cursor = org.position();
  std::string row = exported_row(kA, "A");
  row.replace(row.find("1.0E7"), 5, "ten");
  org.script->say(200, query_job("JobComplete"));
  org.script->say(part(kHead + row, "null", 1));
  auto page = org.adapter->read(org.selection, cursor, 500, org.context);
  ASSERT_FALSE(page);
  EXPECT_EQ(page.error().code(), ErrorCode::Protocol);
}

}  // namespace
}  // namespace channelbridge::salesforce::test
