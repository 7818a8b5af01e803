// Orders in S/4HANA: through the shipped mappings and a hub, from a system where people take orders
// to the sandbox and back with their confirmation, deliveries and invoices.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <filesystem>

#include "channelbridge/hub/hub.hpp"
#include "channelbridge/sap_s4hana/sap_s4hana.hpp"
#include "fake_system.hpp"
#include "sandbox/sap/sales.hpp"

namespace channelbridge {
namespace {

namespace fs = std::filesystem;
using sandbox::Json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr const char* kCustomer = R"(
system: any
object: Customer
entity: partner
id: Id
version: Version
format: json
absent: "null"
fields: { name: Name, "identifiers[scheme=0060].value": Duns }
)";

constexpr const char* kProduct = R"(
system: any
object: Product
entity: product
id: Id
version: Version
format: json
absent: "null"
fields: { sku: Sku }
)";

constexpr const char* kOrder = R"(
system: any
object: Order
entity: order
id: Id
version: Version
format: json
absent: "null"
fields:
  number: { path: ErpNumber }
  kind: Kind_
  buyer_po_number: Po
  buyer.partner: { path: Customer, ref: partner, object: Customer }
  order_date: Date
  currency: Currency
  status: Status
  totals.lines_net: Net
children:
  lines:
    object: Line
    navigation: Lines
    id: Id
    fields:
      no: No
      product: { path: Product, ref: product, object: Product }
      qty.value: Qty
      qty.unit: Unit
      net_price: Price
      net_amount: Amount
      tax: Tax
      qty_confirmed.value: Confirmed
      qty_confirmed.unit: ConfirmedUnit
      qty_shipped.value: Shipped
      qty_shipped.unit: ShippedUnit
      confirmed_date: When
)";

constexpr const char* kInvoice = R"(
system: any
object: Invoice
entity: invoice
id: Id
version: Version
format: json
absent: "null"
fields:
  number: Number
  kind: Type
  totals.net: Net
  totals.tax: Tax
  totals.gross: Gross
  currency: Currency
children:
  lines:
    object: InvoiceLine
    navigation: Lines
    id: Id
    fields: { no: No, order: { path: Order, ref: order, object: Order }, order_line: OrderLine, qty.value: Qty, net: Net }
)";

class Orders : public ::testing::Test {
 protected:
  Orders() {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
    office_->kind_field = "Kind";
    auto started = sandbox::SapServer::start(sandbox::sales_services(
        std::string(CHANNELBRIDGE_SOURCE_DIR) + "/tests/fixtures/sap",
        {.creatable_fields = {{.set = "A_SalesOrder", .name = "ExternalDocumentID"}}}));
    EXPECT_TRUE(started) << to_string(started.error());
    server_ = *std::move(started);
    seed("A_BusinessPartner", Json{{"BusinessPartner", "10100001"},
                                   {"BusinessPartnerCategory", "2"},
                                   {"OrganizationBPName1", "Rheinwerk"}});
    seed("A_BuPaIdentification", Json{{"BusinessPartner", "10100001"},
                                      {"BPIdentificationType", "BUP001"},
                                      {"BPIdentificationNumber", "123456789"}});
    seed("A_Customer", Json{{"Customer", "10100001"}});
    seed("A_Product", Json{{"Product", "TG11"}, {"ProductType", "HAWA"}, {"BaseUnit", "PC"}});
    seed("A_Product", Json{{"Product", "TG12"}, {"ProductType", "HAWA"}, {"BaseUnit", "PC"}});
    for (const auto& [material, quantity] : {std::pair("TG11", "3"), std::pair("TG12", "100")}) {
      EXPECT_TRUE(server_->sales()->seed_stock(material, quantity));
    }
    customer_ = office_->add({{"Kind", "Customer"}, {"Name", "Rheinwerk"}, {"Duns", "123456789"}});
    one_ = office_->add({{"Kind", "Product"}, {"Sku", "TG11"}});
    two_ = office_->add({{"Kind", "Product"}, {"Sku", "TG12"}});
  }
  ~Orders() override {
    hub_.reset();
    fs::remove_all(folder_);
  }

