#include "channelbridge/model/order.hpp"

#include "entity_test.hpp"

namespace channelbridge::model {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class Orders : public EntityTest {
 protected:
  static Decimal number(std::string_view text) { return Decimal::parse(text).value(); }
  static Quantity pieces(std::int64_t count) {
    return {.value = Decimal(count), .unit = Unit::parse("H87")};
  }

  static Order sample() {
    Order order;
    order.number = "O-1";
    order.buyer_po_number = "PO-77";
    order.revision = 1;
    order.kind = "sell_in";
    order.quote = "pending:crm/Quote/1";
    order.seller.partner = "pending:erp/Partner/1";
    order.buyer = {.partner = "pending:erp/Partner/2", .name = "Köpare AB"};
    order.ship_to.address = {.line1 = "Storgatan 1", .city = "Lund"};
    order.order_date = Date::parse("2026-03-01");
    order.currency = Currency::parse("EUR");
    order.totals.lines_net = number("99.9");
    order.totals.header_discount = Decimal(0);
    order.totals.freight = Decimal(10);
    order.totals.tax = number("20.88");
    order.totals.grand_total = number("130.78");
    order.totals.paid = Decimal(50);
    order.totals.invoiced = Decimal(40);
    order.payment_status = "submitted";
    order.blocks.push_back({{.kind = "credit", .reason = "limit"}, "k"});
    order.status = "partially_shipped";
    Order::Line line;
    line.no = 10;
    line.product = "pending:erp/Product/4711";
    line.qty = pieces(10);
    line.net_price = number("9.99");
    line.net_amount = number("99.9");
    line.goods = true;
    line.qty_confirmed = pieces(9);
    line.qty_shipped = pieces(4);
    line.qty_invoiced = pieces(4);
    line.qty_cancelled = pieces(1);
    line.qty_returned = pieces(1);
    line.qty_backordered = pieces(5);
    order.lines.push_back({line, "a"});
    order.fulfilments.push_back({{.number = "F-1", .carrier = "DHL", .status = "shipped"}, "f"});
    order.fulfilments.push_back({{.number = "F-2", .status = "planned"}, "g"});
    order.fulfilment_lines.push_back({{.fulfilment = "F-1", .line = 10, .qty = pieces(4)}, "h"});
    order.fulfilment_lines.push_back({{.fulfilment = "F-2", .line = 10, .qty = pieces(5)}, "i"});
    order.fulfilment_serials.push_back(
        {{.fulfilment = "F-1", .line = 10, .kind = "serial", .value = "SN-1"}, "j"});
    return order;
  }

  /// A line of ten pieces, and more fields.
  std::vector<std::string> breaches_of_ten(Fields fields) const {
    fields.emplace("lines[1].no", "10");
    fields.emplace("lines[1].qty.value", "10");
    return breaches<Order>(fields);
  }

