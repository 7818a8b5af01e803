// Settlements of SAP CRM in the books of the ERP: what these sum up of a fund, against the ledger,
// and reversals on their way there.
#include "crm_funds_world.hpp"
#include "sandbox/soap/sap_fi_server.hpp"

namespace channelbridge::test {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

/// The ERP's accounting twice: for its postings, whose debtors are the ERP's partners, and for its
/// sums, whose funds are the CRM's.
class CrmBooks : public CrmFunds {
 protected:
  void prepare() override {
    auto started = sandbox::SapFiServer::start();
    ASSERT_TRUE(started) << to_string(started.error());
    fi_ = *std::move(started);
    for (const char* debtor : {kRheinwerk, kSeewerk}) books().add_debtor("1010", debtor);
  }
  std::string spokes() const override {
    return std::string(kSpokesOfFunds) + R"(
  fi-settlements: { system: fi, mapping: sap_fi/settlement.yaml, first_contact: system, filter: 'status in (created, reversed)', creates: 'status = created' }
  fi-statements: { system: fi_sums, mapping: sap_fi/fund_statement.yaml, direction: pull }
)";
  }
  std::string entities() const override { return "  settlement: { match: [number] }\n"; }
  std::string systems() const override { return door("fi", "erp") + door("fi_sums", "pcm"); }
  std::string door(const std::string& name, const std::string& keys) const {
    return "  " + name + ":\n    adapter: soap\n    url: \"" + fi_->url() +
           "\"\n    manifest: sap_fi_settlement.yaml\n    settle: 200ms\n"
           "    credential: { kind: basic, user: CHANNEL, password: Welcome1 }\n"
           "    parameters: { company_code: \"1010\", user: CHANNEL }\n    keys_of: " +
           keys + "\n";
  }
  sandbox::SapFiService& books() { return fi_->service(); }
  Json documents() { return books().state()["documents"]; }

  /// A claim over 1,000 EUR that is approved and released; its number in the CRM.
  std::string released() {
    const std::string id = claim(granted(), "FV-7", 1000);
    rest();
    const std::string number = claim_there(id)["number"];
    decide({.number = number, .code = "APPR", .by = "ANNA"});
    rest();
    EXPECT_TRUE(pcm().settle({.number = number, .step = "RELS", .by = "BILLING"}));
    rest();
    return number;
  }
  /// Sums of the books that differ: "settled: 1000.00 EUR / 0.00 EUR: the cause".
  std::vector<std::string> told() {
    std::vector<std::string> out;
    const auto check = hub_->verify_ledger();
    if (!check) return {to_string(check.error())};
    for (const hub::LedgerDifference& each : check->differences)
      if (each.spoke == "fi-statements")
        out.push_back(each.field + ": " + each.ledger + " / " + each.shown + ": " + each.cause);
    return out;
  }

  std::unique_ptr<sandbox::SapFiServer> fi_{};
};

TEST_F(CrmBooks, SumUpWhatTheLedgerHasOfAFund) {
  released();
  ASSERT_THAT(documents(), SizeIs(1));
  EXPECT_EQ(in_fund("settled"), "1000");
  const auto statements = hub_->store().records_changed("fund_statement", 0, 10);
  ASSERT_TRUE(statements);
  EXPECT_THAT(*statements, SizeIs(1)) << "of the fund that has paid";
  EXPECT_THAT(told(), IsEmpty()) << "it is posted";

  const auto paid =
      books().pay({.company = "1010", .value_date = day("2027-01-15"), .bank_reference = "BANK-1"});
  ASSERT_THAT(paid.paid, SizeIs(1));
  rest();
  EXPECT_EQ(in_fund("paid"), "1000");
  EXPECT_THAT(told(), IsEmpty()) << "it is paid";

  // Somebody takes it back there, and only the sums have been read since.
  const Json posted = documents()[0];
  ASSERT_TRUE(books().reset_payment("1010", paid.paid[0].substr(0, 10)));
  ASSERT_TRUE(books().reverse("1010", posted["number"].get<std::string>(),
                              posted["year"].get<std::string>()));
  run({"fi-statements"});
  EXPECT_THAT(told(), Contains(HasSubstr("settled: 1000.00 EUR / 0.00 EUR")));
  EXPECT_THAT(told(), Contains(HasSubstr("paid: 1000.00 EUR / 0.00 EUR")));
}

TEST_F(CrmBooks, TakeBackWhatTheCrmHasReversed) {
  const std::string number = released();
  ASSERT_THAT(documents(), SizeIs(1));
  ASSERT_TRUE(
      pcm().settle({.number = number, .step = "REVS", .reason = "Claimed twice", .by = "BILLING"}));
  rest();
  const Json all = documents();
  ASSERT_THAT(all, SizeIs(2)) << "it was reversed once";
  EXPECT_THAT(all[1].value("reversal_of", ""), HasSubstr(all[0].value("number", "none")));
  EXPECT_EQ(in_fund("settled"), "0");
  EXPECT_THAT(told(), IsEmpty()) << "neither side has it";
}

}  // namespace
}  // namespace channelbridge::test
