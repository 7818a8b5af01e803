// What was billed of an order's items, by the billing documents.
#include "billed_quantities_internal.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "channelbridge/sap_s4hana/sap_s4hana.hpp"
#include "channelbridge/testing/fakes.hpp"
#include "scripted_service.hpp"

namespace channelbridge::sap_s4hana {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

adapter::Selection billed_orders() {
  return {.object = "A_SalesOrder",
          .id = "SalesOrder",
          .version = "@etag",
          .paths = {"SalesOrder"},
          .children = {
              {.navigation = "to_Item",
               .object = "A_SalesOrderItem",
               .paths = {"SalesOrderItem", std::string(kBilledQuantity), std::string(kBilledUnit)},
               .children = {}}}};
}

std::string row(const std::string& number, const std::string& item, const std::string& quantity,
                const std::string& document = R"("M","BillingDocumentIsCancelled":false)",
                const std::string& unit = "PC") {
  return R"({"BillingDocument":")" + number + R"(","BillingDocumentItem":")" + item +
         R"(","SalesDocument":"1","SalesDocumentItem":")" + item + R"(","BillingQuantity":")" +
         quantity + R"(","BillingQuantityUnit":")" + unit +
         R"(","to_BillingDocument":{"SDDocumentCategory":)" + document + "}}";
}

/// The order 1 with the items 10 and 20, as the adapter shows it when the service has these rows of
/// billing documents.
std::string with_billed(const std::string& rows,
                        const std::shared_ptr<testing::MemoryLog>& log = nullptr) {
  auto transport = std::make_shared<odata::ScriptedTransport>([&](const http::Request& request)
                                                                  -> Result<http::Response> {
    const std::string target = odata::decoded(request.target);
    const bool billing = target.find("API_BILLING_DOCUMENT_SRV") != std::string::npos;
    if (target.find("$metadata") != std::string::npos) {
      return http::Response{.status = 200,
                            .body = odata::fixture(billing ? "s4hana/API_BILLING_DOCUMENT_SRV.edmx"
                                                           : "odata-v2/API_SALES_ORDER_SRV.edmx")};
    }
    EXPECT_THAT(target, Not(HasSubstr("total_")));
    if (billing) {
      EXPECT_THAT(target, HasSubstr("SalesDocument eq '1'"));
      EXPECT_THAT(target, HasSubstr("$expand=to_BillingDocument"));
      return odata::json_answer(R"({"d":{"results":[)" + rows + "]}}");
    }
    return odata::json_answer(
        R"({"d":{"SalesOrder":"1","to_Item":{"results":[{"SalesOrder":"1","SalesOrderItem":"10"},)"
        R"({"SalesOrder":"1","SalesOrderItem":"20"}]}}})");
  });
  auto adapter = *make_adapter(transport, {.system = "erp", .log = log});
  const auto change = adapter->read_by_key(billed_orders(), "1", Context());
  EXPECT_TRUE(change) << (change ? "" : to_string(change.error()));
  return change ? std::string(change->document.text()) : std::string();
}

TEST(BilledQuantities, AreSumsOverTheInvoicesOfAnItem) {
  const std::string text =
      with_billed(row("90000000", "10", "2") + "," + row("90000001", "10", "0.500") + "," +
                  row("90000001", "000020", "4"));
  EXPECT_THAT(text, HasSubstr(R"("SalesOrderItem":"10","total_BillingQuantity":"2.500")"));
  EXPECT_THAT(text, HasSubstr(R"("SalesOrderItem":"20","total_BillingQuantity":"4.000")"));
  EXPECT_THAT(text, HasSubstr(R"("total_BillingQuantityUnit":"PC")"));
}

TEST(BilledQuantities, CancelledInvoicesTheirCancellationsAndCreditMemosDoNotCount) {
  const std::string text =
      with_billed(row("90000000", "10", "2", R"("M","BillingDocumentIsCancelled":true)") + "," +
                  row("90000001", "10", "2", R"("N")") + "," +
                  row("90000002", "10", "1", R"("O")") + "," + row("90000003", "20", "3"));
  EXPECT_THAT(text, HasSubstr(R"("SalesOrderItem":"10","total_BillingQuantity":"0.000")"));
  EXPECT_THAT(text, HasSubstr(R"("SalesOrderItem":"20","total_BillingQuantity":"3.000")"));
}

TEST(BilledQuantities, AreZeroWhereNobodyHasBilled) {
  const std::string text = with_billed("");
  EXPECT_THAT(text, HasSubstr(R"("SalesOrderItem":"20","total_BillingQuantity":"0.000")"));
  EXPECT_THAT(text, HasSubstr(R"("total_BillingQuantityUnit":"")"));
}

TEST(BilledQuantities, ThatDoNotAddUpAreNotGuessed) {
  const std::string other_unit = R"("M","BillingDocumentIsCancelled":false)";
  for (const std::string& second :
       {row("90000001", "10", "1", other_unit, "KG"), row("90000001", "10", "many"),
        row("90000001", "10", "1", R"(null)")}) {
    auto log = std::make_shared<testing::MemoryLog>();
    const std::string text = with_billed(
        row("90000000", "10", "2") + "," + second + "," + row("90000001", "20", "3"), log);
    EXPECT_THAT(text,
                HasSubstr(R"("SalesOrderItem":"10",)"
                          R"("total_BillingQuantity":null,"total_BillingQuantityUnit":null})"))
        << second << " does not set the order aside";
    EXPECT_THAT(text, HasSubstr(R"("SalesOrderItem":"20","total_BillingQuantity":"3.000")"));
    EXPECT_THAT(log->lines(), Contains(AllOf(HasSubstr("warning"), HasSubstr("does not add up"),
                                             HasSubstr("order=1 item=10"))));
  }
}

