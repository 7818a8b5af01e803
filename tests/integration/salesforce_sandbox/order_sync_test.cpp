// The shipped mappings of products, accounts and orders between a system that people fill and the
// sandbox, through the hub with its store: an order goes there and comes back with its lines, and
// what the org refuses is shown.
#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>

#include "channelbridge/hub/hub.hpp"
#include "connected_org.hpp"
#include "fake_system.hpp"

namespace channelbridge::salesforce::test {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

constexpr const char* kOfficeCustomer = R"(
system: any
object: Customer
entity: partner
id: Id
version: Version
format: json
absent: "null"
fields: { name: Name }
)";

constexpr const char* kOfficeItem = R"(
system: any
object: Item
entity: product
id: Id
version: Version
format: json
absent: "null"
fields: { sku: Sku, "names[language=en].text": Name, status: Status }
)";

constexpr const char* kOfficeOrder = R"(
system: any
object: SalesOrder
entity: order
id: Id
version: Version
format: json
absent: "null"
fields:
  number: Number
  buyer.partner: { path: Buyer, ref: partner, object: Customer }
  order_date: Date
  currency: Currency
  status: Status
children:
  lines:
    path: Lines
    fields:
      no: No
      product: { path: Item, ref: product, object: Item }
      qty.value: Quantity
      qty.unit: Unit
      net_price: Price
)";

class OrderSync : public ConnectedOrg {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() / ("cb-orders-" + std::to_string(::getpid()));
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    office_->kind_field = "Kind";
    adapter = connect({{"settle", "200ms"}});
    hub::HubConfig config;
    config.systems = {{"office", office_}, {"crm", adapter}};
    const auto spoke = [&config](const char* name, const char* system,
                                 std::shared_ptr<const mapping::Mapping> mapping) {
      config.spokes.push_back({.name = name, .system = system, .mapping = std::move(mapping)});
    };
    spoke("office-customers", "office", parsed(kOfficeCustomer));
    spoke("office-items", "office", parsed(kOfficeItem));
    spoke("office-orders", "office", parsed(kOfficeOrder));
    spoke("crm-accounts", "crm", shipped("account"));
    spoke("crm-products", "crm", shipped("product"));
    spoke("crm-orders", "crm", shipped("order"));
    config.entities["order"].policies.fallback = {hub::Policy::Kind::Latest, ""};
    auto store = store::open_store("sqlite:" + (folder_ / "hub.db").string());
    ASSERT_TRUE(store) << store.error();
    hub_ = std::make_unique<hub::Hub>(std::move(config), *std::move(store));

