// What moves stock between two counts, and whether the next count agrees with it.
#include "channelbridge/model/stock_movement.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace channelbridge::model::stock_movement_test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Kind = StockMovementKind;

constexpr const char* kHolder = "017f22e2-79b0-7cc3-98c4-dc0c0c07398f";
constexpr const char* kGoods = "pending:erp/Product/4711";

Timestamp at(int hour) {
  return parse_iso8601("2026-11-21T00:00:00Z").value() + std::chrono::hours(hour);
}

Quantity units(const char* value) {
  return {.value = Decimal::parse(value), .unit = Unit::parse("EA")};
}

/// Counted at six o'clock.
InventoryPosition count() {
  InventoryPosition out;
  out.holder = kHolder;
  out.location = {.warehouse_code = "WRO1", .bin = "A-7"};
  out.product = kGoods;
  out.lot = "2026-11";
  out.on_hand = units("100");
  out.reserved = units("20");
  out.picked = units("5");
  out.held = units("3");
  out.available = units("62");
  out.safety_stock = units("10");
  out.as_of = at(6);
  out.source_kind = "wms";
  return out;
}

StockMovement movement(const char* id, Kind kind, const char* quantity, int hour,
                       StockPart from = StockPart::Free) {
  return {.id = id,
          .kind = kind,
          .quantity = units(quantity),
          .from = from,
          .at = at(hour),
          .holder = count().holder,
          .location = count().location,
          .product = count().product,
          .lot = count().lot};
}

/// A day in which every kind happens; ids say nothing of the order.
std::vector<StockMovement> day() {
  return {movement("9", Kind::Receipt, "30.5", 7),
          movement("8", Kind::Reserve, "8", 8),
          movement("7", Kind::Pick, "6", 9, StockPart::Reserved),
          movement("6", Kind::Sale, "4", 10, StockPart::Picked),
          movement("5", Kind::Release, "2", 11, StockPart::Reserved),
          movement("4", Kind::TransferOut, "10", 12),
          movement("3", Kind::TransferIn, "1", 13),
          movement("2", Kind::Return, "3", 14),
          movement("1", Kind::Adjustment, "-0.25", 15)};
}

/// on_hand, reserved, picked, available
std::vector<std::string> figures(const Result<InventoryPosition>& position) {
  if (!position) return {position.error().message()};
  std::vector<std::string> out;
  for (const Quantity& figure :
       {position->on_hand, position->reserved, position->picked, position->available})
    out.push_back(figure.value ? to_string(*figure.value) : "unknown");
  return out;
}

std::string refusal(const StockMovement& movement) {
  const auto effect = effect_of(movement);
  return effect ? "none" : effect.error().message();
}

/// "on_hand 95 EA, counted 93: -2"
std::vector<std::string> words(const Result<StockReport>& report) {
  if (!report) return {report.error().message()};
  std::vector<std::string> out;
  for (const StockDifference& each : report->figures)
    out.push_back(each.figure + " " + to_string(each.expected) + " " +
                  std::string(each.unit ? each.unit->text() : "") + ", counted " +
                  to_string(each.counted) + ": " + to_string(each.difference));
  return out;
}

TEST(StockMovements, OfEachKindMoveTheirOwnFigures) {
  const auto moved = [](Kind kind, StockPart from = StockPart::Free) {
    return figures(after_movements(count(), std::vector{movement("1", kind, "4", 7, from)}));
  };
  for (const Kind kind : {Kind::Receipt, Kind::TransferIn, Kind::Return, Kind::Adjustment})
    EXPECT_THAT(moved(kind), ElementsAre("104", "20", "5", "66")) << to_string(kind);
  for (const Kind kind : {Kind::Sale, Kind::TransferOut}) {
    EXPECT_THAT(moved(kind), ElementsAre("96", "20", "5", "58")) << to_string(kind);
    EXPECT_THAT(moved(kind, StockPart::Reserved), ElementsAre("96", "16", "5", "62"));
    EXPECT_THAT(moved(kind, StockPart::Picked), ElementsAre("96", "20", "1", "62"));
  }
  EXPECT_THAT(moved(Kind::Pick), ElementsAre("100", "20", "9", "58"));
  EXPECT_THAT(moved(Kind::Pick, StockPart::Reserved), ElementsAre("100", "16", "9", "62"));
  EXPECT_THAT(moved(Kind::Reserve), ElementsAre("100", "24", "5", "58"));
  EXPECT_THAT(moved(Kind::Release, StockPart::Reserved), ElementsAre("100", "16", "5", "66"));
  EXPECT_THAT(moved(Kind::Release, StockPart::Picked), ElementsAre("100", "20", "1", "66"));
}

