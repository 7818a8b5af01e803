// An order that a partner's system sends as an IDoc goes through the hub to an ERP's IDoc port, and
// its confirmation comes back line by line.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "channelbridge/hub/project.hpp"
#include "channelbridge/idoc/idoc.hpp"
#include "channelbridge/store/store.hpp"
#include "sandbox/idoc/idoc_server.hpp"

namespace channelbridge::idoc {
namespace {

namespace fs = std::filesystem;

std::string idoc_of(const std::string& type, const std::string& message, const std::string& number,
                    const std::string& segments) {
  return "<" + type +
         "><IDOC BEGIN=\"1\"><EDI_DC40 SEGMENT=\"1\"><TABNAM>EDI_DC40</TABNAM><DOCNUM>" + number +
         "</DOCNUM><DIRECT>2</DIRECT><IDOCTYP>" + type + "</IDOCTYP><MESTYP>" + message +
         "</MESTYP><SNDPRT>LS</SNDPRT><SNDPRN>SHOP</SNDPRN><RCVPRT>LS</RCVPRT><RCVPRN>CHBRIDGE"
         "</RCVPRN><CREDAT>20260301</CREDAT><CRETIM>101500</CRETIM></EDI_DC40>" +
         segments + "</IDOC></" + type + ">";
}

std::string item_of(const std::string& key, const std::string& quantity,
                    const std::string& material) {
  return "<E1EDP01 SEGMENT=\"1\"><POSEX>" + key + "</POSEX><MENGE>" + quantity +
         "</MENGE><MENEE>PCE</MENEE><NETWR>85.00</NETWR><E1EDP19 SEGMENT=\"1\"><QUALF>002"
         "</QUALF><IDTNR>" +
         material + "</IDTNR></E1EDP19></E1EDP01>";
}

std::string order_of(const std::string& number, const std::string& po,
                     const std::string& first_quantity = "5",
                     const std::string& customer = "0000301800", const std::string& more = "") {
  return idoc_of("ORDERS05", "ORDERS", number,
                 "<E1EDK01 SEGMENT=\"1\"><CURCY>EUR</CURCY></E1EDK01><E1EDK03 SEGMENT=\"1\"><IDDAT>"
                 "022</IDDAT><DATUM>20260301</DATUM></E1EDK03><E1EDK03 SEGMENT=\"1\"><IDDAT>002"
                 "</IDDAT><DATUM>20260315</DATUM></E1EDK03><E1EDKA1 SEGMENT=\"1\"><PARVW>AG</PARVW>"
                 "<PARTN>" +
                     customer +
                     "</PARTN></E1EDKA1><E1EDK02 SEGMENT=\"1\"><QUALF>001</QUALF><BELNR>" + po +
                     "</BELNR></E1EDK02>" + item_of("000010", first_quantity, "TG11") +
                     item_of("000020", "3", "TG12") + more);
}

/// The same from the ERP.
std::string from_erp(std::string text) {
  text.replace(text.find("<SNDPRN>SHOP"), 12, "<SNDPRN>ERPCLNT100");
  return text;
}

class IdocOrders : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "channelbridge-idocs-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
    fs::create_directories(folder_ / "from-shop");
  }
  void TearDown() override {
    hub_.reset();
    std::error_code ignored;  // a leftover folder of a test harms nobody
    fs::remove_all(folder_, ignored);
  }