    buyer_ = office_->add({{"Kind", "Customer"}, {"Name", "Nordljus"}});
    for (const char* sku : {"P-1", "P-2"})
      items_.push_back(
          office_->add({{"Kind", "Item"}, {"Sku", sku}, {"Name", sku}, {"Status", "active"}}));
    sync();
    const std::string book = org().records("Pricebook2").front()["Id"];
    for (const Json& product : org().records("Product2"))
      ASSERT_TRUE(org().insert("PricebookEntry", {{"Pricebook2Id", book},
                                                  {"Product2Id", product["Id"]},
                                                  {"UnitPrice", 100},
                                                  {"IsActive", true}}));
  }
  void TearDown() override {
    hub_.reset();
    std::filesystem::remove_all(folder_);
  }
  static std::shared_ptr<const mapping::Mapping> checked(
      Result<std::shared_ptr<const mapping::Mapping>> mapping) {
    EXPECT_TRUE(mapping) << (mapping ? "" : to_string(mapping.error()));
    return mapping ? *mapping : nullptr;
  }
  static std::shared_ptr<const mapping::Mapping> parsed(const char* text) {
    return checked(mapping::Mapping::parse(text, "test.yaml", model::EntityRegistry::built_in()));
  }
  static std::shared_ptr<const mapping::Mapping> shipped(const std::string& name) {
    return checked(
        mapping::Mapping::load(CHANNELBRIDGE_SOURCE_DIR "/mappings/salesforce/" + name + ".yaml",
                               model::EntityRegistry::built_in()));
  }

  void sync() {
    desk().clock->advance(std::chrono::minutes(1));
    auto report = hub_->sync({}, Context());
    ASSERT_TRUE(report) << report.error();
    for (const hub::SpokeReport& spoke : report->spokes)
      EXPECT_THAT(spoke.stopped, IsEmpty()) << spoke.spoke;
  }
  std::vector<std::string> letters() {
    std::vector<std::string> out;
    const auto open = hub_->store().dead_letters(true, 10);
    EXPECT_TRUE(open) << open.error();
    for (const store::DeadLetterRow& letter : *open) out.push_back(letter.message);
    return out;
  }
  void sync_cleanly() {
    sync();
    EXPECT_THAT(letters(), IsEmpty());
  }
  void expect_quiet() {
    const auto effects = desk().journal.effects();
    const auto written = office_->journal().size();
    sync_cleanly();
    EXPECT_EQ(desk().journal.effects(), effects) << "what came back is what went there";
    EXPECT_EQ(office_->journal().size(), written);
  }
  nlohmann::json line(const char* no, std::size_t item, const char* quantity, const char* price) {
    return {{"No", no},
            {"Item", items_[item]},
            {"Quantity", quantity},
            {"Price", price},
            {"Unit", nullptr}};
  }
  std::string add_order(const char* number, const char* status, const nlohmann::json& lines) {
    return office_->add({{"Kind", "SalesOrder"},
                         {"Number", number},
                         {"Buyer", buyer_},
                         {"Date", "2026-11-02"},
                         {"Currency", "EUR"},
                         {"Status", status},
                         {"Lines", lines}});
  }
  Json order() {
    const auto orders = org().records("Order");
    EXPECT_EQ(orders.size(), 1U);
    return orders.empty() ? Json() : orders.front();
  }
  /// "number: quantity x price" of each line that is there.
  std::vector<std::string> lines() {
    std::vector<std::string> out;
    for (const Json& each : org().records("OrderItem"))
      out.push_back(server::dump_json(each["Line_No__c"]) + ": " +
                    server::dump_json(each["Quantity"]) + " x " +
                    server::dump_json(each["UnitPrice"]));
    return out;
  }
  /// The same of the one order of the office.
  std::vector<std::string> office_lines() {
    std::vector<std::string> out;
    for (const auto& [key, object] : office_->objects()) {
      if (object.fields.value("Kind", "") != "SalesOrder") continue;
      for (const auto& each : object.fields["Lines"])
        out.push_back(text(each["No"]) + ": " + text(each["Quantity"]) + " x " +
                      text(each["Price"]));
    }
    return out;
  }
  static std::string text(const nlohmann::json& value) {
    return value.is_string() ? value.get<std::string>() : value.dump();
  }

  std::filesystem::path folder_;
  std::shared_ptr<hub::FakeSystem> office_ = std::make_shared<hub::FakeSystem>("O");
  std::unique_ptr<hub::Hub> hub_;
  std::string buyer_;
  std::vector<std::string> items_;
};

TEST_F(OrderSync, AConfirmedOrderIsMadeWithItsLinesAndActivatedInOneCall) {
  add_order("SO-1", "confirmed", {line("10", 0, "3", "62.928"), line("20", 1, "2.5", "40")});
  const auto before = desk().journal.requests();
  sync_cleanly();
  const Json made = order();
  EXPECT_EQ(made["OrderReferenceNumber"], "SO-1");
  EXPECT_EQ(made["Status"], "Activated");
  EXPECT_EQ(made["AccountId"], org().records("Account").front()["Id"]);
  EXPECT_EQ(server::dump_json(made["TotalAmount"]), "288.79") << "3 x 62.93 + 2.5 x 40";
  EXPECT_THAT(lines(), UnorderedElementsAre("10.0: 3.0 x 62.93", "20.0: 2.5 x 40.0"));
  EXPECT_GT(desk().journal.requests(), before);
  expect_quiet();
}

TEST_F(OrderSync, ADraftFollowsItsOrderLineByLineUntilItIsActivated) {
  const std::string key =
      add_order("SO-1", "draft", {line("10", 0, "3", "50"), line("20", 1, "1", "40")});
  sync_cleanly();
  EXPECT_EQ(order()["Status"], "Draft");
  // Lines and status in one change: the org takes the status alone, and after the lines.
  office_->edit(key, {{"Status", "acknowledged"}});
  sync_cleanly();
  office_->edit(key, {{"Status", "confirmed"},
                      {"Lines", {line("10", 0, "4", "50"), line("30", 1, "7", "30")}}});
  sync_cleanly();
  EXPECT_EQ(order()["Status"], "Activated");
  EXPECT_THAT(lines(), UnorderedElementsAre("10.0: 4.0 x 50.0", "30.0: 7.0 x 30.0"));
  expect_quiet();
}

