// What partners have in stock and what they report to have sold.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "channelbridge/model/inventory_position.hpp"
#include "channelbridge/model/json.hpp"
#include "channelbridge/model/record.hpp"
#include "channelbridge/model/sell_through_report.hpp"
#include "channelbridge/model/transition.hpp"
#include "channelbridge/model/validate.hpp"

namespace channelbridge::model {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

constexpr const char* kHolder = "017f22e2-79b0-7cc3-98c4-dc0c0c07398f";
constexpr const char* kGoods = "pending:erp/Product/4711";

/// "path rule: message"
std::vector<std::string> sentences(const std::vector<Problem>& problems) {
  std::vector<std::string> out;
  for (const Problem& problem : problems)
    out.push_back(problem.path + " " + problem.rule + ": " + problem.message);
  return out;
}

Quantity units(std::int64_t count) { return {.value = count, .unit = Unit::parse("EA")}; }

class Stock : public ::testing::Test {
 protected:
  static InventoryPosition sample() {
    InventoryPosition position;
    position.holder = kHolder;
    position.location = {.warehouse_code = "WRO1", .bin = "A-7"};
    position.product = kGoods;
    position.lot = "2026-11";
    position.serials = {{{.value = "SN-1"}, "1"}, {{.value = "SN-2"}, "2"}};
    position.on_hand = units(100);
    position.reserved = units(20);
    position.picked = units(5);
    position.held = units(3);
    position.available = units(62);
    position.incoming = units(40);
    position.in_transfer = units(0);
    position.safety_stock = units(10);
    position.as_of = parse_iso8601("2026-11-21T18:46:26Z").value();
    position.source_kind = "wms";
    return position;
  }

  std::vector<std::string> breaches() const { return sentences(check(*type_, fields_)); }
  std::vector<std::string> position() const { return type_->rules().keys[0].values(fields_); }

  std::shared_ptr<const EntityType> type_ =
      entity_type(description(std::type_identity<InventoryPosition>()));
  Fields fields_ = to_fields(sample());
};

TEST_F(Stock, SurvivesJson) {
  EXPECT_THAT(breaches(), IsEmpty());
  EXPECT_THAT(missing(*type_, fields_), IsEmpty());
  const auto back = from_json(*type_, to_json(*type_, fields_));
  ASSERT_TRUE(back) << back.error();
  EXPECT_TRUE(from_fields<InventoryPosition>(*back).value() == sample());
}

TEST_F(Stock, IsAvailableAsFarAsNothingElseTakesIt) {
  fields_["available.value"] = "61";
  EXPECT_THAT(breaches(), ElementsAre("available.value available: is 61, not on_hand 100 - "
                                      "reserved 20 - picked 5 - held 3 - safety_stock 10 = 62"));
}

TEST_F(Stock, IsNeverMoreAvailableThanWhatIsKnownLeaves) {
  fields_.erase("picked.value");
  EXPECT_THAT(breaches(), IsEmpty());
  fields_["available.value"] = "67.5";
  EXPECT_THAT(breaches(), ElementsAre("available.value available: is 67.5, more than on_hand 100 - "
                                      "reserved 20 - held 3 - safety_stock 10 = 67"));
}

TEST_F(Stock, OfSeveralUnitsOrWithoutItsFiguresIsNotJudged) {
  fields_["available.value"] = "61";
  fields_["held.unit"] = "XBX";
  EXPECT_THAT(breaches(), IsEmpty());
  fields_["held.unit"] = "EA";
  fields_.erase("on_hand.value");
  EXPECT_THAT(breaches(), IsEmpty());
  EXPECT_THAT(sentences(missing(*type_, fields_)),
              ElementsAre("on_hand.value on_hand: one of on_hand.value is needed"));
}

TEST_F(Stock, IsOnePositionForHolderPlaceProductAndLot) {
  const auto whole = position();
  ASSERT_EQ(whole.size(), 1U);
  for (const char* path : {"location.warehouse_code", "location.bin", "product", "lot"}) {
    const std::string before = fields_.at(path);
    fields_[path] = "pending:wms/Other/1";
    EXPECT_NE(position(), whole) << path;
    fields_[path] = before;
  }
  // Where a name ends and the next begins is part of the key.
  fields_["location.warehouse_code"] = "WRO1/A";
  fields_["location.bin"] = "7";
  const auto one = position();
  fields_["location.warehouse_code"] = "WRO1";
  fields_["location.bin"] = "A/7";
  EXPECT_NE(position(), one);
  fields_.erase("holder");
  EXPECT_THAT(position(), IsEmpty());
}

class SalesReport : public ::testing::Test {
 protected:
  static SellThroughReport sample() {
    SellThroughReport report;
    report.number = "POS-2026-10";
    report.reporter = kHolder;
    report.period = {.start = Date::parse("2026-10-01"), .end = Date::parse("2026-10-31")};
    report.kind = "sell_out";
    report.submitted_at = parse_iso8601("2026-11-03T08:00:00Z").value();
    report.status = "accepted";
    report.currency = Currency::parse("PLN");
    report.file_ref = "pos-2026-10.csv";
    report.totals = {.lines = 2, .quantity = 3, .amount = Decimal(35997, 2)};
    report.lines = {
        {{.no = 1,
          .date = Date::parse("2026-10-05"),
          .product = {.sku = "CB-100", .gtin = "not one", .reporter_code = "X1"},
          .quantity = units(4),
          .unit_price = Decimal(119990000, 6),
          .amount = Decimal(47996, 2),
          .end_customer = {.name = "Jan Kowalski", .address = {.city = "Gdynia"}},
          .ship_from = {.partner = kHolder, .name = "Magazyn 2"},
          .invoice_no = "FV/1",
          .order_ref = "ZAM/1",
          .authorisation_number = "SPA-2026-1",
          .return_flag = false,
          .match = {.product = kGoods,
                    .customer = "pending:crm/Account/1",
                    .deal = "pending:crm/Lead/1",
                    .score = 90}},
         "1"},
        {{.no = 2, .quantity = units(-1), .amount = Decimal(-11999, 2), .return_flag = true}, "2"}};
    report.serials = {{{.line = 1, .value = "SN-1"}, "1"}};
    report.errors = {{{.line = 1, .code = "gtin", .message = "is not a GTIN"}, "1"}};
    report.stock = {{{.product = {.sku = "CB-100"},
                      .opening = units(10),
                      .purchases = units(5),
                      .sales = units(4),
                      .returns = units(1),
                      .adjustments = units(-2),
                      .closing = units(10),
                      .match = {.product = kGoods}},
                     "1"}};
    return report;
  }

