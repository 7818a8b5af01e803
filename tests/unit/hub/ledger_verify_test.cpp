#include "ledger_support.hpp"

/// Whether the books hold, and whether every system shows what they say.
namespace channelbridge::hub {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class LedgerVerification : public LedgerTest {
 protected:
  /// A fund of 1000 with 500 granted, of which a claim has got 300: six postings.
  void SetUp() override {
    LedgerTest::SetUp();
    fund_key_ = add_fund("F-1", add_budget(1000), 1000);
    request_key_ = add_request("R-1", fund_key_, "approved", 500, 500);
    claim_key_ = add_claim("C-1", request_key_, "approved", 300, {{"Approved", 300}});
    sync();
    ASSERT_TRUE(verify().equal()) << to_json(verify());
    fund_ = fund().record;
    rows_ = hub_->store().fund_postings({fund_}).value();
    ASSERT_THAT(rows_, SizeIs(6));
  }
  static std::vector<std::string> rules_of(const LedgerCheck& check) {
    std::vector<std::string> out;
    for (const LedgerFault& fault : check.faults)
      out.push_back(fault.rule + " " + std::to_string(fault.no));
    return out;
  }
  static std::string message_of(const LedgerCheck& check, const std::string& rule) {
    for (const LedgerFault& fault : check.faults)
      if (fault.rule == rule) return fault.message;
    return "";
  }
  std::string where(std::int64_t no) const {
    return " WHERE fund = '" + fund_ + "' AND no = " + std::to_string(no);
  }
  /// What system b shows otherwise, as "field: ledger / shown: cause".
  std::vector<std::string> told_of_b() {
    std::vector<std::string> out;
    for (const LedgerDifference& each : verify().differences) {
      EXPECT_EQ(each.system, "b");
      out.push_back(each.number + " " + each.field + ": " + each.ledger + " / " + each.shown +
                    ": " + each.cause);
    }
    return out;
  }

