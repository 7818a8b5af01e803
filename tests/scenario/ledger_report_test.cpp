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

}  // namespace
}  // namespace cli
