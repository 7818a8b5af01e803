#include <set>

#include "connected_org.hpp"

namespace channelbridge::salesforce::test {
namespace {

using SalesforceReads = ConnectedOrg;

TEST_F(SalesforceReads, EveryRowOfOneSecondComesOnceOverManyPages) {
  seed_leads(250);
  adapter::Cursor cursor;
  const auto changes = read_all(cursor, 60);
  std::set<std::string> keys;
  for (const auto& change : changes) keys.insert(change.key);
  EXPECT_EQ(changes.size(), 250U);
  EXPECT_EQ(keys.size(), 250U);
}

TEST_F(SalesforceReads, AServerThatReturnsFewerRowsThanAskedForIsReadToItsEnd) {
  auto small = options();
  small.max_page_rows = 200;
  sandbox = std::move(server::salesforce::Sandbox::start(small).value());
  adapter = connect({});
  seed_leads(450);
  adapter::Cursor cursor;
  EXPECT_EQ(read_all(cursor, 2'000).size(), 450U);
}

TEST_F(SalesforceReads, OnlyWhatChangedComesAgain) {
  adapter = connect({{"overlap", "2s"}});
  ASSERT_TRUE(adapter->probe(context));  // signed in while the clocks agree
  desk().clock->advance(-std::chrono::hours(1));
  const auto ids = seed_leads(20);
  desk().clock->advance(std::chrono::minutes(1));
  adapter::Cursor cursor;
  read_all(cursor);
  desk().clock->advance(std::chrono::hours(1));
  ASSERT_TRUE(org().edit(ids[7], {{"Company", "Moved"}}));
  const auto changes = read_all(cursor);
  ASSERT_EQ(changes.size(), 1U);
  EXPECT_EQ(changes[0].key, ids[7]);
  EXPECT_NE(changes[0].document.text().find("Moved"), std::string_view::npos);
  EXPECT_FALSE(changes[0].modified_by_us);
}

TEST_F(SalesforceReads, ARowThatIsCommittedLateUnderTheCursorIsNotMissed) {
  seed_leads(3);
  ASSERT_TRUE(org().insert("Lead", {{"LastName", "Late"}, {"Company", "Acme"}},
                           {.visible_after = std::chrono::seconds(120)}));
  adapter::Cursor cursor;
  EXPECT_EQ(read_all(cursor).size(), 3U);
  desk().clock->advance(std::chrono::minutes(4));
  bool found = false;
  for (const auto& change : read_all(cursor))
    found = found || change.document.text().find("Late") != std::string_view::npos;
  EXPECT_TRUE(found);
}

TEST_F(SalesforceReads, DeletesMergesAndConversionsAreSeen) {
  const auto ids = seed_leads(4);
  adapter::Cursor cursor;
  read_all(cursor);
  ASSERT_TRUE(org().remove(ids[0]));
  ASSERT_TRUE(org().merge(ids[1], ids[2]));
  const auto converted = org().convert_lead(ids[3]);
  ASSERT_TRUE(converted) << converted.error();
  std::map<std::string, adapter::Change> seen;
  for (auto& change : read_all(cursor)) seen[change.key] = change;
  EXPECT_TRUE(seen[ids[0]].deleted);
  EXPECT_TRUE(seen[ids[2]].deleted);
  EXPECT_EQ(seen[ids[2]].merged_into, ids[1]);
  EXPECT_EQ(seen[ids[3]].converted_into, converted->opportunity_id);
  auto again = adapter->read_by_key(leads, ids[0], context);
  ASSERT_TRUE(again) << again.error();
  EXPECT_TRUE(again->deleted);
}

TEST_F(SalesforceReads, AConditionOfTheUserNarrowsTheRead) {
  seed_leads(5);
  ASSERT_TRUE(org().insert("Lead", {{"LastName", "O'Neil"}, {"Company", "Other"}}));
  leads.where = "Company = 'Other' OR Company = 'None'";
  adapter::Cursor cursor;
  EXPECT_EQ(read_all(cursor).size(), 1U);
}

TEST_F(SalesforceReads, AFieldThatDoesNotExistStopsWithTheOrgsWords) {
  leads.paths.push_back("Shoe_Size__c");
  auto page = adapter->read(leads, "", 10, context);
  ASSERT_FALSE(page);
  EXPECT_EQ(page.error().code(), ErrorCode::Invalid);
  EXPECT_EQ(page.error().remote_code(), "INVALID_FIELD");
  EXPECT_NE(page.error().remote_message().find("Shoe_Size__c"), std::string::npos);
}

TEST_F(SalesforceReads, AStatementTooLongForAnAddressIsReadAllTheSame) {
  seed_leads(3);
  leads.where = "Company = 'Acme'";
  for (int i = 0; i < 900; ++i) leads.where += " OR Company = 'x" + std::to_string(i) + "'";
  adapter::Cursor cursor;
  EXPECT_EQ(read_all(cursor).size(), 3U);
}

}  // namespace
}  // namespace channelbridge::salesforce::test
