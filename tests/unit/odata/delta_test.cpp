#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "orders_service.hpp"

/// Delta links: when they are followed, and what their answers mean.
namespace channelbridge::odata {
namespace {

using adapter::Selection;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

constexpr const char* kOrdersV4 = "s4hana/CE_SALESORDER_0001.edmx";
constexpr const char* kGoneBody =
    R"({"error":{"code":"/IWBEP/CM_MGW_RT/020","message":"The delta link is no longer valid"}})";

std::string offers_links() {
  return std::string(CHANNELBRIDGE_SOURCE_DIR) +
         "/tests/fixtures/sap/s4hana/delta-links.overlay.edmx";
}

Selection sales_orders(std::string where = {}) {
  return {.object = "SalesOrder",
          .id = "SalesOrder",
          .version = "@etag",
          .modified = "LastChangeDateTime",
          .paths = {"SalesOrder", "TotalNetAmount"},
          .children = {{.navigation = "_Item",
                        .object = "SalesOrderItem",
                        .paths = {"SalesOrderItem", "NetAmount"}}},
          .where = std::move(where)};
}

std::string order_row(const std::string& number) {
  return R"({"@odata.etag":"W/\"1\"","SalesOrder":")" + number +
         R"(","TotalNetAmount":1.50,"LastChangeDateTime":"2026-01-01T00:00:00Z",)"
         R"("_Item":[{"SalesOrder":")" +
         number + R"(","SalesOrderItem":"10","NetAmount":1.50}]})";
}

/// The first answer, the answer to its link, and objects that are asked for by key.
struct FollowedOrders {
  std::string first = order_row("1") + "," + order_row("2");
  std::string delta{};
  bool applied = true;
  int first_status = 200;
  int link_status = 200;
  int full_reads = 0;

  http::Response operator()(const http::Request& request) {
    const std::string target = decoded(request.target);
    if (target.find("deltatoken") != std::string::npos) {
      if (link_status != 200) return json_answer(kGoneBody, link_status);
      return json_answer(R"({"value":[)" + delta + R"(],"@odata.deltaLink":"S?$deltatoken=2"})");
    }
    if (target.find("SalesOrder('") != std::string::npos) return one(target);
    if (target.find("$filter=SalesOrder eq '") != std::string::npos ||
        target.find("$filter=(SalesOrder eq '") != std::string::npos) {
      return by_keys(target);
    }
    const bool tracked =
        request.headers.get("prefer").value_or("").find("track-changes") != std::string::npos;
    if (!tracked) {
      return json_answer(R"({"@odata.count":1,"value":[)" + order_row("by-time") + "]}");
    }
    ++full_reads;
    if (first_status != 200) return json_answer(kGoneBody, first_status);
    auto out = json_answer(R"({"value":[)" + first + R"(],"@odata.deltaLink":"S?$deltatoken=1"})");
    if (applied) out.headers.set("Preference-Applied", "odata.track-changes");
    return out;
  }
  static http::Response one(const std::string& target) {
    const std::size_t at = target.find("('") + 2;
    const std::string key = target.substr(at, target.find('\'', at) - at);
    if (key == "gone") {
      return json_answer(R"({"error":{"code":"/IWBEP/CM_MGW_RT/020","message":"not found"}})", 404);
    }
    return json_answer(order_row(key));
  }
  static http::Response by_keys(const std::string& target) {
    std::string rows;
    for (std::size_t at = target.find("SalesOrder eq '"); at != std::string::npos;
         at = target.find("SalesOrder eq '", at + 1)) {
      const std::string key = target.substr(at + 15, target.find('\'', at + 15) - at - 15);
      // Of this one the condition is not true any more.
      if (key != "left") rows += (rows.empty() ? "" : ",") + order_row(key);
    }
    return json_answer(R"({"value":[)" + rows + "]}");
  }
};

struct DeltaPull {
  std::vector<std::string> changed{};
  std::vector<std::string> deleted{};
  bool renewed{};
  adapter::Cursor next{};
  std::optional<Error> error{};
};

