#include "channelbridge/model/invoice.hpp"

#include "entity_test.hpp"

namespace channelbridge::model {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class Invoices : public EntityTest {
 protected:
  static Decimal number(std::string_view text) { return Decimal::parse(text).value(); }

  static Invoice sample() {
    Invoice invoice;
    invoice.number = "I-1";
    invoice.kind = "invoice";
    invoice.seller = {.partner = "pending:erp/Partner/1", .name = "Vendor GmbH"};
    invoice.buyer.partner = "pending:erp/Partner/2";
    invoice.orders.push_back({{.order = "pending:erp/Order/5"}, "o"});
    invoice.issue_date = Date::parse("2026-03-01");
    invoice.due_date = Date::parse("2026-03-31");
    invoice.period = {.start = Date::parse("2026-02-01"), .end = Date::parse("2026-02-28")};
    invoice.currency = Currency::parse("EUR");
    invoice.fx = {.currency = Currency::parse("USD"),
                  .rate = number("1.08"),
                  .date = Date::parse("2026-02-27"),
                  .source = "ECB"};
    invoice.lines.push_back({{.no = 1,
                              .order = "pending:erp/Order/5",
                              .order_line = 10,
                              .product = "pending:erp/Product/4711",
                              .qty = {.value = Decimal(3), .unit = Unit::parse("H87")},
                              .price = number("33.335"),
                              .net = number("100.01"),
                              .tax_category = "S"},
                             "a"});
    invoice.lines.push_back({{.no = 2,
                              .qty = {.value = Decimal(1), .unit = Unit::parse("C62")},
                              .price = Decimal(50),
                              .net = Decimal(50),
                              .tax_category = "Z"},
                             "b"});
    invoice.totals.net = number("150.01");
    invoice.totals.allowances = Decimal(10);
    invoice.totals.charges = Decimal(5);
    invoice.totals.taxes.push_back({{.category = "S",
                                     .rate = Percent{Decimal(19)},
                                     .base = number("95.01"),
                                     .amount = number("18.05")},
                                    "s"});
    invoice.totals.taxes.push_back(
        {{.category = "Z", .rate = Percent{Decimal(0)}, .base = Decimal(50), .amount = Decimal(0)},
         "z"});
    invoice.totals.tax = number("18.05");
    invoice.totals.gross = number("163.06");
    invoice.totals.prepaid = Decimal(63);
    invoice.totals.payable = Decimal(100);
    invoice.totals.rounding = number("-0.06");
    invoice.paid_amount = Decimal(0);
    invoice.status = "sent";
    invoice.overdue = false;
    return invoice;
  }

