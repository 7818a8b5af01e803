// What the org does with price books, orders and contracts, and what it refuses.
#include "client.hpp"

namespace channelbridge::sandbox::salesforce {
namespace {

class Sales : public SalesforceSandbox {
 protected:
  explicit Sales(OrderRules rules = {}) : SalesforceSandbox(with(std::move(rules))) {
    account = create("Account", {{"Name", "Nordljus"}});
    product = create("Product2", {{"Name", "Pump"}, {"ProductCode", "P-1"}, {"IsActive", true}});
    standard = column("SELECT Id FROM Pricebook2 WHERE IsStandard = true", "Id");
    entry = price(standard, product, 100);
  }
  static OrgOptions with(OrderRules rules) {
    OrgOptions given = options();
    given.orders = std::move(rules);
    return given;
  }
  std::string price(const std::string& book, const std::string& of, int amount) {
    return create(
        "PricebookEntry",
        {{"Pricebook2Id", book}, {"Product2Id", of}, {"UnitPrice", amount}, {"IsActive", true}});
  }
  Json order_fields() const {
    return {{"AccountId", account},
            {"EffectiveDate", "2026-11-02"},
            {"Status", "Draft"},
            {"Pricebook2Id", standard}};
  }
  std::string order_with_line() {
    const std::string order = create("Order", order_fields());
    line = create(
        "OrderItem",
        {{"OrderId", order}, {"PricebookEntryId", entry}, {"Quantity", 3}, {"UnitPrice", 62.93}});
    return order;
  }
  Answer patch(const std::string& object, const std::string& id, const Json& fields) {
    return call("PATCH", "sobjects/" + object + "/" + id, fields);
  }
  std::string shown(const std::string& id, const char* field) {
    return dump_json(org().record(id)[field]);
  }

