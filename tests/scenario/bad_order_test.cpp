// Orders that cannot be, on their way from a partner's folder to the ERP: what a user of the
// program reads about each of them.
#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <map>

#include "data.hpp"
#include "sandbox/sap/sales.hpp"
#include "trouble.hpp"

namespace channelbridge::demo {
namespace {

using ::testing::HasSubstr;

constexpr const char* kOrders = R"(system: file
object: answer
entity: order
id: row_id
format: json
fields:
  buyer_po_number: po
  kind: kind
  status: status
  order_date: ordered
  buyer.partner: { path: buyer, ref: partner, object: partner }
  currency: currency
  lines[no=10].product: { path: product, ref: product, object: product }
  lines[no=10].qty.value: { path: quantity, as: decimal }
  lines[no=10].qty.unit: unit
  lines[no=10].net_price: { path: price, as: decimal }
  lines[no=10].net_amount: { path: amount, as: decimal }
  totals.lines_net: { path: total, as: decimal }
)";

/// A partner orders by file. The ERP knows two currencies.
class BadOrders : public Trouble {
 protected:
  BadOrders() { size_.erp_currencies = {"EUR", "SEK"}; }

  void SetUp() override {
    Trouble::SetUp();
    std::ofstream(folder_ + "/answers.yaml") << kOrders;
    replace_in_project("spokes:\n",
                       "spokes:\n"
                       "  answers: { system: dealer-se, mapping: answers.yaml, direction: pull, "
                       "first_contact: system }\n");
    sync({"erp-partners", "crm-partners", "dealer-partners", "erp-products", "dealer-products"});
    ASSERT_EQ(ended_.code, 0) << said();
  }

  nlohmann::json sync(const std::vector<std::string>& spokes = {"answers", "erp-orders"}) {
    std::vector<std::string> words{"sync", "--only"};
    words.insert(words.end(), spokes.begin(), spokes.end());
    return run(words);
  }

  void write_rows(const std::string& rows) {
    const std::string file = folder_ + "/dealer-se/from-partner/answer.ndjson";
    std::ofstream(file, std::ios::trunc) << rows;
    // Files that changed a moment ago are left alone.
    std::filesystem::last_write_time(file, std::filesystem::file_time_type::clock::now() -
                                               std::chrono::minutes(10 - ++written_));
  }