TEST_F(OrderSync, AnOrderThatSalesMakesComesWithItsLinesAndItsChanges) {
  const std::string book = org().records("Pricebook2").front()["Id"];
  const auto made = org().insert("Order", {{"AccountId", org().records("Account").front()["Id"]},
                                           {"EffectiveDate", "2026-11-02"},
                                           {"Status", "Draft"},
                                           {"PoNumber", "PO-1"},
                                           {"Pricebook2Id", book}});
  ASSERT_TRUE(made) << made.error();
  std::vector<std::string> keys;
  for (const Json& entry : org().records("PricebookEntry")) {
    const auto item = org().insert("OrderItem", {{"OrderId", *made},
                                                 {"PricebookEntryId", entry["Id"]},
                                                 {"Line_No__c", 10 * (keys.size() + 1)},
                                                 {"Quantity", 2},
                                                 {"UnitPrice", 90}});
    ASSERT_TRUE(item) << item.error();
    keys.push_back(*item);
  }
  sync_cleanly();
  EXPECT_THAT(office_lines(), UnorderedElementsAre("10: 2 x 90", "20: 2 x 90"));
  expect_quiet();
  ASSERT_TRUE(org().edit(keys[0], {{"Quantity", 5}, {"UnitPrice", 80}}));
  ASSERT_TRUE(org().remove(keys[1]));
  sync_cleanly();
  EXPECT_THAT(office_lines(), UnorderedElementsAre("10: 5 x 80"));
  expect_quiet();
}

TEST_F(OrderSync, AChangeOfAnActivatedOrderIsRefusedAndShown) {
  const std::string key = add_order("SO-1", "confirmed", {line("10", 0, "3", "50")});
  sync_cleanly();
  office_->edit(key, {{"Lines", {line("10", 0, "4", "50")}}});
  sync();
  EXPECT_THAT(lines(), UnorderedElementsAre("10.0: 3.0 x 50.0"));
  ASSERT_EQ(letters().size(), 1U);
  EXPECT_THAT(letters().front(), HasSubstr("activated order"));
  sync();
  EXPECT_EQ(letters().size(), 1U) << "and it is not tried again by itself";
}

TEST_F(OrderSync, ALineWhoseProductHasNoPriceThereIsRefusedBeforeAnythingIsMade) {
  items_.push_back(
      office_->add({{"Kind", "Item"}, {"Sku", "P-3"}, {"Name", "P-3"}, {"Status", "active"}}));
  sync_cleanly();
  const auto effects = desk().journal.effects();
  add_order("SO-1", "draft", {line("10", 0, "1", "50"), line("20", 2, "1", "50")});
  sync();
  EXPECT_EQ(desk().journal.effects(), effects);
  ASSERT_EQ(letters().size(), 1U);
  EXPECT_THAT(letters().front(), HasSubstr("has no active entry in price book"));
}

TEST_F(OrderSync, AnotherProductOnALineIsRefused) {
  const std::string key = add_order("SO-1", "draft", {line("10", 0, "3", "50")});
  sync_cleanly();
  office_->edit(key, {{"Lines", {line("10", 1, "3", "50")}}});
  sync();
  ASSERT_EQ(letters().size(), 1U);
  EXPECT_THAT(letters().front(), HasSubstr("cannot be changed: remove it"));
  EXPECT_THAT(lines(), UnorderedElementsAre("10.0: 3.0 x 50.0"));
}

TEST_F(OrderSync, AnOrderWhoseAnswerIsLostIsMadeOnce) {
  add_order("SO-1", "confirmed", {line("10", 0, "3", "50"), line("20", 1, "1", "40")});
  desk().faults.add({.kind = "bad_gateway", .match = "composite/graph"});
  for (int i = 0; i < 3; ++i) sync();
  EXPECT_THAT(letters(), IsEmpty());
  EXPECT_EQ(Json(desk().journal.counters())["by_status"]["502"], 1);
  EXPECT_EQ(order()["Status"], "Activated");
  EXPECT_EQ(lines().size(), 2U);
  expect_quiet();
}

class CutLists : public OrderSync {
 protected:
  void SetUp() override {
    auto cut = options();
    cut.max_child_rows = 2;
    sandbox = std::move(server::salesforce::Sandbox::start(std::move(cut)).value());
    OrderSync::SetUp();
  }
};

TEST_F(CutLists, AreCompletedBeforeTheyAreCompared) {
  nlohmann::json many = nlohmann::json::array();
  for (int i = 1; i <= 7; ++i)
    many.push_back(line(std::to_string(10 * i).c_str(), 0, "1", std::to_string(i).c_str()));
  const std::string key = add_order("SO-1", "draft", many);
  sync_cleanly();
  EXPECT_EQ(lines().size(), 7U);
  expect_quiet();
  // The last one by id, which is not shown with its order.
  const Json last = org().records("OrderItem").back();
  ASSERT_TRUE(org().edit(last["Id"], {{"UnitPrice", 99}}));
  sync_cleanly();
  ASSERT_EQ(office_lines().size(), 7U) << "a list that is cut short takes nothing away";
  const std::string number = server::dump_json(last["Line_No__c"]);
  EXPECT_THAT(office_lines(), Contains(number.substr(0, 2) + ": 1 x 99"));
  expect_quiet();
}

}  // namespace
}  // namespace channelbridge::salesforce::test