  std::vector<std::string> breaches() const { return sentences(check(*type_, fields_)); }

  std::vector<std::string> keys(std::string_view name) const {
    for (const NetworkKey& key : type_->rules().keys) {
      if (key.name == name) return key.values(fields_);
    }
    return {"no such key"};
  }

  /// The rule that refuses the transition, "" when it is performed.
  std::string refusal_of(const char* from, const char* to, Actor actor) const {
    Fields fields{{"status", from}};
    const StateStep step{
        .actor = actor, .by = "anna", .at = parse_iso8601("2026-11-21T10:00:00Z").value()};
    const auto moved = move_to(*type_, fields, to, step, *seeded_random(1));
    return moved ? "" : moved.error().problems().front().rule;
  }

  std::shared_ptr<const EntityType> type_ =
      entity_type(description(std::type_identity<SellThroughReport>()));
  Fields fields_ = to_fields(sample());
};

TEST_F(SalesReport, SurvivesJsonAlsoWithNumbersThatAreNone) {
  EXPECT_THAT(breaches(), IsEmpty());
  EXPECT_THAT(missing(*type_, fields_), IsEmpty());
  const auto back = from_json(*type_, to_json(*type_, fields_));
  ASSERT_TRUE(back) << back.error();
  EXPECT_TRUE(from_fields<SellThroughReport>(*back).value() == sample());
}

TEST_F(SalesReport, ShowsHowTheStockOfEachProductCameAbout) {
  fields_["stock[1].closing.value"] = "9";
  EXPECT_THAT(breaches(), ElementsAre("stock[1].closing.value stock_balance: is 9, not opening 10 "
                                      "+ purchases 5 - sales 4 + returns 1 + adjustments -2 = 10"));
  fields_["stock[1].sales.unit"] = "XBX";
  EXPECT_THAT(breaches(), IsEmpty());
  fields_["stock[1].sales.unit"] = "EA";
  fields_.erase("stock[1].returns.value");
  EXPECT_THAT(breaches(), IsEmpty());
}

TEST_F(SalesReport, AmountsHaveACurrencyAndAddUp) {
  fields_["totals.amount"] = "359.98";
  EXPECT_THAT(breaches(),
              ElementsAre("totals.amount totals: is 359.98, but the sum of "
                          "lines[].amount of 2 elements = 359.97, a difference of 0.01"));
  fields_.erase("currency");
  EXPECT_THAT(breaches(), ElementsAre("currency currency_missing: is missing beside "
                                      "lines[1].amount and 3 more"));
}

TEST_F(SalesReport, HasAsManyLinesAsItsTotalsSay) {
  fields_["totals.lines"] = "3";
  EXPECT_THAT(breaches(), ElementsAre("totals.lines line_count: is 3, and the report has 2 lines"));
  fields_.erase("totals.lines");
  EXPECT_THAT(breaches(), IsEmpty());
  EXPECT_THAT(sentences(check(*type_, Fields{{"totals.lines", "3"}, {"totals.quantity", "9"}})),
              IsEmpty())
      << "its lines are not there";
}

TEST_F(SalesReport, SumsQuantitiesOfOneUnit) {
  fields_["totals.quantity"] = "5";
  EXPECT_THAT(breaches(), ElementsAre("totals.quantity total_quantity: is 5, but the sum of "
                                      "lines[].quantity of 2 lines is 3 EA, a difference of 2"));
  const Fields before = fields_;
  fields_["lines[2].quantity.unit"] = "XBX";
  EXPECT_THAT(breaches(), IsEmpty()) << "boxes and pieces";
  fields_.erase("lines[2].quantity.unit");
  EXPECT_THAT(breaches(), IsEmpty()) << "of one the unit is not known";
  fields_.erase("lines[1].quantity.unit");
  EXPECT_THAT(breaches().size(), 1U) << "both are counted as the reporter counts";
  fields_ = before;
  fields_.erase("lines[2].quantity.value");
  EXPECT_THAT(breaches(), IsEmpty()) << "one says nothing";
  fields_["lines[2].quantity.value"] = "1";
  EXPECT_THAT(breaches(), IsEmpty()) << "what came back may be added or taken off";
  fields_["lines[2].return_flag"] = "false";
  EXPECT_THAT(breaches(), IsEmpty()) << "4 + 1";
}

TEST_F(SalesReport, SellsLessThanNothingOnlyWhenGoodsComeBack) {
  fields_["lines[2].return_flag"] = "false";
  EXPECT_THAT(breaches(),
              ElementsAre("lines[2].quantity.value negative_sale: is -1 without return_flag"));
  fields_.erase("lines[2].return_flag");
  EXPECT_THAT(breaches().size(), 1U);
  fields_["kind"] = "sell_in";
  EXPECT_THAT(breaches(), IsEmpty());
}

TEST_F(SalesReport, IsAboutAWholePeriod) {
  fields_["period.end"] = "2026-09-30";
  EXPECT_THAT(breaches(), ElementsAre("period.end order: is before period.start"));
  fields_.erase("period.end");
  fields_.erase("lines[1].quantity.value");
  EXPECT_THAT(sentences(missing(*type_, fields_)),
              UnorderedElementsAre("period.end period: one of period.end is needed",
                                   "lines[1].quantity.value required: is empty"));
}

TEST_F(SalesReport, IsAcceptedOnceForReporterKindAndPeriod) {
  EXPECT_THAT(keys("number"), ElementsAre(std::string(kHolder) + "\x1fPOS-2026-10"));
  const auto accepted = keys("accepted");
  EXPECT_THAT(accepted, ElementsAre(std::string(kHolder) + "\x1fsell_out\x1f" + "2026-10-01\x1f" +
                                    "2026-10-31"));
  fields_["status"] = "accepted_with_errors";
  EXPECT_EQ(keys("accepted"), accepted);
  for (const char* status : {"received", "rejected", "corrected"}) {
    fields_["status"] = status;
    EXPECT_THAT(keys("accepted"), IsEmpty()) << status;
  }
}

TEST_F(SalesReport, KeepsWhoBoughtAsPersonalData) {
  EXPECT_TRUE(type_->find("lines[].end_customer.name")->personal);
  EXPECT_TRUE(type_->find("lines[].end_customer.address.city")->personal);
  EXPECT_FALSE(type_->find("lines[].ship_from.name")->personal);
}

TEST_F(SalesReport, IsExpectedMissedReadAndThenAcceptedOrNot) {
  EXPECT_EQ(refusal_of("expected", "missing", Actor::System), "");
  EXPECT_EQ(refusal_of("missing", "received", Actor::DistributorUser), "");
  EXPECT_EQ(refusal_of("matched", "accepted_with_errors", Actor::ChannelManager), "");
  EXPECT_EQ(refusal_of("accepted", "corrected", Actor::System), "");
  EXPECT_EQ(refusal_of("matched", "accepted", Actor::DistributorUser), "forbidden_actor");
  EXPECT_EQ(refusal_of("rejected", "accepted", Actor::ChannelManager), "invalid_transition");
  EXPECT_THAT(type_->states()->shortest_path("received", "rejected"),
              ElementsAre("parsed", "matched", "rejected"));
}

}  // namespace
}  // namespace channelbridge::model