  /// An order of two lines, of ten and of five pieces.
  static Order two_lines() {
    Order order;
    order.lines.push_back({{.no = 10, .qty = pieces(10)}, "a"});
    order.lines.push_back({{.no = 20, .qty = pieces(5)}, "b"});
    return order;
  }
  static void carry(Order& order, const char* fulfilment, std::int64_t line, std::int64_t count) {
    order.fulfilment_lines.push_back(
        {{.fulfilment = fulfilment, .line = line, .qty = pieces(count)}, ""});
  }
};

TEST_F(Orders, SurviveJsonAndTheStructAndMissNothing) {
  EXPECT_EQ(get(to_fields(sample()), "totals.lines_net"), "99.9");
  survives_json<Order>(sample());
}

TEST_F(Orders, SayWhatTheyStillNeed) {
  Fields fields = to_fields(sample());
  for (const std::string_view path :
       {"buyer_po_number", "seller.partner", "buyer.partner", "ship_to.address.line1",
        "lines[a].net_price", "fulfilment_lines[h].line", "totals.grand_total"})
    set(fields, path, std::nullopt);
  set(fields, "kind", "drop_ship");
  EXPECT_THAT(
      missed<Order>(fields),
      UnorderedElementsAre("buyer_po_number required", "seller.partner seller",
                           "buyer.partner buyer", "ship_to.partner ship_to",
                           "lines[a].net_price required", "fulfilment_lines[h].line required",
                           "totals.grand_total required", "end_customer.partner end_customer"));
}

TEST_F(Orders, GoFromTheBuyersDraftToTheGoodsThatArrived) {
  EXPECT_EQ(step<Order>("draft", "submitted", Actor::PartnerManager), "");
  EXPECT_EQ(step<Order>("submitted", "acknowledged", Actor::System), "");
  EXPECT_EQ(step<Order>("acknowledged", "partially_confirmed", Actor::VendorSales), "");
  EXPECT_EQ(step<Order>("partially_confirmed", "confirmed", Actor::VendorSales), "");
  EXPECT_EQ(step<Order>("confirmed", "in_fulfilment", Actor::System), "");
  EXPECT_EQ(step<Order>("in_fulfilment", "partially_shipped", Actor::System), "");
  EXPECT_EQ(step<Order>("partially_shipped", "shipped", Actor::System), "");
  EXPECT_EQ(step<Order>("shipped", "delivered", Actor::DistributorUser), "");
  EXPECT_EQ(step<Order>("delivered", "completed", Actor::System), "");
  EXPECT_EQ(step<Order>("delivered", "return_requested", Actor::Customer), "");
  EXPECT_EQ(step<Order>("return_requested", "returned", Actor::System), "");
}

TEST_F(Orders, AreHeldChangedAndCancelledOnTheWay) {
  EXPECT_EQ(step<Order>("confirmed", "on_hold", Actor::Finance), "");
  EXPECT_EQ(step<Order>("on_hold", "confirmed", Actor::Finance), "");
  EXPECT_EQ(step<Order>("in_fulfilment", "change_requested", Actor::PartnerEmployee), "");
  EXPECT_EQ(step<Order>("change_requested", "in_fulfilment", Actor::VendorSales), "");
  EXPECT_EQ(step<Order>("in_fulfilment", "cancelled", Actor::PartnerManager), "");
}

TEST_F(Orders, AreReplayedWithoutADetour) {
  const auto way = [](std::string_view from, std::string_view to) {
    return type_of<Order>()->states()->shortest_path(from, to);
  };
  EXPECT_THAT(way("submitted", "in_fulfilment"),
              ElementsAre("acknowledged", "confirmed", "in_fulfilment"));
  EXPECT_THAT(way("on_hold", "shipped"), ElementsAre("in_fulfilment", "shipped"));
}

TEST_F(Orders, RefuseStepsThatAreNotListedOrNotTheActors) {
  EXPECT_EQ(step<Order>("submitted", "confirmed", Actor::VendorSales), "invalid_transition");
  EXPECT_EQ(step<Order>("shipped", "cancelled", Actor::VendorSales), "invalid_transition");
  EXPECT_EQ(step<Order>("partially_shipped", "cancelled", Actor::VendorSales),
            "invalid_transition");
  EXPECT_EQ(step<Order>("partially_shipped", "change_requested", Actor::PartnerManager),
            "invalid_transition");
  EXPECT_EQ(step<Order>("submitted", "acknowledged", Actor::PartnerManager), "forbidden_actor");
  EXPECT_EQ(step<Order>("confirmed", "on_hold", Actor::PartnerManager), "forbidden_actor");
}

TEST_F(Orders, ShipAndCancelNoMoreThanWasOrdered) {
  EXPECT_THAT(
      breaches_of_ten({{"lines[1].qty_shipped.value", "8"}, {"lines[1].qty_cancelled.value", "2"}}),
      IsEmpty());
  EXPECT_THAT(breaches_of_ten(
                  {{"lines[1].qty_shipped.value", "8"}, {"lines[1].qty_cancelled.value", "2.5"}}),
              ElementsAre("lines[1].qty_shipped.value shipped_beyond_ordered: qty_shipped 8 + "
                          "qty_cancelled 2.5 = 10.5 is more than qty 10, a difference of 0.5"));
  EXPECT_THAT(
      breaches_of_ten({{"lines[1].qty_cancelled.value", "11"}}),
      ElementsAre("lines[1].qty_cancelled.value shipped_beyond_ordered: qty_cancelled 11 is "
                  "more than qty 10, a difference of 1"));
  EXPECT_THAT(breaches<Order>({{"lines[1].qty_shipped.value", "8"}}), IsEmpty());
}

TEST_F(Orders, CompareQuantitiesOfOneUnitOnly) {
  EXPECT_THAT(breaches_of_ten({{"lines[1].qty.unit", "XBX"},
                               {"lines[1].qty_shipped.value", "120"},
                               {"lines[1].qty_shipped.unit", "H87"}}),
              IsEmpty());
}

TEST_F(Orders, InvoiceGoodsNoEarlierThanTheyAreShipped) {
  Fields fields{{"lines[1].goods", "true"},
                {"lines[1].qty_shipped.value", "4"},
                {"lines[1].qty_invoiced.value", "6"}};
  EXPECT_THAT(breaches_of_ten(fields),
              ElementsAre("lines[1].qty_invoiced.value invoiced_beyond_shipped: qty_invoiced 6 is "
                          "more than qty_shipped 4, a difference of 2"));
  set(fields, "payment_status", "cleared");
  EXPECT_THAT(breaches_of_ten(fields), IsEmpty()) << "prepaid";
  set(fields, "payment_status", "submitted");
  set(fields, "lines[1].goods", "false");
  EXPECT_THAT(breaches_of_ten(fields), IsEmpty()) << "a service";
  set(fields, "lines[1].goods", std::nullopt);
  EXPECT_THAT(breaches_of_ten(fields), IsEmpty()) << "not known";
}

TEST_F(Orders, TakeNoMoreBackThanWasShipped) {
  EXPECT_THAT(
      breaches_of_ten({{"lines[1].qty_shipped.value", "4"}, {"lines[1].qty_returned.value", "5"}}),
      ElementsAre("lines[1].qty_returned.value returned_beyond_shipped: qty_returned 5 is "
                  "more than qty_shipped 4, a difference of 1"));
}

TEST_F(Orders, HaveShippedWhatTheirFulfilmentsCarry) {
  Fields fields{{"lines[1].qty_shipped.value", "4"},  {"fulfilments[1].number", "F-1"},
                {"fulfilments[1].status", "shipped"}, {"fulfilment_lines[1].fulfilment", "F-1"},
                {"fulfilment_lines[1].line", "10"},   {"fulfilment_lines[1].qty.value", "1"},
                {"fulfilment_lines[2].line", "10"},   {"fulfilment_lines[2].qty.value", "2"}};
  EXPECT_THAT(breaches_of_ten(fields),
              ElementsAre("lines[1].qty_shipped.value fulfilment_quantity: is 4, but the "
                          "fulfilments of line 10 carry 3, a difference of 1"));
  Fields equal = fields;
  set(equal, "fulfilment_lines[2].qty.value", "3");
  EXPECT_THAT(breaches_of_ten(equal), IsEmpty());
  Fields planned = fields;
  set(planned, "fulfilments[1].status", "planned");
  set(planned, "lines[1].qty_shipped.value", "2");
  EXPECT_THAT(breaches_of_ten(planned), IsEmpty()) << "what has not left is not shipped";
  Fields incomplete = fields;
  set(incomplete, "fulfilment_lines[2].qty.value", std::nullopt);
  EXPECT_THAT(breaches_of_ten(incomplete), IsEmpty());
  Fields other = fields;
  set(other, "fulfilment_lines[1].line", "20");
  set(other, "fulfilment_lines[2].line", "20");
  EXPECT_THAT(breaches_of_ten(other), IsEmpty()) << "no fulfilment names the line";
  Fields boxes = fields;
  set(boxes, "fulfilment_lines[1].qty.unit", "XBX");
  set(boxes, "lines[1].qty_shipped.unit", "H87");
  EXPECT_THAT(breaches_of_ten(boxes), IsEmpty());
}

TEST_F(Orders, WhoseTotalsDoNotAgreeAreToldBothFigures) {
  Fields fields = to_fields(sample());
  set(fields, "lines[a].net_amount", "99.89");
  set(fields, "totals.grand_total", "130.79");
  EXPECT_THAT(
      breaches<Order>(fields),
      ElementsAre("lines[a].net_amount line_amount: is 99.89, but net_price 9.99 x qty 10 = 99.90, "
                  "a difference of -0.01",
                  "totals.lines_net lines_net: is 99.90, but the sum of lines[].net_amount of 1 "
                  "element = 99.89, a difference of 0.01",
                  "totals.grand_total grand_total: is 130.79, but lines_net 99.90 - "
                  "header_discount 0.00 + freight 10.00 + tax 20.88 = 130.78, a difference of "
                  "0.01"));
}

TEST_F(Orders, WithAmountsNeedACurrency) {
  EXPECT_THAT(breaches<Order>({{"totals.paid", "2"}}),
              ElementsAre("currency currency_missing: is missing beside totals.paid"));
}

TEST_F(Orders, AreUniqueByTheRevisionOfTheBuyersPurchaseOrder) {
  Fields fields = to_fields(sample());
  EXPECT_THAT(key<Order>("document_key", fields), ElementsAre("pending:erp/Partner/1/O-1"));
  EXPECT_THAT(key<Order>("buyer_po", fields), ElementsAre("pending:erp/Partner/2/PO-77/1"));
  set(fields, "revision", std::nullopt);
  EXPECT_THAT(key<Order>("buyer_po", fields), ElementsAre("pending:erp/Partner/2/PO-77/0"));
  set(fields, "buyer_po_number", std::nullopt);
  EXPECT_THAT(key<Order>("buyer_po", fields), IsEmpty());
}

TEST_F(Orders, ShowNoStateBeforeTheirSellerHasActed) {
  EXPECT_EQ(state_from_lines(Order{}), std::nullopt);
  EXPECT_EQ(state_from_lines(two_lines()), std::nullopt);
  Order unknown = two_lines();
  unknown.lines[0].qty_confirmed = pieces(10);
  unknown.lines[1].qty = {};
  EXPECT_EQ(state_from_lines(unknown), std::nullopt) << "a quantity is not known";
  Order boxes = two_lines();
  boxes.lines[0].qty_shipped = {.value = Decimal(1), .unit = Unit::parse("XBX")};
  EXPECT_EQ(state_from_lines(boxes), std::nullopt) << "another unit";
}

TEST_F(Orders, AreConfirmedWhenEveryOpenPieceIs) {
  Order order = two_lines();
  order.lines[0].qty_confirmed = pieces(10);
  EXPECT_EQ(state_from_lines(order), "partially_confirmed");
  order.lines[1].qty_confirmed = pieces(4);
  EXPECT_EQ(state_from_lines(order), "partially_confirmed");
  order.lines[1].qty_cancelled = pieces(1);
  EXPECT_EQ(state_from_lines(order), "confirmed");
  order.lines[1].reject_reason = "no_stock";
  EXPECT_EQ(state_from_lines(order), "partially_confirmed");
}

TEST_F(Orders, AreRejectedOrCancelledWhenNothingIsOpen) {
  Order order = two_lines();
  order.lines[0].qty_cancelled = pieces(10);
  order.lines[1].qty_cancelled = pieces(5);
  EXPECT_EQ(state_from_lines(order), "cancelled");
  order.lines[1].reject_reason = "no_stock";
  EXPECT_EQ(state_from_lines(order), "rejected");
  order = two_lines();  // a return is neither
  order.lines[0].qty = order.lines[1].qty = pieces(-5);
  order.status = "shipped";
  EXPECT_TRUE(!state_from_lines(order) && !state_against_lines(order));
}

TEST_F(Orders, AreInFulfilmentWhenAFulfilmentCarriesALine) {
  Order order = two_lines();
  order.lines[0].qty_confirmed = pieces(10);
  order.fulfilments.push_back({{.number = "F-1", .status = "cancelled"}, ""});
  carry(order, "F-1", 10, 10);
  EXPECT_EQ(state_from_lines(order), "partially_confirmed");
  order.fulfilments[0].status = "picked";
  EXPECT_EQ(state_from_lines(order), "in_fulfilment");
}

TEST_F(Orders, AreShippedWhenEveryOpenPieceIs) {
  Order order = two_lines();
  order.lines[0].qty_shipped = pieces(10);
  EXPECT_EQ(state_from_lines(order), "partially_shipped");
  order.lines[1].qty_cancelled = pieces(5);
  EXPECT_EQ(state_from_lines(order), "shipped");
}

TEST_F(Orders, AreDeliveredWhenAllThatWasShippedArrived) {
  Order order = two_lines();
  order.lines[0].qty_shipped = pieces(10);
  order.lines[1].qty_shipped = pieces(5);
  order.fulfilments.push_back({{.number = "F-1", .status = "delivered"}, ""});
  order.fulfilments.push_back({{.number = "F-2", .status = "shipped"}, ""});
  carry(order, "F-1", 10, 10);
  carry(order, "F-1", 20, 3);
  carry(order, "F-2", 20, 2);
  EXPECT_EQ(state_from_lines(order), "shipped");
  order.fulfilments[1].status = "delivered";
  EXPECT_EQ(state_from_lines(order), "delivered");
  order.fulfilments[1].status.reset();
  EXPECT_EQ(state_from_lines(order), "shipped");
  order.fulfilments[1].delivered_at = parse_iso8601("2026-11-21T10:00:00Z").value();
  EXPECT_EQ(state_from_lines(order), "delivered");
}

TEST_F(Orders, AreReturnedWhenAllThatWasShippedCameBack) {
  Order order = two_lines();
  order.lines[0].qty_shipped = pieces(10);
  order.lines[1].qty_shipped = pieces(5);
  order.lines[0].qty_returned = pieces(10);
  EXPECT_EQ(state_from_lines(order), "shipped");
  order.lines[1].qty_returned = pieces(5);
  EXPECT_EQ(state_from_lines(order), "returned");
}

TEST_F(Orders, SayTheirStateAgainstTheirLines) {
  Order order = two_lines();
  order.lines[0].qty_shipped = pieces(10);
  order.lines[1].qty_shipped = pieces(2);
  for (const char* more : {"shipped", "delivered"}) {
    order.status = more;
    EXPECT_EQ(state_against_lines(order), "status is " + std::string(more) +
                                              ", but the lines make it partially_shipped: line 20 "
                                              "has qty_shipped 2 of 5");
  }
  for (const char* off : {"cancelled", "rejected"}) {
    order.status = off;
    EXPECT_EQ(state_against_lines(order),
              "status is " + std::string(off) +
                  ", but the lines make it partially_shipped: line 10 has qty_shipped 10 of 10, "
                  "line 20 has qty_shipped 2 of 5");
  }
  order.lines[1].qty_shipped = {};
  EXPECT_NE(state_against_lines(order), std::nullopt) << "what left by one line is enough";
  order.lines[0].qty_returned = pieces(10);
  EXPECT_EQ(state_against_lines(order), std::nullopt) << "everything came back";
  order = two_lines();
  order.status = "partially_shipped";
  order.lines[0].qty_shipped = order.lines[1].qty_shipped = pieces(0);
  EXPECT_EQ(state_against_lines(order),
            "status is partially_shipped, but the lines make it no more than ordered: line 10 has "
            "qty_shipped 0 of 10, line 20 has qty_shipped 0 of 5");
  order.status = "confirmed";
  order.lines[0].qty_confirmed = pieces(10);
  order.lines[1].qty_confirmed = pieces(4);
  EXPECT_EQ(state_against_lines(order),
            "status is confirmed, but the lines make it partially_confirmed: line 20 has "
            "qty_confirmed 4 of 5");
  order.status = "shipped";
  order.lines[0].qty_cancelled = pieces(10);
  order.lines[1].qty_cancelled = pieces(5);
  EXPECT_EQ(state_against_lines(order),
            "status is shipped, but the lines make it cancelled: no line is open");
}

TEST_F(Orders, ThatLagBehindTheirLinesContradictNothing) {
  Order order = two_lines();
  order.lines[0].qty_shipped = order.lines[0].qty_confirmed = pieces(10);
  order.lines[1].qty_shipped = order.lines[1].qty_confirmed = pieces(5);
  for (const char* behind : {"draft", "submitted", "acknowledged", "confirmed", "in_fulfilment",
                             "partially_shipped", "shipped", "delivered", "on_hold",
                             "change_requested", "return_requested", "returned", "completed"}) {
    order.status = behind;
    EXPECT_EQ(state_against_lines(order), std::nullopt) << behind;
  }
  order.status.reset();
  EXPECT_EQ(state_against_lines(order), std::nullopt);
  order = two_lines();
  order.status = "confirmed";
  order.lines[0].qty_cancelled = pieces(10);
  order.lines[1].qty_cancelled = pieces(5);
  EXPECT_EQ(state_against_lines(order), std::nullopt) << "it may be cancelled yet";
}

TEST_F(Orders, AreNotJudgedByWhatALineDoesNotState) {
  Order order = two_lines();
  order.status = "shipped";
  order.lines[0].qty_confirmed = pieces(10);
  order.lines[1].qty_confirmed = pieces(5);
  EXPECT_EQ(state_against_lines(order), std::nullopt) << "the lines say nothing of shipments";
  order.lines[0].qty_shipped = pieces(3);
  EXPECT_EQ(state_against_lines(order), std::nullopt) << "the second does not";
  order.lines[1].goods = false;
  EXPECT_NE(state_against_lines(order), std::nullopt) << "and need not, for it is a service";
  order.lines[0].qty_shipped.unit = Unit::parse("XBX");
  EXPECT_EQ(state_against_lines(order), std::nullopt) << "another unit";
}

TEST_F(Orders, LockProductPriceAndShippedQuantityOfALine) {
  const Fields before = to_fields(sample());
  Fields after = before;
  set(after, "lines[a].qty.value", "4");
  set(after, "lines[a].confirmed_date", "2026-04-01");
  set(after, "requested_delivery", "2026-04-01");
  EXPECT_THAT(locked_changes(before, after), IsEmpty());
  set(after, "lines[a].qty.value", "3");
  set(after, "lines[a].product", "pending:erp/Product/9");
  set(after, "lines[a].net_price", "8");
  EXPECT_THAT(
      told(locked_changes(before, after)),
      ElementsAre("lines[a].product locked: cannot be changed: 4 of the line are shipped",
                  "lines[a].net_price locked: cannot be changed: 4 of the line are shipped",
                  "lines[a].qty.value locked: cannot be changed from 10 to 3: 4 of the line "
                  "are shipped"));
}

TEST_F(Orders, LeaveALineFreeOfWhichNothingIsShippedOrInvoiced) {
  Fields before = to_fields(sample());
  set(before, "lines[a].qty_shipped.value", "0");
  set(before, "lines[a].qty_invoiced.value", std::nullopt);
  Fields after = before;
  set(after, "lines[a].product", "pending:erp/Product/9");
  set(after, "lines[a].qty.value", "1");
  EXPECT_THAT(locked_changes(before, after), IsEmpty());
}

TEST_F(Orders, LockAnInvoicedLineLikeAShippedOne) {
  Fields before = to_fields(sample());
  set(before, "lines[a].qty_shipped.value", std::nullopt);
  Fields after = before;
  set(after, "lines[a].net_price", std::nullopt);
  set(after, "lines[a].qty.value", "3");
  EXPECT_THAT(
      told(locked_changes(before, after)),
      ElementsAre("lines[a].net_price locked: cannot be emptied: 4 of the line are invoiced",
                  "lines[a].qty.value locked: cannot be changed from 10 to 3: 4 of the line "
                  "are invoiced"));
}

TEST_F(Orders, LockTheRemovalOfAShippedLine) {
  const Fields before = to_fields(sample());
  Fields after = before;
  std::erase_if(after, [](const auto& field) { return field.first.starts_with("lines[a]."); });
  EXPECT_THAT(
      told(locked_changes(before, after)),
      ElementsAre("lines[a].product locked: cannot be emptied: 4 of the line are shipped",
                  "lines[a].net_price locked: cannot be emptied: 4 of the line are shipped",
                  "lines[a].qty.unit locked: cannot be emptied: 4 of the line are shipped",
                  "lines[a].qty.value locked: cannot be emptied: 4 of the line are shipped"));
}

TEST_F(Orders, LockEverythingButMoneyOnceTheyAreClosed) {
  for (const char* status : {"completed", "cancelled"}) {
    Fields before = to_fields(sample());
    set(before, "status", status);
    Fields after = before;
    set(after, "buyer.name", "Other AB");
    set(after, "lines[a].qty_shipped.value", "5");
    set(after, "totals.paid", "130.78");
    set(after, "payment_status", "cleared");
    set(after, "lines[a].qty_invoiced.value", "5");
    set(after, "custom.seen", "true");
    const std::string reason = std::string("the order is ") + status;
    EXPECT_THAT(told(locked_changes(before, after)),
                ElementsAre("buyer.name locked: cannot be changed: " + reason,
                            "lines[a].qty_shipped.value locked: cannot be changed: " + reason));
  }
}

TEST_F(Orders, LockWhatWasAgreedOnceTheyAreInvoicedInFull) {
  const auto locked = [](const Fields& before) {
    Fields after = before;
    set(after, "currency", "SEK");
    set(after, "lines[b].net_price", "1");
    set(after, "lines[a].qty_shipped.value", "9");
    set(after, "fulfilments[f].status", "delivered");
    set(after, "status", "shipped");
    return told(locked_changes(before, after));
  };
  const auto expected =
      ElementsAre("currency locked: cannot be changed: the order is invoiced",
                  "lines[b].net_price locked: cannot be filled: the order is invoiced");
  Fields by_total = to_fields(sample());
  EXPECT_THAT(locked(by_total), IsEmpty()) << "a part of it is invoiced";
  set(by_total, "totals.invoiced", "130.78");
  EXPECT_THAT(locked(by_total), expected);
  Fields by_line = to_fields(sample());
  set(by_line, "lines[a].qty_invoiced.value", "9");
  EXPECT_THAT(locked(by_line), expected) << "one of ten was cancelled";
}

}  // namespace
}  // namespace channelbridge::model