TEST(StockMovements, AddUpExactlyInWhateverOrderTheyArrive) {
  std::vector<StockMovement> movements = day();
  const auto whole = after_movements(count(), movements);
  EXPECT_THAT(figures(whole), ElementsAre("120.25", "20", "7", "80.25"));
  EXPECT_EQ(whole->as_of, at(15));
  EXPECT_EQ(whole->source_kind, "calculated");
  for (std::size_t turn = 0; turn < movements.size(); ++turn) {
    std::rotate(movements.begin(), movements.begin() + 1, movements.end());
    EXPECT_TRUE(after_movements(count(), movements).value() == *whole) << turn;
    std::vector<StockMovement> back(movements.rbegin(), movements.rend());
    EXPECT_TRUE(after_movements(count(), back).value() == *whole) << turn;
  }
}

TEST(StockMovements, ThatArriveAgainCountOnce) {
  std::vector<StockMovement> movements = day();
  const auto once = after_movements(count(), movements);
  for (const StockMovement& each : day()) movements.push_back(each);
  EXPECT_TRUE(after_movements(count(), movements).value() == once.value());
}

TEST(StockMovements, UnderOneIdAreOneMovementOfTheirHolder) {
  std::vector<StockMovement> movements{movement("1", Kind::Sale, "4", 7),
                                       movement("1", Kind::Sale, "5", 7)};
  const auto told = [&] { return figures(after_movements(count(), movements)); };
  const std::string message =
      "stock movement 1 is told twice, and not the same: a correction is a movement too";
  EXPECT_THAT(told(), ElementsAre(message));
  std::swap(movements[0], movements[1]);
  EXPECT_THAT(told(), ElementsAre(message));
  movements[0].location.bin = "A-8";  // it cannot have left both places
  EXPECT_THAT(told(), ElementsAre(message));
  movements[0].holder = "pending:crm/Account/1";  // whose ids are others
  EXPECT_THAT(told(), ElementsAre("96", "20", "5", "58"));
  movements[1].id.clear();
  EXPECT_THAT(told(), ElementsAre("a stock movement has no id"));
}

TEST(StockMovements, OlderThanTheCountAreInItAlready) {
  const std::vector movements{movement("1", Kind::Sale, "4", 5), movement("2", Kind::Sale, "4", 6)};
  EXPECT_TRUE(after_movements(count(), movements).value() == count());
}

TEST(StockMovements, YoungerThanTheEndDoNotCountYet) {
  const std::vector movements{movement("1", Kind::Sale, "4", 8), movement("2", Kind::Sale, "4", 9)};
  const auto position = after_movements(count(), movements, at(8));
  EXPECT_THAT(figures(position), ElementsAre("96", "20", "5", "58"));
  EXPECT_EQ(position->as_of, at(8));
}

TEST(StockMovements, OfAnotherPositionLeaveThisOneAlone) {
  std::vector<StockMovement> movements(5, movement("1", Kind::Sale, "4", 7));
  for (std::size_t i = 0; i < movements.size(); ++i) movements[i].id = std::to_string(i);
  movements[0].holder = "pending:crm/Account/1";
  movements[1].location.warehouse_code = "GDN1";
  movements[2].location.bin = "A-8";
  movements[3].product = "pending:erp/Product/1";
  movements[4].lot.reset();
  EXPECT_TRUE(after_movements(count(), movements).value() == count());
}

TEST(StockMovements, LeaveUnknownWhatTheCountDoesNotState) {
  InventoryPosition sparse = count();
  sparse.reserved = {};
  sparse.picked = {};
  EXPECT_THAT(figures(after_movements(sparse, day())),
              ElementsAre("120.25", "unknown", "unknown", "80.25"));
  sparse.as_of.reset();
  EXPECT_THAT(figures(after_movements(sparse, day())),
              ElementsAre("a count of stock has no as_of or no on_hand"));
}

TEST(StockMovements, InAnotherUnitThanTheFigureAreRefused) {
  StockMovement boxes = movement("1", Kind::Reserve, "4", 7);
  boxes.quantity.unit = Unit::parse("XBX");
  EXPECT_THAT(figures(after_movements(count(), std::vector{boxes})),
              ElementsAre("stock movement 1 is in another unit than the count"));
  InventoryPosition mixed = count();
  mixed.reserved.unit = Unit::parse("XBX");
  mixed.available = {};
  EXPECT_THAT(figures(after_movements(mixed, std::vector{boxes})),
              ElementsAre("100", "24", "5", "unknown"))
      << "it moves none of the figures in pieces";
}

