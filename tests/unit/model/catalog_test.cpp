// Products, their prices and the agreements about them: what each promises.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "channelbridge/model/discount_agreement.hpp"
#include "channelbridge/model/json.hpp"
#include "channelbridge/model/price_book.hpp"
#include "channelbridge/model/product.hpp"
#include "channelbridge/model/record.hpp"
#include "channelbridge/model/transition.hpp"
#include "channelbridge/model/validate.hpp"

namespace channelbridge::model {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::UnorderedElementsAre;

constexpr const char* kVendor = "017f22e2-79b0-7cc3-98c4-dc0c0c07398f";
constexpr const char* kDrill = "pending:erp/Product/4711";
constexpr const char* kBook = "pending:crm/Pricebook2/01s1";

template <typename T>
std::shared_ptr<const EntityType> type_of() {
  return entity_type(description(std::type_identity<T>()));
}

/// A complete record breaks nothing, lacks nothing and comes back from JSON as it was.
template <typename T>
void expect_survives(const T& sample) {
  const auto type = type_of<T>();
  const Fields fields = to_fields(sample);
  EXPECT_THAT(check(*type, fields), IsEmpty());
  EXPECT_THAT(missing(*type, fields), IsEmpty());
  const auto back = from_json(*type, to_json(*type, fields));
  ASSERT_TRUE(back) << back.error();
  const auto object = from_fields<T>(*back);
  ASSERT_TRUE(object) << object.error();
  EXPECT_TRUE(*object == sample);
}

/// "path rule: message"
template <typename T>
std::vector<std::string> breaches(const Fields& fields) {
  std::vector<std::string> out;
  for (const Problem& problem : check(*type_of<T>(), fields))
    out.push_back(problem.path + " " + problem.rule + ": " + problem.message);
  return out;
}

/// "path rule"
template <typename T>
std::vector<std::string> missed(const Fields& fields) {
  std::vector<std::string> out;
  for (const Problem& problem : missing(*type_of<T>(), fields))
    out.push_back(problem.path + " " + problem.rule);
  return out;
}

template <typename T>
std::vector<std::string> key(std::string_view name, const Fields& fields) {
  const auto keys = description(std::type_identity<T>()).rules.keys;
  const auto found = std::find_if(keys.begin(), keys.end(),
                                  [name](const NetworkKey& one) { return one.name == name; });
  return found == keys.end() ? std::vector<std::string>{"no such key"} : found->values(fields);
}

/// The rule that refuses the transition, "" when it is performed.
template <typename T>
std::string refusal_of(const char* from, const char* to, Actor actor) {
  Fields fields{{"status", from}};
  const StateStep step{
      .actor = actor, .by = "anna", .at = parse_iso8601("2026-11-21T10:00:00Z").value()};
  const auto random = seeded_random(1);
  const auto moved = move_to(*type_of<T>(), fields, to, step, *random);
  return moved ? "" : moved.error().problems().front().rule;
}

Quantity pieces(std::int64_t count) { return {.value = count, .unit = Unit::parse("H87")}; }
Money euro(std::int64_t units, int scale) {
  return {.amount = Decimal(units, scale), .currency = Currency::parse("EUR")};
}

Product product_sample() {
  Product product;
  product.sku = "CB-100";
  product.names = {{{.language = Language::parse("en"), .text = "Drill set"}, "1"},
                   {{.language = Language::parse("pl"), .text = "Zestaw wiertarski"}, "2"}};
  product.descriptions = {{{.language = Language::parse("en"), .text = "With two drills"}, "1"}};
  product.gtin = "04006381333931";
  product.mpn = "DS-7";
  product.kind = "kit";
  product.family = "Tools";
  product.brand = "Exempel";
  product.category_path = {{{.level = 1, .name = "Workshop"}, "1"},
                           {{.level = 2, .name = "Drilling"}, "2"}};
  product.classes = {{{.scheme = "UNSPSC", .code = "27112703"}, "1"}};
  product.base_unit = Unit::parse("H87");
  product.order_multiple = pieces(5);
  product.min_qty = pieces(10);
  product.subscription = {.term = 12, .term_unit = Unit::parse("MON"), .auto_renew = true};
  product.components = {{{.product = kDrill, .quantity = pieces(2), .optional = false}, "1"}};
  product.tax_category = "S";
  product.weight = {.value = Decimal(25, 1), .unit = Unit::parse("KGM")};
  product.dimensions = {.length = 40, .width = 30, .height = 10, .unit = Unit::parse("CMT")};
  product.attributes = {{{.name = "voltage", .value = "18 V"}, "1"}};
  product.barcodes = {{{.value = "WMS-0042"}, "1"}};
  product.status = "active";
  product.lifecycle = {.launch = Date::parse("2026-01-15"),
                       .end_of_sale = Date::parse("2028-12-31"),
                       .end_of_support = Date::parse("2031-12-31")};
  return product;
}

TEST(Product, SurvivesJson) { expect_survives(product_sample()); }

TEST(Product, HasAGtinOfFourteenDigitsOfWhichTheLastChecksTheOthers) {
  const auto gtin = [](const char* text) { return breaches<Product>({{"gtin", text}}); };
  EXPECT_THAT(gtin("04006381333931"), IsEmpty());
  EXPECT_THAT(gtin("00036000291452"), IsEmpty());
  EXPECT_THAT(gtin("04006381333932"),
              ElementsAre("gtin gtin: ends in 2, the check digit of 0400638133393 is 1"));
  EXPECT_THAT(gtin("400638133393"),
              ElementsAre("gtin gtin: ends in 3, the check digit of 40063813339 is 0"));
  EXPECT_THAT(gtin("0400638133393X"),
              ElementsAre("gtin gtin: is not a GTIN (8, 12, 13 or 14 digits)"));
  EXPECT_THAT(gtin("006381333931"), ElementsAre("gtin gtin: ends in 1, the check digit of "
                                                "00638133393 is 5"));
  EXPECT_THAT(gtin("4006381333931"),
              ElementsAre("gtin gtin: has 13 digits, it is stored with 14 and zeros in front"));
  EXPECT_EQ(check(*type_of<Product>(), Fields{{"gtin", "96385074"}}).front().suggestion,
            "00000096385074");
}

TEST(Product, LivesThroughItsDaysInTheirOrder) {
  EXPECT_THAT(breaches<Product>({{"lifecycle.launch", "2026-02-01"},
                                 {"lifecycle.end_of_sale", "2026-01-31"},
                                 {"lifecycle.end_of_support", "2026-01-30"}}),
              ElementsAre("lifecycle.end_of_sale order: is before lifecycle.launch",
                          "lifecycle.end_of_support order: is before lifecycle.end_of_sale"));
  EXPECT_THAT(breaches<Product>(
                  {{"lifecycle.launch", "2026-02-01"}, {"lifecycle.end_of_support", "2026-01-31"}}),
              ElementsAre("lifecycle.end_of_support order: is before lifecycle.launch"));
}

TEST(Product, NeedsItsPartsWhenItIsMadeOfThemAndATermWhenItIsSubscribedTo) {
  for (const char* kind : {"bundle", "kit"}) {
    Fields fields{{"kind", kind}};
    EXPECT_THAT(missed<Product>(fields), Contains("components[].product components"));
    fields["components[1].product"] = kDrill;
    EXPECT_THAT(missed<Product>(fields), Not(Contains("components[].product components")));
  }
  EXPECT_THAT(missed<Product>({{"kind", "goods"}}),
              UnorderedElementsAre("names required", "sku required", "base_unit required",
                                   "status required"));
  EXPECT_THAT(missed<Product>({{"kind", "subscription"}}),
              Contains("subscription.term subscription"));
  EXPECT_THAT(
      missed<Product>({{"kind", "subscription"}, {"subscription.billing_frequency", "monthly"}}),
      Not(Contains("subscription.term subscription")));
}

TEST(Product, IsNoPartOfItself) {
  const auto type = type_of<Product>();
  ASSERT_THAT(type->rules().acyclic, ElementsAre("components[].product"));
  EXPECT_EQ(type->find("components[].product")->refers_to, "product");
}

TEST(Product, GoesForwardsOnlyByTheVendorOrByItsDays) {
  EXPECT_EQ(refusal_of<Product>("draft", "active", Actor::VendorAdmin), "");
  EXPECT_EQ(refusal_of<Product>("active", "end_of_sale", Actor::System), "");
  EXPECT_EQ(refusal_of<Product>("draft", "active", Actor::PartnerManager), "forbidden_actor");
  EXPECT_EQ(refusal_of<Product>("end_of_sale", "active", Actor::VendorAdmin), "invalid_transition");
  EXPECT_THAT(type_of<Product>()->states()->shortest_path("draft", "retired"),
              ElementsAre("active", "end_of_sale", "end_of_support", "retired"));
}

TEST(Product, IsRecognisedByItsNumbers) {
  const Fields fields = to_fields(product_sample());
  EXPECT_THAT(key<Product>("sku", fields), ElementsAre("CB-100"));
  EXPECT_THAT(key<Product>("gtin", fields), ElementsAre("04006381333931"));
}

TEST(PriceBook, SurvivesJson) {
  PriceBook book;
  book.code = "SE-GOLD";
  book.currency = Currency::parse("SEK");
  book.valid = {.start = Date::parse("2026-01-01"), .end = Date::parse("2026-12-31")};
  book.markets = {{{.country = Country::parse("SE")}, "1"},
                  {{.country = Country::parse("NO")}, "2"}};
  book.partner_tier = "pending:crm/ChannelProgramLevel/gold";
  book.partner = kVendor;
  book.channel_kind = "retail";
  book.tax_inclusive = false;
  book.status = "published";
  expect_survives(book);
  EXPECT_THAT(key<PriceBook>("code", to_fields(book)), ElementsAre("SE-GOLD"));
}

TEST(PriceBook, IsPublishedByTheVendorAndNeverTwice) {
  EXPECT_EQ(refusal_of<PriceBook>("draft", "published", Actor::VendorAdmin), "");
  EXPECT_EQ(refusal_of<PriceBook>("published", "superseded", Actor::System), "");
  EXPECT_EQ(refusal_of<PriceBook>("draft", "published", Actor::System), "forbidden_actor");
  EXPECT_EQ(refusal_of<PriceBook>("archived", "published", Actor::VendorAdmin),
            "invalid_transition");
}

TEST(PriceBook, HasAPeriod) {
  EXPECT_THAT(breaches<PriceBook>({{"valid.start", "2026-01-02"}, {"valid.end", "2026-01-01"}}),
              ElementsAre("valid.end order: is before valid.start"));
  EXPECT_THAT(missed<PriceBook>({{"code", "1"}, {"currency", "EUR"}, {"status", "draft"}}),
              ElementsAre("valid.start valid"));
}

PriceBookEntry entry_sample() {
  PriceBookEntry entry;
  entry.price_book = kBook;
  entry.product = kDrill;
  entry.unit = Unit::parse("H87");
  entry.valid = {.start = Date::parse("2026-01-01"), .end = std::nullopt};
  entry.list_price = euro(100000001, 6);
  entry.floor_price = euro(70, 0);
  entry.msrp = euro(129, 0);
  entry.cost = euro(515, 1);
  entry.tiers = {
      {{.min_qty = pieces(10), .price = euro(95, 0), .discount_pct = std::nullopt}, "1"},
      {{.min_qty = pieces(50), .price = {}, .discount_pct = Percent{Decimal(125, 1)}}, "2"}};
  return entry;
}

TEST(PriceBookEntry, SurvivesJsonWithSixDecimals) {
  expect_survives(entry_sample());
  EXPECT_EQ(get(to_fields(entry_sample()), "list_price.amount"), "100.000001");
}

TEST(PriceBookEntry, HasAFloorBelowItsListPrice) {
  Fields fields = to_fields(entry_sample());
  fields["floor_price.amount"] = "100.5";
  EXPECT_THAT(breaches<PriceBookEntry>(fields),
              ElementsAre("floor_price.amount floor_above_list: is 100.5, above list_price "
                          "100.000001 EUR"));
  fields["floor_price.currency"] = "SEK";
  EXPECT_THAT(breaches<PriceBookEntry>(fields), IsEmpty());
}

TEST(PriceBookEntry, HasOnePriceForAQuantity) {
  Fields fields = to_fields(entry_sample());
  fields["tiers[2].min_qty.value"] = "10";
  fields["tiers[1].discount_pct"] = "5";
  EXPECT_THAT(breaches<PriceBookEntry>(fields),
              ElementsAre("tiers[1].discount_pct price_or_discount: is 5 % beside a price of 95",
                          "tiers[2].min_qty.value tier_quantity: is 10 H87, where another step "
                          "begins too"));
  fields["tiers[2].min_qty.unit"] = "XBX";
  fields.erase("tiers[1].discount_pct");
  EXPECT_THAT(breaches<PriceBookEntry>(fields), IsEmpty());
}

TEST(PriceBookEntry, HasAPeriodAndAListPrice) {
  EXPECT_THAT(
      breaches<PriceBookEntry>({{"valid.start", "2026-01-02"}, {"valid.end", "2026-01-01"}}),
      ElementsAre("valid.end order: is before valid.start"));
  EXPECT_THAT(missed<PriceBookEntry>({{"unit", "H87"}}),
              UnorderedElementsAre("price_book required", "product required",
                                   "list_price.amount list_price"));
}

TEST(PriceBookEntry, IsTheOnlyOneOfItsBookProductUnitAndFirstDay) {
  Fields fields = to_fields(entry_sample());
  const auto price = key<PriceBookEntry>("price", fields);
  ASSERT_EQ(price.size(), 1U);
  fields["unit"] = "XBX";
  EXPECT_NE(key<PriceBookEntry>("price", fields), price);
  fields["unit"] = "H87";
  fields["valid.start"] = "2027-01-01";
  EXPECT_NE(key<PriceBookEntry>("price", fields), price);
  fields.erase("price_book");
  EXPECT_THAT(key<PriceBookEntry>("price", fields), IsEmpty());
}

TEST(Availability, SurvivesJsonAndIsStatedOnceForEveryScope) {
  Availability availability;
  availability.product = kDrill;
  availability.market = Country::parse("PL");
  availability.sellable = false;
  availability.from = Date::parse("2026-01-01");
  availability.to = Date::parse("2026-06-30");
  availability.partner_scope = {.partner = kVendor,
                                .tier = "pending:crm/Level/1",
                                .program = "pending:crm/Program/1",
                                .territory = "pending:crm/Territory/1"};
  availability.reason = "not_certified";
  expect_survives(availability);
  Fields fields = to_fields(availability);
  const auto statement = key<Availability>("statement", fields);
  ASSERT_EQ(statement.size(), 1U);
  fields.erase("partner_scope.tier");
  EXPECT_NE(key<Availability>("statement", fields), statement);
  fields.erase("product");
  EXPECT_THAT(key<Availability>("statement", fields), IsEmpty());
}

TEST(Availability, EndsAfterItBegins) {
  EXPECT_THAT(breaches<Availability>({{"from", "2026-01-02"}, {"to", "2026-01-01"}}),
              ElementsAre("to order: is before from"));
  EXPECT_THAT(missed<Availability>({{"market", "PL"}}),
              UnorderedElementsAre("product required", "sellable required"));
}

DiscountAgreement agreement_sample() {
  DiscountAgreement agreement;
  agreement.number = "DA-7";
  agreement.kind = "special_bid";
  agreement.beneficiary.partner = kVendor;
  agreement.scope.products = {{{.product = kDrill}, "1"}};
  agreement.scope.families = {{{.family = "Tools"}, "1"}};
  agreement.scope.end_customer = "pending:crm/Account/1";
  agreement.scope.deal_registration = "pending:crm/Lead/1";
  agreement.valid = {.start = Date::parse("2026-01-01"), .end = Date::parse("2026-06-30")};
  agreement.method = "fixed_price";
  agreement.value = Decimal(81123456, 6);
  agreement.currency = Currency::parse("EUR");
  agreement.tiers = {{{.min_qty = pieces(100), .value = Decimal(795, 1)}, "1"}};
  agreement.stack_rule = "exclusive";
  agreement.priority = 10;
  agreement.cap_pct = Percent{30};
  agreement.waterfall_level = "special";
  agreement.authorisation_number = "SPA-2026-1";
  agreement.max_qty = pieces(200);
  agreement.used_qty = pieces(200);
  agreement.approval = {
      .status = "approved", .by = "anna", .at = parse_iso8601("2026-01-01T08:00:00Z").value()};
  agreement.status = "active";
  return agreement;
}

TEST(DiscountAgreement, SurvivesJsonAndIsRecognisedByItsNumbers) {
  const Fields fields = to_fields(agreement_sample());
  expect_survives(agreement_sample());
  EXPECT_THAT(key<DiscountAgreement>("number", fields), ElementsAre("DA-7"));
  EXPECT_THAT(key<DiscountAgreement>("authorisation", fields), ElementsAre("SPA-2026-1"));
}

TEST(DiscountAgreement, IsNotUsedBeyondItsQuantity) {
  Fields fields = to_fields(agreement_sample());
  fields["used_qty.value"] = "200.5";
  EXPECT_THAT(breaches<DiscountAgreement>(fields),
              ElementsAre("used_qty.value used_above_max: is 200.5, above max_qty 200 H87"));
  fields["used_qty.unit"] = "XBX";
  EXPECT_THAT(breaches<DiscountAgreement>(fields), IsEmpty());
}

TEST(DiscountAgreement, HasOneBeneficiaryAndAPeriod) {
  EXPECT_THAT(breaches<DiscountAgreement>({{"beneficiary.tier", kBook},
                                           {"beneficiary.territory", kBook},
                                           {"valid.start", "2026-01-02"},
                                           {"valid.end", "2026-01-01"}}),
              ElementsAre("valid.end order: is before valid.start",
                          "beneficiary.territory one_beneficiary: stands beside beneficiary.tier: "
                          "an agreement has one beneficiary"));
}

TEST(DiscountAgreement, NeedsWhatItsKindAndMethodCallFor) {
  Fields fields{{"number", "1"},           {"kind", "special_bid"}, {"method", "amount"},
                {"stack_rule", "best_of"}, {"priority", "1"},       {"waterfall_level", "partner"},
                {"status", "draft"}};
  EXPECT_THAT(missed<DiscountAgreement>(fields),
              ElementsAre("beneficiary.partner beneficiary", "valid.start valid", "value value",
                          "currency currency", "authorisation_number authorisation",
                          "max_qty.value max_qty"));
  fields["beneficiary.program"] = kBook;
  fields["valid.start"] = "2026-01-01";
  fields["tiers[1].value"] = "5";
  fields["kind"] = "volume";
  fields["method"] = "percent";
  EXPECT_THAT(missed<DiscountAgreement>(fields), IsEmpty());
}

TEST(DiscountAgreement, IsApprovedByAPersonOrBelowTheThresholdByTheSystem) {
  using A = DiscountAgreement;
  EXPECT_EQ(refusal_of<A>("draft", "pending_approval", Actor::VendorSales), "");
  EXPECT_EQ(refusal_of<A>("pending_approval", "active", Actor::Finance), "");
  EXPECT_EQ(refusal_of<A>("active", "exhausted", Actor::System), "");
  EXPECT_EQ(refusal_of<A>("pending_approval", "active", Actor::VendorSales), "forbidden_actor");
  EXPECT_EQ(refusal_of<A>("draft", "active", Actor::Finance), "invalid_transition");
}

}  // namespace
}  // namespace channelbridge::model
