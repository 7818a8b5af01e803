#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "channelbridge/document/document.hpp"
#include "orders_service.hpp"

namespace channelbridge::odata {
namespace {

using adapter::Selection;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(ODataRead, StepsThroughTimeAndDropsRepeats) {
  Orders orders_data;
  for (int i = 0; i < 10; ++i)
    orders_data.rows.push_back({"100" + std::to_string(i), kDay + i * 1000});
  Scripted service = script("odata-v2/API_SALES_ORDER_SRV.edmx", [&](const http::Request& request) {
    return orders_data.answer(request);
  });
  adapter::Cursor cursor;
  EXPECT_THAT(
      pull(service, orders(), cursor, 3),
      ElementsAre("1000", "1001", "1002", "1003", "1004", "1005", "1006", "1007", "1008", "1009"));
}

TEST(ODataRead, PagesInsideAMomentThatHoldsMoreRowsThanAPage) {
  Orders data;
  data.rows.push_back({"0", kDay - 5000});
  for (int i = 1; i <= 9; ++i) data.rows.push_back({std::to_string(i), kDay});
  data.rows.push_back({"99", kDay + 5000});
  Scripted service = script("odata-v2/API_SALES_ORDER_SRV.edmx",
                            [&](const http::Request& request) { return data.answer(request); });
  adapter::Cursor cursor;
  std::vector<std::string> keys = pull(service, orders(), cursor, 4);
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  EXPECT_THAT(keys, ElementsAre("0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "99"));
}

TEST(ODataRead, AServersSmallerPageIsNotTakenForTheEnd) {
  Orders data;
  data.most = 2;
  for (int i = 0; i < 7; ++i) data.rows.push_back({std::to_string(i), kDay + i * 1000});
  Scripted service = script("odata-v2/API_SALES_ORDER_SRV.edmx",
                            [&](const http::Request& request) { return data.answer(request); });
  adapter::Cursor cursor;
  EXPECT_EQ(pull(service, orders(), cursor, 100).size(), 7U);
}

TEST(ODataRead, ReadsLaterChangesWithAnOverlapAndKeepsNothingBack) {
  Orders data;
  data.rows = {{"1", kDay}, {"2", kDay + 3'600'000}};
  Scripted service = script("odata-v2/API_SALES_ORDER_SRV.edmx",
                            [&](const http::Request& request) { return data.answer(request); });
  adapter::Cursor cursor;
  pull(service, orders(), cursor, 100);
  // One row was committed late: its stamp lies just before the last one seen.
  data.rows.push_back({"3", kDay + 3'600'000 - 60'000});
  data.rows[0].ms = kDay + 3'700'000;
  EXPECT_THAT(pull(service, orders(), cursor, 100), ElementsAre("3", "2", "1"));
}

TEST(ODataRead, AStampInTheFutureDoesNotHideWhatHappensUntilThen) {
  Orders data;
  data.rows = {{"1", kDay}, {"9", kDay + 400LL * 86'400'000}};
  Scripted service = script("odata-v2/API_SALES_ORDER_SRV.edmx",
                            [&](const http::Request& request) { return data.answer(request); });
  adapter::Cursor cursor;
  pull(service, orders(), cursor, 100);
  data.rows.push_back({"2", kDay + 86'400'000 + 1000});
  EXPECT_THAT(pull(service, orders(), cursor, 100), ElementsAre("2", "9"));
}

TEST(ODataRead, DocumentsComeWithoutTheProtocolsEnvelope) {
  Orders data;
  data.rows = {{"1", kDay}};
  Scripted service = script("odata-v2/API_SALES_ORDER_SRV.edmx",
                            [&](const http::Request& request) { return data.answer(request); });
  const auto page = service.adapter->read(orders(), {}, 10, service.context());
  ASSERT_TRUE(page) << to_string(page.error());
  ASSERT_EQ(page->changes.size(), 1U);
  const adapter::Change& change = page->changes[0];
  EXPECT_EQ(
      change.document.text(),
      R"({"SalesOrder":"1","PurchaseOrderByCustomer":"PO","LastChangeDateTime":"/Date(1767139200000+0000)/","to_Partner":[{"PartnerFunction":"SH","Customer":"7"}]})");
  EXPECT_EQ(change.version, "W/\"e1\"");
  EXPECT_EQ(to_iso8601(*change.modified), "2025-12-31T00:00:00Z");
  EXPECT_TRUE(page->end);
  const std::string target = decoded(service.transport->requests("A_SalesOrder?").at(0).target);
  EXPECT_THAT(target, HasSubstr("$expand=to_Partner"));
  EXPECT_THAT(target, HasSubstr("to_Partner/Customer"));
  EXPECT_THAT(target, HasSubstr("to_Partner/PartnerFunction"));
}

TEST(ODataRead, CompletesAChildListThatTheServiceCut) {
  Scripted service = script("odata-v2/API_SALES_ORDER_SRV.edmx", [](const http::Request& request) {
    if (request.target.find("more") != std::string::npos) {
      return json_answer(R"({"d":{"results":[{"Customer":"8"}]}})");
    }
    return json_answer(
        R"({"d":{"__count":"1","results":[{"SalesOrder":"1","to_Partner":{"results":[{"Customer":"7"}],"__next":"https://other.host/more?a=b c"}}]}})");
  });
  const auto page = service.adapter->read(orders(), {}, 10, service.context());
  ASSERT_TRUE(page) << to_string(page.error());
  EXPECT_THAT(std::string(page->changes[0].document.text()),
              HasSubstr(R"("to_Partner":[{"Customer":"7"},{"Customer":"8"}])"));
  EXPECT_EQ(service.transport->requests("more").at(0).target, "/more?a=b%20c");
}

TEST(ODataRead, AServiceThatLosesRowsIsReported) {
  Selection snapshot = orders();
  snapshot.modified.clear();
  int calls = 0;
  Scripted service = script("odata-v2/API_SALES_ORDER_SRV.edmx", [&](const http::Request&) {
    ++calls;
    if (calls == 1) return json_answer(page({{"1", 0}, {"2", 0}}, 5));
    if (calls == 2) return json_answer(page({{"5", 0}}, 1));
    return json_answer(page({{"1", 0}}, 5));
  });
  const auto first = service.adapter->read(snapshot, {}, 2, service.context());
  ASSERT_TRUE(first) << to_string(first.error());
  EXPECT_FALSE(first->end);
  const auto second = service.adapter->read(snapshot, first->next, 2, service.context());
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code(), ErrorCode::Protocol);
}

TEST(ODataRead, EveryUnknownPathIsNamedWithItsNearestName) {
  Scripted service = script("odata-v2/API_SALES_ORDER_SRV.edmx",
                            [](const http::Request&) { return json_answer("{}"); });
  Selection wrong = orders();
  wrong.paths = {"PurchaseOrderByCustomr", "to_Partnr.Customer", "SalesOrder"};
  const auto page = service.adapter->read(wrong, {}, 10, service.context());
  ASSERT_FALSE(page);
  EXPECT_EQ(page.error().code(), ErrorCode::Invalid);
  ASSERT_EQ(page.error().problems().size(), 2U);
  EXPECT_EQ(page.error().problems()[0].suggestion, "PurchaseOrderByCustomer");
}

TEST(ODataRead, AFailedPageLeavesTheCursorAndSaysWhere) {
  Scripted service = script("odata-v2/API_SALES_ORDER_SRV.edmx", [](const http::Request&) {
    return json_answer(R"({"error":{"code":"X/1","message":{"value":"no"}}})", 400);
  });
  const auto page = service.adapter->read(orders(), {}, 10, service.context());
  ASSERT_FALSE(page);
  EXPECT_EQ(page.error().system(), "erp");
  EXPECT_EQ(page.error().operation(), "read A_SalesOrder");
  EXPECT_EQ(page.error().remote_code(), "X/1");
}

TEST(ODataRead, RefusesDuplicateKeysAndCutBodies) {
  for (const char* body : {R"({"d":{"results":[{"SalesOrder":"1","SalesOrder":"2"}]}})",
                           R"({"d":{"results":[)", "<html>"}) {
    Scripted service = script("odata-v2/API_SALES_ORDER_SRV.edmx",
                              [&](const http::Request&) { return json_answer(body); });
    const auto page = service.adapter->read(orders(), {}, 10, service.context());
    ASSERT_FALSE(page) << body;
    EXPECT_EQ(page.error().code(), ErrorCode::Protocol) << body;
  }
}

TEST(ODataRead, KeysAreEncodedSoThatASlashStaysInside) {
  Scripted service = script("odata-v2/API_SALES_ORDER_SRV.edmx", [](const http::Request&) {
    return json_answer(
        R"({"error":{"code":"/IWBEP/CM_MGW_RT/020","message":{"value":"Resource not found"}}})",
        404);
  });
  const auto change = service.adapter->read_by_key(orders(), "A/B'C?+", service.context());
  ASSERT_FALSE(change);
  EXPECT_EQ(change.error().code(), ErrorCode::NotFound);
  EXPECT_THAT(service.transport->requests("A_SalesOrder(").at(0).target,
              HasSubstr("/A_SalesOrder('A%2FB''C%3F%2B')"));
}

TEST(ODataRead, V4ReadsByTimeAndKeyWithAnUpperBound) {
  Selection people{.object = "People",
                   .id = "UserName",
                   .version = "@etag",
                   .modified = "",
                   .paths = {"FirstName"},
                   .children = {{.navigation = "Trips", .object = "", .paths = {"Name"}}}};
  Scripted service = script("odata-v4/trippin.metadata.xml", [](const http::Request& request) {
    if (decoded(request.target).find("UserName gt 'b'") != std::string::npos) {
      return json_answer(
          R"({"@odata.context":"x","@odata.count":1,"value":[{"@odata.etag":"W/\"3\"","UserName":"c"}]})");
    }
    return json_answer(
        R"({"@odata.context":"x","@odata.count":3,"value":[{"@odata.etag":"W/\"1\"","UserName":"a","Trips":[{"TripId":1}]},{"UserName":"b"}]})");
  });
  adapter::Cursor cursor;
  EXPECT_THAT(pull(service, people, cursor, 2), ElementsAre("a", "b", "c"));
  const std::string target = decoded(service.transport->requests("People").at(0).target);
  EXPECT_THAT(target, HasSubstr("$count=true"));
  EXPECT_THAT(target, HasSubstr("$expand=Trips($select=Name,TripId)"));
  EXPECT_THAT(target, Not(HasSubstr("inlinecount")));
}

