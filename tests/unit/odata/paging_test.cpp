#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "channelbridge/adapter/http_settings.hpp"
#include "orders_service.hpp"

/// Where a read ends, and what it must not pass over.
namespace channelbridge::odata {
namespace {

using adapter::Selection;
using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

constexpr const char* kSales = "odata-v2/API_SALES_ORDER_SRV.edmx";

std::vector<std::string> sorted(std::vector<std::string> keys) {
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  return keys;
}

std::vector<std::string> filters(const Scripted& service, const std::string& set) {
  std::vector<std::string> out;
  for (const http::Request& request : service.transport->requests(set + "?")) {
    const std::string target = decoded(request.target);
    const std::size_t at = target.find("$filter=");
    if (at != std::string::npos)
      out.push_back(target.substr(at + 8, target.find('&', at) - at - 8));
  }
  return out;
}

TEST(ODataPageSize, OfASystemHoldsInPlaceOfItsKindsOwn) {
  Options kinds;
  kinds.max_expanded_page = 200;
  adapter::SystemSettings system{.name = "erp"};
  adapter::SettingsReader silent(system);
  EXPECT_EQ(read_options(silent, {}, kinds).max_page, 1000U);
  EXPECT_EQ(read_options(silent, {}, kinds).max_expanded_page, 200U);
  adapter::Setting rows;
  rows.text = "800";
  system.settings.children["page_size"] = rows;
  adapter::SettingsReader stated(system);
  const Options options = read_options(stated, {}, kinds);
  Orders data;
  Scripted service = script(
      kSales, [&](const http::Request& request) { return data.answer(request); }, options);
  const std::size_t page_size = service.adapter->capabilities(orders()).page_size;
  EXPECT_EQ(page_size, 800U);
  for (const bool children : {false, true}) {
    Selection selection = orders();
    if (!children) selection.paths = {"SalesOrder"};
    ASSERT_TRUE(service.adapter->read(selection, {}, page_size, service.context()));
    const std::string target = decoded(service.transport->requests("A_SalesOrder?").back().target);
    EXPECT_EQ(target.find("$expand=") != std::string::npos, children) << target;
    EXPECT_THAT(target, HasSubstr("$top=800"));
  }
}

TEST(ODataEnd, ACountThatCannotBeTrueIsNotTheEnd) {
  for (const bool by_time : {true, false}) {
    Orders data;
    data.counts = Orders::Counts::AsZero;
    for (int i = 0; i < 7; ++i) data.rows.push_back({std::to_string(i), kDay + i * 1000});
    Scripted service =
        script(kSales, [&](const http::Request& request) { return data.answer(request); });
    Selection all = orders();
    if (!by_time) all.modified.clear();
    adapter::Cursor cursor;
    EXPECT_THAT(sorted(pull(service, all, cursor, 3)),
                ElementsAre("0", "1", "2", "3", "4", "5", "6"));
  }
}

TEST(ODataEnd, WithoutACountAPageOfRepeatsIsNotTheEnd) {
  Orders data;
  data.counts = Orders::Counts::Not;
  for (int i = 1; i <= 9; ++i) data.rows.push_back({std::to_string(i), kDay});
  data.rows.push_back({"99", kDay + 5000});
  Scripted service =
      script(kSales, [&](const http::Request& request) { return data.answer(request); });
  adapter::Cursor cursor;
  EXPECT_THAT(sorted(pull(service, orders(), cursor, 4)),
              ElementsAre("1", "2", "3", "4", "5", "6", "7", "8", "9", "99"));
  EXPECT_THAT(pull(service, orders(), cursor, 4), Contains("99")) << "the next pull begins there";
}

TEST(ODataEnd, APageThatNeverMovesIsAnError) {
  Selection all = orders();
  all.modified.clear();
  Scripted service = script(kSales, [](const http::Request&) {
    return json_answer(page({{"1", 0}, {"2", 0}}, std::nullopt));
  });
  const auto first = service.adapter->read(all, {}, 2, service.context());
  ASSERT_TRUE(first) << to_string(first.error());
  const auto second = service.adapter->read(all, first->next, 2, service.context());
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code(), ErrorCode::Protocol);
}

/// A day of items with compound keys, paged by row number.
class Items {
 public:
  std::vector<std::string> rows{"10", "20", "30", "40", "50"};
  Result<http::Response> answer(const http::Request& request) const {
    const std::string target = decoded(request.target);
    const auto number = [&](const std::string& name) -> std::size_t {
      const std::size_t at = target.find(name + "=");
      return at == std::string::npos ? 0 : std::stoul(target.substr(at + name.size() + 1));
    };
    const bool after = target.find("PricingDate ge datetime'2026-01-01") != std::string::npos;
    std::string out;
    std::size_t sent = 0;
    for (std::size_t i = number("$skip"); i < rows.size() && sent < number("$top") && !after; ++i) {
      out += std::string(sent++ == 0 ? "" : ",") + R"({"SalesOrder":"1","SalesOrderItem":")" +
             rows[i] + R"(","PricingDate":"/Date(1767139200000)/"})";
    }
    return json_answer(R"({"d":{"__count":")" + std::to_string(after ? 0 : rows.size()) +
                       R"(","results":[)" + out + "]}}");
  }
};

