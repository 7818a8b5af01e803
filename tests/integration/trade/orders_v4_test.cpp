// Orders between the CRM and the ERP's newer service, CE_SALESORDER_0001 (OData V4).
#include "trade_world.hpp"

namespace channelbridge::test {
namespace {

using ::testing::UnorderedElementsAre;

class OrdersV4 : public TradeWorld {
 protected:
  static constexpr const char* kOrders = R"(
  crm-orders: { system: crm, mapping: salesforce/order_with_ship_to.yaml, first_contact: system }
  erp-orders: { system: erp, mapping: sap_s4hana/order_v4.yaml, first_contact: hub }
)";

  static constexpr const char* kFromTheErp = R"(
  erp-orders: { system: erp, mapping: sap_s4hana/order_v4.yaml, direction: pull }
)";

  void begin() {
    // In this org the field shows who gets the goods.
    vary_mapping("salesforce/order.yaml", "order_with_ship_to.yaml",
                 {{"end_customer.partner: { path: End_Customer__c",
                   "ship_to.partner: { path: End_Customer__c"}});
    start(std::string(kCrmMaster) + kOrders);
    settle();
    book_ = enter_prices();
  }
  /// An order of two lines; its id.
  std::string order_of_the_crm() {
    begin();
    const std::string order = in_crm("Order", {{"AccountId", account("Rheinwerk")["Id"]},
                                               {"End_Customer__c", account("Seewerk")["Id"]},
                                               {"EffectiveDate", "2026-12-01"},
                                               {"Requested_Delivery__c", "2026-12-15"},
                                               {"Status", "Draft"},
                                               {"Type", "Sell-in"},
                                               {"PoNumber", "PO-4711"},
                                               {"Pricebook2Id", book_}});
    line(order, 10, "PU-100", "3", "62.93");
    line(order, 20, "PU-200", "2.5", "40");
    return order;
  }
  void line(const std::string& order, int number, const std::string& sku,
            const std::string& quantity, const std::string& price) {
    in_crm("OrderItem", {{"OrderId", order},
                         {"PricebookEntryId", entry_of(sku)},
                         {"Line_No__c", number},
                         {"Quantity", Json::parse(quantity)},
                         {"UnitPrice", Json::parse(price)}});
  }
  std::string line_of_the_crm(const std::string& number) {
    for (const Json& row : crm().records("OrderItem"))
      if (figure(row["Line_No__c"]) == number) return row["Id"];
    ADD_FAILURE() << "no line " << number;
    return {};
  }
  /// "number: quantity product = net amount" of the ERP's items.
  std::vector<std::string> items() {
    std::vector<std::string> out;
    for (const Json& row : erp("SalesOrderItem").rows("SalesOrderItem"))
      out.push_back(row["SalesOrderItem"].get<std::string>() + ": " +
                    figure(row["RequestedQuantity"]) + " " + row["Product"].get<std::string>() +
                    " = " + figure(row["NetAmount"]));
    return out;
  }
  /// "item: price" of the prices that were agreed.
  std::vector<std::string> agreed() {
    std::vector<std::string> out;
    for (const Json& row : erp("SalesOrder").rows("SalesOrderItemPricingElement"))
      if (row["ConditionType"] == "PMP0")
        out.push_back(row["SalesOrderItem"].get<std::string>() + ": " +
                      figure(row["ConditionRateAmount"]));
    return out;
  }
  /// "function: customer" of the order's partners.
  std::vector<std::string> partners() {
    std::vector<std::string> out;
    for (const Json& row : erp("SalesOrder").rows("SalesOrderPartner"))
      out.push_back(row["PartnerFunction"].get<std::string>() + ": " +
                    row["Customer"].get<std::string>());
    return out;
  }

  /// Goods of a schedule line of item 10 leave; the order is delivered in part.
  void deliver(const std::string& number, const std::string& line, const std::string& quantity) {
    const auto done =
        erp("SalesOrder").work("WAREHOUSE", [&](sandbox::odata::Transaction& transaction) {
          transaction.change_silently(
              "SalesOrderScheduleLine",
              transaction.find("SalesOrderScheduleLine", {number, "10", line}),
              Json{{"DeliveredQtyInOrderQtyUnit", quantity}});
          transaction.change_silently("SalesOrder", transaction.find("SalesOrder", {number}),
                                      Json{{"OverallDeliveryStatus", "B"}});
        });
    ASSERT_TRUE(done) << to_string(done.error());
  }

  std::string book_{};
};

TEST_F(OrdersV4, OneOfTheCrmIsMadeThereWithPartnersPricesAndLines) {
  const std::string order = order_of_the_crm();
  settle();
  Json there = only_in_erp("SalesOrder");
  EXPECT_EQ(there["SalesOrderType"], "OR");
  EXPECT_EQ(there["SalesOrganization"], "1010");
  EXPECT_EQ(there["SoldToParty"], "10100001");
  EXPECT_EQ(there["PurchaseOrderByCustomer"], "PO-4711");
  EXPECT_EQ(there["SalesOrderDate"], "2026-12-01");
  EXPECT_EQ(there["RequestedDeliveryDate"], "2026-12-15");
  EXPECT_EQ(figure(there["TotalNetAmount"]), "288.79");
  EXPECT_THAT(items(), UnorderedElementsAre("10: 3 PU-100 = 188.79", "20: 2.5 PU-200 = 100"));
  EXPECT_THAT(agreed(), UnorderedElementsAre("10: 62.93", "20: 40"));
  EXPECT_THAT(partners(),
              UnorderedElementsAre("SP: 10100001", "SH: 10100002", "BP: 10100001", "PY: 10100001"));
  Json held = record("order");
  EXPECT_EQ(held["totals.lines_net"], "288.79") << "what the ERP says comes back";
  EXPECT_EQ(crm().record(order)["Status"], "Draft") << "a copy in the ERP does not confirm it";
  EXPECT_EQ(made()["SalesOrder"], 1U);
  EXPECT_EQ(made()["SalesOrderItem"], 2U);
  EXPECT_TRUE(erp("A_SalesOrder").rows("A_SalesOrder").empty()) << "the older service has none";
}

