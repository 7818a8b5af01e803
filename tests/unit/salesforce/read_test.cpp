#include "org_script.hpp"

namespace channelbridge::salesforce::test {
namespace {

using nlohmann::json;

constexpr const char* kB = "00QR00000064wc8AAA";

TEST(SalesforceRead, TheFirstPageIsBoundedByTheServersClockAndAsksForNamedFieldsOnly) {
  Org org;
  org.script->say(200, rows({}));
  auto page = org.adapter->read(leads(), "", 500, org.context);
  ASSERT_TRUE(page) << page.error();
  EXPECT_TRUE(page->end);
  ASSERT_EQ(org.script->requests.size(), 1U);
  const http::Request& request = org.script->requests.front();
  EXPECT_TRUE(request.target.starts_with("/services/data/v60.0/queryAll?q="));
  EXPECT_EQ(soql_of(request),
            "SELECT Id,SystemModstamp,LastModifiedDate,ChannelbridgeId__c,LastName,Company,Status,"
            "IsDeleted,MasterRecordId,IsConverted,ConvertedOpportunityId,ConvertedAccountId,"
            "ConvertedContactId FROM Lead WHERE SystemModstamp < 2026-03-01T10:00:01.000Z "
            "ORDER BY SystemModstamp, Id LIMIT 500");
}

TEST(SalesforceRead, AFullPageContinuesBehindItsLastRowUnderTheSameBound) {
  Org org;
  org.script->say(200, rows({lead_row(kA, kT1), lead_row(kB, kT1)}));
  auto first = org.adapter->read(leads(), "", 2, org.context);
  ASSERT_TRUE(first) << first.error();
  EXPECT_FALSE(first->end) << "as many rows as asked for is no end";
  ASSERT_EQ(first->changes.size(), 2U);

  org.script->server_time += std::chrono::hours(1);
  org.script->say(200, rows({}));
  auto second = org.adapter->read(leads(), first->next, 2, org.context);
  ASSERT_TRUE(second) << second.error();
  EXPECT_TRUE(second->end);
  const std::string soql = soql_of(org.script->requests.back());
  EXPECT_NE(soql.find("(SystemModstamp > 2026-03-01T09:00:00.000Z OR (SystemModstamp = "
                      "2026-03-01T09:00:00.000Z AND Id > '00QR00000064wc8AAA')) AND "
                      "SystemModstamp < 2026-03-01T10:00:01.000Z"),
            std::string::npos)
      << soql;
}

TEST(SalesforceRead, TheNextPassReadsAnOverlapBehindTheLastBound) {
  Org org;
  org.script->say(200, rows({lead_row(kA, kT1)}));
  auto first = org.adapter->read(leads(), "", 2, org.context);
  ASSERT_TRUE(first);
  ASSERT_TRUE(first->end);
  org.script->server_time += std::chrono::minutes(30);
  org.script->say(200, rows({}));
  ASSERT_TRUE(org.adapter->read(leads(), first->next, 2, org.context));
  EXPECT_NE(soql_of(org.script->requests.back())
                .find("WHERE SystemModstamp >= 2026-03-01T09:50:01.000Z AND SystemModstamp < "
                      "2026-03-01T10:30:01.000Z ORDER"),
            std::string::npos);
}

TEST(SalesforceRead, AnAnswerThatStopsEarlyIsNoEnd) {
  Org org;
  org.script->say(200, rows({lead_row(kA, kT1)}, false));
  auto page = org.adapter->read(leads(), "", 2'000, org.context);
  ASSERT_TRUE(page) << page.error();
  EXPECT_FALSE(page->end) << "one row of two thousand, but done=false";
}

TEST(SalesforceRead, ACompleteAnswerWithMissingRowsIsABrokenOne) {
  Org org;
  json body = json::parse(rows({lead_row(kA, kT1)}));
  body["totalSize"] = 3;
  org.script->say(200, body.dump());
  auto page = org.adapter->read(leads(), "", 10, org.context);
  ASSERT_FALSE(page);
  EXPECT_EQ(page.error().code(), ErrorCode::Protocol);
}

TEST(SalesforceRead, ATruncatedAnswerIsAProtocolErrorWithoutItsContent) {
  Org org;
  org.script->say(200, rows({lead_row(kA, kT1)}).substr(0, 150));
  auto page = org.adapter->read(leads(), "", 10, org.context);
  ASSERT_FALSE(page);
  EXPECT_EQ(page.error().code(), ErrorCode::Protocol);
  EXPECT_EQ(page.error().system(), "crm");
  EXPECT_EQ(to_string(page.error()).find("Smith"), std::string::npos);
}

TEST(SalesforceRead, AServerClockThatGoesBackMovesNothingBack) {
  Org org;
  org.script->say(200, rows({}));
  const auto first = org.adapter->read(leads(), "", 2, org.context);
  ASSERT_TRUE(first);
  org.script->server_time -= std::chrono::hours(1);
  org.script->say(200, rows({}));
  const auto second = org.adapter->read(leads(), first->next, 2, org.context);
  ASSERT_TRUE(second) << second.error();
  EXPECT_EQ(second->next, first->next);
}

TEST(SalesforceRead, AChangeCarriesVersionTimeCorrelationAndItsOwnText) {
  Org org;
  org.script->say(
      200, rows({lead_row("00QR00000064wc7", kT1,
                          {{"ChannelbridgeId__c", "018f-record"}, {"AnnualRevenue", 100}})}));
  auto page = org.adapter->read(leads(), "", 10, org.context);
  ASSERT_TRUE(page) << page.error();
  const adapter::Change& change = page->changes.front();
  EXPECT_EQ(change.key.size(), 18U) << "an id of 15 characters gets its checksum";
  EXPECT_EQ(change.version, kT1);
  EXPECT_EQ(*change.modified, *parse_iso8601("2026-03-01T09:00:00Z"));
  EXPECT_EQ(change.correlation, "018f-record");
  EXPECT_FALSE(change.deleted);
  EXPECT_TRUE(change.document.full());
  EXPECT_EQ(json::parse(change.document.text())["Company"], "Acme");
}

TEST(SalesforceRead, DeletedAndMergedRowsAreChangesOfTheirOwn) {
  Org org;
  org.script->say(
      200, rows({lead_row(kA, kT1, {{"IsDeleted", true}}),
                 lead_row(kB, kT1, {{"IsDeleted", true}, {"MasterRecordId", "00QR00000064wc7"}})}));
  auto page = org.adapter->read(leads(), "", 10, org.context);
  ASSERT_TRUE(page) << page.error();
  ASSERT_EQ(page->changes.size(), 2U);
  EXPECT_TRUE(page->changes[0].deleted);
  EXPECT_TRUE(page->changes[0].merged_into.empty());
  EXPECT_TRUE(page->changes[1].deleted);
  EXPECT_TRUE(page->changes[1].merged_into.starts_with("00QR00000064wc7"));
  EXPECT_EQ(page->changes[1].merged_into.size(), 18U);
  EXPECT_TRUE(page->changes[1].document.empty());
}

TEST(SalesforceRead, AConvertedLeadNamesWhatItBecame) {
  Org org;
  org.script->say(200, rows({lead_row(kA, kT1,
                                      {{"IsConverted", true},
                                       {"ConvertedOpportunityId", "006R0000003FPYx"},
                                       {"ConvertedAccountId", "001R00000064wc7"}}),
                             lead_row(kB, kT1,
                                      {{"IsConverted", true},
                                       {"ConvertedOpportunityId", nullptr},
                                       {"ConvertedAccountId", "001R00000064wc7"}})}));
  auto page = org.adapter->read(leads(), "", 10, org.context);
  ASSERT_TRUE(page) << page.error();
  EXPECT_EQ(page->changes[0].converted_into, "006R0000003FPYxIAO");
  EXPECT_EQ(page->changes[1].converted_into, "001R00000064wc7IAA");
  EXPECT_FALSE(page->changes[0].document.empty());
}

TEST(SalesforceRead, TheUsersConditionIsAddedAsItIs) {
  Org org;
  adapter::Selection selection = leads();
  selection.where = "RecordType.Name = 'Partner' OR Status = 'Open'";
  org.script->say(200, rows({}));
  ASSERT_TRUE(org.adapter->read(selection, "", 10, org.context));
  EXPECT_NE(soql_of(org.script->requests.back())
                .find(" AND (RecordType.Name = 'Partner' OR Status = 'Open') ORDER BY"),
            std::string::npos);
}

TEST(SalesforceRead, ParentPathsAreSelectedAndCompoundFieldsAsAWhole) {
  Org org;
  adapter::Selection selection = leads();
  selection.paths = {"Owner.Name", "Address.city", "Address.street", "attributes.type"};
  org.script->say(200, rows({}));
  ASSERT_TRUE(org.adapter->read(selection, "", 10, org.context));
  const std::string soql = soql_of(org.script->requests.back());
  EXPECT_NE(soql.find(",Owner.Name,Address,IsDeleted"), std::string::npos) << soql;
}

TEST(SalesforceRead, APathThatSoqlCannotSayIsNamedBeforeAnythingIsAsked) {
  Org org;
  adapter::Selection selection = leads();
  selection.paths = {"Contacts[Primary=true].Email", "LastName FROM User --"};
  auto page = org.adapter->read(selection, "", 10, org.context);
  ASSERT_FALSE(page);
  EXPECT_EQ(page.error().code(), ErrorCode::Invalid);
  EXPECT_EQ(page.error().problems().size(), 2U);
  EXPECT_TRUE(org.script->requests.empty());
}

TEST(SalesforceRead, AStatementTooLongForAnAddressTravelsInACompositeCall) {
  Org org;
  adapter::Selection selection = leads();
  for (int i = 0; i < 400; ++i)
    selection.paths.push_back("A_rather_long_custom_field_name_" + std::to_string(i) + "__c");
  json part = {{"body", json::parse(rows({lead_row(kA, kT1)}))},
               {"httpHeaders", json::object()},
               {"httpStatusCode", 200},
               {"referenceId", "q"}};
  org.script->say(200, json{{"compositeResponse", {part}}}.dump());
  auto page = org.adapter->read(selection, "", 10, org.context);
  ASSERT_TRUE(page) << page.error();
  EXPECT_EQ(page->changes.front().key, kA);
  const http::Request& request = org.script->requests.front();
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.target, "/services/data/v60.0/composite");
  EXPECT_EQ(request.repeatable, http::Repeatable::Yes);
}

TEST(SalesforceRead, ARefusedPartOfACompositeCallIsTheQuerysError) {
  Org org;
  adapter::Selection selection = leads();
  for (int i = 0; i < 400; ++i)
    selection.paths.push_back("A_rather_long_custom_field_name_" + std::to_string(i) + "__c");
  const json cassette = json::parse(fixture("cassettes/composite_query_invalid_type.json"));
  const json part = cassette[0]["response"]["body"]["compositeResponse"][1];
  org.script->say(200, json{{"compositeResponse", {part}}}.dump());
  auto page = org.adapter->read(selection, "", 10, org.context);
  ASSERT_FALSE(page);
  EXPECT_EQ(page.error().remote_code(), "INVALID_TYPE");
  EXPECT_EQ(page.error().http_status(), 400);
}

TEST(SalesforceRead, AQueryThatTakesTooLongIsAskedOnceMoreAndNarrower) {
  const std::pair<int, const char*> answers[] = {
      {400, R"([{"errorCode":"QUERY_TIMEOUT","message":"running for too long"}])"},
      {500, R"([{"errorCode":"REQUEST_RUNNING_TOO_LONG","message":"too long"}])"},
      {408, ""}};
  for (const auto& [status, body] : answers) {
    Org org;
    org.script->say(status, body);
    org.script->say(200, rows({lead_row(kA, kT1)}));
    auto page = org.adapter->read(leads(), "", 800, org.context);
    ASSERT_TRUE(page) << page.error();
    EXPECT_TRUE(soql_of(org.script->requests.back()).ends_with("LIMIT 100"));
  }
}

TEST(SalesforceRead, AFieldThatTheOrgDoesNotHaveStopsTheSpokeWithTheOrgsWords) {
  Org org;
  org.script->say(400, fixture("rest/sobject_write_error_response.json"));
  auto page = org.adapter->read(leads(), "", 10, org.context);
  ASSERT_FALSE(page);
  EXPECT_EQ(page.error().code(), ErrorCode::Invalid);
  EXPECT_EQ(page.error().remote_code(), "INVALID_FIELD");
  EXPECT_EQ(page.error().remote_message(), "No such column 'foo' on sobject of type Bar");
}

TEST(SalesforceRead, OurOwnChangesAreKnownByTheirModifier) {
  Options options = Org::with_overlay();
  options.user = "bridge@acme.example";
  Org org(options);
  adapter::Selection selection = leads();
  selection.modified_by = "LastModifiedById";
  EXPECT_TRUE(org.adapter->capabilities(selection).modified_by);
  org.script->say(200, rows({lead_row(kA, kT1, {{"LastModifiedById", "005R00000000001AAA"}}),
                             lead_row(kB, kT1, {{"LastModifiedById", "005R00000000002AAA"}})}));
  org.script->say(200, rows({{{"Id", "005R00000000001"}}}));
  auto page = org.adapter->read(selection, "", 10, org.context);
  ASSERT_TRUE(page) << page.error();
  EXPECT_TRUE(page->changes[0].modified_by_us);
  EXPECT_FALSE(page->changes[1].modified_by_us);
  EXPECT_EQ(soql_of(org.script->requests.back()),
            "SELECT Id FROM User WHERE Username = 'bridge@acme.example'");
}

TEST(SalesforceRead, WithoutAKnownUserTheModifierIsNotClaimed) {
  Org org;
  adapter::Selection selection = leads();
  selection.modified_by = "LastModifiedById";
  EXPECT_FALSE(org.adapter->capabilities(selection).modified_by);
}

TEST(SalesforceRead, OneRecordByKeyShowsADeletionAndMissesTheUnknown) {
  Org org;
  org.script->say(200, rows({lead_row(kA, kT1, {{"IsDeleted", true}})}));
  auto deleted = org.adapter->read_by_key(leads(), "00QR00000064wc7", org.context);
  ASSERT_TRUE(deleted) << deleted.error();
  EXPECT_TRUE(deleted->deleted);
  org.script->say(200, fixture("rest/sobject_query_empty_response.json"));
  auto none = org.adapter->read_by_key(leads(), kB, org.context);
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code(), ErrorCode::NotFound);
  EXPECT_EQ(org.adapter->read_by_key(leads(), "' OR Name != '", org.context).error().code(),
            ErrorCode::NotFound);
}

TEST(SalesforceRead, ACreateIsFoundByItsCorrelationAndALiveRecordComesFirst) {
  Org org;
  org.script->say(200, rows({lead_row(kA, kT1, {{"IsDeleted", true}}), lead_row(kB, kT1)}));
  auto found = org.adapter->find(leads(), "018f'x", org.context);
  ASSERT_TRUE(found) << found.error();
  ASSERT_EQ(found->size(), 2U);
  EXPECT_EQ((*found)[0].key, kB);
  EXPECT_TRUE((*found)[1].deleted);
  EXPECT_TRUE(
      soql_of(org.script->requests.back()).ends_with("WHERE ChannelbridgeId__c = '018f\\'x'"));
}

TEST(SalesforceRead, AnObjectIsDescribedOnce) {
  Org org;
  for (int i = 0; i < 3; ++i) {
    org.script->say(200, rows({}));
    ASSERT_TRUE(org.adapter->read(leads(), "", 10, org.context));
  }
  EXPECT_EQ(org.script->describes, 1);
}

}  // namespace
}  // namespace channelbridge::salesforce::test
