// A distributor fills its stock: its purchase order comes as an IDoc, becomes one sales order in
// the vendor's ERP, and the ERP's word goes back line by line.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <mutex>
#include <thread>

#include "channelbridge/adapter/receiver.hpp"
#include "channelbridge/hub/project.hpp"
#include "channelbridge/idoc/idoc.hpp"
#include "channelbridge/sap_s4hana/sap_s4hana.hpp"
#include "channelbridge/store/store.hpp"
#include "sandbox/idoc/idoc_server.hpp"
#include "sandbox/sap/sales.hpp"

namespace channelbridge {
namespace {

namespace fs = std::filesystem;
using sandbox::Json;

constexpr const char* kProject = R"yaml(store: "sqlite:hub.db"
systems:
  distributor:
    adapter: idoc
    url: "DISTRIBUTOR"
    client: "100"
    listing: /idoc/outbox/
    credential: { kind: basic, user: CHANNEL, password: Welcome1 }
    poll: 50ms
    partner: { number: ERPCLNT100, port: SAPERP }
    self: { number: CHBRIDGE }
  erp:
    adapter: sap_s4hana
    url: "VENDOR"
    client: "100"
    user: CHANNEL
    credential: { kind: basic, user: CHANNEL, password: Welcome1 }
entities:
  partner: { match: [partner_number] }
  product: { match: [sku] }
  order: { match: [buyer_po] }
spokes:
  erp-partners: { system: erp, mapping: sap_s4hana/business_partner.yaml, direction: pull }
  erp-products: { system: erp, mapping: sap_s4hana/product.yaml, direction: pull }
  edi-partners: { system: distributor, mapping: idoc/partner.yaml, direction: pull, first_contact: hub }
  edi-products: { system: distributor, mapping: idoc/product.yaml, direction: pull, first_contact: hub }
  edi-purchases: { system: distributor, mapping: idoc/purchase_order.yaml, direction: pull, first_contact: system }
  erp-orders: { system: erp, mapping: sap_s4hana/order.yaml, first_contact: hub }
  edi-replies:
    system: distributor
    mapping: idoc/order_confirmation.yaml
    direction: push
    filter: "kind = replenishment and status in (acknowledged, partially_shipped, shipped)"
)yaml";

class Replenishment : public ::testing::Test {
 protected:
  /// `posted`: the distributor's own port posts what it sends, else it is fetched from a listing.
  explicit Replenishment(bool posted = false) : posted_(posted) {}

  void SetUp() override {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
    auto vendor = sandbox::SapServer::start(
        sandbox::sales_services(std::string(CHANNELBRIDGE_SOURCE_DIR) + "/tests/fixtures/sap"));
    ASSERT_TRUE(vendor) << to_string(vendor.error());
    vendor_ = *std::move(vendor);
    seed("A_BusinessPartner", Json{{"BusinessPartner", "10100001"},
                                   {"BusinessPartnerCategory", "2"},
                                   {"OrganizationBPName1", "Nordwind"}});
    seed("A_Customer", Json{{"Customer", "10100001"}});
    for (const auto& [material, stock] : {std::pair("TG11", "3"), std::pair("TG12", "100")}) {
      seed("A_Product", Json{{"Product", material}, {"ProductType", "HAWA"}, {"BaseUnit", "PC"}});
      ASSERT_TRUE(vendor_->sales()->seed_stock(material, stock));
    }
    sandbox::IdocServerOptions options;
    if (posted_) {
      auto listener = http::Server::start({}, [this](const auto& post) { return take(post); });
      ASSERT_TRUE(listener) << to_string(listener.error());
      listener_ = *std::move(listener);
      options.idoc.partner_url = listener_->origin() + "/distributor";
      options.idoc.partner_user = "ERP";
      options.idoc.partner_password = "Welcome2";
      options.idoc.post_again = std::chrono::milliseconds(50);
    }
    auto distributor = sandbox::IdocServer::start(options);
    ASSERT_TRUE(distributor) << to_string(distributor.error());
    distributor_ = *std::move(distributor);
    distributor_->service().add_customer("10100001", "Nordwind", "Kiel", "DE");
    distributor_->service().add_material("TG11", {.name = "Sprinkler"});
    distributor_->service().add_material("TG12", {.name = "Hose"});

    std::string project = kProject;
    for (const auto& [word, url] :
         {std::pair<std::string, std::string>("DISTRIBUTOR", distributor_->url()),
          {"VENDOR", vendor_->url()}})
      project.replace(project.find(word), word.size(), url);
    if (posted_) {
      const std::string fetched = "listing: /idoc/outbox/";
      project.replace(project.find(fetched), fetched.size(),
                      "received: from-distributor\n    posts: { user: ERP, password: Welcome2 }");
      fs::create_directories(folder_ / "from-distributor");
    }
    std::ofstream(folder_ / "channelbridge.yaml") << project;
    open();
  }
  void TearDown() override {
    hub_.reset();
    std::error_code ignored;  // a leftover folder of a test harms nobody
    fs::remove_all(folder_, ignored);
  }

