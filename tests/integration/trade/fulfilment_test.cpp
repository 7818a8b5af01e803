// What becomes of an order: its confirmation, deliveries and invoices come back from the ERP to the
// CRM line by line, and what they lock stays.
#include "trade_world.hpp"

namespace channelbridge::test {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class Fulfilment : public TradeWorld {
 protected:
  static constexpr const char* kOrders = R"(
  crm-orders: { system: crm, mapping: salesforce/order.yaml, first_contact: system }
  erp-orders: { system: erp, mapping: sap_s4hana/order.yaml, first_contact: hub }
)";
  /// Fields and statuses of this org.
  static constexpr const char* kOrg = R"(
      order_status:
        draft: Draft
        confirmed: Activated
        cancelled: Cancelled
        partially_shipped: Partially Shipped
        shipped: Shipped
        rejected: Cancelled
        submitted: Draft
        acknowledged: Draft
        on_hold: Draft
        change_requested: Draft
        partially_confirmed: Activated
        in_fulfilment: Activated
        delivered: Shipped
        completed: Shipped
        return_requested: Shipped
        returned: Shipped
    values:
      line_confirmed: Confirmed_Quantity__c
      line_confirmed_date: Confirmed_Date__c
      line_shipped: Shipped_Quantity__c
      line_invoiced: Invoiced_Quantity__c
)";

  void SetUp() override {
    TradeWorld::SetUp();
    ASSERT_TRUE(desk().seed_stock("PU-100", "3"));
    ASSERT_TRUE(desk().seed_stock("PU-200", "100"));
    start(std::string(kCrmMaster) + kOrders, {{"crm", kOrg}});
    settle();
    const std::string book = enter_prices();
    order_ = in_crm("Order", {{"AccountId", account("Rheinwerk")["Id"]},
                              {"EffectiveDate", "2026-12-01"},
                              {"Status", "Draft"},
                              {"Type", "Sell-in"},
                              {"Pricebook2Id", book}});
    pump_ = line(10, "PU-100", "5", "20");
    big_pump_ = line(20, "PU-200", "2", "7.5");
    settle();
    number_ = only_in_erp("A_SalesOrder")["SalesOrder"];
  }
  std::string line(int number, const std::string& sku, const std::string& quantity,
                   const std::string& price) {
    return in_crm("OrderItem", {{"OrderId", order_},
                                {"PricebookEntryId", entry_of(sku)},
                                {"Line_No__c", number},
                                {"Quantity", Json::parse(quantity)},
                                {"UnitPrice", Json::parse(price)}});
  }
  void deliver(const std::string& item, const std::string& quantity) {
    const auto done = desk().deliver(number_, item, quantity);
    ASSERT_TRUE(done) << to_string(done.error());
  }
  std::string bill() {
    const auto done = desk().bill(number_);
    EXPECT_TRUE(done) << to_string(done.error());
    return done ? *done : std::string();
  }
  /// "confirmed, shipped, invoiced" of a line in the CRM.
  std::string progress(const std::string& id) {
    const Json row = crm().record(id);
    return figure(row["Confirmed_Quantity__c"]) + ", " + figure(row["Shipped_Quantity__c"]) + ", " +
           figure(row["Invoiced_Quantity__c"]);
  }
  std::string status() { return crm().record(order_)["Status"]; }
  /// "reason: words and figures" of what waits for a person.
  std::vector<std::string> conflicts() {
    std::vector<std::string> out;
    const auto rows = hub_->store().conflicts("crm-orders");
    EXPECT_TRUE(rows) << to_string(rows.error());
    for (const store::ConflictRow& row : *rows) out.push_back(row.reason + ": " + row.detail);
    return out;
  }
  Json item(const std::string& number) {
    return erp("A_SalesOrderItem").row("A_SalesOrderItem", {number_, number});
  }

  std::string order_{};
  std::string pump_{};
  std::string big_pump_{};
  std::string number_{};
};