  /// 5 pieces at 20.
  static std::string order(int number, const std::map<std::string, std::string>& changed = {}) {
    std::map<std::string, std::string> values{
        {"po", "PO-" + std::to_string(number)},
        {"kind", "replenishment"},
        {"status", "submitted"},
        {"ordered", "2026-11-22"},
        {"buyer", company(1'005).duns},  // of the six partners the one in the dealer's country
        {"currency", "EUR"},
        {"product", "CB-1001"},
        {"quantity", "5"},
        {"unit", "H87"},
        {"price", "20"},
        {"amount", "100"},
        {"total", "100"}};
    for (const auto& [name, value] : changed) values[name] = value;
    std::string out = R"({"row_id":")" + std::to_string(number) + "\"";
    for (const auto& [name, value] : values)
      out += ",\"" + name + "\":" + (value.empty() ? "null" : "\"" + value + "\"");
    return out + "}\n";
  }

  sandbox::Json sold() const {
    return world_->erp_server().sales()->service_with("A_SalesOrder")->rows("A_SalesOrder");
  }
  sandbox::Json item() const {
    return world_->erp_server().sales()->service_with("A_SalesOrder")->rows("A_SalesOrderItem")[0];
  }
  void expect_only_the_first_is_sold() const {
    EXPECT_EQ(ended_.code, 1) << said();
    ASSERT_EQ(sold().size(), 1U) << sold().dump(1);
    EXPECT_EQ(sold()[0]["PurchaseOrderByCustomer"], "PO-1");
  }
  /// As `dead-letters list` shows it.
  nlohmann::json only_letter() {
    const auto letters = run({"dead-letters", "list"});
    EXPECT_EQ(ended_.code, 1);
    EXPECT_EQ(letters.size(), 1U) << said();
    return letters.empty() ? nlohmann::json{{"id", ""}} : letters[0];
  }
  /// The open conflict of a line, as `conflicts list` shows it.
  nlohmann::json conflict_of_a_line() {
    const auto conflicts = run({"conflicts", "list"});
    EXPECT_EQ(ended_.code, 1);
    for (const auto& each : conflicts)
      if (each["group"].get<std::string>().starts_with("lines[")) return each;
    ADD_FAILURE() << "no conflict of a line: " << conflicts.dump(1);
    return {{"spoke", ""},  {"key", ""},      {"group", ""},       {"reason", ""},
            {"detail", ""}, {"hub", nullptr}, {"system", nullptr}, {"objects", nullptr}};
  }

  /// The number of the sales order.
  std::string ship_three_of_five() {
    write_rows(order(1));
    sync();
    EXPECT_EQ(sold().size(), 1U) << said();
    const std::string key = sold().empty() ? "" : sold()[0]["SalesOrder"].get<std::string>();
    EXPECT_TRUE(world_->erp_server().sales()->deliver(key, "10", "3"));
    sync();
    EXPECT_EQ(ended_.code, 0) << said();
    return key;
  }
  Result<void> edit_in_erp(const std::string& user, const std::string& order,
                           const sandbox::Json& fields) const {
    return world_->erp_server()
        .sales()
        ->service_with("A_SalesOrder")
        ->edit(user, "A_SalesOrderItem", {order, "10"}, fields);
  }
  /// The partner's row and the ERP's order.
  static nlohmann::json documents(const std::string& order) {
    return {{{"spoke", "answers"}, {"object", "answer"}, {"key", "1"}},
            {{"spoke", "erp-orders"}, {"object", "A_SalesOrder"}, {"key", order}}};
  }

  int written_{};
};

TEST_F(BadOrders, APriceWithoutCurrencyIsALetterWithItsRuleAndItsRow) {
  write_rows(order(1) + order(2, {{"currency", ""}}));
  sync();
  expect_only_the_first_is_sold();
  const auto letter = only_letter();
  EXPECT_EQ(letter["rule"], "currency_missing");
  EXPECT_EQ(letter["spoke"], "answers");
  EXPECT_EQ(letter["key"], "2");
  const std::string whole = SmallWorld::run({"dead-letters", "show", letter["id"]});
  for (const char* words : {"currency_missing", "is missing beside lines[@no=10].net_amount",
                            "answers.yaml", R"("row_id":"2")", R"("amount":"100")"})
    EXPECT_THAT(whole, HasSubstr(words));
}

TEST_F(BadOrders, ATotalThatDoesNotAddUpIsALetterWithBothFigures) {
  write_rows(order(1) + order(5, {{"total", "110"}}));
  sync();
  expect_only_the_first_is_sold();
  const auto letter = only_letter();
  EXPECT_EQ(letter["rule"], "lines_net");
  EXPECT_EQ(letter["key"], "5");
  const std::string figures =
      "is 110.00, but the sum of lines[].net_amount of 1 element = 100.00, a difference of 10.00";
  EXPECT_THAT(SmallWorld::run({"dead-letters", "list"}), HasSubstr(figures));
  const std::string whole = SmallWorld::run({"dead-letters", "show", letter["id"]});
  for (const std::string& words : {figures, std::string(R"("row_id":"5")")})
    EXPECT_THAT(whole, HasSubstr(words));
}

TEST_F(BadOrders, ACurrencyThatTheErpDoesNotKnowIsALetterWithTheErpsWordsAndBothDocuments) {
  write_rows(order(1) + order(3, {{"currency", "JPY"}}));
  sync();
  expect_only_the_first_is_sold();
  const auto listed = only_letter();
  const nlohmann::json row{{{"spoke", "answers"}, {"object", "answer"}, {"key", "3"}}};
  EXPECT_EQ(listed["objects"], row);
  const auto letter = run({"dead-letters", "show", listed["id"]});
  EXPECT_EQ(letter["rule"], "V1/398");
  EXPECT_EQ(letter["spoke"], "erp-orders");
  EXPECT_EQ(letter["objects"], row) << "the document that it was to become an order of";
  EXPECT_THAT(letter["message"].get<std::string>(), HasSubstr("Currency JPY is not defined"));
  const auto request = letter["payload"].get<std::string>();
  for (const char* words : {"A_SalesOrder", "TransactionCurrency", "JPY", "PO-3"})
    EXPECT_THAT(request, HasSubstr(words)) << "the document that the ERP refused";
  const std::string whole = SmallWorld::run({"dead-letters", "show", listed["id"]});
  for (const char* words : {"V1/398", "Currency JPY is not defined", "answers 3", "PO-3"})
    EXPECT_THAT(whole, HasSubstr(words));
}

TEST_F(BadOrders, ALineOfAnUnknownProductWaitsWithItsRuleItsNumberAndBothDocuments) {
  write_rows(order(1) + order(4, {{"product", "XX-9"}}));
  const auto report = sync();
  EXPECT_EQ(ended_.code, 1) << said();
  expect_only_the_first_is_sold();

  const auto waits = run({"waiting", "list"});
  EXPECT_EQ(ended_.code, 1);
  ASSERT_EQ(waits.size(), 1U) << said();
  const auto& wait = waits[0];
  EXPECT_EQ(report["waits"], waits) << "the run tells it, too";
  EXPECT_EQ(wait["rule"], "unresolved_reference");
  EXPECT_EQ(wait["spoke"], "erp-orders");
  EXPECT_EQ(wait["entity"], "order");
  EXPECT_EQ(wait["number"], "PO-4");
  EXPECT_EQ(wait["objects"],
            (nlohmann::json{{{"spoke", "answers"}, {"object", "answer"}, {"key", "4"}}}));
  const auto story = run({"explain", "order", "4"});
  EXPECT_EQ(wait["record"], story["id"]);
  ASSERT_EQ(wait["references"].size(), 1U) << wait;
  const auto& reference = wait["references"][0];
  EXPECT_THAT(story["fields"].dump(), HasSubstr("pending:dealer-se/product/XX-9"));
  EXPECT_EQ(reference["path"], "lines[no=10].product");
  EXPECT_EQ(reference["entity"], "product");
  EXPECT_EQ(reference["system"], "dealer-se");
  EXPECT_EQ(reference["object"], "product");
  EXPECT_EQ(reference["key"], "XX-9");
  EXPECT_THAT(wait["ends"].get<std::string>(), HasSubstr("when dealer-products reads"));

  const std::string text = SmallWorld::run({"waiting", "list"});
  for (const char* words :
       {"unresolved_reference", "PO-4", "answers 4",
        "lines[no=10].product refers to product 'XX-9' of dealer-se", "dealer-products"})
    EXPECT_THAT(text, HasSubstr(words));
  const std::string run_text = SmallWorld::run({"sync", "--only", "answers", "erp-orders"});
  EXPECT_THAT(run_text, HasSubstr("waits: erp-orders: order PO-4 (answers 4): "
                                  "unresolved_reference: "));
  const auto later = run({"waiting", "list"});
  EXPECT_EQ(later[0]["since"], wait["since"]) << "it has waited since the first run";

  write_rows(order(1) + order(4));
  sync();
  EXPECT_EQ(ended_.code, 0) << said();
  EXPECT_EQ(sold().size(), 2U);
  EXPECT_EQ(run({"waiting", "list"}), nlohmann::json::array());
  EXPECT_EQ(ended_.code, 0);
}

/// Where a project says `match: [buyer_po]`, the buyer's number is the order's name: the second
/// document of a number is a double.
TEST_F(BadOrders, TwoOfOneNumberAreOneSalesOrderAndBothAreNamed) {
  write_rows(order(1, {{"po", "PO-7"}}) +
             order(2, {{"po", "PO-7"}, {"quantity", "6"}, {"amount", "120"}, {"total", "120"}}));
  const std::string text = SmallWorld::run({"sync", "--only", "answers", "erp-orders"});
  EXPECT_THAT(text, HasSubstr("doubles: answers: 1 "));
  ASSERT_EQ(sold().size(), 1U) << sold().dump(1);
  EXPECT_EQ(sold()[0]["PurchaseOrderByCustomer"], "PO-7");
  const auto story = run({"explain", "order", "2"});
  std::map<std::string, bool> is_double;
  for (const auto& link : story["links"])
    if (link["spoke"] == "answers") is_double[link["key"]] = link["secondary"];
  EXPECT_EQ(is_double, (std::map<std::string, bool>{{"1", false}, {"2", true}})) << story.dump(1);
  EXPECT_THAT(SmallWorld::run({"explain", "order", "2"}), HasSubstr("double"));
  sync();
  EXPECT_EQ(ended_.code, 1) << said();

  const auto listed = run({"duplicates", "list"});
  EXPECT_EQ(ended_.code, 1);
  ASSERT_EQ(listed.size(), 1U) << said();
  EXPECT_EQ(listed[0]["record"], story["id"]);
  EXPECT_EQ(listed[0]["other"], "object:answers:2");
  const auto reason = listed[0]["reason"].get<std::string>();
  for (const char* words :
       {"answers object 2 stands beside 1", "both have the same buyer_po: ", "/PO-7/",
        "lines[no=10].qty.value is 6 (the record: 5)", "totals.lines_net is 120 (the record: 100)"})
    EXPECT_THAT(reason, HasSubstr(words));
  run({"duplicates", "resolve", story["id"], "object:answers:2", "--as", "same"});
  EXPECT_EQ(ended_.code, 0) << said();
  sync();
  EXPECT_EQ(ended_.code, 0) << said();
  EXPECT_EQ(sold().size(), 1U);
}

TEST_F(BadOrders, ChangedByTheBuyerAfterShippingArePutBeforeAPersonWithBothDocuments) {
  const std::string key = ship_three_of_five();
  write_rows(order(1, {{"quantity", "2"}, {"amount", "40"}, {"total", "40"}}));
  sync();
  EXPECT_EQ(ended_.code, 1) << said();

  const auto line = conflict_of_a_line();
  EXPECT_EQ(line["reason"], "locked");
  EXPECT_THAT(line["detail"].get<std::string>(),
              HasSubstr("qty.value cannot be changed from 5 to 2: 3 of the line are shipped"));
  EXPECT_EQ(line["objects"], documents(key));
  const std::string text = SmallWorld::run({"conflicts", "list"});
  EXPECT_THAT(text, HasSubstr("locked"));
  EXPECT_THAT(text, HasSubstr("from 5 to 2: 3 of the line are shipped"));
  EXPECT_THAT(text, HasSubstr("answers 1, erp-orders " + key));
  EXPECT_EQ(item()["RequestedQuantity"], "5.000") << "neither side is written over";
}

TEST_F(BadOrders, ChangedInTheErpAfterShippingArePutBeforeAPersonWithBothDocuments) {
  const std::string key = ship_three_of_five();
  EXPECT_FALSE(edit_in_erp("MUELLER", key, {{"Material", "CB-1002"}}));
  ASSERT_TRUE(edit_in_erp("SUPERVISOR", key, {{"Material", "CB-1002"}}));
  sync();
  EXPECT_EQ(ended_.code, 1) << said();

  const auto line = conflict_of_a_line();
  EXPECT_EQ(line["spoke"], "erp-orders");
  EXPECT_EQ(line["key"], key);
  EXPECT_EQ(line["reason"], "locked");
  EXPECT_THAT(line["detail"].get<std::string>(),
              HasSubstr("product cannot be changed: 3 of the line are shipped"));
  EXPECT_EQ(line["objects"], documents(key));
  const std::string group = line["group"];
  const std::string element = group.substr(6, group.size() - 7);
  for (const auto& [side, number] : {std::pair("hub", "CB-1001"), std::pair("system", "CB-1002")}) {
    const auto product = line[side].value("lines[" + element + "].product", std::string());
    EXPECT_THAT(SmallWorld::run({"explain", "product", product}), HasSubstr(number))
        << line.dump(1);
  }
  const std::string text = SmallWorld::run({"conflicts", "list"});
  for (const std::string& words :
       {std::string("locked"), std::string("product cannot be changed: 3 of the line are shipped"),
        "answers 1, erp-orders " + key})
    EXPECT_THAT(text, HasSubstr(words));
  EXPECT_THAT(SmallWorld::run({"explain", "order", key}), HasSubstr("conflict in [\"" + group));
  EXPECT_EQ(item()["Material"], "CB-1002") << "nothing is written over it";
  sync();
  EXPECT_EQ(ended_.code, 1) << "it stays until somebody decides";
  EXPECT_EQ(item()["Material"], "CB-1002");
}

TEST_F(BadOrders, OfWhichTheErpOrdersLessThanItHasShippedAreALetterWithBothFigures) {
  const std::string key = ship_three_of_five();
  ASSERT_TRUE(edit_in_erp("SUPERVISOR", key, {{"RequestedQuantity", "2"}}));
  sync();
  EXPECT_EQ(ended_.code, 1) << said();
  const auto letter = only_letter();
  EXPECT_EQ(letter["rule"], "shipped_beyond_ordered");
  EXPECT_EQ(letter["spoke"], "erp-orders");
  EXPECT_EQ(letter["key"], key);
  EXPECT_EQ(letter["objects"], documents(key));
  const std::string whole = SmallWorld::run({"dead-letters", "show", letter["id"]});
  for (const std::string& words :
       {std::string("shipped_beyond_ordered"),
        std::string("qty_shipped 3 is more than qty 2, a difference of 1"),
        "answers 1, erp-orders " + key, std::string(R"("RequestedQuantity":"2.000")")})
    EXPECT_THAT(whole, HasSubstr(words));
  EXPECT_EQ(item()["RequestedQuantity"], "2.000") << "nothing is written over it";
}

TEST_F(BadOrders, OfWhichTheErpOrdersMoreAfterShippingAreCompleted) {
  const std::string key = ship_three_of_five();
  ASSERT_TRUE(edit_in_erp("SUPERVISOR", key, {{"RequestedQuantity", "7"}}));
  sync();
  EXPECT_EQ(ended_.code, 0) << said();
  EXPECT_EQ(item()["RequestedQuantity"], "7.000");
  EXPECT_THAT(SmallWorld::run({"explain", "order", key}), HasSubstr("qty.value: 5 -> 7"));
}

}  // namespace
}  // namespace channelbridge::demo
