#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "scripted_service.hpp"

/// Which object an entry of a delta means, where keys have the same name at every level.
namespace channelbridge::odata {
namespace {

using adapter::Selection;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Selection orders_by_id(const char* child = "Lines") {
  return {.object = "Orders",
          .id = "id",
          .paths = {"id", "Total"},
          .children = {{.navigation = child, .object = child, .paths = {"id"}}}};
}

std::string order_with_id(const std::string& id) {
  return R"({"id":")" + id + R"(","Total":1,"Lines":[]})";
}

class DeltaEntries : public ::testing::Test {
 protected:
  std::string delta{};
  std::string next{"@odata.deltaLink\":\"Orders?$deltatoken=2"};
  int full_reads{};
  std::vector<std::string> changed{};
  std::vector<std::string> deleted{};
  Scripted service = script("../odata/orders-by-id.edmx", [this](const http::Request& request) {
    return answer(decoded(request.target));
  });

  http::Response answer(const std::string& target) {
    if (target.find("deltatoken") != std::string::npos)
      return json_answer(R"({"value":[)" + delta + R"(],")" + next + "\"}");
    if (const std::size_t at = target.find("Orders('"); at != std::string::npos)
      return json_answer(order_with_id(target.substr(at + 8, 1)));
    if (target.find("id eq '") != std::string::npos) {
      std::string rows;
      for (std::size_t at = target.find("id eq '"); at != std::string::npos;
           at = target.find("id eq '", at + 1))
        rows += (rows.empty() ? "" : ",") + order_with_id(target.substr(at + 7, 1));
      return json_answer(R"({"value":[)" + rows + "]}");
    }
    ++full_reads;
    auto out = json_answer(R"({"value":[)" + order_with_id("1") +
                           R"(],"@odata.deltaLink":"S?$deltatoken=1"})");
    out.headers.set("Preference-Applied", "odata.track-changes");
    return out;
  }
  /// The full read, and what the link says then.
  Result<adapter::Page> follow(const Selection& then = orders_by_id()) {
    const auto first = service.adapter->read(orders_by_id(), {}, 10, service.context());
    EXPECT_TRUE(first) << to_string(first.error());
    auto page = service.adapter->read(then, first->next, 10, service.context());
    if (!page) return page;
    for (const adapter::Change& change : page->changes)
      (change.deleted ? deleted : changed).push_back(change.key);
    return page;
  }
};

TEST_F(DeltaEntries, AChildIsThatOfTheOrderThatItsConstraintNames) {
  delta = R"x({"@odata.context":"#Lines/$entity","id":"9","Order_id":"4"})x";
  ASSERT_TRUE(follow());
  EXPECT_THAT(changed, ElementsAre("4"));
  EXPECT_EQ(full_reads, 1);
}

TEST_F(DeltaEntries, AChildsOwnKeyIsNotItsOrders) {
  for (const char* entry : {R"x({"@odata.context":"#Notes/$entity","id":"9"})x",
                            R"x({"@odata.context":"#Notes/$deletedEntity","id":"Notes('9')"})x",
                            R"x({"@odata.context":"#Lines/$deletedEntity","id":"Lines('9')"})x"}) {
    delta = entry;
    full_reads = 0;
    changed.clear();
    ASSERT_TRUE(follow());
    EXPECT_EQ(full_reads, 2) << entry;
    EXPECT_THAT(changed, ElementsAre("1")) << entry;
    EXPECT_THAT(deleted, IsEmpty()) << entry;
  }
}

TEST_F(DeltaEntries, AChildInsideOfAnOrderIsThatOrdersAndNoDeleteOfIt) {
  for (const char* entry :
       {R"x({"@odata.context":"#Orders('5')/Lines/$deletedEntity","id":"Orders('5')/Lines('2')"})x",
        R"x({"@odata.context":"#Orders('5')/Notes/$entity","id":"2"})x",
        R"x({"@removed":{"reason":"deleted"},"@id":"https://h/root/Orders('5')/Lines('2')"})x"}) {
    delta = entry;
    full_reads = 0;
    changed.clear();
    ASSERT_TRUE(follow());
    EXPECT_THAT(changed, ElementsAre("5")) << entry;
    EXPECT_THAT(deleted, IsEmpty()) << entry;
    EXPECT_EQ(full_reads, 1) << entry;
  }
}

TEST_F(DeltaEntries, TheAddressOfADeletedOrderIsNotItsKey) {
  delta = R"x({"@odata.context":"#Orders/$deletedEntity","id":"Orders('7')","reason":"deleted"},)x"
          R"x({"@removed":{"reason":"deleted"},"id":"8"})x";
  ASSERT_TRUE(follow());
  EXPECT_THAT(deleted, ElementsAre("7", "8"));
}

TEST_F(DeltaEntries, DeletesBesideAnEntryThatLeadsNowhereAreTold) {
  delta = R"x({"@odata.context":"#Notes/$entity","id":"9"},)x"
          R"x({"@removed":{"reason":"deleted"},"id":"8"})x";
  const auto page = follow();
  ASSERT_TRUE(page);
  EXPECT_THAT(deleted, ElementsAre("8"));
  EXPECT_THAT(changed, ElementsAre("1"));
  EXPECT_FALSE(page->renewed.empty());
}

TEST_F(DeltaEntries, DeletesOfTheOldSelectionAreToldBeforeTheNewOneBegins) {
  delta = R"x({"@removed":{"reason":"deleted"},"id":"8"})x";
  Selection narrowed = orders_by_id();
  narrowed.where = "Total gt 1";
  const auto page = follow(narrowed);
  ASSERT_TRUE(page);
  EXPECT_THAT(deleted, ElementsAre("8"));
  EXPECT_THAT(changed, ElementsAre("1"));
  EXPECT_FALSE(page->renewed.empty());
}

TEST_F(DeltaEntries, ANextLinkThatLeadsToItsOwnPageIsAnError) {
  next = R"(@odata.nextLink":"S?$deltatoken=1)";
  const auto page = follow();
  ASSERT_FALSE(page);
  EXPECT_THAT(page.error().message(), HasSubstr("leads to the same page"));
}

TEST_F(DeltaEntries, AChildThatTheLinksDoNotCoverIsNotReadByThem) {
  const auto page = service.adapter->read(orders_by_id("Notes"), {}, 10, service.context());
  ASSERT_TRUE(page) << to_string(page.error());
  for (const http::Request& request : service.transport->requests("Orders?"))
    EXPECT_FALSE(request.headers.get("prefer").value_or("").find("track-changes") !=
                 std::string::npos);
}

TEST_F(DeltaEntries, DeletesAreVisibleWhereTheMetadataOffersLinks) {
  ASSERT_TRUE(service.adapter->describe("Orders", service.context()));
  EXPECT_TRUE(service.adapter->capabilities(orders_by_id()).deletes_visible);
  EXPECT_FALSE(service.adapter->capabilities(orders_by_id("Notes")).deletes_visible);
}

}  // namespace
}  // namespace channelbridge::odata