DeltaPull pull_links(Scripted& service, const Selection& selection, const adapter::Cursor& cursor) {
  const auto page = service.adapter->read(selection, cursor, 10, service.context());
  DeltaPull out;
  if (!page) {
    out.error = page.error();
    return out;
  }
  EXPECT_TRUE(page->end);
  EXPECT_THAT(page->unreadable, IsEmpty());
  for (const adapter::Change& change : page->changes)
    (change.deleted ? out.deleted : out.changed).push_back(change.key);
  out.renewed = !page->renewed.empty();
  out.next = page->next;
  return out;
}

Scripted serve_links(const std::shared_ptr<FollowedOrders>& service, Options options) {
  return script(
      kOrdersV4, [service](const http::Request& request) { return (*service)(request); },
      std::move(options));
}

TEST(ODataDelta, AServiceThatOffersLinksIsFollowedByThem) {
  const auto service = std::make_shared<FollowedOrders>();
  Scripted erp = serve_links(service, {.overlay_file = offers_links()});
  const DeltaPull first = pull_links(erp, sales_orders(), {});
  ASSERT_FALSE(first.error) << to_string(*first.error);
  EXPECT_THAT(first.changed, ElementsAre("1", "2"));
  EXPECT_TRUE(first.renewed);
  service->delta =
      order_row("2") + R"x(,{"@removed":{"reason":"deleted"},"@id":"SalesOrder('1')"})x";
  const DeltaPull second = pull_links(erp, sales_orders(), first.next);
  ASSERT_FALSE(second.error) << to_string(*second.error);
  EXPECT_THAT(second.changed, ElementsAre("2"));
  EXPECT_THAT(second.deleted, ElementsAre("1"));
  EXPECT_FALSE(second.renewed);
  EXPECT_EQ(service->full_reads, 1);
  // It goes on from the link of that answer.
  service->delta.clear();
  EXPECT_THAT(pull_links(erp, sales_orders(), second.next).changed, IsEmpty());
  EXPECT_THAT(erp.transport->requests("deltatoken=2"), SizeIs(1));
}

TEST(ODataDelta, AServiceThatOffersNoneIsNotAskedForThem) {
  const auto service = std::make_shared<FollowedOrders>();
  Scripted erp = serve_links(service, {});
  EXPECT_THAT(pull_links(erp, sales_orders(), {}).changed, ElementsAre("by-time"));
  EXPECT_EQ(service->full_reads, 0);
  // A child that is followed by itself may stand outside of what a link covers.
  Scripted offered = serve_links(service, {.overlay_file = offers_links()});
  Selection touching = sales_orders();
  touching.touch = {"SalesOrderItem"};
  EXPECT_THAT(pull_links(offered, touching, {}).changed, ElementsAre("by-time"));
  EXPECT_EQ(service->full_reads, 0);
}

TEST(ODataDelta, AQueryThatIsNotFollowedIsReadByTime) {
  for (const auto& [applied, status] :
       {std::pair{false, 200}, std::pair{true, 400}, std::pair{true, 501}}) {
    const auto service = std::make_shared<FollowedOrders>();
    service->applied = applied;
    service->first_status = status;
    Scripted erp = serve_links(service, {.overlay_file = offers_links()});
    const DeltaPull first = pull_links(erp, sales_orders(), {});
    ASSERT_FALSE(first.error) << to_string(*first.error);
    EXPECT_THAT(first.changed, ElementsAre("by-time")) << status;
    // It is not asked again.
    EXPECT_THAT(pull_links(erp, sales_orders(), first.next).changed, SizeIs(::testing::Le(1U)));
    EXPECT_EQ(service->full_reads, 1);
  }
}

TEST(ODataDelta, WhatFailsForAnotherReasonIsNotReadByTime) {
  const auto service = std::make_shared<FollowedOrders>();
  service->first_status = 403;
  Scripted erp = serve_links(service, {.overlay_file = offers_links()});
  const DeltaPull first = pull_links(erp, sales_orders(), {});
  ASSERT_TRUE(first.error);
  EXPECT_EQ(first.error->code(), ErrorCode::Forbidden);
}

