#include "channelbridge/model/network.hpp"

#include <tuple>

#include "entity_test.hpp"

namespace channelbridge::model {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// "rule record other: message" of what these records contradict each other in.
std::vector<std::string> told(std::string_view entity,
                              const std::map<std::string, Fields>& records) {
  const auto check = NetworkCheck::of(entity);
  for (const auto& [id, fields] : records) check->add(id, fields);
  std::vector<std::string> out;
  for (const Contradiction& each : check->contradictions()) {
    EXPECT_EQ(each.entity, entity);
    out.push_back(each.rule + " " + each.record + " " + each.other + ": " + each.message);
  }
  return out;
}

Fields with(Fields fields, const Fields& more) {
  for (const auto& [path, value] : more) set(fields, path, value);
  return fields;
}

TEST(Network, EntitiesWithoutSuchRulesHaveNone) {
  EXPECT_EQ(NetworkCheck::of("lead"), nullptr);
  EXPECT_EQ(NetworkCheck::of("partner"), nullptr);
}

TEST(Network, OneExclusiveTerritoryAnArea) {
  const Fields sweden{{"code", "SE"},
                      {"exclusivity", "exclusive"},
                      {"status", "active"},
                      {"valid.start", "2026-01-01"},
                      {"include[a].country", "SE"}};
  const Fields skane = with(sweden, {{"code", "SKA"},
                                     {"include[a].region", "M"},
                                     {"include[a].product_family", "pumps"},
                                     {"valid.end", "2026-12-31"}});
  EXPECT_THAT(told("territory", {{"1", sweden}, {"2", skane}}),
              ElementsAre("territory_overlap 1 2: SE and SKA are both exclusive in country SE, "
                          "region M, product_family pumps from 2026-01-01 to 2026-12-31"));
  EXPECT_THAT(told("territory",
                   {{"1", with(sweden, {{"include[a].product_family", "valves"}})}, {"2", skane}}),
              IsEmpty());
  EXPECT_THAT(told("territory",
                   {{"1", with(sweden, {{"exclude[x].country", "SE"}, {"exclude[x].region", "M"}})},
                    {"2", skane}}),
              IsEmpty());
  EXPECT_THAT(told("territory",
                   {{"1", with(sweden, {{"exclude[x].country", "SE"}, {"exclude[x].region", "O"}})},
                    {"2", skane}})
                  .size(),
              1U);
  EXPECT_THAT(told("territory", {{"1", sweden}, {"2", with(skane, {{"parent", "1"}})}}), IsEmpty());
  EXPECT_THAT(told("territory", {{"1", sweden}, {"2", with(skane, {{"exclusivity", "none"}})}}),
              IsEmpty());
  EXPECT_THAT(told("territory", {{"1", sweden}, {"2", with(skane, {{"status", "retired"}})}}),
              IsEmpty());
  EXPECT_THAT(told("territory", {{"1", with(sweden, {{"valid.end", "2026-05-31"}})},
                                 {"2", with(skane, {{"valid.start", "2026-06-01"}})}}),
              IsEmpty());
}

TEST(Network, PostalCodesTellTerritoriesApart) {
  const auto codes = [](const char* from, const char* to) {
    return Fields{{"code", from},
                  {"exclusivity", "exclusive"},
                  {"status", "active"},
                  {"include[a].country", "DE"},
                  {"include[a].postal_range.from", from},
                  {"include[a].postal_range.to", to}};
  };
  EXPECT_THAT(told("territory", {{"1", codes("80000", "81999")}, {"2", codes("82000", "89999")}}),
              IsEmpty());
  EXPECT_THAT(told("territory", {{"1", codes("80000", "82000")}, {"2", codes("82000", "89999")}}),
              ElementsAre("territory_overlap 1 2: 80000 and 82000 are both exclusive in country "
                          "DE, postal codes 82000-82000 from the beginning to further notice"));
}

TEST(Network, OneAgreementThatStandsAlone) {
  const Fields first{{"number", "A-1"},
                     {"stack_rule", "exclusive"},
                     {"status", "active"},
                     {"priority", "5"},
                     {"waterfall_level", "partner"},
                     {"beneficiary.partner", "p"},
                     {"scope.products[x].product", "pump"},
                     {"scope.products[y].product", "valve"},
                     {"valid.start", "2026-01-01"},
                     {"valid.end", "2026-06-30"}};
  const Fields second = with(first, {{"number", "A-2"},
                                     {"scope.products[x].product", "motor"},
                                     {"valid.start", "2026-06-30"},
                                     {"valid.end", "2026-12-31"}});
  EXPECT_THAT(told("discount_agreement", {{"1", first}, {"2", second}}),
              ElementsAre("agreement_overlap 1 2: A-1 and A-2 both stand alone at priority 5 for "
                          "product valve from 2026-06-30 to 2026-06-30"));
  for (const auto& [path, value] : Fields{{"priority", "4"},
                                          {"stack_rule", "best_of"},
                                          {"status", "expired"},
                                          {"beneficiary.partner", "q"},
                                          {"waterfall_level", "special"},
                                          {"scope.products[y].product", "hose"},
                                          {"valid.start", "2026-07-01"}})
    EXPECT_THAT(told("discount_agreement", {{"1", first}, {"2", with(second, {{path, value}})}}),
                IsEmpty())
        << path;
  EXPECT_THAT(told("discount_agreement", {{"1", with(first, {{"scope.end_customer", "a"}})},
                                          {"2", with(second, {{"scope.end_customer", "b"}})}}),
              IsEmpty());
}

class NetworkPrices : public ::testing::Test {
 protected:
  static Fields entry(const char* start, const char* end, const char* amount) {
    Fields fields{{"price_book", "b"},
                  {"product", "p"},
                  {"unit", "H87"},
                  {"list_price.amount", amount},
                  {"list_price.currency", "EUR"}};
    if (*start != 0) fields["valid.start"] = start;
    if (*end != 0) fields["valid.end"] = end;
    return fields;
  }
};

TEST_F(NetworkPrices, FollowEachOtherDayByDay) {
  EXPECT_THAT(told("price_book_entry", {{"1", entry("", "2026-01-31", "100")},
                                        {"2", entry("2026-02-01", "2026-02-28", "110")},
                                        {"3", entry("2026-03-01", "", "120")}}),
              IsEmpty());
}

TEST_F(NetworkPrices, OfTwoForOneDayBothAreTold) {
  EXPECT_THAT(told("price_book_entry", {{"1", entry("2026-01-01", "", "100")},
                                        {"2", entry("2026-02-01", "2026-02-28", "110")},
                                        {"3", entry("2026-03-01", "", "120")}}),
              ElementsAre("price_overlap 1 2: 100 EUR and 110 EUR both hold from 2026-02-01 to "
                          "2026-02-28",
                          "price_overlap 1 3: 100 EUR and 120 EUR both hold from 2026-03-01 to "
                          "further notice"));
}

TEST_F(NetworkPrices, DaysWithoutOneAreTold) {
  EXPECT_THAT(told("price_book_entry", {{"1", entry("2026-01-01", "2026-01-31", "100")},
                                        {"2", entry("2026-03-01", "", "120")}}),
              ElementsAre("price_gap 1 2: no price holds from 2026-02-01 to 2026-02-28, between "
                          "100 EUR and 120 EUR"));
}

TEST_F(NetworkPrices, OfOtherGoodsBooksAndUnitsAreNoneOfTheirs) {
  const Fields first = entry("2026-01-01", "", "100");
  for (const char* field : {"price_book", "product", "unit"})
    EXPECT_THAT(told("price_book_entry", {{"1", first}, {"2", with(first, {{field, "x"}})}}),
                IsEmpty());
}

class NetworkSubscriptions : public ::testing::Test {
 protected:
  static Fields subscription(const char* start, const char* end, const char* quantity) {
    return {{"contract", "c"},        {"line", "10"},      {"product", "p"},
            {"start", start},         {"end", end},        {"quantity.value", quantity},
            {"quantity.unit", "C62"}, {"status", "active"}};
  }
  static std::vector<std::string> told_of(const std::map<std::string, Fields>& records) {
    return told("subscription", records);
  }
};

TEST_F(NetworkSubscriptions, OfOneLineDoNotOverlap) {
  const Fields year = subscription("2026-01-01", "2026-12-31", "25");
  const Fields summer = subscription("2026-06-01", "2026-08-31", "30");
  EXPECT_THAT(
      told_of({{"1", year}, {"2", summer}}),
      ElementsAre("subscription_overlap 1 2: 25 C62 and 30 C62 are both supplied by line 10 "
                  "from 2026-06-01 to 2026-08-31"));
  EXPECT_THAT(told_of({{"1", year}, {"2", subscription("2027-01-01", "2027-12-31", "30")}}),
              IsEmpty());
  EXPECT_THAT(told_of({{"1", year}, {"2", subscription("2026-12-31", "2027-12-31", "30")}}).size(),
              1U);
}

TEST_F(NetworkSubscriptions, AShortOneInsideALongOneEndsNothing) {
  EXPECT_THAT(told_of({{"1", subscription("2026-01-01", "2026-12-31", "25")},
                       {"2", subscription("2026-06-01", "2026-08-31", "30")},
                       {"3", subscription("2026-10-01", "2027-09-30", "5.5")}}),
              ElementsAre("subscription_overlap 1 2: 25 C62 and 30 C62 are both supplied by line "
                          "10 from 2026-06-01 to 2026-08-31",
                          "subscription_overlap 1 3: 25 C62 and 5.5 C62 are both supplied by line "
                          "10 from 2026-10-01 to 2026-12-31"));
}

TEST_F(NetworkSubscriptions, ThatBeginOnOneDayAreToldByTheirKey) {
  const Fields short_one = subscription("2026-02-01", "2026-03-31", "1");
  const Fields long_one = subscription("2026-02-01", "2026-12-31", "2");
  EXPECT_THAT(told_of({{"1", short_one}, {"2", long_one}}), IsEmpty());
  EXPECT_THAT(told_of({{"1", short_one},
                       {"2", long_one},
                       {"3", subscription("2026-01-01", "2026-02-28", "3")},
                       {"4", subscription("2026-12-01", "2026-12-31", "4")}}),
              ElementsAre("subscription_overlap 3 1: 3 C62 and 1 C62 are both supplied by line 10 "
                          "from 2026-02-01 to 2026-02-28",
                          "subscription_overlap 3 2: 3 C62 and 2 C62 are both supplied by line 10 "
                          "from 2026-02-01 to 2026-02-28",
                          "subscription_overlap 2 4: 2 C62 and 4 C62 are both supplied by line 10 "
                          "from 2026-12-01 to 2026-12-31"));
}

TEST_F(NetworkSubscriptions, OfOtherLinesOrOfWhichLittleIsKnownAreNot) {
  const Fields year = subscription("2026-01-01", "2026-12-31", "25");
  const Fields summer = subscription("2026-06-01", "2026-08-31", "30");
  for (const char* field : {"contract", "line", "product", "status"})
    EXPECT_THAT(told_of({{"1", year}, {"2", with(summer, {{field, "x"}})}}), IsEmpty()) << field;
  for (const char* field : {"contract", "line", "product", "status", "start", "end"}) {
    Fields less = summer;
    less.erase(field);
    EXPECT_THAT(told_of({{"1", year}, {"2", less}}), IsEmpty()) << field;
  }
  EXPECT_THAT(told_of({{"1", year}, {"2", with(summer, {{"quantity.value", "-5"}})}}), IsEmpty())
      << "what an amendment takes off";
  Fields some = summer;
  some.erase("quantity.value");
  EXPECT_THAT(told_of({{"1", year}, {"2", some}}).size(), 1U);
}

TEST(Network, OrdersAreJudgedEachAlone) {
  EXPECT_TRUE(NetworkCheck::of("order")->each_alone());
  EXPECT_FALSE(NetworkCheck::of("invoice")->each_alone());
  const Fields order{{"number", "O-1"},
                     {"status", "shipped"},
                     {"lines[a].no", "10"},
                     {"lines[a].qty.value", "5"},
                     {"lines[a].qty_shipped.value", "3"}};
  EXPECT_THAT(told("order", {{"1", order}, {"2", with(order, {{"status", "confirmed"}})}}),
              ElementsAre("state_against_lines 1 : of order O-1 the status is shipped, but the "
                          "lines make it partially_shipped: line 10 has qty_shipped 3 of 5"));
}

TEST(Network, CreditNotesGiveBackNoMoreThanTheirInvoice) {
  const auto document = [](const char* number, const char* kind, const char* gross) {
    Fields fields{{"number", number},
                  {"kind", kind},
                  {"status", "issued"},
                  {"currency", "EUR"},
                  {"totals.gross", gross}};
    if (std::string_view(kind) == "credit_note") fields["reference_invoice"] = "1";
    return fields;
  };
  const Fields invoice = document("I-1", "invoice", "100");
  const Fields first = document("C-1", "credit_note", "60.01");
  const Fields second = document("C-2", "credit_note", "39.99");
  EXPECT_THAT(told("invoice", {{"1", invoice}, {"2", first}, {"3", second}}), IsEmpty());
  const Fields more = with(second, {{"totals.gross", "-40"}});  // as some systems show it
  EXPECT_THAT(told("invoice", {{"1", invoice}, {"2", first}, {"3", more}}),
              ElementsAre("credit_above_invoice 1 3: the credit notes C-1, C-2 give back 100.01 "
                          "EUR of invoice I-1, which is 100 EUR"));
  EXPECT_THAT(
      told("invoice", {{"1", invoice}, {"2", first}, {"3", with(more, {{"status", "cancelled"}})}}),
      IsEmpty());
}

/// "entity rule record other: message" of what records of several entities contradict each other
/// in.
std::vector<std::string> told_of(
    std::string_view subject,
    const std::vector<std::tuple<std::string, std::string, Fields>>& records) {
  const auto check = NetworkCheck::of(subject);
  for (const auto& [entity, id, fields] : records) check->add(entity, id, fields);
  std::vector<std::string> out;
  for (const Contradiction& each : check->contradictions())
    out.push_back(each.entity + " " + each.rule + " " + each.record + " " + each.other + ": " +
                  each.message);
  return out;
}

TEST(Network, WhatMattersToRecordsOfAnotherEntityIsAskedWhenTheyChange) {
  EXPECT_THAT(NetworkCheck::about("budget"), ElementsAre("fund"));
  EXPECT_THAT(NetworkCheck::about("fund"), ElementsAre("fund", "claim"));
  EXPECT_THAT(NetworkCheck::about("claim"), ElementsAre("claim", "settlement"));
  EXPECT_THAT(NetworkCheck::about("settlement"), ElementsAre("settlement"));
  EXPECT_THAT(NetworkCheck::about("incentive"), ElementsAre("commission"));
  EXPECT_THAT(NetworkCheck::about("commission"), ElementsAre("commission"));
  EXPECT_THAT(NetworkCheck::about("order"), ElementsAre("order"));
  EXPECT_THAT(NetworkCheck::about("lead"), IsEmpty());
}

TEST(Network, FundsOfAStrictBudgetAreNoMoreThanItIs) {
  const Fields budget{
      {"number", "B"}, {"amount", "1000"}, {"currency", "EUR"}, {"validation", "strict"}};
  const Fields fund{{"number", "F"},
                    {"budget", "b"},
                    {"amount", "600"},
                    {"currency", "EUR"},
                    {"status", "active"}};
  EXPECT_THAT(told_of("fund", {{"fund", "1", fund}, {"fund", "2", fund}, {"budget", "b", budget}}),
              ElementsAre("budget funds_above_budget b 2: the funds F, F are 1200.00 EUR together, "
                          "and budget B, which is strict, is 1000.00 EUR"));
  EXPECT_THAT(told_of("fund", {{"fund", "1", fund},
                               {"fund", "2", with(fund, {{"status", "planned"}})},
                               {"budget", "b", budget}}),
              IsEmpty());
  EXPECT_THAT(told_of("fund", {{"fund", "1", fund},
                               {"fund", "2", with(fund, {{"currency", "SEK"}})},
                               {"budget", "b", budget}}),
              IsEmpty());
  EXPECT_THAT(told_of("fund", {{"fund", "1", fund},
                               {"fund", "2", fund},
                               {"budget", "b", with(budget, {{"validation", "warn"}})}}),
              IsEmpty());
}

TEST(Network, ClaimsAreNoMoreThanWasApprovedBeforehandNorThanTheFundIs) {
  const Fields request{{"number", "R"},
                       {"fund", "f"},
                       {"approved.amount", "500"},
                       {"currency", "EUR"},
                       {"status", "approved"}};
  const Fields fund{{"number", "F"}, {"amount", "550"}, {"currency", "EUR"}};
  const Fields claim{{"number", "C"},
                     {"request", "r"},
                     {"approved_amount", "300"},
                     {"currency", "EUR"},
                     {"status", "approved"}};
  EXPECT_THAT(
      told_of("claim", {{"claim", "1", claim},
                        {"claim", "2", claim},
                        {"fund_request", "r", request},
                        {"fund", "f", fund}}),
      ElementsAre(
          "fund_request claims_above_request r 2: of the claims C, C 600.00 EUR are "
          "approved, and fund_request R is 500.00 EUR",
          "fund claims_above_fund f 2: of the claims C, C 600.00 EUR are approved, and fund "
          "F is 550.00 EUR"));
  const Fields more = with(fund, {{"postings[p].category", "over_consumption_approved"},
                                  {"postings[p].amount", "100"},
                                  {"postings[p].document.kind", "fund_request"},
                                  {"postings[p].document.number", "R"}});
  EXPECT_THAT(told_of("claim", {{"claim", "1", claim},
                                {"claim", "2", claim},
                                {"fund_request", "r", request},
                                {"fund", "f", more}}),
              IsEmpty());
  EXPECT_THAT(told_of("claim", {{"claim", "1", claim},
                                {"claim", "2", with(claim, {{"status", "rejected"}})},
                                {"fund_request", "r", request},
                                {"fund", "f", fund}}),
              IsEmpty());
}

TEST(Network, AClaimIsOfThePartnerTheFundAndTheBudgetOfItsRequest) {
  const Fields request{
      {"number", "R"}, {"partner", "p1"}, {"fund", "f1"}, {"budget", "b1"}, {"status", "approved"}};
  const Fields claim{{"number", "C"},
                     {"request", "r"},
                     {"partner", "p1"},
                     {"fund", "f1"},
                     {"status", "submitted"}};
  const auto told_with = [&](const Fields& more) {
    return told_of("claim", {{"claim", "1", with(claim, more)},
                             {"fund_request", "r", request},
                             {"fund", "f1", Fields{{"number", "F-1"}}},
                             {"fund", "f2", Fields{{"number", "F-2"}}}});
  };
  EXPECT_THAT(told_with({}), IsEmpty());
  EXPECT_THAT(told_with({{"partner", "p2"}, {"fund", "f2"}, {"budget", "b2"}}),
              ElementsAre("claim claim_of_request 1 r: claim C is of partner p2, and its request R "
                          "of partner p1",
                          "claim claim_of_request 1 r: claim C is of fund F-2, and its request R "
                          "of fund F-1",
                          "claim claim_of_request 1 r: claim C is of budget b2, and its request R "
                          "of budget b1"));
  EXPECT_THAT(told_with({{"partner", "pending:crm/Account/001"}}), IsEmpty()) << "nobody knows yet";
  EXPECT_THAT(told_with({{"partner", "p2"}, {"status", "withdrawn"}}), IsEmpty());
  EXPECT_THAT(told_with({{"partner", "p2"}, {"request", "r2"}}), IsEmpty());
}

TEST(Network, AClaimIsConvertedAtTheRateOfTheLastDayOfItsActivity) {
  const auto told_with = [](const char* rate, const char* last) {
    const Fields claim{
        {"number", "C"}, {"status", "submitted"}, {"fx.date", rate}, {"activity_period.end", last}};
    return told_of("claim", {{"claim", "1", claim}});
  };
  EXPECT_THAT(told_with("2027-03-05", "2027-03-05"), IsEmpty());
  EXPECT_THAT(told_with("2027-03-31", "2027-03-05"),
              ElementsAre("claim fx_date 1 : claim C is converted at the rate of 2027-03-31, and "
                          "its activity ended on 2027-03-05"));
  EXPECT_THAT(told_with("2027-03-05", "2027-03-07"), IsEmpty()) << "a Sunday";
  EXPECT_THAT(told_with("2027-03-05", "2027-03-06"), IsEmpty()) << "a Saturday";
  EXPECT_EQ(told_with("2027-03-04", "2027-03-06").size(), 1U);
  EXPECT_EQ(told_with("2027-03-04", "2027-03-05").size(), 1U) << "a Friday";
}

TEST(Network, ASuppliersInvoiceIsClaimedOnce) {
  const Fields claim{{"number", "C-1"},
                     {"claimed_amount", "300"},
                     {"currency", "EUR"},
                     {"status", "submitted"},
                     {"lines[a].vendor_name", "Druckhaus GmbH"},
                     {"lines[a].invoice.no", "4711"},
                     {"lines[a].claimed", "300"}};
  const Fields other = with(claim, {{"number", "C-2"}, {"lines[a].vendor_name", "DRUCKHAUS"}});
  const auto found = told_of("claim", {{"claim", "1", claim}, {"claim", "2", other}});
  ASSERT_EQ(found.size(), 1U);
  EXPECT_THAT(found[0], ::testing::HasSubstr("claim invoice_claimed_twice 1 2: C-1 (300 EUR) and "
                                             "C-2 (300 EUR) both claim the supplier's invoice"));
  EXPECT_THAT(told_of("claim", {{"claim", "1", claim},
                                {"claim", "2", with(other, {{"lines[a].decision", "denied"}})}}),
              IsEmpty());
  EXPECT_THAT(told_of("claim", {{"claim", "1", claim},
                                {"claim", "2", with(other, {{"status", "rejected"}})}}),
              IsEmpty());
}

TEST(Network, AClaimIsPaidWithWhatWasApproved) {
  const Fields claim{
      {"number", "C"}, {"approved_amount", "300"}, {"currency", "EUR"}, {"status", "settled"}};
  const Fields settlement{{"number", "S"},
                          {"currency", "EUR"},
                          {"status", "posted"},
                          {"members[m].claim", "c"},
                          {"members[m].amount", "250"}};
  EXPECT_THAT(told_of("settlement", {{"settlement", "1", settlement}, {"claim", "c", claim}}),
              ElementsAre("claim settled_otherwise c 1: S settle 250.00 EUR of claim C, of which "
                          "300.00 EUR are approved"));
  EXPECT_THAT(
      told_of("settlement", {{"settlement", "1", settlement},
                             {"settlement", "2",
                              with(settlement, {{"members[m].amount", "50"}, {"status", "paid"}})},
                             {"claim", "c", claim}}),
      IsEmpty());
  EXPECT_THAT(
      told_of("settlement", {{"settlement", "1", with(settlement, {{"status", "reversed"}})},
                             {"claim", "c", claim}}),
      IsEmpty());
}

}  // namespace
}  // namespace channelbridge::model