  std::string fund_key_;
  std::string request_key_;
  std::string claim_key_;
  std::string fund_;
  std::vector<store::FundPostingRow> rows_;
};

TEST_F(LedgerVerification, NamesAPostingWhoseAmountWasChangedWithWhatItSaysAndShouldSay) {
  by_hand("UPDATE fund_postings SET moved = '550'" + where(3));
  const LedgerCheck check = verify();
  EXPECT_TRUE(check.broken());
  EXPECT_THAT(rules_of(check), Contains("chain_broken 3"));
  EXPECT_THAT(rules_of(check), Contains("fund_posting_differs 3"));
  EXPECT_EQ(check.faults[0].number, "F-1");
  EXPECT_THAT(
      message_of(check, "fund_posting_differs"),
      HasSubstr("is 550.00 EUR from prereserved to reserved, and its event makes 500.00 EUR "
                "from prereserved to reserved"));
  const auto figures = hub_->ledger({.fund = "F-1"});
  ASSERT_FALSE(figures) << "no figures of books that do not hold";
  EXPECT_THAT(figures.error().message(), HasSubstr("`ledger verify`"));
}

TEST_F(LedgerVerification, NamesAPostingThatWasChangedWithItsChain) {
  store::FundPostingRow changed = rows_[4];
  ASSERT_EQ(changed.kind, "claim_approved");
  changed.amount = changed.moved = "200";
  const std::string chain = store::chain_of(rows_[3].chain, changed);
  by_hand("UPDATE fund_postings SET moved = '200', amount = '200', chain = '" + chain + "'" +
          where(5));
  const LedgerCheck check = verify();
  EXPECT_THAT(rules_of(check), Contains("chain_broken 6")) << "the one behind it";
  EXPECT_THAT(message_of(check, "chain_broken"),
              HasSubstr("or the one before it was, with its chain"));
}

TEST_F(LedgerVerification, FindsTheLastPostingChangedWithItsChainByTheHead) {
  store::FundPostingRow changed = rows_[5];
  changed.run = 77;
  by_hand("UPDATE fund_postings SET run = 77, chain = '" +
          store::chain_of(rows_[4].chain, changed) + "'" + where(6));
  EXPECT_THAT(rules_of(verify()), Contains("head_differs 6"));
}

TEST_F(LedgerVerification, FindsByTheReportOfARunWhatWasRewrittenFromEndToEnd) {
  by_hand("DELETE FROM fund_postings WHERE fund = '" + fund_ + "' AND no > 3; UPDATE fund_heads " +
          "SET no = 3, chain = '" + rows_[2].chain + "' WHERE fund = '" + fund_ + "'");
  const LedgerCheck check = verify();
  EXPECT_THAT(rules_of(check), Contains("run_differs 0"));
  EXPECT_THAT(message_of(check, "run_differs"), HasSubstr("has reported 8 postings"));
  EXPECT_THAT(rules_of(check), Contains("not_posted 0"));
  EXPECT_THAT(
      message_of(check, "not_posted"),
      HasSubstr("claim C-1 asks for what its books do not have: claim_submitted 300.00 EUR, "
                "claim_approved 300.00 EUR"));
}

TEST_F(LedgerVerification, FindsAPostingThatWasRemoved) {
  by_hand("DELETE FROM fund_postings" + where(2));
  const LedgerCheck check = verify();
  EXPECT_THAT(rules_of(check), Contains("posting_missing 2"));
  by_hand("DELETE FROM fund_postings");
  EXPECT_THAT(rules_of(verify()), Contains("head_differs 6")) << "and when all are";
}

TEST_F(LedgerVerification, FindsThatARecordSaysOtherwiseThanItsPostings) {
  const std::string claim = rows_[4].document;
  by_hand(
      "UPDATE records SET state = replace(state, '\\\"approved_amount\\\":\\\"300\\\"', "
      "'\\\"approved_amount\\\":\\\"250\\\"') WHERE id = '" +
      claim + "'");
  const LedgerCheck check = verify();
  EXPECT_THAT(message_of(check, "not_posted"),
              HasSubstr("claim_taken_back, claim_submitted 300.00 EUR, claim_approved 250.00 EUR"));
}

TEST_F(LedgerVerification, NamesWhatIsNotYetPushed) {
  a_->edit(claim_key_, {{"Status", "released_to_settle"}});
  sync({.only = {"a-claims"}});
  EXPECT_THAT(told_of_b(),
              ElementsAre("C-1 status: released_to_settle / approved: not yet pushed"));
  sync();
  EXPECT_TRUE(verify().equal()) << to_json(verify());
}

TEST_F(LedgerVerification, NamesWhatASystemRefusedWithItsWords) {
  b_->before_write = [](const adapter::WriteRequest&) -> std::optional<adapter::NodeOutcome> {
    return adapter::NodeOutcome{.status = adapter::WriteStatus::Rejected,
                                .error = Error(ErrorCode::Rejected, "period 03 is closed")};
  };
  a_->edit(claim_key_, {{"Status", "released_to_settle"}});
  sync();
  ASSERT_THAT(told_of_b(), SizeIs(1));
  EXPECT_THAT(told_of_b()[0], HasSubstr("refused there: "));
  EXPECT_THAT(told_of_b()[0], HasSubstr("period 03 is closed"));
}

TEST_F(LedgerVerification, NamesWhatWasChangedThereAndTheSumThatItMakes) {
  // Who has decided a claim cannot change it: the other word stays where it was said.
  b_->edit(key_in_b("C-1"), {{"Approved", 280}});
  sync();
  ASSERT_THAT(told_of_b(), SizeIs(2));
  EXPECT_THAT(told_of_b()[0],
              HasSubstr("C-1 approved_amount: 300.00 EUR / 280.00 EUR: changed there, in conflict: "
                        "locked"));
  EXPECT_THAT(told_of_b()[1],
              HasSubstr("F-1 approved claims: 300.00 EUR / 280.00 EUR: sum of its 1 claim"));
}

TEST_F(LedgerVerification, NamesWhatIsNotThere) {
  b_->before_write = [](const adapter::WriteRequest&) -> std::optional<adapter::NodeOutcome> {
    return adapter::NodeOutcome{.status = adapter::WriteStatus::Rejected,
                                .error = Error(ErrorCode::Rejected, "partner is blocked")};
  };
  add_claim("C-2", request_key_, "approved", 100, {{"Approved", 100}});
  sync();
  const std::vector<std::string> told = told_of_b();
  ASSERT_THAT(told, SizeIs(2));
  EXPECT_THAT(told[0], HasSubstr("C-2 approved_amount: 100.00 EUR / nothing: refused there: "));
  EXPECT_THAT(told[1], HasSubstr("F-1 approved claims: 400.00 EUR / 300.00 EUR"));
}

TEST_F(LedgerVerification, AStoreThatNoRunHasSealedIsJudgedByItsBooksAlone) {
  by_hand("DELETE FROM runs");
  const LedgerCheck check = verify();
  EXPECT_TRUE(check.equal()) << to_json(check);
  EXPECT_EQ(check.sealed_by, 0);
}

}  // namespace
}  // namespace channelbridge::hub
