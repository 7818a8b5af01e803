// What the ERP says to everybody: products, prices, stock and invoices.
#include "trade_world.hpp"

namespace channelbridge::test {
namespace {

class Catalogue : public TradeWorld {
 protected:
  static constexpr const char* kPrices = R"(
  erp-prices: { system: erp, mapping: sap_s4hana/price_book_entry.yaml, direction: pull }
  crm-prices: { system: crm, mapping: salesforce/standard_price.yaml, direction: push }
)";

  void start_with_prices() {
    start(std::string(kCrmMaster) + kPrices,
          {{"crm", "    values: { standard_book: \"" + book() + "\" }\n"}});
  }
  std::string book() { return only_in_crm("Pricebook2").value("Id", ""); }

  void price(const std::string& record, const std::string& sku, const std::string& amount) {
    in_erp("A_SlsPrcgConditionRecord", {{"ConditionRecord", record},
                                        {"ConditionSequentialNumber", "1"},
                                        {"ConditionTable", "304"},
                                        {"ConditionApplication", "V"},
                                        {"ConditionType", "PPR0"},
                                        {"ConditionRateValue", amount},
                                        {"ConditionRateValueUnit", "EUR"},
                                        {"ConditionQuantity", "1"},
                                        {"ConditionQuantityUnit", "PC"},
                                        {"ConditionValidityStartDate", "2026-01-01T00:00:00"},
                                        {"ConditionValidityEndDate", "9999-12-31T00:00:00"}});
    in_erp("A_SlsPrcgCndnRecdValidity", {{"ConditionRecord", record},
                                         {"ConditionValidityEndDate", "9999-12-31T00:00:00"},
                                         {"ConditionValidityStartDate", "2026-01-01T00:00:00"},
                                         {"ConditionApplication", "V"},
                                         {"ConditionType", "PPR0"},
                                         {"SalesOrganization", "1010"},
                                         {"DistributionChannel", "10"},
                                         {"Material", sku}});
  }
};

TEST_F(Catalogue, ProductsAndPricesOfTheErpArePricesOfTheCrm) {
  price("0000000101", "PU-100", "70");
  price("0000000102", "PU-200", "44.5");
  start_with_prices();
  settle();
  EXPECT_EQ(product("PU-100")["Name"], "Pump");
  EXPECT_EQ(product("PU-100")["IsActive"], true);
  ASSERT_EQ(crm().records("PricebookEntry").size(), 2U);
  const Json entry = crm().record(entry_of("PU-200"));
  EXPECT_EQ(figure(entry["UnitPrice"]), "44.5");
  EXPECT_EQ(entry["Pricebook2Id"], book());
  EXPECT_EQ(entry["IsActive"], true) << "a line of a document needs it";

  edit_erp("A_SlsPrcgConditionRecord", {"0000000102"}, {{"ConditionRateValue", "46"}});
  edit_erp("A_ProductDescription", {"PU-200", "EN"}, {{"ProductDescription", "Large pump"}});
  settle();
  EXPECT_EQ(figure(crm().record(entry_of("PU-200"))["UnitPrice"]), "46");
  EXPECT_EQ(product("PU-200")["Name"], "Large pump");
  EXPECT_EQ(made()["PricebookEntry"], 2U);
  EXPECT_EQ(made()["Product2"], 2U);
}

TEST_F(Catalogue, APriceOfAHundredPiecesIsSetAsideAndADeletedOneIsNone) {
  price("0000000101", "PU-100", "70");
  price("0000000102", "PU-200", "44.5");
  edit_erp("A_SlsPrcgConditionRecord", {"0000000102"}, {{"ConditionIsDeleted", true}});
  start_with_prices();
  settle();
  EXPECT_EQ(crm().records("PricebookEntry").size(), 1U);
  edit_erp("A_SlsPrcgConditionRecord", {"0000000101"},
           {{"ConditionQuantity", "100"}, {"ConditionRateValue", "6500"}});
  EXPECT_TRUE(run().set_aside());
  const auto letters = hub_->store().dead_letters(true, 10).value();
  ASSERT_EQ(letters.size(), 1U);
  EXPECT_EQ(letters[0].rule, "expected");
  EXPECT_NE(letters[0].message.find("ConditionQuantity: '100' is not '1'"), std::string::npos)
      << letters[0].message;
  EXPECT_EQ(figure(crm().record(entry_of("PU-100"))["UnitPrice"]), "70");
}

TEST_F(Catalogue, StockFollowsADeliveryAndTheInvoiceNamesItsOrder) {
  ASSERT_TRUE(desk().seed_stock("PU-100", "10"));
  start(std::string(kCrmMaster) + R"(
  crm-orders: { system: crm, mapping: salesforce/order.yaml, first_contact: system }
  erp-orders: { system: erp, mapping: sap_s4hana/order.yaml, first_contact: hub }
  erp-stock: { system: erp, mapping: sap_s4hana/inventory_position.yaml, direction: pull }
  erp-invoices: { system: erp, mapping: sap_s4hana/invoice.yaml, direction: pull }
)");
  settle();
  EXPECT_EQ(record("inventory_position")["on_hand.value"], "10");
  const std::string standard = enter_prices();
  const std::string order = in_crm("Order", {{"AccountId", account("Rheinwerk")["Id"]},
                                             {"EffectiveDate", "2026-12-01"},
                                             {"Status", "Draft"},
                                             {"Type", "Sell-in"},
                                             {"PoNumber", "PO-1"},
                                             {"Pricebook2Id", standard}});
  in_crm("OrderItem", {{"OrderId", order},
                       {"PricebookEntryId", entry_of("PU-100")},
                       {"Line_No__c", 10},
                       {"Quantity", 3},
                       {"UnitPrice", 62.93}});
  settle();
  const std::string number = only_in_erp("A_SalesOrder")["SalesOrder"];
  ASSERT_TRUE(desk().deliver(number, "10", "3"));
  const auto billed = desk().bill(number);
  ASSERT_TRUE(billed) << to_string(billed.error());
  settle();
  EXPECT_EQ(record("inventory_position")["on_hand.value"], "7");
  const Json invoice = record("invoice");
  EXPECT_EQ(invoice["number"], *billed);
  EXPECT_EQ(invoice["totals.net"], "188.79");
  EXPECT_EQ(invoice["totals.tax"], "35.87");
  EXPECT_EQ(invoice["totals.gross"], "224.66");
  EXPECT_EQ(in_line(invoice, "qty.value"), "3");
  const auto orders = hub_->store().records_changed("order", 0, 10);
  ASSERT_TRUE(orders) << to_string(orders.error());
  ASSERT_EQ(orders->size(), 1U);
  EXPECT_EQ(in_line(invoice, "order"), orders->front().id);
  EXPECT_EQ(record("order")["status"], "shipped");
  EXPECT_EQ(made()["A_SalesOrder"], 1U);
  EXPECT_EQ(made()["A_SalesOrderItem"], 1U);
  EXPECT_EQ(made()["Order"], 0U) << "it is where it was made";
}

}  // namespace
}  // namespace channelbridge::test
