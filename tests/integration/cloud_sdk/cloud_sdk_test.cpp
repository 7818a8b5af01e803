#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "npm.hpp"
#include "sandbox/sap/sap_server.hpp"

namespace channelbridge::sandbox {
namespace {

namespace fs = std::filesystem;

const fs::path kSource = fs::path(CHANNELBRIDGE_SOURCE_DIR) / "tests/integration/cloud_sdk";
const fs::path kWork = fs::path(CHANNELBRIDGE_BINARY_DIR) / "cloud_sdk";
const fs::path kMetadata =
    fs::path(CHANNELBRIDGE_SOURCE_DIR) / "tests/fixtures/sap/odata-v2/API_BUSINESS_PARTNER.edmx";

bool run(const std::string& command) {
  const std::string line = "cd '" + kWork.string() + "' && " + command;
  return std::system(line.c_str()) == 0;  // NOLINT(cert-env33-c): fixed commands of this test
}

/// The client in the build tree: installed from the committed lock file, its API generated from the
/// published EDMX.
void install() {
  fs::create_directories(kWork / "metadata");
  for (const char* file : {"package.json", "package-lock.json", "peer.ts"}) {
    fs::copy_file(kSource / file, kWork / file, fs::copy_options::overwrite_existing);
  }
  fs::copy_file(kMetadata, kWork / "metadata" / "API_BUSINESS_PARTNER.edmx",
                fs::copy_options::overwrite_existing);
  if (!fs::exists(kWork / "installed")) {
    if (!run("npm ci --no-audit --no-fund > npm.log 2>&1")) {
      if (testing::npm_answers(kWork, "@sap-cloud-sdk/core"))
        FAIL() << "npm is there, but the installation failed: see " << kWork / "npm.log";
      GTEST_SKIP() << "NOT TESTED: npm cannot be reached, so SAP's own OData client is missing";
    }
    ASSERT_TRUE(run("touch installed"));
  }
  if (!fs::exists(kWork / "generated/API_BUSINESS_PARTNER/index.ts")) {
    ASSERT_TRUE(
        run("npx generate-odata-client --input metadata --outputDir generated --overwrite "
            "--skipValidation > generate.log 2>&1"))
        << "see " << kWork / "generate.log";
  }
}

TEST(CloudSdk, ReadsFiltersCreatesUpdatesAndBatches) {
  install();
  if (IsSkipped() || HasFatalFailure()) return;
  auto server = SapServer::start({business_partner_service(kMetadata.string())});
  ASSERT_TRUE(server.has_value()) << to_string(server.error());
  odata::Engine& partners = (*server)->service("API_BUSINESS_PARTNER");
  const auto seed = [&](const char* number, const char* name) {
    const auto seeded =
        partners.seed("A_BusinessPartner", Json{{"BusinessPartner", number},
                                                {"BusinessPartnerCategory", "2"},
                                                {"OrganizationBPName1", name},
                                                {"CreationDate", "2020-05-01T00:00:00"}});
    ASSERT_TRUE(seeded.has_value()) << to_string(seeded.error());
  };
  seed("9", "Nordljus AB");
  seed("11", "Porter LLC");
  seed("12", "O'Neil & Söhne");

  ASSERT_TRUE(
      run("npx esbuild peer.ts --bundle --platform=node --packages=external --log-level=error "
          "--outfile=peer.js"));
  ASSERT_TRUE(run("node peer.js " + (*server)->url()));

  const Json counters = (*server)->journal().counters();
  EXPECT_EQ(counters.at("by_object").at("A_BusinessPartner").at("created"), 1);
  EXPECT_EQ(counters.at("by_object").at("A_BusinessPartner").at("updated"), 2);
  EXPECT_EQ(counters.at("by_object").at("A_BuPaIdentification").at("created"), 2);
}

}  // namespace
}  // namespace channelbridge::sandbox