  void start(const std::string& correlation = "") {
    auto transport = http::make_poco_transport(server_->url());
    http::PipelineOptions pipeline{.system = "erp"};
    pipeline.retry.first_backoff = std::chrono::milliseconds(5);
    pipeline.credential = http::make_basic("CHANNEL", Secret("Welcome1"));
    hub::HubConfig config;
    config.systems = {{"office", office_},
                      {"erp", *sap_s4hana::make_adapter(*transport, std::move(pipeline),
                                                        {.client = "100", .user = "channel"})}};
    for (const auto& [name, text] :
         {std::pair("customers", kCustomer), std::pair("products", kProduct),
          std::pair("orders", kOrder), std::pair("invoices", kInvoice)}) {
      auto mapping = mapping::Mapping::parse(text, "test.yaml", model::EntityRegistry::built_in());
      ASSERT_TRUE(mapping) << to_string(mapping.error());
      config.spokes.push_back(
          {.name = std::string("office-") + name, .system = "office", .mapping = *mapping});
    }
    for (const char* name : {"business_partner", "product", "order", "invoice"}) {
      mapping::Tenant tenant;
      if (name == std::string("order")) tenant.values["order_correlation"] = correlation;
      auto mapping = mapping::Mapping::load(
          std::string(CHANNELBRIDGE_SOURCE_DIR) + "/mappings/sap_s4hana/" + name + ".yaml",
          model::EntityRegistry::built_in(), tenant);
      ASSERT_TRUE(mapping) << to_string(mapping.error());
      const bool read = name == std::string("invoice");
      config.spokes.push_back(
          {.name = std::string("erp-") + name,
           .system = "erp",
           .mapping = *mapping,
           .direction = read ? hub::SpokeDirection::Pull : hub::SpokeDirection::Both});
    }
    config.entities["partner"].match = {"duns"};
    config.entities["product"].match = {"sku"};
    auto store = store::open_store("sqlite:" + (folder_ / "hub.db").string());
    ASSERT_TRUE(store) << to_string(store.error());
    hub_ = std::make_unique<hub::Hub>(std::move(config), *std::move(store));
  }

  std::string order(
      std::vector<std::tuple<std::string, std::string, std::string, std::string>> lines) {
    nlohmann::json rows = nlohmann::json::array();
    for (const auto& [no, product, quantity, price] : lines) {
      rows.push_back({{"Id", no},
                      {"No", no},
                      {"Product", product},
                      {"Qty", quantity},
                      {"Unit", "H87"},
                      {"Price", price}});
    }
    return office_->add({{"Kind", "Order"},
                         {"Kind_", "sell_in"},
                         {"Po", "PO-4711"},
                         {"Customer", customer_},
                         {"Date", "2026-05-27"},
                         {"Currency", "EUR"},
                         {"Status", "submitted"},
                         {"Lines", rows}});
  }

  /// The messages of open dead letters.
  std::vector<std::string> letters() {
    std::vector<std::string> out;
    const auto rows = hub_->store().dead_letters(true, 100);
    EXPECT_TRUE(rows) << to_string(rows.error());
    for (const auto& row : *rows) out.push_back(row.message);
    return out;
  }
  hub::RunReport sync() {
    server_->clock().advance(std::chrono::minutes(5));
    auto report = hub_->sync({}, context_);
    EXPECT_TRUE(report) << to_string(report.error());
    for (const hub::SpokeReport& spoke : report->spokes)
      EXPECT_THAT(spoke.stopped, IsEmpty()) << spoke.spoke;
    return *report;
  }

  sandbox::odata::Engine& engine(const std::string& set) {
    return *server_->sales()->service_with(set);
  }
  void seed(const std::string& set, const Json& row) {
    const auto done = server_->sales()->seed(set, row);
    ASSERT_TRUE(done) << to_string(done.error());
  }
  Json only_order() {
    const Json rows = engine("A_SalesOrder").rows("A_SalesOrder");
    EXPECT_EQ(rows.size(), 1U) << rows.dump();
    return rows.empty() ? Json::object() : Json(rows[0]);
  }
  /// Until nothing is written any more.
  void settle() {
    for (int i = 0; i < 6; ++i) {
      if (sync().written() == 0) return;
    }
    ADD_FAILURE() << "it does not come to rest";
  }
  /// A value as people see it, number or text.
  static std::string shown(const nlohmann::json& row, const char* name) {
    const auto found = row.find(name);
    if (found == row.end()) return "-";
    return found->is_string() ? found->get<std::string>() : found->dump();
  }
  std::string field(const std::string& key, const char* name) {
    return shown(office_->at(key).fields, name);
  }
  std::string line(const std::string& key, std::size_t index, const char* name) {
    return shown(office_->at(key).fields["Lines"].at(index), name);
  }