  /// The sample with another value.
  std::vector<std::string> breaches_with(std::string_view path, std::string value) const {
    Fields fields = to_fields(sample());
    set(fields, path, std::move(value));
    return breaches<Invoice>(fields);
  }
};

TEST_F(Invoices, SurviveJsonAndTheStructAndMissNothing) { survives_json<Invoice>(sample()); }

TEST_F(Invoices, SayWhatTheyStillNeed) {
  Fields fields = to_fields(sample());
  for (const std::string_view path : {"seller.partner", "buyer.partner", "totals.payable",
                                      "totals.taxes[s].base", "lines[a].price"})
    set(fields, path, std::nullopt);
  set(fields, "kind", "credit_note");
  EXPECT_THAT(
      missed<Invoice>(fields),
      UnorderedElementsAre("seller.partner seller", "buyer.partner buyer",
                           "totals.payable required", "totals.taxes[s].base required",
                           "lines[a].price required", "reference_invoice reference_invoice"));
}

TEST_F(Invoices, AreIssuedSentAndPaid) {
  EXPECT_EQ(step<Invoice>("draft", "issued", Actor::Finance), "");
  EXPECT_EQ(step<Invoice>("issued", "sent", Actor::System), "");
  EXPECT_EQ(step<Invoice>("sent", "partially_paid", Actor::System), "");
  EXPECT_EQ(step<Invoice>("partially_paid", "paid", Actor::Finance), "");
  EXPECT_EQ(step<Invoice>("sent", "paid", Actor::Finance), "");
  EXPECT_EQ(step<Invoice>("issued", "cancelled", Actor::Finance), "");
}

TEST_F(Invoices, RefuseStepsThatAreNotListedOrNotTheActors) {
  EXPECT_EQ(step<Invoice>("draft", "paid", Actor::Finance), "invalid_transition");
  EXPECT_EQ(step<Invoice>("paid", "cancelled", Actor::Finance), "invalid_transition");
  EXPECT_EQ(step<Invoice>("draft", "issued", Actor::Customer), "forbidden_actor");
  EXPECT_EQ(step<Invoice>("sent", "paid", Actor::DistributorUser), "forbidden_actor");
}

TEST_F(Invoices, WhoseLineIsNotItsPriceTimesItsQuantityAreToldBothFigures) {
  Fields fields = to_fields(sample());
  set(fields, "lines[a].net", "100");
  set(fields, "totals.net", std::nullopt);
  EXPECT_THAT(breaches<Invoice>(fields),
              ElementsAre("lines[a].net line_amount: is 100.00, but price 33.335 x qty 3 = 100.01, "
                          "a difference of -0.01"));
}

TEST_F(Invoices, SumTheirLines) {
  Fields fields = to_fields(sample());
  set(fields, "totals.net", "150");
  set(fields, "totals.gross", std::nullopt);
  set(fields, "totals.payable", std::nullopt);
  EXPECT_THAT(
      breaches<Invoice>(fields),
      ElementsAre("totals.net net_total: is 150.00, but the sum of lines[].net of 2 elements "
                  "= 150.01, a difference of -0.01"));
  set(fields, "lines[b].net", std::nullopt);
  EXPECT_THAT(breaches<Invoice>(fields), IsEmpty());
}

TEST_F(Invoices, RoundTheTaxOfEachCategory) {
  Fields fields = to_fields(sample());
  set(fields, "totals.taxes[s].amount", "18.06");
  set(fields, "totals.tax", std::nullopt);
  EXPECT_THAT(
      breaches<Invoice>(fields),
      ElementsAre("totals.taxes[s].amount tax_amount: is 18.06, but base 95.01 x rate 19 % = "
                  "18.05, a difference of 0.01"));
  EXPECT_THAT(breaches<Invoice>({{"currency", "JPY"},
                                 {"totals.taxes[1].base", "105"},
                                 {"totals.taxes[1].rate", "10"},
                                 {"totals.taxes[1].amount", "11"}}),
              IsEmpty());
}

TEST_F(Invoices, SumTheTaxOfTheirCategories) {
  Fields fields = to_fields(sample());
  set(fields, "totals.tax", "18.04");
  set(fields, "totals.gross", std::nullopt);
  set(fields, "totals.payable", std::nullopt);
  EXPECT_THAT(
      breaches<Invoice>(fields),
      ElementsAre("totals.tax tax_total: is 18.04, but the sum of totals.taxes[].amount of 2 "
                  "elements = 18.05, a difference of -0.01"));
}

TEST_F(Invoices, WhoseGrossOrPayableAmountIsAnotherAreToldTheFormula) {
  EXPECT_THAT(
      breaches_with("totals.gross", "163"),
      ElementsAre("totals.gross gross_total: is 163.00, but net 150.01 - allowances 10.00 + "
                  "charges 5.00 + tax 18.05 = 163.06, a difference of -0.06"));
  EXPECT_THAT(
      breaches_with("totals.payable", "100.06"),
      ElementsAre("totals.payable payable: is 100.06, but net 150.01 - allowances 10.00 + charges "
                  "5.00 + tax 18.05 - prepaid 63.00 + rounding -0.06 = 100.00, a difference of "
                  "0.06"));
}

TEST_F(Invoices, AreNotJudgedByFiguresThatAreNotThere) {
  EXPECT_THAT(breaches<Invoice>({{"currency", "EUR"},
                                 {"totals.net", "1"},
                                 {"totals.tax", "2"},
                                 {"totals.payable", "9"},
                                 {"totals.taxes[1].base", "5"},
                                 {"totals.taxes[1].rate", "19"}}),
              IsEmpty());
}

TEST_F(Invoices, WithAmountsNeedACurrency) {
  EXPECT_THAT(breaches<Invoice>({{"paid_amount", "2"}}),
              ElementsAre("currency currency_missing: is missing beside paid_amount"));
  EXPECT_THAT(breaches<Invoice>({{"lines[1].tax_category", "S"}, {"totals.taxes[1].rate", "19"}}),
              IsEmpty());
}

TEST_F(Invoices, StateARateAboveZeroToAnotherCurrency) {
  EXPECT_THAT(breaches_with("fx.rate", "0"), ElementsAre("fx.rate fx: is 0, not above 0"));
  EXPECT_THAT(breaches_with("fx.currency", "EUR"),
              ElementsAre("fx.currency fx: is EUR, the invoice's own currency"));
}

TEST_F(Invoices, EndNoPeriodBeforeItStarts) {
  EXPECT_THAT(breaches_with("period.end", "2026-01-31"),
              ElementsAre("period.end order: is before period.start"));
}

TEST_F(Invoices, AreUniqueByTheNumberOfWhoWroteThem) {
  Fields fields = to_fields(sample());
  const NetworkKey& key = type_of<Invoice>()->rules().keys.front();
  EXPECT_EQ(key.name, "document_key");
  EXPECT_TRUE(key.unique);
  EXPECT_THAT(key.values(fields), ElementsAre("pending:erp/Partner/1/I-1"));
  set(fields, "kind", "self_billed");
  EXPECT_THAT(key.values(fields), ElementsAre("pending:erp/Partner/2/I-1"));
}

}  // namespace
}  // namespace channelbridge::model
