#include "relay.hpp"
#include "trouble.hpp"

namespace channelbridge::demo {
namespace {

using ::testing::HasSubstr;

/// One set for all tests: making keys takes time.
const kit::TestCertificates& certificates() {
  static const kit::TestCertificates made;
  return made;
}

struct Server {
  std::string system{};    ///< erp talks through cpprest, c4c through Poco
  std::string variable{};  ///< that holds its URL in the demo's project
  std::string spoke{};     ///< one of its spokes
  std::uint16_t (*port)(const World&){};
};

class WrongCertificate : public Trouble, public ::testing::WithParamInterface<Server> {
 protected:
  /// The system behind TLS with this certificate, and the authority that the project trusts.
  void put_behind(const kit::ServerTls& tls, const std::string& ca) {
    tls_ = tls;
    relay_ = std::make_unique<kit::Relay>(GetParam().port(*world_), kit::Relay::Hooks{}, &tls_);
    replace_in_project(
        "url: \"${env:" + GetParam().variable + "}\"",
        "url: \"" + relay_->origin("localhost") + "\"\n    tls: { ca: \"" + ca + "\" }");
  }

  /// Stopped with the system's name and the reason before anything was sent; the others went on.
  void expect_refused(const std::string& reason) {
    const auto report = run({"sync"});
    EXPECT_EQ(ended_.code, 2) << said();
    const std::string why = stopped(report, GetParam().spoke);
    EXPECT_THAT(why, HasSubstr(GetParam().system + ": "));
    EXPECT_THAT(why, HasSubstr("unauthenticated"));
    EXPECT_THAT(why, HasSubstr(relay_->origin("localhost")));
    EXPECT_THAT(why, HasSubstr(reason));
    EXPECT_EQ(relay_->server().seen().size(), 0U);
    if (GetParam().system == "erp") {
      EXPECT_EQ(world_->c4c().count("LeadCollection"), 20U);
    } else {
      EXPECT_EQ(world_->crm().count("Account"), 6U);
    }
    const auto findings = run({"doctor"});
    EXPECT_EQ(ended_.code, 2);
    EXPECT_THAT(findings.dump(), HasSubstr(reason));
  }

  kit::ServerTls tls_{};
  std::unique_ptr<kit::Relay> relay_;
};

TEST_P(WrongCertificate, OfAnotherAuthorityStopsTheSystemAlone) {
  put_behind(certificates().server(), certificates().other_ca_file());
  expect_refused("certificate");
}

TEST_P(WrongCertificate, OfAnotherHostStopsTheSystemAlone) {
  put_behind(certificates().wrong_host(), certificates().ca_file());
  expect_refused("mismatch");
}

TEST_P(WrongCertificate, ThatHasExpiredStopsTheSystemAlone) {
  put_behind(certificates().expired(), certificates().ca_file());
  expect_refused("expired");
}

TEST_P(WrongCertificate, IsTheOnlyTrouble) {
  put_behind(certificates().server(), certificates().ca_file());
  run({"sync"});
  EXPECT_EQ(ended_.code, 0) << said();
  EXPECT_GT(relay_->server().seen().size(), 0U);
  EXPECT_EQ(world_->c4c().count("LeadCollection"), 20U);
  EXPECT_EQ(world_->crm().count("Account"), 6U);
}

TEST_P(WrongCertificate, AnAuthorityFileThatIsNotThereIsAMistakeOfTheProject) {
  put_behind(certificates().server(), "no-such-ca.pem");
  const auto report = run({"sync"});
  EXPECT_EQ(ended_.code, 3) << said();
  ASSERT_TRUE(report.contains("error")) << said();
  EXPECT_THAT(report["error"]["problems"].dump(), HasSubstr("no-such-ca.pem"));
  EXPECT_GT(report["error"]["problems"][0]["line"].get<int>(), 0);
}

INSTANTIATE_TEST_SUITE_P(
    BothTransports, WrongCertificate,
    ::testing::Values(Server{"erp", "DEMO_ERP_URL", "erp-partners",
                             [](const World& world) { return world.erp_server().port(); }},
                      Server{"c4c", "DEMO_C4C_URL", "c4c-partners",
                             [](const World& world) { return world.c4c_server().port(); }}),
    [](const auto& each) { return each.param.system == "erp" ? "cpprest" : "poco"; });

}  // namespace
}  // namespace channelbridge::demo
