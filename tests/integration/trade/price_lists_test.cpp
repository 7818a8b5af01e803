// Price lists that an office keeps in its tables and the CRM shows as price books.
#include <fstream>

#include "trade_world.hpp"

namespace channelbridge::test {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class PriceLists : public TradeWorld {
 protected:
  static constexpr const char* kLists = R"(
  office-products: { system: office, mapping: file/product.yaml, direction: push }
  office-lists: { system: office, mapping: file/list.yaml, direction: pull }
  office-prices: { system: office, mapping: file/price.yaml, direction: pull }
  crm-books: { system: crm, mapping: salesforce/price_book.yaml, first_contact: hub }
  crm-entries: { system: crm, mapping: salesforce/price_book_entry.yaml, first_contact: hub }
)";
  static constexpr const char* kList = R"(
system: file
object: list
entity: price_book
id: list_id
format: csv
absent: unchanged
fields:
  code: name
  status: status
)";
  static constexpr const char* kPrice = R"(
system: file
object: price
entity: price_book_entry
id: price_id
format: csv
absent: unchanged
fields:
  price_book: { path: list_id, ref: price_book, object: list, required: true }
  product: { path: sku, ref: product, object: product, required: true }
  list_price.amount: price
  list_price.currency: currency
)";

  void SetUp() override {
    TradeWorld::SetUp();
    fs::create_directories(folder_ / "office" / "from-partner");
    fs::create_directories(folder_ / "office" / "to-partner");
    fs::create_directories(folder_ / "file");
    std::ofstream(folder_ / "file" / "list.yaml") << kList;
    std::ofstream(folder_ / "file" / "price.yaml") << kPrice;
    standard_ = only_in_crm("Pricebook2").value("Id", "");
    start(std::string(kCrmMaster) + kLists,
          {{"crm", "  office: { adapter: file, folder: office }\n"}});
    settle();
  }
  void sends(const std::string& file, const std::string& text) {
    std::ofstream(folder_ / "office" / "from-partner" / file) << text;
  }
  void standard_price(const std::string& sku, int amount) {
    in_crm("PricebookEntry", {{"Pricebook2Id", standard_},
                              {"Product2Id", product(sku)["Id"]},
                              {"UnitPrice", amount},
                              {"IsActive", true}});
  }
  Json gold() { return with(crm().records("Pricebook2"), "Name", "Gold 2027"); }
  /// The entry of a product in the list of the office's; null = none.
  Json entry(const std::string& sku) {
    for (const Json& row : crm().records("PricebookEntry"))
      if (row["ProductCode"] == sku && row["Pricebook2Id"] == gold()["Id"]) return row;
    return {};
  }

  std::string standard_{};
};

TEST_F(PriceLists, AreMadeAsPriceBooksWithTheirEntriesAndFollow) {
  standard_price("PU-100", 100);
  standard_price("PU-200", 50);
  sends("list.csv", "list_id,name,status\nL-1,Gold 2027,published\n");
  sends("price.csv",
        "price_id,list_id,sku,price,currency\n"
        "P-1,L-1,PU-100,88.5,EUR\nP-2,L-1,PU-200,41,EUR\n");
  settle();
  ASSERT_FALSE(gold().is_null());
  EXPECT_EQ(gold()["IsActive"], true);
  EXPECT_EQ(gold()["IsStandard"], false);
  ASSERT_FALSE(entry("PU-100").is_null());
  EXPECT_EQ(figure(entry("PU-100")["UnitPrice"]), "88.5");
  EXPECT_EQ(entry("PU-100")["IsActive"], true) << "a line of a document needs it";
  EXPECT_EQ(figure(entry("PU-200")["UnitPrice"]), "41");

  sends("price-2.csv", "price_id,price\nP-1,86.25\n");
  sends("list-2.csv", "list_id,status\nL-1,archived\n");
  settle();
  EXPECT_EQ(figure(entry("PU-100")["UnitPrice"]), "86.25");
  EXPECT_EQ(gold()["IsActive"], false);
  EXPECT_EQ(made()["Pricebook2"], 1U);
  EXPECT_EQ(made()["PricebookEntry"], 2U);
}

TEST_F(PriceLists, AnEntryWithoutTheStandardPriceIsRefusedAndCompletedOnceItIsThere) {
  standard_price("PU-100", 100);
  sends("list.csv", "list_id,name,status\nL-1,Gold 2027,published\n");
  sends("price.csv",
        "price_id,list_id,sku,price,currency\n"
        "P-1,L-1,PU-100,88.5,EUR\nP-2,L-1,PU-200,41,EUR\n");
  run();
  run();
  EXPECT_EQ(figure(entry("PU-100")["UnitPrice"]), "88.5") << "the others go on";
  EXPECT_TRUE(entry("PU-200").is_null());
  const auto letters = hub_->store().dead_letters(true, 10);
  ASSERT_TRUE(letters) << to_string(letters.error());
  ASSERT_THAT(*letters, SizeIs(1));
  EXPECT_EQ(letters->front().rule, "STANDARD_PRICE_NOT_DEFINED");
  EXPECT_THAT(letters->front().message, HasSubstr("No standard price defined for this product"));
  EXPECT_EQ(run().written(), 0U) << "it waits for a person";

  standard_price("PU-200", 50);
  ASSERT_TRUE(hub_->replay(letters->front().id, Context()));
  settle();
  EXPECT_EQ(figure(entry("PU-200")["UnitPrice"]), "41");
  EXPECT_THAT(hub_->store().dead_letters(true, 10).value(), IsEmpty());
  EXPECT_EQ(made()["PricebookEntry"], 2U);
}

}  // namespace
}  // namespace channelbridge::test