  const fs::path folder_ = fs::temp_directory_path() / ("cb-orders-" + std::to_string(getpid()));
  std::shared_ptr<hub::FakeSystem> office_ = std::make_shared<hub::FakeSystem>("O");
  std::unique_ptr<sandbox::SapServer> server_;
  std::unique_ptr<hub::Hub> hub_;
  std::string customer_;
  std::string one_;
  std::string two_;
  Context context_ = Context().with_timeout(std::chrono::seconds(120));
};

TEST_F(Orders, GoThereAndComeBackLineByLine) {
  start();
  const std::string key = order({{"10", one_, "5", "20"}, {"20", two_, "2", "7.50"}});
  settle();
  ASSERT_THAT(letters(), IsEmpty());
  const Json there = only_order();
  const std::string number = there["SalesOrder"];
  EXPECT_EQ(there["PurchaseOrderByCustomer"], "PO-4711");
  EXPECT_EQ(there["TotalNetAmount"], "115.000");
  // The confirmation: prices, taxes and what is on stock, line by line.
  EXPECT_EQ(field(key, "ErpNumber"), number);
  EXPECT_EQ(field(key, "Status"), "acknowledged");
  EXPECT_EQ(field(key, "Net"), "115");
  EXPECT_EQ(line(key, 0, "Amount"), "100");
  EXPECT_EQ(line(key, 0, "Tax"), "19");
  EXPECT_EQ(line(key, 0, "Confirmed"), "5");
  EXPECT_EQ(line(key, 0, "Shipped"), "0");
  EXPECT_EQ(line(key, 1, "Amount"), "15");

  ASSERT_TRUE(server_->sales()->deliver(number, "10", "3"));
  const auto billed = server_->sales()->bill(number);
  ASSERT_TRUE(billed) << to_string(billed.error());
  settle();
  EXPECT_EQ(field(key, "Status"), "partially_shipped");
  EXPECT_EQ(line(key, 0, "Shipped"), "3");
  EXPECT_EQ(line(key, 1, "Shipped"), "0");
  const auto invoice = std::find_if(
      office_->objects().begin(), office_->objects().end(),
      [](const auto& each) { return each.second.fields.value("Kind", "") == "Invoice"; });
  ASSERT_NE(invoice, office_->objects().end());
  const nlohmann::json& fields = invoice->second.fields;
  EXPECT_EQ(shown(fields, "Number"), *billed);
  EXPECT_EQ(shown(fields, "Net"), "60");
  EXPECT_EQ(shown(fields, "Tax"), "11.4");
  EXPECT_EQ(shown(fields, "Gross"), "71.4");
  ASSERT_EQ(fields["Lines"].size(), 1U);
  EXPECT_EQ(shown(fields["Lines"][0], "Order"), key);
  EXPECT_EQ(shown(fields["Lines"][0], "OrderLine"), "10");
  EXPECT_EQ(shown(fields["Lines"][0], "Qty"), "3");

  ASSERT_TRUE(server_->sales()->deliver(number, "10", "2"));
  ASSERT_TRUE(server_->sales()->deliver(number, "20", "2"));
  settle();
  EXPECT_EQ(field(key, "Status"), "shipped");
  EXPECT_EQ(line(key, 0, "Shipped"), "5");
  EXPECT_EQ(sync().written(), 0U) << "a second run has nothing to write";
  EXPECT_THAT(letters(), IsEmpty());
}

TEST_F(Orders, AShippedLineKeepsWhatWasShippedAndTheSystemSaysWhy) {
  start();
  const std::string key = order({{"10", one_, "3", "20"}, {"20", two_, "2", "7.50"}});
  settle();
  const std::string number = only_order()["SalesOrder"];
  ASSERT_TRUE(server_->sales()->deliver(number, "10", "3"));
  settle();
  nlohmann::json lines = office_->at(key).fields["Lines"];
  lines[0]["Qty"] = "4";  // more than was ordered: the model lets it, the system does not
  lines[0]["Amount"] = nullptr;
  lines[0]["Tax"] = nullptr;
  office_->edit(key, {{"Lines", lines}, {"Net", nullptr}});
  sync();
  EXPECT_THAT(letters(), ElementsAre(HasSubstr("has subsequent documents and cannot be changed")));
  EXPECT_EQ(engine("A_SalesOrderItem").row("A_SalesOrderItem", {number, "10"})["RequestedQuantity"],
            "3.000");
  // It is not sent again by itself.
  const std::uint64_t effects = server_->journal().effects();
  sync();
  EXPECT_EQ(server_->journal().effects(), effects);
}

