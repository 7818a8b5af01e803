#include "ledger_support.hpp"

/// What a system's own sums of a fund or a budget are, against the books.
namespace channelbridge::hub {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// An object that is a fund or a budget, read as what its system sums up of it.
std::string statement_mapping(const std::string& object, const std::string& entity,
                              const std::string& key) {
  return "system: fake\nobject: " + object +
         "\nentity: fund_statement\nid: Id\nversion: Version\nformat: json\nabsent: \"null\"\n"
         "fields:\n  number: { path: Number, direction: read }\n  " +
         entity + ": { path: " + key + ", ref: " + entity + ", object: " + object +
         ", direction: read }\n"
         "  currency: { path: SumCurrency, direction: read }\n"
         "  as_of: { path: SumAt, direction: read }\n"
         "  figures.distributed: { path: SumDistributed, direction: read }\n"
         "  figures.granted_requests: { path: SumRequests, direction: read }\n"
         "  figures.granted_claims: { path: SumClaims, direction: read }\n"
         "  figures.released_to_settle: { path: SumReleased, direction: read }\n" +
         (entity == "fund" ? "  figures.available_to_spend: { path: SumToSpend, direction: read }\n"
                           : "");
}

/// A fund of 1000 with 500 granted, of which a claim has got 300; system b sums up what it has.
class LedgerStatements : public LedgerTest {
 protected:
  void SetUp() override {
    LedgerTest::SetUp();
    const std::string fund_key = add_fund("F-1", add_budget(1000), 1000);
    request_key_ = add_request("R-1", fund_key, "approved", 500, 500);
    claim_key_ = add_claim("C-1", request_key_, "approved", 300, {{"Approved", 300}});
    sync();
    read_statements(statement_mapping("Fund", "fund", "Id"));
    b_->edit(
        key_in_b("F-1"),
        {{"SumCurrency", "EUR"}, {"SumRequests", 500}, {"SumClaims", 300}, {"SumToSpend", 200}});
    b_->edit(key_in_b("MDF-26"), {{"SumCurrency", "EUR"},
                                  {"SumDistributed", 1000},
                                  {"SumRequests", 500},
                                  {"SumClaims", 300}});
    sync();
    ASSERT_TRUE(verify().equal()) << to_json(verify());
  }
  void read_statements(const std::string& of_funds) {
    std::erase_if(config_.spokes, [](const Spoke& spoke) { return spoke.name.ends_with("-sums"); });
    config_.spokes.push_back({.name = "b-fund-sums",
                              .system = "b",
                              .mapping = mapping_of(of_funds),
                              .direction = SpokeDirection::Pull});
    config_.spokes.push_back({.name = "b-budget-sums",
                              .system = "b",
                              .mapping = mapping_of(statement_mapping("Budget", "budget", "Id")),
                              .direction = SpokeDirection::Pull});
    open();
  }
  void edit_in_b(const std::string& number, const nlohmann::json& fields) {
    b_->edit(key_in_b(number), fields);
    sync();
  }
  /// "fund F-1 granted_claims: 300.00 EUR / 280.00 EUR: counted otherwise there"
  std::vector<std::string> told() {
    std::vector<std::string> out;
    for (const LedgerDifference& each : verify().differences) {
      if (!each.spoke.ends_with("-sums")) continue;
      EXPECT_EQ(each.system, "b");
      EXPECT_EQ(each.key, key_in_b(each.number));
      out.push_back(each.entity + " " + each.number + " " + each.field + ": " + each.ledger +
                    " / " + each.shown + ": " + each.cause);
    }
    return out;
  }

