// Several services of one S/4HANA system behind one adapter, V2 and V4, against the sandbox.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "channelbridge/hub/hub.hpp"
#include "channelbridge/sap_s4hana/sap_s4hana.hpp"
#include "sandbox/sap/sales.hpp"

namespace channelbridge {
namespace {

using adapter::Operation;
using adapter::Setting;
using adapter::WriteRequest;
using adapter::WriteStatus;
using sandbox::Json;
using ::testing::HasSubstr;

Setting text(std::string value) {
  return {.text = std::move(value), .children = {}, .secret = false, .line = 1};
}

class Services : public ::testing::Test {
 protected:
  void SetUp() override { start({}); }
  void start(const sandbox::SalesOptions& options) {
    auto started = sandbox::SapServer::start(sandbox::sales_services(
        std::string(CHANNELBRIDGE_SOURCE_DIR) + "/tests/fixtures/sap", options));
    ASSERT_TRUE(started) << to_string(started.error());
    server_ = *std::move(started);
    for (const auto& [set, row] :
         {std::pair("A_Customer", Json{{"Customer", "10100001"}}),
          std::pair("A_Product", Json{{"Product", "TG11"}, {"BaseUnit", "PC"}})}) {
      ASSERT_TRUE(server_->sales()->service_with(set)->seed(set, row));
    }
  }

  std::shared_ptr<adapter::Adapter> connect(const std::string& batch_format,
                                            const std::string& overlay = "") {
    adapter::SystemSettings settings{.name = "erp"};
    Setting credential;
    credential.children = {
        {"kind", text("basic")}, {"user", text("CHANNEL")}, {"password", text("Welcome1")}};
    settings.settings.children = {{"url", text(server_->url())},
                                  {"client", text("100")},
                                  {"batch_format", text(batch_format)},
                                  {"credential", credential}};
    if (!overlay.empty()) settings.settings.children["overlay"] = text(overlay);
    auto made = sap_s4hana::kind().make(settings);
    EXPECT_TRUE(made) << (made ? "" : to_string(made.error()));
    return made ? *made : nullptr;
  }

  static adapter::Selection orders_v4() {
    return {.object = "SalesOrder",
            .id = "SalesOrder",
            .version = "@etag",
            .paths = {"SalesOrder", "TotalNetAmount", "PurchaseOrderByCustomer"},
            .children = {{.navigation = "_Item",
                          .object = "SalesOrderItem",
                          .paths = {"SalesOrder", "SalesOrderItem", "NetAmount"},
                          .children = {}}}};
  }
  static WriteRequest order_v4(const std::string& product) {
    return {.nodes = {{.operation = Operation::Create,
                       .object = "SalesOrder",
                       .body = R"({"SalesOrderType":"OR","SalesOrganization":"1010",)"
                               R"("DistributionChannel":"10","OrganizationDivision":"00",)"
                               R"("SoldToParty":"10100001"})"},
                      {.operation = Operation::Create,
                       .object = "SalesOrderItem",
                       .parent = 0,
                       .navigation = "_Item",
                       .body = R"({"Product":")" + product +
                               R"(","RequestedQuantity":2,"RequestedQuantitySAPUnit":"PC",)"
                               R"("_ItemPricingElement":[{"ConditionType":"PMP0",)"
                               R"("ConditionRateAmount":17.505}]})"}}};
  }

  std::unique_ptr<sandbox::SapServer> server_;
  Context context_ = Context().with_timeout(std::chrono::seconds(60));
};

TEST_F(Services, OrdersOfVersionFourAreWrittenInBothFormsOfABatch) {
  for (const char* format : {"multipart", "json"}) {
    SCOPED_TRACE(format);
    const auto adapter = connect(format);
    const auto made = adapter->write(
        orders_v4(), {order_v4("TG11"), order_v4("NONE"), order_v4("TG11")}, context_);
    ASSERT_TRUE(made) << to_string(made.error());
    EXPECT_EQ(made->at(0).nodes[0].status, WriteStatus::Created);
    EXPECT_EQ(made->at(2).nodes[0].status, WriteStatus::Created);
    EXPECT_EQ(made->at(2).nodes[1].key, made->at(2).nodes[0].key + ",10");
    ASSERT_EQ(made->at(1).nodes[0].status, WriteStatus::Rejected);
    EXPECT_EQ(made->at(1).nodes[0].error->remote_code(), "V1/302");
    const std::string key = made->at(0).nodes[0].key;
    const auto now = adapter->read_by_key(orders_v4(), key, context_);
    ASSERT_TRUE(now) << to_string(now.error());
    EXPECT_THAT(std::string(now->document.text()), HasSubstr(R"("TotalNetAmount":35.010)"));
    EXPECT_FALSE(now->version.empty());
    const auto changed =
        adapter->write(orders_v4(),
                       {{.nodes = {{.operation = Operation::Update,
                                    .object = "SalesOrder",
                                    .key = key,
                                    .body = R"({"PurchaseOrderByCustomer":"PO-1"})",
                                    .expected_version = now->version},
                                   {.operation = Operation::Update,
                                    .object = "SalesOrderItem",
                                    .key = "10",
                                    .parent = 0,
                                    .navigation = "_Item",
                                    .body = R"({"RequestedQuantity":3})"}}},
                        {.nodes = {{.operation = Operation::Update,
                                    .object = "SalesOrder",
                                    .key = key,
                                    .body = R"({"PurchaseOrderByCustomer":"PO-2"})",
                                    .expected_version = "W/\"stale\""}}}},
                       context_);
    ASSERT_TRUE(changed) << to_string(changed.error());
    EXPECT_EQ(changed->at(0).nodes[0].status, WriteStatus::Updated)
        << (changed->at(0).nodes[0].error ? to_string(*changed->at(0).nodes[0].error) : "");
    EXPECT_EQ(changed->at(1).nodes[0].status, WriteStatus::Conflict);
  }
}

