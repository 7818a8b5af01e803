// Quotes and what comes of them: from the CRM to the ERP and the service cloud and back.
#include "trade_world.hpp"

namespace channelbridge::test {
namespace {

using ::testing::UnorderedElementsAre;

class Quotes : public TradeWorld {
 protected:
  static constexpr const char* kStandard = R"(
  crm-books: { system: crm, mapping: salesforce/price_book.yaml, first_contact: system }
  crm-deals: { system: crm, mapping: salesforce/opportunity.yaml, first_contact: system }
  crm-quotes: { system: crm, mapping: salesforce/quote.yaml, first_contact: system }
  crm-orders: { system: crm, mapping: salesforce/order.yaml, first_contact: system }
  erp-quotes: { system: erp, mapping: sap_s4hana/quote.yaml, first_contact: hub }
  erp-orders: { system: erp, mapping: sap_s4hana/order.yaml, first_contact: hub }
  c4c-quotes: { system: c4c, mapping: sap_c4c/sales_quote.yaml, first_contact: hub }
)";

  /// A quote of two lines for Rheinwerk; its id.
  std::string standard_quote(const std::string& status) {
    book_ = enter_prices();
    const std::string deal = in_crm("Opportunity", {{"Name", "Pumps for the Rhine"},
                                                    {"AccountId", account("Seewerk")["Id"]},
                                                    {"StageName", "Qualification"},
                                                    {"CloseDate", "2027-01-31"}});
    const std::string quote = in_crm("Quote", {{"Name", "Pumps"},
                                               {"OpportunityId", deal},
                                               {"Pricebook2Id", book_},
                                               {"Partner__c", account("Rheinwerk")["Id"]},
                                               {"ExpirationDate", "2027-01-15"},
                                               {"Status", status}});
    line(quote, 10, "PU-100", "3", "62.93");
    line(quote, 20, "PU-200", "2.5", "40");
    return quote;
  }
  std::string line(const std::string& quote, int number, const std::string& sku,
                   const std::string& quantity, const std::string& price) {
    return in_crm("QuoteLineItem", {{"QuoteId", quote},
                                    {"PricebookEntryId", entry_of(sku)},
                                    {"Line_No__c", number},
                                    {"Quantity", Json::parse(quantity)},
                                    {"UnitPrice", Json::parse(price)}});
  }
  /// "number: quantity x net amount" of the ERP's items.
  std::vector<std::string> items() {
    std::vector<std::string> out;
    for (const Json& row : erp("A_SalesQuotationItem").rows("A_SalesQuotationItem"))
      out.push_back(row["SalesQuotationItem"].get<std::string>() + ": " +
                    figure(row["RequestedQuantity"]) + " = " + figure(row["NetAmount"]));
    return out;
  }