TEST(ODataRead, FollowsDeltaLinksAndSeesDeletes) {
  Selection people{.object = "People", .id = "UserName", .paths = {"FirstName"}};
  const std::string changed =
      R"x({"value":[{"@removed":{"reason":"deleted"},"@id":"People('a')"},)x"
      R"x({"UserName":"b","FirstName":"B"}],"@odata.deltaLink":"People?$deltatoken=2"})x";
  const std::string all = R"x({"value":[{"UserName":"a","FirstName":"A"}],)x"
                          R"x("@odata.deltaLink":"https://h/root/People?$deltatoken=1"})x";
  Scripted service = script("odata-v4/trippin.metadata.xml",
                            [&](const http::Request& request) {
                              const bool later =
                                  request.target.find("deltatoken") != std::string::npos;
                              if (decoded(request.target).find("People('b')") != std::string::npos)
                                return json_answer(R"({"UserName":"b","FirstName":"B"})");
                              return json_answer(later ? changed : all);
                            },
                            {.service_path = "/root", .strategy = Strategy::Delta});
  const auto first = service.adapter->read(people, {}, 10, service.context());
  ASSERT_TRUE(first) << to_string(first.error());
  EXPECT_TRUE(first->end);
  const auto second = service.adapter->read(people, first->next, 10, service.context());
  ASSERT_TRUE(second) << to_string(second.error());
  ASSERT_EQ(second->changes.size(), 2U);
  EXPECT_EQ(second->changes[1].key, "a");
  EXPECT_TRUE(second->changes[1].deleted);
}

TEST(ODataRead, AForeignCursorIsRefused) {
  Scripted service = script("odata-v2/API_SALES_ORDER_SRV.edmx",
                            [](const http::Request&) { return json_answer("{}"); });
  for (const char* cursor :
       {"x", "{}", R"({"odata":2,"mode":"changes"})", R"({"odata":1,"mode":7})"}) {
    const auto page = service.adapter->read(orders(), cursor, 10, service.context());
    ASSERT_FALSE(page) << cursor;
    EXPECT_EQ(page.error().code(), ErrorCode::Invalid) << cursor;
  }
}

}  // namespace
}  // namespace channelbridge::odata
