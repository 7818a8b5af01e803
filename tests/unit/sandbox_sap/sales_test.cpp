// Sales documents, their prices, deliveries and invoices, as the sandbox keeps them.
#include "sandbox/sap/sales.hpp"

#include "client.hpp"
#include "sandbox/sap/switches.hpp"

namespace channelbridge::sandbox::test {
namespace {

constexpr const char* kOrders = "/sap/opu/odata/sap/API_SALES_ORDER_SRV/";
constexpr const char* kQuotations = "/sap/opu/odata/sap/API_SALES_QUOTATION_SRV/";
constexpr const char* kOrdersV4 =
    "/sap/opu/odata4/sap/api_salesorder/srvd_a2x/sap/salesorder/0001/";

class Sales : public ::testing::Test {
 protected:
  Sales() {
    server = start(sales_services(fixture("")));
    seed("A_Customer", Json{{"Customer", "10100001"}});
    seed("A_Customer", Json{{"Customer", "10100002"}});
    seed("A_Product",
         Json{{"Product", "TG11"},
              {"BaseUnit", "PC"},
              {"to_Description",
               Json::array({Json{{"Language", "EN"}, {"ProductDescription", "Good"}}})}});
    seed(
        "A_SlsPrcgConditionRecord",
        Json{{"ConditionRecord", "100"},
             {"ConditionType", "PPR0"},
             {"ConditionRateValue", "20.000"},
             {"ConditionRateValueUnit", "EUR"},
             {"ConditionQuantity", "1"},
             {"to_SlsPrcgCndnRecdValidity",
              Json::array({Json{{"ConditionType", "PPR0"},
                                {"Material", "TG11"},
                                {"SalesOrganization", "1010"},
                                {"DistributionChannel", "10"},
                                {"ConditionValidityStartDate", "2020-01-01T00:00:00"},
                                {"ConditionValidityEndDate", "9999-12-31T00:00:00"}}})},
             {"to_SlsPrcgCndnRecordScale", Json::array({Json{{"ConditionSequentialNumber", "1"},
                                                             {"ConditionScaleLine", "1"},
                                                             {"ConditionScaleQuantity", "10"},
                                                             {"ConditionRateValue", "18.000"}}})}});
    EXPECT_TRUE(server->sales()->seed_stock("TG11", "4"));
  }

  void seed(const std::string& set, const Json& row) {
    const auto done = server->sales()->seed(set, row);
    ASSERT_TRUE(done) << set << ": " << to_string(done.error());
  }
  static Json order(const std::string& quantity, const Json& more = Json::object()) {
    Json body{
        {"SalesOrderType", "OR"},
        {"SalesOrganization", "1010"},
        {"DistributionChannel", "10"},
        {"OrganizationDivision", "00"},
        {"SoldToParty", "10100001"},
        {"to_Item", Json::array({Json{{"Material", "TG11"}, {"RequestedQuantity", quantity}}})}};
    body.update(more);
    return body;
  }
  Json row(const std::string& set, const std::vector<std::string>& key) {
    return server->sales()->service_with(set)->row(set, key);
  }
  Json lines(const std::string& item = "10") {
    Json out = Json::array();
    for (const Json& each :
         server->sales()->service_with("A_SalesOrder")->rows("A_SalesOrderScheduleLine")) {
      if (each["SalesOrderItem"] == item) out.push_back(each);
    }
    return out;
  }

