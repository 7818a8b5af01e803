// Products and prices that are made elsewhere and written into the ERP.
#include <fstream>

#include "trade_world.hpp"

namespace channelbridge::test {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class ErpProducts : public TradeWorld {
 protected:
  void SetUp() override {
    TradeWorld::SetUp();
    start(kCrmMaster);
    settle();
  }
  std::string made_in_the_crm() {
    return in_crm("Product2", {{"Name", "Valve"},
                               {"ProductCode", "va-300"},
                               {"Kind__c", "Goods"},
                               {"Family", "VALVES"},
                               {"GTIN__c", "4006381333931"},
                               {"QuantityUnitOfMeasure", "Each"},
                               {"IsActive", true}});
  }
  Json there() { return with(erp("A_Product").rows("A_Product"), "Product", "VA-300"); }
  std::string description() {
    const Json row = erp("A_Product").row("A_ProductDescription", {"VA-300", "EN"});
    return row.is_null() ? std::string() : row.value("ProductDescription", "");
  }
};

TEST_F(ErpProducts, OneOfTheCrmIsMadeThereAndItsChangesFollow) {
  const std::string product = made_in_the_crm();
  settle();
  Json row = there();
  ASSERT_FALSE(row.is_null());
  EXPECT_EQ(row["ProductType"], "HAWA");
  EXPECT_EQ(row["BaseUnit"], "PC");
  EXPECT_EQ(row["ProductGroup"], "VALVES");
  EXPECT_EQ(row["IsMarkedForDeletion"], "false");
  EXPECT_EQ(description(), "Valve");
  EXPECT_EQ(crm().record(product)["ProductCode"], "va-300") << "capitals are the ERP's";

  edit_crm(product, {{"Name", "Check valve"}, {"Family", "FITTINGS"}});
  settle();
  EXPECT_EQ(description(), "Check valve");
  EXPECT_EQ(there()["ProductGroup"], "FITTINGS");
  edit_crm(product, {{"IsActive", false}});
  settle();
  EXPECT_EQ(there()["IsMarkedForDeletion"], "true");
  EXPECT_EQ(made()["A_Product"], 1U);
  EXPECT_EQ(made()["A_ProductDescription"], 1U);
  EXPECT_EQ(made()["Product2"], 2U) << "the ERP's own";
}

TEST_F(ErpProducts, TheErpSaysTheGtinOfItsBaseUnitAndIsNotToldOurs) {
  const std::string product = made_in_the_crm();
  settle();
  EXPECT_EQ(there()["ProductStandardID"], nullptr)
      << "numbers have categories of the tenant's there";
  EXPECT_EQ(crm().record(product)["GTIN__c"], "4006381333931");
  edit_erp("A_Product", {"VA-300"}, {{"ProductStandardID", "2900071"}});
  settle();
  EXPECT_EQ(crm().record(product)["GTIN__c"], "4006381333931") << "a number of the house is none";
  edit_erp("A_Product", {"VA-300"}, {{"ProductStandardID", "4012345678901"}});
  settle();
  EXPECT_EQ(crm().record(product)["GTIN__c"], "04012345678901");
}

class ErpPrices : public TradeWorld {
 protected:
  /// A vendor's office keeps its prices in a table.
  static constexpr const char* kPrices = R"(
  office-products: { system: office, mapping: file/product.yaml, direction: push }
  office-prices: { system: office, mapping: file/price.yaml, first_contact: system }
  erp-prices: { system: erp, mapping: sap_s4hana/price_book_entry.yaml, first_contact: hub }
)";
  static constexpr const char* kTable = R"(
system: file
object: price
entity: price_book_entry
id: price_id
correlation: price_id
format: csv
absent: unchanged
fields:
  product: { path: sku, ref: product, object: product, required: true }
  unit: unit
  valid.start: from
  valid.end: to
  list_price.amount: price
  list_price.currency: currency
)";

  void SetUp() override {
    TradeWorld::SetUp();
    fs::create_directories(folder_ / "office" / "from-partner");
    fs::create_directories(folder_ / "office" / "to-partner");
    fs::create_directories(folder_ / "file");
    std::ofstream(folder_ / "file" / "price.yaml") << kTable;
    start(std::string(kCrmMaster) + kPrices,
          {{"crm", "  office: { adapter: file, folder: office }\n"}});
    settle();
  }
  void sends(const std::string& file, const std::string& text) {
    std::ofstream(folder_ / "office" / "from-partner" / file) << text;
  }
  sandbox::odata::Engine& prices() { return erp("A_SlsPrcgConditionRecord"); }
  /// What the ERP's own pricing finds; "" = nothing.
  std::string price(const std::string& sku, const std::string& day) {
    const auto found = desk().price(sku, "1010", "10", day, "1");
    return found ? figure(found->amount) : std::string();
  }
};

