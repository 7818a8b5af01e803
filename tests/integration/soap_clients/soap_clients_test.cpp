#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <array>
#include <chrono>
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
  const Json made = crm_server->journal().counters()["by_object"];
  EXPECT_EQ(made["Reservation"]["created"], 4) << "two of them for an initiative";
  EXPECT_EQ(made["Claim"]["created"], 2);
  EXPECT_EQ(made["ClaimDecision"]["created"], 2);
  EXPECT_EQ(made["Initiative"]["created"], 2);
  EXPECT_EQ(made["InitiativeStep"]["created"], 6);
  EXPECT_EQ(made["LeadDistribution"]["created"], 4);
  EXPECT_EQ(made["PartnerRelation"]["created"], 2);
  EXPECT_EQ(made["PartnerHierarchy"]["created"], 2);
  EXPECT_EQ(made["Product"]["created"], 2);
  EXPECT_EQ(made["Document"]["created"], 4);
}

/// Clients that are made of the WSDLs with gSOAP.
class GsoapClients : public SoapClients {
 protected:
  void SetUp() override {
    if (std::string(CHANNELBRIDGE_GSOAP_CLIENTS).empty())
      GTEST_SKIP() << "NOT TESTED: gSOAP is missing (Debian: gsoap, libgsoap-dev; "
                      "cmake/install-packages.sh --peers)";
    SoapClients::SetUp();
  }
  static Ran client(const std::string& name, const std::string& address,
                    const std::string& arguments = "", const std::string& password = "Welcome1") {
    return run("'" CHANNELBRIDGE_GSOAP_CLIENTS + name + "' '" + address + "' CHANNEL " + password +
               " " + arguments);
  }
};

TEST_F(GsoapClients, PostAJournalEntry) {
  const std::string address = fi_server->url() + SapFiService::kJournalEntry;
  const Ran posted = client("journal_entry", address, "0010100001");
  EXPECT_EQ(posted.code, 0);
  EXPECT_EQ(posted.output, "GSOAP-ENTRY 0100000000\n605(RW)\n");
  const Ran refused = client("journal_entry", address, "0099999999");
  EXPECT_EQ(refused.code, 0);
  EXPECT_EQ(refused.output, "GSOAP-ENTRY \n609(RW)\n102(F5)\n");
  EXPECT_EQ(client("journal_entry", address, "0010100001", "wrong").code, 1);
  EXPECT_EQ(fi_server->service().documents(), 1U);
}

TEST_F(GsoapClients, PostAndReverseByBapiInOneSession) {
  const std::string address = fi_server->url() + SapFiService::kRfc;
  const Ran refused = client("functions", address, "0099999999");
  EXPECT_EQ(refused.code, 0);
  EXPECT_EQ(refused.output, "posted RW609 F5102\n");
  EXPECT_EQ(fi_server->service().documents(), 0U);
  const Ran posted = client("functions", address, "0010100001");
  EXPECT_EQ(posted.code, 0);
  EXPECT_EQ(posted.output, "posted RW605\nreversed RW605\n");
  EXPECT_EQ(fi_server->service().documents(), 2U) << "the document, and the one that reverses it";
}

TEST_F(GsoapClients, TakeAClaimFromItsReservationToItsPayment) {
  const std::chrono::year_month_day today(
      std::chrono::floor<std::chrono::days>(crm_server->clock().now()));
  const Ran ran = client("funds", crm_server->url() + SapCrmService::kFunds,
                         std::to_string(static_cast<int>(today.year())));
  EXPECT_EQ(ran.code, 0);
  EXPECT_THAT(ran.output, ::testing::StartsWith(R"(fund 0000000201 20000.00 of 15 value categories
fund 0000000202 20000.00 of 15 value categories
reservation S000
reserved S000 400.00
claim GSOAP-C S000
claim GSOAP-TWICE E012
decided at change 9 E003
decided at change 1 S000 100.25
confirmed S000
confirmed S000
status E0009 BANK-1
claims 1
)")) << "an invoice twice, and a number of change that is none, are refused";
  EXPECT_THAT(ran.output, ::testing::HasSubstr("300,00")) << "an amount that is no decimal";
  const Json made = crm_server->journal().counters()["by_object"];
  EXPECT_EQ(made["Claim"]["created"], 1);
  EXPECT_EQ(made["ClaimDecision"]["created"], 1);
}

TEST_F(GsoapClients, AnswerALeadAndSaveAPartner) {
  const Ran lead = client("leads", crm_server->url() + SapCrmService::kLeads, "0000008002");
  EXPECT_EQ(lead.code, 0);
  EXPECT_EQ(lead.output, "0000008002 DIST\nS000\n");
  const Ran partners = client("partners", crm_server->url() + SapCrmService::kPartners);
  EXPECT_EQ(partners.code, 0);
  EXPECT_EQ(partners.output, "GSOAP-1 S\nGSOAP-9 E\n");
}

}  // namespace
}  // namespace channelbridge::sandbox