TEST_F(Orders, AnOrderWhoseItemsAreAllRejectedIsCancelledAndNotShipped) {
  start();
  const std::string key = order({{"10", one_, "3", "20"}});
  settle();
  const std::string number = only_order()["SalesOrder"];
  ASSERT_TRUE(engine("A_SalesOrderItem")
                  .edit("MILLER", "A_SalesOrderItem", {number, "10"},
                        Json{{"SalesDocumentRjcnReason", "10"}}));
  ASSERT_EQ(only_order()["OverallSDProcessStatus"], "C");
  settle();
  EXPECT_EQ(field(key, "Status"), "cancelled");
  // The ERP leaves rejected items out of its total; elsewhere a total is that of all lines.
  EXPECT_EQ(only_order()["TotalNetAmount"], "0.000");
  EXPECT_EQ(field(key, "Net"), "60");
  EXPECT_EQ(line(key, 0, "Amount"), "60");
  EXPECT_EQ(line(key, 0, "Confirmed"), "0");
  EXPECT_THAT(letters(), IsEmpty());
}

TEST_F(Orders, ADocumentThatSomebodyIsEditingIsTriedAgain) {
  start();
  const std::string key = order({{"10", one_, "1", "20"}});
  settle();
  const std::string number = only_order()["SalesOrder"];
  engine("A_SalesOrder").lock("A_SalesOrder", {number}, "MILLER");
  office_->edit(key, {{"Po", "PO-4712"}});
  sync();
  EXPECT_EQ(only_order()["PurchaseOrderByCustomer"], "PO-4711");
  EXPECT_THAT(letters(), IsEmpty());
  engine("A_SalesOrder").unlock("A_SalesOrder", {number});
  settle();
  EXPECT_EQ(only_order()["PurchaseOrderByCustomer"], "PO-4712");
}

TEST_F(Orders, ThoseWhoseAnswersWereLostAreFoundByTheRecordIdsThatTheyBear) {
  start("ExternalDocumentID");
  settle();
  // Alike in all that people see, the buyer's number included.
  order({{"10", two_, "3", "20"}});
  order({{"10", two_, "3", "20"}});
  server_->faults().add(
      {.kind = "reset_after", .match = "POST /sap/opu/odata/sap/API_SALES_ORDER_SRV", .count = 2});
  settle();
  EXPECT_THAT(letters(), IsEmpty());
  const auto records = hub_->store().records_changed("order", 0, 10);
  ASSERT_TRUE(records) << to_string(records.error());
  std::map<std::string, std::string> number_of;
  for (const Json& there : engine("A_SalesOrder").rows("A_SalesOrder")) {
    EXPECT_EQ(there["PurchaseOrderByCustomer"], "PO-4711");
    number_of[there.value("ExternalDocumentID", "")] = there["SalesOrder"];
  }
  ASSERT_EQ(records->size(), 2U);
  ASSERT_EQ(number_of.size(), 2U);
  for (const store::RecordRow& record : *records) {
    std::string mark = record.id;
    for (char& each : mark)
      each = static_cast<char>(std::toupper(static_cast<unsigned char>(each)));
    const auto links = hub_->store().links_of_record(record.id);
    ASSERT_TRUE(links) << to_string(links.error());
    EXPECT_TRUE(std::any_of(links->begin(), links->end(), [&](const store::LinkRow& link) {
      return link.spoke == "erp-order" && link.key == number_of[mark];
    })) << mark;
  }
}

TEST_F(Orders, AnUnknownMaterialIsADeadLetterWithTheSystemsWords) {
  start();
  seed("A_Product", Json{{"Product", "OLD"}, {"ProductType", "HAWA"}, {"BaseUnit", "PC"}});
  const std::string old = office_->add({{"Kind", "Product"}, {"Sku", "OLD"}});
  settle();
  ASSERT_TRUE(engine("A_Product").work("MILLER", [](sandbox::odata::Transaction& transaction) {
    transaction.remove("A_Product", transaction.find("A_Product", {"OLD"}));
  }));
  order({{"10", old, "1", "20"}});
  sync();
  sync();
  EXPECT_THAT(letters(), ElementsAre(HasSubstr("Material OLD is not defined")));
  EXPECT_EQ(engine("A_SalesOrder").count("A_SalesOrder"), 0U);
}

}  // namespace
}  // namespace channelbridge
