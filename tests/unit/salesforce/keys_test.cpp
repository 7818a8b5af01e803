#include "org_script.hpp"
#include "soql_internal.hpp"

namespace channelbridge::salesforce::test {
namespace {

constexpr const char* kT = "2026-02-01T00:00:00.000+0000";

std::string id(int number) {
  std::string digits = std::to_string(number);
  return *full_id("00QR00000" + std::string(6 - digits.size(), '0') + digits);
}
std::vector<std::string> ids(int count) {
  std::vector<std::string> out;
  for (int i = 0; i < count; ++i) out.push_back(id(i));
  return out;
}

TEST(SalesforceKeys, OneStatementBringsTheLivingTheDeletedAndTheConverted) {
  Org org;
  org.script->say(
      200, rows({lead_row(id(2), kT),
                 lead_row(id(0), kT, {{"IsDeleted", true}, {"MasterRecordId", id(7)}}),
                 lead_row(id(1), kT, {{"IsConverted", true}, {"ConvertedAccountId", id(8)}})}));
  auto page =
      org.adapter->read_by_keys(leads(), {id(0), id(1), id(2), id(3), "' OR Id != '"}, org.context);
  ASSERT_TRUE(page) << page.error();
  std::map<std::string, adapter::Change> found;
  for (adapter::Change& change : page->changes) found[change.key] = std::move(change);
  ASSERT_EQ(found.size(), 5U);
  EXPECT_TRUE(found[id(0)].deleted);
  EXPECT_EQ(found[id(0)].merged_into, id(7));
  EXPECT_FALSE(found[id(1)].deleted);
  EXPECT_EQ(found[id(1)].converted_into, id(8));
  EXPECT_FALSE(found[id(2)].document.empty());
  EXPECT_TRUE(found[id(3)].deleted) << "what a complete answer does not show is gone";
  EXPECT_TRUE(found["' OR Id != '"].deleted);
  ASSERT_EQ(org.script->requests.size(), 1U);
  EXPECT_NE(soql_of(org.script->requests[0]).find("WHERE Id IN ('" + id(0) + "','" + id(1) + "','"),
            std::string::npos);
}

TEST(SalesforceKeys, ABatchOfTwoHundredIsOneCallWithinAUri) {
  Org org;
  std::vector<nlohmann::json> all;
  for (const std::string& key : ids(201)) all.push_back(lead_row(key, kT));
  org.script->say(200, rows({all.begin(), all.end() - 1}));
  org.script->say(200, rows({all.back()}));
  auto page = org.adapter->read_by_keys(leads(), ids(201), org.context);
  ASSERT_TRUE(page) << page.error();
  EXPECT_EQ(page->changes.size(), 201U);
  ASSERT_EQ(org.script->requests.size(), 2U);
  EXPECT_EQ(org.script->requests[0].method, "GET");
  EXPECT_LT(org.script->requests[0].target.size(), 12'000U);
}

TEST(SalesforceKeys, AnAnswerThatStopsEarlyMakesNobodyGone) {
  Org org;
  org.script->say(200, rows({lead_row(id(0), kT)}, false));
  org.script->say(200, rows({lead_row(id(1), kT)}));
  auto page = org.adapter->read_by_keys(leads(), ids(2), org.context);
  ASSERT_TRUE(page) << page.error();
  ASSERT_EQ(page->changes.size(), 2U);
  for (const adapter::Change& change : page->changes) EXPECT_FALSE(change.deleted);
}

TEST(SalesforceKeys, AFailedReadIsAnError) {
  Org org;
  org.script->say(404, R"([{"errorCode":"NOT_FOUND","message":"no"}])");
  EXPECT_FALSE(org.adapter->read_by_keys(leads(), ids(2), org.context));
}

}  // namespace
}  // namespace channelbridge::salesforce::test
