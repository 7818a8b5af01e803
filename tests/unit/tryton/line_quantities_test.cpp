#include <gmock/gmock.h>

#include "scripted_database.hpp"

namespace channelbridge::tryton {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

adapter::Selection orders() {
  adapter::Selection selection = sales();
  selection.children.front().paths = {"id", "unit.symbol", "quantity_shipped", "quantity_invoiced"};
  return selection;
}

std::string unit(double factor, int digits) {
  return R"({"id":1,"symbol":"u","factor":)" + std::to_string(factor) + R"(,"digits":)" +
         std::to_string(digits) + "}";
}

std::string move(int id, const std::string& state, double quantity, double factor = 1) {
  return "{" + stamps(id) + R"(,"state":")" + state + R"(","quantity":)" +
         std::to_string(quantity) + R"(,"uom":1,"uom.":)" + unit(factor, 0) + "}";
}

std::string billed(int id, const std::string& state, double quantity) {
  return "{" + stamps(id) + R"(,"quantity":)" + std::to_string(quantity) + R"(,"unit":1,"unit.":)" +
         unit(1, 0) + R"(,"invoice":9,"invoice.":{"id":9,"state":")" + state + R"("}})";
}

struct Rows {
  double quantity{10};
  std::string unit{};
  std::string moves{};
  std::string invoice_lines{};
  std::string product_type{"goods"};  ///< "" = a line without a product
};

std::string product(const std::string& type) {
  if (type.empty()) return R"("product":null,"product.":null)";
  return R"("product":1,"product.":{"id":1,"type":")" + type + R"("})";
}

/// The document of a sale with one line.
std::string shown(const Rows& rows) {
  const std::string line = "{" + stamps(5) + "," + product(rows.product_type) + R"(,"quantity":)" +
                           std::to_string(rows.quantity) + R"(,"unit":1,"unit.":)" + rows.unit +
                           R"(,"moves.":[)" + rows.moves + R"(],"invoice_lines.":[)" +
                           rows.invoice_lines + "]}";
  const std::string answer = R"("result":[{)" + stamps(3) + R"(,"lines.":[)" + line + "]}]";
  const Scripted erp = script([answer](const Call&) -> Result<std::string> { return answer; });
  const auto sale = erp.adapter->read_by_key(orders(), "3", erp.context());
  EXPECT_TRUE(sale) << sale.error();
  return sale ? std::string(sale->document.text()) : std::string();
}

TEST(TrytonLineQuantities, WhatIsDoneHasLeftAndWhatIsPostedIsInvoiced) {
  const std::string document =
      shown({.unit = unit(1, 0),
             .moves = move(11, "done", 3) + "," + move(12, "done", 2) + "," +
                      move(13, "assigned", 4) + "," + move(14, "cancelled", 1),
             .invoice_lines = billed(21, "paid", 4) + "," + billed(22, "posted", 2) + "," +
                              billed(23, "draft", 3) + "," + billed(24, "cancelled", 1)});
  EXPECT_THAT(document, HasSubstr(R"("quantity_shipped":5)"));
  EXPECT_THAT(document, HasSubstr(R"("quantity_invoiced":6)"));
}

TEST(TrytonLineQuantities, MovesInAnotherUnitAreCountedInTheLines) {
  // Dozens of a line in pieces; pieces of a line in dozens, two digits.
  EXPECT_THAT(shown({.quantity = 24, .unit = unit(1, 0), .moves = move(11, "done", 2, 12)}),
              HasSubstr(R"("quantity_shipped":24)"));
  EXPECT_THAT(shown({.unit = unit(12, 2), .moves = move(11, "done", 7)}),
              HasSubstr(R"("quantity_shipped":0.58)"));
}

TEST(TrytonLineQuantities, NothingMovedYetIsNoneAndOfAReturnNothingIsSaid) {
  const std::string none = shown({.unit = unit(1, 0)});
  EXPECT_THAT(none, HasSubstr(R"("quantity_shipped":0)"));
  EXPECT_THAT(none, HasSubstr(R"("quantity_invoiced":0)"));
  const std::string back =
      shown({.quantity = -2, .unit = unit(1, 0), .moves = move(11, "done", 2)});
  EXPECT_THAT(back, HasSubstr(R"("quantity_shipped":null)"));
  EXPECT_THAT(back, HasSubstr(R"("quantity_invoiced":null)"));
}

TEST(TrytonLineQuantities, OfAServiceNothingIsSaidOfShippingAndAllOfInvoices) {
  for (const char* type : {"service", ""}) {
    const std::string document = shown(
        {.unit = unit(1, 0), .invoice_lines = billed(21, "posted", 10), .product_type = type});
    EXPECT_THAT(document, HasSubstr(R"("quantity_shipped":null)")) << type;
    EXPECT_THAT(document, HasSubstr(R"("quantity_invoiced":10)")) << type;
  }
  EXPECT_THAT(shown({.unit = unit(1, 0), .product_type = "assets"}),
              HasSubstr(R"("quantity_shipped":0)"));
}

TEST(TrytonLineQuantities, OfMoreThanWasOrderedNothingIsSaid) {
  const std::string more = shown({.unit = unit(1, 1),
                                  .moves = move(11, "done", 10.5),
                                  .invoice_lines = billed(21, "posted", 10)});
  EXPECT_THAT(more, HasSubstr(R"("quantity_shipped":null)"));
  EXPECT_THAT(more, HasSubstr(R"("quantity_invoiced":10)"));
  const std::string billed_more = shown({.unit = unit(1, 1),
                                         .moves = move(11, "done", 10),
                                         .invoice_lines = billed(21, "posted", 10.5)});
  EXPECT_THAT(billed_more, HasSubstr(R"("quantity_shipped":10)"));
  EXPECT_THAT(billed_more, HasSubstr(R"("quantity_invoiced":null)"));
}

TEST(TrytonLineQuantities, AskForTheRowsAndForTheirStamps) {
  const Scripted erp = script([](const Call&) -> Result<std::string> { return R"("result":[])"; });
  auto page = erp.adapter->read(orders(), "", 500, erp.context());
  ASSERT_TRUE(page && page->end);
  const std::string asked = erp.database->calls().front().params;
  for (const char* field : {"lines.moves.uom.factor", "lines.moves.state", "lines.unit.digits",
                            "lines.product.type", "lines.invoice_lines.invoice.state"})
    EXPECT_THAT(asked, HasSubstr("\"" + std::string(field) + "\""));
  EXPECT_THAT(asked, Not(HasSubstr("quantity_shipped")));
  // A move that is done later moves its sale.
  page = erp.adapter->read(orders(), page->next, 500, erp.context());
  ASSERT_TRUE(page) << page.error();
  EXPECT_THAT(erp.database->calls().back().params, HasSubstr(R"(["lines.moves.write_date",">=")"));
}

}  // namespace
}  // namespace channelbridge::tryton
