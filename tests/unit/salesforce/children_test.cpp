#include "org_script.hpp"

namespace channelbridge::salesforce::test {
namespace {

using nlohmann::json;

constexpr const char* kAccount = "001R00000064wc7IAA";
constexpr const char* kOther = "001R00000064wc8IAA";

adapter::Selection accounts() {
  return {.object = "Account",
          .id = "Id",
          .version = "SystemModstamp",
          .modified = "LastModifiedDate",
          .correlation = "ChannelbridgeId__c",
          .paths = {"Name"},
          .children = {{.navigation = "Contacts",
                        .object = "Contact",
                        .paths = {"Id", "LastName", "MailingAddress.city", "Owner.Name"}}}};
}

std::string contact_id(int number) {
  std::string digits = std::to_string(number);
  return "003R0000" + std::string(7 - digits.size(), '0') + digits + "AAA";
}

json contact(int number, const std::string& name = "Smith") {
  return {{"attributes", {{"type", "Contact"}}}, {"Id", contact_id(number)}, {"LastName", name}};
}

/// As a subquery shows its rows; `total` above their number = the list stops early.
json list(const std::vector<json>& records, std::size_t total) {
  json out = {{"totalSize", total}, {"done", total == records.size()}, {"records", records}};
  if (total != records.size())
    out["nextRecordsUrl"] = "/services/data/v60.0/query/01gRO0000016PIAYA2-2";
  return out;
}

json account_row(const std::string& id, json contacts) {
  return {{"attributes", {{"type", "Account"}}},
          {"Id", id},
          {"SystemModstamp", kT1},
          {"LastModifiedDate", kT1},
          {"ChannelbridgeId__c", nullptr},
          {"Name", "Acme"},
          {"IsDeleted", false},
          {"MasterRecordId", nullptr},
          {"Contacts", std::move(contacts)}};
}

json document_of(const adapter::Change& change) { return json::parse(change.document.text()); }

TEST(SalesforceChildren, ListsAreSelectedWithTheirParentAndWithoutDeletedRows) {
  Org org;
  org.script->say(200, rows({}));
  auto page = org.adapter->read(accounts(), "", 500, org.context);
  ASSERT_TRUE(page) << page.error();
  EXPECT_EQ(soql_of(org.script->requests.front()),
            "SELECT Id,SystemModstamp,LastModifiedDate,ChannelbridgeId__c,Name,IsDeleted,"
            "MasterRecordId,(SELECT Id,LastName,MailingAddress,Owner.Name FROM Contacts WHERE "
            "IsDeleted = false ORDER BY Id) FROM Account WHERE SystemModstamp < "
            "2026-03-01T10:00:01.000Z ORDER BY SystemModstamp, Id LIMIT 500");
}

TEST(SalesforceChildren, TwoPartsOfOneListAreOneSubquery) {
  Org org;
  adapter::Selection selection = accounts();
  selection.children.push_back(
      {.navigation = "Contacts", .object = "Contact", .paths = {"Id", "Email"}});
  org.script->say(200, rows({}));
  ASSERT_TRUE(org.adapter->read(selection, "", 500, org.context));
  const std::string soql = soql_of(org.script->requests.front());
  EXPECT_NE(soql.find("(SELECT Id,LastName,MailingAddress,Owner.Name,Email FROM Contacts"),
            std::string::npos)
      << soql;
  EXPECT_EQ(soql.find("FROM Contacts"), soql.rfind("FROM Contacts"));
}

TEST(SalesforceChildren, AWholeListAndNoListAreShownAsTheyCame) {
  Org org;
  org.script->say(200, rows({account_row(kAccount, list({contact(1), contact(2)}, 2)),
                             account_row(kOther, nullptr)}));
  auto page = org.adapter->read(accounts(), "", 500, org.context);
  ASSERT_TRUE(page) << page.error();
  EXPECT_EQ(document_of(page->changes[0])["Contacts"]["records"].size(), 2U);
  EXPECT_TRUE(document_of(page->changes[1])["Contacts"].is_null());
  EXPECT_EQ(org.script->requests.size(), 1U);
}

TEST(SalesforceChildren, AListThatStopsEarlyIsCompletedBeforeThePageGoesOut) {
  Org org;
  org.script->say(200, rows({account_row(kAccount, list({contact(1), contact(2)}, 5)),
                             account_row(kOther, list({contact(9)}, 1))}));
  org.script->say(200, rows({contact(3), contact(4, "M\u00fcller \"x\"")}, false));
  org.script->say(200, rows({contact(5)}));
  auto page = org.adapter->read(accounts(), "", 500, org.context);
  ASSERT_TRUE(page) << page.error();
  const json document = document_of(page->changes[0]);
  EXPECT_EQ(
      document["Contacts"],
      list({contact(1), contact(2), contact(3), contact(4, "M\u00fcller \"x\""), contact(5)}, 5));
  EXPECT_EQ(document["Name"], "Acme");
  EXPECT_TRUE(page->changes[0].document.full());
  EXPECT_EQ(document_of(page->changes[1])["Contacts"], list({contact(9)}, 1));
  ASSERT_EQ(org.script->requests.size(), 3U);
  EXPECT_EQ(soql_of(org.script->requests[1]),
            "SELECT Id,LastName,MailingAddress,Owner.Name FROM Contact WHERE AccountId = "
            "'001R00000064wc7IAA' AND IsDeleted = false AND Id > '" +
                contact_id(2) + "' ORDER BY Id LIMIT 2000");
  EXPECT_NE(soql_of(org.script->requests[2]).find("Id > '" + contact_id(4) + "'"),
            std::string::npos);
}

TEST(SalesforceChildren, AListThatCannotBeCompletedFailsThePage) {
  Org org;
  const std::string first = rows({account_row(kAccount, list({contact(1)}, 3))});
  org.script->say(200, first);
  org.script->say(400, R"([{"errorCode":"INVALID_FIELD","message":"no"}])");
  auto page = org.adapter->read(accounts(), "", 500, org.context);
  ASSERT_FALSE(page);
  EXPECT_EQ(page.error().remote_code(), "INVALID_FIELD");
  EXPECT_EQ(page.error().key(), kAccount);
  // Rows that bring nothing new would go on for ever.
  for (const std::string& rest : {rows({contact(1)}, false), rows({}, false)}) {
    org.script->say(200, first);
    org.script->say(200, rest);
    EXPECT_EQ(org.adapter->read(accounts(), "", 500, org.context).error().code(),
              ErrorCode::Protocol);
  }
}

TEST(SalesforceChildren, AListThatLacksRowsOrIsMissingIsABrokenAnswer) {
  json lacking = list({contact(1)}, 2);
  lacking["done"] = true;
  json silent = list({contact(1)}, 1);
  silent.erase("done");
  for (const json& contacts : {lacking, silent, json(5), json::array({contact(1)})}) {
    Org org;
    org.script->say(200, rows({account_row(kAccount, contacts)}));
    auto page = org.adapter->read(accounts(), "", 500, org.context);
    ASSERT_FALSE(page) << contacts;
    EXPECT_EQ(page.error().code(), ErrorCode::Protocol);
    EXPECT_EQ(to_string(page.error()).find("Smith"), std::string::npos);
  }
  Org org;
  json row = account_row(kAccount, nullptr);
  row.erase("Contacts");
  org.script->say(200, rows({row}));
  auto page = org.adapter->read(accounts(), "", 500, org.context);
  ASSERT_FALSE(page);
  EXPECT_EQ(page.error().code(), ErrorCode::Protocol);
  EXPECT_NE(page.error().message().find("without its 'Contacts'"), std::string::npos);
}

TEST(SalesforceChildren, ADeletedParentsListIsNotAskedFor) {
  Org org;
  json row = account_row(kAccount, list({contact(1)}, 3));
  row["IsDeleted"] = true;
  org.script->say(200, rows({row}));
  auto page = org.adapter->read(accounts(), "", 500, org.context);
  ASSERT_TRUE(page) << page.error();
  EXPECT_TRUE(page->changes[0].deleted);
  EXPECT_EQ(org.script->requests.size(), 1U);
}

TEST(SalesforceChildren, AFullPageGoesOnBehindItsLastParent) {
  Org org;
  // Rows of subqueries count: the org stops a page early, and 'done' is no end.
  org.script->say(200, rows({account_row(kAccount, list({contact(1)}, 1))}, false));
  auto page = org.adapter->read(accounts(), "", 500, org.context);
  ASSERT_TRUE(page) << page.error();
  EXPECT_FALSE(page->end);
  org.script->say(200, rows({}));
  ASSERT_TRUE(org.adapter->read(accounts(), page->next, 500, org.context));
  EXPECT_NE(soql_of(org.script->requests.back()).find("Id > '001R00000064wc7IAA'"),
            std::string::npos);
}

TEST(SalesforceChildren, ReadsByKeyAndByCorrelationShowListsWholeToo) {
  Org org;
  const std::string cut = rows({account_row(kAccount, list({contact(1)}, 2))});
  const std::string rest = rows({contact(2)});
  const auto whole = [](const adapter::Change& change) {
    return document_of(change)["Contacts"]["records"].size() == 2;
  };
  org.script->say(200, cut);
  org.script->say(200, rest);
  auto one = org.adapter->read_by_key(accounts(), kAccount, org.context);
  ASSERT_TRUE(one) << one.error();
  EXPECT_TRUE(whole(*one));
  org.script->say(200, cut);
  org.script->say(200, rest);
  auto several = org.adapter->read_by_keys(accounts(), {kAccount}, org.context);
  ASSERT_TRUE(several) << several.error();
  EXPECT_TRUE(whole(several->changes.front()));
  org.script->say(200, cut);
  org.script->say(200, rest);
  auto found = org.adapter->find(accounts(), "018f", org.context);
  ASSERT_TRUE(found) << found.error();
  EXPECT_TRUE(whole(found->front()));
}

TEST(SalesforceChildren, AnUnknownListIsNamedWithTheNearestOne) {
  Org org;
  adapter::Selection selection = accounts();
  selection.children[0].navigation = "Contact";
  auto page = org.adapter->read(selection, "", 500, org.context);
  ASSERT_FALSE(page);
  EXPECT_EQ(page.error().code(), ErrorCode::Invalid);
  EXPECT_NE(page.error().message().find("'Contacts'"), std::string::npos) << page.error();
  selection.children[0].navigation = "Contacts";
  selection.children[0].object = "Lead";
  EXPECT_EQ(org.adapter->read(selection, "", 500, org.context).error().code(), ErrorCode::Invalid);
  selection.children[0].object = "Contact";
  selection.children[0].paths = {"Id", "Cases[Status=New].Id"};
  EXPECT_EQ(org.adapter->read(selection, "", 500, org.context).error().problems().size(), 1U);
  EXPECT_TRUE(org.script->requests.empty());
}

TEST(SalesforceChildren, WhatNoStatementCanReadIsRefusedWhenTheProjectIsLoaded) {
  Org org;
  EXPECT_TRUE(org.adapter->check(accounts()));
  adapter::Selection deep = accounts();
  deep.children[0].children.push_back({.navigation = "Cases", .object = "Case"});
  EXPECT_EQ(org.adapter->check(deep).error().code(), ErrorCode::Unsupported);
  EXPECT_EQ(org.adapter->read(deep, "", 500, org.context).error().code(), ErrorCode::Unsupported);
  adapter::Selection many = accounts();
  for (int i = 0; i < 20; ++i)
    many.children.push_back({.navigation = "List" + std::to_string(i) + "__r", .object = "X__c"});
  EXPECT_EQ(org.adapter->check(many).error().code(), ErrorCode::Unsupported);
  EXPECT_EQ(org.script->describes, 0);
}

}  // namespace
}  // namespace channelbridge::salesforce::test
