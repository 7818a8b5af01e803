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
  static int waiting(const nlohmann::json& report) {
    for (const auto& spoke : report.value("spokes", nlohmann::json::array()))
      if (spoke["spoke"] == "erp-orders") return spoke["waiting"];
    return -1;
  }

  int written_{};
};

TEST_F(BadOrders, AreRefusedOrWaitWithRuleFiguresAndDocumentsAndTheRestFlows) {
  write_rows(order(1) + order(2, {{"currency", ""}}) + order(3, {{"currency", "JPY"}}) +
             order(4, {{"product", "XX-9"}}) + order(5, {{"total", "110"}}));
  const auto report = sync();
  EXPECT_EQ(ended_.code, 1) << said();
  ASSERT_EQ(sold().size(), 1U) << sold().dump(1);
  EXPECT_EQ(sold()[0]["PurchaseOrderByCustomer"], "PO-1");

  const auto letters = run({"dead-letters", "list"});
  EXPECT_EQ(ended_.code, 1);
  ASSERT_EQ(letters.size(), 3U) << said();
  struct Mistake {
    std::string spoke;
    std::string row;
    std::string rule;
    std::string figures;
  };
  for (const Mistake& mistake : std::vector<Mistake>{
           {"answers", "2", "currency_missing", "is missing beside lines[@no=10].net_amount"},
           {"erp-orders", "3", "V1/398", "Currency JPY is not defined"},
           {"answers", "5", "lines_net",
            "is 110.00, but the sum of lines[].net_amount of 1 element = 100.00, a difference of "
            "10.00"}}) {
    const auto letter = std::find_if(letters.begin(), letters.end(), [&](const auto& each) {
      return each["rule"] == mistake.rule;
    });
    ASSERT_NE(letter, letters.end()) << mistake.rule << ": " << letters.dump(1);
    EXPECT_EQ((*letter)["spoke"], mistake.spoke);
    EXPECT_THAT((*letter)["message"].get<std::string>(), HasSubstr(mistake.figures));
    // What could not be read is its own document; what was refused there names the one it is of.
    if (mistake.spoke == "answers") {
      EXPECT_EQ((*letter)["key"], mistake.row);
    } else {
      EXPECT_EQ(
          (*letter)["objects"],
          (nlohmann::json{{{"spoke", "answers"}, {"object", "answer"}, {"key", mistake.row}}}));
    }
  }
  const std::string text = SmallWorld::run({"dead-letters", "list"});
  for (const char* word : {"lines_net", "a difference of 10.00", "V1/398", "answers 3", "JPY"})
    EXPECT_THAT(text, HasSubstr(word));

  // The unknown product is told by its number, and only its order waits.
  EXPECT_EQ(waiting(report), 1);
  const auto story = run({"explain", "order", "4"});
  EXPECT_EQ(ended_.code, 0);
  EXPECT_THAT(story["fields"].dump(), HasSubstr("pending:dealer-se/product/XX-9"));
  EXPECT_THAT(SmallWorld::run({"explain", "order", "4"}), HasSubstr("dealer-se/product/XX-9"));
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

TEST_F(BadOrders, ChangedAfterShippingArePutBeforeAPersonWithBothDocuments) {
  write_rows(order(1));
  sync();
  ASSERT_EQ(sold().size(), 1U) << said();
  const std::string key = sold()[0]["SalesOrder"];
  ASSERT_TRUE(world_->erp_server().sales()->deliver(key, "10", "3"));
  sync();
  ASSERT_EQ(ended_.code, 0) << said();
  write_rows(order(1, {{"quantity", "2"}, {"amount", "40"}, {"total", "40"}}));
  sync();
  EXPECT_EQ(ended_.code, 1) << said();

  const auto conflicts = run({"conflicts", "list"});
  EXPECT_EQ(ended_.code, 1);
  const auto line = std::find_if(conflicts.begin(), conflicts.end(), [](const auto& each) {
    return each["group"].template get<std::string>().starts_with("lines[");
  });
  ASSERT_NE(line, conflicts.end()) << conflicts.dump(1);
  EXPECT_EQ((*line)["reason"], "locked");
  EXPECT_THAT((*line)["detail"].get<std::string>(),
              HasSubstr("qty.value cannot be changed from 5 to 2: 3 of the line are shipped"));
  EXPECT_EQ((*line)["objects"],
            nlohmann::json::parse(R"([{"spoke":"answers","object":"answer","key":"1"},
                                      {"spoke":"erp-orders","object":"A_SalesOrder","key":")" +
                                  key + "\"}]"));
  const std::string text = SmallWorld::run({"conflicts", "list"});
  EXPECT_THAT(text, HasSubstr("locked"));
  EXPECT_THAT(text, HasSubstr("from 5 to 2: 3 of the line are shipped"));
  EXPECT_THAT(text, HasSubstr("answers 1, erp-orders " + key));
  EXPECT_EQ(item()["RequestedQuantity"], "5.000") << "neither side is written over";
  EXPECT_FALSE(world_->erp_server()
                   .sales()
                   ->service_with("A_SalesOrder")
                   ->edit("MUELLER", "A_SalesOrderItem", {key, "10"},
                          sandbox::Json{{"RequestedQuantity", "2"}}))
      << "nor does the ERP let anybody do that";
}

}  // namespace
}  // namespace channelbridge::demo
