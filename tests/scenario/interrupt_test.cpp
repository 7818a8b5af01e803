#include <signal.h>

#include <tuple>

#include "fault_server.hpp"
#include "trouble.hpp"

/// Ctrl-C and SIGTERM while a server says nothing.
namespace channelbridge::demo {
namespace {

struct SilentServer {
  std::string system{};    ///< erp talks through cpprest, crm and c4c through Poco
  std::string variable{};  ///< that holds its URL in the demo's project
};

class Interrupted : public Trouble,
                    public ::testing::WithParamInterface<std::tuple<SilentServer, int>> {};

TEST_P(Interrupted, ARunThatHangsOnAServerEndsWithItsReport) {
  const auto& [server, number] = GetParam();
  kit::FaultServer silent([](kit::FaultPeer& peer) {
    if (peer.read_request()) peer.wait_for_close();
  });
  replace_in_project("${env:" + server.variable + "}", silent.origin("127.0.0.1"));
  auto environment = world_->environment();
  environment["MALLOC_PERTURB_"] = "85";  // what is used after it was freed shows
  ended_ =
      kit::run_child({.program = std::string(CHANNELBRIDGE_BINARY_DIR) + "/bin/channelbridge",
                      .arguments = {"sync", "--timeout", "60", "-o", "json"},
                      .folder = folder_,
                      .environment = environment,
                      .signal = number,
                      .signal_when = [&](const std::string&) { return !silent.seen().empty(); }});
  EXPECT_EQ(ended_.code, 2) << said();
  const auto report = nlohmann::json::parse(ended_.out, nullptr, false);
  ASSERT_TRUE(report.is_object()) << said();
  EXPECT_TRUE(report.value("cancelled", false)) << report.dump(1);
  EXPECT_GT(report.value("run", 0), 0);
  EXPECT_THAT(ended_.err, ::testing::HasSubstr("cancelled: stop was requested"));
}

INSTANTIATE_TEST_SUITE_P(EverySystem, Interrupted,
                         ::testing::Combine(::testing::Values(SilentServer{"erp", "DEMO_ERP_URL"},
                                                              SilentServer{"crm", "DEMO_CRM_URL"},
                                                              SilentServer{"c4c", "DEMO_C4C_URL"}),
                                            ::testing::Values(SIGINT, SIGTERM)),
                         [](const auto& each) {
                           return std::get<0>(each.param).system +
                                  (std::get<1>(each.param) == SIGINT ? "_CtrlC" : "_SIGTERM");
                         });

class SandboxCommand : public ::testing::TestWithParam<std::string> {};

TEST_P(SandboxCommand, SaysHowToLogInAndEndsCleanlyWithSigterm) {
  const kit::Ended ended =
      kit::run_child({.program = std::string(CHANNELBRIDGE_BINARY_DIR) + "/bin/channelbridge",
                      .arguments = {"sandbox", GetParam(), "-o", "json"},
                      .folder = ".",
                      .signal = SIGTERM,
                      .signal_when = [](const std::string& out) { return out.ends_with('\n'); }});
  EXPECT_EQ(ended.code, 0) << ended.err;
  const auto said = nlohmann::json::parse(ended.out, nullptr, false);
  ASSERT_TRUE(said.is_object()) << ended.out;
  const auto credential = said.value("credential", nlohmann::json::object());
  if (GetParam() == "salesforce") {
    EXPECT_EQ(credential, nlohmann::json({{"kind", "client_credentials"},
                                          {"client_id", "channelbridge"},
                                          {"client_secret", "sandbox-secret"}}));
  } else {
    EXPECT_EQ(credential,
              nlohmann::json({{"kind", "basic"}, {"user", "CHANNEL"}, {"password", "Welcome1"}}));
    EXPECT_THAT(said.value("service", ""), ::testing::StartsWith("/sap/"));
  }
}

INSTANTIATE_TEST_SUITE_P(EveryKind, SandboxCommand,
                         ::testing::Values("salesforce", "sap_s4hana", "sap_c4c"),
                         [](const auto& each) { return each.param; });

}  // namespace
}  // namespace channelbridge::demo