TEST_F(ErpPrices, OneIsMadeThereAndChangesFromEitherSide) {
  sends("price.csv",
        "price_id,sku,unit,from,to,price,currency\n"
        "P-1,PU-100,H87,2026-01-01,2026-12-31,20.5,EUR\n");
  settle();
  Json row = only_in_erp("A_SlsPrcgConditionRecord");
  EXPECT_EQ(row["ConditionType"], "PPR0");
  EXPECT_EQ(row["ConditionTable"], "304");
  EXPECT_EQ(row["ConditionApplication"], "V");
  EXPECT_EQ(figure(row["ConditionRateValue"]), "20.5");
  EXPECT_EQ(row["ConditionRateValueUnit"], "EUR");
  EXPECT_EQ(figure(row["ConditionQuantity"]), "1");
  EXPECT_EQ(row["ConditionQuantityUnit"], "PC");
  Json valid = only_in_erp("A_SlsPrcgCndnRecdValidity");
  EXPECT_EQ(valid["ConditionRecord"], row["ConditionRecord"]);
  EXPECT_EQ(valid["Material"], "PU-100");
  EXPECT_EQ(valid["ConditionValidityStartDate"], "2026-01-01T00:00:00");
  EXPECT_EQ(valid["ConditionValidityEndDate"], "2026-12-31T00:00:00");
  EXPECT_EQ(valid["SalesOrganization"], "1010");
  EXPECT_EQ(valid["DistributionChannel"], "10");
  EXPECT_EQ(price("PU-100", "2026-06-01"), "20.5");
  EXPECT_EQ(price("PU-100", "2027-06-01"), "");

  sends("price-2.csv", "price_id,price\nP-1,22\n");
  settle();
  EXPECT_EQ(price("PU-100", "2026-06-01"), "22");
  edit_erp("A_SlsPrcgConditionRecord", {row["ConditionRecord"]}, {{"ConditionRateValue", "23"}});
  settle();
  EXPECT_EQ(record("price_book_entry")["list_price.amount"], "23");
  EXPECT_EQ(made()["A_SlsPrcgConditionRecord"], 1U);
}

TEST_F(ErpPrices, ItsFirstDayCanChangeAndItsLastIsItsKeyThere) {
  sends("price.csv",
        "price_id,sku,unit,from,to,price,currency\n"
        "P-1,PU-100,H87,2026-01-01,2026-12-31,20.5,EUR\n");
  settle();
  sends("price-2.csv", "price_id,from\nP-1,2026-02-01\n");
  settle();
  EXPECT_EQ(price("PU-100", "2026-01-15"), "");
  EXPECT_EQ(price("PU-100", "2026-02-01"), "20.5");
  sends("price-3.csv", "price_id,to\nP-1,2027-06-30\n");
  run();
  EXPECT_THAT(open_things(), HasSubstr("an update cannot change the key"));
  EXPECT_EQ(price("PU-100", "2027-06-01"), "") << "a record of its own is a person's to make";
}

TEST_F(ErpPrices, APriceOfAProductThatTheErpDoesNotKnowYetComesAfterIt) {
  sends("price.csv",
        "price_id,sku,unit,from,to,price,currency\n"
        "P-1,VA-300,H87,2026-01-01,2026-12-31,9.75,EUR\n");
  run();
  EXPECT_TRUE(prices().rows("A_SlsPrcgConditionRecord").empty());
  EXPECT_THAT(open_things(), HasSubstr("erp-prices waits: field product"));
  in_crm("Product2", {{"Name", "Valve"},
                      {"ProductCode", "VA-300"},
                      {"Kind__c", "Goods"},
                      {"QuantityUnitOfMeasure", "Each"},
                      {"IsActive", true}});
  run();
  settle();
  EXPECT_FALSE(with(erp("A_Product").rows("A_Product"), "Product", "VA-300").is_null());
  EXPECT_EQ(price("VA-300", "2026-06-01"), "9.75");
}

}  // namespace
}  // namespace channelbridge::test
