// A document that goes to the ERP in several calls, because its service takes neither $batch nor
// children inside their root: an order whose second item the ERP refuses for good.
#include <fstream>
#include <sstream>

#include "trade_world.hpp"

namespace channelbridge::test {
namespace {

using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

class SpanningOrders : public TradeWorld {
 protected:
  static constexpr const char* kOneByOne = "    batch: false\n    deep_create: false\n";
  static constexpr const char* kOrders = R"(
  crm-orders: { system: crm, mapping: salesforce/order.yaml, first_contact: system }
  erp-orders: { system: erp, mapping: sap_s4hana/order_with_hold.yaml, first_contact: hub)";

  /// `more`: settings of the ERP's orders.
  void begin(const std::string& more = "") {
    write_mapping();
    start(std::string(kCrmMaster) + kOrders + more + " }\n", {{"erp", kOneByOne}},
          "  order: { custom: { hold: { type: text, max: 2 } } }\n");
    settle();
    const std::string book = enter_prices();
    block();
    order_ = in_crm("Order", {{"AccountId", account("Rheinwerk")["Id"]},
                              {"EffectiveDate", "2026-12-01"},
                              {"Status", "Draft"},
                              {"Type", "Sell-in"},
                              {"Pricebook2Id", book}});
    line(10, "PU-100", 5, "20");
    line(20, "PU-200", 2, "7.5");
    line(30, "PU-100", 1, "20");
    run();
    run();
  }
  /// The shipped mapping, which may set the header's delivery block, too.
  void write_mapping() {
    const std::filesystem::path mappings =
        std::filesystem::path(CHANNELBRIDGE_SOURCE_DIR) / "mappings";
    std::filesystem::create_directories(folder_ / "sap_s4hana");
    std::filesystem::copy(mappings / "codes", folder_ / "codes");
    std::ifstream shipped(mappings / "sap_s4hana" / "order.yaml");
    std::ostringstream text;
    text << shipped.rdbuf();
    std::string mapping = text.str();
    const std::string only_read =
        "blocks[kind=delivery].reason: { path: DeliveryBlockReason, direction: read }";
    const std::size_t at = mapping.find(only_read);
    ASSERT_NE(at, std::string::npos);
    mapping.replace(at, only_read.size(), "custom.hold: DeliveryBlockReason");
    std::ofstream(folder_ / "sap_s4hana" / "order_with_hold.yaml") << mapping;
  }
  /// The ERP has the product no more: items of it are refused.
  void block() {
    const auto done = erp("A_Product").remove("MILLER", "A_Product", {"PU-200"});
    ASSERT_TRUE(done) << to_string(done.error());
  }
  void unblock() {
    in_erp("A_Product", {{"Product", "PU-200"}, {"ProductType", "HAWA"}, {"BaseUnit", "PC"}});
    in_erp("A_ProductDescription",
           {{"Product", "PU-200"}, {"Language", "EN"}, {"ProductDescription", "Big pump"}});
  }
  void line(int number, const std::string& sku, int quantity, const std::string& price) {
    in_crm("OrderItem", {{"OrderId", order_},
                         {"PricebookEntryId", entry_of(sku)},
                         {"Line_No__c", number},
                         {"Quantity", quantity},
                         {"UnitPrice", Json::parse(price)}});
  }
  /// "number: quantity = net amount" of the ERP's items.
  std::vector<std::string> items() {
    std::vector<std::string> out;
    for (const Json& row : erp("A_SalesOrderItem").rows("A_SalesOrderItem"))
      out.push_back(row["SalesOrderItem"].get<std::string>() + ": " +
                    figure(row["RequestedQuantity"]) + " = " + figure(row["NetAmount"]));
    return out;
  }
  std::string hold() {
    const Json block = only_in_erp("A_SalesOrder")["DeliveryBlockReason"];
    return block.is_string() ? block.get<std::string>() : std::string();
  }
  std::vector<store::DeadLetterRow> letters() {
    return hub_->store().dead_letters(true, 10).value();
  }
  std::string told() {
    const auto story = hub_->explain("order", order_);
    return story ? *story : to_string(story.error());
  }
  /// The items go in no order: those before the refused one are there.
  void expect_part() {
    EXPECT_THAT(items(), SizeIs(::testing::Lt(3U)));
    EXPECT_THAT(items(), Each(Not(HasSubstr("20: "))));
    EXPECT_THAT(told(),
                HasSubstr("landed in part, " + std::to_string(items().size() + 1) + " of 4: "));
  }
  void expect_complete() {
    EXPECT_THAT(items(), UnorderedElementsAre("10: 5 = 100", "20: 2 = 15", "30: 1 = 20"));
    EXPECT_EQ(figure(only_in_erp("A_SalesOrder")["TotalNetAmount"]), "135");
    EXPECT_EQ(hold(), "");
    EXPECT_THAT(letters(), IsEmpty());
    EXPECT_EQ(made()["A_SalesOrder"], 1U);
    EXPECT_EQ(made()["A_SalesOrderItem"], 3U) << "nothing was made twice";
    EXPECT_EQ(figure(crm().record(order_)["TotalAmount"]), "135");
  }

  std::string order_{};
};

TEST_F(SpanningOrders, APartThatIsRefusedForGoodIsCompletedOnceItsCauseIsMended) {
  begin();
  expect_part();
  EXPECT_EQ(hold(), "") << "nobody has asked for more";
  ASSERT_THAT(letters(), SizeIs(1));
  EXPECT_THAT(letters()[0].message, HasSubstr("Material PU-200 is not defined"));
  EXPECT_THAT(told(), Not(HasSubstr("compensates")));
  EXPECT_EQ(run().written(), 0U) << "it waits for a person";
  EXPECT_EQ(crm().records("OrderItem").size(), 3U);

  unblock();
  ASSERT_TRUE(hub_->replay(letters()[0].id, Context()));
  settle();
  expect_complete();
}

TEST_F(SpanningOrders, TheDeclaredStepCompensatesForAPartUntilTheNextVersionCompletesIt) {
  begin(", on_incomplete: { set: { custom.hold: \"01\" } }");
  expect_part();
  EXPECT_EQ(hold(), "01");
  ASSERT_THAT(letters(), SizeIs(1)) << "it still waits for a person";
  EXPECT_THAT(letters()[0].message, HasSubstr("Material PU-200 is not defined"));
  EXPECT_THAT(told(), HasSubstr("compensates for the part that was refused"));
  EXPECT_EQ(run().written(), 0U) << "it is given once";
  EXPECT_EQ(hold(), "01");

  unblock();
  edit_crm(order_, {{"PoNumber", "PO-7"}});
  settle();
  expect_complete();
  EXPECT_EQ(only_in_erp("A_SalesOrder")["PurchaseOrderByCustomer"], "PO-7");
}

}  // namespace
}  // namespace channelbridge::test
