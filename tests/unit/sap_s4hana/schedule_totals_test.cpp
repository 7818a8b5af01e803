// What the schedule lines of an item say together.
#include "schedule_totals_internal.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "channelbridge/sap_s4hana/sap_s4hana.hpp"
#include "scripted_service.hpp"

namespace channelbridge::sap_s4hana {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

adapter::Selection orders() {
  return {.object = "A_SalesOrder",
          .id = "SalesOrder",
          .version = "@etag",
          .paths = {"SalesOrder"},
          .children = {{.navigation = "to_Item",
                        .object = "A_SalesOrderItem",
                        .paths = {"SalesOrderItem", std::string(kConfirmedQuantity),
                                  std::string(kDeliveredQuantity), std::string(kConfirmedDate)},
                        .children = {}}}};
}

/// The order as the adapter shows it when the service has these schedule lines.
std::string shown(const std::string& lines) {
  auto transport = std::make_shared<odata::ScriptedTransport>([&](const http::Request& request)
                                                                  -> Result<http::Response> {
    if (request.target.find("$metadata") != std::string::npos) {
      return http::Response{.status = 200,
                            .body = odata::fixture("odata-v2/API_SALES_ORDER_SRV.edmx")};
    }
    EXPECT_THAT(odata::decoded(request.target), HasSubstr("to_Item/to_ScheduleLine"));
    EXPECT_THAT(request.target, Not(HasSubstr("total_")));
    return odata::json_answer(
        R"({"d":{"SalesOrder":"1","to_Item":{"results":[{"SalesOrder":"1","SalesOrderItem":"10",)"
        R"("to_ScheduleLine":)" +
        lines + "}]}}}");
  });
  auto adapter = *make_adapter(transport, {.system = "erp"});
  const auto change = adapter->read_by_key(orders(), "1", Context());
  EXPECT_TRUE(change) << (change ? "" : to_string(change.error()));
  return change ? std::string(change->document.text()) : std::string();
}

TEST(ScheduleTotals, AreSumsOfTheLinesAndTheirLastDay) {
  const std::string text = shown(R"({"results":[
    {"ConfdOrderQtyByMatlAvailCheck":"4.000","DeliveredQtyInOrderQtyUnit":"3","ConfirmedDeliveryDate":"/Date(1717200000000)/"},
    {"ConfdOrderQtyByMatlAvailCheck":"0.125","DeliveredQtyInOrderQtyUnit":"0.000","ConfirmedDeliveryDate":"/Date(1717804800000)/"},
    {"ConfdOrderQtyByMatlAvailCheck":"0","DeliveredQtyInOrderQtyUnit":"0.000","ConfirmedDeliveryDate":"/Date(1799804800000)/"}]})");
  EXPECT_THAT(text, HasSubstr(R"("total_ConfdOrderQtyByMatlAvailCheck":"4.125")"));
  EXPECT_THAT(text, HasSubstr(R"("total_DeliveredQtyInOrderQtyUnit":"3.000")"));
  EXPECT_THAT(text, HasSubstr(R"("last_ConfirmedDeliveryDate":"/Date(1717804800000)/")"));
}

TEST(ScheduleTotals, OfNoLinesAreZero) {
  const std::string text = shown(R"({"results":[]})");
  EXPECT_THAT(text, HasSubstr(R"("total_ConfdOrderQtyByMatlAvailCheck":"0.000")"));
  EXPECT_THAT(text, HasSubstr(R"("last_ConfirmedDeliveryDate":null)"));
}

TEST(ScheduleTotals, OfALineThatSaysNoQuantityAreNotGuessed) {
  for (const char* quantity : {R"("4.0005")", R"("many")", "4", R"("1234567890123456")"}) {
    const std::string text =
        shown(R"({"results":[{"ConfdOrderQtyByMatlAvailCheck":)" + std::string(quantity) + "}]}");
    EXPECT_THAT(text, Not(HasSubstr("total_"))) << quantity;
  }
}

TEST(ScheduleTotals, StandInTheDescriptionOfAnItem) {
  const auto described = kind().published(
      "A_SalesOrderItem", std::string(CHANNELBRIDGE_SOURCE_DIR) + "/tests/fixtures/sap");
  ASSERT_TRUE(described) << to_string(described.error());
  const auto& property = described->properties.at(std::string(kDeliveredQuantity));
  EXPECT_FALSE(property.creatable || property.updatable);
  EXPECT_EQ(property.scale, 3);
}

}  // namespace
}  // namespace channelbridge::sap_s4hana