TEST_F(OrdersV4, ChangesCrossFromEitherSide) {
  const std::string order = order_of_the_crm();
  settle();
  const std::string number = only_in_erp("SalesOrder")["SalesOrder"];
  edit_crm(order, {{"PoNumber", "PO-4712"}, {"End_Customer__c", account("Rheinwerk")["Id"]}});
  edit_crm(line_of_the_crm("10"), {{"Quantity", 4}, {"UnitPrice", 60.5}});
  line(order, 30, "PU-100", "1", "70");
  settle();
  EXPECT_EQ(only_in_erp("SalesOrder")["PurchaseOrderByCustomer"], "PO-4712");
  EXPECT_EQ(figure(only_in_erp("SalesOrder")["TotalNetAmount"]), "412");
  EXPECT_THAT(items(), UnorderedElementsAre("10: 4 PU-100 = 242", "20: 2.5 PU-200 = 100",
                                            "30: 1 PU-100 = 70"));
  EXPECT_THAT(agreed(), UnorderedElementsAre("10: 60.5", "20: 40", "30: 70"));
  EXPECT_THAT(partners(),
              UnorderedElementsAre("SP: 10100001", "SH: 10100001", "BP: 10100001", "PY: 10100001"));

  edit_erp("SalesOrder", {number}, {{"RequestedDeliveryDate", "2026-12-22"}});
  edit_erp("SalesOrderItem", {number, "20"}, {{"RequestedQuantity", 5}});
  settle();
  EXPECT_EQ(crm().record(order)["Requested_Delivery__c"], "2026-12-22");
  EXPECT_EQ(figure(crm().record(line_of_the_crm("20"))["Quantity"]), "5");
  EXPECT_EQ(figure(crm().record(order)["TotalAmount"]), "512");
  EXPECT_EQ(record("order")["totals.lines_net"], "512");
  EXPECT_EQ(made()["SalesOrder"], 1U);
  EXPECT_EQ(made()["SalesOrderItem"], 3U);
  EXPECT_EQ(made()["Order"], 0U) << "it is where it was made";
}

TEST_F(OrdersV4, OneOfTheErpIsReadAndItsDeliveriesFollow) {
  ASSERT_TRUE(desk().seed_stock("PU-200", "4"));
  start(std::string(kCrmMaster) + kFromTheErp);
  settle();
  const auto made_there = erp("SalesOrder")
                              .create("MILLER", "SalesOrder",
                                      {{"SalesOrderType", "OR"},
                                       {"SalesOrganization", "1010"},
                                       {"DistributionChannel", "10"},
                                       {"OrganizationDivision", "00"},
                                       {"SoldToParty", "10100001"},
                                       {"PurchaseOrderByCustomer", "PO-9"},
                                       {"SalesOrderDate", "2026-12-02"},
                                       {"RequestedDeliveryDate", "2026-12-20"}});
  ASSERT_TRUE(made_there) << to_string(made_there.error());
  const std::string number = only_in_erp("SalesOrder")["SalesOrder"];
  ASSERT_TRUE(erp("SalesOrder")
                  .create("MILLER", "SalesOrderItem",
                          {{"SalesOrder", number},
                           {"SalesOrderItem", "10"},
                           {"Product", "PU-200"},
                           {"RequestedQuantity", 6}}));
  ASSERT_TRUE(erp("SalesOrder")
                  .create("MILLER", "SalesOrderItemPricingElement",
                          {{"SalesOrder", number},
                           {"SalesOrderItem", "10"},
                           {"ConditionType", "PMP0"},
                           {"ConditionRateAmount", 41.5}}));
  settle();
  Json held = record("order");
  EXPECT_EQ(held["number"], number);
  EXPECT_EQ(held["kind"], "sell_in");
  EXPECT_EQ(held["buyer_po_number"], "PO-9");
  EXPECT_EQ(held["order_date"], "2026-12-02");
  EXPECT_EQ(held["requested_delivery"], "2026-12-20");
  EXPECT_EQ(held["currency"], "EUR");
  EXPECT_EQ(held["status"], "acknowledged");
  EXPECT_EQ(held["totals.lines_net"], "249");
  for (const char* role : {"ship_to.partner", "bill_to.partner", "payer.partner"})
    EXPECT_EQ(held[role], held["buyer.partner"]) << role;
  EXPECT_EQ(in_line(held, "no"), "10");
  EXPECT_EQ(in_line(held, "qty.value"), "6");
  EXPECT_EQ(in_line(held, "qty.unit"), "H87");
  EXPECT_EQ(in_line(held, "net_amount"), "249");
  EXPECT_EQ(in_line(held, "tax"), "47.31");
  EXPECT_EQ(in_line(held, "qty_confirmed.value"), "6");
  EXPECT_EQ(in_line(held, "qty_shipped.value"), "0");

  deliver(number, "1", "4");
  deliver(number, "2", "1");
  edit_erp("SalesOrder", {number}, {{"PurchaseOrderByCustomer", "PO-10"}});
  settle();
  held = record("order");
  EXPECT_EQ(held["buyer_po_number"], "PO-10");
  EXPECT_EQ(held["status"], "partially_shipped");
  EXPECT_EQ(in_line(held, "qty_shipped.value"), "5") << "the sum over the schedule lines";
}

}  // namespace
}  // namespace channelbridge::test
