#include "client.hpp"

namespace channelbridge::sandbox::salesforce {
namespace {

class Soql : public SalesforceSandbox {
 protected:
  Soql() {
    partner = org().insert("Account", {{"Name", "Nordljus"}, {"Partner_Tier__c", "Gold"}}).value();
    const auto lead = [&](const char* last, const char* company, const Json& more) {
      Json fields{{"LastName", last}, {"Company", company}};
      fields.update(more);
      advance(std::chrono::seconds(1));
      return org().insert("Lead", fields).value();
    };
    ids = {
        lead("Adam", "Alfa", {{"AnnualRevenue", 100}, {"Partner__c", partner}, {"City", "Oslo"}}),
        lead("bertil", "Beta", {{"AnnualRevenue", 200}, {"Title", "O'Neil"}}),
        lead("Cesar", "beta", {{"AnnualRevenue", 30}, {"Email", "c@example.com"}}),
        lead("David", "Delta_x", {{"Rating", "Hot"}})};
  }
  std::string names(const std::string& where) {
    return column("SELECT LastName FROM Lead " + where + " ORDER BY LastName", "LastName");
  }

  std::string partner{};
  std::vector<std::string> ids{};
};

TEST_F(Soql, SelectsParentsNested) {
  const Answer answer = query(
      "SELECT Id, LastName, Partner__r.Name, Partner__r.Owner.Name, Address FROM Lead WHERE "
      "LastName = 'adam'");
  const Json& record = answer.body["records"][0];
  EXPECT_EQ(record["Partner__r"]["Name"], "Nordljus");
  EXPECT_EQ(record["Partner__r"]["attributes"]["type"], "Account");
  EXPECT_EQ(record["Partner__r"]["Owner"]["Name"], "Anna Berg");
  EXPECT_EQ(record["Address"]["city"], "Oslo");
  EXPECT_TRUE(query("SELECT Partner__r.Name FROM Lead WHERE LastName='David'")
                  .body["records"][0]["Partner__r"]
                  .is_null());
}

TEST_F(Soql, FiltersWithEveryOperator) {
  EXPECT_EQ(names("WHERE Company = 'BETA'"), "bertil,Cesar");
  EXPECT_EQ(names("WHERE Company != 'beta'"), "Adam,David");
  EXPECT_EQ(names("WHERE AnnualRevenue > 30"), "Adam,bertil");
  EXPECT_EQ(names("WHERE AnnualRevenue <= 100.0"), "Adam,Cesar");
  EXPECT_EQ(names("WHERE AnnualRevenue = null"), "David");
  EXPECT_EQ(names("WHERE Title != null"), "bertil");
  EXPECT_EQ(names("WHERE Title = 'O\\'Neil'"), "bertil");
  EXPECT_EQ(names("WHERE Company LIKE '%l_a'"), "Adam");
  EXPECT_EQ(names("WHERE Company LIKE '%l_a%'"), "Adam,David");
  EXPECT_EQ(names("WHERE Company LIKE '%a\\_x'"), "David");
  EXPECT_EQ(names("WHERE LastName IN ('Adam', 'CESAR')"), "Adam,Cesar");
  EXPECT_EQ(names("WHERE LastName NOT IN ('Adam', 'CESAR')"), "bertil,David");
  EXPECT_EQ(names("WHERE Partner__r.Partner_Tier__c = 'Gold'"), "Adam");
  EXPECT_EQ(names("WHERE IsConverted = false AND Rating = 'Hot'"), "David");
  EXPECT_EQ(names("WHERE NOT (Company = 'Beta' OR Rating = 'Hot')"), "Adam");
  EXPECT_EQ(names("WHERE CreatedDate = TODAY"), "Adam,bertil,Cesar,David");
  EXPECT_EQ(names("WHERE CreatedDate < LAST_N_DAYS:2"), "");
  EXPECT_EQ(names("WHERE Id = '" + ids[1].substr(0, 15) + "'"), "bertil");
  EXPECT_EQ(query("SELECT count() FROM Lead WHERE Rating = null").body["totalSize"], 3);
}

TEST_F(Soql, ReadsInKeysetOrderFromAPoint) {
  const std::string stamp = text_of(org().record(ids[1]), "SystemModstamp").substr(0, 19) + "Z";
  const std::string from = "SELECT LastName FROM Lead WHERE (SystemModstamp > " + stamp +
                           " OR (SystemModstamp = " + stamp + " AND Id > '" + ids[0] +
                           "')) AND SystemModstamp < 2999-01-01T00:00:00Z";
  EXPECT_EQ(column(from + " ORDER BY SystemModstamp, Id LIMIT 2", "LastName"), "bertil,Cesar");
  EXPECT_EQ(column("SELECT LastName FROM Lead ORDER BY AnnualRevenue DESC NULLS LAST, LastName",
                   "LastName"),
            "bertil,Adam,Cesar,David");
  EXPECT_EQ(column("SELECT LastName FROM Lead ORDER BY AnnualRevenue", "LastName"),
            "David,Cesar,Adam,bertil");
}

TEST_F(Soql, RefusesBadQueriesWithTheirPosition) {
  const std::pair<const char*, const char*> kCases[] = {
      {"select count() from XYZZY", "INVALID_TYPE"},
      {"SELECT Foo FROM Lead", "INVALID_FIELD"},
      {"SELECT Nobody.Name FROM Lead", "INVALID_FIELD"},
      {"SELECT Id, Id FROM Lead", "INVALID_FIELD"},
      {"SELECT Id FROM Lead WHERE Description = 'x'", "INVALID_FIELD"},
      {"SELECT Id FROM Lead WHERE LastName = 5", "INVALID_FIELD"},
      {"SELECT Id FROM Lead WHERE CreatedDate > '2026-01-01T00:00:00Z'", "INVALID_FIELD"},
      {"SELECT Id FROM Lead WHERE CreatedDate > 2026-01-01", "INVALID_FIELD"},
      {"SELECT Id FROM Lead WHERE Id = 'abc'", "INVALID_QUERY_FILTER_OPERATOR"},
      {"SELECT Id FROM Lead WHERE LastName = 'a' AND Company = 'b' OR Title = 'c'",
       "MALFORMED_QUERY"},
      {"SELECT Id FROM Lead WHERE LastName = 'a", "MALFORMED_QUERY"},
      {"SELECT Id FROM Lead LIMIT x", "MALFORMED_QUERY"},
      {"SELECT FROM Lead", "MALFORMED_QUERY"},
      {"SELECT Id FROM Lead WHERE CreatedDate > 2026-01-01T00:00:00", "MALFORMED_QUERY"},
  };
  for (const auto& [soql, code] : kCases) {
    const Answer answer = query(soql);
    EXPECT_EQ(answer.status, 400) << soql;
    EXPECT_EQ(answer.code(), code) << soql << answer.text;
  }
  // tests/fixtures/salesforce: recorded answer of a real org to this very query.
  EXPECT_EQ(query("select count() from XYZZY").message(),
            "\nselect count() from XYZZY\n                    ^\nERROR at Row:1:Column:21\nsObject "
            "type 'XYZZY' is not "
            "supported. If you are attempting to use a custom object, be sure to append the '__c' "
            "after the entity name. "
            "Please reference your WSDL or the describe call for the appropriate names.");
}

TEST_F(Soql, PagesWithCursors) {
  std::vector<Json> records;
  for (int i = 0; i < 450; ++i) records.push_back({{"Name", "Account " + std::to_string(i)}});
  ASSERT_TRUE(org().seed("Account", records));
  const Headers small{{"Sforce-Query-Options", "batchSize=200"}};
  Answer page = query("SELECT Id, Name FROM Account WHERE Name LIKE 'Account%' ORDER BY Id", small);
  EXPECT_EQ(page.body["totalSize"], 450);
  EXPECT_EQ(page.body["done"], false);
  EXPECT_EQ(page.body["records"].size(), 200U);
  page = call("GET", text_of(page.body, "nextRecordsUrl"));
  page = call("GET", text_of(page.body, "nextRecordsUrl"));
  EXPECT_EQ(page.body["done"], true);
  EXPECT_EQ(page.body["records"].size(), 50U);
  EXPECT_FALSE(page.body.contains("nextRecordsUrl"));

  page = query("SELECT Id FROM Account", {{"Sforce-Query-Options", "batchSize=1"}});
  EXPECT_EQ(page.body["records"].size(), 200U) << "200 is the smallest page";
  org().expire_cursors();
  const Answer stale = call("GET", text_of(page.body, "nextRecordsUrl"));
  EXPECT_EQ(stale.status, 400);
  EXPECT_EQ(stale.code(), "INVALID_QUERY_LOCATOR");
}

TEST_F(Soql, ShowsChildrenBelowTheirParent) {
  ASSERT_TRUE(org().insert("Contact", {{"LastName", "Berg"}, {"AccountId", partner}}));
  const Json record =
      query("SELECT Name, (SELECT LastName FROM Contacts) FROM Account").body["records"][0];
  EXPECT_EQ(record["Contacts"]["totalSize"], 1);
  EXPECT_EQ(record["Contacts"]["records"][0]["LastName"], "Berg");
}

TEST_F(Soql, FindsRecordTypesAndFiltersByTheirName) {
  const std::string type = text_of(
      query("SELECT Id FROM RecordType WHERE SobjectType = 'Account' AND DeveloperName = 'Partner'")
          .body["records"][0],
      "Id");
  ASSERT_TRUE(org().insert("Account", {{"Name", "Fjord"}, {"RecordTypeId", type}}));
  EXPECT_EQ(column("SELECT Name FROM Account WHERE RecordType.Name = 'Partner'", "Name"), "Fjord");
}

}  // namespace
}  // namespace channelbridge::sandbox::salesforce