  void open() {
    hub_.reset();
    adapter::AdapterRegistry adapters;
    adapters.add(idoc::kind());
    adapters.add(sap_s4hana::kind());
    auto project = hub::load_project(
        (folder_ / "channelbridge.yaml").string(), adapters, model::EntityRegistry::built_in(),
        {.mapping_folders = {std::string(CHANNELBRIDGE_SOURCE_DIR) + "/mappings"},
         .log = stderr_log(LogLevel::Error)});
    ASSERT_TRUE(project) << to_string(project.error());
    if (posted_) {
      auto receiver = project->hub.systems.front().adapter->receiver();
      ASSERT_TRUE(receiver) << to_string(receiver.error());
      const std::lock_guard lock(receiver_mutex_);
      receiver_ = *receiver;
    }
    auto store = store::open_store(project->store, {.create = true});
    ASSERT_TRUE(store) << to_string(store.error());
    hub_ = std::make_unique<hub::Hub>(std::move(project->hub), *std::move(store));
  }

  /// As `channelbridge listen` answers; 503 as long as nothing is loaded.
  http::Response take(const http::Received& post) {
    const std::lock_guard lock(receiver_mutex_);
    auto answer = receiver_ ? receiver_->take(post)
                            : Result<http::Response>(Error(ErrorCode::Unavailable, "not yet"));
    return answer ? *std::move(answer) : http::Response{.status = 503};
  }
  /// All that the distributor has sent was taken.
  bool arrived() {
    for (int i = 0; i < 1'000; ++i) {
      if (!distributor_->service().next_to_post()) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return false;
  }
  std::size_t files() const {
    const fs::directory_iterator all(folder_ / "from-distributor");
    return static_cast<std::size_t>(std::distance(begin(all), end(all)));
  }

  sandbox::odata::Engine& engine(const std::string& set) {
    return *vendor_->sales()->service_with(set);
  }
  void seed(const std::string& set, const Json& row) {
    const auto done = vendor_->sales()->seed(set, row);
    ASSERT_TRUE(done) << to_string(done.error());
  }
  std::string buy() {
    return distributor_->service().buy(
        {.buyer = "10100001",
         .delivery = "20261204",
         .items = {{"00010", {.material = "TG11", .quantity = 5'000}},
                   {"00020", {.material = "TG12", .quantity = 24'000}}}});
  }
  std::uint64_t sync() {
    vendor_->clock().advance(std::chrono::minutes(5));
    auto report = hub_->sync({}, Context().with_timeout(std::chrono::seconds(120)));
    EXPECT_TRUE(report) << (report ? "" : to_string(report.error()));
    if (!report) return 0;
    for (const hub::SpokeReport& spoke : report->spokes) {
      for (const std::string& why : spoke.stopped) ADD_FAILURE() << spoke.spoke << ": " << why;
      EXPECT_EQ(spoke.dead_letters, 0U) << spoke.spoke;
    }
    return report->written();
  }
  /// Until nothing is written any more; how many runs wrote.
  void settle() {
    for (int i = 0; i < 6; ++i)
      if (sync() == 0) return;
    ADD_FAILURE() << "it does not come to rest";
  }
  Json sales_orders() { return engine("A_SalesOrder").rows("A_SalesOrder"); }
  Json purchase(std::size_t index = 0) {
    return distributor_->service().state()["purchases"].at(index);
  }
  std::size_t answers_sent() const { return distributor_->service().state()["idocs"].size(); }

  const fs::path folder_ =
      fs::temp_directory_path() / ("cb-replenishment-" + std::to_string(getpid()));
  const bool posted_;
  std::mutex receiver_mutex_;
  std::shared_ptr<adapter::Receiver> receiver_;
  std::unique_ptr<http::Server> listener_;
  std::unique_ptr<sandbox::SapServer> vendor_;
  std::unique_ptr<sandbox::IdocServer> distributor_;  // posts to the listener
  std::unique_ptr<hub::Hub> hub_;
};

TEST_F(Replenishment, BecomesOneSalesOrderAndIsAnsweredOnceLineByLine) {
  const std::string number = buy();
  settle();
  const Json orders = sales_orders();
  ASSERT_EQ(orders.size(), 1U) << orders.dump();
  EXPECT_EQ(orders[0]["SoldToParty"], "10100001");
  EXPECT_EQ(orders[0]["PurchaseOrderByCustomer"], number);
  const Json items = engine("A_SalesOrderItem").rows("A_SalesOrderItem");
  ASSERT_EQ(items.size(), 2U) << items.dump();
  EXPECT_EQ(items[0]["RequestedQuantity"], "5.000");
  EXPECT_EQ(items[1]["Material"], "TG12");

  const Json answered = purchase();
  EXPECT_EQ(answered["answers"], 1);
  EXPECT_EQ(answered["vendor_number"], orders[0]["SalesOrder"]);
  const Json& first = answered["items"]["00010"]["promised"];
  const Json& second = answered["items"]["00020"]["promised"];
  ASSERT_EQ(first.size(), 1U) << answered.dump(1);
  ASSERT_EQ(second.size(), 1U) << answered.dump(1);
  EXPECT_EQ(second[0]["quantity"], "24");
  EXPECT_EQ(second[0]["day"], "20261204");
  EXPECT_EQ(first[0]["quantity"], "5");
  EXPECT_EQ(first[0]["day"], "20261211") << "three are on stock, the rest comes a week later";

  EXPECT_EQ(sync(), 0U);
  EXPECT_EQ(answers_sent(), 1U);
}

class PostedReplenishment : public Replenishment {
 protected:
  PostedReplenishment() : Replenishment(true) {}
};

TEST_F(PostedReplenishment, IsTheSameOverThePortsOfBothSides) {
  ASSERT_TRUE(arrived());  // the master data
  ASSERT_TRUE(distributor_->faults().add(
      Json{{"kind", "duplicate_delivery"}, {"match", "POST /distributor"}, {"count", 2}}));
  buy();
  ASSERT_TRUE(arrived());
  settle();
  ASSERT_TRUE(arrived());
  settle();
  ASSERT_EQ(sales_orders().size(), 1U);
  EXPECT_EQ(purchase()["answers"], 1);
  EXPECT_EQ(purchase()["vendor_number"], sales_orders()[0]["SalesOrder"]);
  EXPECT_EQ(answers_sent(), 1U);
  const Json sent = distributor_->service().state()["sent"];
  EXPECT_EQ(files(), sent.size()) << "each IDoc is one file, also where it came twice";
  for (const Json& each : sent) EXPECT_EQ(each["answers"].back(), 200) << each;
  EXPECT_EQ(sync(), 0U);
}

TEST_F(PostedReplenishment, WhatNobodyTakesIsPostedUntilItIsTaken) {
  ASSERT_TRUE(arrived());
  {
    const std::lock_guard lock(receiver_mutex_);
    receiver_.reset();
  }
  buy();
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  EXPECT_TRUE(distributor_->service().next_to_post());
  settle();
  EXPECT_TRUE(sales_orders().empty());
  open();
  ASSERT_TRUE(arrived());
  settle();
  EXPECT_EQ(sales_orders().size(), 1U);
  const Json state = distributor_->service().state();
  for (const Json& each : state["sent"]) {
    if (!each["name"].get<std::string>().starts_with("ORDERS_")) continue;
    EXPECT_GT(each["answers"].size(), 1U) << each;
    EXPECT_EQ(each["answers"].front(), 503) << each;
  }
}

TEST_F(Replenishment, SentAgainMakesNoSecondOrderAndNoSecondAnswer) {
  const std::string number = buy();
  settle();
  distributor_->service().send_again(number);
  settle();
  EXPECT_EQ(sales_orders().size(), 1U);
  EXPECT_EQ(answers_sent(), 1U);
  buy();  // another one for the same goods
  settle();
  EXPECT_EQ(sales_orders().size(), 2U);
  EXPECT_EQ(purchase(1)["answers"], 1);
  EXPECT_EQ(answers_sent(), 2U);
}

TEST_F(Replenishment, AnotherOrderUnderANumberThatHasComeIsALetterThatNamesBoth) {
  buy();
  settle();
  const auto sent = distributor_->service().outbox();
  const auto order = std::find_if(sent.begin(), sent.end(), [](const auto& file) {
    return file.second.find("<MESTYP>ORDERS</MESTYP>") != std::string::npos;
  });
  ASSERT_NE(order, sent.end());
  std::string other = order->second;
  const std::string quantity = "<MENGE>24";
  ASSERT_NE(other.find(quantity), std::string::npos) << other;
  other.replace(other.find(quantity), quantity.size(), "<MENGE>25");
  distributor_->service().leave("zz_other.xml", other);
  vendor_->clock().advance(std::chrono::minutes(5));
  for (int run = 0; run < 2; ++run) {
    const auto report = hub_->sync({}, Context().with_timeout(std::chrono::seconds(120)));
    ASSERT_TRUE(report) << to_string(report.error());
    EXPECT_EQ(report->written(), 0U);
  }
  const auto letters = hub_->store().dead_letters(true, 10);
  ASSERT_TRUE(letters) << to_string(letters.error());
  ASSERT_EQ(letters->size(), 1U) << "told once, however often it is read";
  const std::string& why = letters->front().message;
  EXPECT_NE(why.find("has come before, in " + order->first), std::string::npos) << why;
  EXPECT_NE(letters->front().payload.find("<MENGE>25"), std::string::npos)
      << "kept whole, as it came";
  EXPECT_EQ(sales_orders().size(), 1U);
  EXPECT_EQ(engine("A_SalesOrderItem").rows("A_SalesOrderItem")[1]["RequestedQuantity"], "24.000");
}

TEST_F(Replenishment, LostAnswersMakeNoSecondOrderAndNoSecondConfirmation) {
  ASSERT_TRUE(vendor_->faults().add(
      Json{{"kind", "reset_after"}, {"match", "POST /sap/opu/odata/sap/API_SALES_ORDER_SRV"}}));
  ASSERT_TRUE(distributor_->faults().add(
      Json{{"kind", "reset_after"}, {"match", "POST /sap/bc/idoc_xml"}}));
  buy();
  settle();
  settle();
  EXPECT_EQ(sales_orders().size(), 1U);
  EXPECT_EQ(purchase()["answers"], 1);
  EXPECT_EQ(answers_sent(), 1U);
}

TEST_F(Replenishment, IsAnsweredAgainWhenTheConfirmationChanges) {
  buy();
  settle();
  const std::string order = sales_orders()[0]["SalesOrder"];
  ASSERT_TRUE(
      engine("A_SalesOrderItem")
          .edit("MUELLER", "A_SalesOrderItem", {order, "20"}, Json{{"RequestedQuantity", "20"}}));
  settle();
  EXPECT_EQ(sales_orders().size(), 1U);
  const Json answered = purchase();
  EXPECT_EQ(answered["answers"], 2);
  ASSERT_EQ(answered["items"]["00020"]["promised"].size(), 1U) << answered.dump(1);
  EXPECT_EQ(answered["items"]["00020"]["promised"][0]["quantity"], "20");
  EXPECT_EQ(answers_sent(), 2U);
}

}  // namespace
}  // namespace channelbridge