TEST(ODataEnd, ARowThatLeavesACrowdedMomentHidesNoOther) {
  Items data;
  Scripted service =
      script(kSales, [&](const http::Request& request) { return data.answer(request); });
  const Selection items{.object = "A_SalesOrderItem",
                        .id = "SalesOrder,SalesOrderItem",
                        .modified = "PricingDate",
                        .paths = {"SalesOrderItem"}};
  adapter::Cursor cursor;
  std::vector<std::string> keys;
  bool end = false;
  for (int pages = 0; pages < 20 && !end; ++pages) {
    const auto page = service.adapter->read(items, cursor, 2, service.context());
    ASSERT_TRUE(page) << to_string(page.error());
    for (const adapter::Change& change : page->changes) keys.push_back(change.key);
    cursor = page->next;
    end = page->end;
    if (pages == 2) data.rows.erase(data.rows.begin());  // "10" is moved to another day
  }
  EXPECT_TRUE(end);
  EXPECT_THAT(sorted(keys), ElementsAre("1,10", "1,20", "1,30", "1,40", "1,50"));
}

TEST(ODataFilter, ACompoundConditionStaysOneTerm) {
  struct Case {
    std::string where;
    std::string term;
  };
  const std::string either = "SalesOrganization eq '1010' or SalesOrganization eq '1020'";
  for (const Case& each :
       {Case{either, "(" + either + ")"},
        Case{"SalesOrganization eq '1010'\nor SalesOrganization eq '1020'\n", "(" + either + ")"},
        Case{"(SalesOrganization eq '1')or(SalesOrganization eq '2')",
             "((SalesOrganization eq '1')or(SalesOrganization eq '2'))"},
        // Some services refuse needless parentheses.
        Case{"SalesOrganization eq 'A or B'", "and SalesOrganization eq 'A or B'"}}) {
    Orders data;
    for (int i = 0; i < 3; ++i) data.rows.push_back({std::to_string(i), kDay + i * 1000});
    Scripted service =
        script(kSales, [&](const http::Request& request) { return data.answer(request); });
    Selection some = orders();
    some.where = each.where;
    adapter::Cursor cursor;
    pull(service, some, cursor, 2);
    EXPECT_THAT(filters(service, "A_SalesOrder").back(), HasSubstr(each.term));
  }
}

TEST(ODataFilter, RootsOfTouchedChildrenPassTheConditionToo) {
  Selection some = orders();
  some.modified = "PricingDate";
  some.touch = {"A_SalesOrderItem"};
  some.where = "SalesOrganization eq '1010'";
  Scripted service = script(kSales, [](const http::Request& request) {
    if (request.target.find("A_SalesOrderItem") == std::string::npos) {
      return json_answer(page({}, 0));
    }
    return json_answer(
        R"({"d":{"__count":"2","results":[{"SalesOrder":"5","SalesOrderItem":"10","PricingDate":"/Date(1767139200000)/"},{"SalesOrder":"6","SalesOrderItem":"10","PricingDate":"/Date(1767139200000)/"}]}})");
  });
  adapter::Cursor cursor;
  pull(service, some, cursor, 10);
  EXPECT_THAT(pull(service, some, cursor, 10), SizeIs(0)) << "neither passes the condition";
  EXPECT_THAT(filters(service, "A_SalesOrder"),
              Contains("(SalesOrder eq '5' or SalesOrder eq '6') and "
                       "SalesOrganization eq '1010'"));
  EXPECT_THAT(service.transport->requests("A_SalesOrder("), SizeIs(0));
}

