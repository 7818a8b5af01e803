#include "ledger_report.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cli {
namespace {

namespace hub = channelbridge::hub;
using channelbridge::model::Decimal;
using testing::HasSubstr;

TEST(LedgerTable, ShowsAmountsWithAllDecimalsOfTheirCurrency) {
  hub::LedgerLine fund{
      .of = hub::LedgerLine::Of::Fund, .record = "018f", .number = "F-1", .currency = "EUR"};
  fund.figures.budget = Decimal(1000);
  fund.figures.remaining_cash = Decimal(9005, 1);
  fund.figures.utilisation = channelbridge::model::Percent{Decimal(995, 2)};
  fund.accounts["approved_claim"] = Decimal(995, 1);
  hub::LedgerLine yen = fund;
  yen.number.clear();
  yen.currency = "JPY";
  const std::string table = ledger_table({fund, yen});
  EXPECT_THAT(table, HasSubstr("1000.00"));
  EXPECT_THAT(table, HasSubstr("900.50"));
  EXPECT_THAT(table, HasSubstr("99.50"));
  EXPECT_THAT(table, HasSubstr("9.95"));
  EXPECT_THAT(table, HasSubstr("018f")) << "what has no number is told by its id";
  EXPECT_THAT(table, HasSubstr(" 1000 ")) << "a yen has no cents";
  EXPECT_THAT(ledger_table({}), HasSubstr("There are no books"));
}

TEST(LedgerFindings, NameWhatIsBrokenFirstThenWhatDiffersThenTheHead) {
  hub::LedgerCheck check{.books = 2, .seal = {.postings = 8, .head = "ab12"}, .sealed_by = 3};
  EXPECT_EQ(ledger_findings(check),
            "2 books, 8 postings, sealed by run 3: they hold, and every system shows the same.\n"
            "head ab12\n");
  check.excesses.push_back({.fund_number = "F-1",
                            .document_entity = "fund_request",
                            .document_number = "R-1",
                            .currency = "EUR",
                            .asked = Decimal(40)});
  EXPECT_THAT(
      ledger_findings(check),
      testing::StartsWith("to approve: fund F-1: 40.00 EUR beyond it for fund_request R-1\n"));
  check.differences.push_back({.system = "crm",
                               .entity = "claim",
                               .number = "C-1",
                               .key = "a0X",
                               .field = "approved_amount",
                               .ledger = "300.00 EUR",
                               .shown = "280.00 EUR",
                               .cause = "changed there"});
  EXPECT_THAT(ledger_findings(check), HasSubstr("280.00 EUR"));
  EXPECT_THAT(ledger_findings(check), HasSubstr("the books hold, and systems differ"));
  check.faults.push_back(
      {.fund = "018f", .number = "F-1", .no = 3, .rule = "chain_broken", .message = "posting 3"});
  EXPECT_THAT(ledger_findings(check),
              testing::StartsWith("broken: fund F-1: posting 3 (chain_broken)\n"));
  EXPECT_THAT(ledger_findings(check), HasSubstr("the books are broken"));
}

TEST(LedgerFindings, WhatSomebodyShouldLookAtBreaksNothing) {
  hub::LedgerCheck check{.books = 1, .seal = {.postings = 2}};
  check.remarks.push_back({.entity = "claim",
                           .record = "018f",
                           .number = "C-1",
                           .rule = "approval_limit",
                           .message = "is granted 6000.00 EUR"});
  EXPECT_EQ(ledger_findings(check),
            "look at claim C-1: is granted 6000.00 EUR (approval_limit)\n"
            "1 books, 2 postings: they hold, and every system shows the same.\n");
}

TEST(LedgerEvaluation, TellsLineByLineWhatMayBePaidAndWhatWasAssumed) {
  hub::LedgerEvaluation out{.claim = "018f",
                            .number = "C-1",
                            .status = "approved",
                            .request = "R-1",
                            .fund = "F-1",
                            .currency = "EUR",
                            .share = {Decimal(50)},
                            .request_left = Decimal(900),
                            .fund_left = Decimal(1500),
                            .approved = Decimal(400),
                            .assumed = {"something"}};
  out.evaluation.lines.push_back({.no = 1,
                                  .eligible = Decimal(600),
                                  .computed = Decimal(300),
                                  .approved = Decimal(300),
                                  .limit = channelbridge::model::ClaimLimit::Share,
                                  .reason = "wrong_rate"});
  out.evaluation.claimed = Decimal(400);
  out.evaluation.approved = Decimal(300);
  const std::string text = ledger_evaluation(out);
  EXPECT_THAT(text, HasSubstr("wrong_rate"));
  EXPECT_THAT(text, HasSubstr("claim C-1 (approved): 400.00 EUR claimed, 300.00 EUR grantable by "
                              "50 %, 400.00 EUR approved: more than may be paid.\n"));
  EXPECT_THAT(text, HasSubstr("request R-1 has 900.00 EUR for it\n"));
  EXPECT_THAT(text, HasSubstr("fund F-1 has 1500.00 EUR for it\n"));
  EXPECT_THAT(text, HasSubstr("assumed: something\n"));
  out.approved = Decimal(300);
  EXPECT_THAT(ledger_evaluation(out), HasSubstr("300.00 EUR approved.\n"));
}

}  // namespace
}  // namespace cli