  std::unique_ptr<SapServer> server{};
  Client orders{"", kOrders};
  void SetUp() override { orders = Client(server->url(), kOrders); }
};

TEST_F(Sales, ADocumentGetsNumbersPricesTaxesPartnersAndATotal) {
  const Answer made = orders.write("POST", "A_SalesOrder", order("5"));
  ASSERT_EQ(made.status, 201) << made.body;
  const Json body = made.json().at("d");
  EXPECT_EQ(body.at("SalesOrder"), "1");
  EXPECT_EQ(body.at("TransactionCurrency"), "EUR");
  EXPECT_EQ(body.at("TotalNetAmount"), "100.000");
  EXPECT_EQ(body.at("OverallSDProcessStatus"), "A");
  const Json item = body.at("to_Item").at("results").at(0);
  EXPECT_EQ(item.at("SalesOrderItem"), "10");
  EXPECT_EQ(item.at("SalesOrderItemText"), "Good");
  EXPECT_EQ(item.at("RequestedQuantityUnit"), "PC");
  EXPECT_EQ(item.at("NetAmount"), "100.000");
  EXPECT_EQ(row("A_SalesOrderHeaderPartner", {"1", "SH"})["Customer"], "10100001");
  std::map<std::string, std::string> amounts;
  for (const Json& each :
       server->sales()->service_with("A_SalesOrder")->rows("A_SalesOrderItemPrElement"))
    amounts[each["ConditionType"]] = each["ConditionAmount"];
  EXPECT_EQ(amounts["PPR0"], "100.000");
  EXPECT_EQ(amounts["MWST"], "19.000");
  // A second item, a second document.
  ASSERT_EQ(orders
                .write("POST", "A_SalesOrder('1')/to_Item",
                       Json{{"Material", "TG11"}, {"RequestedQuantity", "10"}})
                .status,
            201);
  EXPECT_EQ(row("A_SalesOrderItem", {"1", "20"})["NetAmount"], "180.000") << "by the scale";
  EXPECT_EQ(row("A_SalesOrder", {"1"})["TotalNetAmount"], "280.000");
  EXPECT_EQ(orders.write("POST", "A_SalesOrder", order("1")).json().at("d").at("SalesOrder"), "2");
}

TEST_F(Sales, AnAgreedPriceReplacesThatOfTheListAndAnItemThatIsRejectedCountsForNothing) {
  Json body = order("5");
  body["to_Item"][0]["to_PricingElement"] =
      Json::array({Json{{"ConditionType", "PMP0"}, {"ConditionRateValue", "17.505"}}});
  body["to_Partner"] = Json::array({Json{{"PartnerFunction", "SH"}, {"Customer", "10100002"}}});
  ASSERT_EQ(orders.write("POST", "A_SalesOrder", body).status, 201);
  EXPECT_EQ(row("A_SalesOrderItem", {"1", "10"})["NetAmount"], "87.530") << "rounded to cents";
  EXPECT_EQ(row("A_SalesOrderHeaderPartner", {"1", "SH"})["Customer"], "10100002");
  ASSERT_EQ(orders
                .write("PATCH", "A_SalesOrderItem(SalesOrder='1',SalesOrderItem='10')",
                       Json{{"SalesDocumentRjcnReason", "10"}})
                .status,
            204);
  EXPECT_EQ(row("A_SalesOrder", {"1"})["TotalNetAmount"], "0.000");
  EXPECT_EQ(row("A_SalesOrder", {"1"})["OverallSDDocumentRejectionSts"], "C");
  EXPECT_EQ(row("A_SalesOrder", {"1"})["OverallSDProcessStatus"], "C") << "nothing is left to do";
  EXPECT_EQ(lines()[0]["ConfdOrderQtyByMatlAvailCheck"], "0.000");
}

TEST_F(Sales, WhatIsUnknownIsRefusedWithTheMessageOfTheApplication) {
  const std::tuple<Json, const char*, const char*> cases[] = {
      {Json{{"SoldToParty", "99999999"}}, "V1/302", "/A_SalesOrder/SoldToParty"},
      {Json{{"TransactionCurrency", "XXY"}}, "V1/398", "/A_SalesOrder/TransactionCurrency"},
      {Json{{"SalesOrderType", ""}}, "V1/391", "/A_SalesOrder/SalesOrderType"},
      {Json{{"to_Item", Json::array({Json{{"Material", "NONE"}, {"RequestedQuantity", "1"}}})}},
       "V1/302", "/A_SalesOrderItem/Material"},
      {Json{{"to_Item", Json::array({Json{{"Material", "TG11"}, {"RequestedQuantity", "0"}}})}},
       "V1/395", "/A_SalesOrderItem/RequestedQuantity"},
      {Json{{"to_Item", Json::array({Json{{"Material", "TG11"},
                                          {"RequestedQuantity", "1"},
                                          {"RequestedQuantityUnit", "KG"}}})}},
       "V1/384", "/A_SalesOrderItem/RequestedQuantityUnit"},
      {Json{{"to_Partner", Json::array({Json{{"PartnerFunction", "SH"}, {"Customer", "7"}}})}},
       "VP/201", "/A_SalesOrderHeaderPartner/Customer"},
      {Json{{"TotalNetAmount", "1"}}, "/IWBEP/CM_MGW_RT/022", "/A_SalesOrder/TotalNetAmount"},
      {Json{{"ExternalDocumentID", "x"}}, "/IWBEP/CM_MGW_RT/022",
       "/A_SalesOrder/ExternalDocumentID"}};
  for (const auto& [more, code, target] : cases) {
    const Answer refused = orders.write("POST", "A_SalesOrder", order("1", more));
    EXPECT_EQ(refused.status, 400) << dump_json(more);
    EXPECT_EQ(refused.error("code"), code) << refused.body;
    EXPECT_NE(refused.body.find(target), std::string::npos) << refused.body;
  }
  EXPECT_EQ(server->sales()->service_with("A_SalesOrder")->count("A_SalesOrder"), 0U);
}

TEST_F(Sales, WhatIsNotOnStockIsConfirmedForLater) {
  ASSERT_EQ(orders.write("POST", "A_SalesOrder", order("5")).status, 201);
  ASSERT_EQ(lines().size(), 2U);
  EXPECT_EQ(lines()[0]["ConfdOrderQtyByMatlAvailCheck"], "4.000");
  EXPECT_EQ(lines()[1]["ConfdOrderQtyByMatlAvailCheck"], "1.000");
  EXPECT_LT(lines()[0]["ConfirmedDeliveryDate"], lines()[1]["ConfirmedDeliveryDate"]);
}

TEST_F(Sales, AnItemMovesOnAndThenRefusesChanges) {
  ASSERT_EQ(orders.write("POST", "A_SalesOrder", order("5")).status, 201);
  const std::string before = row("A_SalesOrder", {"1"})["LastChangeDateTime"];
  server->clock().advance(std::chrono::minutes(1));
  Client admin(server->url(), "/");
  EXPECT_EQ(admin
                .write("POST", "/__sandbox/deliver",
                       Json{{"order", "1"}, {"item", "10"}, {"quantity", "3"}})
                .status,
            204);
  EXPECT_EQ(row("A_SalesOrderItem", {"1", "10"})["DeliveryStatus"], "B");
  EXPECT_EQ(row("A_SalesOrder", {"1"})["OverallSDProcessStatus"], "B");
  EXPECT_EQ(row("A_SalesOrder", {"1"})["OverallTotalDeliveryStatus"], "B");
  EXPECT_NE(row("A_SalesOrder", {"1"})["LastChangeDateTime"], before);
  EXPECT_EQ(*server->sales()->stock("TG11"), "1");
  EXPECT_FALSE(server->sales()->deliver("1", "10", "3")) << "only two are open";
  EXPECT_FALSE(server->sales()->deliver("1", "30", "1"));

  const std::string item = "A_SalesOrderItem(SalesOrder='1',SalesOrderItem='10')";
  for (const Json& change :
       {Json{{"RequestedQuantity", "6"}}, Json{{"SalesDocumentRjcnReason", "10"}}}) {
    const Answer refused = orders.write("PATCH", item, change);
    EXPECT_EQ(refused.status, 400);
    EXPECT_EQ(refused.error("code"), "V1/377");
  }
  EXPECT_EQ(orders.write("PATCH", item, Json{{"SalesOrderItemText", "Other words"}}).status, 204);
  EXPECT_EQ(orders.write("DELETE", item, Json()).error("code"), "V1/377");
  EXPECT_EQ(orders.write("DELETE", "A_SalesOrder('1')", Json(), {{"If-Match", "*"}}).error("code"),
            "V1/377");

  const Answer billed = admin.write("POST", "/__sandbox/bill", Json{{"order", "1"}});
  ASSERT_EQ(billed.status, 200) << billed.body;
  const std::string number = billed.json().at("billing_document");
  EXPECT_EQ(number, "90000000");
  const Json invoice = row("A_BillingDocument", {number});
  EXPECT_EQ(invoice["TotalNetAmount"], "60.000");
  EXPECT_EQ(invoice["TaxAmount"], "11.400");
  EXPECT_EQ(invoice["TotalGrossAmount"], "71.400");
  EXPECT_EQ(row("A_BillingDocumentItem", {number, "10"})["SalesDocumentItem"], "10");
  EXPECT_FALSE(server->sales()->bill("1")) << "nothing new was delivered";
  ASSERT_TRUE(server->sales()->deliver("1", "10", "2"));
  ASSERT_TRUE(server->sales()->bill("1"));
  EXPECT_EQ(row("A_SalesOrder", {"1"})["OverallSDProcessStatus"], "C");
}

TEST_F(Sales, OrdersMoveOnByThemselves) {
  server.reset();
  SapServerOptions options;
  odata::Settings unused;
  ASSERT_TRUE(change_setting(unused, options.gateway, "orders_move_after=60s"));
  for (const char* wrong : {"orders_move_after=", "orders_move_after=60", "orders_move_after=s"})
    EXPECT_FALSE(change_setting(unused, options.gateway, wrong)) << wrong;
  server = start(sales_services(fixture("")), options);
  seed("A_Customer", Json{{"Customer", "10100001"}});
  seed("A_Product", Json{{"Product", "TG11"}, {"BaseUnit", "PC"}});
  ASSERT_TRUE(server->sales()->seed_stock("TG11", "3"));
  Client there(server->url(), kOrders);
  const Json manual{
      {"to_Item", Json::array({Json{
                      {"Material", "TG11"},
                      {"RequestedQuantity", "5"},
                      {"to_PricingElement", Json::array({Json{{"ConditionType", "PMP0"},
                                                              {"ConditionRateValue", "10"},
                                                              {"ConditionCurrency", "EUR"}}})}}})}};
  ASSERT_EQ(there.write("POST", "A_SalesOrder", order("5", manual)).status, 201);
  const auto statuses = [&] {
    there.get("A_SalesOrder('1')");  // whoever looks finds what was done meanwhile
    const Json shown = row("A_SalesOrder", {"1"});
    return shown["OverallTotalDeliveryStatus"].get<std::string>() +
           shown["OverallSDProcessStatus"].get<std::string>();
  };
  const auto billed = [&] {
    return server->sales()->service_with("A_BillingDocument")->count("A_BillingDocument");
  };
  EXPECT_EQ(statuses(), "AA");
  server->clock().advance(std::chrono::seconds(59));
  EXPECT_EQ(statuses(), "AA") << "not yet";
  server->clock().advance(std::chrono::seconds(30));
  EXPECT_EQ(statuses(), "CB") << "delivered, not billed";
  for (int i = 0; i < 3; ++i) {
    server->clock().advance(std::chrono::seconds(90));
    statuses();
  }
  EXPECT_EQ(statuses(), "CC");
  EXPECT_EQ(billed(), 1U) << "once";
}

TEST_F(Sales, ADocumentThatSomebodyIsEditingIsLocked) {
  ASSERT_EQ(orders.write("POST", "A_SalesOrder", order("1")).status, 201);
  Client admin(server->url(), "/");
  const Json lock{{"set", "A_SalesOrder"}, {"key", Json::array({"1"})}, {"user", "MILLER"}};
  ASSERT_EQ(admin.write("POST", "/__sandbox/lock", lock).status, 204);
  const std::string etag = orders.get("A_SalesOrder('1')").headers.get("ETag");
  const Answer refused = orders.write("PATCH", "A_SalesOrder('1')",
                                      Json{{"PurchaseOrderByCustomer", "x"}}, {{"If-Match", etag}});
  EXPECT_EQ(refused.status, 400);
  EXPECT_EQ(refused.error("code"), "V1/042");
  EXPECT_EQ(refused.error("message"),
            "Sales document 1 is currently being processed (by user MILLER)");
  ASSERT_EQ(admin.write("POST", "/__sandbox/unlock", lock).status, 204);
  EXPECT_EQ(orders
                .write("PATCH", "A_SalesOrder('1')", Json{{"PurchaseOrderByCustomer", "x"}},
                       {{"If-Match", etag}})
                .status,
            204);
  EXPECT_EQ(orders
                .write("PATCH", "A_SalesOrder('1')", Json{{"PurchaseOrderByCustomer", "y"}},
                       {{"If-Match", etag}})
                .status,
            412);
}

TEST_F(Sales, QuotationsAndOrdersOfVersionFourFollowTheSameRules) {
  Client quotations(server->url(), kQuotations);
  Json quotation = order("2");
  quotation.erase("SalesOrderType");
  quotation["SalesQuotationType"] = "QT";
  const Answer made = quotations.write("POST", "A_SalesQuotation", quotation);
  ASSERT_EQ(made.status, 201) << made.body;
  EXPECT_EQ(made.json().at("d").at("SalesQuotation"), "20000000");
  EXPECT_EQ(made.json().at("d").at("TotalNetAmount"), "40.000");
  EXPECT_EQ(orders.write("POST", "A_SalesOrder", order("2", {{"ReferenceSDDocument", "7"}}))
                .error("code"),
            "V1/322");
  const Answer ordered =
      orders.write("POST", "A_SalesOrder", order("2", {{"ReferenceSDDocument", "20000000"}}));
  ASSERT_EQ(ordered.status, 201) << ordered.body;
  // The refused one may have used up a number.
  const std::string number = ordered.json().at("d").at("SalesOrder");
  EXPECT_EQ(row("A_SalesOrder", {number})["ReferenceSDDocumentCategory"], "B");
  EXPECT_EQ(row("A_SalesQuotation", {"20000000"})["OverallSDProcessStatus"], "C");
  Client newer(server->url(), kOrdersV4);
  Json body{{"SalesOrderType", "OR"},
            {"SalesOrganization", "1010"},
            {"DistributionChannel", "10"},
            {"OrganizationDivision", "00"},
            {"SoldToParty", "10100001"},
            {"_Item", Json::array({Json{{"Product", "TG11"},
                                        {"RequestedQuantity", 2},
                                        {"RequestedQuantitySAPUnit", "PC"}}})}};
  const Answer v4 = newer.write("POST", "SalesOrder", body);
  ASSERT_EQ(v4.status, 201) << v4.body;
  EXPECT_EQ(v4.json().at("SalesOrder"), "5000000");
  EXPECT_NE(v4.body.find("\"TotalNetAmount\":40.000"), std::string::npos) << v4.body;
  body["_Item"][0]["Product"] = "NONE";
  EXPECT_EQ(newer.write("POST", "SalesOrder", body).error("code"), "V1/302");
}

TEST_F(Sales, ATenantsOwnFieldIsInItsMetadataAndNowhereElse) {
  Json quotation = order("2", {{"YY1_ChannelRecord_SDH", "018f-a"}});
  quotation.erase("SalesOrderType");
  quotation["SalesQuotationType"] = "QT";
  Client without(server->url(), kQuotations);
  EXPECT_EQ(without.write("POST", "A_SalesQuotation", quotation).status, 400);
  const std::string search = "A_SalesQuotation?$filter=YY1_ChannelRecord_SDH%20eq%20'018f-a'";
  EXPECT_EQ(without.get(search).status, 400);

  server = start(sales_services(
      fixture(""),
      {.custom_fields = {{.set = "A_SalesQuotation", .name = "YY1_ChannelRecord_SDH"}}}));
  seed("A_Customer", Json{{"Customer", "10100001"}});
  seed("A_Product", Json{{"Product", "TG11"}, {"BaseUnit", "PC"}});
  Client with(server->url(), kQuotations);
  EXPECT_NE(with.get("$metadata")
                .body.find(
                    R"(<Property Name="YY1_ChannelRecord_SDH" Type="Edm.String" MaxLength="40"/>)"),
            std::string::npos);
  const Answer made = with.write("POST", "A_SalesQuotation", quotation);
  ASSERT_EQ(made.status, 201) << made.body;
  EXPECT_EQ(made.json().at("d").at("YY1_ChannelRecord_SDH"), "018f-a");
  EXPECT_EQ(server->journal().entries().front().correlation, "018f-a");
  const Answer found = with.get(search);
  ASSERT_EQ(found.status, 200) << found.body;
  EXPECT_EQ(found.json().at("d").at("results").size(), 1U);
  quotation["YY1_ChannelRecord_SDH"] = std::string(41, 'x');
  EXPECT_EQ(with.write("POST", "A_SalesQuotation", quotation).status, 400);
  quotation.erase("YY1_ChannelRecord_SDH");
  quotation["YY1_Other_SDH"] = "x";
  EXPECT_EQ(with.write("POST", "A_SalesQuotation", quotation).status, 400);
  Client of_orders(server->url(), kOrders);
  EXPECT_EQ(
      of_orders.write("POST", "A_SalesOrder", order("1", {{"YY1_ChannelRecord_SDH", "x"}})).status,
      400)
      << "it is enabled for quotations";
}

TEST_F(Sales, AnOrderTakesOurRecordIdWhereTheReleaseOfTheTenantLetsIt) {
  server = start(sales_services(
      fixture(""), {.creatable_fields = {{.set = "A_SalesOrder", .name = "ExternalDocumentID"}}}));
  seed("A_Customer", Json{{"Customer", "10100001"}});
  seed("A_Product", Json{{"Product", "TG11"}, {"BaseUnit", "PC"}});
  orders = Client(server->url(), kOrders);
  const Answer made =
      orders.write("POST", "A_SalesOrder", order("1", {{"ExternalDocumentID", "018f-a"}}));
  ASSERT_EQ(made.status, 201) << made.body;
  EXPECT_EQ(made.json().at("d").at("ExternalDocumentID"), "018F-A");
  EXPECT_EQ(server->journal().entries().front().correlation, "018F-A");
  EXPECT_EQ(orders
                .write("PATCH", "A_SalesOrder('1')", {{"ExternalDocumentID", "018f-b"}},
                       {{"If-Match", "*"}})
                .status,
            400)
      << "a create may set it, nothing else";
}

}  // namespace
}  // namespace channelbridge::sandbox::test
