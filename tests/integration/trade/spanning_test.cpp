// A document that goes to the ERP in several calls, because its service takes neither $batch nor
// children inside their root: orders and quotes whose second item the ERP refuses for good.
#include "trade_world.hpp"

namespace channelbridge::test {
namespace {

using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

class Spanning : public TradeWorld {
 protected:
  static constexpr const char* kOneByOne = "    batch: false\n    deep_create: false\n";

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
  /// "number: quantity = net amount" of the ERP's items; `name`: "SalesOrderItem".
  std::vector<std::string> items_of(const std::string& name) {
    const std::string set = "A_" + name;
    std::vector<std::string> out;
    for (const Json& row : erp(set).rows(set))
      out.push_back(row[name].get<std::string>() + ": " + figure(row["RequestedQuantity"]) + " = " +
                    figure(row["NetAmount"]));
    return out;
  }
};

class SpanningOrders : public Spanning {
 protected:
  static constexpr const char* kOrders = R"(
  crm-orders: { system: crm, mapping: salesforce/order.yaml, first_contact: system }
  erp-orders: { system: erp, mapping: sap_s4hana/order_with_hold.yaml, first_contact: hub)";

  /// `more`: settings of the ERP's orders.
  void begin(const std::string& more = "") {
    // The shipped mapping, which may set the header's delivery block, too.
    vary_mapping("sap_s4hana/order.yaml", "order_with_hold.yaml",
                 {{"blocks[kind=delivery].reason: { path: DeliveryBlockReason, direction: read }",
                   "custom.hold: DeliveryBlockReason"}});
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
  void line(int number, const std::string& sku, int quantity, const std::string& price) {
    in_crm("OrderItem", {{"OrderId", order_},
                         {"PricebookEntryId", entry_of(sku)},
                         {"Line_No__c", number},
                         {"Quantity", quantity},
                         {"UnitPrice", Json::parse(price)}});
  }
  std::vector<std::string> items() { return items_of("SalesOrderItem"); }
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

class SpanningQuotes : public Spanning {
 protected:
  static constexpr const char* kQuotes = R"(
  crm-deals: { system: crm, mapping: salesforce/opportunity.yaml, first_contact: system }
  crm-quotes: { system: crm, mapping: salesforce/quote.yaml, first_contact: system }
  erp-quotes: { system: erp, mapping: sap_s4hana/quote.yaml, first_contact: hub }
)";

  void begin() {
    start(std::string(kCrmMaster) + kQuotes, {{"erp", kOneByOne}});
    settle();
    book_ = enter_prices();
  }
  void quote() {
    const std::string deal = in_crm("Opportunity", {{"Name", "Pumps for the Rhine"},
                                                    {"AccountId", account("Seewerk")["Id"]},
                                                    {"StageName", "Qualification"},
                                                    {"CloseDate", "2027-01-31"}});
    quote_ = in_crm("Quote", {{"Name", "Pumps"},
                              {"OpportunityId", deal},
                              {"Pricebook2Id", book_},
                              {"Partner__c", account("Rheinwerk")["Id"]},
                              {"ExpirationDate", "2027-01-15"},
                              {"Status", "Presented"}});
    line(10, "PU-100", 5, "20");
    line(20, "PU-200", 2, "7.5");
    line(30, "PU-100", 1, "20");
  }
  void line(int number, const std::string& sku, int quantity, const std::string& price) {
    in_crm("QuoteLineItem", {{"QuoteId", quote_},
                             {"PricebookEntryId", entry_of(sku)},
                             {"Line_No__c", number},
                             {"Quantity", quantity},
                             {"UnitPrice", Json::parse(price)}});
  }
  std::vector<std::string> items() { return items_of("SalesQuotationItem"); }
  std::string told() {
    const auto story = hub_->explain("quote", quote_);
    return story ? *story : to_string(story.error());
  }
  void expect_complete() {
    EXPECT_THAT(items(), UnorderedElementsAre("10: 5 = 100", "20: 2 = 15", "30: 1 = 20"));
    EXPECT_EQ(figure(only_in_erp("A_SalesQuotation")["TotalNetAmount"]), "135");
    EXPECT_EQ(figure(crm().record(quote_)["TotalPrice"]), "135");
    EXPECT_EQ(crm().records("QuoteLineItem").size(), 3U);
    EXPECT_EQ(made()["A_SalesQuotation"], 1U);
    EXPECT_EQ(made()["A_SalesQuotationItem"], 3U) << "nothing was made twice";
  }

  std::string book_{};
  std::string quote_{};
};

TEST_F(SpanningQuotes, TheirLinesLandOneByOne) {
  begin();
  quote();
  settle();
  expect_complete();
  for (const Json& each : crm().records("QuoteLineItem"))
    if (figure(each["Line_No__c"]) == "20") edit_crm(each["Id"], {{"Quantity", 4}});
  line(40, "PU-100", 2, "19");
  settle();
  EXPECT_THAT(items(),
              UnorderedElementsAre("10: 5 = 100", "20: 4 = 30", "30: 1 = 20", "40: 2 = 38"));
  EXPECT_EQ(made()["A_SalesQuotationItem"], 4U);
}

TEST_F(SpanningQuotes, ALineThatIsRefusedForGoodIsCompletedOnceItsCauseIsMended) {
  begin();
  block();
  quote();
  run();
  run();
  EXPECT_THAT(items(), SizeIs(::testing::Lt(3U)));
  EXPECT_THAT(items(), Each(Not(HasSubstr("20: "))));
  EXPECT_THAT(told(),
              HasSubstr("landed in part, " + std::to_string(items().size() + 1) + " of 4: "));
  const auto letters = hub_->store().dead_letters(true, 10);
  ASSERT_TRUE(letters) << to_string(letters.error());
  ASSERT_THAT(*letters, SizeIs(1));
  EXPECT_THAT(letters->front().message, HasSubstr("Material PU-200 is not defined"));
  EXPECT_EQ(run().written(), 0U) << "it waits for a person";
  EXPECT_EQ(crm().records("QuoteLineItem").size(), 3U) << "what is not there yet is not removed";

  unblock();
  ASSERT_TRUE(hub_->replay(letters->front().id, Context()));
  settle();
  expect_complete();
  EXPECT_THAT(hub_->store().dead_letters(true, 10).value(), IsEmpty());
}

}  // namespace
}  // namespace channelbridge::test
