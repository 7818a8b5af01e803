// What partners are invoiced raises their co-op funds: once, by line, and back.
#include "accruals_support.hpp"

namespace channelbridge::hub {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST_F(Accruals, AnInvoiceRaisesTheFundOfItsBuyerLineByLineAndOnce) {
  const std::string invoice = add_invoice("I-1", {line(1, 100), line(2, 33.33)});
  sync();
  EXPECT_EQ(figure("accrual"), "2.67") << "2.00 and 0.67: each line is rounded";
  EXPECT_EQ(figure("budget"), "1002.67");
  EXPECT_EQ(to_reserve(), "1002.67");
  EXPECT_THAT(events_of("I-1"), ElementsAre("accrued", "accrued"));
  const std::size_t before = postings();
  sync();
  a_->edit(invoice, {{"Status", "sent"}});
  sync();
  open();
  sync();
  EXPECT_EQ(postings(), before) << "the same news posts nothing";
  EXPECT_THAT(ledger_waits(), IsEmpty());
  EXPECT_FALSE(verify().broken()) << to_json(verify());
}

TEST_F(Accruals, OnlyPurchasesOfThePartnerAndTheTimeOfTheFundCount) {
  const std::string other = add(*a_, {{"Kind", "Account"}, {"Number", "P-2"}}, {});
  add_invoice("I-1", {line(1, 100)}, {{"Buyer", other}});
  add_invoice("I-2", {line(1, 100)}, {{"Issued", "2026-12-31"}});
  add_invoice("I-3", {line(1, 100)}, {{"Status", "cancelled"}});
  const std::string draft = add_invoice("I-4", {line(1, 100)}, {{"Status", "draft"}});
  const std::string mdf =
      add(*a_, {{"Kind", "Budget"}, {"Number", "MDF-27"}, {"Currency", "EUR"}, {"Status", "open"}},
          {{"Amount", 1000}, {"BudgetKind", "mdf"}});
  add_co_op("F-2", {{"Budget", mdf}});
  sync();
  EXPECT_EQ(figure("accrual"), "0");
  EXPECT_EQ(figure("accrual", "F-2"), "0");
  a_->edit(draft, {{"Status", "issued"}});
  sync();
  EXPECT_EQ(figure("accrual"), "2");
  EXPECT_EQ(figure("accrual", "F-2"), "0") << "its budget is no co-op budget";
}

TEST_F(Accruals, ARuleMayNameAFamilyOfProductsWhichMayChange) {
  a_->edit(fund_, {{"Family", "pumps"}});
  const std::string hose = add(*a_, {{"Kind", "Product"}, {"Number", "HO-1"}}, {});
  Json other = line(2, 50);
  other["Product"] = hose;
  add_invoice("I-1", {line(1, 100), other});
  sync();
  EXPECT_EQ(figure("accrual"), "2");
  a_->edit(pump_, {{"Family", "engines"}});
  sync();
  EXPECT_EQ(figure("accrual"), "0");
  a_->edit(hose, {{"Family", "pumps"}});
  sync();
  EXPECT_EQ(figure("accrual"), "1");
  EXPECT_FALSE(verify().broken()) << to_json(verify());
}

TEST_F(Accruals, ACorrectedInvoiceBringsTheBooksToWhatItSays) {
  const std::string invoice = add_invoice("I-1", {line(1, 100), line(2, 50)});
  sync();
  EXPECT_EQ(figure("accrual"), "3");
  a_->edit(invoice, {{"Lines", Json::array({line(1, 150)})}});
  sync();
  EXPECT_EQ(figure("accrual"), "3") << "one line has earned what the other one has lost";
  a_->edit(invoice, {{"Lines", Json::array({line(1, 120)})}});
  sync();
  EXPECT_EQ(figure("accrual"), "2.4");
  a_->edit(invoice, {{"Status", "cancelled"}});
  sync();
  EXPECT_EQ(figure("accrual"), "0");
  EXPECT_EQ(to_reserve(), "1000");
  EXPECT_FALSE(verify().broken()) << to_json(verify());
}

TEST_F(Accruals, ACreditNoteTakesBackWhatItsInvoiceHasEarnedAndNoMore) {
  const std::string invoice = add_invoice("I-1", {line(1, 100)});
  sync();
  const std::string note =
      add_invoice("N-1", {line(1, 40)},
                  {{"InvoiceKind", "credit_note"}, {"Of", invoice}, {"Issued", "2028-01-15"}});
  sync();
  EXPECT_EQ(figure("accrual"), "1.2") << "of the fund of its invoice's time";
  EXPECT_THAT(events_of("N-1"), ElementsAre("accrual_reversed"));
  a_->edit(invoice, {{"Status", "cancelled"}});
  sync();
  ASSERT_THAT(ledger_waits(), SizeIs(1));
  EXPECT_EQ(ledger_waits()[0].number, "I-1");
  EXPECT_EQ(ledger_waits()[0].rule, "fund_overdrawn");
  EXPECT_EQ(figure("accrual"), "1.2");
  a_->edit(note, {{"Status", "cancelled"}});
  sync();
  EXPECT_THAT(ledger_waits(), IsEmpty());
  EXPECT_EQ(figure("accrual"), "0");
}

TEST_F(Accruals, WhatIsSpentAlreadyIsNotTakenBack) {
  const std::string invoice = add_invoice("I-1", {line(1, 10000)});
  sync();
  EXPECT_EQ(to_reserve(), "1200");
  add_request("R-1", fund_, "approved", 1150, 1150);
  sync();
  a_->edit(invoice, {{"Status", "cancelled"}});
  sync();
  ASSERT_THAT(ledger_waits(), SizeIs(1));
  EXPECT_EQ(ledger_waits()[0].rule, "fund_available");
  EXPECT_THAT(ledger_waits()[0].detail, HasSubstr("50.00 EUR is available"));
  EXPECT_EQ(figure("accrual"), "200");
  EXPECT_FALSE(verify().broken()) << to_json(verify());
}

TEST_F(Accruals, WhatHasExpiredIsTakenBackAllTheSame) {
  const std::string invoice = add_invoice("I-1", {line(1, 100)});
  sync();
  a_->edit(fund_, {{"Status", "expired"}});
  sync();
  EXPECT_EQ(figure("expired"), "1002");
  a_->edit(invoice, {{"Status", "cancelled"}});
  sync();
  EXPECT_THAT(ledger_waits(), IsEmpty());
  EXPECT_EQ(figure("accrual"), "0");
  EXPECT_EQ(figure("expired"), "1000");
  EXPECT_EQ(to_reserve(), "0");
  EXPECT_FALSE(verify().broken()) << to_json(verify());
}

TEST_F(Accruals, InvoicesThatWereReadBeforeAccrueWhenTheRuleComesOrChanges) {
  add_invoice("I-1", {line(1, 100)});
  sync();
  EXPECT_EQ(figure("accrual"), "2");
  a_->edit(fund_, {{"Pct", 3}});
  sync();
  EXPECT_EQ(figure("accrual"), "3");
  add_co_op("F-2");
  sync();
  EXPECT_EQ(figure("accrual", "F-2"), "2") << "each fund by its own rule";
  a_->edit(fund_, {{"Pct", nullptr}});
  sync();
  EXPECT_EQ(figure("accrual"), "0");
  EXPECT_FALSE(verify().broken()) << to_json(verify());
}

TEST_F(Accruals, TheSettingIsOffByDefaultAndBeginsWithWhatThereIs) {
  config_.ledger.accruals = LedgerRules::Accruals::None;
  open();
  add_invoice("I-1", {line(1, 100)});
  sync();
  EXPECT_EQ(LedgerRules().accruals, LedgerRules::Accruals::None);
  EXPECT_EQ(figure("accrual"), "0");
  EXPECT_FALSE(verify().broken()) << to_json(verify());
  config_.ledger.accruals = LedgerRules::Accruals::Invoices;
  open();
  sync();
  EXPECT_EQ(figure("accrual"), "2");
}

TEST_F(Accruals, NobodyAccruesTwice) {
  add_invoice("I-1", {line(1, 100)});
  sync();
  EXPECT_EQ(figure("accrual"), "2");
  a_->edit(fund_, {{"Postings",
                    Json::array({Json::object(
                        {{"Id", "p4"}, {"No", 4}, {"Category", "accrual"}, {"Amount", 50}})})}});
  sync();
  EXPECT_EQ(figure("accrual"), "50") << "its system's, and no invoice's";
  ASSERT_THAT(ledger_waits(), SizeIs(1));
  EXPECT_EQ(ledger_waits()[0].number, "F-1");
  EXPECT_EQ(ledger_waits()[0].rule, "accrual_stated");
  add_invoice("I-2", {line(1, 100)});
  sync();
  EXPECT_EQ(figure("accrual"), "50");
  EXPECT_FALSE(verify().broken()) << to_json(verify());
  a_->edit(fund_, {{"Pct", nullptr}});
  sync();
  EXPECT_THAT(ledger_waits(), IsEmpty()) << "only one of them accrues";
}

TEST_F(Accruals, AnotherCurrencyWaitsUntilTheInvoiceStatesItsRate) {
  const std::string invoice =
      add_invoice("I-1", {line(1, 100), line(2, 33.33)}, {{"Currency", "USD"}});
  sync();
  ASSERT_THAT(ledger_waits(), SizeIs(1));
  EXPECT_EQ(ledger_waits()[0].rule, "fund_currency");
  EXPECT_THAT(ledger_waits()[0].detail, HasSubstr("is in USD"));
  a_->edit(invoice, {{"FxCurrency", "EUR"}, {"FxRate", 0.925}, {"FxSource", "ECB"}});
  sync();
  ASSERT_THAT(ledger_waits(), SizeIs(1)) << "of which day the rate is nobody knows";
  a_->edit(invoice, {{"FxDate", "2027-03-01"}});
  sync();
  EXPECT_THAT(ledger_waits(), IsEmpty());
  EXPECT_EQ(figure("accrual"), "2.47") << "1.85 and 0.616605, each rounded once";
  add_invoice("N-1", {line(1, 100)},
              {{"InvoiceKind", "credit_note"}, {"Of", invoice}, {"Currency", "USD"}});
  sync();
  EXPECT_THAT(ledger_waits(), IsEmpty());
  EXPECT_EQ(figure("accrual"), "0.62") << "a credit note counts at its invoice's rate";
  a_->edit(invoice, {{"FxRate", 1}});
  sync();
  EXPECT_EQ(figure("accrual"), "0.67");
  EXPECT_FALSE(verify().broken()) << to_json(verify());
}

/// A line of the fund's own books.
Json stated_accrual(int no, int amount) {
  Json out{{"Id", "p" + std::to_string(no)}, {"No", no}, {"Category", "accrual"}};
  out["Amount"] = amount;
  return out;
}

TEST_F(Accruals, WhatItsSystemStatesReplacesWhatPurchasesHaveEarnedThoughThatIsGranted) {
  add_invoice("I-1", {line(1, 10000)});
  add_request("R-1", fund_, "approved", 1150, 1150);
  sync();
  EXPECT_EQ(to_reserve(), "50");
  a_->edit(fund_, {{"Pct", nullptr},
                   {"Postings", Json::array({stated_accrual(1, 100), stated_accrual(2, 90)})}});
  sync();
  EXPECT_THAT(ledger_waits(), IsEmpty());
  EXPECT_EQ(figure("accrual"), "190");
  EXPECT_EQ(figure("reserved"), "1150") << "what is granted stays where it is";
  EXPECT_EQ(to_reserve(), "40");
  EXPECT_THAT(events_of("I-1"), ElementsAre("accrued", "accrual_reversed"));
  const std::size_t before = postings();
  sync();
  EXPECT_EQ(postings(), before);
  EXPECT_FALSE(verify().broken()) << to_json(verify());
}

TEST_F(Accruals, WhereItIsTooLittleNothingMovesUntilTheProjectAddsIt) {
  add_invoice("I-1", {line(1, 10000)});
  add_request("R-1", fund_, "approved", 1150, 1150);
  sync();
  a_->edit(fund_, {{"Pct", nullptr}, {"Postings", Json::array({stated_accrual(1, 100)})}});
  sync();
  ASSERT_THAT(ledger_waits(), SizeIs(1));
  EXPECT_EQ(ledger_waits()[0].number, "F-1");
  EXPECT_EQ(ledger_waits()[0].rule, "accrual_stated");
  EXPECT_THAT(ledger_waits()[0].detail, HasSubstr("50.00 EUR too much"));
  EXPECT_EQ(figure("accrual"), "200") << "all of it, or nothing";
  EXPECT_FALSE(verify().broken()) << to_json(verify());
  config_.ledger.accruals_stated = LedgerRules::Stated::Add;
  open();
  sync();
  EXPECT_THAT(ledger_waits(), IsEmpty());
  EXPECT_EQ(figure("accrual"), "300");
  EXPECT_EQ(to_reserve(), "150");
  EXPECT_FALSE(verify().broken()) << to_json(verify());
}

TEST_F(Accruals, AProjectThatGoesBackTakesWhatItsSystemStates) {
  add_invoice("I-1", {line(1, 10000)});
  add_request("R-1", fund_, "approved", 1150, 1150);
  sync();
  config_.ledger.accruals = LedgerRules::Accruals::None;
  open();
  sync();
  EXPECT_EQ(figure("accrual"), "200") << "what is earned stays until its system says otherwise";
  a_->edit(fund_, {{"Postings", Json::array({stated_accrual(1, 250)})}});
  sync();
  EXPECT_THAT(ledger_waits(), IsEmpty());
  EXPECT_EQ(figure("accrual"), "250");
  EXPECT_EQ(to_reserve(), "100");
  EXPECT_FALSE(verify().broken()) << to_json(verify());
}

TEST_F(Accruals, VerifyFindsAnInvoiceWhoseAccrualIsNotPosted) {
  add_invoice("I-1", {line(1, 7777.5)});
  sync();
  EXPECT_EQ(figure("accrual"), "155.55");
  by_hand("UPDATE records SET state = replace(state, '7777.5', '8888.5') WHERE entity = 'invoice'");
  const LedgerCheck check = verify();
  ASSERT_THAT(check.faults, SizeIs(1)) << to_json(check);
  EXPECT_EQ(check.faults[0].rule, "not_posted");
  EXPECT_THAT(check.faults[0].message,
              HasSubstr("invoice I-1 asks for what its books do not have: accrued 22.22 EUR"));
}

}  // namespace
}  // namespace channelbridge::hub