TEST_F(Services, OneLogonServesAllOfThemAndEachHasItsToken) {
  const auto adapter = connect("multipart");
  const adapter::Selection products{.object = "A_Product",
                                    .id = "Product",
                                    .version = "@etag",
                                    .paths = {"Product", "BaseUnit"},
                                    .children = {}};
  const auto product = [&](const std::string& number) {
    const auto made = adapter->write(
        products,
        {{.nodes = {{.operation = Operation::Create,
                     .object = "A_Product",
                     .body = R"({"Product":")" + number + R"(","BaseUnit":"PC"})"}}}},
        context_);
    ASSERT_TRUE(made) << to_string(made.error());
    EXPECT_EQ(made->at(0).nodes[0].status, WriteStatus::Created);
  };
  const auto order = [&] {
    const auto made = adapter->write(orders_v4(), {order_v4("TG11")}, context_);
    ASSERT_TRUE(made) << to_string(made.error());
    EXPECT_EQ(made->at(0).nodes[0].status, WriteStatus::Created);
  };
  product("A1");
  order();
  product("A2");
  // Whatever the system says to a dead session, writing goes on.
  server_->expire_sessions();
  order();
  product("A3");
  server_->expire_sessions(sandbox::odata::DeadSession::Unauthorized);
  product("A4");
  order();
  server_->expire_sessions(sandbox::odata::DeadSession::LogonPage);
  const auto asked = adapter->write(orders_v4(), {order_v4("TG11")}, context_);
  ASSERT_TRUE(asked) << to_string(asked.error());
  EXPECT_EQ(asked->at(0).nodes[0].status, WriteStatus::Unknown);
  order();
  product("A5");
}

TEST_F(Services, OurRecordIdGoesWhereTheOverlayLetsIt) {
  const std::string overlay = std::string(CHANNELBRIDGE_SOURCE_DIR) +
                              "/tests/fixtures/sap/odata-v2/external-document-id.overlay.edmx";
  const auto described = connect("multipart", overlay)->describe("A_SalesOrder", context_);
  ASSERT_TRUE(described) << to_string(described.error());
  EXPECT_TRUE(described->properties.at("ExternalDocumentID").creatable);
  adapter::Selection orders{.object = "A_SalesOrder",
                            .id = "SalesOrder",
                            .version = "@etag",
                            .paths = {"SalesOrder"},
                            .children = {}};
  const auto adapter = connect("multipart");
  ASSERT_TRUE(adapter->describe("A_SalesOrder", context_));
  EXPECT_EQ(adapter->capabilities(orders).idempotency, adapter::Idempotency::None);
  const auto none = adapter->find(orders, "018f", context_);
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code(), ErrorCode::Unsupported);
  orders.correlation = "ExternalDocumentID";
  EXPECT_EQ(adapter->capabilities(orders).idempotency, adapter::Idempotency::Find);
  ASSERT_TRUE(
      server_->sales()
          ->service_with("A_SalesOrder")
          ->seed("A_SalesOrder", Json{{"SalesOrder", "77"}, {"ExternalDocumentID", "018F-A"}}));
  const auto found = adapter->find(orders, "018f-a", context_);
  ASSERT_TRUE(found) << to_string(found.error());
  ASSERT_EQ(found->size(), 1U);
  EXPECT_EQ(found->at(0).key, "77");
  EXPECT_EQ(found->at(0).correlation, "018f-a");
}

TEST_F(Services, AQuotationIsFoundByTheFieldThatTheTenantHasAdded) {
  const adapter::Selection quotations{.object = "A_SalesQuotation",
                                      .id = "SalesQuotation",
                                      .version = "@etag",
                                      .correlation = "YY1_ChannelRecord_SDH",
                                      .paths = {"SalesQuotation", "SoldToParty"},
                                      .children = {}};
  WriteRequest create{.nodes = {{.operation = Operation::Create,
                                 .object = "A_SalesQuotation",
                                 .body = R"({"SalesQuotationType":"QT","SalesOrganization":"1010",)"
                                         R"("DistributionChannel":"10",)"
                                         R"("OrganizationDivision":"00",)"
                                         R"("SoldToParty":"10100001"})"}},
                      .correlation = "018f-a"};
  const auto nowhere = connect("multipart")->find(quotations, "018f-a", context_);
  ASSERT_FALSE(nowhere) << "this tenant has no such field";
  EXPECT_EQ(nowhere.error().code(), ErrorCode::Invalid);

  start({.custom_fields = {{.set = "A_SalesQuotation", .name = "YY1_ChannelRecord_SDH"}}});
  const auto adapter = connect("multipart");
  EXPECT_EQ(adapter->capabilities(quotations).idempotency, adapter::Idempotency::Find);
  auto written = adapter->write(quotations, {create}, context_);
  ASSERT_TRUE(written) << to_string(written.error());
  ASSERT_EQ(written->at(0).nodes.at(0).status, WriteStatus::Created);
  create.correlation = "018f-b";
  ASSERT_TRUE(adapter->write(quotations, {create}, context_));
  const auto found = adapter->find(quotations, "018f-a", context_);
  ASSERT_TRUE(found) << to_string(found.error());
  ASSERT_EQ(found->size(), 1U);
  EXPECT_EQ(found->at(0).key, written->at(0).nodes.at(0).key);
  EXPECT_EQ(found->at(0).correlation, "018f-a");
}

}  // namespace
}  // namespace channelbridge