TEST(BilledQuantities, OfRowsThatCannotBeReadSetTheirOrderAside) {
  const std::string text = with_billed(
      row("90000000", "10", "2") +
      R"(,{"BillingDocument":"90000001","SalesDocument":"1","SalesDocumentItem":"10"})");
  EXPECT_THAT(text, HasSubstr(R"({"SalesOrder":"1","SalesOrderItem":"10"})"));
}

/// A system whose settings name one service, or whose billing service is not switched on.
TEST(BilledQuantities, AreNotStatedWhereNothingServesThem) {
  for (const std::string& service : {std::string("API_SALES_ORDER_SRV"), std::string()}) {
    auto transport = std::make_shared<odata::ScriptedTransport>([&](const http::Request& request)
                                                                    -> Result<http::Response> {
      const std::string target = odata::decoded(request.target);
      EXPECT_THAT(target, Not(HasSubstr("A_BillingDocumentItem")));
      if (target.find("API_BILLING_DOCUMENT_SRV") != std::string::npos) {
        return odata::json_answer(
            R"({"error":{"code":"/IWFND/MED/170","message":{"value":"No service found"}}})", 404);
      }
      if (target.find("$metadata") != std::string::npos) {
        return http::Response{.status = 200,
                              .body = odata::fixture("odata-v2/API_SALES_ORDER_SRV.edmx")};
      }
      return odata::json_answer(
          R"({"d":{"SalesOrder":"1","to_Item":{"results":[{"SalesOrder":"1","SalesOrderItem":"10"}]}}})");
    });
    auto log = std::make_shared<testing::MemoryLog>();
    auto adapter = *make_adapter(transport, {.system = "erp", .log = log}, {.service = service});
    for (int i = 0; i < 2; ++i) {
      const auto change = adapter->read_by_key(billed_orders(), "1", Context());
      ASSERT_TRUE(change) << to_string(change.error());
      EXPECT_THAT(std::string(change->document.text()),
                  HasSubstr(R"("total_BillingQuantity":null,"total_BillingQuantityUnit":null})"));
    }
    std::vector<std::string> told = log->lines();
    std::erase_if(told, [](const auto& line) {
      return line.find("services: { A_BillingDocument") == std::string::npos;
    });
    EXPECT_THAT(told, SizeIs(1)) << "said once";
  }
}

TEST(BilledQuantities, LeaveTheNumbersOfTheV4ServiceAsTheyAre) {
  auto transport = std::make_shared<odata::ScriptedTransport>([&](const http::Request& request)
                                                                  -> Result<http::Response> {
    const std::string target = odata::decoded(request.target);
    const bool billing = target.find("API_BILLING_DOCUMENT_SRV") != std::string::npos;
    if (target.find("$metadata") != std::string::npos) {
      return http::Response{.status = 200,
                            .body = odata::fixture(billing ? "s4hana/API_BILLING_DOCUMENT_SRV.edmx"
                                                           : "s4hana/CE_SALESORDER_0001.edmx")};
    }
    if (billing)
      return odata::json_answer(R"({"d":{"results":[)" + row("90000000", "10", "2") + "]}}");
    return odata::json_answer(
        R"({"SalesOrder":"1","TotalNetAmount":85.00,"_Item":[{"SalesOrder":"1","SalesOrderItem":"10","RequestedQuantity":123456789012.125}]})");
  });
  auto adapter = *make_adapter(transport, {.system = "erp"});
  adapter::Selection selection = billed_orders();
  selection.object = "SalesOrder";
  selection.paths = {"SalesOrder", "TotalNetAmount"};
  selection.children[0].navigation = "_Item";
  selection.children[0].object = "SalesOrderItem";
  selection.children[0].paths.emplace_back("RequestedQuantity");
  const auto change = adapter->read_by_key(selection, "1", Context());
  ASSERT_TRUE(change) << to_string(change.error());
  EXPECT_EQ(change->document.text(),
            R"({"SalesOrder":"1","TotalNetAmount":85.00,"_Item":[{"SalesOrder":"1",)"
            R"("SalesOrderItem":"10","RequestedQuantity":123456789012.125,)"
            R"("total_BillingQuantity":"2.000","total_BillingQuantityUnit":"PC"}]})");
}

TEST(BilledQuantities, StandInTheDescriptionOfAnItemOfEitherService) {
  for (const char* object : {"A_SalesOrderItem", "SalesOrderItem"}) {
    const auto described =
        kind().published(object, std::string(CHANNELBRIDGE_SOURCE_DIR) + "/tests/fixtures/sap");
    ASSERT_TRUE(described) << to_string(described.error());
    const auto& property = described->properties.at(std::string(kBilledQuantity));
    EXPECT_FALSE(property.creatable || property.updatable);
    EXPECT_EQ(property.scale, 3);
  }
}

}  // namespace
}  // namespace channelbridge::sap_s4hana