TEST_F(Fulfilment, ConfirmationDeliveriesAndInvoicesComeBackLineByLine) {
  EXPECT_EQ(progress(pump_), "5, 0, 0");
  EXPECT_EQ(progress(big_pump_), "2, 0, 0");
  const std::string wished = crm().record(big_pump_)["Confirmed_Date__c"];
  const std::string later = crm().record(pump_)["Confirmed_Date__c"];
  EXPECT_LT(wished, later) << "of the pumps two are not on stock";
  EXPECT_EQ(status(), "Draft");

  deliver("10", "2");
  settle();
  EXPECT_EQ(progress(pump_), "5, 2, 0");
  EXPECT_EQ(progress(big_pump_), "2, 0, 0");
  EXPECT_EQ(status(), "Partially Shipped");
  bill();
  settle();
  EXPECT_EQ(progress(pump_), "5, 2, 2");
  EXPECT_EQ(progress(big_pump_), "2, 0, 0");

  deliver("10", "3");
  deliver("20", "2");
  bill();
  settle();
  EXPECT_EQ(progress(pump_), "5, 5, 5");
  EXPECT_EQ(progress(big_pump_), "2, 2, 2");
  EXPECT_EQ(status(), "Shipped");
  EXPECT_THAT(conflicts(), IsEmpty());
  EXPECT_EQ(made()["A_SalesOrder"], 1U);
}

TEST_F(Fulfilment, AnInvoiceThatIsCancelledDoesNotCount) {
  deliver("10", "2");
  const std::string invoice = bill();
  settle();
  ASSERT_EQ(progress(pump_), "5, 2, 2");
  ASSERT_TRUE(
      erp("A_BillingDocument").work("BILLING", [&](sandbox::odata::Transaction& transaction) {
        transaction.change_silently("A_BillingDocument",
                                    transaction.find("A_BillingDocument", {invoice}),
                                    Json{{"BillingDocumentIsCancelled", true}});
      }));
  edit_erp("A_SalesOrder", {number_}, {{"PurchaseOrderByCustomer", "PO-1"}});
  settle();
  EXPECT_EQ(progress(pump_), "5, 2, 0");
  bill();
  settle();
  EXPECT_EQ(progress(pump_), "5, 2, 2") << "it is billed again";
}

TEST_F(Fulfilment, AShippedLineKeepsWhatWasShippedAndTheCrmIsToldWhy) {
  deliver("10", "2");
  settle();
  edit_crm(pump_, {{"Quantity", 1}, {"UnitPrice", 20}});
  run();
  EXPECT_EQ(figure(item("10")["RequestedQuantity"]), "5");
  ASSERT_FALSE(conflicts().empty());
  EXPECT_THAT(conflicts().front(), AllOf(HasSubstr("locked: "), HasSubstr("changed from 5 to 1"),
                                         HasSubstr("2 of the line are shipped")));
  // The rest of the order goes on.
  deliver("20", "1");
  run();
  run();
  EXPECT_EQ(progress(big_pump_), "2, 1, 0");
  EXPECT_EQ(figure(item("10")["RequestedQuantity"]), "5");
}

TEST_F(Fulfilment, AnOrderThatIsInvoicedInFullKeepsItsPricesAndQuantities) {
  deliver("10", "5");
  deliver("20", "2");
  bill();
  settle();
  ASSERT_EQ(progress(pump_), "5, 5, 5");
  edit_crm(pump_, {{"Quantity", 6}, {"UnitPrice", 25}});
  run();
  EXPECT_EQ(figure(item("10")["RequestedQuantity"]), "5");
  EXPECT_EQ(figure(item("10")["NetAmount"]), "100");
  ASSERT_FALSE(conflicts().empty());
  EXPECT_THAT(conflicts().front(),
              AllOf(HasSubstr("locked: "), HasSubstr("the order is invoiced")));
  const std::size_t parked = conflicts().size();
  EXPECT_EQ(run().written(), 0U);
  EXPECT_EQ(conflicts().size(), parked) << "it waits for a person";
  const auto rows = hub_->store().conflicts("crm-orders");
  for (const store::ConflictRow& row : *rows)
    ASSERT_TRUE(
        hub_->resolve_conflict("crm-orders", row.key, row.group, hub::Keep::Hub, Context()));
  settle();
  EXPECT_THAT(conflicts(), IsEmpty());
  EXPECT_EQ(figure(crm().record(pump_)["Quantity"]), "5");
  EXPECT_EQ(figure(crm().record(pump_)["UnitPrice"]), "20");
}

}  // namespace
}  // namespace channelbridge::test
