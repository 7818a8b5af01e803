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
