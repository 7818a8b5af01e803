#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "budget_internal.hpp"
#include "scripted_service.hpp"

/// Reads by keys, rows that are set aside, bounds of a pull, and the budget of a day.
namespace channelbridge::odata {
namespace {

using adapter::Selection;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

Selection bare_orders() {
  return {.object = "A_SalesOrder",
          .id = "SalesOrder",
          .modified = "LastChangeDateTime",
          .paths = {"SalesOrder", "PurchaseOrderByCustomer"}};
}
Selection people() {
  return {.object = "People", .id = "UserName", .modified = "", .paths = {"FirstName"}};
}
std::string order(const std::string& key) {
  return R"({"SalesOrder":")" + key + R"(","PurchaseOrderByCustomer":"PO"})";
}
std::string list(const std::vector<std::string>& rows, const std::string& more = {}) {
  std::string out = R"({"d":{"__count":")" + std::to_string(rows.size()) + R"(","results":[)";
  for (std::size_t i = 0; i < rows.size(); ++i) out += (i == 0 ? "" : ",") + rows[i];
  return out + "]" + more + "}}";
}
http::Response not_found() {
  return json_answer(
      R"({"error":{"code":"/IWBEP/CM_MGW_RT/020","message":{"value":"Resource not found"}}})", 404);
}
std::map<std::string, adapter::Change> by_key(const adapter::Page& page) {
  std::map<std::string, adapter::Change> out;
  for (const adapter::Change& change : page.changes) out[change.key] = change;
  return out;
}

TEST(ODataKeys, ManyObjectsAreOneRequestWithAnOrOfTheirKeys) {
  Scripted service = script("odata-v2/API_SALES_ORDER_SRV.edmx", [](const http::Request&) {
    return json_answer(list({order("2"), order("1")}));
  });
  const auto page = service.adapter->read_by_keys(bare_orders(), {"1", "2"}, service.context());
  ASSERT_TRUE(page) << to_string(page.error());
  EXPECT_THAT(by_key(*page), SizeIs(2));
  const auto asked = service.transport->requests("A_SalesOrder");
  ASSERT_THAT(asked, SizeIs(1));
  EXPECT_THAT(decoded(asked[0].target), HasSubstr("SalesOrder eq '1' or SalesOrder eq '2'"));
}

TEST(ODataKeys, WhatAListLeavesOutIsGoneOnlyWhenItsOwnAddressSaysSo) {
  Scripted service = script("odata-v2/API_SALES_ORDER_SRV.edmx", [](const http::Request& request) {
    const std::string target = decoded(request.target);
    if (target.find("$filter") != std::string::npos) return json_answer(list({order("1")}));
    if (target.find("A_SalesOrder('2')") != std::string::npos)
      return json_answer(R"({"d":)" + order("2") + "}");
    return not_found();
  });
  const auto page =
      service.adapter->read_by_keys(bare_orders(), {"1", "2", "3"}, service.context());
  ASSERT_TRUE(page) << to_string(page.error());
  const auto found = by_key(*page);
  ASSERT_THAT(found, SizeIs(3));
  EXPECT_FALSE(found.at("1").deleted);
  EXPECT_FALSE(found.at("2").deleted);
  EXPECT_TRUE(found.at("3").deleted);
}

TEST(ODataKeys, ALongListIsAskedForInParts) {
  std::vector<std::string> keys;
  for (int i = 0; i < 120; ++i) keys.push_back(std::to_string(1'000'000 + i));
  Scripted service = script("odata-v2/API_SALES_ORDER_SRV.edmx", [&](const http::Request& request) {
    const std::string target = decoded(request.target);
    std::vector<std::string> rows;
    for (const std::string& key : keys) {
      if (target.find("eq '" + key + "'") != std::string::npos) rows.push_back(order(key));
    }
    return json_answer(list(rows));
  });
  const auto page = service.adapter->read_by_keys(bare_orders(), keys, service.context());
  ASSERT_TRUE(page) << to_string(page.error());
  EXPECT_THAT(page->changes, SizeIs(120));
  EXPECT_THAT(service.transport->requests("A_SalesOrder"), SizeIs(3));
}

TEST(ODataKeys, TheAdapterSaysHowManyOneRequestTakes) {
  Scripted service =
      script("odata-v2/API_SALES_ORDER_SRV.edmx", [](const http::Request&) { return not_found(); });
  EXPECT_EQ(service.adapter->capabilities(bare_orders()).read_keys, 50U);
  EXPECT_FALSE(service.adapter->capabilities(bare_orders()).conditional);
}

TEST(ODataRows, ARowWithoutItsKeyIsSetAsideAndTheOthersFlow) {
  Scripted service = script("odata-v2/API_SALES_ORDER_SRV.edmx", [](const http::Request&) {
    return json_answer(list({order("1"), R"({"SalesOrder":null,"PurchaseOrderByCustomer":"lost"})",
                             R"("text")", order("2")}));
  });
  const auto page = service.adapter->read(bare_orders(), {}, 10, service.context());
  ASSERT_TRUE(page) << to_string(page.error());
  ASSERT_THAT(page->changes, SizeIs(2));
  EXPECT_TRUE(page->end);
  ASSERT_THAT(page->unreadable, SizeIs(2));
  EXPECT_THAT(page->unreadable[0].text, HasSubstr("lost"));
  EXPECT_THAT(page->unreadable[0].position, ::testing::StartsWith("A_SalesOrder:"));
  EXPECT_EQ(page->unreadable[0].key, "");
  EXPECT_EQ(page->unreadable[0].error.system(), "erp");
  EXPECT_NE(page->unreadable[0].position, page->unreadable[1].position);
}

TEST(ODataRows, ARowThatCannotBeCutKeepsItsKey) {
  Selection partners = bare_orders();
  partners.paths.push_back("to_Partner[PartnerFunction=SH].Customer");
  Scripted service = script("odata-v2/API_SALES_ORDER_SRV.edmx", [](const http::Request& request) {
    if (request.target.find("more") != std::string::npos)
      return json_answer(R"({"d":{"results":["no entity"]}})");
    return json_answer(
        list({order("1"),
              R"({"SalesOrder":"2","to_Partner":{"results":[],"__next":"https://h/more"}})"}));
  });
  const auto page = service.adapter->read(partners, {}, 10, service.context());
  ASSERT_TRUE(page) << to_string(page.error());
  ASSERT_THAT(page->changes, SizeIs(1));
  EXPECT_EQ(page->changes[0].key, "1");
  ASSERT_THAT(page->unreadable, SizeIs(1));
  EXPECT_EQ(page->unreadable[0].key, "2");
}

TEST(ODataRows, ChildrenThatCannotBeFetchedFailThePage) {
  Scripted service = script("odata-v2/API_SALES_ORDER_SRV.edmx", [](const http::Request& request) {
    if (request.target.find("more") != std::string::npos)
      return json_answer(R"({"error":{"code":"X","message":{"value":"no"}}})", 400);
    return json_answer(
        list({R"({"SalesOrder":"2","to_Partner":{"results":[],"__next":"https://h/more"}})"}));
  });
  EXPECT_FALSE(service.adapter->read(bare_orders(), {}, 10, service.context()));
}

TEST(ODataRows, AFullReadGoesOnBehindTheLastRowThatHasAKey) {
  Selection snapshot = bare_orders();
  snapshot.modified.clear();
  Scripted service = script("odata-v2/API_SALES_ORDER_SRV.edmx", [](const http::Request& request) {
    if (decoded(request.target).find("SalesOrder gt '1'") != std::string::npos)
      return json_answer(list({order("2")}));
    return json_answer(R"({"d":{"__count":"3","results":[)" + order("1") +
                       R"(,{"SalesOrder":null}]}})");
  });
  const auto first = service.adapter->read(snapshot, {}, 2, service.context());
  ASSERT_TRUE(first) << to_string(first.error());
  EXPECT_FALSE(first->end);
  EXPECT_THAT(first->renewed, ElementsAre("A_SalesOrder")) << "everything is read anew";
  const auto second = service.adapter->read(snapshot, first->next, 2, service.context());
  ASSERT_TRUE(second) << to_string(second.error());
  EXPECT_TRUE(second->end);
  EXPECT_THAT(second->renewed, IsEmpty());
}

TEST(ODataBounds, APullReachesToTheEndOfTheSecondThatDateNames) {
  // json_answer() says "Thu, 01 Jan 2026 00:00:00 GMT". The second page knows the bound.
  int calls = 0;
  Scripted service = script("odata-v2/API_SALES_ORDER_SRV.edmx", [&](const http::Request&) {
    const bool first = ++calls == 1;
    const std::string row = R"({"SalesOrder":")" + std::to_string(calls) +
                            R"(","LastChangeDateTime":"/Date(176713920)" + std::to_string(calls) +
                            R"(000+0000)/"})";
    return json_answer(R"({"d":{"__count":")" + std::string(first ? "2" : "1") +
                       R"(","results":[)" + row + "]}}");
  });
  const auto first = service.adapter->read(bare_orders(), {}, 1, service.context());
  ASSERT_TRUE(first) << to_string(first.error());
  ASSERT_TRUE(service.adapter->read(bare_orders(), first->next, 1, service.context()));
  const auto asked = service.transport->requests("A_SalesOrder");
  ASSERT_THAT(asked, SizeIs(2));
  EXPECT_THAT(decoded(asked[0].target), Not(HasSubstr(" le ")));
  EXPECT_THAT(decoded(asked[1].target),
              HasSubstr("LastChangeDateTime le datetimeoffset'2026-01-01T00:00:01Z'"));
}

TEST(ODataBounds, V2IsNotAskedForASizeThatItDoesNotKnow) {
  for (const char* edmx : {"odata-v2/API_SALES_ORDER_SRV.edmx", "odata-v4/trippin.metadata.xml"}) {
    const bool v2 = std::string_view(edmx).starts_with("odata-v2");
    Scripted service = script(
        edmx,
        [&](const http::Request&) {
          return json_answer(v2 ? list({}, R"(,"__delta":"https://h/x?$deltatoken=1")")
                                : R"({"value":[],"@odata.deltaLink":"People?$deltatoken=1"})");
        },
        {.strategy = Strategy::Delta});
    const auto page =
        service.adapter->read(v2 ? bare_orders() : people(), {}, 10, service.context());
    ASSERT_TRUE(page) << to_string(page.error());
    EXPECT_EQ(
        service.transport->requests(v2 ? "A_SalesOrder" : "People").at(0).headers.get("prefer"),
        v2 ? "odata.track-changes" : "odata.track-changes,odata.maxpagesize=10");
  }
}

TEST(ODataBudget, PausesBeforeTheReserveAndGoesOnTheNextDay) {
  Scripted service = script("odata-v2/API_SALES_ORDER_SRV.edmx",
                            [](const http::Request&) { return json_answer(list({})); },
                            {.daily_calls = 5, .reserve_calls = 2});
  const auto read = [&] { return service.adapter->read(bare_orders(), {}, 10, service.context()); };
  ASSERT_TRUE(read());  // $metadata and a page
  ASSERT_TRUE(read());
  const std::size_t sent = service.transport->requests().size();
  service.clock->advance(std::chrono::hours(1));
  const auto refused = read();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::RateLimited);
  EXPECT_EQ(refused.error().sent(), Sent::No);
  EXPECT_EQ(refused.error().system(), "erp");
  EXPECT_EQ(refused.error().retry_after(), std::chrono::hours(23));
  EXPECT_THAT(refused.error().message(), HasSubstr("3 of 5 calls"));
  EXPECT_THAT(service.transport->requests(), SizeIs(sent));
  EXPECT_EQ(service.adapter->usage().budget_used, 3U);
  EXPECT_EQ(service.adapter->usage().budget_limit, 5U);
  service.clock->advance(std::chrono::hours(23));
  EXPECT_TRUE(read());
}

TEST(ODataBudget, ACallThatWasCountedBeforeMidnightIsNoneOfTheNewDay) {
  using std::chrono_literals::operator""h;
  Budget budget(5, 0);
  ASSERT_TRUE(budget.admit(Timestamp(24h), 101));  // another thread begins the day
  EXPECT_TRUE(budget.admit(Timestamp(24h), 100));
  EXPECT_EQ(budget.used(100), 0U);
}

}  // namespace
}  // namespace channelbridge::odata