  std::string account;
  std::string product;
  std::string standard;
  std::string entry;
  std::string line;
};

TEST_F(Sales, AnEntryOfAPriceBookNeedsTheStandardPriceAndIsOneOfItsKind) {
  const std::string partners = create("Pricebook2", {{"Name", "Partners"}, {"IsActive", true}});
  const std::string other = create("Product2", {{"Name", "Valve"}});
  const Json fields{{"Pricebook2Id", partners}, {"Product2Id", other}, {"UnitPrice", 5}};
  EXPECT_EQ(call("POST", "sobjects/PricebookEntry", fields).code(), "STANDARD_PRICE_NOT_DEFINED");
  price(standard, other, 6);
  const std::string made = create("PricebookEntry", fields);
  EXPECT_EQ(shown(made, "Name"), "\"Valve\"");
  EXPECT_EQ(call("POST", "sobjects/PricebookEntry", fields).code(), "DUPLICATE_VALUE");
  EXPECT_EQ(call("PATCH", "sobjects/PricebookEntry/" + made, {{"Product2Id", product}}).code(),
            "INVALID_FIELD_FOR_INSERT_UPDATE");
}

TEST_F(Sales, AnOrdersTotalIsThatOfItsLines) {
  const std::string order = order_with_line();
  EXPECT_EQ(shown(line, "TotalPrice"), "188.79");
  EXPECT_EQ(shown(line, "ListPrice"), "100.0");
  EXPECT_EQ(shown(line, "Product2Id"), "\"" + product + "\"");
  EXPECT_EQ(shown(order, "TotalAmount"), "188.79");
  EXPECT_EQ(shown(order, "OrderNumber"), "\"00000001\"");
  EXPECT_EQ(patch("OrderItem", line, {{"Quantity", 2}, {"UnitPrice", 50}}).status, 204);
  EXPECT_EQ(shown(order, "TotalAmount"), "100.0");
  EXPECT_EQ(patch("OrderItem", line, {{"Quantity", 4}}).status, 204);
  EXPECT_EQ(shown(line, "UnitPrice"), "25.0") << "a quantity alone keeps the total";
  EXPECT_EQ(patch("OrderItem", line, {{"TotalPrice", 1}}).code(),
            "INVALID_FIELD_FOR_INSERT_UPDATE");
  EXPECT_EQ(patch("OrderItem", line, {{"PricebookEntryId", entry}}).code(),
            "INVALID_FIELD_FOR_INSERT_UPDATE");
  EXPECT_EQ(call("DELETE", "sobjects/OrderItem/" + line).status, 204);
  EXPECT_EQ(shown(order, "TotalAmount"), "0.0");
}

TEST_F(Sales, ALineIsOfItsDocumentsPriceBook) {
  const std::string partners = create("Pricebook2", {{"Name", "Partners"}, {"IsActive", true}});
  const std::string theirs = price(partners, product, 80);
  const std::string order = create("Order", order_fields());
  Json fields{{"OrderId", order}, {"PricebookEntryId", theirs}, {"Quantity", 1}, {"UnitPrice", 1}};
  EXPECT_EQ(call("POST", "sobjects/OrderItem", fields).code(), "FIELD_INTEGRITY_EXCEPTION");
  EXPECT_EQ(patch("Order", order, {{"Pricebook2Id", partners}}).code(),
            "FIELD_INTEGRITY_EXCEPTION");
  EXPECT_EQ(patch("PricebookEntry", entry, {{"IsActive", false}}).status, 204);
  fields["PricebookEntryId"] = entry;
  EXPECT_EQ(call("POST", "sobjects/OrderItem", fields).code(), "FIELD_INTEGRITY_EXCEPTION");
  Json bookless = order_fields();
  bookless.erase("Pricebook2Id");
  fields["OrderId"] = create("Order", bookless);
  fields["PricebookEntryId"] = theirs;
  EXPECT_EQ(call("POST", "sobjects/OrderItem", fields).code(), "FIELD_INTEGRITY_EXCEPTION");
  EXPECT_EQ(org().count("OrderItem"), 0U);
}

TEST_F(Sales, AnOrderIsActivatedAloneWithItsLinesAndLockedThen) {
  Json active = order_fields();
  active["Status"] = "Activated";
  EXPECT_EQ(call("POST", "sobjects/Order", active).code(), "FAILED_ACTIVATION");
  const std::string empty = create("Order", order_fields());
  EXPECT_EQ(patch("Order", empty, {{"Status", "Activated"}}).code(), "FAILED_ACTIVATION");
  const std::string order = order_with_line();
  EXPECT_EQ(patch("Order", order, {{"Status", "Activated"}, {"PoNumber", "1"}}).code(),
            "FAILED_ACTIVATION");
  EXPECT_EQ(patch("Order", order, {{"Status", "Activated"}}).status, 204);
  EXPECT_EQ(shown(order, "StatusCode"), "\"Activated\"");
  EXPECT_NE(shown(order, "ActivatedDate"), "null");
  EXPECT_EQ(patch("Order", order, {{"PoNumber", "1"}}).code(), "INVALID_STATUS");
  EXPECT_EQ(patch("OrderItem", line, {{"Quantity", 1}}).code(), "INVALID_STATUS");
  const Json another{
      {"OrderId", order}, {"PricebookEntryId", entry}, {"Quantity", 1}, {"UnitPrice", 1}};
  EXPECT_EQ(call("POST", "sobjects/OrderItem", another).code(), "INVALID_STATUS");
  EXPECT_EQ(call("DELETE", "sobjects/OrderItem/" + line).code(), "DELETE_FAILED");
  EXPECT_EQ(call("DELETE", "sobjects/Order/" + order).code(), "DELETE_FAILED");
  EXPECT_EQ(shown(order, "TotalAmount"), "188.79") << "nothing of it was done";
  EXPECT_EQ(patch("Order", order, {{"Status", "Draft"}}).status, 204);
  EXPECT_EQ(shown(order, "ActivatedDate"), "null");
  EXPECT_EQ(call("DELETE", "sobjects/Order/" + order).status, 204);
  EXPECT_EQ(org().count("OrderItem"), 0U) << "lines go with their order";
}

class EditableOrders : public Sales {
 protected:
  explicit EditableOrders(OrderRules::Activated rule = OrderRules::Activated::Editable)
      : Sales({.activated = rule}) {
    order = order_with_line();
    EXPECT_EQ(patch("Order", order, {{"Status", "Activated"}}).status, 204);
  }
  std::string order;
};

TEST_F(EditableOrders, TakeChangesOfWhatTheyHaveAndNothingMoreOrLess) {
  EXPECT_EQ(patch("OrderItem", line, {{"Shipped_Quantity__c", 1.5}}).status, 204);
  EXPECT_EQ(shown(line, "Shipped_Quantity__c"), "1.5");
  EXPECT_EQ(patch("OrderItem", line, {{"Quantity", 2}, {"UnitPrice", 60}}).status, 204);
  EXPECT_EQ(shown(order, "TotalAmount"), "120.0");
  EXPECT_EQ(patch("Order", order, {{"PoNumber", "1"}}).status, 204);
  const std::string other = create("Account", {{"Name", "Seewerk"}});
  EXPECT_EQ(patch("Order", order, {{"AccountId", other}}).code(), "FIELD_INTEGRITY_EXCEPTION");
  const Json another{
      {"OrderId", order}, {"PricebookEntryId", entry}, {"Quantity", 1}, {"UnitPrice", 1}};
  EXPECT_EQ(call("POST", "sobjects/OrderItem", another).code(), "INVALID_STATUS");
  EXPECT_EQ(call("DELETE", "sobjects/OrderItem/" + line).code(), "DELETE_FAILED");
  EXPECT_EQ(patch("Order", order, {{"Status", "Shipped"}}).status, 204);
  EXPECT_EQ(shown(order, "StatusCode"), "\"Activated\"") << "the org's own word for it";
}

class CommerceOrders : public EditableOrders {
 protected:
  CommerceOrders() : EditableOrders(OrderRules::Activated::PricesStay) {}
};

TEST_F(CommerceOrders, KeepTheirQuantitiesAndPrices) {
  EXPECT_EQ(
      patch("OrderItem", line, {{"Quantity", 3}, {"UnitPrice", 62.93}, {"Shipped_Quantity__c", 1}})
          .status,
      204);
  EXPECT_EQ(patch("OrderItem", line, {{"Quantity", 2}, {"UnitPrice", 62.93}}).code(),
            "INVALID_STATUS");
  EXPECT_EQ(patch("OrderItem", line, {{"UnitPrice", 60}}).code(), "INVALID_STATUS");
  EXPECT_EQ(shown(order, "TotalAmount"), "188.79");
}

TEST_F(Sales, AContractIsActivatedAloneAndStaysSo) {
  const Json fields{{"AccountId", account}, {"StartDate", "2026-01-31"}, {"ContractTerm", 13}};
  const std::string contract = create("Contract", fields);
  EXPECT_EQ(shown(contract, "Status"), "\"Draft\"");
  EXPECT_EQ(shown(contract, "EndDate"), "\"2027-02-27\"");
  EXPECT_EQ(patch("Contract", contract, {{"EndDate", "2027-01-01"}}).code(),
            "INVALID_FIELD_FOR_INSERT_UPDATE");
  Json active = fields;
  active["Status"] = "Activated";
  EXPECT_EQ(call("POST", "sobjects/Contract", active).code(), "FAILED_ACTIVATION");
  EXPECT_EQ(patch("Contract", contract, {{"Status", "Activated"}, {"ContractTerm", 1}}).code(),
            "FAILED_ACTIVATION");
  EXPECT_EQ(patch("Contract", contract, {{"Status", "Activated"}}).status, 204);
  EXPECT_EQ(patch("Contract", contract, {{"Status", "Draft"}}).code(), "INVALID_STATUS");
  EXPECT_EQ(call("DELETE", "sobjects/Contract/" + contract).code(), "DELETE_FAILED");
}

TEST_F(Sales, AnOpportunitysAmountIsThatOfItsLines) {
  const std::string deal = create("Opportunity", {{"Name", "Pumps"},
                                                  {"StageName", "Prospecting"},
                                                  {"CloseDate", "2026-12-01"},
                                                  {"Amount", 5}});
  const Json both{{"OpportunityId", deal},
                  {"PricebookEntryId", entry},
                  {"Quantity", 2},
                  {"UnitPrice", 90},
                  {"TotalPrice", 180}};
  EXPECT_EQ(call("POST", "sobjects/OpportunityLineItem", both).code(), "FIELD_INTEGRITY_EXCEPTION");
  const std::string item = create(
      "OpportunityLineItem",
      {{"OpportunityId", deal}, {"PricebookEntryId", entry}, {"Quantity", 2}, {"TotalPrice", 180}});
  EXPECT_EQ(shown(item, "UnitPrice"), "90.0");
  EXPECT_EQ(shown(deal, "Amount"), "180.0");
  EXPECT_EQ(shown(deal, "HasOpportunityLineItem"), "true");
  EXPECT_EQ(shown(deal, "Pricebook2Id"), "\"" + standard + "\"") << "that of its first product";
  EXPECT_EQ(patch("Opportunity", deal, {{"Amount", 7}, {"NextStep", "call"}}).status, 204);
  EXPECT_EQ(shown(deal, "Amount"), "180.0") << "ignored without a word";
  EXPECT_EQ(shown(deal, "NextStep"), "\"call\"");
  EXPECT_EQ(call("DELETE", "sobjects/Product2/" + product).code(), "DELETE_FAILED");
}

TEST_F(Sales, AQuoteAddsUpAndItsOpportunityFollowsIt) {
  const std::string deal = create("Opportunity", {{"Name", "Pumps"},
                                                  {"AccountId", account},
                                                  {"StageName", "Prospecting"},
                                                  {"CloseDate", "2026-12-01"},
                                                  {"Pricebook2Id", standard}});
  const std::string quote = create(
      "Quote", {{"Name", "Q"}, {"OpportunityId", deal}, {"Tax", 19}, {"ShippingHandling", 5}});
  EXPECT_EQ(shown(quote, "AccountId"), "\"" + account + "\"");
  EXPECT_EQ(shown(quote, "Pricebook2Id"), "\"" + standard + "\"");
  EXPECT_EQ(shown(quote, "Status"), "\"Draft\"");
  const std::string item = create("QuoteLineItem", {{"QuoteId", quote},
                                                    {"PricebookEntryId", entry},
                                                    {"Quantity", 2},
                                                    {"UnitPrice", 100},
                                                    {"Discount", 12.5}});
  EXPECT_EQ(shown(item, "TotalPrice"), "175.0");
  EXPECT_EQ(shown(quote, "Subtotal"), "200.0");
  EXPECT_EQ(shown(quote, "Discount"), "12.5");
  EXPECT_EQ(shown(quote, "GrandTotal"), "199.0") << "175 + 19 + 5";
  EXPECT_EQ(shown(quote, "LineItemCount"), "1");

  EXPECT_EQ(patch("Opportunity", deal, {{"SyncedQuoteId", quote}}).status, 204);
  EXPECT_EQ(shown(quote, "IsSyncing"), "true");
  EXPECT_EQ(shown(deal, "Amount"), "175.0");
  EXPECT_EQ(patch("QuoteLineItem", item, {{"Quantity", 4}}).status, 204);
  EXPECT_EQ(shown(deal, "Amount"), "350.0");
  const std::string theirs = column("SELECT Id FROM OpportunityLineItem", "Id");
  EXPECT_EQ(patch("OpportunityLineItem", theirs, {{"Quantity", 1}, {"UnitPrice", 60}}).status, 204);
  EXPECT_EQ(shown(quote, "TotalPrice"), "60.0");
  EXPECT_EQ(call("DELETE", "sobjects/QuoteLineItem/" + item).status, 204);
  EXPECT_EQ(org().count("OpportunityLineItem"), 0U);
}

TEST_F(Sales, CpqMakesThePricesOfALine) {
  // Check values of the waterfall: Salesforce CPQ help, "Partner discounts first".
  const auto net = [&](const Json& quote_fields) {
    const std::string quote = create("SBQQ__Quote__c", quote_fields);
    const std::string made = create("SBQQ__QuoteLine__c", {{"SBQQ__Quote__c", quote},
                                                           {"SBQQ__Product__c", product},
                                                           {"SBQQ__ListPrice__c", 10000},
                                                           {"SBQQ__VolumeDiscount__c", 10},
                                                           {"SBQQ__Discount__c", 50}});
    EXPECT_EQ(shown(quote, "SBQQ__NetAmount__c"), shown(made, "SBQQ__NetPrice__c"));
    return shown(made, "SBQQ__RegularPrice__c") + " " + shown(made, "SBQQ__CustomerPrice__c") +
           " " + shown(made, "SBQQ__PartnerPrice__c") + " " + shown(made, "SBQQ__NetPrice__c");
  };
  Json quote{{"SBQQ__PartnerDiscount__c", 20}, {"SBQQ__DistributorDiscount__c", 50}};
  EXPECT_EQ(net(quote), "9000.0 4500.0 3600.0 1800.0");
  quote["ApplyPartnerDiscountFirst__c"] = true;
  EXPECT_EQ(net(quote), "7200.0 3600.0 8000.0 1800.0");
  const std::string listed = create("SBQQ__Quote__c", {{"SBQQ__PriceBook__c", standard}});
  const std::string item =
      create("SBQQ__QuoteLine__c", {{"SBQQ__Quote__c", listed}, {"SBQQ__Product__c", product}});
  EXPECT_EQ(shown(item, "SBQQ__ListPrice__c"), "100.0") << "of the quote's price book";
  EXPECT_EQ(patch("SBQQ__Quote__c", listed, {{"SBQQ__CustomerDiscount__c", 25}}).status, 204);
  EXPECT_EQ(shown(item, "SBQQ__NetPrice__c"), "75.0") << "a change of the quote prices its lines";
  EXPECT_EQ(patch("SBQQ__QuoteLine__c", item, {{"SBQQ__NetTotal__c", 1}}).code(),
            "INVALID_FIELD_FOR_INSERT_UPDATE");
}

TEST_F(Sales, ARefusedPartTakesItsRollUpsBack) {
  const std::string order = order_with_line();
  const auto part = [&](const char* method, const std::string& url, const Json& body,
                        const char* reference) {
    return Json{
        {"method", method}, {"url", base + url}, {"referenceId", reference}, {"body", body}};
  };
  const Json parts{part("PATCH", "sobjects/OrderItem/" + line, {{"Quantity", 9}}, "a"),
                   part("PATCH", "sobjects/Order/" + order, {{"Status", "No such"}}, "b")};
  const Answer answer = call("POST", "composite/graph",
                             {{"graphs", {{{"graphId", "1"}, {"compositeRequest", parts}}}}});
  EXPECT_EQ(answer.body["graphs"][0]["isSuccessful"], false) << answer.text;
  EXPECT_EQ(shown(order, "TotalAmount"), "188.79");
}

OrgOptions with_short_lists() {
  OrgOptions given = options();
  given.max_child_rows = 2;
  return given;
}

class ShortLists : public SalesforceSandbox {
 protected:
  ShortLists() : SalesforceSandbox(with_short_lists()) {}
};

TEST_F(ShortLists, GoOnBehindTheirOwnUrl) {
  const std::string account = create("Account", {{"Name", "Nordljus"}});
  for (int i = 0; i < 5; ++i)
    create("Contact", {{"LastName", "C" + std::to_string(i)}, {"AccountId", account}});
  Json list = query("SELECT Id, (SELECT LastName FROM Contacts) FROM Account")
                  .body["records"][0]["Contacts"];
  EXPECT_EQ(list["totalSize"], 5);
  std::string names;
  for (int page = 0; page < 3; ++page) {
    for (const Json& each : list["records"]) names += text_of(each, "LastName");
    EXPECT_EQ(list["done"], page == 2);
    if (page < 2) list = call("GET", text_of(list, "nextRecordsUrl")).body;
  }
  EXPECT_EQ(names, "C0C1C2C3C4");
}

}  // namespace
}  // namespace channelbridge::sandbox::salesforce