  std::string book_{};
};

TEST_F(Quotes, AStandardQuoteBecomesAQuotationWithTheSameTotal) {
  start(std::string(kCrmMaster) + kC4cMaster + kStandard, {{"c4c", kAccountsArePartners}});
  settle();
  const std::string quote = standard_quote("Presented");
  settle();
  const Json quotation = only_in_erp("A_SalesQuotation");
  EXPECT_EQ(quotation["SoldToParty"], "10100001");
  EXPECT_EQ(quotation["BindingPeriodValidityEndDate"], "2027-01-15T00:00:00");
  EXPECT_EQ(figure(quotation["TotalNetAmount"]), "288.79");
  EXPECT_THAT(items(), UnorderedElementsAre("10: 3 = 188.79", "20: 2.5 = 100"));
  const Json offer = only_in_c4c("SalesQuoteCollection");
  EXPECT_EQ(figure(offer["NetAmount"]), "288.79");
  EXPECT_EQ(offer["BuyerPartyID"], account_in_c4c("Rheinwerk"));
  EXPECT_EQ(figure(crm().record(quote)["TotalPrice"]), "288.79");
  EXPECT_EQ(made()["A_SalesQuotation"], 1U);
  EXPECT_EQ(made()["SalesQuoteCollection"], 1U);
}

TEST_F(Quotes, AChangeOfAStandardQuoteCrossesFromEitherSide) {
  start(std::string(kCrmMaster) + kC4cMaster + kStandard, {{"c4c", kAccountsArePartners}});
  settle();
  const std::string quote = standard_quote("Presented");
  settle();
  const std::string number = only_in_erp("A_SalesQuotation")["SalesQuotation"];
  for (const Json& each : crm().records("QuoteLineItem"))
    if (figure(each["Line_No__c"]) == "20") edit_crm(each["Id"], {{"Quantity", 4}});
  settle();
  EXPECT_THAT(items(), UnorderedElementsAre("10: 3 = 188.79", "20: 4 = 160"));
  EXPECT_EQ(figure(only_in_erp("A_SalesQuotation")["TotalNetAmount"]), "348.79");
  EXPECT_EQ(figure(only_in_c4c("SalesQuoteCollection")["NetAmount"]), "348.79");

  edit_erp("A_SalesQuotation", {number}, {{"BindingPeriodValidityEndDate", "2027-02-28T00:00:00"}});
  edit_erp("A_SalesQuotationItem", {number, "10"}, {{"RequestedQuantity", "5"}});
  settle();
  EXPECT_EQ(crm().record(quote)["ExpirationDate"], "2027-02-28");
  EXPECT_EQ(figure(crm().record(quote)["TotalPrice"]), "474.65") << "5 x 62.93 + 4 x 40";
  EXPECT_EQ(figure(only_in_erp("A_SalesQuotation")["TotalNetAmount"]), "474.65");
  EXPECT_EQ(figure(only_in_c4c("SalesQuoteCollection")["NetAmount"]), "474.65");

  edit_c4c("SalesQuoteCollection", only_in_c4c("SalesQuoteCollection")["ObjectID"],
           {{"ValidToDate", "/Date(1806451200000)/"}});
  settle();
  EXPECT_EQ(crm().record(quote)["ExpirationDate"], "2027-03-31");
  EXPECT_EQ(only_in_erp("A_SalesQuotation")["BindingPeriodValidityEndDate"], "2027-03-31T00:00:00");
}

TEST_F(Quotes, AnAcceptedQuoteBecomesAnOrderThatNamesIt) {
  start(std::string(kCrmMaster) + kC4cMaster + kStandard, {{"c4c", kAccountsArePartners}});
  settle();
  const std::string quote = standard_quote("Presented");
  settle();
  const std::string quotation = only_in_erp("A_SalesQuotation")["SalesQuotation"];
  edit_crm(quote, {{"Status", "Accepted"}});
  settle();
  const std::string order = in_crm("Order", {{"AccountId", account("Rheinwerk")["Id"]},
                                             {"EffectiveDate", "2026-12-01"},
                                             {"Status", "Draft"},
                                             {"Type", "Sell-in"},
                                             {"QuoteId", quote},
                                             {"Pricebook2Id", book_}});
  for (const Json& each : crm().records("QuoteLineItem"))
    in_crm("OrderItem", {{"OrderId", order},
                         {"PricebookEntryId", each["PricebookEntryId"]},
                         {"Line_No__c", each["Line_No__c"]},
                         {"Quantity", each["Quantity"]},
                         {"UnitPrice", each["UnitPrice"]}});
  settle();
  const Json there = only_in_erp("A_SalesOrder");
  EXPECT_EQ(there["ReferenceSDDocument"], quotation);
  EXPECT_EQ(there["ReferenceSDDocumentCategory"], "B");
  EXPECT_EQ(figure(there["TotalNetAmount"]), "288.79");
  EXPECT_EQ(only_in_erp("A_SalesQuotation")["OverallSDProcessStatus"], "C");
  EXPECT_EQ(crm().record(quote)["Status"], "Accepted") << "the org has no further word for it";
  EXPECT_EQ(made()["A_SalesOrder"], 1U);
}

TEST_F(Quotes, ADraftIsNotPresentedBecauseTheErpHoldsACopy) {
  start(std::string(kCrmMaster) + kC4cMaster + kStandard, {{"c4c", kAccountsArePartners}});
  settle();
  const std::string quote = standard_quote("Draft");
  settle();
  EXPECT_EQ(crm().record(quote)["Status"], "Draft");
}

class CpqQuotes : public Quotes {
 protected:
  static constexpr const char* kCpq = R"(
  crm-quotes: { system: crm, mapping: salesforce/cpq_quote.yaml, first_contact: system }
  crm-orders: { system: crm, mapping: salesforce/order.yaml, first_contact: system }
  erp-quotes: { system: erp, mapping: sap_s4hana/quote.yaml, first_contact: hub }
  erp-orders: { system: erp, mapping: sap_s4hana/order.yaml, first_contact: hub }
  c4c-quotes: { system: c4c, mapping: sap_c4c/sales_quote.yaml, first_contact: hub }
)";
  static constexpr const char* kOrdersNameCpq =
      "    values: { order_quote: SBQQ__Quote__c, quote_object: SBQQ__Quote__c }\n";