TEST(StockMovements, ThatSayWhatCannotHappenAreRefused) {
  EXPECT_EQ(refusal(movement("1", Kind::Sale, "-4", 7)),
            "stock movement 1 is a sale of -4: only an adjustment goes below zero");
  EXPECT_EQ(refusal(movement("1", Kind::Release, "4", 7)),
            "stock movement 1 is a release of goods that are free");
  EXPECT_EQ(refusal(movement("1", Kind::Pick, "4", 7, StockPart::Picked)),
            "stock movement 1 is a pick of goods that are picked");
  EXPECT_EQ(refusal(movement("1", Kind::Receipt, "4", 7, StockPart::Reserved)),
            "stock movement 1 is a receipt of goods that are reserved");
  StockMovement empty = movement("1", Kind::Sale, "4", 7);
  empty.quantity.value.reset();
  EXPECT_EQ(refusal(empty), "stock movement 1 has no quantity");
}

TEST(StockMovements, HaveKindsWithTheNamesOfTheirCodes) {
  for (const char* name : {"receipt", "sale", "transfer_in", "transfer_out", "adjustment", "return",
                           "pick", "reserve", "release"}) {
    const auto kind = stock_movement_kind(name);
    ASSERT_TRUE(kind) << name;
    EXPECT_EQ(to_string(*kind), name);
  }
  EXPECT_FALSE(stock_movement_kind("transfer"));
}

class Recount : public ::testing::Test {
 protected:
  Result<StockReport> report() const { return reconcile(count(), day(), counted_); }

  InventoryPosition counted_ = [] {
    InventoryPosition out = after_movements(count(), day()).value();
    out.as_of = at(20);
    out.source_kind = "wms";
    return out;
  }();
};

TEST_F(Recount, ThatFindsWhatWasMovedAgrees) {
  const auto found = report();
  ASSERT_TRUE(found) << found.error();
  EXPECT_TRUE(found->agrees());
  EXPECT_THAT(words(found),
              ElementsAre("on_hand 120.25 EA, counted 120.25: 0", "reserved 20 EA, counted 20: 0",
                          "picked 7 EA, counted 7: 0", "available 80.25 EA, counted 80.25: 0"));
}

TEST_F(Recount, NamesEachFigureThatDiffersAndItsPosition) {
  counted_.on_hand = units("118.25");
  counted_.reserved = units("21");
  const auto found = report();
  ASSERT_TRUE(found) << found.error();
  EXPECT_FALSE(found->agrees());
  EXPECT_THAT(words(found),
              ElementsAre("on_hand 120.25 EA, counted 118.25: -2", "reserved 20 EA, counted 21: 1",
                          "picked 7 EA, counted 7: 0", "available 80.25 EA, counted 80.25: 0"));
  EXPECT_EQ(found->product, count().product);
  EXPECT_EQ(found->location.bin, "A-7");
  EXPECT_EQ(found->lot, "2026-11");
  EXPECT_EQ(found->since, at(6));
  EXPECT_EQ(found->until, at(20));
}

TEST_F(Recount, CountsMovementsUpToItsOwnTimeAndNoneBeforeTheLast) {
  counted_ = after_movements(count(), day(), at(9)).value();
  counted_.as_of = at(9);
  EXPECT_TRUE(report()->agrees()) << "the sale of ten o'clock is in the next count";
  auto early = day();
  early.push_back(movement("0", Kind::Sale, "50", 6));
  EXPECT_TRUE(reconcile(count(), early, counted_)->agrees()) << "it was counted at six";
}

TEST_F(Recount, ComparesOnlyWhatBothState) {
  counted_.reserved = {};
  counted_.held = units("4");  // no movement says so: available is no evidence
  counted_.available = units("79.25");
  EXPECT_THAT(words(report()),
              ElementsAre("on_hand 120.25 EA, counted 120.25: 0", "picked 7 EA, counted 7: 0"));
}

TEST_F(Recount, ThatIsOlderOrOfAnotherPositionOrUnitIsNotCompared) {
  counted_.on_hand.unit = Unit::parse("XBX");
  EXPECT_THAT(words(report()), ElementsAre(HasSubstr("their units of on_hand")));
  counted_.lot.reset();
  EXPECT_THAT(words(report()), ElementsAre(HasSubstr("different holders, places, products")));
  counted_.lot = count().lot;
  counted_.as_of = at(5);
  EXPECT_THAT(words(report()), ElementsAre("two counts of stock cannot be compared: the new one of "
                                           "2026-11-21T05:00:00Z is older than the last one of "
                                           "2026-11-21T06:00:00Z"));
}

}  // namespace
}  // namespace channelbridge::model::stock_movement_test
