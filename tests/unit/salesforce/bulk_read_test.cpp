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
  static Options from_two() {
    Options options = with_overlay();
    options.bulk.use = true;
    options.bulk.from_records = 2;
    return options;
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
  EXPECT_EQ(made.next, std::string("bulk1 2026-03-01T10:00:01.000Z ") + kExport + " - 0");
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
  org.script->say(
      part(kHead + exported_row(kA, "A") + exported_row("00QR00000064wc8AAA", "B"), "null", 2));
  const adapter::Page page =
      org.read(std::string("bulk1 2026-03-01T10:00:01.000Z ") + kExport + " MTAwMDA 1");
  ASSERT_EQ(page.changes.size(), 1U);
  EXPECT_EQ(page.changes[0].key, "00QR00000064wc8AAA");
  EXPECT_TRUE(page.end);
}

TEST(SalesforceBulkRead, ResultsThatLackRowsAreNoEnd) {
  ExportOrg org;
  org.script->say(200, query_job("JobComplete"));
  org.script->say(part(kHead + exported_row(kA, "A"), "null", 2));
  const std::string cursor = std::string("bulk1 2026-03-01T10:00:01.000Z ") + kExport + " - 0";
  auto page = org.adapter->read(org.selection, cursor, 500, org.context);
  ASSERT_FALSE(page);
  EXPECT_EQ(page.error().code(), ErrorCode::Protocol);
  org.script->say(200, query_job("JobComplete"));
  org.script->say(part(kHead + exported_row(kA, "A") + "\"00QR00000", "null", 2));
  page = org.adapter->read(org.selection, cursor, 500, org.context);
  ASSERT_FALSE(page);
  EXPECT_EQ(page.error().code(), ErrorCode::Protocol);
}

TEST(SalesforceBulkRead, AJobThatIsGoneIsMadeAgainFromTheBeginning) {
  ExportOrg org;
  org.script->say(
      404, R"([{"errorCode":"NOT_FOUND","message":"The requested resource does not exist"}])");
  org.script->say(200, counted(3));
  org.script->say(200, query_job("UploadComplete"));
  const adapter::Page page =
      org.read("bulk1 2026-01-01T10:00:01.000Z 750R0000000zlhAIAQ MTAwMDA 7");
  EXPECT_FALSE(page.end);
  EXPECT_EQ(page.next, std::string("bulk1 2026-03-01T10:00:01.000Z ") + kExport + " - 0");
}

TEST(SalesforceBulkRead, AJobThatFailsIsReadPageByPage) {
  ExportOrg org;
  org.script->say(200, query_job("Failed"));
  const adapter::Page page = org.read("bulk1 2026-02-01T10:00:01.000Z 750R0000000zlhAIAQ - 0");
  EXPECT_EQ(page.next, "keyset1 - 2026-02-01T10:00:01.000Z - -");
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
  std::string row = exported_row(kA, "A");
  row.replace(row.find("1.0E7"), 5, "ten");
  org.script->say(200, query_job("JobComplete"));
  org.script->say(part(kHead + row, "null", 1));
  auto page = org.adapter->read(
      org.selection, "bulk1 2026-02-01T10:00:01.000Z 750R0000000zlhAIAQ - 0", 500, org.context);
  ASSERT_FALSE(page);
  EXPECT_EQ(page.error().code(), ErrorCode::Protocol);
}

}  // namespace
}  // namespace channelbridge::salesforce::test