TEST(ODataDelta, WhatAnAnswerSaysInPartIsReadAsItStands) {
  const auto service = std::make_shared<FollowedOrders>();
  Scripted erp =
      serve_links(service, {.strategy = Strategy::Delta, .parent_property = "SalesOrder"});
  const DeltaPull first = pull_links(erp, sales_orders(), {});
  // OData 4.0: a changed property, a changed child, a deleted child and a broken link, each as an
  // entry of its own; 4.01 names a removed entity by its address.
  service->delta =
      R"x({"@odata.id":"SalesOrder('3')","TotalNetAmount":9},)x"
      R"x({"@odata.context":"$metadata#SalesOrderItem/$entity","SalesOrder":"4",)x"
      R"x("SalesOrderItem":"20","NetAmount":7},)x"
      R"x({"@odata.context":"$metadata#SalesOrderItem/$deletedEntity",)x"
      R"x("id":"SalesOrderItem(SalesOrder='5',SalesOrderItem='10')","reason":"deleted"},)x"
      R"x({"@odata.context":"$metadata#SalesOrder/$deletedLink","source":"SalesOrder('6')",)x"
      R"x("relationship":"_Item","target":"SalesOrderItem(SalesOrder='6',SalesOrderItem='10')"})x";
  const auto page = erp.adapter->read(sales_orders(), first.next, 10, erp.context());
  ASSERT_TRUE(page) << to_string(page.error());
  ASSERT_THAT(page->changes, SizeIs(4));
  for (const adapter::Change& change : page->changes) {
    EXPECT_FALSE(change.deleted) << change.key;
    EXPECT_THAT(std::string(change.document.text()), HasSubstr(R"("_Item":[{"SalesOrder":")"))
        << change.key;
  }
  EXPECT_EQ(service->full_reads, 1);
}

TEST(ODataDelta, AChildOfADeletedObjectDoesNotBringItBack) {
  const auto service = std::make_shared<FollowedOrders>();
  Scripted erp =
      serve_links(service, {.strategy = Strategy::Delta, .parent_property = "SalesOrder"});
  const DeltaPull first = pull_links(erp, sales_orders("SalesOrderType eq 'OR'"), {});
  service->delta =
      R"x({"@odata.context":"$metadata#SalesOrder/$deletedEntity","id":"SalesOrder('1')",)x"
      R"x("reason":"deleted"},)x"
      R"x({"@odata.context":"$metadata#SalesOrderItem/$deletedEntity",)x"
      R"x("id":"SalesOrderItem(SalesOrder='1',SalesOrderItem='10')","reason":"deleted"})x";
  const DeltaPull second = pull_links(erp, sales_orders("SalesOrderType eq 'OR'"), first.next);
  EXPECT_THAT(second.deleted, ElementsAre("1"));
  EXPECT_THAT(second.changed, IsEmpty());
}

TEST(ODataDelta, WhatNoLongerFitsTheConditionIsNotDeleted) {
  const auto service = std::make_shared<FollowedOrders>();
  Scripted erp = serve_links(service, {.strategy = Strategy::Delta});
  for (const char* where : {"SalesOrderType eq 'OR'", ""}) {
    const DeltaPull first = pull_links(erp, sales_orders(where), {});
    service->delta = R"x({"@removed":{"reason":"changed"},"@id":"SalesOrder('left')"},)x"
                     R"x({"@odata.context":"#SalesOrder/$deletedEntity",)x"
                     R"x("id":"SalesOrder('2')","reason":"changed"})x";
    const DeltaPull second = pull_links(erp, sales_orders(where), first.next);
    EXPECT_THAT(second.deleted, IsEmpty()) << where;
    // Without a condition a look tells what has become of it.
    EXPECT_THAT(second.changed, SizeIs(std::string(where).empty() ? 2 : 0)) << where;
  }
}

TEST(ODataDelta, AnEntryThatLeadsToNoObjectIsReadWithEverything) {
  const auto service = std::make_shared<FollowedOrders>();
  Scripted erp = serve_links(service, {.strategy = Strategy::Delta});
  const DeltaPull first = pull_links(erp, sales_orders(), {});
  service->delta = order_row("2") + R"x(,{"@odata.context":"$metadata#Unheard/$entity","A":"1"})x";
  const DeltaPull second = pull_links(erp, sales_orders(), first.next);
  ASSERT_FALSE(second.error) << to_string(*second.error);
  EXPECT_TRUE(second.renewed);
  EXPECT_THAT(second.changed, ElementsAre("1", "2"));
  EXPECT_EQ(service->full_reads, 2);
}

TEST(ODataDelta, AnExpiredLinkMeansThatEverythingIsReadAgain) {
  for (const Strategy strategy : {Strategy::Auto, Strategy::Delta}) {
    const auto service = std::make_shared<FollowedOrders>();
    Scripted erp = serve_links(service, {.overlay_file = offers_links(), .strategy = strategy});
    const DeltaPull first = pull_links(erp, sales_orders(), {});
    service->link_status = 410;
    service->first += "," + order_row("3");
    const DeltaPull second = pull_links(erp, sales_orders(), first.next);
    ASSERT_FALSE(second.error) << to_string(*second.error);
    EXPECT_TRUE(second.renewed);
    EXPECT_THAT(second.changed, ElementsAre("1", "2", "3"));
    service->link_status = 200;
    service->delta = order_row("3");
    EXPECT_THAT(pull_links(erp, sales_orders(), second.next).changed, ElementsAre("3"));
  }
}

TEST(ODataDelta, AFullReadWhoseLinksGoAtOnceIsNotBegunForEver) {
  int begun = 0;
  Scripted erp = script(kOrdersV4,
                        [&](const http::Request& request) {
                          if (request.target.find("skiptoken") != std::string::npos)
                            return json_answer(kGoneBody, 410);
                          ++begun;
                          return json_answer(R"({"value":[)" + order_row("1") +
                                             R"(],"@odata.nextLink":"S?$skiptoken=2"})");
                        },
                        {.strategy = Strategy::Delta});
  const auto at = [](int minutes) {
    return Context(std::make_shared<testing::ManualClock>(
                       Timestamp(std::chrono::sys_days(std::chrono::year(2026) / 1 / 1)) +
                       std::chrono::minutes(minutes)),
                   {});
  };
  const auto first = erp.adapter->read(sales_orders(), {}, 1, at(0));
  ASSERT_TRUE(first) << to_string(first.error());
  const auto soon = erp.adapter->read(sales_orders(), first->next, 1, at(1));
  ASSERT_FALSE(soon);
  EXPECT_EQ(soon.error().http_status(), 410);
  EXPECT_EQ(begun, 1);
  // A program that was stopped in the middle finds its links forgotten, and goes on.
  const auto late = erp.adapter->read(sales_orders(), first->next, 1, at(90));
  ASSERT_TRUE(late) << to_string(late.error());
  EXPECT_THAT(late->renewed, SizeIs(1));
  EXPECT_EQ(begun, 2);
}

TEST(ODataDelta, AnotherSelectionIsAnotherQuery) {
  const auto service = std::make_shared<FollowedOrders>();
  Scripted erp = serve_links(service, {.overlay_file = offers_links()});
  const DeltaPull first = pull_links(erp, sales_orders(), {});
  const DeltaPull narrowed = pull_links(erp, sales_orders("SalesOrderType eq 'OR'"), first.next);
  EXPECT_TRUE(narrowed.renewed);
  EXPECT_EQ(service->full_reads, 2);
  Selection wider = sales_orders("SalesOrderType eq 'OR'");
  wider.paths.emplace_back("PurchaseOrderByCustomer");
  EXPECT_TRUE(pull_links(erp, wider, narrowed.next).renewed);
  EXPECT_EQ(service->full_reads, 3);
}

TEST(ODataDelta, AnotherStrategyBeginsAnew) {
  const auto service = std::make_shared<FollowedOrders>();
  Scripted linked = serve_links(service, {.strategy = Strategy::Delta});
  const DeltaPull first = pull_links(linked, sales_orders(), {});
  Scripted timed =
      serve_links(service, {.overlay_file = offers_links(), .strategy = Strategy::Keyset});
  const DeltaPull second = pull_links(timed, sales_orders(), first.next);
  ASSERT_FALSE(second.error) << to_string(*second.error);
  EXPECT_THAT(second.changed, ElementsAre("by-time"));
  for (const http::Request& request : timed.transport->requests("SalesOrder?"))
    EXPECT_THAT(decoded(request.target), Not(HasSubstr("LastChangeDateTime gt")));
}

}  // namespace
}  // namespace channelbridge::odata