  std::string cpq_quote() {
    book_ = enter_prices("69.95");
    const std::string quote =
        in_crm("SBQQ__Quote__c", {{"SBQQ__Partner__c", account("Rheinwerk")["Id"]},
                                  {"SBQQ__Account__c", account("Seewerk")["Id"]},
                                  {"SBQQ__Status__c", "Presented"},
                                  {"SBQQ__Type__c", "Quote"},
                                  {"SBQQ__PriceBook__c", book_},
                                  {"SBQQ__PartnerDiscount__c", 10},
                                  {"SBQQ__ExpirationDate__c", "2027-01-15"}});
    cpq_line(quote, 10, "PU-100", 3);
    cpq_line(quote, 20, "PU-200", 7);
    return quote;
  }
  std::string cpq_line(const std::string& quote, int number, const std::string& sku, int quantity) {
    return in_crm("SBQQ__QuoteLine__c", {{"SBQQ__Quote__c", quote},
                                         {"SBQQ__Product__c", product(sku)["Id"]},
                                         {"SBQQ__Number__c", number},
                                         {"SBQQ__Quantity__c", quantity}});
  }
};

TEST_F(CpqQuotes, GoWithTheirNetPricesAndAnOrderNamesItsQuote) {
  start(std::string(kCrmMaster) + kC4cMaster + kCpq,
        {{"crm", kOrdersNameCpq}, {"c4c", kAccountsArePartners}});
  settle();
  const std::string quote = cpq_quote();
  EXPECT_EQ(figure(crm().record(quote)["SBQQ__NetAmount__c"]), "629.6") << "10 x 62.96";
  settle();
  const Json quotation = only_in_erp("A_SalesQuotation");
  EXPECT_EQ(figure(quotation["TotalNetAmount"]), "629.6");
  EXPECT_THAT(items(), UnorderedElementsAre("10: 3 = 188.88", "20: 7 = 440.72"));
  EXPECT_EQ(figure(only_in_c4c("SalesQuoteCollection")["NetAmount"]), "629.6");

  edit_crm(quote, {{"SBQQ__PartnerDiscount__c", 10}, {"SBQQ__CustomerDiscount__c", 5}});
  settle();
  const std::string total = figure(crm().record(quote)["SBQQ__NetAmount__c"]);
  EXPECT_NE(total, "629.6");
  EXPECT_EQ(figure(only_in_erp("A_SalesQuotation")["TotalNetAmount"]), total);
  EXPECT_EQ(figure(only_in_c4c("SalesQuoteCollection")["NetAmount"]), total);

  edit_crm(quote, {{"SBQQ__Status__c", "Accepted"}});
  settle();
  const std::string order = in_crm("Order", {{"AccountId", account("Rheinwerk")["Id"]},
                                             {"EffectiveDate", "2026-12-01"},
                                             {"Status", "Draft"},
                                             {"Type", "Sell-in"},
                                             {"SBQQ__Quote__c", quote},
                                             {"Pricebook2Id", book_}});
  for (const Json& each : crm().records("SBQQ__QuoteLine__c"))
    in_crm("OrderItem", {{"OrderId", order},
                         {"PricebookEntryId", each["SBQQ__PricebookEntryId__c"]},
                         {"Line_No__c", each["SBQQ__Number__c"]},
                         {"Quantity", each["SBQQ__Quantity__c"]},
                         {"UnitPrice", each["SBQQ__NetPrice__c"]}});
  settle();
  const Json there = only_in_erp("A_SalesOrder");
  EXPECT_EQ(there["ReferenceSDDocument"], quotation["SalesQuotation"]);
  EXPECT_EQ(figure(there["TotalNetAmount"]), total);
  EXPECT_EQ(crm().record(quote)["SBQQ__Status__c"], "Accepted");
  EXPECT_EQ(made()["A_SalesQuotation"], 1U);
  EXPECT_EQ(made()["A_SalesOrder"], 1U);
}

}  // namespace
}  // namespace channelbridge::test