  void start(const sandbox::IdocOptions& options = {}, const std::string& settings = {},
             const std::string& partners = "direction: pull") {
    auto started = sandbox::IdocServer::start({.idoc = options});
    ASSERT_TRUE(started) << to_string(started.error());
    erp_ = *std::move(started);
    erp_->service().add_customer("0000301800", "Nordwind GmbH", "Kiel", "DE");
    erp_->service().add_material("TG11", {.name = "Sprinkler", .stock = 4'000});
    erp_->service().add_material("TG12", {.name = "Hose", .blocked = true});
    shop_sends("1.xml", idoc_of("DEBMAS07", "DEBMAS", "1",
                                "<E1KNA1M SEGMENT=\"1\"><MSGFN>009</MSGFN><KUNNR>0000301800</KUNNR>"
                                "<NAME1>Nordwind GmbH</NAME1></E1KNA1M>"));
    for (const char* material : {"TG11", "TG12"})
      shop_sends(std::string(material) + ".xml",
                 idoc_of("MATMAS05", "MATMAS", material == std::string("TG11") ? "2" : "3",
                         std::string("<E1MARAM SEGMENT=\"1\"><MSGFN>009</MSGFN><MATNR>") +
                             material + "</MATNR><MEINS>PCE</MEINS></E1MARAM>"));
    std::ofstream(folder_ / "channelbridge.yaml")
        << "store: \"sqlite:hub.db\"\n"
           "systems:\n"
           "  shop: { adapter: idoc, url: \"http://127.0.0.1:9\", credential: { kind: none },\n"
           "          received: from-shop, partner: { number: SHOP }, self: { number: CHBRIDGE } "
           "}\n"
           "  erp: { adapter: idoc, url: \""
        << erp_->url()
        << "\", client: \"100\", listing: /idoc/outbox/,\n"
           "         credential: { kind: basic, user: CHANNEL, password: Welcome1 }, poll: 50ms,\n"
           "         partner: { number: ERPCLNT100, port: SAPERP }, self: { number: CHBRIDGE }"
        << (settings.empty() ? "" : ", " + settings)
        << " }\n"
           "entities:\n"
           "  partner: { match: [partner_number] }\n"
           "  product: { match: [sku] }\n"
           "  order: { match: [buyer_po], groups: { \"*\": latest } }\n"
           "spokes:\n"
           "  shop-partners: { system: shop, mapping: idoc/partner.yaml, direction: pull }\n"
           "  shop-products: { system: shop, mapping: idoc/product.yaml, direction: pull }\n"
           "  shop-orders: { system: shop, mapping: idoc/order.yaml, direction: pull, "
           "first_contact: system }\n"
           "  erp-partners: { system: erp, mapping: idoc/partner.yaml, first_contact: hub, "
        << partners
        << " }\n"
           "  erp-products: { system: erp, mapping: idoc/product.yaml, direction: pull, "
           "first_contact: hub }\n"
           "  erp-orders: { system: erp, mapping: idoc/order.yaml, direction: push }\n"
           "  erp-confirmations: { system: erp, mapping: idoc/order_response.yaml, direction: "
           "pull, first_contact: system }\n";
    open();
  }

  void open() {
    hub_.reset();
    adapter::AdapterRegistry adapters;
    adapters.add(kind());
    auto project = hub::load_project(
        (folder_ / "channelbridge.yaml").string(), adapters, model::EntityRegistry::built_in(),
        {.mapping_folders = {std::string(CHANNELBRIDGE_SOURCE_DIR) + "/mappings"},
         .log = stderr_log(LogLevel::Warning)});
    ASSERT_TRUE(project) << to_string(project.error());
    auto store = store::open_store(project->store, {.create = true});
    ASSERT_TRUE(store) << to_string(store.error());
    hub_ = std::make_unique<hub::Hub>(std::move(project->hub), *std::move(store));
  }

  void shop_sends(const std::string& name, const std::string& text) {
    const fs::path file = folder_ / "from-shop" / name;
    std::ofstream(file) << text;
    saved_ += std::chrono::seconds(1);
    fs::last_write_time(file, fs::file_time_type::clock::from_sys(saved_));
  }

  hub::RunReport sync() {
    auto report = hub_->sync({}, Context());
    EXPECT_TRUE(report) << (report ? "" : to_string(report.error()));
    if (!report) return {};
    for (const hub::SpokeReport& spoke : report->spokes)
      for (const std::string& why : spoke.stopped) ADD_FAILURE() << spoke.spoke << ": " << why;
    return *report;
  }
  static hub::SpokeReport of(const hub::RunReport& report, const std::string& spoke) {
    for (const hub::SpokeReport& line : report.spokes)
      if (line.spoke == spoke) return line;
    ADD_FAILURE() << "no report of " << spoke;
    return {};
  }
  std::size_t posts() const {
    std::size_t out = 0;
    for (const auto& entry : erp_->journal().entries())
      if (entry.object == "SalesOrder") ++out;
    return out;
  }
  std::size_t idocs() const { return erp_->service().state()["idocs"].size(); }
  void act(const std::string& action) {
    const sandbox::Json state = erp_->service().state();
    sandbox::Request request{.method = "POST", .path = "/__sandbox/idocs"};
    request.body = "{\"number\":\"" + state["idocs"].back()["number"].get<std::string>() +
                   "\",\"action\":\"" + action + "\"}";
    const auto response = erp_->service().administer(request);
    ASSERT_TRUE(response && response->status == 200) << (response ? response->body : "");
  }
  std::string order() const {
    auto rows = hub_->store().records_changed("order", 0, 10);
    EXPECT_TRUE(rows);
    EXPECT_EQ(rows->size(), 1U);
    return rows->empty() ? std::string() : rows->front().state;
  }
  void expect_nothing_planned() {
    std::size_t planned = 0;
    const auto plan = hub_->plan({}, Context(), [&](const hub::PlannedAction& action) {
      ++planned;
      ADD_FAILURE() << "planned: " << action.spoke << " " << action.key;
    });
    EXPECT_TRUE(plan) << (plan ? "" : to_string(plan.error()));
    EXPECT_EQ(planned, 0U);
  }

  fs::path folder_;
  std::unique_ptr<sandbox::IdocServer> erp_;
  std::unique_ptr<hub::Hub> hub_;
  std::chrono::sys_seconds saved_{std::chrono::sys_days(std::chrono::year(2026) / 3 / 1)};
};

TEST_F(IdocOrders, GoOutOnceAndAreConfirmedByLine) {
  start();
  shop_sends("order.xml", order_of("10", "PO-1"));
  hub::RunReport report = sync();
  EXPECT_EQ(of(report, "erp-orders").created, 1U);
  EXPECT_EQ(of(report, "erp-orders").unknown, 0U);
  EXPECT_EQ(posts(), 1U);
  report = sync();
  const std::string confirmed = order();
  EXPECT_NE(confirmed.find("0001000001"), std::string::npos) << confirmed;  // the seller's number
  EXPECT_NE(confirmed.find("qty_confirmed"), std::string::npos) << confirmed;
  EXPECT_NE(confirmed.find("2026-03-15"), std::string::npos) << confirmed;
  EXPECT_NE(confirmed.find("reject_reason"), std::string::npos) << confirmed;
  report = sync();
  EXPECT_EQ(of(report, "erp-orders").created + of(report, "erp-orders").updated, 0U);
  EXPECT_EQ(idocs(), 1U);
  expect_nothing_planned();
}

TEST_F(IdocOrders, ALostAnswerMakesNoSecondOrder) {
  start();
  ASSERT_TRUE(erp_->faults().add(
      sandbox::Json{{"kind", "reset_after"}, {"match", "POST /sap/bc/idoc_xml"}}));
  shop_sends("order.xml", order_of("10", "PO-1"));
  const hub::RunReport report = sync();
  EXPECT_EQ(of(report, "erp-orders").created, 1U);
  EXPECT_EQ(of(report, "erp-orders").unknown, 0U);
  sync();
  EXPECT_EQ(idocs(), 1U);
  EXPECT_EQ(posts(), 1U);
}

TEST_F(IdocOrders, WaitForTheirStatusHoweverLong) {
  start({.process_after = std::chrono::hours(1)}, "settle: 200ms");
  shop_sends("order.xml", order_of("10", "PO-1"));
  EXPECT_EQ(of(sync(), "erp-orders").unknown, 1U);
  open();  // another process
  EXPECT_EQ(of(sync(), "erp-orders").unknown, 1U);
  EXPECT_EQ(idocs(), 1U);  // never sent again
  erp_->clock().advance(std::chrono::hours(2));
  open();
  const hub::RunReport report = sync();
  EXPECT_EQ(of(report, "erp-orders").unknown, 0U);
  EXPECT_EQ(of(report, "erp-orders").created, 1U);
  EXPECT_EQ(posts(), 1U);
  EXPECT_EQ(idocs(), 1U);
}

constexpr const char* kRefusesANumberItKnows =
    "settle: 200ms, repeated: The IDoc was received before";

TEST_F(IdocOrders, OneThatNeverArrivedIsSentAgainUnderItsNumber) {
  start({}, kRefusesANumberItKnows);
  ASSERT_TRUE(erp_->faults().add(
      sandbox::Json{{"kind", "reset_before"}, {"match", "POST /sap/bc/idoc_xml"}}));
  shop_sends("order.xml", order_of("10", "PO-1"));
  const hub::RunReport report = sync();
  EXPECT_EQ(of(report, "erp-orders").created, 1U);
  EXPECT_EQ(of(report, "erp-orders").unknown, 0U);
  EXPECT_EQ(posts(), 1U);
  sync();
  EXPECT_EQ(idocs(), 1U);
  expect_nothing_planned();
}

TEST_F(IdocOrders, OneThatNeverArrivedWaitsWhereTheErpTakesANumberTwice) {
  start({.refuse_again = false}, "settle: 200ms");
  ASSERT_TRUE(erp_->faults().add(
      sandbox::Json{{"kind", "reset_before"}, {"match", "POST /sap/bc/idoc_xml"}}));
  shop_sends("order.xml", order_of("10", "PO-1"));
  for (int run = 0; run < 2; ++run) {
    EXPECT_EQ(of(sync(), "erp-orders").unknown, 1U);
    open();  // another process
  }
  EXPECT_EQ(idocs(), 0U);
}

TEST_F(IdocOrders, OneThatHadArrivedIsSentAgainOnceAndRefused) {
  start({.process_after = std::chrono::hours(1)}, kRefusesANumberItKnows);
  ASSERT_TRUE(erp_->faults().add(
      sandbox::Json{{"kind", "reset_after"}, {"match", "POST /sap/bc/idoc_xml"}}));
  shop_sends("order.xml", order_of("10", "PO-1"));
  for (int run = 0; run < 3; ++run) {
    EXPECT_EQ(of(sync(), "erp-orders").unknown, 1U);
    open();
  }
  EXPECT_EQ(idocs(), 2U) << "the port said that it has it: it is asked for, and no more";
  erp_->clock().advance(std::chrono::hours(2));
  EXPECT_EQ(of(sync(), "erp-orders").created, 1U);
  const sandbox::Json state = erp_->service().state();
  EXPECT_EQ(state["idocs"][1]["history"].back()["text"], "The IDoc was received before");
  EXPECT_EQ(erp_->service().orders(), 1U);
  EXPECT_EQ(posts(), 1U);
  sync();
  EXPECT_EQ(idocs(), 2U);
  expect_nothing_planned();
}

TEST_F(IdocOrders, AChangeThatNeverArrivedIsSentAgainByAnotherProcess) {
  start({.confirms = false}, kRefusesANumberItKnows);
  shop_sends("order.xml", order_of("10", "PO-1"));
  sync();
  // Both times, so that the run ends without an answer.
  ASSERT_TRUE(erp_->faults().add(
      sandbox::Json{{"kind", "reset_before"}, {"match", "POST /sap/bc/idoc_xml"}, {"count", 2}}));
  shop_sends("order2.xml",
             order_of("11", "PO-1", "7", "0000301800", item_of("000030", "2", "TG11")));
  EXPECT_EQ(of(sync(), "erp-orders").unknown, 1U);
  open();
  // Meanwhile it changes once more: that waits for the one before.
  shop_sends("order3.xml",
             order_of("12", "PO-1", "8", "0000301800", item_of("000030", "2", "TG11")));
  EXPECT_EQ(of(sync(), "erp-orders").updated, 2U);
  const sandbox::Json state = erp_->service().state();
  ASSERT_EQ(state["idocs"].size(), 3U);
  for (const sandbox::Json& idoc : state["idocs"])
    EXPECT_EQ(idoc["history"].back()["status"], "53") << idoc;
  EXPECT_EQ(state["orders"][0]["items"].size(), 3U) << state["orders"];
  EXPECT_EQ(state["orders"][0]["items"]["000010"]["ordered_thousandths"], 8'000);
  expect_nothing_planned();
}

TEST_F(IdocOrders, AnErrorInTheErpIsShownAndEndsThere) {
  start({.currencies = {"USD"}}, "settle: 200ms");
  shop_sends("order.xml", order_of("10", "PO-1"));
  hub::RunReport report = sync();
  EXPECT_EQ(of(report, "erp-orders").unknown, 1U);
  EXPECT_EQ(of(report, "erp-orders").dead_letters, 0U);
  act("end");
  report = sync();
  EXPECT_EQ(of(report, "erp-orders").unknown, 0U);
  EXPECT_EQ(of(report, "erp-orders").dead_letters, 1U);
  auto letters = hub_->store().dead_letters(true, 10);
  ASSERT_TRUE(letters);
  ASSERT_EQ(letters->size(), 1U);
  EXPECT_NE(letters->front().message.find("68"), std::string::npos) << letters->front().message;
  EXPECT_EQ(idocs(), 1U);
}

TEST_F(IdocOrders, AreSetAsideAtOnceWhereNobodyProcessesThemAgain) {
  start({.currencies = {"USD"}}, "reprocessing: false");
  shop_sends("order.xml", order_of("10", "PO-1"));
  const hub::RunReport report = sync();
  EXPECT_EQ(of(report, "erp-orders").unknown, 0U);
  EXPECT_EQ(of(report, "erp-orders").dead_letters, 1U);
  auto letters = hub_->store().dead_letters(true, 10);
  ASSERT_TRUE(letters && letters->size() == 1U);
  EXPECT_EQ(letters->front().rule, "VG/014");
  EXPECT_NE(letters->front().message.find("Currency EUR is not defined"), std::string::npos)
      << letters->front().message;
}

TEST_F(IdocOrders, AChangeGoesOutOnceTheOrderIsConfirmed) {
  start();
  shop_sends("order.xml", order_of("10", "PO-1"));
  sync();
  sync();
  shop_sends("order2.xml", order_of("11", "PO-1", "7"));
  const hub::RunReport report = sync();
  EXPECT_EQ(of(report, "erp-orders").updated, 1U);
  EXPECT_EQ(posts(), 2U);
  const sandbox::Json state = erp_->service().state();
  ASSERT_EQ(state["orders"].size(), 1U);
  EXPECT_EQ(state["orders"][0]["items"]["000010"]["ordered_thousandths"], 7'000);
  EXPECT_EQ(state["orders"][0]["items"]["000020"]["ordered_thousandths"], 3'000);
  EXPECT_EQ(state["idocs"][1]["message"], "ORDCHG");
  EXPECT_EQ(state["idocs"][1]["history"].back()["status"], "53");
  sync();
  EXPECT_EQ(idocs(), 2U);
}

TEST_F(IdocOrders, AnItemThatCameAndWentBetweenTwoConfirmationsIsCancelled) {
  start({.confirms_changes = false});
  shop_sends("order.xml", order_of("10", "PO-1"));
  sync();
  sync();
  shop_sends("order2.xml",
             order_of("11", "PO-1", "5", "0000301800", item_of("000030", "2", "TG11")));
  EXPECT_EQ(of(sync(), "erp-orders").updated, 1U);
  EXPECT_TRUE(erp_->service().state()["orders"][0]["items"].contains("000030"));
  open();  // another process: nothing of this is in the memory of the one that sent it
  shop_sends("order3.xml", order_of("12", "PO-1"));
  EXPECT_EQ(of(sync(), "erp-orders").updated, 1U);
  const sandbox::Json state = erp_->service().state();
  EXPECT_FALSE(state["orders"][0]["items"].contains("000030")) << state["orders"];
  EXPECT_EQ(state["orders"][0]["items"].size(), 2U);
  for (const sandbox::Json& idoc : state["idocs"])
    EXPECT_EQ(idoc["history"].back()["status"], "53") << idoc;
  // And an item of the first confirmation that went, too, is not cancelled again.
  shop_sends("order4.xml", order_of("13", "PO-1", "6"));
  EXPECT_EQ(of(sync(), "erp-orders").updated, 1U);
  EXPECT_EQ(of(sync(), "erp-orders").unknown, 0U);
  EXPECT_EQ(idocs(), 4U);
  expect_nothing_planned();
}

TEST_F(IdocOrders, TwoNumbersOfTheBuyerThatDifferInZerosAreTwoOrders) {
  start();
  shop_sends("order.xml", order_of("10", "7"));
  sync();
  sync();
  shop_sends("order2.xml", order_of("11", "007"));
  EXPECT_EQ(of(sync(), "erp-orders").created, 1U);
  EXPECT_EQ(erp_->service().orders(), 2U);
}

TEST_F(IdocOrders, AnOlderMessageDoesNotTakeOurWriteBack) {
  start({}, {}, "direction: both");
  sync();
  const Timestamp before = erp_->clock().now() + std::chrono::minutes(10);
  erp_->clock().advance(std::chrono::hours(1));
  shop_sends("2.xml", idoc_of("DEBMAS07", "DEBMAS", "9",
                              "<E1KNA1M SEGMENT=\"1\"><MSGFN>004</MSGFN><KUNNR>0000301800</KUNNR>"
                              "<NAME1>Suedwind GmbH</NAME1></E1KNA1M>"));
  EXPECT_EQ(of(sync(), "erp-partners").updated, 1U);
  const auto name = [&] {
    return erp_->service().state()["customers"]["0000301800"].get<std::string>();
  };
  EXPECT_EQ(name(), "Suedwind GmbH");
  // Made there before our change was posted, and read after it; its telephone number is news.
  std::string late = from_erp(
      idoc_of("DEBMAS07", "DEBMAS", "0000000000000001",
              "<E1KNA1M SEGMENT=\"1\"><MSGFN>009</MSGFN><KUNNR>0000301800</KUNNR><LAND1>DE</LAND1>"
              "<NAME1>Nordwind GmbH</NAME1><ORT01>Kiel</ORT01><TELF1>+49431998877</TELF1>"
              "</E1KNA1M>"));
  std::string at = to_iso8601(before);
  std::erase_if(at, [](char c) { return c < '0' || c > '9'; });
  late.replace(late.find("20260301"), 8, at.substr(0, 8));
  late.replace(late.find("101500"), 6, at.substr(8, 6));
  erp_->service().leave("late.xml", late);
  sync();
  sync();
  auto rows = hub_->store().records_changed("partner", 0, 10);
  ASSERT_TRUE(rows && rows->size() == 1U);
  EXPECT_NE(rows->front().state.find("Suedwind"), std::string::npos) << rows->front().state;
  EXPECT_NE(rows->front().state.find("+49431998877"), std::string::npos) << rows->front().state;
  EXPECT_EQ(name(), "Suedwind GmbH");
}

TEST_F(IdocOrders, PartnersOfACrmAreSavedAndChangedByItsOwnMessage) {
  start({}, {},
        "direction: pull }\n  crm-partners: { system: erp, mapping: idoc/crm_partner.yaml, "
        "direction: push");
  sync();
  sync();
  shop_sends("2.xml", idoc_of("DEBMAS07", "DEBMAS", "9",
                              "<E1KNA1M SEGMENT=\"1\"><MSGFN>004</MSGFN><KUNNR>0000301800</KUNNR>"
                              "<NAME1>Suedwind GmbH</NAME1></E1KNA1M>"));
  EXPECT_EQ(of(sync(), "crm-partners").updated, 1U);
  EXPECT_EQ(of(sync(), "crm-partners").unknown, 0U);
  EXPECT_EQ(erp_->service().state()["customers"]["0000301800"], "Suedwind GmbH");
  expect_nothing_planned();
}

TEST_F(IdocOrders, AConfirmationThatComesLateSaysWhatNoOtherHasSaid) {
  start({.confirms = false});
  shop_sends("order.xml", order_of("10", "PO-1"));
  sync();
  const auto confirmation = [](const std::string& number, const std::string& item,
                               const std::string& quantity) {
    return from_erp(idoc_of(
        "ORDERS05", "ORDRSP", number,
        "<E1EDKA1 SEGMENT=\"1\"><PARVW>AG</PARVW><PARTN>0000301800</PARTN></E1EDKA1><E1EDK02 "
        "SEGMENT=\"1\"><QUALF>001</QUALF><BELNR>PO-1</BELNR></E1EDK02><E1EDP01 SEGMENT=\"1\">"
        "<POSEX>" +
            item + "</POSEX><MENEE>PCE</MENEE><E1EDP20 SEGMENT=\"1\"><WMENG>" + quantity +
            "</WMENG><EDATU>20260401</EDATU></E1EDP20></E1EDP01>"));
  };
  erp_->service().leave("3.xml", confirmation("0000000000000003", "000010", "4"));
  sync();
  erp_->service().leave("2.xml", confirmation("0000000000000002", "000020", "2"));
  erp_->service().leave("1.xml", confirmation("0000000000000001", "000010", "1"));
  sync();
  const std::string confirmed = order();
  EXPECT_NE(confirmed.find("qty_confirmed.value\":\"4\""), std::string::npos) << confirmed;
  EXPECT_NE(confirmed.find("qty_confirmed.value\":\"2\""), std::string::npos) << confirmed;
  EXPECT_EQ(confirmed.find("qty_confirmed.value\":\"1\""), std::string::npos) << confirmed;
  // One that nobody can read stays a letter, whatever others say; replayed, it is read again.
  erp_->service().leave("4.xml", confirmation("0000000000000004", "000020", "two"));
  sync();
  erp_->service().leave("5.xml", confirmation("0000000000000005", "000010", "3"));
  sync();
  auto letters = hub_->store().dead_letters(true, 10);
  ASSERT_TRUE(letters && letters->size() == 1U);
  ASSERT_TRUE(hub_->replay(letters->front().id, Context()));
  sync();
  letters = hub_->store().dead_letters(true, 10);
  ASSERT_TRUE(letters);
  EXPECT_EQ(letters->size(), 1U);
  EXPECT_NE(order().find("qty_confirmed.value\":\"3\""), std::string::npos);
}

TEST_F(IdocOrders, AForgottenOrderIsBroughtInLineAndNotMadeAgain) {
  start();
  shop_sends("order.xml", order_of("10", "PO-1"));
  sync();
  hub_.reset();
  fs::remove(folder_ / "hub.db");  // a store from before the order
  open();
  sync();
  sync();
  EXPECT_EQ(erp_->service().orders(), 1U);
  const sandbox::Json state = erp_->service().state();
  ASSERT_EQ(state["idocs"].size(), 2U);
  EXPECT_EQ(state["idocs"][1]["message"], "ORDCHG");
  EXPECT_EQ(state["orders"][0]["items"]["000010"]["ordered_thousandths"], 5'000);
  sync();
  EXPECT_EQ(idocs(), 2U);
}

}  // namespace
}  // namespace channelbridge::idoc
