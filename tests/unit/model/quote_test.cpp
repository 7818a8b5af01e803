#include "channelbridge/model/quote.hpp"

#include "channelbridge/model/quoting.hpp"
#include "entity_test.hpp"

namespace channelbridge::model {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

class Quotes : public EntityTest {
 protected:
  static constexpr const char* kAgreement = "017f22e2-79b0-7cc3-98c4-dc0c0c07398f";

  static Decimal number(std::string_view text) { return Decimal::parse(text).value(); }

  static Quote sample() {
    Quote quote;
    quote.number = "Q-1";
    quote.version = 2;
    quote.kind = "new";
    quote.seller.partner = "pending:erp/Partner/1";
    quote.buyer = {.partner = "pending:erp/Partner/2",
                   .name = "Köpare AB",
                   .address = {.city = "Lund", .country = Country::parse("SE")}};
    quote.end_customer.partner = "pending:erp/Partner/3";
    quote.prepared_by = {.user = "pending:crm/User/7", .side = "partner"};
    quote.currency = Currency::parse("EUR");
    quote.price_book = "pending:crm/Pricebook2/1";
    quote.pricing_date = Date::parse("2026-03-01");
    quote.valid = {.start = Date::parse("2026-03-01"), .end = Date::parse("2026-03-31")};
    quote.partner_discount_pct = Percent{Decimal(20)};
    quote.totals.lines_net = number("188.78");
    quote.totals.header_discount = number("8.78");
    quote.totals.freight = Decimal(20);
    quote.totals.tax = Decimal(38);
    quote.totals.grand_total = Decimal(238);
    quote.incoterms = {.code = "DAP", .place = "Lund"};
    quote.status = "presented";
    Quote::Line line;
    line.no = 10;
    line.product = "pending:erp/Product/4711";
    line.qty = {.value = Decimal(3), .unit = Unit::parse("H87")};
    line.list_price = Decimal(100);
    line.regular_price = Decimal(90);
    line.customer_price = number("85.5");
    line.partner_price = number("68.4");
    line.net_price = number("62.928");
    line.additional_discount.pct = Percent{Decimal(5)};
    line.net_amount = number("188.78");
    line.tax_category = "S";
    quote.lines.push_back({line, "a"});
    Quote::Line option;
    option.no = 20;
    option.product = "pending:erp/Product/4712";
    option.qty = {.value = Decimal(1), .unit = Unit::parse("H87")};
    option.list_price = Decimal(50);
    option.net_price = Decimal(50);
    option.net_amount = Decimal(50);
    option.optional = true;
    option.bundle_parent = 10;
    quote.lines.push_back({option, "b"});
    Quote::Adjustment adjustment;
    adjustment.line = 10;
    adjustment.no = 1;
    adjustment.level = "regular";
    adjustment.pct = Percent{Decimal(10)};
    adjustment.amount = Decimal(10);
    adjustment.before = Decimal(100);
    adjustment.after = Decimal(90);
    quote.adjustments.push_back({adjustment, "c"});
    adjustment.no = 2;
    adjustment.level = "net";
    adjustment.pct.reset();
    adjustment.amount = number("27.072");
    adjustment.before = Decimal(90);
    adjustment.after = number("62.928");
    quote.adjustments.push_back({adjustment, "d"});
    return quote;
  }
};

TEST_F(Quotes, SurviveJsonAndTheStructAndMissNothing) { survives_json<Quote>(sample()); }

TEST_F(Quotes, StepsLeadFromTheListPriceToTheNetPrice) {
  Quote quote = sample();
  const auto add_step = [&quote](std::int64_t no, const char* level, const char* amount,
                                 const char* before, const char* after) {
    Quote::Adjustment step;
    step.line = 10;
    step.no = no;
    step.level = level;
    step.amount = number(amount);
    step.before = number(before);
    step.after = number(after);
    quote.adjustments.push_back({step, "s" + std::to_string(no)});
  };
  quote.adjustments.clear();
  add_step(10, "net", "5.472", "68.4", "62.928");  // 10 comes after 9: numbers, no texts
  add_step(2, "customer", "4.5", "90", "85.5");
  add_step(9, "partner", "17.1", "85.5", "68.4");
  add_step(1, "regular", "10", "100", "90");
  EXPECT_THAT(breaches<Quote>(to_fields(quote)), IsEmpty());
  Fields fields = to_fields(quote);
  fields["adjustments[s2].amount"] = "4.51";
  EXPECT_THAT(breaches<Quote>(fields), IsEmpty()) << "each side may be rounded";
  fields["adjustments[s2].amount"] = "4";
  EXPECT_THAT(
      breaches<Quote>(fields),
      ElementsAre("adjustments[s2].after price_waterfall: is 85.5, but before 90 - amount 4 "
                  "is 86, a difference of -0.5"));
  fields = to_fields(quote);
  fields["adjustments[s1].before"] = "110";
  fields["adjustments[s1].amount"] = "20";
  EXPECT_THAT(breaches<Quote>(fields),
              ElementsAre("adjustments[s1].before price_waterfall: is 110, but the list price of "
                          "line 10 is 100, a difference of 10"));
  fields = to_fields(quote);
  fields["adjustments[s10].after"] = "63.4";
  fields["adjustments[s10].amount"] = "5";
  EXPECT_THAT(breaches<Quote>(fields),
              ElementsAre("lines[a].net_price price_waterfall: is 62.928, but the price after step "
                          "10 of line 10 is 63.4, a difference of -0.472"));
  fields.erase("currency");
  for (const std::string& breach : breaches<Quote>(fields))
    EXPECT_EQ(breach.find("price_waterfall"), std::string::npos) << breach;
}

TEST_F(Quotes, StepsTakeOffWhatTheirPercentageSays) {
  const auto told_of = [](const Fields& more) {
    Fields fields{{"currency", "EUR"},
                  {"lines[a].no", "10"},
                  {"lines[a].list_price", "200"},
                  {"adjustments[1].line", "10"},
                  {"adjustments[1].no", "1"},
                  {"adjustments[1].level", "customer"},
                  {"adjustments[1].pct", "10"},
                  {"adjustments[1].amount", "20"},
                  {"adjustments[1].before", "200"}};
    for (const auto& [path, value] : more)
      set(fields, path, value.empty() ? Value() : Value(value));
    return breaches<Quote>(fields);
  };
  EXPECT_THAT(told_of({}), IsEmpty());
  EXPECT_THAT(told_of({{"adjustments[1].amount", "20.01"}}), IsEmpty()) << "it may be rounded";
  const auto wrong = ElementsAre(
      "adjustments[1].amount adjustment_pct: is 20.02, but pct 10 of before 200 is 20, a "
      "difference of 0.02");
  EXPECT_THAT(told_of({{"adjustments[1].amount", "20.02"}}), wrong);
  EXPECT_THAT(told_of({{"adjustments[1].amount", "19.98"}}), SizeIs(1));
  for (const char* part :
       {"currency", "lines[a].no", "adjustments[1].pct", "adjustments[1].before"})
    EXPECT_THAT(told_of({{"adjustments[1].amount", "20.02"}, {part, ""}}),
                ::testing::Not(::testing::Contains(::testing::HasSubstr("adjustment_pct"))))
        << part;
  EXPECT_THAT(told_of({{"adjustments[1].agreement", kAgreement}, {"adjustments[1].amount", "5"}}),
              IsEmpty())
      << "cut to a cap";
  EXPECT_THAT(
      told_of({{"adjustments[1].agreement", kAgreement}, {"adjustments[1].amount", "20.02"}}),
      wrong);
  EXPECT_THAT(told_of({{"adjustments[1].agreement", kAgreement}, {"adjustments[1].amount", "-1"}}),
              SizeIs(1));
}

TEST_F(Quotes, PercentagesAreOfThePriceBeforeTheLevelOrOfTheList) {
  const auto told_of = [](const char* level, const char* amount, const Fields& more) {
    Fields fields{{"currency", "EUR"},
                  {"lines[a].no", "10"},
                  {"lines[a].list_price", "100"},
                  {"adjustments[2].line", "10"},
                  {"adjustments[2].no", "2"},
                  {"adjustments[2].level", level},
                  {"adjustments[2].pct", "10"},
                  {"adjustments[2].amount", amount},
                  {"adjustments[2].before", "50"}};
    for (const auto& [path, value] : more)
      set(fields, path, value.empty() ? Value() : Value(value));
    std::vector<std::string> out;
    for (const std::string& breach : breaches<Quote>(fields)) {
      if (breach.find("adjustment_pct") != std::string::npos) out.push_back(breach);
    }
    return out;
  };
  EXPECT_THAT(told_of("customer", "10", {}), SizeIs(1));
  EXPECT_THAT(told_of("partner", "10", {}), IsEmpty());
  EXPECT_THAT(told_of("net", "10", {}), IsEmpty());
  EXPECT_THAT(told_of("net", "9", {}), SizeIs(1));
  EXPECT_THAT(told_of("net", "9", {{"lines[a].list_price", ""}}), IsEmpty())
      << "of the list price, perhaps";
  EXPECT_THAT(told_of("net", "2.5", {{"lines[a].prorate", "0.25"}}), IsEmpty());
  const Fields first{{"adjustments[1].line", "10"},        {"adjustments[1].no", "1"},
                     {"adjustments[1].level", "customer"}, {"adjustments[1].amount", "20"},
                     {"adjustments[1].before", "80"},      {"adjustments[1].after", "60"}};
  EXPECT_THAT(told_of("customer", "8", first), IsEmpty());
  EXPECT_THAT(told_of("customer", "6", first), IsEmpty());
  EXPECT_THAT(told_of("customer", "7", first), SizeIs(1));
  Fields later = first;
  later["adjustments[1].no"] = "3";
  EXPECT_THAT(told_of("customer", "8", later), SizeIs(1)) << "what comes later is no base";
}

TEST_F(Quotes, StepsAsWeMakeThemPass) {
  const auto off = [](int pct, StackRule stack, std::int64_t priority) {
    return Discount{.percent = Percent{Decimal(pct)}, .stack = stack, .priority = priority};
  };
  Quote quote = sample();
  quote.lines.resize(1);
  quote.totals = {};
  for (const bool off_list : {false, true}) {
    LineTerms terms{.list_price = number("333.33"), .prorate = number("0.583333")};
    terms.schedules = {off(7, StackRule::Additive, 3), off(11, StackRule::Additive, 2),
                       off(-3, StackRule::Additive, 1)};
    Discount capped = off(40, StackRule::Multiplicative, 2);
    capped.agreement = kAgreement;
    capped.cap = Percent{Decimal(12)};
    terms.agreed.partner = {capped, off(9, StackRule::Multiplicative, 1)};
    ASSERT_TRUE(
        price_line(quote, quote.lines[0], terms, PricingOptions{.channel_off_list = off_list}));
    EXPECT_THAT(breaches<Quote>(to_fields(quote)), IsEmpty());
  }
}

TEST_F(Quotes, LeaveTheVendorWhatTheLinesAddUpTo) {
  Fields fields = to_fields(sample());
  set(fields, "totals.vendor_net", "180");
  EXPECT_THAT(breaches<Quote>(fields), IsEmpty()) << "who bears the header's discount?";
  set(fields, "totals.header_discount", "0");
  set(fields, "totals.grand_total", "246.78");
  EXPECT_THAT(
      breaches<Quote>(fields),
      ElementsAre("totals.vendor_net vendor_net: is 180.00, but the sum of lines[].net_amount of 1 "
                  "element = 188.78, a difference of -8.78"));
  set(fields, "totals.header_discount", std::nullopt);
  EXPECT_THAT(breaches<Quote>(fields), SizeIs(1));
  set(fields, "lines[a].partner_price", std::nullopt);
  EXPECT_THAT(breaches<Quote>(fields), IsEmpty()) << "not every price of the channel is there";
  set(fields, "lines[a].partner_price", "68.4");
  set(fields, "totals.vendor_net", "188.78");
  EXPECT_THAT(breaches<Quote>(fields), IsEmpty());
}

TEST_F(Quotes, SayWhatTheyStillNeed) {
  Fields fields = to_fields(sample());
  for (const std::string_view path :
       {"seller.partner", "buyer.partner", "end_customer.partner", "valid.end", "currency",
        "lines[a].qty.value", "prepared_by.side", "totals.grand_total"})
    set(fields, path, std::nullopt);
  set(fields, "status", "rejected");
  EXPECT_THAT(missed<Quote>(fields),
              UnorderedElementsAre("seller.partner seller", "buyer.partner buyer",
                                   "end_customer.partner end_customer", "valid.end valid",
                                   "currency required", "lines[a].qty.value required",
                                   "prepared_by.side required", "totals.grand_total required",
                                   "lost_reason lost_reason"));
}

TEST_F(Quotes, AreApprovedPresentedAndAccepted) {
  EXPECT_EQ(step<Quote>("draft", "in_review", Actor::PartnerEmployee), "");
  EXPECT_EQ(step<Quote>("in_review", "approved", Actor::Finance), "");
  EXPECT_EQ(step<Quote>("in_review", "draft", Actor::ChannelManager), "");
  EXPECT_EQ(step<Quote>("approved", "presented", Actor::DistributorUser), "");
  EXPECT_EQ(step<Quote>("presented", "accepted", Actor::Customer), "");
  EXPECT_EQ(step<Quote>("accepted", "ordered", Actor::System), "");
  EXPECT_EQ(step<Quote>("presented", "superseded", Actor::VendorSales), "");
}

TEST_F(Quotes, RefuseStepsThatAreNotListedOrNotTheActors) {
  EXPECT_EQ(step<Quote>("draft", "presented", Actor::VendorSales), "invalid_transition");
  EXPECT_EQ(step<Quote>("accepted", "cancelled", Actor::VendorSales), "invalid_transition");
  EXPECT_EQ(step<Quote>("in_review", "superseded", Actor::VendorSales), "invalid_transition");
  EXPECT_EQ(step<Quote>("in_review", "approved", Actor::PartnerManager), "forbidden_actor");
  EXPECT_EQ(step<Quote>("presented", "expired", Actor::Customer), "forbidden_actor");
}

TEST_F(Quotes, AreRejectedForAReason) {
  EXPECT_EQ(step<Quote>("presented", "rejected", Actor::Customer), "reason_missing");
  EXPECT_EQ(step<Quote>("presented", "rejected", Actor::Customer, "price"), "");
}

TEST_F(Quotes, WhoseLineIsNotItsPriceTimesItsQuantityAreToldBothFigures) {
  Fields fields = to_fields(sample());
  set(fields, "lines[a].net_amount", "188.79");  // three times the rounded price
  set(fields, "totals.lines_net", "188.79");
  set(fields, "totals.grand_total", "238.01");
  EXPECT_THAT(
      breaches<Quote>(fields),
      ElementsAre("lines[a].net_amount line_amount: is 188.79, but net_price 62.928 x qty 3 "
                  "= 188.78, a difference of 0.01"));
}

TEST_F(Quotes, RoundLinesAwayFromZeroToTheMinorUnitOfTheirCurrency) {
  const auto line = [](const char* currency, const char* price, const char* quantity,
                       const char* amount) {
    return breaches<Quote>({{"currency", currency},
                            {"lines[1].net_price", price},
                            {"lines[1].qty.value", quantity},
                            {"lines[1].net_amount", amount}});
  };
  EXPECT_THAT(line("EUR", "10.545", "1", "10.55"), IsEmpty());
  EXPECT_THAT(line("EUR", "10.545", "-1", "-10.55"), IsEmpty());
  EXPECT_THAT(line("JPY", "10.5", "1", "11"), IsEmpty());
  EXPECT_THAT(line("KWD", "10.5555", "1", "10.556"), IsEmpty());
  EXPECT_THAT(line("JPY", "10.5", "1", "10.5"),
              ElementsAre("lines[1].net_amount line_amount: is 10.5, but net_price 10.5 x qty 1 = "
                          "11, a difference of -0.5"));
  EXPECT_THAT(line("KWD", "10.5555", "1", "10.56"),
              ElementsAre("lines[1].net_amount line_amount: is 10.560, but net_price 10.5555 x qty "
                          "1 = 10.556, a difference of 0.004"));
}

TEST_F(Quotes, HavePricesThatAreForTheTermOfTheLine) {
  const auto line = [](const char* amount) {
    return breaches<Quote>({{"currency", "EUR"},
                            {"lines[1].net_price", "500"},
                            {"lines[1].qty.value", "2"},
                            {"lines[1].prorate", "0.5"},
                            {"lines[1].net_amount", amount}});
  };
  EXPECT_THAT(line("1000"), IsEmpty());
  EXPECT_THAT(line("500"), SizeIs(1)) << "prorated a second time";
}

TEST_F(Quotes, LeaveOptionalLinesOutOfTheirTotals) {
  Fields fields = to_fields(sample());
  set(fields, "lines[b].optional", "false");
  EXPECT_THAT(
      breaches<Quote>(fields),
      ElementsAre("totals.lines_net lines_net: is 188.78, but the sum of lines[].net_amount "
                  "of 2 elements = 238.78, a difference of -50.00"));
}

TEST_F(Quotes, WhoseGrandTotalIsAnotherAreToldTheFormula) {
  Fields fields = to_fields(sample());
  set(fields, "totals.grand_total", "237.995");
  EXPECT_THAT(breaches<Quote>(fields),
              ElementsAre("totals.grand_total grand_total: is 237.995, but lines_net 188.78 - "
                          "header_discount 8.78 + freight 20.00 + tax 38.00 = 238.00, a difference "
                          "of -0.005"));
}

TEST_F(Quotes, AreNotJudgedByFiguresThatAreNotThere) {
  Fields fields = to_fields(sample());
  set(fields, "totals.grand_total", "1");
  set(fields, "totals.freight", std::nullopt);
  set(fields, "totals.lines_net", "2");
  set(fields, "lines[a].net_amount", std::nullopt);
  EXPECT_THAT(breaches<Quote>(fields), IsEmpty());
  EXPECT_THAT(breaches<Quote>({{"currency", "EUR"}, {"totals.lines_net", "2"}}), IsEmpty());
}

TEST_F(Quotes, WithAmountsNeedACurrency) {
  EXPECT_THAT(breaches<Quote>({{"lines[1].net_price", "2"}, {"totals.tax", "1"}}),
              ElementsAre("currency currency_missing: is missing beside lines[1].net_price and 1 "
                          "more"));
  EXPECT_THAT(breaches<Quote>({{"adjustments[1].before", "2"}}),
              ElementsAre("currency currency_missing: is missing beside adjustments[1].before"));
  EXPECT_THAT(breaches<Quote>({{"lines[1].tax_category", "S"}, {"partner_discount_pct", "5"}}),
              IsEmpty());
}

TEST_F(Quotes, EndNoTermBeforeItStarts) {
  EXPECT_THAT(breaches<Quote>({{"valid.start", "2026-02-01"},
                               {"valid.end", "2026-01-31"},
                               {"lines[1].start", "2026-02-01"},
                               {"lines[1].end", "2026-01-31"}}),
              ElementsAre("valid.end order: is before valid.start",
                          "lines[1].end order: is 2026-01-31, before its start 2026-02-01"));
}

TEST_F(Quotes, HaveOneAcceptedVersionOfANumber) {
  Fields fields = to_fields(sample());
  EXPECT_THAT(key<Quote>("document_key", fields), ElementsAre("pending:erp/Partner/1/Q-1/2"));
  EXPECT_THAT(key<Quote>("accepted_version", fields), IsEmpty());
  set(fields, "status", "accepted");
  EXPECT_THAT(key<Quote>("accepted_version", fields), ElementsAre("pending:erp/Partner/1/Q-1"));
  set(fields, "seller.partner", std::nullopt);
  EXPECT_THAT(key<Quote>("document_key", fields), IsEmpty());
}

TEST_F(Quotes, DoNotChangeOnceTheyAreAccepted) {
  Fields before = to_fields(sample());
  Fields after = before;
  set(after, "lines[a].net_price", "60");
  set(after, "buyer.name", std::nullopt);
  set(after, "notes", "cheaper");
  set(after, "status", "accepted");
  EXPECT_THAT(changes_of_accepted(before, after), IsEmpty());
  set(before, "status", "accepted");
  set(after, "status", "ordered");
  set(after, "custom.seen", "true");
  EXPECT_THAT(told(changes_of_accepted(before, after)),
              ElementsAre("buyer.name locked: cannot be emptied: the quote is accepted",
                          "lines[a].net_price locked: cannot be changed: the quote is accepted",
                          "notes locked: cannot be filled: the quote is accepted"));
}

}  // namespace
}  // namespace channelbridge::model
