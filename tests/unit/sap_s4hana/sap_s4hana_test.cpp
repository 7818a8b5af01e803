#include "channelbridge/sap_s4hana/sap_s4hana.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "scripted_service.hpp"

namespace channelbridge::sap_s4hana {
namespace {

using adapter::Setting;
using ::testing::HasSubstr;

Setting text(std::string value) {
  return {.text = std::move(value), .children = {}, .secret = false, .line = 1};
}

adapter::SystemSettings settings(std::map<std::string, Setting, std::less<>> values) {
  adapter::SystemSettings out{.name = "erp"};
  out.settings.children = std::move(values);
  out.settings.children["url"] = text("https://erp.example:44300");
  Setting credential;
  credential.children = {
      {"kind", text("basic")}, {"user", text("CHANNEL")}, {"password", text("x")}};
  out.settings.children["credential"] = credential;
  return out;
}

adapter::Selection partners() {
  return {.object = "A_BusinessPartner",
          .id = "BusinessPartner",
          .version = "@etag",
          .paths = {"BusinessPartner"}};
}

TEST(SapS4Hana, IsMadeFromSettingsWithoutContact) {
  const auto made = kind().make(settings({{"client", text("100")},
                                          {"time_zone", text("Europe/Berlin")},
                                          {"identification_type", text("ZCB001")}}));
  ASSERT_TRUE(made) << to_string(made.error());
  const auto capabilities = (*made)->capabilities(partners());
  EXPECT_EQ(capabilities.idempotency, adapter::Idempotency::Find);
  EXPECT_EQ(capabilities.versions, adapter::Versions::Etag);
  EXPECT_TRUE(capabilities.deep_create);
  EXPECT_TRUE(capabilities.atomic_group);
  EXPECT_FALSE(capabilities.deep_update);
  EXPECT_FALSE(capabilities.deletes_visible);
}

TEST(SapS4Hana, SaysThatACreateCannotBeFoundWithoutAnIdentificationType) {
  const auto made = kind().make(settings({}));
  ASSERT_TRUE(made);
  EXPECT_EQ((*made)->capabilities(partners()).idempotency, adapter::Idempotency::None);
}

TEST(SapS4Hana, ReportsEveryWrongSettingAtOnce) {
  const auto made = kind().make(settings({{"client", text("1")},
                                          {"time_zone", text("Mars/Olympus")},
                                          {"identification_type", text("TOO LONG]")},
                                          {"strategy", text("guess")}}));
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code(), ErrorCode::Invalid);
  EXPECT_EQ(made.error().problems().size(), 4U);
}

TEST(SapS4Hana, EveryRequestNamesTheClient) {
  auto transport = std::make_shared<odata::ScriptedTransport>(
      [](const http::Request& request) -> Result<http::Response> {
        if (request.target.find("$metadata") != std::string::npos) {
          return http::Response{.status = 200,
                                .body = odata::fixture("odata-v2/API_BUSINESS_PARTNER.edmx")};
        }
        return odata::json_answer(R"({"d":{"__count":"0","results":[]}})");
      });
  auto adapter = *sap_s4hana::make_adapter(transport, {.system = "erp"},
                                           Options{.client = "100", .language = "EN"});
  ASSERT_TRUE(adapter->read(partners(), {}, 10, Context()));
  for (const http::Request& request : transport->requests()) {
    EXPECT_THAT(request.target, HasSubstr("/sap/opu/odata/sap/API_BUSINESS_PARTNER/"));
    EXPECT_THAT(request.target, HasSubstr("sap-client=100&sap-language=EN"));
  }
}

/// The service of each object, by the path of the request that asks for its metadata.
std::string service_of(adapter::Adapter& adapter, const odata::ScriptedTransport& transport,
                       const std::string& object) {
  EXPECT_FALSE(adapter.describe(object, Context()));
  const std::string target = transport.requests().back().target;
  return target.substr(0, target.find("/$metadata"));
}

std::shared_ptr<odata::ScriptedTransport> nothing_there() {
  return std::make_shared<odata::ScriptedTransport>(
      [](const http::Request&) -> Result<http::Response> { return http::Response{.status = 403}; });
}

TEST(SapS4Hana, EachObjectIsReadWhereItIsServed) {
  const auto transport = nothing_there();
  auto adapter =
      *sap_s4hana::make_adapter(transport, {.system = "erp"},
                                Options{.service_of = {{"API_SALES_CONTRACT_SRV", "ZCONTRACTS"},
                                                       {"YY1_Deal", "/own/deals/"},
                                                       {"A_ProductFamily", "ZFAMILIES"}}});
  const std::string v2 = "/sap/opu/odata/sap/";
  const std::pair<const char*, std::string> expected[] = {
      {"A_BusinessPartner", v2 + "API_BUSINESS_PARTNER"},
      {"A_CustomerSalesArea", v2 + "API_BUSINESS_PARTNER"},
      {"A_Product", v2 + "API_PRODUCT_SRV"},
      {"A_ProductDescription", v2 + "API_PRODUCT_SRV"},
      {"A_ProductFamily", v2 + "ZFAMILIES"},
      {"A_SlsPrcgCndnRecdValidity", v2 + "API_SLSPRICINGCONDITIONRECORD_SRV"},
      {"A_SalesQuotationItem", v2 + "API_SALES_QUOTATION_SRV"},
      {"A_SalesOrder", v2 + "API_SALES_ORDER_SRV"},
      {"A_SlsOrdPaymentPlanItemDetails", v2 + "API_SALES_ORDER_SRV"},
      {"A_SalesContract", v2 + "ZCONTRACTS"},
      {"A_CreditMemoRequest", v2 + "API_CREDIT_MEMO_REQUEST_SRV"},
      {"A_BillingDocument", v2 + "API_BILLING_DOCUMENT_SRV"},
      {"A_MatlStkInAcctMod", v2 + "API_MATERIAL_STOCK_SRV"},
      {"SalesOrder", "/sap/opu/odata4/sap/api_salesorder/srvd_a2x/sap/salesorder/0001"},
      {"CndnContrConditionRecord",
       "/sap/opu/odata4/sap/api_condition_contract/srvd_a2x/sap/conditioncontract/0001"},
      {"YY1_Deal", "/own/deals"}};
  for (const auto& [object, path] : expected)
    EXPECT_EQ(service_of(*adapter, *transport, object), path) << object;
}

TEST(SapS4Hana, OneServiceServesEverythingWhereASettingSaysSo) {
  const auto transport = nothing_there();
  auto adapter =
      *sap_s4hana::make_adapter(transport, {.system = "erp"}, Options{.service = "/odata/v2/all"});
  EXPECT_EQ(service_of(*adapter, *transport, "A_SalesOrder"), "/odata/v2/all");
  EXPECT_EQ(service_of(*adapter, *transport, "A_BusinessPartner"), "/odata/v2/all");
}

TEST(SapS4Hana, TheProbeAsksTheServicesThatTheProjectUses) {
  auto transport = std::make_shared<odata::ScriptedTransport>(
      [](const http::Request& request) -> Result<http::Response> {
        if (request.target.find("$metadata") != std::string::npos)
          return http::Response{.status = 200,
                                .body = odata::fixture("odata-v2/API_SALES_ORDER_SRV.edmx")};
        return odata::json_answer(R"({"d":{"EntitySets":[]}})");
      });
  auto adapter = *sap_s4hana::make_adapter(transport, {.system = "erp"}, Options{});
  ASSERT_TRUE(adapter->check({.object = "A_SalesOrder"}));
  const auto said = adapter->probe(Context());
  ASSERT_TRUE(said) << to_string(said.error());
  EXPECT_THAT(*said, HasSubstr("API_SALES_ORDER_SRV"));
  EXPECT_TRUE(transport->requests("API_BUSINESS_PARTNER").empty());
}

TEST(SapS4Hana, AServiceWithoutANameIsReported) {
  Setting named;
  named.children = {{"API_PRODUCT_SRV", text("")}};
  const auto made = kind().make(settings({{"services", named}}));
  ASSERT_FALSE(made);
  ASSERT_EQ(made.error().problems().size(), 1U);
  EXPECT_EQ(made.error().problems()[0].path, "systems.erp.services.API_PRODUCT_SRV");
}

/// A row for each line of the adapter's own error table.
TEST(SapS4Hana, EveryLineOfTheTableHasItsMeaning) {
  struct Row {
    int status;
    const char* code;
    const char* message;
    ErrorCode meaning;
    const char* duplicate_of;
  };
  const Row rows[] = {
      {404, "/IWFND/MED/170", "No service found", ErrorCode::NotFound, ""},
      {403, "/IWFND/MED/055", "not activated", ErrorCode::Forbidden, ""},
      {400, "R1/1", "No authorization to change", ErrorCode::Forbidden, ""},
      {400, "R1/2", "Business partner 7 is locked by MILLER", ErrorCode::Unavailable, ""},
      {400, "V1/042", "Sales document 7 is currently being processed (by user MILLER)",
       ErrorCode::Unavailable, ""},
      {400, "R1/3", "Possible duplicate: business partner 1000042", ErrorCode::Rejected, "1000042"},
      {400, "R1/3", "Possible duplicate: bank account 1000042", ErrorCode::Rejected, ""},
  };
  for (const Row& row : rows) {
    auto transport = std::make_shared<odata::ScriptedTransport>(
        [&](const http::Request& request) -> Result<http::Response> {
          if (request.target.find("$metadata") != std::string::npos) {
            return http::Response{.status = 200,
                                  .body = odata::fixture("odata-v2/API_BUSINESS_PARTNER.edmx")};
          }
          return odata::json_answer(R"({"error":{"code":")" + std::string(row.code) +
                                        R"(","message":{"value":")" + row.message + R"("}}})",
                                    row.status);
        });
    auto adapter = *sap_s4hana::make_adapter(transport, {.system = "erp"}, Options{.csrf = false});
    const auto clock = std::make_shared<testing::ManualClock>();
    const auto outcomes = adapter->write(partners(),
                                         {{.nodes = {{.operation = adapter::Operation::Create,
                                                      .object = "A_BusinessPartner",
                                                      .body = "{}"}}}},
                                         Context(clock, {}));
    ASSERT_TRUE(outcomes);
    const adapter::NodeOutcome& node = outcomes->at(0).nodes[0];
    ASSERT_TRUE(node.error) << row.message;
    EXPECT_EQ(node.error->code(), row.meaning) << row.message;
    EXPECT_EQ(node.duplicate_of, row.duplicate_of) << row.message;
  }
}

}  // namespace
}  // namespace channelbridge::sap_s4hana