  std::string request_key_;
  std::string claim_key_;
};

TEST_F(LedgerStatements, NamesASumThatIsCountedOtherwiseWithBothFigures) {
  edit_in_b("F-1", {{"SumClaims", 280}, {"SumAt", "2026-03-04T10:00:00Z"}});
  EXPECT_THAT(told(), ElementsAre("fund F-1 granted_claims: 300.00 EUR / 280.00 EUR: counted "
                                  "otherwise there, as of 2026-03-04T10:00:00Z"));
  edit_in_b("F-1", {{"SumClaims", nullptr}, {"SumAt", nullptr}});
  EXPECT_THAT(told(), ElementsAre("fund F-1 granted_claims: 300.00 EUR / nothing: counted "
                                  "otherwise there"));
}

TEST_F(LedgerStatements, ASumOfABudgetIsThatOfItsFunds) {
  edit_in_b("MDF-26", {{"SumDistributed", 900}, {"SumClaims", 250}});
  EXPECT_THAT(told(),
              ElementsAre("budget MDF-26 distributed: 1000.00 EUR / 900.00 EUR: counted otherwise "
                          "there",
                          "budget MDF-26 granted_claims: 300.00 EUR / 250.00 EUR: counted "
                          "otherwise there: fund_request R-1 without a budget"));
}

TEST_F(LedgerStatements, FollowsTheDocumentsThatTheSystemShowsOtherwise) {
  a_->edit(claim_key_, {{"Status", "released_to_settle"}});
  sync({.only = {"a-claims"}});
  EXPECT_THAT(told(), ElementsAre("fund F-1 released_to_settle: 300.00 EUR / nothing: follows from "
                                  "claim C-1 (not yet pushed)",
                                  "budget MDF-26 released_to_settle: 300.00 EUR / nothing: follows "
                                  "from claim C-1 (not yet pushed)"));
  sync();
  EXPECT_THAT(told(), ElementsAre("fund F-1 released_to_settle: 300.00 EUR / nothing: was read "
                                  "before claim C-1 was written there",
                                  "budget MDF-26 released_to_settle: 300.00 EUR / nothing: was "
                                  "read before claim C-1 was written there"));
  b_->edit(key_in_b("MDF-26"), {{"SumReleased", 300}});
  edit_in_b("F-1", {{"SumReleased", 300}});
  EXPECT_TRUE(verify().equal()) << to_json(verify());
}

TEST_F(LedgerStatements, NamesThePostingThatItWasReadBefore) {
  b_->edit(key_in_b("C-1"), {{"Status", "released_to_settle"}});
  sync({.only = {"b-claims"}});
  EXPECT_THAT(told(), ElementsAre("fund F-1 released_to_settle: 300.00 EUR / nothing: was read "
                                  "before posting 7 (claim_released of claim C-1)",
                                  "budget MDF-26 released_to_settle: 300.00 EUR / nothing: was "
                                  "read before posting 7 (claim_released of claim C-1)"));
}

TEST_F(LedgerStatements, WhatAClosedRequestGivesBackWasGranted) {
  a_->edit(request_key_, {{"Status", "closed"}});
  sync();
  ASSERT_EQ(figure("reserved"), "0");
  edit_in_b("F-1", {{"SumToSpend", 0}});
  EXPECT_TRUE(verify().equal()) << to_json(verify());
  const std::string second = add_request("R-2", "A2", "approved", 100, 100);
  sync();
  a_->edit(second, {{"Status", "cancelled"}});
  sync();
  sync();
  EXPECT_THAT(told(), IsEmpty()) << "what is cancelled is granted to nobody";
}

TEST_F(LedgerStatements, SaysWhereDirectClaimsMakeTheDifference) {
  edit_in_b("F-1", {{"SumToSpend", 700}});
  EXPECT_THAT(told(), ElementsAre("fund F-1 available_to_spend: 200.00 EUR / 700.00 EUR: claims "
                                  "without a request are paid there, and not here (ledger: "
                                  "direct_claims)"));
}

TEST_F(LedgerStatements, ComparesNothingInAnotherCurrency) {
  edit_in_b("F-1", {{"SumCurrency", "PLN"}, {"SumClaims", 280}});
  EXPECT_THAT(told(), ElementsAre("fund F-1 currency: EUR / PLN: another currency"));
}

TEST_F(LedgerStatements, NamesAFundThatNobodyHasRead) {
  read_statements(statement_mapping("Fund", "fund", "Other"));
  edit_in_b("F-1", {{"Other", "B99"}});
  EXPECT_THAT(told(),
              ElementsAre("fund_statement F-1 books: nothing / available_to_spend 200.00 EUR, "
                          "granted_claims 300.00 EUR, granted_requests 500.00 EUR: nobody has "
                          "read fund 'B99' of b yet"));
}

TEST_F(LedgerStatements, NamesAStatementThatCannotBeRead) {
  edit_in_b("F-1", {{"SumClaims", 280}});
  edit_in_b("F-1", {{"SumRequests", "many"}});
  ASSERT_EQ(told().size(), 1U);
  EXPECT_THAT(told()[0], ::testing::HasSubstr("granted_claims: 300.00 EUR / 280.00 EUR: its "
                                              "document cannot be read: "));
  EXPECT_THAT(told()[0], ::testing::HasSubstr("'many'"));
}

TEST_F(LedgerStatements, IsSilentOfWhatHasNoBooksYet) {
  add_fund("F-2", "A1", 100, {{"Status", "planned"}});
  sync();
  edit_in_b("F-2", {{"SumCurrency", "EUR"}, {"SumClaims", 5}});
  EXPECT_THAT(told(), IsEmpty());
}

}  // namespace
}  // namespace channelbridge::hub
