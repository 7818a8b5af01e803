#include <gtest/gtest.h>
#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <cstdlib>

#include "sandbox/soap/example_data.hpp"

namespace channelbridge::sandbox {
namespace {

struct Ran {
  int code{};
  std::string output{};
};

Ran run(const std::string& command) {
  Ran result;
  FILE* pipe = popen((command + " 2>&1").c_str(), "r");
  std::array<char, 4096> block{};
  while (const std::size_t size = fread(block.data(), 1, block.size(), pipe))
    result.output.append(block.data(), size);
  const int status = pclose(pipe);
  result.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return result;
}

/// The Python that has zeep; another one may come first in PATH. "" = there is none.
std::string python_with_zeep() {
  for (const char* python : {"/usr/bin/python3", "python3"})
    if (run(std::string(python) + " -c 'import zeep'").code == 0) return python;
  return {};
}

class SoapClients : public ::testing::Test {
 protected:
  void SetUp() override {
    auto fi_started = SapFiServer::start();
    ASSERT_TRUE(fi_started) << fi_started.error().message();
    fi_server = *std::move(fi_started);
    add_example_data(fi_server->service());
    auto crm_started = SapCrmServer::start();
    ASSERT_TRUE(crm_started) << crm_started.error().message();
    crm_server = *std::move(crm_started);
    const auto added = add_example_data(crm_server->service(), crm_server->clock().now());
    ASSERT_TRUE(added) << added.error().message();
  }
  std::unique_ptr<SapFiServer> fi_server{};
  std::unique_ptr<SapCrmServer> crm_server{};
};

TEST_F(SoapClients, ZeepRunsEveryOperation) {
  const std::string python = python_with_zeep();
  if (python.empty())
    GTEST_SKIP() << "NOT TESTED: zeep is missing (Debian: python3-zeep; "
                    "cmake/install-packages.sh --peers)";
  setenv("FI_URL", fi_server->url().c_str(), 1);
  setenv("CRM_URL", crm_server->url().c_str(), 1);
  const Ran ran =
      run(python + " '" CHANNELBRIDGE_SOURCE_DIR "/tests/integration/soap_clients/zeep_client.py'");
  ASSERT_EQ(ran.code, 0) << ran.output;
  const Json counters = crm_server->journal().counters();
  EXPECT_EQ(counters["by_object"]["Reservation"]["created"], 2);
  EXPECT_EQ(counters["by_object"]["Claim"]["created"], 2);
  EXPECT_EQ(counters["by_object"]["ClaimDecision"]["created"], 2);
}

TEST_F(SoapClients, GsoapPostsAJournalEntry) {
  const std::string client = CHANNELBRIDGE_GSOAP_CLIENT;
  if (client.empty())
    GTEST_SKIP() << "NOT TESTED: gSOAP is missing (Debian: gsoap, libgsoap-dev; "
                    "cmake/install-packages.sh --peers)";
  const std::string address = fi_server->url() + SapFiService::kJournalEntry;
  const Ran posted = run("'" + client + "' " + address + " CHANNEL Welcome1 0010100001");
  EXPECT_EQ(posted.code, 0);
  EXPECT_EQ(posted.output, "GSOAP-ENTRY 0100000000\n605(RW)\n");
  const Ran refused = run("'" + client + "' " + address + " CHANNEL Welcome1 0099999999");
  EXPECT_EQ(refused.code, 0);
  EXPECT_EQ(refused.output, "GSOAP-ENTRY \n609(RW)\n102(F5)\n");
  EXPECT_EQ(run("'" + client + "' " + address + " CHANNEL wrong 0010100001").code, 1);
  EXPECT_EQ(fi_server->service().documents(), 1U);
}

}  // namespace
}  // namespace channelbridge::sandbox
