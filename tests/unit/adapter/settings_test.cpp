#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "channelbridge/adapter/http_settings.hpp"

namespace channelbridge::adapter {
namespace {

using std::chrono_literals::operator""ms;
using ::testing::HasSubstr;

Setting text(std::string value, int line = 0) {
  return {.text = std::move(value), .children = {}, .secret = false, .line = line};
}

Setting group(std::map<std::string, Setting, std::less<>> children, int line = 0) {
  return {.text = {}, .children = std::move(children), .secret = false, .line = line};
}

SystemSettings system_with(std::map<std::string, Setting, std::less<>> settings) {
  return {.name = "erp",
          .folder = "/nowhere",
          .settings = group(std::move(settings), 3),
          .log = nullptr,
          .random = nullptr};
}

TEST(HttpSettings, AGoodEntryGivesTransportCredentialAndLimits) {
  const SystemSettings system = system_with({
      {"url", text("http://localhost:8080/sap/opu/odata/sap/")},
      {"credential",
       group({{"kind", text("basic")}, {"user", text("U")}, {"password", text("P")}})},
      {"limits", group({{"concurrency", text("3")},
                        {"requests_per_second", text("2.5")},
                        {"daily_calls", text("80000")},
                        {"reserve", text("10%")}})},
      {"retry", group({{"first", text("50ms")}})},
  });
  SettingsReader reader(system);
  const HttpSettings http = read_http_settings(reader);
  ASSERT_TRUE(reader.finish()) << to_string(reader.finish().error());
  ASSERT_NE(http.transport, nullptr);
  EXPECT_EQ(http.transport->origin(), "http://localhost:8080");
  EXPECT_EQ(http.base_path, "/sap/opu/odata/sap");
  EXPECT_EQ(http.pipeline.system, "erp");
  EXPECT_EQ(http.pipeline.rate.concurrency, 3);
  EXPECT_EQ(http.pipeline.rate.requests_per_second, 2.5);
  EXPECT_EQ(http.pipeline.retry.first_backoff, 50ms);
  EXPECT_EQ(http.daily_calls, 80'000);
  EXPECT_EQ(http.reserve_calls, 8'000);
  ASSERT_NE(http.pipeline.credential, nullptr);
  const auto authorization = http.pipeline.credential->authorize(Context());
  ASSERT_TRUE(authorization);
  EXPECT_EQ(authorization->header.reveal(), "Basic VTpQ");
}

TEST(HttpSettings, EveryProblemIsReportedAtOnceWithItsLine) {
  const SystemSettings system = system_with({
      {"url", text("ftp://erp", 4)},
      {"transport", text("curl", 5)},
      {"credential", group({{"kind", text("jwt_bearer", 7)}}, 6)},
      {"limits", group({{"concurrency", text("none", 9)}, {"reserve", text("ten", 10)}})},
      {"timeouts", group({{"connect", text("10 apples", 12)}})},
      {"tls", group({{"certificate", text("missing.pem", 14)}})},
  });
  SettingsReader reader(system);
  read_http_settings(reader);
  const auto result = reader.finish();
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code(), ErrorCode::Invalid);
  std::map<std::string, int> lines;
  for (const Problem& problem : result.error().problems()) lines[problem.path] = problem.line;
  const std::map<std::string, int> expected = {
      {"systems.erp.url", 4},
      {"systems.erp.transport", 5},
      {"systems.erp.credential.client_id", 6},
      {"systems.erp.credential.user", 6},
      {"systems.erp.credential.key", 6},
      {"systems.erp.limits.concurrency", 9},
      {"systems.erp.limits.reserve", 10},
      {"systems.erp.timeouts.connect", 12},
      {"systems.erp.tls.certificate", 14},
  };
  for (const auto& [path, line] : expected) EXPECT_EQ(lines[path], line) << path;
}

TEST(HttpSettings, ASecretIsNeverShownInAProblem) {
  SystemSettings system = system_with({{"url", text("http://localhost")}});
  system.settings.children["retry"] =
      group({{"first", {.text = "hunter2", .children = {}, .secret = true, .line = 2}}});
  SettingsReader reader(system);
  read_http_settings(reader);
  EXPECT_THAT(to_string(reader.finish().error()), ::testing::Not(HasSubstr("hunter2")));
}

TEST(HttpSettings, AUserNameInTheUrlIsRefused) {
  const SystemSettings system = system_with({{"url", text("http://user:word@localhost")}});
  SettingsReader reader(system);
  read_http_settings(reader, {.credential_required = false});
  ASSERT_FALSE(reader.finish());
  EXPECT_THAT(to_string(reader.finish().error()), ::testing::Not(HasSubstr("word@")));
}

TEST(SettingsReader, ReadsDurationsInEveryUnit) {
  const SystemSettings system = system_with({{"a", text("250ms")},
                                             {"b", text("30s")},
                                             {"c", text("5m")},
                                             {"d", text("2h")},
                                             {"e", text("7")},
                                             {"f", text("9999999999999999999s")}});
  SettingsReader reader(system);
  EXPECT_EQ(reader.duration("a", 0ms), 250ms);
  EXPECT_EQ(reader.duration("b", 0ms), 30'000ms);
  EXPECT_EQ(reader.duration("c", 0ms), 300'000ms);
  EXPECT_EQ(reader.duration("d", 0ms), 7'200'000ms);
  EXPECT_EQ(reader.duration("e", 0ms), 7'000ms);
  EXPECT_TRUE(reader.finish());
  EXPECT_EQ(reader.duration("f", 1ms), 1ms);
  EXPECT_FALSE(reader.finish());
}

TEST(AdapterRegistry, FindsWhatWasAdded) {
  AdapterRegistry registry;
  registry.add({.name = "odata", .known_settings = {"url"}, .make = {}, .published = {}});
  ASSERT_NE(registry.find("odata"), nullptr);
  EXPECT_EQ(registry.find("other"), nullptr);
  EXPECT_EQ(registry.names(), std::vector<std::string>{"odata"});
}

TEST(WriteStatus, HasAWordForEach) {
  EXPECT_EQ(to_string(WriteStatus::Created), "created");
  EXPECT_EQ(to_string(WriteStatus::Unknown), "unknown");
}

}  // namespace
}  // namespace channelbridge::adapter