TEST(ODataStamps, ADateOfCreationWithoutATimeIsFollowed) {
  Orders data;
  data.rows = {{"1", kDay}};
  Options options;
  options.created = "CreationDate,CreationTime";  // the type has no such time
  Scripted service = script(
      kSales, [&](const http::Request& request) { return data.answer(request); }, options);
  adapter::Cursor cursor;
  pull(service, orders(), cursor, 10);
  pull(service, orders(), cursor, 10);
  // Stamped at the beginning of its day: the lane goes back that far.
  EXPECT_THAT(filters(service, "A_SalesOrder"),
              Contains(HasSubstr("CreationDate ge datetime'2025-12-30T23:58:00'")));
  EXPECT_THAT(kind().known_settings, Contains("created"));
}

TEST(ODataStamps, TheHourThatComesTwiceIsReadTwice) {
  const char* date = "Sun, 25 Oct 2026 00:55:00 GMT";
  Options options;
  options.time_zone = "Europe/Berlin";
  Scripted service = script(
      "odata-v2/API_BUSINESS_PARTNER.edmx",
      [&](const http::Request&) {
        http::Response answer = json_answer(
            R"({"d":{"__count":"1","results":[{"BusinessPartner":"1","LastChangeDate":"/Date(1792886400000)/","LastChangeTime":"PT02H50M00S"}]}})");
        answer.headers.set("date", date);
        return answer;
      },
      options);
  const Selection partners{.object = "A_BusinessPartner",
                           .id = "BusinessPartner",
                           .modified = "LastChangeDate,LastChangeTime",
                           .paths = {"BusinessPartner"}};
  const auto at = [&](int hour, int minute) {
    return Context(std::make_shared<testing::ManualClock>(
                       Timestamp(std::chrono::sys_days(std::chrono::year(2026) / 10 / 25)) +
                       std::chrono::hours(hour) + std::chrono::minutes(minute)),
                   {});
  };
  const auto first = service.adapter->read(partners, {}, 10, at(0, 55));
  ASSERT_TRUE(first) << to_string(first.error());
  ASSERT_TRUE(first->end);
  date = "Sun, 25 Oct 2026 01:30:00 GMT";  // 02:30 for the second time
  ASSERT_TRUE(service.adapter->read(partners, first->next, 10, at(1, 30)));
  EXPECT_THAT(filters(service, "A_BusinessPartner").back(),
              HasSubstr("LastChangeTime ge time'PT01H48M00S'"));
}

TEST(ODataStamps, AStampFinerThanOursGoesBackAsItCame) {
  const auto v4 = [](std::string_view text) {
    return literal(Version::V4, "Edm.DateTimeOffset", text);
  };
  EXPECT_EQ(v4("2026-01-01T00:00:00.1234567Z"), "2026-01-01T00:00:00.1234567Z");
  EXPECT_EQ(v4("2026-01-01T01:00:00.1234567+01:00"), "2026-01-01T01:00:00.1234567+01:00");
  EXPECT_EQ(v4("2026-01-01T00:00:00.1234567Z' or true"), std::nullopt);
  EXPECT_EQ(v4("2026-01-01T01:00:00.123456+01:00"), "2026-01-01T00:00:00.123456Z");
}

TEST(ODataDelta, ARemovedEntitysAddressGivesTheKeyOfItsLink) {
  struct Case {
    const char* metadata;
    const char* set;
    const char* address;
    const char* key;
  };
  for (const Case& each : {Case{"odata-v4/trippin.metadata.xml", "People",
                                "https://h/x(1)/People('O''Neil%2F1')", "O'Neil/1"},
                           Case{"odata-v4/manageLineItems.metadata.xml", "LineItems",
                                "LineItems(IsActiveEntity=true,ID=7)", "7,true"},
                           Case{"odata-v4/trippin.metadata.xml", "People", "People", ""}}) {
    Scripted service =
        script(each.metadata,
               [&](const http::Request&) {
                 return json_answer(R"({"value":[{"@removed":{},"@id":")" +
                                    std::string(each.address) + R"("}],"@odata.deltaLink":"d"})");
               },
               {.strategy = Strategy::Delta});
    const Selection selection{.object = each.set, .id = "ID"};
    const auto page = service.adapter->read(selection, {}, 10, service.context());
    ASSERT_TRUE(page) << to_string(page.error());
    if (std::string(each.key).empty()) {
      EXPECT_THAT(page->unreadable, SizeIs(1));
      EXPECT_THAT(page->changes, SizeIs(0));
      continue;
    }
    ASSERT_THAT(page->changes, SizeIs(1)) << each.address;
    EXPECT_EQ(page->changes[0].key, each.key);
    EXPECT_TRUE(page->changes[0].deleted);
  }
}

}  // namespace
}  // namespace channelbridge::odata
