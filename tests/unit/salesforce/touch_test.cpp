#include "org_script.hpp"

namespace channelbridge::salesforce::test {
namespace {

using nlohmann::json;

constexpr const char* kDeal = "006R0000003FPYxIAO";
constexpr const char* kOtherDeal = "006R0000003FPYyIAO";
constexpr const char* kRoleA = "00KR00000000001AAA";
constexpr const char* kRoleB = "00KR00000000002AAA";

adapter::Selection deals() {
  return {.object = "Opportunity",
          .id = "Id",
          .version = "SystemModstamp",
          .paths = {"Name"},
          .children = {{.navigation = "OpportunityContactRoles",
                        .object = "OpportunityContactRole",
                        .paths = {"Id", "Role"}}},
          .touch = {"OpportunityContactRole"}};
}

json deal(const std::string& id) {
  return {{"attributes", {{"type", "Opportunity"}}},
          {"Id", id},
          {"SystemModstamp", kT1},
          {"Name", "Deal"},
          {"IsDeleted", false},
          {"OpportunityContactRoles", nullptr}};
}

json role(const std::string& id, const std::string& parent, const std::string& stamp = kT1) {
  return {{"attributes", {{"type", "OpportunityContactRole"}}},
          {"Id", id},
          {"SystemModstamp", stamp},
          {"OpportunityId", parent}};
}

/// The cursor behind a first pass, whose bound is 10:00:01.
adapter::Cursor after_first_pass(Org& org) {
  org.script->say(200, rows({}));
  auto page = org.adapter->read(deals(), "", 100, org.context);
  EXPECT_TRUE(page) << (page ? "" : to_string(page.error()));
  EXPECT_TRUE(page->end) << "a first pass reads every root, and needs no word of their children";
  org.script->server_time += std::chrono::hours(1);
  return page->next;
}

TEST(SalesforceTouch, AChildsOwnChangeReadsItsParentAgain) {
  Org org;
  adapter::Selection selection = deals();
  selection.where = "IsPrivate = false";
  adapter::Cursor cursor = after_first_pass(org);
  org.script->say(200, rows({}));
  auto roots = org.adapter->read(selection, cursor, 100, org.context);
  ASSERT_TRUE(roots) << roots.error();
  EXPECT_FALSE(roots->end) << "the children come behind the roots";

  org.script->say(200, rows({role(kRoleA, kDeal), role(kRoleB, kDeal)}));
  org.script->say(200, rows({deal(kDeal)}));
  auto touched = org.adapter->read(selection, roots->next, 100, org.context);
  ASSERT_TRUE(touched) << touched.error();
  EXPECT_TRUE(touched->end);
  ASSERT_EQ(touched->changes.size(), 1U);
  EXPECT_EQ(touched->changes[0].key, kDeal);
  const auto& requests = org.script->requests;
  EXPECT_EQ(soql_of(requests[requests.size() - 2]),
            "SELECT Id,SystemModstamp,OpportunityId FROM OpportunityContactRole WHERE "
            "SystemModstamp >= 2026-03-01T09:50:01.000Z AND SystemModstamp < "
            "2026-03-01T11:00:01.000Z ORDER BY SystemModstamp, Id LIMIT 100");
  EXPECT_TRUE(soql_of(requests.back())
                  .ends_with("WHERE Id IN ('006R0000003FPYxIAO') AND (IsPrivate = false)"))
      << soql_of(requests.back());
  EXPECT_EQ(touched->next, "keyset1 2026-03-01T11:00:01.000Z - - -");
}

TEST(SalesforceTouch, ManyChildrenAreReadPageByPageUnderTheSameBound) {
  Org org;
  adapter::Cursor cursor = after_first_pass(org);
  org.script->say(200, rows({}));
  cursor = org.adapter->read(deals(), cursor, 1, org.context)->next;
  org.script->say(200, rows({role(kRoleA, kDeal)}));
  org.script->say(200, rows({deal(kDeal)}));
  auto first = org.adapter->read(deals(), cursor, 1, org.context);
  ASSERT_TRUE(first) << first.error();
  EXPECT_FALSE(first->end);
  org.script->server_time += std::chrono::hours(1);
  org.script->say(200, rows({role(kRoleB, kOtherDeal)}, false));
  org.script->say(200, rows({deal(kOtherDeal)}));
  auto second = org.adapter->read(deals(), first->next, 1, org.context);
  ASSERT_TRUE(second) << second.error();
  EXPECT_FALSE(second->end) << "an answer that stops early is no end";
  const std::string soql = soql_of(org.script->requests[org.script->requests.size() - 2]);
  EXPECT_NE(soql.find("(SystemModstamp > 2026-03-01T09:00:00.000Z OR (SystemModstamp = "
                      "2026-03-01T09:00:00.000Z AND Id > '00KR00000000001AAA')) AND "
                      "SystemModstamp < 2026-03-01T11:00:01.000Z"),
            std::string::npos)
      << soql;
  org.script->say(200, rows({}));
  auto last = org.adapter->read(deals(), second->next, 1, org.context);
  ASSERT_TRUE(last) << last.error();
  EXPECT_TRUE(last->end);
}

TEST(SalesforceTouch, RemovedChildrenAreSeenWhateverTheSettingsSayOfDeletedRecords) {
  Options options = Org::with_overlay();
  options.deletes = false;
  Org org(options);
  adapter::Cursor cursor = after_first_pass(org);
  org.script->say(200, rows({}));
  cursor = org.adapter->read(deals(), cursor, 100, org.context)->next;
  org.script->say(200, rows({role(kRoleA, kDeal)}));
  org.script->say(200, rows({deal(kDeal)}));
  ASSERT_TRUE(org.adapter->read(deals(), cursor, 100, org.context));
  const auto& requests = org.script->requests;
  EXPECT_TRUE(requests[requests.size() - 2].target.starts_with("/services/data/v60.0/queryAll?"));
  EXPECT_TRUE(requests.back().target.starts_with("/services/data/v60.0/query?"));
}

TEST(SalesforceTouch, AFailedLookAtTheParentsLeavesTheCursor) {
  Org org;
  adapter::Cursor cursor = after_first_pass(org);
  org.script->say(200, rows({}));
  cursor = org.adapter->read(deals(), cursor, 100, org.context)->next;
  org.script->say(200, rows({role(kRoleA, kDeal), role(kRoleB, kOtherDeal)}));
  org.script->say(200, rows({deal(kDeal)}, false));
  org.script->say(200, rows({}, false));
  EXPECT_EQ(org.adapter->read(deals(), cursor, 100, org.context).error().code(),
            ErrorCode::Protocol)
      << "the second parent was not shown, and nobody said that it is gone";
}

TEST(SalesforceTouch, ACursorOfAListThatTheMappingLeftOutBeginsThePassAgain) {
  Org org;
  adapter::Cursor cursor = after_first_pass(org);
  org.script->say(200, rows({}));
  cursor = org.adapter->read(deals(), cursor, 100, org.context)->next;
  org.script->say(200, rows({role(kRoleA, kDeal)}));
  org.script->say(200, rows({deal(kDeal)}));
  cursor = org.adapter->read(deals(), cursor, 1, org.context)->next;
  EXPECT_TRUE(cursor.ends_with(" 00KR00000000001AAA OpportunityContactRoles")) << cursor;
  adapter::Selection selection = deals();
  selection.touch.clear();
  org.script->say(200, rows({deal(kDeal)}));
  auto page = org.adapter->read(selection, cursor, 100, org.context);
  ASSERT_TRUE(page) << page.error();
  EXPECT_TRUE(page->end);
  const std::string soql = soql_of(org.script->requests.back());
  EXPECT_NE(soql.find("FROM Opportunity WHERE SystemModstamp >= 2026-03-01T09:50:01.000Z AND "
                      "SystemModstamp < 2026-03-01T11:00:01.000Z ORDER"),
            std::string::npos)
      << soql;
}

TEST(SalesforceTouch, AChildThatCanMoveAwayUnseenIsRefused) {
  Org org;
  const adapter::Selection contacts{
      .object = "Account",
      .id = "Id",
      .paths = {"Name"},
      .children = {{.navigation = "Contacts", .object = "Contact", .paths = {"Id"}}},
      .touch = {"Contact"}};
  auto page = org.adapter->read(contacts, "", 100, org.context);
  ASSERT_FALSE(page);
  EXPECT_EQ(page.error().code(), ErrorCode::Unsupported);
  EXPECT_NE(page.error().message().find("AccountId"), std::string::npos) << page.error();
  adapter::Selection stranger = deals();
  stranger.touch = {"OpportunityLineItem"};
  EXPECT_EQ(org.adapter->check(stranger).error().code(), ErrorCode::Invalid);
  EXPECT_TRUE(org.script->requests.empty());
}

}  // namespace
}  // namespace channelbridge::salesforce::test
