// What partners are invoiced raises their co-op funds: once, by line, and back.
#include "ledger_support.hpp"

namespace channelbridge::hub {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

using Json = nlohmann::json;

/// A co-op budget with a fund of 1000 of partner P-1, which has 2 % of what P-1 buys in 2027.
class Accruals : public LedgerTest {
 protected:
  void SetUp() override {
    LedgerTest::SetUp();
    config_.ledger.accruals = LedgerRules::Accruals::Invoices;
    std::erase_if(config_.spokes, [](const Spoke& spoke) {
      const std::string& entity = spoke.mapping->entity().name();
      return entity == "budget" || entity == "fund" || (spoke.system == "b" && entity != "partner");
    });
    add_spoke("a-budgets",
              ledger_mapping("Budget", "budget", "  kind: BudgetKind\n  amount: Amount\n"));
    add_spoke("a-funds",
              ledger_mapping("Fund", "fund",
                             "  amount: Amount\n  valid.start: Start\n  valid.end: End\n"
                             "  accrual_rule.pct: Pct\n  accrual_rule.product_family: Family\n"
                             "  budget: { path: Budget, ref: budget, object: Budget }\n"
                             "  partner: { path: Partner, ref: partner, object: Account }\n"
                             "children:\n  postings:\n    object: FundPosting\n"
                             "    navigation: Postings\n    id: Id\n    fields:\n"
                             "      no: No\n      category: Category\n      amount: Amount\n"));
    add_spoke("a-invoices",
              ledger_mapping("Invoice", "invoice",
                             "  kind: InvoiceKind\n  issue_date: Issued\n"
                             "  buyer.partner: { path: Buyer, ref: partner, object: Account }\n"
                             "  reference_invoice: { path: Of, ref: invoice, object: Invoice }\n"
                             "children:\n  lines:\n    object: InvoiceLine\n"
                             "    navigation: Lines\n    id: Id\n    fields:\n"
                             "      no: No\n      net: Net\n"
                             "      product: { path: Product, ref: product, object: Product }\n"));
    add_spoke("a-products",
              "system: fake\nobject: Product\nentity: product\nid: Id\nversion: Version\n"
              "format: json\nabsent: \"null\"\nfields:\n  sku: Number\n  family: Family\n");
    config_.entities["product"].match = {"sku"};
    config_.entities["invoice"].match = {"number"};
    open();
    partner_ = add(*a_, {{"Kind", "Account"}, {"Name", "Rheinwerk"}, {"Number", "P-1"}}, {});
    pump_ = add(*a_, {{"Kind", "Product"}, {"Number", "PU-1"}, {"Family", "pumps"}}, {});
    budget_ = add_budget(5000, {{"BudgetKind", "co_op"}});
    fund_ = add_co_op("F-1");
  }
  void add_spoke(const std::string& name, const std::string& yaml) {
    config_.spokes.push_back({.name = name, .system = "a", .mapping = mapping_of(yaml)});
  }
  std::string add_co_op(const std::string& number, const Json& more = {}) {
    Json fields{{"Partner", partner_}, {"Pct", 2}};
    fields["Start"] = "2027-01-01";
    fields["End"] = "2027-12-31";
    if (more.is_object()) fields.update(more);
    return add_fund(number, budget_, 1000, fields);
  }
  Json line(int no, const Json& net) const {
    Json out{{"Id", "l" + std::to_string(no)}, {"No", no}};
    out["Net"] = net;
    out["Product"] = pump_;
    return out;
  }
  std::string add_invoice(const std::string& number, const std::vector<Json>& lines,
                          const Json& more = {}) {
    return add(*a_,
               {{"Kind", "Invoice"},
                {"Number", number},
                {"InvoiceKind", "invoice"},
                {"Currency", "EUR"},
                {"Status", "issued"},
                {"Issued", "2027-03-01"},
                {"Buyer", partner_},
                {"Lines", lines}},
               more);
  }
  std::size_t postings() { return hub_->ledger_postings().value().size(); }

  std::string partner_{};
  std::string pump_{};
  std::string budget_{};
  std::string fund_{};
};

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

TEST_F(Accruals, AnotherCurrencyWaits) {
  add_invoice("I-1", {line(1, 100)}, {{"Currency", "USD"}});
  sync();
  ASSERT_THAT(ledger_waits(), SizeIs(1));
  EXPECT_EQ(ledger_waits()[0].rule, "fund_currency");
  EXPECT_THAT(ledger_waits()[0].detail, HasSubstr("is in USD"));
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
